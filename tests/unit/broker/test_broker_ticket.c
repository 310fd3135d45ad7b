/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tickets and receipts: which calls to a provider the state broker allows a
 * login, what it takes from that provider's broker, and what a login may end by
 * it.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define ANOTHER_KIND "would send another kind of message than it counted"
#define APP_NOT_RIGHT "uses up an app's code that was not right"
#define NOT_CONFIRMED "starts a verification without a receipt"
#define IDENTITY "a1b2c3d4e5f6"
#define PUSH "YF0123456789abcdef0123456789abcdef"
#define APP "YFfedcba9876543210fedcba9876543210"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOT_COUNTED "would send a message that is not counted"
#define NOT_GUESSED "would check a code that is not counted"
#define NOT_ITS_OWN "used a provider's request id without a handle"
#define NOT_SAID "presented a receipt that the provider broker did not issue"
#define NOT_RIGHT "ends a verification whose code was not right"

enum { ONE, TWO, PUSHED, PROVIDERS };

#define EMAIL "a@example.org"

/* "one" and "two" send codes, "push" has its own receivers; each has a broker
 * with a key of its own. */
static int
ticket_set_up(void **state)
{
	static const char *const names[PROVIDERS] = { "one", "two", "push" };

	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.provider_count = PROVIDERS;
	for (size_t i = 0; i < PROVIDERS; i++) {
		kept_conf.provider[i] = (struct provider_conf){
			.name = names[i],
			.type = i == PUSHED ? &twilio_push_type : &kept_type,
		};
		memset(kept_own.key[i], 'k' + (int)i, sizeof(kept_own.key[i]));
	}
	return 0;
}

static struct broker_session *
asking(void)
{
	return kept_bound("alice");
}

static void
count_message(struct broker_session *s)
{
	const struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
}

static void
count_push(struct broker_session *s)
{
	struct broker_request ask = kept_any_ask();

	ask.message.counted_as = "push:alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
}

/* Counts a guess, as if it had made a try of row 77, in which each verification
 * without a row is. */
static void
count_guess(struct broker_session *s)
{
	const struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	s->guess[s->guesses - 1].row = 77;
	for (size_t i = 0; i < s->requests; i++)
		if (s->request[i].row == 0)
			s->request[i].row = 77;
}

/* It is allowed: what the provider's broker is shown. */
static struct broker_call
ticket(struct broker_session *s, enum provider_call_kind kind,
    const char *request_id)
{
	const struct broker_request ask =
	    kept_call(kind, METHOD_SMS, request_id);
	struct broker_call c = ask.call;

	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	c.serial = kept_got.id;
	memcpy(c.mac, kept_got.mac, sizeof(c.mac));
	broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
	return c;
}

static void
no_ticket(struct broker_session *s, enum provider_call_kind kind,
    const char *request_id, const char *why)
{
	const struct broker_request ask =
	    kept_call(kind, METHOD_SMS, request_id);

	kept_refused(s, BROKER_TICKET, &ask, why);
}

/* What the broker of that provider says of such a call. */
static struct broker_request
receipt_by(size_t of, int64_t login, struct broker_call c, unsigned is,
    const char *request_id)
{
	struct broker_request ask = kept_call(c.kind, METHOD_SMS, request_id);

	PRINT_TO(c.ctx.request_id, "%s", request_id);
	ask.call.ctx.told = c.ctx.told;
	broker_receipt_make(kept_own.key[of], login, &c, is, ask.call.mac);
	ask.tries = is;
	return ask;
}

