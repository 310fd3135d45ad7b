/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl without memory: each request of what it reads and lists fails once.
 * It ends with an error that is told, and leaves nothing behind. What reads
 * settings is tests/unit/login/test_nomemory.c's.
 */
#include "tests/support/confdir.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "tests/seams/failalloc.h"
#include "tests/support/pamfiles.h"
#include "tests/support/printed.h"
#include "tests/support/rootfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/doctor/doctor.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/host/host.h"
#include "twofactl/records/records.h"
#include "twofactl/report/report.h"
#include "twofactl/terminal/terminal.h"

#define NO_MEMORY "Cannot allocate memory"

static struct confdir d;
static struct settings *conf;
static struct arguments typed;
static char told[2 * PRINTED_MAX];
static long at_lookup;  /* arm for this request at the nth look-up ... */
static unsigned lookup; /* ... of an account */
static unsigned listed;
static bool by_name; /* arm at the next look-up by getpwnam */

int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t len,
    struct passwd **found)
{
	*found = NULL;
	if (lookup > 0 && --lookup == 0)
		failalloc_arm(at_lookup, false);
	if (strcmp(name, "root") != 0)
		return 0;
	snprintf(buf, len, "root");
	*pw = (struct passwd){ .pw_name = buf };
	*found = pw;
	return 0;
}

struct passwd *
getpwnam(const char *name)
{
	static struct passwd pw;

	if (by_name && strcmp(name, "root") == 0) {
		failalloc_arm(at_lookup, false);
		by_name = false;
	}
	pw = (struct passwd){ .pw_name = (char *)(uintptr_t)name };
	return &pw;
}

void
setpwent(void)
{
	listed = 0;
}

struct passwd *
getpwent(void)
{
	static struct passwd pw = { .pw_name = (char *)(uintptr_t) "root" };

	return listed++ == 0 ? &pw : NULL;
}

struct group *
getgrnam(const char *name)
{
	static char *members[] = { (char *)(uintptr_t) "nobody-1",
		(char *)(uintptr_t) "nobody-2", NULL };
	static struct group gr = { .gr_gid = 4711, .gr_mem = members };

	(void)name;
	return &gr;
}

/* There is no sshd: what it says of its settings has a test of its own, and
 * takes longer than all else here. */
int
access(const char *path, int mode)
{
	if (strstr(path, "bin/sshd") != NULL) {
		errno = ENOENT;
		return -1;
	}
	return faccessat(AT_FDCWD, path, mode, 0);
}

static int
setup(void **state)
{
	static char path[CTL_PATH_MAX];

	(void)state;
	rootfiles = false;
	lookup = 0;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
	rootfiles = true;
	typed = (struct arguments){ .run.helper = "/nowhere" };
	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	typed.run.conf = path;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rootfiles = false;
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

/* A sanitizer has blocks of its own, and looks for those that are left itself.
 */
void __lsan_disable(void) __attribute__((weak));

/* One thing that asks for memory: 0, or -1 after it was told. */
typedef int operation(void);

/* It fails at each of its requests, with the words; how many there were. */
static long
fail_each(operation *run, const char *words)
{
	struct printed out, complaints;
	long n = 0, live, requests;
	int rc;

	assert_int_equal(run(), 0); /* what is kept for good is there now */
	do {
		printed_begin(&out, &stdout);
		printed_begin(&complaints, &stderr);
		live = failalloc_live();
		failalloc_arm(++n, false);
		rc = run();
		requests = failalloc_stop();
		live = failalloc_live() - live;
		snprintf(told, sizeof(told), "%s", printed_end(&complaints));
		snprintf(
		    told + strlen(told), PRINTED_MAX, "%s", printed_end(&out));
		if (live != 0 && __lsan_disable == NULL)
			fail_msg("request %ld: %ld blocks are left", n, live);
		if (requests < n)
			break;
		if (rc == 0)
			fail_msg("request %ld: done without memory", n);
		if (strstr(told, words) == NULL)
			fail_msg("request %ld: \"%s\"", n, told);
	} while (true);
	assert_int_equal(rc, 0);
	return n - 1;
}

static int
list_members(void)
{
	struct name_list list;
	const bool done = name_list_members(&list, "all") == NAME_LIST_LISTED;

	name_list_free(&list);
	return done ? 0 : -1;
}

static void
test_lists(void **state)
{
	(void)state;
	assert_int_equal(fail_each(list_members, ""), 1);
}

static int
import_rows(void)
{
	static const char name[1][USER_NAME_MAX + 1] = { "alice" };
	const struct name_list alice = { .count = 1,
		.name = (char(*)[USER_NAME_MAX + 1])(uintptr_t)name };
	static const char text[] = "user,phone\nalice,+14155550123\n"
				   "root,+14155550124\n";
	struct import_table file = {
		.name = "x.csv", .conf = conf, .accounts = &alice
	};
	int rc = import_table_read(&file, text, strlen(text));

	import_table_free(&file);
	return rc;
}

static void
test_import(void **state)
{
	(void)state;
	/* the rows, the account that is looked up, the rows to be compared */
	assert_int_equal(fail_each(import_rows, ": "), 3);
}

static int
read_file(void)
{
	struct trusted_file file;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "%s/secret", d.path);
	rc = place_file_read_path_or_stdin(&file, path);
	trusted_file_free(&file);
	return rc;
}

