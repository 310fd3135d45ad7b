/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enables the second factor for a service on trial: the change is checked and
 * tested, then made, and later confirmed or rolled back.
 *
 * Here and in trial_inside.h, functions that return an int return 0, or -1 with
 * etc_cause; those that return an enum ctl_exit return CTL_DONE, or another
 * status after printing an error. Exceptions are documented.
 */
#ifndef TWOFA_TRIAL_H
#define TWOFA_TRIAL_H

#include "twofactl/etc/etc.h"

/*
 * trial.c: the record of a trial, with the old and new content of each file. It
 * is kept in a folder that only root can access, and is synced before any file
 * below /etc changes:
 *
 *   lock                 locked while a twofactl changes anything here
 *   trial.new/, trial/   the trial: "facts", "before.N", "after.N"; trial.new
 *                        is a record being written or removed, never read
 *   pending              one line: "trial ID" (the next boot rolls it back) or
 *                        "confirmed ID" (the change is permanent)
 *   view/                copies of files, while they are tested (etc.h)
 *   enabled.SERVICE/     the confirmed trial of a service
 */

#define TRIAL_FILES 6
#define TRIAL_SERVICE 64

enum trial_stage {
	TRIAL_NONE = 0,
	TRIAL_RUNS,      /* the files may be changed; not confirmed yet */
	TRIAL_CONFIRMED, /* confirmed, but trial_tidy has not completed */
};

struct trial {
	enum trial_stage stage; /* of the pending one */
	char id[RANDOM_NAME_LEN + 1];
	char service[TRIAL_SERVICE];
	enum stack_login login;
	bool rehearsal;       /* cannot be confirmed */
	int64_t since, until; /* seconds since 1970 */
	char boot[BOOT_ID_MAX + 1];
	unsigned files;
	struct etc_change file[TRIAL_FILES];
};

void trial_free(struct trial *);

/* Returns the descriptor that holds the lock, or -1 with etc_cause. Creates the
 * folder. wait: blocks while another twofactl holds the lock. */
int trial_lock(bool wait);

/* Reads the pending trial. If it succeeds, the caller calls trial_free(). */
int trial_read(struct trial *);
/* Returns 1 with the confirmed trial of a service, 0 if it is not enabled, or
 * -1 with etc_cause. After 1 the caller calls trial_free(). */
int trial_read_enabled(const char *service, struct trial *);
/* True if a confirmed trial's record can be read; sets *login, unless NULL. */
bool trial_enabled(const char *service, enum stack_login *login);

/* Writes the record, then marks it as pending. */
int trial_write_record(const struct trial *);
/* Returns 0 if no file has changed since the trial was planned: a test login
 * takes minutes, and edits made meanwhile must not be lost. With the flag,
 * returns 0 if every file still contains the lines that the trial added. */
int trial_check(const struct trial *, bool ours);
/* Writes the new content of each file. Fails at one that was edited since. */
int trial_apply(const struct trial *);
/* Marks the trial as confirmed: it is not rolled back any more. */
int trial_confirm(const struct trial *);
/* Moves the record of a confirmed trial to enabled.SERVICE. */
int trial_tidy(const struct trial *);
/* Ends the pending trial and removes its record. */
int trial_forget(void);
/* Removes the record of an enabled service. */
int trial_forget_enabled(const char *service);

/* rehearsal.c: the provider simulator of a rehearsal, run by the script
 * packaging/rehearsal. Callers hold the trial lock. */

#define REHEARSAL_TYPE "vonage-verify"
#define REHEARSAL_URL "https://127.0.0.1:8443"
#define REHEARSAL_KEY "rehearsal" /* the simulator's only account */
/* relative to the folder of twofa.conf */
#define REHEARSAL_CERTIFICATE "rehearsal.pem"
#define REHEARSAL_SECRET "secrets/rehearsal"

/* True if every configured provider is the simulator of init --rehearsal. */
bool rehearsal_is_only_provider(const struct settings *);

/* Returns CTL_DONE once the simulator listens. Replaces one that runs; the new
 * one exits after this many seconds. */
enum ctl_exit rehearsal_start(const struct run *, int64_t seconds);
void rehearsal_stop(void);
/* Stops the simulator and removes its files, once no settings refer to them. */
void rehearsal_stop_simulator(const struct run *);

/* self_socket.c: the socket of services that do not run as root. */

/* True if its unit is installed, and not enabled. */
bool self_socket_is_off(void);
/* Enables or disables it, with its unit running or stopped. */
enum ctl_exit self_socket_switch(bool on);

/* trial_pending.c: returns the descriptor that holds the lock, or -1 with
 * *status after printing an error, for example if a trial is running. Tidies a
 * confirmed trial. */
int trial_pending_lock(enum ctl_exit *status);

/* Prints a line for each enabled service. Returns false if no service is
 * enabled. */
bool trial_pending_show_enabled(void);

#endif
