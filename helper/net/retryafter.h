/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a provider asks us to wait. */
#ifndef TWOFA_NET_RETRYAFTER_H
#define TWOFA_NET_RETRYAFTER_H

#include <time.h>

#define RETRYAFTER_DEFAULT 2

/*
 * The seconds that a Retry-After header asks for (RFC 9110 section 10.2.3: a
 * number, or a date), from now on the wall clock, clamped to 1..30. The default
 * when it is neither.
 */
long retryafter_read(const char *value, time_t now);

#endif
