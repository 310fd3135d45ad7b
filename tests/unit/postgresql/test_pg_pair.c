/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A right code whose answer waits for the standby, or does not arrive: nobody
 * is let in on a yes that a fail-over could take back, and the session that was
 * first is let in after it, alone.
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

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/wire/wire.h"
#include "tests/support/state/pair.h"
#include "tests/support/state/postgres.h"
#include "tests/support/unit_tests.h"

#define USER "alice"
#define REQUEST "req-1"
#define SYNC "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
#define FIRST 11 /* sessions */
#define SECOND 12

/* What a session was told, as the status of its process. */
#define SAID(told, warned, failure)                                            \
	(((told)&3) | ((warned) ? 4 : 0) | (int)(failure) << 3)
#define NO_STATE 100

static _Noreturn void
ask_and_end(struct store *s, int64_t id)
{
	const int told = pair_finish(s, id, USER, REQUEST);

	_exit(SAID(told, s->got_warning, s->failure));
}

static int
set_up(void **state)
{
	(void)state;
	pair_start();
	return 0;
}

static pid_t
asks(unsigned host, int64_t session, int64_t id, unsigned timeout_ms)
{
	const pid_t child = fork();
	struct store *s;

	assert_true(child >= 0);
	if (child != 0)
		return child;
	s = pair_open(host, session, timeout_ms, false);
	if (s == NULL)
		_exit(NO_STATE);
	ask_and_end(s, id);
}

static int
was_told(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Asked by a session of another process, until it is told something. */
static int
is_let_in(unsigned host, int64_t session, int64_t id)
{
	struct store *s = pair_open(host, session, 5000, false);
	int told;

	assert_non_null(s);
	told = pair_finish(s, id, USER, REQUEST);
	if (told == -1)
		fail_msg("%s", store_cause(s));
	store_close(s);
	return told;
}

/* The server says yes and warns: the standby does not have it, and so takes it
 * from somebody else after a fail-over. */
static void
a_cancelled_wait(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	pid_t child;

	(void)state;
	pair_do("cut");
	child = asks(0, FIRST, id, 10000);
	pair_until(PAIR_PRIMARY, "SELECT pg_cancel_backend(pid)::int " SYNC);
	assert_int_equal(was_told(child), SAID(-1, true, PG_UNKNOWN));
	pair_do("kill");
	pair_do("promote");
	assert_int_equal(is_let_in(1, SECOND, id), 1);
	assert_int_equal(is_let_in(0, FIRST, id), 0);
}

/* The old primary goes on alone: it never says yes. statement_timeout (2 s)
 * does not end that wait, our own deadline does. */
static void
split_brain(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	const int64_t began = frame_clock_ms();
	struct store *alone = pair_open(0, FIRST, 2500, true);

	(void)state;
	assert_non_null(alone);
	pair_do("cut");
	store_set_deadline(began + 3000); /* not twice */
	assert_int_equal(pair_finish(alone, id, USER, REQUEST), -1);
	assert_int_equal(alone->failure, PG_UNKNOWN);
	assert_non_null(strstr(store_cause(alone), "no answer in time"));
	assert_in_range(frame_clock_ms() - began, 2400, 6000);
	pair_do("promote");
	/* both take writes now, and one of them nobody's yes */
	store_set_deadline(frame_clock_ms() + 1500);
	assert_int_equal(pair_finish(alone, id, USER, REQUEST), -1);
	store_set_deadline(0);
	store_close(alone);
	pair_do("kill");
	assert_int_equal(is_let_in(1, SECOND, id), 1);
	assert_int_equal(is_let_in(0, FIRST, id), 0);
}

/* finish is done, with the standby as well, and its reply is on its way. */
static void
reply_is_held(void)
{
	pair_until(PAIR_STANDBY, "SELECT count(*) FROM twofa.used");
}

/* A store that is open before its reply is held. */
static pid_t
asks_then_holds(int64_t id)
{
	int ready[2], go[2];
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		struct store *s = pair_open(0, FIRST, 10000, false);

		if (s == NULL || write(ready[1], "", 1) != 1 ||
		    read(go[0], &byte, 1) != 1)
			_exit(NO_STATE);
		ask_and_end(s, id);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	pair_do("hold");
	assert_int_equal(write(go[1], "", 1), 1);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
	return child;
}

/* kill -9 of the server's process that had said yes. The server ends all
 * connections and comes back by itself. */
static void
a_backend_is_killed(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	const pid_t child = asks_then_holds(id);

	(void)state;
	reply_is_held();
	assert_int_equal(
	    kill((pid_t)pair_sql(PAIR_PRIMARY,
		     "SELECT pid FROM pg_stat_activity WHERE usename = "
		     "'twofa_h0'"),
		SIGKILL),
	    0);
	pair_do("swallow");
	/* yes, where it asked again behind the recovery; never no */
	assert_int_not_equal(was_told(child) & 3, 0);
	pair_until(PAIR_STANDBY, "SELECT count(*) FROM twofa.used");
	pair_do("kill");
	pair_do("promote");
	assert_int_equal(is_let_in(1, SECOND, id), 0);
	assert_int_equal(is_let_in(0, FIRST, id), 1);
	assert_int_equal(is_let_in(0, FIRST, id), 1);
}

static void
the_primary_is_killed(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	const pid_t child = asks_then_holds(id);

	(void)state;
	reply_is_held();
	pair_do("kill");
	assert_int_equal(was_told(child), SAID(-1, false, PG_OUT_OF_REACH));
	pair_do("promote");
	assert_int_equal(is_let_in(1, SECOND, id), 0);
	assert_int_equal(is_let_in(0, FIRST, id), 1);
}

/* The one that was lost comes back by itself and takes writes. Nobody follows
 * it, so it would say yes to nobody: the next one is asked, though the URL
 * names it behind. */
static void
an_old_primary_comes_back(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);

	(void)state;
	/* a code that is sent does not wait for the standby */
	pair_until(PAIR_PRIMARY,
	    "SELECT count(*) FROM pg_stat_replication"
	    " WHERE replay_lsn >= pg_current_wal_lsn()");
	pair_do("kill");
	pair_do("promote");
	pair_do("return");
	assert_int_equal(is_let_in(1, SECOND, id), 1);
	assert_int_equal(is_let_in(0, FIRST, id), 0);
	/* without the other one it is what there is */
	assert_int_equal(
	    pair_sql(PAIR_PRIMARY, "SELECT count(*) FROM twofa.used"), 0);
}

