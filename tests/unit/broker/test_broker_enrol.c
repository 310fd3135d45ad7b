/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user without a record enrols at a login: what the state broker does for a
 * worker, and what it does not, whoever has taken that over.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/fleet_records/fleet_records.h"
#include "helper/store/store_backend.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define TODAY 20717u /* of KEPT_WALL */
#define NUMBER "+12025550142"
#define OTHER "+12025550143"
#define ENROLLED_PATH (FOLDER_PATH_MAX + 16)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *prefix[] = { "+1202" };

static int
enrol_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.unenrolled_enrol = true;
	kept_conf.self_enrol_until = TODAY + 1;
	kept_conf.today = TODAY;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	store_time_wall((TWOFA_DAY + 1) * INT64_C(86400));
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	return 0;
}

static struct broker_session *
bound_with(const char *user, const struct facts *facts, uid_t uid)
{
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	s->peer.uid = uid;
	if (uid != 0)
		PRINT_TO(s->own, "%s", user);
	kept_says(s, facts);
	ask.user = user;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

static struct broker_session *
bound(const char *user)
{
	const struct facts facts = kept_facts(user);

	return bound_with(user, &facts, 0);
}

static int64_t
enrols(const char *user, const char *number, const char *id)
{
	struct broker_session *s = bound(user);

	assert_int_equal(kept_enrol_open(s, number), 1);
	kept_proves(s, number, id);
	return kept_enrol_commit(s, 1003);
}

/* The next login has the record, and nobody reads the number in the file. */
static void
enrolled_in_the_window(void **state)
{
	struct broker_session *s;
	char command[256];

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	s = bound("carol");
	assert_string_equal(s->record.phone, NUMBER);
	assert_int_equal(s->record.uid, 1003);
	assert_true(s->record.enabled);
	assert_int_equal(s->record.channels, 2);
	assert_false(s->enrol.absent);
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	PRINT_TO(command, "grep -qaF %s %s*", &NUMBER[1], kept_box->path);
	assert_int_not_equal(system(command), 0);
}

/* The file that is ahead of the state closes the window to all: it is written
 * once the record is on the disk, as the power may be cut in between. */
static void
on_the_disk_before_the_file(void **state)
{
	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	assert_int_equal(store_state_get(kept_own.store)->unsynced, 0);
}

/* Nobody whom the rules deny, or do not ask; a group may be another's. */
static void
whom_the_rules_do_not_ask(void **state)
{
	static const enum action others[] = { ACTION_DENY, ACTION_SKIP,
		ACTION_OBSERVE };
	static const char *admins[] = { "admins" };

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		kept_conf.rule[0].action = others[i];
		assert_int_equal(kept_enrol_open(bound("carol"), NUMBER), 0);
	}
	kept_conf.rule[0].groups = (struct text_list){ 1, admins };
	assert_int_equal(kept_enrol_open(bound("carol"), NUMBER), 1);
}

/* A login has one number: what was right for it proves no other. */
static void
one_number_a_login(void **state)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	ask.claim.key.receiver = OTHER;
	kept_refused(s, BROKER_CLAIM, &ask,
	    "names a receiver that its login is not bound to");
	kept_proves(s, NUMBER, "c");
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_string_equal(bound("carol")->record.phone, NUMBER);
}

static void
closed(const char *user, const struct facts *facts, uid_t uid)
{
	struct broker_session *s = bound_with(user, facts, uid);

	assert_int_equal(kept_enrol_open(s, NULL), 0);
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

/* A login goes on with the settings of its beginning; a record would stay. */
static void
not_by_settings_of_before(void **state)
{
	struct broker_session *s = bound("carol");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "n");
	kept_own.stale = true;
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	kept_own.stale = false;
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

/* Each condition by itself closes the window. */
static void
where_nobody_enrols(void **state)
{
	struct facts facts = kept_facts("carol");
	struct broker_session *s;

	(void)state;
	kept_conf.self_enrol_until = TODAY - 1;
	closed("carol", &facts, 0);
	kept_conf.self_enrol_until = 0;
	closed("carol", &facts, 0);
	kept_conf.self_enrol_until = TODAY;
	kept_conf.unenrolled_enrol = false;
	closed("carol", &facts, 0);
	kept_conf.unenrolled_enrol = true;
	facts.service = "su";
	closed("carol", &facts, 0);
	facts.service = "sshd";
	facts.conversation = false;
	closed("carol", &facts, 0);
	facts.one_field = "123456";
	closed("carol", &facts, 0);
	facts.one_field = NULL;
	facts.conversation = true;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	closed("carol", &facts, 1003);
	PRINT_TO(kept_conf.provider[0].scheme, "%s", "http");
	closed("carol", &facts, 0);
	PRINT_TO(kept_conf.provider[0].scheme, "%s", "https");
	kept_record("carol", "");
	closed("carol", &facts, 0);
	kept_record("carol", "phone = \"" KEPT_NUMBER "\"; enabled = false;");
	closed("carol", &facts, 0);
	kept_record("carol", "phone = \"" KEPT_NUMBER "\"; left = true;");
	closed("carol", &facts, 0);
	facts.user = "dave";
	s = bound_with("dave", &facts, 0);
	assert_int_equal(
	    kept_enrol_open(s, "+442079460000"), 0); /* not allowed there */
	assert_int_equal(kept_enrol_open(s, "alice"), 0);
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
}

/* A worker's word for a code is no proof. */
static void
a_workers_word_proves_nothing(void **state)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask;

	(void)state;
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	ask = kept_verified(s, NUMBER, "c");
	broker_ticket_note_right(
	    s, 0, "", METHOD_NONE); /* no receipt has come */
	kept_refused(s, BROKER_FINISH, &ask,
	    "ends a verification whose code was not right");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

static void
another_users_number(void **state)
{
	(void)state;
	kept_record("bob", "");
	assert_int_equal(enrols("carol", KEPT_NUMBER, "c"), BROKER_ENROLLED_NO);
	assert_int_equal(enrols("carol", NUMBER, "d"), BROKER_ENROLLED_DONE);
	assert_int_equal(enrols("dave", NUMBER, "e"), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 1);
}

/* What an admin does last holds. */
static void
an_admin_is_first(void **state)
{
	struct broker_session *s = bound("carol");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "c");
	kept_record("carol", "");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
}

