/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that are in the state: as in files, key by key, and what is not. */
#include "tests/support/confdir.h"

#include "lib/fleet_records/fleet_records.h"
#include "lib/settings/settings.h"
#include "lib/settings/settings_inside.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SERVER "state = \"postgresql://db/twofa\";\n"
#define STORE                                                                  \
	"store = { host = \"a\"; ca_file = \"/c\"; password_file = \"/p\"; "   \
	"fleet_key_file = \"@D/fleet.key\"; };\n"
#define SHARED CONFDIR_BASE SERVER STORE "users = \"state\";\n"
#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY"
#define KEY_A "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BASE "0123456789abcdef0123456789abcdef" /* of twofactl self */
#define PHONE "phone = \"+14155550123\";\n"

static struct confdir d;
static unsigned char key[SETTINGS_FLEET_KEY_LEN];

/* The state: what it holds of one user, and how it answers. */
static struct {
	const char *user, *text;
	enum record_source_found instead; /* of RECORD_SOURCE_THERE */
	unsigned asked;
} there;

static enum record_source_found
answer(struct record_source *source, const char *user, const char **text)
{
	(void)source;
	there.asked++;
	if (there.instead != RECORD_SOURCE_THERE)
		return there.instead;
	if (strcmp(user, there.user) != 0)
		return RECORD_SOURCE_NONE;
	*text = there.text;
	return RECORD_SOURCE_THERE;
}

static struct record_source source = {
	.text = answer, .unseal = fleet_seal_open, .cause = "its cause"
};

static struct settings *
shared(const char *user, const char *text)
{
	struct settings *c;

	memset(key, 'k', sizeof(key));
	confdir_bytes(&d, "fleet.key", key, sizeof(key));
	c = confdir_loaded(&d, SHARED);
	assert_true(c->users_state);
	c->records = &source;
	there.user = user;
	there.text = text;
	there.instead = RECORD_SOURCE_THERE;
	there.asked = 0;
	return c;
}

static const char *
sealed(const char *whose)
{
	static char text[FLEET_SEAL_TEXT_MAX];
	struct secret secret = { BASE32, strlen(BASE32) };

	assert_int_equal(fleet_seal_secret(key, whose, &secret, text), 0);
	return text;
}

/* Each key of a record, with what it needs beside it. A new one fails the test
 * until it is here. */
static const struct {
	const char *key, *line;
} keys[] = {
	{ "phone", PHONE },
	{ "phones",
	    "phones = ( { number = \"+14155550123\"; name = \"x\"; }, "
	    "{ number = \"+14155550124\"; voice = true; } );\n" },
	{ "receiver", "receiver = \"alice-7Yk2m\";\n" },
	{ "email", PHONE "email = \"a@example.org\";\n" },
	{ "channels", PHONE "channels = [\"voice\", \"sms\"];\n" },
	{ "provider", PHONE "provider = \"vonage\";\n" },
	{ "language", PHONE "language = \"de\";\n" },
	{ "enabled", PHONE "enabled = false;\n" },
	{ "uid", PHONE "uid = 1003;\n" },
	{ "left", PHONE "left = true;\n" },
	{ "totp_secret_file", "totp_secret_file = \"%s\";\n" },
	{ "totp_period", "totp_secret_file = \"%s\"; totp_period = 60;\n" },
	{ "totp_hash", "totp_secret_file = \"%s\"; totp_hash = \"SHA256\";\n" },
	{ "push_identity",
	    "push_identity = \"abcd1234\"; push_factor = "
	    "\"YF0123456789abcdef0123456789abcdef\";\n" },
	{ "push_factor",
	    "push_identity = \"abcd1235\"; push_factor = "
	    "\"YF1123456789abcdef0123456789abcdef\";\n" },
	{ "apps",
	    "apps = ( { secret_file = \"%1$s\"; name = \"a\"; },"
	    " { secret_file = \"%1$s\"; digits = 8; period = 60; } );\n" },
	{ "tokens",
	    "totp_secret_file = \"%1$s\"; tokens = ( { secret_file = "
	    "\"%1$s\"; type = \"hotp\"; serial = \"GA 1\"; } );\n" },
	{ "totp_factor",
	    "push_identity = \"abcd1236\"; totp_factor = "
	    "\"YF2123456789abcdef0123456789abcdef\";\n" },
	{ "authy_id", "authy_id = \"123\";\n" },
	{ "accounts",
	    "accounts = ( { provider = \"sso\"; issuer = \"https://a.b\"; "
	    "sub = \"1\"; } );\n" },
	{ "sk_keys",
	    PHONE
	    "sk_keys = \"SHA256:yEA7Xl8nyliV8YP2serBdF4quJ2lIJwhO8cOfnXNdLs\";"
	    "\n" },
};

