/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sshd listens, what it offers, and by which unit it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

static void
test_places(void **state)
{
	static const char text[] =
	    "port 22\nlistenaddress 0.0.0.0:22\nlistenaddress [::]:2222\n"
	    "listenaddress nonsense\nlistenaddress 192.0.2.1:0\n"
	    "listenaddress 192.0.2.1:70000\n"
	    "listenaddress 192.0.2.1:23 rdomain x\nlistenaddress [fe80::1]:24";
	static const struct sshd_address want[] = { { "127.0.0.1", 22 },
		{ "::1", 2222 }, { "192.0.2.1", 23 }, { "fe80::1", 24 } };
	struct sshd_address place;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(sshd_running_read_address(&place, i, text), 0);
		assert_string_equal(place.address, want[i].address);
		assert_int_equal(place.port, want[i].port);
	}
	assert_int_equal(sshd_running_read_address(&place, 4, text), -1);
	assert_int_equal(
	    sshd_running_read_address(&place, 0, "listenaddress "), -1);
}

/* No question leaves this host. */
static void
test_own_places(void **state)
{
	const struct sshd_address loopback = { "127.0.0.5", 22 },
				  others = { "192.0.2.1", 22 },
				  none = { "::ffff", 22 };

	(void)state;
	assert_true(sshd_running_address_is_local(&loopback));
	assert_false(sshd_running_address_is_local(&others));
	assert_false(sshd_running_address_is_local(&none));
}

static void
test_offers(void **state)
{
	static const struct {
		const char *text, *methods;
	} row[] = {
		{ "x@y: Permission denied (publickey,password).\r\n",
		    "publickey,password" },
		{ "Permission denied ().", "" },
		{ "Warning: x\nx@y: Permission denied (gssapi-with-mic).\n",
		    "gssapi-with-mic" },
		{ "Permission denied (publickey", NULL },
		{ "Permission denied (\033[31mpublickey).", NULL },
		{ "Connection refused", NULL },
		{ "", NULL },
	};
	char methods[SSHD_METHODS_MAX], text[1024] = "Permission denied (";

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const int rc = sshd_running_offer_read(methods, row[i].text);

		assert_int_equal(rc, row[i].methods != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(methods, row[i].methods);
	}
	memset(text + strlen(text), 'a', SSHD_METHODS_MAX);
	strcat(text, ").");
	assert_int_equal(sshd_running_offer_read(methods, text), -1);
}

static void
test_wanted(void **state)
{
	static const struct {
		const char *methods, *wanted;
	} row[] = {
		{ "any", "publickey,password,keyboard-interactive" },
		{ "publickey,keyboard-interactive", "publickey" },
		{ "publickey,password keyboard-interactive:pam",
		    "publickey,keyboard-interactive" },
		{ "publickey publickey,password", "publickey" },
		{ "gssapi-with-mic", "" },
		{ "publickeys", "" },
	};
	struct sshd_settings c = {
		.pubkey = true, .password = true, .kbdinteractive = true
	};
	char wanted[SSHD_METHODS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(c.methods, sizeof(c.methods), "%s", row[i].methods);
		sshd_running_offer_expected(wanted, &c);
		assert_string_equal(wanted, row[i].wanted);
	}
}

static void
test_same(void **state)
{
	(void)state;
	assert_true(sshd_running_offer_is_same("", ""));
	assert_true(sshd_running_offer_is_same("a,b", "b,a"));
	assert_false(sshd_running_offer_is_same("a,b", "a"));
	assert_false(sshd_running_offer_is_same("a", "a,b"));
	assert_false(sshd_running_offer_is_same("a", "ab"));
	assert_false(sshd_running_offer_is_same("", "a"));
}

UNIT_TESTS(test_sshd_running)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_own_places),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
