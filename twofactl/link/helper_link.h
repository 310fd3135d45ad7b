/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A running helper for twofactl: started with BEGIN, read frame by frame, and
 * believed only when verdict, end and exit status agree. Commands use
 * helper_request.h and helper_dialogue.h.
 */
#ifndef TWOFA_HELPER_LINK_H
#define TWOFA_HELPER_LINK_H

#include "lib/items/items.h"
#include "lib/wire/wire.h"
#include "twofactl/link/helper_process.h"
#include "twofactl/terminal/terminal.h"

/* A correct helper sends at most a few hundred errors of settings, prompts of a
 * login or lines of a push, and a row for each user or source in the state. */
#define HELPER_LINK_LINES 400
#define HELPER_LINK_ROWS (1 << 20)

/* Marks the helper's text, which could tell root to run anything. */
#define HELPER_LINK_SAYS "the helper says: "

struct helper_link {
	struct helper_process run;
	int64_t deadline;               /* frame_clock_ms */
	size_t lines, rows;             /* received so far */
	bool flooded;                   /* ... more than allowed */
	unsigned char bytes[FRAME_MAX]; /* the newest frame */
};

/* A request about ctl->name; the caller sets the deadline and the facts of a
 * login. */
struct facts helper_link_facts(const struct ctl *, enum facts_purpose);

/* The administrator's password for that purpose, "" where it asks without one;
 * helper_link wipes. 0, or -1 after complaining. Set by twofactl.c, since a
 * fleet is above this; NULL: no purpose asks as an administrator. */
extern int (*helper_link_admin)(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

/* Start a helper and send the request. 0, or -1 after complaining. */
int helper_link_open(
    struct helper_link *, const struct ctl *, const struct facts *);

/* The same with a listening helper, over helper_socket_open's connection, which
 * it then owns. */
int helper_link_take(struct helper_link *, int sock, const struct facts *);

/* The next SAY, ASK or VERDICT before the deadline, however many are waiting.
 * At the deadline, or after too many prompts, the helper is killed. */
enum frame_result helper_link_receive(struct helper_link *, struct frame *);

/* The record of a SAY. 0, or -1 when it is invalid or one too many: then the
 * helper is killed. */
int helper_link_record(
    struct helper_link *, const struct frame *, struct record *);

/* Answer an ASK; NULL: ABORT. 0 or -1. */
int helper_link_answer(struct helper_link *, const char *answer);

/* Why the verdict did not come, to follow "the helper". */
const char *helper_link_broken(const struct helper_link *, enum frame_result);

/* A verdict's reason; REASON_NONE when it has none, or an unknown one. */
enum reason helper_link_reason(const struct frame *verdict);

/* The exit status for a denial's reason; CTL_NO when it has none. */
enum ctl_exit helper_link_status(enum reason);

/* After the verdict only the end may come: returns status, or CTL_FAILED after
 * complaining. */
enum ctl_exit helper_link_finish(struct helper_link *, enum ctl_exit status);

/* End it: returns status, or CTL_FAILED after complaining. Wipes. */
enum ctl_exit helper_link_close(struct helper_link *, enum ctl_exit status);

#endif
