/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host it is, and what one can hold: locks of rows, a verification.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/store.h"
#include "lib/wire/wire.h"
#include "tests/support/plain_claims.h"
#include "tests/support/state/fleetbox.h"

static const struct limits_of_guesses usual = { 6, 30, 900, 100 };

/* Whose rows are touched says who logged in, whatever is set afterwards. */
static void
who_it_is(void **state)
{
	static const char look[] =
	    "SELECT guess FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\",0)', "
	    "'alice', "
	    "'192.0.2.0/24', '(6,30,900,100)')";
	PGconn *conn;
	struct fleetbox *f = *state;
	PGresult *r;

	assert_int_equal(pg_connect(f->host[0]), 0);
	conn = f->host[0]->conn;
	static const char *const tries[] = { "SET ROLE twofa_host",
		"SET ROLE twofa_fleet1",
		"SET SESSION AUTHORIZATION "
		"twofa_fleet1",
		"SET session_authorization = 'twofa_fleet1'",
		"SELECT set_config('session_authorization', 'twofa_fleet1', "
		"false)",
		"SELECT set_config('twofa.host', 'fleet1', false)" };

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		pq.PQsendQueryParams(
		    conn, tries[i], 0, NULL, NULL, NULL, NULL, 0);
		while ((r = pq.PQgetResult(conn)) != NULL)
			pq.PQclear(r);
		pq.PQsendQueryParams(conn, look, 0, NULL, NULL, NULL, NULL, 0);
		r = pq.PQgetResult(conn);
		assert_int_equal(pq.PQresultStatus(r), PGRES_TUPLES_OK);
		while (r != NULL) {
			pq.PQclear(r);
			r = pq.PQgetResult(conn);
		}
		assert_int_equal(
		    postgres_sql("SELECT sum(wrong) FROM twofa.guess WHERE "
				 "place = 'fleet0' AND source = ''"),
		    i + 1);
		assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess"
					      " WHERE place <> 'fleet0'"),
		    0);
	}
}

#define HOLD                                                                   \
	"SELECT * FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\",0)', "         \
	"'alice', "                                                            \
	"'192.0.2.0/24', '(6,30,900,100)')"

/* A statement of a stolen host, which is not waited for. */
static void
goes_on(struct store *s, const char *text)
{
	assert_int_equal(
	    pq.PQsendQueryParams(s->conn, text, 0, NULL, NULL, NULL, NULL, 0),
	    1);
	assert_int_equal(pq.PQflush(s->conn), 0);
}

static int64_t
connections_of_fleet0(void)
{
	return postgres_sql("SELECT count(*) FROM pg_stat_activity WHERE "
			    "usename = 'twofa_fleet0'");
}

/* How long another host's attempt waits for alice's row. */
static int64_t
attempt_ms(struct fleetbox *f)
{
	const int64_t began = frame_clock_ms();
	const int64_t id =
	    fleetbox_started(f->host[2], "+12025550100", "req-1");
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 5, NULL };
	struct store_attempted out;

	assert_true(store_guess_take_with_try(f->host[2], &a, &out));
	return frame_clock_ms() - began;
}

/* The host is suspended: it locks nothing until an administrator has looked
 * after it, or the time is over. */
static void
fleet0_is_suspended(struct fleetbox *f, int64_t most_s)
{
	struct store_guess_token token;

	/* what it had counted is undone */
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess WHERE "
				      "place = 'fleet0'"),
	    0);
	pg_disconnect(f->host[0]);
	assert_int_equal(
	    fleetbox_guess(f->host[0], SOURCE, &usual, &token), GUESS_ERROR);
	assert_int_equal(f->host[0]->failure, PG_SETTINGS);
	assert_non_null(strstr(store_cause(f->host[0]), "fleet0 is suspended"));
	assert_in_range(
	    postgres_sql("SELECT extract(epoch FROM suspended - now())::int "
			 "FROM twofa.host WHERE name = 'fleet0'"),
	    most_s - 30, most_s);
	postgres_sql("UPDATE twofa.host SET suspended = NULL");
	assert_int_equal(
	    fleetbox_guess(f->host[0], SOURCE, &usual, &token), GUESS_OPEN);
}

/* A stolen host holds the row of a user, and keeps the connection open, with
 * others that wait for the row before all others. They end as soon as another
 * host has waited for a second, since no login of a host is ever idle in a
 * transaction. */
static void
held_by_an_idle_one(void **state)
{
	struct fleetbox *f = *state;
	struct store *next[3];

	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0], HOLD);
	for (int i = 0; i < 3; i++) {
		next[i] = fleetbox_open(f->box, 0, 200 + i);
		fleetbox_ask(next[i], "SET lock_timeout = 0");
		fleetbox_ask(next[i], "BEGIN");
		goes_on(next[i], HOLD);
	}
	assert_in_range(attempt_ms(f), 900, 2200);
	assert_int_equal(connections_of_fleet0(), 0);
	for (int i = 0; i < 3; i++)
		store_close(next[i]);
	fleet0_is_suspended(f, 600);
}

