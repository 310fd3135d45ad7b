/* SPDX-License-Identifier: BSD-2-Clause */
/* What the simulated vendors were asked, the newest ten thousand requests. */
#include "tests/simulator/http/reqlog.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <gnutls/crypto.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/http/route.h"

enum { REQLOG_MAX = 10000 };

struct entry {
	cJSON *json;
	cJSON *codes; /* members kept apart: shown only when asked for */
	char endpoint[12];
	char path[sizeof(((struct sim_request *)NULL)->path)];
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

static bool
is_secret(const struct sim_provider *p, const char *name)
{
	static const char *const secrets[] = { "api_secret", NULL };

	return is_one_of(name, secrets) ||
	    (p != NULL && p->secrets != NULL && is_one_of(name, p->secrets));
}

static bool
is_code(const struct sim_provider *p, const char *name)
{
	static const char *const codes[] = { "code", "pin_code", NULL };

	return is_one_of(name, codes) ||
	    (p != NULL && p->codes != NULL && is_one_of(name, p->codes));
}

/* A field given more than once becomes an array. */
static void
field_json(cJSON *fields, const char *name, const char *value)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(fields, name);
	cJSON *list;

	if (old == NULL) {
		cJSON_AddStringToObject(fields, name, value);
		return;
	}
	if (!cJSON_IsArray(old)) {
		list = cJSON_CreateArray();
		cJSON_AddItemToArray(list,
		    cJSON_DetachItemFromObjectCaseSensitive(fields, name));
		cJSON_AddItemToObject(fields, name, list);
		old = list;
	}
	cJSON_AddItemToArray(old, cJSON_CreateString(value));
}

static void
fields_json(const struct sim_request *req, const struct sim_provider *p,
    cJSON *fields, cJSON *codes)
{
	const struct request_field *f;

	for (f = req->field; f < req->field + req->fields; f++) {
		if (f->type == REQUEST_OBJECT || f->type == REQUEST_ARRAY)
			continue;
		if (is_secret(p, f->name)) {
			field_json(fields, f->name, "(secret)");
		} else if (is_code(p, f->name)) {
			field_json(fields, f->name, "(code)");
			field_json(codes, f->name, f->value);
		} else {
			field_json(fields, f->name, f->value);
		}
	}
}

/* The path, without the segment that holds a code. */
static void
path_json(
    const struct sim_request *req, const struct sim_route *route, cJSON *o)
{
	const char *want = route != NULL ? route->path : "";
	const char *code = strstr(want, "{code}");
	const char *have = req->path;
	char shown[sizeof(req->path) + sizeof("(code)")];

	for (; code != NULL && want < code; want++)
		if (*want == '/')
			have += strcspn(have, "/") + 1;
	if (code == NULL)
		snprintf(shown, sizeof(shown), "%s", req->path);
	else
		snprintf(shown, sizeof(shown), "%.*s(code)%s",
		    (int)(have - req->path), req->path,
		    have + strcspn(have, "/"));
	cJSON_AddStringToObject(o, "path", shown);
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

static void
fill(struct entry *e, const struct sim_request *req,
    const struct sim_provider *p, const struct sim_route *route, cJSON *headers)
{
	cJSON *o = cJSON_CreateObject();
	char sum[65];

	e->json = o;
	e->codes = cJSON_CreateObject();
	digest(req, sum);
	cJSON_AddNumberToObject(o, "n", (double)added);
	cJSON_AddNumberToObject(o, "at", (double)world_now() / 1000.0);
	cJSON_AddNumberToObject(o, "connection", req->conn);
	cJSON_AddStringToObject(o, "provider", p != NULL ? p->name : "");
	cJSON_AddStringToObject(o, "endpoint", e->endpoint);
	cJSON_AddStringToObject(o, "method", req->method);
	path_json(req, route, o);
	cJSON_AddStringToObject(o, "auth", request_scheme_name(req->scheme));
	cJSON_AddStringToObject(
	    o, "key", is_secret(p, "api_key") ? "(secret)" : req->key);
	cJSON_AddStringToObject(o, "type", req->content_type);
	cJSON_AddItemToObject(o, "headers", headers);
	fields_json(req, p, cJSON_AddObjectToObject(o, "fields"), e->codes);
	cJSON_AddNumberToObject(o, "body_len", (double)req->len);
	cJSON_AddStringToObject(o, "body_sha256", sum);
	cJSON_AddNullToObject(o, "status");
	cJSON_AddNullToObject(o, "result");
	cJSON_AddNullToObject(o, "fault");
}

size_t
reqlog_add(const struct sim_request *req, const struct sim_provider *p,
    const struct sim_route *route, struct cJSON *headers)
{
	struct entry *e = &ring[added++ % REQLOG_MAX];

	cJSON_Delete(e->json);
	cJSON_Delete(e->codes);
	snprintf(e->endpoint, sizeof(e->endpoint), "%s",
	    route != NULL ? route_endpoint(p, route, req) : "");
	snprintf(e->path, sizeof(e->path), "%s", req->path);
	fill(e, req, p, route, headers);
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

/* Puts the codes back. */
static void
reveal(const struct entry *e, cJSON *o)
{
	cJSON *fields = cJSON_GetObjectItemCaseSensitive(o, "fields");
	const cJSON *code;

	cJSON_ArrayForEach(code, e->codes)
	    cJSON_ReplaceItemInObjectCaseSensitive(
		fields, code->string, cJSON_Duplicate(code, true));
	cJSON_ReplaceItemInObjectCaseSensitive(
	    o, "path", cJSON_CreateString(e->path));
}

struct cJSON *
reqlog_list(const char *endpoint, bool codes)
{
	cJSON *list = cJSON_CreateArray();
	const struct entry *e;
	cJSON *o;

	for (size_t i = oldest(); i < added; i++) {
		e = &ring[i % REQLOG_MAX];
		if (!at_endpoint(e, endpoint))
			continue;
		o = cJSON_Duplicate(e->json, true);
		if (codes)
			reveal(e, o);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

void
reqlog_reset(void)
{
	for (size_t i = 0; i < REQLOG_MAX && ring[i].json != NULL; i++) {
		cJSON_Delete(ring[i].json);
		cJSON_Delete(ring[i].codes);
		explicit_bzero(&ring[i], sizeof(ring[i]));
	}
	generation += added;
	added = 0;
	world_changed();
}
