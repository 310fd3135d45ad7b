/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crosses between a copy and the state broker: each act's question and
 * answer as they have to be, then cut, made longer and bent at each field.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/crossing.h"
#include "tests/support/unit_tests.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define FLIPS 200000

/* What is tested. */

static struct broker_frame frame;

static bool
writes(enum broker_op act, enum side side, const union crossing *from)
{
	return side == QUESTION
	    ? broker_request_write(&frame, act, &from->ask)
	    : broker_reply_write(&frame, act, &from->answer);
}

/* No byte behind the frame may be read. */
static bool
reads(enum broker_op act, enum side side, union crossing *to)
{
	unsigned char *behind = frame.b + frame.used;
	const size_t len = sizeof(frame.b) - frame.used;
	bool good;

	ASAN_POISON_MEMORY_REGION(behind, len);
	good = side == QUESTION ? broker_request_read(&frame, &to->ask) == act
				: broker_reply_read(&frame, act, &to->answer);
	ASAN_UNPOISON_MEMORY_REGION(behind, len);
	return good;
}

static void
let_go(enum side side, union crossing *c)
{
	if (side == ANSWER)
		free(c->answer.text);
}

static bool
refuses(enum broker_op act, enum side side)
{
	static union crossing got;
	const bool good = reads(act, side, &got);

	let_go(side, &got);
	return !good;
}

/* The frame is the wire, but for len bytes at at, which are these. */
static void
frame_with(size_t at, size_t len, const void *other, size_t n)
{
	assert_true(wire.used - len + n <= sizeof(frame.b));
	memcpy(frame.b, wire.b, at);
	memcpy(frame.b + at, other, n);
	memcpy(frame.b + at + n, wire.b + at + len, wire.used - at - len);
	frame.used = wire.used - len + n;
}

static void
frame_is_wire(void)
{
	frame_with(0, 0, "", 0);
}

/* For each act, side and level, its values and their wire. */
static void
each_frame(
    void (*body)(enum broker_op, enum side, enum level, const union crossing *))
{
	static union crossing from;

	for (unsigned i = BROKER_OPEN * SIDES; i < BROKER_OPS * SIDES; i++)
		for (unsigned level = 0; level < LEVELS; level++) {
			const enum broker_op act = i / SIDES;
			const enum side side = i % SIDES;

			assert_non_null(crossing_parts(act, side));
			memset(&from, 0, sizeof(from));
			crossing_fill(act, side, level, &from);
			wire_of(act, side, &from);
			body(act, side, level, &from);
		}
}

/* What has crossed is set to 0, after a look at where it points to. */
static void
take_out(const struct part *p, char *base)
{
	for (; p->kind != PART_END; p++) {
		static const size_t sizes[] = { [PART_NUM] = 8,
			[PART_INT] = 4,
			[PART_YES] = sizeof(bool),
			[PART_ALL] = sizeof(size_t) };
		const bool in = p->kind == PART_ARR || p->kind == PART_RAW_IN;
		const bool pointer = p->kind == PART_STR ||
		    p->kind == PART_OPT || p->kind == PART_OWN;
		size_t size = pointer ? sizeof(char *) : 0;
		const unsigned char *to;

		if (p->kind == PART_ALL)
			for (int64_t i = 0; i < p->most; i++)
				take_out(p->of,
				    base + p->list + (size_t)i * p->size);
		if (p->kind == PART_STR || p->kind == PART_OPT) {
			memcpy(&to, base + p->at, sizeof(to));
			assert_true(to == NULL ||
			    (to > frame.b && to < frame.b + frame.used));
		}
		if (in)
			size = (size_t)p->most + (p->kind == PART_ARR);
		else if (!pointer)
			size = sizes[p->kind];
		memset(base + p->at, 0, size);
	}
}

static void
crosses(enum broker_op act, enum side side, enum level level,
    const union crossing *from)
{
	static union crossing got;
	static const union crossing none;
	const size_t size =
	    side == QUESTION ? sizeof(got.ask) : sizeof(got.answer);

	(void)level;
	assert_true(writes(act, side, from));
	assert_int_equal(frame.used, wire.used);
	assert_memory_equal(frame.b, wire.b, wire.used);
	memset(&got, 0x55, sizeof(got));
	assert_true(reads(act, side, &got));
	wire_of(act, side, &got);
	assert_int_equal(frame.used, wire.used);
	assert_memory_equal(frame.b, wire.b, wire.used);
	let_go(side, &got);
	if (side == ANSWER)
		take_out(crossing_every, (char *)&got);
	take_out(crossing_parts(act, side), (char *)&got);
	assert_memory_equal(&got, &none, size);
}

