/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill -9 at any moment: the next login works, and nothing that may be used
 * once works twice. Half of the logins are killed at a random call to the
 * system, the others at a random time, half of each in a broker, which writes a
 * transaction at once. Who enrols, or changes what is theirs, is killed at each
 * call.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "helper/store/store_fleet.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define ROUNDS 100
#define BOOT_NOW INT64_C(1000000)

static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
static const struct limits_of_guesses limits = { 6, 30, 900, 0 };

/* What a login reports before it is killed; shared with the parent. */
struct report {
	volatile int calls;          /* to the system so far */
	volatile int asked, granted; /* bits: sms, recovery code, TOTP */
};
#define SMS 1
#define RECOVERY 2
#define TOTP 4

static struct report *report;
static int kill_at; /* 0: never */

static void
count_call(void)
{
	if (++report->calls == kill_at)
		raise(SIGKILL);
}

static ssize_t
counted_pwrite(int fd, const void *data, size_t len, off_t at)
{
	count_call();
	return pwrite(fd, data, len, at);
}

static int
counted_ftruncate(int fd, off_t len)
{
	count_call();
	return ftruncate(fd, len);
}

/* Locks; SQLite's other commands take a number or nothing. */
static int
counted_fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	count_call();
	return fcntl(fd, command, arg);
}

static void
count_calls(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)counted_pwrite);
	vfs->xSetSystemCall(
	    vfs, "pwrite64", (sqlite3_syscall_ptr)counted_pwrite);
	vfs->xSetSystemCall(
	    vfs, "ftruncate", (sqlite3_syscall_ptr)counted_ftruncate);
	vfs->xSetSystemCall(vfs, "fcntl", (sqlite3_syscall_ptr)counted_fcntl);
}

static int
grant(int what, bool yes)
{
	if (yes)
		report->granted |= what;
	return yes;
}

/* What a login of this user brings with it in this round. */
static struct store_right
right_of(const char *user, int round)
{
	static unsigned char binding[STORE_REMEMBERED_LEN];
	static char service[32];

	snprintf(service, sizeof(service), "service%d", round);
	binding[0] = (unsigned char)round;
	binding[1] = (unsigned char)(round >> 8);
	return (struct store_right){ .user = user,
		.source = "uid:1",
		.service = service,
		.method = METHOD_SMS,
		.provider = "",
		.binding = binding,
		.remember_s = 1000000,
		.idle_s = 1000000 };
}

static int
use_recovery(struct store *s, int round)
{
	const struct store_right right = right_of("bob", round);
	struct store_recovery list[STORE_CODES_MAX];
	struct store_recovery used;
	unsigned left;

	if (store_recovery_list(s, "bob", list) != 1)
		return 0;
	assert_int_equal(
	    recovery_code_hash(list[0].salt, codes[0], list[0].hash), 0);
	return store_recovery_claim(s, list, 1, &right, &used, &left);
}

/* Use what this round has; each at most once. */
static void
use_up(struct store *s, int64_t row, int round)
{
	const struct store_right alice = right_of("alice", round);
	const struct store_right carol = right_of("carol", round);
	char id[32];
	const struct store_finish f = { .id = row, .request_id = id };

	snprintf(id, sizeof(id), "a%d", round);
	report->asked |= SMS;
	grant(SMS, store_row_finish(s, &f, &alice) == 1);
	report->asked |= RECOVERY;
	grant(RECOVERY, use_recovery(s, round) == 1);
	report->asked |= TOTP;
	grant(TOTP, plain_totp_right(s, NULL, round, &carol, NULL) == 1);
}

/* A whole login of somebody. 0, or -1: an operation failed. */
static int
login(struct store *s, const char *user, const char *number, int round,
    int64_t *row_id)
{
	const struct store_key key = { user, number, "one", "type", { NULL } };
	const struct store_send_key from = { user, number, "uid:1", false,
		CARRIED_NOT, false, false };
	const struct limits_of_sends none = {
		.spend_day = -1, .spend_month = -1, .price = 1
	};
	int64_t now = BOOT_NOW + round * INT64_C(1000000), wait_s, id;
	int64_t wall = 1790000000 + round * INT64_C(1000);
	struct store_guess_token token;
	struct store_row row;
	const char *which;
	char request[32];

	snprintf(request, sizeof(request), "%c%d", user[0], round);
	if (at_send_take(s, &from, &none, wall, &id, &wait_s, &which) !=
		SEND_TAKEN ||
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, round + 1, now, 15000,
		&row) != CLAIM_NEW ||
	    at_started(s, row.id, round + 1, request, METHOD_SMS, now,
		now + 300000, 0) != 0 ||
	    at_guess_take(s, user, "uid:1", &limits, wall, &token, &wait_s) !=
		GUESS_OPEN ||
	    box_try(s, row.id, 3, now, &row) != TRY_COUNTED)
		return -1;
	*row_id = row.id;
	return store_guess_reset_after_right(s, user, "uid:1");
}

