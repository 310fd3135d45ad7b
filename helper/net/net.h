/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTPS requests with libcurl, JSON, and what this host may be short of. */
#ifndef TWOFA_NET_H
#define TWOFA_NET_H

#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/values/values.h"

/*
 * http.c: one HTTP request, one reply. struct http_request has everything that
 * a provider can ask for; only http.c and http_curl.c use curl.
 *
 * TLS 1.2 or later, certificates always checked, no redirects, no proxy but the
 * settings', body at most HTTP_BODY_MAX, limited time. A request that the
 * provider may have received is never sent again, not even by libcurl itself.
 */

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
	bool answer;  /* its reply says whether a code is right */
	bool repeats; /* it may be that to the last request, word for word */
	bool apart;   /* over a connection that nothing else uses */
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
	HTTP_PROXY,       /* certainly not: it got no further than the proxy */
	HTTP_LOCAL,       /* certainly not: our own shortage or error */
};

struct http_reply {
	enum http_fate fate;
	long status;        /* when HTTP_REPLIED; of the proxy, or 0 */
	size_t len;         /* of body */
	long retry_after_s; /* clamped to 1..30; 2 when absent */
	int64_t date;       /* the server's clock, since 1970; 0 not told */
	/* HTTP_NOT_SENT, HTTP_PROXY: its name has other addresses, or may
	 * have; or a proxy was there, and may not have found the provider's */
	bool unresolved;
	/* HTTP_UNKNOWN, HTTP_NOT_SENT: this process was stopped meanwhile, so
	 * the provider may be fine (net_inside.h) */
	bool stalled;
	/* the last one over the same connection, or with answer the last to a
	 * request without, has come once more. It is out of step, and ends. */
	bool again;
	int64_t took_ms;
	char cause[HTTP_CAUSE_MAX]; /* for the log: what failed */
	/* NUL-terminated. The last member, and never cleared as a whole, so
	 * that unused pages take no memory. */
	char body[HTTP_BODY_MAX + 1];
};

/* The settings that a connection needs. ca_file or ca_path replaces the system
 * roots. The texts must outlive the struct http. */
struct http_peer {
	const char *base_url;
	const char *ca_file, *ca_path;
	const char *proxy;      /* http://HOST:PORT, for https; NULL, "" none */
	const char *proxy_user; /* NULL: it asks for none */
	const struct secret *proxy_password;
	long connect_timeout_ms, timeout_ms;
};

struct http;

/* NULL with errno when curl cannot be set up. */
struct http *http_open(const struct http_peer *);
void http_close(struct http *);

/* Send once, before deadline (frame_clock_ms). The reply is always filled; see
 * reply->fate. The caller wipes request and reply after use. A request uses a
 * connection again that another one has left in order within 30 s. */
void http_send(struct http *, const struct http_request *, int64_t deadline,
    struct http_reply *);

/* The same for many at once, in a process that has to do meanwhile. Both stay
 * where they are until it is over. false: it is over at once. */
#define HTTP_WORK_MAX 700
bool http_start(struct http *, const struct http_request *, int64_t deadline,
    struct http_reply *);
/* Go on with all of them, until one is over, one of these has something to
 * read, or it is that time. 0, or -1 as poll. */
int http_run(struct http *, struct pollfd *, size_t count, int64_t until);
/* The reply of one that is over; NULL: none is. */
struct http_reply *http_next_finished(struct http *);
/* End the connections that no request uses. */
void http_close_idle(struct http *);

/* http_request.c: the parts of a request, for providers, and who asks. */

/* An empty request. Then its parts: what does not fit sets failed. */
void http_request_init(
    struct http_request *, enum http_method, const char *path);
void http_put_path(struct http_request *, const char *path);
/* Append name=value to a form body, percent-encoded (RFC 3986 unreserved
 * characters stay). Sets content_type. */
void http_put_form(struct http_request *, const char *name, const char *value);
/* The value alone. */
void http_put_form_value(struct http_request *, const char *value);
/* Append to a JSON body: syntax or a number unchanged, or a text in quotes with
 * JSON's escapes. Both set content_type. */
void http_put_json(struct http_request *, const char *piece);
void http_put_json_text(struct http_request *, const char *text);
/* What a builder returns: 0, or -1 when the request cannot be sent. */
int http_request_status(const struct http_request *);
/* Empty the request, so that it cannot be sent. -1. */
int http_request_invalidate(struct http_request *);