static void
same(const struct user_record *a, const struct user_record *b)
{
	struct user_record x = *a, y = *b;

	/* of the text, which has the secret in the one and its file in the
	 * other */
	memset(x.digest, 0, sizeof(x.digest));
	memset(y.digest, 0, sizeof(y.digest));
	x.in_state = y.in_state = false;
	for (size_t i = 0; i < USER_APPS_MAX; i++)
		x.app[i].changed_ns = y.app[i].changed_ns = 0;
	assert_memory_equal(&x, &y, sizeof(x));
}

static void
compare(const char *line, const char *user, const char *whose)
{
	char text[4096] = "", file[4096], path[128];
	struct user_record in_state, in_file;
	struct settings *c = shared(user, text);

	snprintf(path, sizeof(path), "%s/alice.totp", d.path);
	confdir_write(&d, "alice.totp", BASE32 "\n");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), line, sealed(whose));
	snprintf(file, sizeof(file), line, path);
#pragma GCC diagnostic pop
	assert_int_equal(
	    user_record_read(c, user, &in_state, &d.report), USER_FOUND);
	confdir_write(&d, "users.d/bob.conf", file);
	assert_int_equal(
	    user_record_read(c, "bob", &in_file, &d.report), USER_FOUND);
	assert_string_equal(d.log, "");
	/* also for changes by twofactl self; sources keep what they read */
	assert_int_equal(there.asked, 2);
	assert_true(in_state.in_state && !in_file.in_state);
	same(&in_state, &in_file);
	settings_free(c);
}

static void
key_by_key(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t k = 0; k < user_record_keys.n; k++) {
		const char *name = user_record_keys.entry[k].key;
		size_t i = 0;

		while (i < COUNT(keys) && strcmp(keys[i].key, name) != 0)
			i++;
		if (i == COUNT(keys))
			fail_msg("%s: give it a line here", name);
		compare(keys[i].line, "alice", "alice");
		found++;
	}
	assert_int_equal(found, COUNT(keys));
}

/* The people of an account, each key of theirs as well. */
static void
people_too(void **state)
{
	struct user_people *in_state = calloc(1, sizeof(*in_state));
	struct user_record record;
	char text[4096] = "";
	struct settings *c = shared("deploy", text);

	(void)state;
	snprintf(text, sizeof(text),
	    "people = ( { name = \"anna\"; key = \"" KEY_A
	    "\"; totp_secret_file = \"%s\"; },\n{ name = \"ben\"; cert_id = "
	    "\"b\"; ca = \"" KEY_A "\"; user = \"ben\"; } );\n",
	    sealed("deploy//anna"));
	assert_int_equal(
	    user_people_read(c, "deploy", NULL, in_state, &d.report),
	    USER_PEOPLE);
	assert_int_equal(user_person_read(c, "deploy", NULL,
			     &in_state->person[0], &record, &d.report),
	    USER_FOUND);
	assert_string_equal(record.app[0].secret.b, BASE32);
	/* ben's record is a file here, which wins; his entry is not */
	confdir_write(&d, "users.d/ben.conf", PHONE);
	assert_int_equal(user_person_read(c, "deploy", NULL,
			     &in_state->person[1], &record, &d.report),
	    USER_FOUND);
	assert_string_equal(record.phone, "+14155550123");
	assert_string_equal(d.log, "");
	assert_int_equal(in_state->count, 2);
	assert_string_equal(in_state->person[1].cert_id, "b");
	assert_string_equal(in_state->person[1].ca, KEY_A);
	assert_string_equal(in_state->person[1].user, "ben");
	free(in_state);
	settings_free(c);
}

