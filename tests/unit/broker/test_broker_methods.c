/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that was taken over chooses no method that the rule for its user,
 * service and address does not accept.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NO_APP "has no app that its rule accepts"
#define NOT_RIGHT "ends a verification whose code was not right"
#define NOT_LISTED "sends by a channel that its record does not have"
#define NOT_THERE "uses a method that its rule or provider does not have"

static struct broker_session *
under_a_rule(unsigned methods)
{
	kept_conf.rule[0].methods = methods;
	return kept_bound("alice");
}

static struct broker_session *
of_a_record(const char *text)
{
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	kept_record("alice", text);
	ask.user = "alice";
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

static void
count(struct broker_session *s)
{
	const struct broker_request ask = kept_any_ask();

	broker_handle_allow_verification(s, 0, "r", METHOD_SMS);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
}

static void
no_ticket(void **state)
{
	static const struct {
		enum provider_call_kind kind;
		enum method method;
		const char *id;
	} rows[] = { { CALL_START, METHOD_SMS, "" },
		{ CALL_NEXT, METHOD_VOICE, "r" },
		{ CALL_CHECK, METHOD_SMS, "r" },
		{ CALL_CHECK, METHOD_TOTP, "" } };
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		s = under_a_rule(METHOD_ALL & ~METHOD_BIT(rows[i].method));
		count(s);
		ask = kept_call(rows[i].kind, rows[i].method, rows[i].id);
		kept_refused(s, BROKER_TICKET, &ask, NOT_THERE);
	}
	/* what it may not use it may end */
	ask = kept_call(CALL_CANCEL, METHOD_TOTP, "r");
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* Nor a message by a channel that the user's own record does not list, though
 * the rule accepts it: an admin may have taken texts out there. */
static void
no_message_by_another_channel(void **state)
{
	static const struct {
		enum provider_call_kind kind;
		enum method method;
		const char *id;
	} rows[] = { { CALL_START, METHOD_SMS, "" },
		{ CALL_START, METHOD_EMAIL, "" },
		{ CALL_NEXT, METHOD_SMS, "r" } };
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		s = of_a_record(
		    "phone = \"" KEPT_NUMBER "\"; channels = [\"voice\"];");
		count(s);
		ask = kept_call(rows[i].kind, rows[i].method, rows[i].id);
		kept_refused(s, BROKER_TICKET, &ask, NOT_LISTED);
	}
	s = of_a_record("phone = \"" KEPT_NUMBER "\"; channels = [\"voice\"];");
	count(s);
	ask = kept_call(CALL_START, METHOD_VOICE, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	/* a push is none */
	s = of_a_record("");
	ask = kept_any_ask();
	ask.message.counted_as = "push:alice";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_PUSH, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* Else the code of a message would be called an app's. */
static void
no_ticket_for_what_a_provider_has_not(void **state)
{
	struct broker_session *s = under_a_rule(METHOD_ALL);
	const struct broker_request ask =
	    kept_call(CALL_CHECK, METHOD_TOTP, "r");

	(void)state;
	kept_type.methods = METHODS_CODE;
	count(s);
	kept_refused(s, BROKER_TICKET, &ask, NOT_THERE);
}

/* An event is of a text alone. */
static void
no_ticket_by_an_event(void **state)
{
	struct broker_session *s = under_a_rule(METHODS_PHONE);
	struct broker_request ask = kept_call(CALL_CHECK, METHOD_TOTP, "");

	(void)state;
	count(s);
	ask.call.ctx.event = EVENT_LOCKED;
	kept_refused(s, BROKER_TICKET, &ask, "tells of an event by no message");
}

/* A text about an event is no factor. */
static void
an_alert(void **state)
{
	struct broker_session *s = under_a_rule(METHODS_APPROVED);
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_type.own_code = true;
	ask.message.alert = true;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	ask.call.ctx.event = EVENT_LOCKED;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

static void
no_app(void **state)
{
	struct broker_session *s = under_a_rule(METHODS_CODE);
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	kept_app(s, code);
	ask.number = code;
	kept_refused(s, BROKER_TOTP, &ask, NO_APP);
}

/* Another login of the user, whose rule accepts more, has started it. */
static void
no_verification_of_another_rule(void **state)
{
	struct broker_session *s = under_a_rule(METHOD_ALL);
	struct broker_request ask;

	(void)state;
	ask = kept_running(s, KEPT_NUMBER, "r");
	s = under_a_rule(METHOD_ALL & ~METHOD_BIT(METHOD_SMS));
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	broker_ticket_note_right(s, 0, "r", METHOD_SMS);
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	s = under_a_rule(METHOD_ALL);
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	broker_ticket_note_right(s, 0, "r", METHOD_SMS);
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
}

/* Nor is it called a call there: a row's method is that of its newest message,
 * and a message of another login gives it no method. */
static void
no_other_method_of_a_row(void **state)
{
	struct broker_session *s = under_a_rule(METHOD_ALL);
	struct broker_request ask;

	(void)state;
	ask = kept_running(s, KEPT_NUMBER, "r");
	s = under_a_rule(METHOD_BIT(METHOD_VOICE));
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	ask.started.method = METHOD_VOICE;
	/* as if it had sent the next message */
	broker_handle_find_verification(s, 0, "r")->phone = 0;
	PRINT_TO(s->sent_as, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	broker_ticket_note_right(s, 0, "r", METHOD_SMS);
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
	assert_int_equal(
	    box_sql(kept_box, "SELECT method FROM verification"), METHOD_NONE);
}

/* Nor by what it was before another login of the user changed its message. */
static void
no_method_that_a_row_had(void **state)
{
	struct broker_session *other = under_a_rule(METHOD_ALL), *s;
	struct broker_request ask = kept_any_ask(), next;

	(void)state;
	assert_int_equal(kept_begin(other, KEPT_NUMBER), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.begun.row.id;
	next = kept_call(CALL_START, METHOD_SMS, "");
	assert_int_equal(kept_does(other, BROKER_TICKET, &next), 1);
	next = kept_receipt(other, &next, BROKER_DONE, "r");
	assert_int_equal(kept_does(other, BROKER_RECEIPT, &next), 0);
	assert_int_equal(kept_does(other, BROKER_STARTED, &ask), 0);
	s = under_a_rule(METHOD_BIT(METHOD_SMS));
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	assert_int_equal(kept_does(other, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(other, BROKER_REPLACE, &ask), 1);
	next = kept_call(CALL_START, METHOD_VOICE, "");
	assert_int_equal(kept_does(other, BROKER_TICKET, &next), 1);
	next = kept_receipt(other, &next, BROKER_DONE, "v");
	assert_int_equal(kept_does(other, BROKER_RECEIPT, &next), 0);
	ask.request_id = ask.started.request_id = "v";
	assert_int_equal(kept_does(other, BROKER_STARTED, &ask), 0);
	broker_ticket_note_right(s, 0, "v", METHOD_SMS);
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
}

/* Nor by what it had when its login saw it in another's row, which has ended
 * after a message of another method. */
static void
no_method_that_a_verification_had(void **state)
{
	struct broker_session *other = under_a_rule(METHOD_ALL), *s;
	struct broker_request ask, next;

	(void)state;
	ask = kept_running(other, KEPT_NUMBER, "r");
	s = under_a_rule(METHOD_BIT(METHOD_SMS));
	assert_int_equal(kept_begin(s, KEPT_NUMBER), CLAIM_JOINED);
	assert_int_equal(kept_does(other, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(other, BROKER_REPLACE, &ask), 1);
	kept_called(other, CALL_NEXT, METHOD_VOICE, "r", "r");
	assert_int_equal(kept_does(other, BROKER_STARTED, &ask), 0);
	assert_int_equal(kept_does(other, BROKER_END, &ask), 0);
	next = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &next), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
}

#define EMAIL "a@example.org"

static void
has_address(struct broker_session *s)
{
	PRINT_TO(s->record.email, "%s", EMAIL);
	s->record.channel[s->record.channels++] = METHOD_EMAIL;
}

/* A login of alice, whose rule accepts this, at the verification that her other
 * login has begun by email. Sets the request that names it. */
static struct broker_session *
beside_an_email(unsigned methods, struct broker_request *ask)
{
	struct broker_session *s = under_a_rule(METHOD_ALL);

	has_address(s);
	*ask = kept_call(CALL_START, METHOD_EMAIL, "");
	ask->claim.key.receiver = EMAIL;
	ask->claim.method = METHOD_EMAIL;
	assert_int_equal(kept_does(s, BROKER_CLAIM, ask), CLAIM_NEW);
	ask->id = ask->started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, ask), 1);
	*ask = kept_receipt(s, ask, BROKER_DONE, "e");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, ask), 0);
	ask->request_id = ask->started.request_id = "e";
	assert_int_equal(kept_does(s, BROKER_STARTED, ask), 0);
	s = under_a_rule(methods);
	has_address(s);
	assert_int_equal(kept_does(s, BROKER_CLAIM, ask), CLAIM_JOINED);
	return s;
}

/* A code that was read in an email is none of a phone in another row. */
static void
no_email_called_a_text(void **state)
{
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	kept_type.next_method = NULL; /* else it is refused at once */
	s = beside_an_email(METHODS_PHONE, &ask);
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	ask = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	ask.started.request_id = "e";
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
}

/* Nor in its own by a start that fails. */
static void
no_method_of_a_start_that_fails(void **state)
{
	struct broker_session *s;
	struct broker_request ask;

	(void)state;
	s = beside_an_email(METHODS_PHONE, &ask);
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	ask.tries = 3;
	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	kept_called(s, CALL_CHECK, METHOD_SMS, "e", "e");
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", "");
	ask.started.request_id = ".0";
	ask.started.code = "";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), -1);
	kept_refused(s, BROKER_FINISH, &ask, NOT_RIGHT);
}