/* One that goes on is ended once no login's statement would. */
static void
held_for_longer(void **state)
{
	struct fleetbox *f = *state;
	int64_t waited;

	fleetbox_ask(f->host[0], "SET statement_timeout = 0");
	goes_on(f->host[0], HOLD ", pg_sleep(60)");
	while (postgres_sql("SELECT count(*) FROM pg_stat_activity WHERE "
			    "usename = 'twofa_fleet0' AND wait_event = "
			    "'PgSleep'") == 0)
		;
	waited = attempt_ms(f);
	assert_in_range(waited, 1200, 4400);
	assert_int_equal(connections_of_fleet0(), 0);
	fleet0_is_suspended(f, 60);
}

/* Without the lock of a row, one keeps an administrator's upgrade waiting, and
 * so all who come after it. */
static void
held_from_an_upgrade(void **state)
{
	struct fleetbox *f = *state;
	struct store_guess_token token;
	int64_t began;
	int status;
	pid_t pid;

	fleetbox_ask(f->host[0], "SET statement_timeout = 0");
	goes_on(f->host[0], "SELECT twofa_v1.version(), pg_sleep(60)");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		postgres_sql("ALTER TABLE twofa.host ADD COLUMN IF NOT EXISTS "
			     "suspended timestamptz");
		_exit(0);
	}
	while (postgres_sql("SELECT count(*) FROM pg_locks WHERE NOT granted "
			    "AND mode = 'AccessExclusiveLock'") == 0)
		;
	began = frame_clock_ms();
	assert_int_equal(
	    fleetbox_guess(f->host[2], SOURCE, &usual, &token), GUESS_OPEN);
	assert_in_range(frame_clock_ms() - began, 900, 5000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(connections_of_fleet0(), 0);
	fleet0_is_suspended(f, 60);
}

/* One that may enrol keeps the key as it is, and nothing else of what an
 * administrator sets for all. */
static void
held_beside_a_change(void **state)
{
	struct fleetbox *f = *state;

	postgres_sql("UPDATE twofa.meta SET fleet_key = sha256('key')");
	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0],
	    "SELECT twofa_v1.enrol('(1,0,\"\",\"\",\"\",1)', 'nobody', NULL, "
	    "NULL, sha256('key'), 0, '', '', array_fill('0123456789abcdef'"
	    "::bytea, ARRAY[10]), array_fill(''::bytea, ARRAY[10]))");
	assert_int_equal(postgres_sql("SELECT count(*) FROM (SELECT FROM "
				      "twofa.meta FOR UPDATE SKIP LOCKED) x"),
	    0);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM (SELECT FROM twofa.meta FOR NO "
			 "KEY UPDATE SKIP LOCKED) x"),
	    1);
	fleetbox_ask(f->host[0], "ROLLBACK");
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
}

/* What the server says of a failure names nothing that a host may not read: a
 * verification's user, number and verifier. */
static void
told_by_a_failure(void **state)
{
	static const struct {
		const char *function, *session, *rest;
	} calls[] = {
		{ "replace", "1,0,,,,", "'req-1', false" },
		{ "started", ",0,,,,0",
		    "'req-1', 1, 1, 1, NULL, NULL, false, 0, 0" },
		{ "started", "1,0,,,,0",
		    "NULL, 1, 1, 1, NULL, NULL, false, 0, 0" },
		{ "started", "1,0,,,,0",
		    "'req-1', NULL, 1, 1, NULL, NULL, false, 0, 0" },
		{ "started", "1,0,,,,0",
		    "'req-1', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL" },
	};
	struct fleetbox *f = *state;
	const int64_t id =
	    fleetbox_started(f->host[1], "+12025550100", "req-1");
	char text[200];
	PGresult *r;

	assert_int_equal(pg_connect(f->host[0]), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		snprintf(text, sizeof(text),
		    "SELECT twofa_v1.%s('(%s)', %lld, %s)", calls[i].function,
		    calls[i].session, (long long)id, calls[i].rest);
		goes_on(f->host[0], text);
		while ((r = pq.PQgetResult(f->host[0]->conn)) != NULL) {
			const char *detail =
			    pq.PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);

			if (detail != NULL)
				fail_msg("%s: %s", text, detail);
			pq.PQclear(r);
		}
	}
}

/* What a plan of a function shows of a record. */
static bool shown;
static void
plan_is_shown(void *ctx, const PGresult *result)
{
	const char *detail =
	    pq.PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	(void)ctx;
	/* "ops", as a constant has it */
	if (detail != NULL && strstr(detail, "111 112 115") != NULL)
		shown = true;
}

/* A host may have its statements' plans shown, but not those of the functions,
 * which have what they have read. */
