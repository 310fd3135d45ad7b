/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP request, one reply. struct http_request has everything that a
 * provider can ask for; only http.c, http_run.c and http_curl.c use curl.
 *
 * TLS 1.2 or later, certificates always checked, no redirects, no proxy, body
 * at most HTTP_BODY_MAX, limited time. A request that the provider may have
 * received is never sent again, not even by libcurl itself.
 */
#ifndef TWOFA_NET_HTTP_H
#define TWOFA_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/values/values.h"

#define HTTP_PATH_MAX 512
#define HTTP_REQUEST_BODY_MAX 4096
#define HTTP_TOKEN_MAX 1535
#define HTTP_BODY_MAX 65536
#define HTTP_CAUSE_MAX 256

enum http_method {
	HTTP_POST = 0,
	HTTP_GET,
	HTTP_DELETE,
};

struct http_request {
	enum http_method method;
	char path[HTTP_PATH_MAX]; /* added to base_url; begins with a slash */
	const char *content_type; /* NULL without a body */
	char body[HTTP_REQUEST_BODY_MAX];
	size_t body_len;
	bool failed; /* something did not fit: do not send */
	/* Basic when auth_user is set; the value of a header of that name when
	 * auth_header is; else Bearer. All point into the settings. */
	const char *auth_user;
	const char *auth_header; /* a constant name, such as "X-Api-Key" */
	const struct secret *auth_secret;
	/* Bearer, made for this request; replaces auth_secret; "" none */
	char auth_token[HTTP_TOKEN_MAX + 1];
};

/* How far the request got. Zero is the value that allows nothing. */
enum http_fate {
	HTTP_UNKNOWN = 0, /* may have been received; no usable answer */
	/* status and body came from the provider, complete as far as HTTP can
	 * tell: a body without a length ends with the connection, and then only
	 * its JSON shows whether it is complete */
	HTTP_REPLIED,
	HTTP_NOT_SENT,    /* certainly not: name, connect or handshake failed */
	HTTP_CERTIFICATE, /* certainly not: the certificate was refused */
	HTTP_LOCAL,       /* certainly not: our own shortage or error */
};

struct http_reply {
	enum http_fate fate;
	long status;        /* HTTP status, when HTTP_REPLIED */
	size_t len;         /* of body */
	long retry_after_s; /* clamped to 1..30; 2 when absent */
	int64_t date;       /* the server's clock, since 1970; 0 not told */
	/* HTTP_NOT_SENT: its name has other addresses, or may have
	 * (shortage.h) */
	bool unresolved;
	/* HTTP_UNKNOWN, HTTP_NOT_SENT: this process was stopped meanwhile, so
	 * the provider may be fine (http_run.h) */
	bool stalled;
	int64_t took_ms;
	char cause[HTTP_CAUSE_MAX]; /* for the log: what failed */
	/* NUL-terminated. The last member, and never cleared as a whole, so
	 * that unused pages take no memory. */
	char body[HTTP_BODY_MAX + 1];
};

struct http;

/* The settings that a connection needs. ca_file or ca_path replaces the system
 * roots. The texts must outlive the struct http. */
struct http_peer {
	const char *base_url;
	const char *ca_file, *ca_path;
	long connect_timeout_ms, timeout_ms;
};

/* Set up libcurl, as the first http_open would. at_once: bind all its symbols
 * now, for the processes that are forked from this one. 0, or -1 with errno. */
int http_set_up(bool at_once);

/* NULL with errno when curl cannot be set up. */
struct http *http_open(const struct http_peer *);
void http_close(struct http *);

/*
 * Send once, before deadline (frame_clock_ms). The reply is always filled; see
 * reply->fate. The caller wipes request and reply after use. The next request
 * on the same struct http uses the same connection if that is younger than 30
 * s.
 */
void http_send(struct http *, const struct http_request *, int64_t deadline,
    struct http_reply *);

/* The parts of the request, for providers. What does not fit sets failed. */
void http_path(struct http_request *, const char *path);
/* Append name=value to a form body, percent-encoded (RFC 3986 unreserved
 * characters stay). Sets content_type. */
void http_form(struct http_request *, const char *name, const char *value);
/* Append to a JSON body: syntax or a number unchanged, or a text in quotes with
 * JSON's escapes. Both set content_type. */
void http_json(struct http_request *, const char *piece);
void http_json_text(struct http_request *, const char *text);

#endif
