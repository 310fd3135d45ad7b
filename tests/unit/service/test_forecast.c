/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is asked, from a state that is given: what could not be read denies, and
 * nothing that is unknown lets in. test_explain.c compares it with logins.
 */
#include "helper/service/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/base/result.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

static struct settings conf;
static struct user_record record;
static struct decision decision;
static struct forecast_state at;

/* One provider of codes, one of pushes, on_outage as lax as it gets. */
static int
setup(void **state)
{
	(void)state;
	conf = (struct settings){ .provider_count = 2,
		.failover_after_unknown = true };
	sample_conf(sample_of_type("vonage-verify"), &conf.provider[0]);
	sample_conf(sample_of_type("twilio-push"), &conf.provider[1]);
	conf.provider[0].name = "codes";
	conf.provider[1].name = "push";
	decision = (struct decision){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_ALLOW };
	record = (struct user_record){ .enabled = true, .channels = 1 };
	record.channel[0] = METHOD_SMS;
	snprintf(record.phone, sizeof(record.phone), SAMPLE_PHONE);
	snprintf(record.push_identity, sizeof(record.push_identity),
	    SAMPLE_IDENTITY);
	snprintf(record.push_factor, sizeof(record.push_factor), SAMPLE_FACTOR);
	at = (struct forecast_state){ .lock = GUESS_OPEN,
		.claim = { CLAIM_NEW },
		.code = { .answer = SEND_TAKEN, .which = "" },
		.push_claim = { CLAIM_ERROR, CLAIM_NEW },
		.push = { .answer = SEND_TAKEN, .which = "" } };
	return 0;
}

static void
denied(const char *reason)
{
	const struct forecast_asked a =
	    forecast(&conf, &record, &decision, &at);

	assert_int_equal(a.ask, PLAN_ASK_NOTHING);
	assert_string_equal(reason_word(a.reason), reason);
	assert_null(a.at);
}

static void
use_push(void)
{
	record.channel[0] = METHOD_PUSH;
}

static void
all_is_well(void **state)
{
	(void)state;
	assert_int_equal(
	    forecast(&conf, &record, &decision, &at).ask, PLAN_ASK_SEND);
	use_push();
	assert_int_equal(
	    forecast(&conf, &record, &decision, &at).ask, PLAN_ASK_PUSH);
}

static void
a_state_of_zeros(void **state)
{
	(void)state;
	at = (struct forecast_state){ 0 };
	denied("state");
	use_push();
	denied("state");
}

static void
each_part_unread(void **state)
{
	(void)state;
	at.claim[0] = CLAIM_ERROR;
	denied("state");
	at.claim[0] = CLAIM_NEW;
	at.code.answer = SEND_ERROR;
	denied("state");
	use_push();
	at.push_claim[1] = CLAIM_ERROR;
	denied("state");
	at.push_claim[1] = CLAIM_NEW;
	at.push.answer = SEND_ERROR;
	denied("state");
}

/* A verification that is said to be elsewhere, and there to be elsewhere. */
static void
elsewhere_and_elsewhere(void **state)
{
	(void)state;
	conf.provider[2] = conf.provider[0];
	conf.provider[2].name = "other";
	conf.provider_count = 3;
	at.claim[0] = at.claim[2] = CLAIM_ELSEWHERE;
	for (int i = 0; i < 3; i += 2) {
		struct store_row *row = &at.row[i];

		row->method = METHOD_SMS;
		row->left_ms = INT64_MAX / 2;
		snprintf(row->provider, sizeof(row->provider), "%s",
		    i == 0 ? "other" : "codes");
		snprintf(row->type, sizeof(row->type), "vonage-verify");
	}
	denied("number-busy");
}

/* The name service gives another name than was asked for: none that we keep
 * anything by. */
static void
accounts(void **state)
{
	(void)state;
	assert_int_equal(
	    admission_account("alice", ACCOUNT_FOUND, "alice").end, PLAN_ON);
	assert_int_equal(
	    admission_account("alice", ACCOUNT_FOUND, "al/ice").end, PLAN_DENY);
	assert_string_equal(
	    reason_word(admission_account("alice", ACCOUNT_FOUND, "").reason),
	    "account-lookup");
	assert_int_equal(
	    admission_account("alice", ACCOUNT_ERROR, "alice").end, PLAN_DENY);
	assert_string_equal(
	    reason_word(
		admission_account("al/ice", ACCOUNT_FOUND, "alice").reason),
	    "user-name");
}

/* The phone comes first where no channel says otherwise. */
static void
ways(void **state)
{
	const struct factor_choice none = { .record = &record };
	struct factor_choice all = { .record = &record,
		.phone = true,
		.app = true,
		.push = true,
		.recovery = true };

	(void)state;
	record.channels = 0;
	assert_int_equal(factor_choice_next(&none), METHOD_NONE);
	assert_int_equal(factor_choice_next(&all), METHOD_NONE);
	all.phone = false;
	assert_int_equal(factor_choice_next(&all), METHOD_TOTP);
	all.app = false;
	assert_int_equal(factor_choice_next(&all), METHOD_PUSH);
	all.instead = true;
	assert_int_equal(factor_choice_next(&all), METHOD_RECOVERY);
}

/* A result of zeros denies, and no mistake in a caller makes it another. */
static void
results(void **state)
{
	struct login_result r;

	(void)state;
	result_init(&r);
	assert_int_equal(r.verdict, VERDICT_DENY);
	result_allow(&r, LOGIN_DENIED, REASON_GRACE);
	assert_int_equal(r.verdict, VERDICT_DENY);
	assert_int_equal(r.reason, REASON_NONE);
	result_deny(&r, VERDICT_ALLOW, REASON_STATE);
	assert_int_equal(r.verdict, VERDICT_DENY);
	assert_int_equal(r.outcome, LOGIN_DENIED);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

UNIT_TESTS(test_forecast)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_well),
		TEST(a_state_of_zeros),
		TEST(each_part_unread),
		TEST(elsewhere_and_elsewhere),
		TEST(accounts),
		TEST(ways),
		TEST(results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
