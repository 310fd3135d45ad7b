/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a copy may have done by the state broker: the order of its acts, whose
 * rows, messages and guesses it may name, and what is capped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include <cmocka.h>

#include "helper/broker/broker.h"
#include "helper/store/store_backend.h"
#include "lib/wire/wire.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NO_GUESS "used a guess without a handle"

/* The order. */

static void
in_no_other_order(void **state)
{
	static const struct {
		enum broker_op act[6];
		const char *why;
	} rows[] = {
		{ { BROKER_ACCOUNT }, "has not opened the state" },
		{ { BROKER_OPEN, BROKER_ACCOUNT }, "is not bound to a user" },
		{ { BROKER_OPEN, BROKER_BIND, BROKER_ACCOUNT },
		    "asks for what is not asked here" },
		{ { BROKER_BIND }, "has not opened the state" },
		{ { BROKER_RECORD }, "has not opened the state" },
		{ { BROKER_NOOP }, "has not opened the state" },
		{ { BROKER_OPEN, BROKER_OPEN }, "opens the state twice" },
		{ { BROKER_OPEN, BROKER_BIND, BROKER_OPEN },
		    "opens the state twice" },
		{ { BROKER_OPEN, BROKER_BIND, BROKER_BIND },
		    "is bound already" },
		{ { BROKER_OPEN, BROKER_NOOP, BROKER_BIND, BROKER_NOOP,
		      BROKER_RECORD },
		    "is bound already" },
	};
	const struct broker_request ask = kept_any_ask();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = kept_connected();
		size_t n = 0;

		while (n < 5 && rows[i].act[n + 1] != BROKER_NO_OP)
			(void)kept_does(s, rows[i].act[n++], &ask);
		kept_refused(s, rows[i].act[n], &ask, rows[i].why);
	}
}

static void
each_act_is_of_somebody(void **state)
{
	const struct broker_request ask = kept_any_ask();

	(void)state;
	for (unsigned act = BROKER_BEGIN; act < BROKER_NOOP; act++) {
		struct broker_session *none = kept_connected(),
				      *s = kept_opened();

		kept_refused(none, act, &ask, "has not opened the state");
		kept_refused(s, act, &ask, "is not bound to a user");
	}
}

static void
so_many_acts(void **state)
{
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	(void)state;
	for (int i = 1; i < BROKER_REQUESTS_MAX; i++)
		assert_int_equal(kept_does(s, BROKER_NOOP, &ask), 0);
	s->peer.began = frame_clock_ms();
	kept_refused(s, BROKER_NOOP, &ask, "asks for too much");
	assert_int_equal(kept_own.ops, BROKER_REQUESTS_MAX + 1);
	/* a little more for each second */
	s->peer.began -= 1000;
	assert_int_equal(kept_does(s, BROKER_NOOP, &ask), 0);
}

/* No act waits for longer than its own login. */
static void
each_deadline(void **state)
{
	static const int64_t ms[] = { 1000, 60000, BROKER_LIFE_MS };
	struct broker_session *s[COUNT(ms)];
	const int64_t since = frame_clock_ms();
	const struct broker_request ask = kept_any_ask();
	struct facts facts = kept_facts("alice");

	(void)state;
	for (size_t i = 0; i < COUNT(ms); i++) {
		s[i] = kept_connected();
		facts.deadline_ms = ms[i];
		kept_says(s[i], &facts);
		assert_int_equal(kept_does(s[i], BROKER_OPEN, &ask), 0);
	}
	for (size_t i = 0; i < COUNT(ms); i++) {
		(void)kept_does(s[i], BROKER_NOOP, &ask);
		assert_in_range(store_deadline() - since, ms[i],
		    ms[i] + (frame_clock_ms() - since));
	}
}

