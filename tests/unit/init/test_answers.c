/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be answered, by the tables of the types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/unit_tests.h"
#include "twofactl/init/init.h"
#include "twofactl/terminal/terminal.h"

static struct init_answers a;

static const char *
take(const char *key, const char *typed)
{
	for (size_t i = 0; i < a.count; i++)
		if (strcmp(a.own[i].key->key, key) == 0)
			return init_answer_take(
			    &a.own[i], typed, strlen(typed));
	fail_msg("no key %s", key);
	return NULL;
}

static void
begin(const char *type)
{
	explicit_bzero(&a, sizeof(a));
	init_answers_begin(&a, provider_type_find(type));
}

/* Every key of every type that may be chosen has room, here and among the
 * options, and an option is of one key. */
static void
test_every_key(void **state)
{
	const struct provider_type *type;
	const struct option_key *row, *other;
	unsigned types = 0;

	(void)state;
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++) {
		if (!option_keys_include_type(type))
			continue;
		types++;
		begin(type->name);
		for (size_t n = 0; n < a.count; n++) {
			struct arguments typed = { .run.command = "init" };

			for (size_t o = 0; o < CTL_OWN_MAX; o++)
				typed.own[o] = "here";
			assert_string_equal(
			    option_key_value(&typed, a.own[n].key->key),
			    "here");
			assert_ptr_equal(a.own[n].key, &type->keys[n]);
		}
		assert_null(type->keys[a.count].key);
	}
	assert_true(types >= 5);
	for (size_t i = 0; (row = option_key_nth(i)) != NULL; i++)
		for (size_t n = 0; n < i; n++) {
			other = option_key_nth(n);
			assert_string_not_equal(row->option, other->option);
		}
}

static void
test_texts(void **state)
{
	(void)state;
	begin("vonage-verify");
	assert_null(take("api_key", "abcd1234"));
	assert_non_null(strstr(take("api_key", "ab cd"), "characters that"));
	assert_non_null(strstr(take("api_key", ""), "is needed"));
	assert_null(take("sender_id", ""));
	assert_non_null(strstr(take("sender_id", "a23456789012"), "1 to 11"));
	assert_null(take("workflow_id", "7"));
	assert_non_null(strstr(take("workflow_id", "8"), "from 1 to 7"));
	assert_non_null(strstr(take("workflow_id", "07"), "from 1 to 7"));
	assert_non_null(strstr(take("workflow_id", "x"), "from 1 to 7"));
	begin("twilio-verify");
	assert_non_null(strstr(take("service_sid", "VA1"), "expected 34"));
}

static void
test_secrets(void **state)
{
	char text[300];

	(void)state;
	begin("vonage-verify-v2");
	assert_null(take("api_secret_file", "s3cret\n\n"));
	assert_string_equal(a.own[1].secret.b, "s3cret\n");
	assert_string_equal(a.own[1].file, "vonage-api_secret");
	assert_non_null(strstr(take("api_secret_file", "\n"), "is empty"));
	assert_int_equal(a.own[1].secret.len, 0);
	assert_non_null(strstr(take("api_secret_file", "a\nb"), "one line"));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_non_null(strstr(take("api_secret_file", text), "too long"));
	assert_non_null(strstr(take("private_key_file", "x"), "PEM"));
}

static void
test_fit(void **state)
{
	const char *key = NULL;

	(void)state;
	begin("telnyx-sms");
	assert_non_null(init_answers_check(&a, &key));
	assert_string_equal(key, "api_key_file");
	assert_null(take("api_key_file", "KEY1"));
	assert_non_null(init_answers_check(&a, &key));
	assert_string_equal(key, "from");
	assert_null(take("from", "+12025550100"));
	assert_null(init_answers_check(&a, &key));
	assert_null(take("from", "ACME"));
	assert_non_null(
	    strstr(init_answers_check(&a, &key), "messaging_profile_id"));
}

static void
test_brand(void **state)
{
	(void)state;
	begin("vonage-verify-v2");
	assert_null(init_answers_set_brand(&a, "ACME"));
	assert_non_null(strstr(init_answers_set_brand(&a, ""), "1 to 18"));
	assert_non_null(
	    strstr(init_answers_set_brand(&a, "1234567890123456789"), "19"));
	assert_non_null(strstr(init_answers_set_brand(&a, "a:b"), "refuses"));
	assert_non_null(strstr(init_answers_set_brand(&a, "a\x1b"), "UTF-8"));
	assert_string_equal(a.brand, "ACME");
}

static void
test_prefixes(void **state)
{
	static const char *const bad[] = { "", "44", "+", "+0", "+1,x", ",",
		"+1;+2", "+1234567890123456" };

	(void)state;
	assert_null(init_answers_set_prefixes(&a, "+1,+44"));
	assert_string_equal(a.prefixes, "[\"+1\", \"+44\"]");
	assert_null(init_answers_set_prefixes(&a, "any"));
	assert_non_null(strstr(a.prefixes, "\"+9\"]"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(init_answers_set_prefixes(&a, bad[i]));
	init_answers_set_phone_prefix(&a, "+353851234567");
	assert_string_equal(a.prefixes, "[\"+353\"]");
}

static void
test_office(void **state)
{
	static const char *const bad[] = { "office", "192.0.2.1/24",
		"0.0.0.0/0", "192.0.2.0/24,x", ",", "192.0.2.0/24;10.0.0.0/8" };

	(void)state;
	assert_null(init_answers_set_office_networks(
	    &a, "192.0.2.0/24, 2001:db8::/48,10.1.1.1"));
	assert_string_equal(
	    a.office, "[\"192.0.2.0/24\", \"2001:db8::/48\", \"10.1.1.1\"]");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(init_answers_set_office_networks(&a, bad[i]));
		assert_string_equal(a.office, "");
	}
	assert_null(init_answers_set_office_networks(&a, "none"));
	assert_null(init_answers_set_office_networks(&a, ""));
	assert_string_equal(a.office, "");
}

UNIT_TESTS(test_answers)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_office),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_brand),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
