/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of users: who has a record, whom the system knows. */
#include "tests/support/confdir.h"

#include <errno.h>

#include "tests/support/unit_tests.h"
#include "twofactl/records/records.h"

static struct confdir d;
static struct settings *conf;
static struct name_list list;

static int
setup(void **state)
{
	(void)state;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
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
test_sorted_once(void **state)
{
	char name[16], longest[USER_NAME_MAX + 2];

	(void)state;
	assert_false(name_list_has(&list, "u0"));
	name_list_sort(&list);
	for (int i = 999; i >= 0; i--) {
		snprintf(name, sizeof(name), "u%d", i % 500);
		assert_int_equal(name_list_add(&list, name), 0);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(name_list_add(&list, longest), 0);
	name_list_sort(&list);
	assert_int_equal(list.count, 500);
	assert_string_equal(list.name[1], "u1");
	assert_string_equal(list.name[2], "u10");
	assert_true(name_list_has(&list, "u499"));
	assert_false(name_list_has(&list, "u500"));
	assert_false(name_list_has(&list, longest));
}

static void
test_enrolled(void **state)
{
	static const char *const file[] = { "zoe.conf", "alice.conf",
		".hidden.conf", "-x.conf", "notes.txt", ".conf", "bob.conf~",
		"a b.conf", "j.r.conf" };
	char path[64];

	(void)state;
	assert_int_equal(name_list_enrolled(&list, conf, &d.report), 0);
	assert_int_equal(list.count, 0);
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), "users.d/%s", file[i]);
		confdir_write(&d, path, "");
	}
	assert_int_equal(name_list_enrolled(&list, conf, &d.report), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.name[0], "alice");
	assert_string_equal(list.name[1], "j.r");
	assert_string_equal(list.name[2], "zoe");
	assert_string_equal(d.log, "");
}

static void
test_folder_that_is_not_fit(void **state)
{
	(void)state;
	confdir_mode(&d, "users.d", 0777);
	assert_int_equal(name_list_enrolled(&list, conf, &d.report), -1);
	assert_non_null(strstr(d.log, "chmod 0750"));
	assert_int_equal(list.count, 0);
	confdir_mode(&d, "users.d", 0750);
}

static void
test_system(void **state)
{
	const struct passwd *pw;
	int rc = 0;

	(void)state;
	setpwent();
	while ((pw = name_list_next_account(&rc)) != NULL)
		assert_int_equal(name_list_add(&list, pw->pw_name), 0);
	assert_int_equal(rc, 0);
	name_list_sort(&list);
	assert_true(name_list_has(&list, "root"));
	name_list_free(&list);
	assert_int_equal(name_list_members(&list, "root"), NAME_LIST_LISTED);
	assert_true(name_list_has(&list, "root"));
	name_list_free(&list);
	assert_int_equal(
	    name_list_members(&list, "no-such-group"), NAME_LIST_ABSENT);
	assert_int_equal(list.count, 0);
}

UNIT_TESTS(test_name_list)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_sorted_once),
		TEST(test_enrolled),
		TEST(test_folder_that_is_not_fit),
		TEST(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
