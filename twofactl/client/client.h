/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper and other programs that twofactl starts, and what it asks of them.
 * A command needs client_request.
 */
#ifndef TWOFA_CLIENT_H
#define TWOFA_CLIENT_H

#include <pwd.h>

#include "lib/items/items.h"
#include "twofactl/terminal/terminal.h"

struct program {
	const char *const *argv; /* [0] is an absolute path; NULL ends */
	/* run with these ids, without other groups; uid 0: unchanged */
	uid_t uid;
	gid_t gid;
	int timeout_s;
	const char *const *env; /* NULL: only PATH */
	/* called in the child before that, with its output in place; if it
	 * returns other than 0: status 126. NULL: nothing to prepare */
	int (*prepare)(void *ctx);
	void *ctx;
};

enum program_result {
	PROGRAM_FAILED = 0, /* it could not be started or read: errno */
	PROGRAM_ENDED,      /* it ended; *status is its exit status */
	PROGRAM_KILLED,     /* by a signal, or by us beyond the limits */
};

/* stdout and stderr go to out[cap], NUL-terminated. Its stdin is
 * empty. Status 127: it could not be executed; 126: rights
 * could not be given up. */
enum program_result run_program(
    const struct program *, char *out, size_t cap, int *status);

/* The same for a program that needs no more than this: its exit status, or -1
 * when it did not end by itself. */
int run_program_status(
    const char *const *argv, int timeout_s, char *out, size_t cap);

/* Wait at most so long for a child's end, then kill it, as one that is stopped.
 * What waitpid says of it, or -1: how it ended is unknown. */
int run_program_reap(pid_t, int64_t wait_ms);

#define SYSTEMCTL "/usr/bin/systemctl"

/* Does systemd run, and can SYSTEMCTL ask it? */
bool run_program_has_systemd(void);

#define CLIENT_ACCOUNT_CAUSE_MAX 256

/* The helper's user, from getpwnam; NULL with cause and remedy. errno is then 0
 * when there is no such user, else the look-up's error. */
const struct passwd *client_helper_account(
    char cause[CLIENT_ACCOUNT_CAUSE_MAX]);

/* Is the helper's file safe for root to start? By the module's rule
 * (lib/wire/wire.h), except for its last point: whether the helper's user can
 * execute the file shows at the start. 0, or -1 after complaining. */
int client_check_helper(const char *path);

/*
 * helper_process.c: starts twofa-helper as user twofa and waits for its end, or
 * reaches the listener as root's logins do. twofactl has one thread and no
 * other children, so it can use libc; the module, which runs within sshd, has
 * its own ways (pam_module/spawn.c, helper_talk.c).
 */

struct helper_process {
	int sock;    /* our end; -1: not open */
	pid_t pid;   /* 0: a copy of a listening helper, not our child */
	bool killed; /* by helper_process_kill */
};

/* path must have passed client_check_helper. The helper is killed after
 * alarm_s at the latest. 0, or -1 after complaining. */
int helper_process_start(
    struct helper_process *, const char *path, unsigned alarm_s);

/* End it at once; the caller reports why. helper_process_end then returns -1
 * silently. */
void helper_process_kill(struct helper_process *);

/* Close the socket and wait for the helper's end; after 5 s it is killed. 0
 * when it ended by itself with status 0, else -1 after complaining. */
int helper_process_end(struct helper_process *);

/* The listener's socket for root's services. */
const char *client_socket_path(void);

/* True when there is a socket, even without a listener. */
bool client_socket_exists(void);

/* A connection with HELLO received, to be closed; or -1 and *why: what is wrong
 * and the remedy, to follow the path. Takes 3 s at most. */
int client_socket_open(const char **why);

/* A correct helper sends at most a few hundred errors of settings, prompts of a
 * login or lines of a push, and a row for each user or source in the state. */
#define CLIENT_LINES 400
#define CLIENT_ROWS (1 << 20)

/* Marks the helper's text, which could tell root to run anything. */
#define CLIENT_SAYS "the helper says: "

struct client {
	struct helper_process run;
	int64_t deadline;               /* frame_clock_ms */
	size_t lines, rows;             /* received so far */
	bool flooded;                   /* ... more than allowed */
	unsigned char bytes[FRAME_MAX]; /* the newest frame */
};

