/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper and other programs that twofactl starts, and requests to the
 * helper. A command needs client_request(). */
#ifndef TWOFA_CLIENT_H
#define TWOFA_CLIENT_H

#include <pwd.h>

#include "lib/items/items.h"
#include "twofactl/terminal/terminal.h"

/* client_helper.c: the helper's user and file. */

/* Returns the passwd entry of the helper's user, from getpwnam, or NULL with
 * trusted_file_cause. errno is then 0 if no such user exists, else the error of
 * the look-up. */
const struct passwd *client_helper_account(void);

/* Checks that the helper's file is safe for root to start, by the module's rule
 * (lib/wire/wire.h) but for its last point: only the start shows whether the
 * helper's user can execute the file. Returns 0, or -1 after reporting. */
int client_check_helper(const char *path);

/* helper_process.c: starts twofa-helper as user twofa and waits for its end, or
 * connects to the listener as root's logins do. twofactl has one thread and no
 * other children, so it can use libc; the module, which runs within sshd, has
 * its own code for that (pam_module/spawn.c, helper_talk.c). */

struct helper_process {
	int sock;    /* our end; -1: not open */
	pid_t pid;   /* 0: a worker of the listener, not our child */
	bool killed; /* by helper_process_kill */
};

/* Starts the helper at path, which client_check_helper has accepted; its alarm
 * ends it after alarm_s. Returns 0, or -1 after reporting. */
int helper_process_start(
    struct helper_process *, const char *path, unsigned alarm_s);

/* Kills the helper; the caller reports why. helper_process_end then returns -1
 * without reporting. */
void helper_process_kill(struct helper_process *);

/* Closes the socket and waits for the helper's end; kills it after 5 s. Returns
 * 0 if it exited with status 0, else -1 after reporting. */
int helper_process_end(struct helper_process *);

/* The listener's socket for services of root, or for other users' if this user
 * is not root. */
const char *client_socket_path(void);

/* True if the socket's file exists, even without a listener. */
bool client_socket_exists(void);

/* Returns a connection on which HELLO was received, for the caller to close; or
 * -1 and in *why the problem and remedy, to follow the path. Takes up to 3
 * s. */
int client_socket_open(const char **why);

/* run_program.c: runs another program with limits of time and output. */

struct program {
	const char *const *argv; /* [0] is an absolute path; NULL ends */
	/* ids to run with, without supplementary groups; uid 0: unchanged */
	uid_t uid;
	gid_t gid;
	int timeout_s;
	const char *text; /* its stdin; NULL: empty */
	/* beginnings of the variables that it keeps, NULL ends; it gets PATH
	 * besides. NULL: PATH alone */
	const char *const *keeps;
	/* called in the child before the ids change, with stdout, stderr and
	 * environment in place; unless it returns 0, the status is 126. May be
	 * NULL */
	int (*prepare)(void *ctx);
	void *ctx;
};

/* Runs a program and waits for it. Its stdout and stderr go to out[cap],
 * NUL-terminated. Returns its exit status, which is 127 if it could not be
 * executed, 126 if privileges could not be dropped; or one of these. */
enum {
	PROGRAM_FAILED = -2, /* not started, or its output not read: errno */
	PROGRAM_KILLED = -1  /* by a signal, or for exceeding the limits */
};
int run_program(const struct program *, char *out, size_t cap);

/* Like run_program() with no more than these members. */
int run_program_status(
    const char *const *argv, int timeout_s, char *out, size_t cap);

/* Waits up to wait_ms for a child's end, then kills it, even if it is stopped.
 * Returns the status of waitpid, or -1 if that is unknown. */
int run_program_reap(pid_t, int64_t wait_ms);

/* Runs a program with this text as its stdin, as CLIENT_NOTICES_USER: the text
 * may have words of other users. Returns 0 if it exits with status 0, else -1
 * after reporting. */
int run_program_with_text(const char *const *argv, const char *text);

#define CLIENT_SENDMAIL "/usr/sbin/sendmail"

/* Not the helper's user, who can read secrets and whose events in the log
 * count. */
#define CLIENT_NOTICES_USER "twofa-notify"
#define CLIENT_NOTICES_USER_ADD                                                \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " CLIENT_NOTICES_USER

#define SYSTEMCTL "/usr/bin/systemctl"

/* True if systemd is process 1 and SYSTEMCTL can be executed. */
bool run_program_has_systemd(void);

/* Runs SYSTEMCTL with this verb for a unit. out[cap] gets the first line of
 * what it prints. Returns like run_program(). */
int run_program_systemctl(
    const char *verb, const char *unit, char *out, size_t cap);

/* client_admin.c: the password of twofa_operator, by which twofactl uses the
 * server of a state that hosts share: in a file that only root can read, on an
 * administrator's machine. No login reads it. */

#define CLIENT_ADMIN_FILE "state-admin" /* in the folder of twofa.conf */

/* The file's path, "" if it would be too long. Valid until the next call. */
const char *client_admin_path(const char *conf);

/* Reads the password, "" if the file is missing. Returns 0, or -1 after
 * reporting if it is invalid or others can read it. The caller wipes it. */
int client_admin_read_password(
    const char *conf, char password[STATE_ADMIN_LEN + 1]);