static void
take_finding(void *ctx, const struct store_finding *f)
{
	char *text = ctx;
	const size_t used = strlen(text);

	if (strcmp(f->name, "store-timeouts") == 0)
		return; /* a slow machine's */
	snprintf(text + used, 2048 - used, "%s: %s\n", f->name, f->text);
}

/* Sessions of honest hosts wait for it, longer than one may hold rows: that is
 * its fault, and neither theirs nor the server's size. */
static void
a_frozen_standby(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	char text[2048] = "";
	pid_t child;
	int said;

	(void)state;
	pair_do("cut");
	child = asks(0, FIRST, id, 1000);
	pair_until(PAIR_PRIMARY,
	    "SELECT (xact_start < clock_timestamp() - interval '5.1 "
	    "s')::int " SYNC);
	/* that of the first request, or that it keeps out the second */
	said = was_told(child);
	assert_true(said == SAID(-1, false, PG_UNKNOWN) ||
	    said == SAID(-1, false, PG_BUSY));
	pair_health(1, text, take_finding);
	if (strstr(text,
		"1 sessions wait for a standby: two (127.0.0.1) does "
		"not answer") == NULL ||
	    strchr(text, '\n') != text + strlen(text) - 1)
		fail_msg("%s", text);
}

/* What a stolen host asks, as its own client would. */
static void
thief_says(struct store *s, const char *text)
{
	PGresult *r;

	assert_int_equal(pg_connect(s), 0);
	assert_int_equal(
	    pq.PQsendQueryParams(s->conn, text, 0, NULL, NULL, NULL, NULL, 0),
	    1);
	while ((r = pq.PQgetResult(s->conn)) != NULL)
		pq.PQclear(r);
}

