/* SPDX-License-Identifier: BSD-2-Clause */
/* A time span for people. */
#ifndef TWOFA_TIME_SPAN_H
#define TWOFA_TIME_SPAN_H

#include <stdint.h>

#define TIME_SPAN_MAX 32

/* "2 h 5 min", "14 min", "40 s"; rounded up, so that it never says less. */
void time_span_text(int64_t seconds, char out[TIME_SPAN_MAX]);

#endif
