/* SPDX-License-Identifier: BSD-2-Clause */
/* A phone that its user has changed, beside the file and without one. */
#include "tests/support/confdir.h"

#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

#define OLD "+14155550123"
#define NEW "+14155550124"
#define OTHER "+14155550125"
#define DAY (24 * INT64_C(3600))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct confdir d;
static const char *in_state; /* NULL: nothing */
static enum record_source_found instead;
static char line[USER_CHANGE_MAX];

static enum record_source_found
answer(struct record_source *source, const char *user, const char **text)
{
	(void)source;
	if (instead != RECORD_SOURCE_THERE)
		return instead;
	*text = in_state;
	return in_state != NULL && strcmp(user, "alice") == 0
	    ? RECORD_SOURCE_THERE
	    : RECORD_SOURCE_NONE;
}

static struct record_source source = { .text = answer, .cause = "its cause" };

static enum user_result
reads(struct user_record *r)
{
	struct settings *c = confdir_loaded(&d, CONFDIR_BASE);
	enum user_result found;

	c->records = &source;
	d.log[0] = '\0';
	found = user_record_read(c, "alice", r, &d.report);
	settings_free(c);
	return found;
}

static void
file(const char *text)
{
	instead = RECORD_SOURCE_THERE;
	confdir_write(&d, "users.d/alice.conf", text);
}

/* The base of the file that is there. */
static const char *
base(void)
{
	static struct user_record r;

	in_state = NULL;
	assert_int_equal(reads(&r), USER_FOUND);
	return r.base;
}

static void
is(const char *phone, const char *to)
{
	struct user_record r;

	assert_int_equal(reads(&r), USER_FOUND);
	assert_string_equal(r.phone, phone);
	assert_string_equal(r.changed_to, to);
	assert_int_equal(r.changed_at > 0, to[0] != '\0');
}

static void
changed(int64_t ago_s, const char *before, const char *of)
{
	user_change_write(line, clock_wall_s() - ago_s,
	    &(struct user_phones_change){
		before[0] != '\0' ? before : OLD, 0, NEW },
	    before[0] != '\0', of);
	in_state = line;
}

static struct user_record
changed_so(int64_t at, bool waits)
{
	static struct user_record r;

	user_change_write(line, at, &(struct user_phones_change){ OLD, 0, NEW },
	    waits, base());
	in_state = line;
	assert_int_equal(reads(&r), USER_FOUND);
	return r;
}

/* A login that was remembered while a change waited was by the old phone. */
static void
remembered_until_it_counts(void **state)
{
	const int64_t at = clock_wall_s() - 60;
	struct user_record waits, counts;

	(void)state;
	file("phone = \"" OLD "\";\n");
	waits = changed_so(at, true);
	counts = changed_so(at, false);
	assert_true(waits.change_waits && !counts.change_waits);
	assert_memory_not_equal(
	    waits.digest, counts.digest, sizeof(waits.digest));
	in_state = NULL;
}

static void
beside_a_file(void **state)
{
	struct user_record plain, r;

	(void)state;
	file("phone = \"" OLD "\"; language = \"de\";\n");
	assert_int_equal(reads(&plain), USER_FOUND);
	changed(60, OLD, base());
	is(OLD, NEW);
	changed(DAY + 60, OLD, base());
	is(NEW, NEW);
	changed(-60, OLD, base()); /* a clock that was set back */
	is(OLD, NEW);
	changed(60, "", base());
	is(NEW, NEW);
	assert_int_equal(reads(&r), USER_FOUND);
	assert_memory_not_equal(r.digest, plain.digest, sizeof(r.digest));
	assert_string_equal(r.language, "de");
	file("phone = \"" OLD "\"; email = \"a@example.org\";\n");
	is(NEW, NEW);
	file("phones = ( { number = \"" OLD "\"; } );\n");
	is(NEW, NEW);
	file("phone = \"" OTHER "\";\n");
	is(OTHER, "");
	file("phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER
	     "\"; } );\n");
	is(OLD, "");
	file("receiver = \"alice-7Yk2m\";\n");
	is("", "");
	file("phone = \"" OLD "\"; enabled = false;\n");
	assert_int_equal(reads(&r), USER_FOUND);
	assert_false(r.enabled);
}

