/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of a verification, as store.h draws them: each arrow, and what is
 * refused in between.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define START_MS 15000
#define LIFE_MS 300000
#define SMS METHOD_BIT(METHOD_SMS)
#define CALL METHOD_BIT(METHOD_VOICE)
#define ALICE "alice", "+12025550100"

/* Two logins, each with a handle of its own, as two helpers have. */
struct pair {
	struct statebox *box;
	struct store *a, *b;
};
#define SESSION_A 11
#define SESSION_B 22

static int
set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	box_set_up((void **)&p->box);
	p->a = p->box->s;
	p->b = box_open_at(p->box, BOX_BOOT);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct pair *p = *state;

	store_close(p->b);
	box_tear_down((void **)&p->box);
	free(p);
	return 0;
}

/* Claim for SMS at NOW + at. */
static enum store_claim
claim(struct store *s, int64_t session, const char *user, const char *number,
    const char *provider, int64_t at, struct store_row *row)
{
	const struct store_key key = { user, number, provider, "type",
		{ NULL } };

	return at_claim(
	    s, &key, SMS | CALL, METHOD_SMS, session, NOW + at, START_MS, row);
}

static int
started(struct store *s, int64_t id, int64_t session, const char *request,
    int64_t at)
{
	return at_started(s, id, session, request, METHOD_SMS, NOW + at,
	    NOW + at + LIFE_MS, 40 + session);
}

/* A verification that session A started, running. */
static struct store_row
running(struct pair *p)
{
	struct store_row row;

	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "one", 0, &row), CLAIM_NEW);
	assert_int_equal(started(p->a, row.id, SESSION_A, "req-1", 0), 0);
	return row;
}

static void
sql(struct pair *p, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(p->box->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
new_then_joined(void **state)
{
	struct pair *p = *state;
	struct store_row a, b;

	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "one", 0, &a), CLAIM_NEW);
	assert_true(a.mine);
	assert_string_equal(a.request_id, "");
	assert_string_equal(a.provider, "one");
	assert_int_equal(a.method, METHOD_SMS);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 10, &b), CLAIM_WAIT);
	assert_int_equal(started(p->a, a.id, SESSION_A, "req-1", 20), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 30, &b), CLAIM_JOINED);
	assert_int_equal(b.id, a.id);
	assert_string_equal(b.request_id, "req-1");
	assert_string_equal(b.provider, "one");
	assert_int_equal(b.method, METHOD_SMS);
	assert_int_equal(at_sent_at(&b), NOW + 20);
	assert_int_equal(at_expires_at(&b), NOW + 20 + LIFE_MS);
	assert_int_equal(b.tries, 0);
	assert_int_equal(b.sends, 1);
	assert_int_equal(b.joined, 1);
	assert_int_equal(b.send, 40 + SESSION_A);
	assert_false(b.mine);
	/* its own session is not counted */
	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "one", 40, &a), CLAIM_JOINED);
	assert_true(a.mine);
	assert_int_equal(a.joined, 1);
}

static void
numbers_are_apart(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	running(p);
	assert_int_equal(
	    claim(p->b, SESSION_B, "alice", "+12025550101", "one", 1, &row),
	    CLAIM_NEW);
}

static void
unsent_goes(void **state)
{
	struct pair *p = *state;
	struct store_row a, b;

	claim(p->a, SESSION_A, ALICE, "one", 0, &a);
	assert_int_equal(at_unsent(p->b, a.id, SESSION_B), -1);
	assert_int_equal(at_unsent(p->a, a.id, SESSION_A), 0);
	assert_int_equal(at_unsent(p->a, a.id, SESSION_A), -1);
	assert_string_not_equal(store_cause(p->a), "");
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &b), CLAIM_NEW);
	assert_true(b.id > a.id);
}

static void
unknown_stays_a_minute(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	assert_int_equal(at_unknown(p->b, row.id, SESSION_B, NOW), -1);
	assert_int_equal(at_unknown(p->a, row.id, SESSION_A, NOW), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", STORE_UNKNOWN_MS - 1, &row),
	    CLAIM_UNKNOWN);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", STORE_UNKNOWN_MS, &row),
	    CLAIM_NEW);
}

