/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module: facts of a login, a helper that is started or listens, and a
 * relay between it and the person. It runs as root inside sshd, sudo, su and
 * login.
 */
#ifndef TWOFA_PAM_MODULE_H
#define TWOFA_PAM_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/wire/wire.h"

/*
 * hostfacts.c: facts that distinguish this boot and this session of the host
 * from others; and what the module writes to LOG_AUTHPRIV: the one line of a
 * login, and lines that tell an administrator what to fix.
 */

/* The kernel's boot id into id[size], at least 40 bytes; "" when unreadable. */
void hostfacts_read_boot_id(char *id, size_t size);

/* Session, start time of its leader, and the leader's terminal if tty names
 * that one: PAM_TTY is free text, with or without /dev/. 0 is unknown. */
void hostfacts_session(struct facts *);

/* Write the line with the syslog settings of the application. */
void module_log_write(const struct logline *, bool allowed);

/* One line for an administrator: cause and remedy, or detail for debug. */
void module_log_problem(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void module_log_debug(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * spawn.c: the helper as a process: start it, end it, report whether it ended
 * cleanly. The application's children, signals and descriptors stay as they
 * are.
 */

/* Starts as SPAWN_NONE. */
struct spawn {
	int sock;  /* the module's end */
	int pidfd; /* of the intermediate */
	pid_t pid;
	const char *path; /* of the helper */
};

#define SPAWN_NONE                                                             \
	(struct spawn)                                                         \
	{                                                                      \
		-1, -1, -1, NULL                                               \
	}

#define SPAWN_STATUS_UNKNOWN (-1)

/* Start the helper at path as user twofa; both children end by themselves 5 s
 * after deadline_ms from now. REASON_NONE, or the reason for the log line: then
 * a line with cause and remedy is in the log. */
enum reason spawn_start(struct spawn *, const char *path, int64_t deadline_ms);

/* Close the socket, wait until `until` (frame_clock_ms) for the end, then kill.
 * Returns the helper's exit status, 128 + n for a signal, or
 * SPAWN_STATUS_UNKNOWN when it was killed here or another part of the
 * application reaped it. Every status but 0 gets a line in the log. Harmless
 * when none was started. */
int spawn_finish(struct spawn *, int64_t until);

/* Move a descriptor to a number that is free in the child and above 0 to 2,
 * where an application that has closed them may print. -1 with errno, and the
 * descriptor is closed. */
int spawn_fd_lift(int fd);

/*
 * helper_talk.c: one login's talk with a helper: start or reach it, send BEGIN,
 * pass its prompts to the person and the answers back until the verdict, end
 * it.
 */

/* Who is asked, and what answers are compared with. */
struct relay_person {
	void (*say)(void *ctx, const char *text);
	/* What was typed, from malloc: the relay wipes and frees it. NULL when
	 * there was no answer. */
	char *(*ask)(void *ctx, const char *prompt, bool echo);
	bool (*is_password)(void *ctx, const char *answer);
};

struct relay {
	int sock;
	bool socket;      /* the helper ends with END */
	int64_t deadline; /* for the person's answers, frame_clock_ms */
	int64_t limit;    /* for every wait for the helper */
	bool debug;
	const struct relay_person *person;
	void *ctx;     /* passed to the functions of person */
	bool password; /* set here: an answer was the login password */
	bool aborted;  /* set here: there was no answer, or it was the login
			  password */
	bool ended;    /* set here: END came */
	bool late;     /* set here: an answer came after the deadline */
	bool talked;   /* set here: something was said or asked */
	/* Set here: the last frame. It is whole when relay_run returned
	 * REASON_NONE or when a VERDICT came before the error; else its type is
	 * FRAME_NONE. */
	struct frame verdict;
	unsigned char bytes[FRAME_MAX];
};

/* The caller fills the relay's deadline, debug, person and ctx, and all facts
 * except the time that is left. status: 0 only when the helper ended cleanly.
 * REASON_NONE, or the reason for the log line: then the login is denied,
 * whatever the verdict says. */
enum reason helper_talk(struct relay *, const struct module_arguments *,
    struct facts *, int *status);

#endif
