/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that was taken over, at a provider where users have accounts: whose
 * account is asked about, and whose approval ends a push, the record says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define ISSUER "https://login.example.com"
#define HANDLE "0123456789abcdef0123456789abcdef"
#define RECORD(provider, issuer, sub)                                          \
	"accounts = ( { provider = \"" provider "\"; issuer = \"" issuer       \
	"\"; sub = \"" sub "\"; } );"
#define NO_ACCOUNT "calls a provider where its user has no account"

static int
account_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.provider[0].type = &oidc_type;
	kept_conf.provider[0].base_url = ISSUER;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	return 0;
}

/* A login of alice, whose record is this. */
static struct broker_session *
with_record(const char *text)
{
	struct broker_session *s = kept_opened();
	const struct facts facts = kept_facts("alice");
	struct broker_request ask = kept_any_ask();

	kept_says(s, &facts);
	kept_record("alice", text);
	ask.user = "alice";
	ask.ms = 600000;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* Its push is counted and begun. */
static struct broker_request
begun(struct broker_session *s)
{
	char push[OWNER_PUSH_MAX];
	struct broker_request ask = { .begin = { .count = 1,
					  .candidate[0] = kept_any_ask().claim,
					  .message.push = true } };

	owner_write_push("alice", 0, push);
	ask.begin.candidate[0].key.receiver = push;
	ask.begin.candidate[0].method = METHOD_PUSH;
	ask.begin.message.counted_as = push;
	assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
	assert_int_equal(kept_got.begun.claim, CLAIM_NEW);
	ask = kept_any_ask();
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.request_id = ask.started.request_id =
	    ".0123456789abcdef0123456789abcde";
	ask.started.method = METHOD_PUSH;
	return ask;
}

static bool
ticket_fits(struct broker_session *s, enum provider_call_kind kind,
    const char *id, const char *account)
{
	const struct broker_request ask = kept_call(kind, METHOD_PUSH, id);
	char judged[BROKER_CALL_TEXT_MAX + 1];
	const char *const text[BROKER_TEXTS] = { "", "", "", "", account, "",
		"alice", "sshd", KEPT_ADDRESS, s->record.language, judged };
	struct broker_call c = ask.call;

	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	c.serial = kept_got.id;
	memcpy(c.mac, kept_got.mac, sizeof(c.mac));
	broker_ticket_name_settings(
	    &kept_conf, &kept_conf.provider[0], false, judged);
	broker_ticket_digest(text, c.to);
	return broker_ticket_is_valid(kept_own.key[0], s->peer.login, &c);
}

static void
receipt(struct broker_session *s, enum provider_call_kind kind,
    const char *asked, const char *id, unsigned is)
{
	struct broker_request ask = kept_call(kind, METHOD_PUSH, asked);
	struct broker_call c = ask.call;

	PRINT_TO(c.ctx.request_id, "%s", id);
	PRINT_TO(ask.call.ctx.request_id, "%s", id);
	c.serial = s->serial;
	broker_ticket_digest_call(s, kept_own.conf, 0, 0, false, c.to);
	broker_receipt_make(
	    kept_own.key[0], s->peer.login, &c, is, ask.call.mac);
	ask.tries = is;
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

static void
tickets_are_of_the_records_account(void **state)
{
	struct broker_session *s = with_record(RECORD("one", ISSUER, "a-1"));

	(void)state;
	(void)begun(s);
	assert_true(ticket_fits(s, CALL_START, "", "a-1"));
	receipt(s, CALL_START, "", HANDLE, BROKER_DONE);
	assert_true(ticket_fits(s, CALL_POLL, HANDLE, "a-1"));
	assert_false(ticket_fits(s, CALL_POLL, HANDLE, "a-2"));
	assert_false(ticket_fits(s, CALL_POLL, HANDLE, ""));
}

static void
no_ticket_without_an_account(void **state)
{
	static const char *const others[] = { "phone = \"" KEPT_NUMBER "\";",
		RECORD("two", ISSUER, "a-1"),
		RECORD("one", "https://login.example.org", "a-1") };
	struct broker_request ask = kept_call(CALL_START, METHOD_PUSH, "");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct broker_session *s = with_record(others[i]);

		kept_refused(s, BROKER_TICKET, &ask, NO_ACCOUNT);
	}
}

/* A handle of another login, and one that was never given. */
static void
no_poll_of_another_request(void **state)
{
	struct broker_session *s = with_record(RECORD("one", ISSUER, "a-1"));
	const struct broker_request ask =
	    kept_call(CALL_POLL, METHOD_PUSH, HANDLE);

	(void)state;
	kept_refused(s, BROKER_TICKET, &ask,
	    "used a provider's request id without a handle");
}

/* A page ends by the receipt of an approval alone. */
static void
no_end_without_an_approval(void **state)
{
	struct broker_session *s;
	struct broker_request row;

	(void)state;
	s = with_record(RECORD("one", ISSUER, "a-1"));
	row = begun(s);
	assert_true(ticket_fits(s, CALL_START, "", "a-1"));
	receipt(s, CALL_START, "", HANDLE, BROKER_DONE);
	assert_int_equal(kept_does(s, BROKER_STARTED, &row), 0);
	kept_refused(s, BROKER_FINISH, &row,
	    "ends a verification whose code was not right");
	assert_true(ticket_fits(s, CALL_POLL, HANDLE, "a-1"));
	receipt(s, CALL_POLL, HANDLE, HANDLE, BROKER_UNSURE);
	kept_refused(s, BROKER_FINISH, &row,
	    "ends a verification whose code was not right");
	assert_true(ticket_fits(s, CALL_POLL, HANDLE, "a-1"));
	receipt(s, CALL_POLL, HANDLE, HANDLE, BROKER_DONE);
	assert_int_equal(kept_does(s, BROKER_FINISH, &row), 1);
}

/* One field shows no page on which its user could approve. */
static void
no_page_behind_one_field(void **state)
{
	struct facts facts = kept_facts("alice");
	const struct broker_request call =
	    kept_call(CALL_START, METHOD_PUSH, "");
	struct broker_request ask = kept_any_ask();
	struct broker_session *s;
	char push[OWNER_PUSH_MAX];

	(void)state;
	kept_record("alice", RECORD("one", ISSUER, "a-1"));
	owner_write_push("alice", 0, push);
	ask.message.counted_as = push;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	for (int field = 0; field < 2; field++) {
		s = kept_opened();
		facts.one_field = field == 1 ? "123456" : NULL;
		facts.conversation = field == 0;
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		if (field == 0)
			assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	}
	kept_refused(s, BROKER_TICKET, &call,
	    "uses a method that its rule or provider does not have");
}

UNIT_TESTS(test_broker_account)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    tickets_are_of_the_records_account, account_set_up,
		    kept_tear_down),
		cmocka_unit_test_setup_teardown(no_ticket_without_an_account,
		    account_set_up, kept_tear_down),
		cmocka_unit_test_setup_teardown(
		    no_poll_of_another_request, account_set_up, kept_tear_down),
		cmocka_unit_test_setup_teardown(
		    no_end_without_an_approval, account_set_up, kept_tear_down),
		cmocka_unit_test_setup_teardown(
		    no_page_behind_one_field, account_set_up, kept_tear_down),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