static void
unknown_leaves_the_next_provider(void **state)
{
	struct pair *p = *state;
	struct store_row row, other;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	at_unknown(p->a, row.id, SESSION_A, NOW);
	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "two", 1, &other), CLAIM_NEW);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 2, &row), CLAIM_WAIT);
	assert_int_equal(started(p->a, other.id, SESSION_A, "req-2", 3), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 4, &row), CLAIM_ELSEWHERE);
	assert_string_equal(row.provider, "two");
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "two", 5, &row), CLAIM_JOINED);
	assert_int_equal(plain_finish(p->b, row.id, "req-2"), 1);
	/* the first provider is not asked again so soon */
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 6, &row), CLAIM_UNKNOWN);
	assert_int_equal(
	    claim(p->b, SESSION_B, "bob", "+12025550100", "one", 7, &row),
	    CLAIM_OTHER);
}

static void
late_reply_counts(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", START_MS - 1, &row),
	    CLAIM_WAIT);
	assert_int_equal(claim(p->b, SESSION_B, ALICE, "one", START_MS, &row),
	    CLAIM_UNKNOWN);
	assert_int_equal(
	    started(p->b, row.id, SESSION_B, "req-b", START_MS), -1);
	assert_int_equal(
	    started(p->a, row.id, SESSION_A, "req-1", START_MS), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", START_MS + 1, &row),
	    CLAIM_JOINED);
}

static void
late_reply_after_another_took_over(void **state)
{
	struct pair *p = *state;
	struct store_row a, b;

	claim(p->a, SESSION_A, ALICE, "one", 0, &a);
	claim(p->b, SESSION_B, ALICE, "one", START_MS, &b);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "two", START_MS, &b), CLAIM_NEW);
	assert_int_equal(
	    started(p->a, a.id, SESSION_A, "req-1", START_MS + 1), -1);
	assert_non_null(strstr(store_cause(p->a), "another session"));
	assert_int_equal(
	    started(p->b, b.id, SESSION_B, "req-2", START_MS + 2), 0);
}

static void
dead_start_is_forgotten(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	assert_int_equal(claim(p->b, SESSION_B, ALICE, "one",
			     START_MS + STORE_UNKNOWN_MS - 1, &row),
	    CLAIM_UNKNOWN);
	assert_int_equal(claim(p->b, SESSION_B, ALICE, "one",
			     START_MS + STORE_UNKNOWN_MS, &row),
	    CLAIM_NEW);
}

/* A killed enrolment shuts nobody out: another user's login may end it, and
 * does not join it. */
static void
enrolment_is_ended(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	assert_int_equal(claim(p->a, SESSION_A, "alice/enrolment",
			     "+12025550100", "one", 0, &row),
	    CLAIM_NEW);
	assert_int_equal(started(p->a, row.id, SESSION_A, "req-1", 0), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "two", 1, &row), CLAIM_ELSEWHERE);
	assert_true(row.apart);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &row), CLAIM_UNFIT);
	assert_true(row.apart);
	assert_string_equal(row.request_id, "req-1");
	assert_int_equal(row.joined, 0);
	/* of its own name it is joined, as by the next run of init */
	assert_int_equal(claim(p->b, SESSION_B, "alice/enrolment",
			     "+12025550100", "one", 1, &row),
	    CLAIM_JOINED);
	assert_false(row.apart);
	assert_int_equal(
	    store_row_hold_for_replacing(p->b, row.id, "req-1", false), 1);
	assert_int_equal(store_row_remove_held(p->b, row.id), 1);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &row), CLAIM_NEW);
}

/* One that does not run is gone at once: whoever may enrol names any number.
 * Not one of the same name, whose code twofactl enroll is just sending. */
static void
enrolment_keeps_nobody_out(void **state)
{
	static const enum store_claim meets[] = { CLAIM_WAIT, CLAIM_UNKNOWN,
		CLAIM_SPENT };
	struct pair *p = *state;
	struct store_row row;

	for (size_t i = 0; i < COUNT_OF(meets); i++) {
		assert_int_equal(claim(p->a, SESSION_A, "bob/enrolment",
				     "+12025550100", "one", 0, &row),
		    CLAIM_NEW);
		if (meets[i] == CLAIM_UNKNOWN)
			assert_int_equal(
			    store_row_mark_unknown(p->a, row.id), 0);
		if (meets[i] == CLAIM_SPENT) {
			assert_int_equal(
			    started(p->a, row.id, SESSION_A, "req-1", 0), 0);
			assert_int_equal(
			    at_spend(p->a, row.id, "req-1", NOW + LIFE_MS), 1);
		}
		assert_int_equal(claim(p->b, SESSION_B, "carol/enrolment",
				     "+12025550100", "one", 1, &row),
		    meets[i]);
		assert_int_equal(claim(p->b, SESSION_B, "bob", "+12025550100",
				     "one", 1, &row),
		    meets[i]);
		assert_int_equal(
		    claim(p->b, SESSION_B, ALICE, "one", 1, &row), CLAIM_NEW);
		assert_int_equal(store_row_remove_unsent(p->b, row.id), 0);
	}
}