/* A row at the second provider, for which a message is counted; its code is of
 * our own making. */
static struct broker_request
starts_at_two(struct broker_session *s)
{
	struct broker_request ask = kept_any_ask();

	ask.claim.key.provider = "two";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	ask.started.request_id = ".s";
	ask.started.code = "";
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	return ask;
}

/* Nor is a code of ours called by the method of the next message, which another
 * provider sends. */
static void
no_method_of_the_next_message(void **state)
{
	struct provider_type gateway = kept_type;
	struct broker_session *s;
	struct broker_request ask, next;
	struct provider_conf *two = kept_add_provider();

	(void)state;
	gateway.own_code = true;
	two->type = &gateway;
	two->code_length = 6;
	s = under_a_rule(METHOD_ALL);
	has_address(s);
	ask = starts_at_two(s);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	next = kept_call(CALL_START, METHOD_SMS, "");
	next.provider = "two";
	assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
	next = kept_call(CALL_START, METHOD_EMAIL, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
}

/* A code of ours is known to its provider broker, which may be hostile: no row
 * of another provider has it. */
static void
no_code_of_another_provider(void **state)
{
	struct broker_session *s;
	struct broker_request ask, start;

	(void)state;
	kept_type.own_code = true;
	kept_conf.provider[0].code_length = 6;
	(void)kept_add_provider();
	s = under_a_rule(METHOD_ALL);
	ask = starts_at_two(s);
	start = kept_call(CALL_START, METHOD_SMS, "");
	assert_int_equal(kept_does(s, BROKER_TICKET, &start), 1);
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	start.provider = "two";
	assert_int_equal(kept_does(s, BROKER_TICKET, &start), 1);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
}

/* Nor by one that no step of the provider has: a next message is of the next
 * step, whatever its worker calls it. */
static void
no_method_that_no_step_has(void **state)
{
	struct broker_session *s = under_a_rule(METHOD_ALL);
	const struct broker_request ask = kept_running(s, KEPT_NUMBER, "r");
	struct broker_request next = kept_call(CALL_NEXT, METHOD_EMAIL, "r");

	(void)state;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	kept_refused(
	    s, BROKER_TICKET, &next, "names a method that no next step has");
	next.call.ctx.method = METHOD_VOICE;
	assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
}

static void
no_recovery_code(void **state)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
	struct broker_session *s = under_a_rule(METHODS_CODE);
	struct broker_request ask = kept_any_ask();
	struct store *own = box_open(kept_box);
	struct store_recovery list[STORE_CODES_MAX];

	(void)state;
	assert_int_equal(store_recovery_set(own, "alice", codes, 1, NULL), 0);
	assert_int_equal(store_recovery_list(own, "alice", list), 1);
	store_close(own);
	assert_int_equal(
	    recovery_code_hash(list[0].salt, codes[0], list[0].hash), 0);
	ask.hashes = 1;
	ask.hash[0] = list[0];
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
	s = under_a_rule(METHOD_BIT(METHOD_RECOVERY));
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 1);
}

