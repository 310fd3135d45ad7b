/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole logins by the state broker, alone and beside each other, and what
 * becomes of them where the state fails.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <liboath/oath.h>
#include <stdlib.h>

#include "tests/support/broker/crossing.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REPLACED "state: it was replaced during this login; log in again"
#define BOBS "SELECT wrong FROM guess WHERE user = 'bob' AND source = "

/* The state. */

static void
without_its_file(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	struct broker_request refund = ask;

	(void)state;
	refund.id = ask.started.send;
	s->guesses = 2; /* for two codes that are compared */
	s->guess[0].row = s->guess[1].row = ask.id;
	s->guess[0].token.counted = s->guess[1].token.counted = true;
	s->app_right = 1; /* as if receipts had come */
	PRINT_TO(s->sent_as, "r");
	broker_ticket_note_right(s, 0, "r", METHOD_SMS);
	box_remove_files(kept_box->path);
	for (unsigned act = BROKER_BEGIN; act < BROKER_TICKET; act++)
		if (act != BROKER_DECOY && act != BROKER_TOTP)
			(void)kept_does(
			    s, act, act == BROKER_SEND_REFUND ? &refund : &ask);
	/* so the broker does when it sees that */
	assert_true(broker_store_file_was_replaced(&kept_own));
	broker_store_close(&kept_own);
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), -1);
	assert_string_equal(kept_got.cause, REPLACED);
	assert_int_equal(access(kept_box->path, F_OK), 0);
	broker_store_close(&kept_own);
	box_remove_files(kept_box->path);
	assert_int_equal(rmdir(kept_box->dir), 0);
	for (unsigned act = BROKER_BEGIN; act < BROKER_TICKET; act++) {
		assert_int_equal(
		    kept_does(
			s, act, act == BROKER_SEND_REFUND ? &refund : &ask),
		    -1);
		assert_non_null(strstr(kept_got.cause, "its folder"));
		assert_null(kept_own.store);
	}
}

/* alice's verification runs, and then a backup from before is put back: the
 * question that names it. */
static struct broker_request
put_back(struct broker_session *s)
{
	struct broker_request ask;
	char command[512];

	broker_store_close(&kept_own);
	PRINT_TO(command, "cp %s %s.bak", kept_box->path, kept_box->path);
	assert_int_equal(system(command), 0);
	ask = kept_running(s, KEPT_NUMBER, "r");
	PRINT_TO(command, "mv %s.bak %s; rm -f %s-wal %s-shm", kept_box->path,
	    kept_box->path, kept_box->path, kept_box->path);
	assert_int_equal(system(command), 0);
	assert_true(broker_store_file_was_replaced(&kept_own));
	broker_store_close(&kept_own);
	return ask;
}

/* A backup that is put back gives the numbers of rows again, to other logins,
 * whose ids are others. */
static void
an_older_file(void **state)
{
	struct broker_session *s = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_request ask = kept_any_ask(), bobs;

	(void)state;
	assert_int_equal(kept_does(bob, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask = put_back(s);
	bobs = kept_any_ask();
	bobs.guess = 1;
	assert_int_equal(kept_does(bob, BROKER_GUESS_REFUND, &bobs), -1);
	assert_string_equal(kept_got.cause, REPLACED);
	bob = kept_bound("bob");
	bobs = kept_running(bob, KEPT_OTHER_NUMBER, "s");
	assert_int_not_equal(bobs.id, ask.id);
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), -1);
	assert_string_equal(kept_got.cause, REPLACED);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), -1);
	assert_non_null(kept_own.store); /* the others keep it */
	assert_int_equal(kept_does(bob, BROKER_LOOK, &bobs), 1);
	(void)kept_running(kept_bound("carol"), "+12025550102", "t");
	assert_int_equal(kept_does(bob, BROKER_LOOK, &bobs), 1);
}

/* A helper, or another broker, which this one does not see, begins a row for
 * bob with the number of hers; she cannot change it. */
