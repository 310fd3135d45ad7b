/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl self: what the state broker does for the worker of a user at
 * user.sock, and what it does not, whoever has taken that over.
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

#include "helper/store/store_backend.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define UID 1003
#define OLD KEPT_NUMBER
#define NEW "+12025550142"
#define OTHER "+12025550143"
#define ENROLLED_PATH (FOLDER_PATH_MAX + 16)
#define HOUR 3600
#define DAY INT64_C(86400)
#define WALL ((TWOFA_DAY + 1) * INT64_C(86400))
#define NO_BEGIN "has sent no BEGIN"

static const char *prefix[] = { "+1202" };
static const char invitation[] = "ABCDEFGH2345WXYZ";
static const char *request = PURPOSE_SELF_PHONE; /* what BEGIN asks for */
static bool converses = true;

static int
self_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	store_time_wall(WALL);
	kept_record("alice", "uid = 1003; phone = \"" OLD "\";");
	request = PURPOSE_SELF_PHONE;
	return 0;
}

static struct facts
facts_of(const char *user)
{
	struct facts f = kept_facts(user);

	f.purpose = PURPOSE_SELF;
	f.service = "twofactl";
	f.request = request;
	f.conversation = converses;
	return f;
}

/* Its BEGIN is read, and it is not bound. */
static struct broker_session *
comes(const char *user, const char *own, uid_t uid, bool no_self)
{
	const struct facts facts = facts_of(user);
	struct broker_session *s = kept_opened();

	s->peer.uid = uid;
	s->no_self = no_self;
	PRINT_TO(s->own, "%s", own);
	kept_says(s, &facts);
	return s;
}

static struct broker_session *
of_user(const char *user, uid_t uid)
{
	struct broker_session *s = comes(user, user, uid, false);
	struct broker_request ask = kept_any_ask();

	ask.user = user;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

static struct broker_session *
at_root(const char *user)
{
	struct broker_session *s = kept_opened();
	const struct facts facts = kept_facts(user);
	struct broker_request ask = kept_any_ask();

	kept_says(s, &facts);
	ask.user = user;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* At root's service, later. */
static const char *
phone_of(const char *user)
{
	return at_root(user)->record.phone;
}

/* Once it counts. */
static const char *
next_of(const char *user)
{
	const char *phone = phone_of(user);

	return (const char *)phone - offsetof(struct user_record, phone) +
	    offsetof(struct user_record, changed_to);
}

static struct broker_request
ticket(
    struct broker_session *s, enum provider_call_kind kind, const char *asked)
{
	struct broker_request ask = kept_call(kind, METHOD_SMS, asked);

	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	return ask;
}

/* By the old phone, to the new one. */
static void
changes_phone(struct broker_session *s)
{
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
}

/* The old phone counts for a day. */
static void
by_the_phone(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	char command[256];

	(void)state;
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 1);
	PRINT_TO(command, "grep -qaF %s %s*", &NEW[1], kept_box->path);
	assert_int_not_equal(system(command), 0);
	assert_string_equal(phone_of("alice"), OLD);
	assert_string_equal(next_of("alice"), NEW);
}

/* A file's other keys hold beside it; its phones end it. */
static void
what_an_admin_does_last(void **state)
{
	struct broker_session *s = of_user("alice", UID);

	(void)state;
	changes_phone(s);
	kept_record(
	    "alice", "uid = 1003; phone = \"" OLD "\"; language = \"de\";");
	assert_string_equal(next_of("alice"), NEW);
	kept_record("alice", "phone = \"" OLD "\"; enabled = false;");
	assert_string_equal(phone_of("alice"), "");
	kept_record("alice",
	    "phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER
	    "\"; } );");
	assert_string_equal(next_of("alice"), "");
	kept_record("alice", "phone = \"" OTHER "\";");
	assert_string_equal(phone_of("alice"), OTHER);
	assert_string_equal(next_of("alice"), "");
}

/* A login that has read a change which an admin's file has ended by now, and is
 * bound late, ends no later change. */
static void
what_was_read_before(void **state)
{
	struct broker_session *s = of_user("alice", UID), *late;
	struct broker_request ask = kept_any_ask();

	(void)state;
	changes_phone(s);
	kept_record("alice", "uid = 1003; phone = \"" OTHER "\";");
	late = comes("alice", "alice", UID, false);
	ask.user = "alice";
	assert_int_equal(
	    kept_does(late, BROKER_RECORD, &ask), STORE_RECORD_FOUND);
	free(kept_got.text);
	s = of_user("alice", UID);
	assert_int_equal(kept_enrolled(), 0);
	kept_proves(s, OTHER, "p");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "m");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_does(late, BROKER_BIND, &ask), 0);
	assert_string_equal(next_of("alice"), NEW);
}

static sqlite3 *later; /* another broker's, which has the lock */

static void
run_later(const char *text)
{
	if (sqlite3_exec(later, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(later));
}

static void
nothing_more(void)
{
}

static void
changes_it_again(void)
{
	store_waiting = nothing_more;
	run_later("DELETE FROM enrolled;"
		  "INSERT INTO enrolled SELECT * FROM second; COMMIT");
}

/* Nor one that another broker writes while this one waits for the lock. */
static void
what_was_read_before_a_wait(void **state)
{
	struct broker_session *s = of_user("alice", UID), *late;
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(sqlite3_open(kept_box->path, &later), SQLITE_OK);
	changes_phone(s);
	run_later("CREATE TABLE first AS SELECT * FROM enrolled");
	kept_record("alice", "uid = 1003; phone = \"" OTHER "\";");
	s = of_user("alice", UID);
	kept_proves(s, OTHER, "p");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "m");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	late = comes("alice", "alice", UID, false);
	run_later("CREATE TABLE second AS SELECT * FROM enrolled;"
		  "DELETE FROM enrolled;"
		  "INSERT INTO enrolled SELECT * FROM first; BEGIN IMMEDIATE");
	store_waiting = changes_it_again;
	ask.user = "alice";
	assert_int_equal(kept_does(late, BROKER_BIND, &ask), 0);
	assert_ptr_equal(store_waiting, nothing_more);
	sqlite3_close(later);
	assert_string_equal(next_of("alice"), NEW);
}

/* Each act before what it needs, and with what another phone has proven. */
static void
in_another_order(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	struct broker_request old, late;

	(void)state;
	assert_int_equal(kept_enrol_open(s, NULL), 0);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, OLD), 0);
	assert_int_equal(kept_enrol_open(s, "+442079460000"), 0);
	assert_int_equal(kept_enrol_open(s, "alice"), 0);
	s = of_user("alice", UID);
	old = kept_verified(s, OLD, "p");
	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	kept_refused(s, BROKER_FINISH, &old, NOT_TOLD);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	s = of_user("alice", UID);
	s->enrol.shown = true;
	old = kept_any_ask();
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &old), SEND_TAKEN);
	late = ticket(s, CALL_START, "");
	late = kept_receipt(s, &late, BROKER_DONE, "l");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_refused(s, BROKER_RECEIPT, &late,
	    "presented a receipt that the provider broker did not issue");
	kept_refused(s, BROKER_CLAIM, &old,
	    "names a receiver that its login is not bound to");
	assert_int_equal(kept_enrolled(), 0);
}

