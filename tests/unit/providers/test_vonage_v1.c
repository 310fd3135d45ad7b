/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage Verify v1: its requests, and what it keeps of replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/refused.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define OURS "abcdef0123456789abcdef0123456789"
#define OURS_AND_MORE "abcdef0123456789abcdef01234567890"

static const struct provider_ops *ops;
static struct provider_conf conf;
/* Too large for a stack under a sanitizer. */
static struct http_reply reply;
static struct http_request req;

static void
ctx_fill(struct provider_ctx *ctx)
{
	sample_ctx(sample_of_type("vonage-verify"), &conf, ctx);
	ctx->brand = "ACME & Co";
}

static void
conf_fill(void)
{
	sample_conf(sample_of_type("vonage-verify"), &conf);
}

static const struct setting_key *
key_of(const char *name)
{
	return sample_key(ops, name);
}

static int
setup(void **state)
{
	(void)state;
	ops = provider_ops(provider_type_find("vonage-verify"));
	assert_non_null(ops);
	conf_fill();
	return 0;
}

static void
detail_and_price_are_for_the_log(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	replies_read("vonage-verify", "check-ok", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	/* 0.10000000, and what the reply says of messages */
	assert_int_equal(ctx.told.price, 133300);
	assert_string_equal(ctx.detail, "status=0");

	ctx_fill(&ctx);
	replies_read("vonage-verify", "status-16", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail,
	    "status=16 The code inserted does not match the expected value");

	ctx_fill(&ctx);
	replies_read("vonage-verify", "http-502", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_string_equal(ctx.detail, "http=502 status=unreadable");

	ctx_fill(&ctx);
	replies_read("vonage-verify", "price-bad", &reply);
	(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
	assert_int_equal(ctx.told.price, 0);
}

static void
detail_hides_codes_and_numbers(void **state)
{
	static const struct {
		const char *body, *detail;
	} rows[] = {
		{ "{\"status\":\"16\",\"error_text\":"
		  "\"123456 for 447700900000 in 30 s\"}",
		    "status=16 ****** for ************ in 30 s" },
		{ "{\"status\":\"16\",\"error_text\":\"try 123-456, 1 2 3 4\"}",
		    "status=16 try *******, *******" },
		{ "{\"status\":\"3 123456\",\"error_text\":\"e\"}",
		    "status=******** e" },
		{ "{\"status\":\"20404\",\"error_text\":\"in 3 of 5\"}",
		    "status=20404 in 3 of 5" },
	};
	struct provider_ctx ctx;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		replies_read("vonage-verify", "status-16", &reply);
		reply.len = strlen(rows[i].body);
		memcpy(reply.body, rows[i].body, reply.len + 1);
		ctx_fill(&ctx);
		(void)provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply);
		assert_string_equal(ctx.detail, rows[i].detail);
	}
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
	assert_string_equal(req.auth_user, "abcd1234");
	assert_string_equal(req.auth_secret->b, "Sup3rS3cret");
}

static void
start_asks_for_one_message(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=6&"
	    "pin_expiry=300&workflow_id=6&lg=en-us");

	conf.text[key_of("sender_id")->slot] = "ACME";
	conf.number[key_of("workflow_id")->slot] = 4;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=6&"
	    "pin_expiry=300&workflow_id=4&sender_id=ACME&lg=en-us");
	conf_fill();
}

static void
start_asks_for_a_call(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	ctx.method = METHOD_VOICE;
	ctx.language = "xx";
	conf.text[key_of("sender_id")->slot] = "ACME";
	conf.code_length = 4;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	conf_fill();
	assert_request("/verify/json",
	    "number=447700900000&brand=ACME%20%26%20Co&code_length=4&"
	    "pin_expiry=300&workflow_id=7");
}

/* The steps of each (guide "Workflows and events"), and what a start by either
 * method sends: a workflow holds for the method of its first step. */
static const struct {
	long set;
	const char *sms, *voice;
	enum method next[3];
} workflows[] = {
	{ 1, "1", "7", { METHOD_VOICE, METHOD_VOICE } },
	{ 2, "2", "7", { METHOD_SMS, METHOD_VOICE } },
	{ 3, "6", "3", { METHOD_VOICE } },
	{ 4, "4", "7", { METHOD_SMS } },
	{ 5, "5", "7", { METHOD_VOICE } },
	{ 6, "6", "7", { METHOD_NONE } },
	{ 7, "6", "7", { METHOD_NONE } },
};

static void
assert_workflow(enum method method, const char *id)
{
	struct provider_ctx ctx;
	char body[256];

	ctx_fill(&ctx);
	ctx.method = method;
	assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
	(void)snprintf(body, sizeof(body),
	    "number=447700900000&brand=ACME%%20%%26%%20Co&code_length=6&"
	    "pin_expiry=300&workflow_id=%s&lg=en-us",
	    id);
	assert_request("/verify/json", body);
}

