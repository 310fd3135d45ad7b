/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who change the own phone, app or recovery codes by twofactl self: what
 * the server takes of a host, whatever that host says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"
#include "tests/support/state/fleetbox.h"
#include "tests/support/statebox.h"

#define HOUR 3600
#define MOST 20 /* of an hour, of one host */
#define NUMBER "+12025550142"
#define OTHER "+12025550143"
#define RECORD(number)                                                         \
	"phone = \"" number "\";\nchannels = [\"sms\", \"voice\"];\n"

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

#define BASE "0123456789abcdef0123456789abcdef"
#define AT "1790000000"
#define DAY (24 * HOUR)
#define LINE(to, waits, phones)                                                \
	"# self " AT " " to " " waits " " BASE " " phones "\n"
#define APP_LINE(waits) "# self-app " AT " " SEALED " " waits " " BASE "\n"
#define ADMINS RECORD(NUMBER) "language = \"de\";\n" /* an admin's record */
#define CHANGE LINE("0" OTHER, "+", NUMBER) ADMINS
#define THIRD "+12025550144"
/* made more than a day ago, so that it counts */
#define FORCE(to, phones) "# self 1789900000 " to " + " BASE " " phones "\n"
#define APP_FORCE "# self-app 1789900000 " SEALED " + " BASE "\n"
#define BOTH                                                                   \
	"phones = ( { number = \"" NUMBER "\"; }, { name = \"b\"; number = "   \
	"\"" OTHER "\"; } );\n"

static void
records(const char *user, const char *text, const char *by)
{
	box_put_record(fleet, user, text, by);
}

static int
self_set_up(void **state)
{
	const int rc = set_up(state);

	postgres_sql("TRUNCATE twofa.recovery");
	records("carol", ADMINS, "twofa_operator uid=0");
	return rc;
}

static enum store_enrolled
changes(struct store *s, const char *text, const char *was,
    const struct store_recovery *with)
{
	const struct store_enrolment e = { .user = "carol",
		.text = text,
		.was = was,
		.changes = true,
		.invitation = with };

	return store_enrol(s, &e);
}

static enum store_enrolled renews(struct store *, const char *user,
    const char *was, const struct store_recovery *with);

static void
has_record(const char *user, const char *wanted)
{
	char *text;

	assert_int_equal(
	    store_record_read(web, user, &text), STORE_RECORD_FOUND);
	assert_string_equal(text, wanted);
	free(text);
}

static int64_t
count(const char *where)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM twofa.%s", where);
	return postgres_sql(sql);
}

static void
behind_the_phone(void **state)
{
	(void)state;
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_DONE);
	has_record("carol", CHANGE);
	/* the answer was lost */
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_DONE);
	assert_int_equal(count("record WHERE by = 'twofa_web01 phone' AND at = "
			       "1790000000 AND groups = '{}'"),
	    1);
	/* in its place; the app's beside it */
	assert_int_equal(
	    changes(web, LINE("1" OTHER, "+", NUMBER) ADMINS, CHANGE, NULL),
	    STORE_ENROLLED_DONE);
	assert_int_equal(
	    changes(web, APP_LINE("+") LINE("1" OTHER, "+", NUMBER) ADMINS,
		LINE("1" OTHER, "+", NUMBER) ADMINS, NULL),
	    STORE_ENROLLED_DONE);
	/* one less */
	records("carol", FORCE("1" OTHER, NUMBER) ADMINS, "twofa_web02 phone");
	assert_int_equal(changes(web, LINE("0", "+", NUMBER "," OTHER) ADMINS,
			     FORCE("1" OTHER, NUMBER) ADMINS, NULL),
	    STORE_ENROLLED_DONE);
	/* the former one again */
	records(
	    "carol", FORCE("0", NUMBER "," OTHER) ADMINS, "twofa_web02 phone");
	assert_int_equal(changes(web, LINE("0" NUMBER, "+", OTHER) ADMINS,
			     FORCE("0", NUMBER "," OTHER) ADMINS, NULL),
	    STORE_ENROLLED_DONE);
	records("carol", "/* " OTHER " */ " BOTH, "twofa_operator uid=0");
	assert_int_equal(
	    changes(web,
		LINE("2" THIRD, "+", NUMBER "," OTHER) "/* " OTHER " */ " BOTH,
		"/* " OTHER " */ " BOTH, NULL),
	    STORE_ENROLLED_DONE);
}

