/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking over the socket, with something to do until the answer comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/session/session.h"
#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

struct box {
	int module; /* its end */
	struct ui_frames frame;
	struct ui ui;
	/* what the ticks do */
	int ticks, answer_at, leave_at, quiet_at;
	int64_t due;
};

static int
setup(void **state)
{
	static struct box b;
	int pair[2];

	memset(&b, 0, sizeof(b));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return -1;
	b.module = pair[1];
	ui_frames_init(&b.frame, pair[0], 0, &b.ui);
	*state = &b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	close(b->frame.fd);
	if (b->module >= 0)
		close(b->module);
	return 0;
}

static void
answer(const struct box *b, const char *text)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ANSWER, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_ANSWER, text);
	frame_put_number(&f, FIELD_TYPED, (int64_t)strlen(text));
	assert_int_equal(frame_send(b->module, &f), 0);
}

static int64_t
tick(void *ctx)
{
	struct box *b = ctx;

	b->ticks++;
	if (b->ticks == b->answer_at)
		answer(b, "123456");
	if (b->ticks == b->leave_at) {
		close(b->module);
		b->module = -1;
	}
	return b->ticks == b->quiet_at ? -1 : b->due;
}

static enum ui_result
ask(struct box *b, int64_t ms, struct ui_answer *a)
{
	const struct ui_idle idle = { b, tick };

	memset(a, 0, sizeof(*a));
	return b->ui.ask(b->ui.ctx, "Code: ", frame_clock_ms() + ms, &idle, a);
}

/* The prompt is there before the first tick, and is shown once. */
static void
test_ticks_until_the_answer(void **state)
{
	struct box *b = *state;
	unsigned char bytes[FRAME_MAX];
	struct ui_answer a;
	struct frame f;

	b->answer_at = 5;
	b->due = 1;
	assert_int_equal(ask(b, 20000, &a), UI_ANSWER);
	assert_string_equal(a.text, "123456");
	assert_int_equal(b->ticks, 5);
	assert_int_equal(frame_recv(b->module, &f, 1u << FRAME_ASK, bytes,
			     sizeof(bytes), frame_clock_ms()),
	    FRAME_OK);
	assert_int_equal(recv(b->module, bytes, 1, MSG_DONTWAIT), -1);
}

/* Nothing is left to wait for but the answer. */
static void
test_quiet(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	b->answer_at = b->quiet_at = 3;
	assert_int_equal(ask(b, 20000, &a), UI_ANSWER);
	assert_int_equal(b->ticks, 3);
}

static void
test_leaving_ends_it(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	b->leave_at = 3;
	b->due = 1;
	assert_int_equal(ask(b, 20000, &a), UI_GONE);
	assert_int_equal(b->ticks, 3);
}

/* The deadline holds, however long the next tick is away. */
static void
test_deadline(void **state)
{
	struct box *b = *state;
	int64_t begun = frame_clock_ms();
	struct ui_answer a;

	b->due = INT64_MAX;
	assert_int_equal(ask(b, 50, &a), UI_TIMEOUT);
	assert_in_range(frame_clock_ms() - begun, 50, 5000);
	assert_in_range(b->ticks, 1, 2);
	b->due = 0;
	assert_int_equal(ask(b, 50, &a), UI_TIMEOUT);
}

/* An answer that is there already is taken after one tick. */
static void
test_answer_before(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	answer(b, "");
	b->due = 20000;
	assert_int_equal(ask(b, 20000, &a), UI_ANSWER);
	assert_int_equal(a.typed, 0);
	assert_int_equal(b->ticks, 1);
}

static void
answer_typed(const struct box *b, const char *text, int64_t typed)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ANSWER, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_ANSWER, text);
	frame_put_number(&f, FIELD_TYPED, typed);
	assert_int_equal(frame_send(b->module, &f), 0);
}

/* A length that is not the text's: from no module of ours. */
static void
test_answer_of_another_length(void **state)
{
	static const struct {
		const char *text;
		int64_t typed;
	} answers[] = { { "123456", -1 }, { "123456", 7 }, { "123456", 0 },
		{ "", -1 } };

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct box *b = *state;
		struct ui_answer a;

		b->frame.gone = false;
		answer_typed(b, answers[i].text, answers[i].typed);
		assert_int_equal(ask(b, 20000, &a), UI_GONE);
		assert_string_equal(a.text, "");
		assert_true(b->frame.gone);
	}
}

/* Too long to be sent: the text stays behind, its length comes. */
static void
test_answer_too_long(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	answer_typed(b, "", 5000);
	assert_int_equal(ask(b, 20000, &a), UI_ANSWER);
	assert_int_equal(a.typed, 5000);
	assert_string_equal(a.text, "");
}

/* Whoever has left is told and asked nothing more. */
static void
test_said_to_nobody(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	close(b->module);
	b->module = -1;
	b->ui.say(b->ui.ctx, "one");
	assert_true(b->frame.gone);
	b->ui.say(b->ui.ctx, "two");
	assert_int_equal(ask(b, 20000, &a), UI_GONE);
	assert_int_equal(b->ticks, 0);
	assert_false(ui_frames_pause(&b->frame, 20000));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void
abort_now(const struct box *b)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ABORT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_ABORT, ABORT_CONVERSATION);
	assert_int_equal(frame_send(b->module, &f), 0);
}

static void
leave(struct box *b)
{
	close(b->module);
	b->module = -1;
}

/* Who is there has not left. */
static void
test_left(void **state)
{
	struct box *b = *state;

	assert_false(ui_frames_peer_left(&b->frame));
	leave(b);
	assert_true(ui_frames_peer_left(&b->frame));
}

static void
test_left_with_an_answer_unread(void **state)
{
	struct box *b = *state;

	answer(b, "123456");
	leave(b);
	assert_true(ui_frames_peer_left(&b->frame));
}

/* Whether it was read at a prompt, or nobody asked. */
static void
test_left_after_abort(void **state)
{
	struct box *b = *state;

	answer(b, "123456");
	abort_now(b);
	leave(b);
	assert_false(ui_frames_peer_left(&b->frame));
}

static void
test_left_after_abort_at_the_prompt(void **state)
{
	struct box *b = *state;
	struct ui_answer a;

	abort_now(b);
	assert_int_equal(
	    b->ui.ask(b->ui.ctx, "Code: ", frame_clock_ms() + 1000, NULL, &a),
	    UI_NO_ANSWER);
	leave(b);
	assert_false(ui_frames_peer_left(&b->frame));
}

UNIT_TESTS(test_ui_frames)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ticks_until_the_answer),
		TEST(test_quiet),
		TEST(test_leaving_ends_it),
		TEST(test_deadline),
		TEST(test_answer_before),
		TEST(test_answer_of_another_length),
		TEST(test_answer_too_long),
		TEST(test_said_to_nobody),
		TEST(test_left),
		TEST(test_left_with_an_answer_unread),
		TEST(test_left_after_abort),
		TEST(test_left_after_abort_at_the_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
