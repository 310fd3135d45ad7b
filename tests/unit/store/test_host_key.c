/* SPDX-License-Identifier: BSD-2-Clause */
/* host.key and latency: made once, refused when not ours, never garbage. */
#include "tests/support/confdir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "helper/store/store.h"
#include "tests/support/unit_tests.h"

static struct confdir d;
static unsigned char key[HOST_KEY_LEN], again[HOST_KEY_LEN];

static void
test_made_once(void **state)
{
	static const unsigned char zero[HOST_KEY_LEN];
	char path[512];
	struct stat st;

	(void)state;
	assert_int_equal(host_key_read_shared(d.path, NULL, key), 0);
	assert_memory_not_equal(key, zero, sizeof(key));
	assert_int_equal(host_key_read_shared(d.path, NULL, again), 0);
	assert_memory_equal(key, again, sizeof(key));
	snprintf(path, sizeof(path), "%s/host.key", d.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, HOST_KEY_LEN);
	assert_int_equal(st.st_nlink, 1); /* the temporary name is gone */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(host_key_read_shared(d.path, NULL, again), 0);
	assert_memory_not_equal(key, again, sizeof(key));
}

static void
test_look_makes_none(void **state)
{
	(void)state;
	errno = 0;
	assert_int_equal(host_key_read_existing(d.path, key), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(host_key_read_shared(d.path, NULL, key), 0);
	assert_int_equal(host_key_read_existing(d.path, again), 0);
	assert_memory_equal(key, again, sizeof(key));
	confdir_mode(&d, "host.key", 0644);
	errno = 0;
	assert_int_equal(host_key_read_existing(d.path, key), -1);
	assert_int_equal(errno, EPERM);
}

static void
expect_errno(int wanted)
{
	errno = 0;
	assert_int_equal(host_key_read_shared(d.path, NULL, key), -1);
	assert_int_equal(errno, wanted);
}

static void
test_refused(void **state)
{
	char path[512], target[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/host.key", d.path);
	snprintf(target, sizeof(target), "%s/target", d.path);
	memset(again, 'k', sizeof(again));
	confdir_bytes(&d, "host.key", again, sizeof(again));
	expect_errno(EPERM); /* 0640 */
	confdir_mode(&d, "host.key", 0600);
	assert_int_equal(host_key_read_shared(d.path, NULL, key), 0);
	assert_memory_equal(key, again, sizeof(key));
	confdir_mode(&d, "host.key", 0601);
	expect_errno(EPERM);
	confdir_bytes(&d, "host.key", again, sizeof(again) - 1);
	confdir_mode(&d, "host.key", 0600);
	expect_errno(EBADMSG);
	confdir_bytes(&d, "host.key", "", 0);
	confdir_mode(&d, "host.key", 0600);
	expect_errno(EBADMSG);
	if (getuid() == 0) {
		confdir_bytes(&d, "host.key", again, sizeof(again));
		confdir_mode(&d, "host.key", 0600);
		assert_int_equal(chown(path, 1, 1), 0);
		expect_errno(EPERM);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0);
	expect_errno(ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_errno(EINVAL);
	confdir_remove(&d);
	expect_errno(ENOENT);
	confdir_make(&d);
}

#define RACERS 16

/* Many helpers at once, without a key: all must hold the same one. */
static void
test_race(void **state)
{
	int go[2], out[2], status;
	char c;

	(void)state;
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(out), 0);
	for (int i = 0; i < RACERS; i++) {
		if (fork() != 0)
			continue;
		close(go[1]);
		if (read(go[0], &c, 1) != 0 ||
		    host_key_read_shared(d.path, NULL, key) != 0 ||
		    write(out[1], key, sizeof(key)) != sizeof(key))
			_exit(1);
		_exit(0);
	}
	close(go[0]);
	close(go[1]); /* EOF starts them all */
	close(out[1]);
	assert_int_equal(read(out[0], key, sizeof(key)), sizeof(key));
	for (int i = 1; i < RACERS; i++) {
		assert_int_equal(
		    read(out[0], again, sizeof(again)), sizeof(again));
		assert_memory_equal(key, again, sizeof(key));
	}
	close(out[0]);
	for (int i = 0; i < RACERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

/* RFC 4231 has no 32 byte key with a text, so: computed by
 * printf %s what do ya want for nothing? | openssl dgst -sha256 -mac hmac
 * -macopt hexkey:0b0b... (32 times). */
static void
test_hmac(void **state)
{
	static const unsigned char wanted[32] = {
		0xc3,
		0xf2,
		0x64,
		0x9c,
		0x34,
		0xea,
		0x24,
		0xe4,
		0xd6,
		0x2a,
		0x2c,
		0x7e,
		0x86,
		0x8b,
		0xbe,
		0xa0,
		0x23,
		0x3c,
		0x9d,
		0x4c,
		0x2c,
		0xc3,
		0x00,
		0x79,
		0x4d,
		0xb7,
		0x6a,
		0xa1,
		0x8d,
		0x68,
		0x22,
		0xd8,
	};
	unsigned char out[32];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	host_key_hmac(key, "what do ya want for nothing?", out);
	assert_memory_equal(out, wanted, sizeof(out));
	host_key_hmac(key, "", out);
	assert_memory_not_equal(out, wanted, sizeof(out));
}

static void
read_both(const char *dir, struct latency_span *s, struct latency_span *c)
{
	latency_read(dir, LATENCY_START, s);
	latency_read(dir, LATENCY_CHECK, c);
}

static void
add_both(int64_t start_ms, int64_t check_ms)
{
	latency_add(d.path, LATENCY_START, start_ms);
	latency_add(d.path, LATENCY_CHECK, check_ms);
}

static void
expect_latency(int64_t start, int64_t check)
{
	struct latency_span s, c;

	read_both(d.path, &s, &c);
	assert_int_equal(s.median, start);
	assert_int_equal(c.median, check);
}

static void
test_latency(void **state)
{
	(void)state;
	expect_latency(350, 250);
	add_both(0, 0);
	expect_latency(350, 250);
	add_both(100, 0);
	expect_latency(100, 250);
	add_both(0, 60000);
	expect_latency(100, 60000);
	add_both(60001, -1);
	expect_latency(100, 60000);
	add_both(900, 1);
	add_both(200, 2);
	expect_latency(200, 2);
	for (int i = 0; i < LATENCY_RING; i++)
		add_both(500 + i, 0);
	expect_latency(516, 2); /* all older starts are forgotten */
	latency_read("/nonexistent", LATENCY_APP, &(struct latency_span){ 0 });
	latency_add("/nonexistent", LATENCY_START, 1);
}

/* What a decoy takes: never less than any real one took, never far more than
 * most did. */
static void
test_latency_like(void **state)
{
	struct latency_span s, c;
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < LATENCY_RING; i++)
		add_both(196 + i % 8, i % 2 == 0 ? 1000 : 100);
	read_both(d.path, &s, &c);
	assert_int_equal(s.median, 200);
	assert_int_equal(s.least, 196);
	for (int i = 0; i < 1000; i++) {
		const int64_t ms = latency_sample(&s);

		assert_in_range(ms, 196, 220);
		assert_in_range(latency_sample(&c), 900, 1100);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_in_range(least, 196, 199);
	assert_in_range(most, 217, 220);
	/* where none is known, the default alone says */
	read_both("/nonexistent", &s, &c);
	for (int i = 0; i < 1000; i++)
		assert_in_range(latency_sample(&s), 315, 385);
	assert_int_equal(latency_sample(&(struct latency_span){ 0 }), 0);
}

/* A file of the former version has two rings: the third is empty. */
static void
test_latency_app(void **state)
{
	struct latency_span app;
	char path[512];

	(void)state;
	add_both(100, 200);
	snprintf(path, sizeof(path), "%s/latency", d.path);
	assert_int_equal(truncate(path, 2 * (3 + 6 * LATENCY_RING)), 0);
	latency_read(d.path, LATENCY_APP, &app);
	assert_int_equal(app.median, 1);
	assert_int_equal(app.least, 0);
	latency_add(d.path, LATENCY_APP, 4);
	latency_read(d.path, LATENCY_APP, &app);
	assert_int_equal(app.median, 4);
	expect_latency(100, 200);
}

static void
test_latency_garbage(void **state)
{
	static const char *const texts[] = {
		"",
		"99\n",
		"-1\n-0001\n",
		"00\n00100",
		"00\n99999\n00007\n+0100\n 0100\n0x100\n1e300\n",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	};
	static char big[100000];
	struct latency_span s, c;

	(void)state;
	memset(big, '9', sizeof(big));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		confdir_write(&d, "latency", texts[i]);
		read_both(d.path, &s, &c);
		assert_true(s.median == 350 || s.median == 7);
		assert_int_equal(c.median, 250);
	}
	confdir_bytes(&d, "latency", big, sizeof(big));
	expect_latency(350, 250);
	add_both(40, 50);
	expect_latency(40, 50);
}

static void
test_latency_not_ours(void **state)
{
	char path[512], target[512];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/latency", d.path);
	snprintf(target, sizeof(target), "%s/target", d.path);
	add_both(40, 50);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	confdir_mode(&d, "latency", 0622);
	expect_latency(350, 250);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	confdir_mode(&d, "target", 0600);
	expect_latency(350, 250);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_latency(350, 250);
	add_both(40, 50);
}

/* Writers at once may lose or mix numbers; what is read is in range. */
static void
test_latency_race(void **state)
{
	struct latency_span s, c;
	int status;

	(void)state;
	for (int i = 1; i <= 4; i++) {
		if (fork() != 0)
			continue;
		for (int n = 0; n < 300; n++)
			add_both(i * 11111, i);
		_exit(0);
	}
	for (int n = 0; n < 300; n++) {
		read_both(d.path, &s, &c);
		assert_in_range(s.median, 1, LATENCY_MAX_MS);
		assert_in_range(c.median, 1, LATENCY_MAX_MS);
	}
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

UNIT_TESTS(test_host_key)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_made_once, &d),
		CONFDIR_TEST(test_look_makes_none, &d),
		CONFDIR_TEST(test_refused, &d),
		CONFDIR_TEST(test_race, &d),
		CONFDIR_TEST(test_hmac, &d),
		CONFDIR_TEST(test_latency, &d),
		CONFDIR_TEST(test_latency_like, &d),
		CONFDIR_TEST(test_latency_app, &d),
		CONFDIR_TEST(test_latency_garbage, &d),
		CONFDIR_TEST(test_latency_not_ours, &d),
		CONFDIR_TEST(test_latency_race, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