struct attempt {
	const char *was, *text;
};

/* The phones that a line names are asked at once: none of a line that waits,
 * nor of one that no longer counts; nor does another base bring back who was
 * before. */
static void
what_would_count_at_once(void **state)
{
	static const struct attempt tries[] = {
		{ CHANGE, LINE("0" NUMBER, "+", OTHER) ADMINS },
		{ CHANGE, LINE("0" THIRD, "+", NUMBER "," OTHER) ADMINS },
		{ "# self-app " AT " sealed:1:" OTHER " + " BASE "\n" ADMINS,
		    LINE("0" THIRD, "+", OTHER) "# self-app " AT
						" sealed:1:" OTHER " + " BASE
						"\n" ADMINS },
		{ "# before: \"" OTHER "\"\n" ADMINS,
		    LINE("0" THIRD, "+", OTHER) "# before: \"" OTHER
						"\"\n" ADMINS },
		{ "// phone = \"" OTHER "\";\n" ADMINS,
		    LINE("0" THIRD, "+", OTHER "," NUMBER) "// phone = \"" OTHER
							   "\";\n" ADMINS },
		{ BOTH, LINE("0" THIRD, "+", OTHER) BOTH },
		{ BOTH, LINE("0" THIRD, "+", OTHER "," NUMBER) BOTH },
		{ FORCE("0" OTHER, NUMBER) ADMINS,
		    LINE("0" THIRD, "+", NUMBER) ADMINS },
		{ FORCE("0" OTHER, NUMBER) ADMINS,
		    "# self " AT " 0" THIRD
		    " + ffffffffffffffffffffffffffffffff " OTHER "\n" ADMINS },
		{ APP_FORCE ADMINS, APP_LINE("+") ADMINS },
		{ "# self-app " AT " " SEALED
		  " + ffffffffffffffffffffffffffffffff\n" ADMINS,
		    APP_LINE("+") ADMINS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		records("carol", tries[i].was, "twofa_web02 phone");
		if (changes(web, tries[i].text, tries[i].was, NULL) !=
		    STORE_ENROLLED_REFUSED)
			fail_msg("%s", tries[i].text);
		has_record("carol", tries[i].was);
	}
}

static void
two_windows(void **state)
{
	(void)state;
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_DONE);
	assert_int_equal(changes(web, LINE("0+12025550144", "+", NUMBER) ADMINS,
			     ADMINS, NULL),
	    STORE_ENROLLED_BEFORE);
	records("carol", RECORD(OTHER), "twofa_operator uid=0");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_BEFORE);
	has_record("carol", RECORD(OTHER));
	postgres_sql("DELETE FROM twofa.record");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_BEFORE);
	assert_int_equal(count("record"), 0);
}

