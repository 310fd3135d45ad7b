/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper at work for twofactl: started with BEGIN, heard frame by frame, and
 * believed only when verdict, end and exit status agree. helper_request.h and
 * helper_dialogue.h are what commands use.
 */
#ifndef TWOFA_HELPER_LINK_H
#define TWOFA_HELPER_LINK_H

#include "lib/records/record.h"
#include "lib/wire/facts.h"
#include "lib/wire/frame.h"
#include "lib/wire/reason.h"
#include "twofactl/arguments/command.h"
#include "twofactl/link/helper_process.h"

/* An honest helper sends some hundred errors of settings, prompts of a login or
 * lines of a push at most, and for each user or source in the state a row. */
#define HELPER_LINK_LINES 400
#define HELPER_LINK_ROWS (1 << 20)

/* Before its words, which may tell root to run what it likes. */
#define HELPER_LINK_SAYS "the helper says: "

struct helper_link {
	struct helper_process run;
	int64_t deadline;               /* frame_clock_ms */
	size_t lines, rows;             /* that have come */
	bool flooded;                   /* ... more than are allowed */
	unsigned char bytes[FRAME_MAX]; /* of the newest frame */
};

/* A request about ctl->name; deadline and all that a login would have are the
 * caller's to change. */
struct facts helper_link_facts(const struct ctl *, enum facts_purpose);

/* Start it and ask. 0, or -1 after complaining. */
int helper_link_open(
    struct helper_link *, const struct ctl *, const struct facts *);

/* The same of one that listens, by helper_socket_open's connection, which is
 * its own from here on. */
int helper_link_take(struct helper_link *, int sock, const struct facts *);

/* The next SAY, ASK or VERDICT; not later than the deadline, however many wait.
 * The helper is killed by then, as it is behind too many prompts. */
enum frame_result helper_link_receive(struct helper_link *, struct frame *);

/* A SAY's record. 0, or -1 when it is none, or one too many: then the helper is
 * killed. */
int helper_link_record(
    struct helper_link *, const struct frame *, struct record *);

/* Answer an ASK; NULL: ABORT. 0 or -1. */
int helper_link_answer(struct helper_link *, const char *answer);

/* What kept the verdict from coming, behind "the helper". */
const char *helper_link_broken(const struct helper_link *, enum frame_result);

/* A verdict's reason; REASON_NONE when it has none, or one that this version
 * does not know. */
enum reason helper_link_reason(const struct frame *verdict);

/* The exit status that a denial's reason stands for; none: CTL_NO. */
enum ctl_exit helper_link_status(enum reason);

/* Behind the verdict comes the end, and nothing else: status, or CTL_FAILED
 * after complaining. */
enum ctl_exit helper_link_finish(struct helper_link *, enum ctl_exit status);

/* Let it end: status, or CTL_FAILED after complaining. Wipes. */
enum ctl_exit helper_link_close(struct helper_link *, enum ctl_exit status);

#endif
