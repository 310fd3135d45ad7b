/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the code is checked: a provider's verification (verify.c), all factors
 * of a user (factors.c) or a decoy (decoy.c). The dialogue treats all three
 * alike, so that they cannot be told apart.
 */
#ifndef TWOFA_CHALLENGE_H
#define TWOFA_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/ending.h"
#include "helper/dialogue/ui.h"
#include "lib/values/values.h"

struct login_result;

#define CHALLENGE_RECEIVER_MAX 32
_Static_assert(CHALLENGE_RECEIVER_MAX >= PHONE_MASK, "a masked number fits");
_Static_assert(CHALLENGE_RECEIVER_MAX >= EMAIL_MASK, "a masked address fits");

/* What a prompt shows of the running verification. */
struct challenge_view {
	char receiver[CHALLENGE_RECEIVER_MAX]; /* masked phone or address */
	enum method method;
	unsigned code_length;
	int64_t age_s;       /* joined: seconds since it was sent; -1: new */
	bool same_code;      /* the newest message repeated the code */
	bool none_sent;      /* no message has a valid code */
	int64_t resend_s;    /* seconds until another message is allowed */
	bool can_resend;     /* by the same method, before the deadline */
	unsigned keys;       /* METHOD_BITs that a key can still switch to */
	char push_digits[3]; /* METHOD_PUSH: also shown on the phone */
	int64_t push_s;      /* seconds until it ends */
	bool push_early;     /* it was asked about before it was approved */
	unsigned tries_left;
	int64_t locked_s; /* until the lock ends; 0: until an admin opens it */
	int64_t next_s;   /* STEP_USED: until the next code; 0: no wait */
	bool refused;     /* the lock comes from a push denied on the phone */
	enum ending why;  /* STEP_INSTEAD: what did not work */
};

enum challenge_step {
	STEP_DENY = 0, /* over; see the result */
	STEP_ASK,      /* continue; see the view */
	STEP_RIGHT,    /* the code was right and lets this login in */
	STEP_ADMIT,    /* every provider is down and on_outage = allow */
	STEP_WRONG,    /* the code was wrong, tries are left */
	STEP_USED,    /* right, but used before: not a try, wait for the next */
	STEP_TAKEN,   /* another login used it; see view.none_sent */
	STEP_RENEWED, /* it had expired; a new one was sent */
	STEP_SENT,    /* another message was sent */
	STEP_WAIT,    /* not yet: see view.resend_s */
	STEP_INSTEAD, /* no code could be sent; another method is asked for */
	STEP_LOCKED,  /* locked; a recovery code is asked for */
	STEP_NO_RECOVERY, /* not a recovery code of this user */
};

#define CHALLENGE_QUIET (-1)
#define CHALLENGE_OVER (-2)

struct challenge {
	void *ctx;
	/* Send a code or join: ASK, ADMIT, DENY. */
	enum challenge_step (*begin)(void *ctx);
	/* RIGHT, WRONG, USED, TAKEN, RENEWED, DENY; after TAKEN as
	 * another_message. */
	enum challenge_step (*check)(void *ctx, const char *code);
	/* SENT, WAIT, TAKEN, DENY; ASK when only the method changed. */
	enum challenge_step (*another_message)(void *ctx, enum method);
	/* A recovery code, normalised: RIGHT, NO_RECOVERY, DENY. */
	enum challenge_step (*recover)(void *ctx, const char *code);
	void (*quit)(void *ctx);
	void (*view)(void *ctx, struct challenge_view *);
	/* Called while a prompt is open, or while only text is shown: returns
	 * the ms until the next call, CHALLENGE_QUIET when there is nothing to
	 * wait for, or CHALLENGE_OVER when any answer would be too late. NULL:
	 * nothing to do. */
	int64_t (*tick)(void *ctx);
	/* The result of a push: RIGHT, LOCKED, DENY; ASK: nothing yet, or it
	 * ended without an answer and another method is asked for; INSTEAD.
	 * NULL: no METHOD_PUSH. */
	enum challenge_step (*look)(void *ctx);
	bool standin; /* only an answer's length counts */
};

#endif
