/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio Verify: its requests, its entry, what it leaves for the log. */
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

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ACCOUNT "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OURS "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OURS_AND_MORE "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SERVICES "/v2/Services/" SERVICE

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
/* Too large for a stack under a sanitizer. */
static struct http_request req;
static struct http_reply reply;

static int
fresh(void **state)
{
	(void)state;
	ops = sample_fill("twilio-verify", &conf, &ctx);
	return 0;
}

static void
assert_request(const char *path, const char *body)
{
	assert_int_equal(req.method, HTTP_POST);
	assert_false(req.failed);
	assert_string_equal(req.path, path);
	assert_string_equal(req.body, body);
	assert_int_equal(req.body_len, strlen(body));
	assert_string_equal(
	    req.content_type, "application/x-www-form-urlencoded");
	assert_string_equal(req.auth_user, ACCOUNT);
	assert_string_equal(
	    req.auth_secret->b, "0123456789abcdef0123456789abcdef");
}

static void
the_entry_holds(void **state)
{
	(void)state;
	assert_string_equal(ops->type->base_url, "https://verify.twilio.com");
	assert_int_equal(ops->type->code_lengths, 0x7f0);
	assert_int_equal(ops->type->methods,
	    METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
		METHOD_BIT(METHOD_WHATSAPP) | METHOD_BIT(METHOD_EMAIL));
	assert_int_equal(ops->type->wrong_codes, 5);
	assert_int_equal(ops->type->again, AGAIN_SAME);
	assert_int_equal(ops->type->expiry_s, 600);
	assert_int_equal(ops->type->expiry_min_s, 120);
	assert_int_equal(ops->type->expiry_max_s, 86400);
	assert_null(ops->call[CALL_NEXT].reply);
	assert_null(ops->call[CALL_POLL].reply);
}

static void
start_names_number_and_channel(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(SERVICES "/Verifications",
	    "To=%2B447700900000&Channel=sms&Locale=en");
	ctx.language = "pt-BR";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(SERVICES "/Verifications",
	    "To=%2B447700900000&Channel=sms&Locale=pt-BR");
	ctx.method = METHOD_EMAIL;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_null(strstr(req.body, "Locale"));
	ctx.method = METHOD_VOICE;
	ctx.language = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(
	    SERVICES "/Verifications", "To=%2B447700900000&Channel=call");
	ctx.method = METHOD_WHATSAPP;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(
	    SERVICES "/Verifications", "To=%2B447700900000&Channel=whatsapp");
	ctx.method = METHOD_EMAIL;
	ctx.phone = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request(
	    SERVICES "/Verifications", "To=alice%40example.org&Channel=email");
}

static void
start_refuses_what_it_cannot_ask_for(void **state)
{
	static const char *const phones[] = { "", "+", "447700900000",
		" 447700900000", "+0447700900000", "+44 7700900000",
		"+44770090000a", NULL };
	static const char *const emails[] = { "", "alice", "a@b@c", "a b@c",
		"a@b\n", "\xc3\xa4@example.org" };

	(void)state;
	refused_phones(&ctx, phones);
	ctx.phone = SAMPLE_PHONE;
	refused_methods(&ctx);
	ctx.method = METHOD_EMAIL;
	for (size_t i = 0; i < sizeof(emails) / sizeof(emails[0]); i++) {
		ctx.email = emails[i];
		assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
		assert_true(req.failed);
	}
}

static void
check_and_cancel_name_our_id(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_CHECK, "012345"), 0);
	assert_request(SERVICES "/VerificationCheck",
	    "VerificationSid=" OURS "&Code=012345");
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), 0);
	assert_request(SERVICES "/Verifications/" OURS, "Status=canceled");
	conf.code_length = 10;
	assert_int_equal(BUILD(ops, CALL_CHECK, "0123456789"), 0);
}

static void
check_refuses_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"12345 ", " 12345", "12345\n", "../sms",
		"123&To=", "\xd9\xa1\xd9\xa2\xd9\xa3", NULL };
	static const char *const ids[] = { "", "VE", "../VerificationCheck",
		"VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", OURS_AND_MORE,
		"VEgggggggggggggggggggggggggggggggg",
		"veaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL };

	(void)state;
	refused_codes(&ctx, codes);
	refused_ids(&ctx, "123456", ids);
}

/* An API key stands in place of the account's token. */
static void
an_api_key_is_used(void **state)
{
	struct secret *s =
	    &conf.secret[sample_key(ops, "api_key_secret_file")->slot];

	(void)state;
	conf.text[sample_key(ops, "api_key_sid")->slot] = KEY;
	(void)snprintf(s->b, sizeof(s->b), "KeyS3cret");
	s->len = strlen(s->b);
	conf.secret[sample_key(ops, "auth_token_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_string_equal(req.auth_user, KEY);
	assert_string_equal(req.auth_secret->b, "KeyS3cret");
	conf.text[sample_key(ops, "account_sid")->slot] = NULL;
	assert_int_equal(BUILD(ops, CALL_CHECK, "123456"), 0);
	assert_string_equal(req.auth_user, KEY);
}

static void
nothing_is_asked_without_credentials(void **state)
{
	(void)state;
	conf.secret[sample_key(ops, "auth_token_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_CHECK, "123456"), -1);
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), -1);
	(void)fresh(NULL);
	conf.text[sample_key(ops, "account_sid")->slot] = NULL;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	(void)fresh(NULL);
	conf.text[sample_key(ops, "service_sid")->slot] =
	    "VA/../../v2/Servicesaaaaaaaaaaaaa";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	conf.text[sample_key(ops, "service_sid")->slot] = NULL;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

static void
detail_is_for_the_log(void **state)
{
	(void)state;
	sample_reply(
	    &reply, 429, "{\"code\":60203,\"message\":\"Max send attempts\"}");
	(void)provider_ops_read_reply(ops, CALL_START, &ctx, &reply);
	assert_string_equal(
	    ctx.detail, "http=429 code=60203 Max send attempts");
	sample_reply(&reply, 200, "{\"status\":\"pending\"}");
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail, "status=pending");
	sample_reply(&reply, 502, "<html>");
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail, "http=502 status=unreadable");
}

static void
detail_hides_codes_and_people(void **state)
{
	(void)state;
	sample_reply(&reply, 400,
	    "{\"code\":60200,\"message\":\"Invalid parameter `To`: "
	    "alice@example.org or +447700900000, code 123456\"}");
	(void)provider_ops_read_reply(ops, CALL_START, &ctx, &reply);
	assert_string_equal(ctx.detail,
	    "http=400 code=60200 Invalid parameter `To`: ***************** or "
	    "+************, code ******");
}

UNIT_TESTS(test_twilio_verify)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
	static const struct CMUnitTest tests[] = {
		TEST(the_entry_holds),
		TEST(start_names_number_and_channel),
		TEST(start_refuses_what_it_cannot_ask_for),
		TEST(check_and_cancel_name_our_id),
		TEST(check_refuses_what_is_no_code),
		TEST(an_api_key_is_used),
		TEST(nothing_is_asked_without_credentials),
		TEST(detail_is_for_the_log),
		TEST(detail_hides_codes_and_people),
	};

	return cmocka_run_group_tests_name("twilio_verify", tests, NULL, NULL);
}