static bool
is_broker(int round)
{
	return round / 2 % 2 != 0;
}

/* The one that is killed. prepared: the row that it will use up. */
static void
victim(const struct statebox *b, int64_t prepared, int round, long timer_ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value.tv_nsec = timer_ns };
	char user[32]; /* their guesses stay counted */
	int64_t row = 0;
	struct store *s;
	timer_t timer;

	snprintf(user, sizeof(user), "dave%d", round);
	count_calls();
	if (timer_ns > 0 &&
	    (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
		timer_settime(timer, 0, &when, NULL)))
		_exit(BOX_FAILED);
	s = box_open(b);
	if (s == NULL)
		_exit(BOX_FAILED);
	if (is_broker(round))
		store_set_session(s,
		    &(struct store_session){
			.host = STORE_HOST, .keys = b->dir });
	if (login(s, user, "+12025550199", round, &row) != 0) {
		fprintf(stderr, "%s\n", store_cause(s));
		_exit(BOX_FAILED);
	}
	use_up(s, prepared, round);
	store_close(s);
	_exit(0);
}

/* 0: it came to its end; 1: it was killed. */
static int
run_victim(const struct statebox *b, int64_t prepared, int round, int call,
    long timer_ns)
{
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	kill_at = call;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		victim(b, prepared, round, timer_ns);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kill_at = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 1;
	assert_int_equal(status, 0);
	return 0;
}

/* Is there a row of this user's right code in this round? */
static bool
came(const struct statebox *b, const char *table, const char *which,
    const char *user)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM %s WHERE user = '%s' AND %s", table, user,
	    which);
	return box_sql(b, sql) == 1;
}

/* A code that is used has brought all with it; one that is there, nothing. */
static void
check_user(const struct statebox *b, bool used, const char *user, int round)
{
	char service[48], binding[64];

	snprintf(service, sizeof(service), "service = 'service%d'", round);
	snprintf(binding, sizeof(binding),
	    "hex(substr(binding, 1, 2)) = '%02X%02X'", round & 0xff,
	    round >> 8);
	assert_int_equal(came(b, "passed", service, user), used);
	assert_int_equal(came(b, "grace", binding, user), used);
}

static void
check_whole(const struct statebox *b, int64_t prepared, int round)
{
	char sql[96];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) = 0 FROM verification WHERE id = %lld",
	    (long long)prepared);
	check_user(b, box_sql(b, sql) == 1, "alice", round);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) = 0 FROM recovery WHERE user = 'bob'");
	check_user(b, box_sql(b, sql) == 1, "bob", round);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM totp WHERE user = 'carol' AND step = %d",
	    round);
	check_user(b, box_sql(b, sql) == 1, "carol", round);
}

/* What the victim did not ask for must be there, what it got must not be. */
static void
check_once(
    const struct statebox *b, struct store *s, int64_t prepared, int round)
{
	int asked = report->asked, granted = report->granted, now;

	check_whole(b, prepared, round);
	report->granted = 0;
	use_up(s, prepared, round);
	now = report->granted;
	check_whole(b, prepared, round);
	assert_int_equal(granted & now, 0);
	assert_int_equal(~asked & (SMS | RECOVERY | TOTP) & ~now, 0);
	report->granted = 0;
	use_up(s, prepared, round);
	assert_int_equal(report->granted, 0);
}

static int64_t
elapsed_ns(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * INT64_C(1000000000) +
	    now.tv_nsec - since->tv_nsec;
}

/* One login is prepared, another is killed on its way to use that up, and the
 * next comes. */
static int
one_round(const struct statebox *b, int round, int call, long timer_ns)
{
	struct store *s = box_open(b);
	int64_t row = 0, next = 0;
	int killed;

	assert_non_null(s);
	assert_int_equal(login(s, "alice", "+12025550100", round, &row), 0);
	assert_int_equal(store_recovery_set(s, "bob", codes, 1, NULL), 0);
	store_close(s);
	killed = run_victim(b, row, round, call, timer_ns);
	s = box_open(b);
	assert_non_null(s);
	check_once(b, s, row, round);
	if (login(s, "erin", "+12025550101", round, &next) != 0)
		fail_msg("round %d: %s", round, store_cause(s));
	store_close(s);
	assert_int_equal(box_sql(b,
			     "SELECT quick_check = 'ok'"
			     " FROM pragma_quick_check LIMIT 1"),
	    1);
	return killed;
}