static void
and_a_helper(struct broker_session *s, const struct broker_request ask)
{
	static const struct store_key key = { .user = "bob",
		.receiver = KEPT_OTHER_NUMBER,
		.provider = "one",
		.type = "one" };
	const struct store_session me = { .number = 7, .keys = kept_box->dir };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *helper = store_open(kept_box->path, &me, cause);
	struct store_row row;

	assert_non_null(helper);
	assert_int_equal(
	    store_claim(helper, &key, METHOD_ALL, METHOD_SMS, 1000, &row),
	    CLAIM_NEW);
	assert_int_not_equal(row.id, ask.id);
	assert_int_equal(store_row_set_started(helper,
			     &(struct store_started){ .id = row.id,
				 .request_id = "r",
				 .method = METHOD_SMS,
				 .life_ms = 60000 }),
	    0);
	assert_int_not_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	assert_int_equal(store_row_read(helper, row.id, &row), 1);
	store_close(helper);
}

static void
an_older_file_and_a_helper(void **state)
{
	struct broker_session *s = kept_bound("alice");

	(void)state;
	and_a_helper(s, put_back(s));
}

/* Put back while the broker has it closed: written over the file, or by losing
 * its log alone. */
static void
older_by(const char *how)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask;
	char command[512];

	broker_store_close(&kept_own);
	PRINT_TO(command, "cp %s %s.bak", kept_box->path, kept_box->path);
	assert_int_equal(system(command), 0);
	ask = kept_running(s, KEPT_NUMBER, "r");
	broker_store_close(&kept_own);
	PRINT_TO(command, "cd %s && %s", kept_box->dir, how);
	assert_int_equal(system(command), 0);
	and_a_helper(s, ask);
}

static void
an_older_file_in_its_place(void **state)
{
	(void)state;
	older_by("cp *.bak $(basename *.bak .bak) && rm -f *-wal *-shm");
}

static void
without_its_log(void **state)
{
	(void)state;
	older_by("rm -f *-wal *-shm");
}

/* The same state is no other one, however often it is opened, and whoever
 * begins meanwhile; of a file without each row, either. */
static void
the_same_state(void **state)
{
	struct broker_session *s = kept_bound("alice"), *bob;
	const struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	struct broker_request bobs;

	(void)state;
	for (int i = 0; i < 3; i++) {
		broker_store_close(&kept_own);
		bob = kept_bound("bob");
		bobs = kept_running(bob, KEPT_OTHER_NUMBER, "s");
		assert_int_equal(kept_does(bob, BROKER_END, &bobs), 0);
		assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
		assert_int_equal(kept_does(bob, BROKER_NOOP, &ask), 0);
	}
}

/* A step that fails closes it, and the next one opens it again. */
static void
opened_again(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	box_sql(kept_box, "ALTER TABLE verification RENAME TO away");
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), -1);
	assert_true(kept_got.cause[0] != '\0');
	assert_null(kept_own.store);
	box_sql(kept_box, "ALTER TABLE away RENAME TO verification");
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
	assert_string_equal(kept_got.cause, "");
}

/* Logins beside each other. */

static void
each_its_own(void **state)
{
	struct broker_session *alice = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_session *again = kept_bound("alice");
	const struct broker_request hers =
	    kept_running(alice, KEPT_NUMBER, "r");
	const struct broker_request his =
	    kept_running(bob, KEPT_OTHER_NUMBER, "s");

	(void)state;
	kept_refused(bob, BROKER_LOOK, &hers, NOT_TOLD);
	kept_refused(again, BROKER_LOOK, &hers, NOT_TOLD);
	assert_int_equal(kept_begin(again, KEPT_NUMBER), CLAIM_JOINED);
	assert_int_equal(kept_got.begun.row.id, hers.id);
	assert_false(kept_got.begun.row.mine);
	assert_int_equal(kept_does(again, BROKER_LOOK, &hers), 1);
	kept_refused(again, BROKER_LOOK, &his, NOT_TOLD);
	assert_int_equal(kept_does(alice, BROKER_LOOK, &hers), 1);
	assert_true(kept_got.row.mine);
	assert_int_equal(kept_begin(bob, KEPT_NUMBER), CLAIM_OTHER);
	kept_refused(bob, BROKER_LOOK, &hers, NOT_TOLD);
	assert_int_equal(kept_does(bob, BROKER_LOOK, &his), 1);
	assert_true(kept_got.row.mine);
	/* who joins may name its message, too */
	assert_int_equal(kept_does(again, BROKER_ATTEMPT, &hers), 1);
	kept_called(again, CALL_CHECK, METHOD_SMS, "r", "r");
	assert_int_equal(kept_does(again, BROKER_FINISH, &hers), 1);
}

