/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of /etc/pam.d, read as PAM reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

static struct pam_stack stack;

static enum pam_stack_result
read_files(const struct pamfiles *files)
{
	const struct pam_stack_source source = { .ctx = (void *)files,
		.read = pamfiles_read };

	return pam_stack_read(&stack, "s", &source);
}

static void
read_text(const char *text)
{
	const struct pamfiles files = { { { "s", text } } };

	assert_int_equal(read_files(&files), PAM_STACK_READ);
}

static void
test_a_line(void **state)
{
	(void)state;
	read_text("# comment\n\n  AUTH\tRequired /lib/pam_unix.so nullok # x\n"
		  "account required pam_unix.so\n-session optional x.so\n");
	assert_int_equal(stack.count, 1);
	assert_int_equal(stack.line[0].kind, PAM_STACK_MODULE);
	assert_int_equal(stack.line[0].level, 0);
	assert_int_equal(stack.line[0].number, 3);
	assert_string_equal(stack.line[0].file, "s");
	assert_string_equal(stack.line[0].control, "Required");
	assert_string_equal(stack.line[0].module, "/lib/pam_unix.so");
	assert_true(pam_stack_line_has_module(&stack.line[0], "pam_unix"));
	assert_false(pam_stack_line_has_module(&stack.line[0], "pam_uni"));
	assert_false(pam_stack_line_has_module(&stack.line[0], "unix"));
	assert_int_equal(stack.line[0].action[RETURN_SUCCESS], CONTROL_OK);
	assert_string_equal(stack.fault, "");
}

static void
test_names_of_modules(void **state)
{
	(void)state;
	read_text("auth required pam_a.so\nauth required pam_a\n"
		  "auth required pam_a.soo\nauth required pam_a.so.1\n");
	assert_true(pam_stack_line_has_module(&stack.line[0], "pam_a"));
	assert_true(pam_stack_line_has_module(&stack.line[1], "pam_a"));
	assert_false(pam_stack_line_has_module(&stack.line[2], "pam_a"));
	assert_false(pam_stack_line_has_module(&stack.line[3], "pam_a"));
}

static void
test_continued_lines(void **state)
{
	(void)state;
	read_text("auth \\\nrequired \\\n  pam_a.so x\\\ny\nauth optional b\n");
	assert_int_equal(stack.count, 2);
	assert_string_equal(stack.line[0].module, "pam_a.so");
	assert_string_equal(stack.line[0].args, "x y");
	assert_int_equal(stack.line[1].number, 5);
	read_text("auth required a # x \\\nauth required b\n");
	assert_int_equal(stack.count, 2);
	read_text("auth required a");
	assert_int_equal(stack.count, 1);
	assert_string_equal(stack.fault, "");
}

/* What libpam makes of these was seen with Linux-PAM 1.5.2. */
static void
test_bytes_are_libpams(void **state)
{
	char lines[1200];
	char text[1300];

	(void)state;
	read_text(
	    "auth required \\ \t\n  pam_a.so x \\\t\n y\nauth optional b\n");
	assert_int_equal(stack.count, 2);
	assert_string_equal(stack.line[0].args, "x   y");
	assert_string_equal(stack.fault, "");
	read_text("auth required \\\n# c\n\n pam_a.so\nauth optional b\n");
	assert_int_equal(stack.count, 2);
	assert_string_equal(stack.line[0].module, "pam_a.so");
	assert_int_equal(stack.line[1].number, 5);
	assert_non_null(strstr(stack.fault, "s:1: a backslash continues"));
	for (size_t i = 0; i < 2; i++) {
		read_text(i == 0 ? "auth required a\nauth optional b \\"
				 : "auth required a\nauth optional b \\\n");
		assert_string_equal(stack.fault,
		    "s:2: the file ends within a line, by a backslash");
	}
	read_text("auth required pam_a.so\r\n");
	assert_string_equal(stack.line[0].module, "pam_a.so\r");
	assert_non_null(strstr(stack.fault, "s:1: to PAM the carriage return"));
	read_text("auth required a\n\r\n");
	assert_int_equal(stack.line[1].kind, PAM_STACK_FAILS);
	assert_non_null(strstr(stack.fault, "s:2: to PAM the carriage return"));
	read_text("account required pam_a.so\r\nauth required a\n");
	assert_non_null(strstr(stack.fault, "s:1: to PAM the carriage return"));
	read_text("auth required a # c\r\n#\r\n");
	assert_string_equal(stack.fault, "");
	memset(lines, 'x', sizeof(lines));
	lines[0] = '#';
	snprintf(text, sizeof(text), "%.1023s\nauth required a\n", lines);
	read_text(text);
	assert_string_equal(stack.fault, "");
	snprintf(text, sizeof(text), "%.1024s\nauth required a\n", lines);
	read_text(text);
	assert_non_null(strstr(stack.fault, "s:1: PAM before 1.6 cuts"));
}