/* It gives way to a message of the number's owner, not to one whose login holds
 * its row no more. */
static void
enrolment_stays_without_a_message(void **state)
{
	struct pair *p = *state;
	struct store_row row, own;
	struct store_started to = { .request_id = "req-2",
		.method = METHOD_SMS,
		.life_ms = LIFE_MS,
		.number = "+12025550100" };

	assert_int_equal(
	    claim(p->b, SESSION_B, "alice", "+12025550101", "one", 0, &own),
	    CLAIM_NEW);
	assert_int_equal(started(p->b, own.id, SESSION_B, "req-2", 0), 0);
	assert_int_equal(
	    claim(p->a, SESSION_A, "bob/enrolment", to.number, "one", 0, &row),
	    CLAIM_NEW);
	to.id = own.id;
	assert_true(at_started_so(p->b, SESSION_B, NOW, &to) < 0);
	assert_int_equal(started(p->a, row.id, SESSION_A, "req-1", 0), 0);
}

/* ... and one of a login it does not end; nor is a person's name one. */
static void
enrolment_ends_no_login(void **state)
{
	static const char *const names[] = { "alice", "deploy//enrolment",
		"/enrolment" };
	struct pair *p = *state;
	struct store_row row;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(claim(p->a, SESSION_A, names[i],
				     "+12025550100", "one", 0, &row),
		    CLAIM_NEW);
		assert_int_equal(
		    started(p->a, row.id, SESSION_A, "req-1", 0), 0);
		assert_int_equal(claim(p->b, SESSION_B, "bob/enrolment",
				     "+12025550100", "one", 1, &row),
		    CLAIM_OTHER);
		assert_int_equal(claim(p->a, SESSION_A, names[i],
				     "+12025550100", "one", 1, &row),
		    CLAIM_JOINED);
		assert_int_equal(plain_finish(p->a, row.id, "req-1"), 1);
	}
}

static void
other_user_sees_nothing(void **state)
{
	static const struct store_row nothing;
	struct pair *p = *state;
	struct store_row row;

	running(p);
	assert_int_equal(
	    claim(p->b, SESSION_B, "bob", "+12025550100", "one", 1, &row),
	    CLAIM_OTHER);
	assert_memory_equal(&row, &nothing, sizeof(row));
	assert_int_equal(
	    claim(p->b, SESSION_B, "bob", "+12025550100", "two", 1, &row),
	    CLAIM_OTHER);
	assert_int_equal(
	    claim(p->b, SESSION_B, "Alice", "+12025550100", "one", 1, &row),
	    CLAIM_OTHER);
}

static void
method_outside_the_mask(void **state)
{
	struct pair *p = *state;
	const struct store_key key = { ALICE, "one", "type", { NULL } };
	struct store_row row;

	running(p);
	assert_int_equal(at_claim(p->b, &key, CALL, METHOD_VOICE, SESSION_B,
			     NOW, START_MS, &row),
	    CLAIM_UNFIT);
	assert_int_equal(at_claim(p->b, &key, SMS, METHOD_SMS, SESSION_B, NOW,
			     START_MS, &row),
	    CLAIM_JOINED);
}

static void
expired_makes_room(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(
	    box_try(p->a, row.id, 3, NOW + LIFE_MS - 1, &b), TRY_COUNTED);
	assert_int_equal(
	    box_try(p->a, row.id, 3, NOW + LIFE_MS, &b), TRY_EXPIRED);
	/* not removed behind the back of a session at its prompt */
	assert_int_equal(
	    claim(p->b, SESSION_B, "bob", "+12025550101", "one", LIFE_MS, &b),
	    CLAIM_NEW);
	assert_int_equal(
	    box_try(p->a, row.id, 3, NOW + LIFE_MS, &b), TRY_EXPIRED);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", LIFE_MS, &b), CLAIM_NEW);
	assert_int_equal(box_try(p->a, row.id, 3, NOW + LIFE_MS, &b), TRY_GONE);
}

