/* SPDX-License-Identifier: BSD-2-Clause */
/* The purposes of control.h, and the forecast of a login that only looks. */
#ifndef TWOFA_CONTROL_INSIDE_H
#define TWOFA_CONTROL_INSIDE_H

#include "helper/control/control.h"
#include "lib/rules/rules.h"

/*
 * control_state.c: what twofactl reads and changes in the state, for one user
 * or for all. Each purpose fills the result.
 */

/* The record of facts.user; text: the future content of its file (NULL: read
 * the file). USER_PEOPLE: a shared account without a person. USER_ABSENT: a
 * user without a file, who may get one; an unknown person is USER_ERROR, and
 * reported. The caller wipes the record. */
enum user_result control_read_record(
    const struct environment *, const char *text, struct user_record *);

/* Say store, where the state is at a server; shown: user and source come. */
void control_send_store(const struct request *, bool shown);
/* Say user and source; user NULL: of all users. 0 or -1. */
int control_send_users(const struct request *, const char *user);
/* Say passed for each provider of the settings. 0 or -1. */
int control_send_providers(const struct request *);

request_with_state control_status;
request_with_state control_logins;
request_with_state control_unlock, control_recovery_codes, control_totp,
    control_forget;

/* control_enrol.c: purposes that send a code, a push or a look-up. */

control_with_network control_test, control_enrolment, control_lookup,
    control_push, control_register, control_alert, control_prove;

/* Ask the first look-up provider of the settings about the record's phone.
 * True: lookup holds what it knows. False: nothing is known, and lookup is
 * empty: no look-up is set, the record has no phone, or there was no usable
 * answer (see the log). This never decides a login. */
bool number_lookup_run(const struct environment *, const struct user_record *,
    struct number_facts *);

/* control_doctor.c: what only the helper can check: providers, state, paths. */

control_with_network control_doctor, control_paths;

/*
 * forecast.c: what an enrolled user is asked for first at a login. It runs the
 * login itself, on steps that only look, and assumes that every provider
 * accepts its message.
 */

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
	FORECAST_ASK_NOTHING = 0, /* denied: reason */
	FORECAST_ASK_REMEMBERED,  /* let in */
	FORECAST_ASK_SEND,        /* a message goes out */
	FORECAST_ASK_JOIN,        /* a message that was sent before is used */
	FORECAST_ASK_WAIT,        /* another login is sending one right now */
	FORECAST_ASK_PUSH,
	FORECAST_ASK_APP,
	FORECAST_ASK_RECOVERY,
	/* the prompts of an unlocked login, but only a recovery code counts */
	FORECAST_ASK_HIDDEN,
	FORECAST_ASK_ADMITTED, /* let in: an outage, and on_outage allows it */
	FORECAST_ASKS,
};

struct forecast_result {
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
int forecast(const struct forecast_query *, struct forecast_result *);

/* "send" and so on, for records and JSON. */
const char *forecast_name(enum forecast);

/*
 * A login that only looks: it changes, sends and says nothing. It runs the real
 * steps of the store and takes them back (store.h).
 */

/* It contains pointers into itself: do not copy it. */
struct forecast_ops {
	struct login login;
	struct login_result result;
	struct environment env;
	struct connection connection;
	const struct forecast_query *query;
	bool outage; /* providers that are passed over are out of reach */
	/* what was found: */
	bool failed;       /* the state */
	bool waits;        /* another session is sending one right now */
	int64_t ended;     /* the row that a login would end first; 0 none */
	int64_t wait_s;    /* until a limit ends */
	const char *which; /* the key of that limit; "" none */
};

void forecast_ops_init(
    struct forecast_ops *, const struct forecast_query *, bool outage);

/*
 * control_explain.c: what a login with these facts would meet right now. It
 * asks no provider, sends nothing, counts nothing.
 */

/* Says plan; ask and limits if the state decides; passed; user and source.
 * Fills the result. */
request_with_state control_explain;

#endif
