/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnyx Messages with our own codes: the message, its words, its settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/providers/telnyx/telnyx.h"
#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define PROFILE "4000eba1-a0c0-4563-9925-b25e842a7cb6"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;

static void
set(const char *key, const char *value)
{
	conf.text[sample_key(ops, key)->slot] = value;
}

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill("telnyx-sms", &conf, &ctx);
	memcpy(ctx.code, "012345", 7);
	return 0;
}

static void
assert_body(const char *body)
{
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_false(req.failed);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, "/v2/messages");
	assert_string_equal(req.content_type, "application/json");
	assert_string_equal(req.body, body);
	assert_string_equal(
	    req.auth_secret->b, "KEY0123456789ABCDEF_abcdefghijklmnop");
	assert_null(req.auth_user);
	assert_null(req.auth_header);
}

static void
start_sends_one_text(void **state)
{
	(void)state;
	assert_body("{\"from\":\"+12025550100\",\"to\":\"+447700900000\","
		    "\"text\":\"ACME Co: your code for web1.example.org is "
		    "012345\",\"type\":\"SMS\"}");
	set("from", NULL);
	set("messaging_profile_id", PROFILE);
	set("text", "%code%");
	assert_body("{\"messaging_profile_id\":\"" PROFILE
		    "\",\"to\":\"+447700900000\",\"text\":\"012345\","
		    "\"type\":\"SMS\"}");
	set("from", "ACME");
	set("text", "\"%code%\", %brand%");
	assert_body("{\"from\":\"ACME\",\"messaging_profile_id\":\"" PROFILE
		    "\",\"to\":\"+447700900000\","
		    "\"text\":\"\\\"012345\\\", ACME Co\",\"type\":\"SMS\"}");
}

