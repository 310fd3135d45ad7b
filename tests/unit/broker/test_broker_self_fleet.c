/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl self on hosts that share a state: the server decides what each may,
 * and compares the record and the invitation.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/fleet_records/fleet_records.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define UID 1003
#define OLD KEPT_NUMBER
#define NEW "+12025550142"
#define OTHER "+12025550143"
#define HOUR 3600
#define RECORD "phone = \"" OLD "\";\n"

static const char *prefix[] = { "+1202" };
static const char invitation[] = "ABCDEFGH2345WXYZ";
static const char *request; /* what BEGIN asks for */
static void
note_step(const struct settings *conf, int64_t number, int64_t uid,
    const char *user, const unsigned char *digest, int64_t step)
{
	(void)conf;
	(void)number;
	(void)uid;
	(void)user;
	(void)digest;
	(void)step;
}

static void
report_nothing(
    struct store *s, const struct settings *conf, int64_t session, int64_t uid)
{
	(void)s;
	(void)conf;
	(void)session;
	(void)uid;
}

static const struct store_fleet fleet = { .step_used = note_step,
	.report = report_nothing,
	.unseal = fleet_seal_open,
	.seal = fleet_seal_secret };

/* As an administrator writes it. */
static void
record_of(const char *user, const char *text)
{
	box_put_record(
	    kept_conf.store.fleet_key, user, text, "twofa_operator uid=0");
}

static void
record(const char *text)
{
	record_of("alice", text);
}

static int
set_up(void **state)
{
	struct settings_store *c = &kept_conf.store;

	(void)box_to_postgres();
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	kept_conf.users_state = true;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	c->fleet_key_file = "/nowhere";
	memset(c->fleet_key, 'f', sizeof(c->fleet_key));
	box_use_fleet_key(c->fleet_key);
	postgres_sql("TRUNCATE twofa.record_read, twofa.recovery");
	postgres_sql("UPDATE twofa.host SET enrols = true");
	store_set_fleet(&fleet);
	store_time_wall(clock_wall_s()); /* a broker writes its own */
	record(RECORD);
	request = PURPOSE_SELF_PHONE;
	return 0;
}

static int
tear_down(void **state)
{
	store_set_fleet(NULL);
	postgres_sql("UPDATE twofa.host SET enrols = false");
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return kept_tear_down(state);
}

