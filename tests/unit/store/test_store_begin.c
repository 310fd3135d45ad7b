/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login begins: each answer, what is kept of it, and that it is one step
 * however many begin at once, and wherever it is killed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "lib/wire/wire.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define START_MS 15000
#define NUMBER "+12025550100"
#define SOURCE "uid:1"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const unsigned char binding[STORE_REMEMBERED_LEN] = "bound";
static const char *const codes[] = { "ABCDEFGH2345WXYZ", "ABCDEFGH2345WXYA" };
static const struct limits_of_guesses one_guess = { 1, 30, 900, 0 };
static const struct limits_of_sends no_limits = {
	.spend_day = -1, .spend_month = -1, .price = 7
};

static struct store_candidate
candidate(const char *user, const char *number, const char *provider)
{
	return (struct store_candidate){ { user, number, provider, "type",
					     { NULL } },
		METHOD_ALL, METHOD_SMS, START_MS };
}

/* What alice's login asks, who has two providers. */
static struct store_begin
ask_of(const char *user, const char *number)
{
	return (struct store_begin){ .user = user,
		.source = SOURCE,
		.remember_s = 86400,
		.idle_s = 86400,
		.count = 2,
		.candidate = { candidate(user, number, "one"),
		    candidate(user, number, "two") },
		.message = { .user = user,
		    .counted_as = number,
		    .source = SOURCE },
		.limits = &no_limits };
}

static struct store_begin
alices(void)
{
	return ask_of("alice", NUMBER);
}

static void
begin(
    struct statebox *b, const struct store_begin *ask, struct store_begun *out)
{
	struct store_begun seen;

	/* who looks gets the same answers, and leaves nothing */
	assert_int_equal(at_begin_look(b->s, ask, WALL, NOW, &seen), 0);
	assert_int_equal(at_begin(b->s, ask, 1, WALL, NOW, out), 0);
	assert_int_equal(seen.remembered, out->remembered);
	assert_int_equal(seen.recovery_left, out->recovery_left);
	assert_int_equal(seen.lock, out->lock);
	assert_int_equal(seen.lock_s, out->lock_s);
	assert_int_equal(seen.refused, out->refused);
	assert_int_equal(seen.chosen, out->chosen);
	assert_int_equal(seen.at, out->at);
	assert_int_equal(seen.claim, out->claim);
	assert_int_equal(seen.sent, out->sent);
	assert_int_equal(seen.wait_s, out->wait_s);
	assert_string_equal(seen.which, out->which);
}

static int64_t
rows(const struct statebox *b)
{
	return box_sql(b, "SELECT count(*) FROM verification");
}

static int64_t
messages(const struct statebox *b)
{
	return box_sql(b, "SELECT count(*) FROM send");
}

static void
nothing_kept(const struct statebox *b)
{
	assert_int_equal(rows(b), 0);
	assert_int_equal(messages(b), 0);
}

/* --- each answer --------------------------------------------------------- */

static void
a_fresh_one_is_claimed_and_counted(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;

	begin(b, &ask, &out);
	assert_int_equal(out.lock, GUESS_OPEN);
	assert_int_equal(out.recovery_left, 0);
	assert_false(out.remembered || out.refused);
	assert_true(out.chosen);
	assert_int_equal(out.at, 0);
	assert_int_equal(out.claim, CLAIM_NEW);
	assert_int_equal(out.row.method, METHOD_SMS);
	assert_true(out.row.mine);
	assert_string_equal(out.row.provider, "one");
	assert_int_equal(out.sent, SEND_TAKEN);
	assert_int_equal(rows(b), 1);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM send"), 7);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 7);
	/* they are those that are named */
	assert_int_equal(at_unsent(b->s, out.row.id, 1), 0);
	assert_int_equal(store_send_refund(b->s, out.send), 0);
	nothing_kept(b);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 0);
}

static void
recovery_codes_are_counted(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	assert_int_equal(store_recovery_set(b->s, "alice", codes, 2, NULL), 0);
	begin(b, &ask, &out);
	assert_int_equal(out.recovery_left, 2);
	ask.count = 0;
	begin(b, &ask, &out);
	assert_int_equal(out.recovery_left, 2);
	assert_false(out.chosen);
	assert_int_equal(rows(b), 1);
}

