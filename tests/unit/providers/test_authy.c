/* SPDX-License-Identifier: BSD-2-Clause */
/* What the legacy Authy API is asked, and that nothing but digits gets into
 * its paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define UUID "12ade33a-21c0-473b-b055-b3c836e1c292"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill("authy", &conf, &ctx);
	(void)snprintf(
	    ctx.request_id, sizeof(ctx.request_id), "%s", SAMPLE_AUTHY_ID);
	return 0;
}

/* The key goes into a header of its own, and into nothing else. */
static void
assert_get(const char *path)
{
	assert_false(req.failed);
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path, path);
	assert_int_equal(req.body_len, 0);
	assert_null(req.content_type);
	assert_string_equal(req.auth_header, "X-Authy-API-Key");
	assert_string_equal(
	    req.auth_secret->b, "0cd08abec2e9b9641e40e9470a7fc336");
	assert_null(req.auth_user);
	assert_string_equal(req.auth_token, "");
}

static void
start_forces_a_message_or_a_call(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_get("/protected/json/sms/1234567?force=true");
	ctx.method = METHOD_VOICE;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_get("/protected/json/call/1234567?force=true");
	ctx.method = METHOD_TOTP;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	ctx.method = METHOD_WHATSAPP;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

/* Without force, any token is right for a user who has never shown one. */
static void
check_forces_a_comparison(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), 0);
	assert_get("/protected/json/verify/0123456/1234567?force=true");
	ctx.method = METHOD_TOTP;
	ctx.request_id[0] = '\0';
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), 0);
	assert_get("/protected/json/verify/0123456/1234567?force=true");
}

static void
only_digits_get_into_paths(void **state)
{
	static const char *const ids[] = { "", "../sms/1", "1234567/", "12a",
		"1234567?x", "-1", "%2e%2e", "12345678901234567", " 1" };
	static const char *const codes[] = { "", "../sms", "123456", "12345678",
		"12345 7", "123456?", "%2e%2e%2f", "12345a7",
		"\xd9\xa1\xd9\xa2\xd9\xa3", NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		ctx.account = ids[i];
		(void)snprintf(
		    ctx.request_id, sizeof(ctx.request_id), "%s", ids[i]);
		for (enum method m = METHOD_NONE; m < METHOD_COUNT; m++) {
			ctx.method = m;
			assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
			assert_true(req.failed);
		}
		assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), -1);
		assert_true(req.failed);
	}
	(void)setup(NULL);
	refused_codes(&ctx, codes);
}

/* The user's file may name another user of the vendor's by now. */
static void
check_is_of_the_user_that_was_asked(void **state)
{
	(void)state;
	ctx.account = "7654321";
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), -1);
	assert_true(req.failed);
	(void)setup(NULL);
	ctx.request_id[0] = '\0'; /* not the app's token, so begun */
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), -1);
}

static void
push_says_who_asks_and_from_where(void **state)
{
	(void)state;
	ctx.method = METHOD_PUSH;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(
	    req.path, "/onetouch/json/users/1234567/approval_requests");
	assert_string_equal(req.body,
	    "message=ACME%20Co%3A%20sign%20in%20to%20web1.example.org%3F"
	    "&details%5BNumber%5D=42&details%5BHost%5D=web1.example.org"
	    "&details%5BAccount%5D=alice&details%5BService%5D=sshd"
	    "&details%5BAddress%5D=192.0.2.7"
	    "&details%5BTime%5D=2026-01-01%2000%3A00%3A00%20UTC"
	    "&seconds_to_expire=90");
	assert_string_equal(
	    req.content_type, "application/x-www-form-urlencoded");
	assert_string_equal(req.auth_header, "X-Authy-API-Key");

	conf.text[AUTHY_LOGO] = "https://example.org/a.png?b=1&c";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_non_null(strstr(req.body,
	    "UTC&logos%5B%5D%5Bres%5D=default&logos%5B%5D%5Burl%5D=https%3A%2F"
	    "%2Fexample.org%2Fa.png%3Fb%3D1%26c&seconds"));
	ctx.address = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_null(strstr(req.body, "Address"));
	ctx.life_s = 0; /* would never end */
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

/* Every value at its longest still fits. */
/* No time to show on the phone: no push without it. */
static void
push_wants_a_time(void **state)
{
	(void)state;
	ctx.method = METHOD_PUSH;
	ctx.wall = INT64_C(1) << 60; /* a year that no calendar has */
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_true(req.failed);
}

static void
push_takes_long_values(void **state)
{
	char longest[300];

	(void)state;
	memset(longest, '\xff', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ctx.method = METHOD_PUSH;
	ctx.brand = ctx.host = ctx.user = longest;
	ctx.service = ctx.address = longest;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_false(req.failed);
}

static void
poll_asks_for_our_request(void **state)
{
	static const char *const ids[] = { "", "1234567", "../" UUID, UUID "/",
		"12ade33a-21c0-473b-b055-b3c836e1c29/" };

	(void)state;
	ctx.method = METHOD_PUSH;
	memcpy(ctx.request_id, UUID, sizeof(UUID));
	assert_int_equal(BUILD(ops, CALL_POLL, NULL), 0);
	assert_get("/onetouch/json/approval_requests/" UUID);
	for (size_t i = 0; i < COUNT(ids); i++) {
		(void)snprintf(
		    ctx.request_id, sizeof(ctx.request_id), "%s", ids[i]);
		assert_int_equal(BUILD(ops, CALL_POLL, NULL), -1);
		assert_true(req.failed);
	}
}

static void
an_approval_is_of_our_request_and_user(void **state)
{
	static const char body[] =
	    "{\"approval_request\":{\"uuid\":\"" UUID
	    "\",\"_authy_id\":1234567,\"status\":\"approved\"},"
	    "\"success\":true}";

	(void)state;
	ctx.method = METHOD_PUSH;
	memcpy(ctx.request_id, UUID, sizeof(UUID));
	sample_reply(&reply, 200, body);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply), OUTCOME_OK);
	assert_string_equal(ctx.detail, "status=approved");
	ctx.request_id[0] = '0';
	assert_int_equal(provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply),
	    OUTCOME_DENY);
	ctx.request_id[0] = '\0';
	assert_int_equal(provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply),
	    OUTCOME_DENY);
	memcpy(ctx.request_id, UUID, sizeof(UUID));
	ctx.account = "1234568";
	assert_int_equal(provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply),
	    OUTCOME_DENY);
	ctx.account = "";
	assert_int_equal(provider_ops_read_reply(ops, CALL_POLL, &ctx, &reply),
	    OUTCOME_DENY);
	assert_false(ctx.told.refused);
}

