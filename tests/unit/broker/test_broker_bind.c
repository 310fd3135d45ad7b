/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose login it is: what the state broker reads of BEGIN and of the record
 * itself, and what it refuses when a worker says otherwise.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wire/wire.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OTHER "would be bound to another user"
#define UNKNOWN_RECEIVER "names a receiver that its login is not bound to"
#define DECOY "box//.00112233445566aa"
/* a line of a key, of which some characters differ; and the fingerprints of two
 */
#define KEY(part)                                                              \
	"publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5" part                      \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define ANNS KEY("AAAAIAAA")
#define ANNS_PRINT "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"
#define BOBS KEY("AAAAIAEA")
#define BOBS_PRINT "SHA256:q9jkFkikArwJmdSqU/TYAoPoqVoVkplM9LDHikciiCM"
#define NOBODYS KEY("AAAAIAIA")

static struct broker_session *
said(const struct facts *facts)
{
	struct broker_session *s = kept_opened();

	kept_says(s, facts);
	return s;
}

static void
every_receiver(void **state)
{
	struct broker_session *s = kept_opened();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("alice",
	    "phone = \"" KEPT_NUMBER "\"; email = \"alice@example.com\";");
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	ask.claim.key.receiver = "alice@example.com";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask.message.counted_as = KEPT_OTHER_NUMBER;
	kept_refused(s, BROKER_SEND_TAKE, &ask, UNKNOWN_RECEIVER);
}

/* Without a record, with a wrong one, or disabled. */
static void
no_receiver(void **state)
{
	static const char *const records[] = { NULL, "phone = 5;",
		"phone = \"" KEPT_NUMBER "\"; enabled = false;" };

	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		struct broker_session *s = kept_opened();
		const struct broker_request ask = kept_any_ask();

		if (records[i] != NULL)
			kept_record("alice", records[i]);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(s->bound_to.user, "alice");
		kept_refused(s, BROKER_SEND_TAKE, &ask, UNKNOWN_RECEIVER);
		kept_refused(s, BROKER_CLAIM, &ask, UNKNOWN_RECEIVER);
	}
}

/* Its source, service and office, and that it is not remembered there. */
static void
where_it_comes_from(void **state)
{
	static const struct {
		uid_t uid;
		const char *service, *one_field, *source, *sent_from, *is;
	} rows[] = {
		{ 0, "sshd", NULL, KEPT_HOME, KEPT_HOME, "sshd" },
		{ 0, "sudo", NULL, "uid:0", "uid:0", "sudo" },
		{ 0, "sudo", "123456", "uid:0", "", "sudo" },
		{ 1001, "sshd", NULL, "sock:1001", "sock:1001",
		    STORE_USER_SOCKET },
	};

	(void)state;
	kept_record("alice", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = kept_opened();
		const struct broker_request ask = kept_any_ask();
		struct facts facts = kept_facts("alice");

		facts.service = rows[i].service;
		facts.one_field = rows[i].one_field;
		facts.conversation = rows[i].one_field == NULL;
		if (strcmp(rows[i].service, "sudo") == 0)
			facts.rhost = facts.ssh_addr = "";
		facts.first_factor = FIRST_PASSWORD_SEEN;
		s->peer.uid = rows[i].uid;
		PRINT_TO(s->own, "%s", "alice");
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(s->bound_to.source, rows[i].source);
		assert_string_equal(s->bound_to.sent_from, rows[i].sent_from);
		assert_string_equal(s->bound_to.service, rows[i].is);
		assert_int_equal(s->bound_to.remembered, i == 0);
		assert_false(s->bound_to.office);
	}
}

static void
names_of_nobody_else(void **state)
{
	static const char *const names[] = { "bob", "root", "alice//ann",
		"alice//.00112233445566aa", "", "bob//.00112233445566aa" };
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("alice", "");
	kept_record("bob", "");
	for (size_t i = 0; i < COUNT(names); i++) {
		struct broker_session *s = kept_opened();

		ask.user = names[i];
		kept_refused(s, BROKER_BIND, &ask, OTHER);
		ask.like = "bob";
		kept_refused(s, BROKER_BIND, &ask, OTHER);
		ask.like = NULL;
		kept_refused(s, BROKER_PASSED, &ask, "is not bound to a user");
	}
	ask.user = "alice";
	ask.like = "bob";
	kept_refused(kept_opened(), BROKER_BIND, &ask, OTHER);
}