static void
a_remembered_one_claims_nothing(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	assert_int_equal(
	    at_remembered_put(b->s, "alice", binding, WALL, WALL + 60), 0);
	ask.binding = binding;
	begin(b, &ask, &out);
	assert_true(out.remembered);
	assert_false(out.chosen);
	nothing_kept(b);
	ask.binding = NULL;
	begin(b, &ask, &out);
	assert_false(out.remembered);
	assert_int_equal(rows(b), 1);
}

/* It ends when it is not used, not later than the settings say now, and a dry
 * run does not count as a use. */
static void
a_remembered_one_ends_unused(void **state)
{
	enum { DAY = 86400 };
	static const struct {
		int day, life, idle;
		bool look, is;
	} rows[] = { { 2, 30, 3, false, true }, { 4, 30, 3, false, true },
		{ 6, 30, 3, true, true }, { 6, 6, 3, false, false },
		{ 8, 30, 3, false, false }, { 9, 30, 9, false, false } };
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	ask.count = 0;
	ask.binding = binding;
	assert_int_equal(
	    at_remembered_put(b->s, "alice", binding, WALL, WALL + 3 * DAY), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int64_t wall = WALL + rows[i].day * DAY;

		ask.remember_s = rows[i].life * DAY;
		ask.idle_s = rows[i].idle * DAY;
		assert_int_equal(rows[i].look
			? at_begin_look(b->s, &ask, wall, NOW, &out)
			: at_begin(b->s, &ask, 1, wall, NOW, &out),
		    0);
		assert_int_equal(out.remembered, rows[i].is);
	}
}

/* A login of any user ends what was remembered later than its clock says,
 * and no more is it again when the clock is right. */
static void
a_clock_that_was_back_forgets(void **state)
{
	static const unsigned char other[STORE_REMEMBERED_LEN] = "other";
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	for (int i = 0; i < 3; i++) {
		box_sql(b, "DELETE FROM grace");
		assert_int_equal(at_remembered_put(b->s, "bob", other,
				     WALL - 7200, WALL + 3600),
		    0);
		assert_int_equal(at_remembered_put(
				     b->s, "alice", binding, WALL, WALL + 3600),
		    0);
		ask = ask_of(i == 2 ? "carol" : "alice", NUMBER);
		ask.binding = i == 0 ? binding : NULL;
		/* who only looks ends nothing */
		assert_int_equal(
		    at_begin_look(b->s, &ask, WALL - 1, NOW, &out), 0);
		assert_false(out.remembered);
		assert_int_equal(box_sql(b, "SELECT count(*) FROM grace"), 2);
		assert_int_equal(
		    at_begin(b->s, &ask, 1, WALL - 1, NOW, &out), 0);
		assert_false(out.remembered);
		assert_int_equal(box_sql(b, "SELECT count(*) FROM grace"), 1);
		ask = alices();
		ask.binding = binding;
		assert_int_equal(
		    at_begin(b->s, &ask, 1, WALL + 9, NOW, &out), 0);
		assert_false(out.remembered);
		ask = ask_of("bob", NUMBER);
		ask.binding = other;
		assert_int_equal(
		    at_begin(b->s, &ask, 1, WALL + 9, NOW, &out), 0);
		assert_true(out.remembered);
	}
}

