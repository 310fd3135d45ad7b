/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds of a fail-over: sessions of several hosts have the same codes right
 * while the primary is killed; then they ask the promoted standby. A code lets
 * one session in, the same one before and after, over all rounds. FAILOVER=
 * says how many rounds (make failover: 208).
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wire/wire.h"
#include "tests/support/state/pair.h"
#include "tests/support/unit_tests.h"

#define CODES 6
#define RIVALS 3 /* sessions that have the same code */
#define SESSIONS (CODES * RIVALS)
#define WINDOWS 30 /* of the storm */
#define WAIT_MS 60000
#define NEVER (-2)

enum gate { TYPED, PROMOTED, OTHERS_ASKED, GATES };

/* When the primary dies. */
enum point {
	AT_ANY_TIME,  /* some milliseconds after the codes were typed */
	REPLIES_HELD, /* finish is done, and no reply has arrived */
	FIRST_YES,    /* somebody has just been told yes */
	STANDBY_SLOW, /* commits wait for the standby */
	ROUNDS,       /* one for each of these, if FAILOVER does not say */
	STANDBY_FROZEN = ROUNDS, /* its processes stand still until then */
	DISK_FULL,               /* the primary's, some moments before */
	STORM,                   /* others begin and end logins meanwhile */
	POINTS,
};

/* What session n was told before the end and after it; the others'. */
static struct table {
	volatile int before[SESSIONS], after[SESSIONS];
	int64_t id[CODES];
} * told;

struct tally {
	unsigned acknowledged; /* before the end */
	unsigned twice;        /* let in beside another session */
	unsigned nobody, forgotten;
};

static void
names(unsigned code, char user[16], char request[16])
{
	snprintf(user, 16, "user%u", code);
	snprintf(request, 16, "req-%u", code);
}

static void
wait_for(int gate)
{
	char byte;

	/* until the parent closes its end: all at once */
	if (read(gate, &byte, 1) != 0)
		_exit(1);
}

/* The guess before it; so its connection is open when the gate opens. */
static bool
guess(struct store *s, unsigned n, const char *user)
{
	const struct limits_of_guesses limits = { 1000, 1000, 1, 0 };
	const struct store_attempt a = { user, "192.0.2.0/24", &limits,
		told->id[n / RIVALS], 1000, NULL };
	struct store_attempted out;

	(void)store_guess_take_with_try(s, &a, &out);
	return out.tried == TRY_COUNTED;
}

/* A starved machine does not let it connect in time: it is busy then. */
static struct store *
open_when_not_busy(unsigned n)
{
	const int64_t limit = frame_clock_ms() + WAIT_MS;
	struct store *s;

	do
		s = pair_open(n % PAIR_HOSTS, 100 + n, 10000, false);
	while (s == NULL && store_failure(NULL) == STORE_BUSY &&
	    frame_clock_ms() < limit);
	return s;
}

static void
session(unsigned n, int ready, const int gates[GATES])
{
	struct store *s = open_when_not_busy(n);
	const int64_t limit = frame_clock_ms() + WAIT_MS;
	char user[16], request[16];

	names(n / RIVALS, user, request);
	if (s == NULL || !guess(s, n, user) || write(ready, "", 1) != 1)
		_exit(1);
	wait_for(gates[TYPED]);
	told->before[n] = pair_finish(s, told->id[n / RIVALS], user, request);
	/* whoever was told yes comes last: the others try to be it as well */
	wait_for(gates[told->before[n] == 1 ? OTHERS_ASKED : PROMOTED]);
	while ((told->after[n] = pair_finish(
		    s, told->id[n / RIVALS], user, request)) == -1 &&
	    frame_clock_ms() < limit)
		continue;
	store_close(s);
	_exit(0);
}

