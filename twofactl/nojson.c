/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the place of helper/net/json.c: twofactl reads settings, which name
 * providers, but no provider's reply ever reaches root. So it is linked
 * without a JSON parser.
 */
#include "helper/net/json.h"

struct json *
json_parse(const char *text, size_t len)
{
	(void)text;
	(void)len;
	return NULL;
}

void
json_free(struct json *json)
{
	(void)json;
}

enum json_result
json_text(const struct json *json, const char *path, char *out, size_t cap)
{
	(void)json;
	(void)path;
	(void)cap;
	out[0] = '\0';
	return JSON_BAD;
}

enum json_result
json_integer(const struct json *json, const char *path, int64_t *out)
{
	(void)json;
	(void)path;
	*out = 0;
	return JSON_BAD;
}

enum json_result
json_bool(const struct json *json, const char *path, bool *out)
{
	(void)json;
	(void)path;
	*out = false;
	return JSON_BAD;
}

bool
json_null(const struct json *json, const char *path)
{
	(void)json;
	(void)path;
	return false;
}
