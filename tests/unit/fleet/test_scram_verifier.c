/* SPDX-License-Identifier: BSD-2-Clause */
/* Verifiers of roles' passwords: RFC 7677's example, and our own form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/fleet/fleet_inside.h"

/* Its client's proof and server's signature were checked against these two
 * keys. */
static void
the_rfc(void **state)
{
	static const unsigned char salt[FLEET_SCRAM_SALT_LEN] = { 0x5b, 0x6d,
		0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14,
		0x12, 0x36, 0xfa, 0x81 };
	char verifier[FLEET_SCRAM_VERIFIER_MAX];

	(void)state;
	assert_int_equal(fleet_scram_verifier_of(
			     "pencil", salt, sizeof(salt), 4096, verifier),
	    0);
	assert_string_equal(verifier,
	    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
	    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
	    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

static void
passwords_are_random(void **state)
{
	char one[FLEET_SCRAM_PASSWORD_LEN + 1],
	    other[FLEET_SCRAM_PASSWORD_LEN + 1];

	(void)state;
	assert_int_equal(fleet_scram_password(one), 0);
	assert_int_equal(fleet_scram_password(other), 0);
	assert_int_equal(
	    strspn(one, "0123456789abcdef"), FLEET_SCRAM_PASSWORD_LEN);
	assert_int_equal(strlen(one), FLEET_SCRAM_PASSWORD_LEN);
	assert_string_not_equal(one, other);
}

static void
one_round_and_a_salt_of_its_own(void **state)
{
	char one[FLEET_SCRAM_VERIFIER_MAX], other[FLEET_SCRAM_VERIFIER_MAX];

	(void)state;
	assert_int_equal(fleet_scram_verifier("password", one), 0);
	assert_int_equal(fleet_scram_verifier("password", other), 0);
	assert_int_equal(strncmp(one, "SCRAM-SHA-256$1:", 16), 0);
	assert_int_equal(strlen(one), 16 + 24 + 1 + 44 + 1 + 44);
	assert_string_not_equal(one, other);
	assert_null(strstr(one, "password"));
}

UNIT_TESTS(test_scram_verifier)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rfc),
		cmocka_unit_test(passwords_are_random),
		cmocka_unit_test(one_round_and_a_salt_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
