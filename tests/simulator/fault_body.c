/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that spoil an answer's status, headers or body. */
#include "tests/simulator/fault_body.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/faults.h"
#include "tests/simulator/gzip.h"
#include "tests/simulator/provider.h"
#include "tests/simulator/random.h"

enum {
	FAULT_DEPTH = 10000,
	FAULT_BOMB = 4 * 1024 * 1024,
};

/* The new body is made of three pieces; lengths count, NULs are welcome. */
static void
compose(struct sim_reply *reply, const char *a, size_t na, const char *b,
    size_t nb, const char *c, size_t nc)
{
	char *body = malloc(na + nb + nc + 1);

	if (body == NULL)
		return;
	memcpy(body, a, na);
	memcpy(body + na, b, nb);
	memcpy(body + na + nb, c, nc);
	body[na + nb + nc] = '\0';
	free(reply->body);
	reply->body = body;
	reply->len = na + nb + nc;
}

static void
around(struct sim_reply *reply, const char *head, const char *tail, size_t nt)
{
	compose(reply, head, strlen(head), reply->body, reply->len, tail, nt);
}

/* Members put in front of an object's own. */
static void
prepend(struct sim_reply *reply, const char *members, size_t n)
{
	if (reply->len < 2 || reply->body[0] != '{')
		return;
	compose(reply, "{", 1, members, n, reply->body + 1, reply->len - 1);
}

static void
empty(struct sim_reply *reply, int http)
{
	sim_reply_free(reply);
	reply->http = http;
	reply->type = NULL;
}

/* Text put behind the first quote of the status, or inside its end. */
static void
in_status(struct sim_reply *reply, const char *text, size_t n)
{
	static const char key[] = "\"status\":\"";
	char *at = reply->len > 0 ? strstr(reply->body, key) : NULL;
	size_t head;

	if (at == NULL)
		return;
	at += sizeof(key) - 1;
	head = (size_t)(at - reply->body) + strcspn(at, "\"");
	compose(reply, reply->body, head, text, n, reply->body + head,
	    reply->len - head);
}

static void
forge(struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(doc, "status");

	/* The honest status comes last, where a lax reader misses it. */
	if (cJSON_IsString(status))
		prepend(reply, "\"status\":\"0\",", 13);
	cJSON_Delete(doc);
}

static void
capitals(struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);
	cJSON *item;

	cJSON_ArrayForEach(item, doc)
	{
		if (item->string != NULL)
			item->string[0] =
			    (char)toupper((unsigned char)item->string[0]);
	}
	if (doc != NULL)
		sim_reply_json(reply, reply->http, cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
}

static void
nest(struct sim_reply *reply)
{
	static char arrays[FAULT_DEPTH + FAULT_DEPTH + 16];
	size_t n = (size_t)snprintf(arrays, sizeof(arrays), "\"deep\":");

	memset(arrays + n, '[', FAULT_DEPTH);
	memset(arrays + n + FAULT_DEPTH, ']', FAULT_DEPTH);
	n += FAULT_DEPTH + FAULT_DEPTH;
	arrays[n++] = ',';
	prepend(reply, arrays, n);
}

