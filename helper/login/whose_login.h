/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose login it is, of the people who share an account: by the keys that sshd
 * has seen, else by the name that is typed.
 */
#ifndef TWOFA_WHOSE_LOGIN_H
#define TWOFA_WHOSE_LOGIN_H

#include <stdbool.h>

#include "helper/dialogue/login_context.h"
#include "helper/login/stranger.h"
#include "lib/rules/accounts.h"

struct whose_login {
	char user[PERSON_STATE_MAX]; /* what the state calls him */
	char shown[PERSON_STATE_MAX + sizeof("--person")];
	char remembered_as[PERSON_REMEMBERED_MAX];
	const char *account; /* NULL: nobody shares it */
	bool named; /* at the prompt: the account's total counts as well */
	/* A name that is nobody's: whose codes it seems to have, and what it is
	 * called when there are too many; user begins so. */
	bool stranger;
	unsigned char mac[STRANGER_MAC];
	char hex[PERSON_STRANGER_LEN + 1];
	char like[PERSON_STATE_MAX];
	char shared[PERSON_STATE_MAX];
};

/* Find out whose of this account's, and read that one's record, which the
 * caller wipes. USER_FOUND, and the result knows the person; USER_ERROR: the
 * login is denied. The login's user is the account. */
enum user_result whose_login(
    const struct login *, struct whose_login *, struct user_record *);

/* Of su that asks its caller, which the rule says: the same. The login's user
 * becomes the caller, who must stay; the record of the target says only whether
 * it is enabled. */
enum user_result whose_login_caller(struct login *, struct account *caller,
    struct whose_login *, struct user_record *);

/* A rule only watches: what is found of the user. USER_PEOPLE: all of the
 * record but its enabled is empty, which is the account's. */
enum user_result whose_login_watched(const struct settings *, const char *user,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same of su with ask = "caller": nobody is asked or denied. What is
 * found of the caller; of a disabled target, a record that is not enabled. */
enum user_result whose_login_caller_watched(
    const struct login *, struct account *caller, struct user_record *);

/* The store is open, and the login is that one's: whose wrong codes count, by
 * the account if he was named; the login's user is what a stranger counts as.
 * 0, or -1: store_cause tells. */
int whose_login_count(struct login *, const struct whose_login *);
/* It has begun: a stranger seems to have the recovery codes of the one whom he
 * is like. 0, or -1: store_cause tells. */
int whose_login_seem(const struct login *, const struct whose_login *);

#endif
