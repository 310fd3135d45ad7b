/* SPDX-License-Identifier: BSD-2-Clause */
/* A running request, its credentials, libcurl and its errors. */
#ifndef TWOFA_NET_INSIDE_H
#define TWOFA_NET_INSIDE_H

#include "helper/net/net.h"

#include <curl/curl.h>
#include <openssl/sha.h>
#include <time.h>

#include "lib/system/system.h"

/* http.c: running requests and kept connections. */

#define HTTP_CONNECTIONS_MAX 600

/* An open socket, the request that uses it, and digests of its replies. */
struct http_connection {
	curl_socket_t fd;
	struct http_call *call; /* NULL if idle */
	bool used; /* for a request; libcurl reports the end of no others */
	/* of the last reply, and of the last one to a request without answer */
	unsigned char last[SHA256_DIGEST_LENGTH],
	    last_plain[SHA256_DIGEST_LENGTH];
};

struct http {
	CURLM *multi; /* holds the connections */
	CURL *spare;  /* handle for the next request, or NULL */
	struct http_peer peer;
	struct base_url base;
	struct curl_slist
	    *proxy_headers;      /* header for the proxy, with its password */
	struct http_call *first; /* running and finished ones */
	int64_t mark;            /* clock_ms of the end of the last round */
	size_t conns;
	struct http_connection conn[HTTP_CONNECTIONS_MAX];
};

/* A running or finished request. */
struct http_call {
	struct http_call *next;
	struct http *http;
	CURL *curl;
	struct curl_slist *headers;
	struct http_reply *reply;
	bool answer, repeats, finished;
	bool noted;   /* note_reply() */
	bool spoiled; /* its kept connection had more than replies */
	struct http_connection closed; /* the connection, if it was closed */
	CURLcode rc;
	int64_t begun, left; /* frame_clock_ms; ms to the deadline then */
	int64_t late;        /* total delay of its rounds, in ms */
	unsigned starts;     /* how often libcurl was about to send */
	bool headers_end;    /* the last header block is complete */
	bool too_long;
	struct address_check addresses;
	struct name_query *query; /* pending look-up, or NULL */
	int64_t query_deadline;
	char error[CURL_ERROR_SIZE];
};

/* http_options.c: libcurl's options of a request, except the callbacks. */

/* Sets the options of a new handle and the headers; false if one fails. */
bool http_options_set(struct http_call *, const struct http_request *);
/* Returns the time limit of the whole request in ms. */
long http_request_max_ms(const struct http_call *);

/* http_auth.c: the request header with the credentials. */

/* Holds "Authorization: Bearer " and the longest token; a user, ":" and a
 * secret in base64 are shorter. */
#define HTTP_AUTH_MAX (HTTP_TOKEN_MAX + 64)

/* Writes auth_token as Bearer (RFC 6750) if it is set; else Basic (RFC 7617) if
 * auth_user is set, the secret alone under the name auth_header if that is set,
 * and Bearer with auth_secret otherwise; "" without a secret. Returns 0, or -1
 * if it does not fit or the secret has a byte that would break the header; out
 * is then "". The caller wipes out. */
int http_auth_header(const struct http_request *, char out[HTTP_AUTH_MAX]);
/* Like http_auth_header(), for Basic with these credentials alone. */
int http_auth_basic(
    const char *user, const struct secret *, char out[HTTP_AUTH_MAX]);

/* http_curl.c: libcurl, loaded at the first request, since its thirty libraries
 * cost more than the rest of a login that sends nothing. Its functions are
 * called as http_curl.curl_easy_init(); those whose arguments <curl/curl.h>
 * checks by macros, curl_easy_setopt() and the like, by their names alone. */

#define HTTP_CURL_FUNCTIONS(EACH)                                              \
	EACH(curl_global_init_mem)                                             \
	EACH(curl_easy_init)                                                   \
	EACH(curl_easy_cleanup)                                                \
	EACH(curl_easy_reset)                                                  \
	EACH(curl_easy_setopt)                                                 \
	EACH(curl_easy_getinfo)                                                \
	EACH(curl_easy_strerror)                                               \
	EACH(curl_easy_header)                                                 \
	EACH(curl_multi_init)                                                  \
	EACH(curl_multi_cleanup)                                               \
	EACH(curl_multi_setopt)                                                \
	EACH(curl_multi_add_handle)                                            \
	EACH(curl_multi_remove_handle)                                         \
	EACH(curl_multi_perform)                                               \
	EACH(curl_multi_poll)                                                  \
	EACH(curl_multi_info_read)                                             \
	EACH(curl_slist_append)                                                \
	EACH(curl_slist_free_all)

struct http_curl {
	HTTP_CURL_FUNCTIONS(LIBRARY_POINTER)
};
extern struct http_curl http_curl;
/* Loads libcurl; to be called before any of its functions. Returns 0, or -1
 * with errno ELIBACC if it cannot be loaded or lacks a function; then none may
 * be called. */
int http_curl_load(void);
/* True if the connection of a request has bytes of TLS that a poll of its
 * socket does not show, or that is not known. For call-backs of libcurl. */
bool http_curl_has_unread(CURL *);

/* Returns the fate of a request that failed with this code: HTTP_UNKNOWN for an
 * error that can also come after sending. */
enum http_fate http_fate_from_curl(CURLcode);

/* Fills in retry_after_s and date from the headers of the last transfer. */
void http_reply_read_headers(CURL *, struct http_reply *);

#define HTTP_RETRY_DEFAULT_S 2

/* Returns the seconds since 1970 of an IMF-fixdate (RFC 9110 section 5.6.7),
 * the only form still in use, or 0 for anything else. */
int64_t http_date_parse(const char *value);

/* Returns the seconds in a Retry-After header (RFC 9110 section 10.2.3: a
 * number or a date), counted from now on the wall clock, limited to 1..30; the
 * default if it is neither. */
long http_retry_after_parse(const char *value, time_t now);

/* True if libcurl's text means a shortage of this host, or one exists right
 * now. For requests that failed before they were sent: such a failure is no
 * outage. */
bool http_text_is_shortage(const char *text);

/* wiping_memory.c: like malloc and friends of <stdlib.h> and <string.h>, for
 * memory that secret_free() wipes. */
void *wiping_memory_malloc(size_t size);
void *wiping_memory_calloc(size_t count, size_t size);
void *wiping_memory_realloc(void *old, size_t size);
char *wiping_memory_strdup(const char *text);

/* shortage.c: true if errno means too few descriptors, ports, buffers or
 * processes, or too little memory. */
bool shortage_is_errno(long error);

#endif
