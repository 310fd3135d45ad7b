/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of a provider's JSON, read by path and exact type. */
#include "helper/net/json.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "helper/net/json_grammar.h"

#define INDEX_DIGITS 3
#define KEY_MAX 64 /* longest key of a path */

/* Above this limit a double cannot hold every integer. */
#define INTEGER_LIMIT 9007199254740992.0 /* 2^53 */

/* struct json is cJSON's node under our name; it has no members. */

struct json *
json_parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *root;

	if (!json_grammar_object(text, len))
		return NULL;
	root = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1);
	if (root != NULL && (!cJSON_IsObject(root) || end != text + len)) {
		cJSON_Delete(root);
		return NULL;
	}
	return (struct json *)root;
}

void
json_free(struct json *json)
{
	cJSON_Delete((cJSON *)json);
}

/* The only member of this name. With two of them it is unknown which one the
 * vendor meant and which one another reader takes. */
static enum json_result
find_member(const cJSON *object, const char *key, const cJSON **out)
{
	const cJSON *item;

	*out = NULL;
	if (!cJSON_IsObject(object))
		return JSON_BAD;
	cJSON_ArrayForEach(item, object)
	{
		if (strcmp(item->string, key) != 0)
			continue;
		if (*out != NULL)
			return JSON_BAD;
		*out = item;
	}
	return *out == NULL ? JSON_ABSENT : JSON_OK;
}

/* An element of an array by its index, written without sign or leading
 * zeros. */
static enum json_result
find_element(const cJSON *array, const char *key, const cJSON **out)
{
	const size_t digits = strspn(key, "0123456789");
	int n = 0;

	*out = NULL;
	if (digits == 0 || digits > INDEX_DIGITS || key[digits] != '\0' ||
	    (key[0] == '0' && digits > 1))
		return JSON_BAD;
	for (; *key != '\0'; key++)
		n = n * 10 + (*key - '0');
	*out = cJSON_GetArrayItem(array, n);
	return *out == NULL ? JSON_ABSENT : JSON_OK;
}

static enum json_result
find_path(const struct json *json, const char *path, const cJSON **out)
{
	const cJSON *node = (const cJSON *)json;
	char key[KEY_MAX];
	enum json_result result;
	size_t len;

	for (;;) {
		len = strcspn(path, ".");
		if (len >= sizeof(key))
			return JSON_BAD;
		memcpy(key, path, len);
		key[len] = '\0';
		result = cJSON_IsArray(node) ? find_element(node, key, out)
					     : find_member(node, key, out);
		if (result != JSON_OK || path[len] == '\0')
			return result;
		node = *out;
		path += len + 1;
	}
}

enum json_result
json_text(const struct json *json, const char *path, char *out, size_t cap)
{
	const cJSON *item;
	const enum json_result result = find_path(json, path, &item);
	size_t len;

	if (cap > 0)
		out[0] = '\0';
	if (result != JSON_OK)
		return result;
	if (!cJSON_IsString(item) || item->valuestring == NULL)
		return JSON_BAD;
	len = strlen(item->valuestring);
	if (len >= cap)
		return JSON_BAD;
	memcpy(out, item->valuestring, len + 1);
	return JSON_OK;
}

enum json_result
json_integer(const struct json *json, const char *path, int64_t *out)
{
	const cJSON *item;
	const enum json_result result = find_path(json, path, &item);
	double value;

	*out = 0;
	if (result != JSON_OK)
		return result;
	if (!cJSON_IsNumber(item))
		return JSON_BAD;
	value = item->valuedouble;
	if (!(value > -INTEGER_LIMIT && value < INTEGER_LIMIT))
		return JSON_BAD;
	if ((double)(int64_t)value != value)
		return JSON_BAD;
	*out = (int64_t)value;
	return JSON_OK;
}

enum json_result
json_bool(const struct json *json, const char *path, bool *out)
{
	const cJSON *item;
	const enum json_result result = find_path(json, path, &item);

	*out = false;
	if (result != JSON_OK)
		return result;
	if (!cJSON_IsBool(item))
		return JSON_BAD;
	*out = cJSON_IsTrue(item);
	return JSON_OK;
}

bool
json_null(const struct json *json, const char *path)
{
	const cJSON *item;

	return find_path(json, path, &item) == JSON_OK && cJSON_IsNull(item);
}
