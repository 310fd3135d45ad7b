/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker that was taken over says in an order, or of a kind, that no
 * login has: it widens nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define NOT_COUNTED "would send a message that is not counted"
#define ANOTHER_KIND "would send another kind of message than it counted"
#define NOT_ITS_OWN "used a provider's request id without a handle"
#define NOT_CONFIRMED "starts a verification without a receipt"
#define NOT_ISSUED "presented a receipt that the provider broker did not issue"
#define NOT_BOUND_TO "names a receiver that its login is not bound to"
#define MADE_HERE "0123456789abcdef0123456789abcdef"
#define OWN_ID ".123456789abcdef0123456789abcdef"
#define AUTHY_OF_BOB "12345678"
#define DECOY "box//.00112233445566a" /* and a digit */
#define NO_FACTOR "counts a guess of who has no factor"
#define NOT_NOTED "keeps a row under an unknown name that is not noted"

static int
widened_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	return 0;
}

static int64_t
take(struct broker_session *s, const char *counted_as, enum store_carried as)
{
	struct broker_request ask = kept_any_ask();

	ask.message.counted_as = counted_as;
	ask.message.carried = as;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	return kept_got.id;
}

static void
ticket(struct broker_session *s, enum provider_call_kind kind, const char *id)
{
	const struct broker_request ask = kept_call(kind, METHOD_SMS, id);

	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* The provider broker's receipt of the newest ticket. */
static void
receipt(struct broker_session *s, enum provider_call_kind kind, unsigned is,
    const char *id)
{
	const struct broker_request call = kept_call(kind, METHOD_SMS, id);
	const struct broker_request ask = kept_receipt(s, &call, is, id);

	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

static int64_t
messages(void)
{
	return box_sql(kept_box, "SELECT count(*) FROM send");
}

/* Pushes are free: one that was counted lets no message go. */
static void
pushes_are_no_messages(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");

	(void)state;
	for (int i = 0; i < 3; i++)
		take(s, "push:alice", CARRIED_NOT);
	take(s, KEPT_NUMBER, CARRIED_NOT);
	ticket(s, CALL_START, "");
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
}

/* A verification has its next message by the count of one. */
static void
a_push_is_no_next_message(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_call(CALL_NEXT, METHOD_SMS, "r");

	(void)state;
	broker_handle_allow_verification(s, 0, "r", METHOD_SMS);
	take(s, "push:alice", CARRIED_NOT);
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
}

/* Polls and cancels count nowhere, but the vendor answers so many a second, to
 * all logins of the host. */
static void
so_many_calls(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask =
	    kept_call(CALL_POLL, METHOD_PUSH, "r");

	(void)state;
	kept_pushes(s, "r");
	for (int i = 0; i < BROKER_CALLS_MAX; i++)
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	s->peer.began = frame_clock_ms(); /* however long that took */
	kept_refused(s, BROKER_TICKET, &ask, "calls providers too often");
	s->peer.began = frame_clock_ms() - 1000;
	for (int i = 0; i < BROKER_CALLS_PER_S; i++)
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	s->peer.began = frame_clock_ms() - 1000;
	kept_refused(s, BROKER_TICKET, &ask, "calls providers too often");
}

/* Given back is the one that was not sent. */
static void
a_message_that_was_sent_stays_counted(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.id = take(s, KEPT_NUMBER, CARRIED_NOT);
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	take(s, "push:alice", CARRIED_NOT);
	assert_int_equal(kept_does(s, BROKER_SEND_REFUND, &ask), 0);
	assert_int_equal(messages(), 2);
}

static void
a_message_of_another_session_stays_counted(void **state)
{
	struct broker_request ask =
	    kept_running(kept_bound("alice"), KEPT_NUMBER, "r");
	struct broker_session *s = kept_bound("alice");

	(void)state;
	ask.id = ask.started.send;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	take(s, "push:alice", CARRIED_NOT);
	kept_refused(s, BROKER_SEND_REFUND, &ask, NOT_TOLD);
	assert_int_equal(messages(), 2);
}

/* A worker can make any call fail before it is sent: that count is given back,
 * so no other message may count less for it. */
static void
not_carried_after_nothing(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.sends.user_hour = 1;
	ask.id = take(s, KEPT_NUMBER, CARRIED_NOT);
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_NOT_DONE, "");
	assert_int_equal(kept_does(s, BROKER_SEND_REFUND, &ask), 0);
	take(s, KEPT_NUMBER, CARRIED_NOT);
	ask.message.carried = CARRIED_INSTEAD;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
}

/* A worker may give a call no time, so that its message may have been sent:
 * what it then has sent counts for the user like any other, unless the provider
 * has said that it is out of order. */
static void
not_in_place_of_one_that_may_arrive(void **state)
{
	static const unsigned says[] = { BROKER_UNSURE,
		BROKER_UNSURE | BROKER_DOWN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(says); i++) {
		struct broker_session *s = kept_bound("alice");

		box_sql(kept_box, "DELETE FROM send");
		take(s, KEPT_NUMBER, CARRIED_NOT);
		ticket(s, CALL_START, "");
		receipt(s, CALL_START, says[i], "");
		take(s, KEPT_NUMBER, CARRIED_INSTEAD);
		assert_int_equal(
		    box_sql(
			kept_box, "SELECT count(*) FROM send WHERE kind = 0"),
		    2 - (int)i);
	}
}

/* A push is free: after one that may arrive a message counts like any other. */
static void
not_carried_after_a_push(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_call(CALL_START, METHOD_PUSH, "");

	(void)state;
	kept_conf.sends.user_hour = 1;
	take(s, KEPT_NUMBER, CARRIED_NOT);
	take(s, "push:alice", CARRIED_NOT);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_UNSURE | BROKER_DOWN, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
	for (int as = CARRIED_BESIDE; as <= CARRIED_INSTEAD; as++) {
		ask.message.carried = (enum store_carried)as;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	}
}

/* A push counts once, whichever provider sends it: once at each. */
static void
one_push_at_a_provider(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_call(CALL_START, METHOD_PUSH, "");

	(void)state;
	take(s, "push:alice", CARRIED_NOT);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_UNSURE, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
}

/* The user's name stands for a decoy's number alone: a message to a number
 * counts as that number's, and no other user's receiver is taken. */
static void
a_name_is_no_receiver(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.message.counted_as = "alice";
	kept_refused(s, BROKER_SEND_TAKE, &ask, NOT_BOUND_TO);
	ask.claim.key.receiver = "alice";
	kept_refused(s, BROKER_CLAIM, &ask, NOT_BOUND_TO);
}

/* A code that is made here names no verification at a provider. */
static void
a_code_of_ours_names_no_request(void **state)
{
	static const enum provider_call_kind about[] = { CALL_CHECK,
		CALL_CANCEL, CALL_NEXT, CALL_POLL };
	struct broker_request ask;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct broker_session *s = kept_bound("alice");

		PRINT_TO(s->own_code, "123456");
		take(s, KEPT_NUMBER, CARRIED_NOT);
		ask = kept_any_ask();
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		ask = kept_call(about[i], METHOD_SMS, MADE_HERE);
		kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
	}
}