/* A code of the phone before, counted once more, proves no new one. */
static void
checked_once_more(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	struct broker_request old, again = { .tries = 5 };

	(void)state;
	kept_proves(s, OLD, "o");
	old = kept_verified(s, OLD, "p");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	if (kept_does(s, BROKER_ATTEMPT, &again) == 1) {
		kept_called(s, CALL_CHECK, METHOD_SMS, "p", "p");
		assert_int_equal(kept_does(s, BROKER_FINISH, &old), 1);
	}
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

/* Whose code a worker says was right; nor does what is no code of a phone. */
static void
its_word_proves_nothing(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	const struct broker_request ask = kept_verified(s, OLD, "o");

	(void)state;
	broker_ticket_note_right(
	    s, 0, "", METHOD_NONE); /* no receipt has come */
	kept_refused(s, BROKER_FINISH, &ask,
	    "ends a verification whose code was not right");
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(broker_enrol_note_finished(s, METHOD_TOTP, 1), 1);
	assert_int_equal(broker_enrol_note_finished(s, METHOD_PUSH, 1), 1);
	assert_int_equal(broker_enrol_note_finished(s, METHOD_SMS, 0), 0);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
}

static void
no_begin(const char *user, const char *own, uid_t uid, bool no_self)
{
	struct broker_session *s = comes(user, own, uid, no_self);
	struct broker_request ask = kept_any_ask();

	ask.user = user;
	kept_refused(s, BROKER_BIND, &ask, NO_BEGIN);
	kept_refused(s, BROKER_RECORD, &ask, NO_BEGIN);
	kept_refused(s, BROKER_ENROL_OPEN, &ask, NO_BEGIN);
	kept_refused(s, BROKER_ENROL_COMMIT, &ask, NO_BEGIN);
}

/* Only of the uid's one account, and of no service that speaks for others. */
static void
who_has_no_such_purpose(void **state)
{
	(void)state;
	no_begin("alice", "", 0, false);
	no_begin("alice", "bob", UID, false);
	no_begin("root", "alice", UID, false);
	no_begin("alice", "", UID, false);
	no_begin("alice", "alice", UID, true);
	kept_conf.socket_uid[kept_conf.socket_uids++] = UID;
	no_begin("alice", "alice", UID, false);
	no_begin("bob", "alice", UID, false);
}

/* Binds, and can change nothing. */
static void
closed(void)
{
	struct broker_session *s = of_user("alice", UID);

	s->enrol.shown = true;
	s->enrol.told = 7;
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
}

static void
whose_phone_is_not_changed(void **state)
{
	(void)state;
	kept_record("alice", "uid = 1004; phone = \"" OLD "\";");
	closed();
	kept_record("alice", "phone = \"" OLD "\"; enabled = false;");
	closed();
	kept_record("alice", "phone = \"" OLD "\"; left = true;");
	closed();
	kept_record("alice", "email = \"a@example.org\";");
	closed();
	kept_record("alice",
	    "phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER
	    "\"; } );");
	closed();
	kept_record("alice", "");
	kept_conf.allowed_prefixes.count = 0;
	closed();
	kept_conf.allowed_prefixes.count = 1;
	PRINT_TO(kept_conf.provider[0].scheme, "%s", "http");
	closed();
	assert_int_equal(kept_enrolled(), 0);
}

/* Nor a code that a login at user.sock has sent by email, in a row of the
 * phone.
 */
static void
a_code_by_email(void **state)
{
	struct broker_session *s;
	struct facts facts = kept_facts("alice");
	struct broker_request ask = kept_call(CALL_START, METHOD_EMAIL, "");
	const struct broker_request bind = kept_any_ask();

	(void)state;
	kept_type.next_method = NULL; /* else it is refused at once */
	kept_record("alice",
	    "uid = 1003; phone = \"" OLD "\"; email = \"a@example.org\"; "
	    "channels = [\"sms\", \"email\"];");
	s = comes("alice", "alice", UID, false);
	facts.first_factor = FIRST_PASSWORD_SEEN;
	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &bind), 0);
	ask.claim.key.receiver = "a@example.org";
	ask.claim.method = METHOD_EMAIL;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_DONE, "e");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
	ask.request_id = ask.started.request_id = "e";
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	s = of_user("alice", UID);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(s, BROKER_END, &ask), 0);
	ask.claim.key.receiver = OLD;
	ask.claim.method = METHOD_SMS;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
}

static bool
by_receiver(const struct provider_conf *p)
{
	(void)p;
	return true;
}

/* Nor a code of a gateway's receiver: who runs that reads it, and no phone gets
 * a notice. */
static void
a_code_of_a_gateway(void **state)
{
	static const char *const changes[] = { PURPOSE_SELF_APP,
		PURPOSE_SELF_CODES };
	const struct broker_request none = { .id = 0 };
	struct broker_session *s;

	(void)state;
	kept_type.own_code = true;
	kept_type.by_receiver = by_receiver;
	kept_record("alice", "uid = 1003; receiver = \"topic\";");
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		request = changes[i];
		s = of_user("alice", UID);
		s->enrol.shown = true;
		assert_int_equal(
		    kept_does(s,
			i == 0 ? BROKER_ENROL_SECRET : BROKER_ENROL_COMMIT,
			&none),
		    0);
	}
}

/* At no purpose is its user bound to the receivers of the account that had the
 * name before. */
static void
a_record_of_another_uid(void **state)
{
	struct facts facts = kept_facts("alice");
	const struct broker_request bind = kept_any_ask();
	struct broker_session *s;

	(void)state;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	for (int uid = 1003; uid < 1005; uid++) {
		s = comes("alice", "alice", (uid_t)uid, false);
		kept_says(s, &facts);
		assert_int_equal(kept_does(s, BROKER_BIND, &bind), 0);
		assert_string_equal(s->record.phone, uid == 1003 ? OLD : "");
		assert_false(s->enrol.absent);
	}
}

/* Neither an app, nor codes on paper, nor another's phone. */
static void
other_factors(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	kept_app(s, code);
	ask.number = code;
	kept_refused(s, BROKER_TOTP, &ask, "has no app that its rule accepts");
	ask = kept_any_ask();
	ask.claim.key.receiver = OTHER;
	kept_refused(s, BROKER_CLAIM, &ask,
	    "names a receiver that its login is not bound to");
}

/* Nor of the people who share the account. */
static void
shared_by_people(void **state)
{
	struct broker_session *s = comes("box", "box", UID, false);
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("box", KEPT_PEOPLE);
	kept_record("bob", "phone = \"" OTHER "\";");
	ask.user = "bob";
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	assert_string_equal(s->record.phone, OTHER);
	assert_string_equal(s->enrol.before, "");
	s->enrol.shown = true;
	s->enrol.told = 7;
	assert_int_equal(kept_enrol_open(s, NEW), 0);
}

