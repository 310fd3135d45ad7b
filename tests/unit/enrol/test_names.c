/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name service that fails, or knows people by other names, as twofactl's
 * commands meet it; and folders that fail while they are read. All files pass
 * for root's.
 */
#include "tests/support/confdir.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "tests/support/printed.h"
#include "tests/support/rootfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/check/check_inside.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

#define SUDO_GID 27
#define OPS_GID 2000

/* What the name service does; alice is its only account, and twofa. */
static struct {
	bool no_twofa;
	int twofa_error; /* why; 0: there is none */
	int list_error;  /* of all accounts: at their end */
	unsigned listed;
} nss;

static int folder_error;    /* of opendir and scandir */
static const char *to_lose; /* goes after a folder was read */

int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t len,
    struct passwd **found)
{
	*found = NULL;
	if (strcmp(name, "broken") == 0)
		return EIO;
	if (strcmp(name, "alice") != 0 && strcmp(name, "ALICE") != 0)
		return 0;
	snprintf(buf, len, "alice");
	*pw = (struct passwd){ .pw_name = buf, .pw_uid = 1001 };
	*found = pw;
	return 0;
}

struct passwd *
getpwnam(const char *name)
{
	static struct passwd pw;

	pw = (struct passwd){ .pw_name = (char *)(uintptr_t)name };
	pw.pw_uid = 1002;
	pw.pw_gid = strcmp(name, "carol") == 0 ? SUDO_GID : getgid();
	if (!nss.no_twofa || strcmp(name, "twofa") != 0)
		return &pw;
	errno = nss.twofa_error;
	return NULL;
}

void
setpwent(void)
{
	nss.listed = 0;
}

struct passwd *
getpwent(void)
{
	static struct passwd pw;

	pw = (struct passwd){ .pw_name = (char *)(uintptr_t) "alice" };
	pw.pw_gid = OPS_GID;
	if (nss.listed++ == 0)
		return &pw;
	if (nss.list_error != 0)
		errno = nss.list_error;
	return NULL;
}

struct group *
getgrnam(const char *name)
{
	static char *members[] = { (char *)(uintptr_t) "bob", NULL };
	static struct group gr;

	gr = (struct group){ .gr_gid =
				 strcmp(name, "sudo") == 0 ? SUDO_GID : OPS_GID,
		.gr_mem = members };
	if (strcmp(name, "broken") == 0)
		errno = EIO;
	return strcmp(name, "sudo") == 0 || strcmp(name, "ops") == 0 ? &gr
								     : NULL;
}

DIR *
opendir(const char *path)
{
	DIR *(*real)(const char *);

	rootfiles_look_up("opendir", &real);
	errno = folder_error;
	return folder_error != 0 ? NULL : real(path);
}

int
scandir(const char *path, struct dirent ***names,
    int (*filter)(const struct dirent *),
    int (*order)(const struct dirent **, const struct dirent **))
{
	int (*real)(const char *, struct dirent ***,
	    int (*)(const struct dirent *),
	    int (*)(const struct dirent **, const struct dirent **));
	int count;

	rootfiles_look_up("scandir", &real);
	errno = folder_error;
	if (folder_error != 0)
		return -1;
	count = real(path, names, filter, order);
	if (to_lose != NULL)
		assert_int_equal(unlink(to_lose), 0);
	return count;
}

static struct confdir d;
static struct settings *conf;
static struct arguments typed;
static struct name_list list;
static char told[PRINTED_MAX];

