/* SPDX-License-Identifier: BSD-2-Clause */
/* A gateway of any kind: what is sent, byte by byte, and escaped how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"
#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;

static void
set(const char *key, const char *value)
{
	conf.text[sample_key(ops, key)->slot] = value;
}

static void
set_secret(const char *text)
{
	struct secret *s =
	    &conf.secret[sample_key(ops, "auth_secret_file")->slot];

	s->len = strlen(text);
	memcpy(s->b, text, s->len + 1);
}

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill("http-sms", &conf, &ctx);
	memcpy(ctx.code, "012345", 7);
	set("text", "%code%");
	return 0;
}

static void
assert_sent(const char *path, const char *type, const char *body)
{
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, path);
	assert_string_equal(req.content_type, type);
	assert_string_equal(req.body, body);
	assert_int_equal(req.body_len, strlen(body));
	assert_null(req.auth_user);
}

static void
json_is_filled_in(void **state)
{
	(void)state;
	set("text", "%brand%: \"%code%\"");
	ctx.brand = "A\\B"; /* settings refuse it; the template makes it "?" */
	assert_sent("/gateway/messages", JSON,
	    "{\"to\": \"+447700900000\", \"text\": \"A?B: \\\"012345\\\"\"}");
	assert_string_equal(req.auth_header, "Authorization");
	assert_string_equal(
	    req.auth_secret->b, "Bearer KEY0123456789ABCDEF_abcdefghijklmnop");
	set("path", NULL);
	set("auth_header", NULL);
	set("body", "{\"a\\\"b\":[%text%,{\"c\":%receiver%}]}");
	ctx.receiver = "x\"}\\{\t%text%";
	assert_sent("/", JSON,
	    "{\"a\\\"b\":[\"A?B: \\\"012345\\\"\",{\"c\":"
	    "\"x\\\"}\\\\{\\u0009%text%\"}]}");
	assert_null(req.auth_header);
	assert_null(req.auth_secret);
}

static void
forms_are_filled_in(void **state)
{
	(void)state;
	set("text", "%brand%: %code%&to=1");
	set("body", "to=%phone%&text=%text%&key=%secret%&from=ACME");
	set_secret("a+b&c=d%41 e/:");
	assert_sent("/gateway/messages", FORM,
	    "to=%2B447700900000&text=ACME%20Co:%20012345%26to%3D1&"
	    "key=a%2Bb%26c%3Dd%2541%20e%2F:&from=ACME");
}

static void
a_path_holds_the_secret(void **state)
{
	(void)state;
	set("auth_header", NULL);
	set("path", "/bot%secret%/sendMessage");
	set("body", "{\"chat_id\": %receiver%, \"text\": %text%}");
	set_secret("123456:ABC-DEF_1234ghIkl");
	assert_sent("/bot123456:ABC-DEF_1234ghIkl/sendMessage", JSON,
	    "{\"chat_id\": \"alice-7Yk2m\", \"text\": \"012345\"}");
	set_secret("../x?y#z");
	assert_sent("/bot..%2Fx%3Fy%23z/sendMessage", JSON,
	    "{\"chat_id\": \"alice-7Yk2m\", \"text\": \"012345\"}");
	/* nothing but dots between two slashes would lead elsewhere */
	set("path", "/%secret%/send");
	set_secret("..");
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
}

static void
what_cannot_be_sent_is_refused(void **state)
{
	static char long_secret[SECRET_MAX + 1];

	(void)state;
	ctx.phone = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_true(req.failed);
	ctx.phone = SAMPLE_PHONE;
	ctx.method = METHOD_VOICE;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	ctx.method = METHOD_SMS;
	memcpy(ctx.code, "12345", 6);
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	memcpy(ctx.code, "012345", 7);
	set("body", "{\"to\": %receiver%, \"text\": %text%}");
	ctx.receiver = "";
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	ctx.receiver = "x";
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	memset(long_secret, '/', SECRET_MAX);
	set("path", "/%secret%");
	set_secret(long_secret); /* three bytes each */
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_true(req.failed);
}

/* Whatever a gateway says: it may say the text, and with it the code. */
static void
nothing_of_a_reply_is_logged(void **state)
{
	struct http_reply reply;

	(void)state;
	sample_reply(&reply, 400, "{\"text\":\"012345\",\"to\":\"+447\"}");
	assert_int_equal(provider_ops_read_reply(ops, CALL_START, &ctx, &reply),
	    OUTCOME_CONFIG);
	assert_string_equal(ctx.detail, "http=400");
	sample_reply(&reply, 200, "{\"text\":\"012345\"}");
	assert_int_equal(provider_ops_read_reply(ops, CALL_START, &ctx, &reply),
	    OUTCOME_CONFIG);
	assert_string_equal(ctx.detail, "http=200 without success");
	set("success", NULL);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_START, &ctx, &reply), OUTCOME_OK);
	assert_string_equal(ctx.detail, "http=200");
}

static void
prompts_say_what_settings_say(void **state)
{
	struct provider_conf other;
	struct provider_ctx none;

	(void)state;
	assert_null(provider_prompt_words(&conf));
	assert_false(provider_by_receiver(&conf));
	set("says", "by ntfy");
	assert_string_equal(provider_prompt_words(&conf), "by ntfy");
	set("body", "{\"topic\": %receiver%, \"message\": %text%}");
	assert_true(provider_by_receiver(&conf));
	set("body", NULL); /* of settings with an error */
	assert_false(provider_by_receiver(&conf));
	(void)sample_fill("twilio-verify", &other, &none);
	for (size_t i = 0; i < PROVIDER_SLOTS; i++)
		other.text[i] = "%receiver%";
	assert_null(provider_prompt_words(&other));
	assert_false(provider_by_receiver(&other));
}

UNIT_TESTS(test_http_sms)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, setup)
		TEST(json_is_filled_in),
		TEST(forms_are_filled_in),
		TEST(a_path_holds_the_secret),
		TEST(what_cannot_be_sent_is_refused),
		TEST(nothing_of_a_reply_is_logged),
		TEST(prompts_say_what_settings_say),
	};

	return cmocka_run_group_tests_name("http_sms", tests, NULL, NULL);
}