static void
told_by_a_plan(void **state)
{
	struct fleetbox *f = *state;

	postgres_sql("INSERT INTO twofa.record VALUES ('bob', 'x', 'x', "
		     "'{ops}', 0, '')");
	postgres_sql(
	    "UPDATE twofa.host SET groups = '{dba}' WHERE name = 'fleet0'");
	postgres_sql("REVOKE twofa_admin FROM twofa_fleet0");
	fleetbox_ask(f->host[0], "SET client_min_messages = log");
	fleetbox_ask(f->host[0], "SET debug_print_plan = on");
	pq.PQsetNoticeReceiver(f->host[0]->conn, plan_is_shown, NULL);
	assert_int_equal(fleetbox_ask(f->host[0],
			     "SELECT answer FROM twofa_v1.record('(1,0,,,,1)', "
			     "'bob')"),
	    4);
	postgres_sql("DELETE FROM twofa.record");
	postgres_sql("UPDATE twofa.host SET groups = '{}'");
	postgres_sql("GRANT twofa_admin TO twofa_fleet0");
	pg_disconnect(f->host[0]);
	assert_false(shown);
}

/* unblock ends nobody whose statement is younger, or who is no host. */
static void
nobody_else_is_ended(void **state)
{
	struct fleetbox *f = *state;
	PGresult *r;

	postgres_sql("BEGIN");
	postgres_sql("SELECT n FROM twofa.gate WHERE n = 0 FOR UPDATE");
	goes_on(f->host[0], HOLD ", pg_sleep(0.5)");
	fleetbox_ask(f->host[1], "SELECT twofa_v1.unblock()");
	while ((r = pq.PQgetResult(f->host[0]->conn)) != NULL) {
		assert_int_equal(pq.PQresultStatus(r), PGRES_TUPLES_OK);
		pq.PQclear(r);
	}
	postgres_sql("COMMIT");
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess WHERE "
				      "place = 'fleet0'"),
	    2);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.host WHERE "
				      "suspended IS NOT NULL"),
	    0);
}

/* Whoever ends a transaction that is kept open notes the read of a record as
 * any other: at the standby as well. */
static void
noted_at_the_standby(void **state)
{
	struct fleetbox *f = *state;

	postgres_sql("INSERT INTO twofa.record VALUES ('bob', 'x', 'x', "
		     "'{}', 0, '')");
	postgres_sql("REVOKE twofa_admin FROM twofa_fleet1");
	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0], HOLD);
	usleep(1500 * 1000);
	fleetbox_ask(f->host[1], "BEGIN");
	assert_int_equal(fleetbox_ask(f->host[1],
			     "SELECT answer FROM twofa_v1.record('(1,0,,,,1)', "
			     "'bob')"),
	    2);
	assert_int_equal(
	    fleetbox_ask(f->host[1],
		"SELECT (current_setting('synchronous_commit') = 'on')::int"),
	    1);
	fleetbox_ask(f->host[1], "COMMIT");
	postgres_sql("DELETE FROM twofa.record");
	postgres_sql("GRANT twofa_admin TO twofa_fleet1");
	fleet0_is_suspended(f, 600);
}

static enum store_send
sends_to_alice(struct store *s)
{
	static const struct limits_of_sends l = { .user_hour = 3,
		.spend_day = 1000,
		.spend_month = -1,
		.price = 10 };
	const struct store_send_key message = {
		.user = "alice", .counted_as = "+12025550100", .source = SOURCE
	};
	const char *which;
	int64_t id, wait_s;

	return store_send_take(s, &message, &l, &id, &wait_s, &which);
}

static void
ends(struct store *s)
{
	PGresult *r;

	while ((r = pq.PQgetResult(s->conn)) != NULL)
		pq.PQclear(r);
}

/* A standby that can be stopped. */
static pid_t
standby(void)
{
	const char *at = getenv("TWOFA_POSTGRES");
	char run[512];
	pid_t child;

	snprintf(run, sizeof(run),
	    "grep -q replication '%s/data/pg_hba.conf' || echo 'local "
	    "replication all trust' >>'%s/data/pg_hba.conf'",
	    at, at);
	assert_int_equal(system(run), 0);
	postgres_sql("SELECT pg_reload_conf()");
	snprintf(run, sizeof(run),
	    "cd '%s' && mkdir wal && exec pg_receivewal --synchronous -D wal "
	    "-h '%s/socket' -p \"$(cat '%s/port')\" -U postgres",
	    postgres_keys(), at, at);
	child = fork();
	if (child != 0)
		return child;
	execl("/bin/sh", "sh", "-c", run, (char *)NULL);
	_exit(127);
}

static void
until(const char *query)
{
	while (postgres_sql(query) == 0)
		usleep(10000);
}

#define READ "SELECT answer FROM twofa_v1.record('(1,0,,,,1)', 'carol')"

