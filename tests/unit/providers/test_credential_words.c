/* SPDX-License-Identifier: BSD-2-Clause */
/* What an admin is told to look at when a vendor refuses the credentials. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "tests/support/unit_tests.h"

static struct provider_conf conf;
static char words[PROVIDER_CREDENTIALS_MAX];

static const char *
words_of(const char *type)
{
	conf.type = provider_type_find(type);
	assert_non_null(conf.type);
	return provider_list_credential_keys(&conf, words);
}

static void
test_keys_and_files(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	conf.secret_file[0] = "/etc/twofa/secrets/vonage";
	assert_string_equal(words_of("vonage-verify"),
	    "api_key, api_secret_file (/etc/twofa/secrets/vonage)");
	conf.secret_file[0] = NULL;
	conf.key_file = "/k.pem";
	assert_non_null(
	    strstr(words_of("vonage-verify-v2"), "private_key_file (/k.pem)"));
	assert_null(strstr(words, "api_secret_file"));
}

/* What does not fit is cut; nothing is written behind it. */
static void
test_long(void **state)
{
	static char path[PROVIDER_CREDENTIALS_MAX];

	(void)state;
	memset(&conf, 0, sizeof(conf));
	memset(path, 'x', sizeof(path) - 1);
	conf.secret_file[0] = conf.secret_file[1] = path;
	assert_int_equal(
	    strlen(words_of("twilio-verify")), PROVIDER_CREDENTIALS_MAX - 1);
}

UNIT_TESTS(test_credential_words)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_and_files),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