/* A stolen host with the right changes a phone in a day, nothing more. */
static void
a_text_of_its_own(void **state)
{
	static const char *const texts[] = {
		ADMINS,
		RECORD(OTHER),
		LINE("0" OTHER, "-", NUMBER) ADMINS, /* at once */
		LINE("0" OTHER, "+", OTHER) ADMINS,  /* as the present one */
		LINE("0" OTHER, "+", NUMBER "," OTHER) ADMINS,
		LINE("0" OTHER, "+", "+1202555014") ADMINS,
		LINE("0" OTHER, "+", "") ADMINS,
		LINE("3" OTHER, "+", NUMBER) ADMINS,
		/* which no host could read: the last phone goes, no second
		   exists */
		LINE("0", "+", NUMBER) ADMINS,
		LINE("1", "+", NUMBER) ADMINS,
		LINE("2" OTHER, "+", NUMBER) ADMINS,
		"# self-app " AT " " SEALED "AAAAAAAA + " BASE "\n" ADMINS,
		"# self-app " AT " " SEALED "========== + " BASE "\n" ADMINS,
		LINE("0" OTHER ",", "+", NUMBER) ADMINS,
		LINE("0" OTHER, "+", NUMBER) RECORD(NUMBER),
		LINE("0" OTHER, "+", NUMBER) "enabled = true;\n" ADMINS,
		LINE("0" OTHER, "+", NUMBER) ADMINS "uid = 0;\n",
		LINE("0" OTHER, "+", NUMBER) LINE("0" OTHER, "+", NUMBER)
		    ADMINS,
		LINE("0" OTHER, "+", NUMBER) APP_LINE("+") ADMINS,
		"# self 1789999000 0" OTHER " + " BASE " " NUMBER "\n" ADMINS,
		"# self 1790001000 0" OTHER " + " BASE " " NUMBER "\n" ADMINS,
		"# self " AT " 0" OTHER " + - " NUMBER "\n" ADMINS,
		"# self-other " AT " 0" OTHER " + " BASE " " NUMBER "\n" ADMINS,
		"#self " AT " 0" OTHER " + " BASE " " NUMBER "\n" ADMINS,
		APP_LINE("-") ADMINS,
		"# self-app " AT " ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 + " BASE
		"\n" ADMINS,
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (changes(web, texts[i], ADMINS, NULL) !=
		    STORE_ENROLLED_REFUSED)
			fail_msg("%s", texts[i]);
	has_record("carol", ADMINS);
}

/* Nor one that others see when its day is over: a transaction that is kept open
 * ends as soon as another host reads a record. */
static void
a_change_that_is_kept_back(void **state)
{
	char *text = NULL;

	(void)state;
	postgres_sql("REVOKE twofa_admin FROM twofa_web02");
	for (int noted = 0; noted < 2; noted++) {
		if (noted)
			fleetbox_ask(web, "COMMIT");
		fleetbox_ask(web, "BEGIN");
		assert_int_equal(changes(web, CHANGE, ADMINS, NULL),
		    noted ? STORE_ENROLLED_DONE : STORE_ENROLLED_FAILED);
	}
	usleep(1500 * 1000);
	assert_int_equal(
	    store_record_read(other, "carol", &text), STORE_RECORD_FOUND);
	assert_string_equal(text, ADMINS);
	free(text);
	postgres_sql("GRANT twofa_admin TO twofa_web02");
	assert_int_equal(
	    postgres_sql("SELECT (suspended IS NOT NULL)::int FROM twofa.host "
			 "WHERE name = 'web01'"),
	    1);
	postgres_sql("UPDATE twofa.host SET suspended = NULL");
	pg_disconnect(web);
	has_record("carol", ADMINS);
}

/* An app ends by an invitation alone: that of the record as well, whatever the
 * host says of a phone's code. */
static void
an_app_of_the_record(void **state)
{
	static const char *const has[] = {
		"totp_secret_file = \"" SEALED "\";\n",
		"apps = ( { name = \"a\"; secret_file = \"" SEALED "\"; } );\n",
		"tokens = ( { serial = \"1\"; secret_file = \"" SEALED
		"\"; } );\n",
		"authy_id = \"12345\";\n",
		"/* \" */ totp_factor = \"YF0\"; // \"\n",
	};
	static const char *const has_none[] = {
		"# apps = ();\n",
		"channels = [\"sms\", \"totp\"];\n",
	};
	char was[512], text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++) {
		snprintf(was, sizeof(was), "%s%s", ADMINS, has[i]);
		snprintf(text, sizeof(text), "%s%s", APP_LINE("+"), was);
		records("carol", was, "twofa_operator uid=0");
		if (changes(web, text, was, NULL) != STORE_ENROLLED_REFUSED)
			fail_msg("%s", text);
		has_record("carol", was);
	}
	for (size_t i = 0; i < sizeof(has_none) / sizeof(has_none[0]); i++) {
		snprintf(was, sizeof(was), "%s%s", ADMINS, has_none[i]);
		snprintf(text, sizeof(text), "%s%s", APP_LINE("+"), was);
		records("carol", was, "twofa_operator uid=0");
		assert_int_equal(
		    changes(web, text, was, NULL), STORE_ENROLLED_DONE);
	}
}

/* Also where the connection reads "\m" as "m", which any role may set. */
static void
an_app_where_texts_are_read_otherwise(void **state)
{
	static const char was[] = ADMINS "totp_secret_file = \"" SEALED "\";\n";
	enum store_enrolled result;

	(void)state;
	records("carol", was, "twofa_operator uid=0");
	fleetbox_ask(web, "SET standard_conforming_strings = off");
	result = changes(web,
	    APP_LINE("+") ADMINS "totp_secret_file = \"" SEALED "\";\n", was,
	    NULL);
	assert_int_equal(result, STORE_ENROLLED_REFUSED);
	has_record("carol", was);
}