/* A user's one code, which is for this (0: on paper), as a worker names it. */
static struct broker_request
names_a_code(unsigned use)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
	struct store_recovery bypass = { .use = use, .until = 3600 };
	struct broker_request ask = kept_any_ask();
	struct store *own = box_open(kept_box);

	store_time_wall((TWOFA_DAY + 1) * INT64_C(86400));
	PRINT_TO(bypass.by, "%s", "root why");
	assert_int_equal(store_recovery_set(own, "alice", NULL, 0, NULL), 0);
	assert_int_equal(store_recovery_set(
			     own, "alice", codes, 1, use != 0 ? &bypass : NULL),
	    0);
	assert_int_equal(store_recovery_list(own, "alice", ask.hash), 1);
	store_close(own);
	assert_int_equal(
	    recovery_code_hash(ask.hash[0].salt, codes[0], ask.hash[0].hash),
	    0);
	ask.hashes = 1;
	return ask;
}

/* Else it would be remembered, and an invitation would change a phone within
 * the hour, by what the rule refuses. */
static void
no_code_of_the_other_kind(void **state)
{
	static const struct {
		unsigned use;
		enum method method;
	} rows[] = { { 0, METHOD_RECOVERY },
		{ RECOVERY_USE_LOGIN, METHOD_BYPASS },
		{ RECOVERY_USE_BOTH, METHOD_BYPASS } };
	struct broker_request ask;
	struct broker_session *s;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		ask = names_a_code(rows[i].use);
		s = under_a_rule(METHOD_ALL & ~METHOD_BIT(rows[i].method));
		assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
		assert_int_equal(
		    box_sql(kept_box, "SELECT count(*) FROM grace"), 0);
		s = under_a_rule(METHOD_BIT(rows[i].method));
		assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 1);
	}
}