static void
another_state(void **state)
{
	struct broker_session *s = kept_connected();
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.where = "/var/lib/twofa/other.db";
	assert_int_equal(kept_does(s, BROKER_OPEN, &ask), -2);
	assert_string_equal(kept_got.cause,
	    "state: the settings were changed a moment ago; log in again");
	assert_non_null(kept_own.store);
	kept_refused(s, BROKER_OPEN, &ask, "opens the state twice");
}

/* What it was not told of. */

static void
rows_of_others(void **state)
{
	static const enum broker_op acts[] = { BROKER_STARTED,
		BROKER_NUMBER_FREE, BROKER_UNKNOWN, BROKER_CODE_RIGHT,
		BROKER_LOOK, BROKER_REFUND, BROKER_FINISH, BROKER_SPEND,
		BROKER_END, BROKER_REPLACE, BROKER_HOLDS, BROKER_RESTORE,
		BROKER_DROP, BROKER_REFUSE, BROKER_ATTEMPT, BROKER_UNSENT };
	struct broker_session *alice = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_request ask = kept_running(alice, KEPT_NUMBER, "r");

	(void)state;
	(void)kept_running(bob, KEPT_OTHER_NUMBER, "s");
	ask.started.send = 0;
	for (size_t i = 0; i < COUNT(acts); i++)
		kept_refused(bob, acts[i], &ask, NOT_TOLD);
	assert_int_equal(kept_does(alice, BROKER_LOOK, &ask), 1);
	assert_string_equal(kept_got.row.request_id, "r");
	alice->guesses = 1; /* for a code that is compared */
	alice->guess[0].row = ask.id;
	alice->guess[0].token.counted = true;
	PRINT_TO(alice->sent_as, "r");
	broker_ticket_note_right(
	    alice, 0, "r", METHOD_SMS); /* as if by a receipt */
	for (size_t i = 0; i < COUNT(acts); i++)
		(void)kept_does(alice, acts[i], &ask);
}

/* What is taken back leaves no number, which could be another's soon. */
static void
a_look_has_no_row(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.flag = true;
	assert_int_not_equal(ask.claim.method, METHOD_NONE);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_equal(kept_got.row.id, 0);
	ask.flag = false;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_not_equal(kept_got.row.id, 0);
}

/* Nobody tries codes of ours without each being counted. */
static void
codes_without_a_guess(void **state)
{
	static const char why[] = "would compare a code that is not counted";
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	ask.number = "123456";
	kept_refused(s, BROKER_CODE_RIGHT, &ask, why);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(
	    kept_does(s, BROKER_CODE_RIGHT, &ask), STORE_CODE_GONE);
	kept_refused(s, BROKER_CODE_RIGHT, &ask, why);
}

static void
messages_of_others(void **state)
{
	struct broker_session *alice = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_request ask = kept_running(alice, KEPT_NUMBER, "r");

	(void)state;
	(void)kept_running(bob, KEPT_OTHER_NUMBER, "s");
	ask.id = ask.started.send;
	kept_refused(bob, BROKER_SEND_REFUND, &ask, NOT_TOLD);
	assert_int_equal(kept_does(alice, BROKER_SEND_REFUND, &ask), 0);
}

