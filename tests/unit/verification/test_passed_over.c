/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification that runs at a provider that is passed over, for a login that
 * may have another message by the next one. */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define PHONE_ALONE "phone = \"" SAMPLE_PHONE "\";\n"
#define WENT                                                                   \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}

static struct login_result result;

static void
pass_over(const struct scripted *s, const char *provider)
{
	struct store *store = scripted_store(s);

	assert_int_equal(
	    store_provider_pass_over(store, provider, STORE_PASSED_MS), 0);
	store_close(store);
}

/* A session of this user that has left its prompt, by the first provider, which
 * is passed over from then on. */
static void
leave_passed_over(struct scripted *s)
{
	struct script script = { .reply = { START_OK }, .answer = { WENT } };

	scripted_user(s, PHONE_ALONE);
	scripted_run(s, &script, 9, &result);
	assert_int_equal(script.prompts, 1);
	pass_over(s, "vonage");
}

static void
joins(struct scripted *s)
{
	struct script join = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	scripted_expect(s, &join, VERDICT_ALLOW, NULL, &result);
	script_prompt(&join, 0, "already");
	assert_string_equal(result.provider, "vonage");
}

static void
while_both_are(void **state)
{
	struct scripted *s = *state;

	scripted_provider(s, 1, "twilio-verify", "two");
	leave_passed_over(s);
	pass_over(s, "two");
	joins(s);
}

/* The code that was sent may be right again: it is better than a denial. */
static void
at_a_limit(void **state)
{
	struct scripted *s = *state;

	scripted_provider(s, 1, "twilio-verify", "two");
	s->conf.sends.user_hour = 1;
	leave_passed_over(s);
	joins(s);
}

static void
while_the_other_is_not_asked(void **state)
{
	struct scripted *s = *state;
	const struct store_key key = { .user = s->user,
		.receiver = SAMPLE_PHONE,
		.provider = "two",
		.type = "twilio-verify" };
	struct store *store = scripted_store_as(s, 5);
	struct store_row row;

	assert_int_equal(
	    store_claim(store, &key, 0, METHOD_SMS, 1000, &row), CLAIM_NEW);
	assert_int_equal(store_row_mark_unknown(store, row.id), 0);
	store_close(store);
	scripted_provider(s, 1, "twilio-verify", "two");
	s->conf.failover_after_unknown = false;
	leave_passed_over(s);
	joins(s);
}

static char carried_code[8];

static void
carry_code(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	const char *code = strstr(req->body, " is ");

	(void)s;
	assert_string_equal(p->name, "texts");
	assert_non_null(code);
	PRINT_TO(carried_code, "%.6s", code + 4);
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = 503;
}

/* It is compared on this host. So is one whose message may have gone out, and
 * whose own start has the provider passed over. */
static void
a_code_of_our_own(void **state)
{
	struct scripted *s = *state;
	struct script first = { .answer = { WENT } };
	struct script join = { .answer = { TYPED(carried_code) } };

	scripted_user(s, PHONE_ALONE);
	scripted_provider(s, 0, "telnyx-sms", "texts");
	s->answer = carry_code;
	scripted_run(s, &first, 9, &result);
	assert_int_equal(first.prompts, 1);
	scripted_provider(s, 1, "vonage-verify", "up");
	scripted_expect(s, &join, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(join.requests, 0);
	assert_string_equal(result.provider, "texts");
}

#define PASSED(f)                                                              \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_passed_over)
{
	const struct CMUnitTest tests[] = {
		PASSED(while_both_are),
		PASSED(at_a_limit),
		PASSED(while_the_other_is_not_asked),
		PASSED(a_code_of_our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