static void
begin_codes(void)
{
	char user[16], request[16];

	for (unsigned i = 0; i < CODES; i++) {
		names(i, user, request);
		told->id[i] = pair_code(0, 100 + i * RIVALS, user, request);
	}
	for (unsigned n = 0; n < SESSIONS; n++)
		told->before[n] = told->after[n] = NEVER;
}

static void
pause_us(long us)
{
	const struct timespec t = { .tv_nsec = us * 1000 };

	nanosleep(&t, NULL);
}

/* Everybody has, or there is one; not for ever. */
static void
until_told(bool everybody)
{
	const int64_t limit = frame_clock_ms() + WAIT_MS;

	for (;;) {
		unsigned yes = 0, none = 0;

		for (unsigned n = 0; n < SESSIONS; n++) {
			yes += told->before[n] == 1;
			none += told->before[n] == NEVER;
		}
		if (everybody ? none == 0 : yes > 0)
			return;
		if (frame_clock_ms() > limit)
			fail_msg("%u were told yes, %u nothing", yes, none);
		pause_us(100);
	}
}

/* Until the primary is to die; gate is what lets the sessions ask. */
static void
come_to(enum point point, unsigned round, int gate)
{
	if (point == REPLIES_HELD)
		pair_do("hold");
	if (point == STANDBY_SLOW)
		pair_do("delay 15");
	close(gate);
	switch (point) {
	case REPLIES_HELD:
		pair_until(PAIR_STANDBY, "SELECT count(*) FROM twofa.used");
		break;
	case FIRST_YES:
		until_told(false);
		break;
	case STANDBY_FROZEN:
		pause_us((long)(round * 2654435761u % 40000));
		pair_do("freeze");
		pause_us(20000);
		break;
	case DISK_FULL:
		pause_us((long)(round * 2654435761u % 40000));
		pair_do("fill");
		pause_us(20000);
		break;
	case AT_ANY_TIME:
	case STANDBY_SLOW:
	case STORM:
		pause_us((long)(round * 2654435761u % 40000));
		break;
	case POINTS:
		break;
	}
}

/* One of many windows that nobody answers. */
static _Noreturn void
window(unsigned n)
{
	const struct store_key key = { "other", "other", "one", "type",
		{ NULL } };
	struct store_row row;
	struct store *s;

	(void)!freopen("/dev/null", "we", stderr);
	for (int64_t session = 10000 + n * 1000;; session++) {
		s = pair_open(n % PAIR_HOSTS, session, 10000, false);
		if (s == NULL)
			continue;
		(void)store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row);
		store_close(s);
	}
}

static void
storm(pid_t windows[WINDOWS], bool begins)
{
	for (unsigned n = 0; n < WINDOWS; n++) {
		if (begins) {
			windows[n] = fork();
			assert_true(windows[n] >= 0);
			if (windows[n] == 0)
				window(n);
			continue;
		}
		assert_int_equal(kill(windows[n], SIGKILL), 0);
		assert_int_equal(waitpid(windows[n], NULL, 0), windows[n]);
	}
}

static struct tally
count(void)
{
	struct tally t = { 0 };

	for (unsigned c = 0; c < CODES; c++) {
		unsigned in = 0;

		for (unsigned n = c * RIVALS; n < (c + 1) * RIVALS; n++) {
			t.acknowledged += told->before[n] == 1;
			t.forgotten +=
			    told->before[n] == 1 && told->after[n] != 1;
			in += told->before[n] == 1 || told->after[n] == 1;
		}
		t.twice += in > 1 ? in - 1 : 0;
		t.nobody += in == 0;
	}
	return t;
}

/* The sessions, all of which are ready to ask. */
struct crowd {
	pid_t pid[SESSIONS];
	int gates[GATES];
};