/* All of them, however many, and one step takes a bounded number. */
static void
a_clock_that_was_back_forgets_all(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	unsigned char bound[STORE_REMEMBERED_LEN] = { 0 };
	struct store_begun out;

	for (unsigned i = 0; i < 120; i++) {
		memcpy(bound, &i, sizeof(i));
		assert_int_equal(
		    at_remembered_put(b->s, "alice", bound, WALL, WALL + 3600),
		    0);
	}
	ask.count = 0;
	assert_int_equal(at_begin(b->s, &ask, 1, WALL - 1, NOW, &out), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM grace"), 0);
}

static void
expect_locked(struct statebox *b, enum store_guess lock, int64_t wait_s)
{
	struct store_begin ask = alices();
	struct store_begun out;

	for (int i = 0; i < 2; i++) {
		begin(b, &ask, &out);
		assert_int_equal(out.lock, lock);
		assert_int_equal(out.lock_s, wait_s);
		assert_false(out.chosen);
		nothing_kept(b);
		ask.count = 0;
	}
}

static void
who_is_locked_claims_nothing(void **state)
{
	struct statebox *b = *state;
	struct store_guess_token token;
	struct store_begin ask = alices();
	struct store_begun out;
	int64_t wait_s;

	assert_int_equal(at_guess_take(b->s, "alice", SOURCE, &one_guess,
			     WALL - 100, &token, &wait_s),
	    GUESS_OPEN);
	expect_locked(b, GUESS_LOCKED, 800);
	/* elsewhere only the total would */
	ask.source = "uid:2";
	begin(b, &ask, &out);
	assert_int_equal(out.lock, GUESS_OPEN);
	assert_int_equal(rows(b), 1);
	assert_int_equal(at_unsent(b->s, out.row.id, 1), 0);
	assert_int_equal(store_send_refund(b->s, out.send), 0);
	box_sql(b,
	    "UPDATE guess SET until = 0, wrong = 100 WHERE source = ''"
	    " RETURNING 1");
	expect_locked(b, GUESS_LOCKED_OUT, 0);
}

static void
a_denial_on_the_phone_is_told(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;

	assert_int_equal(
	    at_guess_refuse(b->s, "alice", SOURCE, 3600, WALL - 600), 0);
	expect_locked(b, GUESS_LOCKED, 3000);
	begin(b, &ask, &out);
	assert_true(out.refused);
}

/* Who acts lets it begin now, who looks changes nothing. */
static void
a_lock_of_the_clocks_future(void **state)
{
	static const char until[] = "SELECT max(until) FROM guess";
	struct statebox *b = *state;
	struct store_guess_token token;
	struct store_begin ask = alices();
	struct store_begun out;
	int64_t wait_s;

	for (unsigned i = 0; i < 2; i++) {
		at_guess_take(b->s, "alice", SOURCE, &one_guess, WALL + 5000,
		    &token, &wait_s);
		assert_int_equal(at_begin_look(b->s, &ask, WALL, NOW, &out), 0);
		assert_int_equal(out.lock_s, 900);
		assert_int_equal(box_sql(b, until), WALL + 5900);
		assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), 0);
		assert_int_equal(out.lock, GUESS_LOCKED);
		assert_int_equal(out.lock_s, 900);
		assert_int_equal(box_sql(b, until), WALL + 900);
		assert_int_equal(
		    store_guess_reset_after_right(b->s, "alice", SOURCE), 0);
		ask.count = 0;
	}
	nothing_kept(b);
}

static void
who_was_out_of_reach_comes_last(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	at_pass_over(b->s, "one", NOW + 60000);
	begin(b, &ask, &out);
	assert_true(out.passed[0]);
	assert_false(out.passed[1]);
	assert_int_equal(out.at, 1);
	assert_string_equal(out.row.provider, "two");
	assert_int_equal(at_unsent(b->s, out.row.id, 1), 0);
	at_pass_over(b->s, "two", NOW + 60000);
	begin(b, &ask, &out);
	assert_true(out.passed[0] && out.passed[1]);
	assert_string_equal(out.row.provider, "one");
}

/* A row is there already; only a new one is counted. */
static void
what_runs_is_not_counted(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	const struct store_begin bobs = ask_of("bob", NUMBER);
	struct store_begun out;
	int64_t id;

	assert_int_equal(at_begin(b->s, &ask, 2, WALL, NOW, &out), 0);
	assert_int_equal(out.claim, CLAIM_NEW);
	id = out.row.id;
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_WAIT);
	assert_int_equal(out.row.holder, 2);
	begin(b, &bobs, &out);
	assert_int_equal(out.claim, CLAIM_OTHER);
	assert_int_equal(
	    at_started(b->s, id, 2, "r1", METHOD_SMS, NOW, NOW + 300000, 0), 0);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_JOINED);
	assert_int_equal(out.row.joined, 1);
	ask.candidate[0].methods = METHOD_BIT(METHOD_VOICE);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_UNFIT);
	ask.candidate[0].methods = METHOD_ALL;
	at_pass_over(b->s, "one", NOW + 60000);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_ELSEWHERE);
	assert_int_equal(at_spend(b->s, id, "r1", NOW + 60000), 1);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_SPENT);
	assert_true(out.chosen);
	assert_int_equal(rows(b), 1);
	assert_int_equal(messages(b), 1);
}