static void
without_one(void **state)
{
	char text[USER_CHANGE_MAX + 100];
	struct user_record r;

	(void)state;
	instead = RECORD_SOURCE_THERE;
	changed(60, OLD, "");
	snprintf(text, sizeof(text), "%sphone = \"" NEW "\";\n", line);
	in_state = text;
	is(OLD, NEW);
	changed(DAY, OLD, "");
	snprintf(text, sizeof(text), "%sphone = \"" NEW "\";\n", line);
	in_state = text;
	is(NEW, NEW);
	/* of a file that is gone: it is no record */
	changed(60, OLD, "0123456789abcdef0123456789abcdef");
	assert_int_equal(reads(&r), USER_ERROR);
	assert_string_equal(r.phone, "");
}

static void
what_is_none(void **state)
{
	static const char *const each[] = { "# self ", "# self \n",
		"# self 1\n", "# self 1 0" NEW "\n", "# self 1 0" NEW " -\n",
		"# self 1 0" NEW " - -\n", "# self 1 0" NEW " - - \n",
		"# self 0 0" NEW " - - " OLD "\n",
		"# self -1 0" NEW " - - " OLD "\n",
		"# self x 0" NEW " - - " OLD "\n",
		"# self 1 014155550124 - - " OLD "\n",
		"# self 1 0" NEW " x - " OLD "\n",
		"# self 1 0" NEW " - - - " OLD "\n",
		"# self 1 0" NEW " - - " OLD, "# self 1 0" NEW " - - -\n",
		"# self 1 " NEW " - - " OLD "\n",
		"# self 1 2" NEW " - - " OLD "\n",
		"# self 1 9" NEW " - - " OLD "\n", "# self 1 1 - - " OLD "\n",
		"# self 1 0 - - " OLD "\n", "# self 1 0" NEW " - - x," OLD "\n",
		"# self 1 0" NEW " - - " OLD ",x\n",
		"# self 1 3" NEW " - - " OLD "," OTHER "," OLD "\n",
		"# self 1 0" NEW " - - " OLD "," OTHER "," OLD "," OTHER "\n",
		"# self 99999999999999999999999999 0" NEW " - - " OLD "\n",
		"# self-app 1 ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 x -\n",
		"# self-app 1 ABCDEFG1 - -\n", "# self-app 1 " NEW " - -\n",
		"# self-app 0 ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 - -\n",
		"# self-other 1 ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 - -\n",
		"# self-app 1 ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 - - " OLD "\n",
		"# self 1 0" NEW " -\n- \n",
		"# self 1 0" NEW
		" - 0123456789abcdef0123456789abcdef0123456789 " OLD "\n" };
	struct user_record r;

	(void)state;
	file("phone = \"" OLD "\";\n");
	for (size_t i = 0; i < COUNT(each); i++) {
		in_state = each[i];
		if (reads(&r) != USER_ERROR || r.phone[0] != '\0')
			fail_msg("%s", each[i]);
	}
	in_state = "phone = \"" NEW "\";\n"; /* a record: the file holds */
	is(OLD, "");
	in_state = "";
	is(OLD, "");
	instead = RECORD_SOURCE_OUTAGE;
	assert_int_equal(reads(&r), USER_OUTAGE);
	instead = RECORD_SOURCE_FAILED;
	assert_int_equal(reads(&r), USER_ERROR);
	assert_non_null(strstr(d.log, "its cause"));
}

static const struct secret secret = { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32 };

static void
app_is(const char *base32, bool waits)
{
	struct user_record r;

	assert_int_equal(reads(&r), USER_FOUND);
	assert_string_equal(r.app[0].secret.b, base32);
	assert_int_equal(r.app_waits, waits);
}