/* Neither the account nor the service of the login before. */
static void
counted_for_each(void **state)
{
	struct broker_session *ann = kept_opened(), *bob = kept_bound("bob");
	struct broker_session *other = kept_bound("bob");
	struct broker_request ask = kept_any_ask();
	const struct facts of_box = kept_facts("box");

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	kept_says(ann, &of_box);
	ask.user = "box//ann";
	ask.flag = true;
	assert_int_equal(kept_does(ann, BROKER_BIND, &ask), 0);
	other->peer.uid = 1001;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    kept_does(ann, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		assert_int_equal(
		    kept_does(bob, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	}
	assert_int_equal(kept_does(other, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(bob, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(
	    box_sql(kept_box, "SELECT wrong FROM guess WHERE user = 'box'"), 2);
	assert_int_equal(box_sql(kept_box, BOBS "''"), 3);
	assert_int_equal(box_sql(kept_box, BOBS "'" KEPT_HOME "'"), 4);
}

static void
phone_login(void **state)
{
	struct broker_session *s = kept_bound("alice"),
			      *next = kept_bound("alice");
	const struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	assert_int_equal(box_sql(kept_box,
			     "SELECT count(*) FROM send WHERE user = 'alice' "
			     "AND source = '" KEPT_HOME "'"),
	    1);
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(kept_got.guessed, GUESS_OPEN);
	assert_int_equal(kept_got.tried, TRY_COUNTED);
	assert_int_equal(kept_got.guess, 1);
	assert_int_equal(kept_got.row.tries, 1);
	kept_called(s, CALL_CHECK, METHOD_SMS, "r", "r");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	assert_int_equal(box_sql(kept_box,
			     "SELECT count(*) FROM passed WHERE user ="
			     " 'alice' AND service = 'sshd' AND"
			     " method = 1 AND provider = 'one'"),
	    1);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM guess"), 0);
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 0);
	(void)kept_begin(next, KEPT_NUMBER);
	assert_true(kept_got.begun.remembered);
	assert_int_equal(
	    box_sql(kept_box, "SELECT until - since FROM grace"), 600);
}

/* Compared with the secret that the record has, whatever a worker says. */
static void
app_login(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	ask.number = "000000";
	kept_refused(s, BROKER_TOTP, &ask, "has no app that its rule accepts");
	kept_app(s, code);
	ask.number = strcmp(code, "000000") == 0 ? "000001" : "000000";
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 0);
	assert_int_equal(kept_got.guess, 1);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 1);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM guess"), 0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT count(*) FROM passed WHERE method = 6"),
	    1);
	/* the same code once more */
	ask.uses = true;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 0);
	assert_in_range(
	    kept_got.used.step, clock_wall_s() / 30 - 1, clock_wall_s() / 30);
	assert_string_equal(kept_got.used.source, KEPT_HOME);
}

/* A file that may not grow, as on a full disk. */
static int64_t
does_without_space(struct broker_session *s, enum broker_op act,
    const struct broker_request *ask)
{
	struct rlimit before, small = { 4096, 4096 };
	int64_t result;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	result = kept_does(s, act, ask);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	return result;
}

/* What could not be counted is not compared: nobody is told that a code was
 * right, or used, nor has a guess back that was another one. */
static void
app_without_space(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	char code[8];

	(void)state;
	kept_app(s, code);
	(void)kept_tries(s, ask.id);
	ask.number = code;
	assert_int_equal(does_without_space(s, BROKER_TOTP, &ask), GUESS_ERROR);
	assert_int_equal(kept_got.claimed, 0);
	assert_int_equal(kept_got.guess, 0);
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 1);
	ask.uses = true;
	assert_int_equal(does_without_space(s, BROKER_TOTP, &ask), GUESS_ERROR);
	assert_int_equal(kept_got.used.step, 0);
	assert_int_equal(kept_got.guess, 0);
}

/* A record that names its app's secret by a file. */
static void
app_file(const char *base32)
{
	char path[160], text[256];

	PRINT_TO(path, "%s/alice.totp", kept_conf.users_dir);
	kept_secret_file(path, base32);
	PRINT_TO(text, "totp_secret_file = \"%s\";", path);
	kept_record("alice", text);
}

static struct broker_session *
by_the_app(void)
{
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	ask.ms = 600000;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	ask.begin.count = 0;
	assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
	return s;
}