static void
one_of_unknown_fate_is_not_counted(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;

	begin(b, &ask, &out);
	assert_int_equal(at_unknown(b->s, out.row.id, 1, NOW), 0);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_UNKNOWN);
	assert_int_equal(messages(b), 1);
}

static void
a_limit_leaves_no_row(void **state)
{
	const struct {
		const char *which;
		struct limits_of_sends limits;
		bool push;
	} each[] = {
		{ "sends_per_user_hour", { .user_hour = 1 }, false },
		{ "sends_per_user_day", { .user_day = 1 }, false },
		{ "sends_per_number_day", { .number_day = 1 }, false },
		{ "sends_per_source_hour", { .source_hour = 1 }, false },
		{ "sends_per_host_hour", { .host_hour = 1 }, false },
		{ "sends_per_fleet_hour", { .fleet_hour = 1 }, false },
		{ "spend_per_day", { .spend_day = 10, .price = 7 }, false },
		{ "spend_per_month", { .spend_month = 10, .price = 7 }, false },
		{ "push_per_hour", { .push_hour = 1 }, true },
	};
	struct statebox *b = *state;

	for (size_t i = 0; i < COUNT(each); i++) {
		struct limits_of_sends limits = each[i].limits;
		struct store_begin ask = alices();
		struct store_begun out;

		ask.limits = &limits;
		ask.message.push = each[i].push;
		if (limits.spend_day == 0)
			limits.spend_day = -1;
		if (limits.spend_month == 0)
			limits.spend_month = -1;
		assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), 0);
		assert_int_equal(out.sent, SEND_TAKEN);
		assert_int_equal(at_unsent(b->s, out.row.id, 1), 0);
		begin(b, &ask, &out);
		assert_int_equal(out.claim, CLAIM_NEW);
		assert_int_equal(out.row.id, 0);
		assert_int_equal(out.sent, SEND_WAIT);
		assert_string_equal(out.which, each[i].which);
		assert_true(out.wait_s > 0);
		assert_int_equal(rows(b), 0);
		assert_int_equal(messages(b), 1);
		box_sql(b, "DELETE FROM send RETURNING 1");
		box_sql(b, "DELETE FROM spend RETURNING 1");
	}
}

/* More of them than one transaction repairs, and old ones. */
static void
messages_of_another_time(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;
	char sql[512];

	snprintf(sql, sizeof(sql),
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 60) INSERT INTO send(at, user, number, source, day,"
	    " price) SELECT iif(i < 4, %lld - 86400, %lld + i), 'carol', 'x',"
	    " 'y', 0, 0 FROM n RETURNING 1",
	    (long long)WALL, (long long)WALL);
	assert_int_equal(box_sql(b, sql), 1);
	assert_int_equal(at_begin_look(b->s, &ask, WALL, NOW, &out), 0);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM send WHERE at > %lld",
	    (long long)WALL);
	assert_int_equal(box_sql(b, sql), 57);
	assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), 0);
	assert_int_equal(out.sent, SEND_TAKEN);
	assert_int_equal(box_sql(b, sql), 0);
	assert_int_equal(messages(b), 58);
}

/* --- what stands in the way ---------------------------------------------- */

/* Who is asked for no message waits for nobody, and writes nothing. */
static void
no_lock_without_candidates(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;
	sqlite3 *db;

	assert_int_equal(
	    at_remembered_put(b->s, "alice", binding, WALL, WALL + 60), 0);
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_set_deadline(frame_clock_ms());
	assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), -1);
	assert_non_null(strstr(store_cause(b->s), "locked for"));
	assert_false(out.chosen);
	ask.binding = binding;
	assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), 0);
	assert_true(out.remembered);
	ask.binding = NULL;
	ask.count = 0;
	assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), 0);
	assert_int_equal(out.lock, GUESS_OPEN);
	store_set_deadline(0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	nothing_kept(b);
}

/* Numbers cannot be told apart; an app's code needs none. */
static void
without_host_key(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;
	char path[128];

	snprintf(path, sizeof(path), "%s/host.key", b->dir);
	store_close(b->s); /* it was read when the state was made */
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	b->s = box_open(b);
	assert_non_null(b->s);
	assert_int_equal(store_recovery_set(b->s, "alice", codes, 1, NULL), 0);
	begin(b, &ask, &out);
	assert_int_equal(out.lock, GUESS_OPEN);
	assert_int_equal(out.recovery_left, 1);
	assert_false(out.chosen);
	assert_true(store_is_keyless(b->s));
	assert_non_null(strstr(store_cause(b->s), "host.key"));
	nothing_kept(b);
	assert_int_equal(rmdir(path), 0);
	begin(b, &ask, &out);
	assert_int_equal(out.claim, CLAIM_NEW);
}