static void
receipt(struct broker_session *s, struct broker_call c, unsigned is,
    const char *request_id)
{
	const struct broker_request ask =
	    receipt_by(ONE, s->peer.login, c, is, request_id);

	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

static void
receipt_of(struct broker_session *s, enum method method, struct broker_call c,
    unsigned is)
{
	struct broker_request ask = receipt_by(ONE, s->peer.login, c, is, "");

	ask.call.ctx.method = method;
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

/* A message was sent, and its verification has this name. */
static void
started(struct broker_session *s, const char *request_id)
{
	count_message(s);
	receipt(s, ticket(s, CALL_START, ""), BROKER_DONE, request_id);
}

/* Tickets. */

static void
no_message_uncounted(void **state)
{
	static const enum provider_call_kind sends[] = { CALL_START,
		CALL_NEXT };

	(void)state;
	for (size_t i = 0; i < COUNT(sends); i++) {
		struct broker_session *s = asking();

		const char *id = sends[i] == CALL_START ? "" : "r";

		no_ticket(s, CALL_START, "", NOT_COUNTED);
		started(s, "r");
		no_ticket(s, sends[i], id, NOT_COUNTED);
		count_message(s);
		(void)ticket(s, sends[i], id);
		/* whatever became of that */
		no_ticket(s, CALL_START, "", NOT_COUNTED);
		no_ticket(s, CALL_NEXT, "r", NOT_COUNTED);
	}
}

/* One that store_begin has counted is one, too. */
static void
a_message_at_the_beginning(void **state)
{
	struct broker_session *s = asking();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	(void)ticket(s, CALL_START, "");
	no_ticket(s, CALL_START, "", NOT_COUNTED);
}

/* One message counts less than others only after a provider's receipt that it
 * may have sent one, or not, though it had its time; once for each. */
static void
a_message_that_is_carried(void **state)
{
	static const unsigned fails[] = { BROKER_UNSURE,
		BROKER_UNSURE | BROKER_SILENT };
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.sends.user_hour = kept_conf.sends.number_day = 1;
	for (size_t i = 0; i < COUNT(fails); i++) {
		struct broker_session *s = asking();

		box_sql(kept_box, "DELETE FROM send");
		count_message(s);
		ask.message.carried = CARRIED_INSTEAD;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
		receipt(s, ticket(s, CALL_START, ""), BROKER_HURRIED, "");
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
		s = asking();
		box_sql(kept_box, "DELETE FROM send");
		count_message(s);
		receipt(s, ticket(s, CALL_START, ""), fails[i], "");
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
		ask.message.carried = CARRIED_BESIDE;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	}
}

/* Nor is one that was sent. */
static void
not_carried_after_one_that_was_sent(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.sends.user_hour = 1;
	started(s, "r");
	ask.message.carried = CARRIED_INSTEAD;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
}

static int64_t
median_of(enum latency_kind kind)
{
	struct latency_span span;

	latency_read(kept_conf.state_dir, kind, &span);
	return span.median;
}

/* A call's duration is the broker's own, and only of a message that was sent
 * or a code that was right: decoys take as long. */
static void
durations(void **state)
{
	static const struct {
		enum provider_call_kind kind;
		enum broker_receipt is;
		enum method method;
		int64_t start, check; /* medians after it */
	} rows[] = {
		{ CALL_START, BROKER_UNSURE, METHOD_SMS, 350, 250 },
		{ CALL_START, BROKER_NOT_DONE, METHOD_SMS, 350, 250 },
		{ CALL_START, BROKER_DONE, METHOD_PUSH, 350, 250 },
		{ CALL_START, BROKER_DONE, METHOD_SMS, 71, 250 },
		{ CALL_CHECK, BROKER_DONE, METHOD_TOTP, 71, 250 },
		{ CALL_CANCEL, BROKER_DONE, METHOD_SMS, 71, 250 },
		{ CALL_CHECK, BROKER_DONE, METHOD_SMS, 71, 71 },
	};

	char file[sizeof(kept_conf.state_dir) + sizeof("/latency")];

	(void)state;
	PRINT_TO(file, "%s/latency", kept_conf.state_dir);
	(void)unlink(file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = asking();
		struct broker_request ask = kept_call(rows[i].kind, METHOD_SMS,
		    rows[i].kind == CALL_START ? "" : "r");
		struct broker_call c;

		ask.call.ctx.method = rows[i].method;
		box_sql(kept_box, "DELETE FROM send");
		if (rows[i].method == METHOD_PUSH)
			count_push(s);
		else
			count_message(s);
		broker_handle_allow_verification(s, 0, "r", METHOD_SMS);
		count_guess(s);
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
		c = ask.call;
		c.serial = kept_got.id;
		broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
		s->ticket.at -= 70; /* it took so long */
		ask = receipt_by(ONE, s->peer.login, c, rows[i].is, "r");
		ask.call.ctx.method = rows[i].method;
		assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
		assert_in_range(median_of(LATENCY_START), rows[i].start,
		    rows[i].start + 50);
		assert_in_range(median_of(LATENCY_CHECK), rows[i].check,
		    rows[i].check + 50);
	}
}

/* A push is free, and counts less: nothing else goes out by its count. */
static void
a_push_is_no_message(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");

	(void)state;
	count_push(s);
	no_ticket(s, CALL_START, "", ANOTHER_KIND);
	ask.call.ctx.method = METHOD_PUSH;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	s = asking();
	count_message(s);
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
	ask = kept_any_ask();
	ask.message.push = true; /* of its number: not as it says */
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	(void)ticket(s, CALL_START, "");
}

/* The next provider may be asked, once for each that may have sent it. */
static void
a_push_that_may_have_been_sent(void **state)
{
	struct broker_request ask = kept_call(CALL_START, METHOD_PUSH, "");
	struct broker_session *s = asking();
	struct broker_call c = ask.call;

	(void)state;
	count_push(s);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	c.serial = kept_got.id;
	broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
	receipt_of(s, METHOD_PUSH, c, BROKER_UNSURE);
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
	ask.provider = "push";
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	kept_refused(s, BROKER_TICKET, &ask, NOT_COUNTED);
}

static void
is_invited(void)
{
	static const char *const code[] = { "ABCDEFGH234567AB" };
	struct store_recovery by = {
		.use = RECOVERY_USE_BOTH, .until = 3600, .by = "root why"
	};
	struct store *own = box_open(kept_box);

	assert_int_equal(store_recovery_set(own, "alice", code, 1, &by), 0);
	store_close(own);
}

/* An open invitation holds back codes, not alerts: no code goes out by the
 * count of an alert. */
static void
an_alert_is_no_message(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.provider[ONE].type = &telnyx_sms_type;
	is_invited();
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	assert_string_equal(kept_got.which, ITEM_INVITED);
	ask.message.alert = true;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	no_ticket(s, CALL_START, "", ANOTHER_KIND);
	no_ticket(s, CALL_NEXT, "", NOT_ITS_OWN);
	s = asking();
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	ask.call.ctx.event = EVENT_SHUT;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	box_sql(kept_box, "DELETE FROM recovery");
	s = asking();
	count_message(s);
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
}

/* Who sends codes or pushes of its own does so whatever event is named: no
 * alert goes there. */
static void
an_alert_is_no_code_of_the_providers(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();
	struct broker_request push = kept_call(CALL_START, METHOD_PUSH, "");

	(void)state;
	is_invited();
	ask.message.alert = true;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	ask.call.ctx.event = EVENT_SHUT;
	kept_refused(s, BROKER_TICKET, &ask, ANOTHER_KIND);
	s = asking();
	ask = kept_any_ask();
	ask.message.alert = true;
	ask.message.counted_as = "push:alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	push.provider = "push";
	push.call.ctx.event = EVENT_SHUT;
	kept_refused(s, BROKER_TICKET, &push, ANOTHER_KIND);
}

/* A row has the request id of a receipt. */
static void
started_as_confirmed(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask;

	(void)state;
	ask = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	ask.started.method = METHOD_PUSH; /* none was sent */
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	ask.started.method = METHOD_SMS;
	started(s, "r");
	ask.started.request_id = ".s";
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	ask.started.request_id = "r";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
}

/* Two providers may give the same id: the message of one says nothing of the
 * row of the other, whose message it would else be, answered by that one's
 * code. */
static void
not_started_by_anothers_message(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask(), call;

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	started(s, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	count_message(s);
	call = kept_call(CALL_START, METHOD_SMS, "");
	call.provider = call.call.provider = "two";
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	call.call.serial = kept_got.id;
	broker_ticket_digest_call(
	    s, kept_own.conf, 0, TWO, false, call.call.to);
	call = receipt_by(TWO, s->peer.login, call.call, BROKER_DONE, "r");
	call.provider = "two";
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &call), 0);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
}

static void
is_right(struct broker_session *s, int64_t row, const char *code, int right)
{
	struct broker_request ask = kept_any_ask();

	ask.id = row;
	ask.request_id = ".s";
	ask.tries = 5;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), right);
}

/* A code of ours, too, would be right in another login of its user: the brokers
 * make it, another one for each ticket, and the worker neither chooses nor
 * reads it. */
static void
a_code_that_no_worker_knows(void **state)
{
	struct broker_session *s;
	struct broker_request ask;
	char code[2][PROVIDER_CODE_MAX + 1];

	(void)state;
	kept_conf.provider[ONE].type = &telnyx_sms_type;
	kept_conf.provider[ONE].code_length = 6;
	s = asking();
	ask = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	for (int i = 0; i < 2; i++) {
		ask.started.request_id = ask.request_id = ".s";
		ask.started.code = "";
		kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
		count_message(s);
		broker_ticket_make_code(kept_own.key[ONE], s->peer.login,
		    ticket(s, CALL_START, "").serial, 6, code[i]);
		assert_int_equal(strlen(code[i]), 6);
		ask.started.code = "123456";
		kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
		ask.started.request_id = "r";
		ask.started.code = "";
		kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
		ask.started.request_id = ".s";
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		is_right(s, ask.id, "123456", 0);
		is_right(s, ask.id, code[i], 1);
		assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	}
	assert_string_not_equal(code[0], code[1]);
}

