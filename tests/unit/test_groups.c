/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Account and group look-ups against a name service of our own: the calls
 * below stand before libc's, so that every failure can be played.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include <cmocka.h>

#include "helper/groups.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ALICE_GID 1001

/* How the name service behaves in this test. */
static struct {
	int account_error, group_error;    /* errno of the call; 0: none */
	size_t account_needs, group_needs; /* bytes of buffer */
	const char *pw_name;               /* what comes back for alice */
	int gids;                          /* how many alice has */
	bool gids_fail;                    /* whatever the room */
	unsigned calls;
} nss;

static int
set_up(void **state)
{
	(void)state;
	memset(&nss, 0, sizeof(nss));
	nss.pw_name = "alice";
	nss.gids = 3;
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t len,
    struct passwd **found)
{
	nss.calls++;
	*found = NULL;
	if (nss.account_error != 0)
		return nss.account_error;
	if (len < nss.account_needs)
		return ERANGE;
	if (strcmp(name, "alice") != 0)
		return 0;
	memset(pw, 0, sizeof(*pw));
	if ((size_t)snprintf(buf, len, "%s", nss.pw_name) >= len)
		return ERANGE;
	pw->pw_name = buf;
	pw->pw_uid = 1001;
	pw->pw_gid = ALICE_GID;
	*found = pw;
	return 0;
}

static const struct {
	const char *name;
	gid_t gid;
	const char *member; /* listed in the group itself */
} groups[] = {
	{ "alice", ALICE_GID, NULL },
	{ "ops", 2000, NULL },
	{ "guests", 9000, "bob" },
	{ "listed", 9001, "alice" },
	{ "ALICE", 9002, "ALICE" },
};

int
getgrnam_r(const char *name, struct group *gr, char *buf, size_t len,
    struct group **found)
{
	char **mem = (char **)(void *)buf;

	nss.calls++;
	*found = NULL;
	if (strcmp(name, "broken") == 0)
		return EIO;
	if (nss.group_error != 0)
		return nss.group_error;
	if (len < nss.group_needs || len < 64)
		return ERANGE;
	for (size_t i = 0; i < COUNT(groups); i++) {
		if (strcmp(groups[i].name, name) != 0)
			continue;
		memset(gr, 0, sizeof(*gr));
		mem[0] = (char *)(uintptr_t)groups[i].member;
		mem[1] = NULL;
		gr->gr_gid = groups[i].gid;
		gr->gr_mem = mem;
		*found = gr;
	}
	return 0;
}

/* alice's own group, then 2000, 2001, ... */
int
getgrouplist(const char *user, gid_t group, gid_t *list, int *count)
{
	int room = *count;

	nss.calls++;
	assert_string_equal(user, "alice");
	*count = nss.gids;
	for (int i = 0; i < room && i < nss.gids; i++)
		list[i] = i == 0 ? group : 1999 + (gid_t)i;
	return nss.gids_fail || room < nss.gids ? -1 : nss.gids;
}

static const struct account alice = { "alice", ALICE_GID };

