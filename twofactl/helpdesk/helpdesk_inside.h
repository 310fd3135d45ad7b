/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of twofactl helpdesk: the users who may be helped, and what is shown
 * of them. */
#ifndef TWOFA_HELPDESK_INSIDE_H
#define TWOFA_HELPDESK_INSIDE_H

#include "twofactl/helpdesk/helpdesk.h"

#define DESK_HOURS_MAX 24

struct desk {
	struct command_user c;
	uid_t uid; /* of the caller */
	/* who can become root: as in sudoers, and all their uids */
	struct name_list root_names;
	struct name_list group_names;      /* members cannot be helped */
	struct text_list protected_groups; /* the same */
	struct status status;
	struct name_list codes; /* the user of each bypass code */
	unsigned left;          /* uses that the caller has left today */
};

/* desk_reach.c: the users who may be helped. */

/* True if the account is in one of these groups; returns doubt if that is
 * unknown, as for a group without a name. */
bool desk_is_member(
    const struct text_list *groups, const struct passwd *pw, bool doubt);

/* Lists who can become root, or whose factors belong to such an account: they
 * are not helped. Returns CTL_DONE, or another status after reporting; CTL_NO
 * where sudo's rules cannot all be read. */
enum ctl_exit desk_list_admins(struct desk *);

/* Returns why this user may not be helped, or NULL. pw may be NULL. */
const char *desk_refusal(const struct desk *, const struct passwd *pw);

/* desk_show.c */

/* Prints all users who may be helped, or the target, with the number of times
 * that are left. Returns CTL_DONE, or another status after reporting. */
enum ctl_exit desk_print_users(struct desk *);

#endif
