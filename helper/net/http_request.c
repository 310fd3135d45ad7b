/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds requests: path, form or JSON body. */
#include "helper/net/net.h"

/* Sufficient for the paths and queries of all vendors; providers write escapes
 * themselves. */
static const char path_bytes[] = TEXT_UNRESERVED "/%?=&+:";

/* "/." and "/.." would be removed and lead to another endpoint. */
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
http_put_path(struct http_request *req, const char *path)
{
	const size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof(req->path) ||
	    strspn(path, path_bytes) != len || has_dot_segment(path)) {
		req->failed = true;
		return;
	}
	memcpy(req->path, path, len + 1);
}

void
http_request_init(
    struct http_request *req, enum http_method method, const char *fmt, ...)
{
	char path[HTTP_PATH_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	memset(req, 0, sizeof(*req));
	req->method = method;
	http_put_path(req, len < (int)sizeof(path) ? path : "");
	explicit_bzero(path, sizeof(path)); /* one vendor has codes in it */
}

bool
http_url_is_valid(const char *url)
{
	struct base_url parts;
	char without[HTTP_PATH_MAX];
	const size_t len = strlen(url);

	if (len < 2 || len >= sizeof(without) || has_dot_segment(url))
		return false;
	memcpy(without, url, len + 1);
	if (without[len - 1] == '/')
		without[len - 1] = '\0';
	return base_url_read(without, &parts) == NULL;
}

void
http_request_init_url(
    struct http_request *req, enum http_method method, const char *url)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	if (http_url_is_valid(url))
		PRINT_TO(req->path, "%s", url);
	else
		req->failed = true;
}

static void
put_bytes(struct http_request *req, const char *bytes, size_t len)
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
http_put_form_value(struct http_request *req, const char *text)
{
	char *end = req->body + req->body_len;

	if (text_percent_encode(end, sizeof(req->body) - req->body_len, text))
		req->body_len += strlen(end);
	else
		req->failed = true;
}

void
http_put_form(struct http_request *req, const char *name, const char *value)
{
	req->content_type = "application/x-www-form-urlencoded";
	if (req->body_len > 0)
		put_bytes(req, "&", 1);
	http_put_form_value(req, name);
	put_bytes(req, "=", 1);
	http_put_form_value(req, value);
}

void
http_put_form_number(struct http_request *req, const char *name, int64_t value)
{
	char text[24];

	PRINT_TO(text, "%lld", (long long)value);
	http_put_form(req, name, text);
}

/* Quotes the text, and escapes quote, backslash and the control bytes (RFC 8259
 * section 7). */
static void
put_json_text(struct http_request *req, const char *text)
{
	put_bytes(req, "\"", 1);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;
		const char control[] = { '\\', 'u', '0', '0', TEXT_HEX[c >> 4],
			TEXT_HEX[c & 15] };

		if (c < 0x20)
			put_bytes(req, control, sizeof(control));
		if (c == '"' || c == '\\')
			put_bytes(req, "\\", 1);
		if (c >= 0x20)
			put_bytes(req, text, 1);
	}
	put_bytes(req, "\"", 1);
}

void
http_put_json(struct http_request *req, const char *fmt, ...)
{
	char other[16];
	va_list ap;

	req->content_type = "application/json";
	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put_bytes(req, fmt, 1);
		} else if (*++fmt == 's') {
			put_json_text(req, va_arg(ap, const char *));
		} else {
			PRINT_TO(
			    other, *fmt == 'c' ? "%c" : "%d", va_arg(ap, int));
			put_bytes(req, other, strlen(other));
		}
	}
	va_end(ap);
}