static void
without_the_right(void **state)
{
	(void)state;
	assert_int_equal(
	    changes(other, CHANGE, ADMINS, NULL), STORE_ENROLLED_REFUSED);
	postgres_sql("UPDATE twofa.host SET groups = '{ops}'");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_REFUSED);
	postgres_sql("UPDATE twofa.host SET groups = '{}', disabled = now()");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_REFUSED);
	assert_int_equal(count("record WHERE at = 1"), 1);
}

/* Whether it has hit upon the text of a record. */
static void
a_text_that_is_guessed(void **state)
{
	static const char *const texts[] = { CHANGE, "x" };
	const struct store_recovery none = { .id = 999 };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (int n = 0; n < 2; n++) {
			const char *was = n == 0 ? ADMINS : RECORD(OTHER);

			assert_int_equal(changes(other, texts[i], was, NULL),
			    STORE_ENROLLED_REFUSED);
			assert_int_equal(changes(other, texts[i], was, &none),
			    STORE_ENROLLED_SPENT);
		}
	postgres_sql("UPDATE twofa.host SET groups = '{ops}'");
	assert_int_equal(
	    changes(web, CHANGE, RECORD(OTHER), NULL), STORE_ENROLLED_REFUSED);
	assert_int_equal(
	    renews(web, "carol", RECORD(OTHER), NULL), STORE_ENROLLED_REFUSED);
}

static void
another_users_number(void **state)
{
	(void)state;
	records("dave",
	    LINE("0" OTHER, "+", "+12025550144") RECORD("+12025550144"),
	    "twofa_operator uid=0");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_PHONE);
	/* the beginning of one is another number */
	assert_int_equal(changes(web, LINE("0+1202555014", "+", NUMBER) ADMINS,
			     ADMINS, NULL),
	    STORE_ENROLLED_DONE);
}

/* A new user's; end: what becomes of the transaction. */
static int64_t
ask_for_number(int n, const char *end)
{
	char text[640];
	int64_t answer;

	snprintf(text, sizeof(text),
	    "SELECT twofa_v1.enrol('(1,0,\"\",\"\",\"\",0)', 'dave', "
	    "E'phone = \"+120255501%02d\";\nchannels = "
	    "[\"sms\", \"voice\"];\n', sha256('x'), "
	    "(SELECT fleet_key FROM twofa_v1.health()), 0, NULL)",
	    n);
	fleetbox_ask(web, "BEGIN");
	answer = fleetbox_ask(web, text);
	fleetbox_ask(web, end);
	return answer;
}

/* Whether a number is another's: of as many as it enrols. */
static void
a_number_that_is_asked_for(void **state)
{
	(void)state;
	for (int n = 10; n < 10 + 2 * MOST; n++)
		assert_int_equal(ask_for_number(n, "ROLLBACK"), 7);
	for (int n = 10; n < 10 + 2 * MOST; n++) {
		const bool told = n < 10 + MOST;

		assert_int_equal(ask_for_number(n, "COMMIT"), told ? 7 : 5);
		assert_int_equal(ask_for_number(n, "ROLLBACK"), told ? 1 : 5);
	}
	assert_int_equal(count("record_read WHERE usr LIKE '+%'"), MOST);
}

static void
another_key(void **state)
{
	(void)state;
	postgres_sql("UPDATE twofa.meta SET fleet_key = '\\x00'");
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_FAILED);
	assert_int_equal(web->failure, PG_SETTINGS);
	assert_int_equal(count("record WHERE at = 1"), 1);
}

/* Nothing is written, and nothing is in the way afterwards. */
static void
a_server_that_is_away(void **state)
{
	enum store_enrolled result;

	postgres_sql("ALTER ROLE twofa_web01 NOLOGIN");
	postgres_sql("SELECT count(pg_terminate_backend(pid)) FROM "
		     "pg_stat_activity WHERE usename = 'twofa_web01'");
	result = changes(web, CHANGE, ADMINS, NULL);
	postgres_sql("ALTER ROLE twofa_web01 LOGIN");
	assert_int_equal(result, STORE_ENROLLED_FAILED);
	assert_int_equal(count("record WHERE at = 1"), 1);
	store_close(web);
	web = box_store_of(*state, "web01", fleet);
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_DONE);
}

/* Invitations, which each host may bring. */

static const char invitation[] = "ABCDEFGH2345WXYZ";

