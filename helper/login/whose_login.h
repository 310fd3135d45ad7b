/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose login it is, of the people who share an account: found by the keys that
 * sshd has checked, else by the typed name.
 */
#ifndef TWOFA_WHOSE_LOGIN_H
#define TWOFA_WHOSE_LOGIN_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/login/stranger.h"
#include "lib/rules/rules.h"

struct whose_login {
	char user[PERSON_STATE_MAX]; /* his name in the state */
	char shown[PERSON_STATE_MAX + sizeof("--person")];
	char remembered_as[PERSON_REMEMBERED_MAX];
	const char *account; /* NULL: the account is not shared */
	bool named;    /* at the prompt: the account's total counts, too */
	bool stranger; /* an unknown name: like is the person it seems to be */
	unsigned char mac[STRANGER_MAC];
	char hex[PERSON_STRANGER_LEN + 1];
	char like[PERSON_STATE_MAX];
};

/* Find out which of this account's people it is, and read the record, which the
 * caller wipes. USER_FOUND, and the result names the person; USER_ERROR: the
 * login is denied. The login's user is the account. */
enum user_result whose_login(
    const struct login *, struct whose_login *, struct user_record *);

/* The same for su, if the rule asks its caller. The login's user becomes the
 * caller, which must stay valid; the target's record only says whether it is
 * enabled. */
enum user_result whose_login_caller(struct login *, struct account *caller,
    struct whose_login *, struct user_record *);

/* For a rule that only observes: what is known of the user. USER_PEOPLE: the
 * record has only the account's enabled. */
enum user_result whose_login_watched(const struct settings *, const char *user,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same for su with ask = "caller", without a question or a denial. What is
 * known of the caller; for a disabled target, a record that is not enabled. */
enum user_result whose_login_caller_watched(
    const struct login *, struct account *caller, struct user_record *);

/* The store is open, and the login is that person's: set whose wrong codes
 * count, with the account's if the person was named; whether too many
 * names were typed there. 0, or -1: see store_cause. */
int whose_login_count(struct login *, const struct whose_login *);
/* The login has begun: an unknown name seems to have the recovery codes of its
 * person. 0, or -1: see store_cause. */
int whose_login_seem(const struct login *, const struct whose_login *);

#endif
