/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each source of nsswitch.conf itself says of a user's groups. glibc's
 * getgrouplist answers also while a source fails, as if that knew of none.
 */
#ifndef TWOFA_GROUP_SOURCE_H
#define TWOFA_GROUP_SOURCE_H

#include <stdbool.h>
#include <sys/types.h>

#define GROUP_SOURCE_CAUSE_MAX 160

struct group_source {
	/* of the sources that answered, and the account's own; NULL: none */
	gid_t *gid;
	long count, room;
	/* glibc adds up what its sources say: one that fails takes nothing
	 * away. Not so where an answer can end the search. */
	bool adds_up;
	/* the first that gave no answer, and why; "": each gave one */
	char cause[GROUP_SOURCE_CAUSE_MAX];
};

/* Ask them all. Loads their modules, as glibc does, and keeps them. The caller
 * frees gid, also when there is a cause. */
void group_source_ask(const char *user, gid_t own, struct group_source *);

/* Among what they said? */
bool group_source_tells(const struct group_source *, gid_t);

#endif