static void
all_cross(void **state)
{
	(void)state;
	each_frame(crosses);
}

static void
of_another_length(enum broker_op act, enum side side, enum level level,
    const union crossing *from)
{
	(void)level;
	(void)from;
	frame_is_wire();
	while (frame.used-- > 0)
		assert_true(refuses(act, side));
	for (unsigned char c = 0; c < 2; c++) {
		frame_with(wire.used, 0, &c, 1);
		assert_true(refuses(act, side));
	}
	frame_is_wire();
	assert_false(refuses(act, side));
}

static void
lengths(void **state)
{
	(void)state;
	each_frame(of_another_length);
}

/* One part is another one; the rest is as it was. */
static void
bent(enum broker_op act, enum side side, const struct mark *m,
    const void *other, size_t n)
{
	frame_with(m->at, m->end - m->at, other, n);
	if (!refuses(act, side))
		fail_msg("%s, side %d, byte %zu, kind %d", broker_op_name(act),
		    side, m->at, m->part->kind);
}

static void
bent_piece(enum broker_op act, enum side side, const struct mark *m,
    const void *piece, size_t n)
{
	static unsigned char b[BROKER_FRAME_MAX];

	memcpy(b, &(uint32_t){ (uint32_t)n }, 4);
	memcpy(b + 4, piece, n);
	bent(act, side, m, b, 4 + n);
}

static void
bent_value(enum broker_op act, enum side side, const struct mark *m)
{
	const struct part *p = m->part;
	const int64_t below = p->least > INT64_MIN ? p->least - 1 : p->least;
	const int64_t beyond[] = { below,
		p->most < INT64_MAX ? p->most + 1 : below };
	const uint32_t large[] = { (uint32_t)p->most + 1, UINT32_MAX };

	for (size_t i = 0; i < 2; i++) {
		if (p->kind == PART_NUM && p->least > INT64_MIN)
			bent(act, side, m, &beyond[i], 8);
		if (p->kind == PART_INT)
			bent(act, side, m, &large[i], 4);
		if (p->kind == PART_YES)
			bent(act, side, m, i == 0 ? "\2" : "\377", 1);
	}
}

static void
bent_text(enum broker_op act, enum side side, const struct mark *m)
{
	const struct part *p = m->part;
	const int64_t longer = p->most + 1;

	bent_piece(act, side, m, crossing_text(longer), (size_t)longer + 1);
	bent_piece(act, side, m, "", 0);
	bent_piece(act, side, m, "x", 1);
	bent_piece(act, side, m, "xy", 2);
	bent_piece(act, side, m, "x\0y", 4);
	bent_piece(act, side, m, "\0", 2);
	if (p->kind == PART_STR || p->kind == PART_ARR)
		bent(act, side, m, &(uint32_t){ CROSSING_ABSENT }, 4);
}

static void
bent_count(enum broker_op act, enum side side, const struct mark *m)
{
	const uint32_t count = (uint32_t)m->part->most + 1;
	const size_t first = m->at + sizeof(count);

	frame_with(first, 0, wire.b + first, m->end - first);
	memcpy(frame.b + m->at, &count, sizeof(count));
	assert_true(refuses(act, side));
}

static void
bend(enum broker_op act, enum side side, enum level level,
    const union crossing *from)
{
	(void)from;
	for (size_t i = 0; i < wire.marks; i++) {
		const struct mark *m = &wire.mark[i];

		switch (m->part->kind) {
		case PART_NUM:
		case PART_INT:
		case PART_YES:
			bent_value(act, side, m);
			break;
		case PART_STR:
		case PART_OPT:
		case PART_OWN:
		case PART_ARR:
			bent_text(act, side, m);
			break;
		case PART_ALL:
			if (level == MOST)
				bent_count(act, side, m);
			break;
		case PART_RAW_IN:
		case PART_END:
			break;
		}
	}
}