static void
an_admin_is_last(void **state)
{
	struct broker_session *s;
	struct store *own;

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	kept_record("carol", "phone = \"" KEPT_NUMBER "\"; enabled = false;");
	s = bound("carol");
	assert_string_equal(s->record.phone, "");
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	own = box_open(kept_box);
	assert_int_equal(store_record_remove(own, "carol", NULL), 1);
	store_close(own);
	assert_int_equal(kept_enrolled(), 0);
}

static void
two_windows(void **state)
{
	struct broker_session *a = bound("carol"), *b = bound("carol");

	(void)state;
	assert_int_equal(kept_enrol_open(a, NUMBER), 1);
	assert_int_equal(kept_enrol_open(b, OTHER), 1);
	kept_proves(a, NUMBER, "a");
	kept_proves(b, OTHER, "b");
	assert_int_equal(kept_enrol_commit(a, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(b, 1003), BROKER_ENROLLED_BEFORE);
	assert_string_equal(bound("carol")->record.phone, NUMBER);
}

/* By what one who enrols may claim: any number. */
static struct broker_request
claims(struct broker_session *s, enum store_claim result)
{
	struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), result);
	ask.id = ask.started.id = kept_got.row.id;
	return ask;
}

static struct broker_request
starts(struct broker_session *s, const char *id)
{
	struct broker_request ask = claims(s, CLAIM_NEW);

	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", id);
	ask.request_id = ask.started.request_id = id;
	return ask;
}

/* Neither by a start that lasts, nor by one without an answer, nor by wrong
 * codes. */
static void
the_owner_is_not_kept_out(void **state)
{
	struct broker_session *bob = bound("bob"), *s;
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_reaches(bob, KEPT_NUMBER, "");
	for (int i = 0; i < 3; i++) {
		char id[8];

		PRINT_TO(id, "m%d", i);
		s = bound("carol");
		assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
		ask = starts(s, id);
		if (i == 1)
			assert_int_equal(kept_does(s, BROKER_UNKNOWN, &ask), 0);
		if (i == 2) {
			assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
			assert_int_equal(kept_does(s, BROKER_SPEND, &ask), 1);
		}
		ask = claims(bob, CLAIM_NEW);
		assert_int_equal(kept_does(bob, BROKER_UNSENT, &ask), 0);
	}
}

/* By another type bob's login would take it for one of a provider that is gone,
 * and not end it there, which his own start may need. */
static void
of_its_providers_type(void **state)
{
	struct broker_session *bob = bound("bob"), *s = bound("carol");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_reaches(bob, KEPT_NUMBER, "");
	assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
	ask.claim.key.type = "http-sms";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(bob, BROKER_CLAIM, &ask), CLAIM_UNFIT);
	assert_string_equal(kept_got.row.type, kept_type.name);
}

/* carol's verification of bob's number: 0 starts, 1 runs, 2 is spent. */
static void
enrols_his_number(int how, const char *id)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask;

	assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
	ask = starts(s, id);
	if (how > 0)
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	if (how > 1)
		assert_int_equal(kept_does(s, BROKER_SPEND, &ask), 1);
}

/* By an administrator (STORE_ADMIN) or the help desk (STORE_DESK), for bob. */
static enum store_claim
claims_for_bob(const char *before, enum method method, struct store_row *row)
{
	char name[32];
	const struct store_key key = { name, KEPT_NUMBER, "one", kept_type.name,
		{ NULL } };

	PRINT_TO(name, "%sbob" STORE_ENROLMENT, before);
	return store_claim(
	    kept_own.store, &key, METHOD_ALL, method, 15000, row);
}

static void
starts_for_bob(const struct store_row *row)
{
	const struct store_started started = { .id = row->id,
		.request_id = "d",
		.method = METHOD_SMS,
		.life_ms = 300000 };

	assert_int_equal(store_row_set_started(kept_own.store, &started), 0);
}

/* A login of this user that enrols his number. */
static void
stays_out(const char *user)
{
	struct broker_session *s = bound(user);

	assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
	(void)claims(s, CLAIM_OTHER);
}

/* Nor is the help desk, which checks a phone of its user's record: an enrolment
 * may not end that check. */
static void
nor_the_help_desk(void **state)
{
	struct store_row row;

	(void)state;
	for (int how = 0; how < 3; how += 2) {
		enrols_his_number(how, how == 0 ? "a" : "b");
		assert_int_equal(
		    claims_for_bob(STORE_DESK, METHOD_SMS, &row), CLAIM_NEW);
		if (how == 0)
			assert_int_equal(
			    store_row_remove_unsent(kept_own.store, row.id), 0);
	}
	/* nor does its own second claim end the first */
	assert_int_equal(
	    claims_for_bob(STORE_DESK, METHOD_NONE, &row), CLAIM_WAIT);
	starts_for_bob(&row);
	stays_out("carol");
}

/* Nor is an administrator, whose enrolment a login's may not end. */
static void
nor_an_administrator(void **state)
{
	struct store_row row;

	(void)state;
	for (int how = 0; how < 3; how++) {
		char id[8];

		PRINT_TO(id, "a%d", how);
		enrols_his_number(how, id);
		assert_int_equal(claims_for_bob(STORE_ADMIN, METHOD_SMS, &row),
		    how == 1 ? CLAIM_UNFIT : CLAIM_NEW);
		if (how == 1)
			assert_int_equal(
			    store_row_remove_ended(kept_own.store, row.id, id),
			    0);
		else if (how == 0)
			assert_int_equal(
			    store_row_remove_unsent(kept_own.store, row.id), 0);
	}
	starts_for_bob(&row);
	stays_out("carol");
	stays_out("bob");
}

/* The user's own login waits for the reply to their start, by whose id it ends
 * what would keep it out at the provider. */
