/* SPDX-License-Identifier: BSD-2-Clause */
/* The servers of a state, as the setting names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

static void
good_ones(void **state)
{
	struct settings_url u;

	(void)state;
	assert_null(
	    settings_fleet_url_parse("postgresql://db1.example.org/twofa", &u));
	assert_int_equal(u.hosts, 1);
	assert_string_equal(u.host[0].name, "db1.example.org");
	assert_int_equal(u.host[0].port, 5432);
	assert_string_equal(u.database, "twofa");
	assert_null(settings_fleet_url_parse(
	    "postgresql://db1,db2:6432,[2001:db8::1]:1/a-b", &u));
	assert_int_equal(u.hosts, 3);
	assert_int_equal(u.host[0].port, 5432);
	assert_string_equal(u.host[1].name, "db2");
	assert_int_equal(u.host[1].port, 6432);
	assert_string_equal(u.host[2].name, "2001:db8::1");
	assert_int_equal(u.host[2].port, 1);
	assert_string_equal(u.database, "a-b");
}

static void
bad_ones(void **state)
{
	static const struct {
		const char *url, *words;
	} rows[] = {
		{ "/var/lib/twofa/state.db", "does not begin" },
		{ "postgres://db/twofa", "does not begin" },
		{ "postgresql://me@db/twofa", "names a user" },
		{ "postgresql://me:secret@db/twofa", "names a user" },
		{ "postgresql://db/twofa?sslmode=disable", "has options" },
		{ "postgresql://db/twofa#x", "has options" },
		{ "postgresql://db", "no database" },
		{ "postgresql://db/", "no database" },
		{ "postgresql://db/a/b", "no database" },
		{ "postgresql:///twofa", "a host that is no name" },
		{ "postgresql://,db/twofa", "a host that is no name" },
		{ "postgresql://db,/twofa", "a host that is no name" },
		{ "postgresql://d b/twofa", "a host that is no name" },
		{ "postgresql://%2ftmp/twofa", "a host that is no name" },
		{ "postgresql://db:0/twofa", "a port" },
		{ "postgresql://db:65536/twofa", "a port" },
		{ "postgresql://db:/twofa", "a port" },
		{ "postgresql://db:5432x/twofa", "a port" },
		{ "postgresql://[::1]x/twofa", "a port" },
		{ "postgresql://[db]/twofa", "brackets" },
		{ "postgresql://[]/twofa", "brackets" },
		{ "postgresql://a,b,c,d,e,f,g,h,i/twofa", "more than 8" },
	};
	struct settings_url u;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *wrong = settings_fleet_url_parse(rows[i].url, &u);

		if (wrong == NULL || strstr(wrong, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].url,
			    wrong == NULL ? "taken" : wrong);
	}
}

UNIT_TESTS(test_store_url)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(bad_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