static int
setup(void **state)
{
	static char path[CTL_PATH_MAX];

	(void)state;
	memset(&nss, 0, sizeof(nss));
	rootfiles = false;
	folder_error = 0;
	to_lose = NULL;
	told[0] = '\0';
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
	memset(&typed, 0, sizeof(typed));
	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	typed.run.conf = path;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	name_list_free(&list);
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

static void
tell(const char *line, bool warning)
{
	assert_false(warning);
	const size_t used = strlen(told);

	snprintf(told + used, sizeof(told) - used, "%s\n", line);
}

static void
assert_told(const char *words)
{
	if (strstr(told, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, told);
}

/* What it complains of, on stderr, is told. */
static enum ctl_exit complaining(
    enum ctl_exit (*command)(const struct arguments *))
{
	struct printed p;
	enum ctl_exit status;

	printed_begin(&p, &stderr);
	status = command(&typed);
	snprintf(told, sizeof(told), "%s", printed_end(&p));
	return status;
}

static struct target target;

static enum ctl_exit
find_target(const struct arguments *a)
{
	return command_user_find(&target, a->user, a->person, true);
}

static void
test_target(void **state)
{
	(void)state;
	typed.user = "broken";
	assert_int_equal(complaining(find_target), CTL_FAILED);
	assert_told("account \"broken\" cannot be looked up: Input/output "
		    "error; see: getent passwd broken");
	typed.user = "ALICE";
	assert_int_equal(complaining(find_target), CTL_DONE);
	assert_string_equal(target.account, "alice");
	assert_string_equal(target.owner, "alice");
	assert_string_equal(command_target_text(&target), "alice");
	typed.person = "anna";
	assert_int_equal(complaining(find_target), CTL_DONE);
	assert_string_equal(target.owner, "alice//anna");
	assert_string_equal(command_target_text(&target), "anna of alice");
	assert_string_equal(target.of_account, "alice");
	typed.person = "an/na";
	assert_int_equal(complaining(find_target), CTL_USAGE);
	assert_told("\"an/na\" is not a person's name");
	typed.person = NULL;
	typed.user = "nobody";
	assert_int_equal(complaining(find_target), CTL_USAGE);
	assert_told("no account \"nobody\"");
}

static enum ctl_exit
find_owner(const struct arguments *a)
{
	struct place_file_owner owner;

	(void)a;
	return record_file_default_uid_gid(&owner) == 0 ? CTL_DONE : CTL_FAILED;
}

static void
test_owner(void **state)
{
	(void)state;
	assert_int_equal(complaining(find_owner), CTL_DONE);
	nss.no_twofa = true;
	assert_int_equal(complaining(find_owner), CTL_FAILED);
	assert_told("user twofa: no such user; run: useradd --system ");
	nss.twofa_error = EIO;
	assert_int_equal(complaining(find_owner), CTL_FAILED);
	assert_told(
	    "user twofa: cannot be looked up: Input/output error; repair "
	    "the name service");
	assert_null(strstr(told, "useradd"));
}

static void
check_all(size_t problems)
{
	const struct place_file_owner owner = { .uid = getuid(),
		.gid = getgid() };
	struct check c;

	check_begin(&c, &owner, tell);
	told[0] = '\0';
	check_users(&c, conf);
	if (c.problems != problems)
		fail_msg("%zu problems: %s", c.problems, told);
}

static void
test_check_names(void **state)
{
	(void)state;
	confdir_write(&d, "users.d/alice.conf", "phone = \"+14155550123\";");
	confdir_write(&d, "users.d/broken.conf", "phone = \"+14155550124\";");
	check_all(1);
	assert_told("/broken.conf: the account cannot be looked up: "
		    "Input/output error; see: getent passwd broken");
	confdir_write(&d, "users.d/ALICE.conf", "phone = \"+14155550125\";");
	check_all(2);
	assert_told("/ALICE.conf: belongs to nobody: the account's own name "
		    "is \"alice\"; rename the file");
	/* who is not listed is looked up all the same, and found */
	nss.list_error = EIO;
	check_all(2);
}

static void
test_check_folder(void **state)
{
	char path[256];

	(void)state;
	confdir_write(&d, "users.d/alice.conf", "phone = 5;");
	check_all(1);
	assert_told("/alice.conf:1: phone");
	folder_error = EMFILE;
	check_all(1);
	assert_told("/users.d: Too many open files");
	folder_error = 0;
	snprintf(path, sizeof(path), "%s/users.d/alice.conf", d.path);
	to_lose = path;
	check_all(0);
	to_lose = NULL;
	confdir_mode(&d, "users.d", 0777);
	check_all(1);
	assert_told("/users.d");
	assert_told("chmod 0750");
	confdir_mode(&d, "users.d", 0750);
}

static void
test_check_files(void **state)
{
	const struct place_file_owner owner = { .uid = getuid(),
		.gid = getgid() };
	char path[256];
	struct check c;

	(void)state;
	check_begin(&c, &owner, tell);
	snprintf(path, sizeof(path), "%s/nowhere", d.path);
	check_readable(&c, path);
	assert_int_equal(c.problems, 1);
	assert_told("/nowhere: No such file or directory");
	/* a folder of secrets need not be there */
	check_secrets(&c, path);
	assert_int_equal(c.problems, 1);
	snprintf(path, sizeof(path), "%s/secret", d.path);
	check_secrets(&c, path);
	assert_int_equal(c.problems, 2);
	assert_told("/secret: Not a directory");
	/* the folder is anybody's, and what is in it nobody's but ours */
	assert_int_equal(chmod(d.path, 0755), 0);
	confdir_mode(&d, "secret", 0600);
	check_secrets(&c, d.path);
	assert_int_equal(c.problems, 3);
	assert_told("/secret: twofa-helper cannot read it");
}

static void
test_lists(void **state)
{
	int rc = 0;

	(void)state;
	nss.list_error = EIO;
	setpwent();
	while (name_list_next_account(&rc) != NULL)
		continue;
	assert_int_equal(rc, -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(name_list_members(&list, "ops"), NAME_LIST_FAILED);
	assert_int_equal(list.count, 0);
	nss.list_error = ENOENT; /* systems say so of the end, too */
	assert_int_equal(name_list_members(&list, "ops"), NAME_LIST_LISTED);
	assert_int_equal(list.count, 2);
	name_list_free(&list);
	assert_int_equal(name_list_members(&list, "broken"), NAME_LIST_FAILED);
	assert_int_equal(name_list_members(&list, "other"), NAME_LIST_ABSENT);
	folder_error = EMFILE;
	assert_int_equal(name_list_enrolled(&list, conf, &d.report), -1);
	assert_non_null(strstr(d.log, "/users.d: Too many open files"));
}

/* Also by one's own group, which no list of members names. */
static void
test_root_by_own_group(void **state)
{
	(void)state;
	assert_true(lockout_root_includes("carol"));
	assert_true(lockout_root_includes("bob"));
	assert_false(lockout_root_includes("alice"));
	assert_int_equal(name_list_add(&list, "alice"), 0);
	assert_int_equal(name_list_add(&list, "carol"), 0);
	assert_true(lockout_root_is_last(&list, "carol"));
	assert_int_equal(name_list_add(&list, "bob"), 0);
	assert_false(lockout_root_is_last(&list, "carol"));
	assert_false(lockout_root_is_last(&list, "alice"));
}

static enum ctl_exit
list_command(const struct arguments *given)
{
	return command_user_run(
	    &(struct command){ .run_user = cmd_list }, given);
}

static void
test_list_missing(void **state)
{
	(void)state;
	rootfiles = true;
	typed.missing = "broken";
	assert_int_equal(complaining(list_command), CTL_FAILED);
	assert_told("group \"broken\" cannot be looked up: Input/output "
		    "error; see: getent group broken");
	typed.missing = "other";
	assert_int_equal(complaining(list_command), CTL_USAGE);
	assert_told("no group \"other\"");
}

static enum ctl_exit
import_command(const struct arguments *given)
{
	return command_user_run(
	    &(struct command){ .run_user = cmd_import }, given);
}

static void
test_import(void **state)
{
	char path[256];

	(void)state;
	rootfiles = true;
	confdir_write(&d, "x.csv",
	    "user,phone\nbroken,+14155550123\nALICE,+14155550124\n");
	snprintf(path, sizeof(path), "%s/x.csv", d.path);
	typed.operand[0] = path;
	assert_int_equal(complaining(import_command), CTL_USAGE);
	assert_told("x.csv:2: user: account \"broken\" cannot be looked up; "
		    "see: getent passwd broken");
	assert_null(strstr(told, "x.csv:3"));
	assert_told("nothing was changed");
	nss.list_error = EIO;
	assert_int_equal(complaining(import_command), CTL_FAILED);
	assert_told("the accounts of this system cannot be listed: "
		    "Input/output error; see: getent passwd");
	nss.no_twofa = true;
	assert_int_equal(complaining(import_command), CTL_FAILED);
	assert_told("user twofa: no such user");
}

UNIT_TESTS(test_names)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_target),
		TEST(test_owner),
		TEST(test_check_names),
		TEST(test_check_folder),
		TEST(test_check_files),
		TEST(test_lists),
		TEST(test_root_by_own_group),
		TEST(test_list_missing),
		TEST(test_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
