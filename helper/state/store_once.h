/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be used only once: recovery codes, TOTP steps, and an app's codes
 * that the provider checks. Part of the interface of store.h; each operation is
 * one atomic step: of fifty logins with the same code, exactly one succeeds.
 */
#ifndef TWOFA_STORE_ONCE_H
#define TWOFA_STORE_ONCE_H

#include <stdint.h>

#include "helper/state/store_guesses.h"
#include "lib/values/values.h"

struct store;
struct store_right;

/* The length of the digest itself of a TOTP secret or a code; the rest names
 * the key that made it. */
#define STORE_KEYED_DIGEST 24
#define STORE_OWNER_MAX 80 /* a type, the vendor's id and a NUL */

/* Replace a user's recovery codes. code: normalised ones (values.h),
 * stored as SHA-256 with a random salt each. None: the user is removed, with
 * remembered logins, used codes of apps but those of the last minute, and when
 * he got in last. 0 or -1. */
int store_recovery_set(
    struct store *, const char *user, const char *const *code, unsigned count);
/* One that is left. The store never gets the code itself, and never says
 * what that would be: the caller makes the hash of the typed code with each
 * salt (recovery_check.h). */
struct store_recovery {
	int64_t id;
	unsigned char salt[RECOVERY_SALT];
	unsigned char hash[RECOVERY_HASH]; /* the caller's */
};
/* Read the ids and salts of a user's codes. Their number; -1 failed. */
int store_recovery_list(
    struct store *, const char *user, struct store_recovery list[RECOVERY_MAX]);
/* Compare, and use up the code that was typed, with all effects of a right
 * code. 1: done, *left are left; 0: it is none of these, another login has used
 * it meanwhile, or the user has new codes; -1 failed. */
int store_recovery_claim(struct store *, const struct store_recovery *list,
    int count, const struct store_right *, unsigned *left);
/* How many are left; -1 failed. */
int store_recovery_left(struct store *, const char *user);
/* How many users have codes left; -1 failed. */
int64_t store_recovery_users(struct store *);

/* A used step is no wrong code if the last step that this secret used is known
 * and no later than newest: then the guess does not count, step is that last
 * step (else 0) and source whose login used it ("": unknown). The caller sets
 * newest, to the step after now. */
struct store_used_step {
	int64_t newest, step;
	char source[SOURCE_MAX + 1];
};
/* A code of an app whose secret we have. */
struct store_totp_attempt {
	const struct store_guess_limits *limits;
	/* the secret's digest with the key (host_key.h); NULL when the key is
	 * missing: then all secrets of this user are meant. Steps used under
	 * another key count for all of them, too */
	const unsigned char *secret;
	int64_t step; /* the step of this code; 0: none, it is wrong */
	const struct store_right *right; /* its user and source guess, too */
	/* NULL if a used step counts as a wrong code */
	struct store_used_step *used;
	/* to take the count back if needed; may be NULL */
	struct store_guess_token *token;
};
/* Count it as a guess and use up the step, with all effects of a right code, in
 * one atomic step, so that right codes never lock a user out. GUESS_OPEN:
 * counted; *claimed is 1 when the step is later than every used one of this
 * secret, by any user, else 0; or 2: now is another step by the state's clock,
 * which used->step says, and nothing was done. Any other: nothing was done;
 * wait_s as from store_guess_take. */
enum store_guess store_totp_attempt(struct store *,
    const struct store_totp_attempt *, int *claimed, int64_t *wait_s);
/* A new secret will replace the old one. The code of step proved it (0: no code
 * did), and is used up as well, for any secret. Used steps stay used, because
 * the old secret may have to stay in use; only a step from the clock's future,
 * made while it was ahead, is forgotten. 0 or -1. */
int store_totp_renew(struct store *, const char *user, int64_t step);

/* A code that the provider accepted and might accept again. */
struct store_code {
	char owner[STORE_OWNER_MAX]; /* the account, or a vendor's factor */
	unsigned char digest[STORE_CODE_DIGEST]; /* keyed (host_key.h) */
	int64_t seconds; /* how long it counts as used */
};
#define STORE_CODE_RECENT_S 90 /* a person may still see it */
#define STORE_CODE_OTHER_S 600 /* no vendor accepts an older one */
/* Use it up, with all effects of a right code. 1: it was new; 0: it was used,
 * or may have been: any code of this owner whose digest has another key, less
 * than STORE_CODE_OTHER_S ago; -1 failed. */
int store_code_claim(
    struct store *, const struct store_code *, const struct store_right *);
/* Was this code used within STORE_CODE_RECENT_S? Then the guess in back, which
 * was counted for it, is taken back. 1, 0 or -1. */
int store_code_recent(struct store *, const struct store_code *,
    const struct store_counted *back);

#endif