/* twofactl totp replaces the secret in its file, and ends remembered logins:
 * who has the app before, and typed its code just then, is remembered no
 * more. */
static void
an_app_that_was_replaced(void **state)
{
	struct broker_session *s, *forgotten;
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	app_file("AAAAAAAAAAAAAAAA");
	s = by_the_app();
	forgotten = by_the_app();
	kept_app(s, code); /* as its record has it */
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 1);
	(void)by_the_app();
	assert_true(kept_got.begun.remembered);
	app_file("BBBBBBBBBBBBBBBB");
	(void)box_sql(kept_box, "DELETE FROM grace");
	(void)box_sql(kept_box, "DELETE FROM totp");
	assert_int_equal(kept_does(forgotten, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 1);
	(void)by_the_app();
	assert_false(kept_got.begun.remembered);
}

/* Nor after the former secret is put back, as from a backup: a login that was
 * remembered by it has ended with it. */
static void
an_app_that_was_put_back(void **state)
{
	struct broker_request ask = kept_any_ask();
	struct broker_session *s;
	char path[160], code[8];

	(void)state;
	app_file("AAAAAAAAAAAAAAAA");
	s = by_the_app();
	kept_app(s, code);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	(void)by_the_app();
	assert_true(kept_got.begun.remembered);
	PRINT_TO(path, "%s/alice.totp", kept_conf.users_dir);
	kept_secret_file(path, "BBBBBBBBBBBBBBBB");
	(void)by_the_app();
	assert_false(kept_got.begun.remembered);
	kept_secret_file(path, "AAAAAAAAAAAAAAAA");
	(void)by_the_app();
	assert_false(kept_got.begun.remembered);
}

static const char *
token_code(struct broker_session *s, size_t n, uint64_t counter)
{
	static char code[9];
	const struct user_app *app = &s->record.app[n];
	size_t len;
	char *raw;

	assert_int_equal(
	    oath_base32_decode(app->secret.b, app->secret.len, &raw, &len),
	    OATH_OK);
	assert_int_equal(
	    oath_hotp_generate(raw, len, counter, totp_digits(&app->kind),
		false, OATH_HOTP_DYNAMIC_TRUNCATION, code),
	    OATH_OK);
	free(raw);
	return code;
}

static int
token_typed(struct broker_session *s, size_t n, uint64_t counter)
{
	struct broker_request ask = kept_any_ask();

	ask.number = token_code(s, n, counter);
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	return kept_got.claimed;
}

/* The second is a token of 8 digits, whose counter the state has. It is set
 * right by two codes in a row of one connection alone. */
static void
token_login(void **state)
{
	struct broker_session *s = kept_bound("alice"), *other;
	char code[8];

	(void)state;
	kept_app(s, code);
	s->record.app[1] =
	    (struct user_app){ .secret = { "GEZDGNBVGY3TQOJQGEZDGNBVGY", 26 },
		    .kind = { .hotp = true, .digits = 8 } };
	assert_int_equal(token_typed(s, 1, 0), 0);
	assert_int_equal(store_hotp_set(kept_own.store, &kept_conf,
			     &s->record.app[1].secret, 7),
	    1);
	assert_int_equal(token_typed(s, 1, 6), 0);
	assert_int_equal(token_typed(s, 1, 9), 1);
	assert_int_equal(token_typed(s, 1, 9), 0);
	assert_int_equal(token_typed(s, 1, 40), 0);
	other = kept_bound("alice");
	kept_app(other, code);
	other->record.app[1] = s->record.app[1];
	assert_int_equal(token_typed(other, 1, 41), 0);
	assert_int_equal(token_typed(s, 1, 41), 1);
}

/* No code is right there, and each counts. */
static void
app_of_a_decoy(void **state)
{
	const struct facts facts = kept_facts("box");
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	kept_says(s, &facts);
	ask.user = "box//.00112233445566aa";
	ask.like = "box//ann";
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_DECOY, &ask), 1);
	kept_app(s, code);
	s->record.app[1] = (struct user_app){ .secret = s->record.app[0].secret,
		.kind = { .hotp = true } };
	assert_int_equal(store_hotp_set(kept_own.store, &kept_conf,
			     &s->record.app[1].secret, 5),
	    1);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 0);
	assert_int_equal(kept_got.guess, 1);
	assert_int_equal(token_typed(s, 1, 5), 0);
	assert_int_equal(box_sql(kept_box, "SELECT max(step) FROM totp") +
		(INT64_C(1) << 40),
	    4);
}