static void
old_rows_go(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	claim(p->b, SESSION_B, "bob", "+12025550101", "one", LIFE_MS + 600000,
	    &b);
	assert_int_equal(box_try(p->a, row.id, 3, NOW + LIFE_MS, &b), TRY_GONE);
}

static void
boots_are_apart(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;
	struct store *after = box_open_at(p->box, "another-boot");

	assert_int_equal(box_try(after, row.id, 3, NOW, &b), TRY_GONE);
	assert_int_equal(plain_finish(after, row.id, "req-1"), 0);
	assert_int_equal(
	    at_replace(after, row.id, SESSION_B, "req-1", false, NOW), 0);
	assert_int_equal(
	    at_spend(after, row.id, "req-1", NOW + STORE_SPENT_MS), 0);
	assert_int_equal(store_row_refund_try(after, row.id, "req-1", NULL), 0);
	assert_int_equal(store_row_remove_ended(after, row.id, "req-1"), 0);
	assert_int_equal(started(after, row.id, SESSION_A, "req-2", 0), -1);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_int_equal(
	    claim(after, SESSION_B, ALICE, "one", 1, &b), CLAIM_NEW);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_GONE);
	store_close(after);
}

static void
future_rows_are_dead(void **state)
{
	struct pair *p = *state;
	struct store *before = box_open_at(p->box, "");
	struct store *after = box_open_at(p->box, "");
	struct store_row row, b;

	assert_int_equal(
	    claim(before, SESSION_A, ALICE, "one", 50000, &row), CLAIM_NEW);
	assert_int_equal(started(before, row.id, SESSION_A, "req", 50000), 0);
	/* two clocks read in a different order than they got the lock, for
	 * which a helper waits up to 20 s */
	assert_int_equal(
	    claim(after, SESSION_B, ALICE, "one", 30000, &b), CLAIM_JOINED);
	assert_int_equal(box_try(after, row.id, 3, NOW, &b), TRY_GONE);
	assert_int_equal(
	    claim(after, SESSION_B, ALICE, "one", 0, &b), CLAIM_NEW);
	store_close(before);
	store_close(after);
}

static void
tries_are_counted_together(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_int_equal(b.tries, 1);
	assert_string_equal(b.request_id, "req-1");
	assert_int_equal(b.method, METHOD_SMS);
	assert_true(b.mine);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_int_equal(b.tries, 3);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_FULL);
	assert_int_equal(b.tries, 3);
	/* the third may still turn out right */
	assert_int_equal(plain_finish(p->a, row.id, "req-1"), 1);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_GONE);
	assert_int_equal(box_try(p->b, 4711, 3, NOW, &b), TRY_GONE);
}

static void
refund(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(store_row_refund_try(p->a, row.id, "req-1", NULL), 0);
	box_try(p->a, row.id, 3, NOW, &b);
	assert_int_equal(b.tries, 1);
	assert_int_equal(store_row_refund_try(p->a, row.id, "req-2", NULL), 0);
	box_try(p->a, row.id, 3, NOW, &b);
	assert_int_equal(b.tries, 2);
	assert_int_equal(store_row_refund_try(p->a, row.id, "req-1", NULL), 0);
	box_try(p->a, row.id, 3, NOW, &b);
	assert_int_equal(b.tries, 2);
	assert_int_equal(store_row_refund_try(p->a, 4711, "req-1", NULL), 0);
}

static void
consume_once(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(plain_finish(p->a, row.id, "req-2"), 0);
	assert_int_equal(plain_finish(p->a, row.id, ""), 0);
	assert_int_equal(plain_finish(p->a, row.id + 1, "req-1"), 0);
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 1);
	assert_int_equal(plain_finish(p->a, row.id, "req-1"), 0);
	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "one", 1, &b), CLAIM_NEW);
	/* the number of the row is not used again */
	assert_true(b.id > row.id);
	assert_int_equal(plain_finish(p->a, b.id, ""), 0);
}

