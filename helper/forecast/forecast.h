/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an enrolled user is asked for first at a login. It runs the login
 * itself, on steps that only look, and assumes that every provider accepts its
 * message.
 */
#ifndef TWOFA_FORECAST_H
#define TWOFA_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

struct forecast_query {
	struct store *store;
	const struct settings *conf;
	const struct facts *facts;
	const char *user, *address, *source; /* admission_login */
	const struct user_record *record;
	const struct decision *decision;
	/* Has the session of that number surely ended? NULL: none has. */
	bool (*dead)(int64_t number);
};

enum forecast {
	PLAN_ASK_NOTHING = 0, /* denied: reason */
	PLAN_ASK_REMEMBERED,  /* let in */
	PLAN_ASK_SEND,        /* a message goes out */
	PLAN_ASK_JOIN,        /* a message that was sent before is used */
	PLAN_ASK_WAIT,        /* another login is sending one right now */
	PLAN_ASK_PUSH,
	PLAN_ASK_APP,
	PLAN_ASK_RECOVERY,
	/* the prompts of an unlocked login, but only a recovery code counts */
	PLAN_ASK_HIDDEN,
	PLAN_ASK_ADMITTED, /* let in: an outage, and on_outage allows it */
	PLAN_ASKS,
};

struct forecast_asked {
	enum forecast ask;
	enum method method;             /* SEND, JOIN */
	const struct provider_conf *at; /* SEND, JOIN, PUSH; APP: NULL is us */
	enum reason reason;             /* as in the log */
	const char *which;              /* the limit that is used up; "" none */
	int64_t wait_s;                 /* until a lock or a limit ends */
	int64_t age_s;                  /* JOIN */
	/* SEND, PUSH: at was recently out of reach, and so were all
	 * alternatives. Below: the result if they still are. */
	bool passed;
	enum forecast outage;
};

/* Leaves the store as it was, sends nothing, logs nothing. 0, or -1: see
 * store_cause. */
int forecast(const struct forecast_query *, struct forecast_asked *);

/* "send" and so on, for records and JSON. */
const char *forecast_name(enum forecast);

#endif
