/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of twofactl that fail half way: what was there stays, and what
 * failed is told. All files pass for root's; no helper can be started.
 */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include "tests/support/confdir.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/random.h>

#include "lib/system/system.h"
#include "tests/support/printed.h"
#include "tests/support/rootfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/terminal/terminal.h"

#define OLD "phone = \"+14155550123\";\n"

/* What fails; the nth of its kind. */
static struct {
	bool twofa, lock, sync, random, host, folder;
	int rename;
	const char *to_lose; /* goes after a folder was read */
} fails;

struct passwd *
getpwnam(const char *name)
{
	static struct passwd pw;

	pw = (struct passwd){ .pw_name = (char *)(uintptr_t)name,
		.pw_uid = 1001,
		.pw_gid = 1001 };
	return fails.twofa ? NULL : &pw;
}

struct passwd *
getpwent(void)
{
	return NULL;
}

/* root is somebody everywhere; the other two are not. */
struct group *
getgrnam(const char *name)
{
	static char *members[] = { (char *)(uintptr_t) "root",
		(char *)(uintptr_t) "no-such-1",
		(char *)(uintptr_t) "no-such-2", NULL };
	static struct group gr;

	(void)name;
	gr = (struct group){ .gr_gid = 4711, .gr_mem = members };
	return &gr;
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	(void)fd;
	(void)uid;
	(void)gid;
	return 0;
}

int
flock(int fd, int operation)
{
	(void)fd;
	(void)operation;
	errno = ENOLCK;
	return fails.lock ? -1 : 0;
}

int
syncfs(int fd)
{
	(void)fd;
	errno = EIO;
	return fails.sync ? -1 : 0;
}

ssize_t
getrandom(void *to, size_t len, unsigned flags)
{
	ssize_t (*real)(void *, size_t, unsigned);

	rootfiles_look_up("getrandom", &real);
	if (!fails.random)
		return real(to, len, flags);
	errno = ENOSYS;
	return -1;
}

int
gethostname(char *name, size_t len)
{
	snprintf(name, len, "host.example");
	errno = EPERM;
	return fails.host ? -1 : 0;
}

int
renameat(int from, const char *name, int to, const char *place)
{
	int (*real)(int, const char *, int, const char *);

	rootfiles_look_up("renameat", &real);
	if (fails.rename == 0 || --fails.rename > 0)
		return real(from, name, to, place);
	errno = EBUSY;
	return -1;
}

static DIR *records; /* of users.d, while it is read */

DIR *
opendir(const char *path)
{
	const size_t len = strlen(path);
	const bool ours = len > 8 && strcmp(path + len - 8, "/users.d") == 0;
	DIR *(*real)(const char *), *dir;

	rootfiles_look_up("opendir", &real);
	errno = EMFILE;
	dir = ours && fails.folder ? NULL : real(path);
	if (ours)
		records = dir;
	return dir;
}

int
closedir(DIR *dir)
{
	int (*real)(DIR *);

	rootfiles_look_up("closedir", &real);
	if (dir == records) {
		if (fails.to_lose != NULL)
			assert_int_equal(unlink(fails.to_lose), 0);
		fails.to_lose = NULL;
		records = NULL;
	}
	return real(dir);
}

static struct confdir d;
static char conf[CTL_PATH_MAX];
static struct arguments typed;
static char told[PRINTED_MAX], out[PRINTED_MAX], path[256];

static int
setup(void **state)
{
	(void)state;
	memset(&fails, 0, sizeof(fails));
	rootfiles = false;
	confdir_make(&d);
	settings_free(confdir_load(&d, CONFDIR_BASE));
	rootfiles = true;
	snprintf(path, sizeof(path), "%s/secrets", d.path);
	assert_int_equal(mkdir(path, 0750), 0);
	confdir_write(&d, "users.d/root.conf", OLD);
	typed = (struct arguments){ .run.helper = "/nowhere",
		.user = "root",
		.operand = { "root" },
		.yes = true,
		.no_verify = true,
		.replace = true };
	snprintf(conf, sizeof(conf), "%s/twofa.conf", d.path);
	typed.run.conf = conf;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	confdir_remove(&d);
	return 0;
}

static enum ctl_exit
run_command(const struct command *command)
{
	struct printed p, e;
	enum ctl_exit status;

	printed_begin(&p, &stdout);
	printed_begin(&e, &stderr);
	status = command_user_run(command, &typed);
	snprintf(told, sizeof(told), "%s", printed_end(&e));
	snprintf(out, sizeof(out), "%s", printed_end(&p));
	return status;
}

