/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that spoil the members of an answer which a client judges. */
#include "tests/simulator/faults/fault_json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"

enum { FAULT_NAME_MAX = 64 };

/* A member and where it hangs; item is NULL when it is not there. */
struct place {
	cJSON *parent; /* NULL: neither is there */
	cJSON *item;
	char name[FAULT_NAME_MAX]; /* the last part of its path */
};

static cJSON *
child(cJSON *parent, const char *name)
{
	if (cJSON_IsArray(parent))
		return cJSON_GetArrayItem(parent, (int)strtol(name, NULL, 10));
	return cJSON_GetObjectItemCaseSensitive(parent, name);
}

static struct place
find(cJSON *doc, const char *path)
{
	struct place at = { .item = doc };
	size_t n;

	for (; path[0] != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		at.parent = at.item;
		snprintf(at.name, sizeof(at.name), "%.*s", (int)n, path);
		at.item = child(at.parent, at.name);
	}
	return at;
}

static struct place
find_id(const struct sim_shape *shape, cJSON *doc)
{
	struct place at = { 0 };

	for (size_t i = 0; shape->ids != NULL && shape->ids[i] != NULL; i++) {
		at = find(doc, shape->ids[i]);
		if (at.item != NULL)
			return at;
	}
	return (struct place){ 0 };
}

/* The verdict, or the id of a reply that has none. */
static struct place
find_judged(const struct sim_shape *shape, cJSON *doc)
{
	struct place at = { 0 };

	if (shape->verdict != NULL)
		at = find(doc, shape->verdict);
	return at.item != NULL ? at : find_id(shape, doc);
}

/* The reply says doc now; its status and type stay as they are. */
static void
say(struct sim_reply *reply, cJSON *doc)
{
	char *body = doc != NULL ? cJSON_PrintUnformatted(doc) : NULL;

	cJSON_Delete(doc);
	if (body == NULL)
		return;
	free(reply->body);
	reply->body = body;
	reply->len = strlen(body);
}

/* NOLINTNEXTLINE(misc-no-recursion): our own replies are shallow */
static void
capitals(cJSON *parent)
{
	cJSON *item;

	cJSON_ArrayForEach(item, parent)
	{
		if (item->string != NULL)
			item->string[0] =
			    (char)toupper((unsigned char)item->string[0]);
		capitals(item);
	}
}

void
fault_json_capitals(struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);

	capitals(doc);
	say(reply, doc);
}

void
fault_json_double(struct sim_reply *reply)
{
	say(reply, cJSON_CreateString(reply->body));
}

static void
replace(const struct place *at, cJSON *value)
{
	cJSON *old = cJSON_DetachItemViaPointer(at->parent, at->item);

	cJSON_Delete(old);
	if (value == NULL)
		return;
	if (cJSON_IsArray(at->parent))
		cJSON_AddItemToArray(at->parent, value);
	else
		cJSON_AddItemToObject(at->parent, at->name, value);
}

void
fault_json_member(const struct sim_shape *shape, struct sim_reply *reply,
    const char *path, const char *value)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	const struct place at =
	    path[0] != '\0' ? find(doc, path) : find_judged(shape, doc);

	if (at.parent != NULL && at.item != NULL)
		replace(&at, value != NULL ? cJSON_Parse(value) : NULL);
	say(reply, doc);
}

/* An item that can stand in an object by itself. */
static cJSON *
named(cJSON *item, const char *name)
{
	cJSON *shell = cJSON_CreateObject();

	cJSON_AddItemToObject(shell, name, item);
	item = cJSON_DetachItemFromObjectCaseSensitive(shell, name);
	cJSON_Delete(shell);
	return item;
}

/* Another text of the same make: UUID, SID, number, hex digits. */
static void
other_text(const char *old, char *out, size_t size)
{
	const size_t n = strlen(old);
	const size_t plus = old[0] == '+' ? 1 : 0;

	if (n >= size) {
		random_hex(out, 32);
	} else if (n == 36 && old[8] == '-') {
		random_uuid(out);
	} else if (n == 34 && isupper((unsigned char)old[0])) {
		random_sid(old, out);
	} else if (n > plus &&
	    old[plus + strspn(old + plus, "0123456789")] == '\0') {
		snprintf(out, size, "%s", old);
		out[n - 1] = (char)('0' + (old[n - 1] - '0' + 1) % 10);
	} else {
		random_hex(out, n);
	}
}

