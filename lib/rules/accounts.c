/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Account and group look-ups. Any failure here is GROUP_UNKNOWN, never "not a
 * member"; the policy then asks for a code.
 */
#include "lib/rules/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rules/group_source.h"

#define BUFFER_START 4096
#define BUFFER_MAX (1024 * 1024) /* a group with some ten thousand members */
#define GIDS_START 64
#define GIDS_MAX 65536 /* NGROUPS_MAX of Linux */

/* What the system says of an account's groups. */
struct looked {
	const struct account *account;
	gid_t *gid; /* from getgrouplist; NULL: it failed */
	int count;
	struct group_source source;
};

static int
account_fill(const struct passwd *pw, struct account *a)
{
	size_t len = strlen(pw->pw_name);

	if (len > USER_NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a->name, pw->pw_name, len + 1);
	a->gid = pw->pw_gid;
	return 0;
}

/* One try with a buffer of this size; errno is ERANGE when it was too small.
 * glibc 2.36 may report "no such user" with errno 0 when a source ran out of
 * memory or descriptors: with "passwd: files systemd" it then asks the next
 * source, and only that source's "no" comes back. Callers deny an absent user
 * as well, so this is safe. "files [UNAVAIL=return] systemd" makes it an
 * error. */
static enum account_result
account_try(const char *user, uid_t uid, struct account *a, size_t size)
{
	struct passwd pw, *found = NULL;
	enum account_result result = ACCOUNT_ERROR;
	char *buf = malloc(size);
	int rc;

	if (buf == NULL)
		return ACCOUNT_ERROR;
	if (user != NULL)
		rc = getpwnam_r(user, &pw, buf, size, &found);
	else
		rc = getpwuid_r(uid, &pw, buf, size, &found);
	if (rc != 0)
		errno = rc;
	else if (found == NULL)
		result = ACCOUNT_ABSENT;
	else if (account_fill(found, a) == 0)
		result = ACCOUNT_FOUND;
	free(buf);
	return result;
}

/* user NULL: look up by the uid. */
static enum account_result
account_find(const char *user, uid_t uid, struct account *a)
{
	enum account_result result = ACCOUNT_ERROR;

	memset(a, 0, sizeof(*a));
	for (size_t size = BUFFER_START; size <= BUFFER_MAX; size *= 4) {
		errno = 0;
		result = account_try(user, uid, a, size);
		if (result != ACCOUNT_ERROR || errno != ERANGE)
			return result;
	}
	return result;
}

enum account_result
accounts_find(const char *user, struct account *a)
{
	return account_find(user, 0, a);
}

enum account_result
accounts_find_uid(uid_t uid, struct account *a)
{
	return account_find(NULL, uid, a);
}

/* Read the gids of the account; gid stays NULL on failure. */
static void
gids_read(struct looked *l)
{
	const struct account *a = l->account;
	int room = GIDS_START;

	while (room <= GIDS_MAX) {
		int n = room;
		gid_t *gid = calloc((size_t)room, sizeof(*gid));

		if (gid == NULL)
			return;
		if (getgrouplist(a->name, a->gid, gid, &n) >= 0) {
			l->gid = gid;
			l->count = n;
			return;
		}
		free(gid);
		room = n > room ? n : room * 2;
	}
}

static bool
gids_have(const struct looked *l, gid_t gid)
{
	for (int i = 0; i < l->count; i++)
		if (l->gid[i] == gid)
			return true;
	return false;
}

static bool
named(const struct group *gr, const char *user)
{
	for (char **member = gr->gr_mem; *member != NULL; member++)
		if (strcmp(*member, user) == 0)
			return true;
	return false;
}

/* Believe getgrouplist if every source answered. Else believe only a "yes" of a
 * source that answered, and only where one such answer is enough. A cache's
 * answer does not count. */
static enum membership
membership_of(const struct group *gr, const struct looked *l)
{
	const bool told = group_source_tells(&l->source, gr->gr_gid);

	if (l->source.cause[0] != '\0')
		return told && l->source.adds_up ? GROUP_MEMBER : GROUP_UNKNOWN;
	if (gids_have(l, gr->gr_gid) || named(gr, l->account->name))
		return GROUP_MEMBER;
	/* a source may have failed in only one of the two look-ups */
	return told ? GROUP_UNKNOWN : GROUP_NOT_MEMBER;
}

/* One try with a buffer of this size; true when a larger one is worth it. */
static bool
group_try(struct group_fact *fact, const struct looked *l, size_t size)
{
	struct group gr, *found = NULL;
	char *buf = malloc(size);
	int rc;

	if (buf == NULL)
		return false;
	rc = getgrnam_r(fact->name, &gr, buf, size, &found);
	if (rc == 0 && found != NULL) {
		fact->membership = membership_of(found, l);
		if (fact->membership == GROUP_UNKNOWN && fact->why[0] == '\0')
			snprintf(fact->why, sizeof(fact->why),
			    "getgrouplist and its sources differ");
	}
	free(buf);
	return rc == ERANGE;
}

/* A group name that no source knows is unknown as well. */
static void
group_look_up(struct group_fact *fact, const struct looked *l)
{
	size_t size = BUFFER_START;

	snprintf(fact->why, sizeof(fact->why), "%s", l->source.cause);
	while (size <= BUFFER_MAX && group_try(fact, l, size))
		size *= 4;
}

static bool
fact_exists(const struct group_fact *fact, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fact[i].name, name) == 0)
			return true;
	return false;
}

/* List each name once, as GROUP_UNKNOWN until it is looked up. */
static size_t
facts_name(const struct settings *cfg, struct group_fact *fact)
{
	size_t count = 0;

	for (size_t i = 0; i < cfg->rule_count; i++) {
		const struct text_list *names = &cfg->rule[i].groups;

		for (size_t j = 0; j < names->count; j++) {
			if (fact_exists(fact, count, names->item[j]))
				continue;
			fact[count].name = names->item[j];
			fact[count].membership = GROUP_UNKNOWN;
			count++;
		}
	}
	return count;
}

static void
look_up(const struct account *a, struct group_fact *fact, size_t count)
{
	struct looked l = { .account = a };

	group_source_ask(a->name, a->gid, &l.source);
	/* a failing source may be slow, so it is not asked again */
	if (l.source.cause[0] == '\0')
		gids_read(&l);
	if (l.source.cause[0] == '\0' && l.gid == NULL)
		snprintf(l.source.cause, sizeof(l.source.cause),
		    "getgrouplist failed");
	for (size_t i = 0; i < count; i++)
		group_look_up(&fact[i], &l);
	free(l.gid);
	free(l.source.gid);
}

struct group_fact *
accounts_facts(
    const struct settings *cfg, const struct account *a, size_t *count)
{
	struct group_fact *fact;
	size_t most = 0;

	*count = 0;
	for (size_t i = 0; i < cfg->rule_count; i++)
		most += cfg->rule[i].groups.count;
	if (most == 0)
		return NULL;
	fact = calloc(most, sizeof(*fact));
	if (fact == NULL)
		return NULL;
	*count = facts_name(cfg, fact);
	look_up(a, fact, *count);
	return fact;
}

struct group_fact *
accounts_groups(const struct settings *cfg, const struct account *a,
    struct policy_facts *facts)
{
	struct group_fact *fact = NULL;

	facts->groups = 0;
	if (policy_asks_groups(cfg, facts))
		fact = accounts_facts(cfg, a, &facts->groups);
	facts->group = fact;
	return fact;
}