/* A part of the state that cannot be read: nothing is answered. */
static void
a_damaged_state(void **state)
{
	static const char *const tables[] = { "passed_over", "send", "spend",
		"verification", "recovery", "guess", "grace" };
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;
	char sql[64];

	ask.binding = binding;
	for (size_t i = 0; i < COUNT(tables); i++) {
		snprintf(sql, sizeof(sql), "ALTER TABLE %s RENAME TO gone",
		    tables[i]);
		box_sql(b, sql);
		memset(&out, 1, sizeof(out));
		assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), -1);
		assert_non_null(strstr(store_cause(b->s), tables[i]));
		assert_false(out.remembered || out.chosen);
		assert_int_equal(out.lock, GUESS_ERROR);
		assert_int_equal(out.send, 0);
		snprintf(sql, sizeof(sql), "ALTER TABLE gone RENAME TO %s",
		    tables[i]);
		box_sql(b, sql);
	}
	nothing_kept(b);
	begin(b, &ask, &out);
	assert_int_equal(out.sent, SEND_TAKEN);
}

static void
too_long_a_provider(void **state)
{
	struct statebox *b = *state;
	struct store_begin ask = alices();
	struct store_begun out;

	ask.candidate[0].key.provider = "a-name-that-is-longer-than-any-may-be";
	assert_int_equal(at_begin(b->s, &ask, 1, WALL, NOW, &out), -1);
	assert_non_null(
	    strstr(store_cause(b->s), "provider's name is too long"));
	nothing_kept(b);
}

/* --- what it costs ------------------------------------------------------- */

static const char *seen[40];
static unsigned statements;

static int
count_statement(unsigned type, void *ctx, void *statement, void *text)
{
	const char *sql = sqlite3_sql(statement);

	(void)type, (void)ctx, (void)text;
	for (unsigned i = 0; i < statements; i++)
		if (strcmp(seen[i], sql) == 0)
			return 0;
	if (statements < COUNT(seen))
		seen[statements++] = strdup(sql);
	return 0;
}

/* Those that are compiled, which is most of what SQLite costs: each once. */
static unsigned
statements_of(struct store *s, const struct store_begin *ask)
{
	struct store_begun out;
	unsigned count;

	/* the file's mode is light then */
	assert_int_equal(store_provider_pass_over(s, "other", 1), 0);
	sqlite3_trace_v2(s->db, SQLITE_TRACE_STMT, count_statement, NULL);
	assert_int_equal(at_begin(s, ask, 1, WALL, NOW, &out), 0);
	sqlite3_trace_v2(s->db, 0, NULL, NULL);
	for (count = statements; statements > 0;)
		free((char *)seen[--statements]);
	return count;
}

static void
few_statements(void **state)
{
	static const struct limits_of_sends all = { 9, 9, 9, 9, 9, 9, 9, -1, -1,
		0, 0, 0, 9, 9 };
	struct statebox *b = *state;
	struct store_begin ask = alices();

	ask.limits = &all;
	assert_int_equal(statements_of(b->s, &ask), 15);
	ask.count = 0;
	assert_int_equal(statements_of(b->s, &ask), 5);
	assert_int_equal(
	    at_remembered_put(b->s, "alice", binding, WALL, WALL + 60), 0);
	ask.binding = binding;
	ask.remember_s = 60;
	assert_int_equal(statements_of(b->s, &ask), 1);
}

/* --- many at once -------------------------------------------------------- */

#define LIMIT 7

static int
begin_of_own(struct store *s, const struct statebox *b, int n)
{
	struct limits_of_sends limits = no_limits;
	char user[16], number[24];
	struct store_begin ask;
	struct store_begun out;

	(void)b;
	limits.source_hour = LIMIT;
	snprintf(user, sizeof(user), "user%d", n);
	snprintf(number, sizeof(number), "+1202555%04d", n);
	ask = ask_of(user, number);
	ask.limits = &limits;
	if (at_begin(s, &ask, n + 1, WALL, NOW, &out) != 0 ||
	    out.claim != CLAIM_NEW)
		return BOX_FAILED;
	return (out.row.id != 0) == (out.sent == SEND_TAKEN) ? (int)out.sent
							     : BOX_FAILED;
}

