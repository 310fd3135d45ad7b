/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each operation of the store with each of its calls failing, one at a time: it
 * says that it failed and why, keeps nothing of what it had begun, and can be
 * done afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "lib/values/values.h"
#include "tests/seams/failcall.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WALL INT64_C(1700000000)
#define NOW INT64_C(1000000)
#define CALLS_MAX 400 /* each operation has fewer */
#define MAKING_STEP 3 /* making a state takes long: not each call */
#define SOURCE "192.0.2.1/32"
#define COUNTED 100 /* what was counted comes on top */
#define ME 1
#define ANOTHER 2

/* One user with one operation; the next one has another user. */
struct trial {
	struct store *s;
	char user[16], number[24], request[24], provider[24];
	struct store_row row;
	struct store_guess_token token;
	struct store_recovery recovery;
	int64_t send;
	unsigned seen; /* rows that were reported */
};

struct operation {
	const char *name;
	void (*make)(struct trial *); /* what it needs; NULL: nothing */
	int (*run)(struct trial *);
	int good, bad;
	/* What the state then holds of the user: the first number of this
	 * SELECT. NULL: nothing was written. */
	const char *held;
	int64_t holds;
};

static const struct limits_of_guesses guesses = { 3, 5, 600, 0 };
static const struct limits_of_guesses one_guess = { 1, 1, 600, 0 };
static const unsigned char bytes[STORE_VERIFIER_LEN] = "bytes";
static const char *const codes[] = { "ABCDEFGH234567AB", "ABCDEFGH234567AC" };

static struct store_key
key_of(const struct trial *t)
{
	return (struct store_key){ .user = t->user,
		.receiver = t->number,
		.provider = "vonage",
		.type = "vonage-verify-v1" };
}

static struct limits_of_sends
limits_of(void)
{
	return (struct limits_of_sends){ .user_hour = 1000,
		.user_day = 1000,
		.number_day = 1000,
		.source_hour = 100000,
		.host_hour = 100000,
		.push_hour = 10,
		.spend_day = INT64_C(1000000000),
		.spend_month = INT64_C(1000000000),
		.price = 50000 };
}

static struct store_send_key
send_key_of(const struct trial *t)
{
	return (struct store_send_key){
		.user = t->user, .counted_as = t->number, .source = SOURCE
	};
}

/* --- verifications --- */

static int
run_claim_as(struct trial *t, int64_t session)
{
	const struct store_key key = key_of(t);

	return (int)at_claim(
	    t->s, &key, METHOD_ALL, METHOD_SMS, session, NOW, 60000, &t->row);
}

static void
make_claimed(struct trial *t)
{
	assert_int_equal(run_claim_as(t, ME), CLAIM_NEW);
}

static int
run_started(struct trial *t)
{
	return at_started(
	    t->s, t->row.id, ME, t->request, METHOD_SMS, NOW, NOW + 300000, 0);
}

static void
make_running(struct trial *t)
{
	make_claimed(t);
	assert_int_equal(run_started(t), 0);
}

static int
run_replace(struct trial *t)
{
	return at_replace(t->s, t->row.id, ME, t->request, false, NOW + 1000);
}

static void
make_replacing(struct trial *t)
{
	make_running(t);
	assert_int_equal(run_replace(t), 1);
}

static int
run_claim(struct trial *t)
{
	return run_claim_as(t, ME);
}

static int
run_join(struct trial *t)
{
	const int claim = run_claim_as(t, ANOTHER);

	return claim == CLAIM_JOINED ? COUNTED + (int)t->row.joined : claim;
}

