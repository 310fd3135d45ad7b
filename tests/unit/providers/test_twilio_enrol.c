/* SPDX-License-Identifier: BSD-2-Clause */
/* How an app joins at Twilio: the token for it, and who has joined. */
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

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BELOW "/v2/Services/" SERVICE
#define OTHER "YF04bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TOKEN_BODY(type, who, token)                                           \
	"{\"sid\":\"YKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","                     \
	"\"service_sid\":\"" SERVICE "\",\"entity_identity\":\"" who           \
	"\",\"factor_type\":\"" type "\",\"token\":" token ",\"ttl\":300}"
#define FACTOR(sid, service, who, type, status)                                \
	"{\"sid\":\"" sid "\",\"service_sid\":\"" service                      \
	"\",\"identity\":\"" who "\",\"factor_type\":\"" type                  \
	"\",\"status\":\"" status "\"}"
#define GOOD FACTOR(SAMPLE_FACTOR, SERVICE, SAMPLE_IDENTITY, "push", "verified")
#define LIST(factors) "{\"factors\":[" factors "],\"meta\":{\"page\":0}}"

static const struct provider_ops *push;
static struct provider_conf conf;
static struct provider_ctx ctx;
static struct enrolment e;
/* Too large for a stack under a sanitizer. */
static struct http_request req;
static struct http_reply reply;

static int
fresh(void **state)
{
	(void)state;
	push = sample_fill("twilio-push", &conf, &ctx);
	memset(&e, 0xff, sizeof(e));
	ctx.enrolment = &e;
	return 0;
}

static enum outcome
token(long status, const char *body)
{
	sample_reply(&reply, status, body);
	return provider_ops_read_reply(push, CALL_TOKEN, &ctx, &reply);
}

static enum outcome
factors(long status, const char *body)
{
	sample_reply(&reply, status, body);
	return provider_ops_read_reply(push, CALL_FACTORS, &ctx, &reply);
}

static void
the_requests(void **state)
{
	(void)state;
	assert_int_equal(BUILD(push, CALL_TOKEN, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, BELOW "/AccessTokens");
	assert_string_equal(req.body,
	    "Identity=" SAMPLE_IDENTITY
	    "&FactorType=push&FactorFriendlyName=web1.example.org&Ttl=300");
	assert_non_null(req.auth_user);
	assert_int_equal(BUILD(push, CALL_FACTORS, NULL), 0);
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path,
	    BELOW "/Entities/" SAMPLE_IDENTITY "/Factors?PageSize=50");
	assert_int_equal(req.body_len, 0);
	ctx.host = "";
	assert_int_equal(BUILD(push, CALL_TOKEN, NULL), 0);
	assert_null(strstr(req.body, "FriendlyName"));
}

/* What goes into a path is looked at first. */
static void
identities(void **state)
{
	static const char too_long[] = SAMPLE_IDENTITY SAMPLE_IDENTITY "a";
	static const char *const bad[] = { "", "short", "a/../b1234",
		"alice@example.org", "aaaaaaaa?", "aaaaaaaa%2f", too_long };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ctx.identity = bad[i];
		assert_int_equal(BUILD(push, CALL_TOKEN, NULL), -1);
		assert_true(req.failed);
		assert_int_equal(BUILD(push, CALL_FACTORS, NULL), -1);
		assert_true(req.failed);
	}
}

static void
a_token(void **state)
{
	(void)state;
	assert_int_equal(
	    token(201, TOKEN_BODY("push", SAMPLE_IDENTITY, "\"a.b-c_d=\"")),
	    OUTCOME_OK);
	assert_string_equal(e.token, "a.b-c_d=");
}

static void
no_token(void **state)
{
	static const char *const bad[] = {
		TOKEN_BODY("totp", SAMPLE_IDENTITY, "\"a.b\""),
		TOKEN_BODY("push", "somebody-else", "\"a.b\""),
		TOKEN_BODY("push", SAMPLE_IDENTITY, "\"\""),
		TOKEN_BODY("push", SAMPLE_IDENTITY, "\"a b\""),
		TOKEN_BODY("push", SAMPLE_IDENTITY, "\"a\\u001b[2J\""),
		TOKEN_BODY("push", SAMPLE_IDENTITY, "null"),
		TOKEN_BODY("push", SAMPLE_IDENTITY, "7"),
		"{}",
		"",
		"[]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_not_equal(token(201, bad[i]), OUTCOME_OK);
		assert_string_equal(e.token, "");
	}
	assert_int_equal(token(401, "{\"code\":20003}"), OUTCOME_CONFIG);
	assert_int_equal(token(404, "{\"code\":20404}"), OUTCOME_CONFIG);
	assert_int_equal(token(429, "{\"code\":20429}"), OUTCOME_THROTTLE);
	assert_int_equal(token(503, ""), OUTCOME_TRANSIENT);
	assert_string_equal(e.token, "");
}