static enum ctl_exit run(enum ctl_exit (*command)(const struct arguments *))
{
	return run_command(&(struct command){ .run = command });
}

static enum ctl_exit run_user(
    enum ctl_exit (*command)(struct command_user *, const struct arguments *))
{
	return run_command(&(struct command){ .run_user = command,
	    .whom = COMMAND_GONE | COMMAND_WHOLE | COMMAND_ENTRY });
}

static void
assert_told(const char *words)
{
	if (strstr(told, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, told);
}

/* As it was, and nothing beside it. */
static void
assert_unchanged(const char *file)
{
	struct dirent **entry;
	char text[128] = "";
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/users.d/%s", d.path, file);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, OLD);
	snprintf(path, sizeof(path), "%s/users.d", d.path);
	n = scandir(path, &entry, NULL, NULL);
	for (int i = 0; i < n; i++) {
		if (strncmp(entry[i]->d_name, ".twofactl", 9) == 0)
			fail_msg("%s is left", entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

static void
break_settings(void)
{
	confdir_write(&d, "twofa.conf", "brand = 5;\n");
}

static void
test_enroll(void **state)
{
	(void)state;
	typed.operand[1] = "+14155550199";
	fails.rename = 1;
	assert_int_equal(run_user(cmd_enroll), CTL_FAILED);
	assert_told("/users.d/root.conf: Device or resource busy");
	assert_string_equal(out, "");
	assert_unchanged("root.conf");
	fails.twofa = true;
	assert_int_equal(run_user(cmd_enroll), CTL_FAILED);
	assert_told("user twofa: no such user; run: useradd --system ");
	assert_unchanged("root.conf");
}

static void
test_import(void **state)
{
	(void)state;
	confdir_write(&d, "users.d/daemon.conf", OLD);
	confdir_write(&d, "x.csv",
	    "user,phone\ndaemon,+14155550199\nroot,+14155550199\n");
	snprintf(path, sizeof(path), "%s/x.csv", d.path);
	typed.operand[0] = strdupa(path);
	fails.sync = true;
	assert_int_equal(run_user(cmd_import), CTL_FAILED);
	assert_told("users.d/root.conf: Input/output error");
	assert_unchanged("daemon.conf");
	fails.sync = false;
	fails.rename = 2;
	assert_int_equal(run_user(cmd_import), CTL_FAILED);
	assert_told("users.d/root.conf: Device or resource busy");
	assert_told("x.csv:3: the lines before this one are enrolled, this and "
		    "the others not; correct it and import again");
	/* told before anything is written */
	assert_string_equal(out,
	    "daemon: +14155550123 becomes +14155550199\n"
	    "root: +14155550123 becomes +14155550199\n");
	assert_unchanged("root.conf");
	fails.lock = true;
	assert_int_equal(run_user(cmd_import), CTL_SETTINGS);
	assert_told("users.d cannot be opened and locked: No locks available");
	break_settings();
	assert_int_equal(run_user(cmd_import), CTL_SETTINGS);
	assert_told("twofa.conf:1: brand:");
}

static void
test_list(void **state)
{
	(void)state;
	typed.run.json = true;
	typed.missing = "all";
	assert_int_equal(run_user(cmd_list), CTL_DONE);
	assert_string_equal(out,
	    "{\"missing\":[],\"disabled\":[],\"broken\":[],\"no_account\":["
	    "\"no-such-1\",\"no-such-2\"],\"members\":1}\n");
	/* gone since the folder was read */
	snprintf(path, sizeof(path), "%s/users.d/root.conf", d.path);
	fails.to_lose = path;
	assert_int_equal(run_user(cmd_list), CTL_NO);
	assert_non_null(strstr(out, "{\"missing\":[\"root\"],"));
	typed.missing = NULL;
	confdir_write(&d, "users.d/root.conf", OLD);
	fails.to_lose = path;
	assert_int_equal(run_user(cmd_list), CTL_DONE);
	assert_string_equal(out, "{\"users\":[]}\n");
	assert_string_equal(told, "");
	fails.folder = true;
	assert_int_equal(run_user(cmd_list), CTL_SETTINGS);
	assert_told("/users.d: Too many open files");
	break_settings();
	assert_int_equal(run_user(cmd_list), CTL_SETTINGS);
	assert_told("twofa.conf:1: brand:");
}

static void
test_remove(void **state)
{
	(void)state;
	fails.lock = true;
	assert_int_equal(run_user(cmd_remove), CTL_SETTINGS);
	assert_told("users.d cannot be opened and locked: No locks available; "
		    "nothing was changed");
	assert_unchanged("root.conf");
	fails.folder = true;
	assert_int_equal(run_user(cmd_remove), CTL_SETTINGS);
	assert_told("/users.d: Too many open files");
	fails.folder = false;
	/* the rest of one that is not enrolled */
	snprintf(path, sizeof(path), "%s/users.d/root.conf", d.path);
	assert_int_equal(unlink(path), 0);
	fails.lock = false;
	snprintf(path, sizeof(path), "%s/secrets/root.totp", d.path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(run_user(cmd_remove), CTL_FAILED);
	assert_told("/secrets/root.totp: Is a directory; remove it by hand");
	assert_told("/nowhere: No such file or directory");
}

static const struct target root = { .account = "root", .owner = "root" };

static enum ctl_exit
place_push(const struct arguments *a)
{
	struct command_user c = { .target = root,
		.conf = settings_load(a->run.conf, 0, &d.report) };
	enum ctl_exit status;

	assert_non_null(c.conf);
	status = enrol_push(
	    &c, "", "identity-1", "YF03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	settings_free(c.conf);
	return status;
}

static void
test_push(void **state)
{
	static const char useless[] =
	    "nothing was changed: the app that has joined cannot be used";

	(void)state;
	fails.rename = 1;
	assert_int_equal(run(place_push), CTL_FAILED);
	assert_told("/users.d/root.conf: Device or resource busy");
	assert_told(useless);
	assert_unchanged("root.conf");
	fails.lock = true;
	assert_int_equal(run(place_push), CTL_SETTINGS);
	assert_told("No locks available");
	assert_told(useless);
	fails.twofa = true;
	assert_int_equal(run(place_push), CTL_FAILED);
	assert_told("user twofa: no such user");
	assert_told(useless);
	fails.lock = fails.twofa = false;
	confdir_write(&d, "users.d/root.conf", "phone = 5;\n");
	assert_int_equal(run(place_push), CTL_SETTINGS);
	assert_told(useless);
}

static enum ctl_exit
place_app(const struct arguments *a)
{
	static const struct app_secret app = {
		.secret = { "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 32 }
	};
	static const struct secret none;

	static struct settings files = { .users_dir = "/" };
	const struct command_user c = {
		.run = a->run, .target = root, .conf = &files
	};

	return enrol_app(&c, &none, &app, 1);
}

static void
test_totp(void **state)
{
	(void)state;
	/* all goes well until the state is to be told */
	fails.host = true;
	assert_int_equal(run_user(cmd_totp), CTL_FAILED);
	assert_non_null(strstr(out, "otpauth://totp/ACME:root?secret="));
	assert_told("nothing was changed: do not use the new secret");
	assert_unchanged("root.conf");
	snprintf(path, sizeof(path), "%s/secrets/root.totp", d.path);
	assert_int_not_equal(access(path, F_OK), 0);
	fails.random = true;
	assert_int_equal(run_user(cmd_totp), CTL_FAILED);
	assert_told("no random bytes: Function not implemented");
	assert_string_equal(out, "");
	fails.random = false;
	fails.twofa = true;
	assert_int_equal(run_user(cmd_totp), CTL_FAILED);
	assert_told("user twofa: no such user");
	assert_told("nothing was changed");
	assert_int_equal(run(place_app), CTL_FAILED);
	assert_told("nothing was changed: do not use the new secret");
}

static void
test_totp_beside_a_long_path(void **state)
{
	(void)state;
	memset(conf, 'x', TRUSTED_FILE_PATH_MAX);
	strcpy(conf + TRUSTED_FILE_PATH_MAX, "/c");
	conf[0] = '/';
	assert_int_equal(run(place_app), CTL_SETTINGS);
	assert_told("the path is too long for a folder of secrets next to it");
	assert_told("nothing was changed");
}

static void
test_check(void **state)
{
	(void)state;
	fails.twofa = true;
	assert_int_equal(run(cmd_check), CTL_FAILED);
	assert_told("user twofa: no such user");
}

UNIT_TESTS(test_commands)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_enroll),
		TEST(test_import),
		TEST(test_list),
		TEST(test_remove),
		TEST(test_push),
		TEST(test_totp),
		TEST(test_totp_beside_a_long_path),
		TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
