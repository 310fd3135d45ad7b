/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that cost nothing: what each type asks, and what replies mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/net/net_inside.h"
#include "helper/providers/providers.h"
#include "lib/values/values.h"
#include "tests/support/refused.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define NONCE "0123456789abcdef0123456789abcdef"
#define UUID "01234567-89ab-4def-8123-456789abcdef"

static struct provider_conf conf;
static struct provider_ctx ctx;
static struct http_request req;
static struct http_reply reply;

/* What is asked, and some replies; path NULL ends. */
static const struct row {
	const char *type;
	enum http_method method;
	const char *path;
	struct {
		long status;
		const char *body;
		enum outcome outcome;
	} replies[8];
} rows[] = {
	{ "vonage-verify", HTTP_GET, "/verify/search/json?request_id=" NONCE,
	    {
		{ 200, "{\"status\":\"101\",\"error_text\":\"No\"}",
		    OUTCOME_OK },
		{ 200, "{\"status\":\"4\"}", OUTCOME_CONFIG },
		{ 200, "{\"status\":\"9\"}", OUTCOME_ACCOUNT },
		{ 200, "{\"status\":\"1\"}", OUTCOME_THROTTLE },
		{ 200, "{\"status\":101}", OUTCOME_TRANSIENT },
		{ 200, "<html>", OUTCOME_TRANSIENT },
		{ 401, "", OUTCOME_CONFIG },
		{ 503, "{\"status\":\"101\"}", OUTCOME_TRANSIENT },
	    } },
	{ "vonage-insight", HTTP_GET, "/verify/search/json?request_id=" NONCE,
	    { { 200, "{\"status\":\"101\"}", OUTCOME_OK } } },
	{ "vonage-identity", HTTP_POST, "/identity-insights/v1/requests",
	    {
		{ 422, "{\"title\":\"Invalid params\"}", OUTCOME_OK },
		{ 422, "<html>", OUTCOME_CONFIG },
		{ 200, "{}", OUTCOME_TRANSIENT },
		{ 401, "{\"title\":\"Unauthorized\"}", OUTCOME_CONFIG },
		{ 402, "{\"title\":\"Low balance\"}", OUTCOME_ACCOUNT },
		{ 404, "<html>", OUTCOME_CONFIG },
		{ 429, "", OUTCOME_THROTTLE },
		{ 500, "", OUTCOME_TRANSIENT },
	    } },
	{ "vonage-verify-v2", HTTP_DELETE, "/v2/verify/" UUID,
	    {
		{ 404, "{\"title\":\"Not Found\"}", OUTCOME_OK },
		{ 204, "", OUTCOME_OK },
		{ 404, "<html>", OUTCOME_CONFIG },
		{ 401, "{\"title\":\"Unauthorized\"}", OUTCOME_CONFIG },
		{ 402, "{\"title\":\"Low balance\"}", OUTCOME_ACCOUNT },
		{ 429, "", OUTCOME_THROTTLE },
		{ 500, "", OUTCOME_TRANSIENT },
		{ 200, "{}", OUTCOME_TRANSIENT },
	    } },
	{ "twilio-lookup", HTTP_GET, "/v2/PhoneNumbers/%2B12025550123",
	    {
		{ 200, "{\"valid\":true}", OUTCOME_OK },
		{ 404, "{\"code\":20404,\"status\":404}", OUTCOME_OK },
		{ 404, "<html>", OUTCOME_CONFIG },
		{ 401, "{\"code\":20003,\"status\":401}", OUTCOME_CONFIG },
		{ 429, "{\"code\":20429,\"status\":429}", OUTCOME_THROTTLE },
	    } },
	{ "telnyx-sms", HTTP_GET, "/v2/messages/" UUID,
	    {
		{ 404, "{\"errors\":[{\"code\":\"10005\"}]}", OUTCOME_OK },
		{ 404, "<html>", OUTCOME_CONFIG },
		{ 401, "{\"errors\":[{\"code\":\"10009\"}]}", OUTCOME_CONFIG },
		{ 403, "{\"errors\":[{\"code\":\"20100\"}]}", OUTCOME_ACCOUNT },
		{ 429, "{\"errors\":[{\"code\":\"10011\"}]}",
		    OUTCOME_THROTTLE },
		{ 500, "", OUTCOME_TRANSIENT },
	    } },
	{ "telnyx-lookup", HTTP_GET, "/v2/messages/" UUID,
	    { { 404, "{\"errors\":[{\"code\":\"10005\"}]}", OUTCOME_OK } } },
	{ "http-sms", HTTP_GET, "/",
	    {
		{ 200, "<html>", OUTCOME_OK },
		{ 302, "", OUTCOME_OK },
		{ 401, "{}", OUTCOME_OK },
		{ 404, "", OUTCOME_OK },
		{ 501, "", OUTCOME_OK },
		{ 500, "", OUTCOME_TRANSIENT },
		{ 503, "{}", OUTCOME_TRANSIENT },
	    } },
	{ "authy", HTTP_GET, "/protected/json/users/1/status",
	    {
		{ 404, "{\"success\":false,\"error_code\":\"60026\"}",
		    OUTCOME_OK },
		{ 200, "{\"success\":\"true\"}", OUTCOME_OK },
		{ 401, "{\"success\":false,\"error_code\":\"60001\"}",
		    OUTCOME_CONFIG },
		{ 200, "{}", OUTCOME_TRANSIENT },
		{ 404, "<html>", OUTCOME_CONFIG },
		{ 503, "", OUTCOME_TRANSIENT },
	    } },
};

