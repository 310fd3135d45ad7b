/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who enrol at a login: what the server takes of a host, whatever that
 * host says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define HOUR 3600
#define MOST 20 /* of an hour, of one host */
#define NUMBER "+12025550142"
#define OTHER "+12025550143"
#define RECORD(number)                                                         \
	"phone = \"" number "\";\nchannels = [\"sms\", \"voice\"];\n"

#define APP(text) "totp_secret_file = \"" text "\";\nchannels = [\"totp\"];\n"
/* as fleet_seal_secret() writes one of 32 characters */
#define SEALED                                                                 \
	"sealed:1:"                                                            \
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"     \
	"MDEyMzQ1Njc4OTo7"

static unsigned char fleet[FLEET_SEAL_KEY] = "the fleet's own key of 32 bytes";
static struct store *web;   /* has the right */
static struct store *other; /* has it not */

static int
set_up(void **state)
{
	(void)box_to_postgres();
	store_time_now(NOW);
	store_time_wall(WALL);
	box_make_fleet(fleet);
	postgres_sql(
	    "UPDATE twofa.host SET enrols = true WHERE name = 'web01'");
	box_set_up(state);
	web = box_store_of(*state, "web01", fleet);
	other = box_store_of(*state, "web02", fleet);
	return 0;
}

static int
tear_down(void **state)
{
	store_close(web);
	store_close(other);
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return box_tear_down(state);
}

static enum store_enrolled
enrols(struct store *s, const char *user, const char *text)
{
	const struct store_enrolment e = { .user = user, .text = text };

	return store_enrol(s, &e);
}

static int64_t
rows(void)
{
	return postgres_sql("SELECT count(*) FROM twofa.record");
}

static void
has_record(struct store *s, const char *user, const char *wanted)
{
	char *text;

	assert_int_equal(store_record_read(s, user, &text), STORE_RECORD_FOUND);
	assert_string_equal(text, wanted);
	free(text);
}

static void
known_on_every_host(void **state)
{
	(void)state;
	assert_int_equal(store_enrol_may(web), 1);
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	has_record(web, "carol", RECORD(NUMBER));
	has_record(other, "carol", RECORD(NUMBER));
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.record WHERE by = "
			 "'twofa_web01 window' AND at = 1790000000"),
	    1);
	/* the answer was lost */
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	assert_int_equal(
	    enrols(web, "carol", RECORD(OTHER)), STORE_ENROLLED_BEFORE);
	has_record(web, "carol", RECORD(NUMBER));
}

static void
an_app(void **state)
{
	(void)state;
	assert_int_equal(
	    enrols(web, "carol", APP(SEALED)), STORE_ENROLLED_DONE);
	has_record(other, "carol", APP(SEALED));
	assert_int_equal(enrols(web, "dave", "uid = 1003;\n" APP(SEALED)),
	    STORE_ENROLLED_DONE);
	assert_int_equal(
	    enrols(other, "erin", APP(SEALED)), STORE_ENROLLED_REFUSED);
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_BEFORE);
}

static void
without_the_right(void **state)
{
	(void)state;
	assert_int_equal(store_enrol_may(other), 0);
	assert_int_equal(
	    enrols(other, "carol", RECORD(NUMBER)), STORE_ENROLLED_REFUSED);
	postgres_sql("UPDATE twofa.host SET disabled = now()");
	assert_int_equal(store_enrol_may(web), 0);
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_REFUSED);
	postgres_sql("DELETE FROM twofa.host");
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_REFUSED);
	assert_int_equal(rows(), 0);
}

/* A stolen host has the right, and adds a phone, nothing more. */
static void
a_text_of_its_own(void **state)
{
	static const char *const texts[] = {
		RECORD(NUMBER) "enabled = false;\n",
		APP(SEALED) RECORD(NUMBER),
		APP(SEALED) "enabled = false;\n",
		APP("/etc/twofa/secrets/root.totp"),
		APP("sealed:1:AAAA"),
		APP(SEALED "\"; phone = \"" NUMBER),
		"channels = [\"totp\"];\n",
		"sk_keys = \"\";\n" RECORD(NUMBER),
		"phone = \"" NUMBER "\";\nchannels = [\"totp\"];\n",
		"phone = \"" NUMBER "\\\";\nchannels = [\"sms\", \"voice\"];\n",
		"uid = 1003;\nuid = 0;\n" RECORD(NUMBER),
		"uid = 10000000000;\n" RECORD(NUMBER),
		"phone = \"\";\nchannels = [\"sms\", \"voice\"];\n",
		RECORD("+00000"),
		RECORD("+120255"),
		"",
	};
	char longest[66] = "";
	const char *const names[] = { "", "a\nb", "a\tb", "\033[2J", "-rf",
		"a b", "\\carol", longest };

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(
		    enrols(web, "carol", texts[i]), STORE_ENROLLED_REFUSED);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(enrols(web, names[i], RECORD(NUMBER)),
		    STORE_ENROLLED_REFUSED);
	assert_int_equal(rows(), 0);
	assert_int_equal(enrols(web, "carol", "uid = 1003;\n" RECORD(NUMBER)),
	    STORE_ENROLLED_DONE);
}