/* Codes of a record that is gone may be left in the state. */
static void
no_old_code_without_a_record(void **state)
{
	struct broker_request ask = names_a_code(0);
	struct broker_session *s = kept_opened();
	const struct broker_request bind = kept_any_ask();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_BIND, &bind), 0);
	assert_true(s->enrol.absent);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
	ask = names_a_code(RECOVERY_USE_LOGIN);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
	ask = names_a_code(RECOVERY_USE_BOTH);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 1);
}

/* Nor those of who is disabled, or whose record cannot be read, even an
 * invitation; who is here in place of one who has left may be invited. */
static void
no_code_beside_a_record(void **state)
{
	static const struct {
		const char *record;
		unsigned use;
		int64_t counts;
	} rows[] = { { "phone = 5;", 0, 0 },
		{ "phone = 5;", RECOVERY_USE_BOTH, 0 },
		{ "phone = \"" KEPT_NUMBER "\"; enabled = false;", 0, 0 },
		{ "phone = \"" KEPT_NUMBER "\"; enabled = false;",
		    RECOVERY_USE_BOTH, 0 },
		{ "left = true;", 0, 0 },
		{ "left = true;", RECOVERY_USE_BOTH, 1 },
		{ "phone = \"" KEPT_NUMBER "\";", 0, 1 } };
	const struct broker_request bind = kept_any_ask();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct broker_request ask = names_a_code(rows[i].use);
		struct broker_session *s = kept_opened();

		(void)box_sql(kept_box, "DELETE FROM passed");
		kept_record("alice", rows[i].record);
		assert_int_equal(kept_does(s, BROKER_BIND, &bind), 0);
		assert_int_equal(
		    kept_does(s, BROKER_RECOVERY_CLAIM, &ask), rows[i].counts);
		assert_int_equal(
		    box_sql(kept_box, "SELECT count(*) FROM passed"),
		    rows[i].counts);
	}
}

