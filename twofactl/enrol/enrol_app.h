/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting an app's secret in force: the secret and the user's record take their
 * places and the state uses up the code that proved it, or nothing changes but
 * that the user's remembered logins end.
 */
#ifndef TWOFA_ENROL_APP_H
#define TWOFA_ENROL_APP_H

#include "lib/settings/settings.h"
#include "lib/values/secret.h"
#include "twofactl/arguments/command.h"

/* Could it be put in force? Asked before anybody scans it: CTL_DONE, or after
 * complaining; nothing is changed. */
enum ctl_exit enrol_app_look(
    const struct ctl *, const struct settings *, const struct secret *);

/* step: whose code proved the app; 0 none. CTL_DONE, or after complaining. */
enum ctl_exit enrol_app(const struct ctl *, const struct settings *,
    const struct secret *, int64_t step);

#endif