/* A token of another service is not for our users. */
static void
another_service(void **state)
{
	(void)state;
	assert_int_not_equal(
	    token(201,
		"{\"service_sid\":\"VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
		"\"entity_identity\":\"" SAMPLE_IDENTITY
		"\",\"factor_type\":\"push\",\"token\":\"a.b\"}"),
	    OUTCOME_OK);
	assert_string_equal(e.token, "");
}

static void
who_has_joined(void **state)
{
	(void)state;
	assert_int_equal(factors(200, LIST("")), OUTCOME_OK);
	assert_int_equal(e.factors, 0);
	assert_int_equal(factors(200, LIST(GOOD)), OUTCOME_OK);
	assert_int_equal(e.factors, 1);
	assert_string_equal(e.factor[0], SAMPLE_FACTOR);
	assert_int_equal(factors(200,
			     LIST(FACTOR(OTHER, SERVICE, SAMPLE_IDENTITY,
				 "push", "unverified") "," GOOD)),
	    OUTCOME_OK);
	assert_int_equal(e.factors, 1);
	assert_string_equal(e.factor[0], SAMPLE_FACTOR);
	/* nobody has an identity before the first app */
	assert_int_equal(factors(404, "{\"code\":20404}"), OUTCOME_OK);
	assert_int_equal(e.factors, 0);
}

static void
who_has_not(void **state)
{
	static const char *const others[] = {
		LIST(FACTOR(
		    OTHER, SERVICE, SAMPLE_IDENTITY, "push", "unverified")),
		LIST(FACTOR(
		    OTHER, SERVICE, SAMPLE_IDENTITY, "totp", "verified")),
		LIST(FACTOR(
		    OTHER, SERVICE, "somebody-else", "push", "verified")),
		LIST(FACTOR(OTHER, "VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		    SAMPLE_IDENTITY, "push", "verified")),
		LIST(FACTOR("YC04bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", SERVICE,
		    SAMPLE_IDENTITY, "push", "verified")),
		LIST(FACTOR(
		    "YF/../", SERVICE, SAMPLE_IDENTITY, "push", "verified")),
		LIST("{\"sid\":\"" OTHER "\"}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(factors(200, others[i]), OUTCOME_OK);
		assert_int_equal(e.factors, 0);
	}
}

static void
no_list(void **state)
{
	(void)state;
	assert_int_equal(factors(200, ""), OUTCOME_TRANSIENT);
	assert_int_equal(factors(200, LIST("{\"sid\":7}")), OUTCOME_TRANSIENT);
	assert_int_equal(
	    factors(200, LIST(GOOD ",{\"sid\":null}")), OUTCOME_TRANSIENT);
	assert_int_equal(factors(401, "{\"code\":20003}"), OUTCOME_CONFIG);
	assert_int_equal(factors(500, ""), OUTCOME_TRANSIENT);
	assert_int_equal(factors(302, ""), OUTCOME_TRANSIENT);
}

/* As many as a page holds, and no more. */
static void
a_full_page(void **state)
{
	static char body[60 * sizeof(GOOD)];
	size_t used;

	(void)state;
	used = (size_t)snprintf(body, sizeof(body), "{\"factors\":[");
	for (int i = 0; i < ENROLMENT_FACTORS_MAX; i++)
		used += (size_t)snprintf(body + used, sizeof(body) - used,
		    "%s" GOOD, i > 0 ? "," : "");
	snprintf(body + used, sizeof(body) - used, "]}");
	assert_int_equal(factors(200, body), OUTCOME_OK);
	assert_int_equal(e.factors, ENROLMENT_FACTORS_MAX);
}

/* Longer than a page may be: not what was asked for. */
static void
more_than_a_page(void **state)
{
	static char body[60 * sizeof("{\"sid\":\"" OTHER "\"},")];
	size_t used;

	(void)state;
	used = (size_t)snprintf(body, sizeof(body), "{\"factors\":[");
	for (int i = 0; i <= ENROLMENT_FACTORS_MAX; i++)
		used += (size_t)snprintf(body + used, sizeof(body) - used,
		    "%s{\"sid\":\"" OTHER "\"}", i > 0 ? "," : "");
	snprintf(body + used, sizeof(body) - used, "]}");
	assert_int_equal(factors(200, body), OUTCOME_TRANSIENT);
	assert_int_equal(e.factors, 0);
}

#define TEST(t) cmocka_unit_test_setup(t, fresh)

UNIT_TESTS(test_twilio_enrol)
{
	const struct CMUnitTest tests[] = {
		TEST(the_requests),
		TEST(identities),
		TEST(a_token),
		TEST(no_token),
		TEST(another_service),
		TEST(who_has_joined),
		TEST(who_has_not),
		TEST(no_list),
		TEST(a_full_page),
		TEST(more_than_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
