/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTPS requests with libcurl, strict JSON, name look-ups, and shortages of
 * this host. */
#ifndef TWOFA_NET_H
#define TWOFA_NET_H

#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "lib/values/values.h"

/*
 * http.c: one HTTP request, one reply. Only http.c, http_options.c and
 * http_curl.c use curl.
 *
 * TLS 1.2 or later, certificates always checked, no redirects, no proxy but
 * that of the settings, body at most HTTP_BODY_MAX, limited time. A request
 * that the provider may have received is never sent again, not even by libcurl
 * itself.
 */

#define HTTP_PATH_MAX 512
#define HTTP_REQUEST_BODY_MAX 4096
#define HTTP_TOKEN_MAX 2047
#define HTTP_BODY_MAX 65536
#define HTTP_CAUSE_MAX 256

enum http_method {
	HTTP_POST = 0,
	HTTP_GET,
	HTTP_DELETE,
};

struct http_request {
	enum http_method method;
	/* added to base_url, and begins with a slash; or a whole URL */
	char path[HTTP_PATH_MAX];
	const char *content_type; /* NULL without a body */
	char body[HTTP_REQUEST_BODY_MAX];
	size_t body_len;
	bool failed; /* something did not fit: do not send */
	/* Basic if auth_user is set, the secret alone as the header auth_header
	 * if that is set, else Bearer. auth_user and auth_secret point into the
	 * settings. */
	const char *auth_user;
	const char *auth_header; /* a name such as "X-Api-Key" */
	const struct secret *auth_secret;
	/* Bearer token of this request alone, instead of auth_secret; "" if
	 * none */
	char auth_token[HTTP_TOKEN_MAX + 1];
	bool answer;  /* the reply says whether a code is right */
	bool repeats; /* the reply may equal the one before it */
	bool apart;   /* over a connection of its own */
	bool reads;   /* only reads a document: the receiver does nothing */
	/* called once by who waits for the reply if none has come after
	 * slow_ms; or NULL */
	void (*slow)(void *ctx);
	void *slow_ctx;
	int64_t slow_ms;
};

/* How far the request got. Zero is the value that allows nothing. */
enum http_fate {
	HTTP_UNKNOWN = 0, /* may have been received; no usable reply */
	/* status and body came from the provider. A body without a length ends
	 * with the connection: only its JSON shows whether it is complete. */
	HTTP_REPLIED,
	HTTP_NOT_SENT,    /* not sent: name, connection or handshake failed */
	HTTP_CERTIFICATE, /* not sent: the certificate was refused */
	HTTP_PROXY,       /* not sent: got no further than the proxy */
	HTTP_LOCAL,       /* not sent: shortage or error of this host */
};

struct http_reply {
	enum http_fate fate;
	long status;        /* when HTTP_REPLIED; of the proxy, or 0 */
	size_t len;         /* of body */
	long retry_after_s; /* clamped to 1..30; 2 when absent */
	int64_t date;       /* server clock, seconds since 1970; 0 if unknown */
	/* HTTP_NOT_SENT, HTTP_PROXY: not all addresses are known to have been
	 * tried, or a proxy was reached and may not have resolved the name of
	 * the provider */
	bool unresolved;
	/* HTTP_UNKNOWN, HTTP_NOT_SENT, HTTP_PROXY: this process was stopped
	 * during the request, so the provider may be fine */
	bool stalled;
	/* the body repeats the last one on this connection, or with answer the
	 * last one to a request without: replies are out of step, and the
	 * connection is closed */
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
	/* http://HOST:PORT, for https; NULL or "" if none */
	const char *proxy;
	const char *proxy_user; /* NULL without credentials */
	const struct secret *proxy_password;
	long connect_timeout_ms, timeout_ms;
};

struct http;

/* Writes reply->cause by reply->fate, truncated to its size, in the form
 * "HOST:PORT: what happened (what to check): why"; leaves it as it is for
 * HTTP_REPLIED. why must hold no secret and no query. */
void http_reply_set_cause(
    struct http_reply *reply, const char *host, const char *why);

/* Returns NULL with errno if libcurl cannot be set up or base_url is
 * invalid. */
struct http *http_open(const struct http_peer *);
void http_close(struct http *);

/* Starts a request, which is sent at most once: deadline is in
 * frame_clock_ms(). Uses a connection that an earlier request left in order
 * within the last 30 s, if there is one. http_run_started() drives the request.
 * Request and reply must stay in place until http_next_finished() returns the
 * reply, which is always filled in; see reply->fate. The caller wipes both.
 * Returns false if the request failed at once. */
bool http_start(struct http *, const struct http_request *, int64_t deadline,
    struct http_reply *);
#define HTTP_OTHERS_MAX 2
/* Advances all started requests, then waits at most until `until`
 * (frame_clock_ms) for their sockets and for input on at most HTTP_OTHERS_MAX
 * other descriptors; not if a request has finished. Returns 0, or -1 if poll
 * fails. */
int http_run_started(
    struct http *, struct pollfd *, size_t count, int64_t until);
/* Frees a finished request and returns its reply, or NULL if none has
 * finished. */
struct http_reply *http_next_finished(struct http *);
/* Ends the connections that no request uses. */
void http_close_idle(struct http *);

/* http_request.c: builds a request, or sets failed if something does not
 * fit. Before the first of these two, a request counts as failed. */

