/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a request: a checked path, a form body. */
#include "helper/net/http.h"

#include <string.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* RFC 3986 section 2.3 */
static const char unreserved[] = ALNUM "-._~";
/* Enough for every vendor's path and query, escapes made by the provider. */
static const char path_bytes[] = ALNUM "-._~/%?=&+";

/* "/." and "/.." would be folded away and lead to another endpoint. */
static bool
has_dot_segment(const char *path)
{
	size_t dots;

	for (const char *p = strchr(path, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		dots = strspn(p + 1, ".");
		if (dots > 0 && dots < 3 && strchr("/?", p[1 + dots]) != NULL)
			return true;
	}
	return false;
}

void
http_path(struct http_request *req, const char *path)
{
	const size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof(req->path) ||
	    strspn(path, path_bytes) != len || has_dot_segment(path)) {
		req->failed = true;
		return;
	}
	memcpy(req->path, path, len + 1);
}

static bool
put_byte(struct http_request *req, char c)
{
	if (req->body_len >= sizeof(req->body) - 1)
		return false;
	req->body[req->body_len++] = c;
	req->body[req->body_len] = '\0';
	return true;
}

static bool
put_escaped(struct http_request *req, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;

	for (; *s != '\0'; s++) {
		c = (unsigned char)*s;
		if (strchr(unreserved, c) != NULL) {
			if (!put_byte(req, *s))
				return false;
			continue;
		}
		if (!put_byte(req, '%') || !put_byte(req, hex[c >> 4]) ||
		    !put_byte(req, hex[c & 15]))
			return false;
	}
	return true;
}

void
http_form(struct http_request *req, const char *name, const char *value)
{
	req->content_type = "application/x-www-form-urlencoded";
	if (req->body_len > 0 && !put_byte(req, '&'))
		req->failed = true;
	if (!put_escaped(req, name) || !put_byte(req, '=') ||
	    !put_escaped(req, value))
		req->failed = true;
}
