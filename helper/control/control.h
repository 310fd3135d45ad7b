/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's operations for twofactl, chosen by the purpose in BEGIN: they
 * change and report the state, ask providers, and forecast a login. */
#ifndef TWOFA_CONTROL_H
#define TWOFA_CONTROL_H

#include "helper/session/session.h"
#include "lib/settings/settings.h"

/*
 * control.c: the table of purposes. Errors and lines of a dialogue are sent as
 * records (items.h), which are named below; prompts are those of a login. These
 * purposes open the state:
 *
 *   UNLOCK  ends a user's locks and resets the counts. request UNLOCK_SENDS:
 *           resets the counts of messages instead; UNLOCK_LOCAL: locks and
 *           counts of this host only (outage.db)
 *   RECOVERY_CODES  sends left, asks "count"; 1 to RECOVERY_MAX replaces the
 *           codes and sends them, 0 removes them. request "8 WHY": sends one
 *           bypass code for 8 hours, and bypass; DENY "nothing": the user
 *           has the maximum. request "-N": ends that code, or all for 0.
 *           RECOVERY_LOCAL: break-glass codes (outage.db)
 *   TOTP    asks "step", the step of the code that proved the app (0: no code
 *           did), and uses it up; ends the user's remembered logins. request
 *           "N": instead asks "counter", that of the next code of the token
 *           of that number in the record; DENY "nothing": it is used already.
 *           TOTP_KNOWN: DENY "nothing": one of its counters is not known
 *   FORGET  ends remembered logins, sends their number (forgot); request:
 *           only the user's logins as a person of that account
 *   STATUS  sends user and source; for one user also wait, else totals,
 *           passed and success
 *   EXPLAIN  forecasts a login with these facts: sends plan, ask, limit,
 *           passed, and user, source and bypass of its user; of a person
 *           named at the prompt, user and source of the account as well
 *   RECORDS  sends record; without an administrator's password only of one
 *           user
 *   RECORD_PUT  writes the records in facts.record (fleet_records.h), sends
 *           their number (left)
 *   RECORD_REMOVE  removes a user's record if its seal is that in request
 *   SHAPE   stores the most common shape of records (request), for decoys
 *
 * These ask a provider or inspect this host:
 *
 *   TEST    runs a login with these facts (login_run); ALLOW: it would be
 *           allowed. Messages and tries count as in any login. request is
 *           the tester's name, for the log. A person's name answers the
 *           first prompt.
 *   ENROL   sends a code by facts.record and asks for it
 *   SELF    shows its user the own devices; request PURPOSE_SELF_PHONE, _APP
 *           or _CODES: then changes that. At user.sock alone (self_login.c)
 *   LOOKUP  sends lookup about the number in request; DENY "nothing": nothing
 *           is known
 *   DESK    sends a code in the help desk's text, or for request
 *           PURPOSE_DESK_APP counts the app's, and asks for it; ALLOW: it was
 *           right. It allows no login
 *   REGISTER  sends factor, the provider's id for the user in facts.record;
 *           DENY "nothing": no provider needs an id, or the record has one
 *           and request does not mark the number as new
 *   ALERT   notifies the user of an event by a text, to the number after the
 *           event's word in request, else to the record's; DENY "nothing":
 *           no text is known to be sent
 *   PUSH    sends token; asks "shown", where ABORT ends it; then waits until
 *           the app has joined and sends factor
 *   DOCTOR  asks each provider with a free call, checks the state: sends
 *           problem, note and held; ALLOW: checks have run, with any result
 *   PATHS   sends a problem with the error for each path in the settings that
 *           it cannot read or write; asks no provider
 *   UPGRADE sends schema, does not change the state; asks no provider
 *
 * ABORT instead of an answer changes nothing. The verdict is ALLOW when the
 * purpose is done, else DENY: NOTHING to do, KEPT (after ABORT), USAGE (invalid
 * user name or answer), SETTINGS or STATE, with the cause in records error.
 * Purposes that ask a provider may also be denied for a login's reasons.
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
