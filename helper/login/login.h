/* SPDX-License-Identifier: BSD-2-Clause */
/* One login, from the facts to the verdict: its user, among the people of a
 * shared account or as the caller of su; remembered logins. */
#ifndef TWOFA_LOGIN_H
#define TWOFA_LOGIN_H

#include "helper/factors/factors.h"

/* login.c: one login, from the facts to the verdict. */

/* Fills the result, which is a denial unless every step succeeds. */
void login_run(const struct environment *, struct login_result *);

/* The steps of a real login, as opposed to a dry run. */
extern const struct verify_steps login_table;

/* The store's work before the first prompt. It contains pointers into itself
 * and the login: do not copy it. */
struct login_begin {
	struct verify_batch begun;
	char push[OWNER_PUSH_MAX];
};

/* Returns 0, or -1: see store_cause(). Sets the login's begun in any case.
 * binding: of a remembered login, or NULL. begin: store_begin or
 * store_begin_dry_run. */
int login_begin(struct login *, const unsigned char *binding,
    struct login_begin *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* enrol_login.c: a user without a record enrols; decoy_store is open. */

bool enrol_login_is_possible(const struct login *);
/* In the window of the settings. Returns false if it is closed; else the result
 * is filled in. */
bool enrol_login_run(const struct login *);
/* The enrol of struct login. */
enum challenge_step enrol_login_invited(const struct login *, const char *code);
/* True if the typed code is an invitation that the broker takes. */
bool enrol_login_open(const struct login *, const char *code);
/* Ends a proof by the phone that locked the user, or that an outage would
 * admit; else returns the step. */
enum challenge_step enrol_login_proof_step(
    const struct verify *, enum challenge_step);
/* In place of the record's phone or app, after the phone's code or an
 * invitation. Fills in the result. */
void enrol_login_change(const struct login *, bool app, bool invited);
/* In a login that is admitted, for 14 days: what twofactl self changed.
 * codes_at: when it made the recovery codes, or 0. */
void enrol_login_show_changes(const struct login *, int64_t codes_at);

/* self_login.c: users at user.sock see their devices, and change them or the
 * recovery codes. */
void self_login_run(const struct environment *, struct login_result *);

/* person_decoy.c: an unknown name typed at a shared account gets the prompts of
 * one of its people, the template, but its own counts. Nothing is sent, and no
 * code is right. */

#define PERSON_DECOY_MAC 32

/* The index of the template; the decoy's name in the state. */
size_t person_decoy_template(
    const unsigned char mac[PERSON_DECOY_MAC], size_t people);
void person_decoy_hex(
    const unsigned char mac[PERSON_DECOY_MAC], char hex[OWNER_DECOY_LEN + 1]);

/* Replaces the template's data in the record by data of the same form. */
void person_decoy_apply(const struct settings *,
    const unsigned char mac[PERSON_DECOY_MAC], struct user_record *);

/* person_login.c: finds the person who logs in to a shared account, by the keys
 * that sshd has checked, else by a typed name. */

struct person_login {
	char user[OWNER_STATE_MAX]; /* the name in the state */
	char shown[OWNER_STATE_MAX + sizeof("--person")];
	char remembered_as[OWNER_REMEMBERED_MAX];
	const char *account; /* NULL: the account is not shared */
	bool named;          /* typed: wrong codes also count for the account */
	bool decoy_person;   /* an unknown name; its template is like */
	unsigned char mac[PERSON_DECOY_MAC];
	char hex[OWNER_DECOY_LEN + 1];
	char like[OWNER_STATE_MAX];
};

/* Returns USER_FOUND, with the person in the login's result, or USER_ERROR
 * after denying the login. May prompt for a name. The login's user is the
 * account. The caller wipes the record. */
enum user_result person_login(
    const struct login *, struct person_login *, struct user_record *);

/* Like person_login(), for su if the rule asks its caller. Sets the login's
 * user to the caller's name, which must stay valid. Of the target's record,
 * only enabled matters. */
enum user_result caller_login(struct login *, struct account *caller,
    struct person_login *, struct user_record *);

/* Like caller_login(), but for a rule that only observes: never prompts or
 * denies. Reads the caller's record; if the target is disabled, returns
 * USER_FOUND and an empty record. */
enum user_result caller_login_observe(
    const struct login *, struct account *caller, struct user_record *);

/* Returns 0, or -1: see store_cause(). The store must be open. If the name was
 * typed, wrong codes count for the account, too, and the login's alike is set
 * if too many unknown names were typed there. */
int person_login_set_counting(struct login *, const struct person_login *);
/* Returns 0, or -1: see store_cause(). After login_begin(): gives a decoy
 * person the number of the template's recovery codes. */
int person_login_set_decoy_recovery(
    const struct login *, const struct person_login *);

int person_decoy_mac(const struct settings *conf, const char *account,
    const char *name, unsigned char mac[PERSON_DECOY_MAC]);

#endif
