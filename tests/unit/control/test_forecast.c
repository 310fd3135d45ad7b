/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be explained in states that are given, row by row: what could not
 * be read denies, and nothing that is unknown lets in. test_explain.c compares
 * explanations with logins; here stands what both must be.
 */
#include "tests/support/logins/explained.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/factors/factors.h"
#include "helper/login/login.h"
#include "helper/control/control_inside.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "tests/support/plain_claims.h"
#include "tests/support/samples.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define PHONE "phone = \"" SAMPLE_PHONE "\"; "
#define EMAIL "email = \"" SAMPLE_EMAIL "\"; "
#define PUSH                                                                   \
	"push_identity = \"" SAMPLE_IDENTITY "\"; push_factor = "              \
	"\"" SAMPLE_FACTOR "\"; "
#define SMS_PUSH PHONE PUSH "channels = [\"sms\", \"push\"];"
#define PUSH_SMS PHONE PUSH "channels = [\"push\", \"sms\"];"
#define PUSH_ONLY PUSH "channels = [\"push\"];"
#define SMS PHONE "channels = [\"sms\", \"voice\"];"
#define SMS_APP PHONE "channels = [\"sms\", \"totp\"];"
#define APP_SMS PHONE "channels = [\"totp\", \"sms\"];"
#define PUSH_APP PUSH "channels = [\"push\", \"totp\"];"
#define DEAD 77
#define LIVE 5
#define LIFE 300000

/* The providers: vonage, second (both vonage-verify), push, push2. */
static struct scripted *s;
static struct store *store;

static bool
is_dead(int64_t session)
{
	return session == DEAD;
}

/* --- states -------------------------------------------------------------- */

static void
nothing(void)
{
}

static struct store_row
claim(const char *provider, const char *user, const char *receiver,
    enum method method, int64_t session)
{
	const struct store_key key = { user, receiver, provider,
		method == METHOD_PUSH ? "twilio-push" : "vonage-verify",
		{ NULL } };
	struct store_row row;

	assert_int_equal(
	    at_claim(store, &key, 0, method, session, s->clock, 60000, &row),
	    CLAIM_NEW);
	return row;
}

static void
running(const char *provider, const char *user, const char *receiver,
    enum method method, int64_t life)
{
	const struct store_row row =
	    claim(provider, user, receiver, method, LIVE);

	const struct store_started to = { .id = row.id,
		.request_id = provider,
		.method = method,
		.life_ms = life,
		.lasts_ms = life < LIFE ? LIFE : 0 };

	assert_int_equal(at_started_so(store, LIVE, s->clock, &to), 0);
	s->clock += 2000;
}

static void
unknown(const char *provider)
{
	const struct store_row row =
	    claim(provider, s->user, SAMPLE_PHONE, METHOD_SMS, LIVE);

	assert_int_equal(at_unknown(store, row.id, LIVE, s->clock), 0);
}

static void
starting(void)
{
	claim("vonage", s->user, SAMPLE_PHONE, METHOD_SMS, LIVE);
}

static void
starting_dead(void)
{
	claim("vonage", s->user, SAMPLE_PHONE, METHOD_SMS, DEAD);
}

static void
unknown_vonage(void)
{
	unknown("vonage");
}

static void
unknown_both(void)
{
	unknown("vonage");
	unknown("second");
}

static void
by_sms(void)
{
	running("vonage", s->user, SAMPLE_PHONE, METHOD_SMS, LIFE);
}

static void
by_voice(void)
{
	running("vonage", s->user, SAMPLE_PHONE, METHOD_VOICE, LIFE);
}

static void
by_sms_second(void)
{
	running("second", s->user, SAMPLE_PHONE, METHOD_SMS, LIFE);
}

static void
by_voice_second(void)
{
	running("second", s->user, SAMPLE_PHONE, METHOD_VOICE, LIFE);
}

static void
by_sms_gone(void)
{
	running("gone", s->user, SAMPLE_PHONE, METHOD_SMS, LIFE);
}

static void
expired_second(void)
{
	running("second", s->user, SAMPLE_PHONE, METHOD_SMS, 1000);
}

static void
unfit_and_unknown(void)
{
	unknown("vonage");
	running("second", s->user, SAMPLE_PHONE, METHOD_VOICE, LIFE);
}