/* The whole of it, or nothing. */
static int
begin_as(struct trial *t, unsigned candidates,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *))
{
	const struct limits_of_sends limits = limits_of();
	const struct store_begin ask = { .user = t->user,
		.source = SOURCE,
		.binding = bytes,
		.remember_s = 300,
		.idle_s = 300,
		.count = candidates,
		.candidate = { { key_of(t), METHOD_ALL, METHOD_SMS, 60000 },
		    { key_of(t), METHOD_ALL, METHOD_SMS, 60000 } },
		.message = send_key_of(t),
		.limits = &limits };
	struct store_begun out;
	int result;

	t->s->head.session = ME;
	store_time_now(NOW);
	store_time_wall(WALL);
	result = begin(t->s, &ask, &out);
	assert_int_equal(out.chosen && out.claim == CLAIM_NEW,
	    out.sent == SEND_TAKEN && out.row.id != 0 && out.send != 0);
	if (result != 0) {
		assert_false(out.chosen || out.remembered);
		assert_int_equal(out.lock, GUESS_ERROR);
		return -1;
	}
	/* a number that cannot be looked up is the claim's to tell */
	if (candidates > 0 && out.lock == GUESS_OPEN && !out.chosen)
		return -1;
	return out.chosen ? COUNTED + (int)out.claim : (int)out.lock;
}

static int
run_begin(struct trial *t)
{
	return begin_as(t, 2, store_begin);
}

static int
run_begin_look(struct trial *t)
{
	return begin_as(t, 2, store_begin_dry_run);
}

static int
run_begin_bare(struct trial *t)
{
	return begin_as(t, 0, store_begin);
}

static int
run_claim_look(struct trial *t)
{
	const struct store_key key = key_of(t);

	return (int)at_claim_look(t->s, &key, METHOD_ALL, NOW, 60000, &t->row);
}

/* What comes of a start, but for what a row of the table adds. */
static struct store_started
start_of(const struct trial *t)
{
	return (struct store_started){ .id = t->row.id,
		.request_id = t->request,
		.method = METHOD_SMS,
		.life_ms = 300000 };
}

static int
run_lasts(struct trial *t)
{
	struct store_started to = start_of(t);

	to.lasts_ms = 900000;
	return at_started_so(t->s, ME, NOW, &to);
}

static int
run_rekey(struct trial *t)
{
	struct store_started to = start_of(t);
	char other[32];

	snprintf(other, sizeof(other), "%s@example.org", t->user);
	to.number = other;
	return at_started_so(t->s, ME, NOW, &to);
}

static int
run_priced(struct trial *t)
{
	struct store_started to = start_of(t);

	to.send = t->send;
	to.price = 70000;
	return at_started_so(t->s, ME, NOW, &to);
}

static int
run_number_free(struct trial *t)
{
	return store_number_is_unclaimed(t->s, t->row.id, t->number);
}

static int
run_unsent(struct trial *t)
{
	return at_unsent(t->s, t->row.id, ME);
}

static int
run_unknown(struct trial *t)
{
	return at_unknown(t->s, t->row.id, ME, NOW);
}

static int
run_look(struct trial *t)
{
	struct store_row row;

	return at_look(t->s, t->row.id, NOW + 1000, &row);
}

static int
run_refund(struct trial *t)
{
	return store_row_refund_try(t->s, t->row.id, t->request,
	    &(struct store_counted){ t->user, SOURCE, &t->token });
}

static struct store_right
right_of(const struct trial *t)
{
	return (struct store_right){ .user = t->user,
		.source = SOURCE,
		.service = "sshd",
		.method = METHOD_SMS,
		.provider = t->provider,
		.binding = bytes,
		.remember_s = 300,
		.idle_s = 300 };
}

static struct store_code
code_of(const struct trial *t)
{
	struct store_code code = { .seconds = 3600 };

	snprintf(code.owner, sizeof(code.owner), "%s", t->user);
	memcpy(code.digest, bytes, sizeof(code.digest));
	return code;
}

static int
run_finish(struct trial *t)
{
	const struct store_right right = right_of(t);
	const struct store_code code = code_of(t);

	return store_row_finish(t->s,
	    &(struct store_finish){ .id = t->row.id,
		.request_id = t->request,
		.code = &code,
		.send = t->send,
		.price = 70000 },
	    &right);
}

static int
run_spend(struct trial *t)
{
	return at_spend(t->s, t->row.id, t->request, NOW + 60000);
}

static int
run_drop(struct trial *t)
{
	return store_row_remove_held(t->s, t->row.id);
}

static int
run_end(struct trial *t)
{
	return store_row_remove_ended(t->s, t->row.id, t->request);
}

