/* SPDX-License-Identifier: BSD-2-Clause */
/* The text that answers make, new and put into another one. */
#include "tests/support/confdir.h"

#include <errno.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/unit_tests.h"
#include "twofactl/init/init.h"

static struct confdir d;
static struct init_answers a;

static struct init_answer *
own(const char *key)
{
	for (size_t i = 0; i < a.count; i++)
		if (strcmp(a.own[i].key->key, key) == 0)
			return &a.own[i];
	fail_msg("no key %s", key);
	return NULL;
}

static void
take(const char *key, const char *typed)
{
	assert_null(init_answer_take(own(key), typed, strlen(typed)));
}

static int
setup(void **state)
{
	(void)state;
	confdir_make(&d);
	memset(&a, 0, sizeof(a));
	init_answers_begin(&a, provider_type_find("vonage-verify"));
	take("api_key", "abcd1234");
	take("api_secret_file", "Sup3rS3cret");
	confdir_write(&d, own("api_secret_file")->file, "Sup3rS3cret\n");
	assert_null(init_answers_set_brand(&a, "ACME \"x\""));
	init_answers_set_phone_prefix(&a, "+447700900100");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	confdir_remove(&d);
	explicit_bzero(&a, sizeof(a));
	return 0;
}

/* The text; it loads, and says what was answered. */
static char *
make(const char *old)
{
	char *text = init_settings_make_text(&a, old, d.path, d.path);
	struct settings *c;

	assert_non_null(text);
	assert_null(strstr(text, "Sup3rS3cret"));
	c = confdir_loaded(&d, text);
	assert_string_equal(c->brand, a.brand);
	assert_non_null(settings_provider(c, a.name));
	assert_string_equal(
	    settings_provider(c, a.name)->type->name, a.type->name);
	settings_free(c);
	return text;
}

static void
test_new(void **state)
{
	char *text = make(NULL), *again;

	(void)state;
	assert_non_null(strstr(text, "allowed_prefixes = [\"+44\"];"));
	assert_non_null(strstr(text, "\n  #office_networks = "));
	assert_non_null(strstr(text, "\n#unenrolled = \"deny\";"));
	/* the same answers, put into it, change no byte */
	again = make(text);
	assert_string_equal(again, text);
	free(again);
	free(text);
}

static void
assert_merged(const char *old, const char *new)
{
	char *text = init_settings_make_text(&a, old, d.path, "/s");

	assert_non_null(text);
	assert_string_equal(text, new);
	free(text);
}

#define PROVIDER(key)                                                          \
	"{ name = \"v\"; type = \"vonage-verify\"; api_key = \"" key           \
	"\"; api_secret_file = \"/s/vonage-api_secret\"; timeout_ms = 900; }"
#define LIMITS "limits = {\n  allowed_prefixes = [\"+44\"];\n}"
#define BRAND "brand = \"ACME \\\"x\\\"\";"

/* Every other byte stays. */
static void
test_merged(void **state)
{
	(void)state;
	assert_merged("# mine\nbrand = \"B\"; /* c */\nproviders = ( " PROVIDER(
			  "old") " );\n" LIMITS "; # end",
	    "# mine\n" BRAND " /* c */\nproviders = ( " PROVIDER(
		"abcd1234") " );\n" LIMITS "; # end");
	/* the second one is meant; the first is another type's */
	assert_merged(BRAND "\nproviders = ( { type = \"authy\"; }, " PROVIDER(
			  "old") " );\n" LIMITS ";\n",
	    BRAND "\nproviders = ( { type = \"authy\"; }, " PROVIDER(
		"abcd1234") " );\n" LIMITS ";\n");
	/* what is missing comes at the end of its group */
	assert_merged(BRAND "\nproviders = (\n  {\n    type = "
			    "\"vonage-verify\";\n    api_key = "
			    "\"abcd1234\";\n  }\n);\nlimits = {\n  # c\n};\n",
	    BRAND
	    "\nproviders = (\n  {\n    type = \"vonage-verify\";\n    api_key "
	    "= \"abcd1234\";\n    api_secret_file = "
	    "\"/s/vonage-api_secret\";\n  }\n);\nlimits = {\n  # c\n  "
	    "allowed_prefixes = [\"+44\"];\n};\n");
	assert_null(init_answers_set_office_networks(&a, "192.0.2.0/24"));
	assert_merged(BRAND "\nproviders = ( " PROVIDER("abcd1234") " );\n",
	    BRAND "\nproviders = ( " PROVIDER(
		"abcd1234") " );\n"
			    "limits = {\n  allowed_prefixes = [\"+44\"];\n"
			    "  office_networks = [\"192.0.2.0/24\"];\n};\n");
	assert_null(init_answers_set_office_networks(&a, "none"));
}

/* Without a provider of this type all of them go. */
static void
test_other_type(void **state)
{
	char old[256], *text;

	(void)state;
	snprintf(old, sizeof(old),
	    "brand = \"B\";\nusers_dir = \"%s/users.d\";\n"
	    "providers = ( { type = \"authy\"; } );\n",
	    d.path);
	text = make(old);
	assert_null(strstr(text, "authy"));
	assert_non_null(strstr(text, "limits = {\n  allowed_prefixes"));
	free(text);
}

static void
test_no_form(void **state)
{
	static const char *const bad[] = { "brand", "brand = \"B", "/* c",
		"providers = ( { ;", "providers = ( { type = ; } );",
		"limits = 5;" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_null(
		    init_settings_make_text(&a, bad[i], d.path, d.path));
		assert_int_equal(errno, EINVAL);
	}
}

#define TEXT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

UNIT_TESTS(test_settings_text)
{
	const struct CMUnitTest tests[] = {
		TEXT_TEST(test_new),
		TEXT_TEST(test_merged),
		TEXT_TEST(test_other_type),
		TEXT_TEST(test_no_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
