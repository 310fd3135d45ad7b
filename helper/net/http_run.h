/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One transfer from its begin to its end, and whether this process was there
 * all the time: a user who may stop it (SIGSTOP, the freezer of a cgroup, a
 * virtual machine's host, suspend) makes a provider look silent that is not.
 * For http.c alone, with which it is the one place that speaks curl; the
 * functions of libcurl come from http_curl.c.
 */
#ifndef TWOFA_HTTP_RUN_H
#define TWOFA_HTTP_RUN_H

#include <stdbool.h>

#include <curl/curl.h>

#include "helper/net/http.h"

/* How long one wait is, at most, and how much longer all of a transfer's
 * rounds may take together before it counts as a stall. */
#define HTTP_RUN_WAIT_MS 250
#define HTTP_RUN_LATE_MS 1000

struct http_times {
	long connect_ms, timeout_ms; /* of the settings */
	long total_ms;               /* of this request, as curl is set up */
};

/*
 * Run what curl is set up for, with the connections that multi keeps, until it
 * ends: libcurl's result, but CURLE_OPERATION_TIMEDOUT whenever it took more
 * than total_ms. *stalled: the rounds took longer than they were asked to, by
 * more than HTTP_RUN_LATE_MS or half of the shorter setting together. *socket:
 * of the connection if it is kept, else CURL_SOCKET_BAD.
 */
CURLcode http_run(CURLM *multi, CURL *curl, const struct http_times *,
    bool *stalled, curl_socket_t *socket);

/* The fate of a request before which libcurl called nobody: HTTP_UNKNOWN for
 * an error that could come later as well. */
enum http_fate http_run_fate(CURLcode);

/* Fill retry_after_s and date from what the last transfer received. */
void http_run_headers(CURL *, struct http_reply *);

#endif
