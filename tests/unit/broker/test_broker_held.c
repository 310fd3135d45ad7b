/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows that a login was starting when its process or its connection ended: they
 * keep the number from nobody.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/dice.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* How many rows are in that state. */
static int64_t
rows(const char *in)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM verification WHERE state = '%s'", in);
	return box_sql(kept_box, sql);
}

/* A claim of the number at a provider, as a step of its own or as that of the
 * login's begin. */
static enum store_claim
claims(struct broker_session *s, const char *provider, bool begins)
{
	struct broker_request ask = kept_any_ask();

	ask.claim.key.provider = provider;
	ask.begin = (struct store_begin){ .count = 1,
		.candidate[0] = ask.claim,
		.message.counted_as = KEPT_NUMBER };
	if (!begins)
		return (enum store_claim)kept_does(s, BROKER_CLAIM, &ask);
	assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
	return kept_got.begun.claim;
}

/* Another user's number is waited for as one's own is: that provider may have
 * sent something, the next one can be asked. */
static void
anothers_row_of_who_died(void **state)
{
	(void)state;
	for (int begins = 0; begins < 2; begins++) {
		struct broker_session *holder = kept_bound("bob"),
				      *s = kept_bound("alice");
		const pid_t child = fork();

		assert_true(child >= 0);
		while (child == 0)
			pause();
		holder->peer.process = store_process_id_new(child);
		assert_int_equal(kept_begin(holder, KEPT_NUMBER), CLAIM_NEW);
		assert_int_equal(claims(s, "two", begins), CLAIM_OTHER);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(claims(s, "one", begins), CLAIM_OTHER);
		assert_int_equal(rows("unknown"), 1);
		assert_int_equal(claims(s, "two", begins), CLAIM_NEW);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* Nor does who passes it end what others are starting at another of its
 * numbers: not of who has the same one, nor of root's for another uid's. */
static void
who_lives_goes_on(void **state)
{
	(void)state;
	for (uid_t uid = 0; uid <= 1001; uid += 1001) {
		struct broker_session *holder = kept_bound("alice"),
				      *s = kept_bound("alice"),
				      *lives = kept_bound("bob");
		struct broker_request ask = kept_any_ask();
		const pid_t child = fork();

		assert_true(child >= 0);
		while (child == 0)
			pause();
		holder->peer.process = store_process_id_new(child);
		holder->peer.uid = s->peer.uid = uid;
		assert_int_equal(
		    kept_begin(holder, KEPT_OTHER_NUMBER), CLAIM_NEW);
		assert_int_equal(claims(lives, "one", true), CLAIM_NEW);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		kept_reaches(s, KEPT_OTHER_NUMBER, "");
		ask.claim.key.other[0] = KEPT_OTHER_NUMBER;
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_OTHER);
		assert_int_equal(rows("unknown"), 1);
		assert_int_equal(rows("starting"), 1);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* A service of a user's own starts a row again and again, or takes one for its
 * next message, and sends none: it keeps nobody out of root's services, neither
 * its user nor who has the same number. A message that may be on its way is
 * waited for. */
static void
held_by_a_service_of_a_users_own(void **state)
{
	static const struct {
		const char *user;
		bool begins, ticket;
		enum store_claim then;
	} each[] = { { "alice", false, false, CLAIM_NEW },
		{ "alice", true, false, CLAIM_NEW },
		{ "bob", false, false, CLAIM_NEW },
		{ "bob", true, false, CLAIM_NEW },
		{ "alice", false, true, CLAIM_WAIT },
		{ "bob", true, true, CLAIM_WAIT } };

	(void)state;
	for (size_t i = 0; i < COUNT(each); i++) {
		struct broker_session *own = kept_bound(each[i].user),
				      *s = kept_bound("alice");
		struct broker_request ask =
		    kept_call(CALL_START, METHOD_SMS, "");

		own->peer.uid = 1001;
		assert_int_equal(kept_begin(own, KEPT_NUMBER), CLAIM_NEW);
		if (each[i].ticket)
			assert_int_equal(
			    kept_does(own, BROKER_TICKET, &ask), 1);
		assert_int_equal(
		    claims(s, "one", each[i].begins), each[i].then);
		if (each[i].then == CLAIM_NEW) { /* it holds it no more */
			assert_int_equal(
			    kept_does(own, BROKER_TICKET, &ask), 0);
			ask.call.kind = CALL_NEXT;
			assert_int_equal(
			    kept_does(own, BROKER_TICKET, &ask), 0);
			assert_int_equal(
			    claims(own, "one", false), CLAIM_OTHER);
		}
		broker_held_note_left(own);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* Nor by a ticket for another call than a message, or for one that is known not
 * to have been sent, which costs no message. */
static void
held_by_a_ticket_for_no_message(void **state)
{
	static const enum store_claim then[] = { CLAIM_NEW, CLAIM_NEW,
		CLAIM_WAIT, CLAIM_UNFIT };

	(void)state;
	for (size_t how = 0; how < COUNT(then); how++) {
		struct broker_session *own = kept_bound("bob"),
				      *s = kept_bound("alice");
		struct broker_request ask =
		    kept_call(CALL_START, METHOD_SMS, "");

		own->peer.uid = 1001;
		if (how == 3) {
			ask = kept_running(own, KEPT_NUMBER, "r");
			assert_int_equal(
			    kept_does(own, BROKER_REPLACE, &ask), 1);
			assert_int_equal(claims(s, "one", true), CLAIM_UNFIT);
			assert_int_equal(
			    kept_does(own, BROKER_REPLACE, &ask), 1);
			ask = kept_call(CALL_CANCEL, METHOD_SMS, "r");
		} else {
			assert_int_equal(
			    kept_begin(own, KEPT_NUMBER), CLAIM_NEW);
		}
		if (how == 0) {
			ask = kept_call(CALL_CHECK, METHOD_TOTP, "");
			assert_int_equal(
			    kept_does(own, BROKER_GUESS_TAKE, &ask),
			    GUESS_OPEN);
		}
		assert_int_equal(kept_does(own, BROKER_TICKET, &ask), 1);
		if (how == 1 || how == 2) {
			ask = kept_receipt(own, &ask, BROKER_NOT_DONE, "");
			assert_int_equal(
			    kept_does(own, BROKER_RECEIPT, &ask), 0);
		}
		if (how == 2) { /* another one is on its way */
			ask = kept_call(CALL_START, METHOD_SMS, "");
			assert_int_equal(
			    kept_does(own, BROKER_TICKET, &ask), 1);
		}
		assert_int_equal(claims(s, "one", true), then[how]);
		broker_held_note_left(own);
		box_sql(kept_box, "DELETE FROM verification");
		box_sql(kept_box, "DELETE FROM send");
	}
}

/* Nor by one row more than are noted: those before are over by their own times,
 * and their worker does not end them. */
static void
held_beyond_what_is_noted(void **state)
{
	struct broker_session *own = kept_bound("bob"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	int64_t now = INT64_C(1000000);
	const char *why = NULL;

	(void)state;
	own->peer.uid = 1001;
	ask.claim.start_ms = 1;
	for (int i = 0; why == NULL && i < BROKER_HELD_MAX; i++) {
		ask.claim.key.provider = i % 2 == 0 ? "one" : "none";
		why = dice_asks(&kept_own, own, BROKER_CLAIM, &ask);
		if (why == NULL)
			assert_int_equal(kept_got.result, CLAIM_NEW);
		now += i % 2 == 0 ? 10 : 61000;
		store_time_now(now);
	}
	ask.claim.start_ms = 95000;
	if (why == NULL)
		why = dice_asks(&kept_own, own, BROKER_CLAIM, &ask);
	assert_int_equal(claims(s, "one", true), CLAIM_NEW);
}

/* Nor by tickets that are never used: each message is given back in the end,
 * and the next start has it again. It is waited for as long as one lasts. */
static void
held_by_what_is_given_back(void **state)
{
	struct broker_session *s = kept_bound("alice");

	(void)state;
	for (int n = 0; n < 2; n++) {
		struct broker_session *own = kept_bound("alice");
		struct broker_request ask = kept_any_ask(),
				      call =
					  kept_call(CALL_START, METHOD_SMS, "");

		own->peer.uid = 1001;
		assert_int_equal(claims(own, "one", false), CLAIM_NEW);
		ask.id = kept_got.row.id;
		assert_int_equal(
		    kept_does(own, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		call.id = kept_got.id;
		assert_int_equal(kept_does(own, BROKER_TICKET, &call), 1);
		assert_int_equal(claims(s, "one", false), CLAIM_WAIT);
		if (n > 0)
			continue;
		ask = kept_receipt(own, &call, BROKER_NOT_DONE, "");
		assert_int_equal(kept_does(own, BROKER_RECEIPT, &ask), 0);
		assert_int_equal(kept_does(own, BROKER_SEND_REFUND, &call), 0);
		ask.id = own->held[0].id;
		assert_int_equal(kept_does(own, BROKER_UNSENT, &ask), 0);
	}
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM send"), 1);
	s->waits_since -= 30 * INT64_C(1000);
	assert_int_equal(claims(s, "one", false), CLAIM_NEW);
}

/* That is one wait: a login that asks again after a while, for a new code, does
 * not end a start whose message may be on its way. */
static void
waits_anew(void **state)
{
	struct broker_session *s = kept_bound("alice");

	(void)state;
	for (int n = 0; n < 2; n++) {
		struct broker_session *own = kept_bound("alice");
		struct broker_request ask =
		    kept_call(CALL_START, METHOD_SMS, "");

		own->peer.uid = 1001;
		assert_int_equal(kept_begin(own, KEPT_NUMBER), CLAIM_NEW);
		if (n > 0) {
			assert_int_equal(
			    kept_does(own, BROKER_TICKET, &ask), 1);
			assert_int_equal(claims(s, "one", false), CLAIM_WAIT);
			continue;
		}
		assert_int_equal(claims(s, "one", false), CLAIM_NEW);
		ask.id = kept_got.row.id;
		assert_int_equal(kept_does(s, BROKER_UNSENT, &ask), 0);
		broker_held_note_left(own);
		kept_later_ms = 40 * INT64_C(1000);
	}
}

/* A login of bob that starts a row. */
static struct broker_session *
starting(bool begins, bool ticket)
{
	struct broker_session *s = kept_bound("bob");
	struct broker_request ask = kept_any_ask();

	ask.call.kind = CALL_START;
	ask.call.ctx.method = METHOD_SMS;
	assert_int_equal(claims(s, "one", begins), CLAIM_NEW);
	if (ticket)
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	return s;
}

/* Nothing was sent without a ticket; else that is not known. */
static void
a_start_ends_with_its_login(void **state)
{
	static const struct {
		bool ticket, begins;
		int64_t unknown;
	} row[] = { { false, false, 0 }, { false, true, 0 },
		{ true, true, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct broker_session *s =
		    starting(row[i].begins, row[i].ticket);

		assert_true(broker_held_any(s));
		broker_held_end(&kept_own, s);
		assert_int_equal(rows("starting"), 0);
		assert_int_equal(rows("unknown"), row[i].unknown);
		assert_int_equal(
		    claims(kept_bound("alice"), "two", true), CLAIM_NEW);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* Whatever the worker says: an unknown row would keep the number busy. */
static void
nothing_unsent_is_unknown(void **state)
{
	(void)state;
	for (int ticket = 0; ticket < 2; ticket++) {
		struct broker_session *s = starting(true, ticket);
		struct broker_request ask = kept_any_ask();

		ask.id = s->held[0].id;
		/* it replaces no other */
		assert_int_equal(kept_does(s, BROKER_DROP, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_UNKNOWN, &ask), 0);
		assert_false(broker_held_any(s));
		assert_int_equal(rows("starting"), 0);
		assert_int_equal(rows("unknown"), ticket);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* However it calls the provider: of one user they could be all that a host of a
 * fleet may have. */
static void
few_unknown_rows(void **state)
{
	const struct broker_request call =
	    kept_call(CALL_CANCEL, METHOD_SMS, "r");
	struct broker_session *s = kept_bound("bob");
	struct broker_request ask = kept_any_ask();
	char name[8];

	(void)state;
	broker_handle_allow_verification(s, 0, "r", METHOD_SMS);
	for (int i = 0; i < BROKER_STARTS_MAX; i++) {
		PRINT_TO(name, "%d", i);
		if (claims(s, i > 0 ? name : "one", false) != CLAIM_NEW)
			continue;
		ask.id = kept_got.row.id;
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		assert_int_equal(kept_does(s, BROKER_UNKNOWN, &ask), 0);
	}
	assert_in_range(rows("unknown"), 1, SETTINGS_PROVIDERS_MAX);
}

/* The old code is still good while nobody was asked to cancel it. */
static void
a_replaced_row_runs_again(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	broker_held_end(&kept_own, s);
	assert_int_equal(rows("running"), 1);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	ask.call.kind = CALL_CANCEL;
	PRINT_TO(ask.call.ctx.request_id, "%s", "r");
	broker_handle_allow_verification(s, 0, "r", METHOD_SMS);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	broker_held_end(&kept_own, s);
	assert_int_equal(rows("unknown"), 1);
}

/* A login that came to an end holds none, and costs nothing more. */
static void
nothing_is_held(void **state)
{
	static const enum broker_op lets_go[] = { BROKER_STARTED, BROKER_UNSENT,
		BROKER_UNKNOWN, BROKER_DROP, BROKER_RESTORE, BROKER_FINISH };

	(void)state;
	for (size_t i = 0; i < COUNT(lets_go); i++) {
		struct broker_session *s = kept_bound("bob");
		struct broker_request ask = kept_any_ask();

		if (lets_go[i] < BROKER_FINISH) {
			assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
			ask.id = ask.started.id = kept_got.begun.row.id;
		}
		if (lets_go[i] == BROKER_STARTED)
			kept_called(s, CALL_START, METHOD_SMS, "", "r");
		if (lets_go[i] >= BROKER_FINISH) {
			ask = kept_running(s, KEPT_NUMBER, "r");
			(void)kept_tries(s, ask.id);
			kept_called(s, CALL_CHECK, METHOD_SMS, "r", "r");
			assert_false(broker_held_any(s));
			assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
		}
		assert_true(broker_held_any(s));
		assert_true(kept_does(s, lets_go[i], &ask) >= 0);
		assert_false(broker_held_any(s));
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* However it begins them; a claim that waits or looks begins none. */
static void
so_many_starts(void **state)
{
	struct broker_session *s = kept_bound("alice"),
			      *other = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(claims(other, "one", false), CLAIM_NEW);
	for (int i = 0; i < BROKER_STARTS_MAX; i++)
		assert_int_equal(claims(s, "one", false), CLAIM_WAIT);
	ask.id = kept_got.row.id;
	assert_int_equal(kept_does(other, BROKER_UNSENT, &ask), 0);
	ask.flag = true;
	for (int i = 0; i < BROKER_STARTS_MAX; i++)
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.flag = false;
	for (int i = 0; i < BROKER_STARTS_MAX; i++) {
		const bool begins = i % 2;

		assert_int_equal(claims(s, "one", begins), CLAIM_NEW);
		ask.id = begins ? kept_got.begun.row.id : kept_got.row.id;
		assert_int_equal(kept_does(s, BROKER_UNSENT, &ask), 0);
	}
	kept_refused(s, BROKER_CLAIM, &ask, "begins too many verifications");
	ask.begin = (struct store_begin){ .count = 1,
		.candidate[0] = ask.claim,
		.message.counted_as = KEPT_NUMBER };
	kept_refused(s, BROKER_BEGIN, &ask, "begins too many verifications");
	assert_int_equal(claims(other, "one", false), CLAIM_NEW);
}

#define HELD_TEST(f)                                                           \
	cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

BOX_TESTS(test_broker_held)
{
	const struct CMUnitTest tests[] = {
		HELD_TEST(held_by_a_service_of_a_users_own),
		HELD_TEST(held_by_a_ticket_for_no_message),
		HELD_TEST(held_beyond_what_is_noted),
		HELD_TEST(held_by_what_is_given_back),
		HELD_TEST(waits_anew),
		HELD_TEST(anothers_row_of_who_died),
		HELD_TEST(who_lives_goes_on),
		HELD_TEST(a_start_ends_with_its_login),
		HELD_TEST(nothing_unsent_is_unknown),
		HELD_TEST(few_unknown_rows),
		HELD_TEST(a_replaced_row_runs_again),
		HELD_TEST(nothing_is_held),
		HELD_TEST(so_many_starts),
	};

	return BOX_RUN(tests);
}
