/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's factors, push and TOTP: their requests, and the id between them. */
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

#define WALL INT64_C(1767225600) /* 2026-01-01, as the sample's */
#define OURS "YC03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CHALLENGES                                                             \
	"/v2/Services/VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"                     \
	"Entities/" SAMPLE_IDENTITY "/Challenges"
#define FIELD(label, value)                                                    \
	"&Details.Fields=%7B%22label%22%3A%22" label                           \
	"%22%2C%22value%22%3A%22" value "%22%7D"

static const struct provider_ops *push, *totp;
static struct provider_conf conf;
static struct provider_ctx ctx;
/* Too large for a stack under a sanitizer. */
static struct http_request req;
static struct http_reply reply;

static void
aim(const char *type)
{
	(void)sample_fill(type, &conf, &ctx);
}

static int
fresh(void **state)
{
	(void)state;
	push = provider_ops(provider_type_find("twilio-push"));
	totp = provider_ops(provider_type_find("twilio-totp"));
	aim("twilio-push");
	return 0;
}

static void
the_entries_hold(void **state)
{
	(void)state;
	assert_int_equal(push->type->methods, METHOD_BIT(METHOD_PUSH));
	assert_null(push->call[CALL_CHECK].reply);
	assert_null(push->call[CALL_CANCEL].reply);
	assert_int_equal(totp->type->methods, METHOD_BIT(METHOD_TOTP));
	assert_null(totp->call[CALL_START].reply);
	assert_int_equal(totp->type->wrong_codes, 5);
	assert_int_equal(totp->type->code_lengths, 0x1f0);
}

static void
push_tells_what_it_is_for(void **state)
{
	(void)state;
	assert_int_equal(BUILD(push, CALL_START, NULL), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, CHALLENGES);
	assert_string_equal(
	    req.content_type, "application/x-www-form-urlencoded");
	assert_string_equal(req.body,
	    "FactorSid=" SAMPLE_FACTOR
	    "&Details.Message=ACME%20Co%3A%20sign%20in%20to%20"
	    "web1.example.org%3F" FIELD("Host", "web1.example.org")
		FIELD("Account", "alice") FIELD("Service", "sshd")
		    FIELD("Address", "192.0.2.7") FIELD("Time",
			"2026-01-01%2000%3A00%3A00%20UTC") FIELD("Number",
			"42") "&HiddenDetails=%7B%22ip%22%3A%22192.0.2.7%22%2C%"
			      "22login%22%3A%22"
			      "0123456789abcdef0123456789abcdef%22%7D"
			      "&ExpirationDate=2026-01-01T00%3A01%3A30Z");
	assert_int_equal(req.body_len, strlen(req.body));
}

/* At the machine itself there is no address to show. */
static void
push_leaves_out_what_is_not_there(void **state)
{
	(void)state;
	ctx.address = "";
	ctx.push_digits[0] = '\0';
	assert_int_equal(BUILD(push, CALL_START, NULL), 0);
	assert_null(strstr(req.body, "Address"));
	assert_null(strstr(req.body, "Number"));
	assert_non_null(strstr(req.body, "Host"));
	assert_non_null(
	    strstr(req.body, "&HiddenDetails=%7B%22ip%22%3A%22%22%2C"));
}

/* Nothing that a name may hold breaks out of its field. */
static void
push_quotes_names(void **state)
{
	(void)state;
	ctx.user = "CORP\\al\"ice\x1b\xc3\xa9,";
	assert_int_equal(BUILD(push, CALL_START, NULL), 0);
	assert_non_null(strstr(
	    req.body, FIELD("Account", "CORP%5C%5Cal%5C%22ice%3F%3F%3F%2C")));
}

static void
push_cuts_what_is_too_long(void **state)
{
	char host[300], user[65];

	(void)state;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	memset(user, '\\', sizeof(user) - 1);
	user[sizeof(user) - 1] = '\0';
	ctx.host = ctx.service = host;
	ctx.user = user;
	ctx.address = "2001:0db8:0000:0000:0000:0000:255.255.255.255%eth0";
	assert_int_equal(BUILD(push, CALL_START, NULL), 0);
	host[128] = '\0';
	assert_non_null(strstr(req.body, host));
	host[128] = 'h';
	host[129] = '\0';
	assert_null(strstr(strstr(req.body, "Details.Fields"), host));
}

static void
push_refuses_what_it_cannot_ask_for(void **state)
{
	static const int64_t lives[] = { 0, -1, 3601, INT64_MAX };
	static const char *const identities[] = { "", "short", "a/../b1234",
		"alice@example.org", "aaaaaaaa?", "alice.smith" };
	static const char *const factors[] = { "", "YF", OURS,
		SAMPLE_FACTOR "a" };

	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		ctx.life_s = lives[i];
		assert_int_equal(BUILD(push, CALL_START, NULL), -1);
	}
	ctx.life_s = 60;
	ctx.wall = INT64_C(1) << 60; /* a year that no calendar has */
	assert_int_equal(BUILD(push, CALL_START, NULL), -1);
	ctx.wall = WALL;
	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		ctx.factor = factors[i];
		assert_int_equal(BUILD(push, CALL_START, NULL), -1);
		assert_int_equal(BUILD(push, CALL_POLL, NULL), -1);
	}
	ctx.factor = SAMPLE_FACTOR;
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]);
	     i++) {
		ctx.identity = identities[i];
		assert_int_equal(BUILD(push, CALL_START, NULL), -1);
		assert_int_equal(BUILD(push, CALL_POLL, NULL), -1);
		assert_true(req.failed);
	}
	ctx.identity = SAMPLE_IDENTITY;
	ctx.method = METHOD_SMS;
	assert_int_equal(BUILD(push, CALL_START, NULL), -1);
	ctx.method = METHOD_PUSH;
	ctx.wall = 0;
	assert_int_equal(BUILD(push, CALL_START, NULL), -1);
	ctx.wall = INT64_MAX;
	assert_int_equal(BUILD(push, CALL_START, NULL), -1);
}

