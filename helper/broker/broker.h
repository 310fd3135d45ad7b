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
#ifndef TWOFA_BROKER_H
#define TWOFA_BROKER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/items/items.h"
#include "lib/settings/settings.h"

#define BROKER_ARGUMENT "--state-broker"
#define BROKER_PROVIDER_ARGUMENT "--provider-broker"
/* Until an upgrade has re-executed it, a listener of before 1.0 starts brokers
 * of this version by these. */
#define BROKER_ARGUMENT_FORMER "--keep-state"
#define BROKER_PROVIDER_ARGUMENT_FORMER "--keep-provider"
#define BROKER_NONE (-1) /* in place of a connection */
/* The longest life of a copy, which needs no answer afterwards. */
#define BROKER_LIFE_MS INT64_C(300000)

/* broker_client.c: in a copy: the store whose steps are done by the keeper. */

/* From now on the state of the usual settings is opened by this connection: by
 * a table of functions in which those that no login calls are NULL. One store
 * is open at a time. */
void broker_client_set_fd(int fd);
bool broker_client_is_set(void);

/* broker_calls.c: the same for calls to providers, in the order of the
 * settings; BROKER_NONE: this process makes the calls to that one itself. */
void broker_calls_set_fds(const int *fd, size_t count);
/* Are the calls to so many providers all made by keepers? */
bool broker_calls_are_complete(size_t providers);
/* Forget the credentials of all providers but one. */
void broker_settings_wipe_secrets(struct settings *, size_t but);

/* broker.c: a keeper's own process, of either kind. */

/* True when the program was started to be one. */
bool broker_is_requested(int argc, char *const argv[]);

/* Its control socket, from the parent, is descriptor 3. The exit status; it
 * ends when the parent has closed that socket and no login is left, and after
 * 300 s at the latest. Privileges are verified already. */
int broker_run(int argc, char *const argv[]);

/* broker_files.c: how the state keeper is, which cannot be asked and so keeps a
 * file: its numbers by items.h, and "running"; "ended": killed, else it had
 * removed the file; "unknown": no keeper wrote it; or NULL: there is none. The
 * numbers of the last two are 0. */
const char *broker_status_read(
    const char *state_dir, int64_t number[ITEM_BROKER_NUMBERS]);

/*
 * broker_slot.c: in the listening helper: starting keepers, handing them the
 * copies' connections, and their end. Nothing here waits, and nothing that a
 * keeper sends is read but one byte.
 */

#define BROKER_MAX (1 + SETTINGS_PROVIDERS_MAX)
#define BROKER_OLD_MAX 16 /* that still serve after their successor came */

struct broker_process {
	pid_t pid; /* 0: none */
	int64_t
	    since; /* when it was started; of an old one: when it was let go */
};

/* One of them, with those before it. Times are frame_clock_ms. */
struct broker_slot {
	size_t which; /* 0: the state's; else of that provider, from 1 */
	struct broker_process now, old[BROKER_OLD_MAX];
	int control;     /* to poll for input; -1: there is none */
	int64_t asked;   /* for the last sign of life */
	int64_t pinged;  /* it has not answered since; 0: it has */
	int64_t crashed; /* when one did last; 0: none */
	bool broken;     /* it did twice in a short time: logins are denied */
	int64_t unfit;   /* when one could not be set up: logins do without */
	bool wanted;     /* the present one asks for a successor */
};

struct broker_supervisor {
	struct broker_slot one[BROKER_MAX];
	size_t providers; /* as the state keeper has told, last */
	bool told;
};

/* Both ends of a copy's connections, the state keeper's first. A copy's that is
 * BROKER_NONE: that keeper could not be started, and the copy does without it.
 * While keepers crash, the other end is closed, so its login is denied: a crash
 * is no way to a process with more rights. */
struct broker_fds {
	size_t count;
	int copys[BROKER_MAX], keepers[BROKER_MAX];
};

/* Zeroed before. */
void broker_supervisor_init(struct broker_supervisor *);
/* May a copy be started? Starts the state keeper, which first has to tell how
 * many providers there are. */
bool broker_supervisor_make_ready(
    struct broker_supervisor *, const char *program, int64_t now);
/* Is it awaited, so that no copy can be started yet? */
bool broker_supervisor_is_waiting(
    const struct broker_supervisor *, int64_t now);
void broker_supervisor_connect(struct broker_supervisor *, const char *program,
    struct broker_fds *, int64_t now);
/* The copy of these runs as this process, for a service of uid; or 0: there is
 * none. Closes all ends. */
void broker_supervisor_hand_over(
    struct broker_supervisor *, struct broker_fds *, pid_t copy, uid_t uid);

/* The control sockets that there are, at most BROKER_MAX; and what they have
 * to read. */
size_t broker_supervisor_add_pollfds(
    const struct broker_supervisor *, struct pollfd *);
void broker_supervisor_read(struct broker_supervisor *, const struct pollfd *,
    size_t count, int64_t now);
/* What time alone brings: a successor, a sign of life, the end of one that
 * gives none. copies: so many logins run. */
void broker_supervisor_tick(struct broker_supervisor *, const char *program,
    size_t copies, int64_t now);
/* When to call that again at the latest; INT64_MAX: no need. */
int64_t broker_supervisor_next_tick(
    const struct broker_supervisor *, size_t copies);
/* A child has ended; true: it was a keeper, and the log has its line. */
bool broker_supervisor_note_exit(
    struct broker_supervisor *, pid_t, int status, int64_t now);
/* They serve those that they have, and get no more. */
void broker_supervisor_retire(struct broker_supervisor *, int64_t now);

/* For the program that replaces this one: as text, which is wiped when it was
 * read. keep: the control sockets stay open over execve. */
#define BROKER_TEXT_MAX 8192
void broker_supervisor_save(
    const struct broker_supervisor *, char text[BROKER_TEXT_MAX]);
void broker_supervisor_restore(struct broker_supervisor *, char *text);
void broker_supervisor_set_inherited(
    const struct broker_supervisor *, bool keep);

#endif