static void
limits(void **state)
{
	(void)state;
	each_frame(bend);
}

/* Each text a letter longer, each list one more. */
static void
write_more(enum broker_op act, enum side side, const struct part *p, char *base,
    const union crossing *whole)
{
	for (; p->kind != PART_END; p++) {
		const bool text = p->kind == PART_STR || p->kind == PART_OPT ||
		    p->kind == PART_OWN;
		char before[8], *longer;
		size_t more;

		if (p->kind != PART_ALL && !text)
			continue;
		memcpy(before, base + p->at, sizeof(before));
		longer = crossing_text(p->most + 1);
		more = (size_t)p->most + 1;
		if (text)
			memcpy(base + p->at, &longer, sizeof(longer));
		else
			memcpy(base + p->at, &more, sizeof(more));
		assert_false(writes(act, side, whole));
		memcpy(base + p->at, before, sizeof(before));
		if (!text)
			write_more(act, side, p->of,
			    base + p->list + (more - 2) * p->size, whole);
		assert_true(writes(act, side, whole));
	}
}

static void
too_long(enum broker_op act, enum side side, enum level level,
    const union crossing *from)
{
	static union crossing whole;

	whole = *from;
	if (level == MOST)
		write_more(act, side, crossing_parts(act, side), (char *)&whole,
		    &whole);
}

static void
nothing_too_long_is_written(void **state)
{
	(void)state;
	each_frame(too_long);
}

static void
other_acts(void **state)
{
	static struct broker_request ask;
	static struct broker_reply answer;

	(void)state;
	for (unsigned n = 0; n < 256; n++) {
		frame.b[0] = (unsigned char)n;
		frame.used = 1;
		/* most have fields */
		if (n == BROKER_NO_OP || n >= BROKER_OPS)
			assert_int_equal(
			    broker_request_read(&frame, &ask), BROKER_NO_OP);
		assert_true(broker_reply_write(&frame, BROKER_NOOP, &answer));
		frame.b[0] = (unsigned char)n;
		assert_int_equal(
		    broker_reply_read(&frame, BROKER_NOOP, &answer),
		    n == BROKER_NOOP);
	}
	frame.used = 0;
	assert_int_equal(broker_request_read(&frame, &ask), BROKER_NO_OP);
	assert_false(broker_reply_read(&frame, BROKER_NOOP, &answer));
}

static void
wiped(void **state)
{
	const struct broker_request ask = { .number = "secret" };

	(void)state;
	assert_true(broker_request_write(&frame, BROKER_TOTP, &ask));
	assert_non_null(memmem(frame.b, sizeof(frame.b), "secret", 6));
	broker_frame_wipe(&frame);
	assert_int_equal(frame.used, 0);
	assert_null(memmem(frame.b, sizeof(frame.b), "secret", 6));
}

/* Random bytes of good frames are others. What is read nevertheless is written
 * as it was: nothing is believed that the table does not have. */

static uint32_t
any(uint32_t below)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

static unsigned taken;

static void
flip(enum broker_op act, enum side side, enum level level,
    const union crossing *from)
{
	static union crossing got;
	static unsigned char sent[BROKER_FRAME_MAX];
	const unsigned rounds = FLIPS / (LEVELS * SIDES * (BROKER_OPS - 1)) + 1;

	(void)level;
	(void)from;
	for (unsigned n = 0; n < rounds; n++) {
		frame_is_wire();
		for (unsigned i = any(4) + 1; i > 0; i--)
			frame.b[any((uint32_t)frame.used)] ^=
			    (unsigned char)(1u << any(8));
		memcpy(sent, frame.b, frame.used);
		if (reads(act, side, &got)) {
			taken++;
			assert_true(writes(act, side, &got));
			assert_memory_equal(frame.b, sent, frame.used);
		}
		let_go(side, &got);
	}
}

static void
flips(void **state)
{
	(void)state;
	each_frame(flip);
	assert_in_range(taken, FLIPS / 100, FLIPS - FLIPS / 100);
}

UNIT_TESTS(test_broker_messages)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cross),
		cmocka_unit_test(lengths),
		cmocka_unit_test(limits),
		cmocka_unit_test(nothing_too_long_is_written),
		cmocka_unit_test(other_acts),
		cmocka_unit_test(wiped),
		cmocka_unit_test(flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
