/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only a server can do to a login: to be out of reach, full, frozen,
 * changed, or not to know whether it is done; and what a host may do there.
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/wire/wire.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1700000000)
#define SOURCE "192.0.2.0/24"

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };

static int
set_up(void **state)
{
	(void)box_to_postgres();
	store_time_now(NOW);
	store_time_wall(WALL);
	return box_set_up(state);
}

/* Open it so; it must not open: how it failed, and with these words. */
static enum pg_failure
refused(const char *where, const struct store_server *server, const char *words)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, server };
	char cause[STORE_CAUSE_MAX] = "";

	assert_null(store_open(where, &me, cause));
	if (strstr(cause, words) == NULL)
		fail_msg("%s", cause);
	return strstr(cause, ": out of reach") != NULL ? PG_OUT_OF_REACH
	    : strstr(cause, ": busy") != NULL          ? PG_BUSY
						       : PG_SETTINGS;
}

static int64_t
started(struct store *s)
{
	struct store_row row;

	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 7, NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_started(s, row.id, 7, "req-1", METHOD_SMS, NOW, NOW + 300000, 0),
	    0);
	return row.id;
}

static int
do_guess(struct store *s, const struct statebox *b, int n)
{
	const struct limits_of_guesses limits = { 50, 5, 60, 0 };
	struct store_guess_token token;
	char source[32];
	int64_t wait_s;

	(void)b;
	snprintf(source, sizeof(source), "192.0.%d.0/24", n);
	return (int)at_guess_take(
	    s, "alice", source, &limits, WALL, &token, &wait_s);
}

static void
many_guesses(void **state)
{
	unsigned count[256];

	box_all_at_once(*state, do_guess, 50, count);
	assert_int_equal(count[GUESS_OPEN], 5);
	assert_int_equal(count[GUESS_LOCKED], 45);
}

static int
do_send(struct store *s, const struct statebox *b, int n)
{
	const struct limits_of_sends limits = { .host_hour = 9,
		.fleet_hour = 9,
		.spend_day = -1,
		.spend_month = -1 };
	const struct limits_of_sends money = {
		.spend_day = 70, .spend_month = -1, .price = 10
	};
	char user[16], number[24];
	const struct store_send_key message = {
		.user = user, .counted_as = number, .source = SOURCE
	};
	int64_t id, wait_s;
	const char *which;

	(void)b;
	snprintf(user, sizeof(user), "user%d", n);
	snprintf(number, sizeof(number), "+120255501%02d", n);
	return (int)at_send_take(s, &message, n % 2 == 0 ? &limits : &money,
	    WALL, &id, &wait_s, &which);
}

/* Of half of them the fleet's limit, of the others the money: both are met
 * exactly, though those of the others count for the fleet as well. */
static void
thirty_messages(void **state)
{
	unsigned count[256];

	box_all_at_once(*state, do_send, 30, count);
	assert_int_equal(count[SEND_ERROR], 0);
	assert_int_equal(
	    postgres_sql("SELECT sum(price) FROM twofa.spend"), 70);
	assert_in_range(count[SEND_TAKEN], 9, 16);
	assert_int_equal(count[SEND_TAKEN] + count[SEND_WAIT], 30);
}

/* An end without a reply: nobody knows. */
static void
any_warning_is_a_denial(void **state)
{
	struct statebox *b = *state;
	int64_t id = started(b->s);

	postgres_sql("CREATE FUNCTION twofa.warn() RETURNS trigger LANGUAGE "
		     "plpgsql AS 'BEGIN RAISE WARNING ''the wait was "
		     "cancelled''; RETURN NEW; END'");
	postgres_sql("CREATE TRIGGER warn BEFORE INSERT ON twofa.used FOR EACH "
		     "ROW EXECUTE FUNCTION twofa.warn()");
	assert_int_equal(plain_finish(b->s, id, "req-1"), -1);
	assert_int_equal(b->s->failure, PG_UNKNOWN);
	assert_non_null(strstr(store_cause(b->s), "unknown whether"));
	postgres_sql("DROP TRIGGER warn ON twofa.used");
	postgres_sql("DROP FUNCTION twofa.warn()");
}

static void
until(const char *sql)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < 3000; i++) {
		if (postgres_sql(sql) > 0)
			return;
		nanosleep(&moment, NULL);
	}
	fail_msg("not in 30 s: %s", sql);
}

#define WAITS "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

/* A standby that never answers, and somebody who cancels the wait for it: the
 * server says yes, with a warning. Whoever comes after is not let in, either.
 */
