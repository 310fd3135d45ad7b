/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code of an authenticator app: checked here by the secret in the user's
 * record, or by the provider that keeps it.
 */
#ifndef TWOFA_APPCODE_H
#define TWOFA_APPCODE_H

#include <stdbool.h>

#include "helper/challenge.h"
#include "helper/exchange.h"
#include "helper/store.h"

#define APPCODE_USED_S 300 /* a code may be right for so long at a provider */

struct appcode {
	const struct session_env *env;
	const struct user_record *record;
	const struct decision *decision;
	const char *user;   /* pw_name */
	const char *source; /* source.h */
	struct store *store;
	struct login_result *result;

	const struct provider_conf *at; /* who checks; NULL: we do */
	struct exchange x;
	unsigned wrong; /* in this login */
	int64_t wait_s; /* STEP_LOCKED: how long; 0 until unlock */
};

/* The fields up to result are set. Has this user an app that the rule allows,
 * and who checks its codes? */
bool appcode_init(struct appcode *);

/* Count and check: RIGHT (nothing is cleared yet), WRONG, LOCKED, DENY. */
enum challenge_step appcode_check(struct appcode *, const char *code);

/* A wrong one, whatever it is, and nobody is asked: WRONG, or DENY at the
 * limit. It takes as long as if somebody were. */
enum challenge_step appcode_pretend(struct appcode *);

/* What the store knows a used code of this user by, whoever asked for it. 0, or
 * -1 after a log line. The caller wipes. */
int appcode_digest(const struct config *, const char *user, const char *code,
    unsigned char digest[STORE_CODE_DIGEST]);

unsigned appcode_length(const struct appcode *);
unsigned appcode_left(const struct appcode *);

#endif