/* Empties the request and sets method and path, like http_put_path(). */
void http_request_init(struct http_request *, enum http_method,
    const char *path, ...) __attribute__((format(printf, 3, 4)));
/* Replaces the path; sets failed if it is not absolute, too long or has a
 * segment of dots. */
void http_put_path(struct http_request *, const char *path);
/* True for a URL that a document of the provider names: of any host, but as
 * base_url_read() wants it, and maybe a slash at its end. */
bool http_url_is_valid(const char *url);
/* Empties the request and sets method and such a URL; else sets failed. */
void http_request_init_url(
    struct http_request *, enum http_method, const char *url);
/* Appends name=value to a form body, percent-encoded (RFC 3986 unreserved
 * characters stay). Sets content_type. */
void http_put_form(struct http_request *, const char *name, const char *value);
void http_put_form_number(
    struct http_request *, const char *name, int64_t value);
/* Appends the encoded value alone. */
void http_put_form_value(struct http_request *, const char *value);
/* Appends to a JSON body, as in "{\"to\":%s,\"digits\":%d}": %s is a text, put
 * in quotes with escapes, %d a number, %c a byte as it is. Sets content_type.
 */
void http_put_json(struct http_request *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* http_auth.c: a signed token: JWT (RFC 7519) with RS256 (RFC 7518, 3.3). */

#define JWT_CLAIMS_MAX 896
#define JWT_KEY_ID_MAX 64

/* Writes the token for claims, one JSON object. key_id: what the receiver knows
 * the key by, without bytes that JSON escapes; NULL: the token names none.
 * Returns 0, or -1 if the key is invalid (settings.h) or something is too long;
 * out is then "". The caller wipes out. */
int http_auth_make_jwt(const struct pem *key, const char *key_id,
    const char *claims, char out[HTTP_TOKEN_MAX + 1]);

/*
 * json.c: strict reading of a provider's JSON. The only file that uses cJSON.
 *
 * Rejected: a raw NUL, the escape \\u0000, bytes after the value, invalid
 * UTF-8, a BOM, more than 64 levels, a top value that is not an object.
 */

struct json;

/* Returns NULL if text[0..len) is not one strict JSON object. text[len] must be
 * NUL. The caller frees the result with json_free(). */
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
 * writes it for "nothing", call json_is_null first. Without an object (NULL),
 * every member is BAD and out is empty. */
enum json_result json_text(
    const struct json *, const char *path, char *out, size_t cap);
/* Reads into an array; "" if the member cannot be read. */
#define JSON_TO(array, json, path)                                             \
	(void)json_text((json), (path), (array), sizeof(array))
/* True if the member is exactly this text. */
bool json_equals(const struct json *, const char *path, const char *want);
enum json_result json_integer(
    const struct json *, const char *path, int64_t *out);
enum json_result json_bool(const struct json *, const char *path, bool *out);
/* The number of elements of a member that is an array; else 0. */
size_t json_list_len(const struct json *, const char *path);
/* True if an object has no such member. */
bool json_is_absent(const struct json *, const char *path);
/* True if the member exists and is null. */
bool json_is_null(const struct json *, const char *path);

/*
 * shortage.c: shortages of this host, which make a working server look
 * unreachable. A local user can cause one, by taking all ports for example, so
 * a shortage is never an outage. Detecting it is a race that this user may win:
 * what an outage permits also needs proof that the server was tried at all its
 * addresses (name_query_check_families_begin).
 */

/* True if descriptors, memory, ports or conntrack entries are short right now,
 * or if that cannot be found out, which is logged. */
bool shortage_is_present(void);

/* name_query.c: a name looked up by a thread of its own, since getaddrinfo
 * blocks for as long as resolv.conf allows. A thread that outlives the deadline
 * is abandoned: it ends by itself or with the process. The last user frees the
 * query. */

#define NAME_QUERY_MAX 255
struct name_query {
	atomic_int users;
	int family;   /* AF_UNSPEC for both */
	int answered; /* eventfd; until readable, the thread owns the rest */
	int error;    /* of getaddrinfo */
	struct addrinfo *found;
	char name[NAME_QUERY_MAX + 1];
};
/* Returns NULL if memory or the thread is lacking. The caller ends the query
 * with name_query_abandon(). */
struct name_query *name_query_start(const char *name, int family);
/* Returns true if the query is answered before `until` (frame_clock_ms). */
bool name_query_wait(const struct name_query *, int64_t until);
void name_query_abandon(struct name_query *);

/* Addresses of one server that were tried; zeroed at first. */
#define ASKED_BIT(family) (1u << (family))
struct address_check {
	bool shortage;   /* one was not tried for lack of a resource */
	bool reached;    /* one accepted the connection */
	unsigned routed; /* ASKED_BITs of families with a route */
	unsigned seen;   /* ASKED_BITs of families with an address */
};

/* Notes an address before it is tried, and whether a route to it exists. Sends
 * nothing. */
void name_query_note_tried_address(
    struct address_check *, const struct sockaddr *, socklen_t);

/* Asks if the name has addresses of no other family than those seen. A name
 * service that is short of something may withhold one family: that one is
 * queried alone, and must be reported as absent. The first function returns the
 * query to wait for, or NULL with the result in *complete. The second frees the
 * query and returns the result; answered is what name_query_wait() returned. */
struct name_query *name_query_check_families_begin(
    const char *name, unsigned seen, bool *complete);
bool name_query_check_families_end(struct name_query *, bool answered);

#endif
