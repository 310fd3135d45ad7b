/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alarm of whoever holds a lock of the state, and the wait of the others:
 * no lock is held with the process's own alarm, which comes back each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/store/sqlite/sqlite.h"
#include "lib/wire/wire.h"
#include "tests/seams/slowsync.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define OWN_S 100
#define NOW INT64_C(1000000)
/* Places of SQLite's locks: in the index, and in the database. */
#define WRITE_BYTE 120
#define COPY_BYTE 121
#define RECOVER_BYTE 122
#define OPEN_BYTE 128
#define RESERVED_BYTE 0x40000001
#define PLACES 10

static bool watching, copying;
static int64_t writing_ms; /* what the timer had at the lock for writing */
static unsigned tries[PLACES], queue_tries, untimed;

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };

static int64_t
timer_ms(void)
{
	struct itimerval now;

	assert_int_equal(getitimer(ITIMER_REAL, &now), 0);
	return now.it_value.tv_sec * INT64_C(1000) +
	    now.it_value.tv_usec / 1000;
}

static void
timer_start(unsigned seconds)
{
	const struct itimerval own = { .it_value.tv_sec = seconds };

	assert_int_equal(setitimer(ITIMER_REAL, &own, NULL), 0);
}

static void
timer_is_own(void)
{
	assert_int_equal(untimed, 0);
	assert_in_range(timer_ms(), (OWN_S - 40) * 1000, OWN_S * 1000);
}

static void
timer_is_short(int64_t most)
{
	assert_in_range(timer_ms(), 1, most);
}

/* SQLite is in the middle of something: no assertion may end it there. */
static void
try_is_short(int64_t most)
{
	int64_t left = timer_ms();

	if (left < 1 || left > most)
		untimed++;
}

/* In the place of libc's. */
int
flock(int fd, int how)
{
	if (watching && (how & LOCK_EX) != 0) {
		queue_tries++;
		try_is_short(ALARM_HELD_MS);
	}
	return (int)syscall(SYS_flock, fd, how);
}

/* Which of the tries it is; others are of no interest. */
static unsigned
place(off_t at)
{
	if (at >= WRITE_BYTE && at <= OPEN_BYTE)
		return (unsigned)(at - WRITE_BYTE);
	return PLACES - 1;
}

/* Behind the lock for writing the timer only runs down. */
static void
try_is_timed(off_t at)
{
	bool copies = copying || at == COPY_BYTE;
	int64_t most = copies ? ALARM_COPY_MS : ALARM_HELD_MS;

	tries[place(at)]++;
	if (at == WRITE_BYTE)
		most = ALARM_HELD_MS;
	if (writing_ms > 0)
		most = writing_ms;
	try_is_short(most);
}

static void
lock_changed(off_t at, bool got)
{
	if (at == COPY_BYTE)
		copying = got;
	if (at == WRITE_BYTE)
		writing_ms = got ? timer_ms() : 0;
}

static int
watched_fcntl(int fd, int what, ...)
{
	const struct flock *l;
	va_list ap;
	void *arg;
	int rc;

	va_start(ap, what);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (what != F_SETLK)
		return fcntl(fd, what, arg);
	l = arg;
	if (l->l_type != F_UNLCK)
		try_is_timed(l->l_start);
	rc = fcntl(fd, what, arg);
	if (rc == 0)
		lock_changed(l->l_start, l->l_type != F_UNLCK);
	return rc;
}

/* SQLite's tries for a lock are looked at, or not any more. */
static void
watch(bool on)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

	assert_non_null(vfs);
	assert_int_equal(vfs->xSetSystemCall(vfs, "fcntl",
			     on ? (sqlite3_syscall_ptr)watched_fcntl : NULL),
	    SQLITE_OK);
	watching = on;
	memset(tries, 0, sizeof(tries));
	queue_tries = untimed = 0;
	writing_ms = 0;
}

static int
set_up(void **state)
{
	slowsync_s = 0;
	return box_set_up_empty(state);
}

static int
tear_down(void **state)
{
	watch(false);
	timer_start(0);
	store_set_deadline(0);
	return box_tear_down(state);
}

/* Some of everything that a login does. */
static void
log_in(struct store *s, int64_t session)
{
	struct store_row row;
	char id[32];

	snprintf(id, sizeof(id), "req-%lld", (long long)session);
	assert_int_equal(at_claim(s, &key, METHOD_ALL, METHOD_SMS, session, NOW,
			     15000, &row),
	    CLAIM_NEW);
	timer_is_own();
	assert_int_equal(at_started(s, row.id, session, id, METHOD_SMS, NOW,
			     NOW + 300000, 0),
	    0);
	timer_is_own();
	assert_int_equal(at_look(s, row.id, NOW, &row), 1);
	timer_is_own();
	assert_int_equal(box_try(s, row.id, 3, NOW, &row), TRY_COUNTED);
	timer_is_own();
	assert_int_equal(plain_finish(s, row.id, id), 1);
	timer_is_own();
	assert_int_equal(plain_finish(s, row.id, id), 1); /* it asks again */
	timer_is_own();
}