static void
test_brackets(void **state)
{
	(void)state;
	read_text("auth [ success = 2  user_unknown=ignore default=die] a "
		  "[text=x y\\] z] conf=/a conf=/b\n");
	assert_int_equal(stack.line[0].action[RETURN_SUCCESS], 2);
	assert_int_equal(stack.line[0].action[10], CONTROL_IGNORE);
	assert_int_equal(stack.line[0].action[RETURN_AUTH_ERR], CONTROL_DIE);
	assert_string_equal(stack.fault, "");
}

static void
test_arguments(void **state)
{
	static const char *const want[] = { "debug", "text=x y] z", "conf=/a",
		"conf=/b", "x=" };
	char *rest = stack.line[0].args;

	(void)state;
	read_text("auth required a debug [text=x y\\] z] conf=/a conf=/b x=\n");
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_string_equal(pam_stack_next_word(&rest), want[i]);
	assert_null(pam_stack_next_word(&rest));
}

static void
test_controls(void **state)
{
	static const struct {
		const char *word;
		int rc, success, auth_err, ignore;
	} row[] = {
		{ "required", 0, CONTROL_OK, CONTROL_BAD, CONTROL_IGNORE },
		{ "Requisite", 0, CONTROL_OK, CONTROL_DIE, CONTROL_IGNORE },
		{ "sufficient", 0, CONTROL_DONE, CONTROL_IGNORE,
		    CONTROL_IGNORE },
		{ "optional", 0, CONTROL_OK, CONTROL_IGNORE, CONTROL_IGNORE },
		{ "success=ok", 0, CONTROL_OK, CONTROL_BAD, CONTROL_BAD },
		{ "default=ignore success=1", 0, 1, CONTROL_IGNORE,
		    CONTROL_IGNORE },
		{ "default=done default=die", 0, CONTROL_DONE, CONTROL_DONE,
		    CONTROL_DONE },
		{ "auth_err=reset default=12", 0, 12, CONTROL_RESET, 12 },
		{ "success=okdefault=die", 0, CONTROL_OK, CONTROL_DIE,
		    CONTROL_DIE },
		{ "success=1default=\rbad", 0, 1, CONTROL_BAD, CONTROL_BAD },
		{ "success=00002", 0, 2, CONTROL_BAD, CONTROL_BAD },
		/* what PAM cannot read fails */
		{ "success=okay", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success=99999999999", -1, CONTROL_BAD, CONTROL_BAD,
		    CONTROL_BAD },
		{ "success=0", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success=-1", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success=1x", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success=", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "succes=ok", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "requird", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "success=ok x", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
		{ "", -1, CONTROL_BAD, CONTROL_BAD, CONTROL_BAD },
	};
	int action[RETURN_COUNT];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
		    pam_control_read(row[i].word, action), row[i].rc);
		assert_int_equal(action[RETURN_SUCCESS], row[i].success);
		assert_int_equal(action[RETURN_AUTH_ERR], row[i].auth_err);
		assert_int_equal(action[RETURN_IGNORE], row[i].ignore);
	}
}

