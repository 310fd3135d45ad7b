/* SPDX-License-Identifier: BSD-2-Clause */
/* A JSON body of a request, written piece by piece into its own array. */
#include "helper/net/http.h"

#include <string.h>

static void
put(struct http_request *req, const char *bytes, size_t len)
{
	if (len >= sizeof(req->body) - req->body_len) {
		req->failed = true;
		return;
	}
	memcpy(req->body + req->body_len, bytes, len);
	req->body_len += len;
	req->body[req->body_len] = '\0';
}

void
http_json(struct http_request *req, const char *piece)
{
	req->content_type = "application/json";
	put(req, piece, strlen(piece));
}

/* RFC 8259 section 7: quote, backslash and the control bytes. */
static void
put_escaped(struct http_request *req, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c >= 0x20 && c != '"' && c != '\\') {
		put(req, (const char *)&c, 1);
		return;
	}
	if (c >= 0x20)
		escape[1] = (char)c;
	put(req, escape, c >= 0x20 ? 2 : sizeof(escape));
}

void
http_json_text(struct http_request *req, const char *text)
{
	http_json(req, "\"");
	for (; *text != '\0'; text++)
		put_escaped(req, (unsigned char)*text);
	http_json(req, "\"");
}
