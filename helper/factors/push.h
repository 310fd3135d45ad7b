/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A push: the person approves or denies in an app on the phone, and we ask the
 * provider for the answer. Only this process has the provider's id of it, so
 * that no other login can use it.
 */
#ifndef TWOFA_PUSH_H
#define TWOFA_PUSH_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "lib/system/system.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

#define PUSH_LIFE_MAX_S 120
#define PUSH_LIFE_ALONE_S 60 /* if no key leads to a code */
#define PUSH_LIFE_MIN_S 10   /* less is too short to find a phone */
/* seconds of the login after its end: to answer, to type a code, and to have
 * one sent first if no key offers that earlier */
#define PUSH_REST_S 5
#define PUSH_REST_CODE_S 20
#define PUSH_REST_ALONE_S 25
#define PUSH_REFUSED_S 3600 /* after a denial: none for this user */

enum push_state {
	PUSH_NONE = 0, /* not started, or not possible */
	PUSH_OPEN,
	PUSH_APPROVED,
	PUSH_EXPIRED, /* no answer in time */
	PUSH_REFUSED, /* the person said no */
	PUSH_FAILED,  /* the answer is unknown */
};

struct push {
	const struct login *login;

	struct provider_call x;
	struct store_row row;
	char name[NONCE_LEN + 1]; /* our own name for it, in the row */
	enum push_state state;
	enum reason why; /* why there is none, for the log */
	bool outage;     /* ... because all push providers are out of reach */
	bool unasked;    /* ... and the name of one was not resolved */
	bool unheard;    /* PUSH_FAILED: there was no answer until the end */
	bool others;     /* a code can be asked for instead */
	int64_t send;    /* its number in the account; 0: not counted yet */
	bool early;      /* it was asked about, and not approved yet */
	bool decoy;      /* nothing was sent: see push_decoy */
	int64_t began, ends; /* login_now */
	int64_t due;         /* of the next poll */
	int64_t wait_s;      /* STEP_LOCKED */
};

/* The name under which a user's pushes are counted and claimed, instead of a
 * receiver; separate for services that are not root's. socket_uid: wire.h. */
#define PUSH_COUNTED_MAX (sizeof("push:sock:4294967295:") + PERSON_STATE_MAX)
void push_counted_as(
    const char *user, int64_t socket_uid, char out[PUSH_COUNTED_MAX]);

/* The provider for a first push, and the name for the count, for store_begin,
 * which points to counted_as. */
void push_candidates(const struct login *, char counted_as[PUSH_COUNTED_MAX],
    struct store_begin *);

/* login and others are set. Send a push by the first provider that accepts it:
 * ASK; INSTEAD: there is none, see why; DENY. */
enum challenge_step push_begin(struct push *);
/* Looks the same, but sends nothing and is never approved. */
enum challenge_step push_decoy(struct push *);

/* As in struct challenge. OVER: denied on the phone, or failed. */
int64_t push_tick(struct push *);

/* The result: RIGHT, once; ASK: none yet; INSTEAD: no answer in time; LOCKED;
 * DENY. */
enum challenge_step push_look(struct push *);

/* Ask once more at once. True: the person denied it, or the answer is unknown:
 * send and check nothing more. */
bool push_forbids(struct push *);

/* It can still be approved. */
bool push_waits(const struct push *);

void push_view(const struct push *, struct challenge_view *);

/* Is there time for a new one? others: as in struct push. */
bool push_in_time(const struct environment *, bool others);

#endif
