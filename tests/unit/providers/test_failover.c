/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which provider is asked next: every ordered pair of the types that deliver
 * codes, with every class of a start's end, by replies that were recorded.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/store/store.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define ENDS_MAX 24
#define HOUR_MS 3600000

/* How a start ended at a provider. */
struct end {
	enum http_fate fate;
	char file[64]; /* HTTP_REPLIED: of tests/replies */
	enum outcome outcome;
	bool per_number, internal, stalled, unresolved;
};

/* The ends that a type can have, one of each kind. */
struct ends {
	const struct sample *sample;
	struct end end[ENDS_MAX];
	size_t count;
};

static struct ends all[16];
static size_t types;

/* What the present login meets. */
static const struct ends *asked_first, *asked_second;
static const struct end *first_end, *second_end;
static unsigned asked[3];
static char order[16];

static bool
has(const struct ends *e, const struct end *wanted)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->end[i].fate == wanted->fate &&
		    e->end[i].outcome == wanted->outcome &&
		    e->end[i].per_number == wanted->per_number &&
		    e->end[i].internal == wanted->internal)
			return true;
	return false;
}

static void
add(struct ends *e, const struct end *end)
{
	if (has(e, end))
		return;
	assert_true(e->count < ENDS_MAX);
	e->end[e->count++] = *end;
}

static enum outcome
outcome_of(const char *name)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		if (strcmp(outcome_name((enum outcome)i), name) == 0)
			return (enum outcome)i;
	/* "foreign": an ok start with another id than the sample's */
	return OUTCOME_OK;
}

/* A row of the table, read once to learn its marks. */
static void
add_row(struct ends *e, const struct reply_row *r)
{
	struct end end = { .fate = HTTP_REPLIED,
		.outcome = outcome_of(r->outcome) };
	static struct http_reply reply;
	struct provider_conf conf;
	struct provider_ctx ctx;
	struct number_facts lookup;

	sample_conf(e->sample, &conf);
	sample_ctx(e->sample, &conf, &ctx);
	replies_read(e->sample->type, r->file, &reply);
	replies_aim(r, &ctx);
	assert_int_equal(replies_judge(r, &ctx, &reply, &lookup), end.outcome);
	snprintf(end.file, sizeof(end.file), "%s", r->file);
	end.per_number = ctx.told.per_number;
	/* a 5xx and what the vendor calls its own error are one kind */
	end.internal = ctx.told.internal || reply.status >= 500;
	add(e, &end);
}

static void
load(const struct sample *sample)
{
	static const enum http_fate fates[] = { HTTP_NOT_SENT, HTTP_UNKNOWN,
		HTTP_PROXY, HTTP_CERTIFICATE, HTTP_LOCAL };
	static struct reply_table table;
	struct ends *e = &all[types++];

	memset(e, 0, sizeof(*e));
	e->sample = sample;
	replies_load(sample->type, &table);
	for (size_t i = 0; i < table.rows; i++)
		if (strcmp(table.row[i].call, "start") == 0 ||
		    strcmp(table.row[i].call, "start:sms") == 0)
			add_row(e, &table.row[i]);
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		const bool silent = fates[i] == HTTP_NOT_SENT ||
		    fates[i] == HTTP_PROXY || fates[i] == HTTP_UNKNOWN;
		struct end end = { .fate = fates[i],
			.outcome =
			    silent ? OUTCOME_TRANSIENT : OUTCOME_CONFIG };

		add(e, &end);
		end.outcome = OUTCOME_STALLED;
		end.stalled = true;
		if (silent)
			add(e, &end);
	}
}

static const struct end *
ok_end(const struct ends *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->end[i].outcome == OUTCOME_OK)
			return &e->end[i];
	fail_msg("%s has no start that works", e->sample->type);
	return NULL;
}