static void
a_look_claims_nothing(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.flag = true;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_equal(
	    box_sql(kept_box, "SELECT count(*) FROM verification"), 0);
	ask.flag = false;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_equal(
	    box_sql(kept_box, "SELECT count(*) FROM verification"), 1);
}

/* What else a login asks, by turns. */
static void
the_rest(void **state)
{
	static const struct {
		enum broker_op act;
		int64_t result;
	} rows[] = {
		{ BROKER_CLAIM, CLAIM_JOINED },
		{ BROKER_NUMBER_FREE, 1 },
		{ BROKER_ATTEMPT, 1 },
		{ BROKER_CODE_RIGHT, STORE_CODE_GONE },
		{ BROKER_GUESS_LOOK, GUESS_OPEN },
		{ BROKER_RECOVERY_LIST, 0 },
		{ BROKER_RECOVERY_CLAIM, 0 },
		{ BROKER_CODE_CLAIM, 1 },
		{ BROKER_CODE_CLAIM, 0 },
		{ BROKER_CODE_RECENT, 1 },
		{ BROKER_PASSED, 0 },
		{ BROKER_PASS_OVER, 0 },
		{ BROKER_PASSED, 1 },
		{ BROKER_REPLACE, 1 },
		{ BROKER_HOLDS, 1 },
		{ BROKER_DROP, 1 },
		{ BROKER_HOLDS, 0 },
	};
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	ask.tries = 3;
	PRINT_TO(s->right_code, "%s", ask.number);
	for (size_t i = 0; i < COUNT(rows); i++) {
		s->silent = 1; /* as if receipts had come */
		s->app_right = 1;
		if (kept_does(s, rows[i].act, &ask) != rows[i].result)
			fail_msg("row %zu, %s: %d, %s", i,
			    broker_op_name(rows[i].act), (int)kept_got.result,
			    kept_got.cause);
	}
}

/* A copy that was taken over asks whatever the table allows. */
static struct broker_request
bound_to_anything(struct broker_session **s, enum level level, int nth)
{
	static const int width[] = { 5, 1, USER_NAME_MAX };
	char user[OWNER_STATE_MAX], number[20];

	snprintf(user, sizeof(user), "%0*d", width[level], nth);
	snprintf(number, sizeof(number), "+1202556%04d", nth);
	*s = kept_bound(user);
	return kept_running(*s, number, number);
}

/* As if receipts had come of what it names. */
static void
attest(struct broker_session *s, struct broker_request *ask)
{
	if (ask->started.request_id == NULL || ask->started.request_id[0] == 0)
		ask->started.request_id = "r";
	if (ask->request_id == NULL || ask->request_id[0] == 0)
		ask->request_id = "r";
	ask->started.code = NULL;
	ask->provider = "one";
	broker_handle_allow_verification(
	    s, 0, ask->started.request_id, METHOD_SMS)
	    ->phone = 0;
	PRINT_TO(s->sent_as, "%s", ask->started.request_id);
	broker_ticket_note_right(s, 0, ask->request_id, METHOD_SMS);
	s->app_right = 1;
}

/* Other receivers are refused: receivers_of_others. */
static void
name_own_receiver(struct broker_request *ask)
{
	for (size_t i = 0; i < STORE_CANDIDATES_MAX; i++) {
		memset(&ask->begin.candidate[i].key.other, 0,
		    sizeof(ask->begin.candidate[i].key.other));
		ask->begin.candidate[i].key.receiver = KEPT_NUMBER;
	}
	memset(&ask->claim.key.other, 0, sizeof(ask->claim.key.other));
	ask->claim.key.receiver = ask->begin.message.counted_as =
	    ask->message.counted_as = ask->started.number = KEPT_NUMBER;
}

