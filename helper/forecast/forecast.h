/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an enrolled user meets first when logging in: the login itself, on steps
 * that only look. It is what it comes to as long as every provider that is
 * asked takes the message.
 */
#ifndef TWOFA_FORECAST_H
#define TWOFA_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/state/store.h"
#include "lib/rules/policy.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"
#include "lib/wire/facts.h"
#include "lib/wire/reason.h"

struct forecast_query {
	struct store *store;
	const struct settings *conf;
	const struct facts *facts;
	const char *user, *address, *source; /* admission_login */
	const struct user_record *record;
	const struct decision *decision;
	/* Has the session of that number certainly died? NULL: none has. */
	bool (*dead)(int64_t number);
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

/* Changes nothing that the store keeps, sends nothing, logs nothing. 0, or -1:
 * store_cause tells. */
int forecast(const struct forecast_query *, struct forecast_asked *);

/* "send" and so on, for records and JSON. */
const char *forecast_name(enum forecast);

#endif
