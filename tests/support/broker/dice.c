/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/broker/dice.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"

#define LAST 100   /* lines that are shown */
#define FULL_OF 16 /* requests, one of which meets a full disk */
#define FULL_AT 20 /* at one of its first statements, or at a commit */

static char said[LAST][160];
static size_t lines;
static unsigned seed;
static struct {
	bool commits; /* only these fail */
	bool fails;   /* the one that did */
	unsigned at;  /* statements until then; or 0 */
} disk;

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

int
sqlite3_step(sqlite3_stmt *st)
{
	static int (*real)(sqlite3_stmt *);
	const char *sql = sqlite3_sql(st);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "sqlite3_step");
	if (disk.at == 0 || sql == NULL || strcmp(sql, "ROLLBACK") == 0 ||
	    (disk.commits && strcmp(sql, "COMMIT") != 0) || --disk.at > 0)
		return real(st);
	disk.fails = true;
	return SQLITE_FULL;
}

bool
dice_disk_was_full(void)
{
	return disk.fails &&
	    (kept_own.store == NULL || kept_got.cause[0] != '\0');
}

/* An open file's, and not of those that a machine's model asks by. */
static void
disk_fills(const struct broker_context *at, enum broker_op op)
{
	memset(&disk, 0, sizeof(disk));
	if (box_remote || at->store == NULL || op == BROKER_OPEN ||
	    op == BROKER_BIND || op == BROKER_GUESS_LOOK ||
	    dice_any(FULL_OF) > 0)
		return;
	disk.commits = dice_any(2) > 0;
	disk.at = 1 + dice_any(disk.commits ? 2 : FULL_AT);
}

const char *
dice_asks(struct broker_context *at, struct broker_session *s,
    enum broker_op op, const struct broker_request *ask)
{
	static struct broker_frame frame;
	static struct broker_request read;
	const char *why = NULL;
	bool done;

	assert_true(broker_request_write(&frame, op, ask));
	assert_int_equal(broker_request_read(&frame, &read), op);
	s->ops = s->verifications = 0;
	s->peer.began = frame_clock_ms() - 3600000;
	disk_fills(at, op);
	done = broker_op_run(at, s, op, &read, &kept_got, &why);
	disk.at = 0;
	if (disk.fails)
		dice_say("the disk is full: %s", broker_op_name(op));
	return done ? NULL : why;
}