static void
nor_before_its_reply(void **state)
{
	static const char *const before[] = { STORE_ADMIN, STORE_DESK };
	struct broker_session *bob = bound("bob");
	struct store_row row;

	(void)state;
	kept_reaches(bob, KEPT_NUMBER, "");
	for (size_t i = 0; i < COUNT_OF(before); i++) {
		assert_int_equal(
		    claims_for_bob(before[i], METHOD_SMS, &row), CLAIM_NEW);
		(void)claims(bob, CLAIM_WAIT);
		starts_for_bob(&row);
		(void)claims(bob, CLAIM_UNFIT);
		assert_int_equal(
		    store_row_remove_ended(kept_own.store, row.id, "d"), 0);
	}
}

/* Nor does an administrator's join that of a login of the same user, whose code
 * others may have tried. */
static void
nor_joined_by_an_administrator(void **state)
{
	struct broker_session *bob = bound("bob");
	struct broker_request ask;
	struct store_row row;

	(void)state;
	assert_int_equal(kept_enrol_open(bob, KEPT_NUMBER), 1);
	ask = starts(bob, "b");
	assert_int_equal(kept_does(bob, BROKER_STARTED, &ask), 0);
	assert_int_equal(
	    claims_for_bob(STORE_ADMIN, METHOD_SMS, &row), CLAIM_UNFIT);
}

/* bob's verification at his address, of which a code may come to the number. */
static struct broker_request
runs_at_an_address(struct broker_session *s)
{
	static const char address[] = "b@example.org";
	struct broker_request ask = kept_any_ask();

	ask.claim.key.receiver = address;
	ask.claim.method = METHOD_EMAIL;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_EMAIL, "", "e");
	ask.request_id = ask.started.request_id = "e";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	return ask;
}

/* Nor where the verification of the number's owner comes there by its next
 * message. */
static void
nor_by_the_next_message(void **state)
{
	struct broker_session *s;
	struct broker_request ask;
	char id[8];

	(void)state;
	kept_type.next_method = NULL; /* else email is refused at once */
	kept_record("bob",
	    "phone = \"" KEPT_NUMBER "\"; email = \"b@example.org\"; "
	    "channels = [\"sms\", \"email\"];");
	for (int how = 0; how < 2; how++) {
		s = bound("bob");
		ask = runs_at_an_address(s);
		PRINT_TO(id, "n%d", how);
		enrols_his_number(how, id);
		assert_int_equal(kept_does(s, BROKER_NUMBER_FREE, &ask), 1);
		assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		kept_called(s, CALL_START, METHOD_SMS, "", "e");
		ask.started.number = KEPT_NUMBER;
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	}
}

/* dave's session, which enrols the number that carol enrols, and has counted a
 * message. */
static struct broker_session *
enrols_beside_carol(struct broker_request *ask)
{
	struct broker_session *carol = bound("carol"), *s = bound("dave");

	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	*ask = starts(carol, "c");
	assert_int_equal(kept_does(carol, BROKER_STARTED, ask), 0);
	assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
	*ask = claims(s, CLAIM_UNFIT);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, ask), SEND_TAKEN);
	return s;
}

/* All that a login may do with the row of another is to end it. */
static void
ends_it_alone(struct broker_session *s, struct broker_request ask)
{
	static const enum broker_op no[] = { BROKER_STARTED, BROKER_UNSENT,
		BROKER_UNKNOWN, BROKER_REFUND, BROKER_FINISH, BROKER_SPEND,
		BROKER_ATTEMPT, BROKER_CODE_RIGHT, BROKER_REFUSE,
		BROKER_NUMBER_FREE };

	kept_called(s, CALL_START, METHOD_SMS, "", "own");
	ask.started.request_id = "own";
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	for (size_t i = 0; i < COUNT(no); i++)
		kept_refused(s, no[i], &ask, NOT_TOLD);
	assert_int_equal(kept_does(s, BROKER_HOLDS, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_RESTORE, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_DROP, &ask), 1);
}

static void
anothers_enrolment(void **state)
{
	struct broker_request ask;
	struct broker_session *s = enrols_beside_carol(&ask);

	(void)state;
	ask.request_id = "c";
	ends_it_alone(s, ask);
}

/* Nor has it more where the vendor gives the same id to a start of its own. */
static void
a_start_beside_anothers_enrolment(void **state)
{
	struct broker_request ask, call;
	struct broker_session *s = enrols_beside_carol(&ask);

	(void)state;
	kept_called(s, CALL_START, METHOD_SMS, "", "c");
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	call = kept_call(CALL_CHECK, METHOD_SMS, "c");
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 0);
	call = kept_call(CALL_CANCEL, METHOD_SMS, "c");
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
}

/* bob's session, which has looked at the row by which carol enrols his number:
 * what it may ask of that. */
static struct broker_session *
looks_at_carols(struct broker_request *ask)
{
	struct broker_session *carol = bound("carol"), *bob;

	kept_record("bob", "");
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	*ask = starts(carol, "c");
	assert_int_equal(kept_does(carol, BROKER_STARTED, ask), 0);
	bob = bound("bob");
	*ask = claims(bob, CLAIM_UNFIT);
	assert_int_equal(kept_does(bob, BROKER_LOOK, ask), 1);
	return bob;
}

/* A look gives it no method: its code, which the enrolling user has, ends no
 * row of the login's own. */
static void
a_look_at_anothers_enrolment(void **state)
{
	struct broker_session *bob;
	struct broker_request ask;

	(void)state;
	bob = looks_at_carols(&ask);
	ask.request_id = ask.started.request_id = "c";
	assert_int_equal(kept_does(bob, BROKER_END, &ask), 0);
	ask.id = ask.started.id = claims(bob, CLAIM_NEW).id;
	kept_refused(bob, BROKER_STARTED, &ask,
	    "starts a verification without a receipt");
}

/* A name that all enrolments of a user have would carry a verification from one
 * number to another: whose code the one has proves nothing about the other. */