/* Typed at the host without the right; admitted: a login was, that long ago. */
static struct store_recovery
invites(const struct statebox *b, const char *user, int64_t admitted)
{
	static const char *const code[] = { invitation };
	struct store_recovery bypass = { .use = RECOVERY_USE_BOTH,
		.until = DAY },
			      list[STORE_CODES_MAX], left;
	struct store *admin = box_store_of(b, "local", fleet);
	const struct store_right right = { .user = user,
		.source = "source",
		.service = "sshd",
		.method = METHOD_RECOVERY,
		.provider = "" };
	unsigned codes;

	store_time_wall(WALL - (admitted >= 0 ? admitted : 0));
	assert_int_equal(store_recovery_set(admin, user, code, 1, &bypass), 0);
	store_close(admin);
	assert_int_equal(store_recovery_list(other, user, list), 1);
	assert_int_equal(
	    recovery_code_hash(list[0].salt, invitation, list[0].hash), 0);
	if (admitted >= 0)
		assert_int_equal(
		    store_recovery_claim(other, list, 1, &right, &left, &codes),
		    1);
	store_time_wall(WALL);
	return list[0];
}

static void
by_an_invitation(void **state)
{
	const char *now = LINE("0" OTHER, "-", NUMBER) ADMINS;
	struct store_recovery it = invites(*state, "carol", HOUR - 10), wrong;

	assert_int_equal(store_invited_lately(other, "carol", &it), 1);
	assert_int_equal(store_invited_lately(other, "dave", &it), 0);
	wrong = it;
	wrong.hash[0] ^= 1;
	assert_int_equal(store_invited_lately(other, "carol", &wrong), 0);
	assert_int_equal(
	    changes(other, now, ADMINS, &wrong), STORE_ENROLLED_SPENT);
	assert_int_equal(
	    changes(other, now, RECORD(NUMBER), &it), STORE_ENROLLED_BEFORE);
	assert_int_equal(
	    changes(other, RECORD(OTHER), ADMINS, &it), STORE_ENROLLED_REFUSED);
	assert_int_equal(changes(other, now, ADMINS, &it), STORE_ENROLLED_DONE);
	has_record("carol", now);
	assert_int_equal(count("recovery"), 0);
	assert_int_equal(
	    changes(other, CHANGE, now, &it), STORE_ENROLLED_SPENT);
	assert_int_equal(
	    count("record WHERE by = 'twofa_web02 invitation'"), 1);
}

/* Of nobody's login, of another's, of one at user.sock, or long ago. */
static void
an_invitation_that_let_in_nobody(void **state)
{
	static const int64_t admitted[] = { -1, HOUR, DAY - 1 };
	const char *now = LINE("0" OTHER, "-", NUMBER) ADMINS;
	struct store_recovery it;

	for (size_t i = 0; i < 3; i++) {
		it = invites(*state, "carol", admitted[i]);
		assert_int_equal(store_invited_lately(other, "carol", &it), 0);
		assert_int_equal(
		    changes(other, now, ADMINS, &it), STORE_ENROLLED_SPENT);
		postgres_sql("TRUNCATE twofa.recovery");
	}
	it = invites(*state, "dave", 60);
	assert_int_equal(
	    changes(other, now, ADMINS, &it), STORE_ENROLLED_SPENT);
	other->socket = 1003;
	it = invites(*state, "carol", 60);
	other->socket = 0;
	assert_int_equal(store_invited_lately(other, "carol", &it), 0);
	has_record("carol", ADMINS);
}

/* Recovery codes. */

static const char *const made[RECOVERY_SELF] = { "ABCDEFGH2345WXA2",
	"ABCDEFGH2345WXA3", "ABCDEFGH2345WXA4", "ABCDEFGH2345WXA5",
	"ABCDEFGH2345WXA6", "ABCDEFGH2345WXA7", "ABCDEFGH2345WXAA",
	"ABCDEFGH2345WXAB", "ABCDEFGH2345WXAC", "ABCDEFGH2345WXAD" };

static enum store_enrolled
renews(struct store *s, const char *user, const char *was,
    const struct store_recovery *with)
{
	const struct store_enrolment e = { .user = user,
		.was = was,
		.codes = made,
		.changes = true,
		.invitation = with };

	return store_enrol(s, &e);
}

static int
codes_at(int64_t wall)
{
	struct store_recovery list[STORE_CODES_MAX];
	int n;

	store_time_wall(wall);
	n = store_recovery_list(web, "carol", list);
	store_time_wall(WALL);
	return n;
}

