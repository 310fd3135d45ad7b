/* SPDX-License-Identifier: BSD-2-Clause */
/* The first factor in an auth stack: needed or not, failed in vain, locked
 * out; and what doctor says should be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

#define TWO "auth required pam_twofa.so\n"
#define DENY "auth requisite pam_deny.so\n"
#define GUARD "auth [success=1 default=ignore] pam_unix.so\n" DENY
#define SSSD                                                                   \
	"auth sufficient pam_unix.so\n"                                        \
	"auth sufficient pam_sss.so forward_pass\nauth required pam_deny.so\n"

static struct pam_stack stack;
static struct pam_walk found;

static enum pam_stack_file
look(void *ctx, const char *module)
{
	(void)ctx;
	return strstr(module, "gone") != NULL ? PAM_FILE_NONE : PAM_FILE_OTHERS;
}

static void
judge(const char *text, const char *common, bool verified)
{
	const struct pamfiles files = { { { "s", text }, { "c", common } } };
	const struct pam_stack_source source = {
		.ctx = (void *)&files, .read = pamfiles_read, .inspect = look
	};
	const struct pam_walk_login service = { .verified = verified };

	print_message("%s", text);
	assert_int_equal(pam_stack_read(&stack, "s", &source), PAM_STACK_READ);
	pam_walk_check_stack(&stack, &service, &found);
	assert_false(found.too_complex);
}

static unsigned
number_of(const struct pam_stack_line *line)
{
	return line == NULL ? 0 : (unsigned)(line - stack.line) + 1;
}

/* Numbers of lines, from 1; 0: not found. */
struct row {
	const char *text;
	bool verified, no_factor;
	unsigned bypass, failed, optional, factor_after, silent, unprompted,
	    denies_valid;
};

static const struct row rows[] = {
	/* the password is not needed */
	{ .text = "auth optional pam_unix.so\n" TWO,
	    .failed = 1,
	    .optional = 1 },
	{ .text = "auth optional pam_u2f.so\n" TWO,
	    .verified = true,
	    .failed = 1,
	    .optional = 1,
	    .silent = 1 },
	{ .text = "auth optional pam_u2f.so\n" TWO, .silent = 1 },
	{ .text = "auth requisite pam_sss.so ignore_authinfo_unavail\n" TWO,
	    .failed = 1,
	    .optional = 1 },
	{ .text = "auth requisite pam_sss.so\n" TWO },
	{ .text = "auth optional pam_unix.so\n" TWO
		  "auth requisite pam_unix.so use_first_pass\n",
	    .failed = 1 },
	/* a later one fails */
	{ .text = "auth [success=ok default=die] pam_sss.so\n"
		  "auth required pam_unix.so\n" TWO,
	    .failed = 2 },
	{ .text = "auth requisite pam_unix.so\nauth required pam_u2f.so\n" TWO,
	    .failed = 2 },
	{ .text = "auth requisite pam_unix.so\n"
		  "auth required pam_faillock.so\n" TWO },
	/* one password is right or wrong for all lines of a module */
	{ .text = "auth required pam_unix.so\nauth requisite pam_unix.so "
		  "use_first_pass\n" TWO },
	{ .text = "auth required pam_sss.so\nauth requisite pam_sss.so "
		  "use_first_pass\n" TWO },
	{ .text = "auth required pam_sss.so\nauth requisite pam_sss.so\n" TWO,
	    .failed = 1 },
	/* nobody gets in */
	{ .text = TWO GUARD, .no_factor = true, .factor_after = 2 },
	{ .text = TWO, .no_factor = true },
	{ .text = "auth requisite pam_unix.so use_first_pass\n" TWO,
	    .unprompted = 1 },
	{ .text = GUARD TWO "auth required pam_deny.so\n", .denies_valid = 4 },
	{ .text = GUARD "auth [success=ignore default=die] pam_twofa.so\n",
	    .denies_valid = 3 },
	{ .text = "auth [success=ok default=1] pam_unix.so\n" DENY TWO,
	    .failed = 1,
	    .optional = 1,
	    .denies_valid = 3 },
	{ .text = "auth required pam_gone.so\n" GUARD TWO, .denies_valid = 1 },
	{ .text = "auth sufficient pam_gone.so\n" GUARD TWO },
	/* a password is not in evidence */
	{ .text = "auth [success=2 default=ignore] pam_unix.so\n"
		  "auth [success=1 default=ignore] pam_fprintd.so\n" DENY TWO,
	    .silent = 2 },
	{ .text = "auth requisite pam_google_authenticator.so\n" TWO,
	    .silent = 1 },
	{ .text = "auth requisite pam_google_authenticator.so "
		  "forward_pass\n" TWO },
	{ .text = "auth required pam_exec.so /bin/true\n" TWO,
	    .no_factor = true },
	{ .text = "auth requisite pam_exec.so expose_authtok /bin/true\n" TWO },
	/* of nobody who is there */
	{ .text = "auth [success=ok user_unknown=ignore default=die] "
		  "pam_unix.so\n" TWO },
	{ .text = "auth [success=ok user_unknown=ignore default=die] "
		  "pam_sss.so\n" TWO,
	    .failed = 1,
	    .optional = 1 },
};

