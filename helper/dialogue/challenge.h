/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who knows the code: a provider's verification (verify.c), all factors of a
 * user (factors.c) or a decoy (decoy.c). The dialogue drives them alike, so
 * that they cannot be told apart.
 */
#ifndef TWOFA_CHALLENGE_H
#define TWOFA_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/ending.h"
#include "helper/dialogue/ui.h"
#include "lib/values/email.h"
#include "lib/values/method.h"
#include "lib/values/phone.h"

struct login_result;

#define CHALLENGE_RECEIVER_MAX 32
_Static_assert(CHALLENGE_RECEIVER_MAX >= PHONE_MASK, "a masked number fits");
_Static_assert(CHALLENGE_RECEIVER_MAX >= EMAIL_MASK, "a masked address fits");

/* What a prompt says of the running verification. */
struct challenge_view {
	char receiver[CHALLENGE_RECEIVER_MAX]; /* masked: a phone, an address */
	enum method method;
	unsigned code_length;
	int64_t age_s;    /* joined: seconds since it was sent; -1: new */
	bool same_code;   /* the newest message brought the one before again */
	bool none_sent;   /* no message has a code that is good */
	int64_t resend_s; /* seconds until another message may be asked for */
	bool can_resend;  /* by the same method, before the deadline */
	unsigned keys;    /* METHOD_BITs that a key switches to in time */
	char push_digits[3]; /* METHOD_PUSH: also shown on the phone */
	int64_t push_s;      /* seconds until it ends */
	bool push_early;     /* it was asked after already, too early */
	unsigned tries_left;
	int64_t locked_s; /* until a lock ends; 0: until an admin opens it */
	int64_t next_s;   /* STEP_USED: until the next code; 0: no wait */
	bool refused;     /* the lock: a push was denied on the phone */
	enum ending why;  /* STEP_INSTEAD: what did not work */
};

enum challenge_step {
	STEP_DENY = 0, /* over; the result says why */
	STEP_ASK,      /* go on asking; the view says what */
	STEP_RIGHT,    /* the code was right, and it was this login's */
	STEP_ADMIT,    /* every provider is down and on_outage = allow */
	STEP_WRONG,    /* the code was wrong, tries are left */
	STEP_USED,     /* right, but used before: no try, the next one helps */
	STEP_TAKEN,    /* another login used it; view.none_sent: no new one yet,
			* else there is one */
	STEP_RENEWED,  /* it had expired; a new one was sent */
	STEP_SENT,     /* another message was sent */
	STEP_WAIT,     /* not yet: view.resend_s says how long */
	STEP_INSTEAD,  /* no code could be sent; another method is asked for */
	STEP_LOCKED, /* phone and app are shut; a recovery code is asked for */
	STEP_NO_RECOVERY, /* that is no recovery code of this user */
};

#define CHALLENGE_QUIET (-1)
#define CHALLENGE_OVER (-2)

struct challenge {
	void *ctx;
	/* Send or join: ASK, ADMIT, DENY. */
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
	/* What goes on while a prompt is open, or while text alone is shown:
	 * the ms until it is due again, or CHALLENGE_QUIET when there is
	 * nothing to wait for, CHALLENGE_OVER when whatever is typed comes too
	 * late. NULL: never anything. */
	int64_t (*tick)(void *ctx);
	/* What became of a push: RIGHT, LOCKED, DENY; ASK: nothing yet, or it
	 * ended without an answer and another method is asked for; INSTEAD.
	 * NULL: it has no METHOD_PUSH. */
	enum challenge_step (*look)(void *ctx);
	bool standin; /* an answer counts by its length alone */
};

#endif