/* Without host.key no code of ours can be kept: no message goes out, and it is
 * given back. */
static void
a_code_that_cannot_be_kept(void **state)
{
	struct broker_session *s;
	struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");
	char path[sizeof(kept_conf.state_dir) + sizeof("/host.key")];

	(void)state;
	kept_conf.provider[ONE].type = &telnyx_sms_type;
	s = asking();
	count_message(s);
	PRINT_TO(path, "%s/host.key", kept_conf.state_dir);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 0);
	assert_int_equal(s->messages, 1);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* Nor is one counted that a limit refuses. */
static void
a_message_that_waits(void **state)
{
	struct broker_session *s = asking();
	const struct broker_request ask = kept_any_ask();

	(void)state;
	kept_conf.sends.user_hour = 1;
	count_message(s);
	(void)ticket(s, CALL_START, "");
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
	no_ticket(s, CALL_START, "", NOT_COUNTED);
}

static void
a_message_of_another_login(void **state)
{
	struct broker_session *s = asking();

	(void)state;
	count_message(asking());
	no_ticket(s, CALL_START, "", NOT_COUNTED);
}

static void
no_check_uncounted(void **state)
{
	struct broker_session *s = asking();
	struct broker_request own = kept_any_ask();
	char code[8];

	(void)state;
	started(s, "r");
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	count_guess(s);
	(void)ticket(s, CALL_CHECK, "r");
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	/* nor is a code of our own compared for the same one */
	own.number = "123456";
	kept_refused(s, BROKER_CODE_RIGHT, &own, NOT_TOLD);
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	own.id = kept_got.begun.row.id;
	kept_refused(s, BROKER_CODE_RIGHT, &own,
	    "would compare a code that is not counted");
	/* nor one that an app may have shown */
	kept_app(s, code);
	assert_int_equal(kept_does(s, BROKER_TOTP, &own), GUESS_OPEN);
	assert_int_equal(kept_got.guess, 2);
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
}

/* A code of a row is checked once for each of its tries: by guesses alone more
 * would be checked, and the provider would refuse the number to its owner. */
