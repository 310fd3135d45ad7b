/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of adding the second factor to a service: what would change and
 * whether it is right, a proof, the switch, the trial. The lock is held.
 */
#ifndef TWOFA_ENABLE_H
#define TWOFA_ENABLE_H

#include "twofactl/install/trial.h"
#include "twofactl/terminal/terminal.h"

/* Can a process here see other files? If a mount namespace is not allowed,
 * copies are used (etc.h): true, with the reason in cause; the caller
 * removes them. */
bool enable_view(const struct trial *, char cause[TRIAL_CAUSE]);

/* Doctor checks the new files before they are in place. New findings about this
 * service go to stderr. CTL_DONE: none that the old files do not have; CTL_NO:
 * there are some; or after complaining. */
enum ctl_exit enable_judge(const struct ctl *, const struct trial *);

/* A table of users who could not log in any more goes to stderr. CTL_DONE:
 * none; CTL_NO: there are some; or after complaining. */
enum ctl_exit enable_lockout(const struct ctl *, const struct trial *);

/* Does sshd accept the new drop-in? Other services have none. CTL_DONE, or
 * after complaining. */
enum ctl_exit enable_sshd(const struct trial *);

/* A login with the new files. CTL_DONE, or after complaining. */
enum ctl_exit enable_prove(const struct ctl *, const struct trial *);

/* The switch: write the trial down, start the timer, replace the files, reload
 * sshd. Fills in t->id, since, until and boot. timed: false if no confirmation
 * is needed. CTL_DONE, or after complaining, and everything is as before. */
enum ctl_exit enable_switch(struct trial *, int64_t within_s, bool timed);

#endif