static void
test_first_factors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge(rows[i].text, "", rows[i].verified);
		assert_int_equal(found.no_factor, rows[i].no_factor);
		assert_int_equal(number_of(found.bypass), rows[i].bypass);
		assert_int_equal(number_of(found.failed), rows[i].failed);
		assert_int_equal(number_of(found.optional), rows[i].optional);
		assert_int_equal(
		    number_of(found.factor_after), rows[i].factor_after);
		assert_int_equal(number_of(found.silent), rows[i].silent);
		assert_int_equal(
		    number_of(found.unprompted), rows[i].unprompted);
		assert_int_equal(
		    number_of(found.denies_valid), rows[i].denies_valid);
	}
}

static void
test_remedies(void **state)
{
	static const struct {
		const char *text, *common, *remedy;
	} cases[] = {
		{ "auth required pam_unix.so\n" TWO, "",
		    "s:1: write requisite in place of \"required\"" },
		{ "auth substack c\n" TWO,
		    GUARD "auth required pam_permit.so\n",
		    "a substack does not end the login: write include in place "
		    "of substack" },
		/* included, it would end the login before the code */
		{ "auth substack c\n" TWO,
		    "auth sufficient pam_unix.so\nauth required pam_deny.so\n",
		    "right before pam_twofa: auth requisite pam_unix.so "
		    "use_first_pass" },
		{ "auth substack c\n" TWO, SSSD,
		    "right before pam_twofa: auth [success=1 default=ignore] "
		    "pam_unix.so use_first_pass, auth requisite pam_sss.so "
		    "use_first_pass" },
		{ "auth requisite pam_unix.so\nauth required pam_u2f.so\n" TWO,
		    "", "s:2: write requisite in place of \"required\"" },
		{ "auth required pam_google_authenticator.so\n"
		  "auth required pam_unix.so\n" TWO,
		    "",
		    "s:1: write requisite in place of \"required\", s:2: write "
		    "requisite in place of \"required\"" },
		/* neither line alone would keep all in */
		{ "auth optional pam_unix.so\n"
		  "auth optional pam_sss.so use_first_pass\n" TWO,
		    "",
		    "s:1: write [success=2 default=ignore] in place of "
		    "\"optional\", s:2: write [success=1 default=ignore] in "
		    "place of \"optional\", right before pam_twofa: auth "
		    "requisite pam_deny.so" },
	};
	const struct pam_walk_login service = { .verified = false };
	char text[PAM_REMEDY_TEXT];
	bool needs_rule;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge(cases[i].text, cases[i].common, false);
		assert_non_null(found.failed);
		assert_true(pam_remedy(&stack, &service, &found, found.failed,
		    false, text, &needs_rule));
		assert_false(needs_rule);
		assert_string_equal(text, cases[i].remedy);
	}
}

/* Nobody gets in: from which line, and what it says. */
static void
test_remedies_of_closed(void **state)
{
	static const struct {
		const char *text, *common;
		unsigned line;
		const char *remedy;
	} cases[] = {
		{ TWO, "", 0,
		    "right before pam_twofa: auth requisite "
		    "pam_unix.so" },
		{ TWO "auth include c\n", GUARD "auth required pam_permit.so\n",
		    1, "put the line of pam_twofa after s:2" },
		{ TWO "auth requisite pam_unix.so\nauth optional pam_cap.so\n",
		    "", 1, "put the line of pam_twofa after s:2" },
		{ DENY TWO, "", 0,
		    "before s:1: auth [success=1 default=ignore] pam_unix.so; "
		    "or, if it should deny everybody, put # before the line "
		    "of pam_twofa" },
	};
	const struct pam_walk_login service = { .verified = false };
	char text[PAM_REMEDY_TEXT];
	bool needs_rule;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge(cases[i].text, cases[i].common, false);
		assert_true(pam_remedy(&stack, &service, &found,
		    &stack.line[cases[i].line], true, text, &needs_rule));
		assert_string_equal(text, cases[i].remedy);
	}
}

/* Written as told, nothing is wrong any more. */
static void
test_remedied(void **state)
{
	static const char *const texts[] = {
		"auth substack c\nauth [success=1 default=ignore] pam_unix.so "
		"use_first_pass\nauth requisite pam_sss.so "
		"use_first_pass\n" TWO,
		"auth requisite pam_unix.so\nauth requisite pam_u2f.so\n" TWO,
		"auth required pam_unix.so\n"
		"auth [success=1 default=ignore] pam_unix.so\n" DENY TWO,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		judge(texts[i], SSSD, false);
		assert_true(found.reached);
		assert_null(found.failed);
		assert_null(found.optional);
		assert_null(found.bypass);
		assert_null(found.denies_valid);
	}
}

UNIT_TESTS(test_pam_first)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_factors),
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_remedies_of_closed),
		cmocka_unit_test(test_remedied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