static void
no_check_without_a_try(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.started.send = kept_got.begun.send;
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	ask.guess = kept_tries(s, ask.id);
	(void)ticket(s, CALL_CHECK, "r");
	/* a check without an answer is made again, and counts again */
	(void)kept_tries(s, 0);
	(void)ticket(s, CALL_CHECK, "r");
	no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	/* nor does a try come back by another guess */
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	assert_int_equal(kept_does(s, BROKER_REFUND, &ask), 0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT tries FROM verification"), 2);
}

/* A row runs no longer than its newest message: each STARTED needs one. */
static void
a_message_for_each_start(void **state)
{
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");

	(void)state;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	kept_called(s, CALL_START, METHOD_SMS, "", "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
}

static void
no_request_of_others(void **state)
{
	static const enum provider_call_kind about[] = { CALL_CHECK,
		CALL_CANCEL, CALL_NEXT, CALL_POLL };
	struct broker_session *bob = kept_bound("bob");

	(void)state;
	started(bob, "bobs");
	for (size_t i = 0; i < COUNT(about); i++) {
		struct broker_session *s = asking();

		started(s, "r");
		kept_pushes(s, "r");
		count_message(s);
		count_guess(s);
		no_ticket(s, about[i], "bobs", NOT_ITS_OWN);
		no_ticket(s, about[i], "", NOT_ITS_OWN);
		(void)ticket(s, about[i], "r");
	}
}

/* Nor at another provider about what this one's broker has named. */
static void
no_request_of_another_provider(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_call(CALL_CANCEL, METHOD_SMS, "r");

	(void)state;
	started(s, "r");
	ask.provider = "two";
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
}

/* An app's code has no request; one that is named must be its own. */
static void
an_app_at_a_provider(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_call(CALL_CHECK, METHOD_SMS, "");

	(void)state;
	ask.call.ctx.method = METHOD_TOTP;
	kept_refused(s, BROKER_TICKET, &ask, NOT_GUESSED);
	count_guess(s);
	PRINT_TO(ask.call.ctx.request_id, "bobs");
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
	ask.call.kind = CALL_POLL;
	ask.call.ctx.request_id[0] = '\0';
	kept_refused(s, BROKER_TICKET, &ask, NOT_ITS_OWN);
	ask.call.kind = CALL_CHECK;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* A code that it showed is used up once for each that was right. */
static void
an_apps_code_was_right(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_call(CALL_CHECK, METHOD_SMS, "");
	const struct broker_request use = kept_any_ask();
	struct broker_call c;

	(void)state;
	kept_refused(s, BROKER_CODE_CLAIM, &use, APP_NOT_RIGHT);
	for (unsigned is = BROKER_UNSURE; is <= BROKER_DONE; is++) {
		s = asking();
		count_guess(s);
		ask.call.ctx.method = METHOD_TOTP;
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
		c = ask.call;
		c.serial = kept_got.id;
		broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
		receipt_of(s, METHOD_TOTP, c, is);
		if (is == BROKER_DONE)
			assert_int_equal(
			    kept_does(s, BROKER_CODE_CLAIM, &use), 1);
		kept_refused(s, BROKER_CODE_CLAIM, &use, APP_NOT_RIGHT);
	}
}

/* A row that it was told of has a request that is its own. */
static void
a_request_that_runs(void **state)
{
	struct broker_session *s = asking();

	(void)state;
	(void)kept_running(kept_bound("alice"), KEPT_NUMBER, "running");
	no_ticket(s, CALL_CANCEL, "running", NOT_ITS_OWN);
	(void)kept_begin(s, KEPT_NUMBER);
	(void)ticket(s, CALL_CANCEL, "running");
}

static void
the_last_requests(void **state)
{
	struct broker_session *s = asking();
	char name[] = "request-a";

	(void)state;
	for (int i = 0; i < BROKER_REQUEST_IDS_MAX + 2; i++) {
		name[sizeof(name) - 2] = (char)('a' + i);
		started(s, name);
	}
	no_ticket(s, CALL_CANCEL, "request-a", NOT_ITS_OWN);
	no_ticket(s, CALL_CANCEL, "request-b", NOT_ITS_OWN);
	(void)ticket(s, CALL_CANCEL, "request-c");
	(void)ticket(s, CALL_CANCEL, name);
}

/* The settings of the login have one that the broker's have not: it is told to
 * begin again, and not cut off. */
static void
a_provider_that_is_not_there(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");

	(void)state;
	count_message(s);
	ask.provider = "three";
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 0);
	(void)ticket(s, CALL_START, "");
}

/* What a ticket is good for: nothing else, at no other provider. */
static void
one_call(void **state)
{
	struct broker_session *s = asking();
	struct broker_call c;

	(void)state;
	count_message(s);
	c = ticket(s, CALL_START, "");
	assert_true(
	    broker_ticket_is_valid(kept_own.key[ONE], s->peer.login, &c));
	assert_false(
	    broker_ticket_is_valid(kept_own.key[TWO], s->peer.login, &c));
	assert_false(
	    broker_ticket_is_valid(kept_own.key[ONE], s->peer.login + 1, &c));
	for (int i = 0; i < 8; i++) {
		struct broker_call other = c;

		other.kind = i == 0 ? CALL_NEXT : c.kind;
		other.ctx.method = i == 1 ? METHOD_VOICE : c.ctx.method;
		if (i == 2)
			PRINT_TO(other.ctx.request_id, "r");
		other.serial += i == 3;
		other.to[BROKER_MAC_LEN - 1] ^= i == 4;
		other.mac[BROKER_MAC_LEN - 1] ^= i == 5;
		if (i == 6)
			other.ctx.event = EVENT_SHUT;
		other.provider = i == 7 ? "two" : c.provider;
		assert_false(broker_ticket_is_valid(
		    kept_own.key[ONE], s->peer.login, &other));
	}
}

/* A provider with push has another one of the receivers. */
static void
receivers_by_type(void **state)
{
	char judged[BROKER_CALL_TEXT_MAX + 1];
	const char *to[BROKER_TEXTS] = { KEPT_NUMBER, "", IDENTITY, APP, "", "",
		"alice", "sshd", KEPT_ADDRESS, NULL, judged };
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();
	unsigned char of[2][BROKER_MAC_LEN];

	(void)state;
	kept_type.methods = METHODS_CODE;
	kept_record("alice",
	    "phone = \"" KEPT_NUMBER "\"; push_identity = \"" IDENTITY
	    "\"; push_factor = \"" PUSH "\"; totp_factor = \"" APP "\";");
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	broker_ticket_name_settings(
	    &kept_conf, &kept_conf.provider[ONE], false, judged);
	broker_ticket_digest(to, of[0]);
	to[3] = PUSH;
	broker_ticket_name_settings(
	    &kept_conf, &kept_conf.provider[PUSHED], false, judged);
	broker_ticket_digest(to, of[1]);
	count_message(s);
	count_push(s);
	for (size_t i = ONE; i <= PUSHED; i += PUSHED) {
		struct broker_call c;

		ask = kept_call(
		    CALL_START, i == PUSHED ? METHOD_PUSH : METHOD_SMS, "");
		ask.provider = kept_conf.provider[i].name;
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
		c = ask.call;
		c.provider = ask.provider;
		c.serial = kept_got.id;
		memcpy(c.mac, kept_got.mac, sizeof(c.mac));
		memcpy(c.to, of[i == PUSHED], sizeof(c.to));
		assert_true(
		    broker_ticket_is_valid(kept_own.key[i], s->peer.login, &c));
		memcpy(c.to, of[i != PUSHED], sizeof(c.to));
		assert_false(
		    broker_ticket_is_valid(kept_own.key[i], s->peer.login, &c));
	}
}

/* Each text counts, and none passes for its neighbour. */
static void
each_text(void **state)
{
	const char *to[BROKER_TEXTS] = { NULL };
	unsigned char of[1 + BROKER_TEXTS][BROKER_MAC_LEN];

	(void)state;
	broker_ticket_digest(to, of[BROKER_TEXTS]);
	for (size_t i = 0; i < BROKER_TEXTS; i++) {
		to[i] = "x";
		broker_ticket_digest(to, of[i]);
		to[i] = NULL;
	}
	for (size_t i = 0; i <= BROKER_TEXTS; i++)
		for (size_t n = 0; n < i; n++)
			assert_memory_not_equal(of[i], of[n], sizeof(of[i]));
}

/* An event is told of the user whose login it is, not of the account; and its
 * ticket is for no code. */
static void
an_event_of_a_person(void **state)
{
	const struct facts facts = kept_facts("box");
	const char *to[BROKER_TEXTS] = { KEPT_NUMBER, "", "", "", "", "", "box",
		"sshd", KEPT_ADDRESS, "de" };
	struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");
	struct broker_request counted = kept_any_ask();
	char judged[BROKER_CALL_TEXT_MAX + 1];

	(void)state;
	kept_conf.language = "de";
	kept_conf.provider[ONE].type = &telnyx_sms_type;
	kept_record("box", KEPT_PEOPLE);
	for (int event = EVENT_NONE; event <= EVENT_SHUT; event++) {
		struct broker_session *s = kept_opened();
		struct broker_call c;

		kept_says(s, &facts);
		ask.user = "box//ann";
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		counted.message.alert = event != EVENT_NONE;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &counted), SEND_TAKEN);
		ask.call.ctx.event = (enum event)event;
		assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
		c = ask.call;
		c.serial = kept_got.id;
		memcpy(c.mac, kept_got.mac, sizeof(c.mac));
		to[6] = event == EVENT_NONE ? "box" : "box//ann";
		broker_ticket_name_settings(&kept_conf,
		    &kept_conf.provider[ONE], event != EVENT_NONE, judged);
		to[10] = judged;
		broker_ticket_digest(to, c.to);
		assert_true(broker_ticket_is_valid(
		    kept_own.key[ONE], s->peer.login, &c));
		c.ctx.event = event == EVENT_NONE ? EVENT_SHUT : EVENT_NONE;
		assert_false(broker_ticket_is_valid(
		    kept_own.key[ONE], s->peer.login, &c));
		box_sql(kept_box, "DELETE FROM send");
	}
}

/* Receipts. */

/* None of these says anything; the right one does afterwards in a login of its
 * own, because each of these is cut off. */
static void
receipts_that_are_none(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct broker_session *s = asking();
		const int64_t login = s->peer.login + (i == 0);
		struct broker_call c;
		struct broker_request ask;

		started(s, "r");
		count_guess(s);
		c = ticket(s, CALL_CHECK, "r");
		c.serial += i == 1 ? 1 : i == 2 ? -1 : 0;
		c.kind = i == 3 ? CALL_POLL : c.kind;
		c.ctx.method = i == 4 ? METHOD_VOICE : c.ctx.method;
		c.to[0] ^= i == 5;
		ask =
		    receipt_by(i == 6 ? TWO : ONE, login, c, BROKER_DONE, "r");
		ask.tries = i == 7 ? BROKER_NOT_DONE : BROKER_DONE;
		ask.call.mac[3] ^= i == 8;
		ask.call.ctx.told.price -= i == 9;
		kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
		assert_string_equal(s->right.id, "");
		assert_int_equal(s->compared, 1);
	}
}

/* Nor what the broker of a provider says that was not asked: it could give back
 * what was counted for another one. */
static void
a_receipt_of_who_was_not_asked(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask;
	struct broker_call c;

	(void)state;
	started(s, "r");
	count_guess(s);
	c = ticket(s, CALL_CHECK, "r");
	c.provider = "two";
	ask = receipt_by(TWO, s->peer.login, c, BROKER_NOT_DONE, "r");
	ask.provider = "two";
	kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
	assert_int_equal(s->compared, 1);
}