/* Looks at the state there as it is now, and goes on. */
static PGconn *
thief_at_the_standby(void)
{
	char where[256];
	PGconn *conn;

	snprintf(where, sizeof(where),
	    "host=localhost port=%lld dbname=twofa user=twofa_h0 "
	    "password=" POSTGRES_PASSWORD,
	    (long long)pair_sql(PAIR_STANDBY, "SHOW port"));
	conn = PQconnectdb(where);
	PQclear(PQexec(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ"));
	PQclear(PQexec(conn, "SELECT twofa_v1.version()"));
	assert_int_equal(PQtransactionStatus(conn), PQTRANS_INTRANS);
	return conn;
}

/* A stolen host holds a row until the standby shows what it did, where a query
 * of its own keeps the standby from that. What a login waits for the standby
 * has: such a wait is no login's. */
static void
held_until_it_is_shown(void **state)
{
	static const struct limits_of_guesses usual = { 6, 30, 900, 100 };
	struct store *thief = pair_open(0, FIRST, 10000, false), *s;
	struct store_guess_token token;
	int64_t wait_s, began;
	PGconn *query;

	(void)state;
	assert_non_null(thief);
	query = thief_at_the_standby();
	for (int i = 0; i < 400; i++)
		thief_says(thief,
		    "SELECT twofa_v1.pass_over('(1,0,\"\",\"\",\"\",0)', "
		    "'one', 1000)");
	thief_says(thief, "BEGIN");
	thief_says(thief,
	    "SELECT * FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\",0)', "
	    "'alice', '192.0.2.0/24', '(6,30,900,100)')");
	thief_says(thief, "SET LOCAL synchronous_commit = remote_apply");
	assert_int_equal(pq.PQsendQueryParams(thief->conn, "COMMIT", 0, NULL,
			     NULL, NULL, NULL, 0),
	    1);
	pair_until(PAIR_PRIMARY,
	    "SELECT (xact_start < clock_timestamp() - interval '5.1 "
	    "s')::int " SYNC);
	began = frame_clock_ms();
	s = pair_open(1, SECOND, 10000, false);
	assert_non_null(s);
	assert_int_equal(
	    store_guess_take(s, USER, "192.0.2.0/24", &usual, &token, &wait_s),
	    GUESS_OPEN);
	assert_in_range(frame_clock_ms() - began, 900, 4000);
	store_close(s);
	store_close(thief);
	PQfinish(query);
}

#define LOST 40 /* ids: more than a server sets aside at a time */

/* The standby has never heard of codes that were sent last. No other code has
 * the id of one of these, or it would let in who waits for the lost one. */
static void
ids_that_were_lost(void **state)
{
	char user[16], request[16];
	int64_t lost[LOST];
	struct store *s;

	(void)state;
	pair_do("cut");
	for (int i = 0; i < LOST; i++) {
		snprintf(user, sizeof(user), "lost%d", i);
		lost[i] = pair_code(0, FIRST, user, user);
	}
	pair_do("kill");
	pair_do("promote");
	s = pair_open(0, FIRST, 10000, false);
	assert_non_null(s);
	for (int i = 0; i < 2 * LOST; i++) {
		int64_t id;

		snprintf(request, sizeof(request), "new-%d", i);
		id = pair_code(1, SECOND, request, request);
		for (int n = 0; n < LOST; n++)
			if (lost[n] == id)
				fail_msg("with %s a login of %s is told %d",
				    request, USER,
				    pair_finish(s, lost[n], USER, request));
	}
	store_close(s);
}

#define SESSIONS 50

/* Of five hosts, all with the same code, all at once. */
static void
one_code_in_fifty_sessions(void **state)
{
	const int64_t id = pair_code(0, FIRST, USER, REQUEST);
	unsigned told[4] = { 0 };
	pid_t child[SESSIONS];
	int gate[2], said;
	char byte;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	for (unsigned i = 0; i < SESSIONS; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0) {
			struct store *s = pair_open(
			    i % PAIR_HOSTS, FIRST + (int64_t)i, 10000, false);

			close(gate[1]);
			if (s == NULL || read(gate[0], &byte, 1) != 0)
				_exit(NO_STATE);
			ask_and_end(s, id);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (unsigned i = 0; i < SESSIONS; i++) {
		said = was_told(child[i]);
		assert_int_not_equal(said, NO_STATE);
		told[said & 3]++;
	}
	assert_int_equal(told[1], 1);
	assert_int_equal(told[0], SESSIONS - 1);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

UNIT_TESTS(test_pg_pair)
{
	const struct CMUnitTest tests[] = {
		TEST(one_code_in_fifty_sessions),
		TEST(a_cancelled_wait),
		TEST(split_brain),
		TEST(a_backend_is_killed),
		TEST(the_primary_is_killed),
		TEST(an_old_primary_comes_back),
		TEST(a_frozen_standby),
		TEST(held_until_it_is_shown),
		TEST(ids_that_were_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
