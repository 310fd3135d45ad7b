/* SPDX-License-Identifier: BSD-2-Clause */
/* Flattens a JSON body into the fields of a request. */
#include "tests/simulator/http/request_json.h"

#include <stdio.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/request.h"

enum { JSON_DEPTH_MAX = 6 };

static bool
is_nested(const cJSON *item)
{
	return cJSON_IsObject(item) || cJSON_IsArray(item);
}

static int
number_text(double d, char *out, size_t size)
{
	if (d > -1e16 && d < 1e16 && (double)(long long)d == d)
		return snprintf(out, size, "%lld", (long long)d);
	return snprintf(out, size, "%.15g", d);
}

/* Vendors' kits send "code_length":6, so a number counts as its text. */
static void
take_value(struct request_field *f, const cJSON *item)
{
	int n = -1;

	if (cJSON_IsString(item)) {
		n = snprintf(
		    f->value, sizeof(f->value), "%s", item->valuestring);
	} else if (cJSON_IsNumber(item)) {
		f->type = REQUEST_NUMBER;
		n = number_text(item->valuedouble, f->value, sizeof(f->value));
	} else if (cJSON_IsBool(item)) {
		f->type = REQUEST_BOOL;
		n = snprintf(f->value, sizeof(f->value), "%s",
		    cJSON_IsTrue(item) ? "true" : "false");
	} else if (cJSON_IsNull(item)) {
		f->type = REQUEST_NULL;
	} else {
		f->type = cJSON_IsArray(item) ? REQUEST_ARRAY : REQUEST_OBJECT;
	}
	f->bad = n < 0 || (size_t)n >= sizeof(f->value);
}

static void
add(struct sim_request *req, const char *name, const cJSON *item)
{
	struct request_field *f = request_add(req, name, REQUEST_FROM_JSON);

	if (f != NULL)
		take_value(f, item);
}

/* Bounded by JSON_DEPTH_MAX. NOLINTNEXTLINE(misc-no-recursion) */
static void
flatten(
    struct sim_request *req, const char *prefix, const cJSON *parent, int depth)
{
	const cJSON *item;
	char name[sizeof(req->field[0].name) + 1], key[12];
	int n = 0;

	cJSON_ArrayForEach(item, parent)
	{
		snprintf(key, sizeof(key), "%d", n++);
		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] != '\0' ? "." : "",
		    item->string != NULL ? item->string : key);
		add(req, name, item);
		if (is_nested(item) && depth < JSON_DEPTH_MAX)
			flatten(req, name, item, depth + 1);
	}
}

void
request_json(struct sim_request *req)
{
	cJSON *doc;

	if (req->len == 0)
		return;
	doc = cJSON_ParseWithLengthOpts(req->body, req->len + 1, NULL, 1);
	req->bad_json = !cJSON_IsObject(doc);
	if (!req->bad_json)
		flatten(req, "", doc, 1);
	cJSON_Delete(doc);
}
