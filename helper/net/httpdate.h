/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates in HTTP headers. */
#ifndef TWOFA_NET_HTTPDATE_H
#define TWOFA_NET_HTTPDATE_H

#include <stdint.h>

/* Seconds since 1970 of an IMF-fixdate (RFC 9110 section 5.6.7), the one form
 * that is still sent; 0 for anything else. */
int64_t http_date_read(const char *value);

#endif
