/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict JSON: what cJSON would take beyond the grammar is refused first, then
 * members are read by path and exact type. */
#include "helper/net/net_inside.h"

#include <cjson/cJSON.h>

#include "lib/wire/wire.h"

#define DEPTH_MAX 64
#define INDEX_MAX 999
#define KEY_MAX 64 /* longest key of a path */
/* A double holds every integer below this limit. */
#define INTEGER_LIMIT 9007199254740992.0 /* 2^53 */

struct scan {
	const unsigned char *p;
	const unsigned char *end;
};

static int
peek(const struct scan *s)
{
	return s->p < s->end ? *s->p : -1;
}

static bool
take_byte(struct scan *s, int c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static bool
between(int c, int low, int high)
{
	return c >= low && c <= high;
}

/* One character beyond ASCII. JSON allows C1 controls, which
 * escape_utf8_char_len() refuses. The text ends with a NUL. */
static bool
scan_utf8(struct scan *s)
{
	const bool c1 = s->p[0] == 0xc2 && between(s->p[1], 0x80, 0x9f);
	const size_t len = c1 ? 2 : escape_utf8_char_len((const char *)s->p);

	s->p += len;
	return len > 0 && s->p <= s->end;
}

static int
scan_hex4(struct scan *s)
{
	int value = 0;
	int c;

	for (int i = 0; i < 4; i++) {
		c = peek(s);
		if (between(c, '0', '9'))
			c -= '0';
		else if (between(c | 0x20, 'a', 'f'))
			c = (c | 0x20) - 'a' + 10;
		else
			return -1;
		value = value * 16 + c;
		s->p++;
	}
	return value;
}

/* The part after a backslash. A NUL is rejected because it would end the text
 * early for code that reads it as a C string: "0\u0000x" would be "0". */
static bool
scan_escape(struct scan *s)
{
	const int c = peek(s);
	int unit;

	if (c > 0 && strchr("\"\\/bfnrt", c) != NULL) {
		s->p++;
		return true;
	}
	if (!take_byte(s, 'u'))
		return false;
	unit = scan_hex4(s);
	if (unit <= 0 || between(unit, 0xdc00, 0xdfff))
		return false;
	if (!between(unit, 0xd800, 0xdbff))
		return true;
	return take_byte(s, '\\') && take_byte(s, 'u') &&
	    between(scan_hex4(s), 0xdc00, 0xdfff);
}

static bool
scan_string(struct scan *s)
{
	int c;

	if (!take_byte(s, '"'))
		return false;
	while ((c = peek(s)) != '"') {
		if (c < 0x20)
			return false;
		if (c == '\\') {
			s->p++;
			if (!scan_escape(s))
				return false;
		} else if (c >= 0x80) {
			if (!scan_utf8(s))
				return false;
		} else {
			s->p++;
		}
	}
	return take_byte(s, '"');
}

static bool
scan_digits(struct scan *s)
{
	const unsigned char *start = s->p;

	while (between(peek(s), '0', '9'))
		s->p++;
	return s->p > start;
}

static bool
scan_number(struct scan *s)
{
	take_byte(s, '-');
	if (!take_byte(s, '0') && !scan_digits(s))
		return false;
	if (take_byte(s, '.') && !scan_digits(s))
		return false;
	if (take_byte(s, 'e') || take_byte(s, 'E')) {
		if (!take_byte(s, '-'))
			take_byte(s, '+');
		if (!scan_digits(s))
			return false;
	}
	return peek(s) >= 0 && strchr(" \t\r\n,]}", peek(s)) != NULL;
}

/* True without what cJSON takes, and RFC 8259 has not: any control byte as a
 * blank, a byte order mark, other bytes than UTF-8, escapes of a NUL or without
 * digits, numbers such as "01". The grammar between texts and numbers is left
 * to cJSON. */
static bool
text_is_strict(const char *text, size_t len)
{
	struct scan s = { (const unsigned char *)text,
		(const unsigned char *)text + len };
	int depth = 0;
	bool ok = true;

	while (ok && s.p < s.end) {
		const int c = peek(&s);

		if (c == '"') {
			ok = scan_string(&s);
		} else if (c == '-' || between(c, '0', '9')) {
			ok = scan_number(&s);
		} else {
			depth +=
			    (c == '{' || c == '[') - (c == '}' || c == ']');
			ok = depth <= DEPTH_MAX && c != '\0' &&
			    (between(c, 'a', 'z') ||
				strchr(" \t\r\n{}[],:", c) != NULL);
			s.p++;
		}
	}
	return ok;
}

struct json *
json_parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *root;

	if (!text_is_strict(text, len))
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

/* Finds the only member of this name. Two are rejected: another reader may take
 * the other one. */
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

/* Finds an element of an array by its index, written without sign or leading
 * zeros. */
static enum json_result
find_element(const cJSON *array, const char *key, const cJSON **out)
{
	const int64_t n = decimal_read(key, INDEX_MAX);

	*out = NULL;
	if (n < 0 || (key[0] == '0' && key[1] != '\0'))
		return JSON_BAD;
	*out = cJSON_GetArrayItem(array, (int)n);
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

bool
json_equals(const struct json *json, const char *path, const char *want)
{
	const cJSON *item;

	return find_path(json, path, &item) == JSON_OK &&
	    cJSON_IsString(item) && strcmp(item->valuestring, want) == 0;
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

size_t
json_list_len(const struct json *json, const char *path)
{
	const cJSON *item;

	return find_path(json, path, &item) == JSON_OK && cJSON_IsArray(item)
	    ? (size_t)cJSON_GetArraySize(item)
	    : 0;
}

bool
json_is_absent(const struct json *json, const char *path)
{
	const cJSON *item;

	return find_path(json, path, &item) == JSON_ABSENT;
}

bool
json_is_null(const struct json *json, const char *path)
{
	const cJSON *item;

	return find_path(json, path, &item) == JSON_OK && cJSON_IsNull(item);
}