/* Whose change waited for a slow standby, and is done meanwhile, is not ended
 * with who keeps a transaction open. */
static void
who_waited_for_the_standby_goes_on(void **state)
{
	struct fleetbox *f = *state;
	int64_t honest, kept;
	pid_t child;

	postgres_sql("INSERT INTO twofa.record VALUES ('carol', 'x', 'x', "
		     "'{}', 0, '')");
	postgres_sql("REVOKE twofa_admin FROM twofa_fleet1, twofa_fleet2");
	postgres_sql("ALTER ROLE postgres SET synchronous_commit = local");
	postgres_sql("SET synchronous_commit = local");
	child = standby();
	postgres_sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
	postgres_sql("SELECT pg_reload_conf()");
	until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = "
	      "'sync'");
	for (int i = 0; i < 3; i++)
		fleetbox_ask(f->host[i], "SELECT 1");
	kill(child, SIGSTOP);
	goes_on(f->host[2], READ);
	until("SELECT count(*) FROM pg_stat_activity WHERE usename = "
	      "'twofa_fleet2' AND wait_event = 'SyncRep'");
	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0], HOLD);
	usleep(2300 * 1000);
	goes_on(f->host[1], READ);
	usleep(200 * 1000);
	kill(child, SIGCONT);
	ends(f->host[1]);
	ends(f->host[2]);
	kill(child, SIGINT);
	waitpid(child, NULL, 0);
	postgres_sql("ALTER SYSTEM RESET synchronous_standby_names");
	postgres_sql("ALTER ROLE postgres RESET synchronous_commit");
	postgres_sql("SELECT pg_reload_conf()");
	postgres_sql("DELETE FROM twofa.record");
	postgres_sql("GRANT twofa_admin TO twofa_fleet1, twofa_fleet2");
	honest = postgres_sql("SELECT count(*) FROM twofa.host WHERE name = "
			      "'fleet2' AND suspended IS NOT NULL");
	kept = postgres_sql("SELECT count(*) FROM twofa.host WHERE name = "
			    "'fleet0' AND suspended IS NOT NULL");
	postgres_sql("UPDATE twofa.host SET suspended = NULL");
	pg_disconnect(f->host[0]);
	assert_int_equal(honest, 0);
	assert_int_equal(kept, 1);
}

/* Nor by what locks no row of twofa.gate: that of the whole fleet's messages,
 * or of a verification. */
static void
nothing_while_suspended(void **state)
{
	static const char *const calls[] = {
		"SELECT * FROM twofa_v1.send_take('(2,0,\"\",\"\",\"\",0)', "
		"'(a,x,\"\",f,0,0,-1,-1,0,0,0,0,0,0,0,0,0)', false)",
		"SELECT * FROM twofa_v1.alert_take('(2,0,\"\",\"\",\"\",0)', "
		"'(a,x,\"\",f,0,0,-1,-1,0,0,0,0,0,0,0,0,0)', false)",
		"SELECT twofa_v1.send_refund('(2,0,\"\",\"\",\"\",0)', 1)",
		"SELECT twofa_v1.\"end\"('(2,0,\"\",\"\",\"\",0)', 1, 'req-1')",
		"SELECT twofa_v1.replace('(2,0,\"\",\"\",\"\",0)', 1, 'req-1', "
		"false)",
	};
	struct fleetbox *f = *state;

	fleetbox_started(f->host[1], "+12025550100", "req-1");
	assert_int_equal(sends_to_alice(f->host[0]), SEND_TAKEN);
	postgres_sql("UPDATE twofa.host SET suspended = now() + '1 min' "
		     "WHERE name = 'fleet0'");
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		fleetbox_ask(f->host[0], "BEGIN");
		goes_on(f->host[0], calls[i]);
		ends(f->host[0]);
		if (postgres_sql("SELECT count(*) FROM (SELECT FROM "
				 "twofa.fleet FOR UPDATE SKIP LOCKED) x") +
			postgres_sql(
			    "SELECT count(*) FROM (SELECT FROM "
			    "twofa.verification FOR UPDATE SKIP LOCKED) x") <
		    2)
			fail_msg("%s", calls[i]);
		fleetbox_ask(f->host[0], "ROLLBACK");
	}
	postgres_sql("UPDATE twofa.host SET suspended = NULL");
}

/* A call that read the clock and waits in front of all rows that others need,
 * on one that another connection of its host holds. */