static void
many_and_one_limit(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	box_all_at_once(b, begin_of_own, BOX_CROWD, count);
	assert_int_equal(count[SEND_TAKEN], LIMIT);
	assert_int_equal(count[SEND_WAIT], BOX_CROWD - LIMIT);
	assert_int_equal(rows(b), LIMIT);
	assert_int_equal(messages(b), LIMIT);
}

static int
begin_of_one_number(struct store *s, const struct statebox *b, int n)
{
	const struct store_begin ask = alices();
	struct store_begun out;

	(void)b;
	if (at_begin(s, &ask, n + 1, WALL, NOW, &out) != 0)
		return BOX_FAILED;
	return (int)out.claim;
}

static void
many_and_one_number(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	box_all_at_once(b, begin_of_one_number, BOX_CROWD, count);
	assert_int_equal(count[CLAIM_NEW], 1);
	assert_int_equal(count[CLAIM_WAIT], BOX_CROWD - 1);
	assert_int_equal(rows(b), 1);
	assert_int_equal(messages(b), 1);
}

/* --- killed -------------------------------------------------------------- */

static int writes, kill_at;

static ssize_t
counted_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (++writes == kill_at)
		raise(SIGKILL);
	return pwrite(fd, data, len, at);
}

/* The victim: repairs and removes as well as it inserts. */
static void
victim(const struct statebox *b, int n)
{
	const struct store_begin ask = alices();
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	struct store *s = box_open(b);
	struct store_begun out;

	kill_at = n;
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)counted_pwrite);
	vfs->xSetSystemCall(
	    vfs, "pwrite64", (sqlite3_syscall_ptr)counted_pwrite);
	if (s == NULL || at_begin(s, &ask, 1, WALL, NOW, &out) != 0)
		_exit(BOX_FAILED);
	_exit(0);
}

/* true: it was killed. */
static bool
killed_at(const struct statebox *b, int n)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		victim(b, n);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_int_equal(status, 0);
	return false;
}

static void
killed_at_each_write(void **state)
{
	struct statebox *b = *state;
	const struct store_begin ask = alices();
	struct store_begun out;
	bool killed = true;
	int n;

	for (n = 1; killed; n++) {
		box_sql(b, "DELETE FROM verification RETURNING 1");
		box_sql(b, "DELETE FROM send RETURNING 1");
		store_close(b->s);
		b->s = NULL;
		killed = killed_at(b, n);
		b->s = box_open(b);
		assert_non_null(b->s);
		assert_int_equal(rows(b), messages(b));
		assert_int_equal(at_begin(b->s, &ask, 2, WALL, NOW, &out), 0);
		assert_true(out.claim == CLAIM_NEW || out.claim == CLAIM_WAIT);
		assert_int_equal(rows(b), 1);
		assert_int_equal(messages(b), 1);
		assert_true(n < 200);
	}
	assert_true(n > 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_begin)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_one_is_claimed_and_counted),
		TEST(recovery_codes_are_counted),
		TEST(a_remembered_one_claims_nothing),
		TEST(a_remembered_one_ends_unused),
		TEST(a_clock_that_was_back_forgets),
		TEST(a_clock_that_was_back_forgets_all),
		TEST(who_is_locked_claims_nothing),
		TEST(a_denial_on_the_phone_is_told),
		TEST(a_lock_of_the_clocks_future),
		TEST(who_was_out_of_reach_comes_last),
		TEST(what_runs_is_not_counted),
		TEST(one_of_unknown_fate_is_not_counted),
		TEST(a_limit_leaves_no_row),
		FILE_TEST(messages_of_another_time),
		FILE_TEST(no_lock_without_candidates),
		TEST(without_host_key),
		FILE_TEST(a_damaged_state),
		TEST(too_long_a_provider),
		FILE_TEST(few_statements),
		TEST(many_and_one_limit),
		TEST(many_and_one_number),
		FILE_TEST(killed_at_each_write),
	};

	return BOX_RUN(tests);
}
