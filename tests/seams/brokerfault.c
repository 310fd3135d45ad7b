/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state broker that breaks at one act, before it is done or behind it, or
 * before what it did is on the disk or behind that; or begins slowly: as
 * /run/stage/broker-fault says, "ACT FAULT". Without that file it notes its
 * acts in the log.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "lib/system/system.h"

#define FAULT "/run/stage/broker-fault"

/* The linker has the product's functions under these names. */
int __real_broker_run(int, char *const[]);
int __wrap_broker_run(int, char *const[]);
bool __real_broker_op_run(struct broker_context *, struct broker_session *,
    enum broker_op, const struct broker_request *, struct broker_reply *,
    const char **);
bool __wrap_broker_op_run(struct broker_context *, struct broker_session *,
    enum broker_op, const struct broker_request *, struct broker_reply *,
    const char **);
bool __real_broker_store_sync(struct broker_context *);
bool __wrap_broker_store_sync(struct broker_context *);
bool __real_broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);
bool __wrap_broker_reply_write(
    struct broker_frame *, enum broker_op, const struct broker_reply *);

static enum broker_op last; /* act that was done */

static bool
breaks(enum broker_op act, const char *fault)
{
	char text[64] = "", wanted[64];
	FILE *file = fopen(FAULT, "re");

	if (file == NULL)
		return false;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	(void)fclose(file);
	(void)snprintf(
	    wanted, sizeof(wanted), "%s %s", broker_op_name(act), fault);
	return strcmp(text, wanted) == 0;
}

/* It serves nobody else either. */
static void
hang(void)
{
	for (;;)
		(void)nanosleep(&(struct timespec){ .tv_sec = 600 }, NULL);
}

static void
fail(enum broker_op act, const char *crash, const char *end, const char *stop)
{
	if (breaks(act, crash))
		__builtin_trap();
	if (breaks(act, end))
		_exit(0);
	if (breaks(act, stop))
		hang();
}

/* A backup is put in place while the step is done: the files at PATH.other. */
static void
move(const char *state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char from[256], to[256];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(from, sizeof(from), "%s.other%s", state, ends[i]);
		snprintf(to, sizeof(to), "%s%s", state, ends[i]);
		if (rename(from, to) != 0)
			__builtin_trap();
	}
}

/* A machine that reads its programs slowly. */
int
__wrap_broker_run(int argc, char *const argv[])
{
	if (strcmp(argv[1], BROKER_ARGUMENT) == 0 &&
	    breaks(BROKER_OPEN, "slow-start"))
		(void)nanosleep(&(struct timespec){ .tv_sec = 4 }, NULL);
	return __real_broker_run(argc, argv);
}

bool
__wrap_broker_op_run(struct broker_context *own, struct broker_session *who,
    enum broker_op act, const struct broker_request *ask,
    struct broker_reply *answer, const char **why)
{
	bool done;

	if (access(FAULT, F_OK) != 0)
		log_notice("broker act %s", broker_op_name(act));
	fail(act, "crash", "end", "stop");
	done = __real_broker_op_run(own, who, act, ask, answer, why);
	if (breaks(act, "moved"))
		move(own->conf->state);
	fail(act, "crash-behind", "end-behind", "stop-behind");
	last = act;
	return done;
}

bool
__wrap_broker_store_sync(struct broker_context *own)
{
	bool done;

	if (breaks(last, "slow-sync"))
		(void)nanosleep(
		    &(struct timespec){ .tv_nsec = 500000000 }, NULL);
	fail(last, "crash-unsynced", "end-unsynced", "stop-unsynced");
	done = __real_broker_store_sync(own);
	fail(last, "crash-synced", "end-synced", "stop-synced");
	if (!breaks(last, "not-synced"))
		return done;
	(void)snprintf(
	    own->unsynced, STORE_CAUSE_MAX, "state: a disk that fails");
	return false;
}

bool
__wrap_broker_reply_write(struct broker_frame *f, enum broker_op act,
    const struct broker_reply *answer)
{
	const bool written = __real_broker_reply_write(f, act, answer);

	if (breaks(act, "noise"))
		memset(f->b, 0x5a, f->used);
	if (breaks(act, "half"))
		f->used /= 2;
	if (breaks(act, "more"))
		memset(f->b + f->used, 0, sizeof(f->b) - f->used);
	if (breaks(act, "more"))
		f->used = sizeof(f->b);
	if (breaks(act, "other"))
		f->b[0] ^= 1;
	return written;
}
