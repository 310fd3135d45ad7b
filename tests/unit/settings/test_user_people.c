/* SPDX-License-Identifier: BSD-2-Clause */
/* The people who share an account, as its file names them. */
#include "tests/support/confdir.h"

#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

#define KEY_A "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBE"
#define PHONE "phone = \"+14155550123\";"
#define ANNA "{ name = \"anna\"; key = \"" KEY_A "\"; " PHONE " }"
#define BEN                                                                    \
	"{ name = \"ben\"; cert_id = \"b\"; ca = \"" KEY_B                     \
	"\"; user = \"ben\"; }"
#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY"

static struct confdir d;
static struct user_people people;

static enum user_result
read_people(const char *text)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);
	struct user_record r;
	enum user_result result;

	confdir_write(&d, "users.d/deploy.conf", text);
	assert_int_equal(
	    user_record_read(c, "deploy", &r, &d.report), USER_PEOPLE);
	assert_string_equal(r.phone, "");
	result = user_people_read(c, "deploy", NULL, &people, &d.report);
	assert_int_equal(result == USER_PEOPLE, people.count > 0);
	settings_free(c);
	return result;
}

/* The person of the file as it is. */
static enum user_result
read_person(const char *name, struct user_person *who, struct user_record *r)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);
	enum user_result result;

	memset(who, 0xff, sizeof(*who));
	memset(r, 0xff, sizeof(*r));
	snprintf(who->name, sizeof(who->name), "%s", name);
	result = user_person_read(c, "deploy", NULL, who, r, &d.report);
	settings_free(c);
	return result;
}

static void
write_ben(const char *text)
{
	confdir_write(&d, "users.d/ben.conf", text);
}

static void
test_list(void **state)
{
	(void)state;
	assert_int_equal(
	    read_people("people = ( " ANNA ", " BEN " );"), USER_PEOPLE);
	assert_string_equal(d.log, "");
	assert_int_equal(people.count, 2);
	assert_string_equal(people.person[0].name, "anna");
	assert_string_equal(people.person[0].key, KEY_A);
	assert_string_equal(people.person[0].user, "");
	assert_string_equal(people.person[1].cert_id, "b");
	assert_string_equal(people.person[1].ca, KEY_B);
	assert_string_equal(people.person[1].user, "ben");
}

static void
test_no_list(void **state)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);
	struct user_person who = { .name = "anna" };
	struct user_record r;

	(void)state;
	confdir_write(&d, "users.d/alice.conf", PHONE);
	assert_int_equal(
	    user_people_read(c, "alice", NULL, &people, &d.report), USER_FOUND);
	assert_int_equal(
	    user_person_read(c, "alice", NULL, &who, &r, &d.report),
	    USER_ABSENT);
	assert_int_equal(
	    user_people_read(c, "bob", NULL, &people, &d.report), USER_ABSENT);
	assert_int_equal(
	    user_people_read(c, "../b", NULL, &people, &d.report), USER_ERROR);
	settings_free(c);
}

static void
test_own_record(void **state)
{
	struct user_person who;
	struct user_record r;

	(void)state;
	read_people("people = ( " ANNA ", { name = \"zoe\"; enabled = false; "
		    "email = \"z@example.org\"; } );");
	assert_int_equal(read_person("anna", &who, &r), USER_FOUND);
	assert_string_equal(who.key, KEY_A);
	assert_string_equal(r.phone, "+14155550123");
	assert_int_equal(r.channel[0], METHOD_SMS);
	assert_true(r.enabled);
	assert_int_equal(read_person("zoe", &who, &r), USER_FOUND);
	assert_string_equal(r.phone, "");
	assert_int_equal(r.channel[0], METHOD_EMAIL);
	assert_false(r.enabled);
	assert_int_equal(read_person("ben", &who, &r), USER_ABSENT);
	assert_int_equal(read_person("", &who, &r), USER_ABSENT);
	assert_string_equal(d.log, "");
}

/* The digest is of both files: a change of either ends what is remembered. */
static void
test_other_record(void **state)
{
	struct user_record a, b, c;
	struct user_person who;

	(void)state;
	write_ben("phone = \"+4512345678\"; enabled = true;");
	read_people("people = ( " ANNA ", " BEN " );");
	assert_int_equal(read_person("ben", &who, &a), USER_FOUND);
	assert_string_equal(a.phone, "+4512345678");
	assert_string_equal(who.user, "ben");
	assert_true(a.enabled);
	write_ben("phone = \"+4512345678\"; enabled = false;");
	assert_int_equal(read_person("ben", &who, &b), USER_FOUND);
	assert_false(b.enabled);
	assert_memory_not_equal(a.digest, b.digest, sizeof(a.digest));
	read_people("people = ( " BEN " );");
	assert_int_equal(read_person("ben", &who, &c), USER_FOUND);
	assert_memory_not_equal(b.digest, c.digest, sizeof(b.digest));
}