static void
start(struct crowd *c)
{
	int ready[2], gates[GATES][2], in[GATES];
	struct pollfd p;
	char byte;

	assert_int_equal(pipe(ready), 0);
	for (int i = 0; i < GATES; i++) {
		assert_int_equal(pipe(gates[i]), 0);
		in[i] = gates[i][0];
		c->gates[i] = gates[i][1];
	}
	for (unsigned n = 0; n < SESSIONS; n++) {
		c->pid[n] = fork();
		assert_true(c->pid[n] >= 0);
		if (c->pid[n] != 0)
			continue;
		for (int i = 0; i < GATES; i++)
			close(gates[i][1]);
		session(n, ready[1], in);
	}
	p = (struct pollfd){ .fd = ready[0], .events = POLLIN };
	for (unsigned n = 0; n < SESSIONS; n++) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_int_equal(read(ready[0], &byte, 1), 1);
	}
	close(ready[0]);
	close(ready[1]);
	for (int i = 0; i < GATES; i++)
		close(in[i]);
}

/* Those that were told yes before the end, or the others. */
static void
reap(struct crowd *c, bool yes)
{
	int status;

	for (unsigned n = 0; n < SESSIONS; n++) {
		if ((told->before[n] == 1) != yes)
			continue;
		assert_int_equal(waitpid(c->pid[n], &status, 0), c->pid[n]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* before: a command of the pair's, "": none. */
static struct tally
play(unsigned round, enum point point, const char *before)
{
	pid_t windows[WINDOWS];
	struct crowd c;

	begin_codes();
	if (point == STORM) /* before there are gates, which it would hold */
		storm(windows, true);
	start(&c);
	if (before[0] != '\0')
		pair_do(before);
	come_to(point, round, c.gates[TYPED]);
	pair_do("kill");
	pair_do("promote");
	if (point == STORM)
		storm(windows, false);
	until_told(true);
	close(c.gates[PROMOTED]);
	reap(&c, false);
	close(c.gates[OTHERS_ASKED]);
	reap(&c, true);
	return count();
}

static void
add(struct tally *sum, struct tally t)
{
	sum->acknowledged += t.acknowledged;
	sum->twice += t.twice;
	sum->nobody += t.nobody;
	sum->forgotten += t.forgotten;
}

static int
share(void **state)
{
	(void)state;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED ? -1 : 0;
}

static void
no_code_lets_in_twice(void **state)
{
	const char *wanted = getenv("FAILOVER");
	const unsigned rounds =
	    wanted == NULL ? ROUNDS : (unsigned)strtoul(wanted, NULL, 10);
	const unsigned points = wanted == NULL ? ROUNDS : POINTS;
	struct tally sum = { 0 };

	(void)state;
	for (unsigned i = 0; i < rounds; i++) {
		pair_start();
		add(&sum, play(i, (enum point)(i % points), ""));
	}
	print_message("%u rounds: %u were let in before the end, %u twice, "
		      "%u codes let nobody in, %u sessions were forgotten\n",
	    rounds, sum.acknowledged, sum.twice, sum.nobody, sum.forgotten);
	assert_int_equal(sum.twice, 0);
	assert_int_equal(sum.nobody, 0);
	assert_int_equal(sum.forgotten, 0);
	assert_true(sum.acknowledged > 0);
}

/* That the count can see one: without a standby to wait for, what was used up
 * is lost with the primary. */
static void
without_a_standby_it_does(void **state)
{
	struct tally t;

	(void)state;
	pair_start();
	pair_sql(
	    PAIR_PRIMARY, "ALTER SYSTEM SET synchronous_standby_names = ''");
	pair_sql(PAIR_PRIMARY, "SELECT pg_reload_conf()");
	pair_until(PAIR_PRIMARY,
	    "SELECT (current_setting('synchronous_standby_names') = '')"
	    "::int");
	t = play(0, FIRST_YES, "cut");
	assert_true(t.twice > 0);
	assert_true(t.forgotten > 0);
}

UNIT_TESTS(test_pg_failover)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_standby_it_does),
		cmocka_unit_test(no_code_lets_in_twice),
	};

	return cmocka_run_group_tests(tests, share, NULL);
}
