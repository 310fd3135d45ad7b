/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code of an authenticator app: checked here with the secret in the user's
 * record, or by the provider that has it.
 */
#ifndef TWOFA_APP_CODE_H
#define TWOFA_APP_CODE_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"

struct app_code {
	const struct login *login;

	const struct provider_conf *at; /* who checks; NULL: we do */
	struct provider_call x;
	unsigned wrong;  /* in this login */
	unsigned used;   /* in this login: used before, so not wrong */
	int64_t clock_s; /* the state's clock is so far ahead of this host's */
	int64_t next_s;  /* STEP_USED: until the next code; 0: it is there */
	int64_t wait_s;  /* STEP_LOCKED: how long; 0 until unlock */
	bool answered;   /* a provider did, so it is in reach */
	struct store_guess_token guess; /* the last one that was counted */
};

/* login is set. Has this user an app that the rule allows, and who checks its
 * codes? */
bool app_code_init(struct app_code *);

/* Count, check and use up: RIGHT, WRONG, USED, LOCKED, DENY. */
enum challenge_step app_code_check(struct app_code *, const char *code);

/* Count a WRONG code whose guess was replaced by a later check's: false, after
 * a log line, when that failed. */
bool app_code_recount(struct app_code *);

/* The same in a decoy: any code is wrong, and no provider is asked, but it
 * takes as long. WRONG, or DENY at the limit. */
enum challenge_step app_code_decoy(struct app_code *);

unsigned app_code_length(const struct app_code *);
unsigned app_code_left(const struct app_code *);

#endif
