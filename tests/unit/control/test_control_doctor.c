/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper tells twofactl doctor of providers, clock and state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "helper/session/session.h"
#include "helper/control/control.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"
#include "tests/support/samples.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW 1767225600 /* 2026-01-01 00:00:00 UTC */

/* What the file system of the state says; f_frsize 0: there is plenty. */
static struct statvfs space;

/* In the place of libc's. */
int
statvfs(const char *path, struct statvfs *fs)
{
	if (strncmp(path, "/no/such/", 9) == 0)
		return -1;
	if (space.f_frsize == 0) {
		*fs = (struct statvfs){ .f_frsize = 4096, .f_bavail = 1 << 20 };
		return 0;
	}
	*fs = space;
	return 0;
}

static struct settings conf;
static const struct facts facts = { .purpose = PURPOSE_DOCTOR,
	.service = "",
	.user = "",
	.rhost = "",
	.ssh_addr = "",
	.boot_id = BOX_BOOT };

/* What the vendor answers to everything. */
static struct http_reply vendor;
static unsigned requests;

/* "problem NAME" and so on, one after the other, and the last text. */
static char told[512], text[FRAME_PROMPT_MAX + 1];

static void
say(void *ctx, const char *line)
{
	struct item r;
	size_t used = strlen(told);

	(void)ctx;
	assert_int_equal(item_read(&r, line), 0);
	snprintf(told + used, sizeof(told) - used, "%s %s%s%s;", r.text[0],
	    r.text[1], r.kind == ITEM_HELD ? " " : "",
	    r.kind == ITEM_HELD ? r.text[2] : "");
	if (r.kind != ITEM_HELD)
		snprintf(text, sizeof(text), "%s", r.text[2]);
}

static void
answer(void *ctx, const struct provider_conf *p, const struct http_request *req,
    int64_t deadline, struct http_reply *reply)
{
	(void)ctx;
	(void)p;
	(void)req;
	(void)deadline;
	requests++;
	*reply = vendor;
}

static const struct connection connection = { .send = answer };
static const struct ui ui = { .say = say };

static int64_t
now(void *ctx)
{
	(void)ctx;
	return 1000;
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return NOW;
}

static bool
no_pause(void *ctx, int64_t ms)
{
	(void)ctx;
	(void)ms;
	fail_msg("nothing is waited for");
	return false;
}