/* A ticket is none. */
static void
a_ticket_as_a_receipt(void **state)
{
	struct broker_session *s = asking();
	struct broker_call c;
	struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");

	(void)state;
	count_message(s);
	c = ticket(s, CALL_START, "");
	memcpy(ask.call.mac, c.mac, sizeof(c.mac));
	for (ask.tries = 0; ask.tries <= BROKER_DONE; ask.tries++)
		kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
}

static void
of_another_request(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask;

	(void)state;
	started(s, "r");
	count_guess(s);
	ask = receipt_by(
	    ONE, s->peer.login, ticket(s, CALL_CHECK, "r"), BROKER_DONE, "r");
	PRINT_TO(ask.call.ctx.request_id, "q");
	kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
}

/* With no ticket there is nothing to say; a second time neither, nor of one
 * that a newer one has followed. */
static void
receipts_once(void **state)
{
	struct broker_session *s = asking();
	struct broker_call first;
	struct broker_request ask;

	(void)state;
	first = kept_call(CALL_START, METHOD_SMS, "").call;
	broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, first.to);
	ask = receipt_by(ONE, s->peer.login, first, BROKER_DONE, "r");
	kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);

	count_message(s);
	first = ticket(s, CALL_START, "");
	receipt(s, first, BROKER_NOT_DONE, "");
	ask = receipt_by(ONE, s->peer.login, first, BROKER_NOT_DONE, "");
	kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
	assert_int_equal(s->messages, 1);

	first = ticket(s, CALL_START, "");
	count_message(s);
	(void)ticket(s, CALL_START, "");
	ask = receipt_by(ONE, s->peer.login, first, BROKER_NOT_DONE, "");
	kept_refused(s, BROKER_RECEIPT, &ask, NOT_SAID);
	assert_int_equal(s->messages, 0);
}

/* What surely was not done gives its count back, once; nothing else does. */
static void
what_comes_back(void **state)
{
	(void)state;
	for (unsigned is = BROKER_UNSURE; is <= BROKER_DONE; is++) {
		const bool back = is == BROKER_NOT_DONE;
		struct broker_session *s = asking();

		count_message(s);
		receipt(s, ticket(s, CALL_START, ""), is, "r");
		if (back)
			(void)ticket(s, CALL_START, "");
		no_ticket(s, CALL_START, "", NOT_COUNTED);

		s = asking();
		started(s, "r");
		count_guess(s);
		receipt(s, ticket(s, CALL_CHECK, "r"), is, "r");
		if (back)
			(void)ticket(s, CALL_CHECK, "r");
		no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);

		/* what sends nothing and checks nothing gives none */
		s = asking();
		started(s, "r");
		receipt(s, ticket(s, CALL_CANCEL, "r"), is, "r");
		no_ticket(s, CALL_START, "", NOT_COUNTED);
		no_ticket(s, CALL_CHECK, "r", NOT_GUESSED);
	}
}

/* A message's count itself is given back for one that was not sent, and for no
 * other. */
static void
refunds(void **state)
{
	(void)state;
	for (unsigned is = BROKER_UNSURE; is <= BROKER_DONE + 1; is++) {
		const bool back = is == BROKER_NOT_DONE;
		struct broker_session *s = asking();
		struct broker_request ask = kept_any_ask();
		struct broker_call c;

		box_sql(kept_box, "DELETE FROM send");
		count_message(s);
		ask.id = kept_got.id;
		c = ticket(s, CALL_START, "");
		if (is <= BROKER_DONE)
			receipt(s, c, is, back ? "" : "r");
		assert_int_equal(kept_does(s, BROKER_SEND_REFUND, &ask), 0);
		assert_int_equal(
		    box_sql(kept_box, "SELECT count(*) FROM send"), !back);
		/* and then there is none to send */
		no_ticket(s, CALL_START, "", NOT_COUNTED);
	}
}

/* All logins would ask others first: only behind a receipt of a silence, of
 * that provider, at a service of root's. */
