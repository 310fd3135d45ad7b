/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Brokers: processes started by the listener that serve the logins of all its
 * workers. The state broker has the state open and does the operations of the
 * store; the broker of each provider has its credentials and makes its calls. A
 * worker opens no state and reaches no network: it sends requests over
 * connections that the listener made for it. Brokers trust no worker with what
 * a broker or the kernel can know: whose connection it is, limits, and row ids
 * that this connection was not given. A provider broker makes a call only with
 * a ticket of the state broker.
 *
 *   listener ---- control socket ---- broker (the same program, executed)
 *      \                               /
 *       worker ---- its connection ---'
 *
 * docs/listener.md has the reasons, and what holds when one of them ends.
 */
#ifndef TWOFA_BROKER_H
#define TWOFA_BROKER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"

#define BROKER_ARGUMENT "--state-broker"
#define BROKER_PROVIDER_ARGUMENT "--provider-broker"
/* Also accepted: a listener of before 1.0 starts brokers of this version by
 * these until an upgrade has re-executed it. */
#define BROKER_ARGUMENT_FORMER "--keep-state"
#define BROKER_PROVIDER_ARGUMENT_FORMER "--keep-provider"
#define BROKER_NONE (-1) /* no connection */
/* maximum life of a worker; no reply is needed later */
#define BROKER_LIFE_MS INT64_C(300000)

/* broker_client.c, in a worker: the store by way of the state broker. */

/* Sets the connection by which the configured state is opened from now on. The
 * backend has NULL for functions that no login calls. One store may be open at
 * a time. */
void broker_client_set_fd(int fd);
bool broker_client_has_fd(void);
/* Tells the state broker, if there is one, the account of a uid at user.sock,
 * and whether it may not run twofactl self: before the worker reads anything
 * from there. */
void broker_client_send_name(const char *name, bool no_self);
/* Waits until then (frame_clock_ms) for the module's BEGIN, which the state
 * broker receives and passes on. Returns its length in bytes[cap]; 0 if there
 * is no state broker, or none any more, that could have received it; or -1 if
 * the module has gone. */
ssize_t broker_client_receive_begin(
    int module, unsigned char *bytes, size_t cap, int64_t until);

/* broker_client_enrol.c: the broker does these, if it may: 1, or 0 without a
 * reason; -1 if the state failed. Opens an enrolment of the bound user, who has
 * no record: by the invitation among the typed hashes, or in the window of the
 * settings (count 0). Then with a number, which is the only receiver from then
 * on. */
int broker_client_enrol_open(
    const char *number, const struct store_recovery *typed, int count);
/* Opens it likewise with an app, whose secret the broker makes: it takes the
 * app's codes from then on. The caller wipes. */
int broker_client_enrol_secret(struct secret *);
/* Writes the record with the number or app, whose code was right. Or gives the
 * user new recovery codes: *codes, a line each, which the caller wipes and
 * frees. */
enum broker_enrolled {
	BROKER_ENROLLED_FAILED = -1,
	BROKER_ENROLLED_NO = 0,
	BROKER_ENROLLED_DONE,
	BROKER_ENROLLED_BEFORE, /* in another window */
};
enum broker_enrolled broker_client_enrol_commit(uid_t, char **codes);

/* broker_calls.c, in a worker: calls to providers by way of their brokers. fd
 * has the connections in the order of the settings, BROKER_NONE where the
 * broker is missing: that provider is not asked. */
void broker_calls_set_fds(const int *fd, size_t count);
/* broker_state.c: a broker's own process, of either kind. */

/* True if the arguments are those of a broker. */
bool broker_is_requested(int argc, char *const argv[]);

/* Runs the broker; its control socket, from the listener, is descriptor 3.
 * Returns the exit status once the listener has closed that socket and no login
 * is left, at most 300 s after that. Privileges must be verified. */
int broker_run(int argc, char *const argv[]);

/* broker_status.c: reads the status file of the state broker. Returns
 * "running"; "ended" (killed, else it removes the file); "unknown" (no valid
 * file); or NULL if no file exists. number gets the values of items.h, 0 for
 * the last two results. */
const char *broker_status_read(
    const char *state_dir, int64_t number[ITEM_BROKER_NUMBERS]);

/* broker_control.c: While on, no close waits for more than some milliseconds. A
 * peer may pass a socket that waits at its last close for as long as it likes
 * (SO_LINGER), and a process that receives nothing closes it as well: the
 * signal of a timer interrupts that. Afterwards SIGALRM has its default action,
 * but in a broker, whose handler stays. */
void broker_control_hasten(bool on);

/* From Linux 6.16 on nothing can be passed to this socket, or to those that
 * connect to it: the close of a deleted file, which no signal interrupts, may
 * take minutes. */
void broker_control_take_no_fds(int fd);

/* broker_supervisor.c, in the listener: starts brokers, hands them the workers'
 * connections, and replaces and kills them. Nothing here blocks, but for the
 * exec of a new broker. Only single bytes are read from brokers, numbers of the
 * logins that they return, and lines for the log. */

#define BROKER_MAX (1 + SETTINGS_PROVIDERS_MAX)
#define BROKER_OLD_MAX 16 /* still serving after their successor started */

struct broker_process {
	pid_t pid;     /* 0 if no process */
	int64_t since; /* start; for an old broker: its release */
	int control;   /* to it; -1 once it gets no more connections */
	int says;      /* pipe from it, which passes no descriptors; or -1 */
	bool served;   /* it has said that it can serve */
};

