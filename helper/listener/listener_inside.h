/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the listening helper, for the files of this room: its sockets and
 * its own file, its copies and their limits, when it replaces itself.
 */
#ifndef TWOFA_LISTENER_INSIDE_H
#define TWOFA_LISTENER_INSIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * listener_start.c: the sockets that the helper listens on, passed by systemd
 * or by itself as in sd_listen_fds(3): their number in LISTEN_FDS, their names
 * in LISTEN_FDNAMES. The socket named "user" is for services that are not
 * root's; any other name is for root's.
 */

struct listener_sockets {
	int root, user; /* -1: none */
	/* passed by the program before; NULL: a first start */
	const char *copies, *limits;
	char *brokers; /* broker_supervisor_save()'s text; NULL without one */
};

/* Read the environment and clear it. NULL, or what is wrong. The sockets are
 * non-blocking, and execve closes them. */
const char *listener_sockets_take(struct listener_sockets *);

/* Execute the program at path with these sockets, and only the environment that
 * listener_sockets_take reads. Returns with errno when that fails. */
void listener_sockets_pass(const struct listener_sockets *, const char *path,
    char *const argv[], const char *copies, const char *limits);

/* The running program's file: where it is installed, whether it has been
 * replaced, and whether user twofa can read it. */
struct listener_file {
	char path[PATH_MAX]; /* the installed file; maybe missing or newer */
	struct stat running; /* the running file */
};

/* 0, or -1 with errno. */
int listener_file_find(struct listener_file *);

/* True when another file is at its path now, or its mode has changed. False
 * while there is no file. */
bool listener_file_was_replaced(const struct listener_file *);

/* True when this process can read the running file. Then every process of its
 * user could look into this one's memory before it becomes undumpable. */
bool listener_file_is_readable(const struct listener_file *);

/*
 * listener_workers.c: the running copies, the listening helper's children, one
 * for each login. Pure; times are frame_clock_ms.
 */

#define LISTENER_WORKERS_ROOT 512  /* at once, for services of root */
#define LISTENER_WORKERS_OTHERS 64 /* for all other services together */
#define LISTENER_WORKERS_MAX (LISTENER_WORKERS_ROOT + LISTENER_WORKERS_OTHERS)
#define LISTENER_WORKERS_TEXT_MAX (LISTENER_WORKERS_MAX * 48)

struct listener_worker {
	pid_t pid;
	uid_t uid; /* of the service that asked */
	int64_t begun;
};

/* Zeroed: none. */
struct listener_workers {
	size_t count;
	struct listener_worker list[LISTENER_WORKERS_MAX];
};

/* Add one. There is room, because listener_limits_admit was asked first. */
void listener_workers_add(struct listener_workers *, pid_t, uid_t, int64_t now);

/* Remove one that has ended and return it in the last argument; false: it was
 * not listed. */
bool listener_workers_remove(
    struct listener_workers *, pid_t, struct listener_worker *);

/* How many run for this uid; not for root. */
size_t listener_workers_count_for(const struct listener_workers *, uid_t);
size_t listener_workers_count_others(const struct listener_workers *);

/* As text and back, for the program that replaces this one. Reading stops at
 * the first invalid part. */
void listener_workers_save(
    const struct listener_workers *, char text[LISTENER_WORKERS_TEXT_MAX]);
void listener_workers_restore(struct listener_workers *, const char *text);

/* Which connections get a copy of the helper. They are counted before the fork,
 * so that a flood costs no more than an accept. Root's services have 512 places
 * of their own. Other users have 4 each and 64 together, and 20 connections in
 * 10 s each. Pure; times are frame_clock_ms.
 *
 * A user can own thousands of uids, by subuid(5), and only a copy can find out
 * that a uid has no account. Connections from such uids count together: after
 * 20 in 10 s, only uids with a known account get a copy. */

#define LISTENER_AT_ONCE 4
#define LISTENER_WINDOW_MS 10000
#define LISTENER_PER_WINDOW 20
#define LISTENER_UIDS 256 /* uids that are remembered */
#define LISTENER_TEXT_MAX ((LISTENER_UIDS + 1) * 48)

struct listener_limits_window {
	int64_t since;
	unsigned count;
};

struct listener_limits_user {
	bool used, has_account;
	uid_t uid;
	struct listener_limits_window window;
};

/* Zeroed: no connections yet. */
struct listener_limits {
	struct listener_limits_window strangers;
	struct listener_limits_user users[LISTENER_UIDS];
};

/* May this uid have a copy now? Counts the connection. */
bool listener_limits_admit(struct listener_limits *,
    const struct listener_workers *, uid_t, int64_t now);

/* A copy found out whether its peer has an account. */
void listener_limits_note_account(
    struct listener_limits *, uid_t, bool has_account, int64_t now);

/* As text and back, for the program that replaces this one. Without it, a user
 * who makes copies crash, and so causes a renewal, would be counted from 0 each
 * time. Reading stops at the first invalid part. */
void listener_limits_save(
    const struct listener_limits *, char text[LISTENER_TEXT_MAX]);
void listener_limits_restore(struct listener_limits *, const char *text);

/* What each login would load and set up is done once in the listening helper,
 * and the copies share the memory. Nothing here depends on settings or on a
 * login. SQLite is left out, because its random numbers would repeat in the
 * copies. */
/* Call it before the first fork. Failures are logged; a copy then tries again,
 * like a helper started for one login. */
void listener_preload(void);

/*
 * listener.c: when and how the listening helper replaces itself: by execve of
 * its installed file, as the same process with the same sockets and children.
 * All copies share the memory layout of the program that forks them, so that
 * layout must not last: it ends with the first crash of a copy, after some
 * time, and after a number of logins. Times are frame_clock_ms.
 */

#define LISTENER_RENEWAL_LOGINS 100
#define LISTENER_RENEWAL_MS                                                    \
	(60 * 60 * INT64_C(1000)) /* with at least one login */

struct listener_renewal {
	struct listener_file file;
	int64_t since;
	unsigned logins;
	bool crashed; /* a copy ended as only a bug or an attack makes it end */
	bool wanted;  /* SIGHUP */
};

/* Note how a copy ended; status as from waitpid(2). */
void listener_renewal_note(struct listener_renewal *, int status);

/* True when it should be replaced now. Pure. */
bool listener_renewal_is_due(const struct listener_renewal *, int64_t now);

/* The time to replace it if no copy crashes; INT64_MAX: no login yet. Pure. */
int64_t listener_renewal_next(const struct listener_renewal *);

/* Returns only when the file cannot be executed: then the log says why, and the
 * count starts again. argv: this process's own. */
void listener_renewal_exec(struct listener_renewal *,
    const struct listener_sockets *, const struct listener_workers *,
    const struct listener_limits *, char *const argv[], int64_t now);

#endif
