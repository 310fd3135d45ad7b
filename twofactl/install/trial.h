/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service on trial: which files were changed, as they were before and as
 * they are meant to be, until when. What is kept of it lies in a folder of
 * root's alone, and is on the disk before a file of /etc changes:
 *
 *   lock                 held while a twofactl changes anything here
 *   trial.new/, trial/   the trial: "facts", "before.N", "after.N"; what has
 *                        the first name begins or ends, and nothing reads it
 *   pending              one line: "trial ID", from which on a boot rolls
 *                        back, or "confirmed ID", from which on it does not
 *   view/                copies, while they are judged and tried (etc_view.h)
 *   enabled.SERVICE/     the trial of a service that was confirmed
 */
#ifndef TWOFA_TRIAL_H
#define TWOFA_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/system/random_name.h"
#include "twofactl/install/etc_file.h"
#include "twofactl/install/stack_edit.h"

#define TRIAL_FOLDER "/var/lib/twofactl"
#define TRIAL_FILES 4
#define TRIAL_PATH 256
#define TRIAL_SERVICE 64
#define TRIAL_BOOT 40
#define TRIAL_CAUSE ETC_FILE_CAUSE

/* What of it is ours. */
enum trial_kind {
	TRIAL_LINES = 0, /* stack_edit.h's */
	TRIAL_RULE,      /* rule_edit.h's, of the trial's service */
};

struct trial_file {
	char path[TRIAL_PATH];
	struct etc_file before, after;
	enum trial_kind kind;
};

struct trial {
	char id[NONCE_LEN + 1];
	char service[TRIAL_SERVICE];
	enum stack_login login;
	int64_t since, until; /* seconds since 1970 */
	char boot[TRIAL_BOOT];
	unsigned files;
	struct trial_file file[TRIAL_FILES];
};

enum trial_stage {
	TRIAL_NONE = 0,
	TRIAL_RUNS,      /* the files may be changed; nobody has confirmed */
	TRIAL_CONFIRMED, /* it was, and what is left is to be tidied away */
};

void trial_free(struct trial *);

/* Hold the folder, which is made where it is missing. wait: until another
 * twofactl is ready. The descriptor, or -1 with cause. */
int trial_lock(bool wait, char cause[TRIAL_CAUSE]);

/* Of the trial that is pending; *t is read then, and for trial_free. -1 with
 * cause. */
int trial_read(enum trial_stage *, struct trial *, char cause[TRIAL_CAUSE]);
/* Of an enabled service. 1; 0: it is none; -1 with cause. */
int trial_read_enabled(
    const char *service, struct trial *, char cause[TRIAL_CAUSE]);

/* Write it down, and then that it is pending. 0, or -1 with cause and nothing
 * is pending. */
int trial_begin(const struct trial *, char cause[TRIAL_CAUSE]);
/* Are its files still those that it was made from? A proof takes minutes, and
 * what others write meanwhile is not lost. 0, or -1 with cause. */
int trial_unchanged(const struct trial *, char cause[TRIAL_CAUSE]);
/* Its files as they are meant to be. 0, or -1 with cause. */
int trial_apply(const struct trial *, char cause[TRIAL_CAUSE]);
/* Has each of its files what it put there? 0, or -1 with cause. */
int trial_stands(const struct trial *, char cause[TRIAL_CAUSE]);
/* It counts from here on, whatever happens. 0, or -1 with cause. */
int trial_confirm(const struct trial *, char cause[TRIAL_CAUSE]);
/* What is left of a trial that was confirmed goes where it belongs; may be
 * repeated. 0, or -1 with cause. */
int trial_tidy(const struct trial *, char cause[TRIAL_CAUSE]);
/* It is over, and nothing is kept of it. 0, or -1 with cause. */
int trial_forget(const struct trial *, char cause[TRIAL_CAUSE]);
/* The same of an enabled service. */
int trial_forget_enabled(const char *service, char cause[TRIAL_CAUSE]);

#endif
