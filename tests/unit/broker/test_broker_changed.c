/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that were taken over, while the settings change: the state broker of
 * before serves the logins that have begun, and its successor those that come.
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

#define BOTH                                                                   \
	"phones = ( { number = \"" KEPT_NUMBER "\"; }, "                       \
	"{ number = \"" KEPT_OTHER_NUMBER "\"; } );"

static struct settings before, after;
static struct provider_type ours, vendors;

/* The provider makes its codes here, and then, under the same name, is one that
 * checks them itself and compares the receiver. */
static int
changed_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	ours = vendors = kept_type;
	ours.own_code = true;
	ours.next_method = vendors.next_method = NULL;
	vendors.names_receiver = true;
	ours.name = "telnyx-sms";
	vendors.name = "telnyx-verify";
	kept_conf.provider[0].code_length = 6;
	before = after = kept_conf;
	before.provider[0].type = &ours;
	after.provider[0].type = &vendors;
	return 0;
}

static struct broker_session *
alices(struct settings *at, const char *record)
{
	const struct facts facts = kept_facts("alice");
	struct broker_session *s;
	const struct broker_request ask = kept_any_ask();

	kept_own.conf = at;
	kept_record("alice", record);
	s = kept_opened();
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* A login of before takes the row of a later one to a phone that alice has no
 * more. Its code is compared here, where the provider of that name does so
 * no more, and says nothing of a phone. */
static void
a_code_of_ours_of_the_settings_before(void **state)
{
	struct broker_session *old = alices(&before, BOTH), *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	assert_int_equal(kept_does(old, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(old, 0, &ask, code);

	s = alices(&after, "phone = \"" KEPT_NUMBER "\";");
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_ELSEWHERE);

	kept_own.conf = &before;
	assert_int_equal(kept_does(old, BROKER_REPLACE, &ask), 1);
	kept_sends_code(old, 1, &ask, code);

	kept_own.conf = &after;
	(void)kept_tries(s, ask.id);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), 1);
	ask.number = NULL;
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
}

/* Does a call of before differ from one of now? */
static bool
differs(const struct broker_session *old, const struct broker_session *now,
    bool alert)
{
	unsigned char a[BROKER_MAC_LEN], b[BROKER_MAC_LEN];

	broker_ticket_digest_call(old, &before, 0, 0, alert, a);
	broker_ticket_digest_call(now, &after, 0, 0, alert, b);
	return memcmp(a, b, sizeof(a)) != 0;
}

/* The provider broker is that of the settings of now, also for a login that
 * goes on. Its tickets are for the type that its state broker knows: a login
 * that takes a yes for one about the receiver gets no ticket for a provider
 * that compares no receiver. */