static int
take_row(void)
{
	struct status s = { .count = 0 };
	const bool done = status_records_add_row(&s) != NULL;

	free(s.row);
	return done ? 0 : -1;
}

static void
test_files_and_rows(void **state)
{
	(void)state;
	assert_int_equal(fail_each(read_file, "/secret: " NO_MEMORY), 1);
	assert_int_equal(fail_each(take_row, ""), 1);
}

static int
walk(void)
{
	static const struct pamfiles files = { { { "s",
	    "auth required pam_unix.so\nauth required pam_twofa.so\n" } } };
	static const struct pam_stack_source source = {
		.ctx = (void *)(uintptr_t)&files, .read = pamfiles_read
	};
	static struct pam_stack stack;
	struct pam_walk found;

	if (pam_stack_read(&stack, "s", &source) != PAM_STACK_READ)
		return -1;
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &found);
	return found.too_complex ? -1 : 0;
}

static int
read_pam(void)
{
	struct pam_folder_reading reading = { .cause = NULL };
	char path[PAM_STACK_WORD];
	char *text = pam_folder_read_file(&reading, "/etc/passwd", path);

	if (text == NULL)
		fprintf(stderr, "%s", reading.cause);
	free(text);
	return text != NULL ? 0 : -1;
}

static void
test_pam(void **state)
{
	(void)state;
	assert_true(fail_each(walk, "") >= 2); /* beside the text's own */
	assert_int_equal(fail_each(read_pam, NO_MEMORY), 1);
}

static int
look_at_pam(void)
{
	struct doctor *to = calloc(1, sizeof(*to));
	struct run run;
	int rc;

	if (to == NULL) {
		fprintf(stderr, "no memory");
		return -1;
	}
	run = typed.run;
	to->run = &run;
	to->conf = conf;
	doctor_pam(to);
	rc = to->problems == 0 ? 0 : -1;
	free(to);
	return rc;
}

/* nth: the request that fails; 0: one behind a look-up. */
static enum ctl_exit
run(const struct command *command, long nth)
{
	struct printed p;
	enum ctl_exit status;

	printed_begin(&p, &stderr);
	if (nth > 0)
		failalloc_arm(nth, false);
	status = command_user_run(command, &typed);
	failalloc_stop();
	snprintf(told, sizeof(told), "%s", printed_end(&p));
	return status;
}

