/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of twofactl helpdesk, and the users whom its caller may help. */
#ifndef TWOFA_HELPDESK_INSIDE_H
#define TWOFA_HELPDESK_INSIDE_H

#include "twofactl/helpdesk/helpdesk.h"

struct helpdesk {
	struct command_user c;
	uid_t uid; /* of the caller */
	/* who can become root: as in sudoers, and all their uids */
	struct name_list root_names;
	struct name_list group_names;      /* members cannot be helped */
	struct text_list protected_groups; /* the same */
	struct host_accounts hosts;        /* empty: accounts are looked up */
	struct status status;
	unsigned left; /* uses that the caller has left today */
	/* verify: counted apart; by the app; a code was asked for; the last
	 * digits of the phone, or "" */
	bool verifies, app, asked;
	char phone[PHONE_MASK];
};

/* helpdesk_reach.c */

/* Lists who can become root. Returns CTL_DONE, or another status after
 * reporting. */
enum ctl_exit helpdesk_reach_read(struct helpdesk *);

/* Adds the users who may be helped, by name, or reports why there is none.
 * Returns CTL_DONE, or another status after reporting. */
enum ctl_exit helpdesk_reach_list(struct helpdesk *, struct name_list *);

/* Like getpwnam(), but fast after helpdesk_reach_list(). */
const struct passwd *helpdesk_reach_account(
    const struct helpdesk *, const char *user);

/* Returns why this user may not be helped, or NULL. */
const char *helpdesk_reach_refusal(const struct helpdesk *, const char *user);

void helpdesk_reach_free(struct helpdesk *);

#endif
