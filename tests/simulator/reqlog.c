/* SPDX-License-Identifier: BSD-2-Clause */
/* What the simulated vendors were asked, the newest ten thousand requests. */
#include "tests/simulator/reqlog.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <gnutls/crypto.h>

#include "tests/simulator/request.h"
#include "tests/simulator/world.h"

enum { REQLOG_MAX = 10000 };

struct entry {
	cJSON *json;
	char endpoint[12];
	char code[32]; /* kept apart: shown only when asked for */
};

static struct entry ring[REQLOG_MAX];
static size_t added;      /* since the last reset */
static size_t generation; /* of resets, so that late answers miss */

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static const char *
shown(const struct request_field *f)
{
	static const char *const secrets[] = { "api_secret", NULL };
	static const char *const codes[] = { "code", "pin_code", NULL };

	if (is_one_of(f->name, secrets))
		return "(secret)";
	if (is_one_of(f->name, codes))
		return "(code)";
	return f->value;
}

/* A field given more than once becomes an array. */
static void
field_json(cJSON *fields, const struct request_field *f)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(fields, f->name);
	cJSON *list;

	if (old == NULL) {
		cJSON_AddStringToObject(fields, f->name, shown(f));
		return;
	}
	if (!cJSON_IsArray(old)) {
		list = cJSON_CreateArray();
		cJSON_AddItemToArray(list,
		    cJSON_DetachItemFromObjectCaseSensitive(fields, f->name));
		cJSON_AddItemToObject(fields, f->name, list);
		old = list;
	}
	cJSON_AddItemToArray(old, cJSON_CreateString(shown(f)));
}

static void
digest(const struct sim_request *req, char out[65])
{
	unsigned char sum[32];

	out[0] = '\0';
	if (req->len == 0 ||
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, req->body, req->len, sum) < 0)
		return;
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

static cJSON *
entry_json(const struct sim_request *req, const char *provider,
    const char *endpoint, cJSON *headers)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *fields;
	char sum[65];

	digest(req, sum);
	cJSON_AddNumberToObject(o, "n", (double)added);
	cJSON_AddNumberToObject(o, "at", (double)world_now() / 1000.0);
	cJSON_AddNumberToObject(o, "connection", req->conn);
	cJSON_AddStringToObject(o, "provider", provider);
	cJSON_AddStringToObject(o, "endpoint", endpoint);
	cJSON_AddStringToObject(o, "method", req->method);
	cJSON_AddStringToObject(o, "path", req->path);
	cJSON_AddStringToObject(o, "auth", request_scheme_name(req->scheme));
	cJSON_AddStringToObject(o, "key", req->key);
	cJSON_AddStringToObject(o, "type", req->content_type);
	cJSON_AddItemToObject(o, "headers", headers);
	fields = cJSON_AddObjectToObject(o, "fields");
	for (size_t i = 0; i < req->fields; i++)
		field_json(fields, &req->field[i]);
	cJSON_AddNumberToObject(o, "body_len", (double)req->len);
	cJSON_AddStringToObject(o, "body_sha256", sum);
	cJSON_AddNullToObject(o, "status");
	cJSON_AddNullToObject(o, "result");
	cJSON_AddNullToObject(o, "fault");
	return o;
}

size_t
reqlog_add(const struct sim_request *req, const char *provider,
    const char *endpoint, struct cJSON *headers)
{
	struct entry *e = &ring[added++ % REQLOG_MAX];
	const struct request_field *code = request_field(req, "code");

	cJSON_Delete(e->json);
	e->json = entry_json(req, provider, endpoint, headers);
	snprintf(e->endpoint, sizeof(e->endpoint), "%s", endpoint);
	snprintf(
	    e->code, sizeof(e->code), "%.31s", code != NULL ? code->value : "");
	world_changed();
	return generation + added;
}

void
reqlog_finish(size_t number, int http, const char *result, const char *fault)
{
	cJSON *o;

	if (number <= generation || generation + added - number >= REQLOG_MAX)
		return;
	o = ring[(number - generation - 1) % REQLOG_MAX].json;
	cJSON_ReplaceItemInObject(o, "status", cJSON_CreateNumber(http));
	if (result[0] != '\0')
		cJSON_ReplaceItemInObject(
		    o, "result", cJSON_CreateString(result));
	if (fault != NULL)
		cJSON_ReplaceItemInObject(
		    o, "fault", cJSON_CreateString(fault));
	world_changed();
}

static size_t
oldest(void)
{
	return added > REQLOG_MAX ? added - REQLOG_MAX : 0;
}

static bool
at_endpoint(const struct entry *e, const char *endpoint)
{
	return endpoint == NULL || strcmp(e->endpoint, endpoint) == 0;
}

size_t
reqlog_count(const char *endpoint)
{
	size_t n = 0;

	if (endpoint == NULL)
		return added;
	for (size_t i = oldest(); i < added; i++)
		n += at_endpoint(&ring[i % REQLOG_MAX], endpoint);
	return n;
}

struct cJSON *
reqlog_list(const char *endpoint, bool codes)
{
	cJSON *list = cJSON_CreateArray();
	const struct entry *e;
	cJSON *o, *fields;

	for (size_t i = oldest(); i < added; i++) {
		e = &ring[i % REQLOG_MAX];
		if (!at_endpoint(e, endpoint))
			continue;
		o = cJSON_Duplicate(e->json, true);
		fields = cJSON_GetObjectItemCaseSensitive(o, "fields");
		if (codes && cJSON_HasObjectItem(fields, "code"))
			cJSON_ReplaceItemInObject(
			    fields, "code", cJSON_CreateString(e->code));
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

void
reqlog_reset(void)
{
	for (size_t i = 0; i < REQLOG_MAX; i++)
		cJSON_Delete(ring[i].json);
	explicit_bzero(ring, sizeof(ring));
	generation += added;
	added = 0;
	world_changed();
}
