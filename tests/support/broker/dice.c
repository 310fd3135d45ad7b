/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/broker/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"

#define LAST 100 /* lines that are shown */

static char said[LAST][160];
static size_t lines;
static unsigned seed;

unsigned
dice_any(size_t n)
{
	return (unsigned)((size_t)random() % n);
}

void
dice_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(said[lines++ % LAST], sizeof(said[0]), format, args);
	va_end(args);
}

_Noreturn void
dice_fails(const char *what, const char *where)
{
	for (size_t i = lines < LAST ? 0 : lines - LAST; i < lines; i++)
		print_message("%s\n", said[i % LAST]);
	fail_msg("RANDOM_SEED=%u RANDOM_RUNS=1: %s: %s", seed, where, what);
	abort();
}

static unsigned
number_from(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

void
dice_run(unsigned runs, unsigned first, void (*one)(void))
{
	const unsigned wanted = number_from("RANDOM_RUNS", 0);

	if (wanted > 0)
		runs = box_remote ? 1 + (wanted - 1) / 10 : wanted;
	seed = number_from("RANDOM_SEED", first);
	for (unsigned i = 0; i < runs; i++, seed++) {
		srandom(seed);
		lines = 0;
		one();
	}
}

const char *
dice_asks(struct broker_context *at, struct broker_session *s,
    enum broker_op op, const struct broker_request *ask)
{
	static struct broker_frame frame;
	static struct broker_request read;
	const char *why = NULL;

	assert_true(broker_request_write(&frame, op, ask));
	assert_int_equal(broker_request_read(&frame, &read), op);
	s->ops = s->verifications = 0;
	s->peer.began = frame_clock_ms() - 3600000;
	return broker_op_run(at, s, op, &read, &kept_got, &why) ? NULL : why;
}
