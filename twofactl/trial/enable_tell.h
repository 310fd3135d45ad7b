/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl enable says of a service, in words or in JSON. */
#ifndef TWOFA_ENABLE_TELL_H
#define TWOFA_ENABLE_TELL_H

#include "twofactl/arguments/command.h"
#include "twofactl/install/trial.h"

/* One object: with changed, of the files alone that are not as they are meant
 * to be. proof: by what kind of login it was proven; NULL: none is named. */
void enable_tell_json(
    const struct trial *, bool changed, const char *state, const char *proof);

/* Nothing is to be done. CTL_DONE. */
enum ctl_exit enable_tell_same(const struct ctl *, const struct trial *);

/* Which file is not as it should be, and how. enabled: the trial by which the
 * service was enabled, NULL: it is not. CTL_NO. */
enum ctl_exit enable_tell_state(
    const struct ctl *, const struct trial *, const struct trial *enabled);

/* The lines that go and come, file by file. */
void enable_tell_change(const struct trial *);

/* It is on trial. CTL_DONE. */
enum ctl_exit enable_tell_trial(
    const struct ctl *, const struct trial *, const char *proof);

#endif
