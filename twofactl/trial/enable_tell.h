/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl enable prints about a service, as text or JSON. */
#ifndef TWOFA_ENABLE_TELL_H
#define TWOFA_ENABLE_TELL_H

#include "twofactl/install/trial.h"
#include "twofactl/terminal/terminal.h"

/* One object; with changed, it lists only files that are not as wanted. proof:
 * the kind of login that proved it; NULL: not named. */
void enable_tell_json(
    const struct trial *, bool changed, const char *state, const char *proof);

/* Nothing needs to be done. CTL_DONE. */
enum ctl_exit enable_tell_same(const struct ctl *, const struct trial *);

/* Which file is not as wanted, and why. enabled: the trial that enabled the
 * service, NULL: it is not enabled. CTL_NO. */
enum ctl_exit enable_tell_state(
    const struct ctl *, const struct trial *, const struct trial *enabled);

/* The removed and added lines, file by file. */
void enable_tell_change(const struct trial *);

/* It is on trial. CTL_DONE. */
enum ctl_exit enable_tell_trial(
    const struct ctl *, const struct trial *, const char *proof);

#endif
