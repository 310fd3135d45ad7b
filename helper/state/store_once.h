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

#include "helper/state/store_guesses.h"
#include "lib/values/login_source.h"
#include "lib/values/recovery_code.h"

struct store;
struct store_right;

#define STORE_CODE_DIGEST 32
/* Of a digest of a TOTP secret or of a code so much is its own, and the rest
 * names the key that it was made with. */
#define STORE_KEYED_DIGEST 24
#define STORE_OWNER_MAX 80 /* a type and the vendor's id, and its end */

/* Replace a user's recovery codes. code: normalised ones (recovery_code.h);
 * kept as SHA-256 under a random salt each. 0 or -1. */
int store_recovery_set(
    struct store *, const char *user, const char *const *code, unsigned count);
/* One that is left. The code itself never gets here: who asks compares
 * (recovery_check.h). */
struct store_recovery {
	int64_t id;
	unsigned char salt[RECOVERY_SALT], hash[RECOVERY_HASH];
};
/* Read a user's. How many; -1 failed. */
int store_recovery_list(
    struct store *, const char *user, struct store_recovery list[RECOVERY_MAX]);
/* Use up the one that was typed, with all that a right code brings with it. 1:
 * it was there, *left are left; 0: another login has used it since, or the
 * user has new ones; -1 failed. */
int store_recovery_claim(struct store *, const struct store_recovery *,
    const struct store_right *, unsigned *left);
/* How many are left; -1 failed. */
int store_recovery_left(struct store *, const char *user);
/* How many users have some left; -1 failed. */
int64_t store_recovery_users(struct store *);

/* A used step is no wrong code, where the one that this secret has used last is
 * known and is no later than newest: then the guess does not count, step is
 * that last one (else 0) and source whose login used it ("": not known). newest
 * is given. */
struct store_used_step {
	int64_t newest, step;
	char source[SOURCE_MAX + 1];
};
/* A code of an app whose secret is here. */
struct store_totp_attempt {
	const struct store_guess_limits *limits;
	/* the secret's digest, keyed (host_key.h); NULL, where that cannot be
	 * had: of all secrets of this user. What was used under another key
	 * counts for all of them, too */
	const unsigned char *secret;
	int64_t step; /* of this code; 0: of none, it is wrong */
	const struct store_right *right; /* whose guess it is, too */
	/* NULL where a used step is a wrong code */
	struct store_used_step *used;
	/* what was counted, should it not count after all; may be NULL */
	struct store_guess_token *token;
};
/* Count it as a guess, and use up the step with all that a right code brings
 * with it: in one atomic step, so that nobody is locked out by guesses of
 * others that were right. GUESS_OPEN: counted; *claimed is 1 when the step is
 * later than every used one of this secret, by any user, else 0. Any other:
 * nothing was done; wait_s as of store_guess_take. */
enum store_guess store_totp_attempt(struct store *,
    const struct store_totp_attempt *, int *claimed, int64_t *wait_s);
/* A new secret is about to take the old one's place, proved by the code of
 * step (0: by none), which is used up as well, for whichever secret. What was
 * used stays so, since the old secret may have to stay in force; only a step
 * that the clock has not come to, made while it was ahead, is forgotten. 0 or
 * -1. */
int store_totp_renew(struct store *, const char *user, int64_t step);

/* A code that the provider called right, and might once more. */
struct store_code {
	char owner[STORE_OWNER_MAX]; /* the account, or a vendor's factor */
	unsigned char digest[STORE_CODE_DIGEST]; /* keyed (host_key.h) */
	int64_t seconds;                         /* it stays used so long */
};
#define STORE_CODE_RECENT_S                                                    \
	90 /* a person may still see it, and type it again */
#define STORE_CODE_OTHER_S 600 /* no vendor takes one that is so old */
/* Use it up, with all that a right code brings with it. 1: it was not used yet;
 * 0: it was, or may have been: any code of this owner whose digest was made
 * with another key, less than STORE_CODE_OTHER_S ago; -1 failed. */
int store_code_claim(
    struct store *, const struct store_code *, const struct store_right *);
/* Was this very code used within STORE_CODE_RECENT_S? Then the guess of back,
 * which was counted for it, does not count. 1, 0 or -1. */
int store_code_recent(struct store *, const struct store_code *,
    const struct store_counted *back);

#endif