/* Also of the secret of the person's app, or of that user's, in its file. */
static void
test_secrets(void **state)
{
	char anna[512], ben[256];
	struct user_record a, b;
	struct user_person who;

	(void)state;
	snprintf(ben, sizeof(ben), "totp_secret_file = \"%s/totp\";", d.path);
	snprintf(anna, sizeof(anna),
	    "people = ( { name = \"anna\"; %s }, " BEN " );", ben);
	confdir_write(&d, "totp", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n");
	write_ben(ben);
	read_people(anna);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "anna" : "ben";

		confdir_write(&d, "totp", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n");
		assert_int_equal(read_person(name, &who, &a), USER_FOUND);
		confdir_write(&d, "totp", "BBCDEFGHIJKLMNOPQRSTUVWXYZ234567\n");
		assert_int_equal(read_person(name, &who, &b), USER_FOUND);
		assert_memory_not_equal(a.digest, b.digest, sizeof(a.digest));
	}
}

/* The account's, the person's and that user's. */
static void
test_enabled(void **state)
{
	struct user_person who;
	struct user_record r;

	(void)state;
	write_ben(PHONE);
	read_people("enabled = false; people = ( " ANNA ", " BEN " );");
	assert_int_equal(read_person("anna", &who, &r), USER_FOUND);
	assert_false(r.enabled);
	assert_int_equal(read_person("ben", &who, &r), USER_FOUND);
	assert_false(r.enabled);
	read_people("people = ( { name = \"b\"; user = \"ben\"; "
		    "enabled = false; } );");
	assert_int_equal(read_person("b", &who, &r), USER_FOUND);
	assert_false(r.enabled);
}

/* What is wrong with one person's secret, or user, is nobody else's. */
static void
test_apart(void **state)
{
	static const struct user_record empty;
	struct user_person who;
	struct user_record r;

	(void)state;
	assert_int_equal(
	    read_people("people = ( " ANNA ", " BEN ", { name = \"zoe\"; "
			"totp_secret_file = \"@D/none\"; } );"),
	    USER_PEOPLE);
	assert_int_equal(read_person("anna", &who, &r), USER_FOUND);
	assert_string_equal(d.log, "");
	assert_int_equal(read_person("zoe", &who, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "twofactl totp deploy --person zoe"));
	assert_memory_equal(&r, &empty, sizeof(r));
	confdir_write(&d, "none", BASE32);
	assert_int_equal(read_person("zoe", &who, &r), USER_FOUND);
	assert_string_equal(r.app[0].secret.b, BASE32);
	assert_int_equal(read_person("ben", &who, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "user: \"ben\" has no file"));
	write_ben("people = ( " ANNA " );");
	assert_int_equal(read_person("ben", &who, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "\"ben\" is itself shared by people"));
	write_ben("phone = \"x\";");
	assert_int_equal(read_person("ben", &who, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "ben.conf:1: phone: "));
	assert_non_null(strstr(d.log, "deploy.conf:1: user: the file of "));
	assert_memory_equal(&r, &empty, sizeof(r));
}

/* A text that is in no file yet. */
static void
test_text(void **state)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);
	struct user_person who = { .name = "anna" };
	struct user_record r;

	(void)state;
	assert_int_equal(user_people_read(c, "deploy", "people = ( " ANNA " );",
			     &people, &d.report),
	    USER_PEOPLE);
	assert_int_equal(user_person_read(c, "deploy", "people = ( " ANNA " );",
			     &who, &r, &d.report),
	    USER_FOUND);
	assert_string_equal(r.phone, "+14155550123");
	settings_free(c);
}

