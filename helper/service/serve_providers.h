/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper does for twofactl with the help of a provider, by the purpose
 * in BEGIN. Errors and lines of a dialogue are sent as records (items.h);
 * prompts are those of a login.
 *
 *   TEST    a login with these facts, by login_run; ALLOW means that it would
 *           be let in. Messages and tries count as in any login; request
 *           names the tester, for the log. A person is named at the first
 *           prompt.
 *   ENROL   sends a code by the record in record and asks for it
 *   LOOKUP  says lookup about the number in request; DENY "nothing": nothing
 *           is known
 *   PUSH    says token; asks "shown", where ABORT ends it; then waits until
 *           the app has joined and says factor
 *   DOCTOR  asks each provider with a free call, checks the state: says
 *           problem, note and held; ALLOW: it has checked, with any result
 *   PATHS   says a problem for each path in the settings that it cannot use,
 *           read or write, with the error; asks no provider
 *   UPGRADE says schema, and leaves the state as it is; asks no provider
 *
 * The reasons of a denial are a login's, or those in serve.h.
 */
#ifndef TWOFA_SERVE_PROVIDERS_H
#define TWOFA_SERVE_PROVIDERS_H

#include "helper/service/serve.h"

serve_with_network serve_test, serve_enrolment, serve_lookup;
serve_with_network serve_push, serve_doctor, serve_paths, serve_upgrade;

/* Report an error to twofactl: settings_report.line, with the ui as ctx. */
void serve_providers_error(void *ui, const char *line);

/* --- between the files of this unit --- */

/* The dialogue of env is sent as records. */
serve_with_network serve_enrol;

#endif
