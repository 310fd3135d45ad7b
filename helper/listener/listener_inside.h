/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared within the listener: its sockets and executable, its workers and
 * their limits, and its renewal. */
#ifndef TWOFA_LISTENER_INSIDE_H
#define TWOFA_LISTENER_INSIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* listener_start.c: the listening sockets, passed by systemd or by itself as in
 * sd_listen_fds(3), with LISTEN_FDS and LISTEN_FDNAMES. The socket named "user"
 * is for services that do not run as root; any other name is for services that
 * do. */

struct listener_sockets {
	int root, user; /* -1: no such socket */
	/* passed by the previous program; NULL at the first start */
	const char *copies, *limits;
	char *brokers; /* text of broker_supervisor_save(); or NULL */
};

/* Returns NULL, or what is wrong. Reads the environment and clears it. The
 * sockets become non-blocking and close-on-exec. */
const char *listener_sockets_take(struct listener_sockets *);

/* Executes the program at path with these sockets and only the environment that
 * listener_sockets_take() reads. Returns with errno if that fails. */
void listener_sockets_pass(const struct listener_sockets *, const char *path,
    char *const argv[], const char *copies, const char *limits);

/* The executable of this process. */
struct listener_file {
	char path[PATH_MAX]; /* as installed; may be missing or newer */
	struct stat running; /* of the running one */
};

/* Returns 0, or -1 with errno. */
int listener_executable_find(struct listener_file *);

/* True if another file is at its path now, or its mode has changed; false if no
 * file is there. */
bool listener_executable_was_replaced(const struct listener_file *);

/* listener_workers.c: the running workers. Pure; times are frame_clock_ms. */

#define LISTENER_WORKERS_ROOT 512  /* at once, for root's services */
#define LISTENER_WORKERS_OTHERS 64 /* for all other services together */
#define LISTENER_WORKERS_MAX (LISTENER_WORKERS_ROOT + LISTENER_WORKERS_OTHERS)
#define LISTENER_WORKERS_TEXT_MAX (LISTENER_WORKERS_MAX * 48)

struct listener_worker {
	pid_t pid;
	uid_t uid; /* of the connected service */
	int64_t begun;
};

/* Zeroed: no workers. */
struct listener_workers {
	size_t count;
	struct listener_worker list[LISTENER_WORKERS_MAX];
};

/* Adds a worker, after listener_limits_admit() has made sure of its place. */
void listener_workers_add(struct listener_workers *, pid_t, uid_t, int64_t now);

/* Returns false if it was not listed; else removes it, and copies it to the
 * last argument. */
bool listener_workers_remove(
    struct listener_workers *, pid_t, struct listener_worker *);

/* The workers of this uid; of all uids but 0. */
size_t listener_workers_count_for_uid(const struct listener_workers *, uid_t);
size_t listener_workers_count_non_root(const struct listener_workers *);

/* To text and back, for the program that replaces this one. Restoring stops at
 * the first invalid part. */
void listener_workers_save(
    const struct listener_workers *, char text[LISTENER_WORKERS_TEXT_MAX]);
void listener_workers_restore(struct listener_workers *, const char *text);

/* The limits of connections. They are counted before the fork, so that a flood
 * costs no more than an accept. Root's services have 512 workers of their own.
 * Other uids have 4 each and 64 together, and 20 connections in 10 s each.
 * Pure; times are frame_clock_ms.
 *
 * A user can own thousands of uids, by subuid(5), and only a worker can find
 * out that a uid has no account. Such uids count together in their block of
 * 65536: after 20 in 10 s, only uids with a known account get a worker there.
 * subuid(5) gives no uids of the first block, where local accounts are. Those
 * of a directory may be in any. */

#define LISTENER_AT_ONCE 4
#define LISTENER_WINDOW_MS 10000
#define LISTENER_PER_WINDOW 20
#define LISTENER_UIDS 256  /* rows */
#define LISTENER_BLOCKS 64 /* rows: the first block's, and of others in use */
#define LISTENER_TEXT_MAX ((LISTENER_UIDS + LISTENER_BLOCKS) * 48)

struct listener_limits_window {
	int64_t since;
	unsigned count;
};

struct listener_limits_strangers {
	uid_t block;
	struct listener_limits_window window;
};

struct listener_limits_user {
	bool used, has_account;
	bool counted; /* in its block, since its window began */
	uid_t uid;
	struct listener_limits_window window;
};

/* Zeroed: no connections yet. */
struct listener_limits {
	struct listener_limits_strangers strangers[LISTENER_BLOCKS];
	struct listener_limits_user users[LISTENER_UIDS];
};

/* Returns true if this uid may have a worker now. Counts the connection. */
bool listener_limits_admit(struct listener_limits *,
    const struct listener_workers *, uid_t, int64_t now);

/* Notes whether the uid has an account, as its worker found out. */
void listener_limits_note_account(
    struct listener_limits *, uid_t, bool has_account, int64_t now);

/* To text and back, for the program that replaces this one: otherwise a user
 * who makes workers crash, and so causes a renewal, would be counted from 0
 * each time. Restoring stops at the first invalid part. */
void listener_limits_save(
    const struct listener_limits *, char text[LISTENER_TEXT_MAX]);
void listener_limits_restore(struct listener_limits *, const char *text);

/* listener_preload.c: does once, before the first fork, the set-up of libcrypto
 * and libconfig that each worker would repeat. Failures are logged; workers
 * then try again. SQLite is left out, because its random numbers would repeat
 * in the workers. */
void listener_preload_libraries(void);
/* In a new worker: maps its stack at once, which costs less than a fault for
 * each page. */
void listener_preload_stack(void);

/* listener.c: the renewal. The listener executes its installed file, as the
 * same process with the same sockets and children. All workers share its memory
 * layout, so that must not last: it is renewed after the first crash of a
 * worker, some time, or a number of logins. Times are frame_clock_ms. */

#define LISTENER_RENEWAL_LOGINS 100
#define LISTENER_RENEWAL_MS                                                    \
	(60 * 60 * INT64_C(1000)) /* with at least one login */

struct listener_renewal {
	struct listener_file file;
	int64_t since;
	unsigned logins;
	bool crashed; /* a worker ended by a signal of a bug or an attack */
	bool wanted;  /* SIGHUP, or the file was replaced */
};

/* Counts a login, and notes a crash. status is from waitpid(2). */
void listener_renewal_note_exit(struct listener_renewal *, int status);

/* True if the renewal should happen now. Pure. */
bool listener_renewal_is_due(const struct listener_renewal *, int64_t now);

/* When the renewal is due by age; INT64_MAX before the first login. Pure. */
int64_t listener_renewal_next(const struct listener_renewal *);

/* Returns only if the file cannot be executed: that is logged, and the counts
 * start again. argv is this process's own. */
void listener_renewal_exec(struct listener_renewal *,
    const struct listener_sockets *, const struct listener_workers *,
    const struct listener_limits *, char *const argv[], int64_t now);

#endif