static void
give(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	const size_t n = (size_t)(p - s->conf.provider);
	const struct end *end = n == 0 ? first_end : second_end;
	const size_t used = strlen(order);

	(void)req;
	assert_true(n < 2 && used + 1 < sizeof(order));
	asked[n]++;
	order[used] = n == 0 ? '1' : '2';
	order[used + 1] = '\0';
	if (end->fate == HTTP_REPLIED) {
		replies_read(p->type->name, end->file, reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->fate = end->fate;
	reply->stalled = end->stalled;
	reply->unresolved = end->unresolved;
	snprintf(reply->cause, sizeof(reply->cause), "scripted");
}

static void
pair(struct scripted *s, const struct ends *first, const struct ends *second)
{
	asked_first = first;
	asked_second = second;
	s->conf.provider_count = 2;
	scripted_provider(s, 0, first->sample->type, "first");
	scripted_provider(s, 1, second->sample->type, "second");
	second_end = ok_end(second);
	s->answer = give;
}

/* Run a login that ends at its first prompt, an hour after the last one. */
static void
login(struct scripted *s, struct login_result *result, unsigned *prompts)
{
	struct script script = { .answer = { { 0, UI_GONE, NULL, NULL } } };

	memset(asked, 0, sizeof(asked));
	order[0] = '\0';
	scripted_run(s, &script, s->clock, result);
	*prompts = script.prompts;
	assert_int_equal(result->verdict, VERDICT_DENY);
}

static bool
passed_over(struct scripted *s, const char *name)
{
	struct store *store = scripted_store(s);
	int passed;

	passed = store_provider_is_passed_over(store, name);
	assert_true(passed >= 0);
	store_close(store);
	return passed == 1;
}

enum step {
	STEP_HERE,  /* a prompt for the first provider's code */
	STEP_THERE, /* the second is asked, and its code prompted for */
	STEP_OVER,  /* nobody else is asked */
};

/* The provider's reference, section 2: what may follow. */
static enum step
expected(const struct end *e, bool own_code, bool after_unknown)
{
	const bool may_have_been_sent =
	    (e->outcome == OUTCOME_TRANSIENT || e->stalled) &&
	    e->fate != HTTP_NOT_SENT && e->fate != HTTP_PROXY;

	switch (e->outcome) {
	case OUTCOME_OK:
		return STEP_HERE;
	case OUTCOME_DENY:
	case OUTCOME_FRAUD:
		return STEP_OVER;
	case OUTCOME_THROTTLE:
		return e->per_number ? STEP_OVER : STEP_THERE;
	case OUTCOME_TRANSIENT:
	case OUTCOME_STALLED:
		if (!may_have_been_sent)
			return STEP_THERE;
		/* it says itself that it is out of order */
		if (own_code &&
		    !(e->fate == HTTP_REPLIED && e->internal && after_unknown))
			return STEP_HERE;
		return after_unknown ? STEP_THERE : STEP_OVER;
	case OUTCOME_INFLIGHT:
	case OUTCOME_NUMBER:
	case OUTCOME_CONFIG:
	case OUTCOME_ACCOUNT:
		return STEP_THERE;
	case OUTCOME_WRONG:
	case OUTCOME_EXPIRED:
	case OUTCOME_LATER:
	case OUTCOME_COUNT:
		break;
	}
	fail_msg("a start ends in %s", outcome_name(e->outcome));
	return STEP_OVER;
}

static bool
unreachable(const struct end *e)
{
	return e->outcome == OUTCOME_TRANSIENT &&
	    (e->fate != HTTP_REPLIED || e->internal);
}

static void
is_as_expected(struct scripted *s, const struct end *e, bool after_unknown)
{
	const enum step step =
	    expected(e, s->conf.provider[0].type->own_code, after_unknown);
	const unsigned tries = e->outcome == OUTCOME_THROTTLE ? 2 : 1;
	struct login_result result;
	unsigned prompts;

	s->clock += HOUR_MS;
	s->conf.failover_after_unknown = after_unknown;
	first_end = e;
	login(s, &result, &prompts);
	if (asked[0] != tries || asked[1] != (step == STEP_THERE) ||
	    prompts != 1 || /* for a code, or a last one */
	    strcmp(result.provider, step == STEP_THERE ? "second" : "first") !=
		0 ||
	    passed_over(s, "first") != unreachable(e) ||
	    passed_over(s, "second"))
		fail_msg("%s then %s: %s (%s), unknown %d: asked %s, %u "
			 "prompts, %s, passed over %d, expected %d",
		    asked_first->sample->type, asked_second->sample->type,
		    outcome_name(e->outcome), e->file, after_unknown, order,
		    prompts, reason_word(result.reason),
		    passed_over(s, "first"), step);
}

static void
test_pairs(void **state)
{
	struct scripted *s = *state;
	bool seen[OUTCOME_COUNT] = { false };

	for (size_t a = 0; a < types; a++)
		for (size_t b = 0; b < types; b++) {
			pair(s, &all[a], &all[b]);
			for (size_t i = 0; i < all[a].count; i++) {
				is_as_expected(s, &all[a].end[i], true);
				is_as_expected(s, &all[a].end[i], false);
				seen[all[a].end[i].outcome] = true;
			}
		}
	assert_true(types >= 4);
	for (unsigned o = 0; o < OUTCOME_COUNT; o++)
		if (!seen[o] && o != OUTCOME_WRONG && o != OUTCOME_EXPIRED &&
		    o != OUTCOME_LATER)
			fail_msg("no type's start ends in %s",
			    outcome_name((enum outcome)o));
}

static const struct ends *
type(const char *name)
{
	for (size_t i = 0; i < types; i++)
		if (strcmp(all[i].sample->type, name) == 0)
			return &all[i];
	fail_msg("no type %s", name);
	return NULL;
}

static const struct end silent = { .fate = HTTP_NOT_SENT,
	.outcome = OUTCOME_TRANSIENT };

/* For a minute the other one is asked first, and the first one last. */
static void
test_passed_over(void **state)
{
	struct scripted *s = *state;
	struct login_result result;
	unsigned prompts;

	pair(s, type("vonage-verify"), type("twilio-verify"));
	first_end = &silent;
	s->clock += HOUR_MS;
	login(s, &result, &prompts);
	assert_string_equal(order, "12");
	/* no join: the next is another's login, by all that the store knows */
	scripted_user(s, "phone = \"+447700900001\";\n");
	second_end = &silent;
	s->clock += 1000;
	login(s, &result, &prompts);
	assert_string_equal(order, "21");
	assert_string_equal(reason_word(result.reason), "transient");
	/* both were out of reach: as the settings have it */
	s->clock += 1000;
	login(s, &result, &prompts);
	assert_string_equal(order, "12");
	s->clock += 61000;
	first_end = ok_end(asked_first);
	login(s, &result, &prompts);
	assert_string_equal(order, "1");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
}

/* An answer is no outage, whatever it says; and a silence that had no time
 * proves none. */
static void
test_not_passed_over(void **state)
{
	struct scripted *s = *state;
	const int64_t left_ms = s->left_ms;
	struct login_result result;
	unsigned prompts;

	pair(s, type("vonage-verify"), type("twilio-verify"));
	first_end = &silent;
	s->left_ms = 9000;
	s->clock += HOUR_MS;
	login(s, &result, &prompts);
	assert_string_equal(order, "12");
	assert_false(passed_over(s, "first"));
	s->left_ms = left_ms;
}

/* Tried in this very login, the one that is passed over too. */
static void
test_outage_after_all(void **state)
{
	struct scripted *s = *state;
	struct script script = { .requests = 0 };
	struct login_result result;
	unsigned prompts;

	pair(s, type("vonage-verify"), type("twilio-verify"));
	first_end = &silent;
	s->clock += HOUR_MS;
	login(s, &result, &prompts);
	s->clock += 1000;
	second_end = &silent;
	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_user(s, "phone = \"+447700900002\";\n");
	order[0] = '\0';
	scripted_run(s, &script, s->clock, &result);
	assert_string_equal(order, "21");
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_string_equal(reason_word(result.reason), "outage");
	s->conf.on_outage = OUTAGE_OFFLINE;
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
}

static const struct end lost = {
	.fate = HTTP_UNKNOWN, .outcome = OUTCOME_STALLED, .stalled = true
};
static const struct end unsent = {
	.fate = HTTP_NOT_SENT, .outcome = OUTCOME_STALLED, .stalled = true
};

/* Any local user can bring it about. */
static const struct end unresolved = {
	.fate = HTTP_NOT_SENT, .outcome = OUTCOME_TRANSIENT, .unresolved = true
};

/* It was reached, and so may be kept busy. */
static const struct end at_proxy = {
	.fate = HTTP_PROXY, .outcome = OUTCOME_TRANSIENT, .unresolved = true
};

/* Whoever can stop the helper must not get in by it, nor keep others from a
 * provider. */
static void
test_stall_is_no_outage(void **state)
{
	static const struct {
		const struct end *first, *second;
		const char *reason;
	} rows[] = {
		{ &lost, &lost, "stalled" },
		{ &unsent, &unsent, "stalled" },
		{ &silent, &lost, "stalled" },
		{ &silent, &unsent, "stalled" },
		{ &lost, &silent, "transient" },
		{ &unsent, &silent, "transient" },
		{ &unresolved, &unresolved, "transient" },
		{ &silent, &unresolved, "transient" },
		{ &unresolved, &silent, "transient" },
		{ &at_proxy, &silent, "transient" },
		{ &silent, &at_proxy, "transient" },
	};
	struct scripted *s = *state;
	struct script script = { .requests = 0 };
	struct login_result result;

	pair(s, type("vonage-verify"), type("twilio-verify"));
	s->conf.on_outage = OUTAGE_ALLOW;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		first_end = rows[i].first;
		second_end = rows[i].second;
		order[0] = '\0';
		s->clock += HOUR_MS;
		scripted_run(s, &script, s->clock, &result);
		assert_string_equal(order, "12");
		assert_int_equal(result.verdict, VERDICT_DENY);
		assert_string_equal(reason_word(result.reason), rows[i].reason);
		assert_int_equal(
		    passed_over(s, "first"), !rows[i].first->stalled);
		assert_int_equal(
		    passed_over(s, "second"), !rows[i].second->stalled);
	}
	s->conf.on_outage = OUTAGE_OFFLINE;
}

/* What was certainly not sent is asked for at once, by the next login of the
 * same user; what may have been, not for a minute. */
static void
test_after_a_stall(void **state)
{
	struct scripted *s = *state;
	struct login_result result;
	unsigned prompts;

	pair(s, type("vonage-verify"), type("twilio-verify"));
	s->conf.provider_count = 1;
	s->clock += HOUR_MS;
	first_end = &unsent;
	login(s, &result, &prompts);
	first_end = ok_end(asked_first);
	s->clock += 1000;
	login(s, &result, &prompts);
	assert_int_equal(asked[0], 1);
	assert_int_equal(prompts, 1);
	s->clock += HOUR_MS;
	first_end = &lost;
	login(s, &result, &prompts);
	assert_string_equal(reason_word(result.reason), "stalled");
	first_end = ok_end(asked_first);
	s->clock += 1000;
	login(s, &result, &prompts);
	assert_int_equal(asked[0], 0);
	assert_string_equal(reason_word(result.reason), "transient");
	s->clock += 60000;
	login(s, &result, &prompts);
	assert_int_equal(asked[0], 1);
	assert_int_equal(prompts, 1);
}

/* What delivers no codes is not asked for one. */
static void
test_no_codes(void **state)
{
	static const char *const others[] = { "vonage-insight", "twilio-lookup",
		"telnyx-lookup", "twilio-push", "twilio-totp" };
	struct scripted *s = *state;
	struct login_result result;
	unsigned prompts;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		pair(s, type("vonage-verify"), type("vonage-verify"));
		scripted_provider(s, 0, others[i], "first");
		first_end = NULL;
		s->clock += HOUR_MS;
		login(s, &result, &prompts);
		assert_string_equal(order, "2");
		assert_int_equal(prompts, 1);
	}
}

static int
setup(void **state)
{
	const struct sample *sample;
	struct scripted *s;

	types = 0;
	for (unsigned i = 0; (sample = sample_nth(i)) != NULL; i++)
		if ((provider_type_find(sample->type)->methods &
			METHODS_CODE) != 0)
			load(sample);
	if (scripted_setup(state) != 0)
		return -1;
	s = *state;
	scripted_unlimited(s);
	/* no other method takes over */
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_BIT(METHOD_SMS),
		.on_outage = OUTAGE_UNSET };
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\";\n");
	return 0;
}

UNIT_TESTS(test_failover)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_pairs, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_passed_over, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_not_passed_over, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_outage_after_all, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_stall_is_no_outage, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_after_a_stall, setup, scripted_teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_codes, setup, scripted_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
