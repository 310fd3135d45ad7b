/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many people behind one address. Who answered rightly from there within 30
 * days leaves room for the others, and somebody who answers nothing has no more
 * than before. TWOFA_OFFICE: how many people there are in the office's hour.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define HOUR 3600
#define DAY 86400
#define NOON (INT64_C(20000) * DAY + 12 * HOUR)
#define OFFICE "192.0.2.0/24"
#define HOME "198.51.100.0/24"
#define SESSION 7

/* The settings' own defaults (settings_groups.c). */
static const struct limits_of_sends limits = { .user_hour = 5,
	.user_day = 15,
	.number_day = 15,
	.source_hour = 30,
	.office_hour = 200,
	.host_hour = 300,
	.number_answered_day = 60,
	.push_hour = 5,
	.fleet_hour = 3000,
	.spend_day = -1,
	.spend_month = -1 };

struct relay_person {
	char user[16], number[16];
	const char *source;
	bool office;
	struct store_row row;
	int64_t send;
};

/* Some source, where that is not an office that the settings name. */
static struct relay_person
person(unsigned n, const char *source)
{
	struct relay_person p = { .source = source };

	snprintf(p.user, sizeof(p.user), "user%u", n);
	snprintf(p.number, sizeof(p.number), "+1202555%04u", n);
	return p;
}

/* The limit that holds, or NULL. */
static const char *
ask(struct statebox *b, struct relay_person *p, int64_t wall)
{
	const struct store_send_key by = { .user = p->user,
		.counted_as = p->number,
		.source = p->source,
		.office = p->office };
	const char *which = "";
	int64_t wait_s = 0;

	switch (
	    at_send_take(b->s, &by, &limits, wall, &p->send, &wait_s, &which)) {
	case SEND_TAKEN:
		return NULL;
	case SEND_WAIT:
		return which;
	case SEND_ERROR:
		break;
	}
	fail_msg("%s", store_cause(b->s));
	return "";
}

static void
send_to(struct statebox *b, struct relay_person *p, int64_t wall)
{
	const struct store_key key = { p->user, p->number, "vonage",
		"vonage-verify", { NULL } };
	const char *which = ask(b, p, wall);
	char id[32];

	if (which != NULL)
		fail_msg("%s: %s", p->user, which);
	snprintf(id, sizeof(id), "id-%lld", (long long)p->send);
	assert_int_equal(at_claim(b->s, &key, METHOD_BIT(METHOD_SMS),
			     METHOD_SMS, SESSION, wall * 1000, 60000, &p->row),
	    CLAIM_NEW);
	assert_int_equal(at_started(b->s, p->row.id, SESSION, id, METHOD_SMS,
			     wall * 1000, wall * 1000 + 300000, p->send),
	    0);
	snprintf(p->row.request_id, sizeof(p->row.request_id), "%s", id);
}

static void
answer(struct statebox *b, const struct relay_person *p)
{
	const struct store_right right = { .user = p->user,
		.source = p->source,
		.service = "sshd",
		.method = METHOD_SMS,
		.provider = "vonage" };
	const struct store_finish f = { .id = p->row.id,
		.request_id = p->row.request_id };

	assert_int_equal(plain_finish_as(b->s, &f, &right), 1);
}

static void
get_in(struct statebox *b, unsigned n, const char *source, int64_t wall)
{
	struct relay_person p = person(n, source);

	send_to(b, &p, wall);
	answer(b, &p);
}

/* How many messages that nobody answers leave from there, each to another user,
 * until a limit holds. */
static unsigned
unanswered(struct statebox *b, const char *source, bool office, int64_t wall)
{
	static unsigned next = 5000;
	struct relay_person p = person(next++, source);
	unsigned sent = 0;
	const char *which;

	for (p.office = office; (which = ask(b, &p, wall)) == NULL; sent++) {
		p = person(next++, source);
		p.office = office;
	}
	assert_string_equal(
	    which, office ? "sends_per_office_hour" : "sends_per_source_hour");
	return sent;
}

/* A user counts once, and at no other source. */
static void
five_for_each_user(void **state)
{
	struct statebox *b = *state;

	for (unsigned n = 0; n < 4; n++)
		get_in(b, 1, OFFICE, NOON + n);
	get_in(b, 2, OFFICE, NOON + 5);
	assert_int_equal(unanswered(b, OFFICE, false, NOON + 6), 40);
	assert_int_equal(unanswered(b, HOME, false, NOON + 6), 30);
}

/* For 30 days behind the last one. */
static void
for_thirty_days(void **state)
{
	struct statebox *b = *state;

	get_in(b, 1, OFFICE, NOON);
	get_in(b, 2, OFFICE, NOON);
	get_in(b, 2, OFFICE, NOON + 20 * DAY);
	assert_int_equal(unanswered(b, OFFICE, false, NOON + 30 * DAY - 1), 40);
	assert_int_equal(
	    unanswered(b, OFFICE, false, NOON + 30 * DAY + HOUR), 35);
	assert_int_equal(unanswered(b, OFFICE, false, NOON + 50 * DAY), 30);
	/* and what is over goes */
	get_in(b, 3, OFFICE, NOON + 51 * DAY);
	get_in(b, 3, OFFICE, NOON + 52 * DAY + 1);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM answered_from"), 1);
}