static void
poll_reads_our_challenge(void **state)
{
	(void)state;
	assert_int_equal(BUILD(push, CALL_POLL, NULL), 0);
	assert_int_equal(req.method, HTTP_GET);
	assert_string_equal(req.path, CHALLENGES "/" OURS);
	assert_int_equal(req.body_len, 0);
	assert_null(req.content_type);
	ctx.request_id[0] = '\0';
	assert_int_equal(BUILD(push, CALL_POLL, NULL), -1);
	(void)snprintf(ctx.request_id, sizeof(ctx.request_id), "YC../..");
	assert_int_equal(BUILD(push, CALL_POLL, NULL), -1);
	assert_true(req.failed);
}

/* The first check makes the challenge, the next one names it. */
static void
totp_goes_on_with_its_challenge(void **state)
{
	(void)state;
	aim("twilio-totp");
	ctx.request_id[0] = '\0';
	assert_int_equal(BUILD(totp, CALL_CHECK, "012345"), 0);
	assert_string_equal(req.path, CHALLENGES);
	assert_string_equal(
	    req.body, "FactorSid=" SAMPLE_FACTOR "&AuthPayload=012345");
	sample_reply(&reply, 201,
	    "{\"sid\":\"" OURS "\",\"status\":\"pending\",\"factor_type\":"
	    "\"totp\",\"factor_sid\":\"" SAMPLE_FACTOR
	    "\",\"identity\":\"" SAMPLE_IDENTITY "\"}");
	assert_int_equal(
	    provider_ops_read_reply(totp, CALL_CHECK, &ctx, &reply),
	    OUTCOME_WRONG);
	assert_string_equal(ctx.request_id, OURS);
	assert_int_equal(BUILD(totp, CALL_CHECK, "543210"), 0);
	assert_int_equal(req.method, HTTP_POST);
	assert_string_equal(req.path, CHALLENGES "/" OURS);
	assert_string_equal(req.body, "AuthPayload=543210");
}

/* What has expired is not named again; what said "wrong" as an error is. */
static void
totp_makes_another_when_it_expired(void **state)
{
	(void)state;
	aim("twilio-totp");
	sample_reply(&reply, 403,
	    "{\"code\":60324,\"message\":\"wrong\",\"status\":403}");
	assert_int_equal(
	    provider_ops_read_reply(totp, CALL_CHECK, &ctx, &reply),
	    OUTCOME_WRONG);
	assert_string_equal(ctx.request_id, OURS);
	sample_reply(&reply, 403,
	    "{\"code\":60323,\"message\":\"late\",\"status\":403}");
	assert_int_equal(
	    provider_ops_read_reply(totp, CALL_CHECK, &ctx, &reply),
	    OUTCOME_EXPIRED);
	assert_string_equal(ctx.request_id, "");
	assert_int_equal(BUILD(totp, CALL_CHECK, "012345"), 0);
	assert_string_equal(req.path, CHALLENGES);
}

static void
totp_refuses_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "12345", "1234567", "12345a",
		" 12345", "12345\n", "123&x=", NULL };

	(void)state;
	aim("twilio-totp");
	refused_codes(&ctx, codes);
	(void)snprintf(ctx.request_id, sizeof(ctx.request_id), "YC/x");
	assert_int_equal(BUILD(totp, CALL_CHECK, "123456"), -1);
	ctx.request_id[0] = '\0';
	ctx.method = METHOD_SMS;
	assert_int_equal(BUILD(totp, CALL_CHECK, "123456"), -1);
}

/* A time that the vendor finds odd is most likely this host's. */
static void
push_hints_at_the_clock(void **state)
{
	static const char *const messages[] = {
		"Invalid parameter: ExpirationDate",
		"Invalid parameter: FactorSid",
	};
	char body[128];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(body, sizeof(body),
		    "{\"code\":60200,\"message\":\"%s\",\"status\":400}",
		    messages[i]);
		sample_reply(&reply, 400, body);
		ctx.detail[0] = '\0';
		assert_int_not_equal(
		    provider_ops_read_reply(push, CALL_START, &ctx, &reply),
		    OUTCOME_OK);
		assert_int_equal(
		    strstr(ctx.detail, "this host's clock") != NULL, i == 0);
	}
}

UNIT_TESTS(test_twilio_factor)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
	static const struct CMUnitTest tests[] = {
		TEST(the_entries_hold),
		TEST(push_tells_what_it_is_for),
		TEST(push_leaves_out_what_is_not_there),
		TEST(push_quotes_names),
		TEST(push_cuts_what_is_too_long),
		TEST(push_refuses_what_it_cannot_ask_for),
		TEST(push_hints_at_the_clock),
		TEST(poll_reads_our_challenge),
		TEST(totp_goes_on_with_its_challenge),
		TEST(totp_makes_another_when_it_expired),
		TEST(totp_refuses_what_is_no_code),
	};

	return cmocka_run_group_tests_name("twilio_factor", tests, NULL, NULL);
}