/* A broker and its predecessors. Times are frame_clock_ms(). */
struct broker_slot {
	size_t which; /* 0 for the state broker, or provider number from 1 */
	struct broker_process now, old[BROKER_OLD_MAX];
	int64_t pinged_at;     /* last ping; 0: by the program before */
	int64_t unanswered_at; /* first unanswered ping, or 0 */
	bool prompt; /* it replies at once, as it waits in threads alone */
	int64_t crashed_at; /* last crash, or 0 */
	bool broken; /* it crashed twice in a short time: logins are denied */
	int64_t unfit_at;     /* last failed start: logins do without; or 0 */
	int64_t killed_at;    /* last kill before it could serve; or 0 */
	bool wants_successor; /* the broker asked for a successor */
	bool unread; /* the last one that ended had no settings to serve with */
	struct stat conf;    /* twofa.conf before it was read; zero: unknown */
	int64_t retry_at;    /* when to give it what was returned; or 0 */
	int64_t lines_since; /* of the second in which lines are counted */
	unsigned lines, lines_lost; /* that it sent for the log */
};

/* The broker's end of a worker's connection, or -1, and the broker that has it;
 * 0: it was returned, and waits for another. */
struct broker_end {
	int fd;
	pid_t holder;
	int64_t used; /* as in BROKER_TAKE */
};

/* A running worker, and its connections in the order of the slots. They are
 * kept open here, so that brokers can return them by the login's number. */
struct broker_login {
	pid_t worker;
	uid_t uid;
	int64_t login; /* as in BROKER_TAKE */
	int module;    /* the module's connection, or -1 */
	struct broker_end end[BROKER_MAX];
};

#define BROKER_LOGINS_MAX 640 /* more than the listener's workers */

struct broker_supervisor {
	struct broker_slot slot[BROKER_MAX];
	size_t providers;   /* number that the state broker reported last */
	bool has_providers; /* it has been reported */
	/* when a state broker was started for the next login, or when that one
	 * ended without settings; or 0 */
	int64_t tried;
	size_t logins;
	struct broker_login login[BROKER_LOGINS_MAX];
};

/* Both ends of a worker's connections, the state broker's first. A worker's end
 * that is BROKER_NONE: no such broker could be started. Without the state's the
 * worker does without all; a provider without one is not asked. While brokers
 * crash, their ends are closed, so the login is denied: a crash must not lead
 * to a process with more privileges. */
struct broker_fds {
	size_t count;
	int worker_fd[BROKER_MAX], broker_fd[BROKER_MAX];
};

/* Expects a zeroed struct. */
void broker_supervisor_init(struct broker_supervisor *);
/* Returns true if a worker may be started, for root or another user. Starts the
 * state broker, which first has to report the number of providers. */
bool broker_supervisor_make_ready(
    struct broker_supervisor *, bool root, const char *program, int64_t now);
/* True while such a login waits for that report: a login of root until its
 * module has given up, others for 2.5 s; also for a second after the broker was
 * killed before that. */
bool broker_supervisor_awaits_report(
    const struct broker_supervisor *, bool root, int64_t now);
/* Makes a worker's connections, and starts the brokers that are missing. */
void broker_supervisor_connect_worker(struct broker_supervisor *,
    const char *program, struct broker_fds *, int64_t now);
/* Hands the connections of worker (0 if the fork failed), which serves
 * a service of uid, to the brokers; to the state broker that of the module,
 * too, whose BEGIN it reads itself. Then sends the worker one byte by its first
 * connection; shuts that instead if no more can be passed. */
void broker_supervisor_give_connections(struct broker_supervisor *,
    struct broker_fds *, int module, pid_t worker, uid_t uid);

/* Writes the pipes to be read; returns their number. */
#define BROKER_SOCKETS_MAX (BROKER_MAX * (1 + BROKER_OLD_MAX))
size_t broker_supervisor_add_pollfds(
    struct broker_supervisor *, struct pollfd[BROKER_SOCKETS_MAX]);
void broker_supervisor_read(struct broker_supervisor *, const struct pollfd *,
    size_t count, int64_t now);
/* Does what is due by time: starts successors, sends pings, kills brokers that
 * do not answer. workers is the number of running workers. */
void broker_supervisor_tick(struct broker_supervisor *, const char *program,
    size_t workers, int64_t now);
/* Returns when to call broker_supervisor_tick() again; INT64_MAX if never. */
int64_t broker_supervisor_next_tick(
    const struct broker_supervisor *, size_t workers, int64_t now);
/* Returns true, after logging a failure, if the ended child was a broker. If it
 * was a worker, its connections are forgotten. */
bool broker_supervisor_note_exit(
    struct broker_supervisor *, pid_t, int status, int64_t now);
/* Releases all brokers: they serve the connections they have; no more come. If
 * another program follows, it takes back none. */
void broker_supervisor_retire(
    struct broker_supervisor *, bool other_program, int64_t now);

/* For the program that replaces this one. Restore wipes the text, which has
 * keys. With keep the descriptors stay open over execve. The kernel takes
 * no longer text; logins for which it has no space cannot be returned. */
#define BROKER_TEXT_MAX 120000
void broker_supervisor_save(
    struct broker_supervisor *, char text[BROKER_TEXT_MAX]);
void broker_supervisor_restore(struct broker_supervisor *, char *text);
void broker_supervisor_keep_fds_on_exec(struct broker_supervisor *, bool keep);

#endif
