/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's factors as one challenge: codes by phone or address, push,
 * authenticator app and recovery codes; which of them can be asked for now, and
 * which one is.
 */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/factors/app_code.h"
#include "helper/factors/push.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"

struct factors {
	const struct login *login;

	struct verify verify;
	struct challenge phone; /* by verify; or a decoy, for a hidden lock */
	struct push push;
	struct app_code app;
	bool phone_open; /* it has begun and can go on */
	bool use_phone, use_totp, use_recovery;
	bool use_push;
	bool pushed; /* one was tried; only one for each login */
	bool by_key; /* ... by p, from this method */
	enum method from;
	/* METHOD_PUSH, METHOD_TOTP, METHOD_RECOVERY; else the phone */
	enum method active;
	bool reached; /* no outage of all: one answered or was not asked */
	bool locked;
	bool refused;     /* the lock comes from a denial on the phone */
	bool untold;      /* the lock is hidden, or the user made up */
	int64_t locked_s; /* 0: until an admin opens it */
	bool instead;     /* the phone has failed ... */
	enum ending why;  /* ... for this reason */
};

/* What a login asks for first, or METHOD_NONE for the phone, if the user has
 * this many recovery codes. */
enum method factors_first(const struct login *, unsigned recovery_left);

/* login is set and has begun (verification.h). */
void factors_init(struct factors *, struct challenge *);

/* The same for a made-up login with a made-up record: it has no store, no code
 * is right, nothing is sent or counted. The caller puts a decoy in place of
 * phone. recovery: such a user has codes left. */
void factors_made_up(struct factors *, bool recovery, struct challenge *);

/* Locked without being told: phone gets a decoy before it begins. */
bool factors_hide_lock(const struct factors *);

/* --- between the files of this unit --- */

/* Ask for the first factor that is possible: ASK, INSTEAD, LOCKED, ADMIT,
 * DENY. */
enum challenge_step factors_next(struct factors *);
/* Start the phone or return to it; start a push. */
enum challenge_step factors_open_phone(struct factors *);
enum challenge_step factors_open_push(struct factors *);
/* The result of the phone's or the push's step for the whole login. */
enum challenge_step factors_phone_step(struct factors *, enum challenge_step);
enum challenge_step factors_push_step(struct factors *, enum challenge_step);
/* Only recovery codes are left, because of the lock in f; because of a new
 * lock. */
enum challenge_step factors_locked(struct factors *);
enum challenge_step factors_shut(struct factors *, int64_t locked_s);

/* True when a push can be started now. */
bool factors_can_push(const struct factors *);

/* Before the phone is asked: note whether there is another way if it fails. */
void factors_mark_offline(struct factors *);

#endif
