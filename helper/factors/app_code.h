/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code of an authenticator app: checked here by the secret in the user's
 * record, or by the provider that keeps it.
 */
#ifndef TWOFA_APP_CODE_H
#define TWOFA_APP_CODE_H

#include <stdbool.h>

#include "helper/calls/provider_call.h"
#include "helper/dialogue/challenge.h"
#include "helper/state/store.h"
#include "lib/settings/user_record.h"

/* A code is right for some minutes, but the clock may be set forward. */
#define APP_CODE_USED_S 86400

struct app_code {
	const struct environment *env;
	const struct user_record *record;
	const struct decision *decision;
	const char *user;   /* pw_name */
	const char *source; /* login_source.h */
	struct store *store;
	struct login_result *result;

	const struct provider_conf *at; /* who checks; NULL: we do */
	struct provider_call x;
	unsigned wrong; /* in this login */
	int64_t wait_s; /* STEP_LOCKED: how long; 0 until unlock */
	bool answered;  /* a provider did: it is not out of reach */
};

/* The fields up to result are set. Has this user an app that the rule allows,
 * and who checks its codes? */
bool app_code_init(struct app_code *);

/* Count and check: RIGHT (nothing is cleared yet), WRONG, LOCKED, DENY. */
enum challenge_step app_code_check(struct app_code *, const char *code);

/* A wrong one, whatever it is, and nobody is asked: WRONG, or DENY at the
 * limit. It takes as long as if somebody were. */
enum challenge_step app_code_pretend(struct app_code *);

/* Use up a code that this type of provider called right: that of a factor, and
 * not of a user, of whom several may have it. 1; 0: it was used before; -1. */
int app_code_use(const struct environment *, struct store *,
    const struct provider_ops *, const struct user_record *, const char *code);

unsigned app_code_length(const struct app_code *);
unsigned app_code_left(const struct app_code *);

#endif