static void
people_of_the_account(void **state)
{
	static const struct {
		const char *user, *like;
		bool bound;
		const char *remembered_as;
	} rows[] = {
		{ "box//ann", NULL, true, "box//ann" },
		{ "bob", NULL, true, "bob//=box" },
		{ "box//bobby", NULL, false, NULL },
		{ "box//carl", NULL, false, NULL },
		{ "alice", NULL, false, NULL },
		{ DECOY, NULL, false, NULL },
		{ DECOY, "alice", false, NULL },
		{ DECOY, "box//ann", true, "" },
		{ DECOY, "bob", true, "" },
		{ "box//ann", "bob", false, NULL },
	};
	struct facts facts = kept_facts("box");

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	kept_record("bob", "");
	kept_record("alice", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = said(&facts);
		struct broker_request ask = kept_any_ask();

		ask.user = rows[i].user;
		ask.like = rows[i].like;
		if (!rows[i].bound) {
			kept_refused(s, BROKER_BIND, &ask, OTHER);
			continue;
		}
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(
		    s->bound_to.remembered_as, rows[i].remembered_as);
		assert_false(s->bound_to.remembered); /* by a name */
		if (rows[i].like != NULL) {
			assert_int_equal(kept_does(s, BROKER_DECOY, &ask), 1);
			kept_refused(s, BROKER_CLAIM, &ask, UNKNOWN_RECEIVER);
		} else
			assert_int_equal(
			    kept_does(s, BROKER_CLAIM, &ask) != CLAIM_ERROR, 1);
	}
}

/* A key tells whose login it is. Where none does, a name was typed: the wrong
 * codes of all such logins count together, and none is remembered. */
static void
people_by_their_keys(void **state)
{
	static const struct {
		const char *keys, *user, *like;
		bool bound, named;
	} rows[] = {
		{ ANNS, "box//ann", NULL, true, false },
		{ ANNS, "bob", NULL, false, false },
		{ ANNS, DECOY, "box//ann", false, false },
		{ BOBS, "bob", NULL, true, false },
		{ BOBS, "box//ann", NULL, false, false },
		{ ANNS BOBS, "box//ann", NULL, false, false },
		{ ANNS BOBS, "bob", NULL, false, false },
		{ ANNS NOBODYS, "box//ann", NULL, false, false },
		{ NOBODYS, "box//ann", NULL, true, true },
		{ NOBODYS, "bob", NULL, true, true },
		{ NOBODYS, DECOY, "box//ann", true, true },
		{ NOBODYS, DECOY "a", "box//ann", false, false },
		{ NOBODYS, "box//.0a", "box//ann", false, false },
		{ NOBODYS, "box//.00112233445566a?", "box//ann", false, false },
		{ "", "box//ann", NULL, true, true },
		{ "password\n", "bob", NULL, true, true },
	};
	struct facts facts = kept_facts("box");

	(void)state;
	kept_record("box",
	    "people = ( { name = \"ann\"; phone = \"" KEPT_NUMBER
	    "\"; key = \"" ANNS_PRINT "\"; }, { name = \"bobby\"; user = "
	    "\"bob\"; key = \"" BOBS_PRINT "\"; } );");
	kept_record("bob", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_request ask = kept_any_ask();
		struct broker_session *s;

		facts.auth_info = rows[i].keys;
		facts.first_factor = rows[i].keys[0] == '\0'
		    ? FIRST_PASSWORD_SEEN
		    : FIRST_SSH_METHODS;
		s = said(&facts);
		ask.user = rows[i].user;
		ask.like = rows[i].like;
		if (!rows[i].bound) {
			kept_refused(s, BROKER_BIND, &ask, OTHER);
			continue;
		}
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(
		    s->bound_to.account, rows[i].named ? "box" : "");
		assert_int_equal(s->bound_to.remembered, !rows[i].named);
	}
}