/* A right code that was on its way when another session used up the tries. */
static void
spent_can_be_consumed(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p);

	assert_int_equal(box_try(p->b, row.id, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(
	    at_spend(p->a, row.id, "req-1", NOW + STORE_SPENT_MS), 1);
	assert_int_equal(plain_finish(p->b, row.id, "req-2"), 0);
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 1);
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 0);
}

static void
spent_stays_a_minute(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(at_spend(p->b, row.id, "req-0", NOW + 1), 0);
	assert_int_equal(
	    at_spend(p->a, row.id, "req-1", NOW + STORE_SPENT_MS), 1);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_SPENT);
	assert_int_equal(
	    at_replace(p->b, row.id, SESSION_B, "req-1", false, NOW), 0);
	assert_int_equal(store_row_remove_ended(p->b, row.id, "req-1"), 0);
	assert_int_equal(at_spend(p->b, row.id, "req-1", NOW + 90000), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", STORE_SPENT_MS - 1, &b),
	    CLAIM_SPENT);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "two", STORE_SPENT_MS - 1, &b),
	    CLAIM_SPENT);
	assert_int_equal(at_ends_at(&b), NOW + STORE_SPENT_MS);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", STORE_SPENT_MS, &b),
	    CLAIM_NEW);
}

/* A right code that was on its way when another session asked for a new one. */
static void
replacing_can_be_consumed(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	claim(p->b, SESSION_B, ALICE, "one", 1, &b);
	assert_int_equal(at_holds(p->b, row.id, SESSION_B), 0);
	assert_int_equal(
	    at_replace(p->b, row.id, SESSION_B, "req-1", false, NOW), 1);
	assert_int_equal(at_holds(p->b, row.id, SESSION_B), 1);
	assert_int_equal(at_holds(p->a, row.id, SESSION_A), 0);
	assert_int_equal(plain_finish(p->a, row.id, "req-2"), 0);
	assert_int_equal(plain_finish(p->a, row.id, "req-1"), 1);
	assert_int_equal(at_holds(p->b, row.id, SESSION_B), 0);
	assert_int_equal(started(p->b, row.id, SESSION_B, "req-2", 3), -1);
	assert_int_equal(at_unsent(p->b, row.id, SESSION_B), -1);
}

static void
replace_by_one(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	claim(p->b, SESSION_B, ALICE, "one", 1, &b);
	box_try(p->a, row.id, 3, NOW, &b);
	assert_int_equal(
	    at_replace(p->b, row.id, SESSION_B, "req-0", false, NOW), 0);
	assert_int_equal(
	    at_replace(p->b, row.id, SESSION_B, "req-1", false, NOW), 1);
	assert_int_equal(
	    at_replace(p->a, row.id, SESSION_A, "req-1", false, NOW), 0);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_WAIT);
	assert_int_equal(
	    claim(p->a, SESSION_A, ALICE, "one", 2, &b), CLAIM_WAIT);
	assert_int_equal(
	    at_spend(p->a, row.id, "req-1", NOW + STORE_SPENT_MS), 0);
	assert_int_equal(started(p->a, row.id, SESSION_A, "req-2", 3), -1);
	assert_int_equal(started(p->b, row.id, SESSION_B, "req-2", 3), 0);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_COUNTED);
	/* one count of tries; the newest code counts */
	assert_int_equal(b.tries, 2);
	assert_int_equal(b.sends, 2);
	assert_int_equal(b.send, 40 + SESSION_B);
	assert_string_equal(b.request_id, "req-2");
	assert_false(b.mine);
	assert_int_equal(plain_finish(p->a, row.id, "req-1"), 0);
	assert_int_equal(plain_finish(p->a, row.id, "req-2"), 1);
}

static void
restore_keeps_the_old_code(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(at_restore(p->a, row.id, SESSION_A), -1);
	at_replace(p->b, row.id, SESSION_B, "req-1", false, NOW);
	assert_int_equal(at_restore(p->a, row.id, SESSION_A), -1);
	assert_int_equal(at_restore(p->b, row.id, SESSION_B), 0);
	assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_true(b.mine);
	assert_int_equal(b.sends, 1);
	assert_int_equal(at_expires_at(&b), NOW + LIFE_MS);
	assert_int_equal(
	    box_try(p->a, row.id, 3, NOW + LIFE_MS, &b), TRY_EXPIRED);
	assert_int_equal(started(p->b, row.id, SESSION_B, "req-2", 3), -1);
	assert_int_equal(plain_finish(p->a, row.id, "req-1"), 1);
}

