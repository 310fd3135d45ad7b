/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper that was started with anything left of root's refuses to work. Each
 * row drops privileges like the module, but for one step. Wants root.
 */
#include "helper/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"

#define ID 990 /* anybody's but root's */
#define LEFT_OUT_SETUP 2
#define OTHER_WORDS 3

enum step {
	NOTHING,
	OWN_GROUP,
	GROUPS,
	GROUP,
	SAVED_GROUP,
	USER,
	SAVED_USER,
	CAPS,
	NNP
};

static const struct row {
	enum step left_out;
	const char *words; /* NULL: all is well */
} rows[] = {
	{ NOTHING, NULL },
	{ OWN_GROUP, NULL },
	{ GROUPS, "supplementary groups are left" },
	{ GROUP, "its group ids are 0 or differ" },
	{ SAVED_GROUP, "its group ids are 0 or differ" },
	{ USER, "its user ids are 0 or differ" },
	{ SAVED_USER, "its user ids are 0 or differ" },
	{ CAPS, "a capability is left" },
	{ NNP, "no_new_privs is not set" },
};

static bool
drop_but(enum step left_out)
{
	const gid_t group = left_out == OWN_GROUP ? ID : ID + 1;

	if (setgroups(left_out == GROUPS || left_out == OWN_GROUP, &group) != 0)
		return false;
	if (left_out != GROUP &&
	    setresgid(ID, ID, left_out == SAVED_GROUP ? 0 : ID) != 0)
		return false;
	if (left_out == CAPS && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return false;
	if (left_out != USER &&
	    setresuid(ID, ID, left_out == SAVED_USER ? 0 : ID) != 0)
		return false;
	return left_out == NNP || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* In a process of its own; its exit status. */
static int
look(const struct row *row)
{
	const char *wrong;

	if (!drop_but(row->left_out))
		return LEFT_OUT_SETUP;
	wrong = privileges_verify();
	if (row->words == NULL)
		return wrong == NULL && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
		    ? 0
		    : OTHER_WORDS;
	return wrong != NULL && strstr(wrong, row->words) != NULL ? 0
								  : OTHER_WORDS;
}

static void
each_step_is_missed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = 0;
		const pid_t pid = fork();

		if (pid == 0)
			_exit(look(&rows[i]));
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("row %zu ends with %d", i, status);
	}
}

/* The kernel answers this call so, and does nothing: 0 is "done". */
static bool
answers(unsigned call, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static const struct {
	unsigned call, error;
	const char *words;
} odd[] = {
	{ SYS_capget, EPERM, "a capability is left" },
	{ SYS_setuid, 0, "the way back to root is open" },
	{ SYS_setgid, 0, "the way back to root is open" },
	{ SYS_getresuid, EFAULT, "its user ids are 0 or differ" },
	{ SYS_getresgid, EFAULT, "its group ids are 0 or differ" },
	{ SYS_getgroups, EFAULT, "supplementary groups are left" },
};

static int
look_oddly(size_t i)
{
	const struct row row = { NOTHING, odd[i].words };

	return answers(odd[i].call, odd[i].error) ? look(&row) : LEFT_OUT_SETUP;
}

static void
the_kernel_is_not_believed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		int status = 0;
		const pid_t pid = fork();

		if (pid == 0)
			_exit(look_oddly(i));
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("%s: ends with %d", odd[i].words, status);
	}
}

UNIT_TESTS(test_privileges)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_is_missed),
		cmocka_unit_test(the_kernel_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
