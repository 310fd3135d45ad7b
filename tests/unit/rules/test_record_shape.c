/* SPDX-License-Identifier: BSD-2-Clause */
/* Shapes: what they keep of a record, which texts are none, and their file. */
#include "tests/support/confdir.h"

#include <errno.h>
#include <sys/wait.h>

#include "lib/rules/rules.h"
#include "tests/support/entries.h"
#include "tests/support/unit_tests.h"

static struct confdir d;

/* Its shape, after there and back again. */
static const char *
through(const struct user_record *r)
{
	static char shape[DECOY_SHAPE_MAX], again[DECOY_SHAPE_MAX];
	struct user_record made_up;
	bool recovery = true;

	decoy_shape_from_record(r, shape);
	assert_int_equal(decoy_shape_to_record(shape, &made_up, &recovery), 0);
	assert_false(recovery);
	decoy_shape_from_record(&made_up, again);
	assert_string_equal(shape, again);
	return shape;
}

static void
test_of_a_record(void **state)
{
	struct user_record r = { .phone = "+447700900100",
		.channel = { METHOD_SMS },
		.channels = 1 };

	(void)state;
	assert_string_equal(through(&r), DECOY_SHAPE_DEFAULT);
	r.channel[0] = METHOD_TOTP;
	r.channel[1] = METHOD_VOICE;
	r.channels = 2;
	snprintf(r.app[0].secret.b, sizeof(r.app[0].secret.b), "GEZDGNBV");
	r.app[0].secret.len = 8;
	snprintf(r.email, sizeof(r.email), "alice@example.org");
	assert_string_equal(
	    through(&r), "channels=totp,voice keys=phone,email,totp");
	r.app[1] = r.app[0];
	r.app[1].kind.digits = TOTP_DIGITS_LONG;
	assert_string_equal(
	    through(&r), "channels=totp,voice keys=phone,email,totp,totp8");
	r.app[0].kind.digits = TOTP_DIGITS_LONG;
	assert_string_equal(
	    through(&r), "channels=totp,voice keys=phone,email,totp8");
	r.app[0].kind.digits = TOTP_DIGITS;
	memset(&r.app[1], 0, sizeof(r.app[1]));
	snprintf(r.provider, sizeof(r.provider), "vonage");
	snprintf(r.push_factor, sizeof(r.push_factor), "YF00");
	snprintf(r.totp_factor, sizeof(r.totp_factor), "YF01");
	snprintf(r.authy_id, sizeof(r.authy_id), "12345");
	assert_string_equal(through(&r),
	    "channels=totp,voice keys=phone,email,authy_id,push_factor,"
	    "totp_factor,totp provider=vonage");
}

/* The longest there is, and with recovery. */
static void
test_longest(void **state)
{
	struct user_record r = { .phone = "+4",
		.email = "a",
		.authy_id = "1",
		.push_factor = "Y",
		.totp_factor = "Y",
		.app = { { .secret = { "A", 1 } } },
		.channel = { METHOD_WHATSAPP, METHOD_EMAIL, METHOD_VOICE,
		    METHOD_PUSH, METHOD_TOTP, METHOD_SMS, METHOD_PAGE },
		.subject = { { "o", "https://a.b", "1" } },
		.subjects = 1,
		.channels = 7 };
	struct user_record back;
	char shape[DECOY_SHAPE_MAX];
	bool recovery;

	(void)state;
	memset(r.provider, 'p', SETTINGS_NAME_MAX);
	(void)through(&r);
	decoy_shape_from_record(&r, shape);
	assert_int_equal(decoy_shape_add_recovery(shape), 0);
	assert_int_equal(decoy_shape_to_record(shape, &back, &recovery), 0);
	assert_true(recovery);
	assert_string_equal(back.provider, r.provider);
	assert_int_equal(back.channels, 7);
	assert_int_equal(back.subjects, 1);
	memset(shape, 'x', sizeof(shape) - 1);
	shape[sizeof(shape) - 1] = '\0';
	assert_int_equal(decoy_shape_add_recovery(shape), -1);
}