/* Nor does the next login's provider check a code in one of another phone. */
static void
a_code_of_ours_starts_no_others(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	PRINT_TO(s->own_code, "123456");
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.started.id = kept_got.begun.row.id;
	ask.started.request_id = MADE_HERE;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
}

/* A login of alice, who has this record. */
static struct broker_session *
with_record(const char *text)
{
	const struct facts facts = kept_facts("alice");
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	kept_record("alice", text);
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* The same, with two phones. */
static struct broker_session *
of_two_phones(void)
{
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	return with_record("phones = ( { number = \"" KEPT_NUMBER "\"; }, "
			   "{ number = \"" KEPT_OTHER_NUMBER "\"; } );");
}

/* Its row is at the phone that it was sent to: at another one it would be right
 * although an admin has taken that phone away meanwhile. */
static void
a_code_of_ours_is_of_its_phone(void **state)
{
	struct broker_session *s = of_two_phones();
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	kept_sends_code(s, 1, &ask, code);
	s = kept_bound("alice"); /* whose record has the first one alone */
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
}

/* Nor is it right there beside the next one's, by the same login's word or by
 * that of one that has joined. */
static void
a_code_of_ours_beside_another(void **state)
{
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1], next[PROVIDER_CODE_MAX + 1];

	(void)state;
	ask.tries = 5;
	for (int joins = 0; joins < 3; joins++) {
		struct broker_session *s = of_two_phones();

		ask.claim.key.receiver =
		    joins == 2 ? KEPT_NUMBER : KEPT_OTHER_NUMBER;
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		ask.started.beside = false;
		kept_sends_code(s, joins < 2, &ask, code);
		if (joins > 0) {
			s = of_two_phones();
			assert_int_equal(
			    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
		}
		assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
		ask.started.beside = true;
		kept_sends_code(s, 0, &ask, next);
		s = kept_bound("alice");
		ask.claim.key.receiver = KEPT_NUMBER;
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.number = code;
		/* to the same phone it is */
		assert_int_equal(
		    kept_does(s, BROKER_CODE_RIGHT, &ask), joins == 2);
		(void)box_sql(kept_box, "DELETE FROM verification");
	}
}

/* Nor after another login has moved the row to the other phone, and back. */
static void
a_row_that_another_moves(void **state)
{
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1], next[PROVIDER_CODE_MAX + 1];
	struct broker_session *one, *two;

	(void)state;
	ask.tries = 5;
	for (unsigned beside = 0; beside < 2; beside++) {
		one = of_two_phones();
		ask.claim.key.receiver =
		    beside ? KEPT_NUMBER : KEPT_OTHER_NUMBER;
		assert_int_equal(kept_does(one, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		ask.started.beside = false;
		kept_sends_code(one, !beside, &ask, code);
		two = of_two_phones();
		assert_int_equal(
		    kept_does(two, BROKER_CLAIM, &ask), CLAIM_JOINED);
		assert_int_equal(kept_does(two, BROKER_REPLACE, &ask), 1);
		kept_sends_code(two, beside, &ask, beside ? code : next);
		assert_int_equal(kept_does(one, BROKER_REPLACE, &ask), 1);
		ask.started.beside = true;
		kept_sends_code(one, !beside, &ask, beside ? next : code);
		two = kept_bound("alice"); /* the first phone alone */
		ask.claim.key.receiver = KEPT_NUMBER;
		if (kept_does(two, BROKER_CLAIM, &ask) == CLAIM_JOINED) {
			assert_int_equal(
			    kept_does(two, BROKER_ATTEMPT, &ask), 1);
			ask.number = code;
			assert_int_equal(
			    kept_does(two, BROKER_CODE_RIGHT, &ask), 0);
		}
		(void)box_sql(kept_box, "DELETE FROM verification");
	}
}

static bool
by_receiver(const struct provider_conf *conf)
{
	return conf->type->own_code;
}

#define BY_EMAIL "a@example.com"
#define RECEIVER(name)                                                         \
	"receiver = \"" name "\"; email = \"" BY_EMAIL                         \
	"\"; channels = [\"sms\", \"email\"];"

/* One that goes to a receiver, as a chat or a topic, is right for no other one
 * that an admin has set in its place. */
static void
a_code_of_ours_is_of_its_receiver(void **state)
{
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];
	struct broker_session *s;

	(void)state;
	kept_type.own_code = true;
	kept_type.by_receiver = by_receiver;
	kept_conf.provider[0].code_length = 6;
	s = with_record(RECEIVER(KEPT_NUMBER));
	ask.claim.key.receiver = BY_EMAIL;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	kept_sends_code(s, 0, &ask, code);
	/* as the next login asks */
	s = with_record(RECEIVER(KEPT_OTHER_NUMBER));
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	ask.claim.key.other[0] = BY_EMAIL;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	s = with_record(RECEIVER(KEPT_NUMBER));
	ask.claim.key.receiver = KEPT_NUMBER;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
}

#define ADDRESS(name) "phone = \"" KEPT_NUMBER "\"; email = \"" name "\";"

/* Nor does a provider that compares no receiver call one of an email right at
 * the phone, after an admin has changed the address. */
static void
a_code_by_email_is_of_its_address(void **state)
{
	struct broker_session *s =
	    with_record(ADDRESS("old@example.com") "channels = [\"email\"];");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_EMAIL, "", "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	s = with_record(ADDRESS("new@example.com"));
	ask.claim.key.other[0] = "new@example.com";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
}

/* A vendor may answer a start for a number that users share with the other
 * one's verification: without its row, which that one has, it does not end. */
static void
no_end_without_its_row(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask =
	    kept_call(CALL_CANCEL, METHOD_SMS, "r");
	struct broker_request own;

	(void)state;
	kept_type.again = AGAIN_SAME;
	take(s, KEPT_NUMBER, CARRIED_NOT);
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
	s = kept_bound("alice");
	own = kept_running(s, KEPT_OTHER_NUMBER, "o");
	assert_int_equal(kept_does(s, BROKER_REPLACE, &own), 1);
	ticket(s, CALL_CANCEL, "o");
}

/* Nor is one kept that was not sent: its row would keep a number busy for as
 * long as a code is good, for the message that is given back. */
static void
a_code_of_ours_that_was_not_sent(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask(),
			      call = kept_call(CALL_START, METHOD_SMS, "");

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	ask.started.request_id = ".chosen";
	ask.started.code = "";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask.id = kept_got.id;
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	call = kept_receipt(s, &call, BROKER_NOT_DONE, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	assert_int_equal(kept_does(s, BROKER_SEND_REFUND, &ask), 0);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM send"), 0);
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
}

/* Authy's verifications have the user's number there for a name: a row of
 * another user with it would keep them from being started. */
static void
a_request_id_that_can_be_guessed(void **state)
{
	struct broker_session *bob = kept_bound("bob");

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct broker_session *s = kept_bound("alice");
		struct broker_request ask = kept_any_ask();

		PRINT_TO(s->own_code, "123456");
		ask.started.code = i == 0 ? "" : NULL;
		assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
		ask.started.id = kept_got.begun.row.id;
		ask.started.request_id = AUTHY_OF_BOB;
		if (i == 1) {
			s->pushed = true;
			ask.started.method = METHOD_PUSH;
		} else if (i == 2)
			PRINT_TO(s->bound_to.like, "shop//ann");
		kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
		box_sql(kept_box, "DELETE FROM verification");
	}
	PRINT_TO(bob->record.authy_id, AUTHY_OF_BOB);
	(void)kept_running(bob, KEPT_OTHER_NUMBER, AUTHY_OF_BOB);
}

/* Nor by what the broker of another provider says. */
static void
a_request_id_of_another_provider(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		struct broker_session *s = kept_bound("alice");
		struct broker_request ask = kept_any_ask();

		assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
		ask.started.id = kept_got.begun.row.id;
		ask.started.request_id = AUTHY_OF_BOB;
		if (own)
			PRINT_TO(s->record.authy_id, AUTHY_OF_BOB);
		ticket(s, CALL_START, "");
		receipt(s, CALL_START, BROKER_DONE, AUTHY_OF_BOB);
		if (own)
			assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		else
			kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
		box_sql(kept_box, "DELETE FROM verification");
	}
}