static void
no_lock_with_the_own_alarm(void **state)
{
	struct statebox *b = *state;

	timer_start(OWN_S);
	watch(true);
	b->s = box_open(b); /* is made, in the older journal */
	assert_non_null(b->s);
	timer_is_own();
	assert_true(tries[PLACES - 1] > 0 && queue_tries > 0);
	for (int again = 0; again < 2; again++) {
		store_close(b->s);
		timer_is_own();
		memset(tries, 0, sizeof(tries));
		b->s = box_open(b);
		assert_non_null(b->s);
		timer_is_own();
		assert_true(tries[OPEN_BYTE - WRITE_BYTE] > 0);
		assert_true(tries[WRITE_BYTE - WRITE_BYTE] > 0);
		log_in(b->s, again + 1);
	}
	b->s->frames = 200;
	sqlite_reserve_restart_wal(b->s);
	timer_is_own();
}

/* 4,000 frames: copied, and at last waited for the readers. */
static void
no_copy_with_the_own_alarm(void **state)
{
	struct statebox *b = *state;

	timer_start(OWN_S);
	b->s = box_open(b);
	assert_non_null(b->s);
	watch(true);
	for (int n = 0; n < 8; n++) {
		assert_int_equal(sqlite_write_begin(b->s), 0);
		assert_int_equal(
		    sqlite_run(
			b->s, "UPDATE reserve SET filler = randomblob(4000)"),
		    0);
		assert_int_equal(sqlite_commit(b->s), 0);
		timer_is_own();
	}
	assert_true(tries[COPY_BYTE - WRITE_BYTE] > 0);
}

/* alarm(), which knows seconds alone, would never come. */
static void
own_alarm_does_not_drift(void **state)
{
	struct statebox *b = *state;
	int64_t begun = frame_clock_ms(), gone;

	timer_start(OWN_S);
	b->s = box_open(b);
	for (int i = 1; i <= 300; i++)
		log_in(b->s, i);
	gone = frame_clock_ms() - begun;
	assert_in_range(
	    timer_ms() + gone, OWN_S * 1000 - 200, OWN_S * 1000 + 200);
}

static void
not_set_anew_behind_the_lock(void **state)
{
	struct statebox *b = *state;
	const struct timespec pause = { .tv_nsec = 300000000 };
	struct sqlite_query q;
	int64_t pages = 0;

	timer_start(OWN_S);
	b->s = box_open(b);
	assert_int_equal(sqlite_write_begin(b->s), 0);
	timer_is_short(ALARM_HELD_MS);
	assert_true(sqlite_is_writing());
	nanosleep(&pause, NULL);
	sqlite_query_open(&q, b->s, "SELECT count(*) FROM reserve");
	assert_int_equal(sqlite_query_read_value(&q, &pages), 1);
	assert_int_equal(
	    sqlite_run(b->s, "UPDATE reserve SET filler = 'x' WHERE id = 1"),
	    0);
	timer_is_short(ALARM_HELD_MS - 300);
	sqlite_rollback(b->s);
	timer_is_own();
	assert_false(sqlite_is_writing());
}

/* The helper's last stop is not put off. */
static void
nearer_one_stays(void **state)
{
	struct statebox *b = *state;

	timer_start(2);
	b->s = box_open(b);
	assert_int_equal(sqlite_write_begin(b->s), 0);
	timer_is_short(2000);
	sqlite_rollback(b->s);
	timer_is_short(2000);
}

static void
none_where_there_is_none(void **state)
{
	struct statebox *b = *state;

	b->s = box_open(b);
	assert_int_equal(sqlite_write_begin(b->s), 0);
	assert_int_equal(timer_ms(), 0);
	sqlite_rollback(b->s);
	assert_int_equal(timer_ms(), 0);
}

/* A process with an own alarm that takes the lock, writes a byte when it has it
 * and waits until it is ended. */