static void
codes(void **state)
{
	static const char *const old[] = { invitation };
	struct store *admin = box_store_of(*state, "local", fleet);
	struct store_recovery it;

	assert_int_equal(store_recovery_set(admin, "carol", old, 1, NULL), 0);
	store_close(admin);
	assert_int_equal(
	    renews(other, "carol", ADMINS, NULL), STORE_ENROLLED_REFUSED);
	assert_int_equal(
	    renews(web, "carol", RECORD(OTHER), NULL), STORE_ENROLLED_BEFORE);
	assert_int_equal(
	    renews(web, "dave", ADMINS, NULL), STORE_ENROLLED_BEFORE);
	assert_int_equal(codes_at(WALL), 1);
	postgres_sql("INSERT INTO twofa.grace VALUES ('carol', '', 'web02', "
		     "1790000000, 1790003600)");
	assert_int_equal(
	    renews(web, "carol", ADMINS, NULL), STORE_ENROLLED_DONE);
	assert_int_equal(count("grace"), 0);
	assert_int_equal(codes_at(WALL + DAY - 1), 0);
	assert_int_equal(codes_at(WALL + DAY), RECOVERY_SELF);
	assert_int_equal(
	    store_recovery_count_codes(web, "carol"), RECOVERY_SELF);
	assert_int_equal(count("record WHERE at = 1"), 1);
	it = invites(*state, "carol", 60);
	assert_int_equal(
	    renews(other, "carol", ADMINS, &it), STORE_ENROLLED_DONE);
	assert_int_equal(codes_at(WALL), RECOVERY_SELF);
	assert_int_equal(count("recovery WHERE kind > 0"), 0);
	/* of a stolen host they end, and the record stays */
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web01')"),
	    0);
	assert_int_equal(codes_at(WALL), RECOVERY_SELF);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web02')"),
	    0);
	assert_int_equal(codes_at(WALL), 0);
	has_record("carol", ADMINS);
}

/* The server has not the key, so a stolen host can seal a text wrongly: every
 * host denies that user at once, until the record is removed, as a disabled
 * host's is. */
static void
a_seal_that_fits_nothing(void **state)
{
	unsigned char seal[FLEET_SEAL_LEN];
	char hex[2 * FLEET_SEAL_LEN + 1], text[640], *read = NULL;

	(void)state;
	assert_int_equal(fleet_seal_make(fleet, "carol", ADMINS, seal), 0);
	hex_text(seal, sizeof(seal), hex);
	snprintf(text, sizeof(text),
	    "SELECT twofa_v1.enrol('(1,0,\"\",\"\",\"\",0)', 'carol', $$%s$$, "
	    "sha256('x'), (SELECT fleet_key FROM twofa_v1.health()), 0, NULL, "
	    "'\\x%s')",
	    CHANGE, hex);
	assert_int_equal(fleetbox_ask(web, text), 7);
	assert_int_equal(fleetbox_ask(web, text), 1);
	assert_int_equal(
	    store_record_read(other, "carol", &read), STORE_RECORD_ERROR);
	assert_non_null(strstr(store_cause(other), "remove it"));
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web01')"),
	    1);
	assert_int_equal(
	    store_record_read(other, "carol", &read), STORE_RECORD_NONE);
}

/* A host reads all codes of a user, or fails: also those of an administrator.
 */
static void
codes_that_nobody_can_read(void **state)
{
	unsigned char seal[FLEET_SEAL_LEN];
	char hex[2 * FLEET_SEAL_LEN + 1], text[640];

	(void)state;
	assert_int_equal(fleet_seal_make(fleet, "carol", ADMINS, seal), 0);
	hex_text(seal, sizeof(seal), hex);
	for (int len = 15; len <= 17; len++) {
		snprintf(text, sizeof(text),
		    "SELECT twofa_v1.enrol('(1,0,\"\",\"\",\"\",0)', 'carol', "
		    "NULL, NULL, (SELECT fleet_key FROM twofa_v1.health()), 0, "
		    "NULL, '\\x%s', array_fill(decode(repeat('00', %d), "
		    "'hex'), "
		    "ARRAY[10]), array_fill('\\x00'::bytea, ARRAY[10]))",
		    hex, len);
		assert_int_equal(fleetbox_ask(web, text), len == 16 ? 1 : 5);
	}
}