/* A signed token for a request: JWT (RFC 7519) with RS256 (RFC 7518, 3.3). */

#define JWT_CLAIMS_MAX 512

/* Header, claims (one JSON object, unchanged) and signature, in base64url with
 * dots between, NUL-terminated. 0, or -1 when the key is invalid (settings.h),
 * the claims are too long, or the token does not fit; out is then "". The
 * caller wipes out. */
int jwt_rs256(const struct pem *key, const char *claims, char *out, size_t cap);

/*
 * json.c: strict reading of a provider's JSON. The only file that knows cJSON.
 *
 * Refused whole: a raw NUL, the escape \\u0000, bytes behind the value, invalid
 * UTF-8, a BOM, more than 64 levels, a top value that is not an object.
 */

struct json;

/* NULL when text[len] is not one strict JSON object. text[len] must be NUL. */
struct json *json_parse(const char *text, size_t len);
void json_free(struct json *);

enum json_result {
	JSON_BAD = 0, /* wrong type, duplicate key, or too long for out */
	JSON_OK,
	JSON_ABSENT,
};

/* Read a member as a string of at most cap - 1 bytes, as an integer, or as true
 * or false. path names it, case-sensitively, with dots between levels and an
 * index for an element of an array ("data.to.0.status"); each key of the path
 * must occur once. null is BAD, like any other wrong type: where a vendor
 * writes it for "nothing", ask json_is_null first. Without an object (NULL)
 * every member is BAD, and out is empty. */
enum json_result json_text(
    const struct json *, const char *path, char *out, size_t cap);
/* Into an array; "" where it cannot be read. */
#define JSON_TO(array, json, path)                                             \
	(void)json_text((json), (path), (array), sizeof(array))
/* Is it exactly this text? */
bool json_equals(const struct json *, const char *path, const char *want);
enum json_result json_integer(
    const struct json *, const char *path, int64_t *out);
enum json_result json_bool(const struct json *, const char *path, bool *out);
/* True when the member is there and null. */
bool json_is_null(const struct json *, const char *path);

/*
 * shortage.c: what this host may be short of, so that a server that is fine
 * looks out of reach. A local user can take all ports, or much of the rest: so
 * a shortage is never an outage. Looking for one is a race that the user may
 * win, so whatever an outage opens also wants proof that a server was asked at
 * all addresses that it has: name_query_is_complete.
 */

/* Is any of these short right now? */
bool shortage_is_present(void);

/* A name, looked up by a thread of its own: getaddrinfo waits for as long as
 * resolv.conf says. At the deadline it is left alone; it ends by itself, or
 * with the process. The last user frees it. */
#define QUESTION_NAME_MAX 255
struct name_query {
	atomic_int users;
	int family;   /* AF_UNSPEC: both */
	int answered; /* eventfd; before that, the rest is the thread's */
	int error;    /* of getaddrinfo */
	struct addrinfo *found;
	char name[QUESTION_NAME_MAX + 1];
};
/* NULL: there is no memory or no thread for it. */
struct name_query *name_query_start(const char *name, int family);
bool name_query_wait(const struct name_query *, int64_t until);
void name_query_abandon(struct name_query *);

/* The addresses of one server; zeroed at first. */
#define ASKED_BIT(family) (1u << (family))
struct address_check {
	bool shortage; /* one could not be asked for want of something */
	bool reached;  /* one took the connection */
	unsigned way;  /* families' bits: there is a route */
	unsigned seen; /* ... there is an address */
};

/* This address comes next. Looks for a route to it, and sends nothing. */
void name_query_note(
    struct address_check *, const struct sockaddr *, socklen_t);

/* Are the addresses of these families all that the name has? A name service
 * that is short of something itself keeps one family back. So it is asked for
 * that one alone, until then (frame_clock_ms), and must say that there is
 * none. answered: name_query_wait, or what waits like it. */
bool name_query_is_complete(const char *name, unsigned seen, int64_t until,
    bool (*answered)(const struct name_query *, int64_t until));
/* The same in two parts, for who cannot wait. NULL: *whole has it already. The
 * answer frees the question; come: name_query_wait. */
struct name_query *name_query_check_begin(
    const char *name, unsigned seen, bool *whole);
bool name_query_check_end(struct name_query *, bool come);

#endif
