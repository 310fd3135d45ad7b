/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Account and group look-ups against a name service of our own: the calls
 * below stand before libc's, so that every failure can be played. A real module
 * of the name service is tests/e2e/login/test_group_sources.py.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include <cmocka.h>

#include "lib/rules/rules.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ALICE_GID 1001

/* How the name service behaves in this test. */
static struct {
	int account_error, group_error;    /* errno of the call; 0: none */
	size_t account_needs, group_needs; /* bytes of buffer */
	const char *pw_name;               /* what comes back for alice */
	int gids;                          /* how many alice has */
	bool gids_fail;                    /* whatever the room */
	const char *nsswitch, *file;       /* texts; NULL: not there */
	int nsswitch_error;                /* of opening it, instead */
	const char *loaded;                /* the only module there is */
	bool functionless;
	enum nss_status status; /* what the module answers */
	unsigned adds;          /* and how many groups, from 2000 on */
	unsigned asked;
	unsigned calls;
} nss;

static int
set_up(void **state)
{
	(void)state;
	memset(&nss, 0, sizeof(nss));
	nss.pw_name = "alice";
	nss.gids = 3;
	nss.nsswitch = "group: files\n";
	nss.file = "";
	nss.status = NSS_STATUS_SUCCESS;
	return 0;
}

/* The two files that are looked at. */
FILE *
fopen(const char *path, const char *mode)
{
	const bool conf = strcmp(path, "/etc/nsswitch.conf") == 0;
	const char *text = conf ? nss.nsswitch : nss.file;

	(void)mode;
	assert_true(conf || strcmp(path, "/etc/group") == 0);
	errno = conf && nss.nsswitch_error != 0 ? nss.nsswitch_error : ENOENT;
	if (text == NULL || (conf && nss.nsswitch_error != 0))
		return NULL;
	/* of no bytes there is none */
	return fmemopen((void *)(uintptr_t)text, strlen(text) + 1, "r");
}

static enum nss_status __attribute__((unused)) module_asked(const char *user,
    gid_t own, long *start, long *size, gid_t **gid, long limit, int *error)
{
	assert_string_equal(user, "alice");
	assert_int_equal(own, 1001);
	assert_true(limit < 0);
	nss.asked++;
	for (unsigned i = 0; i < nss.adds; i++) {
		if (*start == *size) {
			*size *= 2;
			*gid = realloc(*gid, (size_t)*size * sizeof(**gid));
			assert_non_null(*gid);
		}
		(*gid)[(*start)++] = 2000 + i;
	}
	*error = ECONNREFUSED;
	return nss.status;
}

/* A sanitizer calls these itself while it starts; there the real module of the
 * e2e test is asked alone. */
#ifndef __SANITIZE_ADDRESS__
#define MODULES true
void *
dlopen(const char *name, int flags)
{
	(void)flags;
	return nss.loaded != NULL && strcmp(name, nss.loaded) == 0 ? &nss
								   : NULL;
}

void *
dlsym(void *handle, const char *name)
{
	enum nss_status (*function)(const char *, gid_t, long *, long *,
	    gid_t **, long, int *) = module_asked;

	assert_ptr_equal(handle, &nss);
	assert_string_equal(name, "_nss_dir_initgroups_dyn");
	return nss.functionless ? NULL : *(void **)&function;
}
#else
#define MODULES false
#endif

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

static const struct account alice = { .name = "alice", .gid = ALICE_GID };

static void
account_found(void **state)
{
	struct account a;

	(void)state;
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "alice");
	assert_int_equal(a.gid, ALICE_GID);
}

static void
account_by_its_own_name(void **state)
{
	struct account a;

	(void)state;
	nss.pw_name = "Alice@EXAMPLE";
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "Alice@EXAMPLE");
}

static void
account_absent(void **state)
{
	struct account a;

	(void)state;
	assert_int_equal(accounts_find("nobody-here", &a), ACCOUNT_ABSENT);
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
		assert_int_equal(accounts_find("alice", &a), ACCOUNT_ERROR);
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
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, "alice");
	nss.account_needs = SIZE_MAX;
	nss.calls = 0;
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_ERROR);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(nss.calls, 1);
}

