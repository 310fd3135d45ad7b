/* SPDX-License-Identifier: BSD-2-Clause */
/* The PAM module: it gathers the facts of a login, starts a helper or connects
 * to the listener, and relays prompts between helper and user. It runs as root
 * inside sshd, sudo, su and login. */
#ifndef TWOFA_PAM_MODULE_H
#define TWOFA_PAM_MODULE_H

#include "lib/wire/wire.h"

/* hostfacts.c: facts that distinguish this boot and this session of the host
 * from others. */

/* The kernel's boot id into id[size], at least 40 bytes; "" if unreadable. */
void hostfacts_read_boot_id(char *id, size_t size);

/* Fills in the session, the start time of its leader, and the leader's terminal
 * if tty names that one: PAM_TTY is free text, with or without /dev/. 0 if
 * unknown. */
void hostfacts_read_session(struct facts *);

/* module_log.c: the module's lines to LOG_AUTHPRIV, with the syslog settings of
 * the application. */

/* Writes the line of a login. */
void module_log_login(const struct logline *, bool allowed);

/* Writes a line for an administrator: cause and remedy, or detail for debug. */
void module_log_problem(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void module_log_debug(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* spawn.c: starts a helper process, ends it and reports whether it ended
 * cleanly. The application's children, signals and descriptors stay as they
 * are. */

/* Initialised with SPAWN_NONE. */
struct spawn {
	int sock;  /* the module's end */
	int pidfd; /* of the intermediate process */
	pid_t pid;
	const char *path; /* of the helper */
};

#define SPAWN_NONE                                                             \
	(struct spawn)                                                         \
	{                                                                      \
		-1, -1, -1, NULL                                               \
	}

#define SPAWN_STATUS_UNKNOWN (-1)

/* Starts the helper at path as user twofa, below an intermediate process; both
 * exit by themselves 5 s after deadline_ms from now. Returns REASON_NONE, or
 * the reason for the log line, after logging cause and remedy. */
enum reason spawn_start(struct spawn *, const char *path, int64_t deadline_ms);

/* Closes the socket, waits until `until` (frame_clock_ms) for the helper's
 * exit, then kills it. Returns its exit status, 128 + n for a signal, or
 * SPAWN_STATUS_UNKNOWN if it was killed here or another part of the application
 * reaped it. Logs every status but 0. Harmless if no helper was started. */
int spawn_finish(struct spawn *, int64_t until);

/* Moves a descriptor above 3: the child needs the numbers below, and an
 * application that has closed 0 to 2 may print there. Returns the new number,
 * or -1 with errno after closing fd. */
int spawn_fd_lift(int fd);

/* helper_talk.c: the dialogue of a login with a helper: starts or reaches it,
 * sends BEGIN, relays prompts and answers until the verdict, and ends it. */

/* The conversation with the user. */
struct relay_user {
	void (*say)(void *ctx, const char *text);
	/* Returns the typed text, from malloc, which the relay wipes and
	 * frees; NULL if there is no answer. */
	char *(*ask)(void *ctx, const char *prompt, bool echo);
	bool (*is_password)(void *ctx, const char *answer);
};

struct relay {
	int sock;
	bool socket;      /* the helper ends with END */
	int64_t deadline; /* for answers, frame_clock_ms */
	int64_t limit;    /* for every wait for the helper */
	bool debug;
	const struct relay_user *user;
	void *ctx; /* passed to the functions of user */
	/* results: */
	bool password;  /* an answer was the login password */
	bool aborted;   /* there was no answer, or it was the login password */
	bool ended;     /* END was received */
	bool late;      /* an answer was typed after the deadline */
	unsigned shown; /* texts and prompts so far */
	/* VERDICT, if it was received, also before an error; else the type is
	 * FRAME_NONE. */
	struct frame verdict;
	unsigned char bytes[FRAME_MAX];
};

/* The caller fills in the relay's deadline, debug, user and ctx, and all facts
 * except the remaining time. status is 0 only if the helper ended cleanly.
 * Returns REASON_NONE, or the reason for the log line; then the login is
 * denied, whatever the verdict. */
enum reason helper_talk(struct relay *, const struct module_arguments *,
    struct facts *, int *status);

#endif
