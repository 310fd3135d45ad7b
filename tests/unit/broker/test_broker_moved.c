/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker that was taken over makes of the order of well-formed requests:
 * a code of a phone that an admin has taken away is right for no later login.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NO_RECEIPT "starts a verification without a receipt"

static int
moved_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	memset(kept_own.key[1], 'l', sizeof(kept_own.key[1]));
	return 0;
}

/* A login of alice, whose second phone will be taken away. */
static struct broker_session *
of_two_phones(void)
{
	const struct facts facts = kept_facts("alice");
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	kept_record("alice",
	    "phones = ( { number = \"" KEPT_NUMBER "\"; }, "
	    "{ number = \"" KEPT_OTHER_NUMBER "\"; } );");
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

static const char *
number_of(unsigned phone)
{
	return phone == 0 ? KEPT_NUMBER : KEPT_OTHER_NUMBER;
}

/* The provider broker did what the newest ticket allows. */
static void
done(
    struct broker_session *s, const struct broker_request *call, const char *id)
{
	const struct broker_request ask =
	    kept_receipt(s, call, BROKER_DONE, id);

	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

static struct broker_request
may_call(struct broker_session *s, enum provider_call_kind kind,
    const char *asked, unsigned phone)
{
	struct broker_request ask = kept_any_ask();

	ask.message.counted_as = number_of(phone);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(kind, METHOD_SMS, asked);
	ask.call.ctx.phone_at = phone;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	return ask;
}

/* A counted message to this phone; asked, id: of the verification before and
 * after. */
static void
sends(struct broker_session *s, enum provider_call_kind kind, const char *asked,
    unsigned phone, const char *id)
{
	const struct broker_request ask = may_call(s, kind, asked, phone);

	done(s, &ask, id);
}

/* A start without its code would keep the verifier of the code before, and take
 * the row to any phone, under the vendor's id of a text. The next code there
 * would go beside the one before, which went to the other phone. */
static void
a_code_of_ours_through_a_vendors_id(void **state)
{
	struct broker_session *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_type.next_method = NULL; /* as telnyx-sms */
	kept_conf.provider[0].code_length = 6;
	s = of_two_phones();
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(s, 1, &ask, code);

	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	sends(s, CALL_START, "", 1, "vendors");
	ask.started.request_id = ask.request_id = "vendors";
	ask.started.code = NULL;
	ask.started.number = KEPT_NUMBER;
	kept_refused(s, BROKER_STARTED, &ask, NO_RECEIPT);
}

/* Another login's verification is put back into its row, by its next step, once
 * a start of the own has taken the row to the other phone. Vonage compares no
 * receiver. */
static void
anothers_verification_in_a_row_that_moved(void **state)
{
	struct broker_session *one = of_two_phones(), *two = of_two_phones();
	struct broker_request ask = kept_any_ask();

	(void)state;
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(one, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	sends(one, CALL_START, "", 1, "second-phones");
	ask.started.request_id = ask.request_id = "second-phones";
	assert_int_equal(kept_does(one, BROKER_STARTED, &ask), 0);

	assert_int_equal(kept_does(two, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(two, BROKER_REPLACE, &ask), 1);
	sends(two, CALL_START, "", 0, "firsts");
	ask.started.request_id = ask.request_id = "firsts";
	assert_int_equal(kept_does(two, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(two, BROKER_REPLACE, &ask), 1);
	/* goes to the second phone, and would count for the first */
	ask = kept_any_ask();
	ask.message.counted_as = KEPT_NUMBER;
	assert_int_equal(kept_does(two, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_NEXT, METHOD_SMS, "second-phones");
	kept_refused(two, BROKER_TICKET, &ask,
	    "names another phone than the verification has");
}

/* A login of before moves the row of a later one to the second phone, with a
 * code there, which the later one has had checked. */
static void
checks_where_it_moved(struct broker_session *before, struct broker_session *s,
    struct broker_request *ask)
{
	*ask = kept_running(s, KEPT_NUMBER, "firsts");
	assert_int_equal(kept_does(before, BROKER_CLAIM, ask), CLAIM_JOINED);
	assert_int_equal(kept_does(before, BROKER_REPLACE, ask), 1);
	sends(before, CALL_START, "", 1, "seconds");
	ask->request_id = ask->started.request_id = "seconds";
	assert_int_equal(kept_does(before, BROKER_STARTED, ask), 0);
	(void)kept_tries(s, ask->id);
	kept_called(s, CALL_CHECK, METHOD_SMS, "seconds", "seconds");
}

/* An admin takes the second phone away. A later login has a row at the first
 * one; a worker of before moves that to the second phone, with a code there. */
static void
a_row_that_moved_under_a_login(void **state)
{
	struct broker_session *before = of_two_phones(), *s;
	struct broker_request ask = kept_any_ask();

	(void)state;
	s = kept_bound("alice"); /* whose record has the first phone alone */
	checks_where_it_moved(before, s, &ask);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

/* A later login with a code of ours at the first phone compares the right one
 * of the second, to which a login of before has moved its row. Returns it. */
static struct broker_session *
compares_where_it_moved(
    struct broker_session *before, struct broker_request *ask)
{
	struct broker_session *s;
	char code[PROVIDER_CODE_MAX + 1];

	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	s = kept_bound("alice"); /* whose record has the first phone alone */
	assert_int_equal(kept_does(s, BROKER_CLAIM, ask), CLAIM_NEW);
	ask->id = ask->started.id = kept_got.row.id;
	kept_sends_code(s, 0, ask, code);
	assert_int_equal(kept_does(before, BROKER_CLAIM, ask), CLAIM_JOINED);
	assert_int_equal(kept_does(before, BROKER_REPLACE, ask), 1);
	kept_sends_code(before, 1, ask, code);
	(void)kept_tries(s, ask->id);
	ask->number = code;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, ask), 1);
	ask->number = NULL;
	return s;
}

/* The same by a code of ours. */
static void
a_code_of_ours_under_a_login(void **state)
{
	struct broker_request ask = kept_any_ask();
	struct broker_session *s =
	    compares_where_it_moved(of_two_phones(), &ask);

	(void)state;
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

/* The same, but the row is back at the first phone, with a code there under the
 * same id, before the login ends it: compared was the second phone's code. */
static void
a_code_of_ours_and_the_row_goes_back(void **state)
{
	struct broker_session *before = of_two_phones();
	struct broker_request ask = kept_any_ask();
	struct broker_session *s = compares_where_it_moved(before, &ask);
	char unseen[PROVIDER_CODE_MAX + 1];

	(void)state;
	assert_int_equal(kept_does(before, BROKER_REPLACE, &ask), 1);
	kept_sends_code(before, 0, &ask, unseen);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

/* A code in the row by a ticket of a message that no count has: the start took
 * the count before the provider broker said that nothing was sent. */
static void
sends_uncounted(struct broker_session *s, unsigned phone,
    struct broker_request *row, char code[PROVIDER_CODE_MAX + 1])
{
	struct broker_request call = kept_call(CALL_START, METHOD_SMS, "");

	assert_int_equal(kept_does(s, BROKER_REPLACE, row), 1);
	kept_sends_code(s, phone, row, code);
	call.call.ctx.phone_at = phone;
	call = kept_receipt(s, &call, BROKER_NOT_DONE, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	call = kept_call(CALL_START, METHOD_SMS, "");
	call.call.ctx.phone_at = phone;
	assert_int_equal(kept_does(s, BROKER_REPLACE, row), 1);
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	memcpy(code, s->own_code, sizeof(s->own_code));
	assert_int_equal(kept_does(s, BROKER_STARTED, row), 0);
	assert_int_equal(box_sql(kept_box, "SELECT send FROM verification"), 0);
}

/* The same by two messages that the row cannot tell apart by their count. */
static void
a_row_that_goes_back_uncounted(void **state)
{
	struct broker_session *before = of_two_phones(), *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1], unseen[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	s = kept_bound("alice"); /* whose record has the first phone alone */
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(s, 0, &ask, unseen);
	assert_int_equal(kept_does(before, BROKER_CLAIM, &ask), CLAIM_JOINED);
	sends_uncounted(before, 1, &ask, code);
	(void)kept_tries(s, ask.id);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), 1);
	ask.number = NULL;
	sends_uncounted(before, 0, &ask, unseen);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

static void
nobody_waits(bool waits)
{
	(void)waits;
}

/* A question of a worker, by another connection to the server, while the server
 * answers that of another login; s is NULL once it has been asked. */
static struct {
	struct broker_context at;
	struct broker_session *s;
	const struct broker_request *ask;
} beside;

static void
starts_beside(bool waits)
{
	static struct broker_reply reply;
	struct broker_session *s = beside.s;
	const char *why = NULL;

	if (waits || s == NULL)
		return;
	beside.s = NULL;
	assert_true(broker_op_run(
	    &beside.at, s, BROKER_STARTED, beside.ask, &reply, &why));
}

/* A later login has checked the code of the second phone, in a row that is at
 * the first one when that is asked, and back when it ends: two questions to a
 * server, between which others change the row. */
static void
a_row_that_goes_back_between_two_questions(void **state)
{
	struct broker_session *before = of_two_phones(), *s;
	struct broker_request ask = kept_any_ask(), end;

	(void)state;
	if (!box_remote)
		return;
	s = kept_bound("alice"); /* whose record has the first phone alone */
	checks_where_it_moved(before, s, &ask);
	end = ask;
	assert_int_equal(kept_does(before, BROKER_REPLACE, &ask), 1);
	sends(before, CALL_START, "", 0, "thirds");
	ask.request_id = ask.started.request_id = "thirds";
	assert_int_equal(kept_does(before, BROKER_STARTED, &ask), 0);
	sends(before, CALL_NEXT, "seconds", 1, "seconds");
	assert_int_equal(kept_does(before, BROKER_REPLACE, &ask), 1);
	ask.started.request_id = "seconds";

	beside.at = kept_own;
	beside.at.store = NULL;
	assert_int_equal(
	    broker_store_open(&beside.at, before, kept_got.cause), true);
	beside.s = before;
	beside.ask = &ask;
	store_wait = starts_beside;
	assert_int_equal(kept_does(s, BROKER_FINISH, &end), 0);
	store_wait = nobody_waits;
	assert_null(beside.s);
	broker_store_close(&beside.at);
}

/* Two logins compare one code, and the second one has a row of its own for it,
 * under the same id, once the first has used it. */
static void
one_code_of_ours_for_two_logins(void **state)
{
	struct broker_session *s[2];
	struct broker_request ask = kept_any_ask(), own;
	char code[PROVIDER_CODE_MAX + 1], unseen[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	for (int i = 0; i < 2; i++)
		s[i] = kept_bound("alice");
	assert_int_equal(kept_does(s[0], BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(s[0], 0, &ask, code);
	assert_int_equal(kept_does(s[1], BROKER_CLAIM, &ask), CLAIM_JOINED);
	ask.number = code;
	for (int i = 0; i < 2; i++) {
		ask.tries = 5;
		assert_int_equal(kept_does(s[i], BROKER_ATTEMPT, &ask), 1);
		assert_int_equal(kept_does(s[i], BROKER_CODE_RIGHT, &ask), 1);
	}
	assert_int_equal(kept_does(s[0], BROKER_FINISH, &ask), 1);
	own = kept_any_ask();
	assert_int_equal(kept_does(s[1], BROKER_CLAIM, &own), CLAIM_NEW);
	own.id = own.started.id = kept_got.row.id;
	kept_sends_code(s[1], 0, &own, unseen);
	assert_int_equal(kept_does(s[1], BROKER_FINISH, &own), 0);
}

/* A push was sent by another provider: its start would keep the verifier of a
 * row of ours, and take that to the phone which the worker names. */
static void
a_code_of_ours_moved_by_a_push(void **state)
{
	struct provider_type pushes = kept_type;
	struct broker_session *before;
	struct broker_request ask = kept_any_ask(), push;
	char code[PROVIDER_CODE_MAX + 1], to[OWNER_PUSH_MAX];

	(void)state;
	kept_add_provider()->type = &pushes;
	kept_type.own_code = true;
	kept_type.next_method = NULL;
	kept_type.methods = METHOD_BIT(METHOD_SMS); /* as telnyx-sms */
	kept_conf.provider[0].code_length = 6;
	before = of_two_phones();
	PRINT_TO(before->record.push_identity, "a1b2c3d4e5f6");
	PRINT_TO(before->record.push_factor, KEPT_FACTOR);
	assert_int_equal(kept_does(before, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(before, 1, &ask, code);
	assert_int_equal(kept_does(before, BROKER_REPLACE, &ask), 1);
	owner_write_push("alice", 0, to);
	push = kept_any_ask();
	push.message.counted_as = to;
	assert_int_equal(
	    kept_does(before, BROKER_SEND_TAKE, &push), SEND_TAKEN);
	push = kept_call(CALL_START, METHOD_PUSH, "");
	push.provider = push.call.provider = "two";
	assert_int_equal(kept_does(before, BROKER_TICKET, &push), 1);
	push = kept_receipt(before, &push, BROKER_DONE, "challenge");
	assert_int_equal(kept_does(before, BROKER_RECEIPT, &push), 0);
	ask.started.method = METHOD_PUSH;
	ask.started.code = NULL;
	ask.started.number = KEPT_NUMBER;
	kept_refused(before, BROKER_STARTED, &ask, NO_RECEIPT);
}

/* A row of a provider that the settings do not have any more: where its code
 * went is not asked. */
static void
a_code_of_a_provider_that_is_gone(void **state)
{
	struct broker_session *before, *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	before = of_two_phones();
	assert_int_equal(kept_does(before, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(before, 0, &ask, code);

	kept_conf.provider[0].name = "new"; /* as the next broker has it */
	s = kept_bound("alice"); /* whose record has the first phone alone */
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_ELSEWHERE);
	kept_conf.provider[0].name = "one"; /* the broker of before */
	assert_int_equal(kept_does(before, BROKER_REPLACE, &ask), 1);
	kept_sends_code(before, 1, &ask, code);

	kept_conf.provider[0].name = "new";
	ask.tries = 5;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.number = code;
	(void)kept_does(s, BROKER_CODE_RIGHT, &ask);
	if (kept_got.result == 1)
		assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

#define BY_MAIL                                                                \
	"phone = \"" KEPT_NUMBER                                               \
	"\"; email = \"alice@example.org\"; channels = "

/* A login whose record has the phone and the address. */
static struct broker_session *
of_channels(const char *channels)
{
	const struct facts facts = kept_facts("alice");
	const struct broker_request ask = kept_any_ask();
	struct broker_session *s = kept_opened();
	char text[256];

	PRINT_TO(text, BY_MAIL "[%s];", channels);
	kept_record("alice", text);
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* A mail is sent, and the row that the question names has it. */
static void
mails(struct broker_session *s, struct broker_request *ask)
{
	struct broker_request call;

	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, ask), SEND_TAKEN);
	call = kept_call(CALL_START, METHOD_EMAIL, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	done(s, &call, "mail");
	ask->request_id = ask->started.request_id = "mail";
	assert_int_equal(kept_does(s, BROKER_STARTED, ask), 0);
}

/* A login with a mail before an admin takes the channel away, as somebody reads
 * those mails; and a login after that, which is given its row, and for which
 * the provider compares the code of that mail. */
static void
a_mail_before(struct broker_session *s[2], struct broker_request *ask)
{
	struct broker_request call;

	kept_type.next_method = NULL;
	kept_type.names_receiver = true; /* as twilio-verify */
	s[0] = of_channels("\"sms\", \"email\"");
	*ask = kept_any_ask();
	ask->claim.key.receiver = "alice@example.org";
	assert_int_equal(kept_does(s[0], BROKER_CLAIM, ask), CLAIM_NEW);
	ask->id = ask->started.id = kept_got.row.id;
	mails(s[0], ask);
	s[1] = of_channels("\"sms\"");
	assert_false(reach_lists(&s[1]->record, METHOD_BIT(METHOD_EMAIL)));
	assert_int_equal(kept_does(s[1], BROKER_CLAIM, ask), CLAIM_JOINED);
	(void)kept_tries(s[1], ask->id);
	call = kept_call(CALL_CHECK, METHOD_EMAIL, "mail");
	assert_int_equal(kept_does(s[1], BROKER_TICKET, &call), 1);
	done(s[1], &call, "mail");
}

#define NOT_RIGHT "ends a verification whose code was not right"

/* The code of a mail that was sent before is right for no later login. */
static void
a_channel_that_was_taken_away(void **state)
{
	struct broker_session *s[2];
	struct broker_request ask;

	(void)state;
	a_mail_before(s, &ask);
	kept_refused(s[1], BROKER_FINISH, &ask, NOT_RIGHT);
}

/* The same, but the row has had a text of the later login's in between: what
 * was right is the code of the mail. */
static void
a_text_in_between(void **state)
{
	struct broker_session *s[2];
	struct broker_request ask, mail;

	(void)state;
	a_mail_before(s, &ask);
	mail = ask;
	assert_int_equal(kept_does(s[1], BROKER_REPLACE, &ask), 1);
	sends(s[1], CALL_START, "", 0, "text");
	ask.request_id = ask.started.request_id = "text";
	assert_int_equal(kept_does(s[1], BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(s[0], BROKER_REPLACE, &ask), 1);
	mails(s[0], &ask);
	kept_refused(s[1], BROKER_FINISH, &mail, NOT_RIGHT);
}

/* A start whose address has another row already is noted again: its method is
 * not used up, or the verification of a mail would lie at the phone. */
static void
a_mail_that_is_noted_twice(void **state)
{
	struct broker_session *s = of_channels("\"sms\", \"email\""), *later;
	struct broker_request ask = kept_any_ask(), call;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *id = i == 0 ? "first" : "mail";

		ask = kept_any_ask();
		if (i == 0)
			ask.claim.key.receiver = "alice@example.org";
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		call = kept_call(CALL_START, METHOD_EMAIL, "");
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		done(s, &call, id);
		ask.request_id = ask.started.request_id = id;
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask),
		    i == 0 ? 0 : STORE_CLASH);
	}
	assert_int_not_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	later = kept_bound("alice"); /* whose record has the phone alone */
	ask = kept_any_ask();
	(void)kept_does(later, BROKER_CLAIM, &ask);
	assert_string_not_equal(kept_got.row.request_id, "mail");
}

/* A mail has no next step, by which its verification would get to the phone: of
 * the own login's, once a row has it or before, and of another's. */
static void
a_next_step_of_a_mail(void **state)
{
	struct broker_session *s[2] = { of_channels("\"sms\", \"email\""),
		of_channels("\"sms\", \"email\"") };
	struct broker_request ask = kept_any_ask(), next;

	(void)state;
	ask.claim.key.receiver = "alice@example.org";
	assert_int_equal(kept_does(s[0], BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	mails(s[0], &ask);
	assert_int_equal(kept_does(s[1], BROKER_CLAIM, &ask), CLAIM_JOINED);
	next = kept_call(CALL_NEXT, METHOD_SMS, "mail");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    kept_does(s[i], BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		kept_refused(s[i], BROKER_TICKET, &next,
		    "names a method that no next step has");
	}
	s[0] = of_channels("\"sms\", \"email\"");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    kept_does(s[0], BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s[0], CALL_START, METHOD_EMAIL, "", "mail");
	kept_refused(
	    s[0], BROKER_TICKET, &next, "names a method that no next step has");
}

/* A login forgets a verification of its own after sixteen others, and does not
 * know any more where it went. */
static void
a_verification_that_was_forgotten(void **state)
{
	struct broker_session *s = of_two_phones();
	struct broker_request ask = kept_any_ask(), next, row;
	char id[16];

	(void)state;
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	sends(s, CALL_START, "", 1, "kept-by-a-row");
	ask.started.request_id = "kept-by-a-row";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	sends(s, CALL_START, "", 1, "second-phones");
	for (int i = 2; i <= BROKER_REQUEST_IDS_MAX; i++) {
		PRINT_TO(id, "other-%d", i);
		sends(s, CALL_START, "", 1, id);
	}
	next = may_call(s, CALL_NEXT, "second-phones", 1);
	/* its id is a new one by now */
	assert_int_equal(kept_does(s, BROKER_LOOK, &ask), 1);
	done(s, &next, "second-phones");
	row = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &row), CLAIM_NEW);
	row.started.id = kept_got.row.id;
	row.started.request_id = "second-phones";
	kept_refused(s, BROKER_STARTED, &row, NO_RECEIPT);
}

/* Who has no app at a provider is let in by none of its broker's words. */
static void
an_app_that_is_nobodys(void **state)
{
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	kept_type.next_method = NULL;
	s = kept_bound("alice");
	s->record.totp_factor[0] = '\0';
	ask = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask = kept_call(CALL_CHECK, METHOD_TOTP, "");
	ask.call.code = "123456";
	kept_refused(s, BROKER_TICKET, &ask,
	    "uses an app that its record does not have");
}

/* A code that was sent once is not kept alive for ever by the next messages to
 * the same phone. */
static void
a_code_of_ours_is_over(void **state)
{
	const int64_t longest = broker_bounds_life_max_ms(&kept_conf);
	struct broker_session *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1], next[PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_type.own_code = true;
	kept_type.next_method = NULL;
	kept_conf.provider[0].code_length = 6;
	s = of_two_phones();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.started.life_ms = longest;
	kept_sends_code(s, 0, &ask, code);
	ask.started.beside = true;
	for (int i = 1; i <= 6; i++) {
		store_time_now(INT64_C(1000000) + i * (longest - 1000));
		s = of_two_phones();
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
		assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
		kept_sends_code(s, 0, &ask, next);
	}
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	ask.tries = 5;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), 0);
}

/* One that counts less and is given back, as the second provider refuses it:
 * the third one's counts less in its place, and no other one does. */
static void
carried_after_what_is_given_back(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask(), call;
	static const unsigned said[] = { BROKER_UNSURE | BROKER_DOWN,
		BROKER_NOT_DONE };

	(void)state;
	kept_conf.sends.user_hour = 1;
	for (size_t i = 0; i < COUNT_OF(said); i++) {
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		ask.id = kept_got.id;
		ask.message.carried = CARRIED_INSTEAD;
		call = kept_call(CALL_START, METHOD_SMS, "");
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		call = kept_receipt(s, &call, said[i], "");
		assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	}
	assert_int_equal(kept_does(s, BROKER_SEND_REFUND, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM send"), 2);
}

/* A message of the second provider, which counts less, is sent once more, as
 * its broker was replaced meanwhile: it counts less again. */
static void
carried_once_more(void **state)
{
	struct broker_request ask = kept_any_ask(), call;
	struct broker_session *s;
	const struct broker_request as_before = { .id = 0 };

	(void)state;
	(void)kept_add_provider();
	s = kept_bound("alice");
	kept_conf.sends.user_hour = 1;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		ask.message.carried = CARRIED_BESIDE;
		call = kept_call(CALL_START, METHOD_SMS, "");
		if (i > 0)
			call.provider = call.call.provider = "two";
		assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
		call = kept_receipt(s, &call, BROKER_UNSURE, "");
		assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	}
	assert_int_equal(
	    kept_does(s, BROKER_SEND_TAKE, &as_before), SEND_TAKEN);
}

/* Each login has so many messages as the limit says, however many providers
 * there are, and however little time their calls get. */
static void
carried_beyond_the_limit(void **state)
{
	struct broker_session *s[2];
	struct broker_request ask, call;
	int64_t sent = 0;

	(void)state;
	(void)kept_add_provider();
	kept_conf.sends.user_hour = 2;
	for (int i = 0; i < 2; i++) {
		s[i] = kept_bound("alice");
		ask = kept_any_ask();
		assert_int_equal(
		    kept_does(s[i], BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		sent++;
	}
	ask.message.carried = CARRIED_BESIDE;
	for (int i = 0; i < 4; i++) {
		call = kept_call(CALL_START, METHOD_SMS, "");
		if (i / 2 > 0)
			call.provider = call.call.provider = "two";
		assert_int_equal(kept_does(s[i % 2], BROKER_TICKET, &call), 1);
		call = kept_receipt(s[i % 2], &call, BROKER_HURRIED, "");
		assert_int_equal(kept_does(s[i % 2], BROKER_RECEIPT, &call), 0);
		sent +=
		    kept_does(s[i % 2], BROKER_SEND_TAKE, &ask) == SEND_TAKEN;
		if (kept_got.result != SEND_TAKEN)
			break;
	}
	assert_int_equal(sent, 2);
}

#define UID 1003
#define KEY(part)                                                              \
	"publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5" part                      \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define ANNS KEY("AAAAIAAA")
#define ANNS_PRINT "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"
#define BOBS_PRINT "SHA256:q9jkFkikArwJmdSqU/TYAoPoqVoVkplM9LDHikciiCM"

/* A login of the same uid at user.sock: a change of alice's devices, or at a
 * service. */
static struct broker_session *
of_uid(const char *request)
{
	struct facts facts = kept_facts("alice");
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	facts.purpose = request != NULL ? PURPOSE_SELF : PURPOSE_LOGIN;
	facts.service = request != NULL ? "twofactl" : "web";
	facts.request = request != NULL ? request : "";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	s->peer.uid = UID;
	PRINT_TO(s->own, "alice");
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* A code of the phone that goes shows nothing, also once its row is over: a
 * look for it there finds none, but the row ends. */
static void
the_one_that_goes_over(void **state)
{
	static const char *prefix[] = { "+1202" };
	struct broker_session *s, *other;
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	store_time_wall((TWOFA_DAY + 1) * INT64_C(86400));
	kept_record("alice",
	    "uid = 1003; phones = ( { number = \"" KEPT_NUMBER
	    "\"; }, { number = \"" KEPT_OTHER_NUMBER "\"; } );");
	s = of_uid("remove2");
	other = of_uid(NULL);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	sends(s, CALL_START, "", 0, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(other, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(other, BROKER_REPLACE, &ask), 1);
	sends(other, CALL_START, "", 1, "w");
	ask.request_id = ask.started.request_id = "w";
	ask.started.life_ms = 1000;
	assert_int_equal(kept_does(other, BROKER_STARTED, &ask), 0);
	(void)kept_tries(s, ask.id);
	kept_called(s, CALL_CHECK, METHOD_SMS, "w", "w");
	store_time_now(INT64_C(1000000) + 2000);
	(void)kept_does(s, BROKER_FINISH, &ask);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
}

/* Of the people of an account a key names one: the records of the others are
 * not for that worker. */
static void
records_of_the_others(void **state)
{
	struct facts facts = kept_facts("box");
	struct broker_request ask = kept_any_ask();
	struct broker_session *s = kept_opened();

	(void)state;
	kept_record("box",
	    "people = ( { name = \"ann\"; phone = \"" KEPT_NUMBER
	    "\"; key = \"" ANNS_PRINT "\"; }, { name = \"bobby\"; user = "
	    "\"bob\"; key = \"" BOBS_PRINT "\"; } );");
	facts.auth_info = ANNS;
	kept_says(s, &facts);
	ask.user = "bob";
	kept_refused(
	    s, BROKER_RECORD, &ask, "asks for the record of another user");
}

#define MOVED(f)                                                               \
	cmocka_unit_test_setup_teardown(f, moved_set_up, kept_tear_down)

BOX_TESTS(test_broker_moved)
{
	const struct CMUnitTest tests[] = {
		MOVED(a_code_of_ours_through_a_vendors_id),
		MOVED(anothers_verification_in_a_row_that_moved),
		MOVED(a_row_that_moved_under_a_login),
		MOVED(a_code_of_ours_under_a_login),
		MOVED(a_code_of_ours_and_the_row_goes_back),
		MOVED(a_row_that_goes_back_uncounted),
		MOVED(a_row_that_goes_back_between_two_questions),
		MOVED(one_code_of_ours_for_two_logins),
		MOVED(a_code_of_ours_moved_by_a_push),
		MOVED(a_code_of_a_provider_that_is_gone),
		MOVED(a_channel_that_was_taken_away),
		MOVED(a_text_in_between),
		MOVED(a_mail_that_is_noted_twice),
		MOVED(a_next_step_of_a_mail),
		MOVED(a_verification_that_was_forgotten),
		MOVED(an_app_that_is_nobodys),
		MOVED(a_code_of_ours_is_over),
		MOVED(carried_beyond_the_limit),
		MOVED(carried_after_what_is_given_back),
		MOVED(carried_once_more),
		MOVED(the_one_that_goes_over),
		MOVED(records_of_the_others),
	};

	return BOX_RUN(tests);
}
