/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl, loaded when the first request needs it. It brings thirty libraries:
 * more work than all the rest of a login that needs no code or an app's. The
 * functions keep their names, so <curl/curl.h> still checks their arguments.
 */
#ifndef TWOFA_HTTP_CURL_H
#define TWOFA_HTTP_CURL_H

#include <stdbool.h>

/* Call it before any function of libcurl. at_once: bind all of its symbols now,
 * for processes that are forked from this one. 0, or -1 with errno ELIBACC: it
 * cannot be loaded or lacks a function, and none may be called. */
int http_curl_load(bool at_once);

#endif
