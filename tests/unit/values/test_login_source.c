/* SPDX-License-Identifier: BSD-2-Clause */
/* Which network or user a login counts for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
is(const char *address, uid_t uid, const char *want)
{
	char out[SOURCE_MAX + 1];

	memset(out, 'x', sizeof(out));
	source_from_address(address, uid, out);
	assert_string_equal(out, want);
}

static void
networks(void **state)
{
	(void)state;
	is("192.0.2.7", 0, "192.0.2.0/24");
	is("192.0.2.255", 0, "192.0.2.0/24");
	is("192.0.3.0", 0, "192.0.3.0/24");
	is("255.255.255.255", 0, "255.255.255.0/24");
	is("2001:db8:1:2:3:4:5:6", 0, "2001:db8:1:2::/64");
	is("2001:DB8:1:2:ffff:ffff:ffff:ffff", 0, "2001:db8:1:2::/64");
	is("2001:db8:1:3::", 0, "2001:db8:1:3::/64");
	is("::1", 0, "::/64");
	is("fe80::1%eth0", 0, "fe80::/64");
	is("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0,
	    "ffff:ffff:ffff:ffff::/64");
}

static void
mapped(void **state)
{
	(void)state;
	is("::ffff:192.0.2.7", 0, "192.0.2.0/24");
	is("::ffff:c000:207", 0, "192.0.2.0/24");
	is("::fffe:192.0.2.7", 0, "::/64");
}

/* All of IPv4 is one network there. */
static void
translated(void **state)
{
	(void)state;
	is("64:ff9b::192.0.2.7", 0, "64:ff9b::c000:200/120");
	is("64:ff9b::c000:2ff", 0, "64:ff9b::c000:200/120");
	is("64:ff9b::192.0.3.7", 0, "64:ff9b::c000:300/120");
	is("64:ff9b:1:fffe::192.0.2.7", 0, "64:ff9b:1:fffe::c000:200/120");
	is("64:ff9b:1:ffff:ffff:ffff:c000:207", 0,
	    "64:ff9b:1:ffff:ffff:ffff:c000:200/120");
	is("64:ff9b:2::1", 0, "64:ff9b:2::/64");
	is("64:ff9a::1", 0, "64:ff9a::/64");
}

static void
users(void **state)
{
	static const char *const none[] = { "", "host.example", "192.0.2",
		"192.0.2.7 ", " 192.0.2.7", "192.0.2.7%eth0", "192.0.2.256",
		"0192.0.2.7", "2001:db8::g", "2001:db8:::1", "%eth0",
		"/dev/tty",
		"2001:db8:1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3:4:5:6" };

	(void)state;
	is(NULL, 1001, "uid:1001");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is(none[i], 1001, "uid:1001");
	is(NULL, 0, "uid:0");
	is(NULL, (uid_t)-1, "uid:4294967295");
}

static void
sockets(void **state)
{
	char out[SOURCE_MAX + 1];

	(void)state;
	source_from_socket_uid(1001, out);
	assert_string_equal(out, "sock:1001");
	assert_true(source_is_local(out));
	source_from_socket_uid((uid_t)-1, out);
	assert_string_equal(out, "sock:4294967295");
}

UNIT_TESTS(test_login_source)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks),
		cmocka_unit_test(mapped),
		cmocka_unit_test(translated),
		cmocka_unit_test(users),
		cmocka_unit_test(sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