/* A verification of s by provider "two", whose broker names this id. */
static void
starts_at_two(struct broker_session *s, const char *id)
{
	struct broker_request ask = kept_any_ask(), call;

	ask.provider = ask.claim.key.provider = "two";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	call = kept_call(CALL_START, METHOD_SMS, "");
	call.provider = call.call.provider = "two";
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	call = kept_receipt(s, &call, BROKER_DONE, id);
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	ask.started.request_id = id;
	(void)kept_does(s, BROKER_STARTED, &ask);
}

/* Twilio gives each start for a number the same id, and a login that enrols
 * that number knows it: the broker of another provider keeps no login from it.
 */
static void
an_id_that_is_given_again(void **state)
{
	(void)state;
	kept_add_provider();
	starts_at_two(kept_bound("alice"), "same");
	(void)kept_running(kept_bound("bob"), KEPT_OTHER_NUMBER, "same");
}

/* Nor does it end another's verification at a service of another uid. */
static void
nor_ends_it(void **state)
{
	struct broker_request ask;
	struct broker_session *bob;

	(void)state;
	kept_add_provider();
	bob = kept_bound("bob");
	bob->peer.uid = 1003;
	ask = kept_running(bob, KEPT_OTHER_NUMBER, "same");
	starts_at_two(kept_bound("alice"), "same");
	ask.tries = 3;
	assert_int_equal(kept_does(bob, BROKER_ATTEMPT, &ask), 1);
}

static void
no_request_without_an_id(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask =
	    kept_call(CALL_CANCEL, METHOD_SMS, "");

	(void)state;
	take(s, KEPT_NUMBER, CARRIED_NOT);
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_UNSURE, "");
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
}

/* A start that runs is not taken for one whose process has died. */
static void
a_start_of_who_lives(void **state)
{
	struct broker_session *holder = kept_bound("bob"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(holder, KEPT_NUMBER), CLAIM_NEW);
	ask.claim.start_ms = 0;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_OTHER);
	assert_int_equal(box_sql(kept_box,
			     "SELECT count(*) FROM verification WHERE state = "
			     "'starting'"),
	    1);
}

/* Nothing is compared: it takes no time that a decoy could follow. */
static void
no_duration_of_nothing(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	struct latency_span span;
	char file[sizeof(kept_conf.state_dir) + sizeof("/latency")];

	(void)state;
	PRINT_TO(file, "%s/latency", kept_conf.state_dir);
	(void)unlink(file);
	ask = kept_running(s, KEPT_NUMBER, "r");
	ask.tries = 3;
	ask.number = "123456";
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(
	    kept_does(s, BROKER_CODE_RIGHT, &ask), STORE_CODE_GONE);
	latency_read(kept_conf.state_dir, LATENCY_CHECK, &span);
	assert_int_equal(span.median, 250);
}

static int64_t
wrong_codes(void)
{
	return box_sql(kept_box,
	    "SELECT coalesce(sum(wrong), 0) FROM guess WHERE source <> ''");
}

