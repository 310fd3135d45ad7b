/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of a UUID (RFC 4122 section 3). */
#ifndef TWOFA_UUID_H
#define TWOFA_UUID_H

#include <stdbool.h>

#define UUID_LEN 36 /* without NUL */
#define UUID_BYTES "0123456789abcdefABCDEF-"

/* True for 8-4-4-4-12 hex digits with nothing behind them: safe in a path. */
bool uuid_valid(const char *text);

/* A random UUID (RFC 4122 section 4.4) out of 32 random hex digits. */
void uuid_random(const char *digits, char out[UUID_LEN + 1]);

#endif
