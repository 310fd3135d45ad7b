/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of libcurl's errors mean that nothing was sent. */
#ifndef TWOFA_HTTP_UNSENT_H
#define TWOFA_HTTP_UNSENT_H

#include <curl/curl.h>

#include "helper/net/http.h"

/* The fate of a request before which libcurl called nobody: HTTP_UNKNOWN for
 * an error that could come later as well. */
enum http_fate http_unsent_fate(CURLcode);

#endif