static void
app_changed(int64_t ago_s, bool waits, const char *of)
{
	user_change_write_app(
	    line, clock_wall_s() - ago_s, secret.b, waits, of);
	in_state = line;
}

/* Beside a file, and beside a change of the phone. */
static void
an_app(void **state)
{
	char text[USER_CHANGES_MAX], again[USER_CHANGES_MAX];
	struct user_record plain, r;

	(void)state;
	file("phone = \"" OLD "\";\n");
	in_state = NULL;
	assert_int_equal(reads(&plain), USER_FOUND);
	app_changed(60, true, plain.app_base);
	app_is("", true);
	assert_int_equal(reads(&r), USER_FOUND);
	assert_true(r.app_changed_at > 0 && r.changed_at == 0);
	assert_memory_not_equal(r.digest, plain.digest, sizeof(r.digest));
	app_changed(DAY + 60, true, plain.app_base);
	app_is(secret.b, false);
	app_changed(60, false, plain.app_base);
	app_is(secret.b, false);
	changed(60, OLD, plain.base);
	PRINT_TO(text, "%s", line);
	app_changed(60, false, plain.app_base);
	user_change_keep(text, line, true);
	in_state = text;
	app_is(secret.b, false);
	is(OLD, NEW);
	app_changed(60, true, plain.app_base);
	PRINT_TO(again, "%s", line);
	user_change_keep(again, text, true); /* in place of the former */
	in_state = again;
	app_is("", true);
	is(OLD, NEW);
	file("phone = \"" OTHER "\";\n"); /* it replaces none */
	app_is("", false);
	is(OTHER, "");
	confdir_write(&d, "app", "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK\n");
	file("phone = \"" OLD "\"; totp_secret_file = \"@D/app\";\n");
	app_is("KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK", false);
	is(OLD, NEW);
	in_state = NULL;
	assert_int_equal(reads(&plain), USER_FOUND);
	app_changed(60, false, plain.app_base);
	app_is(secret.b, false);
	file("phone = \"" OTHER "\"; totp_secret_file = \"@D/app\";\n");
	app_is(secret.b, false);
}

static void
are(const char *phones, const char *to)
{
	char list[USER_PHONES_TEXT];
	struct user_record r;

	assert_int_equal(reads(&r), USER_FOUND);
	user_phones_text(&r, list);
	assert_string_equal(list, phones);
	assert_string_equal(r.changed_to, to);
	assert_int_equal(r.change_waits, strcmp(phones, to) != 0);
	assert_string_equal(r.phone, r.phones[0].number);
	for (size_t i = 0; i < r.phone_count; i++) {
		const bool voice = strcmp(r.phones[i].number, OTHER) == 0;

		assert_int_equal(r.phones[i].voice, voice);
		assert_string_equal(r.phones[i].name, voice ? "desk" : "");
	}
}

/* One of several, one more, one less: those that stay are the file's. */
static void
several_phones(void **state)
{
	static const char two[] = OLD "," OTHER;
	static const struct {
		struct user_phones_change c;
		const char *to;
	} each[] = { { { two, 0, NEW }, NEW "," OTHER },
		{ { two, 1, NEW }, OLD "," NEW },
		{ { two, 2, NEW }, OLD "," OTHER "," NEW },
		{ { two, 0, "" }, OTHER }, { { two, 1, "" }, OLD } };
	const char *of;

	(void)state;
	file("phones = ( { number = \"" OLD "\"; }, { number = \"" OTHER
	     "\"; name = \"desk\"; voice = true; } );\n");
	of = base();
	for (size_t i = 0; i < COUNT(each); i++) {
		in_state = line;
		user_change_write(
		    line, clock_wall_s() - 60, &each[i].c, true, of);
		are(two, each[i].to);
		user_change_write(
		    line, clock_wall_s() - DAY, &each[i].c, true, of);
		are(each[i].to, each[i].to);
		user_change_write(
		    line, clock_wall_s() - 60, &each[i].c, false, of);
		are(each[i].to, each[i].to);
	}
}

