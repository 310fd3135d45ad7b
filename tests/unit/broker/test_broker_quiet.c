/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OPEN and BIND cross with the next request, and only their failure is
 * answered: a worker's end and the state broker's, each by what it sends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"
/* for what it does with a connection; its state hides no test's */
#include "helper/broker/broker_state.c"

static int pair[2]; /* the worker's, the broker's */
static struct broker_frame crossing;

static int
connect_set_up(void **unused)
{
	if (kept_set_up(unused) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	state.file.context = kept_own;
	return 0;
}

static int
connect_tear_down(void **unused)
{
	(void)close(pair[0]);
	(void)close(pair[1]);
	broker_store_close(&state.file.context);
	return kept_tear_down(unused);
}

static struct store *
worker_opens(void)
{
	const struct facts facts = { .purpose = PURPOSE_LOGIN,
		.conf = MODULE_ARGUMENTS_CONF };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	broker_client_set_fd(pair[0]);
	s = store_open_from_settings(&kept_conf, &facts, 0, cause);
	assert_non_null(s);
	assert_int_equal(
	    store_bind(
		s, &(struct store_bound){ .user = "alice", .begins = true }),
	    0);
	return s;
}

static void
worker_sent(enum broker_op op, bool quiet)
{
	static struct broker_request request;

	assert_true(broker_frame_receive(&crossing, pair[1], 0) > 0);
	assert_int_equal(broker_request_read(&crossing, &request), op);
	assert_int_equal(request.quiet, quiet);
}

static void
broker_says(enum broker_op op, int64_t result, const char *cause)
{
	static struct broker_reply reply;

	reply = (struct broker_reply){ .result = result };
	PRINT_TO(reply.cause, "%s", cause);
	assert_true(broker_reply_write(&crossing, op, &reply));
	assert_true(send(pair[1], crossing.b, crossing.used, 0) > 0);
}

static void
failure_is_told_by_the_next(void **unused)
{
	struct store *s = worker_opens();

	(void)unused;
	assert_int_equal(
	    recv(pair[1], crossing.b, sizeof(crossing.b), MSG_DONTWAIT), -1);
	broker_says(BROKER_OPEN, -2, "state: was moved");
	assert_int_equal(store_noop(s), -1);
	assert_string_equal(store_cause(s), "state: was moved");
	worker_sent(BROKER_OPEN, true);
	worker_sent(BROKER_BIND, true);
	worker_sent(BROKER_NOOP, false);
	store_close(s);
}

/* The broker may close the connection before the rest is sent or read. */
static void
failure_before_an_end(bool unread)
{
	struct store *s = worker_opens();

	if (unread)
		assert_int_equal(send(pair[0], "x", 1, 0), 1);
	broker_says(BROKER_OPEN, -2, "state: was moved");
	assert_int_equal(close(pair[1]), 0);
	pair[1] = -1;
	assert_int_equal(store_noop(s), -1);
	assert_string_equal(store_cause(s), "state: was moved");
	store_close(s);
}

static void
with_all_read(void **unused)
{
	(void)unused;
	failure_before_an_end(false);
}

static void
with_some_unread(void **unused)
{
	(void)unused;
	failure_before_an_end(true);
}

/* Nor may it say later that one failed, or at any time that one did not. */
static void
no_reply_to_what_is_known(void **unused)
{
	struct store *s = worker_opens();

	(void)unused;
	broker_says(BROKER_NOOP, 0, "");
	assert_int_equal(store_noop(s), 0);
	broker_says(BROKER_BIND, -1, "late");
	assert_int_equal(store_noop(s), -1);
	assert_non_null(strstr(store_cause(s), "an invalid reply"));
	store_close(s);
}

static void
worker_sends(
    enum broker_op op, const struct broker_request *of, const char *where)
{
	struct broker_request request = *of;

	request.quiet = true;
	request.where = where;
	request.user = "alice";
	request.like = NULL;
	assert_true(broker_request_write(&crossing, op, &request));
	assert_true(send(pair[0], crossing.b, crossing.used, 0) > 0);
}

static struct broker_session *
connected(void)
{
	struct broker_session *s = kept_connected();

	kept_record("alice", "");
	s->peer.fd = pair[1];
	s->peer.module = -1;
	return s;
}

/* What its worker has sent already is not done. */
static void
nothing_after_a_failure(void **unused)
{
	const struct broker_request any = kept_any_ask();
	struct broker_session *s = connected();
	static struct broker_reply reply;

	(void)unused;
	worker_sends(BROKER_OPEN, &any, "/elsewhere");
	worker_sends(BROKER_BIND, &any, NULL);
	assert_true(state_serve(&s->peer));
	assert_false(state_serve(&s->peer));
	assert_false(s->bound);
	assert_true(broker_frame_receive(&crossing, pair[0], 0) > 0);
	assert_true(broker_reply_read(&crossing, BROKER_OPEN, &reply));
	assert_int_equal(reply.result, -2);
	assert_int_equal(
	    recv(pair[0], crossing.b, sizeof(crossing.b), MSG_DONTWAIT), -1);
}

static void
one_reply_to_all(void **unused)
{
	const struct broker_request any = kept_any_ask();
	struct broker_session *s = connected();
	static struct broker_reply reply;

	(void)unused;
	worker_sends(BROKER_OPEN, &any, kept_conf.state);
	worker_sends(BROKER_BIND, &any, NULL);
	worker_sends(BROKER_NOOP, &any, NULL);
	assert_true(state_serve(&s->peer));
	assert_true(s->bound);
	held_send(); /* it waited for the disk */
	assert_true(broker_frame_receive(&crossing, pair[0], 0) > 0);
	assert_true(broker_reply_read(&crossing, BROKER_NOOP, &reply));
	assert_int_equal(reply.result, 0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, connect_set_up, connect_tear_down)

UNIT_TESTS(test_broker_quiet)
{
	const struct CMUnitTest tests[] = {
		TEST(failure_is_told_by_the_next),
		TEST(with_all_read),
		TEST(with_some_unread),
		TEST(nothing_after_a_failure),
		TEST(one_reply_to_all),
		TEST(no_reply_to_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