static struct store *
waits(struct fleetbox *f, const char *before, const char *after)
{
	const int n = (int)postgres_sql(
	    "SELECT i FROM generate_series(1, 20000) i ORDER BY "
	    "hashtext('u low' || i) & 4095 LIMIT 1");
	struct store *holder = fleetbox_open(f->box, 0, 300);
	char text[512];

	fleetbox_ask(holder, "BEGIN");
	snprintf(text, sizeof(text),
	    "SELECT twofa_v1.guess_right('(1,0,\"\",\"\",\"\",0)', 'low%d', "
	    "'')",
	    n);
	fleetbox_ask(holder, text);
	fleetbox_ask(f->host[0], "SET lock_timeout = 0");
	fleetbox_ask(f->host[0], "SET statement_timeout = 0");
	snprintf(text, sizeof(text), "%slow%d%s", before, n, after);
	goes_on(f->host[0], text);
	while (postgres_sql("SELECT count(*) FROM pg_stat_activity WHERE "
			    "usename = 'twofa_fleet0' AND wait_event_type = "
			    "'Lock'") == 0)
		;
	return holder;
}

static void
goes_through(struct fleetbox *f, struct store *holder)
{
	PGresult *r;

	fleetbox_ask(holder, "COMMIT");
	while ((r = pq.PQgetResult(f->host[0]->conn)) != NULL) {
		assert_int_equal(pq.PQresultStatus(r), PGRES_TUPLES_OK);
		pq.PQclear(r);
	}
	store_close(holder);
}

/* What others did meanwhile is not ahead of the clock. */
static void
a_clock_read_long_ago_ends_no_lock(void **state)
{
	struct fleetbox *f = *state;
	struct store *holder =
	    waits(f, "SELECT * FROM twofa_v1.guess_take('(2,0,\"\",\"\",",
		",0)', 'alice', '192.0.2.0/24', '(6,30,900,100)')");
	struct store_guess_token token;

	store_time_wall(WALL + 900);
	for (int i = 0; i < 6; i++)
		assert_int_equal(
		    fleetbox_guess(f->host[1], SOURCE, &usual, &token),
		    GUESS_OPEN);
	assert_int_equal(
	    fleetbox_guess(f->host[1], SOURCE, &usual, &token), GUESS_LOCKED);
	goes_through(f, holder);
	assert_int_equal(
	    fleetbox_guess(f->host[1], SOURCE, &usual, &token), GUESS_LOCKED);
}

static void
a_clock_read_long_ago_forgets_no_message(void **state)
{
	struct fleetbox *f = *state;
	struct store *holder = waits(f,
	    "SELECT * FROM twofa_v1.send_take('(2,0,\"\",\"\",\"\",0)', "
	    "'(",
	    ",x,\"\",f,0,0,-1,-1,0,0,0,0,0,0,0,0,0)', true)");

	store_time_wall(WALL + 86400);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sends_to_alice(f->host[1]), SEND_TAKEN);
	assert_int_equal(sends_to_alice(f->host[1]), SEND_WAIT);
	goes_through(f, holder);
	assert_int_equal(sends_to_alice(f->host[1]), SEND_WAIT);
	assert_int_equal(postgres_sql("SELECT sum(price) FROM twofa.spend "
				      "WHERE day = (1790000000 + 86400) / "
				      "86400"),
	    30);
	assert_int_equal(
	    postgres_sql("SELECT sum(n) FROM twofa.fleet, unnest(sent) n"), 4);
}

/* Nor does a day pass for new recovery codes before anybody can see them. */
static void
a_clock_read_long_ago_spares_no_day(void **state)
{
	struct fleetbox *f = *state;
	struct store *holder;

	postgres_sql("UPDATE twofa.meta SET fleet_key = 'k'");
	postgres_sql("UPDATE twofa.host SET enrols = true");
	postgres_sql("INSERT INTO twofa.record VALUES ('alice', 'text', "
		     "'seal', '{}', 1, 'twofa_operator')");
	holder = waits(f,
	    "WITH x AS (SELECT array_agg(uuid_send(md5(i::text)::uuid)) AS a "
	    "FROM "
	    "generate_series(1, 10) i) SELECT twofa_v1.enrol('(2,0,\"\",\"\",",
	    ",0)', 'alice', NULL, NULL, 'k', 0, NULL, 'seal', a, a) FROM x");
	store_time_wall(WALL + 86400);
	goes_through(f, holder);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.recovery"), 10);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.recovery WHERE since >= "
			 "1790000000 + 2 * 86400 AND until >= 1790000000 + "
			 "86400"),
	    10);
	postgres_sql("DELETE FROM twofa.record");
	postgres_sql("UPDATE twofa.host SET enrols = false");
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
}

/* explain locks rows though it is rolled back, so it does not wait long. */
static void
explain_does_not_wait(void **state)
{
	struct fleetbox *f = *state;
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_row row;
	int64_t began;

	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0],
	    "SELECT * FROM twofa_v1.claim('(1,0,\"\",\"\",\"\",0)', 'alice', "
	    "'{x}', 'one', "
	    "'type', 255, 1, 15000)");
	began = frame_clock_ms();
	store_set_deadline(began + 900);
	assert_int_equal(
	    store_claim_dry_run(f->host[1], &key, METHOD_ALL, 15000, &row),
	    CLAIM_ERROR);
	assert_int_equal(f->host[1]->failure, PG_BUSY);
	assert_in_range(frame_clock_ms() - began, 190, 900);
	store_set_deadline(0);
	fleetbox_ask(f->host[0], "ROLLBACK");
}