static void
killed_anywhere(void **state)
{
	struct statebox *b = *state;
	unsigned seed = (unsigned)time(NULL);
	int killed = 0, calls[2];
	struct timespec began;
	int64_t whole_ns[2];

	print_message("seed %u\n", seed);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(report != MAP_FAILED);
	assert_int_equal(one_round(b, 0, 0, 0), 0);
	/* how long it is when nobody kills it; a broker's first one makes the
	 * log longer */
	for (int round = 1; round < 4; round++) {
		clock_gettime(CLOCK_MONOTONIC, &began);
		assert_int_equal(run_victim(b, 0, round, 0, 0), 0);
		whole_ns[is_broker(round)] = elapsed_ns(&began);
		calls[is_broker(round)] = report->calls;
		assert_in_range(report->calls, 20, 100000);
	}
	for (int round = 4; round < ROUNDS + 4; round++) {
		const bool broker = is_broker(round);
		int call = 1 + rand_r(&seed) % calls[broker];
		long ns = 1 + (long)((int64_t)rand_r(&seed) % whole_ns[broker]);

		killed += round % 2 == 0 ? one_round(b, round, call, 0)
					 : one_round(b, round, 0, ns);
	}
	print_message("%d of %d killed\n", killed, ROUNDS);
	assert_in_range(killed, ROUNDS / 2, ROUNDS);
	munmap(report, sizeof(*report));
}

/* Enrolments, and changes by twofactl self. */

#define POINTS 200
#define ENROL_WALL ((TWOFA_DAY + 1) * INT64_C(86400))

enum kind {
	BY_INVITATION,
	CHANGED, /* the phone */
	SEVERAL, /* one more */
	CODES,
	CODES_BY_INVITATION,
	KINDS
};

static const char old_text[] = "phone = \"+12025550100\";\n";
static const char new_text[] = "phone = \"+12025550142\";\n";

struct enroller {
	enum kind kind;
	char user[16], phone[2][PHONE_MAX + 1];
	struct store_recovery invitation;
};

static bool
is_invited(const struct enroller *e)
{
	return e->kind == BY_INVITATION || e->kind == CODES_BY_INVITATION;
}

static bool
is_change(const struct enroller *e)
{
	return e->kind == CHANGED || e->kind == SEVERAL;
}

static enum store_enrolled
enrols(struct store *s, const struct enroller *e)
{
	char text[RECOVERY_SELF][RECOVERY_LEN + 1];
	const char *list[RECOVERY_SELF];
	const bool own = e->kind >= CODES;
	char phones[USER_PHONES_TEXT];
	const struct store_enrolment what = { .user = e->user,
		.text = own ? NULL : new_text,
		.codes = own ? list : NULL,
		.phone = own ? "" : e->phone[1],
		.phones = e->kind == SEVERAL ? phones : NULL,
		.by = is_invited(e) ? "invitation" : "phone",
		.invitation = is_invited(e) ? &e->invitation : NULL,
		.changes = e->kind != BY_INVITATION,
		.was = is_change(e) ? old_text : NULL };

	PRINT_TO(phones, "%s,%s", e->phone[0], e->phone[1]);
	for (size_t i = 0; i < RECOVERY_SELF; i++) {
		PRINT_TO(
		    text[i], "NEWCODE234567%c%c%c", 'A' + (int)i, 'A', 'A');
		list[i] = text[i];
	}
	return store_enrol(s, &what);
}

