/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a request did not end in a reply, as one line for the log. */
#ifndef TWOFA_HTTP_REPLY_H
#define TWOFA_HTTP_REPLY_H

#include "helper/net/http.h"

/*
 * Fill reply->cause from reply->fate, cut to its size: "HOST:PORT: what
 * happened (what to look at): why". HTTP_REPLIED leaves it empty. why must hold
 * no secret and no query.
 */
void http_cause(struct http_reply *reply, const char *host, const char *why);

#endif