static cJSON *
other(const cJSON *item)
{
	char text[256];

	if (cJSON_IsNumber(item))
		return cJSON_CreateNumber(item->valuedouble + 1);
	if (!cJSON_IsString(item))
		return cJSON_Duplicate(item, true);
	other_text(item->valuestring, text, sizeof(text));
	return cJSON_CreateString(text);
}

void
fault_json_foreign_id(const struct sim_shape *shape, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	const struct place at = find_id(shape, doc);

	if (at.item != NULL)
		cJSON_ReplaceItemViaPointer(
		    at.parent, at.item, named(other(at.item), at.name));
	say(reply, doc);
}

/* What success looks like, of the type that an honest verdict has. */
static cJSON *
good(const struct sim_shape *shape, const cJSON *like)
{
	if (cJSON_IsNumber(like))
		return cJSON_CreateNumber(strtod(shape->good, NULL));
	if (cJSON_IsBool(like))
		return cJSON_CreateBool(strcmp(shape->good, "true") == 0);
	return cJSON_CreateString(shape->good);
}

/* {"data":{"response_code":"accepted"}}, or {} where HTTP decides. */
static char *
success(const struct sim_shape *shape, const cJSON *like)
{
	cJSON *doc = cJSON_CreateObject(), *at = doc;
	const char *path = shape->verdict != NULL ? shape->verdict : "";
	char name[FAULT_NAME_MAX], *text;
	size_t n;

	for (; path[0] != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		if (path[n] == '.')
			at = cJSON_AddObjectToObject(at, name);
		else
			cJSON_AddItemToObject(at, name, good(shape, like));
	}
	text = cJSON_PrintUnformatted(doc);
	cJSON_Delete(doc);
	return text;
}

void
fault_json_trailing(const struct sim_shape *shape, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	const struct place at = shape->verdict != NULL
	    ? find(doc, shape->verdict)
	    : (struct place){ 0 };
	char *more = success(shape, at.item), *both = NULL;

	cJSON_Delete(doc);
	if (more != NULL &&
	    asprintf(&both, "%.*s%s", (int)reply->len, reply->body, more) !=
		-1) {
		free(reply->body);
		reply->body = both;
		reply->len = strlen(both);
	}
	cJSON_free(more);
}

void
fault_json_nul(const struct sim_shape *shape, struct sim_reply *reply)
{
	/* cJSON cannot print a NUL: this takes its place for a moment. */
	static const char mark[] = "(a NUL)";
	static const char nul[] = "\\u0000x";
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	struct place at = find_judged(shape, doc);
	char text[256], *from;

	if (!cJSON_IsString(at.item))
		at = find_id(shape, doc);
	if (cJSON_IsString(at.item)) {
		snprintf(
		    text, sizeof(text), "%.200s%s", at.item->valuestring, mark);
		cJSON_SetValuestring(at.item, text);
	}
	say(reply, doc);
	from = strstr(reply->body, mark);
	if (from == NULL)
		return;
	memcpy(from, nul, sizeof(nul) - 1);
	memmove(from + sizeof(nul) - 1, from + sizeof(mark) - 1,
	    strlen(from + sizeof(mark) - 1) + 1);
	reply->len -= sizeof(mark) - sizeof(nul);
}

void
fault_json_forge(const struct sim_shape *shape, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	struct place at = { 0 };
	cJSON *lie = NULL;

	if (shape->verdict != NULL)
		at = find(doc, shape->verdict);
	if (at.item == NULL && find_id(shape, doc).item != NULL) {
		at = find_id(shape, doc);
		lie = other(at.item);
	} else if (cJSON_IsObject(at.parent)) {
		lie = good(shape, at.item);
	}
	if (lie != NULL)
		cJSON_InsertItemInArray(at.parent, 0, named(lie, at.name));
	say(reply, doc);
}