static void
replace_alone(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(
	    at_replace(p->b, row.id, SESSION_B, "req-1", true, NOW), 0);
	assert_int_equal(
	    at_replace(p->a, row.id, SESSION_A, "req-1", true, NOW), 1);
	assert_int_equal(at_restore(p->a, row.id, SESSION_A), 0);
	claim(p->b, SESSION_B, ALICE, "one", 1, &b);
	assert_int_equal(
	    at_replace(p->a, row.id, SESSION_A, "req-1", true, NOW), 0);
	assert_int_equal(
	    at_replace(p->a, row.id, SESSION_A, "req-1", false, NOW), 1);
}

static void
replaced_and_not_sent(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	at_replace(p->a, row.id, SESSION_A, "req-1", false, NOW);
	assert_int_equal(at_unsent(p->a, row.id, SESSION_A), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &b), CLAIM_NEW);
}

static void
replaced_and_unknown(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	at_replace(p->a, row.id, SESSION_A, "req-1", false, NOW);
	assert_int_equal(at_unknown(p->a, row.id, SESSION_A, NOW), 0);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_GONE);
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &b), CLAIM_UNKNOWN);
}

static void
replacing_died(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	at_replace(p->a, row.id, SESSION_A, "req-1", false, NOW);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", START_MS - 1, &b), CLAIM_WAIT);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", START_MS, &b), CLAIM_UNKNOWN);
	assert_int_equal(at_restore(p->a, row.id, SESSION_A), -1);
	assert_int_equal(claim(p->b, SESSION_B, ALICE, "one",
			     START_MS + STORE_UNKNOWN_MS, &b),
	    CLAIM_NEW);
}

static void
ended_goes(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	assert_int_equal(store_row_remove_ended(p->a, row.id, "req-0"), 0);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_COUNTED);
	assert_int_equal(store_row_remove_ended(p->a, row.id, "req-1"), 0);
	assert_int_equal(box_try(p->b, row.id, 3, NOW, &b), TRY_GONE);
}

static void
ids_are_bounded(void **state)
{
	char id[STORE_ID_MAX + 2];
	struct pair *p = *state;
	struct store_row row, b;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	memset(id, 'f', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	assert_int_equal(started(p->a, row.id, SESSION_A, id, 0), -1);
	assert_int_equal(started(p->a, row.id, SESSION_A, "", 0), -1);
	id[STORE_ID_MAX] = '\0';
	assert_int_equal(started(p->a, row.id, SESSION_A, id, 0), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 1, &b), CLAIM_JOINED);
	assert_string_equal(b.request_id, id);
	assert_int_equal(claim(p->b, SESSION_B, ALICE,
			     "a-name-of-more-than-thirty-two-bytes", 1, &b),
	    CLAIM_ERROR);
}

static void
texts_are_data(void **state)
{
	struct pair *p = *state;
	struct store_row row, b;

	assert_int_equal(claim(p->a, SESSION_A, "o'neil\"; DROP TABLE x",
			     "+12025550100", "a'b", 0, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    started(p->a, row.id, SESSION_A, "x' OR '1'='1", 0), 0);
	assert_int_equal(plain_finish(p->b, row.id, "' OR ''='"), 0);
	assert_int_equal(claim(p->b, SESSION_B, "o'neil\"; DROP TABLE x",
			     "+12025550100", "a'b", 1, &b),
	    CLAIM_JOINED);
	assert_int_equal(plain_finish(p->b, row.id, b.request_id), 1);
}

/* Does the file hold the text? */
static bool
holds(const char *path, const char *needle)
{
	char *text;
	size_t len;
	bool found;
	FILE *f;

	f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	len = (size_t)ftell(f);
	rewind(f);
	text = malloc(len);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, len, f), len);
	fclose(f);
	found = memmem(text, len, needle, strlen(needle)) != NULL;
	free(text);
	return found;
}

static void
no_phone_book(void **state)
{
	struct pair *p = *state;
	char wal[128];

	running(p);
	snprintf(wal, sizeof(wal), "%s-wal", p->box->path);
	assert_true(holds(wal, "req-1"));
	assert_false(holds(wal, "2025550100"));
	assert_false(holds(p->box->path, "2025550100"));
}

