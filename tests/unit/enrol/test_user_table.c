/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of users: its rows, and every complaint with its line. */
#include "tests/support/confdir.h"

#include <dlfcn.h>
#include <errno.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/records/records.h"

static struct confdir d;
static struct settings *conf;
static struct name_list accounts;
static struct import_table file;
static char log_text[8192], last[512];
static bool interrupt; /* the next read, by a signal */

ssize_t
read(int fd, void *to, size_t len)
{
	void *found = dlsym(RTLD_NEXT, "read");
	ssize_t (*real)(int, void *, size_t);

	memcpy(&real, &found, sizeof(real));
	if (!interrupt)
		return real(fd, to, len);
	interrupt = false;
	errno = EINTR;
	return -1;
}

/* The same where the compiler knows the room. */
ssize_t __read_chk(int fd, void *to, size_t len, size_t room);

ssize_t
__read_chk(int fd, void *to, size_t len, size_t room)
{
	return read(fd, to, len < room ? len : room);
}

static void
note(void *ctx, const char *line)
{
	size_t used = strlen(log_text);

	(void)ctx;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
	snprintf(last, sizeof(last), "%s", line);
}

static const struct settings_report noted = { .line = note };

static int
setup(void **state)
{
	static const char *const name[] = { "carol", "alice", "bob",
		"DOM\\dave" };

	(void)state;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(name_list_add(&accounts, name[i]), 0);
	name_list_sort(&accounts);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	import_table_free(&file);
	name_list_free(&accounts);
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

static int
read_text(const char *text)
{
	int rc;

	import_table_free(&file);
	log_text[0] = '\0';
	file = (struct import_table){
		.name = "x.csv", .conf = conf, .accounts = &accounts
	};
	terminal_set_error_sink(&noted);
	rc = import_table_read(&file, text, strlen(text));
	terminal_set_error_sink(NULL);
	return rc;
}

static void
test_rows(void **state)
{
	(void)state;
	assert_int_equal(read_text("Phone, USER ,channels\n"
				   "+14155550123,alice,\n"
				   "\n"
				   "+1 415 555 0124, bob ,\"voice,sms\"\n"
				   "+14155550125,DOM\\dave\n"),
	    0);
	assert_string_equal(log_text, "");
	assert_int_equal(file.count, 3);
	assert_string_equal(file.row[0].user, "alice");
	assert_int_equal(file.row[0].line, 2);
	assert_string_equal(file.row[0].wanted.list, "");
	assert_string_equal(file.row[1].user, "bob");
	assert_int_equal(file.row[1].line, 4);
	assert_string_equal(file.row[1].wanted.phone, "+14155550124");
	assert_string_equal(file.row[1].wanted.list, "[\"voice\", \"sms\"]");
	assert_string_equal(file.row[2].user, "DOM\\dave");
}

static void
test_rows_that_are_wrong(void **state)
{
	static const struct {
		const char *rows, *want;
	} row[] = {
		{ "alice,12\n", "2: phone: the number" },
		{ "alice,\n", "2: phone: is missing\n" },
		{ ",+14155550123\n", "2: user: \"\" is not a user name" },
		{ "no-such-account,+14155550123\n",
		    "2: user: no account \"no-such-account\"" },
		{ "alice,+14155550123,x\n", "2: 3 columns, but" },
		{ "alice,+14155550123\nbob,+14155550124\n"
		  "alice,+14155550125\n",
		    "4: user: \"alice\" is also on line 2" },
		{ "alice,+14155550123\nbob,\"\n", "3: a quote is never" },
		{ "alice,+14155550123\nbob,+14155550123\n", "" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool good = row[i].want[0] == '\0';

		snprintf(text, sizeof(text), "user,phone\n%s", row[i].rows);
		assert_int_equal(read_text(text), good ? 0 : -1);
		if (strstr(log_text, row[i].want) == NULL)
			fail_msg("%s: %s", row[i].rows, log_text);
	}
	assert_non_null(strstr(log_text,
	    "warning: x.csv:3: phone: bob has the number of alice (line 2)"));
}

static void
test_headers_that_are_wrong(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "", "x.csv: is empty" },
		{ "\n\n", "x.csv: is empty" },
		{ "user,phone\n", "x.csv: there is no user" },
		{ "user,phone,phone\nalice,1,1",
		    "1: column \"phone\" appears" },
		{ "user,number\nalice,1", "1: column 2 is not known" },
		{ "phone\n+1", "1: there is no column \"user\"" },
		{ "user\nalice", "1: there is no column" },
		{ "alice,+14155550123\n", "1: column 1 is not known" },
		{ "\"user", "1: a quote is never" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(read_text(row[i].text), -1);
		if (strstr(log_text, row[i].want) == NULL)
			fail_msg("%s: %s", row[i].text, log_text);
	}
}

/* The system is asked for a name that it does not list. */
static void
test_account_off_the_list(void **state)
{
	(void)state;
	assert_int_equal(read_text("user,phone\nroot,+14155550123\n"), 0);
	assert_string_equal(file.row[0].user, "root");
}

#define KEY "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define PEOPLE "user,person,phone,key,cert_id,ca,factors_of\n"

/* Of an account with people each has a line. */
static void
test_people(void **state)
{
	static const struct {
		const char *text, *want;
	} bad[] = {
		{ PEOPLE "carol,anna,+14155550123,,,,\n"
			 "carol,anna,+14155550124,,,,\n",
		    "3: user: \"carol//anna\" is also on line 2" },
		{ PEOPLE "carol,an na,+14155550123,,,,\n",
		    "2: person: \"an na\" is not a person's name" },
		{ PEOPLE "carol,,+14155550123," KEY ",,,bob\n",
		    "2: key: belongs to one of the people" },
		{ PEOPLE "carol,,+14155550123," KEY ",,,bob\n",
		    "2: factors_of: belongs to one of the people" },
		{ PEOPLE "carol,anna,+14155550123,x.pub,,,\n", "2: key: " },
		{ PEOPLE "carol,anna,,,,,\n", "2: phone: is missing" },
		{ PEOPLE "eve,anna,+14155550123,,,,\n",
		    "2: user: no account \"eve\"" },
	};

	(void)state;
	assert_int_equal(read_text(PEOPLE "carol,anna,+14155550123," KEY ",,,\n"
					  "carol,ben,,,b@x," KEY ",bob\n"
					  "alice,,+14155550124,,,,\n"),
	    0);
	assert_string_equal(log_text, "");
	assert_int_equal(file.count, 3);
	assert_string_equal(file.row[0].user, "carol//anna");
	assert_string_equal(file.row[0].wanted.key, KEY);
	assert_string_equal(file.row[1].wanted.cert_id, "b@x");
	assert_string_equal(file.row[1].wanted.user, "bob");
	assert_string_equal(file.row[2].user, "alice");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(bad[i].text), -1);
		if (strstr(log_text, bad[i].want) == NULL)
			fail_msg("%zu: %s", i, log_text);
	}
}

