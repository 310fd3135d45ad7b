/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a phone's app into use: push_identity, push_factor and the channel
 * "push" in the user's record, or no change at all.
 */
#ifndef TWOFA_ENROL_PUSH_H
#define TWOFA_ENROL_PUSH_H

#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

/* The record's channels with "push" first, because the person should be asked
 * by push first. A list in the record's form; the record's own list if it has
 * push. */
#define ENROL_PUSH_CHANNELS 128
void enrol_push_channels(
    const struct user_record *, char out[ENROL_PUSH_CHANNELS]);

/* Will the present record work with it? CTL_DONE, or after complaining; record
 * is its content, empty without one. */
enum ctl_exit enrol_push_look(
    const struct ctl *, const struct settings *, struct user_record *record);

/* CTL_DONE, or after complaining. */
enum ctl_exit enrol_push(const struct ctl *, const struct settings *,
    const char *identity, const char *factor);

#endif