static pid_t
holder_start(const struct statebox *b)
{
	int ready[2];
	char byte = 'r';
	struct store *s;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		timer_start(OWN_S);
		s = box_open(b);
		if (s == NULL || sqlite_write_begin(s) != 0 ||
		    write(ready[1], &byte, 1) != 1)
			_exit(BOX_FAILED);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
whoever_holds_it_is_ended(void **state)
{
	struct statebox *b = *state;
	struct store_row row;
	int64_t begun;
	int status;
	pid_t pid;

	b->s = box_open(b);
	begun = frame_clock_ms();
	pid = holder_start(b);
	/* others wait, and outlive it, with such an alarm of their own */
	timer_start(OWN_S);
	assert_int_equal(
	    at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_NEW);
	timer_is_own();
	assert_in_range(frame_clock_ms() - begun, 3500, 6000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

/* Several of them: longer than an alarm, longer than the wait once was. */
static void
others_outlive_several(void **state)
{
	struct statebox *b = *state;
	struct store_row row;
	pid_t first, waiter, second;
	int status;

	b->s = box_open(b);
	first = holder_start(b);
	waiter = fork();
	assert_true(waiter >= 0);
	if (waiter == 0) {
		timer_start(OWN_S);
		store_close(b->s);
		b->s = box_open(b);
		_exit(b->s == NULL ||
		    at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000,
			&row) != CLAIM_NEW);
	}
	assert_int_equal(waitpid(first, &status, 0), first);
	second = holder_start(b);
	assert_int_equal(waitpid(second, &status, 0), second);
	assert_int_equal(waitpid(waiter, &status, 0), waiter);
	assert_int_equal(status, 0);
}

/* How a process ends whose one commit waits so long for the disk. */
static int
commit_slowly(const struct statebox *b, unsigned seconds)
{
	struct store *s;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		timer_start(OWN_S);
		s = box_open(b);
		if (s == NULL || sqlite_write_begin(s) != 0 ||
		    sqlite_run(s,
			"UPDATE reserve SET filler = 'slow' || random()"
			" WHERE id = 1") != 0)
			_exit(BOX_FAILED);
		slowsync_s = seconds;
		_exit(sqlite_commit(s) == 0 ? 0 : BOX_FAILED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
slow_disk_is_waited_for(void **state)
{
	struct statebox *b = *state;
	int status;

	b->s = box_open(b);
	assert_int_equal(commit_slowly(b, 3), 0);
	assert_int_equal(
	    box_sql(
		b, "SELECT count(*) FROM reserve WHERE filler LIKE 'slow%'"),
	    1);
	status = commit_slowly(b, 6);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	timer_start(OWN_S);
	log_in(b->s, 9);
}

/* A reader that stays keeps the log from beginning again. Whoever waits for it
 * holds the lock, and gives up before its alarm. */
static void
reader_that_stays(void **state)
{
	struct statebox *b = *state;
	sqlite3_stmt *st = NULL;
	int64_t begun, longest = 0;
	sqlite3 *db;

	b->s = box_open(b);
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT id FROM reserve", -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	timer_start(OWN_S);
	watch(true);
	for (int i = 0; i < 40 && longest < 1000; i++) {
		begun = frame_clock_ms();
		assert_int_equal(sqlite_write_begin(b->s), 0);
		assert_int_equal(
		    sqlite_run(
			b->s, "UPDATE reserve SET filler = randomblob(4000)"),
		    0);
		assert_int_equal(sqlite_commit(b->s), 0);
		timer_is_own();
		if (frame_clock_ms() - begun > longest)
			longest = frame_clock_ms() - begun;
	}
	assert_in_range(longest, 2500, ALARM_HELD_MS);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* Another program's, which has no alarm. How long the store waited for it. */
static int64_t
wait_in_vain(const struct statebox *b)
{
	int64_t begun;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	begun = frame_clock_ms();
	assert_int_equal(plain_finish(b->s, 1, "req"), -1);
	begun = frame_clock_ms() - begun;
	sqlite3_close(db);
	timer_is_own();
	return begun;
}

/* A process that opens the state while another is about to make its log's
 * index, for 12 s: longer than SQLite waits for that, and than an alarm. */
static pid_t
open_slowly(void)
{
	struct statebox *b;
	char path[128];
	int fd, status;
	struct flock l = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = OPEN_BYTE,
		.l_len = 1 };
	pid_t opener, pid = fork();

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	set_up((void **)&b);
	store_close(box_open(b));
	snprintf(path, sizeof(path), "%s-shm", b->path);
	fd = open(path, O_RDWR);
	if (fd < 0 || fcntl(fd, F_SETLK, &l) != 0)
		_exit(BOX_FAILED);
	opener = fork();
	if (opener == 0) {
		timer_start(OWN_S);
		_exit(box_open(b) == NULL);
	}
	/* the time is the subject */
	sleep(12);
	close(fd);
	status = waitpid(opener, &status, 0) == opener ? status : -1;
	box_tear_down((void **)&b);
	_exit(status != 0);
}

static void
wait_has_an_end(void **state)
{
	struct statebox *b = *state;
	pid_t opener = open_slowly();
	int64_t began;
	int status;

	b->s = box_open(b);
	timer_start(OWN_S);
	began = frame_clock_ms();
	store_set_deadline(began + 1500);
	(void)wait_in_vain(b);
	assert_in_range(frame_clock_ms() - began, 1400, 3000);
	assert_non_null(strstr(store_cause(b->s), "locked for 1 s"));
	store_set_deadline(0);
	assert_in_range(wait_in_vain(b), 19900, 22000);
	assert_non_null(strstr(store_cause(b->s), "locked for 20 s"));
	assert_int_equal(waitpid(opener, &status, 0), opener);
	assert_int_equal(status, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_TESTS(test_sqlite_alarm)
{
	const struct CMUnitTest tests[] = {
		TEST(no_lock_with_the_own_alarm),
		TEST(no_copy_with_the_own_alarm),
		TEST(own_alarm_does_not_drift),
		TEST(not_set_anew_behind_the_lock),
		TEST(nearer_one_stays),
		TEST(none_where_there_is_none),
		TEST(whoever_holds_it_is_ended),
		TEST(others_outlive_several),
		TEST(slow_disk_is_waited_for),
		TEST(reader_that_stays),
		TEST(wait_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