static void
cancelled_wait_for_the_standby(void **state)
{
	struct statebox *b = *state;
	int64_t id = started(b->s);
	int status;
	pid_t child;

	postgres_sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	postgres_sql("SELECT pg_reload_conf()");
	until("SELECT (current_setting('synchronous_standby_names') <> '')"
	      "::int");
	/* what a login does before needs no standby */
	assert_int_equal(store_provider_pass_over(b->s, "one", 1000), 0);
	child = fork();
	if (child == 0) {
		struct store *s = box_open(b);

		if (s == NULL)
			_exit(BOX_FAILED);
		s->head.session = 7;
		_exit(plain_finish(s, id, "req-1") == -1 &&
			    s->failure == PG_UNKNOWN && s->got_warning
			? 1
			: 0);
	}
	until("SELECT count(*) " WAITS);
	until("SELECT pg_cancel_backend(pid)::int " WAITS);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 1);
	postgres_sql("ALTER SYSTEM RESET synchronous_standby_names");
	postgres_sql("SELECT pg_reload_conf()");
	until(
	    "SELECT (current_setting('synchronous_standby_names') = '')::int");
	assert_int_equal(plain_finish(b->s, id, "req-1"), 1); /* session 7 */
	b->s->head.session = 8;
	assert_int_equal(plain_finish(b->s, id, "req-1"), 0);
}

/* The server ends the connection between two steps. */
static void
an_idle_connection_ends(void **state)
{
	struct statebox *b = *state;
	int64_t id = started(b->s);

	until("SELECT pg_terminate_backend(pid, 5000)::int FROM "
	      "pg_stat_activity WHERE usename = 'twofa_local'");
	assert_int_equal(plain_finish(b->s, id, "req-1"), 1);
}

/* Nothing is asked by a connection that has ended, of which it cannot be known
 * whether it was done: a code is tried by another one, once. */
