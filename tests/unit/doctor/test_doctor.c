/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What doctor finds where a real host rarely is: an sshd of another kind, or
 * none, files that go while it looks, more of everything than it tells.
 */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include "tests/support/confdir.h"

#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/seams/failalloc.h"
#include "tests/support/printed.h"
#include "tests/support/rootfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/doctor/doctor.h"
#include "twofactl/doctor/doctor_inside.h"

#define SSHD "/usr/sbin/sshd"
#define CONFIG "/etc/ssh/sshd_config"
#define GOOD                                                                   \
	"echo usepam yes; echo kbdinteractiveauthentication yes; "             \
	"echo passwordauthentication no; echo usedns no; "                     \
	"echo maxauthtries 6; echo logingracetime 120; "                       \
	"echo authenticationmethods keyboard-interactive; "
#define BAD_SPEC "Invalid test mode specification"

static const char *script; /* what /usr/sbin/sshd does; NULL: it is not there */
static bool config;        /* is there an sshd_config? */
static int64_t jump_s;     /* each program takes so long, by our clock */
static int64_t ahead_s;
static int groups;     /* that user twofa is in */
static bool no_user;   /* twofa is not found */
static int user_error; /* ... for this reason */
static struct confdir d;

/* The loader's own blocks are told by who asked for them, and failalloc.c
 * stands in between. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

int
access(const char *path, int mode)
{
	(void)mode;
	if (strcmp(path, SSHD) == 0)
		return script != NULL ? 0 : -1;
	return strcmp(path, CONFIG) == 0 && config ? 0 : -1;
}

/* sshd_config is this test's own. */
static const char *
own(const char *path)
{
	static char name[128];

	if (strcmp(path, CONFIG) != 0)
		return path;
	snprintf(name, sizeof(name), "%s/sshd_config", d.path);
	return name;
}

int
stat(const char *path, struct stat *st)
{
	int (*real)(const char *, struct stat *);

	rootfiles_look_up("stat", &real);
	return real(own(path), st);
}

FILE *
fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *);

	rootfiles_look_up("fopen", &real);
	return real(own(path), mode);
}

/* The script, with the words as $0, $1 and so on. */
int
execve(const char *path, char *const argv[], char *const envp[])
{
	char *with[8] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
		(char *)(uintptr_t)script };
	int (*real)(const char *, char *const[], char *const[]);

	(void)path;
	for (int i = 0; i < 4 && argv[i] != NULL; i++)
		with[3 + i] = argv[i];
	rootfiles_look_up("execve", &real);
	return real("/bin/sh", with, envp);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *), rc;

	rootfiles_look_up("clock_gettime", &real);
	rc = real(clock, now);
	now->tv_sec += ahead_s;
	return rc;
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	pid_t (*real)(pid_t, int *, int);

	rootfiles_look_up("waitpid", &real);
	ahead_s += jump_s;
	return real(pid, status, options);
}

struct passwd *
getpwnam(const char *name)
{
	static struct passwd pw;

	pw = (struct passwd){ .pw_name = (char *)(uintptr_t)name,
		.pw_uid = 64321,
		.pw_gid = 64321,
		.pw_dir = (char *)(uintptr_t) "/nonexistent",
		.pw_shell = (char *)(uintptr_t) "/usr/sbin/nologin" };
	if (!no_user)
		return &pw;
	errno = user_error;
	return NULL;
}

struct group *
getgrgid(gid_t gid)
{
	static struct group gr;
	static char name[16];

	snprintf(name, sizeof(name), "g%u", gid);
	gr = (struct group){ .gr_name = name, .gr_gid = gid };
	return gid % 2 == 0 ? &gr : NULL;
}

int
getgrouplist(const char *user, gid_t group, gid_t *list, int *count)
{
	const int room = *count;

	(void)user;
	for (int i = 0; i < room && i < groups; i++)
		list[i] = i == 0 ? group : 1000 + (gid_t)i;
	*count = groups;
	return groups > room ? -1 : groups;
}

static struct doctor *doctor;
static char conf_path[CTL_PATH_MAX];
static struct run host;
static struct settings *conf;
static char said[65536];
static long fails_at; /* the request for memory; 0: none */

static int
setup(void **state)
{
	(void)state;
	script = GOOD;
	config = true;
	jump_s = ahead_s = 0;
	groups = 1;
	no_user = false;
	user_error = 0;
	rootfiles_gone = NULL;
	rootfiles = false;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE "state = \"@D/none/state.db\";\n");
	assert_non_null(conf);
	confdir_write(&d, "sshd_config", "UsePAM yes\n");
	rootfiles = true;
	snprintf(conf_path, sizeof(conf_path), "%s/twofa.conf", d.path);
	host = (struct run){ .conf = conf_path };
	doctor = calloc(1, sizeof(*doctor));
	assert_non_null(doctor);
	doctor->run = &host;
	doctor->conf = conf;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(doctor);
	rootfiles = false;
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