static void
test_includes(void **state)
{
	const struct pamfiles files = { {
	    { "s",
		"@include c\nauth include d\nauth substack d\n"
		"auth required e\n" },
	    { "c", "auth required a\naccount required a\n" },
	    { "d", "auth required b\nauth substack /f\n" },
	    { "/f", "auth required f\n" },
	} };
	static const struct {
		enum pam_stack_kind kind;
		unsigned level, number;
		const char *file, *module;
	} want[] = {
		{ PAM_STACK_MODULE, 0, 1, "c", "a" },
		{ PAM_STACK_MODULE, 0, 1, "d", "b" },
		{ PAM_STACK_SUB, 0, 2, "d", "" },
		{ PAM_STACK_MODULE, 1, 1, "/f", "f" },
		{ PAM_STACK_SUB, 0, 3, "s", "" },
		{ PAM_STACK_MODULE, 1, 1, "d", "b" },
		{ PAM_STACK_SUB, 1, 2, "d", "" },
		{ PAM_STACK_MODULE, 2, 1, "/f", "f" },
		{ PAM_STACK_MODULE, 0, 4, "s", "e" },
	};

	(void)state;
	assert_int_equal(read_files(&files), PAM_STACK_READ);
	assert_int_equal(stack.count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < stack.count; i++) {
		assert_int_equal(stack.line[i].kind, want[i].kind);
		assert_int_equal(stack.line[i].level, want[i].level);
		assert_int_equal(stack.line[i].number, want[i].number);
		assert_string_equal(stack.line[i].file, want[i].file);
		assert_string_equal(stack.line[i].module, want[i].module);
	}
}

static void
test_other(void **state)
{
	const struct pamfiles files = { {
	    { "s", "account required x\n" },
	    { "other", "auth required pam_deny.so\n" },
	} };
	const struct pamfiles none = { { { "other", "auth required x\n" } } };

	(void)state;
	assert_int_equal(read_files(&files), PAM_STACK_READ);
	assert_int_equal(stack.count, 1);
	assert_string_equal(stack.line[0].file, "other");
	assert_int_equal(read_files(&none), PAM_STACK_ABSENT);
}

/* PAM lets these lines fail; the first is told. */
static void
test_faults(void **state)
{
	static const struct {
		const char *text, *fault;
	} row[] = {
		{ "auth\n", "s:1: the control value is missing" },
		{ "\nauth required\n", "s:2: no module is named" },
		{ "auht required pam_unix.so\n",
		    "s:1: PAM does not know the first word" },
		{ "auth [success] pam_unix.so\n",
		    "s:1: PAM does not know this control value" },
		{ "auth include gone\nauth\n",
		    "s:1: the file \"gone\" cannot be included" },
		{ "@include gone\n",
		    "s:1: the file \"gone\" cannot be included" },
		{ "auth substack\n", "s:1: the file \"\" cannot be included" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct pam_stack_line *last;

		read_text(row[i].text);
		assert_string_equal(stack.fault, row[i].fault);
		assert_true(stack.count > 0);
		last = &stack.line[stack.count - 1];
		assert_int_equal(last->action[RETURN_SUCCESS], CONTROL_BAD);
		assert_int_equal(last->action[RETURN_PERM_DENIED], CONTROL_BAD);
	}
}

static void
test_too_much(void **state)
{
	const struct pamfiles itself = { { { "s", "auth include s\n" } } };
	struct pamfiles many = { { { "s", NULL } } };
	char *text = calloc(1, (PAM_STACK_LINES + 1) * 32 + 1);

	(void)state;
	assert_int_equal(read_files(&itself), PAM_STACK_READ);
	assert_int_equal(stack.count, 1);
	assert_true(stack.fault[0] != '\0');
	for (int i = 0; i < PAM_STACK_LINES; i++)
		strcat(text, "auth required a\n");
	many.file[0].text = text;
	assert_int_equal(read_files(&many), PAM_STACK_READ);
	strcat(text, "auth required a\n");
	assert_int_equal(read_files(&many), PAM_STACK_TOO_LONG);
	memset(text, 'x', PAM_STACK_WORD + 14);
	memcpy(text, "auth required ", 14);
	text[PAM_STACK_WORD + 14] = '\0';
	assert_int_equal(read_files(&many), PAM_STACK_TOO_LONG);
	free(text);
}

UNIT_TESTS(test_pam_stack)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line),
		cmocka_unit_test(test_names_of_modules),
		cmocka_unit_test(test_continued_lines),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_bytes_are_libpams),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