static void
changed_meanwhile(void **state)
{
	struct broker_session *a = of_user("alice", UID), *b;

	(void)state;
	kept_proves(a, OLD, "o");
	assert_int_equal(kept_enrol_open(a, NEW), 1);
	kept_proves(a, NEW, "n");
	kept_record(
	    "alice", "uid = 1003; phone = \"" OLD "\"; language = \"de\";");
	assert_int_equal(kept_enrol_commit(a, UID), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
	a = of_user("alice", UID);
	b = of_user("alice", UID);
	kept_proves(a, OLD, "p");
	kept_proves(b, OLD, "q");
	assert_int_equal(kept_enrol_open(a, NEW), 1);
	assert_int_equal(kept_enrol_open(b, OTHER), 1);
	kept_proves(a, NEW, "r");
	kept_proves(b, OTHER, "s");
	assert_int_equal(kept_enrol_commit(b, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(a, UID), BROKER_ENROLLED_BEFORE);
	assert_string_equal(next_of("alice"), OTHER);
}

/* An administrator's acts end what has begun, though the text is the same. */
static void
written_again_meanwhile(void **state)
{
	static const char own[] = "uid = 1003; phone = \"" OLD "\";";
	struct broker_session *a;

	(void)state;
	kept_record("alice", own);
	a = of_user("alice", UID);
	kept_proves(a, OLD, "o");
	assert_int_equal(kept_enrol_open(a, NEW), 1);
	kept_proves(a, NEW, "n");
	kept_record("alice", "uid = 1003; enabled = false;");
	kept_record("alice", own);
	assert_int_equal(kept_enrol_commit(a, UID), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
}

static void
another_users_number(void **state)
{
	struct broker_session *s = of_user("alice", UID);

	(void)state;
	kept_record("bob", "phone = \"" NEW "\";");
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

/* An invitation. */

static void
makes_code(const char *code, unsigned use)
{
	const char *const one[] = { code };
	struct store_recovery bypass = { .use = use, .until = 4 * HOUR };
	struct store *own = box_open(kept_box);

	PRINT_TO(bypass.by, "%s", "root why");
	store_time_wall(WALL - 2 * HOUR);
	assert_int_equal(store_recovery_set(own, "alice", one, 1, &bypass), 0);
	store_time_wall(WALL);
	store_close(own);
}

/* Or 0, where no code counts. */
static int64_t
typed_as(struct broker_session *s, enum broker_op op, const char *code)
{
	struct broker_request ask = { .hashes = 0 };

	ask.hashes = (size_t)kept_does(s, BROKER_RECOVERY_LIST, &ask);
	assert_true(ask.hashes <= STORE_CODES_MAX);
	memcpy(ask.hash, kept_got.hash, sizeof(ask.hash));
	for (size_t i = 0; i < ask.hashes; i++)
		assert_int_equal(recovery_code_hash(
				     ask.hash[i].salt, code, ask.hash[i].hash),
		    0);
	return ask.hashes > 0 ? kept_does(s, op, &ask) : 0;
}

/* A new invitation, which has let in so long ago. */
static void
invited(int64_t ago_s)
{
	struct broker_session *s = at_root("alice");

	(void)box_sql(kept_box, "DELETE FROM recovery");
	makes_code(invitation, RECOVERY_USE_BOTH);
	store_time_wall(WALL - ago_s);
	assert_int_equal(typed_as(s, BROKER_RECOVERY_CLAIM, invitation), 1);
	store_time_wall(WALL);
}

static int64_t
types(struct broker_session *s)
{
	return typed_as(s, BROKER_ENROL_OPEN, invitation);
}

/* It has let a login in, within the hour, at one of root's services. */
static void
by_an_invitation(void **state)
{
	struct broker_session *s;

	(void)state;
	makes_code(invitation, RECOVERY_USE_BOTH); /* used by no login */
	assert_int_equal(types(of_user("alice", UID)), 0);
	invited(HOUR + 1);
	assert_int_equal(types(of_user("alice", UID)), 0);
	invited(-1);
	assert_int_equal(types(of_user("alice", UID)), 0);
	invited(60);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	store_time_wall(WALL + HOUR);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	store_time_wall(WALL);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "m");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_string_equal(phone_of("alice"), NEW);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM recovery"), 0);
}

/* Where a provider sends texts of ours, the old phone's owner is told. */
static void
the_owner_is_told(void **state)
{
	struct broker_session *s;
	struct broker_request ask, said;
	/* no message, or perhaps none */
	const unsigned vain[] = { BROKER_NOT_DONE, BROKER_UNSURE,
		BROKER_UNSURE | BROKER_DOWN };
	enum event each[] = { EVENT_NUMBER_CHANGED, EVENT_SHUT,
		EVENT_NUMBER_CHANGING };

	(void)state;
	kept_type.own_code = true;
	for (size_t i = 0; i < 3; i++) {
		s = of_user("alice", UID);
		s->enrol.shown = true;
		ask = kept_any_ask();
		ask.message.alert = true;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		said = kept_call(CALL_START, METHOD_SMS, "");
		said.call.ctx.event = each[i];
		assert_int_equal(kept_does(s, BROKER_TICKET, &said), 1);
		assert_int_equal(kept_enrol_open(s, NEW), 0);
		for (size_t n = 0; i == 2 && n < 3; n++) {
			said = kept_receipt(s, &said, vain[n], "");
			assert_int_equal(
			    kept_does(s, BROKER_RECEIPT, &said), 0);
			assert_int_equal(kept_enrol_open(s, NEW), 0);
			if (n > 0)
				assert_int_equal(
				    kept_does(s, BROKER_SEND_TAKE, &ask),
				    SEND_TAKEN);
			said = kept_call(CALL_START, METHOD_SMS, "");
			said.call.ctx.event = each[i];
			assert_int_equal(kept_does(s, BROKER_TICKET, &said), 1);
		}
		said = kept_receipt(s, &said, BROKER_DONE, "a");
		assert_int_equal(kept_does(s, BROKER_RECEIPT, &said), 0);
		assert_int_equal(kept_enrol_open(s, NEW), i == 2);
	}
	assert_int_equal(kept_enrolled(), 0);
}

/* A user without a file, by the password. */
static void
carol_enrols(void)
{
	const struct store_enrolment e = { .user = "carol",
		.text = "uid = 1003;\nphone = \"" OLD "\";\n",
		.phone = OLD,
		.by = "window" };
	struct store *own = box_open(kept_box);
	char path[ENROLLED_PATH];
	FILE *mark;

	kept_record("alice", "phone = \"" OTHER "\";");
	assert_int_equal(store_enrol(own, &e), STORE_ENROLLED_DONE);
	store_close(own);
	PRINT_TO(path, "%s/" SETTINGS_ENROLLED_FILE, kept_conf.state_dir);
	mark = fopen(path, "w");
	assert_non_null(mark);
	assert_int_equal(fclose(mark), 0);
}

/* A user who enrolled at a login has no file. */
static void
without_a_file(void **state)
{
	struct broker_session *s;

	(void)state;
	carol_enrols();
	s = of_user("carol", UID);
	assert_string_equal(s->enrol.before, OLD);
	changes_phone(s);
	assert_int_equal(kept_enrolled(), 1);
	assert_string_equal(phone_of("carol"), OLD);
	assert_string_equal(next_of("carol"), NEW);
}

/* An administrator removes it, and the user enrols anew: what has begun before
 * ends, though the text is the same. */
static void
enrolled_anew_meanwhile(void **state)
{
	struct broker_session *s;
	struct store *own;

	(void)state;
	for (int codes = 0; codes < 2; codes++) {
		request = codes ? PURPOSE_SELF_CODES : PURPOSE_SELF_PHONE;
		carol_enrols();
		s = of_user("carol", UID);
		kept_proves(s, OLD, codes ? "p" : "o");
		if (!codes) {
			assert_int_equal(kept_enrol_open(s, NEW), 1);
			kept_proves(s, NEW, "n");
		}
		own = box_open(kept_box);
		assert_int_equal(store_record_remove(own, "carol", NULL), 1);
		store_close(own);
		carol_enrols();
		assert_int_equal(
		    kept_enrol_commit(s, UID), BROKER_ENROLLED_BEFORE);
		assert_string_equal(next_of("carol"), "");
		own = box_open(kept_box);
		assert_int_equal(store_record_remove(own, "carol", NULL), 1);
		store_close(own);
	}
}

/* A login of bob by a service of uid 33, which speaks for all users. */
static struct broker_session *
by_a_service(const char *user)
{
	struct broker_session *s = kept_opened();
	struct facts facts = kept_facts(user);
	struct broker_request ask = kept_any_ask();

	kept_conf.socket_uid[0] = 33;
	kept_conf.socket_uids = 1;
	facts.service = "web";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	s->peer.uid = 33;
	PRINT_TO(s->own, "%s", "www-data");
	kept_says(s, &facts);
	ask.user = user;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* A program that has read the invitation uses it at user.sock, where it needs
 * no password; then its user is let in by another code. */
static void
an_invitation_that_let_in_nobody(void **state)
{
	static const char another[] = "ABCDEFGH2345WXY9";

	(void)state;
	makes_code(invitation, RECOVERY_USE_BOTH);
	makes_code(another, RECOVERY_USE_LOGIN);
	assert_int_equal(
	    typed_as(by_a_service("alice"), BROKER_RECOVERY_CLAIM, invitation),
	    1);
	kept_conf.socket_uids = 0;
	assert_int_equal(
	    typed_as(at_root("alice"), BROKER_RECOVERY_CLAIM, another), 1);
	assert_int_equal(types(of_user("alice", UID)), 0);
}

/* Nor by a clock that is set back a little. */
static void
an_invitation_at_a_service_and_the_clock(void **state)
{
	(void)state;
	makes_code(invitation, RECOVERY_USE_BOTH);
	assert_int_equal(
	    typed_as(by_a_service("alice"), BROKER_RECOVERY_CLAIM, invitation),
	    1);
	kept_conf.socket_uids = 0;
	store_time_wall(WALL - 10);
	assert_int_equal(types(of_user("alice", UID)), 0);
	store_time_wall(WALL);
}

/* A verification of the new number: 1 sent, 2 runs, 3 spent. */
static void
verifies(int how, const char *id)
{
	struct broker_session *s = of_user("alice", UID);
	struct broker_request ask = kept_any_ask();

	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	ask.claim.key.receiver = ask.message.counted_as = NEW;
	ask.number = ask.started.number = NEW;
	ask.request_id = ask.started.request_id = id;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	if (how > 0) {
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
		kept_called(s, CALL_START, METHOD_SMS, "", id);
	}
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
	struct broker_session *bob, *carol;
	const struct facts facts = kept_facts("carol");
	struct broker_request ask = kept_any_ask();
	char id[8];

	(void)state;
	for (int how = 0; how < 8; how++) {
		PRINT_TO(id, "k%d", how);
		kept_record("bob", "phone = \"" NEW "\";");
		verifies(how / 2, id);
		if (how % 2 == 0) {
			bob = by_a_service("bob");
		} else {
			bob = kept_bound("bob");
			kept_reaches(bob, NEW, "");
		}
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
		(void)box_sql(kept_box, "DELETE FROM send");
	}
	/* nor one who enrols at a service of root's */
	verifies(0, "e");
	kept_conf.unenrolled_enrol = true;
	kept_conf.self_enrol_until = kept_conf.today = TWOFA_DAY + 1u;
	carol = kept_opened();
	kept_says(carol, &facts);
	ask.user = "carol";
	assert_int_equal(kept_does(carol, BROKER_BIND, &ask), 0);
	assert_int_equal(kept_enrol_open(carol, NEW), 1);
	assert_int_equal(claims(carol), CLAIM_NEW);
	(void)box_sql(kept_box, "DELETE FROM verification");
	/* an enrolment at root's service is not another uid's to end */
	kept_record("bob", "phone = \"" NEW "\";");
	verifies(1, "r");
	(void)box_sql(kept_box, "UPDATE verification SET socket = 0");
	assert_int_equal(claims(by_a_service("bob")), CLAIM_OTHER);
}

/* Of a phone that an admin has replaced since, though the former is back. */
static void
ended_for_good(void **state)
{
	struct broker_session *s = of_user("alice", UID);

	(void)state;
	changes_phone(s);
	kept_record("alice", "uid = 1003; phone = \"" OTHER "\";");
	assert_string_equal(phone_of("alice"), OTHER);
	kept_record("alice", "uid = 1003; phone = \"" OLD "\";");
	assert_string_equal(phone_of("alice"), OLD);
	assert_string_equal(next_of("alice"), "");
}

/* Who enrols and changes uses up no other's messages of the day. */
static void
anothers_messages(void **state)
{
	struct broker_session *s;
	struct broker_request ask;
	unsigned taken = 0;
	char name[8];

	(void)state;
	kept_conf.sends.number_day = 15;
	kept_conf.sends.other_hour = 3;
	kept_record("bob", "phone = \"" NEW "\";");
	for (unsigned u = 0; u < 8; u++)
		for (unsigned n = 0; n < 2; n++) {
			PRINT_TO(name, "u%u", u);
			kept_record(name, "phone = \"" OLD "\";");
			s = of_user(name, UID + u);
			s->enrol.shown = true;
			assert_int_equal(kept_enrol_open(s, NEW), 1);
			ask = kept_any_ask();
			ask.message.counted_as = NEW;
			taken +=
			    kept_does(s, BROKER_SEND_TAKE, &ask) == SEND_TAKEN;
		}
	assert_int_equal(taken, LIMITS_ENROL_HOUR);
	s = kept_bound("bob");
	kept_reaches(s, NEW, "");
	ask = kept_any_ask();
	ask.message.counted_as = NEW;
	for (unsigned n = 0; n < 15 - LIMITS_ENROL_HOUR; n++)
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
}

/* A message to the old phone that may have failed makes none to the new number
 * count less. */
static void
counts_in_full(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	struct broker_request ask = kept_any_ask();

	(void)state;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = ticket(s, CALL_START, "");
	ask = kept_receipt(s, &ask, BROKER_UNSURE | BROKER_DOWN, "");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_conf.sends.other_hour = 1;
	ask = kept_any_ask();
	ask.message.counted_as = NEW;
	ask.message.carried = CARRIED_INSTEAD;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_WAIT);
}

/* An app. */

#define APP "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK"

static const struct user_record *
record_of(const char *user)
{
	const char *phone = phone_of(user);

	return (const struct user_record *)(const void *)((const char *)phone -
	    offsetof(struct user_record, phone));
}

static void
has_app(const char *base32, bool waits)
{
	const struct user_record *r = record_of("alice");

	assert_string_equal(r->app[0].secret.b, base32);
	assert_int_equal(r->app_waits, waits);
	assert_true(r->app_changed_at > 0);
	assert_string_equal(r->phone, OLD);
}

/* A file of alice's with this phone and an admin's app. */
static void
with_app(const char *phone)
{
	char path[64], text[160];

	PRINT_TO(path, "%s/alice.totp", kept_conf.users_dir);
	kept_secret_file(path, APP);
	PRINT_TO(text, "uid = 1003; phone = \"%s\"; totp_secret_file = \"%s\";",
	    phone, path);
	kept_record("alice", text);
}

static void
an_app_by_the_phone(void **state)
{
	struct broker_session *s;
	struct secret secret;
	char command[400];

	(void)state;
	request = PURPOSE_SELF_APP;
	s = of_user("alice", UID);
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	PRINT_TO(command, "grep -qaF %s %s*", secret.b, kept_box->path);
	assert_int_not_equal(system(command), 0);
	has_app("", true);
	/* the phone changes beside it */
	request = PURPOSE_SELF_PHONE;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "p");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrolled(), 1);
	assert_string_equal(next_of("alice"), NEW);
	has_app("", true);
	/* another app in its place */
	request = PURPOSE_SELF_APP;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "q");
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrolled(), 1);
	has_app("", true);
	assert_string_equal(next_of("alice"), NEW);
	with_app(OLD); /* an admin's, later */
	assert_string_equal(record_of("alice")->app[0].secret.b, APP);
	assert_false(record_of("alice")->app_waits);
	assert_string_equal(next_of("alice"), NEW);
	/* and an admin's other phone ends all */
	kept_record("alice", "uid = 1003; phone = \"" OTHER "\";");
	assert_string_equal(phone_of("alice"), OTHER);
	assert_int_equal(kept_enrolled(), 0);
}