/* Names and networks are not told. */
static void
digests(void **state)
{
	struct statebox *b = *state;

	get_in(b, 1, OFFICE, NOON);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM answered_from WHERE "
			     "length(source) >= 32 AND length(user) >= 32 "
			     "AND source <> user"),
	    1);
}

/* Networks of one's own raise no more limits than these. */
static void
at_twenty_sources(void **state)
{
	struct statebox *b = *state;
	char source[32];

	for (unsigned n = 0; n < 25; n++) {
		snprintf(source, sizeof(source), "10.0.%u.0/24", n);
		get_in(b, 1, source, NOON + n);
	}
	assert_int_equal(unanswered(b, "10.0.19.0/24", false, NOON + 30), 35);
	assert_int_equal(unanswered(b, "10.0.20.0/24", false, NOON + 30), 30);
}

static void
see(void *ctx, const struct store_window *w)
{
	if (strcmp(w->name, "sends_per_source_hour") == 0)
		*(unsigned *)ctx = w->limit;
}

/* Of many users 300, which explain shows. */
static void
three_hundred(void **state)
{
	const struct store_send_key by = {
		.user = "eve", .counted_as = "+12025550100", .source = OFFICE
	};
	struct statebox *b = *state;
	unsigned limit = 0;

	for (unsigned n = 0; n < 56; n++) {
		get_in(b, n, OFFICE, NOON + n);
		if (n == 52)
			assert_int_equal(
			    store_send_windows(b->s, &by, &limits, &limit, see),
			    0);
		assert_true(n != 52 || limit == 295);
	}
	assert_int_equal(
	    store_send_windows(b->s, &by, &limits, &limit, see), 0);
	assert_int_equal(limit, 300);
}

static void
an_office_of_the_settings(void **state)
{
	struct statebox *b = *state;

	get_in(b, 1, OFFICE, NOON);
	assert_int_equal(unanswered(b, OFFICE, false, NOON + 1), 35);
	/* its network has other addresses, which are not the office's */
	assert_int_equal(unanswered(b, OFFICE, true, NOON + 1), 205 - 35);
}

/* Ten passwords: five messages of each user, and no more than the 30 where no
 * one else comes from. */
static void
ten_passwords(void **state)
{
	struct statebox *b = *state;
	unsigned sent = 0, other;

	for (unsigned n = 0; n < 10; n++)
		get_in(b, n, OFFICE, NOON);
	for (unsigned round = 0; round < 8; round++)
		for (unsigned n = 0; n < 10; n++) {
			struct relay_person p = person(n, OFFICE);

			sent += ask(b, &p, NOON + 1) == NULL;
		}
	assert_int_equal(sent, 50);
	other = unanswered(b, OFFICE, false, NOON + 2);
	assert_int_equal(other, 30 + 10 * 5 - 50);
	assert_int_equal(unanswered(b, HOME, false, NOON + 2), 30);
}

/* Two logins and four sudo each within an hour; each twentieth types a wrong
 * code once. Who has ten
 * others' passwords asks for messages all the time and answers nothing. */
static void
an_offices_hour(void **state)
{
	const char *many = getenv("TWOFA_OFFICE");
	const unsigned people = many != NULL ? (unsigned)atoi(many) : 20;
	static struct relay_person all[200];
	const struct limits_of_guesses guesses = { 6, 30, 900, 0 };
	struct statebox *b = *state;
	unsigned stolen = 0, turn = 0;

	assert_in_range(people, 20, 200);
	if (box_remote)
		postgres_sql(
		    "INSERT INTO twofa.host(name, hourly_sends) VALUES "
		    "('local', 2000) ON CONFLICT (name) DO UPDATE "
		    "SET hourly_sends = 2000 RETURNING 1");
	for (unsigned round = 0; round < 6; round++)
		for (unsigned n = 0; n < people; n++, turn++) {
			const int64_t wall =
			    NOON + (int64_t)turn * HOUR / (6 * people);
			struct relay_person *p = &all[n];
			struct relay_person thief =
			    person(500 + turn / 2 % 10, OFFICE);
			struct store_guess_token token;
			int64_t wait_s;

			*p = person(n, OFFICE);
			p->office = true;
			thief.office = true;
			send_to(b, p, wall);
			if (round == 0 && n % 20 == 0)
				assert_int_equal(
				    at_guess_take(b->s, p->user, OFFICE,
					&guesses, wall, &token, &wait_s),
				    GUESS_OPEN);
			stolen += turn % 2 == 0 && ask(b, &thief, wall) == NULL;
			/* the last ten have not answered yet */
			if (turn >= 10)
				answer(b, &all[(n + people - 10) % people]);
		}
	assert_int_equal(stolen, 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_office)
{
	const struct CMUnitTest tests[] = {
		TEST(five_for_each_user),
		TEST(for_thirty_days),
		TEST(digests),
		TEST(at_twenty_sources),
		TEST(three_hundred),
		TEST(an_office_of_the_settings),
		TEST(ten_passwords),
		TEST(an_offices_hour),
	};

	return BOX_RUN(tests);
}
