/* SPDX-License-Identifier: BSD-2-Clause */
/* The purposes of control.h, and the forecast of a login by a dry run. */
#ifndef TWOFA_CONTROL_INSIDE_H
#define TWOFA_CONTROL_INSIDE_H

#include "helper/control/control.h"
#include "helper/providers/providers.h"

/* control_state.c: reads and changes the state for twofactl, for one user or
 * for all. Each purpose fills the result. */

/* Reads the record of facts.user from text, the new content of its file, or
 * from the file if text is NULL. Returns USER_PEOPLE for a shared account
 * without a person; USER_ABSENT for a user without a file, who may get one;
 * USER_ERROR, after a report, for an unknown person. The caller wipes the
 * record. */
enum user_result control_read_record(
    const struct environment *, const char *text, struct user_record *);

/* Sends store if the state is at a server; shown: user and source follow. */
void control_send_state_server(const struct environment *, bool shown);
/* Sends user and source of a user, or of all if NULL. Returns 0 or -1. */
int control_send_users(const struct environment *, const char *user);
/* Sends bypass for each bypass code of the user. */
void control_send_codes(const struct environment *, const char *user);
/* Sends passed for each provider in the settings. Returns 0 or -1. */
int control_send_passed_providers(const struct environment *);

request_with_state control_status;
request_with_state control_logins;
request_with_state control_unlock, control_recovery_codes, control_totp,
    control_forget;

/* control_enrol.c, control_push.c: calls to providers. */

control_with_network control_test, control_enrolment, control_lookup,
    control_push, control_register, control_alert, control_desk;

/* Runs a dialogue. Its lines become records; name, unless NULL, answers the
 * first prompt. */
void control_run_dialogue(const struct environment *, const char *name,
    struct login_result *, control_with_network *run);

/* Asks the first look-up provider in the settings about the record's phone.
 * Returns true with the reply in lookup. Returns false with lookup empty if no
 * such provider is set, the record has no phone, or no usable reply came (see
 * the log). */
bool control_lookup_number(const struct environment *,
    const struct user_record *, struct number_facts *);

/* control_doctor.c: checks that need the helper: providers, state, paths. */

control_with_network control_doctor, control_paths;

/* forecast.c: finds what an enrolled user is asked for first at a login. It
 * runs the login's code with dry-run steps, and assumes that every provider
 * accepts its message. */

enum forecast {
	FORECAST_ASK_NOTHING = 0, /* denied: reason */
	FORECAST_ASK_REMEMBERED,  /* allowed */
	FORECAST_ASK_SEND,        /* a message goes out */
	FORECAST_ASK_JOIN,        /* a message that was already sent is used */
	FORECAST_ASK_WAIT,        /* another login is sending one right now */
	FORECAST_ASK_PUSH,
	FORECAST_ASK_APP,
	FORECAST_ASK_RECOVERY,
	/* the prompts of an unlocked login, but only a recovery code counts */
	FORECAST_ASK_HIDDEN,
	FORECAST_ASK_ADMITTED, /* admitted: an outage and on_outage = allow */
	FORECAST_ASKS,
};

struct forecast_result {
	enum forecast ask;
	enum method method; /* SEND, JOIN */
	const struct provider_conf
	    *at;            /* SEND, JOIN, PUSH; APP: NULL for this host */
	enum reason reason; /* as in the log */
	const char *which;  /* the limit that is used up, or "" */
	int64_t wait_s;     /* until a lock or a limit ends */
	int64_t age_s;      /* JOIN */
	/* SEND, PUSH: at is passed over, as all alternatives are; outage is
	 * the result if they are still out of reach. */
	bool passed;
	enum forecast outage;
};

/* Changes, sends and logs nothing. Of the login: env (dead may be NULL: never
 * known), user, record, decision, source, office and store. Returns 0, or -1 if
 * the state failed: see store_cause(). */
int forecast(const struct login *, struct forecast_result *);

/* "send" and so on, for records and JSON. */
const char *forecast_name(enum forecast);

/* A login's dry run: changes, sends and shows nothing. It runs the store's
 * operations as dry runs (store.h). */

/* Not to be copied: it contains pointers into itself. */
struct forecast_ops {
	struct login login;
	struct login_result result;
	struct environment env;
	struct connection connection;
	const struct environment *real;
	bool outage; /* providers that are passed over are out of reach */
	/* found by the dry run: */
	bool failed;       /* the state */
	bool waits;        /* another session is sending a message */
	int64_t ended;     /* row that a login would end first; 0 for no row */
	int64_t wait_s;    /* until a limit ends */
	const char *which; /* the key of that limit, or "" */
};

void forecast_ops_init(
    struct forecast_ops *, const struct login *, bool outage);

/* control_explain.c: forecasts a login with these facts. It asks no provider,
 * sends nothing, counts nothing. */

/* Sends plan; bypass; ask and limit if the state decides; passed; user and
 * source.
 * Fills the result. */
request_with_state control_explain;

#endif
