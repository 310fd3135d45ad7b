/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of a request, for the files of this room: its header with the
 * credentials, its transfer by libcurl, the meaning of a failure.
 */
#ifndef TWOFA_NET_INSIDE_H
#define TWOFA_NET_INSIDE_H

#include <curl/curl.h>
#include <openssl/sha.h>
#include <time.h>

#include "helper/net/net.h"

/* http.c: requests that run, and the connections that are kept. */

#define HTTP_LINES_MAX 600

/* An open socket: whose it is now, and what came over it last. */
struct http_connection {
	curl_socket_t fd;
	struct http_call *call; /* NULL: it is kept, for the next one */
	bool used; /* by a request; libcurl does not tell the end of others */
	/* of the last reply, and of the last to a request without answer */
	unsigned char last[SHA256_DIGEST_LENGTH], said[SHA256_DIGEST_LENGTH];
};

struct http {
	CURLM *multi; /* keeps the connections */
	CURL *spare;  /* a handle for the next request; NULL: none */
	struct http_peer peer;
	struct base_url base;
	struct curl_slist *via;  /* the proxy's header, with its password */
	struct http_call *first; /* of those that run or are over */
	int64_t mark;            /* clock_ms of the end of the last round */
	size_t lines;
	struct http_connection line[HTTP_LINES_MAX];
};

/* One request. */
struct http_call {
	struct http_call *next;
	struct http *http;
	CURL *curl;
	struct curl_slist *headers;
	struct http_reply *reply;
	bool answer, repeats, over;
	struct http_connection ended; /* its connection, if that was closed */
	CURLcode rc;
	int64_t begun, left; /* frame_clock_ms; of the deadline then */
	int64_t late;        /* so long all its rounds were */
	unsigned starts;     /* how often libcurl was about to send it */
	bool headers_end;    /* the end of the last headers came */
	bool too_long;
	struct address_check asked;
	struct name_query
	    *question; /* it waits for the name service's; or NULL */
	int64_t answered_by;
	char error[CURL_ERROR_SIZE];
};

/* http_options.c: all that libcurl is told of a request, but for the call-backs
 * of http.c; and the most milliseconds that it may take. A new handle is
 * set. */
bool http_options_set(struct http_call *, const struct http_request *);
long http_total_ms(const struct http_call *);

/* http_request.c: the request header with the credentials. */

/* Holds "Authorization: Bearer " and the longest token; a user, ":" and a
 * secret in base64 are shorter. */
#define HTTP_AUTH_MAX (HTTP_TOKEN_MAX + 64)

/* auth_token as Bearer (RFC 6750) when it is set. Else Basic (RFC 7617) when
 * auth_user is set, the secret alone under the name auth_header when that is
 * set, and Bearer of auth_secret otherwise. "" when there is no secret. 0, or
 * -1 when it does not fit or the secret holds a byte that would break the
 * header; out is then "". The caller wipes out. */
int http_auth_header(const struct http_request *, char out[HTTP_AUTH_MAX]);
/* The same for Basic alone. */
int http_auth_basic(
    const char *user, const struct secret *, char out[HTTP_AUTH_MAX]);

/*
 * http_curl.c: libcurl, loaded when the first request needs it. It brings
 * thirty libraries: more work than all the rest of a login that needs no code
 * or an app's. The functions keep their names, so <curl/curl.h> still checks
 * their arguments.
 */

/* Call it before any function of libcurl. 0, or -1 with errno ELIBACC: it
 * cannot be loaded or lacks a function, and none may be called. */
int http_curl_load(void);

/* The fate of a request that failed with this code: HTTP_UNKNOWN for an error
 * that can also come after sending. */
enum http_fate http_fate_from_curl(CURLcode);

/* Fill retry_after_s and date from the last transfer's headers. */
void http_reply_read_headers(CURL *, struct http_reply *);

/* Times in a reply's headers, and the reason when there is no reply. */

#define HTTP_RETRY_DEFAULT_S 2

/* Fill reply->cause from reply->fate, cut to its size: "HOST:PORT: what
 * happened (what to look at): why". HTTP_REPLIED leaves it empty. why must hold
 * no secret and no query. */
void http_reply_set_cause(
    struct http_reply *reply, const char *host, const char *why);

/* Seconds since 1970 of an IMF-fixdate (RFC 9110 section 5.6.7), the only form
 * still in use; 0 for anything else. */
int64_t http_date_parse(const char *value);

/* The seconds in a Retry-After header (RFC 9110 section 10.2.3: a number or a
 * date), counted from now on the wall clock, limited to 1..30. The default when
 * it is neither. */
long http_retry_after_parse(const char *value, time_t now);

/* Failures that are not the provider's answer: shortages of this machine. */

/* True when libcurl's text means a shortage here, or when there is one right
 * now. Asked when a request failed before it was sent, so that a shortage here
 * does not count as an outage. */
bool http_text_is_shortage(const char *text);

/* malloc and friends that wipe memory when it is freed: for a library that
 * copies secrets into its own buffers. With the same errors as the functions of
 * <stdlib.h> and <string.h>. */
void *wiping_memory_malloc(size_t size);
void *wiping_memory_calloc(size_t count, size_t size);
void *wiping_memory_realloc(void *old, size_t size);
char *wiping_memory_strdup(const char *text);
void wiping_memory_free(void *old);

/*
 * json.c: is a text strict JSON (RFC 8259)? Checked before a tree is built,
 * because cJSON takes control bytes for blanks, skips a BOM, ends a string at
 * an escaped NUL and passes any byte as UTF-8.
 */

/* True when text[0..len) is one object, with only blanks around it, in strict
 * UTF-8, without a NUL (raw or escaped) or a lone surrogate, and with at most
 * JSON_GRAMMAR_DEPTH_MAX levels. */
bool json_is_object_text(const char *text, size_t len);

/* shortage.c */

/* Does this errno tell of too few descriptors, ports, buffers, processes or too
 * little memory? */
bool shortage_is_errno(long error);

#endif