static void
a_started_code_goes_by_its_user(void **state)
{
	(void)state;
	sample_reply(&reply, 200,
	    "{\"success\":true,\"message\":\"SMS token was sent\"}");
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_START, &ctx, &reply), OUTCOME_OK);
	assert_string_equal(ctx.request_id, SAMPLE_AUTHY_ID);
	ctx.account = "../sms";
	assert_int_equal(provider_ops_read_reply(ops, CALL_START, &ctx, &reply),
	    OUTCOME_TRANSIENT);
	assert_string_equal(ctx.request_id, "");
}

static void
nothing_is_asked_without_a_key(void **state)
{
	(void)state;
	conf.secret[sample_key(ops, "api_key_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456"), -1);
	ctx.method = METHOD_PUSH;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	memcpy(ctx.request_id, UUID, sizeof(UUID));
	assert_int_equal(BUILD(ops, CALL_POLL, NULL), -1);
}

/* No byte of an address can become another field. */
static void
a_number_is_registered_with_its_address(void **state)
{
	(void)state;
	ctx.account = "";
	ctx.phone = "+14155550123";
	ctx.email = "a+b&user[cellphone]=1%20@example.org";
	assert_int_equal(BUILD(ops, CALL_REGISTER, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, "/protected/json/users/new");
	assert_string_equal(req.body,
	    "user%5Bemail%5D=a%2Bb%26user%5Bcellphone%5D%3D1%2520%40example.org"
	    "&user%5Bcellphone%5D=4155550123&user%5Bcountry_code%5D=1"
	    "&send_install_link_via_sms=false");
	assert_string_equal(req.auth_header, "X-Authy-API-Key");
	ctx.phone = "+447700900100";
	assert_int_equal(BUILD(ops, CALL_REGISTER, NULL), 0);
	assert_non_null(strstr(req.body,
	    "user%5Bcellphone%5D=7700900100&user%5Bcountry_code%5D=44&"));
}

static void
nobody_is_registered_without_both(void **state)
{
	static const char *const addresses[] = { "", "a", "a@b@c", "a b@c.de",
		"a\r\nX: y@c.de", "a\"@c.de", "\xc3\xa4@c.de" };
	static const char *const numbers[] = { "", "4155550123", "+1", "+0123",
		"+1415555012x" };

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		ctx.email = addresses[i];
		assert_int_equal(BUILD(ops, CALL_REGISTER, NULL), -1);
		assert_true(req.failed);
	}
	(void)setup(NULL);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		ctx.phone = numbers[i];
		assert_int_equal(BUILD(ops, CALL_REGISTER, NULL), -1);
	}
}

static void
its_end_is_announced(void **state)
{
	(void)state;
	assert_non_null(ops->type->notice);
	assert_non_null(strstr(ops->type->notice, "twilio-verify"));
}

UNIT_TESTS(test_authy)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(start_forces_a_message_or_a_call, setup),
		cmocka_unit_test_setup(check_forces_a_comparison, setup),
		cmocka_unit_test_setup(only_digits_get_into_paths, setup),
		cmocka_unit_test_setup(
		    check_is_of_the_user_that_was_asked, setup),
		cmocka_unit_test_setup(
		    push_says_who_asks_and_from_where, setup),
		cmocka_unit_test_setup(push_wants_a_time, setup),
		cmocka_unit_test_setup(push_takes_long_values, setup),
		cmocka_unit_test_setup(poll_asks_for_our_request, setup),
		cmocka_unit_test_setup(
		    an_approval_is_of_our_request_and_user, setup),
		cmocka_unit_test_setup(a_started_code_goes_by_its_user, setup),
		cmocka_unit_test_setup(nothing_is_asked_without_a_key, setup),
		cmocka_unit_test_setup(
		    a_number_is_registered_with_its_address, setup),
		cmocka_unit_test_setup(
		    nobody_is_registered_without_both, setup),
		cmocka_unit_test_setup(its_end_is_announced, setup),
	};

	return cmocka_run_group_tests_name("authy", tests, NULL, NULL);
}