/* By an admin's app, though that is taken away again. */
static void
an_app_ended_for_good(void **state)
{
	struct broker_session *s;
	struct secret secret;

	(void)state;
	for (int with_phone = 0; with_phone < 2; with_phone++) {
		if (with_phone) {
			request = PURPOSE_SELF_PHONE;
			changes_phone(of_user("alice", UID));
		}
		request = PURPOSE_SELF_APP;
		s = of_user("alice", UID);
		kept_proves(s, OLD, with_phone ? "q" : "p");
		assert_int_equal(kept_enrol_secret(s, &secret), 1);
		assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
		assert_int_equal(
		    kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
		has_app("", true);
		with_app(OLD);
		assert_string_equal(record_of("alice")->app[0].secret.b, APP);
		kept_record("alice", "uid = 1003; phone = \"" OLD "\";");
		assert_int_equal(record_of("alice")->app_changed_at, 0);
		assert_string_equal(next_of("alice"), with_phone ? NEW : "");
	}
}

/* Who logs in to change the phone ends it so, and goes on. */
static void
an_app_ended_by_who_changes_the_phone(void **state)
{
	struct broker_session *s;
	struct secret secret;

	(void)state;
	changes_phone(of_user("alice", UID));
	request = PURPOSE_SELF_APP;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "p");
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	with_app(OLD);
	request = PURPOSE_SELF_PHONE;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "q");
	assert_int_equal(kept_enrol_open(s, OTHER), 1);
	kept_proves(s, OTHER, "r");
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_string_equal(next_of("alice"), OTHER);
}