static void
start_refuses_what_it_cannot_send(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"12 456" };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		(void)snprintf(ctx.code, sizeof(ctx.code), "%s", codes[i]);
		assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
		assert_true(req.failed);
	}
	(void)setup(NULL);
	ctx.method = METHOD_VOICE;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)setup(NULL);
	ctx.phone = "447700900000";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)setup(NULL);
	set("text", "no code in it");
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)setup(NULL);
	conf.secret[sample_key(ops, "api_key_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

static void
settings_fit_together(void **state)
{
	static const struct {
		const char *from, *profile, *key; /* key NULL: fits */
	} rows[] = {
		{ "+12025550100", NULL, NULL },
		{ "+12025550100", PROFILE, NULL },
		{ "55555", NULL, NULL },
		{ NULL, PROFILE, NULL },
		{ "ACME", PROFILE, NULL },
		{ "ACME Corp 1", PROFILE, NULL },
		{ NULL, NULL, "from" },
		{ "ACME", NULL, "from" },
		{ "ACME Corp 12", PROFILE, "from" },
		{ " ACME", PROFILE, "from" },
		{ "12", NULL, "from" },
		{ "123456789", NULL, "from" },
		{ "1 2 3", PROFILE, "from" },
		{ "+1202", NULL, "from" },
		{ "+1 202555010", PROFILE, "from" },
		{ "+12025550100", "4000eba1", "messaging_profile_id" },
	};
	const char *key, *allowed;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		set("from", rows[i].from);
		set("messaging_profile_id", rows[i].profile);
		key = NULL;
		allowed = ops->type->settings(&conf, &key);
		if ((allowed == NULL) != (rows[i].key == NULL))
			fail_msg("row %zu: %s", i,
			    allowed == NULL ? "fits" : allowed);
		if (allowed != NULL)
			assert_string_equal(key, rows[i].key);
	}
}

static void
templates_fit_one_part(void **state)
{
	static const struct {
		const char *text;
		unsigned digits;
		bool fits;
	} rows[] = {
		{ "%code%", 4, true },
		{ "%brand%: your code for %host% is %code%", 10, true },
		{ "your code is 123456", 6, false },
		{ "%CODE%", 6, false },
		{ "%code", 6, false },
		{ "code%", 6, false },
		{ "%code% is 100% yours", 6, false },
		{ "%code% for %user%", 6, false },
		{ "%%code%%", 6, false },
		{ "%code%%code%", 6, true },
		/* 154 + 6 */
		{ HUNDRED TEN TEN TEN TEN TEN "0123%code%", 6, true },
		{ HUNDRED TEN TEN TEN TEN TEN "0123%code%", 7, false },
		/* 120 + 18 + 16 + 6 */
		{ HUNDRED TEN TEN "%brand%%host%%code%", 6, true },
		{ HUNDRED TEN TEN "0%brand%%host%%code%", 6, false },
		{ HUNDRED TEN "0123%host%%host%%code%", 8, true },
		{ HUNDRED TEN "01234567890%host%%host%%code%", 8, false },
	};
	const char *key = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if ((telnyx_template_check(rows[i].text, rows[i].digits) ==
			NULL) != rows[i].fits)
			fail_msg("row %zu: %s", i, rows[i].text);
	set("text", "no code in it");
	assert_non_null(ops->type->settings(&conf, &key));
	assert_string_equal(key, "text");
	set("text", TELNYX_TEXT_DEFAULT);
	conf.code_length = 10;
	assert_null(ops->type->settings(&conf, &key));
}

static void
assert_filled(const char *text, const char *want)
{
	char out[TEXT_TEMPLATE_SIZE];

	assert_int_equal(text_template_fill(text, &ctx, out), 0);
	assert_string_equal(out, want);
}

static void
values_are_cut_and_cleaned(void **state)
{
	char out[TEXT_TEMPLATE_SIZE];

	(void)state;
	ctx.brand = "M\xc3\xbcller & S\xc3\xb6hne";
	assert_filled("%brand% %code%", "M\xc3\xbcller & S\xc3\xb6hne 012345");
	/* not of the first table: euro sign, a-ogonek, braces */
	ctx.brand = "\xe2\x82\xac\xc4\x85{x}";
	assert_filled("%brand% %code%", "???x? 012345");
	ctx.brand = "%code%%host%";
	assert_filled("%brand% %code%", "%code%%host% 012345");
	ctx.host = "a\nb\tc\x1b[0m~d`e";
	assert_filled("%host% %code%", "a?b?c??0m?d?e 012345");
	ctx.host = "";
	assert_filled("%host% %code%", "login 012345");
	ctx.brand = "ACME";
	ctx.host = HUNDRED HUNDRED;
	assert_int_equal(
	    text_template_fill("%brand% %host% %code%", &ctx, out), 0);
	assert_int_equal(strlen(out), TELNYX_TEXT_MAX);
	assert_string_equal(out + strlen(out) - 7, " 012345");
	assert_int_equal(
	    text_template_fill("%host%%host% %code%", &ctx, out), 0);
	assert_in_range(strlen(out), TELNYX_TEXT_MAX - 1, TELNYX_TEXT_MAX);
	assert_int_equal(text_template_fill("none", &ctx, out), -1);
}

static void
assert_told(enum event event, const char *want)
{
	ctx.event = event;
	assert_filled("%code%", want);
	ctx.event = EVENT_NONE;
}

/* The newest code is in none of them. */
static void
what_the_owner_is_told(void **state)
{
	static char out[TEXT_TEMPLATE_SIZE];

	(void)state;
	ctx.host = "web1";
	assert_told(EVENT_SHUT,
	    "ACME Co: too many wrong codes, so alice on web1 "
	    "is locked. Not you? Tell your administrator.");
	assert_told(EVENT_RECOVERY_USED,
	    "ACME Co: a recovery code was used: alice "
	    "on web1. Not you? Tell your administrator.");
	ctx.host = "";
	assert_told(EVENT_NUMBER_CHANGED,
	    "ACME Co: the phone number was changed: "
	    "alice on this host. Not you? Tell your administrator.");
	ctx.brand = ctx.user = ctx.host = HUNDRED HUNDRED;
	for (int e = EVENT_NONE + 1; e < EVENT_COUNT; e++) {
		ctx.event = (enum event)e;
		if (text_template_fill("%code%", &ctx, out) == 0)
			assert_in_range(strlen(out), 100, TELNYX_TEXT_MAX);
		else
			assert_string_equal(out, "");
	}
}

/* Its own words, whatever the template says. */
static void
what_the_help_desk_sends(void **state)
{
	(void)state;
	ctx.desk = true;
	assert_filled("%brand%: your login code is %code%",
	    "HELP DESK CHECK 012345. Tell it only to a help desk that YOU "
	    "called.");
	ctx.desk = false;
}

/* Whatever the values are, never a second part. */
static void
a_text_is_one_part(void **state)
{
	static const char *const texts[] = { "%code%",
		"%brand%: your code for %host% is %code%",
		"%host%%host%%host%%host% %brand% %code%",
		HUNDRED TEN TEN "%brand%%host%%code%" };
	static const char *const brands[] = { "A", "ACME Corp",
		"123456789012345678", "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc" };
	static const char *const hosts[] = { "", "w", "web1.example.org",
		HUNDRED };
	char out[TEXT_TEMPLATE_SIZE];
	size_t chars;

	(void)state;
	for (size_t i = 0; i < COUNT(texts) * COUNT(brands) * COUNT(hosts);
	     i++) {
		ctx.brand = brands[i / COUNT(hosts) % COUNT(brands)];
		ctx.host = hosts[i % COUNT(hosts)];
		assert_int_equal(
		    text_template_fill(
			texts[i / COUNT(hosts) / COUNT(brands)], &ctx, out),
		    0);
		chars = 0;
		for (const char *p = out; *p != '\0'; p++)
			chars += (*p & 0xc0) != 0x80;
		assert_in_range(chars, 6, TELNYX_TEXT_MAX);
		assert_non_null(strstr(out, "012345"));
	}
}

static void
price_is_the_vendors(void **state)
{
	static const char body[] =
	    "{\"data\":{\"id\":\"40385f64-5717-4562-b3fc-2c963f66afa6\","
	    "\"to\":[{\"phone_number\":\"+447700900000\","
	    "\"status\":\"queued\"}],\"cost\":{\"amount\":\"0.0051\"}}}";
	static struct http_reply reply;

	(void)state;
	sample_reply(&reply, 200, body);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_START, &ctx, &reply), OUTCOME_OK);
	assert_int_equal(ctx.told.price, 5100);
	assert_string_equal(ctx.detail, "status=queued");
}

UNIT_TESTS(test_telnyx_sms)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(start_sends_one_text, setup),
		cmocka_unit_test_setup(
		    start_refuses_what_it_cannot_send, setup),
		cmocka_unit_test_setup(settings_fit_together, setup),
		cmocka_unit_test_setup(templates_fit_one_part, setup),
		cmocka_unit_test_setup(values_are_cut_and_cleaned, setup),
		cmocka_unit_test_setup(what_the_owner_is_told, setup),
		cmocka_unit_test_setup(what_the_help_desk_sends, setup),
		cmocka_unit_test_setup(a_text_is_one_part, setup),
		cmocka_unit_test_setup(price_is_the_vendors, setup),
	};

	return cmocka_run_group_tests_name("telnyx_sms", tests, NULL, NULL);
}
