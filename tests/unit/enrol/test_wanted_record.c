/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command line or a table's row wants in a record: checked, then put
 * into words. */
#include "tests/support/confdir.h"

#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"

static struct confdir d;
static struct settings *conf;
static char log_text[4096];
static struct wanted_record wanted;

static void
wrong(void *ctx, const char *line)
{
	size_t used = strlen(log_text);

	(void)ctx;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static int
setup(void **state)
{
	(void)state;
	confdir_make(&d);
	conf = confdir_load(&d,
	    CONFDIR_BASE "limits = { allowed_prefixes = [\"+1\", \"+44\"]; };");
	assert_non_null(conf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

static int
read_wish(struct wanted_record_typed typed)
{
	const struct settings_report report = { .line = wrong };

	log_text[0] = '\0';
	return wanted_record_read(&wanted, conf, &typed, &report);
}

static void
test_all(void **state)
{
	struct record_text_change change[WANTED_RECORD_KEYS];

	(void)state;
	assert_int_equal(
	    read_wish((struct wanted_record_typed){ .phone = "(415) 555-0123",
		.country = "1",
		.email = "a.b+c@example.org",
		.channels = " voice; sms+totp ",
		.provider = "vonage",
		.language = "pt-BR" }),
	    0);
	assert_string_equal(log_text, "");
	assert_int_equal(wanted.first, METHOD_VOICE);
	assert_int_equal(wanted_record_changes(&wanted, change), 5);
	assert_string_equal(change[4].key, "language");
	assert_string_equal(change[4].value, "pt-BR");
	assert_string_equal(change[0].key, "phone");
	assert_string_equal(change[0].value, "+14155550123");
	assert_string_equal(change[1].value, "a.b+c@example.org");
	assert_string_equal(change[2].key, "channels");
	assert_string_equal(change[2].value, "[\"voice\", \"sms\", \"totp\"]");
	assert_true(change[2].literal);
	assert_string_equal(change[3].value, "vonage");
	assert_false(change[3].literal);
}

#define KEY "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
test_person(void **state)
{
	struct record_text_change change[WANTED_RECORD_KEYS];

	(void)state;
	assert_int_equal(read_wish((struct wanted_record_typed){ .key = KEY,
			     .cert_id = "ben@example.org",
			     .ca = KEY,
			     .user = "ben" }),
	    0);
	assert_int_equal(wanted_record_changes(&wanted, change), 4);
	assert_string_equal(change[0].key, "key");
	assert_string_equal(change[0].value, KEY);
	assert_string_equal(change[1].key, "cert_id");
	assert_string_equal(change[1].value, "ben@example.org");
	assert_string_equal(change[2].key, "ca");
	assert_string_equal(change[3].key, "user");
	assert_int_equal(
	    read_wish((struct wanted_record_typed){ .key = "id.pub",
		.cert_id = "a b",
		.ca = "SHA256:A",
		.user = "../ben" }),
	    -1);
	assert_non_null(strstr(log_text, "key: invalid value \"id.pub\""));
	assert_non_null(strstr(log_text, "cert_id: invalid value \"a b\""));
	assert_non_null(strstr(log_text, "ca: invalid value \"SHA256:A\""));
	assert_non_null(strstr(log_text, "user: invalid value \"../ben\""));
}

/* What is not said does not change. */
static void
test_nothing(void **state)
{
	struct record_text_change change[WANTED_RECORD_KEYS];

	(void)state;
	assert_int_equal(
	    read_wish((struct wanted_record_typed){ .phone = NULL }), 0);
	assert_int_equal(wanted_record_changes(&wanted, change), 0);
	assert_int_equal(read_wish((struct wanted_record_typed){ .phone = "",
			     .country = "",
			     .email = "",
			     .channels = "",
			     .provider = "",
			     .language = "" }),
	    0);
	assert_int_equal(wanted_record_changes(&wanted, change), 0);
}

static void
test_refusals(void **state)
{
	static const struct {
		struct wanted_record_typed typed;
		const char *want;
	} row[] = {
		{ { .phone = "12", .country = "1" }, "phone: the number" },
		{ { .phone = "415 555 0123" }, "--country" },
		{ { .phone = "415 555 0123", .country = "+1" },
		    "--country: \"+1\" is not a calling code" },
		{ { .phone = "+4930123456" }, "allowed_prefixes" },
		{ { .email = "alice" }, "email: invalid value \"alice\"" },
		{ { .email = "a@b@c" }, "email: " },
		{ { .email = "@b" }, "email: " },
		{ { .email = "a b@c" }, "email: " },
		{ { .email = "a@b\xc3\xa4" }, "email: " },
		{ { .channels = "sms,fax" }, "\"fax\" is not a channel" },
		{ { .channels = "recovery" }, "is not a channel" },
		{ { .channels = "sms,voice,sms" }, "\"sms\" appears twice" },
		{ { .channels = "email" }, "delivers by email" },
		{ { .channels = " ; " }, "no channel is given" },
		{ { .channels = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		    "is not a channel" },
		{ { .provider = "twilio" },
		    "provider: \"twilio\" is not in twofa.conf, allowed: "
		    "vonage" },
		{ { .language = "xx" }, "language: invalid value \"xx\"" },
		{ { .language = "de\";x" }, "expected ar cs da " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(read_wish(row[i].typed), -1);
		if (strstr(log_text, row[i].want) == NULL)
			fail_msg("%s: %s", row[i].want, log_text);
	}
}

static void
test_everything_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_wish((struct wanted_record_typed){ .phone = "x",
			     .email = "x",
			     .channels = "x",
			     .provider = "x",
			     .language = "x" }),
	    -1);
	assert_non_null(strstr(log_text, "phone: "));
	assert_non_null(strstr(log_text, "email: "));
	assert_non_null(strstr(log_text, "channels: "));
	assert_non_null(strstr(log_text, "provider: "));
	assert_non_null(strstr(log_text, "language: "));
}

UNIT_TESTS(test_wanted_record)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_all),
		TEST(test_person),
		TEST(test_nothing),
		TEST(test_refusals),
		TEST(test_everything_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
