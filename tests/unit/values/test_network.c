/* SPDX-License-Identifier: BSD-2-Clause */
/* Numeric networks: which are read, and what lies in them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
test_parse_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/+8",
		"10.0.0.0/08",
		"10.0.0.0/8 ",
		" 10.0.0.0/8",
		"10.0.0.0/8/8",
		"10.0.0.1/8",
		"10.0.0.0/255.0.0.0",
		"10.0.0/8",
		"10/8",
		"010.0.0.0/8",
		"256.0.0.0/8",
		"2001:db8::/129",
		"2001:db8::1/64",
		"2001:db8::/0x20",
		"2001:db8:::/32",
		"fe80::1%lo",
		"[::1]",
		"localhost",
		"0",
		"any",
		"::ffff:10.0.0.1/104",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
	};
	struct network net;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(network_parse(bad[i], &net), -1);
}

static void
test_contains(void **state)
{
	static const struct {
		const char *net, *address;
		bool inside;
	} rows[] = {
		{ "10.0.0.0/8", "10.0.0.0", true },
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "9.255.255.255", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "192.0.2.7/32", "192.0.2.7", true },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.6/31", "192.0.2.7", true },
		{ "192.0.2.6/31", "192.0.2.8", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "203.0.113.9", false },
		{ "::/0", "::ffff:203.0.113.9", false },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "10.0.0.0/8", "::ffff:a01:203", true },
		{ "10.0.0.0/8", "::10.1.2.3", false },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
		{ "::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true },
		{ "::ffff:10.0.0.0/104", "11.1.2.3", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:DB8::1", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false },
		{ "::1", "::1", true },
		{ "127.0.0.0/8", "::1", false },
		/* no numeric address: in no network */
		{ "0.0.0.0/0", "", false },
		{ "0.0.0.0/0", "localhost", false },
		{ "0.0.0.0/0", "1", false },
		{ "0.0.0.0/0", "1.2.3", false },
		{ "0.0.0.0/0", "1.2.3.4 ", false },
		{ "0.0.0.0/0", "1.2.3.4/32", false },
		{ "0.0.0.0/0", "01.2.3.4", false },
		{ "::/0", "fe80::1%lo", false },
		{ "::/0", "UNKNOWN", false },
	};
	struct network net;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool inside;

		assert_int_equal(network_parse(rows[i].net, &net), 0);
		inside = network_contains(&net, rows[i].address);
		if (inside != rows[i].inside)
			fail_msg("%s in %s: %d", rows[i].address, rows[i].net,
			    inside);
	}
}

static void
test_zeroed(void **state)
{
	struct network net;

	(void)state;
	memset(&net, 0, sizeof(net));
	assert_false(network_contains(&net, "10.0.0.1"));
	assert_false(network_contains(&net, "::1"));
	assert_false(network_contains(&net, ""));
}

UNIT_TESTS(test_network)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