/* Nor of su's caller, who has to have a record, an invitation; whoever is to be
 * become. Nor does that one enrol. */
static void
no_code_of_a_caller_without_a_record(void **state)
{
	static const char *const targets[] = { "root", "alice" };
	const struct broker_request ask = names_a_code(RECOVERY_USE_BOTH);
	struct broker_request bind = kept_any_ask();

	(void)state;
	bind.caller = true;
	kept_conf.rule[0].ask_caller = true;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		struct facts facts = kept_facts(targets[i]);
		struct broker_session *s = kept_opened();

		facts.service = "su";
		facts.ruser = "alice";
		facts.real_uid = 1000;
		facts.first_factor = FIRST_PASSWORD_SEEN;
		facts.auth_info = facts.ssh_addr = facts.rhost = "";
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &bind), 0);
		assert_false(s->enrol.absent);
		assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
	}
}

/* A state at a server may list one id of many codes, and so does a worker. */
static void
no_id_of_many_codes(void **state)
{
	static const char *const many[] = {
		"CREATE TABLE listed AS SELECT * FROM recovery",
		"DROP TABLE recovery",
		"ALTER TABLE listed RENAME TO recovery",
		"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 23) INSERT INTO recovery SELECT recovery.*"
		" FROM recovery, n",
	};
	struct broker_request ask = names_a_code(0);
	struct broker_session *s = under_a_rule(METHOD_ALL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(many); i++)
		(void)box_sql(kept_box, many[i]);
	memset(ask.hash[0].hash, 'x', sizeof(ask.hash[0].hash));
	for (; ask.hashes < STORE_CODES_MAX; ask.hashes++)
		ask.hash[ask.hashes] = ask.hash[0];
	assert_int_equal(
	    kept_does(s, BROKER_RECOVERY_LIST, &ask), STORE_CODES_MAX);
	assert_int_equal(kept_does(s, BROKER_RECOVERY_CLAIM, &ask), 0);
}

/* Whether the record has a security key is not known: a login that shows none
 * has the methods of the next rule alone, and each login what that allows. */
static void
behind_a_rule_for_security_keys(void **state)
{
	static const char *const shown[] = { "publickey ssh-ed25519 AAAA",
		"publickey sk-ssh-ed25519@openssh.com "
		"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIK5ob4IgJZIl06CcUB"
		"x6s+DXyQ3StDxzqYB89EgM9gurAAAABHNzaDo=" };

	(void)state;
	kept_record("alice", "");
	PRINT_TO(kept_conf.rule[0].keys, "sk");
	kept_conf.rule[0].action = ACTION_SKIP;
	kept_conf.rule[0].remember_minutes = 0;
	kept_conf.rule[1].methods = METHOD_BIT(METHOD_TOTP);
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		struct broker_session *s = kept_opened();
		struct broker_request ask = kept_any_ask();
		struct facts facts = kept_facts("alice");

		facts.auth_info = shown[i];
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_int_equal(
		    s->methods, i == 0 ? METHOD_BIT(METHOD_TOTP) : METHOD_ALL);
		assert_int_equal(s->bound_to.remember_s, 60);
	}
}

