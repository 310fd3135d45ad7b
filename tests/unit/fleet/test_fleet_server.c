/* SPDX-License-Identifier: BSD-2-Clause */
/* SQL that is made of names, where it goes, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/fleet/fleet_inside.h"

static void
quotes(void **state)
{
	struct fleet_sql s = { .f = NULL };

	(void)state;
	fleet_sql_add_literal(&s, "it's");
	fleet_sql_add(&s, " ");
	fleet_sql_add_literal(&s, "a\\'b");
	fleet_sql_add(&s, " ");
	fleet_sql_add_name(&s, "a\"b'c");
	fleet_sql_add(&s, "\n");
	fleet_sql_add_comment(&s, "one\n\n'two\n");
	assert_int_equal(fleet_sql_close_text(&s), 0);
	assert_string_equal(
	    s.text, "'it''s' E'a\\\\''b' \"a\"\"b'c\"\n-- one\n--\n-- 'two\n");
	fleet_sql_free(&s);
	assert_null(s.text);
}

static void
rows(void **state)
{
	char text[] = "a\tb\tc\n\td\n\ne", *next = text, *column[3];

	(void)state;
	assert_int_equal(fleet_row(&next, column, 3), 3);
	assert_string_equal(column[2], "c");
	assert_int_equal(fleet_row(&next, column, 3), 2);
	assert_string_equal(column[0], "");
	assert_string_equal(column[1], "d");
	assert_int_equal(fleet_row(&next, column, 3), 1);
	assert_string_equal(column[0], "");
	assert_int_equal(fleet_row(&next, column, 3), 1);
	assert_string_equal(column[0], "e");
	assert_int_equal(fleet_row(&next, column, 3), 0);
}

/* Every role that is made for the state, and nothing that only begins so. */
static void
names_that_are_roles(void **state)
{
	const char *at = fleet_schema_roles;
	char name[FLEET_HOST_MAX + 1];
	unsigned found = 0;

	(void)state;
	while ((at = strstr(at, "'twofa_")) != NULL) {
		at += strlen("'twofa_");
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "'"), at);
		assert_int_equal(fleet_host_check_name(name), -1);
		found++;
	}
	assert_true(found >= 4);
	assert_int_equal(fleet_host_check_name("operator"), -1);
	assert_int_equal(fleet_host_check_name("adm"), 0);
	assert_int_equal(fleet_host_check_name("admin01"), 0);
	assert_int_equal(fleet_host_check_name("web01"), 0);
	assert_int_equal(fleet_host_check_name("Web01"), -1);
}

static void
urls(void **state)
{
	struct fleet_server s;

	(void)state;
	(void)setenv("HOME", "/home/somebody", 1);
	(void)unsetenv("PGUSER");
	(void)unsetenv("PGSERVICE");
	assert_int_equal(
	    fleet_server_read(&s, "postgresql://db1,db2:5433/twofa", "/ca"), 0);
	assert_false(s.here);
	assert_string_equal(s.database, "twofa");
	assert_string_equal(s.first, "postgresql://db1,db2:5433/postgres");
	assert_string_equal(s.user, "postgres");
	assert_string_equal(s.ca, "/ca");
	assert_string_equal(s.home, "/home/somebody");
	assert_int_equal(
	    fleet_server_read(
		&s, "postgresql://dba@db1/twofa?sslmode=verify-full", NULL),
	    0);
	assert_string_equal(
	    s.first, "postgresql://dba@db1/postgres?sslmode=verify-full");
	assert_string_equal(s.user, "");
	(void)setenv("PGUSER", "dba", 1);
	assert_int_equal(
	    fleet_server_read(&s, "postgresql://db1/twofa", NULL), 0);
	assert_string_equal(s.user, "");
	(void)unsetenv("PGUSER");
}

/* What is refused, and a word of why. */
static void
bad_urls(void **state)
{
	static const struct {
		const char *url, *word;
	} row[] = {
		{ "/var/lib/twofa/state.db", "none of PostgreSQL" },
		{ "postgresql://dba:pw@db1/twofa", "password" },
		{ "postgresql://db1/twofa?password=pw", "password" },
		{ "postgresql://db1", "no database" },
		{ "postgresql://db1/", "no database" },
		{ "postgresql://db1?x/twofa", "no database" },
		{ "postgresql://db1/postgres", "none for a state" },
		{ "postgresql://db1/a%20b", "none for a state" },
		{ "postgresql://db1/a\"b", "none for a state" },
	};
	struct fleet_server s;
	struct printed p;
	const char *text;
	int rc;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		printed_begin(&p, &stderr);
		rc = fleet_server_read(&s, row[i].url, NULL);
		text = printed_end(&p);
		if (rc == 0 || strstr(text, row[i].word) == NULL)
			fail_msg("%s: %d %s", row[i].url, rc, text);
	}
}

static void
names_of_hosts(void **state)
{
	static const char *const bad[] = { "", "Web01", "web_01", "a b", "a\"b",
		"owner", "host", "admin", "operator", "unblock",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct printed p;

	(void)state;
	assert_int_equal(fleet_host_check_name("web-01"), 0);
	assert_int_equal(
	    fleet_host_check_name(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	    0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		printed_begin(&p, &stderr);
		assert_int_equal(fleet_host_check_name(bad[i]), -1);
		assert_int_not_equal(strlen(printed_end(&p)), 0);
	}
}

UNIT_TESTS(test_fleet_server)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes),
		cmocka_unit_test(rows),
		cmocka_unit_test(urls),
		cmocka_unit_test(bad_urls),
		cmocka_unit_test(names_of_hosts),
		cmocka_unit_test(names_that_are_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