/* The longest of all is no longer than a row. */
static void
what_fits(void **state)
{
	static const char phones[] =
	    "+441234567890123,+441234567890124,+441234567890125";
	const struct user_phones_change c = { phones, 2, "+441234567890126" };
	char text[USER_CHANGES_MAX], after[USER_PHONES_TEXT],
	    shown[USER_PHONES_SHOWN];

	(void)state;
	assert_true(user_phones_after(&c, after));
	assert_string_equal(
	    after, "+441234567890123,+441234567890124,+441234567890126");
	user_phones_show(after, true, shown);
	assert_string_equal(shown,
	    "1 +441234567890123, 2 +441234567890124, 3 +441234567890126");
	user_phones_show(after, false, shown);
	assert_string_equal(shown,
	    "1 +44 ***-***-0123, 2 +44 ***-***-0124, 3 +44 ***-***-0126");
	user_phones_show(NEW, false, shown);
	assert_string_equal(shown, "+1 ***-***-0124");
	user_change_write(line, INT64_C(99999999999), &c, true, "");
	PRINT_TO(text, "%s", line);
	user_change_write_app(line, INT64_C(99999999999), secret.b, true, "");
	user_change_keep(text, line, true);
	user_change_keep(text,
	    "uid = 4294967294;\nphone = \"+441234567890123\";\n"
	    "channels = [\"sms\", \"voice\"];\n",
	    false);
	assert_non_null(strstr(text, "voice"));
	assert_in_range(strlen(text), 1, SECRET_MAX);
	user_change_write(line, INT64_C(99999999999), &c, true,
	    "0123456789abcdef0123456789abcdef");
	PRINT_TO(text, "%s", line);
	assert_int_equal(text[strlen(text) - 1], '\n');
	user_change_write_app(line, INT64_C(99999999999), secret.b, true,
	    "0123456789abcdef0123456789abcdef");
	user_change_keep(text, line, true);
	assert_in_range(strlen(text), 1, SECRET_MAX);
}

/* The record's own app is in the row, too. */
static void
an_app_without_a_file(void **state)
{
	static const char body[] =
	    "uid = 7;\n"
	    "totp_secret_file = \"KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK\";\n"
	    "channels = [\"totp\"];\n";
	static const char *const bad[] = { "totp_secret_file = \"\";\n",
		"totp_secret_file = \"AB\";\n",
		"totp_secret_file = \"/etc/shadow\";\n",
		"totp_secret_file = \"sealed:1:AAAA\";\n",
		"totp_secret_file = 1;\n" };
	char text[USER_CHANGES_MAX];
	struct user_record r;

	(void)state;
	instead = RECORD_SOURCE_THERE;
	in_state = body;
	app_is("KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK", false);
	app_changed(60, false, "");
	PRINT_TO(text, "%s", line);
	user_change_keep(text, body, false);
	in_state = text;
	app_is(secret.b, false);
	assert_int_equal(reads(&r), USER_FOUND);
	assert_int_equal(r.uid, 7);
	PRINT_TO(text, "%s", line);
	user_change_keep(text, body, true);
	in_state = text;
	assert_int_equal(reads(&r), USER_ERROR);
	for (size_t i = 0; i < COUNT(bad); i++) {
		in_state = bad[i];
		if (reads(&r) != USER_ERROR || r.app[0].secret.len != 0)
			fail_msg("%s", bad[i]);
	}
}

#define TEST(f) CONFDIR_TEST(f, &d)

UNIT_TESTS(test_user_change)
{
	const struct CMUnitTest tests[] = {
		TEST(remembered_until_it_counts),
		TEST(beside_a_file),
		TEST(without_one),
		TEST(what_is_none),
		TEST(several_phones),
		TEST(what_fits),
		TEST(an_app),
		TEST(an_app_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