static struct broker_session *
comes(const struct facts *facts, uid_t uid, const char *own)
{
	static int64_t logins = INT64_C(0x7300000000000000);
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	s->peer.uid = uid;
	PRINT_TO(s->own, "%s", own);
	s->peer.login = logins++;
	kept_says(s, facts);
	ask.user = facts->user;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* At user.sock, or at root's service. */
static struct broker_session *
alice(bool self)
{
	struct facts facts = kept_facts("alice");

	if (!self)
		return comes(&facts, 0, "");
	facts.purpose = PURPOSE_SELF;
	facts.service = "twofactl";
	facts.request = request;
	return comes(&facts, UID, "alice");
}

/* At a service of uid 33, which speaks for all users. */
static struct broker_session *
by_the_portal(const char *user)
{
	struct facts facts = kept_facts(user);

	kept_conf.socket_uid[0] = 33;
	kept_conf.socket_uids = 1;
	facts.service = "web";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	return comes(&facts, 33, "www-data");
}

static void
is(const char *phone, const char *to)
{
	const struct user_record r = alice(false)->record;

	assert_string_equal(r.phone, phone);
	assert_string_equal(r.changed_to, to);
}

/* Behind the code of the present phone. */
static struct broker_session *
shown(const char *id)
{
	struct broker_session *s = alice(true);

	assert_int_equal(kept_enrol_open(s, NULL), 1);
	kept_proves(s, OLD, id);
	return s;
}

static int64_t
changes(struct broker_session *s, const char *number, const char *id)
{
	assert_int_equal(kept_enrol_open(s, number), 1);
	kept_proves(s, number, id);
	return kept_enrol_commit(s, UID);
}

static int64_t
count(const char *of)
{
	char sql[128];

	PRINT_TO(sql, "SELECT count(*) FROM twofa.%s", of);
	return postgres_sql(sql);
}

/* It counts in a day, on each host, until an administrator acts. */
static void
a_phone(void **state)
{
	char text[512];

	(void)state;
	assert_int_equal(changes(shown("o"), NEW, "n"), BROKER_ENROLLED_DONE);
	is(OLD, NEW);
	assert_int_equal(count("record WHERE by LIKE '% phone'"), 1);
	PRINT_TO(text, "# self 1 0" NEW " + %s " OLD "\n" RECORD,
	    alice(false)->record.base);
	record(text);
	is(NEW, NEW);
	*strstr(text, "phone") = '#';
	PRINT_APPEND(text, "%s", "phone = \"" OTHER "\";\n");
	record(text);
	is(OTHER, "");
	assert_int_equal(count("record"), 1);
}

static void
one_more_and_one_less(void **state)
{
	struct broker_session *s;

	(void)state;
	request = "phone+";
	assert_int_equal(changes(shown("o"), NEW, "n"), BROKER_ENROLLED_DONE);
	is(OLD, OLD "," NEW);
	record("/* of \"old\" */ phones:({name = \"no. 2\"; number: \"" OLD
	       "\"}, # phone = \"" NEW "\"\n{ voice = true; number = \"" OTHER
	       "\"; }); // phone = \"" NEW "\"\n");
	request = "remove2";
	s = shown("p");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	is(OLD, OLD);
}

/* Its secret is encrypted for all hosts. */
static void
an_app(void **state)
{
	struct broker_session *s;
	struct secret secret;

	(void)state;
	assert_int_equal(changes(shown("o"), NEW, "n"), BROKER_ENROLLED_DONE);
	request = PURPOSE_SELF_APP;
	s = shown("p");
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(
	    count("record WHERE body ~ '# self-app [0-9]+ sealed:1:'"), 1);
	assert_true(alice(false)->record.app_waits);
	is(OLD, NEW);
}

static void
codes(void **state)
{
	struct broker_session *s;

	(void)state;
	request = PURPOSE_SELF_CODES;
	s = shown("o");
	assert_int_equal(
	    kept_does(s, BROKER_ENROL_COMMIT, &(struct broker_request){ 0 }),
	    BROKER_ENROLLED_DONE);
	assert_int_equal(
	    strlen(kept_got.text), RECOVERY_SELF * (RECOVERY_TEXT + 1) - 1);
	free(kept_got.text);
	assert_int_equal(count("recovery WHERE kind = 0"), RECOVERY_SELF);
	is(OLD, "");
}

static int64_t
typed_as(struct broker_session *s, enum broker_op op)
{
	struct broker_request ask = { .hashes = 0 };

	ask.hashes = (size_t)kept_does(s, BROKER_RECOVERY_LIST, &ask);
	memcpy(ask.hash, kept_got.hash, sizeof(ask.hash));
	for (size_t i = 0; i < ask.hashes; i++)
		assert_int_equal(recovery_code_hash(ask.hash[i].salt,
				     invitation, ask.hash[i].hash),
		    0);
	return ask.hashes > 0 ? kept_does(s, op, &ask) : 0;
}

/* An invitation; login: that has let one in. */
static void
invited(bool login)
{
	static const char *const one[] = { invitation };
	struct store_recovery bypass = { .use = RECOVERY_USE_BOTH,
		.until = 4 * HOUR };
	struct store *own = box_open(kept_box);

	postgres_sql("DELETE FROM twofa.recovery");
	assert_int_equal(store_recovery_set(own, "alice", one, 1, &bypass), 0);
	store_close(own);
	if (login)
		assert_int_equal(
		    typed_as(alice(false), BROKER_RECOVERY_CLAIM), 1);
}

/* No code of a phone does; an invitation that has let a login in does. */
static void
a_host_without_the_right(void **state)
{
	struct broker_session *s;

	(void)state;
	postgres_sql("UPDATE twofa.host SET enrols = false");
	s = alice(true);
	assert_int_equal(kept_enrol_open(s, NULL), 0);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	request = PURPOSE_SELF_CODES;
	s = alice(true);
	kept_proves(s, OLD, "p");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	request = PURPOSE_SELF_PHONE;
	invited(false);
	assert_int_equal(typed_as(alice(true), BROKER_ENROL_OPEN), 0);
	invited(true);
	s = alice(true);
	assert_int_equal(typed_as(s, BROKER_ENROL_OPEN), 1);
	assert_int_equal(changes(s, NEW, "n"), BROKER_ENROLLED_DONE);
	is(NEW, NEW);
	assert_int_equal(count("recovery"), 0);
}

/* To which phone another host has sent it, that one says alone: its code is
 * checked only where the provider compares the number. */
static void
a_verification_of_another_host(void **state)
{
	const struct broker_request check =
	    kept_call(CALL_CHECK, METHOD_SMS, "f");
	struct broker_session *s = alice(true);
	struct broker_request ask = kept_verified(s, OLD, "f");

	(void)state;
	ask.tries = 5;
	postgres_sql("UPDATE twofa.verification SET host = 'stolen'");
	for (int i = 0; i < 2; i++) {
		kept_type.names_receiver = i == 0;
		s = alice(true);
		assert_int_equal(kept_enrol_open(s, NULL), 1);
		ask.claim.method = METHOD_NONE;
		assert_int_equal(
		    kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
		assert_true(kept_got.row.foreign);
		assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
		if (i == 0)
			assert_int_equal(
			    kept_does(s, BROKER_TICKET, &check), 1);
		else
			kept_refused(s, BROKER_TICKET, &check,
			    "used a provider's request id without a handle");
	}
	/* it may be ended */
	s = alice(true);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	ask = kept_call(CALL_CANCEL, METHOD_SMS, "f");
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
}

/* Nor does what that host says of its message keep anybody's answer back. */
static void
a_message_of_another_host(void **state)
{
	(void)state;
	(void)kept_running(alice(false), OLD, "f");
	assert_int_equal(
	    postgres_sql("SELECT twofa_v1.replace('(1,0,,,,7)', id, 'f', "
			 "false) FROM twofa.verification"),
	    1);
	assert_int_equal(
	    postgres_sql("SELECT twofa_v1.started('(1,0,,,,7)', id, 'f', 1, "
			 "300000, 300000, NULL, NULL, false, -1, 0) FROM "
			 "twofa.verification"),
	    0);
	assert_int_equal(kept_begin(alice(false), OLD), CLAIM_JOINED);
}

/* The server says so again at the end. */
static void
a_right_that_ends(void **state)
{
	struct broker_session *s = shown("o");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	postgres_sql("UPDATE twofa.host SET enrols = false");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(count("record WHERE at = 1"), 1);
}

static void
two_windows(void **state)
{
	struct broker_session *a = shown("o"), *b = shown("p");

	(void)state;
	assert_int_equal(kept_enrol_open(b, OTHER), 1);
	kept_proves(b, OTHER, "b");
	assert_int_equal(changes(a, NEW, "n"), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(b, UID), BROKER_ENROLLED_BEFORE);
	is(OLD, NEW);
}

/* An administrator has removed it, or locked the user, and written it again. */
static void
alike_again(void **state)
{
	struct broker_session *s = shown("o");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	record(RECORD);
	postgres_sql("UPDATE twofa.record SET at = twofa.wall_s() + 1");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_BEFORE);
	is(OLD, "");
	request = PURPOSE_SELF_CODES;
	s = shown("p");
	postgres_sql("UPDATE twofa.record SET at = twofa.wall_s() + 1");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_BEFORE);
	assert_int_equal(count("recovery"), 0);
}