static void
a_file_wins_whole(void **state)
{
	struct settings *c = shared("alice",
	    "phone = \"+14155550999\";\n"
	    "email = \"a@example.org\";\n");
	struct user_record r;

	(void)state;
	confdir_write(&d, "users.d/alice.conf", PHONE);
	assert_int_equal(
	    user_record_read(c, "alice", &r, &d.report), USER_FOUND);
	assert_string_equal(r.phone, "+14155550123");
	assert_string_equal(r.email, "");
	assert_int_equal(there.asked, 0);
	/* also when it is wrong */
	confdir_write(&d, "users.d/alice.conf", "phone = \"1\";\n");
	assert_int_equal(
	    user_record_read(c, "alice", &r, &d.report), USER_ERROR);
	assert_int_equal(there.asked, 0);
	settings_free(c);
}

static void
expect(struct settings *c, enum user_result wanted, const char *words)
{
	static const struct user_record empty;
	struct user_record r;

	d.log[0] = '\0';
	assert_int_equal(user_record_read(c, "alice", &r, &d.report), wanted);
	if (strstr(d.log, words) == NULL)
		fail_msg("%s", d.log);
	if (wanted != USER_FOUND)
		assert_memory_equal(&r, &empty, sizeof(r));
}

/* With unenrolled = "allow" that would let in by a password. */
static void
an_outage_is_not_absent(void **state)
{
	struct settings *c = shared("alice", PHONE);

	(void)state;
	there.instead = RECORD_SOURCE_OUTAGE;
	expect(c, USER_OUTAGE, "alice in the state: its cause");
	there.instead = RECORD_SOURCE_FAILED;
	expect(c, USER_ERROR, "alice in the state: its cause");
	there.instead = RECORD_SOURCE_NONE;
	expect(c, USER_ABSENT, "");
	c->records = NULL;
	expect(c, USER_ERROR, "the state is not asked");
	settings_free(c);
}

static struct user_account login_of;

static enum record_source_found
answer_later(struct record_source *from, const char *user, const char **text)
{
	login_of = (struct user_account){ "", 0, USER_LEFT };
	return answer(from, user, text);
}

/* While a server is asked, another thread of the state broker has read the
 * record of somebody who has left. */
static void
read_by_another_thread(void **state)
{
	struct settings *c = shared("bob", PHONE);
	struct user_record r;

	(void)state;
	c->account = &login_of;
	source.text = answer_later;
	assert_int_equal(user_record_read(c, "alice", &r, NULL), USER_ABSENT);
	assert_false(user_account_is_other(c));
	source.text = answer;
	settings_free(c);
}

/* Nor is that one's uid compared with the record. */
static void
the_uid_of_another_thread(void **state)
{
	struct settings *c = shared("alice", "uid = 1004;\n" PHONE);
	struct user_record r;

	(void)state;
	c->account = &login_of;
	c->store.same_uids = true;
	user_account_set(c, "alice", 1003);
	source.text = answer_later;
	assert_int_equal(user_record_read(c, "alice", &r, NULL), USER_ABSENT);
	assert_true(user_account_is_other(c));
	source.text = answer;
	settings_free(c);
}