/* Checks that this machine may change a fleet's state as the operator. Returns
 * CTL_DONE, or CTL_NO after printing an error. */
enum ctl_exit client_admin_check(const char *conf, const struct settings *);

/* client.c: requests to a helper and the records it sends. The helper's text is
 * shown as plain text, and its verdict counts only after a clean end. */

/* Limits of what a helper sends: errors of settings, prompts of a login or
 * lines of a push; and a row for each user, source, host, login or code in the
 * state. */
#define CLIENT_LINES 400
#define CLIENT_ROWS (1 << 20)

/* Marks the helper's text, which could ask root to run anything. */
#define CLIENT_SAYS "the helper says: "

struct client_request;
struct client {
	const struct client_request *call; /* of client_request() */
	struct helper_process run;
	int64_t deadline;   /* frame_clock_ms */
	size_t lines, rows; /* received so far */
	bool flooded;       /* more than allowed was received */
	bool may_leave; /* a line was shown, or no answer given: a signal ends
			 * the helper */
	bool left;      /* it did */
	bool answered;  /* the helper has asked */
	bool reported;  /* why the request ends */
	struct item record;             /* the newest one */
	unsigned char bytes[FRAME_MAX]; /* the newest frame */
};

/* The facts of a request about an owner (values.h), "" for none. The caller
 * sets the deadline and the facts of a login. */
struct facts client_facts(
    const struct run *, const char *owner, enum facts_purpose);

/* Fills in the account that ran sudo, and logs it as the caller from then on.
 * Returns its uid, or 0 if that is root or unknown. */
struct account;
uid_t client_sudo_caller(struct account *);

/* The user in SUDO_USER, which root can set to any name; "" for none. */
const char *client_sudo_user_name(void);

/* Starts a helper and sends the request. Returns 0, or -1 after reporting. */
int client_open(struct client *, const struct run *, const struct facts *);

/* Receives the next SAY, ASK or VERDICT before the deadline, however many are
 * queued. Kills the helper at the deadline, or after too many prompts. */
enum frame_result client_receive(struct client *, struct frame *);

/* Reads the record of a SAY. Returns 0, or -1 if it is invalid, or one too
 * many: then the helper is killed. */
int client_read_item(struct client *, const struct frame *, struct item *);

/* Why the verdict did not come, to follow "the helper". */
const char *client_failure_text(const struct client *, enum frame_result);

/* The verdict's reason, or REASON_NONE if it is missing or unknown. */
enum reason client_reason(const struct frame *verdict);

/* One request, with the frames of a login: BEGIN with the command's purpose,
 * then records from the helper (items.h), one answer, a verdict. Or a dialogue
 * at the terminal: lines and prompts of a login, answered from stdin. The
 * helper is not trusted: any error in order or form ends the request. */

struct client_request {
	enum facts_purpose purpose;
	const char *user; /* owner whom the request is about, or NULL */
	const char *request, *text; /* fields of BEGIN, or NULL */
	int64_t deadline_ms;        /* 0 for the default */
	/* replaces the members above: client_facts and more; or NULL */
	const struct facts *facts;
	bool dialogue; /* at the terminal; no records */
	/* from client_socket_open, closed by the request; 0 or -1: start a
	 * helper */
	int sock;
	const char *answer; /* to the helper's question; NULL: change nothing */
	/* gets the number of a record of kind counts; or NULL */
	int64_t *count;
	enum item_kind counts;
	void *ctx;
	/* Gets each other record; errors are printed instead. Returns 0, or -1
	 * to reject it. Records count only if the request returns CTL_DONE.
	 * NULL to reject all. */
	int (*record)(void *ctx, const struct item *);
	/* Called when the helper asks, to use its records before the answer.
	 * Returns 0; or, to end the request, -1 if the records are wrong or 1
	 * after reporting another problem. May be NULL. */
	int (*asked)(void *ctx);
	/* called with the verdict, before the helper's end; may be NULL */
	void (*verdict)(void *ctx, const struct frame *);
};

/* Returns CTL_DONE if done, or unchanged as wanted, or the dialogue's login was
 * allowed; CTL_NO if there was nothing to do, it took too long, or the login
 * was denied, as the prompts or the verdict say. Else reports the problem. */
enum ctl_exit client_request(const struct run *, const struct client_request *);

/* doctor's findings about providers begin with the first of these; the others
 * are for credentials and accounts that the vendor refuses. */
#define CLIENT_PROBE_NAMES "provider-"
#define CLIENT_PROBE_CREDENTIALS "provider-credentials"
#define CLIENT_PROBE_ACCOUNT "provider-account"

/* Makes a helper read the settings at conf as for a login, and ask their
 * providers. Calls record for each finding of the helper's part of doctor.
 * Returns CTL_DONE; CTL_SETTINGS after reporting that the helper cannot use
 * these settings; else another problem was reported. */
enum ctl_exit client_probe_providers(const struct run *, const char *conf,
    void *ctx, int (*record)(void *ctx, const struct item *));

/* Logs a change by twofactl itself, in the form of the helper's lines: "edit
 * user=alice by uid=0 ruser=bob", or with an event "event=removed user=alice
 * remove by uid=0". The text is the command, with more words if needed; user
 * may be NULL. */
void client_audit(enum event, const char *user, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