static const char *const bad[] = { "", "sms", "channels=", "channels=sms",
	"channels=sms keys=", "channels=sms keys=phone,",
	"channels=,sms keys=phone", "channels=sms,recovery keys=phone",
	"channels=fax keys=phone", "channels=sms keys=fax",
	"channels=sms  keys=phone", " channels=sms keys=phone",
	"channels=sms keys=phone provider=a b", "channels=sms keys=phone x",
	"keys=phone channels=sms",
	"channels=sms,sms,sms,sms,sms,sms,sms,sms,sms,sms,sms keys=phone" };

static void
test_no_shapes(void **state)
{
	static const struct user_record empty;
	struct user_record r;
	bool recovery;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&r, 0xff, sizeof(r));
		if (decoy_shape_to_record(bad[i], &r, &recovery) == 0)
			fail_msg("'%s' is taken", bad[i]);
		assert_memory_equal(&r, &empty, sizeof(r));
		assert_false(recovery);
	}
}

static void
expect_file(int rc, const char *shape)
{
	char found[DECOY_SHAPE_MAX];

	assert_int_equal(decoy_shape_read(d.path, found), rc);
	assert_string_equal(found, shape);
}

static void
test_file(void **state)
{
	char path[512], link[512];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/shape", d.path);
	snprintf(link, sizeof(link), "%s/link", d.path);
	expect_file(-1, DECOY_SHAPE_DEFAULT);
	assert_int_equal(
	    decoy_shape_write(d.path, "channels=voice,sms keys=phone"), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	expect_file(0, "channels=voice,sms keys=phone");
	assert_int_equal(
	    decoy_shape_write(d.path, "channels=totp keys=totp"), 0);
	expect_file(0, "channels=totp keys=totp");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[DECOY_SHAPE_MAX];

		snprintf(line, sizeof(line), "%s\n", bad[i]);
		confdir_write(&d, "shape", line);
		expect_file(-1, DECOY_SHAPE_DEFAULT);
	}
	confdir_write(&d, "shape", "channels=totp keys=totp");
	expect_file(-1, DECOY_SHAPE_DEFAULT);
	/* another's, or open to others */
	confdir_write(&d, "shape", "channels=totp keys=totp\n");
	confdir_mode(&d, "shape", 0622);
	expect_file(-1, DECOY_SHAPE_DEFAULT);
	confdir_mode(&d, "shape", 0600);
	assert_int_equal(rename(path, link), 0);
	assert_int_equal(symlink(link, path), 0);
	expect_file(-1, DECOY_SHAPE_DEFAULT);
	/* a new one takes its place */
	assert_int_equal(
	    decoy_shape_write(d.path, "channels=sms keys=phone"), 0);
	expect_file(0, "channels=sms keys=phone");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(decoy_shape_write(d.path, DECOY_SHAPE_DEFAULT), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(entries_in(d.path), 3);
	assert_int_equal(
	    decoy_shape_write("/nonexistent", DECOY_SHAPE_DEFAULT), -1);
}

/* Whoever reads meanwhile sees one shape or the other. */
static void
test_race(void **state)
{
	static const char *const two[] = { DECOY_SHAPE_DEFAULT,
		"channels=totp,whatsapp,voice keys=phone,totp,recovery" };
	char found[DECOY_SHAPE_MAX];
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(decoy_shape_write(d.path, two[0]), 0);
	pid = fork();
	for (int n = 0; pid == 0 && n < 2000; n++)
		if (decoy_shape_write(d.path, two[n % 2]) != 0)
			_exit(1);
	if (pid == 0)
		_exit(0);
	for (int n = 0; n < 2000; n++) {
		assert_int_equal(decoy_shape_read(d.path, found), 0);
		assert_true(
		    strcmp(found, two[0]) == 0 || strcmp(found, two[1]) == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

UNIT_TESTS(test_record_shape)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_of_a_record, &d),
		CONFDIR_TEST(test_longest, &d),
		CONFDIR_TEST(test_no_shapes, &d),
		CONFDIR_TEST(test_file, &d),
		CONFDIR_TEST(test_race, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