/* Neither by a text nor by its own code. */
static void
an_app_is_replaced_by_an_invitation(void **state)
{
	struct broker_session *s;
	struct broker_request ask = { .number = "123456" };
	struct secret secret;

	(void)state;
	request = PURPOSE_SELF_APP;
	with_app(OLD);
	s = of_user("alice", UID);
	assert_string_equal(s->record.app[0].secret.b, APP);
	kept_refused(s, BROKER_TOTP, &ask, "has no app that its rule accepts");
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
	invited(60);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	has_app(secret.b, false);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM recovery"), 0);
}

/* Though an admin sets another phone, which ends a change of phones alone: the
 * app that was replaced may be in others' hands. */
static void
an_app_stays_replaced(void **state)
{
	struct broker_session *s;
	struct secret secret;

	(void)state;
	with_app(OLD);
	changes_phone(of_user("alice", UID));
	invited(60);
	request = PURPOSE_SELF_APP;
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	has_app(secret.b, false);
	with_app(OTHER);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(phone_of("alice"), OTHER);
		assert_string_equal(
		    record_of("alice")->app[0].secret.b, secret.b);
		assert_string_equal(next_of("alice"), "");
	}
	with_app(OLD); /* nor do the phones come back */
	assert_string_equal(next_of("alice"), "");
	has_app(secret.b, false);
}

static void
whose_app_is_not_changed(void **state)
{
	static const char *const each[] = { "uid = 1004; phone = \"" OLD "\";",
		"phone = \"" OLD "\"; enabled = false;",
		"phone = \"" OLD "\"; authy_id = \"1\";",
		"phone = \"" OLD "\"; push_identity = \"abcdefgh\"; totp_factor"
		" = \"YF00000000000000000000000000000000\";" };
	struct broker_session *s;
	struct secret secret;

	(void)state;
	request = PURPOSE_SELF_APP;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		kept_record("alice", "phone = \"" OLD "\";");
		invited(60);
		kept_record("alice", each[i]);
		s = of_user("alice", UID);
		s->enrol.shown = true;
		s->enrol.told = 7;
		assert_int_equal(kept_does(s, BROKER_RECOVERY_LIST,
				     &(struct broker_request){ 0 }),
		    1);
		s->enrol.invitation = kept_got.hash[0];
		assert_int_equal(recovery_code_hash(kept_got.hash[0].salt,
				     invitation, s->enrol.invitation.hash),
		    0);
		if (kept_enrol_secret(s, &secret) != 0 ||
		    kept_enrol_commit(s, UID) != BROKER_ENROLLED_NO)
			fail_msg("%s", each[i]);
	}
	kept_record("alice", "phone = \"" OLD "\";");
	for (size_t i = 0; i < kept_conf.rule_count; i++)
		kept_conf.rule[i].action = ACTION_REQUIRE;
	kept_conf.rule[0].methods = METHOD_BIT(METHOD_TOTP);
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
	kept_conf.rule[0].methods = METHOD_ALL;
	assert_int_equal(kept_enrol_secret(s, &secret), 1);
	kept_record("alice", "phone = \"" OLD "\"; language = \"de\";");
	assert_int_equal(kept_enrol_code(s, &secret, 0), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
}

/* Of a BEGIN that lets nobody answer nothing is kept: what would be asked for
 * is not looked for there. */
static void
without_a_conversation(void **state)
{
	static const char *const each[] = { PURPOSE_SELF_PHONE,
		PURPOSE_SELF_APP, PURPOSE_SELF_CODES };
	struct broker_session *s;
	struct secret secret;

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		request = each[i];
		converses = false;
		s = of_user("alice", UID);
		converses = true;
		s->enrol.shown = true;
		s->enrol.told = 7;
		assert_int_equal(kept_enrol_open(s, NEW), 0);
		assert_int_equal(kept_enrol_secret(s, &secret), 0);
		assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	}
	assert_int_equal(kept_enrolled(), 0);
}

/* The one that BEGIN asks for. */
static void
one_change_a_login(void **state)
{
	struct broker_session *s = of_user("alice", UID);
	struct secret secret;

	(void)state;
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(user_record_apps(record_of("alice")), 0);
	request = PURPOSE_SELF_APP;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "a");
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	request = PURPOSE_SELF_CODES;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "c");
	assert_int_equal(kept_enrol_open(s, OTHER), 0);
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
}

/* Of several phones. */

#define THIRD "+12025550144"
#define PHONES(more)                                                           \
	"phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER            \
	"\"; }" more " );"

/* At root's service. */
static void
has_phones(const char *now, const char *next)
{
	char list[USER_PHONES_TEXT];

	user_phones_text(record_of("alice"), list);
	assert_string_equal(list, now);
	assert_string_equal(next_of("alice"), next);
}

/* Changes it by the first of the phones, or at once by an invitation; "": it
 * goes. */
static void
changes_one(const char *asked, const char *number, const char *id)
{
	struct broker_session *s;

	request = asked;
	if (id == NULL)
		invited(60);
	s = of_user("alice", UID);
	if (id == NULL)
		assert_int_equal(types(s), 1);
	else
		kept_proves(s, s->record.phone, id);
	if (number[0] != '\0') {
		assert_int_equal(kept_enrol_open(s, number), 1);
		assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
		kept_proves(s, number, number);
	}
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 1);
}

