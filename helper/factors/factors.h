/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's factors as one challenge: codes by phone or address, a push, the
 * authenticator app and recovery codes, which of them can be asked for now,
 * and which one is.
 */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include <stdbool.h>

#include "helper/dialogue/challenge.h"
#include "helper/dialogue/login_context.h"
#include "helper/factors/app_code.h"
#include "helper/factors/push.h"
#include "helper/state/store.h"
#include "helper/verification/verify.h"
#include "lib/rules/policy.h"

struct factors {
	const struct login *login;

	struct verify verify;
	struct challenge phone; /* over verify; for a locked user who is not
				 * told, over a decoy */
	struct push push;
	struct app_code app;
	bool phone_open; /* it has begun: there is something to go on */
	bool use_phone, use_totp, use_recovery;
	bool use_push;
	bool pushed; /* one was tried: one a login */
	bool by_key; /* ... by p, from this method */
	enum method from;
	/* METHOD_PUSH, METHOD_TOTP, METHOD_RECOVERY; else the phone */
	enum method active;
	bool reached; /* some provider answered, or could not be asked: whatever
		       * else fails, that is no outage of all */
	bool locked;
	bool refused;     /* the lock: by a denial on the phone */
	bool untold;      /* of the lock, or made up: phone is a decoy */
	int64_t locked_s; /* 0: until an admin opens it */
	bool instead;     /* the phone turned out to be of no use ... */
	enum ending why;  /* ... for this reason */
};

/* What a login asks for first, or METHOD_NONE for the phone, if the user has so
 * many recovery codes left. */
enum method factors_first(const struct login *, unsigned recovery_left);

/* login is set, and has begun (login_begun.h). */
void factors_init(struct factors *, struct challenge *);

/* The same for a made-up login, whose record is made up: there is no store, no
 * code is right, nothing is sent or counted. The caller puts a decoy in phone's
 * place. recovery: such a user has codes left. */
void factors_made_up(struct factors *, bool recovery, struct challenge *);

/* Locked, and not told so: phone gets a decoy in its place, before it begins.
 */
bool factors_hide_lock(const struct factors *);

/* --- between the files of this unit --- */

/* Ask for the first one that can be asked for: ASK, INSTEAD, LOCKED, ADMIT,
 * DENY. */
enum challenge_step factors_next(struct factors *);
/* Begin the phone, or go back to it; begin a push. */
enum challenge_step factors_open_phone(struct factors *);
enum challenge_step factors_open_push(struct factors *);
/* What a step of the phone, or of the push, means for all of them. */
enum challenge_step factors_phone_step(struct factors *, enum challenge_step);
enum challenge_step factors_push_step(struct factors *, enum challenge_step);
/* All but recovery codes are shut, by the lock that f knows; by one that was
 * met just now. */
enum challenge_step factors_locked(struct factors *);
enum challenge_step factors_shut(struct factors *, int64_t locked_s);

/* Can a push be begun now? */
bool factors_can_push(const struct factors *);

/* The phone is about to be asked: is there another way, should it fail? */
void factors_mark_offline(struct factors *);

#endif
