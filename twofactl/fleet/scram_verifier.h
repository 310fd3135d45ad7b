/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords of roles, and what PostgreSQL keeps of them (RFC 5802, RFC 7677):
 * made here, a password reaches no server's log. One round is enough for 256
 * random bits, and each login would pay for more.
 */
#ifndef TWOFA_SCRAM_VERIFIER_H
#define TWOFA_SCRAM_VERIFIER_H

#include <stddef.h>

#define SCRAM_PASSWORD_LEN 64 /* 32 random bytes in hexadecimal */
#define SCRAM_SALT_LEN 16
#define SCRAM_VERIFIER_MAX 160

/* A new password; the caller wipes. 0, or -1 with errno. */
int scram_password(char out[SCRAM_PASSWORD_LEN + 1]);

/* SCRAM-SHA-256$ROUNDS:SALT$StoredKey:ServerKey. 0, or -1. */
int scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[SCRAM_VERIFIER_MAX]);

/* The same with a new salt and one round. 0, or -1 with errno. */
int scram_verifier(const char *password, char out[SCRAM_VERIFIER_MAX]);

#endif
