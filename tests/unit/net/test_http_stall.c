/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests while the process does not run: what failed is nobody's outage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/wire/wire.h"
#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

/* How the clock that tells of stops jumps: by so much, at so many of its next
 * readings. libcurl's own clock, and so its timeouts, are as they are. */
static int64_t jump_ms, jumped_ms;
static unsigned jumps;
/* By how much every clock jumps when bytes are read next, and has jumped. It is
 * as a stop behind libcurl's look at its own. */
static int64_t late_ms, lost_ms;

static void
add_ms(struct timespec *t, int64_t ms)
{
	t->tv_sec += ms / 1000;
	t->tv_nsec += ms % 1000 * 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_sec++;
		t->tv_nsec -= 1000000000;
	}
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *) = NULL;
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, t);
	add_ms(t, lost_ms);
	if (id != CLOCK_BOOTTIME)
		return rc;
	if (jumps > 0) {
		jumps--;
		jumped_ms += jump_ms;
	}
	add_ms(t, jumped_ms);
	return rc;
}

ssize_t
recv(int fd, void *bytes, size_t size, int flags)
{
	ssize_t (*real)(int, void *, size_t, int) = NULL;
	ssize_t got;

	*(void **)&real = dlsym(RTLD_NEXT, "recv");
	got = real(fd, bytes, size, flags);
	if (got > 0) {
		lost_ms += late_ms;
		late_ms = 0;
	}
	return got;
}

/* The first reading only sets the mark: a stop is between two of them. */
static void
stops(unsigned count, int64_t ms)
{
	jumps = count + 1;
	jump_ms = ms;
}

static int
setup(void **state)
{
	jumps = 0;
	jump_ms = 0;
	late_ms = 0;
	return posting_setup(state);
}

static struct http_peer
impatient(const char *name, long timeout_ms)
{
	struct http_peer peer = peer_of(name);

	peer.timeout_ms = timeout_ms;
	return peer;
}

static void
silence_with_a_stop_is_a_stall(void **state)
{
	const struct http_peer peer = impatient("good", 2000);

	(void)state;
	stops(1, 11000);
	post_once(&peer, "/never");
	assert_fate(HTTP_UNKNOWN);
	assert_true(reply.stalled);
	assert_non_null(strstr(reply.cause, "stood still"));
	assert_seen(1, 1);
}

static void
silence_alone_is_none(void **state)
{
	const struct http_peer peer = impatient("good", 2000);

	(void)state;
	post_once(&peer, "/never");
	assert_fate(HTTP_UNKNOWN);
	assert_false(reply.stalled);
	assert_null(strstr(reply.cause, "stood still"));
	assert_seen(1, 1);
}

/* A stop that a short time of the settings would not outlast. */
static void
a_short_time_has_less_to_spare(void **state)
{
	const struct http_peer peer = impatient("good", 600);

	(void)state;
	stops(1, 700);
	post_once(&peer, "/never");
	assert_fate(HTTP_UNKNOWN);
	assert_true(reply.stalled);
	assert_seen(1, 1);
}

/* Each too short to be seen for itself. */
static void
many_short_stops_are_a_stall(void **state)
{
	const struct http_peer peer = impatient("good", 2000);

	(void)state;
	stops(8, 600);
	post_once(&peer, "/never");
	assert_fate(HTTP_UNKNOWN);
	assert_true(reply.stalled);
	assert_seen(1, 1);
}

static void
a_short_stop_is_none(void **state)
{
	const struct http_peer peer = impatient("good", 2000);

	(void)state;
	stops(1, 700);
	post_once(&peer, "/never");
	assert_fate(HTTP_UNKNOWN);
	assert_false(reply.stalled);
	assert_seen(1, 1);
}

static void
what_succeeds_in_spite_of_it_counts(void **state)
{
	const struct http_peer peer = peer_of("good");

	(void)state;
	stops(3, 11000);
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	assert_false(reply.stalled);
	assert_int_equal(reply.status, 200);
	stops(1, 11000);
	post_once(&peer, "/status/503");
	assert_fate(HTTP_REPLIED);
	assert_false(reply.stalled);
	assert_int_equal(reply.status, 503);
	assert_seen(2, 2);
}

/* It is known for certain that nothing went out, but not why. */
static void
a_failed_connection_with_a_stop_is_a_stall(void **state)
{
	const struct http_peer peer = peer_on_port("https", 1);

	(void)state;
	stops(1, 11000);
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_true(reply.stalled);
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_false(reply.stalled);
	assert_seen(0, 0);
}

static void
a_refused_certificate_is_what_it_is(void **state)
{
	const struct http_peer peer = peer_of("expired");

	(void)state;
	stops(2, 11000);
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_false(reply.stalled);
	assert_seen(0, 0);
}

/* The server is slow, and we looked all the time. */
static void
a_late_answer_is_no_stall(void **state)
{
	const struct http_peer peer = peer_of("good");

	(void)state;
	post_once(&peer, "/late/1");
	assert_fate(HTTP_REPLIED);
	assert_false(reply.stalled);
	assert_true(reply.took_ms >= 1000);
	assert_seen(1, 1);
}

/* Neither a stop nor what came of it sends anything once more. */
static void
nothing_is_repeated_after_a_stop(void **state)
{
	static const char *const paths[] = { "/close", "/reset" };
	const struct http_peer peer = peer_of("good");
	struct http *http;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		http = http_open(&peer);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		stops(2, 11000);
		post(http, paths[i]);
		assert_fate(HTTP_UNKNOWN);
		assert_true(reply.stalled);
		http_close(http);
		assert_seen(2, 1);
	}
}

/* Stopped between libcurl's look at its clock and its read, over a connection
 * that is there, so that what is read first is the reply. */
static void
stopped_while_reading(int64_t ms)
{
	const struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	post(http, "/echo");
	assert_fate(HTTP_REPLIED);
	late_ms = ms;
	post(http, "/late/1");
	assert_int_equal(late_ms, 0);
	http_close(http);
}

/* libcurl alone would take the one and not the other: it looks at its clock
 * once, and then at all that has come. */
static void
an_answer_behind_its_time_is_none(void **state)
{
	(void)state;
	stopped_while_reading(AMPLE_MS);
	assert_fate(HTTP_UNKNOWN);
	assert_true(reply.stalled);
	assert_seen(2, 1);
}

static void
an_answer_after_a_stop_within_its_time_counts(void **state)
{
	(void)state;
	stopped_while_reading(AMPLE_MS / 2);
	assert_fate(HTTP_REPLIED);
	assert_false(reply.stalled);
	assert_seen(2, 1);
}

UNIT_TESTS(test_http_stall)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, setup)
		TEST(silence_with_a_stop_is_a_stall),
		TEST(silence_alone_is_none),
		TEST(a_short_time_has_less_to_spare),
		TEST(many_short_stops_are_a_stall),
		TEST(a_short_stop_is_none),
		TEST(what_succeeds_in_spite_of_it_counts),
		TEST(a_failed_connection_with_a_stop_is_a_stall),
		TEST(a_refused_certificate_is_what_it_is),
		TEST(a_late_answer_is_no_stall),
		TEST(nothing_is_repeated_after_a_stop),
		TEST(an_answer_behind_its_time_is_none),
		TEST(an_answer_after_a_stop_within_its_time_counts),
	};

	return cmocka_run_group_tests_name(
	    "http_stall", tests, posting_start, posting_stop);
}