/* Directories give uids of ten digits, and names with their domain. */
static void
a_user_of_a_directory(void **state)
{
	static const char text[] = "uid = 4294967294;\n" RECORD(NUMBER);

	(void)state;
	assert_int_equal(enrols(web, "DOM\\carol", text), STORE_ENROLLED_DONE);
	has_record(web, "DOM\\carol", text);
	assert_int_equal(
	    enrols(web, "dave@dom.example", "uid = 1602200001;\n" APP(SEALED)),
	    STORE_ENROLLED_DONE);
}

/* Nor does a host hear of a number, or of who has it, by an invitation that it
 * made up. */
static void
what_others_have(void **state)
{
	const struct store_recovery none = { .id = 1 };
	struct store_enrolment e = {
		.user = "dave", .text = RECORD(NUMBER), .invitation = &none
	};

	(void)state;
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_SPENT);
	e.user = "carol";
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_SPENT);
	assert_int_equal(
	    enrols(other, "carol", RECORD(NUMBER)), STORE_ENROLLED_REFUSED);
}

static void
another_users_number(void **state)
{
	(void)state;
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	assert_int_equal(
	    enrols(web, "dave", RECORD(NUMBER)), STORE_ENROLLED_PHONE);
	assert_int_equal(rows(), 1);
	/* the beginning of one is another number */
	assert_int_equal(
	    enrols(web, "dave", RECORD("+1202555014")), STORE_ENROLLED_DONE);
}

static void
the_21st_of_an_hour(void **state)
{
	char user[16], text[128];

	(void)state;
	for (int n = 0; n <= MOST; n++) {
		store_time_wall(WALL + n);
		snprintf(user, sizeof(user), "user%d", n);
		snprintf(text, sizeof(text),
		    "phone = \"+120255501%02d\";\nchannels = [\"sms\", "
		    "\"voice\"];\n",
		    n);
		assert_int_equal(store_enrol_may(web), n < MOST);
		assert_int_equal(enrols(web, user, text),
		    n < MOST ? STORE_ENROLLED_DONE : STORE_ENROLLED_REFUSED);
	}
	postgres_sql("UPDATE twofa.host SET enrols = true");
	assert_int_equal(store_enrol_may(other), 1);
	store_time_wall(WALL + HOUR);
	assert_int_equal(store_enrol_may(web), 1);
}

static void
for_the_groups_of_the_host(void **state)
{
	char *text;

	(void)state;
	postgres_sql("UPDATE twofa.host SET groups = CASE name WHEN 'web01' "
		     "THEN '{ops}' ELSE '{db}' END::text[]");
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	has_record(web, "carol", RECORD(NUMBER));
	assert_int_equal(
	    store_record_read(other, "carol", &text), STORE_RECORD_REFUSED);
}

static void
another_key(void **state)
{
	(void)state;
	postgres_sql("UPDATE twofa.meta SET fleet_key = '\\x00'");
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_FAILED);
	assert_int_equal(web->failure, PG_SETTINGS);
	assert_int_equal(rows(), 0);
}

/* Whatever the host has set before. */
static void
it_waits_for_the_standby(void **state)
{
	int64_t answer, waits;

	(void)state;
	postgres_sql("SET SESSION AUTHORIZATION twofa_web01");
	postgres_sql("SET synchronous_commit = off");
	postgres_sql("BEGIN");
	answer = postgres_sql(
	    "SELECT twofa_v1.enrol((1, 0, '', '', '', 0)::twofa_v1.who, "
	    "'carol', '', '', '\\x00', 0, NULL)");
	waits = postgres_sql(
	    "SELECT (current_setting('synchronous_commit') = 'on')::int");
	postgres_sql("ROLLBACK");
	postgres_sql("RESET synchronous_commit");
	postgres_sql("RESET SESSION AUTHORIZATION");
	assert_int_equal(answer, 5); /* of no form */
	assert_int_equal(waits, 1);
}

/* Nothing is written, and nothing is in the way afterwards. */
static void
a_server_that_is_away(void **state)
{
	enum store_enrolled result;

	postgres_sql("ALTER ROLE twofa_web01 NOLOGIN");
	postgres_sql("SELECT count(pg_terminate_backend(pid)) FROM "
		     "pg_stat_activity WHERE usename = 'twofa_web01'");
	result = enrols(web, "carol", RECORD(NUMBER));
	postgres_sql("ALTER ROLE twofa_web01 LOGIN");
	assert_int_equal(result, STORE_ENROLLED_FAILED);
	assert_int_equal(rows(), 0);
	store_close(web);
	web = box_store_of(*state, "web01", fleet);
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
}

