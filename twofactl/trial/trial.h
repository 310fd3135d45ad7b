/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service enabled on trial: judged, proven, switched, confirmed or rolled
 * back.
 */
#ifndef TWOFA_TRIAL_H
#define TWOFA_TRIAL_H

#include "twofactl/etc/etc.h"

/*
 * A service on trial: the changed files with old and new content, and the end
 * of the trial. All of it lies in a folder of root's, and is on the disk before
 * a file of /etc changes:
 *
 *   lock                 held while a twofactl changes anything here
 *   trial.new/, trial/   the trial: "facts", "before.N", "after.N"; the first
 *                        name is for its beginning and end, and is never read
 *   pending              one line: "trial ID": from now on a boot rolls it
 *                        back; or "confirmed ID": from now on it stays
 *   view/                copies, while they are judged and tried (etc.h)
 *   enabled.SERVICE/     the confirmed trial of a service
 */

#define TRIAL_FILES 4
#define TRIAL_PATH ETC_PATH
#define TRIAL_SERVICE 64
#define TRIAL_CAUSE ETC_FILE_CAUSE

struct trial {
	char id[RANDOM_NAME_LEN + 1];
	char service[TRIAL_SERVICE];
	enum stack_login login;
	bool rehearsal;       /* not to be confirmed */
	int64_t since, until; /* seconds since 1970 */
	char boot[BOOT_ID_MAX + 1];
	unsigned files;
	struct etc_change file[TRIAL_FILES];
};

enum trial_stage {
	TRIAL_NONE = 0,
	TRIAL_RUNS,      /* the files may be changed; not confirmed yet */
	TRIAL_CONFIRMED, /* confirmed; leftovers must be tidied */
};

void trial_free(struct trial *);

/* Lock the folder; make it if it is missing. wait: for another twofactl. The
 * descriptor, or -1 with cause. */
int trial_lock(bool wait);

/* The stage of the pending trial; *t is read then, for trial_free. -1 with
 * cause. */
int trial_read(enum trial_stage *, struct trial *);
/* The trial of an enabled service. 1; 0: it is not enabled; -1 with cause. */
int trial_read_enabled(const char *service, struct trial *);
/* Is the service enabled, as far as its trial can be read? */
bool trial_enabled(const char *service);

/* Write it to the disk, then mark it as pending. 0, or -1 with cause, and
 * nothing is pending. */
int trial_begin(const struct trial *);
/* Are its files unchanged since it was planned? A proof takes minutes, and
 * other changes in that time must not be lost. ours: do they still contain its
 * changes? 0, or -1 with cause. */
int trial_check(const struct trial *, bool ours);
/* Write its files. 0, or -1 with cause. */
int trial_apply(const struct trial *);
/* From now on it stays, whatever happens. 0, or -1 with cause. */
int trial_confirm(const struct trial *);
/* Move the rest of a confirmed trial to its place; may be repeated. 0, or -1
 * with cause. */
int trial_tidy(const struct trial *);
/* End it and remove its record. 0, or -1 with cause. */
int trial_forget(const struct trial *);
/* The same for an enabled service. */
int trial_forget_enabled(const char *service);

/*
 * The simulator of a rehearsal, which packaging/rehearsal starts and ends.
 * Callers hold the lock of trials.
 */

#define REHEARSAL_TYPE "vonage-verify"
#define REHEARSAL_URL "https://127.0.0.1:8443"
#define REHEARSAL_KEY "rehearsal" /* its only account */
/* Beside twofa.conf: */
#define REHEARSAL_CERTIFICATE "rehearsal.pem"
#define REHEARSAL_SECRET "secrets/rehearsal"

/* Is every provider the simulator, as init --rehearsal writes it? */
bool rehearsal_is_ours(const struct settings *);

/* Start it in place of one that runs; it ends by itself after so long.
 * CTL_DONE once it listens, or after complaining. */
enum ctl_exit rehearsal_start(const struct run *, int64_t seconds);
/* It ends. */
void rehearsal_stop(void);
/* The same, and its files go: no settings name them any more. */
void rehearsal_remove(const struct run *);

/* Take the lock for a change; leftovers of a confirmed trial are tidied. The
 * descriptor, or -1 with *status after complaining, for example about a running
 * trial. */
int trial_pending_lock(enum ctl_exit *status);

/* Complain about each service that is enabled. False: none is. */
bool trial_pending_show_enabled(void);

#endif