/* A user with what the change needs, a remembered login, and old codes. */
static void
enroller_make(const struct statebox *b, struct enroller *e, int point)
{
	static const char *const old[] = { "ABCDEFGH2345WXY2",
		"ABCDEFGH2345WXY3" };
	struct store_recovery bypass = { .use = RECOVERY_USE_BOTH,
		.until = 7200 };
	struct store_recovery list[STORE_CODES_MAX];
	int count;
	struct store *s = box_open(b);
	struct store_enrolment before = { .user = e->user,
		.text = old_text,
		.phone = e->phone[0],
		.by = "window" };
	char sql[200];

	PRINT_TO(e->user, "u%d", point);
	PRINT_TO(e->phone[0], "+1202550%04d", point);
	PRINT_TO(e->phone[1], "+1202551%04d", point);
	assert_non_null(s);
	if (is_change(e))
		assert_int_equal(store_enrol(s, &before), STORE_ENROLLED_DONE);
	if (e->kind >= CODES)
		assert_int_equal(
		    store_recovery_set(s, e->user, old, 2, NULL), 0);
	PRINT_TO(bypass.by, "%s", "root why");
	if (is_invited(e)) {
		assert_int_equal(
		    store_recovery_set(s, e->user, codes, 1, &bypass), 0);
		(void)box_sql(b, "UPDATE recovery SET kind = 2 WHERE kind = 3");
		count = store_recovery_list(s, e->user, list);
		assert_true(count > 0);
		for (int i = 0; i < count; i++)
			if (list[i].use == RECOVERY_USE_ENROL)
				e->invitation = list[i];
		assert_int_equal(recovery_code_hash(e->invitation.salt,
				     codes[0], e->invitation.hash),
		    0);
	}
	store_close(s);
	PRINT_TO(sql, "INSERT INTO grace VALUES('%s', x'00', '', %lld, %lld)",
	    e->user, (long long)ENROL_WALL, (long long)ENROL_WALL + 86400);
	(void)box_sql(b, sql);
	PRINT_TO(sql,
	    "INSERT INTO passed VALUES('%s', 'sshd', %d, '', '', %lld)",
	    e->user, METHOD_BYPASS, (long long)ENROL_WALL);
	(void)box_sql(b, sql);
}

static int64_t
rows_of(const struct statebox *b, const struct enroller *e, const char *from)
{
	char sql[160];

	PRINT_TO(sql, "SELECT count(*) FROM %s AND user = '%s'", from, e->user);
	return box_sql(b, sql);
}

/* All of it, or nothing. Returns whether it was done. */
static bool
is_whole(const struct statebox *b, struct store *s, const struct enroller *e)
{
	char *text = NULL;
	const bool there =
	    store_record_read(s, e->user, &text) == STORE_RECORD_FOUND;
	const int64_t
	    late = rows_of(b, e,
		"recovery WHERE kind = 0 AND note = 'self' AND since > 0"),
	    kept = rows_of(b, e, "recovery WHERE kind = 0"),
	    invited = rows_of(b, e, "recovery WHERE kind > 0"),
	    remembered = rows_of(b, e, "grace WHERE 1");
	const bool own = e->kind >= CODES;
	const bool done =
	    own ? kept == RECOVERY_SELF : there && strcmp(text, new_text) == 0;

	assert_int_equal(there, is_change(e) || (done && !own));
	assert_true(!there || done || strcmp(text, old_text) == 0);
	assert_int_equal(kept, !own ? 0 : done ? RECOVERY_SELF : 2);
	assert_int_equal(late, done && e->kind == CODES ? RECOVERY_SELF : 0);
	assert_int_equal(invited, is_invited(e) && !done);
	assert_int_equal(remembered, !done);
	free(text);
	return done;
}

/* Returns whether it was done before it was killed. */
static bool
killed_enroller(const struct statebox *b, const struct enroller *e, int call)
{
	enum store_enrolled then;
	struct store *s;
	int status;
	bool done;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	kill_at = call;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		count_calls();
		s = box_open(b);
		_exit(s != NULL && enrols(s, e) == STORE_ENROLLED_DONE
			? 0
			: BOX_FAILED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kill_at = 0;
	assert_true(
	    call == 0 ? status == 0 : WIFSIGNALED(status) || status == 0);
	s = box_open(b);
	assert_non_null(s);
	done = is_whole(b, s, e);
	assert_true(done || call > 0);
	then = enrols(s, e);
	if (e->kind == CODES)
		assert_int_equal(then, STORE_ENROLLED_DONE);
	else
		assert_int_equal(then == STORE_ENROLLED_DONE, !done);
	assert_true(is_whole(b, s, e));
	store_close(s);
	return done;
}

static void
enrolment_killed_at_each_call(void **state)
{
	struct statebox *b = *state;
	int calls[KINDS], undone = 0;

	store_time_wall(ENROL_WALL);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(report != MAP_FAILED);
	for (int n = -KINDS; n < POINTS; n++) {
		struct enroller e = { .kind =
					  (enum kind)((n + KINDS) % KINDS) };
		const int call = n < 0 ? 0 : 1 + n / KINDS % calls[e.kind];

		enroller_make(b, &e, n + KINDS);
		undone += !killed_enroller(b, &e, call);
		if (n < 0)
			calls[e.kind] = report->calls;
	}
	print_message("%d of %d undone; %d to %d calls\n", undone, POINTS,
	    calls[CODES], calls[CHANGED]);
	assert_in_range(undone, POINTS / 4, POINTS);
	munmap(report, sizeof(*report));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_kill)
{
	const struct CMUnitTest tests[] = {
		TEST(killed_anywhere),
		TEST(enrolment_killed_at_each_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