#define LONGEST 3905000 /* ms, of a verification */
#define DAY INT64_C(86400000)
#define TEN_YEARS (3650 * DAY)

static const struct store_key alices = { "alice", "+12025550100", "one", "type",
	{ NULL } };

/* A row that a stolen host made holds a number no longer than a provider's
 * verification can last. */
static void
held_as_long_as_one_lasts(void **state)
{
	struct fleetbox *f = *state;
	struct store_started to = { .request_id = "req-1",
		.method = METHOD_SMS,
		.life_ms = TEN_YEARS,
		.lasts_ms = TEN_YEARS };
	struct store_row row;

	assert_int_equal(store_claim(f->host[0], &alices, METHOD_ALL,
			     METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	to.id = row.id;
	assert_int_equal(store_row_set_started(f->host[0], &to), 0);
	store_time_now(NOW + LONGEST - 1);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_NONE, 15000, &row),
	    CLAIM_JOINED);
	assert_int_equal(row.left_ms, 1);
	assert_int_equal(row.over_ms, 1);
	/* nor by calling its code spent */
	assert_int_equal(
	    store_row_spend(f->host[0], row.id, "req-1", TEN_YEARS, NULL), 1);
	store_time_now(NOW + 2 * LONGEST - 2);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_NONE, 15000, &row),
	    CLAIM_SPENT);
	store_time_now(NOW + 2 * LONGEST - 1);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_NONE, 15000, &row),
	    CLAIM_NEW);
}

static struct store_begin
begin_of(const char *user)
{
	static const struct limits_of_sends none = { .spend_day = -1,
		.spend_month = -1 };

	return (struct store_begin){ .user = user,
		.source = SOURCE,
		.count = 1,
		.candidate = { { alices, METHOD_ALL, METHOD_SMS, 15000 } },
		.message = { .user = user,
		    .counted_as = alices.receiver,
		    .source = SOURCE },
		.limits = &none,
		.guesses = &usual };
}

static bool
is_done(struct store *s, const char *text)
{
	bool done = true;
	PGresult *r;

	goes_on(s, text);
	while ((r = pq.PQgetResult(s->conn)) != NULL) {
		done &= pq.PQresultStatus(r) == PGRES_TUPLES_OK;
		pq.PQclear(r);
	}
	return done;
}

/* Another host's login goes on at a row that a stolen host has made so that no
 * host can read it. */
static void
held_by_what_nobody_can_read(void **state)
{
	static const char *const started[] = {
		"repeat('x', 65), 1, 300000, 300000",
		"'req-2', 10, 300000, 300000",
		"'req-2', -1, 300000, 300000",
		"'req-2', 1, -9223372036854775808, 300000",
	};
	static const char *const claimed[] = { "repeat('x', 33), 'type', 2, 1",
		"'one', repeat('x', 33), 2, 1", "'one', 'type', 2, 10" };
	const struct store_begin ask = begin_of("alice");
	struct fleetbox *f = *state;
	char text[400], digest[HOST_KEY_TEXT];
	struct store_begun out;

	assert_int_equal(
	    store_hash_number(f->host[0], alices.receiver, false, digest), 0);
	for (size_t i = 0; i < COUNT_OF(started) + COUNT_OF(claimed); i++) {
		const size_t n = i - COUNT_OF(started);

		postgres_sql("DELETE FROM twofa.verification");
		if (i < COUNT_OF(started)) {
			const long long id = fleetbox_started(
			    f->host[0], alices.receiver, "req-1");

			snprintf(text, sizeof(text),
			    "SELECT twofa_v1.replace('(1,0,,,,7)', %lld, "
			    "'req-1', false)",
			    id);
			assert_true(is_done(f->host[0], text));
			snprintf(text, sizeof(text),
			    "SELECT twofa_v1.started('(1,0,,,,7)', %lld, %s, "
			    "NULL, NULL, false, 0, 0)",
			    id, started[i]);
		} else {
			snprintf(text, sizeof(text),
			    "SELECT twofa_v1.claim('(1,0,,,,7)', 'alice', "
			    "ARRAY['%s'], %s, 15000)",
			    digest, claimed[n]);
		}
		(void)is_done(f->host[0], text);
		store_time_now(NOW + 1000);
		if (store_begin(f->host[1], &ask, &out) != 0)
			fail_msg("%s: %s", text, store_cause(f->host[1]));
		store_time_now(NOW);
	}
}