static void
damaged_rows_are_errors(void **state)
{
	static const char *const damage[] = { "state = 'bogus'", "tries = -1",
		"tries = 5000000000", "method = 99", "method = -1",
		"sends = -7", "joined = 99999999999",
		"provider = printf('%.99c', 'x')",
		"request_id = printf('%.99c', 'x')" };
	struct pair *p = *state;
	struct store_row row, b;
	char text[160];

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		row = running(p);
		snprintf(text, sizeof(text), "UPDATE verification SET %s",
		    damage[i]);
		sql(p, text);
		assert_int_equal(box_try(p->a, row.id, 3, NOW, &b), TRY_ERROR);
		assert_int_equal(
		    claim(p->b, SESSION_B, ALICE, "one", 1, &b), CLAIM_ERROR);
		assert_non_null(strstr(store_cause(p->b), "damaged"));
		sql(p, "DELETE FROM verification");
	}
}

static void
no_transaction_stays_open(void **state)
{
	struct pair *p = *state;
	struct store_row row = running(p), b;

	/* each of these fails or does nothing; the other handle goes on */
	box_try(p->a, 4711, 3, NOW, &b);
	plain_finish(p->a, 4711, "x");
	at_restore(p->a, row.id, SESSION_A);
	sql(p, "UPDATE verification SET state = 'bogus'");
	box_try(p->a, row.id, 3, NOW, &b);
	claim(p->a, SESSION_A, ALICE, "one", 1, &b);
	sql(p, "UPDATE verification SET state = 'running'");
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 1);
}

/* How long a start takes is its own provider's matter, not the claimer's. */
static void
own_time_of_a_start(void **state)
{
	const struct store_key key = { ALICE, "slow", "type", { NULL } };
	struct pair *p = *state;
	struct store_row row;

	at_claim(
	    p->a, &key, SMS, METHOD_SMS, SESSION_A, NOW, 6 * START_MS, &row);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "quick", 6 * START_MS - 1, &row),
	    CLAIM_WAIT);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "slow", 6 * START_MS, &row),
	    CLAIM_UNKNOWN);
}

/* One name, another type: it does not run here any more. */
static void
type_of_the_row(void **state)
{
	struct pair *p = *state;
	const struct store_key key = { ALICE, "one", "other", { NULL } };
	struct store_row row;

	running(p);
	assert_int_equal(at_claim(p->b, &key, SMS, METHOD_SMS, SESSION_B, NOW,
			     START_MS, &row),
	    CLAIM_ELSEWHERE);
	assert_string_equal(row.type, "type");
}

/* The user's own is found by what else he is known by; another's is not. */
static void
by_another_number(void **state)
{
	struct pair *p = *state;
	struct store_key key = { "alice", "alice@example.org", "one", "type",
		{ "+12025550100", NULL } };
	struct store_row row;

	running(p);
	assert_int_equal(at_claim(p->b, &key, SMS, METHOD_SMS, SESSION_B, NOW,
			     START_MS, &row),
	    CLAIM_JOINED);
	key.user = "bob";
	assert_int_equal(at_claim(p->b, &key, SMS, METHOD_SMS, SESSION_B, NOW,
			     START_MS, &row),
	    CLAIM_NEW);
}

/* Its next message goes to another number. */
static int
started_to(struct store *s, int64_t id, const char *number)
{
	const struct store_started to = { .id = id,
		.request_id = "req-2",
		.method = METHOD_SMS,
		.life_ms = LIFE_MS,
		.number = number };

	return at_started_so(s, SESSION_A, NOW + 2, &to);
}

static void
another_number(void **state)
{
	struct pair *p = *state;
	const int64_t id = running(p).id;
	struct store_row row;

	claim(p->b, SESSION_B, "bob", "bob@example.org", "one", 1, &row);
	assert_int_equal(
	    store_number_is_unclaimed(p->a, id, "bob@example.org"), 0);
	assert_int_equal(
	    store_number_is_unclaimed(p->a, id, "a@example.org"), 1);
	assert_int_equal(
	    store_number_is_unclaimed(p->a, id, "+12025550100"), 1);
	/* only who holds it */
	assert_int_equal(started_to(p->a, id, "a@example.org"), -1);
	at_replace(p->a, id, SESSION_A, "req-1", false, NOW);
	assert_int_equal(started_to(p->a, id, "bob@example.org"), STORE_CLASH);
	assert_non_null(strstr(store_cause(p->a), "has that number"));
	/* nothing was changed */
	assert_int_equal(at_holds(p->a, id, SESSION_A), 1);
	assert_int_equal(started_to(p->a, id, "a@example.org"), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, "bob", "a@example.org", "one", 3, &row),
	    CLAIM_OTHER);
}