/* One member replaced by value, or with NULL taken out. */
static void
member(struct sim_reply *reply, const char *name, cJSON *value)
{
	cJSON *doc = cJSON_ParseWithLength(reply->body, reply->len);

	cJSON_DeleteItemFromObjectCaseSensitive(doc, name);
	if (doc != NULL && value != NULL)
		cJSON_AddItemToObject(doc, name, value);
	else
		cJSON_Delete(value);
	if (doc != NULL)
		sim_reply_json(reply, reply->http, cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
}

static void
foreign_id(struct sim_reply *reply)
{
	char id[33];

	random_hex(id, sizeof(id) - 1);
	member(reply, "request_id", cJSON_CreateString(id));
}

static void
redirect(const struct fault *f, struct sim_reply *reply)
{
	sim_reply_html(reply, f->code, "Moved");
	snprintf(reply->header, sizeof(reply->header), "Location");
	snprintf(reply->content, sizeof(reply->content), "%s", f->location);
}

static void
throttle(const struct fault *f, struct sim_reply *reply)
{
	if (f->retry_after[0] == '\0')
		return;
	reply->http = 429;
	snprintf(reply->header, sizeof(reply->header), "Retry-After");
	snprintf(reply->content, sizeof(reply->content), "%s", f->retry_after);
}

static void
compress(struct sim_reply *reply)
{
	size_t len = 0;
	char *body = gzip_bomb(reply->body, reply->len, FAULT_BOMB, &len);

	if (body == NULL)
		return;
	free(reply->body);
	reply->body = body;
	reply->len = len;
	snprintf(reply->header, sizeof(reply->header), "Content-Encoding");
	snprintf(reply->content, sizeof(reply->content), "gzip");
}

static void
replay(struct sim_reply *reply, const struct sim_reply *previous)
{
	if (previous->body == NULL)
		return;
	reply->http = previous->http;
	reply->type = previous->type;
	memcpy(reply->result, previous->result, sizeof(reply->result));
	compose(reply, previous->body, previous->len, "", 0, "", 0);
}

/* Faults of the HTTP layer: true when f is one of them. */
static bool
spoil_http(const struct fault *f, struct sim_reply *reply)
{
	if (f->kind == FAULT_HTML502)
		sim_reply_html(reply, 502, "502 Bad Gateway");
	else if (f->kind == FAULT_EMPTY503)
		empty(reply, 503);
	else if (f->kind == FAULT_JSON500)
		sim_reply_json(reply, 500,
		    strdup("{\"status\":\"5\",\"error_text\":\"Internal "
			   "Error\"}"));
	else if (f->kind == FAULT_HTML200)
		sim_reply_html(reply, 200, "Welcome to the network");
	else if (f->kind == FAULT_EMPTY200)
		empty(reply, 200);
	else if (f->kind == FAULT_REDIRECT)
		redirect(f, reply);
	else if (f->kind == FAULT_THROTTLE)
		throttle(f, reply);
	else if (f->kind == FAULT_GZIP)
		compress(reply);
	else
		return false;
	return true;
}

/* Faults of the bytes of a document. */
static void
spoil_text(const struct fault *f, struct sim_reply *reply)
{
	if (f->kind == FAULT_TRUNCATED)
		compose(reply, reply->body, reply->len / 2, "", 0, "", 0);
	else if (f->kind == FAULT_TRAILING)
		around(reply, "", "{\"status\":\"0\"}", 14);
	else if (f->kind == FAULT_RAW_NUL)
		around(reply, "", "\0{", 2);
	else if (f->kind == FAULT_BOM)
		around(reply, "\xef\xbb\xbf", "", 0);
	else if (f->kind == FAULT_NUL)
		in_status(reply, "\\u0000x", 7);
	else if (f->kind == FAULT_BAD_UTF8)
		prepend(reply, "\"text\":\"\xff\xc0\xaf\",", 13);
	else if (f->kind == FAULT_DUP_KEYS)
		forge(reply);
	else if (f->kind == FAULT_DEEP)
		nest(reply);
}

void
fault_body(const struct fault *f, struct sim_reply *reply,
    const struct sim_reply *previous)
{
	if (spoil_http(f, reply) || reply->body == NULL)
		return;
	if (f->kind == FAULT_WRONG_CASE)
		capitals(reply);
	else if (f->kind == FAULT_WRONG_TYPE)
		member(reply, f->field, cJSON_Parse(f->value));
	else if (f->kind == FAULT_MISSING)
		member(reply, f->field, NULL);
	else if (f->kind == FAULT_FOREIGN_ID)
		foreign_id(reply);
	else if (f->kind == FAULT_REPLAY)
		replay(reply, previous);
	else
		spoil_text(f, reply);
}