static void
account_name_too_long(void **state)
{
	char name[USER_NAME_MAX + 2];
	struct account a;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[USER_NAME_MAX + 1] = '\0';
	nss.pw_name = name;
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_ERROR);
	assert_string_equal(a.name, "");
	name[USER_NAME_MAX] = '\0';
	assert_int_equal(accounts_find("alice", &a), ACCOUNT_FOUND);
	assert_string_equal(a.name, name);
}

/* Facts for one rule that names these groups. */
static struct group_fact *
facts(const char **names, size_t named, size_t *count)
{
	struct rule rule = { .groups = { named, names } };
	const struct settings cfg = { .rule = &rule, .rule_count = 1 };

	return accounts_read_group_facts(&cfg, &alice, count);
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
	assert_int_equal(nss.calls, 2);
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

/* The fact, and why it is unknown. */
static void
unknown(const char *name, const char *why)
{
	size_t count;
	struct group_fact *f = facts(&name, 1, &count);

	assert_non_null(f);
	assert_int_equal(f[0].membership, GROUP_UNKNOWN);
	if (strstr(f[0].why, why) == NULL)
		fail_msg("\"%s\" is not in: %s", why, f[0].why);
	free(f);
}

#define OURS "libnss_dir.so.2"

/* Each of the ways of nsswitch.conf to name one source. */
static void
sources_asked(void **state)
{
	static const char *const lines[] = { "group: files dir\n",
		"group:dir\n", "# group: x\n group:\tfiles  dir # x\n",
		"group dir", "group: x\ngroup: files dir\n",
		"group: x\ninitgroups: dir [SUCCESS=return] files\n",
		"initgroups:\ngroup: files [SUCCESS=merge] dir\n",
		"initgroups: # none\ngroup: files[!UNAVAIL=return]dir[x]\n",
		"groups: x\ngroup: dir\ngshadow: x\n" };

	(void)state;
	if (!MODULES)
		skip();
	nss.loaded = OURS;
	for (size_t i = 0; i < COUNT(lines); i++) {
		nss.nsswitch = lines[i];
		nss.asked = 0;
		assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
		assert_int_equal(nss.asked, 1);
		assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	}
	nss.nsswitch = "passwd: x\n";
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
	nss.nsswitch = NULL;
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
}

static void
sources_that_cannot_be_asked(void **state)
{
	static const struct {
		const char *line, *why;
	} t[] = {
		{ "group: files gone\n", "libnss_gone.so.2 cannot be loaded" },
		{ "group: dir ../x\n", "\"../x\": not a valid name" },
		{ "group: dir :\n", "\":\": not a valid name" },
		{ "group: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\n",
		    "not a valid name" },
		{ "group: files [NOTFOUND=return\n", "a [ without its ]" },
		{ "group: dir\ninitgroups: gone\n", "libnss_gone" },
	};

	(void)state;
	if (!MODULES)
		skip();
	nss.loaded = OURS;
	for (size_t i = 0; i < COUNT(t); i++) {
		nss.nsswitch = t[i].line;
		unknown("guests", t[i].why);
	}
	nss.nsswitch = "group: dir\n";
	nss.functionless = true;
	unknown("guests", "has no _nss_dir_initgroups_dyn");
	nss.nsswitch_error = EACCES;
	unknown("guests", "/etc/nsswitch.conf: Permission denied");
	nss.nsswitch_error = 0;
	nss.nsswitch = "group: files\n";
	nss.file = NULL;
	unknown("guests", "/etc/group: No such file");
}

static void
sources_that_give_no_answer(void **state)
{
	static const enum nss_status no[] = { NSS_STATUS_UNAVAIL,
		NSS_STATUS_TRYAGAIN, NSS_STATUS_RETURN, (enum nss_status)7 };

	(void)state;
	if (!MODULES)
		skip();
	nss.loaded = OURS;
	nss.nsswitch = "group: files dir\n";
	for (size_t i = 0; i < COUNT(no); i++) {
		nss.status = no[i];
		unknown("guests", "source \"dir\" gave no answer");
		/* getgrouplist says yes; or the group itself, from a cache */
		unknown("ops", "Connection refused");
		unknown("listed", "gave no answer");
		/* nobody can doubt the account's own */
		assert_int_equal(fact_of("alice"), GROUP_MEMBER);
	}
	nss.adds = 200; /* and had begun to tell of ops */
	unknown("ops", "gave no answer");
	nss.status = NSS_STATUS_NOTFOUND;
	nss.adds = 0;
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
	assert_int_equal(fact_of("listed"), GROUP_MEMBER);
}

/* A yes of a source that answered stands, but where an answer of the other
 * could have ended the search. */
static void
yes_beside_one_that_fails(void **state)
{
	(void)state;
	if (!MODULES)
		skip();
	nss.loaded = OURS;
	nss.status = NSS_STATUS_UNAVAIL;
	nss.file =
	    "other:x:7000:bob\n+:::alice\n-ops:x:2000:alice\n\n"
	    "x\nx:\nx:x\nx:x:2z:alice\n#x:x:1:alice\nops:x:2000:bob,alice\n";
	nss.nsswitch = "group: files dir\n";
	assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	unknown("guests", "gave no answer");
	nss.nsswitch = "group: dir [notfound=RETURN] files\n";
	unknown("ops", "gave no answer");
	nss.nsswitch = "initgroups: dir files\n";
	unknown("ops", "gave no answer");
}

/* It failed for getgrouplist, and was there again a moment later. */
static void
sources_that_come_back(void **state)
{
	(void)state;
	if (!MODULES)
		skip();
	nss.loaded = OURS;
	nss.nsswitch = "group: files dir\n";
	nss.adds = 200;
	nss.gids = 1;
	unknown("ops", "differ");
	nss.adds = 0;
	assert_int_equal(fact_of("ops"), GROUP_NOT_MEMBER);
}

/* Larger than the first buffers. */
static void
a_large_group_file(void **state)
{
	static char text[3 * 1024 * 1024];
	size_t used = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "g%u:x:%u:alice\n", i, 3000 + i);
	used += (size_t)snprintf(
	    text + used, sizeof(text) - used, "ops:x:2000:bob");
	for (unsigned i = 0; i < 30000; i++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, ",member%u", i);
	snprintf(text + used, sizeof(text) - used, ",alice\nlast:x:9:bob\n");
	nss.file = text;
	nss.nsswitch = "group: files gone\n";
	assert_int_equal(fact_of("ops"), GROUP_MEMBER);
	nss.nsswitch = "group: files\n";
	assert_int_equal(fact_of("guests"), GROUP_NOT_MEMBER);
}