static void
account_found(void **state)
{
	struct account a;

	(void)state;
	assert_int_equal(groups_account("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "alice");
	assert_int_equal(a.gid, ALICE_GID);
}

static void
account_by_its_own_name(void **state)
{
	struct account a;

	(void)state;
	nss.pw_name = "Alice@EXAMPLE";
	assert_int_equal(groups_account("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "Alice@EXAMPLE");
}

static void
account_absent(void **state)
{
	struct account a;

	(void)state;
	assert_int_equal(groups_account("nobody-here", &a), ACCOUNT_ABSENT);
	assert_string_equal(a.name, "");
}

static void
account_errors(void **state)
{
	static const int error[] = { EIO, ENOENT, EMFILE, ENOMEM, EINTR };
	struct account a;

	(void)state;
	for (size_t i = 0; i < COUNT(error); i++) {
		nss.account_error = error[i];
		assert_int_equal(groups_account("alice", &a), ACCOUNT_ERROR);
		assert_int_equal(errno, error[i]);
		assert_string_equal(a.name, "");
	}
	assert_int_equal(nss.calls, COUNT(error));
}

static void
account_of_many_bytes(void **state)
{
	struct account a;

	(void)state;
	nss.account_needs = 100000;
	assert_int_equal(groups_account("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "alice");
	nss.account_needs = SIZE_MAX;
	nss.calls = 0;
	assert_int_equal(groups_account("alice", &a), ACCOUNT_ERROR);
	assert_int_equal(errno, ERANGE);
	assert_in_range(nss.calls, 2, 20);
}

static void
account_name_too_long(void **state)
{
	char name[ACCOUNT_NAME_MAX + 2];
	struct account a;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[ACCOUNT_NAME_MAX + 1] = '\0';
	nss.pw_name = name;
	assert_int_equal(groups_account("alice", &a), ACCOUNT_ERROR);
	assert_string_equal(a.name, "");
	name[ACCOUNT_NAME_MAX] = '\0';
	assert_int_equal(groups_account("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, name);
}

/* Facts for one rule that names these groups. */
static struct group_fact *
facts(const char **names, size_t named, size_t *count)
{
	struct rule rule = { .groups = { named, names } };
	const struct config cfg = { .rule = &rule, .rule_count = 1 };

	return groups_facts(&cfg, &alice, count);
}

static enum membership
fact_of(const char *name)
{
	enum membership m;
	size_t count;
	struct group_fact *f = facts(&name, 1, &count);

	assert_non_null(f);
	assert_int_equal(count, 1);
	assert_string_equal(f[0].name, name);
	m = f[0].membership;
	free(f);
	return m;
}

static void
memberships(void **state)
{
	(void)state;
	assert_int_equal(fact_of("alice"), GROUP_MEMBER);
	assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	assert_int_equal(fact_of("listed"), GROUP_MEMBER);
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
	assert_int_equal(fact_of("ALICE"), GROUP_NOT_MEMBER);
	assert_int_equal(fact_of("no-such-group"), GROUP_UNKNOWN);
	assert_int_equal(fact_of("broken"), GROUP_UNKNOWN);
	assert_int_equal(fact_of(""), GROUP_UNKNOWN);
}

static void
group_errors(void **state)
{
	static const int error[] = { EIO, ENOENT, EMFILE, ENOMEM };

	(void)state;
	for (size_t i = 0; i < COUNT(error); i++) {
		nss.group_error = error[i];
		assert_int_equal(fact_of("ops"), GROUP_UNKNOWN);
	}
}

static void
group_of_many_bytes(void **state)
{
	(void)state;
	nss.group_needs = 200000;
	assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
	nss.group_needs = SIZE_MAX;
	nss.calls = 0;
	assert_int_equal(fact_of("ops"), GROUP_UNKNOWN);
	assert_in_range(nss.calls, 2, 20);
}

static void
many_groups(void **state)
{
	(void)state;
	nss.gids = 5000;
	assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
	/* more than the kernel takes: no answer rather than half of one */
	nss.gids = 100000;
	assert_int_equal(fact_of("guests"), GROUP_UNKNOWN);
	assert_int_equal(fact_of("listed"), GROUP_UNKNOWN);
}

static void
no_group_list(void **state)
{
	(void)state;
	nss.gids_fail = true;
	assert_int_equal(fact_of("ops"), GROUP_UNKNOWN);
	assert_int_equal(fact_of("guests"), GROUP_UNKNOWN);
	assert_in_range(nss.calls, 2, 60);
}

static void
each_name_once(void **state)
{
	const char *first[] = { "ops", "guests" };
	const char *second[] = { "guests", "broken", "ops" };
	struct rule rule[] = { { .groups = { 2, first } }, { .stack = false },
		{ .groups = { 3, second } } };
	const struct config cfg = { .rule = rule, .rule_count = 3 };
	struct group_fact *f;
	size_t count;

	(void)state;
	f = groups_facts(&cfg, &alice, &count);
	assert_non_null(f);
	assert_int_equal(count, 3);
	assert_string_equal(f[0].name, "ops");
	assert_string_equal(f[1].name, "guests");
	assert_string_equal(f[2].name, "broken");
	assert_int_equal(f[0].membership, GROUP_MEMBER);
	assert_int_equal(f[1].membership, GROUP_NOT_MEMBER);
	assert_int_equal(f[2].membership, GROUP_UNKNOWN);
	free(f);
}

static void
nothing_named(void **state)
{
	struct rule rule = { .action = ACTION_SKIP };
	struct config cfg = { .rule = &rule, .rule_count = 1 };
	size_t count = 7;

	(void)state;
	assert_null(groups_facts(&cfg, &alice, &count));
	assert_int_equal(count, 0);
	cfg.rule_count = 0;
	assert_null(groups_facts(&cfg, &alice, &count));
	assert_int_equal(nss.calls, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(account_found),
		TEST(account_by_its_own_name),
		TEST(account_absent),
		TEST(account_errors),
		TEST(account_of_many_bytes),
		TEST(account_name_too_long),
		TEST(memberships),
		TEST(group_errors),
		TEST(group_of_many_bytes),
		TEST(many_groups),
		TEST(no_group_list),
		TEST(each_name_once),
		TEST(nothing_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