/* A file of this host counts here alone. */
static void
a_file_beside(void **state)
{
	struct broker_session *s;

	(void)state;
	kept_record("alice", "uid = 1003; phone = \"" OLD "\";");
	s = alice(true);
	assert_int_equal(s->enrol.change, EVENT_NONE);
	assert_int_equal(kept_enrol_open(s, NULL), 0);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
}

/* Nothing is changed, and it is possible again afterwards. */
static void
a_server_that_is_away(void **state)
{
	struct broker_session *s = shown("o");

	(void)state;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	postgres_sql("BEGIN; LOCK TABLE twofa.record");
	s->deadline = frame_clock_ms() + 300;
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_FAILED);
	postgres_sql("ROLLBACK");
	assert_int_equal(count("record WHERE at = 1"), 1);
	kept_forget();
	assert_int_equal(changes(shown("p"), OTHER, "m"), BROKER_ENROLLED_DONE);
}

/* Alice's verification of the new number: 1 sent, 2 runs, 3 spent. */
static void
verifies(int how, const char *id)
{
	struct broker_session *s = alice(true);
	struct broker_request ask = kept_any_ask();

	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	ask.claim.key.receiver = ask.message.counted_as = NEW;
	ask.number = ask.started.number = NEW;
	ask.request_id = ask.started.request_id = id;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	if (how == 0)
		return;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", id);
	if (how > 1)
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	if (how > 2)
		assert_int_equal(kept_does(s, BROKER_SPEND, &ask), 1);
}

