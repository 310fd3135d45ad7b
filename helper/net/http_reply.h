/* SPDX-License-Identifier: BSD-2-Clause */
/* Times in a reply's headers, and the reason when there is no reply. */
#ifndef TWOFA_HTTP_REPLY_H
#define TWOFA_HTTP_REPLY_H

#include <stdint.h>
#include <time.h>

#include "helper/net/http.h"

#define HTTP_RETRY_DEFAULT_S 2

/*
 * Fill reply->cause from reply->fate, cut to its size: "HOST:PORT: what
 * happened (what to look at): why". HTTP_REPLIED leaves it empty. why must hold
 * no secret and no query.
 */
void http_reply_cause(
    struct http_reply *reply, const char *host, const char *why);

/* Seconds since 1970 of an IMF-fixdate (RFC 9110 section 5.6.7), the only form
 * still in use; 0 for anything else. */
int64_t http_reply_date(const char *value);

/*
 * The seconds in a Retry-After header (RFC 9110 section 10.2.3: a number or a
 * date), counted from now on the wall clock, limited to 1..30. The default when
 * it is neither.
 */
long http_reply_retry_after(const char *value, time_t now);

#endif