/* Those that other logins counted are in the same row. */
static void
a_guess_comes_back_once(void **state)
{
	struct broker_session *other = kept_bound("alice"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    kept_does(other, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask.guess = kept_got.guess;
	for (int i = 0; i < 4; i++)
		assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(wrong_codes(), 3);
}

static const struct store_backend *answering;

/* As if the server had done it, and the answer was lost. */
static int
refund_unanswered(struct store *s, const struct store_counted *back)
{
	assert_int_equal(answering->guess_refund(s, back), 0);
	return -1;
}

/* Also where it is unknown whether the first operation took it back. */
static void
a_guess_comes_back_once_unanswered(void **state)
{
	struct broker_session *other = kept_bound("alice"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	struct store_backend lost;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    kept_does(other, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask.guess = kept_got.guess;
	answering = store_backend_of(kept_own.store);
	lost = *answering;
	lost.guess_refund = refund_unanswered;
	((struct store_head *)(void *)kept_own.store)->backend = &lost;
	assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), -1);
	if (kept_own.store != NULL)
		((struct store_head *)(void *)kept_own.store)->backend =
		    answering;
	assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(wrong_codes(), 3);
}

/* A code may have been compared for each. */
static void
few_guesses_come_back(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	for (int i = 0; i < BROKER_GUESSES_MAX + 3; i++) {
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		ask.guess = kept_got.guess;
		assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	}
	assert_int_equal(wrong_codes(), 3);
}

/* A wrong code of ours stays counted, also as a try of its row, which other
 * logins of the user share. */
static void
a_wrong_code_of_ours_stays_counted(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.request_id = ask.started.request_id = OWN_ID;
	ask.started.code = "";
	PRINT_TO(s->own_code, "654321");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.number = "123456";
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	kept_refused(s, BROKER_CODE_RIGHT, &ask,
	    "would compare a code that is not counted");
	ask.tries = 5;
	for (int i = 0; i < 5; i++) {
		ask.guess = 0;
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.guess = kept_got.guess;
		assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	}
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 0);
	assert_int_equal(kept_got.tried, TRY_FULL);
	assert_int_equal(wrong_codes(), 6);
}

/* Nor is its try taken back before, for a guess that makes none. */
static void
a_try_of_ours_stays_counted(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.request_id = ask.started.request_id = OWN_ID;
	ask.started.code = "";
	PRINT_TO(s->own_code, "654321");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.number = "123456";
	ask.tries = 5;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.guess = kept_got.guess;
	assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	ask.guess = 0;
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	kept_refused(s, BROKER_CODE_RIGHT, &ask,
	    "would compare a code that is not counted");
}

/* Nor is one given back that a provider was asked about, unless its broker says
 * that it was not looked at. */
static void
a_guess_for_a_code_that_was_checked(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	const enum broker_op back[] = { BROKER_GUESS_REFUND, BROKER_REFUND,
		BROKER_SPEND };

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.tries = 5;
	for (size_t i = 0; i < COUNT_OF(back); i++) {
		ask.guess = 0;
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.guess = kept_got.guess;
		ticket(s, CALL_CHECK, "r");
		ask.request_id = "another";
		(void)kept_does(s, back[i], &ask);
		assert_int_equal(wrong_codes(), i + 1);
	}
	/* the last one was not: it comes back, and no code is checked for it */
	receipt(s, CALL_CHECK, BROKER_NOT_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(wrong_codes(), COUNT_OF(back) - 1);
	ask = kept_call(CALL_CHECK, METHOD_SMS, "r");
	kept_refused(
	    s, BROKER_TICKET, &ask, "would check a code that is not counted");
}

/* A code of an app that was used a moment ago, and is not checked, counts as no
 * guess: a wrong one, of the app or of a phone, does. */
static void
a_used_code_for_a_wrong_one(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request app = kept_call(CALL_CHECK, METHOD_TOTP, "");
	struct broker_request ask;

	(void)state;
	app.call.code = app.number;
	s->bound_to.remembered = false;
	for (int i = 0; i < 3; i++) {
		ask = kept_any_ask();
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		ask.guess = kept_got.guess;
		if (i != 1)
			assert_int_equal(kept_does(s, BROKER_TICKET, &app), 1);
		if (i == 0) {
			ask = kept_receipt(s, &app, BROKER_DONE, "");
			assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
			assert_int_equal(
			    kept_does(s, BROKER_CODE_CLAIM, &ask), 1);
		} else
			assert_int_equal(
			    kept_does(s, BROKER_CODE_RECENT, &ask), 1);
		assert_int_equal(wrong_codes(), i == 2);
	}
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	for (int i = 0; i < 3; i++) {
		ask.guess = kept_tries(s, ask.id);
		ticket(s, CALL_CHECK, "r");
		assert_int_equal(kept_does(s, BROKER_CODE_RECENT, &ask), 1);
		assert_int_equal(wrong_codes(), i + 2);
	}
}

/* Whether a code was used a moment ago is a comparison, too: other services may
 * still take it. */
static void
a_used_code_is_found_by_guesses_alone(void **state)
{
	static const char words[] = "compares a used code that is not counted";
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_reaches(s, "", "YF01");
	for (int i = 0; i < 2; i++) {
		kept_refused(s, BROKER_CODE_RECENT, &ask, words);
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		for (int n = 0; n < 2; n++)
			assert_int_equal(
			    kept_does(s, BROKER_CODE_RECENT, &ask), 0);
	}
}

/* One takes the place of an app's in a login with one field alone, once: each
 * was for a code that was compared. */
static void
one_in_place_of_an_apps(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request app =
	    kept_call(CALL_CHECK, METHOD_TOTP, "");
	struct broker_request ask = kept_any_ask();
	static const int64_t counted[] = { 1, 3, 4 };

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.tries = 5;
	for (size_t i = 0; i < COUNT_OF(counted); i++) {
		if (i < 2) {
			assert_int_equal(
			    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
			ask.guess = kept_got.guess;
			assert_int_equal(kept_does(s, BROKER_TICKET, &app), 1);
		}
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.guess = kept_got.guess;
		ticket(s, CALL_CHECK, "r");
		assert_int_equal(wrong_codes(), counted[i]);
	}
}

/* Nor is a phone's taken back for another try. */
static void
none_in_place_of_a_phones(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.tries = 5;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.guess = kept_got.guess;
		ticket(s, CALL_CHECK, "r");
	}
	assert_int_equal(wrong_codes(), 5);
}

/* The one that took its place stays: the app's code was wrong, and counts; nor
 * does an earlier one come back for it. */
static void
none_of_an_apps_comes_back(void **state)
{
	static const enum broker_op back[] = { BROKER_REFUND,
		BROKER_GUESS_REFUND, BROKER_SPEND, BROKER_GUESS_REFUND };
	const struct broker_request app =
	    kept_call(CALL_CHECK, METHOD_TOTP, "");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(back); i++) {
		struct broker_session *s = kept_bound("alice");
		struct broker_request ask = kept_any_ask();
		const bool earlier = i == COUNT_OF(back) - 1;

		box_sql(kept_box, "DELETE FROM guess");
		box_sql(kept_box, "DELETE FROM verification");
		assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.begun.row.id;
		ticket(s, CALL_START, "");
		receipt(s, CALL_START, BROKER_DONE, "r");
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		ask.tries = 5;
		if (earlier) {
			(void)kept_tries(s, ask.id);
			ticket(s, CALL_CHECK, "r");
		}
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
		ask.guess = kept_got.guess;
		assert_int_equal(kept_does(s, BROKER_TICKET, &app), 1);
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		ask.guess = earlier ? 1 : kept_got.guess;
		(void)kept_does(s, back[i], &ask);
		assert_int_equal(wrong_codes(), 1 + earlier);
		/* nor by a check that was given no time */
		ticket(s, CALL_CHECK, "r");
		receipt(s, CALL_CHECK, BROKER_NOT_DONE, "r");
		(void)kept_does(s, BROKER_GUESS_REFUND, &ask);
		assert_int_equal(wrong_codes(), 1 + earlier);
	}
}

/* A phone's code was sent, and the app's is to be checked by that ticket. */
static struct broker_request
at_an_apps_check(struct broker_session *s, const struct broker_request *app)
{
	struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.tries = 5;
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask.guess = kept_got.guess;
	assert_int_equal(kept_does(s, BROKER_TICKET, app), 1);
	return ask;
}

/* A code that no app's provider has looked at makes none the app's. */
static void
none_in_place_of_an_apps_that_was_not_asked(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request app =
	    kept_call(CALL_CHECK, METHOD_TOTP, "");
	struct broker_request ask = at_an_apps_check(s, &app), said;

	(void)state;
	said = kept_receipt(s, &app, BROKER_NOT_DONE, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &said), 0);
	broker_handle_allow_verification(s, 0, "q", METHOD_NONE)->rowless =
	    true;
	ticket(s, CALL_CHECK, "q");
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(wrong_codes(), 2);
}

