/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one transfer and detects when this process was stopped meanwhile. A user
 * may be able to stop it (SIGSTOP, a cgroup's freezer, a virtual machine's
 * host, suspend), and then a healthy provider looks silent. Used by http.c
 * alone; these two files are the only ones that speak curl. libcurl's functions
 * come from http_curl.c.
 */
#ifndef TWOFA_HTTP_RUN_H
#define TWOFA_HTTP_RUN_H

#include <stdbool.h>

#include <curl/curl.h>

#include "helper/base/shortage.h"
#include "helper/net/http.h"

/* The longest single wait, and how much longer than asked for all rounds of a
 * transfer may take together before it counts as stopped. */
#define HTTP_RUN_WAIT_MS 250
#define HTTP_RUN_LATE_MS 1000

struct http_times {
	long connect_ms, timeout_ms; /* of the settings */
	long total_ms;               /* of this request, as set in curl */
};

/*
 * Run the transfer that curl is set up for, with the connections that multi
 * keeps, until it ends. Returns libcurl's result, or CURLE_OPERATION_TIMEDOUT
 * whenever it took more than total_ms. *stalled: together the rounds were late
 * by more than HTTP_RUN_LATE_MS or half of the shorter setting. *socket: the
 * connection if it is kept, else CURL_SOCKET_BAD.
 */
CURLcode http_run(CURLM *multi, CURL *curl, const struct http_times *,
    bool *stalled, curl_socket_t *socket);

/* The fate of a request that failed with this code: HTTP_UNKNOWN for an error
 * that can also come after sending. */
enum http_fate http_run_fate(CURLcode);

/* Fill retry_after_s and date from the last transfer's headers. */
void http_run_headers(CURL *, struct http_reply *);

/* Have it told to asked whether an address is asked, or could not be: libcurl
 * tells the error of its last connect alone. asked must outlive the connection.
 * True when that was set. */
bool http_run_hear(CURL *, struct asked *asked);

#endif
