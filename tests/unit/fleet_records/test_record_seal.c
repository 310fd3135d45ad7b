/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records under a fleet's key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fleet_records/fleet_records.h"
#include "tests/support/unit_tests.h"

static const unsigned char key[FLEET_SEAL_KEY] =
    "0123456789abcdef0123456789abcd";
static const unsigned char other[FLEET_SEAL_KEY] =
    "0123456789abcdef0123456789abce";
static const struct secret secret = { "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 32 };

static void
comes_back(void **state)
{
	char a[FLEET_SEAL_TEXT_MAX], b[FLEET_SEAL_TEXT_MAX];
	struct secret out, long_one = { .len = SECRET_MAX };

	(void)state;
	assert_int_equal(fleet_seal_secret(key, "alice", &secret, a), 0);
	assert_int_equal(fleet_seal_secret(key, "alice", &secret, b), 0);
	assert_string_not_equal(a, b); /* a nonce each time */
	assert_int_equal(
	    strncmp(a, RECORD_SOURCE_SEALED, strlen(RECORD_SOURCE_SEALED)), 0);
	assert_null(strstr(a, secret.b));
	assert_int_equal(fleet_seal_open(key, "alice", a, &out), 0);
	assert_string_equal(out.b, secret.b);
	assert_int_equal(out.len, secret.len);
	for (size_t len = 1; len <= SECRET_MAX; len++) {
		memset(long_one.b, 'A', len);
		long_one.len = len;
		assert_int_equal(
		    fleet_seal_secret(key, "alice", &long_one, a), 0);
		assert_int_equal(fleet_seal_open(key, "alice", a, &out), 0);
		assert_int_equal(out.len, len);
	}
}

static void
is_nobody_elses(void **state)
{
	char text[FLEET_SEAL_TEXT_MAX];
	struct secret out;

	(void)state;
	assert_int_equal(fleet_seal_secret(key, "alice", &secret, text), 0);
	assert_int_equal(fleet_seal_open(key, "bob", text, &out), -1);
	assert_int_equal(out.len, 0);
	assert_string_equal(out.b, "");
	assert_int_equal(fleet_seal_open(key, "alice//bob", text, &out), -1);
	assert_int_equal(fleet_seal_open(other, "alice", text, &out), -1);
}

/* Each character that carries a bit, and each length. */
static void
nothing_else_is_one(void **state)
{
	char text[FLEET_SEAL_TEXT_MAX], bent[FLEET_SEAL_TEXT_MAX + 8];
	struct secret out;
	size_t len;

	(void)state;
	assert_int_equal(fleet_seal_secret(key, "alice", &secret, text), 0);
	len = strlen(text);
	assert_int_equal(len % 4, strlen("sealed:1:") % 4);
	for (size_t i = 0; i < len; i++) {
		memcpy(bent, text, len + 1);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		assert_int_equal(fleet_seal_open(key, "alice", bent, &out), -1);
		memcpy(bent, text, i);
		bent[i] = '\0';
		assert_int_equal(fleet_seal_open(key, "alice", bent, &out), -1);
	}
	snprintf(bent, sizeof(bent), "%sAAAA", text);
	assert_int_equal(fleet_seal_open(key, "alice", bent, &out), -1);
	assert_int_equal(fleet_seal_open(key, "alice", "", &out), -1);
	assert_int_equal(
	    fleet_seal_open(key, "alice", "sealed:1:====", &out), -1);
}

static void
a_record_is_its_users(void **state)
{
	unsigned char seal[FLEET_SEAL_LEN], mark[FLEET_SEAL_LEN];

	(void)state;
	assert_int_equal(fleet_seal_make(key, "alice", "phone = 1", seal), 0);
	assert_true(fleet_seal_fits(key, "alice", "phone = 1", seal));
	assert_false(fleet_seal_fits(key, "bob", "phone = 1", seal));
	assert_false(fleet_seal_fits(key, "alice", "phone = 2", seal));
	assert_false(fleet_seal_fits(other, "alice", "phone = 1", seal));
	/* nothing goes over from one to the other */
	assert_false(fleet_seal_fits(key, "alicep", "hone = 1", seal));
	assert_int_equal(fleet_seal_key_fingerprint(key, mark), 0);
	assert_memory_not_equal(mark, seal, sizeof(mark));
}

UNIT_TESTS(test_record_seal)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(is_nobody_elses),
		cmocka_unit_test(nothing_else_is_one),
		cmocka_unit_test(a_record_is_its_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