static void
whatever_is_asked(void **state)
{
	static union crossing c;
	struct broker_session *s;
	char shown[8];

	(void)state;
	for (int n = BROKER_BEGIN * LEVELS; n < BROKER_NOOP * LEVELS; n++) {
		const enum broker_op act = (enum broker_op)(n / LEVELS);
		const enum level level = (enum level)(n % LEVELS);
		const struct broker_request row =
		    bound_to_anything(&s, level, n);

		kept_reaches(s, KEPT_NUMBER, "");
		memset(&c, 0, sizeof(c));
		crossing_fill(act, QUESTION, level, &c);
		c.ask.id =
		    act == BROKER_SEND_REFUND ? row.started.send : row.id;
		c.ask.started.id = row.id;
		c.ask.guess = 0;
		s->guesses = act == BROKER_CODE_RIGHT;
		s->guess[0].row = row.id;
		s->guess[0].token.counted = true;
		if (act == BROKER_STARTED || act == BROKER_FINISH ||
		    act == BROKER_CODE_CLAIM)
			attest(s, &c.ask);
		c.ask.flag &= act != BROKER_RECOVERY_LEFT;
		name_own_receiver(&c.ask);
		if (act == BROKER_TOTP)
			kept_app(s, shown);
		if (act == BROKER_NUMBER_FREE)
			c.ask.number = KEPT_NUMBER;
		if (act != BROKER_DECOY)
			(void)kept_does(s, act, &c.ask);
	}
}

/* Where the clocks of host and server differ, a code that is right by the
 * host's is no wrong one; but nobody learns that while locked: a worker would
 * guess it uncounted, and it may be right at the server later. */
static void
clocks_that_differ(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	kept_conf.guesses.after = 1;
	kept_app(s, code);
	s->clock_s = -3600; /* as the server has said before */
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, STORE_APP_OUR_CLOCK);
	ask.number = "12345";
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 0);
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_LOCKED);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_LOCKED);
	assert_int_equal(kept_got.claimed, 0);
}

/* A code was right, but another login has used it: the guess is no wrong
 * one (verification.c:used). */
static void
a_right_code_that_another_used(void **state)
{
	struct broker_session *one = kept_bound("alice"), *two;
	struct broker_request ask = kept_running(one, KEPT_NUMBER, "r");
	struct broker_request other = kept_any_ask();
	int64_t guess;

	(void)state;
	two = kept_bound("alice");
	PRINT_TO(two->bound_to.source, "198.51.100.9");
	assert_int_equal(kept_does(two, BROKER_CLAIM, &other), CLAIM_JOINED);
	other.id = kept_got.row.id;
	guess = kept_tries(two, other.id);
	kept_called(two, CALL_CHECK, METHOD_SMS, "r", "r");
	(void)kept_tries(one, ask.id);
	kept_called(one, CALL_CHECK, METHOD_SMS, "r", "r");
	assert_int_equal(kept_does(one, BROKER_FINISH, &ask), 1);
	assert_int_equal(kept_does(two, BROKER_FINISH, &other), 0);
	other.guess = guess;
	assert_int_equal(kept_does(two, BROKER_GUESS_REFUND, &other), 0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT coalesce(sum(wrong), 0) FROM guess"), 0);
}

#define STEP_TEST(f)                                                           \
	cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

BOX_TESTS(test_broker_logins)
{
	const struct CMUnitTest tests[] = {
		BOX_FILE_TEST(without_its_file, kept_set_up, kept_tear_down),
		BOX_FILE_TEST(an_older_file, kept_set_up, kept_tear_down),
		BOX_FILE_TEST(
		    an_older_file_and_a_helper, kept_set_up, kept_tear_down),
		BOX_FILE_TEST(
		    an_older_file_in_its_place, kept_set_up, kept_tear_down),
		BOX_FILE_TEST(without_its_log, kept_set_up, kept_tear_down),
		STEP_TEST(the_same_state),
		BOX_FILE_TEST(opened_again, kept_set_up, kept_tear_down),
		STEP_TEST(each_its_own),
		STEP_TEST(counted_for_each),
		STEP_TEST(phone_login),
		STEP_TEST(app_login),
		BOX_FILE_TEST(app_without_space, kept_set_up, kept_tear_down),
		STEP_TEST(an_app_that_was_replaced),
		STEP_TEST(an_app_that_was_put_back),
		STEP_TEST(token_login),
		STEP_TEST(app_of_a_decoy),
		STEP_TEST(a_look_claims_nothing),
		STEP_TEST(the_rest),
		STEP_TEST(whatever_is_asked),
		STEP_TEST(clocks_that_differ),
		STEP_TEST(a_right_code_that_another_used),
	};

	return BOX_RUN(tests);
}