static void
a_try_after_a_connection_has_ended(void **state)
{
	struct statebox *b = *state;
	struct store_row row;
	int64_t id = started(b->s);

	until("SELECT pg_terminate_backend(pid, 5000)::int FROM "
	      "pg_stat_activity WHERE usename = 'twofa_local'");
	assert_int_equal(box_try(b->s, id, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(row.tries, 1);
}

/* A stolen host may hold a transaction open. */
static void
a_lock_that_is_held(void **state)
{
	struct statebox *b = *state;
	struct store_row row;
	int64_t id = started(b->s), began = frame_clock_ms();

	postgres_sql("BEGIN");
	postgres_sql("SELECT count(*) FROM (SELECT FROM twofa.gate FOR UPDATE) "
		     "g");
	store_set_deadline(began + 2500);
	assert_int_equal(box_try(b->s, id, 3, NOW, &row), TRY_ERROR);
	assert_int_equal(b->s->failure, PG_BUSY);
	store_set_deadline(0);
	postgres_sql("ROLLBACK");
	assert_int_equal(box_try(b->s, id, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(row.tries, 1);
}

static void
out_of_reach(void **state)
{
	struct store_server server = *postgres_server();
	struct statebox *b = *state;
	char where[192];
	int64_t began;

	snprintf(where, sizeof(where), "postgresql://localhost:1%s",
	    strrchr(b->path, '/'));
	assert_int_equal(refused(where, &server, "refused"), PG_OUT_OF_REACH);
	server.connect_timeout_ms = 300;
	began = frame_clock_ms();
	assert_int_equal(kill(postgres_pid(), SIGSTOP), 0);
	assert_int_equal(
	    refused(b->path, &server, "no answer in time"), PG_OUT_OF_REACH);
	assert_int_equal(kill(postgres_pid(), SIGCONT), 0);
	assert_in_range(frame_clock_ms() - began, 290, 5000);
	postgres_sql("ALTER ROLE twofa_local SET default_transaction_read_only "
		     "= on");
	assert_int_equal(
	    refused(b->path, postgres_server(), "read-only"), PG_OUT_OF_REACH);
	postgres_sql("ALTER ROLE twofa_local RESET ALL");
}

/* The first of two is not there. */
static void
the_next_server(void **state)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, postgres_server() };
	char where[192], cause[STORE_CAUSE_MAX] = "";
	struct statebox *b = *state;
	struct store *s;

	snprintf(where, sizeof(where), "postgresql://localhost:1,%s",
	    b->path + strlen("postgresql://"));
	s = store_open(where, &me, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	assert_int_equal(s->at, 1);
	store_close(s);
}

static void
full_of_connections(void **state)
{
	struct statebox *b = *state;

	store_set_deadline(frame_clock_ms() + 700);
	postgres_sql("ALTER ROLE twofa_local CONNECTION LIMIT 0");
	assert_int_equal(refused(b->path, postgres_server(), "53300"), PG_BUSY);
	store_set_deadline(0);
	postgres_sql("ALTER ROLE twofa_local CONNECTION LIMIT -1");
}

static void
write_password(const char *text)
{
	FILE *f = fopen(postgres_server()->password_file, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* While it is renewed, the host has both, whichever the server has. */
static void
two_passwords(void **state)
{
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, postgres_server() };
	char both[8 * (PG_PASSWORD_LEN + 2)], cause[STORE_CAUSE_MAX] = "";
	struct statebox *b = *state;
	struct store *s;

	for (int first = 0; first < 2; first++) {
		snprintf(both, sizeof(both), "%c%s\n%c%s\n",
		    first == 0 ? '0' : 'f', &POSTGRES_PASSWORD[1],
		    first == 0 ? 'f' : '0', &POSTGRES_PASSWORD[1]);
		write_password(both);
		s = store_open(b->path, &me, cause);
		if (s == NULL)
			fail_msg("%s", cause);
		store_close(s);
	}
	snprintf(both, sizeof(both), "%s\n%s\n%s\n%s\n%s\n", POSTGRES_PASSWORD,
	    POSTGRES_PASSWORD, POSTGRES_PASSWORD, POSTGRES_PASSWORD,
	    POSTGRES_PASSWORD);
	write_password(both);
	refused(b->path, postgres_server(), "is not 64 hexadecimal digits");
	write_password(POSTGRES_PASSWORD);
}

static void
settings_are_named(void **state)
{
	struct store_server server = *postgres_server();
	struct statebox *b = *state;
	char where[192], right[PG_PASSWORD_LEN + 2] = "";
	FILE *f = fopen(server.password_file, "re");

	assert_non_null(f);
	assert_non_null(fgets(right, sizeof(right), f));
	assert_int_equal(fclose(f), 0);
	write_password("secret\n");
	refused(b->path, &server, "is not 64 hexadecimal digits");
	right[0] = right[0] == 'f' ? 'e' : 'f';
	write_password(right);
	refused(b->path, &server, "28P01");
	right[0] = '0';
	write_password(right);
	server.password_file = "/no/such/file";
	refused(b->path, &server, "password_file /no/such/file: No such file");
	server = *postgres_server();
	server.ca_file = "/etc/hostname";
	refused(b->path, &server, "certificate");
	server = *postgres_server();
	server.single = false;
	refused(b->path, &server, "synchronous_standby_names");
	refused(b->path, NULL, "no store = { }");
	refused("postgresql://db/a?b", postgres_server(), "it has options");
	snprintf(where, sizeof(where), "%s_none", b->path);
	refused(where, postgres_server(), "3D000");
	postgres_sql("UPDATE twofa.meta SET version = 0");
	refused(b->path, postgres_server(), "needs 1: bring it up to date");
	postgres_sql("UPDATE twofa.meta SET version = 1");
	postgres_sql("ALTER FUNCTION twofa_v1.version() RENAME TO other");
	refused(b->path, postgres_server(), "another schema");
	postgres_sql("ALTER FUNCTION twofa_v1.other() RENAME TO version");
}

/* After a restore an open connection is denied as a new one is, and so is a
 * decoy, until what was used since is ended. A row that is written again is of
 * another transaction, as in a dump. */
static void
restored(void **state)
{
	struct statebox *b = *state;
	struct store *s = box_open(b);

	assert_int_equal(store_noop(s), 0);
	postgres_sql("UPDATE twofa.home SET opens = now()");
	assert_int_equal(store_noop(s), -1);
	assert_int_equal(store_failure(s), STORE_SETTINGS);
	assert_non_null(strstr(store_cause(s), "run: twofactl state restored"));
	assert_int_equal(
	    store_guess_reset_after_right(s, "alice", "198.51.100.7"), -1);
	refused(b->path, postgres_server(), "twofactl state restored");
	postgres_sql("DELETE FROM twofa.home");
	refused(b->path, postgres_server(), "twofactl state restored");
	postgres_sql("SELECT twofa.restored_end()");
	refused(b->path, postgres_server(), "logins go on in 180 s");
	postgres_sql("DELETE FROM twofa.home; INSERT INTO twofa.home(rel) "
		     "VALUES ('twofa.home'::regclass)");
	assert_int_equal(store_noop(s), 0);
	store_close(s);
}

/* Whoever waited for another sees what that one did: a stolen host cannot ask
 * for less. */
static void
no_older_sight(void **state)
{
	(void)state;
	postgres_sql("BEGIN ISOLATION LEVEL REPEATABLE READ");
	postgres_sql("DO $$ BEGIN PERFORM twofa.gate('u alice'); RAISE "
		     "EXCEPTION 'taken'; EXCEPTION WHEN SQLSTATE '25001' THEN "
		     "NULL; END $$");
	postgres_sql("ROLLBACK");
}

/* As of a server that has other functions. Only what was asked about is used.
 */
static void
an_answer_to_another_question(void **state)
{
	static const struct limits_of_sends limits = { .spend_day = -1,
		.spend_month = -1,
		.user_hour = 9,
		.user_day = 9,
		.number_day = 9,
		.source_hour = 9,
		.host_hour = 9,
		.fleet_hour = 9 };
	const struct store_begin ask = { .user = "alice",
		.source = SOURCE,
		.count = 1,
		.candidate = { { key, METHOD_ALL, METHOD_SMS, 15000 } },
		.message = { .user = "alice",
		    .counted_as = key.receiver,
		    .source = SOURCE },
		.limits = &limits };
	struct statebox *b = *state;
	struct store_begun out;

	postgres_sql("DO $$ BEGIN EXECUTE replace(pg_get_functiondef("
		     "'twofa_v1.begin'::regproc), 'sent := 1;', "
		     "'sent := 1; nth := 2;'); END $$");
	assert_int_equal(at_begin(b->s, &ask, 7, WALL, NOW, &out), -1);
	assert_false(out.chosen);
	assert_non_null(strstr(store_cause(b->s), "of another version"));
}

/* What this connection has done to the tables, as the server counts. */
#define LOOKED(what)                                                           \
	postgres_sql("SELECT sum(" what                                        \
		     ") FROM pg_stat_xact_all_tables WHERE relname IN "        \
		     "('recovery', 'totp', 'grace', 'send', 'guess')")
#define STATUS(user)                                                           \
	postgres_sql("SELECT count(*) FROM "                                   \
		     "twofa_v1.status('(1,0,\"\",\"\",\"\",0)', " user ")")

/* However many users there are: each table is gone through once or twice, and
 * for one user by an index. */
static void
status_of_many(void **state)
{
	int64_t before;

	(void)state;
	postgres_sql(
	    "INSERT INTO twofa.recovery(usr, salt, hash) SELECT 'user' || i, "
	    "'', '' FROM generate_series(1, 3000) i, generate_series(1, 4)");
	postgres_sql("INSERT INTO twofa.totp SELECT 'user' || i, '', 1, '' "
		     "FROM generate_series(1, 3000) i");
	postgres_sql("INSERT INTO twofa.grace SELECT 'user' || i, '', 'web01', "
		     "twofa.wall_s(), twofa.wall_s() + 60 FROM "
		     "generate_series(1, 3000) i");
	postgres_sql("INSERT INTO twofa.send(at, usr, number, source, host, "
		     "day, price, kind, scope) SELECT twofa.wall_s(), 'user' "
		     "|| i, '', '', 'web01', 1, 0, 0, '' FROM "
		     "generate_series(1, 3000) i");
	postgres_sql(
	    "INSERT INTO twofa.guess(usr, source, place, scope, "
	    "series, wrong, locks, locked_at, until, last) SELECT "
	    "'user' || i, s, 'web01', '', 1, 1, 0, 0, 0, 1 FROM "
	    "generate_series(1, 3000) i, unnest('{\"\",a}'::text[]) s");
	postgres_sql("ANALYZE");
	postgres_sql("BEGIN");
	before = LOOKED("seq_scan + coalesce(idx_scan, 0)");
	assert_int_equal(STATUS("NULL"), 6000);
	assert_in_range(
	    LOOKED("seq_scan + coalesce(idx_scan, 0)") - before, 5, 12);
	before = LOOKED("seq_tup_read");
	assert_int_equal(STATUS("'user7'"), 2);
	assert_int_equal(LOOKED("seq_tup_read"), before);
	postgres_sql("COMMIT");
	assert_int_equal(STATUS("'nobody'"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, box_tear_down)

BOX_TESTS(test_pg)
{
	const struct CMUnitTest tests[] = {
		TEST(many_guesses),
		TEST(thirty_messages),
		TEST(any_warning_is_a_denial),
		TEST(cancelled_wait_for_the_standby),
		TEST(an_idle_connection_ends),
		TEST(a_try_after_a_connection_has_ended),
		TEST(a_lock_that_is_held),
		TEST(out_of_reach),
		TEST(the_next_server),
		TEST(full_of_connections),
		TEST(two_passwords),
		TEST(settings_are_named),
		TEST(restored),
		TEST(no_older_sight),
		TEST(status_of_many),
		/* leaves another function behind */
		TEST(an_answer_to_another_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
