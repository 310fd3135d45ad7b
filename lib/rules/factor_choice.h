/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which factors an enrolled user can use, and which one is asked for. Pure: a
 * login and `twofactl explain` use the same functions.
 */
#ifndef TWOFA_FACTOR_CHOICE_H
#define TWOFA_FACTOR_CHOICE_H

#include <stdbool.h>

#include "lib/rules/policy.h"
#include "lib/settings/settings.h"

/* The factors that are open to the user. */
struct factor_choice {
	const struct user_record *record;
	unsigned allowed; /* decision.methods */
	bool phone;       /* a code by phone or address */
	bool app, recovery;
	bool push;                          /* a push can be started now */
	const struct provider_conf *app_at; /* checks its codes; NULL: we do */
	bool instead; /* the phone has failed; try another factor */
};

/* recovery_left: the number of codes in the state. */
struct factor_choice factor_choice(const struct settings *,
    const struct user_record *, const struct decision *,
    unsigned recovery_left);

/* The one to ask for: PUSH, TOTP, RECOVERY, or METHOD_NONE for the phone, even
 * if that will probably fail. */
enum method factor_choice_next(const struct factor_choice *);

/* True when a code can be asked for instead of a push. */
bool factor_choice_others(const struct factor_choice *);

#endif
