/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl, loaded when the first request needs it. It brings thirty libraries,
 * more work than all else that a login does to which a rule asks no code, or
 * an app's. The functions keep their names, so that <curl/curl.h> goes on
 * checking what they are given.
 */
#ifndef TWOFA_HTTP_CURL_H
#define TWOFA_HTTP_CURL_H

#include <stdbool.h>

/* Before any function of libcurl is called. at_once: all of its symbols are
 * bound now, for processes that are forked from this one. 0, or -1 with errno
 * ELIBACC: it cannot be loaded, or lacks a function, and none may be called. */
int http_curl_load(bool at_once);

#endif
