/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting a phone's app in force: push_identity, push_factor and the channel
 * "push" in the user's record, or nothing changes.
 */
#ifndef TWOFA_ENROL_PUSH_H
#define TWOFA_ENROL_PUSH_H

#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"
#include "twofactl/arguments/command.h"

/* "push" before what the record names: it is what the person will be asked by
 * first. A list as the record wants it; the record's own when it has push. */
#define ENROL_PUSH_CHANNELS 128
void enrol_push_channels(
    const struct user_record *, char out[ENROL_PUSH_CHANNELS]);

/* Will the record be fit, as it stands? CTL_DONE, or after complaining; record
 * is what it holds, empty without one. */
enum ctl_exit enrol_push_look(
    const struct ctl *, const struct settings *, struct user_record *record);

/* CTL_DONE, or after complaining. */
enum ctl_exit enrol_push(const struct ctl *, const struct settings *,
    const char *identity, const char *factor);

#endif
