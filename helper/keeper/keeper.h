/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state keeper: one process beside the listening helper has the state open,
 * and does the steps of all its copies' logins. A copy opens no state; it asks
 * over a connection of its own, which the parent made for it, and is believed
 * nothing that the keeper or the kernel can know: not whose connection it is,
 * no limit, and no row that this connection was not told of.
 *
 *   parent ---- control socket ---- keeper (the same program, executed)
 *      \                             /
 *       copy ---- its connection ---'
 *
 * docs/listener.md says why, and what holds when one of them ends.
 */
#ifndef TWOFA_KEEPER_H
#define TWOFA_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/items/items.h"

#define KEEPER_ARGUMENT "--keep-state"
/* The longest life of a copy, which needs no answer afterwards. */
#define KEEPER_LIFE_MS INT64_C(300000)

/*
 * keeper_client.c: in a copy: the store whose steps are done by the keeper.
 */

/* From now on the state of the usual settings is opened by this connection: by
 * a table of functions in which those that no login calls are NULL. One store
 * is open at a time. */
void keeper_client_is(int fd);
bool keeper_client_is_one(void);

/*
 * keeper.c: the keeper's own process.
 */

/* True when the program was started to be one. */
bool keeper_argument_is(int argc, char *const argv[]);

/* Its control socket, from the parent, is descriptor 3. The exit status; it
 * ends when the parent has closed that socket and no login is left, and after
 * 300 s at the latest. Privileges are verified already. */
int keeper_run(void);

/*
 * keeper_files.c: how the state keeper is, which cannot be asked and so keeps a
 * file: its numbers by items.h, and "running"; "ended": killed, else it had
 * removed the file; "unknown": no keeper wrote it; or NULL: there is none. The
 * numbers of the last two are 0.
 */
const char *keeper_shown_read(
    const char *state_dir, int64_t number[ITEM_KEEPER_NUMBERS]);

/*
 * keeper_parent.c: in the listening helper: starting a keeper, handing it the
 * copies' connections, and its end. Nothing here waits, and nothing that a
 * keeper sends is read but one byte.
 */

#define KEEPER_OLD_MAX 16 /* that still serve after their successor came */

struct keeper_child {
	pid_t pid; /* 0: none */
	int64_t
	    since; /* when it was started; of an old one: when it was let go */
};

/* Zeroed, but control -1: none yet. Times are frame_clock_ms. */
struct keeper_parent {
	struct keeper_child now, old[KEEPER_OLD_MAX];
	int control;     /* to poll for input; -1: there is none */
	int64_t asked;   /* for the last sign of life */
	int64_t pinged;  /* it has not answered since; 0: it has */
	int64_t crashed; /* when one did last; 0: none */
	bool broken;     /* it did twice in a short time: logins are denied */
	int64_t unfit;   /* when one could not be set up: logins do without */
	bool wanted;     /* the present one asks for a successor */
};

/* What a copy gets: its end of a new connection. KEEPER_NONE: no keeper could
 * be started, and the copy opens the state itself. While keepers crash, the
 * other end is closed, so its login is denied: a crash is no way to a process
 * with more rights. other: the keeper's end, for keeper_parent_hand. */
#define KEEPER_NONE (-1)
int keeper_parent_connect(
    struct keeper_parent *, const char *program, int *other, int64_t now);
/* The copy of that connection runs as this process, for a service of uid; or 0:
 * there is none. Closes other. */
void keeper_parent_hand(
    struct keeper_parent *, int other, pid_t copy, uid_t uid);

/* The control socket has something to read. */
void keeper_parent_read(struct keeper_parent *, int64_t now);
/* What time alone brings: a successor, a sign of life, the end of one that
 * gives none. copies: so many logins run. */
void keeper_parent_tend(
    struct keeper_parent *, const char *program, size_t copies, int64_t now);
/* When to call that again at the latest; INT64_MAX: no need. */
int64_t keeper_parent_time(const struct keeper_parent *, size_t copies);
/* A child has ended; true: it was a keeper, and the log has its line. */
bool keeper_parent_ended(
    struct keeper_parent *, pid_t, int status, int64_t now);
/* It serves those that it has, and gets no more. */
void keeper_parent_leave(struct keeper_parent *, int64_t now);

/* For the program that replaces this one: as text, and back. keep: the control
 * socket stays open over execve. */
#define KEEPER_TEXT_MAX 1024
void keeper_parent_write(
    const struct keeper_parent *, char text[KEEPER_TEXT_MAX]);
void keeper_parent_again(struct keeper_parent *, const char *text);
void keeper_parent_stay_open(const struct keeper_parent *, bool keep);

#endif