static void
no_row_beside_its_number(void **state)
{
	struct broker_session *one = bound("carol"), *two = bound("carol");
	char push[OWNER_PUSH_MAX];
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_enrol_open(one, NUMBER), 1);
	assert_int_equal(kept_enrol_open(two, OTHER), 1);
	owner_write_push("carol", 0, push);
	ask.claim.key.receiver = push;
	for (size_t i = 0; i < 2; i++)
		kept_refused(i == 0 ? one : two, BROKER_CLAIM, &ask,
		    "names a receiver that its login is not bound to");
}

/* Nor does the next code of what another enrols. */
static void
the_next_code_of_anothers_enrolment(void **state)
{
	struct broker_session *bob;
	struct broker_request ask, call = kept_call(CALL_NEXT, METHOD_SMS, "c");

	(void)state;
	bob = looks_at_carols(&ask);
	assert_int_equal(kept_does(bob, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_refused(bob, BROKER_TICKET, &call,
	    "used a provider's request id without a handle");
}

/* Also one of the user's own at a service of another uid. */
static void
a_row_of_another_service(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_session *s = bound("bob"), *at;
	struct broker_request ask;

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	at = bound_with("bob", &facts, 1003);
	kept_reaches(at, KEPT_NUMBER, "");
	ask = starts(at, "b");
	assert_int_equal(kept_does(at, BROKER_STARTED, &ask), 0);
	s = bound("bob");
	ask = claims(s, CLAIM_UNFIT);
	ask.request_id = "b";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ends_it_alone(s, ask);
}

/* A worker of user.sock names a start of 300 s: root's services wait for 95 s
 * at most, as at a server. */
static void
nor_its_start_for_long(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_request ask = kept_any_ask();
	struct broker_session *s;

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	s = bound_with("bob", &facts, 1003);
	ask.claim.start_ms = BROKER_LIFE_MS;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", "b");
	(void)claims(bound("bob"), CLAIM_WAIT);
	store_time_now(INT64_C(1000000) + 95000);
	(void)claims(bound("bob"), CLAIM_NEW);
}

/* Twilio gives each start for a number the same id: who had it first does not
 * keep root's services out by a row elsewhere. */
static void
not_by_a_row_elsewhere(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_session *s;
	struct broker_request ask = kept_any_ask(), call;
	char push[OWNER_PUSH_MAX];

	(void)state;
	kept_type.next_method = NULL; /* else it is refused at once */
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	s = bound_with("bob", &facts, 1003);
	owner_write_push(s->bound_to.user, 1003, push);
	ask.claim.key.receiver = push;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	call = kept_call(CALL_START, METHOD_SMS, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	call = kept_receipt(s, &call, BROKER_DONE, "same");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	ask.started.request_id = "same";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	s = bound("bob");
	ask = starts(s, "same");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
}

/* Who enrols may name anybody's number: that ends no login of its owner at a
 * service of another uid, which root's other logins may end. */
static void
nor_by_who_enrols_its_number(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_session *carol = bound("carol"), *bob;
	struct broker_request ask, end;

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	bob = bound_with("bob", &facts, 1003);
	ask = starts(bob, "b");
	assert_int_equal(kept_does(bob, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	end = ask;
	(void)kept_does(carol, BROKER_CLAIM, &end);
	kept_refused(carol, BROKER_END, &end, NOT_TOLD);
	ask.tries = 5;
	assert_int_equal(kept_does(bob, BROKER_ATTEMPT, &ask), 1);
	(void)claims(carol, CLAIM_OTHER);
	ask.request_id = "b";
	ask.ms = 60000;
	assert_int_equal(kept_does(bob, BROKER_SPEND, &ask), 1);
	(void)claims(carol, CLAIM_OTHER);
	(void)claims(bound_with("bob", &facts, 1003), CLAIM_SPENT);
	(void)claims(bound("bob"), CLAIM_NEW);
}

/* Nor by a row that it began there before, and starts once another provider is
 * asked for the owner. */
static void
nor_by_a_start_that_came_late(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_session *carol = bound("carol"), *bob;
	struct broker_request late, ask = kept_any_ask(), call;

	(void)state;
	kept_add_provider();
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	late = starts(carol, "c");
	assert_int_equal(kept_does(carol, BROKER_UNKNOWN, &late), 0);
	bob = bound_with("bob", &facts, 1003);
	ask.claim.key.provider = "two";
	assert_int_equal(kept_does(bob, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(bob, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	call = kept_call(CALL_START, METHOD_SMS, "");
	call.provider = call.call.provider = "two";
	assert_int_equal(kept_does(bob, BROKER_TICKET, &call), 1);
	call = kept_receipt(bob, &call, BROKER_DONE, "b");
	assert_int_equal(kept_does(bob, BROKER_RECEIPT, &call), 0);
	ask.started.request_id = "b";
	assert_int_equal(kept_does(bob, BROKER_STARTED, &ask), 0);
	late.started.number = KEPT_NUMBER;
	assert_int_equal(kept_does(carol, BROKER_STARTED, &late), STORE_CLASH);
	/* nor once that row is gone */
	assert_int_equal(kept_does(carol, BROKER_UNSENT, &late), 0);
	assert_int_equal(kept_does(carol, BROKER_STARTED, &late), STORE_CLASH);
	ask.tries = 5;
	assert_int_equal(kept_does(bob, BROKER_ATTEMPT, &ask), 1);
}

/* Nor by a row of BEGIN: at a server that would be no enrolment's. */
static void
nor_by_its_begin(void **state)
{
	struct broker_session *carol = bound("carol");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	ask.begin.count = 1;
	ask.begin.candidate[0] = ask.claim;
	ask.begin.message.counted_as = KEPT_NUMBER;
	kept_refused(carol, BROKER_BEGIN, &ask,
	    "would begin with a verification that enrols");
	kept_record("bob", "");
	(void)claims(bound("bob"), CLAIM_NEW);
}

/* Nor does an enrolment keep another user from enrolling the same number for
 * longer than wrong codes do. */
static void
nor_who_enrols_it_for_long(void **state)
{
	struct broker_session *dave = bound("dave"), *carol = bound("carol");
	struct broker_request ask;

	(void)state;
	assert_int_equal(kept_enrol_open(dave, KEPT_NUMBER), 1);
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	ask = starts(dave, "d");
	assert_int_equal(kept_does(dave, BROKER_STARTED, &ask), 0);
	ask.ms = INT64_C(3600000);
	assert_int_equal(kept_does(dave, BROKER_SPEND, &ask), 1);
	(void)claims(carol, CLAIM_SPENT);
	assert_in_range(kept_got.row.over_ms, 1, STORE_SPENT_MS);
}

/* A code of ours, under an id that its worker chose: to the number of one login
 * it proves no number of another. */
static void
not_by_a_code_to_another_number(void **state)
{
	static const char *const numbers[] = { NUMBER, OTHER };
	struct broker_request ask = kept_any_ask(), call;
	struct broker_session *s = NULL;
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	ask.request_id = ask.started.request_id = ".chosen";
	ask.started.code = "";
	for (size_t i = 0; i < COUNT(numbers); i++) {
		s = bound("carol");
		assert_int_equal(kept_enrol_open(s, numbers[i]), 1);
		ask.claim.key.receiver = ask.message.counted_as = numbers[i];
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		call = kept_call(CALL_START, METHOD_SMS, "");
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		if (i == 0)
			PRINT_TO(code, "%s", s->own_code);
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask),
		    i == 0 ? 0 : STORE_CLASH);
	}
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_WAIT);
}

/* Services of other uids end none of root's so. */
static void
nor_by_who_is_not_root(void **state)
{
	struct facts facts = kept_facts("bob");
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	s = bound("bob");
	ask = starts(s, "same");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	s = bound_with("bob", &facts, 1003);
	ask = kept_any_ask();
	kept_reaches(s, KEPT_OTHER_NUMBER, "");
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	broker_handle_allow_verification(s, 0, "same", METHOD_SMS)->phone = 0;
	PRINT_TO(s->sent_as, "same"); /* as if it had sent a message */
	ask.started.request_id = "same";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), STORE_CLASH);
}

/* Nor does who has its id from a start of the own, without a row. */
static void
nor_a_verification_that_runs(void **state)
{
	static const enum provider_call_kind kinds[] = { CALL_CANCEL,
		CALL_CHECK, CALL_NEXT };
	struct facts facts = kept_facts("bob");

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_record("bob", "");
	for (int enrols = 0; enrols < 2; enrols++) {
		struct broker_session *bob = bound("bob"),
				      *s = enrols
		    ? bound("carol")
		    : bound_with("bob", &facts, 1003);
		struct broker_request ask = starts(bob, "same"), call;

		assert_int_equal(kept_does(bob, BROKER_STARTED, &ask), 0);
		if (enrols)
			assert_int_equal(kept_enrol_open(s, KEPT_NUMBER), 1);
		ask = claims(s, CLAIM_OTHER);
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		kept_called(s, CALL_START, METHOD_SMS, "", "same");
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		for (size_t i = 0; i < COUNT(kinds); i++) {
			call = kept_call(kinds[i], METHOD_SMS, "same");
			assert_int_equal(kept_does(s, BROKER_TICKET, &call), 0);
		}
		box_sql(kept_box, "DELETE FROM verification");
		box_sql(kept_box, "DELETE FROM send");
	}
}

static enum store_send
sends_to(const char *number)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_enrol_open(s, number), 1);
	ask.message.counted_as = number;
	return (enum store_send)kept_does(s, BROKER_SEND_TAKE, &ask);
}

/* Five an hour, whatever is set: the numbers may be anybody's. */
static void
messages_to_any_number(void **state)
{
	char number[] = "+12025550140";

	(void)state;
	for (; number[11] < '5'; number[11]++)
		assert_int_equal(sends_to(number), SEND_TAKEN);
	assert_int_equal(sends_to(number), SEND_WAIT);
	kept_conf.sends.user_hour = 2;
	assert_int_equal(enrols("dave", NUMBER, "d"), BROKER_ENROLLED_DONE);
}

/* One that may have failed lets no other pass the limit of the number, of which
 * the owner keeps half. */
static void
not_beside_one_that_may_arrive(void **state)
{
	struct broker_session *carol = bound("carol");
	struct broker_request ask = kept_any_ask(), call;

	(void)state;
	kept_conf.sends.number_day = 2;
	kept_record("bob", "");
	assert_int_equal(kept_enrol_open(carol, KEPT_NUMBER), 1);
	assert_int_equal(kept_does(carol, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	call = kept_call(CALL_START, METHOD_SMS, "");
	assert_int_equal(kept_does(carol, BROKER_TICKET, &call), 1);
	call = kept_receipt(carol, &call, BROKER_UNSURE, "");
	assert_int_equal(kept_does(carol, BROKER_RECEIPT, &call), 0);
	ask.message.carried = CARRIED_BESIDE;
	assert_int_equal(kept_does(carol, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	ask.message.carried = CARRIED_NOT;
	assert_int_equal(
	    kept_does(bound("bob"), BROKER_SEND_TAKE, &ask), SEND_TAKEN);
}

/* An app. */

static const char *both[] = { "phone", "app" };

static void
by_an_app(void **state)
{
	static const char *const users[] = { "carol", "dave" };
	char command[400];

	(void)state;
	kept_wall = clock_wall_s(); /* the step is the same to the end */
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	for (size_t i = 0; i < COUNT(users); i++) {
		struct broker_session *s = bound(users[i]);
		struct secret secret;

		assert_int_equal(kept_enrol_secret(s, &secret), 1);
		assert_int_equal(secret.len, SECRET_RANDOM_MAX);
		assert_int_equal(
		    kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
		assert_int_equal(kept_enrol_code(s, &secret, 10), 0);
		assert_int_equal(
		    kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
		assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
		assert_int_equal(
		    kept_enrol_commit(s, 1003), BROKER_ENROLLED_DONE);
		assert_int_equal(
		    kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
		PRINT_TO(command, "grep -qaF %s %s*", secret.b, kept_box->path);
		assert_int_not_equal(system(command), 0);
		s = bound(users[i]);
		assert_false(s->enrol.absent);
		assert_string_equal(s->record.app[0].secret.b, secret.b);
		assert_string_equal(s->record.phone, "");
		assert_int_equal(s->record.channel[0], METHOD_TOTP);
		assert_int_equal(s->record.uid, 1003);
		assert_int_equal(
		    kept_enrol_code(s, &secret, 0), 0); /* used up */
		assert_int_equal(kept_enrol_code(s, &secret, 1), 1);
	}
	kept_wall = 0;
	assert_int_equal(kept_enrolled(), 2);
}

/* What was right for one device proves no other. */
static void
one_device_a_login(void **state)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask = kept_any_ask();
	struct secret secret, other;

	(void)state;
	assert_int_equal(
	    kept_enrol_secret(s, &secret), 0); /* not among the kinds */
	assert_string_equal(secret.b, "");
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "c");
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_secret(s, &other), 0);
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
	ask.claim.key.receiver = ask.message.counted_as = NUMBER;
	kept_refused(s, BROKER_CLAIM, &ask,
	    "names a receiver that its login is not bound to");
	s = bound("carol");
	assert_int_equal(kept_enrol_secret(s, &other), 1);
	assert_string_not_equal(secret.b, other.b);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 0);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	kept_conf.enrol_kinds = (struct text_list){ 1, &both[1] };
	s = bound("carol");
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	kept_record("carol", "");
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
}

/* Nobody's login is remembered by a device, or an invitation, before there is a
 * record: it would let in whoever comes without one, and after the window. */
static void
remembered_by_a_record_alone(void **state)
{
	struct broker_session *s = bound("carol");
	const struct broker_request ask = { .begin.count = 0 };
	struct secret secret;

	(void)state;
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	s = bound("dave");
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "d");
	kept_conf.self_enrol_until = TODAY - 1;
	assert_int_equal(kept_does(bound("carol"), BROKER_BEGIN, &ask), 0);
	assert_false(kept_got.begun.remembered);
	assert_int_equal(kept_does(bound("dave"), BROKER_BEGIN, &ask), 0);
	assert_false(kept_got.begun.remembered);
	s = kept_bound("alice"); /* who has one */
	kept_proves(s, KEPT_NUMBER, "a");
	assert_int_equal(kept_does(kept_bound("alice"), BROKER_BEGIN, &ask), 0);
	assert_true(kept_got.begun.remembered);
}

static void
five_codes_of_an_app(void **state)
{
	struct broker_session *s = bound("carol");
	const struct broker_request ask = { .number = "123456" };
	struct secret secret;

	(void)state;
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	for (int64_t i = 0; i < 5; i++)
		assert_int_equal(kept_enrol_code(s, &secret, 10 + i), 0);
	assert_int_equal(box_sql(kept_box,
			     "SELECT sum(wrong) FROM guess WHERE user = "
			     "'carol' AND source <> ''"),
	    5);
	kept_refused(
	    s, BROKER_TOTP, &ask, "tries too many codes of an app that enrols");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
}

/* A rule that takes no app gets none. */
static void
a_rule_without_apps(void **state)
{
	struct broker_session *s = bound("carol");
	const struct broker_request ask = { .number = "123456" };
	struct secret secret;

	(void)state;
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	s->methods = METHODS_PHONE;
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	kept_refused(s, BROKER_TOTP, &ask, "has no app that its rule accepts");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
}

/* An invitation. */

static const char invitation[] = "ABCDEFGH2345WXYZ";

static void
invites(const char *user)
{
	static const char *const code[] = { invitation };
	struct store_recovery bypass = { .use = RECOVERY_USE_BOTH,
		.until = 3600 };
	struct store *own = box_open(kept_box);

	PRINT_TO(bypass.by, "%s", "root why");
	assert_int_equal(store_recovery_set(own, user, code, 1, &bypass), 0);
	store_close(own);
}

static int64_t
types(struct broker_session *s, const char *code)
{
	struct broker_request ask = { .hashes = 1 };

	assert_int_equal(kept_does(s, BROKER_RECOVERY_LIST, &ask), 1);
	ask.hash[0] = kept_got.hash[0];
	assert_int_equal(
	    recovery_code_hash(ask.hash[0].salt, code, ask.hash[0].hash), 0);
	return kept_does(s, BROKER_ENROL_OPEN, &ask);
}

static int64_t
invitations(void)
{
	return box_sql(kept_box, "SELECT count(*) FROM recovery");
}

static void
by_an_invitation(void **state)
{
	struct broker_session *a = bound("carol"), *b;

	(void)state;
	kept_conf.self_enrol_until = 0;
	invites("carol");
	assert_int_equal(types(a, "ABCDEFGH2345WXYA"), 0);
	assert_int_equal(kept_enrol_open(a, NUMBER), 0);
	assert_int_equal(types(a, invitation), 1);
	b = bound("carol");
	assert_int_equal(types(b, invitation), 1);
	assert_int_equal(kept_enrol_open(a, NUMBER), 1);
	assert_int_equal(kept_enrol_open(b, OTHER), 1);
	kept_proves(a, NUMBER, "a"); /* although the invitation is open */
	kept_proves(b, OTHER, "b");
	assert_int_equal(invitations(), 1);
	assert_int_equal(kept_enrol_commit(a, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(invitations(), 0);
	assert_int_equal(kept_enrol_commit(b, 1003), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 1);
}

/* Ended meanwhile, it gives no record. */
static void
an_invitation_that_was_ended(void **state)
{
	struct broker_session *s = bound("carol");

	(void)state;
	kept_conf.self_enrol_until = 0;
	invites("carol");
	assert_int_equal(types(s, invitation), 1);
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "c");
	(void)box_sql(kept_box, "DELETE FROM recovery");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

static void
nobody_else_s_invitation(void **state)
{
	struct broker_session *s = bound("carol");
	struct broker_request ask = { .hashes = 1 };
	struct store_recovery list[STORE_CODES_MAX];
	struct store *own;

	(void)state;
	kept_conf.self_enrol_until = 0;
	invites("bob");
	own = box_open(kept_box);
	assert_int_equal(store_recovery_list(own, "bob", list), 1);
	store_close(own);
	ask.hash[0] = list[0];
	assert_int_equal(
	    recovery_code_hash(list[0].salt, invitation, ask.hash[0].hash), 0);
	assert_int_equal(kept_does(s, BROKER_ENROL_OPEN, &ask), 0);
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
}

/* The state that was lost. */

static void
enrolled_path(char path[ENROLLED_PATH])
{
	snprintf(path, ENROLLED_PATH, "%s/" SETTINGS_ENROLLED_FILE,
	    kept_conf.state_dir);
}

static void
a_state_that_is_older(void **state)
{
	struct broker_session *s;
	char path[ENROLLED_PATH];

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	(void)box_sql(kept_box,
	    "DELETE FROM enrolled; DELETE FROM sqlite_sequence "
	    "WHERE name = 'enrolled'");
	(void)box_sql(
	    kept_box, "DELETE FROM sqlite_sequence WHERE name = 'enrolled'");
	s = bound("carol");
	assert_true(s->enrol.absent);
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
	invites("carol");
	assert_int_equal(types(s, invitation), 1);
	/* the admin goes on without it */
	enrolled_path(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kept_enrol_open(bound("dave"), OTHER), 1);
}

/* Enrolments by invitation do not make an older state pass for the newest. */
static void
an_older_state_does_not_catch_up(void **state)
{
	struct broker_session *s;

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	(void)box_sql(kept_box, "DELETE FROM enrolled");
	(void)box_sql(
	    kept_box, "DELETE FROM sqlite_sequence WHERE name = 'enrolled'");
	invites("dave");
	s = bound("dave");
	assert_int_equal(types(s, invitation), 1);
	assert_int_equal(kept_enrol_open(s, OTHER), 1);
	kept_proves(s, OTHER, "d");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_open(bound("carol"), NUMBER), 0);
}

/* Who is enrolled is never taken for one who is not. */
static void
another_host_key(void **state)
{
	char path[ENROLLED_PATH];

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	snprintf(path, sizeof(path), "%s/host.key", kept_conf.state_dir);
	assert_int_equal(unlink(path), 0);
	broker_store_close(&kept_own);
	assert_false(bound("carol")->enrol.absent);
	assert_int_equal(kept_enrol_open(bound("carol"), OTHER), 0);
}

static void
a_file_that_is_damaged(void **state)
{
	char path[ENROLLED_PATH];
	FILE *to;

	(void)state;
	enrolled_path(path);
	to = fopen(path, "w");
	assert_non_null(to);
	assert_int_equal(fchmod(fileno(to), 0600), 0);
	fputs("many", to);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(kept_enrol_open(bound("carol"), NUMBER), 0);
}

/* The file catches up: nobody is enrolled without it. */
static void
a_file_that_was_lost(void **state)
{
	char path[ENROLLED_PATH];
	struct stat st;

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	enrolled_path(path);
	assert_int_equal(unlink(path), 0);
	broker_store_close(&kept_own);
	assert_string_equal(bound("carol")->record.phone, NUMBER);
	assert_int_equal(stat(path, &st), 0);
}

/* A row of another user, or an older one, is none. */
static void
a_row_that_was_changed(void **state)
{
	static const char *const changes[] = {
		"UPDATE enrolled SET user = 'dave'",
		"UPDATE enrolled SET id = id + 1",
		"UPDATE enrolled SET sealed = upper(sealed)",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		const char *user = i == 0 ? "dave" : "carol";
		struct broker_session *s;

		if (i > 0)
			(void)box_sql(kept_box, "DELETE FROM enrolled");
		assert_int_equal(
		    enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
		(void)box_sql(kept_box, changes[i]);
		s = bound(user);
		assert_string_equal(s->record.phone, "");
		assert_int_equal(kept_enrol_open(s, OTHER), 0);
	}
}

static void
locked(void **state)
{
	struct broker_session *s = bound("carol");
	const struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.guesses = (struct limits_of_guesses){ 1, 1, 900, 0 };
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_enrol_open(s, NUMBER), 0);
	assert_int_equal(kept_enrol_open(bound("carol"), NUMBER), 0);
}

/* With a state that hosts share. */

static int
fleet_set_up(void **state)
{
	struct settings_store *c = &kept_conf.store;

	(void)box_to_postgres();
	if (enrol_set_up(state) != 0)
		return -1;
	kept_conf.users_state = true;
	c->fleet_key_file = "/nowhere";
	memset(c->fleet_key, 'f', sizeof(c->fleet_key));
	postgres_sql("TRUNCATE twofa.record, twofa.record_read");
	box_use_fleet_key(c->fleet_key);
	postgres_sql("UPDATE twofa.host SET enrols = true");
	return 0;
}

static int
fleet_tear_down(void **state)
{
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return kept_tear_down(state);
}

static int64_t
records(void)
{
	return postgres_sql("SELECT count(*) FROM twofa.record");
}

static void
enrolled_in_a_fleet(void **state)
{
	struct broker_session *s;
	char path[ENROLLED_PATH];

	(void)state;
	assert_int_equal(enrols("carol", NUMBER, "c"), BROKER_ENROLLED_DONE);
	s = bound("carol");
	assert_string_equal(s->record.phone, NUMBER);
	assert_int_equal(s->record.uid, -1); /* hosts have others */
	assert_false(s->enrol.absent);
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	assert_int_equal(enrols("dave", NUMBER, "d"), BROKER_ENROLLED_NO);
	assert_int_equal(records(), 1);
	enrolled_path(path);
	assert_int_equal(access(path, F_OK), -1);
	kept_conf.store.same_uids = true;
	assert_int_equal(enrols("erin", OTHER, "e"), BROKER_ENROLLED_DONE);
	assert_int_equal(bound("erin")->record.uid, 1003);
}

static void
note_step(const struct settings *conf, int64_t number, int64_t uid,
    const char *user, const unsigned char *digest, int64_t step)
{
	(void)conf;
	(void)number;
	(void)uid;
	(void)digest;
	assert_string_equal(user, "carol");
	assert_true(step > 0);
}

/* Its secret is encrypted for all hosts. */
static void
an_app_in_a_fleet(void **state)
{
	static const struct store_fleet fleet = { .unseal = fleet_seal_open,
		.seal = fleet_seal_secret,
		.step_used = note_step };
	struct broker_session *s = bound("carol");
	struct secret secret;

	(void)state;
	kept_conf.enrol_kinds = (struct text_list){ 2, both };
	store_set_fleet(&fleet);
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_DONE);
	assert_string_equal(bound("carol")->record.app[0].secret.b, secret.b);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.record WHERE "
				      "strpos(body, 'sealed:1:') > 0"),
	    1);
	store_set_fleet(NULL);
}

static void
two_windows_in_a_fleet(void **state)
{
	struct broker_session *a = bound("carol"), *b = bound("carol");

	(void)state;
	assert_int_equal(kept_enrol_open(a, NUMBER), 1);
	assert_int_equal(kept_enrol_open(b, OTHER), 1);
	kept_proves(a, NUMBER, "a");
	kept_proves(b, OTHER, "b");
	assert_int_equal(kept_enrol_commit(a, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(b, 1003), BROKER_ENROLLED_BEFORE);
	assert_string_equal(bound("carol")->record.phone, NUMBER);
}

/* The server says so before a number is asked for, and again at the end. */
static void
a_host_without_the_right(void **state)
{
	struct broker_session *s = bound("carol");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NUMBER), 1);
	kept_proves(s, NUMBER, "c");
	postgres_sql("UPDATE twofa.host SET enrols = false");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_open(bound("dave"), NULL), 0);
	assert_int_equal(records(), 0);
	invites("dave");
	s = bound("dave");
	assert_int_equal(types(s, invitation), 1);
	assert_int_equal(kept_enrol_open(s, OTHER), 1);
	kept_proves(s, OTHER, "d");
	assert_int_equal(kept_enrol_commit(s, 1003), BROKER_ENROLLED_DONE);
	assert_int_equal(records(), 1);
}