/* How many problems it finds. */
static unsigned
run(void (*check)(struct doctor *))
{
	struct printed p, e;

	doctor->problems = 0;
	printed_begin(&p, &stdout);
	printed_begin(&e, &stderr);
	if (fails_at > 0)
		failalloc_arm(fails_at, false);
	check(doctor);
	failalloc_stop();
	(void)printed_end(&e);
	snprintf(said, sizeof(said), "%s", printed_end(&p));
	return doctor->problems;
}

static void
assert_said(const char *words)
{
	if (strstr(said, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, said);
}

/* --- sshd --- */

static void
test_good_sshd(void **state)
{
	(void)state;
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	script = NULL;
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
}

/* Before OpenSSH 7.7 there is no rdomain, before 7.8 not all is told. */
static void
test_old_sshd(void **state)
{
	(void)state;
	script =
	    "case $3 in *rdomain*) echo " BAD_SPEC "; exit 1;; esac; " GOOD;
	assert_int_equal(run(doctor_sshd), 0);
	script = "echo usepam yes";
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("sshd-config: " SSHD " -T does not print all the "
		    "settings it should; OpenSSH 7.8 or later is needed\n");
	script = "echo " BAD_SPEC "; exit 1";
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("sshd-config: " SSHD " -T fails, and so may sshd at its "
		    "next start: " BAD_SPEC "; correct sshd_config\n");
}

/* What it says in general, and not of root, is told once. */
static void
test_sshd_that_fails_for_somebody(void **state)
{
	(void)state;
	script = "case $3 in user=root,*) echo no root; exit 1;; esac; " GOOD;
	assert_int_equal(run(doctor_sshd), 0); /* no Match: all are alike */
	confdir_write(&d, "sshd_config", "Match User root\n");
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("sshd-config: " SSHD " -T fails");
	assert_said("no root");
}

static void
test_sshd_config_that_cannot_be_read(void **state)
{
	static const char note[] =
	    "note: sshd-match: sshd_config has more than 64 Match blocks, or "
	    "one that is too long or cannot be read: not all of those that "
	    "depend on addresses are checked; see: sshd -T -C ";
	char text[70 * 32] = "";

	(void)state;
	config = false; /* it is where nobody looks */
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	confdir_write(&d, "users.d/alice.conf", "phone = \"+14155550123\";");
	snprintf(text, sizeof(text), "%s/sshd_config", d.path);
	assert_int_equal(unlink(text), 0);
	assert_int_equal(run(doctor_sshd), 0);
	assert_said(note);
	text[0] = '\0';
	for (int i = 0; i < 70; i++)
		strcat(text, "Match Address 192.0.2.7\n");
	confdir_write(&d, "sshd_config", text);
	assert_int_equal(run(doctor_sshd), 0);
	assert_said(note);
}

/* Nothing is known of that service's stack; "sshd" is the default. */
static void
test_another_service(void **state)
{
	(void)state;
	script = GOOD "echo pamservicename sshd";
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	script = GOOD "echo pamservicename twofa-none";
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("sshd-service: PAMServiceName twofa-none: sshd asks PAM "
		    "for that service, whose stack has no pam_twofa");
	confdir_write(&d, "sshd_config", "Match User root\n");
	script =
	    GOOD "case $3 in user=root,*) echo pamservicename twofa-none;; "
		 "esac";
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("sshd-service: for root, by a Match: PAMServiceName");
	script = GOOD;
	confdir_write(&d, "sshd_config",
	    "Match Address 192.0.2.7\nPAMServiceName twofa-none\n");
	assert_int_equal(run(doctor_sshd), 1);
	assert_said("Match Address 192.0.2.7: PAMServiceName twofa-none");
}

/* As many as fit into 20 seconds. */
static void
test_slow_sshd(void **state)
{
	static const char note[] = "note: sshd-match: of ";
	unsigned all, first;
	const char *told;
	char name[32];

	(void)state;
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "users.d/user%d.conf", i);
		confdir_write(&d, name, "phone = \"+14155550123\";");
	}
	confdir_write(&d, "sshd_config", "Match User user1\n");
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	jump_s = 6;
	assert_int_equal(run(doctor_sshd), 0);
	assert_said("were checked; check others with: sshd -T -C user=NAME");
	told = strstr(said, note);
	assert_non_null(told);
	assert_int_equal(sscanf(told + strlen(note),
			     "%u users who can become root or are enrolled "
			     "only the first %u ",
			     &all, &first),
	    2);
	/* with whom this machine's sudoers names */
	assert_true(all >= 6);
	assert_in_range(first, 1, all - 1);
}