static void
passed_over_behind_a_receipt(void **state)
{
	static const struct {
		unsigned is;
		size_t of;
		uid_t uid;
		bool passed;
	} rows[] = {
		{ BROKER_UNSURE, ONE, 0, false },
		{ BROKER_NOT_DONE, ONE, 0, false },
		{ BROKER_UNSURE | BROKER_SILENT, TWO, 0, false },
		{ BROKER_UNSURE | BROKER_SILENT, ONE, 1001, false },
		{ BROKER_UNSURE | BROKER_SILENT, ONE, 0, true },
		{ BROKER_NOT_DONE | BROKER_SILENT, ONE, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = asking();
		struct broker_request ask = kept_any_ask();

		box_sql(kept_box, "DELETE FROM passed_over");
		count_message(s);
		receipt(s, ticket(s, CALL_START, ""), rows[i].is, "");
		s->peer.uid = rows[i].uid;
		ask.provider = kept_conf.provider[rows[i].of].name;
		assert_int_equal(kept_does(s, BROKER_PASS_OVER, &ask), 0);
		assert_int_equal(
		    kept_does(s, BROKER_PASSED, &ask), rows[i].passed);
	}
}

/* Once for each, and while it is news. */
static void
passed_over_once(void **state)
{
	const struct broker_request ask = kept_any_ask();

	(void)state;
	for (int old = 0; old < 2; old++) {
		struct broker_session *s = asking();
		struct broker_call c;

		count_message(s);
		c = ticket(s, CALL_START, "");
		s->ticket.at -= old ? STORE_PASSED_MS + 1 : 0;
		receipt(s, c, BROKER_UNSURE | BROKER_SILENT, "");
		assert_int_equal(kept_does(s, BROKER_PASS_OVER, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_PASSED, &ask), !old);
		box_sql(kept_box, "DELETE FROM passed_over");
		assert_int_equal(kept_does(s, BROKER_PASS_OVER, &ask), 0);
		assert_int_equal(kept_does(s, BROKER_PASSED, &ask), 0);
	}
}

static void
requests_by_receipts(void **state)
{
	(void)state;
	for (unsigned is = BROKER_UNSURE; is <= BROKER_DONE; is++) {
		struct broker_session *s = asking();

		count_message(s);
		receipt(s, ticket(s, CALL_START, ""), is, "r");
		if (is == BROKER_NOT_DONE)
			no_ticket(s, CALL_CANCEL, "r", NOT_ITS_OWN);
		else
			(void)ticket(s, CALL_CANCEL, "r");
	}
}

/* A start whose reply is lost comes back with the id that it named: another
 * user's verification would be this login's. */
static void
a_start_names_no_request(void **state)
{
	struct broker_session *s = asking();

	(void)state;
	count_message(s);
	no_ticket(s, CALL_START, "r", NOT_ITS_OWN);
	started(s, "r");
	count_message(s);
	no_ticket(s, CALL_START, "r", NOT_ITS_OWN);
}

/* The end. */

/* alice's verification runs, and is this login's. */
static struct broker_request
at_its_end(struct broker_session *s, enum method method)
{
	struct broker_request ask = kept_any_ask();

	box_sql(kept_box, "DELETE FROM verification");
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.started.send = kept_got.begun.send;
	receipt(s, ticket(s, CALL_START, ""), BROKER_DONE, "r");
	broker_handle_allow_verification(s, ONE, "r", method);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	return ask;
}

/* A message costs what its provider's receipt says, up to a limit; without one
 * what the settings say. A worker has no say. */
static void
what_a_message_costs(void **state)
{
	static const struct {
		int64_t told, is;
	} rows[] = { { 0, 5 }, { -1, 5 }, { 3, 3 }, { 40000, 40000 },
		{ INT64_MAX, BROKER_PRICE_MAX } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int ends = 0; ends < 2; ends++) {
			struct broker_session *s = asking();
			struct broker_request ask = kept_any_ask();
			struct broker_call c;

			s->bound_to.remembered = false;
			box_sql(kept_box, "DELETE FROM verification");
			box_sql(kept_box, "DELETE FROM send");
			assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
			ask.id = ask.started.id = kept_got.begun.row.id;
			ask.started.send = kept_got.begun.send;
			ask.started.price = 1;
			c = ticket(s, CALL_START, "");
			c.ctx.told.price = ends ? 0 : rows[i].told;
			receipt(s, c, BROKER_DONE, "r");
			assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
			if (ends) {
				ask.tries = 3;
				assert_int_equal(
				    kept_does(s, BROKER_ATTEMPT, &ask), 1);
				c = ticket(s, CALL_CHECK, "r");
				c.ctx.told.price = rows[i].told;
				receipt(s, c, BROKER_DONE, "r");
				assert_int_equal(
				    kept_does(s, BROKER_FINISH, &ask), 1);
			}
			assert_int_equal(
			    box_sql(kept_box, "SELECT price FROM send"),
			    rows[i].is);
		}
}

/* A right code answers the messages of its verification: each is of the one
 * that its receipt named, whatever a worker links again. */
static void
a_message_without_an_answer(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = at_its_end(s, METHOD_SMS);
	const int64_t first = ask.started.send;

	(void)state;
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.request_id = ask.started.request_id = "q";
	started(s, "q");
	ask.started.send = first;
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	(void)kept_tries(s, ask.id);
	receipt(s, ticket(s, CALL_CHECK, "q"), BROKER_DONE, "q");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	assert_int_equal(
	    box_sql(kept_box, "SELECT answered FROM send ORDER BY id LIMIT 1"),
	    0);
	assert_int_equal(
	    box_sql(kept_box, "SELECT sum(answered) FROM send"), 1);
}

/* Nor is one of a call that came after that receipt, or a text for a push. */
static void
a_message_of_another_call(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	started(s, "r");
	count_message(s);
	ask.started.send = kept_got.id;
	receipt(s, ticket(s, CALL_START, ""), BROKER_DONE, "q");
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	assert_int_equal(
	    box_sql(kept_box, "SELECT sum(verification) FROM send"), 0);
	ask.request_id = ask.started.request_id = "q";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	s->pushed = true;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	ask.id = ask.started.id;
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	ask.started.request_id = ".p";
	ask.started.method = METHOD_PUSH;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
}

static void
no_end_without_a_yes(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct broker_session *s = asking();
		struct broker_request ask = at_its_end(s, METHOD_SMS);

		(void)kept_tries(s, ask.id);
		kept_pushes(s, "r");
		if (i == 1)
			(void)ticket(s, CALL_CHECK, "r");
		if (i == 2)
			receipt(
			    s, ticket(s, CALL_CHECK, "r"), BROKER_UNSURE, "r");
		if (i == 3)
			receipt(s, ticket(s, CALL_CHECK, "r"), BROKER_NOT_DONE,
			    "r");
		if (i == 4)
			receipt(s, ticket(s, CALL_POLL, "r"), BROKER_DONE, "r");
		kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
		ask.request_id = "";
		kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	}
}

/* The yes of another verification, also the person's own. */
static void
a_yes_of_another(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = at_its_end(s, METHOD_SMS);

	(void)state;
	started(s, "q");
	count_guess(s);
	receipt(s, ticket(s, CALL_CHECK, "q"), BROKER_DONE, "q");
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	(void)kept_tries(s, ask.id);
	receipt(s, ticket(s, CALL_CHECK, "r"), BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
}

/* Whatever its worker calls the row: it is of the method that sent its message.
 */
static void
an_approval_ends_no_code(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	receipt(s, ticket(s, CALL_START, ""), BROKER_DONE, "r");
	ask.started.method = METHOD_PUSH;
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	kept_pushes(s, "r");
	receipt(s, ticket(s, CALL_POLL, "r"), BROKER_DONE, "r");
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	(void)kept_tries(s, ask.id);
	receipt(s, ticket(s, CALL_CHECK, "r"), BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	assert_int_equal(
	    box_sql(kept_box, "SELECT method FROM passed"), METHOD_SMS);
}

/* A push is approved by a poll, and a code by a check. */
static void
a_yes_of_a_push(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = at_its_end(s, METHOD_PUSH);

	(void)state;
	kept_pushes(s, "r");
	(void)kept_tries(s, ask.id);
	receipt(s, ticket(s, CALL_CHECK, "r"), BROKER_DONE, "r");
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	receipt(s, ticket(s, CALL_POLL, "r"), BROKER_UNSURE, "r");
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	receipt(s, ticket(s, CALL_POLL, "r"), BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
}

/* Each ends one verification, and a push that was sent starts one. */
static void
a_yes_once(void **state)
{
	static const enum method methods[] = { METHOD_SMS, METHOD_PUSH };

	(void)state;
	for (size_t i = 0; i < COUNT(methods); i++) {
		struct broker_session *s = asking();
		struct broker_request ask = at_its_end(s, methods[i]);

		s->pushed = methods[i] == METHOD_PUSH;
		kept_pushes(s, "r");
		(void)kept_tries(s, ask.id);
		receipt(s,
		    ticket(s,
			methods[i] == METHOD_PUSH ? CALL_POLL : CALL_CHECK,
			"r"),
		    BROKER_DONE, "r");
		assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
		kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
		box_sql(kept_box, "DELETE FROM grace");
	}
}

static void
a_push_starts_one(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = kept_any_ask();

	(void)state;
	s->pushed = true;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	ask.started.request_id = ask.request_id = ".p";
	ask.started.method = METHOD_PUSH;
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
}

/* Whatever the worker calls the provider, the row's is meant. */
static void
a_yes_of_the_rows_provider(void **state)
{
	struct broker_session *s = asking();
	struct broker_request ask = at_its_end(s, METHOD_SMS);

	(void)state;
	ask.provider = "two";
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	(void)kept_tries(s, ask.id);
	receipt(s, ticket(s, CALL_CHECK, "r"), BROKER_DONE, "r");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	assert_int_equal(
	    box_sql(
		kept_box, "SELECT count(*) FROM passed WHERE provider = 'one'"),
	    1);
}

/* It names a recovery code, as which another factor cannot be noted. */
static void
a_recovery_code_is_one(void **state)
{
	struct broker_session *s = kept_bound("alice");
	const char *code = "ABCDEFGHJKLMNPQR";
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(
	    store_recovery_set(kept_own.store, "alice", &code, 1, NULL), 0);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_LIST, &ask), 1);
	ask.hashes = 1;
	ask.hash[0] = kept_got.hash[0];
	assert_int_equal(
	    recovery_code_hash(ask.hash[0].salt, code, ask.hash[0].hash), 0);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 1);
	assert_int_equal(box_sql(kept_box,
			     "SELECT count(*) FROM passed WHERE provider = ''"),
	    1);
}