/* Behind those that are listed: one of the last requests is for the names. */
static void
test_doctor_of_other_services(void **state)
{
	struct printed p;
	long n;

	(void)state;
	printed_begin(&p, &stdout);
	failalloc_arm(0, false);
	(void)look_at_pam();
	n = failalloc_stop();
	(void)printed_end(&p);
	do {
		printed_begin(&p, &stdout);
		failalloc_arm(n--, false);
		(void)look_at_pam();
		failalloc_stop();
	} while (strstr(printed_end(&p),
		     "pam-unknown: no memory to read /etc/pam.d; free some") ==
		NULL &&
	    n > 2);
	assert_true(n > 2);
}

static void
test_explain(void **state)
{
	(void)state;
	typed.user = typed.operand[0] = "root";
	typed.operand[1] = "sshd";
	lookup = 2; /* once for the operand, then for the rules */
	at_lookup = 1;
	assert_int_equal(run(&(struct command){ .run_user = cmd_explain,
				 .whom = COMMAND_UNSOUGHT },
			     0),
	    CTL_FAILED);
	assert_string_equal(told, "twofactl: " NO_MEMORY "\n");
}

static void
test_list_missing(void **state)
{
	(void)state;
	typed.missing = "all";
	typed.run.json = true;
	lookup = 1; /* of the first member, who is then noted */
	at_lookup = 1;
	assert_int_equal(
	    run(&(struct command){ .run_user = cmd_list }, 0), CTL_FAILED);
	assert_string_equal(told, "twofactl: " NO_MEMORY "\n");
}

/* With the nth request failing, or none, from here or from a look-up on. How
 * many there were. */
static long
count(int (*run_one)(void), long nth, bool at_name, int *rc)
{
	struct printed out, complaints;
	long requests;

	printed_begin(&out, &stdout);
	printed_begin(&complaints, &stderr);
	at_lookup = nth;
	by_name = at_name;
	if (!at_name)
		failalloc_arm(nth, false);
	*rc = run_one();
	requests = failalloc_stop();
	snprintf(told, sizeof(told), "%s", printed_end(&complaints));
	(void)printed_end(&out);
	return requests;
}

/* What cannot be read is not compared with: it is for a warning alone. */
static int
read_owners(void)
{
	struct phone_owners all;
	const int rc = phone_owners_read(&all, conf);

	phone_owners_free(&all);
	return rc == 0 ? 0 : 1;
}

static int
remove_one(void)
{
	static const struct command command = { .run_user = cmd_remove,
		.whom = COMMAND_GONE | COMMAND_WHOLE | COMMAND_ENTRY };

	return (int)command_user_run(&command, &typed);
}

/* Behind the last record, where libconfig, which may crash without memory, asks
 * for nothing any more. */
static void
test_records(void **state)
{
	char path[128];
	long last;
	int rc;

	(void)state;
	confdir_write(&d, "users.d/root.conf", "phone = \"+14155550123\";\n");
	(void)count(read_owners, 0, false, &rc); /* what is kept for good */
	last = count(read_owners, 0, false, &rc);
	assert_int_equal(rc, 0);
	(void)count(read_owners, last, false, &rc);
	assert_int_not_equal(rc, 0);
	/* whoever cannot be counted is the last one */
	typed.user = "root";
	(void)close(STDIN_FILENO); /* nobody is there to be asked */
	(void)count(remove_one, 0, true, &rc);
	last = count(remove_one, 0, true, &rc);
	assert_int_equal(rc, CTL_USAGE);
	(void)count(remove_one, last, true, &rc);
	assert_int_equal(rc, CTL_USAGE);
	assert_non_null(strstr(told, NO_MEMORY));
	assert_non_null(strstr(told, "To do it anyway add --yes"));
	snprintf(path, sizeof(path), "%s/users.d/root.conf", d.path);
	assert_int_equal(access(path, F_OK), 0);
}

UNIT_TESTS(test_command_memory)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_lists),
		TEST(test_import),
		TEST(test_files_and_rows),
		TEST(test_pam),
		TEST(test_doctor_of_other_services),
		TEST(test_explain),
		TEST(test_list_missing),
		TEST(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
