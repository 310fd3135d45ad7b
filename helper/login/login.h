/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login, from the facts to the verdict; the people of an account; logins
 * that are remembered.
 */
#ifndef TWOFA_LOGIN_H
#define TWOFA_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/session/session.h"
#include "helper/factors/factors.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/* login.c: one login, from the facts to the verdict. */

/* Fills the result; it is a denial unless every step agrees. */
void login_run(const struct environment *, struct login_result *);

/* The steps of a real login. */

extern const struct verify_steps login_table;

/* What a login asks of the store before its first prompt. */

/* It contains pointers into itself and the login: do not copy it. */
struct login_begin {
	struct verify_batch begun;
	char push[PUSH_COUNTED_MAX];
};

/* binding: of a remembered login (login.h); NULL: it has none.
 * begin: store_begin or store_begin_dry_run. 0, and the login's begun is set;
 * or -1: see store_cause. */
int login_begin(struct login *, const unsigned char *binding,
    struct login_begin *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/*
 * The line of a login whose service left before its end: the module can no
 * longer write it.
 */

/* Write it to the log as the module would: with outcome=ended, or as denied if
 * a last prompt has told the person. */
void login_log_ended(const struct facts *, const struct login_result *);

/*
 * person_login.c: whose login it is, of the people who share an account: found
 * by the keys that sshd has checked, else by the typed name; and logins that
 * are remembered.
 */

/*
 * An unknown name at the prompt of a shared account: it is asked for a code
 * like one of the people, with prompts of the same shape and separate counts.
 * Nothing is sent, and no code is right.
 */

#define PERSON_DECOY_MAC 32

/* Which person's prompts it gets; its name in the state. */
size_t person_decoy_template(
    const unsigned char mac[PERSON_DECOY_MAC], size_t people);
void person_decoy_hex(
    const unsigned char mac[PERSON_DECOY_MAC], char hex[OWNER_DECOY_LEN + 1]);

/* Replace that person's own data in the record; its shape stays. */
void person_decoy_apply(const struct settings *,
    const unsigned char mac[PERSON_DECOY_MAC], struct user_record *);

struct person_login {
	char user[OWNER_STATE_MAX]; /* his name in the state */
	char shown[OWNER_STATE_MAX + sizeof("--person")];
	char remembered_as[OWNER_REMEMBERED_MAX];
	const char *account; /* NULL: the account is not shared */
	bool named;        /* at the prompt: the account's total counts, too */
	bool decoy_person; /* an unknown name: like is the person it seems to be
			    */
	unsigned char mac[PERSON_DECOY_MAC];
	char hex[OWNER_DECOY_LEN + 1];
	char like[OWNER_STATE_MAX];
};

/* Find out which of this account's people it is, and read the record, which the
 * caller wipes. USER_FOUND, and the result names the person; USER_ERROR: the
 * login is denied. The login's user is the account. */
enum user_result person_login(
    const struct login *, struct person_login *, struct user_record *);

/* The same for su, if the rule asks its caller. The login's user becomes the
 * caller, which must stay valid; the target's record only says whether it is
 * enabled. */
enum user_result caller_login(struct login *, struct account *caller,
    struct person_login *, struct user_record *);

/* For a rule that only observes: what is known of the user. USER_PEOPLE: the
 * record has only the account's enabled. */
enum user_result person_login_observe(const struct settings *, const char *user,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same for su with ask = "caller", without a question or a denial. What is
 * known of the caller; for a disabled target, a record that is not enabled. */
enum user_result caller_login_observe(
    const struct login *, struct account *caller, struct user_record *);

/* The store is open, and the login is that person's: set whose wrong codes
 * count, with the account's if the person was named; whether too many
 * names were typed there. 0, or -1: see store_cause. */
int person_login_set_counting(struct login *, const struct person_login *);
/* The login has begun: an unknown name seems to have the recovery codes of its
 * person. 0, or -1: see store_cause. */
int person_login_decoy_step(const struct login *, const struct person_login *);

/*
 * Which of an account's people it is, by the keys that sshd has checked. Pure.
 */

enum person_login_choose {
	PERSON_UNCLEAR = 0, /* the keys do not all belong to one person */
	PERSON_KNOWN,       /* it is the one in *at */
	PERSON_UNKNOWN,     /* no key, or unknown keys: ask for the name */
};

enum person_login_choose person_login_choose(
    const struct user_people *, const char *auth_info, size_t *at);

/* What a remembered login is bound to (remember_minutes), and whether a login
 * can be remembered. */

/* The binding of this login. For sshd: user, service, source address and public
 * keys, and only if SSH_AUTH_INFO_0 names publickey and the address is not
 * loopback. Elsewhere, without rhost: user, service, the real terminal of the
 * session's leader, session id, the leader's start time and boot id, if all are
 * known. Both include the digest of the user's file, so that changing the file
 * ends them. False: this login has none. */
bool remembered_login_binding(const struct facts *, const char *user,
    const char *address, const struct user_record *,
    unsigned char out[STORE_REMEMBERED_LEN]);

/* Does its rule allow this login, from that address, to be remembered? Then
 * binding is filled in. */
bool remembered_login_bind(const struct login *, const char *address,
    unsigned char binding[STORE_REMEMBERED_LEN]);

#endif