static int
run_holds(struct trial *t)
{
	return at_holds(t->s, t->row.id, ME);
}

static int
run_restore(struct trial *t)
{
	return at_restore(t->s, t->row.id, ME);
}

static int
run_verifier_put(struct trial *t)
{
	struct store_started to = start_of(t);

	to.verifier = bytes;
	return at_started_so(t->s, ME, NOW, &to);
}

static int
run_verifier_add(struct trial *t)
{
	struct store_started to = start_of(t);

	to.verifier = bytes;
	to.beside = true;
	return at_started_so(t->s, ME, NOW, &to);
}

static void
make_verifier(struct trial *t)
{
	make_claimed(t);
	assert_int_equal(run_verifier_put(t), 0);
}

static void
make_put(struct trial *t)
{
	make_verifier(t);
	assert_int_equal(run_replace(t), 1);
}

static int
run_verifier_get(struct trial *t)
{
	unsigned char kept[STORE_VERIFIERS][STORE_VERIFIER_LEN];

	return store_row_verifiers_read(t->s, t->row.id, t->request, kept);
}

/* --- codes --- */

/* Both the guess and the try, or neither. */
static int
run_attempt(struct trial *t)
{
	const struct store_attempt a = { .user = t->user,
		.source = SOURCE,
		.limits = &guesses,
		.id = t->row.id,
		.tries = 3 };
	struct store_attempted out;

	if (at_attempt(t->s, &a, WALL, NOW + 1000, &out))
		return COUNTED + (int)out.row.tries;
	return out.guess == GUESS_ERROR || out.tried == TRY_ERROR ? 0 : 1;
}

static int
run_guess(struct trial *t)
{
	int64_t wait_s;

	return (int)at_guess_take(
	    t->s, t->user, SOURCE, &guesses, WALL, &t->token, &wait_s);
}

static void
make_guessed(struct trial *t)
{
	assert_int_equal(run_guess(t), GUESS_OPEN);
}

/* By a clock that is set back afterwards. */
static void
make_locked_ahead(struct trial *t)
{
	int64_t wait_s;

	assert_int_equal(at_guess_take(t->s, t->user, SOURCE, &one_guess,
			     WALL + 100000, &t->token, &wait_s),
	    GUESS_OPEN);
}

static int
run_guess_look(struct trial *t)
{
	int64_t wait_s;

	return (int)at_guess_look(t->s, t->user, SOURCE, WALL, &wait_s);
}

static int
run_refuse(struct trial *t)
{
	return at_guess_refuse(t->s, t->user, SOURCE, 3600, WALL);
}

static void
make_refused(struct trial *t)
{
	assert_int_equal(run_refuse(t), 0);
}

static int
run_refused(struct trial *t)
{
	return at_guess_refused(t->s, t->user, SOURCE, WALL);
}

static int
run_guess_refund(struct trial *t)
{
	return store_guess_refund(
	    t->s, &(struct store_counted){ t->user, SOURCE, &t->token });
}

static int
run_guess_right(struct trial *t)
{
	return store_guess_reset_after_right(t->s, t->user, SOURCE);
}

/* --- messages --- */

static int
run_send(struct trial *t)
{
	const struct store_send_key key = send_key_of(t);
	const struct limits_of_sends limits = limits_of();
	const char *which;
	int64_t wait_s;

	return (int)at_send_take(
	    t->s, &key, &limits, WALL, &t->send, &wait_s, &which);
}

static void
make_sent(struct trial *t)
{
	assert_int_equal(run_send(t), SEND_TAKEN);
}

static void
make_claimed_sent(struct trial *t)
{
	make_claimed(t);
	make_sent(t);
}

static void
make_tried(struct trial *t)
{
	make_running(t);
	make_sent(t);
	make_guessed(t);
}

/* More than one transaction mends. */
static void
make_sent_ahead(struct trial *t)
{
	struct sqlite_query q;

	sqlite_query_open(&q, t->s,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 30) INSERT INTO send(at, user, number, source, day,"
	    " price) SELECT :ahead, :user, '', '', 0, 0 FROM n");
	sqlite_query_bind_text(&q, ":user", t->user);
	sqlite_query_bind_number(&q, ":ahead", WALL + 1000);
	assert_int_equal(sqlite_query_run(&q), 30);
}

