/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each source of nsswitch.conf says of a user's groups. glibc's
 * getgrouplist also answers when a source fails, as if that source knew no
 * groups.
 */
#ifndef TWOFA_GROUP_SOURCE_H
#define TWOFA_GROUP_SOURCE_H

#include <stdbool.h>
#include <sys/types.h>

#define GROUP_SOURCE_CAUSE_MAX 160

struct group_source {
	/* from the sources that answered, with the account's own; NULL: none */
	gid_t *gid;
	long count, room;
	/* glibc joins the answers of all sources, so a failing one takes no
	 * group away. False when an answer can end the search. */
	bool adds_up;
	/* the first source without an answer, and why; "": all answered */
	char cause[GROUP_SOURCE_CAUSE_MAX];
};

/* Ask all sources. Loads their modules, as glibc does, and keeps them. The
 * caller frees gid, even when there is a cause. */
void group_source_ask(const char *user, gid_t own, struct group_source *);

/* True when one of them named this group. */
bool group_source_tells(const struct group_source *, gid_t);

#endif
