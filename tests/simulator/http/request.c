/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor API request holds, and the decoding of its parts. */
#include "tests/simulator/http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
request_decode(const char *in, size_t len, bool plus, char *out, size_t size)
{
	size_t n = 0;
	char c;

	for (size_t i = 0; i < len; i++) {
		c = in[i];
		if (c == '+' && plus) {
			c = ' ';
		} else if (c == '%' && i + 2 < len && hex(in[i + 1]) >= 0 &&
		    hex(in[i + 2]) >= 0) {
			c = (char)(hex(in[i + 1]) * 16 + hex(in[i + 2]));
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return -1;
		out[n++] = c;
	}
	out[n] = '\0';
	return 0;
}

struct request_field *
request_add(
    struct sim_request *req, const char *name, enum request_source source)
{
	struct request_field *f;

	if (req->fields == REQUEST_FIELDS_MAX ||
	    strlen(name) >= sizeof(f->name))
		return NULL;
	f = &req->field[req->fields++];
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->source = source;
	return f;
}

const struct request_field *
request_field(const struct sim_request *req, const char *name)
{
	const struct request_field *f;

	for (size_t i = 0; i < req->fields; i++) {
		f = &req->field[i];
		if (strcmp(f->name, name) == 0 &&
		    (f->bad || f->value[0] != '\0'))
			return f;
	}
	return NULL;
}

const char *
request_value(const struct sim_request *req, const char *name)
{
	const struct request_field *f = request_field(req, name);

	return f != NULL && !f->bad ? f->value : NULL;
}

void
request_wipe(struct sim_request *req)
{
	if (req->body != NULL) {
		explicit_bzero(req->body, req->len);
		free(req->body);
	}
	explicit_bzero(req, sizeof(*req));
}

const char *
request_scheme_name(enum request_scheme scheme)
{
	switch (scheme) {
	case REQUEST_NO_AUTH:
		return "none";
	case REQUEST_BASIC:
		return "basic";
	case REQUEST_BEARER:
		return "bearer";
	case REQUEST_OTHER_AUTH:
		return "other";
	case REQUEST_QUERY_AUTH:
		return "query";
	case REQUEST_FORM_AUTH:
		return "form";
	case REQUEST_JSON_AUTH:
		return "json";
	}
	return "none";
}

int
request_query(const char *query, const char *name, char *out, size_t size)
{
	const size_t n = strlen(name);
	size_t len;

	for (const char *s = query; *s != '\0'; s += len + (s[len] == '&')) {
		len = strcspn(s, "&");
		if (len > n && strncmp(s, name, n) == 0 && s[n] == '=')
			return request_decode(
			    s + n + 1, len - n - 1, false, out, size);
	}
	return -1;
}
