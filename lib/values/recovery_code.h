/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery codes: 16 base32 characters (RFC 4648 section 6), 80 random bits. At
 * least one character is a letter, so that a code from a phone is never taken
 * for one. They are written on paper: ABCD-EFGH-2345-WXYZ.
 */
#ifndef TWOFA_RECOVERY_CODE_H
#define TWOFA_RECOVERY_CODE_H

#include <stdbool.h>
#include <stddef.h>

#define RECOVERY_MAX 20 /* codes that a user may have */
#define RECOVERY_LEN 16
#define RECOVERY_TEXT (RECOVERY_LEN + 3) /* four groups of four */
#define RECOVERY_SALT 16
#define RECOVERY_HASH 32

/* True when the typed text has the shape of a recovery code; small letters,
 * spaces and dashes are accepted. out is normalised, or wiped when it is
 * none. */
bool recovery_code_normalise(const char *typed, char out[RECOVERY_LEN + 1]);

/* A new, normalised code. 0, or -1 with errno: no random bytes. The caller
 * wipes it. */
int recovery_code_make(char out[RECOVERY_LEN + 1]);

/* code: normalised. The form that a person writes down. */
void recovery_code_text(
    const char code[RECOVERY_LEN + 1], char out[RECOVERY_TEXT + 1]);

/* SHA-256 of salt and normalised code. 0 or -1. */
int recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH]);

#endif
