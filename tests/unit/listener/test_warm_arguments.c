/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands behind twofa-helper's name. */
#include "helper/listener/listener.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define WORDS 5
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *words[WORDS]; /* behind the name */
	const char *path, *user;
} good[] = {
	{ { "--listen" }, NULL, NULL },
	{ { "--listen=/run/a.sock" }, "/run/a.sock", NULL },
	{ { "--listen=/a", "--user=/b" }, "/a", "/b" },
};

static const char *const bad[][WORDS] = {
	{ NULL },
	{ "" },
	{ "--help" },
	{ "listen" },
	{ "--listen=" },
	{ "--listen=a.sock" },
	{ "--listen/a" },
	{ "--listening" },
	{ "--listen", "--user=/b" },
	{ "--listen", "x" },
	{ "--listen=/a", "--user=" },
	{ "--listen=/a", "--user=b" },
	{ "--listen=/a", "--user" },
	{ "--listen=/a", "/b" },
	{ "--listen=/a", "--user=/b", "--user=/c" },
	{ "--user=/b", "--listen=/a" },
};

static int
read_words(struct listener_arguments *a, const char *const words[WORDS])
{
	char *argv[WORDS + 1] = { (char[]){ "twofa-helper" } };
	int argc = 1;

	for (; argc < WORDS && words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	return listener_arguments_read(a, argc, argv);
}

static void
same(const char *a, const char *b)
{
	if (b == NULL)
		assert_null(a);
	else
		assert_string_equal(a, b);
}

static void
test_good(void **state)
{
	struct listener_arguments a;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(read_words(&a, good[i].words), 0);
		same(a.path, good[i].path);
		same(a.user_path, good[i].user);
	}
}

static void
test_bad(void **state)
{
	struct listener_arguments a;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(read_words(&a, bad[i]), -1);
}

UNIT_TESTS(test_warm_arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
