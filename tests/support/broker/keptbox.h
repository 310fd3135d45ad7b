/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state broker's steps at a real state, asked by several copies: what each
 * may do is judged as in the broker, and no process or socket is needed.
 */
#ifndef TWOFA_TESTS_KEPTBOX_H
#define TWOFA_TESTS_KEPTBOX_H

#include "helper/broker/broker_inside.h"
#include "tests/support/statebox.h"

#define KEPT_WALL INT64_C(1790000000)
#define KEPT_HOME "192.0.2.0/24"
#define KEPT_ADDRESS "192.0.2.7"
#define KEPT_NUMBER "+12025550100"
#define KEPT_OTHER_NUMBER "+12025550101"
/* of a shared account: ann, and bob with a record of his own */
#define KEPT_PEOPLE                                                            \
	"people = ( { name = \"ann\"; phone = \"" KEPT_NUMBER                  \
	"\"; }, { name = \"bobby\"; user = \"bob\"; } );"
#define KEPT_FACTOR "YF0123456789abcdef0123456789abcdef"
#define KEPT_RULES 3
#define KEPT_REMEMBER_S 3600 /* the longest of them; of the first one 600 */
#define NOT_TOLD "used a row or message id without a handle"

extern struct statebox *kept_box;
extern struct settings kept_conf;
extern struct provider_type kept_type; /* has all methods */
extern struct broker_context kept_own;
extern struct broker_reply kept_got; /* the last one */
/* Writes the file of an app's secret, as root does. */
void kept_secret_file(const char *path, const char *base32);
extern int64_t kept_wall; /* the broker's clock, or 0: the machine's */
/* by how much the clock of its waits is ahead, in whole seconds */
extern int64_t kept_later_ms;

int kept_set_up(void **state);
int kept_tear_down(void **state);

/* A second provider in kept_conf, "two", like the first one. Returns it. */
struct provider_conf *kept_add_provider(void);

/* No session is used any more. */
void kept_forget(void);

/* With it each act is well formed. */
struct broker_request kept_any_ask(void);

/* The same, of a call about this verification at the provider. */
struct broker_request kept_call(
    enum provider_call_kind, enum method, const char *request_id);

/* The provider broker's receipt of this call, by the newest ticket; id: of the
 * verification. */
struct broker_request kept_receipt(const struct broker_session *,
    const struct broker_request *call, unsigned receipt, const char *id);

/* It may do this: the result. */
int64_t kept_does(
    struct broker_session *, enum broker_op, const struct broker_request *);
/* It may not, for this reason, and nothing in the state has changed. */
void kept_refused(struct broker_session *, enum broker_op,
    const struct broker_request *, const char *why);

/* What BEGIN says of a user who comes by sshd from KEPT_HOME with a key;
 * another BEGIN for a session that is not bound. */
struct facts kept_facts(const char *user);
void kept_says(struct broker_session *, const struct facts *);
/* Writes a user's record; text "": with KEPT_NUMBER, for texts and calls. */
void kept_record(const char *user, const char *text);
/* The login has these receivers, whatever its record says. */
void kept_reaches(
    struct broker_session *, const char *phone, const char *factor);

/* Its record has an app, which shows this code now. */
void kept_app(struct broker_session *, char code[8]);

/* A copy's connection, until the end of the test, with the BEGIN of alice; the
 * state opened; bound to this user, who has a record of KEPT_NUMBER. */
struct broker_session *kept_connected(void);
struct broker_session *kept_opened(void);
struct broker_session *kept_bound(const char *user);
enum store_claim kept_begin(struct broker_session *, const char *number);
/* Its verification runs: the question that names it. */
struct broker_request kept_running(
    struct broker_session *, const char *number, const char *request_id);

/* Sends a code that is made locally to this phone of its record, and puts it
 * into the row that the question names, under an id that the worker chooses. */
void kept_sends_code(struct broker_session *, unsigned phone,
    struct broker_request *ask, char code[PROVIDER_CODE_MAX + 1]);

/* It was given this verification, a push of its own. */
void kept_pushes(struct broker_session *, const char *id);
/* A provider broker did this call. */
void kept_called(struct broker_session *, enum provider_call_kind, enum method,
    const char *request_id, const char *id);
/* Counts a try of this row. Returns the number of its guess. */
int64_t kept_tries(struct broker_session *, int64_t row);
/* A code was sent to the number, and is right: the question that ends it; and
 * it has ended. */
struct broker_request kept_verified(
    struct broker_session *, const char *number, const char *id);
void kept_proves(struct broker_session *, const char *number, const char *id);

/* Enrolments: the number or NULL; the new app's secret; its code that many
 * steps from now, and whether that was right; the end; the rows. */
int64_t kept_enrol_open(struct broker_session *, const char *number);
int64_t kept_enrol_secret(struct broker_session *, struct secret *);
int kept_enrol_code(
    struct broker_session *, const struct secret *, int64_t steps_on);
int64_t kept_enrol_commit(struct broker_session *, int64_t uid);
int64_t kept_enrolled(void);

#endif
