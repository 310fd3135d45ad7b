/* SPDX-License-Identifier: BSD-2-Clause */
/* What Telnyx Verify and number lookup are asked, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define PROFILE "12ade33a-21c0-473b-b055-b3c836e1c292"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;

static void
aim(const char *type)
{
	ops = sample_fill(type, &conf, &ctx);
}

static int
setup(void **state)
{
	(void)state;
	aim("telnyx-verify");
	return 0;
}

static void
assert_request(enum http_method method, const char *path, const char *body)
{
	assert_false(req.failed);
	assert_int_equal(req.method, method);
	assert_string_equal(req.path, path);
	assert_string_equal(req.body, body);
	assert_int_equal(req.body_len, strlen(body));
	if (body[0] != '\0')
		assert_string_equal(req.content_type, "application/json");
	else
		assert_null(req.content_type);
	assert_null(req.auth_user);
	assert_null(req.auth_header);
	assert_string_equal(req.auth_token, "");
	assert_string_equal(
	    req.auth_secret->b, "KEY0123456789ABCDEF_abcdefghijklmnop");
}

static void
start_names_number_profile_and_life(void **state)
{
	static const struct {
		enum method method;
		const char *path;
	} rows[] = {
		{ METHOD_SMS, "/v2/verifications/sms" },
		{ METHOD_VOICE, "/v2/verifications/call" },
		{ METHOD_WHATSAPP, "/v2/verifications/whatsapp" },
	};

	(void)state;
	conf.expiry_ms = 120000;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ctx.method = rows[i].method;
		assert_int_equal(BUILD(ops, CALL_START, NULL), 0);
		assert_request(HTTP_POST, rows[i].path,
		    "{\"phone_number\":\"+447700900000\","
		    "\"verify_profile_id\":\"" PROFILE
		    "\",\"timeout_secs\":120}");
	}
}

static void
start_refuses_other_ways_and_numbers(void **state)
{
	static const char *const phones[] = { "", "+", "447700900000",
		"+0447700900000", "+44 7700900000", "+4477009\"0000", NULL };

	(void)state;
	refused_methods(&ctx);
	aim("telnyx-verify");
	refused_phones(&ctx, phones);
}

/* Never the member "status", by which the caller would say what is right. */
static void
check_sends_the_code_to_our_id(void **state)
{
	(void)state;
	assert_int_equal(BUILD(ops, CALL_CHECK, "01234"), 0);
	assert_request(HTTP_POST,
	    "/v2/verifications/" PROFILE "/actions/verify",
	    "{\"code\":\"01234\"}");
}

static void
check_refuses_ids_and_codes_of_another_shape(void **state)
{
	static const char *const ids[] = { "", "..",
		"12ade33a-21c0-473b-b055-b3c836e1c2920",
		"../../v2/messages/4a83-adde-01234567",
		"12ade33a-21c0-473b-b055-b3c836e1c29/",
		"12ade33a-21c0-473b-b055-b3c836e1c29",
		"12ade33a021c0-473b-b055-b3c836e1c292", NULL };
	static const char *const codes[] = { "", "1234", "123456", "1234a",
		" 1234", "12\"45", "../sm", NULL };

	(void)state;
	refused_codes(&ctx, codes);
	refused_ids(&ctx, "01234", ids);
}

static void
nothing_is_asked_without_a_key(void **state)
{
	(void)state;
	conf.secret[sample_key(ops, "api_key_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_START, NULL), -1);
	assert_int_equal(BUILD(ops, CALL_CHECK, "01234"), -1);
	aim("telnyx-lookup");
	conf.secret[sample_key(ops, "api_key_file")->slot].len = 0;
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
}

static void
settings_want_a_uuid(void **state)
{
	const unsigned slot = sample_key(ops, "verify_profile_id")->slot;
	const char *key = NULL;

	(void)state;
	assert_null(ops->type->settings(&conf, &key));
	conf.text[slot] = "12ade33a-21c0-473b-b055-b3c836e1c2-2";
	assert_non_null(ops->type->settings(&conf, &key));
	assert_string_equal(key, "verify_profile_id");
	assert_int_equal(BUILD(ops, CALL_PROBE, NULL), -1);
	conf.text[slot] = NULL;
	assert_int_equal(BUILD(ops, CALL_PROBE, NULL), -1);
	assert_true(req.failed);
}

/* An approval of another number's verification is none of ours, nor one that
 * comes when no id is known. */
static void
check_wants_an_id_and_our_number(void **state)
{
	static const char body[] =
	    "{\"data\":{\"phone_number\":\"+447700900000\","
	    "\"response_code\":\"accepted\"}}";
	static struct http_reply reply;

	(void)state;
	sample_reply(&reply, 200, body);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply), OUTCOME_OK);
	ctx.phone = "+447700900001";
	assert_int_equal(provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply),
	    OUTCOME_DENY);
	ctx.phone = "+447700900000";
	ctx.request_id[0] = '\0';
	assert_int_equal(provider_ops_read_reply(ops, CALL_CHECK, &ctx, &reply),
	    OUTCOME_DENY);
}

static void
lookup_asks_for_the_carrier(void **state)
{
	(void)state;
	aim("telnyx-lookup");
	assert_int_equal(ops->type->methods, 0);
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), 0);
	assert_request(
	    HTTP_GET, "/v2/number_lookup/%2B447700900000?type=carrier", "");
	ctx.phone = "447700900000";
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
	ctx.phone = "+44/../messages";
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
	assert_true(req.failed);
}

/* Canada shares +1, and is refused to who has not asked for it. */
static void
lookup_is_careful_with_north_america(void **state)
{
	static const char body[] =
	    "{\"errors\":[{\"code\":\"10016\",\"title\":\"x\"}]}";
	static struct http_reply reply;
	struct number_facts l;

	(void)state;
	aim("telnyx-lookup");
	ctx.lookup = &l;
	sample_reply(&reply, 422, body);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_LOOKUP, &ctx, &reply),
	    OUTCOME_NUMBER);
	assert_int_equal(l.valid, LOOKUP_NO);
	ctx.phone = "+12025550100";
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_LOOKUP, &ctx, &reply),
	    OUTCOME_NUMBER);
	assert_int_equal(l.valid, LOOKUP_UNKNOWN);
}

UNIT_TESTS(test_telnyx_verify)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    start_names_number_profile_and_life, setup),
		cmocka_unit_test_setup(
		    start_refuses_other_ways_and_numbers, setup),
		cmocka_unit_test_setup(check_sends_the_code_to_our_id, setup),
		cmocka_unit_test_setup(
		    check_refuses_ids_and_codes_of_another_shape, setup),
		cmocka_unit_test_setup(nothing_is_asked_without_a_key, setup),
		cmocka_unit_test_setup(settings_want_a_uuid, setup),
		cmocka_unit_test_setup(check_wants_an_id_and_our_number, setup),
		cmocka_unit_test_setup(lookup_asks_for_the_carrier, setup),
		cmocka_unit_test_setup(
		    lookup_is_careful_with_north_america, setup),
	};

	return cmocka_run_group_tests_name("telnyx_verify", tests, NULL, NULL);
}