/* Nor is a row a message. */
static void
a_message_is_no_row(void **state)
{
	struct broker_session *alice = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_request ask = kept_any_ask(), row;

	(void)state;
	assert_int_equal(kept_does(bob, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask.id = kept_got.id;
	row = kept_running(alice, KEPT_NUMBER, "r");
	kept_refused(bob, BROKER_LOOK, &ask, NOT_TOLD);
	kept_refused(alice, BROKER_SEND_REFUND, &row, NOT_TOLD);
	assert_int_equal(kept_does(bob, BROKER_SEND_REFUND, &ask), 0);
	assert_int_equal(kept_does(alice, BROKER_LOOK, &row), 1);
}

static void
guesses_of_others(void **state)
{
	static const enum broker_op acts[] = { BROKER_GUESS_REFUND,
		BROKER_REFUND, BROKER_ATTEMPT, BROKER_CODE_RECENT,
		BROKER_SPEND };
	struct broker_session *alice = kept_bound("alice"),
			      *bob = kept_bound("bob");
	struct broker_request ask = kept_running(bob, KEPT_NUMBER, "r");

	(void)state;
	assert_int_equal(kept_does(alice, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.guess, 1);
	ask.guess = 1;
	for (size_t i = 0; i < COUNT(acts); i++)
		kept_refused(bob, acts[i], &ask, NO_GUESS);
	assert_int_equal(kept_does(alice, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(box_sql(kept_box, "SELECT sum(wrong) FROM guess"), 0);
}

/* The last ones are known. */
static void
guesses_of_its_own(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	for (int i = 1; i <= BROKER_GUESSES_MAX + 1; i++) {
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		assert_int_equal(kept_got.guess, i);
	}
	for (ask.guess = 0; ask.guess <= BROKER_GUESSES_MAX + 2; ask.guess++)
		if (ask.guess == 1 || ask.guess == BROKER_GUESSES_MAX + 2)
			kept_refused(s, BROKER_GUESS_REFUND, &ask, NO_GUESS);
		else
			assert_int_equal(
			    kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(box_sql(kept_box,
			     "SELECT wrong FROM guess WHERE source ="
			     " '" KEPT_HOME "'"),
	    1);
}

/* Who asks is not believed that another session has died. */
static void
a_row_of_who_died(void **state)
{
	struct broker_session *holder = kept_bound("alice"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_running(holder, KEPT_NUMBER, "r");
	const pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	while (child == 0)
		pause();
	holder->peer.process = store_process_id_new(child);
	assert_int_equal(kept_does(holder, BROKER_REPLACE, &ask), 1);
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_WAIT);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 0);
	assert_int_equal(kept_got.tried, TRY_WAIT);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
}

/* What is capped. */

static void
remembered_for_so_long(void **state)
{
	static const char *groups[] = { "staff" };
	static const struct {
		size_t rules;
		bool grouped;  /* the first is for a group, which is unknown */
		bool key, may; /* by the key from anywhere; the first may */
		int64_t seconds, is;
	} rows[] = {
		{ KEPT_RULES, false, false, false, 600, 600 },
		{ KEPT_RULES, false, false, false, 60, 60 },
		{ KEPT_RULES, false, false, false, 601, 600 },
		{ KEPT_RULES, true, false, false, KEPT_REMEMBER_S,
		    KEPT_REMEMBER_S },
		{ KEPT_RULES, true, false, false, KEPT_REMEMBER_S + 1,
		    KEPT_REMEMBER_S },
		{ KEPT_RULES, false, true, false, 600, 0 },
		{ KEPT_RULES, false, true, true, 601, 600 },
		{ KEPT_RULES, false, false, true, 600, 0 },
		{ KEPT_RULES, true, true, true, 601, 600 },
		{ 0, false, false, false, 1, 0 },
		{ 0, false, false, false, 0, 0 },
	};

	(void)state;
	kept_record("alice", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_request ask = kept_any_ask();
		struct broker_session *s;

		kept_conf.rule_count = rows[i].rules;
		kept_conf.rule[0].groups =
		    (struct text_list){ rows[i].grouped, groups };
		kept_conf.rule[0].remember_key = rows[i].may;
		ask.flag = rows[i].key;
		s = kept_opened();
		ask.ms = rows[i].seconds * 1000;
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_int_equal(s->bound_to.remember_s, rows[i].is);
		assert_int_equal(s->bound_to.remembered, rows[i].is > 0);
		kept_conf.rule[0].groups.count = 0;
		kept_conf.rule[0].remember_key = false;
	}
}

static void
locks_for_so_long(void **state)
{
	struct broker_session *s = kept_bound("bob");
	struct broker_request ask = kept_running(s, KEPT_OTHER_NUMBER, "s");

	(void)state;
	ask.ms = 366 * INT64_C(86400000);
	assert_int_equal(kept_does(s, BROKER_SPEND, &ask), 1);
	assert_int_equal(kept_begin(s, KEPT_OTHER_NUMBER), CLAIM_SPENT);
	assert_in_range(kept_got.begun.row.over_ms, 1, 2 * BROKER_LIFE_MS);
	assert_int_equal(kept_does(s, BROKER_REFUSE, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_GUESS_LOOK, &ask), GUESS_LOCKED);
	assert_in_range(kept_got.wait_s, 3000, 3600);
}

/* A worker occupies no number but those that it was bound to. */
static void
receivers_of_others(void **state)
{
	static const char why[] =
	    "names a receiver that its login is not bound to";
	static const char *const others[] = { KEPT_OTHER_NUMBER, "push:bob",
		"push:alic", "push:sock:1001:alice", "bob", "alice2",
		"alice@example.com" };
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		ask = kept_any_ask();
		ask.claim.key.receiver = others[i];
		kept_refused(s, BROKER_CLAIM, &ask, why);
		ask = kept_any_ask();
		ask.claim.key.other[STORE_OTHERS - 1] = others[i];
		kept_refused(s, BROKER_CLAIM, &ask, why);
		ask = kept_any_ask();
		ask.message.counted_as = others[i];
		kept_refused(s, BROKER_SEND_TAKE, &ask, why);
		ask = (struct broker_request){ .begin.count = 1,
			.begin.candidate[0] = kept_any_ask().claim,
			.begin.message.counted_as = others[i] };
		kept_refused(s, BROKER_BEGIN, &ask, why);
		ask.begin.message.counted_as = KEPT_NUMBER;
		ask.begin.candidate[0].key.receiver = others[i];
		kept_refused(s, BROKER_BEGIN, &ask, why);
	}
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask = kept_any_ask();
	ask.id = ask.started.id = kept_got.begun.row.id;
	for (size_t i = 0; i < COUNT(others); i++) {
		ask.number = ask.started.number = others[i];
		kept_refused(s, BROKER_STARTED, &ask, why);
		kept_refused(s, BROKER_NUMBER_FREE, &ask, why);
	}
	ask.number = KEPT_NUMBER;
	assert_int_equal(kept_does(s, BROKER_NUMBER_FREE, &ask), 1);
	ask.started.number = KEPT_NUMBER;
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
}

/* What a push counts as is its user's, and its user's service's. */
static void
receivers_of_its_own(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.message.counted_as = "push:alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	s->peer.uid = 1001;
	ask.message.counted_as = "push:sock:1001:alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	PRINT_TO(s->bound_to.like, "alice"); /* a decoy of a shared account */
	s->few = true;
	ask.message.counted_as = "alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
}

/* A row is kept for as long as the settings say, not as a worker says. */
static void
rows_for_so_long(void **state)
{
	const int64_t most = 2 * BROKER_LIFE_MS;
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.provider[0].expiry_ms = BROKER_LIFE_MS;
	ask.claim.start_ms = 366 * INT64_C(86400000);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	ask.started.life_ms = ask.started.lasts_ms = 366 * INT64_C(86400000);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
	assert_in_range(kept_got.row.left_ms, BROKER_LIFE_MS, most);
	assert_in_range(kept_got.row.over_ms, BROKER_LIFE_MS, most);
}

/* A login at user.sock, bound as its uid's. */
static struct broker_session *
of_another_uid(void)
{
	struct broker_session *s = kept_opened();
	struct facts facts = kept_facts("alice");
	const struct broker_request ask = kept_any_ask();

	facts.first_factor = FIRST_PASSWORD_SEEN;
	s->peer.uid = 1001;
	PRINT_TO(s->own, "%s", "alice");
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* A denial there, and a verification that is spent for a day, lock the user at
 * that source alone, and end no login that root's services remember. */
static void
locks_of_its_uid(void **state)
{
	struct broker_session *other, *roots;
	struct broker_request ask;

	(void)state;
	kept_record("alice", "");
	roots = kept_bound("alice");
	ask = kept_running(roots, KEPT_NUMBER, "r");
	(void)kept_tries(roots, ask.id);
	kept_called(roots, CALL_CHECK, METHOD_SMS, "r", "r");
	assert_int_equal(kept_does(roots, BROKER_FINISH, &ask), 1);
	other = of_another_uid();
	ask = kept_running(other, KEPT_NUMBER, "r");
	ask.ms = 366 * INT64_C(86400000);
	assert_int_equal(kept_does(other, BROKER_SPEND, &ask), 1);
	assert_int_equal(kept_does(other, BROKER_REFUSE, &ask), 0);
	other = of_another_uid();
	assert_int_equal(
	    kept_does(other, BROKER_GUESS_LOOK, &ask), GUESS_LOCKED);
	assert_true(kept_got.refused);
	roots = kept_bound("alice");
	assert_int_equal(kept_does(roots, BROKER_GUESS_LOOK, &ask), GUESS_OPEN);
	assert_false(kept_got.refused);
	roots->bound_to.remembered = false;
	assert_int_equal(kept_begin(roots, KEPT_NUMBER), CLAIM_NEW);
	assert_int_equal(
	    box_sql(kept_box,
		"SELECT count(*) FROM guess WHERE source <> 'sock:1001'"),
	    0);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM grace"), 1);
}

/* Its provider broker says that this code is right. */
static void
code_is_right(
    struct broker_session *s, enum method method, const char *id, char *code)
{
	struct broker_request ask = kept_call(CALL_CHECK, method, id);

	ask.call.code = code;
	if (method == METHOD_TOTP)
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	else
		(void)kept_tries(
		    s, broker_handle_find_verification(s, 0, id)->row);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_DONE, id);
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

/* Used up is the code that was checked, under the factor of the record: a
 * worker names neither. */
static void
which_code_is_used_up(void **state)
{
	static char code[][8] = { "111111", "222222" };
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask(), other;

	(void)state;
	kept_reaches(s, "", "YF01");
	code_is_right(s, METHOD_TOTP, "", code[0]);
	other = kept_call(CALL_CHECK, METHOD_TOTP, "");
	other.call.code = code[1];
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &other), 1);
	ask.number = code[1];
	assert_int_equal(kept_does(s, BROKER_CODE_CLAIM, &ask), 1);
	for (int i = 0; i < 2; i++) {
		s = kept_bound("bob");
		kept_reaches(s, "", "YF01");
		code_is_right(s, METHOD_TOTP, "", code[i]);
		assert_int_equal(kept_does(s, BROKER_CODE_CLAIM, &ask), i);
		ask.number = code[i];
		assert_int_equal(kept_does(s, BROKER_CODE_RECENT, &ask), 1);
	}
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	kept_reaches(s, "", "YF02");
	assert_int_equal(kept_does(s, BROKER_CODE_RECENT, &ask), 0);
	ask.provider = "two";
	kept_reaches(s, "", "YF01");
	assert_int_equal(kept_does(s, BROKER_CODE_RECENT, &ask), 0);
}

/* Authy's message may be answered by a code of its app, which is used up. */
static void
a_code_at_authy_ends_a_message(void **state)
{
	static char code[] = "333333";
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	kept_type.by_authy_id = true;
	for (int i = 1; i >= 0; i--) {
		s = kept_bound(i == 1 ? "alice" : "bob");
		ask = i == 1 ? kept_running(s, KEPT_NUMBER, "r")
			     : kept_running(s, KEPT_OTHER_NUMBER, "s");
		PRINT_TO(s->record.authy_id, "%s", "12345");
		code_is_right(s, METHOD_SMS, ask.request_id, code);
		assert_int_equal(kept_does(s, BROKER_FINISH, &ask), i);
	}
	kept_type.by_authy_id = false;
}

static void
messages_to_somebody(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = { .begin.count = 1,
		.begin.candidate[0] = kept_any_ask().claim };

	(void)state;
	kept_refused(
	    s, BROKER_BEGIN, &ask, "would send a message without a receiver");
	ask.begin.count = 0;
	assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
}

static void
names_of_its_own_account(void **state)
{
	static const struct {
		const char *of, *like, *user, *why;
	} rows[] = {
		{ "box//ann", NULL, "box//.00112233445566aa", NULL },
		{ "box//ann", NULL, "lab//.00112233445566aa",
		    "notes another name" },
		{ "box//ann", NULL, "box//.00112233445566a",
		    "notes another name" },
		{ "box//ann", NULL, "box//ann", "notes another name" },
		{ "box//.00112233445566aa", "bob", "box//.00112233445566aa",
		    NULL },
		{ "box//.00112233445566aa", "bob", "box//.00112233445566ab",
		    "notes another name" },
		{ "alice", NULL, "box//.00112233445566aa",
		    "notes a name of an account that is not shared" },
	};
	struct facts facts = kept_facts("box");

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = kept_opened();
		struct broker_request ask = kept_any_ask();

		ask.user = rows[i].of;
		ask.like = rows[i].like;
		if (user_name_is_valid(ask.user))
			facts.user = ask.user;
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		ask.user = rows[i].user;
		if (rows[i].why != NULL) {
			kept_refused(s, BROKER_DECOY, &ask, rows[i].why);
			continue;
		}
		assert_int_equal(kept_does(s, BROKER_DECOY, &ask), 1);
		kept_refused(s, BROKER_DECOY, &ask, "notes a second name");
	}
}

static void
codes_of_whom_it_is_like(void **state)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
	static const char *const likes[] = { NULL, "bob" };
	const struct facts facts = kept_facts("box");
	struct store *s;

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	s = box_open(kept_box);
	assert_int_equal(store_recovery_set(s, "bob", codes, 1, NULL), 0);
	store_close(s);
	for (size_t i = 0; i < COUNT(likes); i++) {
		struct broker_session *who = kept_opened();
		struct broker_request ask = kept_any_ask();

		kept_says(who, &facts);
		ask.user =
		    likes[i] != NULL ? "box//.00112233445566aa" : "box//ann";
		ask.like = likes[i];
		assert_int_equal(kept_does(who, BROKER_BIND, &ask), 0);
		assert_int_equal(kept_does(who, BROKER_RECOVERY_LEFT, &ask), 0);
		ask.flag = true;
		if (likes[i] != NULL)
			assert_int_equal(
			    kept_does(who, BROKER_RECOVERY_LEFT, &ask), 1);
		else
			kept_refused(who, BROKER_RECOVERY_LEFT, &ask,
			    "asks for the codes of another user");
	}
}

#define STEP_TEST(f)                                                           \
	cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

BOX_TESTS(test_broker_ops)
{
	const struct CMUnitTest tests[] = {
		STEP_TEST(in_no_other_order),
		STEP_TEST(each_act_is_of_somebody),
		STEP_TEST(so_many_acts),
		STEP_TEST(each_deadline),
		STEP_TEST(another_state),
		STEP_TEST(rows_of_others),
		STEP_TEST(a_look_has_no_row),
		STEP_TEST(codes_without_a_guess),
		STEP_TEST(messages_of_others),
		STEP_TEST(a_message_is_no_row),
		STEP_TEST(guesses_of_others),
		STEP_TEST(guesses_of_its_own),
		STEP_TEST(a_row_of_who_died),
		STEP_TEST(remembered_for_so_long),
		STEP_TEST(locks_for_so_long),
		STEP_TEST(receivers_of_others),
		STEP_TEST(receivers_of_its_own),
		STEP_TEST(rows_for_so_long),
		STEP_TEST(locks_of_its_uid),
		STEP_TEST(which_code_is_used_up),
		STEP_TEST(a_code_at_authy_ends_a_message),
		STEP_TEST(messages_to_somebody),
		STEP_TEST(names_of_its_own_account),
		STEP_TEST(codes_of_whom_it_is_like),
	};

	return BOX_RUN(tests);
}