/* Nor one that came back before its provider says that it was not asked: a code
 * would be checked for the guess that took its place, which comes back, too. */
static void
none_that_came_back_before(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request app =
	    kept_call(CALL_CHECK, METHOD_TOTP, "");
	struct broker_request ask = at_an_apps_check(s, &app), said;

	(void)state;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.guess = kept_got.guess;
	said = kept_receipt(s, &app, BROKER_NOT_DONE, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &said), 0);
	assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	ticket(s, CALL_CHECK, "r");
	assert_int_equal(wrong_codes(), 1);
}

/* Nor by the word of a provider broker that was taken over: its receipt is of
 * the ticket's method. */
static void
none_by_a_receipt_of_another_method(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request app =
	    kept_call(CALL_CHECK, METHOD_TOTP, "");
	const struct broker_request phone =
	    kept_call(CALL_CHECK, METHOD_SMS, "");
	struct broker_request ask = at_an_apps_check(s, &app), said;

	(void)state;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	said = kept_receipt(s, &phone, BROKER_NOT_DONE, "");
	kept_refused(s, BROKER_RECEIPT, &said, NOT_ISSUED);
}

/* Its push was approved, and its row has ended. */
static struct broker_request
approved(struct broker_session *s)
{
	struct broker_request ask = kept_any_ask(), poll;

	s->pushed = true;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.started.request_id = ask.request_id = ".p";
	ask.started.method = METHOD_PUSH;
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	kept_pushes(s, "p");
	poll = kept_call(CALL_POLL, METHOD_PUSH, "p");
	assert_int_equal(kept_does(s, BROKER_TICKET, &poll), 1);
	poll = kept_receipt(s, &poll, BROKER_DONE, "p");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &poll), 0);
	return ask;
}

/* No guess is counted for a push: one that ends nothing gives none back. */
static void
an_approval_gives_no_guess_back(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	broker_handle_allow_verification(s, 0, "r", METHOD_SMS)->rowless = true;
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ticket(s, CALL_CHECK, "r");
	ask = approved(s);
	ask.guess = 1;
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_GUESS_REFUND, &ask), 0);
	assert_int_equal(wrong_codes(), 1);
}

/* Nor does it end a lock, whatever its worker has not looked at. */
static void
no_approval_while_locked(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.guesses.after = 1;
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask = approved(s);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_GUESS_LOOK, &ask), GUESS_LOCKED);
	box_sql(kept_box, "DELETE FROM guess");
	kept_refused(s, BROKER_FINISH, &ask,
	    "ends a verification whose code was not right");
}

/* One that is polled again approves no second push. */
static void
an_approval_of_one_push(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request poll =
	    kept_call(CALL_POLL, METHOD_PUSH, "p");
	const struct broker_request ask = approved(s);

	(void)state;
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	kept_refused(s, BROKER_TICKET, &poll, NOT_ITS_OWN);
}