static void
test_too_many_rows(void **state)
{
	static const char head[] = "user,phone\n", row[] = "-,1\n";
	const size_t len =
	    strlen(head) + ((size_t)IMPORT_TABLE_ROWS_MAX + 1) * strlen(row);
	char *text = malloc(len + 1), *end = text;

	(void)state;
	assert_non_null(text);
	for (end = stpcpy(end, head); end < text + len;)
		end = stpcpy(end, row);
	assert_int_equal(read_text(text), -1);
	assert_int_equal(file.count, IMPORT_TABLE_ROWS_MAX);
	assert_string_equal(
	    last, "x.csv:200002: too many rows; split the file");
	free(text);
}

/* What is to be imported, read whole. */
static int
read_whole(const char *path, const char *want)
{
	struct trusted_file whole;
	struct printed p;
	int rc;

	printed_begin(&p, &stderr);
	rc = place_file_read_path_or_stdin(&whole, path);
	assert_non_null(strstr(printed_end(&p), want));
	trusted_file_free(&whole);
	return rc;
}

static void
test_files(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(read_whole("/dev/zero", ": File too large"), -1);
	assert_int_equal(read_whole(d.path, ": Is a directory"), -1);
	snprintf(path, sizeof(path), "%s/nowhere", d.path);
	assert_int_equal(read_whole(path, "/nowhere: No such file"), -1);
	snprintf(path, sizeof(path), "%s/secret", d.path);
	interrupt = true;
	assert_int_equal(read_whole(path, ""), 0);
	assert_false(interrupt);
}

UNIT_TESTS(test_user_table)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_rows_that_are_wrong),
		TEST(test_headers_that_are_wrong),
		TEST(test_account_off_the_list),
		TEST(test_people),
		TEST(test_too_many_rows),
		TEST(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