static int
run_send_look(struct trial *t)
{
	const struct store_send_key key = send_key_of(t);
	const struct limits_of_sends limits = limits_of();
	const char *which;
	int64_t wait_s;

	return (int)at_send_look(t->s, &key, &limits, WALL, &wait_s, &which);
}

/* Too dear: the days of the month are walked through. */
static int
run_send_dear(struct trial *t)
{
	const struct store_send_key key = send_key_of(t);
	struct limits_of_sends limits = limits_of();
	const char *which;
	int64_t wait_s;

	limits.spend_day = limits.spend_month = 60000;
	return (int)at_send_look(t->s, &key, &limits, WALL, &wait_s, &which);
}

static void
count_window(void *ctx, const struct store_window *w)
{
	struct trial *t = ctx;

	(void)w;
	t->seen++;
}

static int
run_windows(struct trial *t)
{
	const struct store_send_key key = send_key_of(t);
	const struct limits_of_sends limits = limits_of();

	return at_send_windows(t->s, &key, &limits, WALL, t, count_window);
}

static int
run_send_refund(struct trial *t)
{
	return store_send_refund(t->s, t->send);
}

static int
run_price(struct trial *t)
{
	return sqlite_send_set_price(t->s, t->send, 70000);
}

/* --- what may be used once, what is remembered --- */

static int
run_recovery_set(struct trial *t)
{
	return store_recovery_set(t->s, t->user, codes, 2, NULL);
}

static void
make_recovery(struct trial *t)
{
	assert_int_equal(run_recovery_set(t), 0);
}

static int
run_recovery_list(struct trial *t)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(t->s, t->user, list);

	t->recovery = list[0];
	return count;
}

static void
make_recovery_list(struct trial *t)
{
	make_guessed(t);
	make_recovery(t);
	assert_int_equal(run_recovery_list(t), 2);
	assert_int_equal(
	    recovery_code_hash(t->recovery.salt, codes[0], t->recovery.hash),
	    0);
}

static int
run_recovery_claim(struct trial *t)
{
	const struct store_right right = right_of(t);
	struct store_recovery used;
	unsigned left;

	return store_recovery_claim(
	    t->s, &t->recovery, 1, &right, &used, &left);
}

static int
run_recovery_left(struct trial *t)
{
	return store_recovery_count_codes(t->s, t->user);
}

static int
run_recovery_users(struct trial *t)
{
	/* those of other trials are there as well */
	return store_recovery_count_users(t->s) > 0 ? 1 : -1;
}

static int
run_enrol(struct trial *t)
{
	const struct store_enrolment e = { .user = t->user,
		.text = "phone = \"+447700900123\";\n",
		.phone = t->number,
		.by = "window" };

	return (int)store_enrol(t->s, &e);
}

/* In place of the codes that it had. */
static int
run_renew(struct trial *t)
{
	char text[RECOVERY_SELF][RECOVERY_LEN + 1];
	const char *list[RECOVERY_SELF];
	const struct store_enrolment e = {
		.user = t->user, .codes = list, .by = "phone", .changes = true
	};

	for (size_t i = 0; i < RECOVERY_SELF; i++) {
		PRINT_TO(text[i], "NEWCODE23456%c%s", 'A' + (int)i, "AAA");
		list[i] = text[i];
	}
	return (int)store_enrol(t->s, &e);
}

static int
run_totp_claim(struct trial *t)
{
	const struct store_right right = right_of(t);

	return plain_totp_right(t->s, NULL, WALL / 30, &right, NULL);
}

/* One secret is one, whoever's it is: each trial has another. */
static void
secret_of(const struct trial *t, unsigned char out[STORE_CODE_DIGEST])
{
	memset(out, 0, STORE_CODE_DIGEST);
	memcpy(out, t->user, strlen(t->user));
}

