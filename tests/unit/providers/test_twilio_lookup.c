/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio Lookup: its request, and what it leaves for the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define PATH "/v2/PhoneNumbers/%2B447700900000?Fields="

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
	ops = sample_fill("twilio-lookup", &conf, &ctx);
	return 0;
}

static void
lookup_asks_for_its_fields(void **state)
{
	(void)state;
	assert_string_equal(ops->type->base_url, "https://lookups.twilio.com");
	assert_int_equal(ops->type->methods, 0);
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), 0);
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path, PATH "line_type_intelligence");
	assert_int_equal(req.body_len, 0);
	assert_null(req.content_type);
	assert_string_equal(
	    req.auth_user, "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	conf.text[sample_key(ops, "fields")->slot] =
	    "line_type_intelligence,line_status,validation";
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), 0);
	assert_string_equal(
	    req.path, PATH "line_type_intelligence%2Cline_status%2Cvalidation");
}

static void
lookup_refuses_what_is_no_number(void **state)
{
	static const char *const phones[] = { "", "447700900000", "+44/../x",
		"+44770090000?", "+447700900000000000", NULL };

	(void)state;
	refused_phones(&ctx, phones);
	ctx.phone = SAMPLE_PHONE;
	conf.secret[sample_key(ops, "auth_token_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
}

static void
detail_is_for_the_log(void **state)
{
	static const char body[] =
	    "{\"phone_number\":\"" SAMPLE_PHONE "\",\"valid\":false,"
	    "\"validation_errors\":[\"TOO_LONG\"]}";
	struct number_facts l;

	(void)state;
	ctx.lookup = &l;
	sample_reply(&reply, 200, body);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_LOOKUP, &ctx, &reply),
	    OUTCOME_NUMBER);
	assert_int_equal(l.valid, LOOKUP_NO);
	assert_string_equal(ctx.detail, "valid=false TOO_LONG");
}

UNIT_TESTS(test_twilio_lookup)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
	static const struct CMUnitTest tests[] = {
		TEST(lookup_asks_for_its_fields),
		TEST(lookup_refuses_what_is_no_number),
		TEST(detail_is_for_the_log),
	};

	return cmocka_run_group_tests_name("twilio_lookup", tests, NULL, NULL);
}