static int
do_enrol(struct store *s, const struct statebox *b, int n)
{
	struct store *own = box_store_of(b, "web01", fleet);
	char user[16];

	(void)s;
	snprintf(user, sizeof(user), "user%d", n);
	n = (int)enrols(own, user, RECORD(NUMBER));
	store_close(own);
	return n;
}

/* All at once, one of them has the number. */
static void
at_once(void **state)
{
	unsigned count[256];

	box_all_at_once(*state, do_enrol, 20, count);
	assert_int_equal(count[STORE_ENROLLED_DONE], 1);
	assert_int_equal(count[STORE_ENROLLED_PHONE], 19);
}

/* An invitation, which the server compares, so that each host may bring one. */

static const char invitation[] = "ABCDEFGH2345WXYZ";

static void
invites(const struct statebox *b, const char *user)
{
	static const char *const code[] = { invitation };
	struct store_recovery bypass = { .use = RECOVERY_USE_BOTH,
		.until = HOUR };
	struct store *admin = box_store_of(b, "local", fleet);

	PRINT_TO(bypass.by, "%s", "root why");
	assert_int_equal(store_recovery_set(admin, user, code, 1, &bypass), 0);
	store_close(admin);
}

/* Returns 1 where it was found. */
static int
types(const char *user, const char *code, struct store_recovery *found)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(other, user, list);

	for (int i = 0; i < count; i++)
		assert_int_equal(
		    recovery_code_hash(list[i].salt, code, list[i].hash), 0);
	return store_invitation_find(other, user, list, count, found);
}

static void
by_an_invitation(void **state)
{
	struct store_recovery found = { .id = 0 };
	struct store_enrolment e = {
		.user = "carol", .text = RECORD(NUMBER), .invitation = &found
	};

	invites(*state, "carol");
	invites(*state, "dave");
	assert_int_equal(types("carol", "ABCDEFGH2345WXYA", &found), 0);
	assert_int_equal(types("carol", invitation, &found), 1);
	e.user = "dave"; /* not dave's */
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_SPENT);
	e.user = "carol";
	found.hash[0] ^= 1;
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_SPENT);
	found.hash[0] ^= 1;
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_DONE);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.recovery"), 1);
	assert_int_equal(types("carol", invitation, &found), 0);
	has_record(web, "carol", RECORD(NUMBER));
	assert_int_equal(types("dave", invitation, &found), 1);
	store_time_wall(WALL + HOUR);
	e = (struct store_enrolment){
		.user = "dave", .text = RECORD(OTHER), .invitation = &found
	};
	assert_int_equal(store_enrol(other, &e), STORE_ENROLLED_SPENT);
}

/* Nothing of it stays; what an administrator wrote since does. */
static void
a_stolen_host(void **state)
{
	invites(*state, "carol");
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_DONE);
	assert_int_equal(
	    enrols(web, "dave", RECORD(OTHER)), STORE_ENROLLED_DONE);
	postgres_sql("UPDATE twofa.record SET by = 'twofa_operator uid=0' "
		     "WHERE usr = 'dave'");
	/* at root by su, and of one who stays */
	postgres_sql("INSERT INTO twofa.grace VALUES ('carol//=root', '', "
		     "'web02', 1, 2), ('dave', '', 'web02', 1, 2)");
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web0')"), 0);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web01')"),
	    1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.recovery"), 0);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.grace"), 1);
	assert_int_equal(
	    postgres_sql(
		"SELECT count(*) FROM twofa.record WHERE usr = 'dave'"),
	    1);
}

/* Who enrolled since a dump has no record. */
static void
after_a_restore(void **state)
{
	(void)state;
	postgres_sql("SELECT twofa.restored_end(); "
		     "UPDATE twofa.home SET opens = now()");
	assert_int_equal(store_enrol_may(web), 0);
	assert_int_equal(
	    enrols(web, "carol", RECORD(NUMBER)), STORE_ENROLLED_REFUSED);
}

#define ENROL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

BOX_TESTS(test_pg_enrol)
{
	const struct CMUnitTest tests[] = {
		ENROL_TEST(known_on_every_host),
		ENROL_TEST(an_app),
		ENROL_TEST(without_the_right),
		ENROL_TEST(a_text_of_its_own),
		ENROL_TEST(a_user_of_a_directory),
		ENROL_TEST(what_others_have),
		ENROL_TEST(another_users_number),
		ENROL_TEST(the_21st_of_an_hour),
		ENROL_TEST(for_the_groups_of_the_host),
		ENROL_TEST(another_key),
		ENROL_TEST(it_waits_for_the_standby),
		ENROL_TEST(a_server_that_is_away),
		ENROL_TEST(at_once),
		ENROL_TEST(by_an_invitation),
		ENROL_TEST(a_stolen_host),
		ENROL_TEST(after_a_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