/* However short the code's life is: each step has its own time. */
static void
a_workflow_lasts(void **state)
{
	(void)state;
	conf.number[key_of("workflow_id")->slot] = 1;
	conf.expiry_ms = 60000;
	assert_int_equal(
	    ops->type->life_ms(&conf, METHOD_SMS), 300000 + (125 + 180) * 1000);
	conf.expiry_ms = 400000;
	assert_int_equal(
	    ops->type->life_ms(&conf, METHOD_SMS), 400000 + (125 + 180) * 1000);
}

static void
workflows_begin_with_the_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(workflows) / sizeof(workflows[0]); i++) {
		conf.number[key_of("workflow_id")->slot] = workflows[i].set;
		assert_workflow(METHOD_SMS, workflows[i].sms);
		assert_workflow(METHOD_VOICE, workflows[i].voice);
		for (unsigned n = 0; n < 3; n++)
			assert_int_equal(ops->type->next_method(&conf, n + 1),
			    workflows[i].next[n]);
		assert_int_equal(
		    ops->type->next_method(&conf, 99), METHOD_NONE);
	}
	conf_fill();
}

static void
start_refuses_what_it_cannot_ask_for(void **state)
{
	static const char *const phones[] = { "", "+", "447700900000",
		"+0447700900000", "+44 7700900000", "+44770090000a", NULL };
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	refused_phones(&ctx, phones);
	ctx_fill(&ctx);
	refused_methods(&ctx);
}

static void
nothing_is_asked_without_credentials(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	conf.secret[key_of("api_secret_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_CHECK, "123456"), -1);
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), -1);
	conf_fill();
	conf.text[key_of("api_key")->slot] = NULL;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	conf_fill();
}

static void
check_and_cancel_name_our_id(void **state)
{
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	assert_int_equal(BUILD(ops, CALL_CHECK, "012345"), 0);
	assert_request("/verify/check/json", "request_id=" OURS "&code=012345");
	assert_int_equal(BUILD(ops, CALL_CANCEL, NULL), 0);
	assert_request(
	    "/verify/control/json", "request_id=" OURS "&cmd=cancel");
	assert_int_equal(BUILD(ops, CALL_NEXT, NULL), 0);
	assert_request("/verify/control/json",
	    "request_id=" OURS "&cmd=trigger_next_event");
}

static void
check_refuses_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		"12345 ", " 12345", "12345\n", "../sms",
		"123&x=", "\xd9\xa1\xd9\xa2\xd9\xa3", NULL };
	static const char *const ids[] = { "", "a/b", "a b", "a&code=1",
		OURS_AND_MORE, "\xc3\xa9", NULL };
	struct provider_ctx ctx;

	(void)state;
	ctx_fill(&ctx);
	refused_codes(&ctx, codes);
	refused_ids(&ctx, "123456", ids);
}

static void
the_table_entry_holds(void **state)
{
	(void)state;
	assert_string_equal(ops->type->base_url, "https://api.nexmo.com");
	assert_int_equal(ops->type->code_lengths, 1u << 4 | 1u << 6);
	assert_int_equal(ops->type->methods,
	    METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE));
	assert_int_equal(ops->type->wrong_codes, 3);
	assert_int_equal(key_of("workflow_id")->dflt, 6);
	assert_null(provider_type_find("vonage"));
	assert_null(provider_type_find(""));
	/* init offers the newer one first */
	assert_ptr_equal(provider_type_nth(1), ops->type);
}

static void
every_outcome_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		assert_true(outcome_name((enum outcome)i)[0] != '\0');
	for (long status = 0; status < 1000; status++) {
		assert_int_not_equal(
		    outcome_from_http_start(status), OUTCOME_OK);
		assert_int_not_equal(
		    outcome_from_http_check(status), OUTCOME_OK);
	}
}

UNIT_TESTS(test_vonage_v1)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_entry_holds),
		cmocka_unit_test(every_outcome_has_a_name),
		cmocka_unit_test(detail_and_price_are_for_the_log),
		cmocka_unit_test(detail_hides_codes_and_numbers),
		cmocka_unit_test(start_asks_for_one_message),
		cmocka_unit_test(start_asks_for_a_call),
		cmocka_unit_test(workflows_begin_with_the_method),
		cmocka_unit_test(start_refuses_what_it_cannot_ask_for),
		cmocka_unit_test(nothing_is_asked_without_credentials),
		cmocka_unit_test(check_and_cancel_name_our_id),
		cmocka_unit_test(check_refuses_what_is_no_code),
		cmocka_unit_test_setup(a_workflow_lasts, setup),
	};

	return cmocka_run_group_tests_name("vonage_v1", tests, setup, NULL);
}