/* What came of a call. */
static void
what_each_outcome_says(void **state)
{
	/* by outcome, of what sends and of all else */
	static const enum broker_receipt says[OUTCOME_COUNT][2] = {
		[OUTCOME_DENY] = { BROKER_NOT_DONE, BROKER_UNSURE },
		[OUTCOME_OK] = { BROKER_DONE, BROKER_DONE },
		[OUTCOME_WRONG] = { BROKER_UNSURE, BROKER_UNSURE },
		[OUTCOME_EXPIRED] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_INFLIGHT] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_THROTTLE] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_NUMBER] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_FRAUD] = { BROKER_NOT_DONE, BROKER_UNSURE },
		[OUTCOME_CONFIG] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_ACCOUNT] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_TRANSIENT] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_LATER] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
		[OUTCOME_STALLED] = { BROKER_NOT_DONE, BROKER_NOT_DONE },
	};

	struct provider_ctx ctx = { .past_deadline = false };

	(void)state;
	for (unsigned kind = CALL_START; kind <= CALL_POLL; kind++)
		for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
			const bool sends =
			    kind == CALL_START || kind == CALL_NEXT;

			assert_int_equal(
			    broker_receipt_from_outcome(kind, o, false, &ctx),
			    says[o][!sends]);
			assert_int_equal(
			    broker_receipt_from_outcome(kind, o, true, &ctx),
			    o == OUTCOME_OK ? BROKER_DONE : BROKER_UNSURE);
		}
	/* Telnyx and Authy compare a code that the worker says is late */
	ctx.past_deadline = true;
	assert_int_equal(broker_receipt_from_outcome(
			     CALL_CHECK, OUTCOME_EXPIRED, false, &ctx),
	    BROKER_UNSURE);
	ctx.told.unevaluated = true;
	assert_int_equal(broker_receipt_from_outcome(
			     CALL_CHECK, OUTCOME_EXPIRED, false, &ctx),
	    BROKER_NOT_DONE);
	assert_int_equal(
	    broker_receipt_from_outcome(CALL_CHECK, OUTCOME_DENY, false, &ctx),
	    BROKER_NOT_DONE);
}

#define TICKET_TEST(f)                                                         \
	cmocka_unit_test_setup_teardown(f, ticket_set_up, kept_tear_down)

static struct broker_session *
with_two_phones(void)
{
	struct broker_session *s = asking();

	s->record.phones[0] = (struct user_phone){ .number = KEPT_NUMBER };
	s->record.phones[1] =
	    (struct user_phone){ .number = KEPT_OTHER_NUMBER };
	s->record.phone_count = 2;
	PRINT_TO(s->record.email, "%s", EMAIL);
	return s;
}

/* A message goes to the phone that it was counted for, which is of the record
 * whatever the worker says. */
static void
of_each_phone(void **state)
{
	struct broker_session *s = with_two_phones();
	struct broker_request ask = kept_any_ask();
	struct broker_request call = kept_call(CALL_START, METHOD_SMS, "");
	unsigned char to[2][BROKER_MAC_LEN];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		broker_ticket_digest_call(s, kept_own.conf, i, 0, false, to[i]);
	assert_memory_not_equal(to[0], to[1], sizeof(to[0]));
	count_message(s);
	call.call.ctx.phone_at = 2;
	kept_refused(
	    s, BROKER_TICKET, &call, "names a phone that the record has not");
	call.call.ctx.phone_at = 1;
	kept_refused(s, BROKER_TICKET, &call,
	    "would send another kind of message than it counted");
	ask.message.counted_as = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	assert_memory_equal(s->ticket.to, to[1], sizeof(to[1]));
	kept_refused(s, BROKER_TICKET, &call,
	    "would send another kind of message than it counted");
	call.call.ctx.phone_at = 0;
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	ask.message.counted_as = "+12025550199";
	kept_refused(s, BROKER_SEND_TAKE, &ask,
	    "names a receiver that its login is not bound to");
}

/* A record may have one number twice, for texts and for calls alone. */
static void
of_one_number_twice(void **state)
{
	struct broker_session *s = with_two_phones();
	struct broker_request call = kept_call(CALL_START, METHOD_VOICE, "");

	(void)state;
	s->record.phones[1] =
	    (struct user_phone){ .number = KEPT_NUMBER, .voice = true };
	count_message(s);
	call.call.ctx.phone_at = 1;
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	kept_refused(s, BROKER_TICKET, &call,
	    "would send a message that is not counted");
}

/* So does the next one of a verification, of its own or another login. */
static void
next_of_each_phone(void **state)
{
	struct broker_session *s = with_two_phones();
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	struct broker_request next = kept_call(CALL_NEXT, METHOD_VOICE, "r");

	(void)state;
	for (int joined = 0; joined <= 1; joined++) {
		ask.message.counted_as = KEPT_OTHER_NUMBER;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		next.call.ctx.phone_at = 1;
		kept_refused(s, BROKER_TICKET, &next,
		    "names another phone than the verification has");
		count_message(s);
		next.call.ctx.phone_at = 0;
		assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
		s = with_two_phones();
		ask.claim.key.receiver = EMAIL;
		ask.claim.key.other[0] = KEPT_NUMBER;
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	}
}

/* A number that the record has twice is where the verification is, whichever of
 * the two the login has gone on with. */