/* Its step is used. */
static void
make_totp_used(struct trial *t)
{
	unsigned char secret[STORE_CODE_DIGEST];
	const struct store_right right = {
		.user = t->user, .source = SOURCE, .provider = ""
	};

	secret_of(t, secret);
	assert_int_equal(
	    plain_totp_right(t->s, secret, WALL / 30, &right, NULL), 1);
}

static int
run_totp_used(struct trial *t)
{
	const struct store_right right = right_of(t);
	struct store_used_step used = { .newest = WALL / 30 };
	unsigned char secret[STORE_CODE_DIGEST];

	secret_of(t, secret);
	return plain_totp_right(t->s, secret, WALL / 30, &right, &used);
}

static int
run_totp_renew(struct trial *t)
{
	return at_totp_renew(t->s, t->user, WALL / 30, WALL / 30);
}

static int
run_code_claim(struct trial *t)
{
	const struct store_right right = right_of(t);
	const struct store_code code = code_of(t);

	return store_code_claim(t->s, &code, &right);
}

static void
make_code_used(struct trial *t)
{
	assert_int_equal(run_code_claim(t), 1);
	make_guessed(t);
}

static int
run_code_recent(struct trial *t)
{
	const struct store_code code = code_of(t);
	const struct store_counted back = { t->user, SOURCE, &t->token };

	return store_code_was_used_recently(t->s, &code, &back);
}

static void
make_grace(struct trial *t)
{
	assert_int_equal(
	    at_remembered_put(t->s, t->user, bytes, WALL, WALL + 300), 0);
}

static int
run_grace_get(struct trial *t)
{
	return at_remembered_get(t->s, t->user, bytes, WALL + 10);
}

static int
run_grace_forget(struct trial *t)
{
	return store_remembered_forget(t->s, t->user);
}

/* --- providers, and what an admin sees --- */

static int
run_pass_over(struct trial *t)
{
	return at_pass_over(t->s, t->provider, NOW + STORE_PASSED_MS);
}

static void
make_passed(struct trial *t)
{
	assert_int_equal(run_pass_over(t), 0);
}

static int
run_passed_over(struct trial *t)
{
	return at_passed_over(t->s, t->provider, NOW);
}

static void
count_success(void *ctx, const char *provider, enum method method, int64_t wall)
{
	struct trial *t = ctx;

	(void)provider, (void)method, (void)wall;
	t->seen++;
}

static int
run_successes(struct trial *t)
{
	return store_successes_by_provider(t->s, t, count_success);
}

static void
count_status(void *ctx, const struct store_status *status)
{
	struct trial *t = ctx;

	(void)status;
	t->seen++;
}

static int
run_status(struct trial *t)
{
	return at_status(t->s, t->user, WALL, t, count_status);
}

/* Those of the trials before would make too many calls. */
static void
make_alone(struct trial *t)
{
	assert_int_equal(sqlite_run(t->s,
			     "DELETE FROM guess; DELETE FROM send;"
			     "DELETE FROM recovery; DELETE FROM grace;"
			     "DELETE FROM totp"),
	    0);
	make_guessed(t);
}

static int
run_status_all(struct trial *t)
{
	return at_status(t->s, NULL, WALL, t, count_status);
}

static int
run_totals(struct trial *t)
{
	unsigned hour, day;
	int64_t spent_day, spent_month;

	return at_totals(t->s, WALL, &hour, &day, &spent_day, &spent_month);
}

static int
run_unlock(struct trial *t)
{
	return store_user_unlock(t->s, t->user);
}

/* --- all of them --- */

#define OF_USER(what, table) "SELECT " what " FROM " table " WHERE user = :user"
#define ROWS(table) OF_USER("count(*)", table)
#define BEGUN "SELECT (" ROWS("verification") ") + (" ROWS("send") ")"
/* One row of table, one success, one login remembered, no wrong code: 111. */
#define RIGHT(table)                                                           \
	"SELECT (" ROWS(table) ") + 10 * (" ROWS("passed") ") + 100 * (" ROWS( \
	    "grace") ") + 1000 * (" ROWS("guess") ")"
#define STATE(name) OF_USER("state = '" name "'", "verification")

