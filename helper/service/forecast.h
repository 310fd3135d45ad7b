/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an enrolled user meets first when logging in, once the state is known as
 * well. Pure: a snapshot of the state in, an answer out. It is what the login
 * itself comes to as long as every provider that is asked takes the message.
 */
#ifndef TWOFA_FORECAST_H
#define TWOFA_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/state/store.h"
#include "lib/rules/admission.h"
#include "lib/rules/factor_choice.h"
#include "lib/wire/reason.h"

/* What would come of asking for a message. */
struct forecast_send {
	enum store_send answer;
	int64_t wait_s;    /* SEND_WAIT */
	const char *which; /* the limit's key, a constant; "" none */
};

/* The state, as far as it concerns one login (forecast_state.h reads it). */
struct forecast_state {
	enum store_guess lock;
	int64_t locked_s; /* GUESS_LOCKED: what is left of it */
	bool refused;     /* the lock: a push was denied on the phone */
	unsigned recovery_left;
	bool remembered;
	/* by the provider's place in the settings: it is passed over; what a
	 * claim there comes to, and its row, of those that can bring a code,
	 * and of a push, of those that ask by one. */
	bool passed[CONFIG_PROVIDERS_MAX];
	enum store_claim claim[CONFIG_PROVIDERS_MAX];
	struct store_row row[CONFIG_PROVIDERS_MAX];
	struct forecast_send code;
	enum store_claim push_claim[CONFIG_PROVIDERS_MAX];
	struct forecast_send push;
};

enum forecast {
	PLAN_ASK_NOTHING = 0, /* denied: reason */
	PLAN_ASK_REMEMBERED,  /* let in */
	PLAN_ASK_SEND,        /* a message goes out */
	PLAN_ASK_JOIN,        /* one that was sent before is taken up */
	PLAN_ASK_WAIT,        /* another login is just having one sent */
	PLAN_ASK_PUSH,
	PLAN_ASK_APP,
	PLAN_ASK_RECOVERY,
	/* the prompts of an unlocked login, and only a recovery code is right
	 */
	PLAN_ASK_HIDDEN,
	PLAN_ASK_ADMITTED, /* let in: an outage, and on_outage allows it */
	PLAN_ASKS,
};

struct forecast_asked {
	enum forecast ask;
	enum method method;             /* SEND, JOIN */
	const struct provider_conf *at; /* SEND, JOIN, PUSH; APP: NULL, we */
	enum reason reason;             /* as in the log */
	const char *which;              /* the limit that is used up; "" none */
	int64_t wait_s;                 /* until a lock or a limit ends */
	int64_t age_s;                  /* JOIN */
	/* SEND, PUSH: at is passed over, and so is everybody who could be asked
	 * instead. What comes of it when they are still out of reach. */
	bool passed;
	enum forecast outage;
};

struct forecast_asked forecast(const struct settings *,
    const struct user_record *, const struct decision *,
    const struct forecast_state *);

/* "send" and so on, for records and JSON. */
const char *forecast_name(enum forecast);

#endif
