/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which factors are open to an enrolled user, and which one is asked for. Pure:
 * a login and `twofactl explain` ask the same functions.
 */
#ifndef TWOFA_FACTOR_CHOICE_H
#define TWOFA_FACTOR_CHOICE_H

#include <stdbool.h>

#include "lib/rules/policy.h"
#include "lib/settings/settings.h"

/* What is open to the user. */
struct factor_choice {
	const struct user_record *record;
	unsigned allowed; /* decision.methods */
	bool phone;       /* a code by phone or address */
	bool app, recovery;
	bool push;                          /* one can be begun now */
	const struct provider_conf *app_at; /* NULL: we check its codes */
	bool instead; /* the phone turned out to be of no use */
};

/* recovery_left: codes that the state has. */
struct factor_choice factor_choice(const struct settings *,
    const struct user_record *, const struct decision *,
    unsigned recovery_left);

/* The one to ask for: PUSH, TOTP, RECOVERY, or METHOD_NONE for the phone, even
 * if that will probably fail. */
enum method factor_choice_next(const struct factor_choice *);

/* A code can be asked for in a push's place. */
bool factor_choice_others(const struct factor_choice *);

#endif
