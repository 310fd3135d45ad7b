/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict reading of a provider's JSON. The only file that knows cJSON.
 *
 * Refused whole: a raw NUL, the escape \\u0000, bytes behind the value, invalid
 * UTF-8, a BOM, more than 64 levels, a top value that is not an object.
 */
#ifndef TWOFA_NET_JSON_H
#define TWOFA_NET_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* NULL when text[len] is not one strict JSON object. text[len] must be NUL. */
struct json *json_parse(const char *text, size_t len);
void json_free(struct json *);

enum json_result {
	JSON_BAD = 0, /* wrong type, duplicate key, or too long for out */
	JSON_OK,
	JSON_ABSENT,
};

/*
 * Read a member as a string of at most cap - 1 bytes, as an integer, or as true
 * or false. path names it, case-sensitively, with dots between levels and an
 * index for an element of an array ("data.to.0.status"); each key of the path
 * must occur once. null is BAD, like any other wrong type: where a vendor
 * writes it for "nothing", ask json_null first.
 */
enum json_result json_text(
    const struct json *, const char *path, char *out, size_t cap);
enum json_result json_integer(
    const struct json *, const char *path, int64_t *out);
enum json_result json_bool(const struct json *, const char *path, bool *out);
/* True when the member is there and null. */
bool json_null(const struct json *, const char *path);

#endif
