/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TOTP (RFC 6238) with liboath: to which time step a code belongs. Pure; the
 * store makes sure that each step is used once.
 */
#ifndef TWOFA_TOTP_H
#define TWOFA_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/secret.h"

#define TOTP_DIGITS 6
#define TOTP_STEP_S 30
#define TOTP_SKEW 1        /* steps to each side that are accepted */
#define TOTP_SECRET_MIN 16 /* decoded bytes: RFC 4226 section 4, R6 */

/* Is this the base32 text of a usable secret? */
bool totp_secret_valid(const struct secret *base32);

/* The same secret in one spelling, for any way of typing it; the caller wipes.
 * 0 or -1. */
int totp_spell(const struct secret *base32, struct secret *out);

/* The step of this code, among the current one and TOTP_SKEW to each side. 1
 * and *step; 0: none; -1: the secret or liboath failed. */
int totp_match(
    const struct secret *base32, const char *code, int64_t wall, int64_t *step);

#endif