static const struct operation operations[] = {
	{ "begin", NULL, run_begin, COUNTED + CLAIM_NEW, -1, BEGUN, 2 },
	{ "begin, joined", make_running, run_begin, COUNTED + CLAIM_JOINED, -1,
	    BEGUN, 1 },
	{ "begin, messages ahead", make_sent_ahead, run_begin,
	    COUNTED + CLAIM_NEW, -1, OF_USER("max(at)", "send"), WALL },
	{ "begin, lock ahead", make_locked_ahead, run_begin, GUESS_LOCKED, -1,
	    OF_USER("max(locked_at)", "guess"), WALL },
	{ "begin without candidates", make_guessed, run_begin_bare, GUESS_OPEN,
	    -1, ROWS("verification"), 0 },
	{ "begin without candidates, lock ahead", make_locked_ahead,
	    run_begin_bare, GUESS_LOCKED, -1,
	    OF_USER("max(locked_at)", "guess"), WALL },
	{ "begin_look", NULL, run_begin_look, COUNTED + CLAIM_NEW, -1,
	    ROWS("verification"), 0 },
	{ "claim", NULL, run_claim, CLAIM_NEW, 0, ROWS("verification"), 1 },
	{ "join", make_running, run_join, COUNTED + 1, 0,
	    OF_USER("joined", "verification"), 1 },
	{ "claim_look", NULL, run_claim_look, CLAIM_NEW, 0,
	    ROWS("verification"), 0 },
	{ "started", make_claimed, run_started, 0, -1, STATE("running"), 1 },
	{ "lasts", make_claimed, run_lasts, 0, -1,
	    OF_USER("lasts_at > 0", "verification"), 1 },
	{ "rekey", make_claimed, run_rekey, 0, -1, STATE("running"), 1 },
	{ "priced", make_claimed_sent, run_priced, 0, -1,
	    OF_USER("price", "send"), 70000 },
	{ "number_free", make_running, run_number_free, 1, -1, NULL, 0 },
	{ "unsent", make_claimed, run_unsent, 0, -1, ROWS("verification"), 0 },
	{ "unknown", make_claimed, run_unknown, 0, -1, STATE("unknown"), 1 },
	{ "look", make_running, run_look, 1, -1, NULL, 0 },
	{ "refund", make_tried, run_refund, 0, -1, ROWS("guess"), 0 },
	{ "finish", make_tried, run_finish, 1, -1,
	    RIGHT("verification") " + (SELECT price FROM send"
				  " WHERE user = :user)",
	    70110 },
	{ "spend", make_running, run_spend, 1, -1, STATE("spent"), 1 },
	{ "end", make_running, run_end, 0, -1, ROWS("verification"), 0 },
	{ "replace", make_running, run_replace, 1, -1, STATE("replacing"), 1 },
	{ "holds", make_replacing, run_holds, 1, -1, NULL, 0 },
	{ "drop", make_replacing, run_drop, 1, -1, ROWS("verification"), 0 },
	{ "restore", make_replacing, run_restore, 0, -1, STATE("running"), 1 },
	{ "verifier_put", make_claimed, run_verifier_put, 0, -1,
	    OF_USER("length(verifier)", "verification"), STORE_VERIFIER_LEN },
	{ "verifier_add", make_put, run_verifier_add, 0, -1,
	    OF_USER("length(verifier)", "verification"),
	    2 * STORE_VERIFIER_LEN },
	{ "verifier_get", make_verifier, run_verifier_get, 1, -1, NULL, 0 },
	{ "attempt", make_running, run_attempt, COUNTED + 1, 0,
	    "SELECT sum(wrong) + 10 * (SELECT tries FROM verification"
	    " WHERE user = :user) FROM guess WHERE user = :user",
	    12 },
	{ "guess", NULL, run_guess, GUESS_OPEN, 0,
	    OF_USER("sum(wrong)", "guess"), 2 },
	{ "guess, clock set back", make_locked_ahead, run_guess, GUESS_LOCKED,
	    0, OF_USER("max(locked_at)", "guess"), WALL },
	{ "guess_look", make_guessed, run_guess_look, GUESS_OPEN, 0, NULL, 0 },
	{ "guess_look, clock set back", make_locked_ahead, run_guess_look,
	    GUESS_LOCKED, 0, OF_USER("max(locked_at)", "guess"), WALL },
	{ "refuse", NULL, run_refuse, 0, -1, OF_USER("refused > 0", "guess"),
	    1 },
	{ "refused", make_refused, run_refused, 1, -1, NULL, 0 },
	{ "guess_refund", make_guessed, run_guess_refund, 0, -1, ROWS("guess"),
	    0 },
	{ "guess_right", make_guessed, run_guess_right, 0, -1, ROWS("guess"),
	    0 },
	{ "send", NULL, run_send, SEND_TAKEN, 0, ROWS("send"), 1 },
	{ "send, clock set back", make_sent_ahead, run_send, SEND_TAKEN, 0,
	    OF_USER("max(at)", "send"), WALL },
	{ "send_look", NULL, run_send_look, SEND_TAKEN, 0, ROWS("send"), 0 },
	{ "send, too dear", make_sent, run_send_dear, SEND_WAIT, 0,
	    ROWS("send"), 1 },
	{ "send_windows", make_sent, run_windows, 0, -1, NULL, 0 },
	{ "send_refund", make_sent, run_send_refund, 0, -1, ROWS("send"), 0 },
	{ "send_price", make_sent, run_price, 0, -1, OF_USER("price", "send"),
	    70000 },
	{ "recovery_set", make_recovery, run_recovery_set, 0, -1,
	    ROWS("recovery"), 2 },
	{ "recovery_list", make_recovery, run_recovery_list, 2, -1, NULL, 0 },
	{ "recovery_claim", make_recovery_list, run_recovery_claim, 1, -1,
	    RIGHT("recovery"), 111 },
	{ "recovery_left", make_recovery, run_recovery_left, 2, -1, NULL, 0 },
	{ "recovery_users", make_recovery, run_recovery_users, 1, -1, NULL, 0 },
	{ "enrol", NULL, run_enrol, STORE_ENROLLED_DONE, STORE_ENROLLED_FAILED,
	    ROWS("enrolled"), 1 },
	{ "renew", make_recovery, run_renew, STORE_ENROLLED_DONE,
	    STORE_ENROLLED_FAILED, ROWS("recovery"), RECOVERY_SELF },
	{ "totp_claim", make_guessed, run_totp_claim, 1, -1, RIGHT("totp"),
	    111 },
	{ "totp_used", make_totp_used, run_totp_used, 0, -1, ROWS("guess"), 0 },
	{ "totp_renew", NULL, run_totp_renew, 0, -1, ROWS("totp"), 1 },
	{ "code_claim", make_guessed, run_code_claim, 1, -1, RIGHT("code_used"),
	    111 },
	{ "code_recent", make_code_used, run_code_recent, 1, -1, ROWS("guess"),
	    0 },
	{ "grace_get", make_grace, run_grace_get, 1, -1, NULL, 0 },
	{ "grace_forget", make_grace, run_grace_forget, 1, -1, ROWS("grace"),
	    0 },
	{ "pass_over", NULL, run_pass_over, 0, -1, NULL, 0 },
	{ "passed_over", make_passed, run_passed_over, 1, -1, NULL, 0 },
	{ "successes", NULL, run_successes, 0, -1, NULL, 0 },
	{ "status", make_guessed, run_status, 0, -1, NULL, 0 },
	{ "status of all", make_alone, run_status_all, 0, -1, NULL, 0 },
	{ "totals", make_sent, run_totals, 0, -1, NULL, 0 },
	{ "unlock", make_guessed, run_unlock, 1, -1, ROWS("guess"), 0 },
};