/* Two rows never have one id; what is over makes room for it. */
static void
one_id(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	running(p);
	claim(p->b, SESSION_B, "bob", "+12025550111", "one", 1, &row);
	assert_int_equal(
	    started(p->b, row.id, SESSION_B, "req-1", 1), STORE_CLASH);
	assert_non_null(strstr(store_cause(p->b), "another verification"));
	assert_int_equal(
	    started(p->b, row.id, SESSION_B, "req-1", LIFE_MS + 1), 0);
	assert_int_equal(plain_finish(p->b, row.id, "req-1"), 1);
}

/* Open at the provider after its code: tried as long as that, not joined. */
static void
lasts_longer(void **state)
{
	struct pair *p = *state;
	struct store_started to = { .request_id = "req-1",
		.method = METHOD_SMS,
		.life_ms = LIFE_MS,
		.lasts_ms = 2 * LIFE_MS };
	struct store_row row;
	int64_t id;

	claim(p->a, SESSION_A, ALICE, "one", 0, &row);
	id = to.id = row.id;
	assert_int_equal(at_started_so(p->a, SESSION_A, NOW, &to), 0);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", LIFE_MS, &row), CLAIM_UNFIT);
	assert_true(at_ends_at(&row) == NOW + 2 * LIFE_MS);
	assert_int_equal(
	    box_try(p->a, id, 3, NOW + LIFE_MS, &row), TRY_COUNTED);
	at_replace(p->a, id, SESSION_A, "req-1", false, NOW + LIFE_MS);
	at_restore(p->a, id, SESSION_A);
	assert_int_equal(
	    box_try(p->a, id, 3, NOW + 2 * LIFE_MS - 1, &row), TRY_COUNTED);
	assert_int_equal(
	    box_try(p->a, id, 3, NOW + 2 * LIFE_MS, &row), TRY_EXPIRED);
	assert_int_equal(
	    claim(p->b, SESSION_B, ALICE, "one", 2 * LIFE_MS, &row), CLAIM_NEW);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, set_up, tear_down)

BOX_TESTS(test_store)
{
	const struct CMUnitTest tests[] = {
		TEST(new_then_joined),
		TEST(own_time_of_a_start),
		FILE_TEST(type_of_the_row),
		TEST(by_another_number),
		TEST(another_number),
		TEST(one_id),
		TEST(lasts_longer),
		TEST(numbers_are_apart),
		TEST(unsent_goes),
		TEST(unknown_stays_a_minute),
		TEST(unknown_leaves_the_next_provider),
		TEST(late_reply_counts),
		TEST(late_reply_after_another_took_over),
		TEST(dead_start_is_forgotten),
		TEST(enrolment_is_ended),
		TEST(enrolment_keeps_nobody_out),
		TEST(enrolment_stays_without_a_message),
		TEST(enrolment_ends_no_login),
		TEST(other_user_sees_nothing),
		TEST(method_outside_the_mask),
		TEST(expired_makes_room),
		TEST(old_rows_go),
		FILE_TEST(boots_are_apart),
		FILE_TEST(future_rows_are_dead),
		TEST(tries_are_counted_together),
		TEST(refund),
		TEST(consume_once),
		TEST(spent_can_be_consumed),
		TEST(spent_stays_a_minute),
		TEST(replacing_can_be_consumed),
		TEST(replace_by_one),
		TEST(restore_keeps_the_old_code),
		TEST(replace_alone),
		TEST(replaced_and_not_sent),
		TEST(replaced_and_unknown),
		TEST(replacing_died),
		TEST(ended_goes),
		TEST(ids_are_bounded),
		TEST(texts_are_data),
		FILE_TEST(no_phone_book),
		FILE_TEST(damaged_rows_are_errors),
		FILE_TEST(no_transaction_stays_open),
	};

	return BOX_RUN(tests);
}
