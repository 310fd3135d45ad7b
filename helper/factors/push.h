/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A push: the person says yes or no in an app on the phone, and we ask the
 * provider what it was. The provider's id of it stays in this process, so that
 * no other login can be let in by it.
 */
#ifndef TWOFA_PUSH_H
#define TWOFA_PUSH_H

#include <stdbool.h>

#include "helper/calls/provider_call.h"
#include "helper/dialogue/challenge.h"
#include "helper/dialogue/login_context.h"
#include "helper/state/store.h"
#include "helper/state/store_begin.h"
#include "lib/identity/person_name.h"
#include "lib/system/random_name.h"
#include "lib/wire/reason.h"

#define PUSH_LIFE_MAX_S 120
#define PUSH_LIFE_ALONE_S 60 /* where no key leads on to a code */
#define PUSH_LIFE_MIN_S 10   /* less is too short to find a phone */
/* of the login, after its end: to answer, to type a code, and to be sent one
 * first where no key asks for it before */
#define PUSH_REST_S 5
#define PUSH_REST_CODE_S 20
#define PUSH_REST_ALONE_S 25
#define PUSH_REFUSED_S 3600 /* nothing for this user there after a denial */

enum push_state {
	PUSH_NONE = 0, /* not begun, or it could not be */
	PUSH_OPEN,
	PUSH_APPROVED,
	PUSH_EXPIRED, /* no answer in time */
	PUSH_REFUSED, /* the person said no */
	PUSH_FAILED,  /* what the person said is unknown */
};

struct push {
	const struct login *login;

	struct provider_call x;
	struct store_row row;
	char name[NONCE_LEN + 1]; /* ours for it, in the row */
	enum push_state state;
	enum reason why;     /* no push came about, or it failed: for the log */
	bool outage;         /* ... since all who ask are out of reach */
	bool unheard;        /* PUSH_FAILED: since no answer came, to the end */
	bool others;         /* a code can be asked for in its place */
	int64_t send;        /* it is counted so; 0: not yet */
	bool early;          /* it was asked after, and not approved yet */
	bool decoy;          /* nothing was sent: see push_decoy */
	int64_t began, ends; /* login_now */
	int64_t due;         /* of the next poll */
	int64_t wait_s;      /* STEP_LOCKED */
};

/* What a user's pushes are counted and claimed by, in a receiver's place; those
 * of a service that is not root's apart. socket_uid: facts.h. */
#define PUSH_COUNTED_MAX (sizeof("push:sock:4294967295:") + PERSON_STATE_MAX)
void push_counted_as(
    const char *user, int64_t socket_uid, char out[PUSH_COUNTED_MAX]);

/* Who can send one first, and what it is counted by, for store_begin, which
 * points to counted_as. */
void push_candidates(const struct login *, char counted_as[PUSH_COUNTED_MAX],
    struct store_begin *);

/* login and others are set. Send one, by the first provider
 * that takes it: ASK; INSTEAD: there is none, why says it; DENY. */
enum challenge_step push_begin(struct push *);
/* The same to look at, but nothing is sent and it is never approved. */
enum challenge_step push_decoy(struct push *);

/* As struct challenge has it. OVER: denied on the phone, or failed. */
int64_t push_tick(struct push *);

/* What has become of it: RIGHT, once; ASK: nothing yet; INSTEAD: no answer in
 * time; LOCKED; DENY. */
enum challenge_step push_look(struct push *);

/* Ask once more, whatever is due. True: the person said no, or what was heard
 * fits no rule: nothing else may be sent or checked. */
bool push_forbids(struct push *);

/* It can still let somebody in. */
bool push_waits(const struct push *);

void push_view(const struct push *, struct challenge_view *);

/* Is there time left for a new one? others: as in struct push. */
bool push_in_time(const struct environment *, bool others);

#endif
