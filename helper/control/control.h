/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper does for twofactl, by the purpose in BEGIN: it changes and
 * reports the state, asks providers, and says what a login would meet.
 */
#ifndef TWOFA_CONTROL_H
#define TWOFA_CONTROL_H

#include <stdbool.h>

#include "helper/session/session.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

/*
 * control.c: the table of purposes. Errors and lines of a dialogue are sent as
 * records (items.h); prompts are those of a login. These open the state and do
 * one thing:
 *
 *   UNLOCK  opens a user's locks and counts. request UNLOCK_SENDS: resets
 *           the counts of messages instead; UNLOCK_LOCAL: those of this
 *           host alone (outage.db)
 *   RECOVERY_CODES  says left, asks "count"; 1 to RECOVERY_MAX replaces the
 *           codes and says the new ones. request "8 WHY": says one more, for
 *           8 hours; DENY "nothing": there are enough. RECOVERY_LOCAL: break-
 *           glass codes of this host (outage.db)
 *   TOTP    asks "step" and uses it up, the code that proved the app (0: none
 *           did); ends the user's remembered logins
 *   FORGET  ends remembered logins, says how many (forgot); request: of a
 *           user at that account alone, as one of its people
 *   STATUS  says user and source; with a user also wait, without one totals,
 *           passed and success
 *   EXPLAIN  the facts are a login's: says what it would meet (plan, ask,
 *           limit, passed) and user and source of its user. Of a person who
 *           is named at the prompt those of the account as well
 *   RECORDS  says record; without an administrator's password of one user
 *           alone
 *   RECORD_PUT  writes those of facts.record (fleet_records.h), and says how
 *           many (left)
 *   RECORD_REMOVE  removes a user's that has the seal of request
 *   SHAPE   keeps what request says of most users' records, for decoys
 *
 * These ask a provider, or look at this host:
 *
 *   TEST    a login with these facts, by login_run; ALLOW means that it would
 *           be let in. Messages and tries count as in any login; request
 *           names the tester, for the log. A person is named at the first
 *           prompt.
 *   ENROL   sends a code by the record in record and asks for it; who is not
 *           root has limits of his own
 *   PROVE   a login by a factor that every rule accepts which may reach the
 *           user, or by an invitation, which ends; request PURPOSE_PROVE_APP:
 *           not by a code, if he has an app
 *   LOOKUP  says lookup about the number in request; DENY "nothing": nothing
 *           is known
 *   REGISTER  says factor, the id that the provider gives the person of
 *           record; DENY "nothing": no provider needs one, or it has one and
 *           the number is not new (request)
 *   ALERT   tells the user of an event by a text, at the number that request
 *           has behind the event's word, or at the record's; DENY "nothing":
 *           no provider can
 *   PUSH    says token; asks "shown", where ABORT ends it; then waits until
 *           the app has joined and says factor
 *   DOCTOR  asks each provider with a free call, checks the state: says
 *           problem, note and held; ALLOW: it has checked, with any result
 *   PATHS   says a problem for each path in the settings that it cannot use,
 *           read or write, with the error; asks no provider
 *   UPGRADE says schema, and leaves the state as it is; asks no provider
 *
 * ABORT instead of an answer changes nothing. The verdict is ALLOW when it is
 * done, else DENY: NOTHING to do, KEPT (ABORT: nothing was changed), USAGE (a
 * bad user name or answer); SETTINGS and STATE, of which records error tell.
 * A denial of those that ask a provider may also have a login's reasons.
 */

/* Runs a purpose that asks a provider. Fills the result. */
typedef void control_with_network(
    const struct environment *, struct login_result *);

/* True for purposes that go to control_network; else control_request answers.
 */
bool control_needs_network(const struct facts *);

void control_request(const struct request *, struct login_result *);

/* env is a login's, except for ui, which takes records. The settings are loaded
 * already, so its other parts are not used for them. */
void control_network(const struct environment *, struct login_result *);

/* Report an error to twofactl: settings_report.line, with the ui as ctx. */
void control_providers_error(void *ui, const char *line);

#endif
