/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be used once: recovery codes, TOTP steps, and an app's codes that
 * the provider checks. Part of the interface
 * of store.h; each operation is one atomic step, so that of fifty logins with
 * one code exactly one gets in.
 */
#ifndef TWOFA_STORE_ONCE_H
#define TWOFA_STORE_ONCE_H

#include <stdint.h>

struct store;

#define STORE_CODE_DIGEST 32
/* Of a TOTP secret's digest so much is the secret's, and the rest names the key
 * that it was made with. */
#define STORE_SECRET_DIGEST 24

/* Replace a user's recovery codes. code: normalised ones (recovery_code.h);
 * kept as SHA-256 under a random salt each. 0 or -1. */
int store_recovery_set(
    struct store *, const char *user, const char *const *code, unsigned count);
/* Use one up. 1: it was there, *left are left; 0: it was not; -1 failed. */
int store_recovery_claim(
    struct store *, const char *user, const char *code, unsigned *left);
/* How many are left; -1 failed. */
int store_recovery_left(struct store *, const char *user);
/* How many users have some left; -1 failed. */
int64_t store_recovery_users(struct store *);

/* Use up a TOTP time step: 1 when it is later than every used one of this
 * secret; 0: used or earlier; -1 failed. secret: its digest, keyed
 * (host_key.h); NULL, where that cannot be had: of all secrets of this user.
 * What was used under another key counts for all of them, too. */
int store_totp_claim(struct store *, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);
/* A new secret is about to take the old one's place, proved by the code of
 * step (0: by none), which is used up as well, for whichever secret. What was
 * used stays so, since the old secret may have to stay in force; only a step
 * that the clock has not come to, made while it was ahead, is forgotten. 0 or
 * -1. */
int store_totp_renew(struct store *, const char *user, int64_t step);

/* Use up a code that the provider called right, for so many seconds. user:
 * whose codes they are, an account or a vendor's factor. digest: of the code,
 * keyed (host_key.h). 1: it was not used yet; 0: it was; -1 failed. */
int store_code_claim(struct store *, const char *user,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds);

#endif
