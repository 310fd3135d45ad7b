/* SPDX-License-Identifier: BSD-2-Clause */
/* A record's secrets under another key, whoever of an account they are of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fleet_records/fleet_records.h"
#include "tests/support/unit_tests.h"

#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY"

static const unsigned char was[FLEET_SEAL_KEY] = "the one of before";
static const unsigned char key[FLEET_SEAL_KEY] = "the new one";

static const char *
sealed(const char *whose, char out[FLEET_SEAL_TEXT_MAX])
{
	const struct secret secret = { BASE32, strlen(BASE32) };

	assert_int_equal(fleet_seal_secret(was, whose, &secret, out), 0);
	return out;
}

/* The nth sealed text opens with that key alone. */
static void
opens(const char *text, int n, const char *whose)
{
	char one[FLEET_SEAL_TEXT_MAX];
	struct secret secret;

	while ((text = strstr(text, RECORD_SOURCE_SEALED)) != NULL && n-- > 0)
		text++;
	assert_non_null(text);
	snprintf(one, sizeof(one), "%.*s", (int)strcspn(text, "\" "), text);
	assert_int_equal(fleet_seal_open(was, whose, one, &secret), -1);
	assert_int_equal(fleet_seal_open(key, whose, one, &secret), 0);
	assert_string_equal(secret.b, BASE32);
}

static void
of_a_user(void **state)
{
	char text[2048], before[2048], one[FLEET_SEAL_TEXT_MAX];

	(void)state;
	snprintf(text, sizeof(text),
	    "phone = \"+14155550123\"; # 5\" wide\n"
	    "totp_secret_file = \"%s\";\n# the end\n",
	    sealed("alice", one));
	memcpy(before, text, sizeof(text));
	assert_int_equal(fleet_reseal("alice", text, was, key), 0);
	assert_int_equal(strlen(text), strlen(before));
	assert_true(strcmp(text, before) != 0);
	assert_string_equal(strstr(text, "\n# the end"), "\n# the end\n");
	opens(text, 0, "alice");
}

/* An app that its user has changed by twofactl self. */
static void
of_a_change(void **state)
{
	char text[2048], one[FLEET_SEAL_TEXT_MAX], two[FLEET_SEAL_TEXT_MAX];

	(void)state;
	snprintf(text, sizeof(text),
	    "# self-app 1 %s + 0123456789abcdef0123456789abcdef\n"
	    "totp_secret_file = \"%s\";\n",
	    sealed("alice", one), sealed("alice", two));
	assert_int_equal(fleet_reseal("alice", text, was, key), 0);
	opens(text, 0, "alice");
	opens(text, 1, "alice");
}

static void
of_people(void **state)
{
	char text[4096], one[FLEET_SEAL_TEXT_MAX], two[FLEET_SEAL_TEXT_MAX];

	(void)state;
	snprintf(text, sizeof(text),
	    "people = (\n  { name = \"anna\"; totp_secret_file = \"%s\"; }, # "
	    "\"\n  { totp_secret_file = \"%s\"; name = \"ben\"; }\n);\n",
	    sealed("deploy//anna", one), sealed("deploy//ben", two));
	assert_int_equal(fleet_reseal("deploy", text, was, key), 0);
	opens(text, 0, "deploy//anna");
	opens(text, 1, "deploy//ben");
}

static void
without_secrets(void **state)
{
	char text[] = "phone = \"+14155550123\";\n", empty[] = "";

	(void)state;
	assert_int_equal(fleet_reseal("alice", text, was, key), 0);
	assert_string_equal(text, "phone = \"+14155550123\";\n");
	assert_int_equal(fleet_reseal("alice", empty, was, key), 0);
}

static void
of_somebody_else(void **state)
{
	char text[2048], one[FLEET_SEAL_TEXT_MAX], longer[3000] = "sealed:";

	(void)state;
	snprintf(text, sizeof(text), "totp_secret_file = \"%s\";\n",
	    sealed("bob", one));
	assert_int_equal(fleet_reseal("alice", text, was, key), -1);
	snprintf(text, sizeof(text), "totp_secret_file = \"%s\";\n",
	    sealed("alice", one));
	assert_int_equal(fleet_reseal("alice", text, key, was), -1);
	memset(longer + 7, 'A', sizeof(longer) - 8);
	assert_int_equal(fleet_reseal("alice", longer, was, key), -1);
}

UNIT_TESTS(test_record_reseal)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_user),
		cmocka_unit_test(of_a_change),
		cmocka_unit_test(of_people),
		cmocka_unit_test(without_secrets),
		cmocka_unit_test(of_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