/* An admin gives that person another's factors, and then another key, while the
 * account's file is read for who it is, and again for the record. */
static const char *people_next;
static unsigned people_reads;

static void
people_change(const char *path)
{
	if (strstr(path, "/box.conf") != NULL && people_reads++ == 1)
		kept_record("box", people_next);
}

static void
people_who_change_meanwhile(void **state)
{
	static const char *const next[] = {
		"people = ( { name = \"bobby\"; user = \"alice\"; key = "
		"\"" BOBS_PRINT "\"; } );",
		"people = ( { name = \"bobby\"; user = \"bob\"; key = "
		"\"" ANNS_PRINT "\"; } );"
	};
	struct facts facts = kept_facts("box");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("alice", "phone = \"" KEPT_OTHER_NUMBER "\";");
	kept_record("bob", "");
	facts.auth_info = BOBS;
	ask.user = "bob";
	for (size_t i = 0; i < COUNT(next); i++) {
		struct broker_session *s = said(&facts);

		kept_record("box",
		    "people = ( { name = \"bobby\"; user = \"bob\"; key = "
		    "\"" BOBS_PRINT "\"; } );");
		people_next = next[i];
		people_reads = 0;
		trusted_file_opens = people_change;
		kept_refused(s, BROKER_BIND, &ask, OTHER);
		trusted_file_opens = NULL;
	}
}

/* As of an account that has another uid than the record says: neither one of
 * the people nor all of them. */
static void
none_of_the_people(void **state)
{
	static const char *const keys[] = { ANNS, NOBODYS };
	struct facts facts = kept_facts("box");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("box",
	    "people = ( { name = \"ann\"; phone = \"" KEPT_NUMBER
	    "\"; key = \"" ANNS_PRINT "\"; } );");
	ask.user = "box";
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct broker_session *s;

		facts.auth_info = keys[i];
		s = said(&facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(s->bound_to.user, "box//.");
		assert_string_equal(s->bound_to.account, "");
		assert_false(s->bound_to.remembered);
		kept_refused(s, BROKER_CLAIM, &ask, UNKNOWN_RECEIVER);
	}
}

static void
who_calls_su(void **state)
{
	static const struct {
		bool asks, says;
		int64_t uid;
		const char *ruser, *user, *remembered_as;
	} rows[] = {
		{ true, true, 1000, "bob", "bob", "bob//=root" },
		{ true, false, 1000, "bob", "bob", NULL },
		{ true, true, 1000, "bob", "root", NULL },
		{ true, false, 1000, "bob", "root", NULL },
		{ true, true, 1000, "bob", "alice", NULL },
		{ true, true, 0, "bob", "bob", NULL },
		{ true, true, 0, "bob", "root", NULL },
		{ true, false, 0, "bob", "root", "root" },
		{ true, true, 1000, "box", "box//ann", "box//ann//=root" },
		{ true, true, 1000, "box", "bob", "bob//=box//=root" },
		{ false, true, 1000, "bob", "bob", NULL },
		{ false, false, 1000, "bob", "bob", NULL },
		{ false, false, 1000, "bob", "root", "root" },
	};
	struct facts facts = kept_facts("root");

	(void)state;
	kept_record("root", "");
	kept_record("bob", "");
	kept_record("box", KEPT_PEOPLE);
	facts.service = "su";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.auth_info = facts.ssh_addr = facts.rhost = "";
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_request ask = kept_any_ask();
		struct broker_session *s;

		facts.real_uid = rows[i].uid;
		facts.ruser = rows[i].ruser;
		kept_conf.rule[0].ask_caller = rows[i].asks;
		s = said(&facts);
		ask.user = rows[i].user;
		ask.caller = rows[i].says;
		if (rows[i].remembered_as == NULL) {
			kept_refused(s, BROKER_BIND, &ask, OTHER);
			continue;
		}
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
		assert_string_equal(
		    s->bound_to.remembered_as, rows[i].remembered_as);
	}
	kept_conf.rule[0].ask_caller = false;
}

/* Who is one of the people of the account, too: by a group that is not known
 * here, the one or the other is asked. What the account's file says of its
 * people, and the wrong codes after their names, are nothing to a caller. */
