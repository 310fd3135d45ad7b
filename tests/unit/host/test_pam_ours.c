/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks with when=, split and no_prompt: what doctor finds, and what it does
 * not find in the stacks that are right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

#define WHEN                                                                   \
	"auth [success=2 cred_insufficient=2 default=ignore] "                 \
	"pam_twofa.so when=publickey\n"
#define UNIX "auth [success=1 default=ignore] pam_unix.so\n"
#define DENY "auth requisite pam_deny.so\n"
#define TWO "auth required pam_twofa.so\n"
#define SPLIT "auth [default=ignore] pam_twofa.so split\n"
#define NO_PROMPT "auth required pam_twofa.so no_prompt\n"
#define COMMON UNIX DENY "auth required pam_permit.so\n"

static struct pam_stack stack;
static struct pam_walk found;

/* A stack, what stands in its file "c", and the numbers of the lines (from 1)
 * that are to be found; 0: none. */
struct row {
	const char *text, *common;
	unsigned jump, cut_off, bypass, failed, unjudged, late, alone, bare,
	    silent, again;
};

static unsigned
number_of(const struct pam_stack_line *line)
{
	return line == NULL ? 0 : (unsigned)(line - stack.line) + 1;
}

static void
read_row(const struct row *row)
{
	struct pamfiles files = { { { "s", row->text },
	    { "c", row->common == NULL ? "" : row->common },
	    { "empty", "account required pam_permit.so\n" } } };
	const struct pam_stack_source source = { .ctx = &files,
		.read = pamfiles_read };

	print_message("%s", row->text);
	assert_int_equal(pam_stack_read(&stack, "s", &source), PAM_STACK_READ);
	assert_string_equal(stack.fault, "");
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = true }, &found);
	assert_false(found.too_complex);
}

static void
judge(const struct row *row)
{
	read_row(row);
	assert_int_equal(number_of(pam_jump_crossing(&stack)), row->jump);
	assert_int_equal(number_of(found.cut_off), row->cut_off);
	assert_int_equal(number_of(found.bypass), row->bypass);
	assert_int_equal(number_of(found.failed), row->failed);
	assert_int_equal(number_of(found.unjudged), row->unjudged);
	assert_int_equal(number_of(found.late), row->late);
	assert_int_equal(number_of(found.alone), row->alone);
	assert_int_equal(number_of(found.bare), row->bare);
	assert_int_equal(number_of(found.silent), row->silent);
	assert_int_equal(number_of(found.again), row->again);
}

#define JUDGE(rows)                                                            \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)          \
	judge(&(rows)[i])

static void
test_right_stacks(void **state)
{
	static const struct row right[] = {
		{ .text = WHEN UNIX DENY TWO },
		{ .text = "auth required pam_env.so\n" WHEN UNIX DENY TWO
			  "auth optional pam_cap.so\n@include c\n",
		    .common = "auth optional pam_mount.so\n" },
		/* all of it in one file that is included */
		{ .text = "@include c\n", .common = WHEN UNIX DENY TWO },
		{ .text = "auth substack c\n", .common = WHEN UNIX DENY TWO },
		/* with a key only */
		{ .text = "auth [success=1 cred_insufficient=1 default=ignore] "
			  "pam_twofa.so when=publickey,hostbased\n" DENY TWO },
		/* two lines, for two methods */
		{ .text = "auth [success=3 cred_insufficient=3 default=ignore] "
			  "pam_twofa.so when=publickey\n"
			  "auth [success=2 cred_insufficient=2 default=ignore] "
			  "pam_twofa.so when=gssapi-with-mic\n" UNIX DENY TWO },
		/* jumps onto an include */
		{ .text = "auth [success=2 cred_insufficient=2 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX DENY
			  "@include c\n",
		    .common = TWO },
		/* of a bad line only that is told */
		{ .text = "auth [success=2 cred_insufficient=2 default=ignore] "
			  "pam_twofa.so when=password\n" UNIX DENY TWO },
		{ .text = SPLIT "auth [success=1 default=ignore] pam_unix.so "
				"use_first_pass\n" DENY NO_PROMPT },
		{ .text = "auth optional pam_twofa.so split\n@include "
			  "c\n" NO_PROMPT,
		    .common = COMMON },
		{ .text = SPLIT "auth requisite pam_unix.so\n" NO_PROMPT },
		{ .text = SPLIT
		    "auth [success=2 default=ignore] pam_unix.so\n"
		    "auth [success=1 default=ignore] pam_sss.so\n" DENY
			NO_PROMPT },
		/* jumps within a file that is included */
		{ .text = "@include c\n" TWO, .common = COMMON },
		/* a finger beside the password, and ours not alone */
		{ .text = "auth requisite pam_unix.so\n"
			  "auth requisite pam_u2f.so\n" TWO },
	};

	(void)state;
	JUDGE(right);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		read_row(&right[i]);
		assert_true(found.reached);
		assert_false(found.no_factor);
	}
}