static void
by_address(void)
{
	running("vonage", s->user, SAMPLE_EMAIL, METHOD_SMS, LIFE);
}

static void
of_another(void)
{
	running("vonage", "somebody", SAMPLE_PHONE, METHOD_SMS, LIFE);
}

static void
spent(void)
{
	const struct store_row row =
	    claim("vonage", s->user, SAMPLE_PHONE, METHOD_SMS, LIVE);

	at_started(store, row.id, LIVE, "spent", METHOD_SMS, s->clock,
	    s->clock + LIFE, 0);
	assert_int_equal(at_spend(store, row.id, "spent", s->clock + 60000), 1);
}

static void
send_code(const char *counted_as, bool push)
{
	const struct store_send_key key = { .user = s->user,
		.counted_as = counted_as,
		.source = "192.0.2.0/24",
		.push = push };
	const char *which;
	int64_t id, wait_s;

	assert_int_equal(at_send_take(store, &key, &s->conf.sends,
			     s->wall + s->clock / 1000, &id, &wait_s, &which),
	    SEND_TAKEN);
}

static void
no_codes_left(void)
{
	s->conf.sends.user_hour = 1;
	send_code(SAMPLE_PHONE, false);
}

static void
no_push_left(void)
{
	char name[OWNER_PUSH_MAX];

	s->conf.sends.push_hour = 1;
	owner_write_push(s->user, 0, name);
	send_code(name, true);
}

static void
push_open(void)
{
	char name[OWNER_PUSH_MAX];

	owner_write_push(s->user, 0, name);
	running("push", s->user, name, METHOD_PUSH, LIFE);
}

static void
push_unknown(void)
{
	char name[OWNER_PUSH_MAX];
	struct store_row row;

	owner_write_push(s->user, 0, name);
	row = claim("push", s->user, name, METHOD_PUSH, LIVE);
	assert_int_equal(at_unknown(store, row.id, LIVE, s->clock), 0);
}

static void
pass_over(const char *provider)
{
	assert_int_equal(at_pass_over(store, provider, s->clock + 50000), 0);
}

static void
out_vonage(void)
{
	pass_over("vonage");
}

static void
out_push(void)
{
	pass_over("push");
}

static void
out_all(void)
{
	for (size_t i = 0; i < s->conf.provider_count; i++)
		pass_over(s->conf.provider[i].name);
}

static void
out_all_one_unknown(void)
{
	out_all();
	unknown("second");
}

static void
out_all_no_push(void)
{
	out_all();
	no_push_left();
}

static void
out_codes(void)
{
	pass_over("vonage");
	pass_over("second");
}

static void
guesses(unsigned count, int64_t ahead)
{
	struct limits_of_guesses limits = s->conf.guesses;
	struct store_guess_token token;
	int64_t wait_s;

	if (count > limits.after)
		limits.after = limits.after_total = 200;
	while (count-- > 0)
		assert_int_equal(
		    at_guess_take(store, s->user, "192.0.2.0/24", &limits,
			s->wall + s->clock / 1000 + ahead, &token, &wait_s),
		    GUESS_OPEN);
}

static void
locked(void)
{
	guesses(s->conf.guesses.after, 0);
}

static void
locked_ahead(void)
{
	guesses(s->conf.guesses.after, 5000);
}

static void
shut(void)
{
	guesses(LIMITS_LOCKOUT_AT, 0);
}

static void
no_failover(void)
{
	s->conf.failover_after_unknown = false;
	unknown("vonage");
}

static void
push_no_failover(void)
{
	s->conf.failover_after_unknown = false;
	push_unknown();
}

static void
no_prefix(void)
{
	static const char *prefix[] = { "+1" };

	s->conf.allowed_prefixes = (struct text_list){ 1, prefix };
}

/* --- rows ---------------------------------------------------------------- */

#define CODE METHODS_CODE
#define ALL METHOD_ALL
#define BY_SMS METHOD_BIT(METHOD_SMS)
#define BY_PUSH METHOD_BIT(METHOD_PUSH)
#define BY_RECOVERY METHOD_BIT(METHOD_RECOVERY)