static void
only_who_comes_to_a_group(void **state)
{
	const char *name[] = { "ops" }, *su[] = { "su" };
	struct rule rule = { .services = { 1, su }, .groups = { 1, name } };
	const struct settings cfg = { .rule = &rule, .rule_count = 1 };
	struct rule_facts f = {
		.user = "alice", .service = "sshd", .address = ""
	};
	struct group_fact *fact;

	(void)state;
	assert_null(accounts_set_group_facts(&cfg, &alice, &f));
	assert_int_equal(f.groups, 0);
	assert_int_equal(nss.calls, 0);
	f.service = "su";
	fact = accounts_set_group_facts(&cfg, &alice, &f);
	assert_non_null(fact);
	assert_ptr_equal(f.group, fact);
	assert_int_equal(f.groups, 1);
	free(fact);
}

static void
each_name_once(void **state)
{
	const char *first[] = { "ops", "guests" };
	const char *second[] = { "guests", "broken", "ops" };
	struct rule rule[] = { { .groups = { 2, first } }, { .stack = false },
		{ .groups = { 3, second } } };
	const struct settings cfg = { .rule = rule, .rule_count = 3 };
	struct group_fact *f;
	size_t count;

	(void)state;
	f = accounts_read_group_facts(&cfg, &alice, &count);
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
	struct settings cfg = { .rule = &rule, .rule_count = 1 };
	size_t count = 7;

	(void)state;
	assert_null(accounts_read_group_facts(&cfg, &alice, &count));
	assert_int_equal(count, 0);
	cfg.rule_count = 0;
	assert_null(accounts_read_group_facts(&cfg, &alice, &count));
	assert_int_equal(nss.calls, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

UNIT_TESTS(test_accounts)
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
		TEST(sources_asked),
		TEST(sources_that_cannot_be_asked),
		TEST(sources_that_give_no_answer),
		TEST(yes_beside_one_that_fails),
		TEST(sources_that_come_back),
		TEST(a_large_group_file),
		TEST(only_who_comes_to_a_group),
		TEST(each_name_once),
		TEST(nothing_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