/* A probe is about the account: nobody's number is in ctx. */
static void
aim(const char *type)
{
	const struct sample *sample = sample_of_type(type);

	assert_non_null(sample);
	sample_conf(sample, &conf);
	sample_ctx(sample, &conf, &ctx);
	ctx.phone = ctx.email = ctx.identity = ctx.factor = ctx.account = "";
	ctx.request_id[0] = '\0';
	ctx.method = METHOD_NONE;
	snprintf(ctx.nonce, sizeof(ctx.nonce), "%s", NONCE);
}

static void
ask(const char *type)
{
	aim(type);
	memset(&req, 'x', sizeof(req));
	assert_int_equal(BUILD(provider_ops(conf.type), CALL_PROBE, NULL), 0);
	assert_false(req.failed);
	assert_int_equal(req.body_len > 0, req.method == HTTP_POST);
	/* an unknown gateway gets none: what its calls do is not known */
	assert_int_equal(req.auth_secret != NULL || req.auth_token[0] != '\0',
	    strcmp(type, "http-sms") != 0);
}

static enum outcome
answer(long status, const char *body)
{
	sample_reply(&reply, status, body);
	ctx.detail[0] = '\0';
	return provider_ops_read_reply(
	    provider_ops(conf.type), CALL_PROBE, &ctx, &reply);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(rows[i].type);
		assert_int_equal(req.method, rows[i].method);
		assert_string_equal(req.path, rows[i].path);
		for (size_t r = 0; r < 8 && rows[i].replies[r].body != NULL;
		     r++) {
			assert_int_equal(answer(rows[i].replies[r].status,
					     rows[i].replies[r].body),
			    rows[i].replies[r].outcome);
			assert_true(ctx.detail[0] != '\0');
		}
	}
}

/* The service must be the one that is set, too. */
static void
test_twilio_service(void **state)
{
	static const char *const types[] = { "twilio-verify", "twilio-push",
		"twilio-totp" };
	const char *service;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ask(types[i]);
		assert_int_equal(req.method, HTTP_GET);
		service = strrchr(req.path, '/') + 1;
		assert_int_equal(strlen(service), TWILIO_SID_LEN);
		snprintf(text, sizeof(text), "/v2/Services/%.34s", service);
		assert_string_equal(req.path, text);
		snprintf(text, sizeof(text), "{\"sid\":\"%.34s\"}", service);
		assert_int_equal(answer(200, text), OUTCOME_OK);
		assert_int_equal(
		    answer(200, "{\"sid\":\"VA00\"}"), OUTCOME_TRANSIENT);
		assert_int_equal(answer(200, ""), OUTCOME_TRANSIENT);
		assert_int_equal(
		    answer(404, "{\"code\":20404}"), OUTCOME_CONFIG);
		assert_int_equal(
		    answer(401, "{\"code\":20003}"), OUTCOME_CONFIG);
	}
}

static void
test_telnyx_profile(void **state)
{
	char text[256];

	(void)state;
	ask("telnyx-verify");
	assert_int_equal(strncmp(req.path, "/v2/verify_profiles/", 20), 0);
	assert_true(uuid_is_valid(req.path + 20));
	snprintf(
	    text, sizeof(text), "{\"data\":{\"id\":\"%.36s\"}}", req.path + 20);
	assert_int_equal(answer(200, text), OUTCOME_OK);
	assert_int_equal(
	    answer(200, "{\"data\":{\"id\":\"" UUID "\"}}"), OUTCOME_TRANSIENT);
	assert_int_equal(
	    answer(404, "{\"errors\":[{\"code\":\"10005\"}]}"), OUTCOME_CONFIG);
	assert_int_equal(
	    answer(401, "{\"errors\":[{\"code\":\"10009\"}]}"), OUTCOME_CONFIG);
}

/* Without credentials there is nothing to ask. */
static void
test_no_secret(void **state)
{
	const struct provider_type *type;
	const struct provider_ops *ops;

	(void)state;
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++) {
		ops = provider_ops(type);
		if (ops->call[CALL_PROBE].reply == NULL)
			fail_msg("%s: no probe", type->name);
		ask(type->name);
		if (type == &http_sms_type)
			continue;
		memset(conf.secret, 0, sizeof(conf.secret));
		memset(&conf.key, 0, sizeof(conf.key));
		assert_int_equal(BUILD(ops, CALL_PROBE, NULL), -1);
		assert_true(req.failed);
	}
}

static void
test_uuid(void **state)
{
	char id[UUID_LEN + 1];

	(void)state;
	uuid_random(NONCE, id);
	assert_string_equal(id, UUID);
	assert_true(uuid_is_valid(id));
}

UNIT_TESTS(test_probe)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_twilio_service),
		cmocka_unit_test(test_telnyx_profile),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
