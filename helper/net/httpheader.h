/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of a reply that mean something to us. */
#ifndef TWOFA_NET_HTTPHEADER_H
#define TWOFA_NET_HTTPHEADER_H

#include <curl/curl.h>

#include "helper/net/http.h"

/* Fill retry_after_s and date from what the last transfer received. */
void http_header_read(CURL *, struct http_reply *);

#endif