static void
the_21st_of_an_hour(void **state)
{
	char user[16];

	(void)state;
	for (int n = 0; n <= MOST; n++) {
		snprintf(user, sizeof(user), "user%d", n);
		records(user, ADMINS, "twofa_operator uid=0");
		assert_int_equal(renews(web, user, ADMINS, NULL),
		    n < MOST ? STORE_ENROLLED_DONE : STORE_ENROLLED_REFUSED);
	}
	assert_int_equal(
	    changes(web, CHANGE, ADMINS, NULL), STORE_ENROLLED_REFUSED);
	assert_int_equal(store_enrol_may(web), 0);
	store_time_wall(WALL + HOUR);
	assert_int_equal(store_enrol_may(web), 1);
}

/* A change at another host hides nothing; an administrator's record does not
 * end. */
static void
after_a_theft(void **state)
{
	(void)state;
	records("carol", RECORD(NUMBER), "twofa_web01 window");
	postgres_sql("UPDATE twofa.host SET enrols = true");
	assert_int_equal(
	    changes(other, LINE("0" OTHER, "+", NUMBER) RECORD(NUMBER),
		RECORD(NUMBER), NULL),
	    STORE_ENROLLED_DONE);
	assert_int_equal(
	    count("record WHERE by = 'twofa_web02 phone twofa_web01'"), 1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web0')"), 0);
	records("dave", ADMINS, "twofa_operator twofa_web01");
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web01')"),
	    1);
	assert_int_equal(count("record WHERE usr = 'dave'"), 1);
}

static int64_t
ended(void)
{
	return postgres_sql("SELECT count(*) FROM twofa.enrolled_end('web01')");
}

static void
puts_record(const struct statebox *b, const char *was, const char *text)
{
	struct store *admin = box_store_of(b, "local", fleet);
	struct store_record_row row = {
		.user = "carol", .text = text, .by = "uid=0"
	};

	assert_int_equal(fleet_seal_make(fleet, "carol", was, row.seal), 0);
	assert_int_equal(store_record_put(admin, &row, true), 1);
	store_close(admin);
}

/* What an administrator writes meanwhile leaves it that host's, as long as the
 * lines of twofactl self stay; without them it is the administrator's. */
static void
after_a_theft_and_an_admin(void **state)
{
	static const char more[] = APP_LINE("+") ADMINS "language = \"fr\";\n";
	static const char *const stays[] = { CHANGE, CHANGE "enabled = true;\n",
		more };
	static const char *const ends[] = { ADMINS, RECORD(THIRD) };

	for (size_t i = 0; i < 3; i++) {
		records("carol", CHANGE, "twofa_web02 phone twofa_web01");
		puts_record(*state, CHANGE, stays[i]);
		assert_int_equal(ended(), 1);
		assert_int_equal(count("record"), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		records("carol", CHANGE, "twofa_web01 phone");
		puts_record(*state, CHANGE, ends[i]);
		assert_int_equal(ended(), 0);
		has_record("carol", ends[i]);
	}
	records("carol", RECORD(NUMBER), "twofa_web01 window");
	puts_record(*state, RECORD(NUMBER), RECORD(NUMBER));
	assert_int_equal(ended(), 1);
}

#define SELF_TEST(f) cmocka_unit_test_setup_teardown(f, self_set_up, tear_down)

BOX_TESTS(test_pg_self)
{
	const struct CMUnitTest tests[] = {
		SELF_TEST(behind_the_phone),
		SELF_TEST(what_would_count_at_once),
		SELF_TEST(two_windows),
		SELF_TEST(a_text_of_its_own),
		SELF_TEST(a_change_that_is_kept_back),
		SELF_TEST(an_app_of_the_record),
		SELF_TEST(an_app_where_texts_are_read_otherwise),
		SELF_TEST(without_the_right),
		SELF_TEST(a_text_that_is_guessed),
		SELF_TEST(another_users_number),
		SELF_TEST(a_number_that_is_asked_for),
		SELF_TEST(another_key),
		SELF_TEST(a_server_that_is_away),
		SELF_TEST(by_an_invitation),
		SELF_TEST(an_invitation_that_let_in_nobody),
		SELF_TEST(codes),
		SELF_TEST(a_seal_that_fits_nothing),
		SELF_TEST(codes_that_nobody_can_read),
		SELF_TEST(the_21st_of_an_hour),
		SELF_TEST(after_a_theft),
		SELF_TEST(after_a_theft_and_an_admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