/* Nor does it hold numbers without end; others still begin. */
static void
two_thousand_of_a_host(void **state)
{
	struct fleetbox *f = *state;
	struct store_row row;
	struct store_begun out;

	postgres_sql("WITH a AS (INSERT INTO twofa.verification(number, usr, "
		     "provider, type, state, session, host, holder, "
		     "holder_host, method, began_at, sent_at, expires_at, "
		     "ends_at, start_ms, socket) SELECT 'n' || n, 'x', 'one', "
		     "'', 'starting', 1, 'fleet0', 1, 'fleet0', 1, 1000000, "
		     "1000000, 0, 2000000, 95000, 0 FROM generate_series(1, "
		     "2000) n RETURNING 1) SELECT count(*) FROM a");
	store_set_deadline(frame_clock_ms() + 500);
	assert_int_equal(store_claim(f->host[0], &alices, METHOD_ALL,
			     METHOD_SMS, 15000, &row),
	    CLAIM_ERROR);
	store_set_deadline(0);
	assert_int_equal(store_failure(f->host[0]), STORE_BUSY);
	assert_non_null(strstr(store_cause(f->host[0]), "is stolen"));
	/* nor with a message, which it takes back, or which is a decoy's */
	for (size_t i = 0; i < 2; i++) {
		const struct store_begin ask =
		    begin_of(i == 0 ? "alice" : "a//.");

		store_set_deadline(frame_clock_ms() + 500);
		assert_int_equal(store_begin(f->host[0], &ask, &out), -1);
		store_set_deadline(0);
		assert_non_null(strstr(store_cause(f->host[0]), "is stolen"));
	}
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.send"), 0);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
}

/* What it begins and rolls back uses numbers up: they begin again, and no id is
 * one that hosts cannot read. */
static void
numbers_that_are_used_up(void **state)
{
	struct fleetbox *f = *state;

	postgres_sql("SELECT setval('twofa.verification_id_seq', 8589934590),"
		     " setval('twofa.send_id_seq', 8589934591)");
	for (int i = 0; i < 3; i++) {
		const int64_t id =
		    fleetbox_started(f->host[1], "+12025550100", "req-1");

		assert_true(id > 0);
		assert_int_equal(plain_finish(f->host[1], id, "req-1"), 1);
		assert_int_equal(sends_to_alice(f->host[1]), SEND_TAKEN);
	}
}

/* The same of a start; and that one has died is for its own host to say. */
static void
held_as_long_as_a_start(void **state)
{
	struct fleetbox *f = *state;
	struct store_row row;

	assert_int_equal(store_claim(f->host[0], &alices, METHOD_ALL,
			     METHOD_SMS, TEN_YEARS, &row),
	    CLAIM_NEW);
	store_time_now(NOW + 94999);
	assert_int_equal(
	    store_claim(f->host[1], &alices, METHOD_ALL, METHOD_NONE, 0, &row),
	    CLAIM_WAIT);
	store_time_now(NOW + 95000);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_NONE, TEN_YEARS, &row),
	    CLAIM_UNKNOWN);
	store_time_now(NOW + 95000 + STORE_UNKNOWN_MS);
	assert_int_equal(store_claim(f->host[1], &alices, METHOD_ALL,
			     METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    store_claim(f->host[1], &alices, METHOD_ALL, METHOD_NONE, 0, &row),
	    CLAIM_UNKNOWN);
}

/* A start at the provider has answered with that id: what the state says. */
static int
started_too(
    struct store *s, const char *user, const char *number, const char *request)
{
	const struct store_key key = { user, number, "one", "type", { NULL } };
	struct store_started to = {
		.request_id = request, .method = METHOD_SMS, .life_ms = 300000
	};
	struct store_row row;
	int rc;

	assert_int_equal(
	    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	to.id = row.id;
	rc = store_row_set_started(s, &to);
	if (rc == STORE_CLASH)
		assert_int_equal(store_row_remove_unsent(s, row.id), 0);
	return rc;
}

/* The user's own, known by another number or by another key of the fleet, is
 * joined with all that it has; nobody else's is, and none that is spent.
 * Another provider's is another. One of a service of another uid is ended. */
static void
an_id_that_is_known(void **state)
{
	static const char row[] = "SELECT count(*) FROM twofa.verification";
	struct fleetbox *f = *state;
	const int64_t id =
	    fleetbox_started(f->host[0], "+12025550100", "req-1");
	const struct store_key key = { "alice", "+12025550122", "one", "type",
		{ NULL } };
	struct store_row found;

	postgres_sql("UPDATE twofa.verification SET tries = 2");
	assert_int_equal(
	    started_too(f->host[1], "bob", "+12025550111", "req-1"),
	    STORE_CLASH);
	postgres_sql("UPDATE twofa.verification SET provider = 'two'");
	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550111", "req-1"), 0);
	postgres_sql("DELETE FROM twofa.verification WHERE provider = 'one'");
	postgres_sql("UPDATE twofa.verification SET provider = 'one', "
		     "state = 'spent'");
	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550111", "req-1"),
	    STORE_CLASH);
	postgres_sql("UPDATE twofa.verification SET state = 'running'");
	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550122", "req-1"),
	    STORE_JOIN);
	assert_int_equal(postgres_sql(row), 1);
	assert_int_equal(store_claim(f->host[2], &key, METHOD_ALL, METHOD_SMS,
			     15000, &found),
	    CLAIM_JOINED);
	assert_int_equal(found.id, id);
	assert_int_equal(found.tries, 2);
	assert_int_equal(found.sends, 2);
	postgres_sql("UPDATE twofa.verification SET socket = 1003");
	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550111", "req-1"), 0);
	assert_int_equal(postgres_sql(row), 1);
}

