/* SPDX-License-Identifier: BSD-2-Clause */
/* Methods of sshd in SSH_AUTH_INFO_0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

#define KEY SSH_METHOD_PUBLICKEY

static void
test_passed(void **state)
{
	static const struct {
		const char *info;
		unsigned methods;
		bool passed;
	} row[] = {
		{ "publickey ssh-ed25519 AAAA\n", KEY, true },
		{ "publickey ssh-ed25519 AAAA", KEY, true },
		{ "publickey", KEY, true },
		{ "password\npublickey x\n", KEY, true },
		{ "\n\npublickey x", KEY, true },
		{ "hostbased a x\npublickey x\n", KEY, true },
		{ "hostbased a x\n", KEY, false },
		{ "hostbased a x\n", SSH_METHOD_GSSAPI | KEY, false },
		{ "gssapi-with-mic a\n", SSH_METHOD_GSSAPI | KEY, true },
		{ "", KEY, false },
		{ "\n", KEY, false },
		{ " publickey x", KEY, false },
		{ "publickeys x", KEY, false },
		{ "publickey/x x", KEY, false },
		{ "keyboard-interactive/pam publickey\n", KEY, false },
		{ "Publickey x", KEY, false },
		{ "publickey x", 0, false },
		{ "password\n", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(
		    module_arguments_method_passed(row[i].methods, row[i].info),
		    row[i].passed);
}

UNIT_TESTS(test_ssh_method)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