static const char *
run(void)
{
	const struct environment env = { .facts = &facts,
		.conf = &conf,
		.ui = &ui,
		.connection = &connection,
		.deadline = frame_clock_ms() + 60000,
		.now = now,
		.wall = wall,
		.pause = no_pause };
	struct login_result result;

	told[0] = text[0] = '\0';
	requests = 0;
	login_result_init(&result);
	control_run(&env, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	return told;
}

static void
reply_with(long status, const char *body)
{
	memset(&vendor, 0, sizeof(vendor));
	vendor.fate = HTTP_REPLIED;
	vendor.status = status;
	vendor.retry_after_s = 2;
	vendor.len = strlen(body);
	memcpy(vendor.body, body, vendor.len + 1);
}

static int
setup(void **state)
{
	const struct statebox *box;

	if (box_set_up(state) != 0)
		return -1;
	box = *state;
	memset(&conf, 0, sizeof(conf));
	conf.language = "en";
	conf.state = box->path;
	assert_int_equal(folder_from_path(box->path, conf.state_dir), 0);
	conf.provider_count = 1;
	sample_conf(sample_of_type("vonage-verify"), &conf.provider[0]);
	conf.provider[0].name = "vonage";
	reply_with(200, "{\"status\":\"101\"}");
	return 0;
}

static void
test_all_is_well(void **state)
{
	(void)state;
	assert_string_equal(run(), "");
	assert_int_equal(requests, 1);
}

static void
test_replies(void **state)
{
	static const struct {
		long status;
		const char *body, *told;
	} row[] = {
		{ 200, "{\"status\":\"4\"}", "problem provider-credentials;" },
		{ 401, "", "problem provider-credentials;" },
		{ 200, "{\"status\":\"9\"}", "problem provider-account;" },
		{ 200, "{\"status\":\"1\"}", "note provider-unchecked;" },
		{ 503, "", "problem provider-down;" },
		{ 200, "<html>", "problem provider-down;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		reply_with(row[i].status, row[i].body);
		assert_string_equal(run(), row[i].told);
		assert_int_equal(strncmp(text, "vonage: ", 8), 0);
		assert_non_null(strchr(text, ';'));
		assert_int_equal(requests, 1); /* throttled: not again */
	}
}

static void
test_fates(void **state)
{
	static const struct {
		enum http_fate fate;
		bool unresolved, stalled;
		const char *told;
	} row[] = {
		{ HTTP_NOT_SENT, true, false, "problem provider-dns;" },
		{ HTTP_NOT_SENT, false, false, "problem provider-connect;" },
		{ HTTP_CERTIFICATE, false, false, "problem provider-tls;" },
		{ HTTP_PROXY, false, false, "problem provider-proxy;" },
		{ HTTP_PROXY, true, false, "problem provider-proxy;" },
		{ HTTP_PROXY, true, true, "note provider-unchecked;" },
		{ HTTP_LOCAL, false, false, "problem provider-local;" },
		{ HTTP_UNKNOWN, false, false, "problem provider-down;" },
		/* it is us: nothing is known of the provider */
		{ HTTP_NOT_SENT, true, true, "note provider-unchecked;" },
		{ HTTP_UNKNOWN, false, true, "note provider-unchecked;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		reply_with(0, "");
		vendor.fate = row[i].fate;
		vendor.unresolved = row[i].unresolved;
		vendor.stalled = row[i].stalled;
		vendor.date = NOW + 1000; /* of nobody */
		snprintf(vendor.cause, sizeof(vendor.cause), "the cause");
		assert_string_equal(run(), row[i].told);
		assert_non_null(strstr(text, "vonage: the cause; "));
	}
}

static void
test_clock(void **state)
{
	static const struct {
		int64_t date;
		const char *told, *text;
	} row[] = {
		{ NOW, "", "" },
		{ NOW + 30, "", "" },
		{ NOW - 30, "", "" },
		{ 0, "", "" }, /* not told */
		{ NOW + 31, "problem clock;", "31 s behind that of vonage" },
		{ NOW - 31, "problem clock;", "31 s ahead of that of vonage" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		vendor.date = row[i].date;
		assert_string_equal(run(), row[i].told);
		assert_non_null(strstr(text, row[i].text));
	}
}

/* Each of them, whatever became of the one before. */
static void
test_several_providers(void **state)
{
	(void)state;
	conf.provider_count = 2;
	sample_conf(sample_of_type("telnyx-sms"), &conf.provider[1]);
	conf.provider[1].name = "telnyx";
	reply_with(401, "");
	assert_string_equal(run(),
	    "problem provider-credentials;"
	    "problem provider-credentials;");
	assert_int_equal(requests, 2);
	assert_int_equal(strncmp(text, "telnyx: ", 8), 0);
}

static void
test_type_without_a_free_call(void **state)
{
	/* one that no call belongs to */
	const struct provider_type type = *conf.provider[0].type;

	(void)state;
	conf.provider[0].type = &type;
	assert_string_equal(run(), "note provider-unchecked;");
	assert_int_equal(requests, 0);
}

static void
test_codes_held(void **state)
{
	const struct statebox *box = *state;
	const char *const codes[] = { "AAAABBBBCCCCDDDD", "AAAABBBBCCCCEEEE" };

	assert_int_equal(
	    store_recovery_set(box->s, "alice", codes, 2, NULL), 0);
	assert_string_equal(run(), "held alice 2;");
}

/* Wrong codes by source are no record of their own. */
static void
test_guesses_are_not_told(void **state)
{
	const struct limits_of_guesses limits = { 3, 30, 900, 0 };
	const struct statebox *box = *state;
	struct store_guess_token token;
	int64_t wait_s;

	assert_int_equal(at_guess_take(box->s, "alice", "uid:1", &limits, NOW,
			     &token, &wait_s),
	    GUESS_OPEN);
	assert_string_equal(run(), "held alice 0;");
}

static void
test_space(void **state)
{
	(void)state;
	space = (struct statvfs){ .f_frsize = 1024, .f_bavail = 32 * 1024 };
	assert_string_equal(run(), "");
	space.f_bavail--;
	assert_string_equal(run(), "problem space;");
	assert_non_null(strstr(text, "has 31 MiB left, less than 32; free"));
	space.f_bavail++;
	space.f_files = 1000;
	space.f_favail = 64;
	assert_string_equal(run(), "");
	space.f_favail = 63;
	assert_string_equal(run(), "problem space;");
	assert_non_null(strstr(text, "has room for 63 files; remove some"));
	space.f_frsize = 0;
}

static void
test_state_gone(void **state)
{
	(void)state;
	conf.state = "/no/such/folder/state.db";
	assert_string_equal(run(), "problem state;");
	assert_non_null(strstr(text, "/no/such/folder"));
}

static void
test_state_dir_gone(void **state)
{
	(void)state;
	strcpy(conf.state_dir, "/no/such/dir");
	assert_string_equal(run(), "problem state;");
	assert_non_null(strstr(text, "state_dir /no/such/dir: No such file"));
	strcpy(conf.state_dir, "/"); /* as short of space as the other */
	space = (struct statvfs){ .f_frsize = 1024, .f_bavail = 1 };
	assert_string_equal(
	    run(), "problem space;problem space;problem state;");
	space.f_frsize = 0;
}

static void
put_file(const char *path, const char *bytes)
{
	const int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	assert_int_equal(close(fd), 0);
}

/* One that is not there is made by the first login that needs it. */
static void
test_host_key(void **state)
{
	const struct statebox *box = *state;
	char path[96];

	snprintf(path, sizeof(path), "%s/host.key", box->dir);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(run(), "");
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_string_equal(run(), "problem state;");
	assert_non_null(strstr(text, "/host.key cannot be read (Too many "));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(truncate(path, 31), 0);
	assert_string_equal(run(), "problem state;");
	assert_non_null(strstr(text, "; make it a file of 32 bytes, "));
	assert_int_equal(truncate(path, 32), 0);
	assert_string_equal(run(), "");
	assert_int_equal(chmod(path, 0640), 0);
	assert_string_equal(run(), "problem state;");
}

/* What it refused is told, also of one that was killed; what no broker wrote
 * says nothing. */
static void
test_broker(void **state)
{
	static const char *const texts[] = {
		"broker\t1\t812\t1700000000\t3\t4\t5\t0",
		"broker\t2\t812\t1700000000\t3\t4\t5\t6",
		"garbage",
	};
	const struct statebox *box = *state;
	char path[96], line[128];

	snprintf(path, sizeof(path), "%s/broker", box->dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_file(path, texts[i]);
		assert_string_equal(run(), "");
	}
	put_file(path, "broker\t1\t812\t1700000000\t3\t4\t5\t1");
	assert_string_equal(run(), "problem broker;");
	snprintf(line, sizeof(line), "; rm -f %s", path);
	assert_non_null(strstr(text, line));
	assert_int_equal(unlink(path), 0);
	assert_string_equal(run(), "");
}

UNIT_TESTS(test_control_doctor)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, box_tear_down)
		TEST(test_all_is_well),
		TEST(test_replies),
		TEST(test_fates),
		TEST(test_clock),
		TEST(test_several_providers),
		TEST(test_type_without_a_free_call),
		TEST(test_codes_held),
		TEST(test_guesses_are_not_told),
		TEST(test_space),
		TEST(test_state_gone),
		TEST(test_state_dir_gone),
		TEST(test_host_key),
		TEST(test_broker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