#define ONE(more) "people = ( " ANNA ", { " more " } );"
#define NAMED(more) ONE("name = \"ben\"; " PHONE more)

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "people = ();", "people: is an empty list" },
		{ "people = 1;", "people: is a number, must be a list" },
		{ "people = { name = \"anna\"; };",
		    "people: is a group { }, must be a list" },
		{ "people = ( 1 );", "people: is a number, must be a group" },
		{ ONE(PHONE), "name: is missing" },
		{ ONE("name = \"..\"; " PHONE), "name: invalid value \"..\"" },
		{ ONE("name = \"a b\"; " PHONE),
		    "name: invalid value \"a b\"" },
		{ ONE("name = \"anna\"; " PHONE),
		    "name: \"anna\" belongs to another person as well" },
		{ NAMED("key = \"" KEY_A "\";"),
		    "key: \"" KEY_A "\" belongs to another person as well" },
		{ NAMED("key = \"MD5:1\";"), "key: invalid value \"MD5:1\"" },
		{ NAMED("key = \"" KEY_A "A\";"), "key: has 51 bytes" },
		{ NAMED("key = \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			"AAAB\";"),
		    "key: " },
		{ NAMED("cert_id = \"x\";"), "ca: is missing" },
		{ NAMED("sk_keys = \"" KEY_A "\";"),
		    "sk_keys: is not for one of several people" },
		{ "sk_keys = \"" KEY_A "\"; people = ( " ANNA " );",
		    "sk_keys: has no effect together with people" },
		{ NAMED("ca = \"" KEY_A "\";"), "cert_id: is missing" },
		{ NAMED("cert_id = \"x y\"; ca = \"" KEY_A "\";"),
		    "cert_id: invalid value \"x y\"" },
		{ "people = ( { name = \"a\"; cert_id = \"x\"; ca = \"" KEY_A
		  "\"; " PHONE " }, { name = \"b\"; cert_id = \"x\"; ca = "
		  "\"" KEY_A "\"; " PHONE " } );",
		    "cert_id: \"x\" belongs to another person as well" },
		{ NAMED("user = \"ben\";"),
		    "phone: has no effect together with user" },
		{ ONE("name = \"ben\"; user = \"b n\";"), "user: " },
		{ ONE("name = \"ben\";"), "phone: is missing" },
		{ ONE("name = \"ben\"; phone = \"1\";"), "phone: is not" },
		{ ONE("name = \"ben\"; channels = [\"email\"]; " PHONE),
		    "channels: \"email\" without email" },
		{ NAMED("colour = 1;"),
		    "colour: unknown key; expected name, "
		    "key, cert_id, ca, user, phone" },
		{ NAMED("people = ( " ANNA " );"), "people: unknown key" },
		{ NAMED("language = \"xx\";"), "language: \"xx\" is unknown" },
		{ PHONE "people = ( " ANNA " );",
		    "phone: has no effect together with people" },
		{ "channels = [\"sms\"]; people = ( " ANNA " );",
		    "channels: has no effect together with people" },
		{ "colour = 1; people = ( " ANNA " );",
		    "colour: unknown key; expected people, phone" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_people(rows[i].text), USER_ERROR);
		if (strstr(d.log, rows[i].says) == NULL)
			fail_msg("%s: no \"%s\" in: %s", rows[i].text,
			    rows[i].says, d.log);
	}
}

/* One id of two who signed it is two people's. */
static void
test_one_id_two_cas(void **state)
{
	(void)state;
	assert_int_equal(
	    read_people("people = ( { name = \"a\"; cert_id = \"x\"; ca = "
			"\"" KEY_A "\"; " PHONE " }, { name = \"b\"; cert_id "
			"= \"x\"; ca = \"" KEY_B "\"; " PHONE " } );"),
	    USER_PEOPLE);
}

static void
test_how_many(void **state)
{
	char text[8192] = "people = ( ";
	size_t used;

	(void)state;
	for (int i = 0; i < USER_PEOPLE_MAX; i++) {
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used,
		    "%s{ name = \"p%d\"; " PHONE " }", i > 0 ? ", " : "", i);
	}
	used = strlen(text);
	strcpy(text + used, " );");
	assert_int_equal(read_people(text), USER_PEOPLE);
	assert_int_equal(people.count, USER_PEOPLE_MAX);
	strcpy(text + used, ", " ANNA " );");
	assert_int_equal(read_people(text), USER_ERROR);
	assert_non_null(strstr(d.log,
	    "people: has 51 people; expected a list "
	    "of 1 to 50 groups"));
}

UNIT_TESTS(test_user_people)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_list, &d),
		CONFDIR_TEST(test_no_list, &d),
		CONFDIR_TEST(test_own_record, &d),
		CONFDIR_TEST(test_other_record, &d),
		CONFDIR_TEST(test_secrets, &d),
		CONFDIR_TEST(test_enabled, &d),
		CONFDIR_TEST(test_apart, &d),
		CONFDIR_TEST(test_text, &d),
		CONFDIR_TEST(test_refused, &d),
		CONFDIR_TEST(test_one_id_two_cas, &d),
		CONFDIR_TEST(test_how_many, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