static void
next_of_one_number_twice(void **state)
{
	struct broker_session *s = with_two_phones();
	struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	struct broker_request next = kept_call(CALL_NEXT, METHOD_VOICE, "r");

	(void)state;
	for (int joined = 0; joined <= 1; joined++) {
		PRINT_TO(s->record.phones[1].number, "%s", KEPT_NUMBER);
		for (unsigned at = 2; at-- > 0;) {
			ask.message.counted_as = KEPT_NUMBER;
			assert_int_equal(
			    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
			next.call.ctx.phone_at = at;
			assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
		}
		s = with_two_phones();
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	}
}

/* Nor does a row go from there by the word of a login that has joined it. */
static void
next_of_a_row_that_was_joined(void **state)
{
	struct broker_request ask =
	    kept_running(with_two_phones(), KEPT_NUMBER, "r");
	struct broker_request next = kept_call(CALL_NEXT, METHOD_VOICE, "r");
	struct broker_session *s = with_two_phones();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	ask.started.number = KEPT_OTHER_NUMBER;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
	ask.message.counted_as = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	next.call.ctx.phone_at = 1;
	kept_refused(s, BROKER_TICKET, &next,
	    "names another phone than the verification has");
}

/* Nor has a row at another phone a verification that another login started. */
static void
next_of_a_row_at_another_phone(void **state)
{
	struct broker_request ask =
	    kept_running(with_two_phones(), KEPT_NUMBER, "r");
	struct broker_session *s = with_two_phones();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	ask.claim.key.receiver = KEPT_OTHER_NUMBER;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	kept_refused(s, BROKER_STARTED, &ask, NOT_CONFIRMED);
}

/* Its row is at no email, where it would be joined beside either phone: neither
 * one that was claimed there, nor by the number that its worker names. */
static void
no_phone_at_an_email(void **state)
{
	(void)state;
	for (int named = 0; named <= 1; named++) {
		struct broker_session *s = with_two_phones();
		struct broker_request ask = kept_any_ask();

		if (named) {
			ask.started.number = EMAIL;
		} else {
			ask.claim.key.receiver = EMAIL;
			ask.claim.key.other[0] = KEPT_NUMBER;
		}
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		count_message(s);
		kept_called(s, CALL_START, METHOD_SMS, "", "r");
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		s = with_two_phones();
		ask = kept_any_ask();
		ask.claim.key.receiver = EMAIL;
		ask.claim.key.other[0] = KEPT_OTHER_NUMBER;
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = kept_got.row.id;
		assert_int_equal(kept_does(s, BROKER_UNSENT, &ask), 0);
		ask.claim.key.receiver = KEPT_NUMBER;
		ask.claim.key.other[0] = NULL;
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
		ask.id = kept_got.row.id;
		ask.request_id = "r";
		assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	}
}

static size_t
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	assert_int_equal(closedir(dir), 0);
	return count;
}

/* Of the state it says nothing, and it has no reply: lost while that cannot be
 * opened, the login's next request would be refused as one of who was taken
 * over. Nor is a file of the state's folder open then, which an admin may want
 * to unmount. */
static void
a_receipt_while_there_is_no_state(void **state)
{
	struct broker_session *s = asking();
	const struct broker_request none = kept_any_ask();
	struct broker_call c;
	size_t files;

	(void)state;
	count_message(s);
	c = ticket(s, CALL_START, "");
	broker_store_close(&kept_own);
	assert_int_equal(chmod(kept_box->dir, 0777), 0);
	assert_int_equal(kept_does(s, BROKER_NOOP, &none), -1);
	files = open_files();
	receipt(s, c, BROKER_DONE, "r");
	assert_int_equal(open_files(), files);
	assert_int_equal(kept_got.failure, 0);
	assert_int_equal(chmod(kept_box->dir, 0700), 0);
	count_message(s);
	(void)ticket(s, CALL_NEXT, "r");
}

BOX_TESTS(test_broker_ticket)
{
	const struct CMUnitTest tests[] = {
		TICKET_TEST(next_of_each_phone),
		TICKET_TEST(next_of_one_number_twice),
		TICKET_TEST(next_of_a_row_that_was_joined),
		TICKET_TEST(next_of_a_row_at_another_phone),
		TICKET_TEST(no_phone_at_an_email),
		TICKET_TEST(no_message_uncounted),
		TICKET_TEST(a_message_at_the_beginning),
		TICKET_TEST(a_message_that_is_carried),
		TICKET_TEST(durations),
		TICKET_TEST(a_push_is_no_message),
		TICKET_TEST(a_push_that_may_have_been_sent),
		TICKET_TEST(an_alert_is_no_message),
		TICKET_TEST(an_alert_is_no_code_of_the_providers),
		TICKET_TEST(started_as_confirmed),
		TICKET_TEST(not_started_by_anothers_message),
		TICKET_TEST(a_code_that_no_worker_knows),
		TICKET_TEST(not_carried_after_one_that_was_sent),
		TICKET_TEST(a_code_that_cannot_be_kept),
		TICKET_TEST(a_message_that_waits),
		TICKET_TEST(a_message_of_another_login),
		TICKET_TEST(no_check_uncounted),
		TICKET_TEST(no_check_without_a_try),
		TICKET_TEST(a_message_for_each_start),
		TICKET_TEST(no_request_of_others),
		TICKET_TEST(no_request_of_another_provider),
		TICKET_TEST(an_app_at_a_provider),
		TICKET_TEST(an_apps_code_was_right),
		TICKET_TEST(a_request_that_runs),
		TICKET_TEST(the_last_requests),
		TICKET_TEST(a_provider_that_is_not_there),
		TICKET_TEST(one_call),
		TICKET_TEST(receivers_by_type),
		TICKET_TEST(of_each_phone),
		TICKET_TEST(of_one_number_twice),
		cmocka_unit_test(each_text),
		TICKET_TEST(an_event_of_a_person),
		TICKET_TEST(receipts_that_are_none),
		TICKET_TEST(a_receipt_of_who_was_not_asked),
		TICKET_TEST(a_ticket_as_a_receipt),
		TICKET_TEST(of_another_request),
		TICKET_TEST(receipts_once),
		TICKET_TEST(a_receipt_while_there_is_no_state),
		TICKET_TEST(what_comes_back),
		TICKET_TEST(refunds),
		TICKET_TEST(requests_by_receipts),
		TICKET_TEST(a_start_names_no_request),
		TICKET_TEST(passed_over_behind_a_receipt),
		TICKET_TEST(passed_over_once),
		TICKET_TEST(what_a_message_costs),
		TICKET_TEST(a_message_without_an_answer),
		TICKET_TEST(a_message_of_another_call),
		TICKET_TEST(no_end_without_a_yes),
		TICKET_TEST(a_yes_of_another),
		TICKET_TEST(an_approval_ends_no_code),
		TICKET_TEST(a_yes_of_a_push),
		TICKET_TEST(a_yes_once),
		TICKET_TEST(a_push_starts_one),
		TICKET_TEST(a_yes_of_the_rows_provider),
		TICKET_TEST(a_recovery_code_is_one),
		cmocka_unit_test(what_each_outcome_says),
	};

	return BOX_RUN(tests);
}