/* A host that says so has another number and method put there, so that the row
 * is its own, as any that it changes. */
static void
an_id_that_a_host_has_looked_up(void **state)
{
	struct fleetbox *f = *state;
	const int64_t id =
	    fleetbox_started(f->host[0], "+12025550100", "req-1");
	const struct store_key key = { "alice", "+12025550111", "one", "type",
		{ NULL } };
	struct store_row found;

	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550111", "req-1"),
	    STORE_JOIN);
	assert_int_equal(store_claim(f->host[0], &key, METHOD_ALL, METHOD_SMS,
			     15000, &found),
	    CLAIM_JOINED);
	assert_int_equal(found.id, id);
	assert_true(found.foreign);
	assert_int_equal(
	    started_too(f->host[1], "alice", "+12025550122", "req-1"),
	    STORE_JOIN);
	assert_int_equal(store_row_read(f->host[1], id, &found), 1);
	assert_false(found.foreign);
}

/* Rows of strangers go by a range of names: whatever range a stolen host gives,
 * no user's row is in it, nor one of a person. */
static void
no_user_is_a_stranger(void **state)
{
	static const char *const ranges[][3] = { { "", "", "zzz" },
		{ "alice", "alice", "alicf" }, { "alice//.", "a", "z" },
		{ "alice//.0123456789abcdef", "alice", "bob" },
		{ "svc//.", "svc//.", "zzz" }, { "a", "svc//.", "zzz" },
		{ "//.", "//.", "zzz" } };
	static const char known[] =
	    "SELECT count(*) FROM twofa.guess WHERE usr "
	    "IN ('alice', 'svc//carol', 'tim')";
	static const char strangers[] =
	    "SELECT count(*) FROM twofa.guess WHERE usr LIKE 'svc//.%'";
	struct fleetbox *f = *state;
	char text[192];

	assert_int_equal(store_decoy_note_name(
			     f->host[1], "svc//.0123456789abcdef", "svc//."),
	    1);
	assert_int_equal(postgres_sql(strangers), 1);
	postgres_sql("INSERT INTO twofa.guess(usr, source, place, scope, "
		     "series, wrong, shared, locks, locked_at, until, last) "
		     "SELECT u, '', 'fleet1', '', 1, 9, 9, 0, 0, 0, 1 FROM "
		     "unnest(ARRAY['alice', 'svc//carol', 'tim']) u");
	store_time_wall(WALL + 86400);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		snprintf(text, sizeof(text),
		    "SELECT twofa_v1.stranger('(1,0,\"\",\"\",\"\",0)', '%s', "
		    "'%s', '%s')",
		    ranges[i][0], ranges[i][1], ranges[i][2]);
		(void)fleetbox_ask(f->host[0], text);
		assert_int_equal(postgres_sql(known), 3);
	}
	/* those of a day ago went, and only a stranger's row was added */
	assert_int_equal(postgres_sql(strangers), 1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.guess WHERE usr NOT IN "
			 "('alice', 'svc//carol', 'tim', 'svc//.', '//.')"),
	    0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fleetbox_set_up, fleetbox_tear_down)

BOX_TESTS(test_pg_fleet_held)
{
	const struct CMUnitTest tests[] = {
		TEST(who_it_is),
		TEST(held_by_an_idle_one),
		TEST(held_from_an_upgrade),
		TEST(held_beside_a_change),
		TEST(told_by_a_failure),
		TEST(told_by_a_plan),
		TEST(held_for_longer),
		TEST(nobody_else_is_ended),
		TEST(noted_at_the_standby),
		TEST(who_waited_for_the_standby_goes_on),
		TEST(nothing_while_suspended),
		TEST(a_clock_read_long_ago_ends_no_lock),
		TEST(a_clock_read_long_ago_forgets_no_message),
		TEST(a_clock_read_long_ago_spares_no_day),
		TEST(explain_does_not_wait),
		TEST(held_as_long_as_one_lasts),
		TEST(held_by_what_nobody_can_read),
		TEST(two_thousand_of_a_host),
		TEST(numbers_that_are_used_up),
		TEST(held_as_long_as_a_start),
		TEST(an_id_that_is_known),
		TEST(an_id_that_a_host_has_looked_up),
		TEST(no_user_is_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
