/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second factor for a service, as its steps come: what would change and
 * whether it is right, a proof, the switch, the trial. The lock is held.
 */
#ifndef TWOFA_ENABLE_H
#define TWOFA_ENABLE_H

#include "twofactl/arguments/command.h"
#include "twofactl/install/trial.h"

/* Does this machine let a process see other files? Where it allows no mount
 * namespace, of copies (etc_view.h): true, and cause is why; they are removed
 * by the caller. */
bool enable_view(const struct trial *, char cause[TRIAL_CAUSE]);

/* Doctor looks at the new files before they are in place. What it finds of this
 * service goes to stderr. CTL_DONE: nothing that it does not find of the old
 * ones, too; CTL_NO: something is; or after complaining. */
enum ctl_exit enable_judge(const struct ctl *, const struct trial *);

/* Who could not log in by the new files any more goes to stderr as a table.
 * CTL_DONE: nobody who could before; CTL_NO: somebody; or after complaining. */
enum ctl_exit enable_lockout(const struct ctl *, const struct trial *);

/* Does sshd take the new drop-in as it is written? Of other services nothing is
 * asked. CTL_DONE, or after complaining. */
enum ctl_exit enable_sshd(const struct trial *);

/* A login by the new files. CTL_DONE, or after complaining. */
enum ctl_exit enable_prove(const struct ctl *, const struct trial *);

/* The switch: written down, the timer, the files, sshd. t->id, since, until and
 * boot are filled in. timed: nobody has to confirm it when false. CTL_DONE, or
 * after complaining, and everything is as before. */
enum ctl_exit enable_switch(struct trial *, int64_t within_s, bool timed);

#endif