#define FLEET_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(f, fleet_set_up, fleet_tear_down)
#define ENROL_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(f, enrol_set_up, kept_tear_down)

BOX_TESTS(test_broker_enrol)
{
	const struct CMUnitTest fleets[] = {
		FLEET_TEST(enrolled_in_a_fleet),
		FLEET_TEST(an_app_in_a_fleet),
		FLEET_TEST(two_windows_in_a_fleet),
		FLEET_TEST(a_host_without_the_right),
		FLEET_TEST(not_by_a_row_elsewhere),
		FLEET_TEST(nor_by_who_is_not_root),
		FLEET_TEST(nor_by_who_enrols_its_number),
		FLEET_TEST(nor_by_a_start_that_came_late),
		FLEET_TEST(nor_by_its_begin),
		FLEET_TEST(nor_the_help_desk),
		FLEET_TEST(nor_an_administrator),
		FLEET_TEST(nor_before_its_reply),
		FLEET_TEST(nor_joined_by_an_administrator),
		FLEET_TEST(nor_by_the_next_message),
		FLEET_TEST(not_by_a_code_to_another_number),
	};
	const struct CMUnitTest tests[] = {
		ENROL_TEST(enrolled_in_the_window),
		ENROL_TEST(on_the_disk_before_the_file),
		ENROL_TEST(not_by_settings_of_before),
		ENROL_TEST(whom_the_rules_do_not_ask),
		ENROL_TEST(one_number_a_login),
		ENROL_TEST(where_nobody_enrols),
		ENROL_TEST(a_workers_word_proves_nothing),
		ENROL_TEST(another_users_number),
		ENROL_TEST(an_admin_is_first),
		ENROL_TEST(an_admin_is_last),
		ENROL_TEST(two_windows),
		ENROL_TEST(the_owner_is_not_kept_out),
		ENROL_TEST(of_its_providers_type),
		ENROL_TEST(nor_the_help_desk),
		ENROL_TEST(nor_an_administrator),
		ENROL_TEST(nor_before_its_reply),
		ENROL_TEST(nor_joined_by_an_administrator),
		ENROL_TEST(nor_by_the_next_message),
		ENROL_TEST(anothers_enrolment),
		ENROL_TEST(a_start_beside_anothers_enrolment),
		ENROL_TEST(a_look_at_anothers_enrolment),
		ENROL_TEST(no_row_beside_its_number),
		ENROL_TEST(the_next_code_of_anothers_enrolment),
		ENROL_TEST(a_row_of_another_service),
		ENROL_TEST(nor_its_start_for_long),
		ENROL_TEST(not_by_a_row_elsewhere),
		ENROL_TEST(nor_by_who_is_not_root),
		ENROL_TEST(nor_by_who_enrols_its_number),
		ENROL_TEST(nor_by_a_start_that_came_late),
		ENROL_TEST(nor_by_its_begin),
		ENROL_TEST(nor_who_enrols_it_for_long),
		ENROL_TEST(not_by_a_code_to_another_number),
		ENROL_TEST(nor_a_verification_that_runs),
		ENROL_TEST(messages_to_any_number),
		ENROL_TEST(not_beside_one_that_may_arrive),
		ENROL_TEST(by_an_app),
		ENROL_TEST(one_device_a_login),
		ENROL_TEST(remembered_by_a_record_alone),
		ENROL_TEST(five_codes_of_an_app),
		ENROL_TEST(a_rule_without_apps),
		ENROL_TEST(by_an_invitation),
		ENROL_TEST(an_invitation_that_was_ended),
		ENROL_TEST(nobody_else_s_invitation),
		ENROL_TEST(a_state_that_is_older),
		ENROL_TEST(an_older_state_does_not_catch_up),
		ENROL_TEST(another_host_key),
		ENROL_TEST(a_file_that_was_lost),
		ENROL_TEST(a_file_that_is_damaged),
		ENROL_TEST(a_row_that_was_changed),
		ENROL_TEST(locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) +
	    cmocka_run_group_tests(fleets, NULL, NULL);
}
