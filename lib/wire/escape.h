/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes hostile bytes safe for logs and terminals: every byte that is not
 * printable ASCII becomes \xNN.
 */
#ifndef TWOFA_ESCAPE_H
#define TWOFA_ESCAPE_H

#include <stddef.h>

/* The most that one byte becomes. */
#define ESCAPE_MAX 4

/* Writes one byte into out[ESCAPE_MAX], without a NUL. Returns the number of
 * bytes written. */
size_t escape_byte(unsigned char byte, char out[ESCAPE_MAX]);

/* Copy text to out[cap]. What does not fit is cut, never in the middle of an
 * escape; cap is at least 1, and a NUL ends it. */
void escape_text(const char *text, char *out, size_t cap);

#endif