static void
who_calls_su_for_an_account_of_his_own(void **state)
{
	static const char *groups[] = { "admins" };
	struct facts facts = kept_facts("box");
	struct broker_request ask = kept_any_ask();
	struct broker_session *s;

	(void)state;
	kept_record("bob", "");
	kept_record("box",
	    "people = ( { name = \"ann\"; phone = \"" KEPT_NUMBER
	    "\"; }, { name = \"bobby\"; user = \"bob\"; enabled = false; } "
	    ");");
	facts.service = "su";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.auth_info = facts.ssh_addr = facts.rhost = "";
	facts.real_uid = 1000;
	facts.ruser = "bob";
	kept_conf.rule[0].ask_caller = true;
	kept_conf.rule[0].groups = (struct text_list){ 1, groups };
	ask.user = "bob";
	ask.caller = true;
	s = said(&facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	assert_string_equal(s->bound_to.account, "");
	assert_string_equal(s->bound_to.remembered_as, "bob//=box");
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.user = "box//ann";
	kept_refused(said(&facts), BROKER_BIND, &ask, OTHER);
	ask.caller = false;
	s = said(&facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	assert_string_equal(s->bound_to.account, "box");
	kept_record("box", KEPT_PEOPLE);
	ask.user = "bob";
	s = said(&facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	assert_string_equal(s->bound_to.account, "box");
	kept_conf.rule[0].groups = (struct text_list){ .count = 0 };
	kept_conf.rule[0].ask_caller = false;
}

/* By the real uid: a program may give its caller another's name (PAM_RUSER). */
static void
who_calls_su_by_another_name(void **state)
{
	static const char *const records[] = { "bob", "box" };
	struct facts facts = kept_facts("root");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("root", "");
	kept_record("bob", "uid = 1000; phone = \"" KEPT_NUMBER "\";");
	kept_record("box", "uid = 1000; " KEPT_PEOPLE);
	facts.service = "su";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.auth_info = facts.ssh_addr = facts.rhost = "";
	kept_conf.rule[0].ask_caller = ask.caller = true;
	for (size_t i = 0; i < COUNT(records); i++) {
		ask.user = i == 0 ? "bob" : "box//ann";
		facts.ruser = records[i];
		facts.real_uid = 1001;
		kept_refused(said(&facts), BROKER_BIND, &ask, OTHER);
		facts.real_uid = 1000;
		assert_int_equal(kept_does(said(&facts), BROKER_BIND, &ask), 0);
	}
	kept_conf.rule[0].ask_caller = false;
}

/* A decoy's login, before the first factor: it is bound to nobody. */
static void
without_a_first_factor(void **state)
{
	static const char *users[] = { "bob" };
	const struct broker_request ask = kept_any_ask();
	struct facts facts = kept_facts("alice");
	struct broker_session *s;

	(void)state;
	kept_record("alice", "");
	facts.first_factor = FIRST_NONE;
	s = said(&facts);
	kept_refused(s, BROKER_BIND, &ask,
	    "has shown no first factor, and would be bound");
	kept_refused(
	    s, BROKER_RECORD, &ask, "asks for the record of another user");
	assert_int_equal(kept_does(s, BROKER_NOOP, &ask), 0);
	kept_conf.rule[0].stack = true; /* the stack proves who bob is */
	kept_conf.rule[0].users = (struct text_list){ 1, users };
	s = said(&facts);
	kept_refused(s, BROKER_BIND, &ask,
	    "has shown no first factor, and would be bound");
	kept_conf.rule[0].users.count = 0; /* who anybody is */
	s = said(&facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	kept_conf.rule[0].stack = false;
}

/* Nothing is done before BEGIN has come, or after one that is not valid. */
static void
without_begin(void **state)
{
	static const unsigned char noise[] = "p2fa, but not as it should be";
	const struct broker_request ask = kept_any_ask();
	struct broker_session *s = kept_connected();
	struct facts facts = kept_facts("alice");

	(void)state;
	broker_begin_free(s);
	for (unsigned act = BROKER_ACCOUNT; act < BROKER_CALL; act++)
		kept_refused(s, act, &ask, "has sent no BEGIN");
	assert_true(broker_begin_set(s, &kept_conf, noise, sizeof(noise)));
	kept_refused(s, BROKER_OPEN, &ask, "has sent no BEGIN");
	/* at user.sock, of another user than the uid's */
	s->peer.uid = 1001;
	PRINT_TO(s->own, "%s", "bob");
	kept_says(s, &facts);
	kept_refused(s, BROKER_OPEN, &ask, "has sent no BEGIN");
	facts.user = "bob";
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_OPEN, &ask), 0);
}

/* The record in the state of a user to whom its own record does not refer. */
static void
records_of_others(void **state)
{
	static const struct {
		const char *user;
		bool given;
	} rows[] = { { "box", true }, { "bob", true }, { "alice", false },
		{ "ann", false }, { "bobby", false } };
	const struct facts facts = kept_facts("box");
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct broker_session *s = said(&facts);

		ask.user = rows[i].user;
		if (rows[i].given)
			(void)kept_does(s, BROKER_RECORD, &ask);
		else
			kept_refused(s, BROKER_RECORD, &ask,
			    "asks for the record of another user");
	}
}

/* BEGIN comes once, at the module's connection, and goes to the worker whole;
 * before it, at user.sock, the name of the account. */
static void
taken_from_the_module(void **state)
{
	static struct broker_frame frame, other;
	struct broker_session *s = kept_connected();
	const struct facts facts = kept_facts("alice");
	static unsigned char bytes[FRAME_BEGIN_MAX], got[FRAME_BEGIN_MAX];
	int module[2], worker[2];
	struct frame f;

	(void)state;
	broker_begin_free(s);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, module), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, worker), 0);
	s->peer.module = module[1];
	s->peer.fd = worker[1];
	s->peer.uid = 1001;
	/* neither of both, then the name alone */
	assert_false(broker_begin_take(s, &kept_conf, &frame));
	assert_true(broker_request_write(&other, BROKER_ACCOUNT,
	    &(struct broker_request){ .user = "alice" }));
	assert_int_equal(
	    send(worker[0], other.b, other.used, 0), (ssize_t)other.used);
	assert_true(broker_begin_take(s, &kept_conf, &frame));
	assert_false(s->begun);
	assert_string_equal(s->own, "alice");
	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, &facts);
	assert_int_equal(frame_send(module[0], &f), 0);
	assert_true(broker_begin_take(s, &kept_conf, &frame));
	assert_true(s->begun);
	assert_int_equal(s->peer.module, -1);
	broker_begin_apply_rules(s, &kept_conf);
	assert_string_equal(s->begin.source, "sock:1001");
	assert_int_equal(
	    recv(worker[0], got, sizeof(got), MSG_DONTWAIT), (ssize_t)f.len);
	assert_memory_equal(got, bytes, f.len);
	/* the broker has closed its duplicate */
	assert_int_equal(send(module[0], "", 1, MSG_NOSIGNAL), -1);
	(void)close(module[0]);
	(void)close(worker[0]);
	(void)close(worker[1]);
}

#define STEP_TEST(f)                                                           \
	cmocka_unit_test_setup_teardown(f, kept_set_up, kept_tear_down)

BOX_TESTS(test_broker_bind)
{
	const struct CMUnitTest tests[] = {
		STEP_TEST(every_receiver),
		STEP_TEST(no_receiver),
		STEP_TEST(where_it_comes_from),
		STEP_TEST(names_of_nobody_else),
		STEP_TEST(people_of_the_account),
		STEP_TEST(people_by_their_keys),
		STEP_TEST(people_who_change_meanwhile),
		STEP_TEST(none_of_the_people),
		STEP_TEST(who_calls_su),
		STEP_TEST(who_calls_su_for_an_account_of_his_own),
		STEP_TEST(who_calls_su_by_another_name),
		STEP_TEST(without_a_first_factor),
		STEP_TEST(without_begin),
		STEP_TEST(records_of_others),
		STEP_TEST(taken_from_the_module),
	};

	return BOX_RUN(tests);
}