/* A request about that user or person (values.h), "" nobody; the caller sets
 * the deadline and the facts of a login. */
struct facts client_facts(
    const struct run *, const char *owner, enum facts_purpose);

/* Who runs twofactl self; 0 otherwise. */
extern uid_t link_uid;

/* Who ran sudo: never root; 0: it was not sudo. Logged as such from then on. */
struct account;
uid_t client_sudo_caller(struct account *);

/* The user behind sudo, who may be anybody; "" none. */
const char *client_real_user(void);

/* The administrator's password for that purpose, "" where it asks without one;
 * link wipes. 0, or -1 after complaining. Set by twofactl.c, since a
 * fleet is above this; NULL: no purpose asks as an administrator. */
extern int (*link_admin)(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

/* Start a helper and send the request. 0, or -1 after complaining. */
int client_open(struct client *, const struct run *, const struct facts *);

/* The next SAY, ASK or VERDICT before the deadline, however many are waiting.
 * At the deadline, or after too many prompts, the helper is killed. */
enum frame_result client_receive(struct client *, struct frame *);

/* The record of a SAY. 0, or -1 when it is invalid or one too many: then the
 * helper is killed. */
int client_read_item(struct client *, const struct frame *, struct item *);

/* Why the verdict did not come, to follow "the helper". */
const char *client_failure_text(const struct client *, enum frame_result);

/* A verdict's reason; REASON_NONE when it has none, or an unknown one. */
enum reason client_reason(const struct frame *verdict);

/*
 * One request to the helper, with the frames of a login: BEGIN with the
 * command's purpose, records back (items.h), one answer, a verdict. Or its
 * dialogue at the terminal: lines and prompts of a login, answered from stdin.
 * The helper is not trusted: any error in order or form ends the call, its text
 * is shown as plain text, and its verdict counts only after a clean end.
 */

struct client_request {
	enum facts_purpose purpose;
	const char *user; /* whom it is about; NULL: of no user */
	/* in BEGIN; NULL: none */
	const char *request, *text;
	int64_t deadline_ms; /* 0: the usual one */
	/* replaces all these: client_facts with more; NULL: none */
	const struct facts *facts;
	bool dialogue; /* at the terminal; no records */
	int sock; /* from client_socket_open, closed here; 0, -1: start one */
	const char *answer; /* to its question; NULL: change nothing */
	/* The number of a record of that kind; NULL: not wanted. */
	int64_t *count;
	enum item_kind counts;
	void *ctx;
	/* Gets each other record except errors, which are shown; 0, or -1 to
	 * refuse it. Records count only after the call has ended with CTL_DONE.
	 * NULL: none. */
	int (*record)(void *ctx, const struct item *);
	/* Called when it asks, to act on its records before the answer: 0; -1
	 * when they are wrong, or 1 after complaining of something else; both
	 * end the call. NULL: nothing to do. */
	int (*asked)(void *ctx);
	/* called with the verdict, before the end. NULL: not needed. */
	void (*verdict)(void *ctx, const struct frame *);
};

/* CTL_DONE: done, or unchanged as wanted; of a dialogue: allowed. CTL_NO:
 * nothing to do, or it took too long; of a dialogue: denied, and the prompts or
 * the verdict say why. Else after complaining. */
enum ctl_exit client_request(const struct run *, const struct client_request *);

/* Doctor's findings about providers begin with this; the others are for
 * credentials and accounts that the vendor refuses. */
#define CLIENT_PROBE_NAMES "provider-"
#define CLIENT_PROBE_CREDENTIALS "provider-credentials"
#define CLIENT_PROBE_ACCOUNT "provider-account"

/* Let a helper read the settings at conf as a login would, and ask their
 * providers. found: called for each problem that doctor's part in the helper
 * finds, with its name and the helper's text. CTL_DONE; CTL_SETTINGS: the
 * helper cannot use these settings, which is reported; else nothing was learnt,
 * which is reported. */
enum ctl_exit client_probe(const struct run *, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words));

/* Log a change that twofactl makes itself: "edit user=alice by uid=0
 * ruser=bob", or with an event "event=removed user=alice remove by uid=0"; the
 * helper's lines have the same form. The text is the command, and more words if
 * needed; user: NULL none. */
void client_audit(enum event, const char *user, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