/* Each change is of those that count, and takes the place of one that waits. */
static void
one_of_several(void **state)
{
	(void)state;
	kept_record("alice", PHONES(""));
	changes_one("phone2", NEW, "a");
	has_phones(OLD "," OTHER, OLD "," NEW);
	changes_one("phone+", NEW, "b");
	has_phones(OLD "," OTHER, OLD "," OTHER "," NEW);
	changes_one("phone+", NEW, NULL);
	has_phones(OLD "," OTHER "," NEW, OLD "," OTHER "," NEW);
	changes_one("remove2", "", "c");
	has_phones(OLD "," OTHER "," NEW, OLD "," NEW);
	changes_one("remove2", "", NULL);
	changes_one("remove1", "", NULL);
	has_phones(NEW, NEW);
	changes_one("phone", THIRD, "d");
	has_phones(NEW, THIRD);
	kept_record("alice", PHONES(", { number = \"" THIRD "\"; }"));
	has_phones(OLD "," OTHER "," THIRD, "");
	assert_int_equal(kept_enrolled(), 0);
}

/* Which there is not, or too many, or on which the user depends. */
static void
which_is_not_changed(void **state)
{
	static const struct {
		const char *record, *request;
	} each[] = { { "", "phone2" }, { "", "remove1" }, { "", "remove2" },
		{ PHONES(""), "phone" }, { PHONES(""), "phone3" },
		{ PHONES(""), "remove3" },
		{ PHONES(", { number = \"" THIRD "\"; }"), "phone+" },
		{ PHONES(", { number = \"" THIRD "\"; voice = true; }"),
		    "phone" },
		{ "phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER
		  "\"; voice = true; } ); channels = [\"sms\", \"voice\"];",
		    "remove1" },
		{ "phones = ( { number = \"" OLD
		  "\"; }, { number = \"+442079460000\"; } );",
		    "remove1" },
		{ "email = \"a@example.org\";", "phone+" } };

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		kept_record("alice", each[i].record);
		request = each[i].request;
		closed();
	}
	/* what they have already */
	kept_record("alice", PHONES(""));
	request = "phone+";
	for (int i = 0; i < 2; i++) {
		struct broker_session *s = of_user("alice", UID);

		s->enrol.shown = true;
		assert_int_equal(kept_enrol_open(s, i == 0 ? OLD : OTHER), 0);
	}
}

/* The one that goes proves nothing, whatever a worker says. */
static void
the_one_that_goes(void **state)
{
	static const char receiver[] =
	    "names a receiver that its login is not bound to";
	struct broker_session *s;
	struct broker_request ask = kept_any_ask();
	struct secret secret;

	(void)state;
	kept_record("alice", PHONES(""));
	request = "remove2";
	s = of_user("alice", UID);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	s = of_user("alice", UID);
	ask.claim.key.receiver = OTHER;
	kept_refused(s, BROKER_CLAIM, &ask, receiver);
	s = of_user("alice", UID);
	ask = kept_any_ask();
	ask.claim.key.other[0] = OTHER;
	kept_refused(s, BROKER_CLAIM, &ask, receiver);
	s = of_user("alice", UID);
	ask = kept_any_ask();
	ask.message.counted_as = OTHER;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	ask.call.ctx.phone_at = 1;
	kept_refused(
	    s, BROKER_TICKET, &ask, "calls the phone that is to be removed");
	/* nor is a code of it checked as if that told of an event */
	s = of_user("alice", UID);
	ask = kept_verified(s, OLD, "v");
	assert_int_equal(kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask = kept_call(CALL_CHECK, METHOD_SMS, "v");
	ask.call.ctx.phone_at = 1;
	ask.call.ctx.event = EVENT_NUMBER_CHANGING;
	kept_refused(s, BROKER_TICKET, &ask, "tells of an event by no message");
	request = "remove1";
	s = of_user("alice", UID);
	ask = kept_any_ask();
	kept_refused(s, BROKER_CLAIM, &ask, receiver);
	/* nor is anything else changed */
	(void)box_sql(kept_box, "DELETE FROM verification");
	request = "remove2";
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(kept_enrol_secret(s, &secret), 0);
	kept_record("alice", PHONES(", { number = \"" THIRD "\"; }"));
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_BEFORE);
	assert_int_equal(kept_enrolled(), 0);
}

/* A message of this event, or a code, to this phone of the record. */
static void
calls(struct broker_session *s, unsigned phone, const char *number,
    enum event event, const char *id)
{
	struct broker_request ask = kept_any_ask();

	ask.message.alert = event != EVENT_NONE;
	ask.message.counted_as = number;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	ask.call.ctx.event = event;
	ask.call.ctx.phone_at = phone;
	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_DONE, id);
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

/* A number that stays, as the record has it twice, proves as much as before. */
static void
one_of_a_number_twice_goes(void **state)
{
	struct broker_session *s;
	struct store *own;

	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		own = box_open(kept_box);
		assert_int_equal(store_record_remove(own, "alice", NULL), at);
		store_close(own);
		kept_record("alice",
		    "phones = ( { number = \"" OLD "\"; }, { number = \"" OLD
		    "\"; }, { number = \"" OTHER "\"; } );");
		request = at == 0 ? "remove1" : "remove2";
		s = of_user("alice", UID);
		assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
		s = of_user("alice", UID);
		kept_proves(s, OLD, at == 0 ? "a" : "b");
		assert_int_equal(
		    kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
		has_phones(OLD "," OLD "," OTHER, OLD "," OTHER);
	}
}

/* Nor by a login of the user's that joins, and sends the next code there. */
static void
the_one_that_goes_joins(void **state)
{
	struct facts facts = kept_facts("alice");
	struct broker_session *s, *other = kept_opened();
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_record("alice", PHONES(""));
	request = "remove2";
	s = of_user("alice", UID);
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	calls(s, 0, OLD, EVENT_NONE, "r");
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	facts.service = "web";
	facts.first_factor = FIRST_PASSWORD_SEEN;
	other->peer.uid = UID;
	PRINT_TO(other->own, "alice");
	kept_says(other, &facts);
	assert_int_equal(kept_does(other, BROKER_BIND, &ask), 0);
	assert_int_equal(kept_does(other, BROKER_CLAIM, &ask), CLAIM_JOINED);
	assert_int_equal(kept_does(other, BROKER_REPLACE, &ask), 1);
	calls(other, 1, OTHER, EVENT_NONE, "w");
	ask.request_id = ask.started.request_id = "w";
	assert_int_equal(kept_does(other, BROKER_STARTED, &ask), 0);
	(void)kept_tries(s, ask.id);
	kept_called(s, CALL_CHECK, METHOD_SMS, "w", "w");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 0);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 0);
}

/* A notice to this phone of the record. */
static void
tells(struct broker_session *s, unsigned phone, const char *number,
    enum event event)
{
	calls(s, phone, number, event, "a");
}

/* All are told before: the one that goes, too. */
static void
all_are_told(void **state)
{
	static const char *const asked[] = { "remove2", "phone1", "phone+" };
	static const char *const phone[] = { OLD, OTHER };
	struct broker_session *s;

	(void)state;
	kept_type.own_code = true;
	kept_record("alice", PHONES(""));
	for (size_t i = 0; i < 6; i++) {
		request = asked[i / 2];
		s = of_user("alice", UID);
		s->enrol.shown = true;
		tells(s, i % 2, phone[i % 2], EVENT_NUMBER_CHANGING);
		if (i / 2 > 0)
			assert_int_equal(kept_enrol_open(s, NEW), 0);
		tells(s, 1 - i % 2, phone[1 - i % 2], EVENT_NUMBER_CHANGING);
		if (i / 2 > 0)
			assert_int_equal(kept_enrol_open(s, NEW), 1);
		else
			assert_int_equal(
			    kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
		(void)box_sql(kept_box, "DELETE FROM send");
	}
	request = "remove1";
	s = of_user("alice", UID);
	s->enrol.shown = true;
	tells(s, 1, OTHER, EVENT_NUMBER_CHANGING);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_NO);
}