/* expect: ask, method, provider, reason, limit, and in an outage; - none. */
static const struct row {
	const char *name;
	void (*state)(void);
	const char *record;
	unsigned methods;
	enum on_outage outage;
	unsigned codes; /* for recovery */
	const char *expect;
} table[] = {
	/* the phone */
	{ "all is well", nothing, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "no method", nothing, SMS, BY_PUSH, OUTAGE_OFFLINE, 0,
	    "denied - - no-method - -" },
	{ "prefix", no_prefix, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "denied - - prefix - -" },
	{ "starting", starting, SMS_APP, ALL, OUTAGE_OFFLINE, 1,
	    "wait - vonage - - -" },
	{ "starting, dead", starting_dead, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms second - - -" },
	{ "unknown", unknown_vonage, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms second - - -" },
	{ "unknown, no failover", no_failover, SMS, ALL, OUTAGE_ALLOW, 0,
	    "denied - - transient - -" },
	{ "unknown at both", unknown_both, SMS, ALL, OUTAGE_ALLOW, 0,
	    "denied - - transient - -" },
	{ "unknown at both, deny", unknown_both, SMS_APP, ALL, OUTAGE_DENY, 1,
	    "denied - - transient - -" },
	{ "unknown at both, app", unknown_both, SMS_APP, ALL, OUTAGE_OFFLINE, 0,
	    "app - - - - -" },
	{ "running", by_sms, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "join sms vonage - - -" },
	{ "running, voice", by_voice, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "join voice vonage - - -" },
	{ "unfit", by_voice, SMS, BY_SMS, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "elsewhere", by_sms_second, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "join sms second - - -" },
	{ "elsewhere, unfit", by_voice_second, SMS, BY_SMS, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "elsewhere, gone", by_sms_gone, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "elsewhere, expired", expired_second, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "elsewhere, unfit, shut here", unfit_and_unknown, SMS, BY_SMS,
	    OUTAGE_OFFLINE, 0, "send sms second - - -" },
	{ "by the address", by_address, PHONE EMAIL "channels = [\"sms\"];",
	    ALL, OUTAGE_OFFLINE, 0, "join sms vonage - - -" },
	{ "of another", of_another, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "denied - - number-busy - -" },
	{ "of another, app", of_another, SMS_APP, ALL, OUTAGE_OFFLINE, 0,
	    "app - - - - -" },
	{ "spent", spent, SMS, ALL, OUTAGE_OFFLINE, 0, "denied - - spent - -" },
	{ "spent rings nobody", spent, SMS_PUSH, ALL, OUTAGE_OFFLINE, 0,
	    "denied - - spent - -" },
	{ "spent, app", spent, SMS_APP, ALL, OUTAGE_OFFLINE, 0,
	    "app - - - - -" },
	{ "limit", no_codes_left, SMS, ALL, OUTAGE_ALLOW, 0,
	    "denied - - limit sends_per_user_hour -" },
	{ "limit, recovery", no_codes_left, SMS, ALL, OUTAGE_OFFLINE, 1,
	    "recovery - - - sends_per_user_hour -" },
	{ "limit, push", no_codes_left, SMS_PUSH, ALL, OUTAGE_OFFLINE, 0,
	    "push push push - sends_per_user_hour -" },
	/* the push */
	{ "push", nothing, PUSH_SMS, ALL, OUTAGE_OFFLINE, 0,
	    "push push push - - -" },
	{ "push passed over", out_push, PUSH_SMS, ALL, OUTAGE_OFFLINE, 0,
	    "push push push2 - - -" },
	{ "push open", push_open, PUSH_SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - -" },
	{ "push open, alone", push_open, PUSH_ONLY, ALL, OUTAGE_ALLOW, 0,
	    "denied - - push-open - -" },
	{ "push unknown", push_unknown, PUSH_SMS, ALL, OUTAGE_OFFLINE, 0,
	    "push push push2 - - -" },
	{ "push unknown, no failover", push_no_failover, PUSH_SMS, ALL,
	    OUTAGE_OFFLINE, 0, "send sms vonage - - -" },
	{ "push limit", no_push_left, PUSH_SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - push_per_hour -" },
	{ "push limit, alone", no_push_left, PUSH_ONLY, ALL, OUTAGE_ALLOW, 0,
	    "denied - - limit push_per_hour -" },
	{ "push limit, recovery", no_push_left, PUSH_ONLY, ALL, OUTAGE_ALLOW, 1,
	    "recovery - - - push_per_hour -" },
	/* what needs no message */
	{ "app", nothing, APP_SMS, ALL, OUTAGE_OFFLINE, 0, "app - - - - -" },
	{ "recovery alone", nothing, SMS, BY_RECOVERY, OUTAGE_OFFLINE, 1,
	    "recovery - - - - -" },
	{ "recovery not allowed", spent, SMS, CODE, OUTAGE_OFFLINE, 1,
	    "denied - - spent - -" },
	/* locks */
	{ "locked", locked, SMS_APP, ALL, OUTAGE_OFFLINE, 0,
	    "denied - - locked - -" },
	{ "locked, recovery", locked, SMS, ALL, OUTAGE_OFFLINE, 1,
	    "recovery - - locked - -" },
	{ "locked, recovery not allowed", locked, SMS, CODE, OUTAGE_OFFLINE, 1,
	    "denied - - locked - -" },
	{ "locked ahead", locked_ahead, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "denied - - locked - -" },
	{ "shut", shut, SMS, ALL, OUTAGE_OFFLINE, 0, "denied - - locked - -" },
	/* out of reach */
	{ "one passed over", out_vonage, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms second - - -" },
	{ "outage, allow", out_all, SMS, ALL, OUTAGE_ALLOW, 0,
	    "send sms vonage - - admitted" },
	{ "outage, offline", out_all, SMS, ALL, OUTAGE_OFFLINE, 0,
	    "send sms vonage - - denied" },
	{ "outage, deny", out_all, SMS_APP, ALL, OUTAGE_DENY, 1,
	    "send sms vonage - - denied" },
	{ "outage, app", out_all, SMS_APP, ALL, OUTAGE_ALLOW, 0,
	    "send sms vonage - - app" },
	{ "outage, recovery", out_all, SMS, ALL, OUTAGE_ALLOW, 1,
	    "send sms vonage - - recovery" },
	{ "outage, one unknown", out_all_one_unknown, SMS, ALL, OUTAGE_ALLOW, 0,
	    "send sms vonage - - denied" },
	{ "outage of codes", out_codes, SMS_PUSH, ALL, OUTAGE_ALLOW, 0,
	    "send sms vonage - - push" },
	{ "outage, push too", out_all, SMS_PUSH, ALL, OUTAGE_ALLOW, 0,
	    "send sms vonage - - admitted" },
	{ "outage, push first", out_all, PUSH_SMS, ALL, OUTAGE_ALLOW, 0,
	    "push push push - - admitted" },
	{ "outage, push alone", out_all, PUSH_ONLY, ALL, OUTAGE_ALLOW, 0,
	    "push push push - - admitted" },
	{ "outage, push and app", out_all, PUSH_APP, ALL, OUTAGE_ALLOW, 0,
	    "push push push - - app" },
	{ "outage, push alone, deny", out_all, PUSH_APP, ALL, OUTAGE_DENY, 1,
	    "push push push - - denied" },
	{ "outage, no push left", out_all_no_push, PUSH_SMS, ALL, OUTAGE_ALLOW,
	    0, "send sms vonage - push_per_hour denied" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
word(const char *text)
{
	return text[0] != '\0' ? text : "-";
}

static void
expect(const char *name, const char *expected)
{
	struct explained e;
	char got[256];

	explained_run(s, is_dead, &e);
	assert_string_equal(e.end, "on");
	snprintf(got, sizeof(got), "%s %s %s %s %s %s", e.ask, word(e.method),
	    word(e.provider), word(e.asked_reason), word(e.which),
	    word(e.outage));
	if (strcmp(got, expected) != 0)
		fail_msg("%s: '%s', not '%s'", name, got, expected);
}

static void
providers(void)
{
	struct provider_conf *p = s->conf.provider;

	p[1] = p[0];
	p[1].name = "second";
	scripted_provider(s, 2, "twilio-push", "push");
	scripted_provider(s, 3, "twilio-push", "push2");
}

static int
setup(void **state)
{
	if (scripted_setup(state) != 0)
		return -1;
	s = *state;
	providers();
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET };
	store = scripted_store(s);
	return 0;
}

static int
teardown(void **state)
{
	store_close(store);
	return scripted_teardown(state);
}

static void
prepare(const struct row *r)
{
	static const char *const codes[] = { "ABCDEFGH234567AB" };

	if (strstr(r->record, "totp") != NULL)
		scripted_totp(s, r->record);
	else
		scripted_user(s, r->record);
	s->rule[0].methods = r->methods;
	s->conf.on_outage = r->outage;
	assert_int_equal(
	    store_recovery_set(store, s->user, codes, r->codes, NULL), 0);
	r->state();
}

static void
each_state(void **state)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		void *own = NULL;

		assert_int_equal(setup(&own), 0);
		prepare(&table[i]);
		expect(table[i].name, table[i].expect);
		assert_int_equal(teardown(&own), 0);
	}
	(void)state;
}

/* The prompts of an unlocked login, and how long a lock lasts. */
static void
untold(void **state)
{
	struct explained e;

	(void)state;
	scripted_user(s, SMS);
	locked_ahead();
	explained_run(s, NULL, &e);
	assert_int_equal(e.wait_s, s->conf.guesses.lock_s);
	s->conf.tell_locked = false;
	expect("untold", "hidden - - locked - -");
	assert_int_equal(store_user_unlock(store, s->user), 1);
	shut();
	explained_run(s, NULL, &e);
	assert_int_equal(e.wait_s, 0);
}

static void
remembered(void **state)
{
	unsigned char binding[STORE_REMEMBERED_LEN];
	struct forecast_ops look;
	struct user_record record = { .enabled = true };
	struct decision decision = { .remember_minutes = 15 };
	const struct environment env = { .facts = &s->facts, .conf = &s->conf };
	const struct login l = { .env = &env,
		.user = s->user,
		.source = "192.0.2.0/24",
		.record = &record,
		.decision = &decision,
		.store = store };
	struct forecast_result asked;

	(void)state;
	s->facts.auth_info = "publickey ssh-ed25519 AAAA";
	forecast_ops_init(&look, &l, false);
	assert_true(remembered_login_bind_if_allowed(&s->conf, &s->facts,
	    s->user, "192.0.2.7", false, &record, binding));
	scripted_time(s);
	assert_int_equal(plain_remembered_put(store, s->user, binding, 900), 0);
	assert_int_equal(forecast(&l, &asked), 0);
	assert_int_equal(asked.ask, FORECAST_ASK_REMEMBERED);
	decision.remember_minutes = 0;
	assert_int_equal(forecast(&l, &asked), 0);
	assert_int_equal(asked.ask, FORECAST_ASK_NOTHING);
}

/* --- steps that fail ----------------------------------------------------- */

static unsigned claims;

static enum store_claim
claim_fails(const struct login *l, const struct store_key *key,
    unsigned methods, enum method method, int64_t start_ms,
    struct store_row *row)
{
	(void)l;
	(void)key;
	(void)methods;
	(void)method;
	(void)start_ms;
	memset(row, 0, sizeof(*row));
	return CLAIM_ERROR;
}

static enum store_send
take_fails(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	(void)l;
	(void)key;
	(void)which;
	*id = *wait_s = 0;
	return SEND_ERROR;
}

/* It is said to be elsewhere, and there to be elsewhere. */
static enum store_claim
claim_elsewhere(const struct login *l, const struct store_key *key,
    unsigned methods, enum method method, int64_t start_ms,
    struct store_row *row)
{
	(void)claim_fails(l, key, methods, method, start_ms, row);
	row->method = METHOD_SMS;
	row->left_ms = INT64_MAX / 2;
	snprintf(row->provider, sizeof(row->provider), "%s",
	    strcmp(key->provider, "vonage") == 0 ? "second" : "vonage");
	snprintf(row->type, sizeof(row->type), "vonage-verify");
	claims++;
	return CLAIM_ELSEWHERE;
}

/* How a login on these steps begins; the steps that are NULL look. */
static enum reason
denied_on(const struct verify_steps *mine, enum method channel)
{
	struct user_record record = {
		.enabled = true, .channels = 1, .channel = { channel }
	};
	const struct decision decision = { .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_ALLOW };
	const struct environment env = { .facts = &s->facts, .conf = &s->conf };
	const struct login l = { .env = &env,
		.user = s->user,
		.source = "192.0.2.0/24",
		.record = &record,
		.decision = &decision,
		.store = store };
	struct factors *f = calloc(1, sizeof(*f));
	struct verify_steps steps;
	struct login_begin begin;
	struct forecast_ops look;
	struct challenge c;

	assert_non_null(f);
	snprintf(record.phone, sizeof(record.phone), SAMPLE_PHONE);
	snprintf(record.push_identity, sizeof(record.push_identity),
	    SAMPLE_IDENTITY);
	snprintf(record.push_factor, sizeof(record.push_factor), SAMPLE_FACTOR);
	forecast_ops_init(&look, &l, false);
	steps = *look.login.steps;
	if (mine->claim != NULL)
		steps.claim = mine->claim;
	if (mine->take != NULL)
		steps.take = mine->take;
	look.login.steps = &steps;
	f->login = &look.login;
	scripted_time(s);
	assert_int_equal(
	    login_begin(&look.login, NULL, &begin, store_begin_dry_run), 0);
	factors_init(f, &c);
	if (c.begin(c.ctx) != STEP_DENY)
		look.result.reason = REASON_NONE;
	free(f);
	return look.result.reason;
}

static void
each_part_unread(void **state)
{
	static const struct verify_steps fails[] = { { .claim = claim_fails },
		{ .take = take_fails } };
	static const struct verify_steps none = { .claim = NULL };

	(void)state;
	assert_int_equal(denied_on(&none, METHOD_SMS), REASON_NONE);
	assert_int_equal(denied_on(&none, METHOD_PUSH), REASON_NONE);
	for (size_t i = 0; i < COUNT(fails); i++) {
		assert_int_equal(
		    denied_on(&fails[i], METHOD_SMS), REASON_STATE);
		assert_int_equal(
		    denied_on(&fails[i], METHOD_PUSH), REASON_STATE);
	}
}

static void
elsewhere_and_elsewhere(void **state)
{
	static const struct verify_steps steps = { .claim = claim_elsewhere };

	(void)state;
	claims = 0;
	assert_int_equal(denied_on(&steps, METHOD_SMS), REASON_NUMBER_BUSY);
	assert_in_range(claims, 2, 10);
}

/* No step asks a provider. Should one, nothing goes out, and nothing is
 * explained. */
static void
no_request(void **state)
{
	static struct http_reply reply;
	const struct environment env = { .conf = NULL };
	const struct login l = { .env = &env };
	struct forecast_ops look;

	(void)state;
	forecast_ops_init(&look, &l, false);
	look.env.connection->send(look.env.ctx, NULL, NULL, 0, &reply);
	assert_int_equal(reply.fate, HTTP_LOCAL);
	assert_true(look.failed);
}

/* The name service gives another name than was asked for: none that we keep
 * anything by. */
static void
accounts(void **state)
{
	(void)state;
	assert_int_equal(admission_account("alice", ACCOUNT_FOUND, "alice").end,
	    ADMISSION_ON);
	assert_int_equal(
	    admission_account("alice", ACCOUNT_FOUND, "al/ice").end,
	    ADMISSION_DENY);
	assert_string_equal(
	    reason_word(admission_account("alice", ACCOUNT_FOUND, "").reason),
	    "account-lookup");
	assert_int_equal(admission_account("alice", ACCOUNT_ERROR, "alice").end,
	    ADMISSION_DENY);
	assert_string_equal(
	    reason_word(
		admission_account("al/ice", ACCOUNT_FOUND, "alice").reason),
	    "user-name");
}

/* The phone comes first where no channel says otherwise. */
static void
ways(void **state)
{
	const struct user_record record = { .enabled = true };
	const struct factor_choice none = { .record = &record };
	struct factor_choice all = { .record = &record,
		.phone = true,
		.app = true,
		.push = true,
		.recovery = true };

	(void)state;
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
	login_result_init(&r);
	assert_int_equal(r.verdict, VERDICT_DENY);
	login_result_allow(&r, LOGIN_DENIED, REASON_REMEMBERED);
	assert_int_equal(r.verdict, VERDICT_DENY);
	assert_int_equal(r.reason, REASON_NONE);
	login_result_deny(&r, VERDICT_ALLOW, REASON_STATE);
	assert_int_equal(r.verdict, VERDICT_DENY);
	assert_int_equal(r.outcome, LOGIN_DENIED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

UNIT_TESTS(test_forecast)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state),
		TEST(untold),
		TEST(remembered),
		TEST(each_part_unread),
		TEST(elsewhere_and_elsewhere),
		TEST(no_request),
		cmocka_unit_test(accounts),
		cmocka_unit_test(ways),
		cmocka_unit_test(results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
