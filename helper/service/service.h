/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl asks of the helper, and what a login would meet (forecast). */
#ifndef TWOFA_SERVICE_H
#define TWOFA_SERVICE_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

/*
 * What the helper does for twofactl, by the purpose in BEGIN; serve.c has the
 * table. These purposes open the state, do one thing and report in records
 * (items.h); service.h has those that ask a provider.
 *
 *   UNLOCK          opens a user's locks and counts; request UNLOCK_SENDS:
 *                   resets the counts of messages instead; UNLOCK_LOCAL:
 *                   those of this host alone (outage.db)
 *   RECOVERY_CODES  says left, asks "count"; 1 to RECOVERY_MAX replaces
 *                   the codes and says the new ones; request
 *                   RECOVERY_LOCAL: break-glass codes of this host (outage.db)
 *   TOTP            asks "step" and uses it up, the code that proved the app
 *                   (0: none did); ends the user's remembered logins
 *   FORGET          ends remembered logins, says how many (forgot); request:
 *                   of a user at that account alone, as one of its people
 *   STATUS          says user and source; with a user also wait, without one
 *                   totals, passed and success
 *   EXPLAIN         the facts are a login's: says what it would meet (plan,
 *                   ask, limit, passed) and user and source of its user. Of
 *                   a person who is named at the prompt those of the account
 *                   as well
 *   RECORDS         says record; without an administrator's password of one
 *                   user alone
 *   RECORD_PUT      writes those of facts.record (fleet_records.h), and says
 *                   how many (left)
 *   RECORD_REMOVE   removes a user's that has the seal of request
 *   SHAPE           keeps what request says of most users' records, for decoys
 *
 * ABORT instead of an answer changes nothing. The verdict is ALLOW when it is
 * done, else DENY: NOTHING to do, KEPT (ABORT: nothing was changed), USAGE (a
 * bad user name or answer); SETTINGS and STATE, of which records error tell.
 */

/* Runs a purpose that asks a provider. Fills the result. */
typedef void serve_with_network(
    const struct environment *, struct login_result *);

/* True for purposes that go to serve_network; else serve_request answers. */
bool serve_asks_network(const struct facts *);

void serve_request(const struct request *, struct login_result *);

/* env is a login's, except for ui, which takes records. The settings are loaded
 * already, so its other parts are not used for them. */
void serve_network(const struct environment *, struct login_result *);

/* Whose record twofactl means: a user's, or that of one person of a shared
 * account. */

/* The record of facts.user; text: the future content of its file (NULL: read
 * the file). USER_PEOPLE: a shared account without a person. USER_ABSENT: a
 * user without a file, who may get one; an unknown person is USER_ERROR, and
 * reported. The caller wipes the record. */
enum user_result serve_record(
    const struct environment *, const char *text, struct user_record *);

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
 * The reasons of a denial are a login's, or those in service.h.
 */

serve_with_network serve_test, serve_enrolment, serve_lookup;
serve_with_network serve_push, serve_doctor, serve_paths, serve_upgrade;

/* Report an error to twofactl: settings_report.line, with the ui as ctx. */
void serve_providers_error(void *ui, const char *line);

/* --- between the files of this unit --- */

/* The dialogue of env is sent as records. */
serve_with_network serve_enrol;

/*
 * Common to the purposes of service.h that read the state, and PURPOSE_STATUS
 * and PURPOSE_GOT_IN.
 */

/* Say store, where the state is at a server; shown: user and source come. */
void serve_say_store(const struct request *, bool shown);
/* Say user and source; user NULL: of all users. 0 or -1. */
int serve_say_users(const struct request *, struct store *, const char *user);
/* Say passed for each provider of the settings. 0 or -1. */
int serve_say_providers(
    const struct request *, const struct settings *, struct store *);

request_with_state serve_status;
request_with_state serve_got_in;

#endif