/* A push that another login sent: one approval would admit both. */
static void
an_approval_of_the_own_push(void **state)
{
	struct broker_session *one = kept_bound("alice"),
			      *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask(), poll;

	(void)state;
	assert_int_equal(kept_does(one, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.started.request_id = ask.request_id = "p";
	take(one, "push:alice", CARRIED_NOT);
	kept_called(one, CALL_START, METHOD_PUSH, "", "p");
	assert_int_equal(kept_does(one, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	kept_called(one, CALL_POLL, METHOD_PUSH, "p", "p");
	assert_int_equal(kept_does(one, BROKER_FINISH, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	poll = kept_call(CALL_POLL, METHOD_PUSH, "p");
	kept_refused(s, BROKER_TICKET, &poll, NOT_ITS_OWN);
}

/* Nor is a try that another session made taken back. */
static void
tries_of_others(void **state)
{
	struct broker_session *other = kept_bound("alice"),
			      *s = kept_bound("alice");
	struct broker_request ask;

	(void)state;
	ask = kept_running(other, KEPT_NUMBER, "r");
	ask.tries = 3;
	for (int i = 0; i < 2; i++)
		assert_int_equal(kept_does(other, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT tries FROM verification"), 2);
}

/* Each gives back the try that it has made itself, and that once. */
static void
a_try_comes_back_once(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask;

	(void)state;
	ask = kept_running(s, KEPT_NUMBER, "r");
	ask.tries = 3;
	for (int i = 0; i < 2; i++)
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.guess = kept_got.guess;
	for (int i = 0; i < 2; i++)
		assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask.guess = kept_got.guess;
	assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT tries FROM verification"), 1);
}

/* A verification has as many tries as the settings say. */
static void
so_many_tries(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask;

	(void)state;
	ask = kept_running(s, KEPT_NUMBER, "r");
	ask.tries = INT32_MAX;
	for (unsigned i = 0; i < kept_conf.wrong_codes_per_login; i++)
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 0);
	assert_int_equal(kept_got.tried, TRY_FULL);
}

/* A used code is kept for a day, and a worker names no time. */
static void
a_used_code(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	s->app_right = 1; /* as if a receipt had come */
	assert_int_equal(kept_does(s, BROKER_CODE_CLAIM, &ask), 1);
	assert_in_range(box_sql(kept_box, "SELECT until FROM code_used") -
		box_sql(kept_box,
		    box_remote ? "SELECT twofa.wall_s()" : "SELECT 1790000000"),
	    86400 - 60, 86400);
}

/* A provider broker may not read another code, about another verification, from
 * the bytes that the state broker has signed: a used code would
 * count as unused. */
static void
a_code_in_other_bytes(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_call(CALL_CHECK, METHOD_TOTP, "");
	struct broker_call c;

	(void)state;
	ask.call.code = "\none\n123456";
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	c = ask.call;
	c.serial = kept_got.id;
	broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
	memcpy(c.mac, kept_got.mac, sizeof(c.mac));
	assert_true(broker_ticket_is_valid(kept_own.key[0], s->peer.login, &c));
	PRINT_TO(c.ctx.request_id, "\none\n");
	c.code = "123456";
	assert_false(
	    broker_ticket_is_valid(kept_own.key[0], s->peer.login, &c));
}

/* A verification that may only be ended stays so once that was tried, however
 * many the login has been told of meanwhile, as of a row that another host
 * changes. */
static void
one_that_may_only_be_ended(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request row = kept_running(s, KEPT_NUMBER, "r");
	const struct broker_request ask =
	    kept_call(CALL_CHECK, METHOD_SMS, "r");
	char sql[64];

	(void)state;
	broker_handle_find_verification(s, 0, "r")->apart = true;
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
	ticket(s, CALL_CANCEL, "r");
	for (int i = 0; i < BROKER_REQUEST_IDS_MAX; i++) {
		PRINT_TO(sql, "UPDATE verification SET request_id = 'r%d'", i);
		box_sql(kept_box, sql);
		assert_int_equal(kept_does(s, BROKER_LOOK, &row), 1);
	}
	receipt(s, CALL_CANCEL, BROKER_UNSURE, "r");
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
}

/* What no account has for a name is another one's owner in the state. */
static void
no_name_of_a_state(void **state)
{
	static const char *const names[] = { "box//ann", "box//.0123",
		"alice/enrolment", "" };
	struct broker_request ask = kept_any_ask();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct broker_session *s = kept_connected();
		const struct facts facts = kept_facts(names[i]);

		kept_says(s, &facts);
		kept_refused(s, BROKER_OPEN, &ask, "has sent no BEGIN");
	}
}

/* The limits of a number hold for all users who have it, and messages of each
 * kind count there. */
static void
a_message_counts_for_the_phone(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	PRINT_TO(s->record.email, "alice@example.org");
	ask.message.counted_as = "alice@example.org";
	kept_refused(s, BROKER_SEND_TAKE, &ask, NOT_BOUND_TO);
	ask.message.counted_as = "";
	kept_refused(s, BROKER_SEND_TAKE, &ask, NOT_BOUND_TO);
}

/* The decoy of a shared account, whose name is this worker's choice. */
static struct broker_session *
decoy(const char *name)
{
	const struct facts facts = kept_facts("box");
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	kept_record("box", KEPT_PEOPLE);
	kept_says(s, &facts);
	ask.user = name;
	ask.like = "box//ann";
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* Its name is one of the few of the day. */
static struct broker_session *
noted_decoy(const char *name)
{
	struct broker_session *s = decoy(name);
	const struct broker_request ask = { .user = name };

	assert_int_equal(kept_does(s, BROKER_DECOY, &ask), 1);
	return s;
}

/* It has a message counted, and starts a code of its own making. */
static struct broker_request
decoy_code(struct broker_session *s, const char *id, int64_t price)
{
	const char *name = s->bound_to.user;
	struct broker_request ask = kept_any_ask();

	ask.started.code = "123456";
	ask.started.send = take(s, name, CARRIED_NOT);
	ask.claim.key.receiver = name;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.started.request_id = ask.request_id = id;
	ask.started.price = price;
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.number = "123456";
	return ask;
}

/* Nobody is behind it: else it would clear the account's wrong codes, and be
 * one more user with right codes, who raises the limit of its source. */
static void
a_decoy_is_never_right(void **state)
{
	struct broker_session *alice = kept_bound("alice"), *s;
	struct broker_request ask;

	(void)state;
	take(alice, KEPT_NUMBER, CARRIED_NOT);
	s = noted_decoy(DECOY "a");
	ask = decoy_code(s, ".0123456789abcde0", 0);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	(void)kept_does(s, BROKER_CODE_RIGHT, &ask);
	kept_refused(s, BROKER_FINISH, &ask,
	    "ends a verification whose code was not right");
	assert_int_equal(box_sql(kept_box,
			     "SELECT sum(wrong) FROM guess WHERE user = 'box'"),
	    1);
	kept_conf.sends.source_hour = 1;
	ask = kept_any_ask();
	assert_int_equal(kept_does(alice, BROKER_SEND_TAKE, &ask), SEND_WAIT);
}

/* Its messages are not sent, and no limit but its own name's counts them. */
static void
a_decoy_costs_nothing(void **state)
{
	struct broker_session *alice = kept_bound("alice");

	(void)state;
	kept_conf.sends.spend_day = 1000;
	kept_conf.sends.host_hour = 1;
	(void)decoy_code(noted_decoy(DECOY "a"), ".0123456789abcde0", 1000);
	take(alice, KEPT_NUMBER, CARRIED_NOT);
}

/* A day has few names under which rows are kept: each login with another name
 * would leave rows, of which a host has a limit. */
static void
a_decoy_that_is_not_noted(void **state)
{
	static const enum broker_op counting[] = { BROKER_GUESS_TAKE,
		BROKER_TOTP, BROKER_SEND_TAKE };
	struct broker_request ask = kept_any_ask();
	char name[sizeof(DECOY) + 1];

	(void)state;
	ask.claim.key.receiver = ask.begin.message.counted_as = DECOY "a";
	ask.begin.count = 1;
	ask.begin.candidate[0] = ask.claim;
	kept_refused(decoy(DECOY "a"), BROKER_CLAIM, &ask, NOT_NOTED);
	kept_refused(decoy(DECOY "a"), BROKER_BEGIN, &ask, NOT_NOTED);
	ask.message.counted_as = DECOY "a";
	for (size_t i = 0; i < COUNT_OF(counting); i++)
		kept_refused(decoy(DECOY "a"), counting[i], &ask, NOT_NOTED);
	/* nor under one more */
	for (int i = 0; i < STORE_DECOYS_MAX - 1; i++) {
		PRINT_TO(name, "box//.%016x", (unsigned)i);
		(void)noted_decoy(name);
		kept_forget();
	}
	ask.user = DECOY "a";
	for (int i = 0; i < 2; i++) {
		struct broker_session *s = decoy(DECOY "a");

		assert_int_equal(kept_does(s, BROKER_DECOY, &ask), 0);
		kept_refused(s, BROKER_CLAIM, &ask, NOT_NOTED);
		kept_refused(s, BROKER_GUESS_TAKE, &ask, NOT_NOTED);
	}
}

/* Nor is who has no receiver: a user who is not enrolled, and an account itself
 * that people share. No message counts, no number is kept, no provider is
 * called, and no wrong code is forgotten. */
static void
right_without_a_receiver(void **state)
{
	static const char *const receivers[] = { "", "push:box" };
	const struct facts facts = kept_facts("box");
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_says(s, &facts);
	ask.user = "box";
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	for (size_t n = 0; n < 2; n++) {
		ask = kept_any_ask();
		ask.message.counted_as = receivers[n];
		kept_refused(s, BROKER_SEND_TAKE, &ask, NOT_BOUND_TO);
		ask.claim.key.receiver = receivers[n];
		kept_refused(s, BROKER_CLAIM, &ask, NOT_BOUND_TO);
		ask.begin = (struct store_begin){ .count = 1,
			.candidate[0] = ask.claim,
			.message.counted_as = receivers[n] };
		kept_refused(s, BROKER_BEGIN, &ask, NOT_BOUND_TO);
	}
	ask.message.counted_as = NULL;
	kept_refused(s, BROKER_SEND_TAKE, &ask, NOT_BOUND_TO);
	broker_handle_issue_message(s, -ask.id);
	kept_refused(s, BROKER_FINISH, &ask,
	    "ends a verification whose code was not right");
	assert_int_equal(kept_does(s, BROKER_PASS_OVER, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_PASSED, &ask), 0);
	ask = kept_call(CALL_CHECK, METHOD_TOTP, "");
	kept_refused(
	    s, BROKER_TICKET, &ask, "calls a provider without a receiver");
}

/* Nor is a guess counted of one who has nothing to guess: any name may be typed
 * where a wrong password goes on, and would stay; and its user could not enrol
 * while locked. */
static void
guess_without_a_factor(void **state)
{
	static const char *const users[] = { "alice", "box" };

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	for (size_t i = 0; i < COUNT_OF(users); i++) {
		const struct facts facts = kept_facts(users[i]);
		struct broker_session *s = kept_opened();
		struct broker_request ask = kept_any_ask();

		kept_says(s, &facts);
		ask.user = users[i];
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		kept_refused(s, BROKER_GUESS_TAKE, &ask, NO_FACTOR);
	}
}

/* Whatever its worker calls it, also to a session that joins it. */
static void
a_push_costs_nothing(void **state)
{
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.sends.spend_day = 1000;
	for (int joins = 0; joins < 2; joins++) {
		struct broker_session *s = kept_bound("alice");
		struct broker_request call =
		    kept_call(CALL_START, METHOD_PUSH, "");

		ask.begin.count = 1;
		ask.begin.candidate[0] = ask.claim;
		ask.begin.candidate[0].key.receiver = "push:alice";
		ask.begin.message.counted_as = "push:alice";
		assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
		ask.id = ask.started.id = kept_got.begun.row.id;
		ask.started.send =
		    joins ? kept_got.begun.row.send : kept_got.begun.send;
		ask.started.price = 900;
		ask.started.request_id = ask.request_id = ".p";
		ask.tries = 3;
		if (joins)
			take(s, "push:alice", CARRIED_NOT);
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		call.call.ctx.told.price = 900;
		call = kept_receipt(s, &call, BROKER_DONE, "p");
		assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
		if (!joins) {
			assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		} else {
			assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
			kept_called(s, CALL_POLL, METHOD_PUSH, "p", "p");
			assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
		}
		assert_int_equal(
		    box_sql(kept_box, "SELECT sum(price) FROM send"), 0);
	}
}

/* Its start ends once another row of its own has the number. */
static void
starts_too_late(struct broker_session *s)
{
	struct broker_request late = kept_any_ask(), other = kept_any_ask();

	late.claim.key.receiver = late.message.counted_as =
	    other.claim.key.receiver = KEPT_OTHER_NUMBER;
	other.claim.key.provider = "two";
	kept_reaches(s, KEPT_OTHER_NUMBER, "");
	assert_int_equal(kept_does(s, BROKER_CLAIM, &late), CLAIM_NEW);
	late.id = late.started.id = kept_got.row.id;
	late.started.request_id = "late";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &late), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", "late");
	assert_int_equal(kept_does(s, BROKER_UNKNOWN, &late), 0);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &other), CLAIM_NEW);
	assert_int_equal(kept_does(s, BROKER_STARTED, &late), STORE_CLASH);
}

/* One that asks for what it may not, or for what is over, does not cost all
 * others a new connection to the server; a store that fails is opened anew. */
static void
no_new_connection(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	PRINT_TO(s->sent_as, "r"); /* as if it had sent another message */
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), -1);
	assert_non_null(kept_own.store);
	ask.provider = "\xff"; /* which no server takes as text */
	(void)kept_does(s, BROKER_PASSED, &ask);
	assert_non_null(kept_own.store);
	ask.where = "/elsewhere";
	assert_true(kept_does(kept_connected(), BROKER_OPEN, &ask) < 0);
	assert_non_null(kept_own.store);
	starts_too_late(s);
	assert_non_null(kept_own.store);
	if (box_remote)
		return;
	box_sql(kept_box, "DROP TABLE guess");
	assert_int_equal(kept_does(s, BROKER_GUESS_LOOK, &ask), GUESS_ERROR);
	assert_null(kept_own.store);
}

/* A login's push that is polled for long leaves its other verification. */
static void
a_long_push(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask =
	    kept_call(CALL_CANCEL, METHOD_SMS, "sms");

	(void)state;
	take(s, KEPT_NUMBER, CARRIED_NOT);
	ticket(s, CALL_START, "");
	receipt(s, CALL_START, BROKER_DONE, "sms");
	kept_pushes(s, "push");
	for (int i = 0; i < 30; i++) {
		ticket(s, CALL_POLL, "push");
		receipt(s, CALL_POLL, BROKER_UNSURE, "push");
	}
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* It is for all logins of the host: none chooses it before the state's own
 * answer is that it has another key, also not by what is refused. */
static void
the_fleets_next_key(void **state)
{
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.store.next = SETTINGS_KEY_NEXT;
	ask.flag = true;
	(void)kept_does(s, BROKER_RECORD, &ask);
	assert_false(kept_own.next_key);
	s = kept_bound("alice");
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	kept_refused(s, BROKER_RECORD, &ask, "is bound already");
	broker_held_end(&kept_own, s);
	assert_false(kept_own.next_key);
}

/* A connection that its own deadline has cut short is no outage for the others:
 * they would go on without the state. */
static void
an_outage_of_its_own(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_any_ask();
	char contact[sizeof(kept_conf.state_dir) + sizeof("/contact")];

	(void)state;
	if (!box_remote)
		return;
	broker_store_close(&kept_own);
	PRINT_TO(contact, "%s/contact", kept_conf.state_dir);
	(void)unlink(contact); /* no server answered a moment ago */
	s->deadline = frame_clock_ms() - 1;
	assert_int_equal(kept_does(s, BROKER_GUESS_LOOK, &ask), -1);
	assert_int_equal(kept_got.failure, STORE_OUTAGE);
	assert_false(broker_store_met_outage(&kept_own, s, &kept_got));
	s->deadline = frame_clock_ms() + 60000; /* as if it had waited */
	assert_true(broker_store_met_outage(&kept_own, s, &kept_got));
}

/* A request of a login whose time is over is done, and not cut off: that would
 * end the connection, which other logins use next. */
static void
a_late_request(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const struct broker_request ask = kept_any_ask();

	(void)state;
	s->deadline = frame_clock_ms() - 1;
	assert_int_equal(kept_does(s, BROKER_GUESS_LOOK, &ask), GUESS_OPEN);
	assert_non_null(kept_own.store);
}

/* Where records are in files alone, the server is not asked for one: it may
 * have no key for them, and what it says then ends the connection. */
static void
no_record_of_a_server(void **state)
{
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	(void)state;
	if (!box_remote)
		return;
	assert_int_equal(kept_does(s, BROKER_RECORD, &ask), STORE_RECORD_ERROR);
	assert_non_null(kept_own.store);
}

#define WIDENED(f)                                                             \
	cmocka_unit_test_setup_teardown(f, widened_set_up, kept_tear_down)

BOX_TESTS(test_broker_widened)
{
	const struct CMUnitTest tests[] = {
		WIDENED(pushes_are_no_messages),
		WIDENED(a_push_is_no_next_message),
		WIDENED(so_many_calls),
		WIDENED(a_message_that_was_sent_stays_counted),
		WIDENED(a_message_of_another_session_stays_counted),
		WIDENED(not_carried_after_nothing),
		WIDENED(not_in_place_of_one_that_may_arrive),
		WIDENED(not_carried_after_a_push),
		WIDENED(one_push_at_a_provider),
		WIDENED(a_name_is_no_receiver),
		WIDENED(a_code_of_ours_names_no_request),
		WIDENED(a_code_of_ours_starts_no_others),
		WIDENED(a_code_of_ours_is_of_its_phone),
		WIDENED(a_code_of_ours_beside_another),
		WIDENED(a_row_that_another_moves),
		WIDENED(a_code_of_ours_is_of_its_receiver),
		WIDENED(a_code_by_email_is_of_its_address),
		WIDENED(no_end_without_its_row),
		WIDENED(a_code_of_ours_that_was_not_sent),
		WIDENED(a_request_id_that_can_be_guessed),
		WIDENED(a_request_id_of_another_provider),
		WIDENED(an_id_that_is_given_again),
		WIDENED(nor_ends_it),
		WIDENED(no_request_without_an_id),
		WIDENED(a_start_of_who_lives),
		WIDENED(no_duration_of_nothing),
		WIDENED(a_guess_comes_back_once),
		WIDENED(a_guess_comes_back_once_unanswered),
		WIDENED(few_guesses_come_back),
		WIDENED(a_wrong_code_of_ours_stays_counted),
		WIDENED(a_try_of_ours_stays_counted),
		WIDENED(a_guess_for_a_code_that_was_checked),
		WIDENED(a_used_code_for_a_wrong_one),
		WIDENED(a_used_code_is_found_by_guesses_alone),
		WIDENED(one_in_place_of_an_apps),
		WIDENED(none_in_place_of_a_phones),
		WIDENED(none_of_an_apps_comes_back),
		WIDENED(none_in_place_of_an_apps_that_was_not_asked),
		WIDENED(none_that_came_back_before),
		WIDENED(none_by_a_receipt_of_another_method),
		WIDENED(an_approval_gives_no_guess_back),
		WIDENED(no_approval_while_locked),
		WIDENED(an_approval_of_one_push),
		WIDENED(an_approval_of_the_own_push),
		WIDENED(tries_of_others),
		WIDENED(a_try_comes_back_once),
		WIDENED(so_many_tries),
		WIDENED(a_used_code),
		WIDENED(a_code_in_other_bytes),
		WIDENED(one_that_may_only_be_ended),
		WIDENED(right_without_a_receiver),
		WIDENED(guess_without_a_factor),
		WIDENED(no_name_of_a_state),
		WIDENED(a_message_counts_for_the_phone),
		WIDENED(a_decoy_is_never_right),
		WIDENED(a_decoy_costs_nothing),
		WIDENED(a_decoy_that_is_not_noted),
		WIDENED(a_push_costs_nothing),
		WIDENED(no_new_connection),
		WIDENED(a_long_push),
		WIDENED(an_outage_of_its_own),
		WIDENED(a_late_request),
		WIDENED(no_record_of_a_server),
		WIDENED(the_fleets_next_key),
	};

	return BOX_RUN(tests);
}
