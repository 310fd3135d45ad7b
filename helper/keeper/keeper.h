/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keepers: processes beside the listening helper, for all its copies' logins.
 * The state keeper has the state open and does their steps; the keeper of each
 * provider has its credentials and makes their calls. A copy opens no state and
 * reaches no network; it asks over connections of its own, which the parent
 * made for it, and is believed nothing that a keeper or the kernel can know:
 * not whose connection it is, no limit, and no row that this connection was not
 * told of. A provider is asked by a ticket of the state keeper alone.
 *
 *   parent ---- control socket ---- keeper (the same program, executed)
 *      \                             /
 *       copy ---- its connection ---'
 *
 * docs/listener.md says why, and what holds when one of them ends.
 */
#ifndef TWOFA_KEEPER_H
#define TWOFA_KEEPER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/items/items.h"
#include "lib/settings/settings.h"

#define KEEPER_ARGUMENT "--keep-state"
#define KEEPER_PROVIDER_ARGUMENT "--keep-provider"
#define KEEPER_NONE (-1) /* in place of a connection */
/* The longest life of a copy, which needs no answer afterwards. */
#define KEEPER_LIFE_MS INT64_C(300000)

/* keeper_client.c: in a copy: the store whose steps are done by the keeper. */

/* From now on the state of the usual settings is opened by this connection: by
 * a table of functions in which those that no login calls are NULL. One store
 * is open at a time. */
void keeper_client_is(int fd);
bool keeper_client_is_one(void);

/* keeper_calls.c: the same for calls to providers, in the order of the
 * settings; KEEPER_NONE: this process makes the calls to that one itself. */
void keeper_calls_are(const int *fd, size_t count);
/* Are the calls to so many providers all made by keepers? */
bool keeper_calls_all(size_t providers);
/* Forget the credentials of all providers but one. */
void keeper_wipe_secrets(struct settings *, size_t but);

/* keeper.c: a keeper's own process, of either kind. */

/* True when the program was started to be one. */
bool keeper_argument_is(int argc, char *const argv[]);

/* Its control socket, from the parent, is descriptor 3. The exit status; it
 * ends when the parent has closed that socket and no login is left, and after
 * 300 s at the latest. Privileges are verified already. */
int keeper_run(int argc, char *const argv[]);

/* keeper_files.c: how the state keeper is, which cannot be asked and so keeps a
 * file: its numbers by items.h, and "running"; "ended": killed, else it had
 * removed the file; "unknown": no keeper wrote it; or NULL: there is none. The
 * numbers of the last two are 0. */
const char *keeper_shown_read(
    const char *state_dir, int64_t number[ITEM_KEEPER_NUMBERS]);

/*
 * keeper_parent.c: in the listening helper: starting keepers, handing them the
 * copies' connections, and their end. Nothing here waits, and nothing that a
 * keeper sends is read but one byte.
 */

#define KEEPER_MAX (1 + SETTINGS_PROVIDERS_MAX)
#define KEEPER_OLD_MAX 16 /* that still serve after their successor came */

struct keeper_child {
	pid_t pid; /* 0: none */
	int64_t
	    since; /* when it was started; of an old one: when it was let go */
};

/* One of them, with those before it. Times are frame_clock_ms. */
struct keeper_parent {
	size_t which; /* 0: the state's; else of that provider, from 1 */
	struct keeper_child now, old[KEEPER_OLD_MAX];
	int control;     /* to poll for input; -1: there is none */
	int64_t asked;   /* for the last sign of life */
	int64_t pinged;  /* it has not answered since; 0: it has */
	int64_t crashed; /* when one did last; 0: none */
	bool broken;     /* it did twice in a short time: logins are denied */
	int64_t unfit;   /* when one could not be set up: logins do without */
	bool wanted;     /* the present one asks for a successor */
};

struct keeper_parents {
	struct keeper_parent one[KEEPER_MAX];
	size_t providers; /* as the state keeper has told, last */
	bool told;
};

/* Both ends of a copy's connections, the state keeper's first. A copy's that is
 * KEEPER_NONE: that keeper could not be started, and the copy does without it.
 * While keepers crash, the other end is closed, so its login is denied: a crash
 * is no way to a process with more rights. */
struct keeper_ends {
	size_t count;
	int copys[KEEPER_MAX], keepers[KEEPER_MAX];
};

/* Zeroed before. */
void keeper_parents_begin(struct keeper_parents *);
/* May a copy be started? Starts the state keeper, which first has to tell how
 * many providers there are. */
bool keeper_parents_ready(
    struct keeper_parents *, const char *program, int64_t now);
/* Is it awaited, so that no copy can be started yet? */
bool keeper_parents_wait(const struct keeper_parents *, int64_t now);
void keeper_parents_connect(struct keeper_parents *, const char *program,
    struct keeper_ends *, int64_t now);
/* The copy of these runs as this process, for a service of uid; or 0: there is
 * none. Closes all ends. */
void keeper_parents_hand(
    struct keeper_parents *, struct keeper_ends *, pid_t copy, uid_t uid);

/* The control sockets that there are, at most KEEPER_MAX; and what they have
 * to read. */
size_t keeper_parents_poll(const struct keeper_parents *, struct pollfd *);
void keeper_parents_read(
    struct keeper_parents *, const struct pollfd *, size_t count, int64_t now);
/* What time alone brings: a successor, a sign of life, the end of one that
 * gives none. copies: so many logins run. */
void keeper_parents_tend(
    struct keeper_parents *, const char *program, size_t copies, int64_t now);
/* When to call that again at the latest; INT64_MAX: no need. */
int64_t keeper_parents_time(const struct keeper_parents *, size_t copies);
/* A child has ended; true: it was a keeper, and the log has its line. */
bool keeper_parents_ended(
    struct keeper_parents *, pid_t, int status, int64_t now);
/* They serve those that they have, and get no more. */
void keeper_parents_leave(struct keeper_parents *, int64_t now);

/* For the program that replaces this one: as text, which is wiped when it was
 * read. keep: the control sockets stay open over execve. */
#define KEEPER_TEXT_MAX 8192
void keeper_parents_write(
    const struct keeper_parents *, char text[KEEPER_TEXT_MAX]);
void keeper_parents_again(struct keeper_parents *, char *text);
void keeper_parents_stay_open(const struct keeper_parents *, bool keep);

#endif