static void
a_ticket_is_for_a_type(void **state)
{
	static const char record[] = "phone = \"" KEPT_NUMBER "\";";
	struct broker_session *old = alices(&before, record);
	const struct broker_session *now = alices(&after, record);
	struct broker_request ask = kept_any_ask();
	struct broker_call c = kept_call(CALL_START, METHOD_SMS, "").call;

	(void)state;
	kept_own.conf = &before;
	assert_int_equal(kept_does(old, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask.call = c;
	assert_int_equal(kept_does(old, BROKER_TICKET, &ask), 1);
	c.serial = kept_got.id;
	memcpy(c.mac, kept_got.mac, sizeof(c.mac));
	broker_ticket_digest_call(old, &before, 0, 0, false, c.to);
	assert_true(
	    broker_ticket_is_valid(kept_own.key[0], old->peer.login, &c));
	broker_ticket_digest_call(now, &after, 0, 0, false, c.to);
	assert_false(
	    broker_ticket_is_valid(kept_own.key[0], old->peer.login, &c));
	assert_false(differs(old, now, true));
}

static bool alerts; /* are told apart, too */

/* Digests of alice's calls to a provider of these settings, and of those. */
static bool
are_told_apart(void)
{
	static const char record[] =
	    "phone = \"" KEPT_NUMBER "\"; "
	    "receiver = \"topic\"; accounts = ( { provider = \"one\"; "
	    "issuer = \"https://one.example\"; sub = \"a-1\"; } );";
	const struct broker_session *old = alices(&before, record);
	const struct broker_session *now = alices(&after, record);

	alerts = differs(old, now, true);
	return differs(old, now, false);
}

static void
both_ask_an_issuer(const struct provider_type *type)
{
	before.provider[0].type = after.provider[0].type = type;
	before.provider[0].base_url = after.provider[0].base_url =
	    "https://one.example";
}

/* An account is one of the issuer that the record names. Of another issuer,
 * under the name of that provider, the state broker of before knows nothing. */
static void
a_ticket_is_for_an_issuer(void **state)
{
	(void)state;
	ours = vendors;
	ours.account = "the sub";
	both_ask_an_issuer(&ours);
	assert_false(are_told_apart());
	after.provider[0].base_url = "https://one.example.com";
	assert_true(are_told_apart());
	/* of who has no account there, the address is any: a proxy's */
	ours.account = NULL;
	assert_false(are_told_apart());
}

/* Nor of another claim of the same issuer: its users may choose their names. */
static void
a_ticket_is_for_a_claim(void **state)
{
	(void)state;
	both_ask_an_issuer(&oidc_type);
	before.provider[0].text[OIDC_FLOW] = after.provider[0].text[OIDC_FLOW] =
	    "device";
	before.provider[0].text[OIDC_CLAIM] = "sub";
	after.provider[0].text[OIDC_CLAIM] = "preferred_username";
	assert_true(are_told_apart());
	before.provider[0].text[OIDC_CLAIM] = "preferred_username";
	assert_false(are_told_apart());
}

/* An approval on a phone is no page, and a rule may accept one of the two. */
static void
a_ticket_is_for_the_methods(void **state)
{
	(void)state;
	both_ask_an_issuer(&oidc_type);
	before.provider[0].text[OIDC_FLOW] = "ciba";
	after.provider[0].text[OIDC_FLOW] = "device";
	assert_true(are_told_apart());
	before.provider[0].text[OIDC_FLOW] = "device";
	assert_false(are_told_apart());
}

/* A simulator's code, which others may read, would be remembered, and a real
 * message be counted where the rehearsal's are forgotten. */
static void
a_ticket_is_for_a_rehearsal_or_none(void **state)
{
	(void)state;
	after.provider[0].rehearsal = true;
	before.provider[0].type = &vendors;
	assert_true(are_told_apart());
	assert_true(alerts); /* nobody is told by a simulator */
	before.provider[0].rehearsal = true;
	assert_false(are_told_apart());
	before.provider[0].rehearsal = false;
	PRINT_TO(before.provider[0].scheme, "http");
	assert_false(are_told_apart());
}

/* Nor is such a code right once the settings are those of no rehearsal. */
static void
a_code_of_a_rehearsal(void **state)
{
	static const char record[] = "phone = \"" KEPT_NUMBER "\";";
	struct broker_session *old, *s;
	struct broker_request ask = kept_any_ask();
	char code[PROVIDER_CODE_MAX + 1];

	(void)state;
	after.provider[0].type = &ours;
	before.provider[0].rehearsal = true;
	old = alices(&before, record);
	assert_int_equal(kept_does(old, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(old, 0, &ask, code);
	s = alices(&before, record);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	s = alices(&after, record);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_not_equal(kept_got.row.id, ask.id);
	ask.request_id = ".chosen";
	kept_refused(s, BROKER_ATTEMPT, &ask, NOT_TOLD);
	kept_refused(s, BROKER_CODE_RIGHT, &ask, NOT_TOLD);
	kept_refused(s, BROKER_FINISH, &ask, NOT_TOLD);
}

/* The row is at the phone or at the receiver, by the settings that its state
 * broker knows. */
static void
a_ticket_is_for_the_kind_of_receiver(void **state)
{
	(void)state;
	before.provider[0].type = after.provider[0].type = &http_sms_type;
	before.provider[0].text[HTTP_SMS_BODY] = "to=%phone%&text=%message%";
	after.provider[0].text[HTTP_SMS_BODY] = "to=%receiver%&text=%message%";
	assert_true(are_told_apart());
	/* whose notice goes there says nothing of a phone's owner */
	assert_true(alerts);
	before.provider[0].text[HTTP_SMS_BODY] = "%receiver% %message%";
	assert_false(are_told_apart());
}

static bool
ends_it(struct broker_session *s, const struct broker_request *ask)
{
	kept_called(s, CALL_CHECK, METHOD_SMS, "r", "r");
	return kept_does(s, BROKER_FINISH, ask) == 1;
}

/* A provider's broker that was taken over gave the id of a verification at a
 * phone of its own. Its credential changes: of those who ask its successor,
 * the login that began it alone is asked about it. */
static void
a_verification_of_a_credential_before(void **state)
{
	struct broker_session *first = kept_bound("alice"), *second, *third;
	struct broker_request ask = kept_running(first, KEPT_NUMBER, "r"),
			      check;

	(void)state;
	second = kept_bound("alice");
	kept_own.credential[0] =
	    (struct broker_changed){ clock_ms() - 10000, clock_wall_s() - 10 };
	assert_int_equal(kept_does(second, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_false(kept_got.row.foreign);
	kept_own.credential[0] =
	    (struct broker_changed){ clock_ms() + 10000, clock_wall_s() + 10 };
	third = kept_bound("alice");
	assert_int_equal(kept_does(third, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_true(kept_got.row.foreign);
	check = kept_call(CALL_CHECK, METHOD_SMS, "r");
	kept_refused(third, BROKER_TICKET, &check,
	    "used a provider's request id without a handle");
	(void)kept_tries(second, ask.id);
	assert_true(kept_got.row.foreign);
	assert_false(ends_it(second, &ask));
	(void)kept_tries(first, ask.id);
	assert_false(kept_got.row.foreign);
	assert_true(ends_it(first, &ask));
}

static const struct broker_changed to_come = { INT64_MAX, INT64_MAX };

static struct broker_session *
who_finds_a_row(struct broker_request *ask, struct broker_changed changed)
{
	struct broker_session *s;

	kept_own.credential[0] = changed;
	s = alices(&before, "phone = \"" KEPT_NUMBER "\";");
	assert_int_equal(kept_does(s, BROKER_CLAIM, ask), CLAIM_JOINED);
	assert_int_equal(kept_got.row.foreign, changed.ms == INT64_MAX);
	return s;
}

/* A worker that was taken over sends the next code, in a row that is no longer
 * of before: beside that the one before would stay right. */
static void
sends_the_next(
    struct broker_session *s, struct broker_request *ask, const char *known)
{
	char next[PROVIDER_CODE_MAX + 1];

	assert_int_equal(kept_does(s, BROKER_REPLACE, ask), 1);
	ask->started.beside = true;
	kept_sends_code(s, 0, ask, next);
	kept_own.changed_at = 0;
	s = who_finds_a_row(ask, (struct broker_changed){ 0, 0 });
	(void)kept_tries(s, ask->id);
	ask->number = known;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, ask), 0);
	(void)kept_tries(s, ask->id);
	ask->number = next;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, ask), 1);
	ask->number = NULL;
	assert_int_equal(kept_does(s, BROKER_FINISH, ask), 1);
	ask->started.beside = false;
}

/* The broker of before knows the codes that it sent: a login that comes later
 * leaves none of them right for others; nor does one of before, once the files
 * of its state broker have changed. */
static void
a_code_of_a_credential_before(void **state)
{
	struct broker_session *s =
	    alices(&before, "phone = \"" KEPT_NUMBER "\";");
	struct broker_request ask = kept_any_ask();
	char known[PROVIDER_CODE_MAX + 1];

	(void)state;
	for (int stale = 0; stale < 2; stale++) {
		assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
		ask.id = ask.started.id = kept_got.row.id;
		kept_sends_code(s, 0, &ask, known);
		kept_own.changed_at = stale * frame_clock_ms();
		sends_the_next(
		    stale ? s : who_finds_a_row(&ask, to_come), &ask, known);
	}
}

/* Where the state does not say where the row is, the code before is void, and
 * the start is done. */
static void
a_code_before_without_an_answer(void **state)
{
	struct broker_session *s =
	    alices(&before, "phone = \"" KEPT_NUMBER "\";");
	struct broker_request ask = kept_any_ask();
	char first[PROVIDER_CODE_MAX + 1], next[PROVIDER_CODE_MAX + 1];

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	kept_sends_code(s, 0, &ask, first);
	assert_int_equal(kept_does(s, BROKER_REPLACE, &ask), 1);
	ours.name = "a name of a type that has too many letters";
	ask.started.beside = true;
	kept_sends_code(s, 0, &ask, next);
	assert_non_null(kept_own.store);
	(void)kept_tries(s, ask.id);
	ask.number = first;
	assert_int_equal(kept_does(s, BROKER_CODE_RIGHT, &ask), 0);
}

/* What it began is no later than its credential, though its login goes on: no
 * row is made of that for those who come later, nor made young by the next
 * step. What its successor begins for that login is one of now. */
static void
what_was_begun_before(void **state)
{
	struct broker_session *s = kept_bound("alice"), *other;
	struct broker_request ask = kept_any_ask(), next;

	(void)state;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	for (int of_now = 0; of_now < 2; of_now++) {
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		kept_called(s, CALL_START, METHOD_SMS, "", "r");
		if (of_now == 0)
			kept_own.changed_at = frame_clock_ms();
		kept_later_ms += 6000;
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask),
		    of_now ? 0 : STORE_CLASH);
	}
	other = kept_bound("alice");
	assert_int_equal(kept_does(other, BROKER_CLAIM, &ask), CLAIM_JOINED);
	next = kept_call(CALL_NEXT, METHOD_SMS, "r");
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &next), 1);
	assert_int_equal(kept_does(other, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(other, BROKER_TICKET, &next), 0);
	kept_own.changed_at = 0;
	assert_int_equal(kept_does(other, BROKER_TICKET, &next), 1);
}

#define CHANGED(f)                                                             \
	cmocka_unit_test_setup_teardown(f, changed_set_up, kept_tear_down)

BOX_TESTS(test_broker_changed)
{
	const struct CMUnitTest tests[] = {
		CHANGED(a_code_of_ours_of_the_settings_before),
		CHANGED(a_ticket_is_for_a_type),
		CHANGED(a_ticket_is_for_an_issuer),
		CHANGED(a_ticket_is_for_a_claim),
		CHANGED(a_ticket_is_for_the_methods),
		CHANGED(a_ticket_is_for_a_rehearsal_or_none),
		CHANGED(a_code_of_a_rehearsal),
		CHANGED(a_ticket_is_for_the_kind_of_receiver),
		CHANGED(a_verification_of_a_credential_before),
		CHANGED(a_code_of_a_credential_before),
		CHANGED(a_code_before_without_an_answer),
		CHANGED(what_was_begun_before),
	};

	return BOX_RUN(tests);
}
