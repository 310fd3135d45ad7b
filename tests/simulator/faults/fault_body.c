/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that spoil an answer's status, headers or body. */
#include "tests/simulator/faults/fault_body.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/faults/fault_json.h"
#include "tests/simulator/faults/faults.h"
#include "tests/simulator/faults/gzip.h"

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

static void
redirect(const struct fault *f, struct sim_reply *reply)
{
	sim_reply_html(reply, f->code, "Moved");
	sim_reply_header(reply, "Location", f->location);
}

static void
throttle(const struct fault *f, const struct sim_provider *p,
    struct sim_reply *reply)
{
	reply->headers = 0;
	if (p->throttled != NULL)
		p->throttled(reply);
	if (f->retry_after[0] == '\0')
		return;
	reply->http = 429;
	for (size_t i = 0; i < reply->headers; i++)
		if (strcmp(reply->header[i].name, "Retry-After") == 0)
			reply->headers = i;
	if (strcmp(f->retry_after, "none") != 0)
		sim_reply_header(reply, "Retry-After", f->retry_after);
}

static void
internal(const struct sim_provider *p, struct sim_reply *reply)
{
	if (p->internal != NULL)
		p->internal(reply);
	else
		sim_reply_json(
		    reply, 500, strdup("{\"error\":\"Internal Error\"}"));
	reply->http = 500;
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
	sim_reply_header(reply, "Content-Encoding", "gzip");
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
spoil_http(const struct fault *f, const struct sim_provider *p,
    struct sim_reply *reply)
{
	if (f->kind == FAULT_HTML502)
		sim_reply_html(reply, 502, "502 Bad Gateway");
	else if (f->kind == FAULT_EMPTY503)
		sim_reply_empty(reply, 503);
	else if (f->kind == FAULT_JSON500)
		internal(p, reply);
	else if (f->kind == FAULT_HTML200)
		sim_reply_html(reply, 200, "Welcome to the network");
	else if (f->kind == FAULT_EMPTY200)
		sim_reply_empty(reply, 200);
	else if (f->kind == FAULT_REDIRECT)
		redirect(f, reply);
	else if (f->kind == FAULT_THROTTLE)
		throttle(f, p, reply);
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
	else if (f->kind == FAULT_RAW_NUL)
		around(reply, "", "\0{", 2);
	else if (f->kind == FAULT_BOM)
		around(reply, "\xef\xbb\xbf", "", 0);
	else if (f->kind == FAULT_BAD_UTF8)
		prepend(reply, "\"text\":\"\xff\xc0\xaf\",", 13);
	else if (f->kind == FAULT_DEEP)
		nest(reply);
}

/* Faults of what the vendor's client judges. */
static void
spoil_json(const struct fault *f, const struct sim_shape *shape,
    struct sim_reply *reply)
{
	if (f->kind == FAULT_WRONG_CASE)
		fault_json_capitals(reply);
	else if (f->kind == FAULT_WRONG_TYPE)
		fault_json_member(shape, reply, f->field, f->value);
	else if (f->kind == FAULT_MISSING)
		fault_json_member(shape, reply, f->field, NULL);
	else if (f->kind == FAULT_FOREIGN_ID)
		fault_json_foreign_id(shape, reply);
	else if (f->kind == FAULT_DOUBLE)
		fault_json_double(reply);
	else if (f->kind == FAULT_TRAILING)
		fault_json_trailing(shape, reply);
	else if (f->kind == FAULT_NUL)
		fault_json_nul(shape, reply);
	else if (f->kind == FAULT_DUP_KEYS)
		fault_json_forge(shape, reply);
}

void
fault_body(const struct fault *f, const struct sim_provider *p,
    struct sim_reply *reply, const struct sim_reply *previous)
{
	static const struct sim_shape none = { 0 };

	if (spoil_http(f, p, reply) || reply->body == NULL)
		return;
	if (f->kind == FAULT_REPLAY)
		replay(reply, previous);
	else
		spoil_text(f, reply);
	spoil_json(f, p->shape != NULL ? p->shape : &none, reply);
}