/* By its own notice, whatever the worker counts and begins meanwhile. */
static void
another_is_told(void **state)
{
	struct broker_session *s;
	struct broker_request ask = kept_any_ask(), said;

	(void)state;
	kept_type.own_code = true;
	(void)kept_add_provider();
	kept_record("alice", PHONES(""));
	request = "phone+";
	s = of_user("alice", UID);
	s->enrol.shown = true;
	tells(s, 0, OLD, EVENT_NUMBER_CHANGING);
	ask.claim.key.provider = "two";
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.started.id = kept_got.row.id;
	ask.started.request_id = ".x";
	ask.started.code = "123456";
	ask.message.alert = true;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	said = kept_call(CALL_START, METHOD_SMS, "");
	said.call.ctx.event = EVENT_NUMBER_CHANGING;
	assert_int_equal(kept_does(s, BROKER_TICKET, &said), 1);
	ask.message.alert = false;
	ask.message.counted_as = OTHER;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_refused(
	    s, BROKER_STARTED, &ask, "starts a verification without a receipt");
	said = kept_receipt(s, &said, BROKER_DONE, "b");
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &said), 0);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
}

/* Behind a phone that takes calls alone. */
static void
the_second_is_told(void **state)
{
	struct broker_session *s;

	(void)state;
	kept_type.own_code = true;
	kept_record("alice",
	    "phones = ( { number = \"" OLD "\"; voice = true; }, { number = "
	    "\"" OTHER "\"; } );");
	request = "phone+";
	s = of_user("alice", UID);
	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	tells(s, 1, OTHER, EVENT_NUMBER_CHANGING);
	assert_int_equal(kept_enrol_open(s, NEW), 1);
}

/* An invitation, behind which it goes at once; two windows. */
static void
one_less_by_an_invitation(void **state)
{
	struct broker_session *s, *other;

	(void)state;
	kept_record("alice", PHONES(""));
	invited(60);
	request = "remove1";
	s = of_user("alice", UID);
	other = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(types(other), 1);
	assert_int_equal(kept_enrol_commit(s, UID), BROKER_ENROLLED_DONE);
	assert_int_equal(kept_enrol_commit(other, UID), BROKER_ENROLLED_BEFORE);
	has_phones(OTHER, OTHER);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM recovery"), 0);
}

/* No other user's may be one that its user has in the state beside the newest.
 */
static void
the_others_numbers(void **state)
{
	struct broker_session *s;

	(void)state;
	changes_one("phone+", NEW, NULL);
	changes_one("phone+", THIRD, NULL);
	kept_record("bob", "uid = 1004; phone = \"" OTHER "\";");
	request = "phone+";
	s = of_user("bob", 1004);
	s->enrol.shown = true;
	assert_int_equal(kept_enrol_open(s, NEW), 1);
	kept_proves(s, NEW, "n");
	assert_int_equal(kept_enrol_commit(s, 1004), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrolled(), 1);
}

/* Recovery codes. */

static char *got; /* from the reply */

static int64_t
renews(struct broker_session *s)
{
	int64_t result;

	free(got);
	got = NULL;
	result =
	    kept_does(s, BROKER_ENROL_COMMIT, &(struct broker_request){ 0 });
	got = kept_got.text;
	return result;
}

/* Codes that the user has; that let in, if from is a time. */
static int64_t
codes_of(const char *user, int64_t from)
{
	struct store *own = box_open(kept_box);
	struct store_recovery list[STORE_CODES_MAX];
	int64_t count;

	store_time_wall(from > 0 ? from : WALL);
	count = from > 0 ? store_recovery_list(own, user, list)
			 : store_recovery_count_codes(own, user);
	store_time_wall(WALL);
	store_close(own);
	return count;
}

static void
old_codes(const char *user)
{
	static const char *const code[] = { "ABCDEFGH2345WXY2",
		"ABCDEFGH2345WXY3" };
	struct store *own = box_open(kept_box);

	assert_int_equal(store_recovery_set(own, user, code, 2, NULL), 0);
	store_close(own);
}

/* The phone is asked for a day before they count; the old ones end at once. */
static void
codes_by_the_phone(void **state)
{
	struct broker_session *s;
	char code[RECOVERY_LEN + 1], one[RECOVERY_TEXT + 1];
	const size_t line = RECOVERY_TEXT + 1;

	(void)state;
	request = PURPOSE_SELF_CODES;
	old_codes("alice");
	old_codes("bob");
	assert_int_equal(renews(of_user("alice", UID)), BROKER_ENROLLED_NO);
	assert_null(got);
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	assert_int_equal(renews(s), BROKER_ENROLLED_DONE);
	assert_int_equal(strlen(got), RECOVERY_SELF * line - 1);
	for (size_t i = 0; i < RECOVERY_SELF; i++) {
		PRINT_TO(one, "%.19s", &got[i * line]);
		assert_true(recovery_code_normalise(one, code));
		assert_null(strstr(&got[i * line + 1], one));
	}
	assert_int_equal(codes_of("alice", 0), RECOVERY_SELF);
	assert_int_equal(codes_of("alice", WALL + 24 * HOUR - 1), 0);
	assert_int_equal(codes_of("alice", WALL + 24 * HOUR), RECOVERY_SELF);
	assert_int_equal(codes_of("bob", WALL), 2);
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	assert_int_equal(kept_enrol_open(s, NEW), 0);
	assert_int_equal(kept_enrolled(), 0);
}

/* A text, whose SIM may be another's, makes none where a rule takes no text. */
static void
codes_where_apps_alone_count(void **state)
{
	struct broker_session *s;

	(void)state;
	invited(60);
	request = PURPOSE_SELF_CODES;
	for (size_t i = 0; i < kept_conf.rule_count; i++)
		kept_conf.rule[i].action = ACTION_REQUIRE;
	kept_conf.rule[0].methods = METHOD_BIT(METHOD_TOTP);
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(renews(s), BROKER_ENROLLED_DONE);
}

/* Nor by a text that the user's own record does not list, of which no phone
 * would get a notice either. */
static void
codes_by_a_text_that_is_not_listed(void **state)
{
	struct broker_session *s;
	struct broker_request ask = kept_any_ask();

	(void)state;
	kept_type.own_code = true;
	request = PURPOSE_SELF_CODES;
	kept_record("alice",
	    "uid = 1003; phone = \"" OLD "\"; email = \"a@example.org\"; "
	    "channels = [\"email\"];");
	s = of_user("alice", UID);
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	ask = kept_call(CALL_START, METHOD_SMS, "");
	kept_refused(s, BROKER_TICKET, &ask,
	    "sends by a channel that its record does not have");
}

/* Used up by them, and they count at once. */
static void
codes_by_an_invitation(void **state)
{
	struct broker_session *s;

	(void)state;
	request = PURPOSE_SELF_CODES;
	makes_code(invitation, RECOVERY_USE_BOTH);
	assert_int_equal(types(of_user("alice", UID)), 0);
	invited(60);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	store_time_wall(WALL + HOUR);
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	store_time_wall(WALL);
	s = of_user("alice", UID);
	assert_int_equal(types(s), 1);
	assert_int_equal(renews(s), BROKER_ENROLLED_DONE);
	assert_int_equal(codes_of("alice", WALL), RECOVERY_SELF);
	s = of_user("alice", UID);
	assert_int_equal(
	    kept_does(s, BROKER_RECOVERY_LIST, &(struct broker_request){ 0 }),
	    RECOVERY_SELF);
	assert_int_equal(
	    box_sql(kept_box, "SELECT count(*) FROM recovery WHERE kind > 0"),
	    0);
}

