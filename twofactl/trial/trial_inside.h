/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that the .c files of this component share. */
#ifndef TWOFA_TRIAL_INSIDE_H
#define TWOFA_TRIAL_INSIDE_H

#include "twofactl/trial/trial.h"
#include "twofactl/sshd/sshd.h"

/* The first words of a command line of this program. */
#define TRIAL_SELF(run)                                                        \
	"/proc/self/exe", "-c", (run)->conf, "--helper", (run)->helper

/* trial_restore.c: returns 0, 1 with etc_cause if an admin should check a line,
 * or -1 with etc_cause if a file failed (the others are restored). A file that
 * has not changed since the trial gets its old content; in any other, only the
 * lines of twofactl are undone. clear: also removes lines of an earlier enable.
 * May be repeated. */
int trial_restore(const struct trial *, bool clear);

/* trial.c: writes and syncs the record of a trial. */
int trial_folder_write(const char *folder, const struct trial *);
/* Returns 1, 0 if there is no such folder, or -1 with etc_cause if it is
 * damaged or cannot be read. After 1 the caller calls trial_free(). */
int trial_folder_read(const char *folder, struct trial *);
/* A missing folder is not an error. */
int trial_folder_remove(const char *folder);

/* Reads "password", "key" or "both". Returns -1 for any other word. */
int trial_login_read(enum stack_login *, const char *word);

/* trial_step.c: called after each named step. Does nothing; tests replace it to
 * kill the program at that step. */
void trial_step(const char *name);

enum roll_back_reason {
	ROLL_BACK_TIMEOUT = 0,
	ROLL_BACK_BOOT,
	ROLL_BACK_HAND,
	ROLL_BACK_SSHD_CHECK,  /* sshd -t, or the reload, failed */
	ROLL_BACK_NOT_OFFERED, /* the running sshd offers other methods */
};

/* roll_back.c: restores the files, reloads sshd, logs, and after a timeout
 * writes to root's terminals. Returns 0, or 1 if sshd could not be reloaded.
 * After -1 the trial is still pending, and the call can be repeated. */
int roll_back(const struct trial *, enum roll_back_reason);

#define TRIAL_WHO_GOT_IN_MAX 64

struct trial_find_logins {
	int64_t since, now;
	bool admin; /* one is a member of sudo, wheel or admin, or root */
	unsigned count;
	/* owners, as in the state */
	char user[TRIAL_WHO_GOT_IN_MAX][OWNER_MAX + 1];
};

/* trial_begin.c: finds the users who logged in with a code since that time (in
 * seconds since 1970) by this service or its second name (sudo-i, su-l). */
enum ctl_exit trial_find_logins(const struct run *, const char *service,
    int64_t since, struct trial_find_logins *);

/* trial_timer.c: rolls back a trial that is not confirmed in time, by a systemd
 * timer or a background process. Both run "twofactl rollback --timer ID", which
 * does nothing if another trial is pending. */

int trial_timer_arm(const struct trial *);
/* Stops the systemd timer. A background process stays; it does nothing. */
void trial_timer_disarm(const struct trial *);

/* Waits until clock_ms(), which setting the time of day does not affect,
 * reaches the deadline. */
void trial_timer_wait(int64_t deadline_ms);

/* True if the unit that rolls back a trial at boot is enabled. */
bool trial_timer_boot_unit_is_enabled(void);

#define TRIAL_TIMER_CLOCK 16

/* The end of the trial in local time: "18:37:25". */
void trial_timer_write_end_time(
    const struct trial *, char out[TRIAL_TIMER_CLOCK]);

/* trial_assess.c: checks a change before it is made. Callers hold the lock. */

/* Returns true if the new files can be tested before they are in place. If
 * mount namespaces are not permitted, makes copies (etc.h) and puts the reason
 * in etc_cause; the caller calls etc_view_copy_remove(). */
bool trial_prepare_view(const struct trial *);

/* Runs doctor on the old and the new files, and prints the findings about this
 * service to stderr. Returns CTL_NO if the new files have new findings. */
enum ctl_exit trial_assess(const struct run *, const struct trial *);

/* Prints a table of the users who could not log in any more to stderr. Returns
 * CTL_NO if the change locks out any user. */
enum ctl_exit trial_check_lockout(const struct run *, const struct trial *);

/* Returns CTL_DONE if sshd would apply the new drop-in, or if the service is
 * not sshd. */
enum ctl_exit trial_check_sshd(const struct trial *);

/* trial_proof.c: a real login, with a real message, by the new files before
 * they are in place. The service's program runs at this terminal in a private
 * view of /etc (etc.h); with copies, twofactl runs the PAM stack itself
 * (host.h). no_input: no code is typed, a prompt for it is sufficient. */
enum ctl_exit trial_test_login(
    const struct run *, const char *user, bool no_input, const struct trial *);

/* trial_begin.c: records the trial, starts its timer if timed, replaces
 * the files and reloads sshd. Fills in t->id, since, until and boot. On failure
 * it rolls back. timed: false if no confirmation is needed. */
enum ctl_exit trial_start(struct trial *, int64_t within_s, bool timed);

/* service_change.c: the supported services, as text for messages. */
extern const char service_change_names[];

/* The supported services; ends with NULL. */
extern const char *const service_change_list[];

/* The service's second PAM name, whose file may need the same lines: "sudo-i"
 * or "su-l"; NULL for the other services. */
const char *service_change_second_pam_name(const char *service);

struct service_request {
	const struct arguments *typed;
	const char *service;
	enum stack_login login;
	bool skip; /* only a rule: nobody is asked for a code */
	int64_t within;
	const char *prove_as; /* user of the test login, or NULL */
};

/* True if the request only adds a rule that skips the code, and changes no PAM
 * file. This cannot lock out any user. */
bool service_change_is_rule(const struct service_request *);

/* Fills in service, login and files with the changes that enabling would make;
 * writes nothing. On success the caller calls trial_free(). */
int service_change_plan(struct trial *, const struct service_request *);

/* The values of AuthenticationMethods by enum stack_login; NULL: not set. */
extern const char *const service_change_methods[];
#define SERVICE_CHANGE_GRACE 120 /* LoginGraceTime, in seconds */

/* True if no file needs a change. */
bool service_change_is_empty(const struct trial *);

#define SELF_SOCKET "self"
/* self_socket.c: the commands for it, which is no service. */
enum ctl_exit self_socket_command(const struct arguments *, bool on);

int trial_pending_find(bool wait, struct trial *t);
void trial_pending_print_end(const struct run *run, const char *service,
    bool changed, const char *state, const char *words);

#endif