static void
trial_write_record(struct trial *t, struct store *s)
{
	static int n;

	n++;
	*t = (struct trial){ .s = s };
	snprintf(t->user, sizeof(t->user), "user%d", n);
	snprintf(t->number, sizeof(t->number), "+4477%08d", n);
	snprintf(t->request, sizeof(t->request), "request-%d", n);
	snprintf(t->provider, sizeof(t->provider), "provider-%d", n);
}

/* A transaction may be left only where ROLLBACK itself failed. */
static void
end_transaction(const struct trial *t, const struct operation *o)
{
	if (sqlite3_get_autocommit(t->s->db))
		return;
	if (strcmp(failcall_name(), "ROLLBACK") != 0)
		fail_msg("%s: a transaction is left open", o->name);
	assert_int_equal(
	    sqlite3_exec(t->s->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
}

static void
check_held(const struct trial *t, const struct operation *o, long nth)
{
	int64_t value = -1;
	struct sqlite_query q;

	if (o->held == NULL)
		return;
	sqlite_query_open(&q, t->s, o->held);
	sqlite_query_bind_text(&q, ":user", t->user);
	if (sqlite_query_read_value(&q, &value) < 0)
		fail_msg("%s: %s", o->held, store_cause(t->s));
	if (o->holds == 0 && value == -1)
		return; /* no row is nothing, too */
	if (value != o->holds)
		fail_msg("%s, call %ld: the state holds %lld, not %lld",
		    o->name, nth, (long long)value, (long long)o->holds);
}

/* false: there are fewer calls. */
static bool
fails_once(struct store *s, const struct operation *o, long nth)
{
	struct trial t;
	int result;

	trial_write_record(&t, s);
	if (o->make != NULL)
		o->make(&t);
	s->cause[0] = '\0';
	failcall_arm(nth, false);
	result = o->run(&t);
	failcall_stop();
	end_transaction(&t, o);
	if (result != o->good && result != o->bad)
		fail_msg("%s, call %ld, %s: %d", o->name, nth, failcall_name(),
		    result);
	if (result == o->bad && strstr(s->cause, ": ") == NULL)
		fail_msg("%s, call %ld, %s: no cause", o->name, nth,
		    failcall_name());
	if (result == o->bad && o->run(&t) != o->good)
		fail_msg("%s, call %ld, %s: not to be done afterwards: %s",
		    o->name, nth, failcall_name(), store_cause(s));
	check_held(&t, o, nth);
	return failcall_name()[0] != '\0';
}

static void
each_call_of_each_operation(void **state)
{
	const struct statebox *b = *state;
	const size_t count = sizeof(operations) / sizeof(operations[0]);
	long nth;

	for (size_t i = 0; i < count; i++) {
		for (nth = 1; fails_once(b->s, &operations[i], nth); nth++)
			assert_true(nth < CALLS_MAX);
	}
}

/* --- opening --- */

/* Not opened, and why; or opened, and fit for use. False: there are fewer
 * calls. */
static bool
opening_fails_once(const char *path, long nth)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct trial t;
	struct store *s;

	failcall_arm(nth, false);
	s = at_open(path, BOX_BOOT, cause);
	failcall_stop();
	if (s == NULL && strstr(cause, ": ") == NULL)
		fail_msg("call %ld, %s: no cause", nth, failcall_name());
	if (s == NULL) {
		s = at_open(path, BOX_BOOT, cause);
		if (s == NULL)
			fail_msg("call %ld, %s: not to be opened any more: %s",
			    nth, failcall_name(), cause);
	}
	trial_write_record(&t, s);
	make_grace(&t);
	assert_int_equal(run_grace_get(&t), 1);
	store_close(s);
	return failcall_name()[0] != '\0';
}

static void
each_call_of_opening(void **state)
{
	const struct statebox *b = *state;
	long nth;

	for (nth = 1; opening_fails_once(b->path, nth); nth++)
		assert_true(nth < CALLS_MAX);
}

static void
some_calls_of_making(void **state)
{
	const struct statebox *b = *state;
	char path[160];
	bool more = true;

	snprintf(path, sizeof(path), "%s/new.db", b->dir);
	for (long nth = 1; more; nth += MAKING_STEP) {
		more = opening_fails_once(path, nth);
		box_remove_files(path);
		assert_true(nth < CALLS_MAX);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_failing)
{
	const struct CMUnitTest tests[] = {
		TEST(each_call_of_opening),
		TEST(some_calls_of_making),
		TEST(each_call_of_each_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