/* A folder that is not fit is told elsewhere. */
static void
test_sshd_without_users(void **state)
{
	(void)state;
	confdir_write(&d, "sshd_config", "Match User user1\n");
	confdir_mode(&d, "users.d", 0777);
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	confdir_mode(&d, "users.d", 0750);
}

/* Accounts come last: without memory for them the rest was told. */
static void
test_accounts_without_memory(void **state)
{
	static const char note[] =
	    "note: lockout: this host's accounts cannot be listed; see: "
	    "getent passwd, getent group sudo\n";
	bool noted = false;

	(void)state;
	doctor->sshd_stack_known = true;
	assert_int_equal(run(doctor_sshd), 0);
	assert_string_equal(said, "");
	for (fails_at = 1; fails_at <= 4000 && !noted; fails_at++) {
		(void)run(doctor_sshd);
		noted = strcmp(said, note) == 0;
	}
	fails_at = 0;
	assert_true(noted);
}

/* --- files --- */

static void
test_files(void **state)
{
	char path[128], link[128];

	(void)state;
	/* no folder of secrets, and no state: who needs them tells */
	assert_int_equal(run(doctor_files), 0);
	snprintf(path, sizeof(path), "%s/secrets", d.path);
	assert_int_equal(mkdir(path, 0750), 0);
	snprintf(link, sizeof(link), "%s/secrets/alice.totp", d.path);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(run(doctor_files), 1);
	assert_said("/secrets/alice.totp is a symbolic link, which is not "
		    "followed; put the file itself there\n");
}

static void
trust_env(struct doctor *to)
{
	assert_false(doctor_check_trusted(to, "pam-module", "/usr/bin/env"));
}

static void
trust_nothing(struct doctor *to)
{
	assert_false(doctor_check_trusted(to, "pam-module", "/no/such/file"));
}

static void
test_trust(void **state)
{
	(void)state;
	assert_int_equal(run(trust_nothing), 1);
	assert_said("pam-module: /no/such/file: No such file or directory; "
		    "install it there, or give the right path\n");
	/* it goes while it is looked at */
	rootfiles_gone = "/usr";
	assert_int_equal(run(trust_env), 1);
	assert_said("pam-module: /usr: No such file or directory; install");
}

/* --- the user, the module --- */

static void
test_no_user(void **state)
{
	(void)state;
	no_user = true;
	assert_int_equal(run(doctor_check_helper_account), 1);
	assert_said("user-missing: user twofa: no such user; run: useradd");
	user_error = ENOMEM;
	assert_int_equal(run(doctor_check_helper_account), 1);
	assert_said("user-lookup: user twofa: cannot be looked up: Cannot "
		    "allocate memory; repair the name service");
	assert_null(strstr(said, "useradd"));
}

static void
test_many_groups(void **state)
{
	(void)state;
	groups = 3;
	assert_int_equal(run(doctor_check_helper_account), 2);
	assert_said("user twofa is in group ? and needs none; run: gpasswd -d "
		    "twofa GROUP\n");
	assert_said("user twofa is in group g1002 and");
	groups = 100; /* more than are looked at */
	assert_int_equal(run(doctor_check_helper_account), 63);
}

static struct pam_stack_line line = { .kind = PAM_STACK_MODULE,
	.number = 7,
	.file = "/etc/pam.d/su",
	.module = "pam_permit.so" };

static void
look_at_module(struct doctor *to)
{
	doctor_check_module_line(to, "su", &line);
}

static void
test_module(void **state)
{
	(void)state;
	/* found in PAM's own folder */
	assert_int_equal(run(look_at_module), 0);
	strcpy(line.module, "pam_no_such.so");
	assert_int_equal(run(look_at_module), 1);
	assert_said("pam-module: su: /etc/pam.d/su:7: there is no "
		    "pam_no_such.so, and so every login is denied");
}

static void
test_many_settings(void **state)
{
	(void)state;
	strcpy(line.module, "pam_permit.so");
	for (int i = 0; i < DOCTOR_CONFS + 2; i++) {
		snprintf(line.args, sizeof(line.args), "conf=/none/%d", i);
		(void)run(look_at_module);
		assert_said("note: settings: su uses /none/");
	}
	assert_int_equal(doctor->other_confs, DOCTOR_CONFS);
}

UNIT_TESTS(test_doctor)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_good_sshd),
		TEST(test_old_sshd),
		TEST(test_sshd_that_fails_for_somebody),
		TEST(test_sshd_config_that_cannot_be_read),
		TEST(test_another_service),
		TEST(test_slow_sshd),
		TEST(test_sshd_without_users),
		TEST(test_accounts_without_memory),
		TEST(test_files),
		TEST(test_trust),
		TEST(test_no_user),
		TEST(test_many_groups),
		TEST(test_module),
		TEST(test_many_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
