/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's factors as one challenge: the phone, the authenticator app and
 * recovery codes, which of them can be asked for now, and which one is.
 */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include <stdbool.h>

#include "helper/challenge.h"
#include "helper/policy.h"
#include "helper/session.h"
#include "helper/store.h"
#include "helper/verify.h"

struct factors {
	const struct session_env *env;
	const struct user_record *record;
	const struct decision *decision;
	const char *user;   /* pw_name */
	const char *source; /* source.h */
	struct store *store;
	struct login_result *result;

	struct verify verify;
	struct challenge phone; /* over verify; for a locked user who is not
				 * told, over a decoy */
	bool phone_open;        /* it has begun: there is something to go on */
	bool use_phone, use_totp, use_recovery;
	enum method active;  /* METHOD_TOTP, METHOD_RECOVERY; else the phone */
	unsigned wrong_totp; /* in this login */
	bool locked;
	bool untold;       /* of the lock: phone is a decoy */
	int64_t locked_s;  /* 0: until an admin opens it */
	enum text_end why; /* why another method is asked for */
};

/* The fields up to result are set. Looks at locks and at what is left; 0, or
 * -1 after denying. */
int factors_init(struct factors *, struct challenge *);

#endif