/* The broker asks for no groups: who is in none is asked by the next rule, and
 * while they cannot be found, by any method. */
static void
a_group_that_is_not_asked(void **state)
{
	static const char *admins[] = { "admins" };
	const struct broker_request ask = kept_call(CALL_START, METHOD_SMS, "");
	struct broker_session *s;

	(void)state;
	kept_conf.rule[0].groups = (struct text_list){ 1, admins };
	kept_conf.rule[1].methods = METHOD_BIT(METHOD_TOTP);
	s = under_a_rule(METHODS_APPROVED);
	count(s);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* By the day and the hour at which BEGIN came, however late the worker has its
 * login bound: it would have the rules of a later time, and a name may be asked
 * for before. */
static void
by_the_rules_of_its_time(void **state)
{
	const struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("alice", "");
	kept_conf.rule[1].methods = METHOD_ALL;
	for (int hours = 0; hours < 2; hours++) {
		struct rule *r = &kept_conf.rule[0];
		struct broker_session *s;

		kept_wall = (TWOFA_DAY + 2) * INT64_C(86400) - 1;
		r->until = hours ? 0 : TWOFA_DAY + 1;
		r->methods = METHOD_BIT(METHOD_TOTP);
		r->hours.count = 1;
		r->hours.range[0] = (struct hours_range){ 0x7f, 0, HOURS_DAY };
		if (hours) {
			const unsigned at = admission_week_minute(&kept_conf);

			assert_true(at > 0);
			r->hours.range[0].from = (at - 1) % HOURS_DAY;
			r->hours.range[0].to = r->hours.range[0].from + 1;
		}
		s = kept_opened();
		kept_wall++;
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_int_equal(s->methods, METHOD_BIT(METHOD_TOTP));
		s = kept_opened();
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_int_equal(s->methods, METHOD_ALL);
	}
	kept_wall = 0;
}

#define METHODS_TEST(f)                                                        \
	cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

BOX_TESTS(test_broker_methods)
{
	const struct CMUnitTest tests[] = {
		METHODS_TEST(no_ticket),
		METHODS_TEST(no_message_by_another_channel),
		METHODS_TEST(no_ticket_for_what_a_provider_has_not),
		METHODS_TEST(no_ticket_by_an_event),
		METHODS_TEST(an_alert),
		METHODS_TEST(no_app),
		METHODS_TEST(no_verification_of_another_rule),
		METHODS_TEST(no_other_method_of_a_row),
		METHODS_TEST(no_method_that_a_row_had),
		METHODS_TEST(no_method_that_a_verification_had),
		METHODS_TEST(no_email_called_a_text),
		METHODS_TEST(no_method_of_a_start_that_fails),
		METHODS_TEST(no_method_of_the_next_message),
		METHODS_TEST(no_code_of_another_provider),
		METHODS_TEST(no_method_that_no_step_has),
		METHODS_TEST(no_recovery_code),
		METHODS_TEST(no_code_of_the_other_kind),
		METHODS_TEST(no_old_code_without_a_record),
		METHODS_TEST(no_code_beside_a_record),
		METHODS_TEST(no_code_of_a_caller_without_a_record),
		BOX_FILE_TEST(no_id_of_many_codes, kept_set_up, kept_tear_down),
		METHODS_TEST(behind_a_rule_for_security_keys),
		METHODS_TEST(a_group_that_is_not_asked),
		METHODS_TEST(by_the_rules_of_its_time),
	};

	return BOX_RUN(tests);
}