/* A secret of another user, of another key, bent, or in a file of one host. */
static void
secrets_that_are_not(void **state)
{
	char text[2048] = "";
	struct settings *c = shared("alice", text);

	(void)state;
	snprintf(
	    text, sizeof(text), "totp_secret_file = \"%s\";", sealed("bob"));
	expect(c, USER_ERROR,
	    "alice in the state:1: totp_secret_file: cannot be opened");
	memset(key, 'x', sizeof(key));
	snprintf(
	    text, sizeof(text), "totp_secret_file = \"%s\";", sealed("alice"));
	expect(c, USER_ERROR, "cannot be opened");
	memset(key, 'k', sizeof(key));
	snprintf(
	    text, sizeof(text), "totp_secret_file = \"%s\";", sealed("alice"));
	expect(c, USER_FOUND, "");
	text[40] = text[40] == 'A' ? 'B' : 'A';
	expect(c, USER_ERROR, "cannot be opened");
	snprintf(
	    text, sizeof(text), "totp_secret_file = \"%s/secret\";", d.path);
	expect(c, USER_ERROR, "is on one host alone");
	snprintf(text, sizeof(text), "phone = 1;");
	expect(c, USER_ERROR, "alice in the state:1: phone");
	/* as a host may have written it: no secret while it waits */
	snprintf(text, sizeof(text),
	    "# self-app 99999999999 %s + " BASE "\n" PHONE, sealed("bob"));
	expect(c, USER_FOUND, "");
	snprintf(text, sizeof(text), "# self-app 1 %s + " BASE "\n" PHONE,
	    sealed("bob"));
	expect(c, USER_ERROR, "the line of twofactl self is malformed");
	settings_free(c);
}

/* A text that is to be written there is read as it will be. */
static void
a_text_of_the_state(void **state)
{
	struct settings *c = shared("alice", "");
	struct user_record r;
	char text[2048];

	(void)state;
	snprintf(
	    text, sizeof(text), "totp_secret_file = \"%s\";", sealed("alice"));
	assert_int_equal(
	    user_record_parse(c, "alice", text, &r, &d.report), USER_FOUND);
	c->records = NULL; /* nobody opens it */
	assert_int_equal(
	    user_record_parse(c, "alice", text, &r, &d.report), USER_ERROR);
	assert_non_null(strstr(d.log, "cannot be opened"));
	confdir_write(&d, "users.d/alice.conf", PHONE);
	assert_int_equal(
	    user_record_parse(c, "alice", text, &r, &d.report), USER_ERROR);
	assert_non_null(
	    strstr(d.log, "users.d/alice.conf:1: totp_secret_file"));
	settings_free(c);
}

static void
settings_that_are_not(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "users = \"state\";\n",
		    ":4: users: \"state\" needs a state at postgresql://" },
		{ "users = \"state\";\n",
		    ":4: users: \"state\" needs a key that the hosts share" },
		{ "users = \"state\";\nstate = \"/var/lib/twofa/state.db\";\n"
		  "store = { fleet_key_file = \"@D/fleet.key\"; };\n",
		    ":4: users: \"state\" needs a state at postgresql://" },
		{ "users = \"state\";\n" SERVER
		  "store = { host = \"a\"; ca_file = \"/c\"; "
		  "password_file = \"/p\"; };\n",
		    ":4: users: \"state\" needs a key that the hosts share" },
		{ "users = \"ldap\";\n",
		    ":4: users: \"ldap\" is unknown; expected \"files\", "
		    "\"state\"" },
	};
	struct settings *c;

	(void)state;
	confdir_bytes(&d, "fleet.key", key, sizeof(key));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[2048];

		snprintf(text, sizeof(text), CONFDIR_BASE "%s", rows[i].text);
		assert_null(confdir_load(&d, text));
		if (strstr(d.log, rows[i].words) == NULL)
			fail_msg("%s", d.log);
	}
	c = confdir_loaded(&d, CONFDIR_BASE "users = \"files\";\n");
	assert_false(c->users_state);
	settings_free(c);
}

#define TEST(f) CONFDIR_TEST(f, &d)

UNIT_TESTS(test_users_state)
{
	const struct CMUnitTest tests[] = {
		TEST(key_by_key),
		TEST(people_too),
		TEST(a_file_wins_whole),
		TEST(an_outage_is_not_absent),
		TEST(read_by_another_thread),
		TEST(the_uid_of_another_thread),
		TEST(secrets_that_are_not),
		TEST(a_text_of_the_state),
		TEST(settings_that_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
