/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial ends, or a service is disabled: its files are restored. */
#ifndef TWOFA_TRIAL_INSIDE_H
#define TWOFA_TRIAL_INSIDE_H

#include "twofactl/sshd/sshd.h"
#include "twofactl/trial/trial.h"

/* Files that are as we left them become as they were, byte for byte; in others
 * our lines become as before the trial. clear: remove our lines in any case, as
 * disable needs for a service that was enabled twice. May be repeated. 0; 1
 * with cause: done, but an admin should check a line; -1 with cause: failed,
 * the rest was done. */
int trial_restore(const struct trial *, bool clear);

/* Write all of it, synced. 0, or -1 with cause. */
int trial_folder_write(const char *folder, const struct trial *);
/* 1; 0: no such folder; -1 with cause: it is damaged. */
int trial_folder_read(const char *folder, struct trial *);
/* 0, or -1 with cause. A missing folder is fine. */
int trial_folder_remove(const char *folder);

/* "password", "key", "both": 0, or -1 for another word. */
int trial_login_read(enum stack_login *, const char *word);

/* Called after each step, by its name. Does nothing: tests replace it, and end
 * the program there. */
void trial_step(const char *name);

enum roll_back_reason {
	ROLL_BACK_TIMEOUT = 0,
	ROLL_BACK_BOOT,
	ROLL_BACK_HAND,
	ROLL_BACK_SSHD_CHECK,  /* sshd -t, or the reload, failed */
	ROLL_BACK_NOT_OFFERED, /* the running sshd offers other methods */
};

/* Restores the files and sshd, writes to the log and root's terminals; then no
 * trial is pending. 0, or -1 with cause: it is still pending, and can be tried
 * again. */
int roll_back(const struct trial *, enum roll_back_reason);

#define TRIAL_WHO_GOT_IN_MAX 64

struct trial_find_logins {
	unsigned count; /* number of entries here */
	struct {
		char user[OWNER_MAX + 1]; /* as in the state */
		bool admin;               /* could become root */
	} who[TRIAL_WHO_GOT_IN_MAX];
};

/* For this service or its second name (sudo-i, su-l), since that time: seconds
 * since 1970. CTL_DONE, or after complaining. */
enum ctl_exit trial_find_logins(const struct run *, const char *service,
    int64_t since, struct trial_find_logins *);

/*
 * Rolls a trial back when it is not confirmed: a timer of systemd's, or a
 * process that survives a hang-up. Both run "twofactl rollback --timer ID",
 * which ignores other trials.
 */

/* 0, or -1 with cause. */
int trial_timer_arm(const struct trial *);
/* The trial is over; a timer that fires later does nothing. */
void trial_timer_disarm(const struct trial *);

/* Wait until then by a clock (clock_ms) that changes of the time of day do not
 * affect. */
void trial_timer_wait(int64_t deadline_ms);

/* Does a boot roll back? false: our unit for it is not enabled. */
bool trial_timer_at_boot(void);

#define TRIAL_TIMER_CLOCK 16

/* The end by this host's clock: "18:37:25". */
void trial_timer_clock(const struct trial *, char out[TRIAL_TIMER_CLOCK]);

/*
 * The steps of adding the second factor to a service: what would change and
 * whether it is right, a proof, the switch, the trial. The lock is held.
 */

/* Can a process here see other files? If a mount namespace is not allowed,
 * copies are used (etc.h): true, with the reason in cause; the caller
 * removes them. */
bool trial_view(const struct trial *);

/* Doctor checks the new files before they are in place. New findings about this
 * service go to stderr. CTL_DONE: none that the old files do not have; CTL_NO:
 * there are some; or after complaining. */
enum ctl_exit trial_assess(const struct run *, const struct trial *);

/* A table of users who could not log in any more goes to stderr. CTL_DONE:
 * none; CTL_NO: there are some; or after complaining. */
enum ctl_exit trial_lockout(const struct run *, const struct trial *);

/* Does sshd accept the new drop-in? Other services have none. CTL_DONE, or
 * after complaining. */
enum ctl_exit trial_sshd(const struct trial *);

/* A real login with the files of a trial before they are in place: the
 * service's own program in a private view of /etc (etc.h), its client at
 * this terminal, a real message. If the view consists of copies, twofactl runs
 * the PAM stack instead of the program (host.h). no_input: no code is typed; it
 * is enough that it is asked for. CTL_DONE, or after complaining. */
enum ctl_exit trial_prove(
    const struct run *, const char *user, bool no_input, const struct trial *);

/* The switch: write the trial down, start the timer, replace the files, reload
 * sshd. Fills in t->id, since, until and boot. timed: false if no confirmation
 * is needed. CTL_DONE, or after complaining, and everything is as before. */
enum ctl_exit trial_switch(struct trial *, int64_t within_s, bool timed);

#define SERVICE_CHANGE_DROP_IN SSHD_FILES_FIRST_OURS

/* The services that service_change knows, for messages: "sshd, sudo, su, login
 * or polkit-1". */
extern const char service_change_names[];

/* The same as a list that ends with NULL. */
extern const char *const service_change_list[];

/* The same service's other name, which may have lines of its own: "sudo-i",
 * "su-l"; NULL: it has none. */
const char *service_change_second(const char *service);

struct service_request {
	const char *service;
	enum stack_login login;
	const char *conf;        /* twofa.conf */
	const char *exempt;      /* "U,.."; NULL: as they are */
	const char *until, *why; /* of that rule; NULL: not given */
	bool look;               /* only to compare */
};

/* True when no PAM file is changed, only a rule that it needs no code. That
 * cannot lock a user out. */
bool service_change_is_rule(const char *service);

/* What enabling it changes; nothing is written. Fill in service, login, files;
 * free with trial_free. 0, or -1 with cause. */
int service_change_plan(struct trial *, const struct service_request *);

/* What sshd -T will say of AuthenticationMethods, NULL: no change; and of
 * LoginGraceTime. */
const char *service_change_methods(enum stack_login);
#define SERVICE_CHANGE_GRACE 120

/* Are all files as wanted already? */
bool service_change_done(const struct trial *);

#endif