/* The right words of another session, another change, another time. */
static void
codes_of_what_is_not_asked(void **state)
{
	struct broker_session *s = of_user("alice", UID);

	(void)state;
	kept_proves(s, OLD, "o");
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	request = "";
	s = of_user("alice", UID);
	s->enrol.shown = true;
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	request = PURPOSE_SELF_CODES;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "p");
	kept_record(
	    "alice", "uid = 1003; phone = \"" OLD "\"; language = \"de\";");
	assert_int_equal(renews(s), BROKER_ENROLLED_BEFORE);
	kept_record("alice", "uid = 1004; phone = \"" OLD "\";");
	s = of_user("alice", UID);
	s->enrol.shown = true;
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	kept_record("alice", "phone = \"" OLD "\"; enabled = false;");
	s = of_user("alice", UID);
	s->enrol.shown = true;
	assert_int_equal(renews(s), BROKER_ENROLLED_NO);
	assert_int_equal(codes_of("alice", 0), 0);
}

/* Each of several phones. */
static void
all_owners_are_told_of_codes(void **state)
{
	static const char *const phone[] = { OLD, OTHER };
	struct broker_session *s;

	(void)state;
	request = PURPOSE_SELF_CODES;
	kept_type.own_code = true;
	kept_record("alice", PHONES(""));
	s = of_user("alice", UID);
	s->enrol.shown = true;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(kept_enrol_open(s, NULL), 0);
		tells(s, i, phone[i], EVENT_CODES_MADE);
	}
	assert_int_equal(renews(s), BROKER_ENROLLED_DONE);
}

/* Many windows, and a state that fails. */

#define WINDOWS 50

static void
fifty_windows_on_one_invitation(void **state)
{
	struct broker_session *s[WINDOWS];
	char number[PHONE_MAX + 1];
	int64_t result;
	int done = 0;

	(void)state;
	invited(60);
	for (int i = 0; i < WINDOWS; i++) {
		request = i % 2 == 0 ? PURPOSE_SELF_PHONE : PURPOSE_SELF_CODES;
		PRINT_TO(number, "+1202555%04d", 200 + i);
		s[i] = of_user("alice", UID);
		assert_int_equal(types(s[i]), 1);
		if (i % 2 == 0)
			assert_int_equal(kept_enrol_open(s[i], number), 1);
		s[i]->enrol.proven = i % 2 == 0;
	}
	for (int i = WINDOWS - 1; i >= 0; i--) {
		result = renews(s[i]);
		assert_true(result != BROKER_ENROLLED_FAILED);
		done += result == BROKER_ENROLLED_DONE;
	}
	assert_int_equal(done, 1);
	assert_int_equal(
	    kept_enrolled() + codes_of("alice", 0) / RECOVERY_SELF, 1);
	assert_int_equal(
	    box_sql(kept_box, "SELECT count(*) FROM recovery WHERE kind > 0"),
	    0);
}

/* Another writer has it: nothing is changed, and the invitation is good. */
static void
a_state_that_is_locked(void **state)
{
	struct broker_session *s;
	sqlite3 *db;

	(void)state;
	invited(60);
	for (int i = 0; i < 2; i++) {
		request = i == 0 ? PURPOSE_SELF_PHONE : PURPOSE_SELF_CODES;
		s = of_user("alice", UID);
		assert_int_equal(types(s), 1);
		if (i == 0)
			assert_int_equal(kept_enrol_open(s, NEW), 1);
		s->enrol.proven = i == 0;
		assert_int_equal(sqlite3_open(kept_box->path, &db), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		    SQLITE_OK);
		s->deadline = frame_clock_ms() + 200;
		assert_int_equal(renews(s), BROKER_ENROLLED_FAILED);
		assert_null(got);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
	assert_int_equal(kept_enrolled(), 0);
	assert_int_equal(codes_of("alice", 0), 0);
	assert_int_equal(types(of_user("alice", UID)), 1);
}

/* As after a boot without a battery: a day from then would be over as soon as
 * the clock is set. */
static void
by_a_clock_that_is_not_set(void **state)
{
	struct broker_session *s;

	(void)state;
	kept_wall = 5 * DAY;
	store_time_wall(5 * DAY);
	s = of_user("alice", UID);
	kept_proves(s, OLD, "o");
	if (kept_enrol_open(s, NEW) == 1) {
		kept_proves(s, NEW, "n");
		(void)kept_enrol_commit(s, UID);
	}
	request = PURPOSE_SELF_CODES;
	s = of_user("alice", UID);
	kept_proves(s, OLD, "p");
	(void)kept_enrol_commit(s, UID);
	kept_wall = 0;
	store_time_wall(WALL);
	assert_string_equal(phone_of("alice"), OLD);
	assert_int_equal(codes_of("alice", 0), 0);
}

#define SELF(test)                                                             \
	cmocka_unit_test_setup_teardown(test, self_set_up, kept_tear_down)

BOX_TESTS(test_broker_self)
{
	const struct CMUnitTest tests[] = {
		SELF(by_the_phone),
		SELF(what_an_admin_does_last),
		SELF(what_was_read_before),
		SELF(what_was_read_before_a_wait),
		SELF(in_another_order),
		SELF(checked_once_more),
		SELF(its_word_proves_nothing),
		SELF(who_has_no_such_purpose),
		SELF(whose_phone_is_not_changed),
		SELF(a_code_by_email),
		SELF(a_code_of_a_gateway),
		SELF(a_record_of_another_uid),
		SELF(other_factors),
		SELF(shared_by_people),
		SELF(changed_meanwhile),
		SELF(written_again_meanwhile),
		SELF(another_users_number),
		SELF(by_an_invitation),
		SELF(an_invitation_that_let_in_nobody),
		SELF(an_invitation_at_a_service_and_the_clock),
		SELF(the_owner_is_told),
		SELF(without_a_file),
		SELF(enrolled_anew_meanwhile),
		SELF(keeps_no_owner_out),
		SELF(ended_for_good),
		SELF(anothers_messages),
		SELF(counts_in_full),
		SELF(an_app_by_the_phone),
		SELF(an_app_ended_for_good),
		SELF(an_app_ended_by_who_changes_the_phone),
		SELF(an_app_is_replaced_by_an_invitation),
		SELF(an_app_stays_replaced),
		SELF(whose_app_is_not_changed),
		SELF(without_a_conversation),
		SELF(one_change_a_login),
		SELF(one_of_several),
		SELF(which_is_not_changed),
		SELF(the_one_that_goes),
		SELF(one_of_a_number_twice_goes),
		SELF(the_one_that_goes_joins),
		SELF(all_are_told),
		SELF(another_is_told),
		SELF(the_second_is_told),
		SELF(one_less_by_an_invitation),
		SELF(the_others_numbers),
		SELF(codes_by_the_phone),
		SELF(codes_where_apps_alone_count),
		SELF(codes_by_a_text_that_is_not_listed),
		SELF(codes_by_an_invitation),
		SELF(codes_of_what_is_not_asked),
		SELF(all_owners_are_told_of_codes),
		SELF(fifty_windows_on_one_invitation),
		SELF(a_state_that_is_locked),
		SELF(by_a_clock_that_is_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
