/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper does for twofactl by asking a provider, by the purpose in
 * BEGIN. Errors are said as records, and lines of a dialogue, too
 * (record.h); its prompts are a login's.
 *
 *   TEST    a login as the facts have it, by login_run; ALLOW means that it
 *           would be let in. Messages and tries count as those of any login;
 *           request names who tests, for the log. A person is named at the
 *           first prompt.
 *   ENROL   sends a code by the record in record and asks for it
 *   LOOKUP  says lookup about the number in request; DENY "nothing": nothing
 *           is known
 *   PUSH    says token; asks "shown", and ABORT ends it; then waits until the
 *           app has joined and says factor
 *   DOCTOR  asks each provider what costs nothing, looks at the state: says
 *           problem, note and held; ALLOW: it has looked, whatever it found
 *   PATHS   says a problem for each path of the settings that it cannot use,
 *           read or write, with the error; asks no provider
 *   UPGRADE says schema, and leaves the state as it is; asks no provider
 *
 * The reasons of a denial are a login's, or those of serve.h.
 */
#ifndef TWOFA_SERVE_PROVIDERS_H
#define TWOFA_SERVE_PROVIDERS_H

#include "helper/service/serve.h"

serve_with_network serve_test, serve_enrolment, serve_lookup;
serve_with_network serve_push, serve_doctor, serve_paths, serve_upgrade;

/* Say an error to twofactl: settings_report.line, with the ui as ctx. */
void serve_providers_error(void *ui, const char *line);

/* --- between the files of this unit --- */

/* env's dialogue goes on as records. */
serve_with_network serve_enrol;

#endif
