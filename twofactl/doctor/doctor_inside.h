/* SPDX-License-Identifier: BSD-2-Clause */
/* Declarations that the files of doctor share. */
#ifndef TWOFA_DOCTOR_INSIDE_H
#define TWOFA_DOCTOR_INSIDE_H

#include "twofactl/doctor/doctor.h"

/* doctor_helper.c: the helper and its sockets. */

/* Reports who may use the socket for programs that do not run as root. */
void doctor_report_socket_users(struct doctor *);

/* Checks the helpers and reports what the helper itself finds. */
void doctor_helper(struct doctor *);

/* doctor_module.c */

/* The first occurrence of text in a line of a file. */
struct doctor_word {
	const char *file;
	unsigned line;
	const char *text;
};

struct doctor_stack {
	const char *service;
	struct pam_walk_login walk_service;
	const struct pam_stack *stack;
	struct pam_walk walk;
};

/* Replaces the word by with, or puts "#" before the line, in the model. True if
 * no login bypasses pam_twofa or the first factor then and, unless changed is
 * NULL, users with both factors are allowed; writes the stack to changed. */
bool doctor_word_try_replacement(const struct doctor_stack *,
    const struct doctor_word *, const char *with, struct pam_stack *changed);

/* Reports lines whose module does not exist. True if one is misspelt. */
bool doctor_stack_report_missing_modules(
    struct doctor *, const struct doctor_stack *);

/* doctor_ways.c: errors of a stack. */

/* Reports logins without a code or without the first factor, and users who are
 * always denied. The stack has a line that asks. */
void doctor_report_stack(struct doctor *, const struct doctor_stack *);

/* For a stack that denies every login and has no line that asks: reports a line
 * with split or when= that is the cause. */
void doctor_report_unreachable(struct doctor *, const struct doctor_stack *);

/* doctor_sshd.c: the settings of sshd for all logins. */

#define DOCTOR_SSHD_PLACES 4

struct doctor_sshd {
	struct doctor *doctor;
	struct sshd_settings general; /* user "", from an unused address */
	struct sshd_settings base;    /* without any Match */
	struct doctor_sshd_found *found;
	struct sshd_match *match;
	bool by_user; /* some Match blocks depend on the user */
	bool alike;   /* general holds for every login: no Match */
	struct sshd_address place[DOCTOR_SSHD_PLACES]; /* where it may listen */
	size_t places;
	/* whose settings are checked: a user's, or a block's, which if known
	 * applies to users who can become root or are enrolled */
	const char *user;
	const struct sshd_match_block *block;
	bool known;
};

#define DOCTOR_SSHD_CHECKS 32
#define DOCTOR_SSHD_TEXT 1024

struct doctor_sshd_check {
	char name[32], text[DOCTOR_SSHD_TEXT];
	char user[USER_NAME_MAX + 1]; /* the first one; "" for everybody */
	size_t users;
	bool by_match; /* for everybody, because of a Match */
	bool reported; /* with that Match */
};

/* The findings, each name once for everybody, root and other users. */
struct doctor_sshd_found {
	size_t count;
	bool service_reported;
	struct doctor_sshd_check check[DOCTOR_SSHD_CHECKS];
};

/* doctor_sshd_ask.c: the settings for one login, and the running sshd. */

/* Like sshd_ask(), but returns 0, or -1 after reporting the failure. Where all
 * logins are alike, asks once. */
int doctor_sshd_ask(const struct doctor_sshd *, const char *user,
    const struct sshd_address *, struct sshd_settings *);

/* Reports everything that is wrong with these settings, with the doctor_sshd as
 * ctx. */
void doctor_sshd_check_settings(struct doctor_sshd *,
    const struct sshd_settings *, sshd_settings_problem *);

/* Writes text with the remedy that applies: a command of twofactl, or the line
 * to change, in this block or, if NULL, for every login. */
void doctor_sshd_remedy(const struct doctor_sshd *,
    const struct sshd_match_block *, const char *text,
    char out[DOCTOR_SSHD_TEXT]);

/* True unless the line of pam_twofa in sshd's stack is an admin's own: twofactl
 * enable has written the stack, or can. */
bool doctor_sshd_stack_is_managed(void);

/* Reports low limits of the running sshd, and settings unlike in its files. */
void doctor_sshd_check_running(const struct doctor_sshd *);
/* Reports a MaxStartups that may deny some of the simultaneous logins. */
void doctor_sshd_check_max_startups(const struct doctor_sshd *);

/* doctor_user.c */

/* Checks the helper's account. Comes first. */
void doctor_check_helper_account(struct doctor *);

#endif
