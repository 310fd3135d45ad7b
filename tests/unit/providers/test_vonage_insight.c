/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage Number Insight: its request, and what it keeps of replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/support/refused.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define TYPE "vonage-insight"

static const struct provider_ops *ops;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;

static int
setup(void **state)
{
	(void)state;
	ops = sample_fill(TYPE, &conf, &ctx);
	return 0;
}

static void
assert_path(const char *path)
{
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), 0);
	assert_false(req.failed);
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path, path);
	assert_int_equal(req.body_len, 0);
	assert_null(req.content_type);
	assert_string_equal(req.auth_user, "abcd1234");
	assert_string_equal(req.auth_secret->b, "Sup3rS3cret");
}

static void
a_level_is_a_path(void **state)
{
	const char **level = &conf.text[sample_key(ops, "level")->slot], *key;

	(void)state;
	assert_path("/ni/standard/json?number=447700900000");
	*level = "basic";
	assert_path("/ni/basic/json?number=447700900000");
	*level = "standard";
	assert_path("/ni/standard/json?number=447700900000");
	*level = "advanced";
	assert_path("/ni/advanced/json?number=447700900000");
	assert_null(ops->type->settings(&conf, &key));
	*level = "secret";
	assert_non_null(ops->type->settings(&conf, &key));
	assert_string_equal(key, "level");
}

static void
nothing_is_asked_without_a_number_or_credentials(void **state)
{
	static const char *const phones[] = { "", "447700900000", "+44&x=1",
		"+44 7700900000", NULL };

	(void)state;
	refused_phones(&ctx, phones);
	ctx.phone = SAMPLE_PHONE;
	conf.secret[0].len = 0;
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
}

/* What stood in it before is gone, whatever the answer. */
static void
an_answer_begins_anew(void **state)
{
	struct number_facts l = { LOOKUP_YES, LOOKUP_YES, NUMBER_MOBILE, "GB" };
	static const struct number_facts none;

	(void)state;
	ctx.lookup = &l;
	replies_read(TYPE, "http-500", &reply);
	assert_int_equal(
	    provider_ops_read_reply(ops, CALL_LOOKUP, &ctx, &reply),
	    OUTCOME_TRANSIENT);
	assert_memory_equal(&l, &none, sizeof(l));
	assert_string_equal(ctx.detail, "http=500 status=unreadable");
}

static void
the_table_entry_holds(void **state)
{
	(void)state;
	assert_string_equal(ops->type->base_url, "https://api.nexmo.com");
	assert_int_equal(ops->type->methods, 0);
	assert_null(ops->call[CALL_START].reply);
	assert_null(ops->call[CALL_CHECK].reply);
}

static void
identity_asks_for_format_and_carriers(void **state)
{
	(void)state;
	ops = sample_fill("vonage-identity", &conf, &ctx);
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, "/identity-insights/v1/requests");
	assert_string_equal(req.content_type, "application/json");
	assert_string_equal(req.body,
	    "{\"phone_number\":\"447700900000\",\"insights\":{\"format\":{},"
	    "\"original_carrier\":{},\"current_carrier\":{}}}");
	assert_null(req.auth_user);
	assert_int_equal(strncmp(req.auth_token, "eyJ", 3), 0);
}

static void
identity_is_asked_nothing_without_a_number_or_key(void **state)
{
	static const char *const phones[] = { "", "447700900000", "+44\"x",
		"+44 7700900000", NULL };

	(void)state;
	ops = sample_fill("vonage-identity", &conf, &ctx);
	refused_phones(&ctx, phones);
	ctx.phone = SAMPLE_PHONE;
	conf.key.len = 0;
	assert_int_equal(BUILD(ops, CALL_LOOKUP, NULL), -1);
}

static void
identity_is_probed_by_asking_for_nothing(void **state)
{
	(void)state;
	ops = sample_fill("vonage-identity", &conf, &ctx);
	assert_int_equal(BUILD(ops, CALL_PROBE, NULL), 0);
	assert_string_equal(
	    req.body, "{\"phone_number\":\"0\",\"insights\":{}}");
}

static void
its_end_is_announced(void **state)
{
	(void)state;
	assert_non_null(strstr(ops->type->notice, "2027-02-04"));
	assert_non_null(strstr(ops->type->notice, "vonage-identity"));
	assert_null(provider_type_find("vonage-identity")->notice);
	assert_true(provider_type_find("vonage-verify")->legacy);
	assert_false(provider_type_find("vonage-verify-v2")->legacy);
}

UNIT_TESTS(test_vonage_insight)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_table_entry_holds),
		TEST(a_level_is_a_path),
		TEST(nothing_is_asked_without_a_number_or_credentials),
		TEST(an_answer_begins_anew),
		TEST(identity_asks_for_format_and_carriers),
		TEST(identity_is_asked_nothing_without_a_number_or_key),
		TEST(identity_is_probed_by_asking_for_nothing),
		TEST(its_end_is_announced),
	};

	return cmocka_run_group_tests_name("vonage_insight", tests, NULL, NULL);
}
