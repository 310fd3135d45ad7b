/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's operations for twofactl, chosen by the purpose in BEGIN: they
 * change and report the state, ask providers, and forecast a login. */
#ifndef TWOFA_CONTROL_H
#define TWOFA_CONTROL_H

#include "helper/session/session.h"
#include "lib/settings/settings.h"

/* control.c: the table of purposes. docs/protocol.md says what each of them
 * does, asks and sends, and the verdict. Errors and lines of a dialogue are
 * sent as records (items.h); prompts are those of a login. TEST runs
 * login_run() with these facts, in which messages and tries count as in any
 * login. Purposes that ask a provider may also be denied for a login's reasons.
 */

/* Runs a purpose that asks a provider. Fills in the result. */
typedef void control_with_network(
    const struct environment *, struct login_result *);

/* Runs any purpose with a login's environment, except for ui, which takes
 * records. Fills in the result. */
control_with_network control_run;

/* Sends an error to twofactl. Fits settings_report.line; ui is its ctx. */
void control_send_error(void *ui, const char *line);

#endif