static void
test_when(void **state)
{
	static const struct row wrong[] = {
		/* a jump that is too short, or too long */
		{ .text = "auth [success=1 cred_insufficient=1 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX DENY TWO,
		    .cut_off = 1 },
		{ .text = "auth [success=3 cred_insufficient=3 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX DENY TWO,
		    .cut_off = 1 },
		{ .text = "auth [success=3 cred_insufficient=3 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX DENY TWO
			  "auth required pam_permit.so\n",
		    .bypass = 1 },
		/* misuse */
		{ .text =
			"auth required pam_twofa.so when=publickey\n" UNIX DENY
			    TWO,
		    .cut_off = 1 },
		{ .text =
			"auth requisite pam_twofa.so when=publickey\n" UNIX DENY
			    TWO,
		    .cut_off = 1 },
		/* no way for those who have no key */
		{ .text = WHEN "auth required pam_unix.so\n"
			       "auth optional pam_env.so\n" TWO,
		    .failed = 2 },
		{ .text = WHEN "auth sufficient pam_unix.so\n" DENY TWO,
		    .bypass = 2 },
	};

	(void)state;
	JUDGE(wrong);
	read_row(&(struct row){ .text = WHEN UNIX DENY });
	assert_null(found.twofa);
}

/* Who came by key reaches the prompt without a password. */
static void
test_without_a_password(void **state)
{
	static const struct {
		const char *text;
		bool without;
	} row[] = {
		{ WHEN UNIX DENY TWO, true },
		{ TWO, true },
		{ UNIX DENY TWO, false },
		{ SPLIT UNIX DENY NO_PROMPT, false },
		{ "auth [success=1 cred_insufficient=ok default=ignore] "
		  "pam_twofa.so when=hostbased\nauth requisite "
		  "pam_unix.so\n" TWO,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		read_row(&(struct row){ .text = row[i].text });
		assert_int_equal(found.no_password, row[i].without);
	}
}

static void
test_jumps(void **state)
{
	static const struct row crossing[] = {
		{ .text = "auth [success=3 cred_insufficient=3 default=ignore] "
			  "pam_twofa.so when=publickey\n@include c\n" TWO,
		    .common = COMMON,
		    .jump = 1 },
		{ .text = "auth [success=1 cred_insufficient=1 default=ignore] "
			  "pam_twofa.so when=publickey\nauth substack c\n" TWO,
		    .common = "auth requisite pam_unix.so\n",
		    .jump = 1,
		    .failed = 3 },
		/* one that has no line today */
		{ .text = "auth [success=2 cred_insufficient=2 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX
			  "@include empty\n" DENY TWO,
		    .jump = 1 },
		/* not ours, but between two of ours */
		{ .text = "auth [success=4 cred_insufficient=4 default=ignore] "
			  "pam_twofa.so when=publickey\n" UNIX DENY
			  "auth optional pam_env.so\n"
			  "auth optional pam_env.so\n" TWO },
		{ .text = SPLIT "auth [success=2 default=ignore] pam_unix.so\n"
				"@include c\n" DENY NO_PROMPT,
		    .common = "auth optional pam_env.so\n",
		    .jump = 2 },
		/* out of a file that is included, and into the next one */
		{ .text = "@include c\n" TWO,
		    .common = "auth [success=1 cred_insufficient=1 "
			      "default=ignore] pam_twofa.so when=publickey\n"
			      "auth requisite pam_unix.so\n",
		    .jump = 1 },
		{ .text = "auth requisite pam_unix.so\nauth [success=1 "
			  "default=die] pam_twofa.so\n@include empty\n"
			  "auth required pam_env.so\n",
		    .bypass = 0,
		    .jump = 2 },
	};
	static const struct row others[] = {
		/* not ours, and not behind one of ours */
		{ .text = "auth [success=1 default=ignore] pam_succeed_if.so\n"
			  "auth substack c\n" UNIX DENY TWO,
		    .common = "auth optional pam_env.so\n" },
	};

	(void)state;
	JUDGE(crossing);
	JUDGE(others);
}

static void
test_split(void **state)
{
	static const struct row wrong[] = {
		{ .text = "auth required pam_twofa.so split\n" UNIX DENY
			NO_PROMPT,
		    .cut_off = 1 },
		/* nothing between */
		{ .text = SPLIT NO_PROMPT, .unjudged = 2 },
		{ .text = SPLIT "auth required pam_env.so\n" NO_PROMPT,
		    .unjudged = 3 },
		/* nothing that can deny */
		{ .text = SPLIT "auth optional pam_unix.so\n" NO_PROMPT,
		    .unjudged = 3,
		    .failed = 2 },
		{ .text = SPLIT "auth [success=1 default=ignore] pam_unix.so\n"
				"auth optional pam_env.so\n" NO_PROMPT,
		    .unjudged = 4,
		    .failed = 2 },
		/* it denies, but only at the end */
		{ .text = SPLIT "auth required pam_unix.so\n" NO_PROMPT,
		    .failed = 2 },
		/* a finger that was proven before is no password */
		{ .text = "auth requisite pam_fprintd.so\n" SPLIT NO_PROMPT,
		    .unjudged = 3 },
		{ .text = UNIX DENY SPLIT NO_PROMPT, .late = 3, .unjudged = 4 },
		{ .text = UNIX DENY SPLIT
		    "auth requisite pam_unix.so use_first_pass\n" NO_PROMPT,
		    .late = 3 },
		{ .text = SPLIT UNIX DENY TWO, .alone = 1 },
		{ .text = SPLIT TWO, .alone = 1, .unjudged = 2 },
		{ .text = UNIX DENY NO_PROMPT, .bare = 3 },
		{ .text = NO_PROMPT, .bare = 1 },
		/* around split */
		{ .text = "auth [success=1 default=ignore] pam_succeed_if.so "
			  "user ingroup x\n" SPLIT
			  "auth requisite pam_unix.so\n" NO_PROMPT,
		    .bare = 4 },
		{ .text = UNIX DENY NO_PROMPT SPLIT,
		    .bare = 3,
		    .alone = 4,
		    .late = 4 },
	};

	(void)state;
	JUDGE(wrong);
}

static void
test_two_that_ask(void **state)
{
	static const struct row rows[] = {
		{ .text = UNIX DENY TWO TWO, .again = 4 },
		{ .text = UNIX DENY "auth include c\n"
				    "auth required pam_env.so\n" TWO,
		    .common = TWO,
		    .again = 5 },
		/* the second one is for who failed at the first */
		{ .text = UNIX DENY "auth sufficient pam_twofa.so\n" TWO },
		{ .text = UNIX DENY
		    "auth [success=1 default=ignore] pam_succeed_if.so user "
		    "ingroup x\n"
		    "auth [success=done default=die] pam_twofa.so\n" TWO },
	};

	(void)state;
	JUDGE(rows);
}

static void
test_silent_factors(void **state)
{
	static const struct row rows[] = {
		{ .text =
			"auth [success=2 default=ignore] pam_fprintd.so\n" UNIX
			    DENY TWO,
		    .silent = 1 },
		{ .text = "auth requisite pam_ssh_agent_auth.so file=/x\n" TWO,
		    .silent = 1 },
		{ .text = "auth requisite pam_poldi.so\n" TWO, .silent = 1 },
		/* a password comes with it */
		{ .text = "auth requisite pam_fprintd.so\n"
			  "auth requisite pam_unix.so\n" TWO },
		{ .text = "auth requisite pam_sss.so\n" TWO },
	};

	(void)state;
	JUDGE(rows);
}

UNIT_TESTS(test_pam_ours)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_stacks),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_without_a_password),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_two_that_ask),
		cmocka_unit_test(test_silent_factors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