static enum store_claim
claims(struct broker_session *s)
{
	struct broker_request ask = kept_any_ask();

	ask.claim.key.receiver = NEW;
	return (enum store_claim)kept_does(s, BROKER_CLAIM, &ask);
}

/* Who changes the phone keeps no owner of the number out, neither at root's
 * services nor at another uid's: that ends what runs. */
static void
keeps_no_owner_out(void **state)
{
	const struct facts facts = kept_facts("bob");
	struct broker_request ask = kept_any_ask();
	struct broker_session *bob;
	char id[8];

	(void)state;
	record_of("bob", "phone = \"" NEW "\";\n");
	for (int how = 0; how < 8; how++) {
		PRINT_TO(id, "k%d", how);
		verifies(how / 2, id);
		bob =
		    how % 2 == 0 ? by_the_portal("bob") : comes(&facts, 0, "");
		assert_int_equal(
		    claims(bob), how / 2 == 2 ? CLAIM_UNFIT : CLAIM_NEW);
		ask.id = kept_got.row.id;
		ask.request_id = id;
		if (how / 2 == 2) {
			kept_refused(bob, BROKER_FINISH, &ask, NOT_TOLD);
			assert_int_equal(
			    kept_does(bob, BROKER_REPLACE, &ask), 1);
			assert_int_equal(kept_does(bob, BROKER_DROP, &ask), 1);
		} else {
			assert_int_equal(
			    kept_does(bob, BROKER_UNSENT, &ask), 0);
		}
		postgres_sql("DELETE FROM twofa.send");
	}
	/* an enrolment at root's service is not another uid's to end */
	verifies(1, "r");
	postgres_sql("UPDATE twofa.verification SET socket = 0");
	assert_int_equal(claims(by_the_portal("bob")), CLAIM_OTHER);
}

/* Nor one who enrols at a service of root's. */
static void
keeps_out_nobody_who_enrols(void **state)
{
	const struct facts facts = kept_facts("carol");
	struct broker_session *carol;

	(void)state;
	kept_conf.unenrolled_enrol = true;
	kept_conf.self_enrol_until = kept_conf.today = TWOFA_DAY + 1u;
	verifies(0, "e");
	carol = comes(&facts, 0, "");
	assert_int_equal(kept_enrol_open(carol, NEW), 1);
	assert_int_equal(claims(carol), CLAIM_NEW);
}

/* Whatever the numbers; a service that speaks for all users has no such
 * limit. */
static void
ten_messages_a_day(void **state)
{
	const int64_t noon = clock_wall_s();
	struct broker_request ask = kept_any_ask();
	struct broker_session *s;
	char number[PHONE_MAX + 1];
	unsigned taken = 0;

	(void)state;
	for (int hour = 0; hour < 24; hour += 4) {
		store_time_wall(noon + hour * HOUR);
		s = alice(true);
		s->enrol.shown = true;
		PRINT_TO(number, "+120255502%02d", hour);
		assert_int_equal(kept_enrol_open(s, number), 1);
		ask.message.counted_as = number;
		while (kept_does(s, BROKER_SEND_TAKE, &ask) == SEND_TAKEN)
			taken++;
	}
	assert_int_equal(taken, LIMITS_ENROL_DAY);
	assert_string_equal(kept_got.which, "sends_per_user_day");
	store_time_wall(noon + 24 * HOUR);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_conf.sends.user_day = 1;
	s = by_the_portal("alice");
	ask = kept_any_ask();
	for (unsigned n = 0; n < LIMITS_ENROL_DAY + 1; n++)
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

BOX_TESTS(test_broker_self_fleet)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone),
		TEST(one_more_and_one_less),
		TEST(an_app),
		TEST(codes),
		TEST(a_host_without_the_right),
		TEST(a_verification_of_another_host),
		TEST(a_message_of_another_host),
		TEST(a_right_that_ends),
		TEST(two_windows),
		TEST(alike_again),
		TEST(a_file_beside),
		TEST(a_server_that_is_away),
		TEST(keeps_no_owner_out),
		TEST(keeps_out_nobody_who_enrols),
		TEST(ten_messages_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
