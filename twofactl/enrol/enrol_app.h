/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts an app's secret into use: secret and record are placed, and the state
 * uses up the code that proved it. After a failure nothing has changed, except
 * that the user's remembered logins have ended.
 */
#ifndef TWOFA_ENROL_APP_H
#define TWOFA_ENROL_APP_H

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "twofactl/terminal/terminal.h"

/* Would enrol_app succeed? Asked before the secret is scanned: CTL_DONE, or
 * after complaining; nothing is changed. */
enum ctl_exit enrol_app_look(
    const struct ctl *, const struct settings *, const struct secret *);

/* step: of the code that proved the app; 0 none. CTL_DONE, or after
 * complaining. */
enum ctl_exit enrol_app(const struct ctl *, const struct settings *,
    const struct secret *, int64_t step);

#endif
