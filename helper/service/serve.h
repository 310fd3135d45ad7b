/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper does for twofactl, by the purpose in BEGIN; serve.c has the
 * table. These purposes open the state, do one thing and report in records
 * (items.h); serve_providers.h has those that ask a provider.
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
#ifndef TWOFA_SERVE_H
#define TWOFA_SERVE_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "lib/wire/wire.h"

/* Runs a purpose that asks a provider. Fills the result. */
typedef void serve_with_network(
    const struct environment *, struct login_result *);

/* True for purposes that go to serve_network; else serve_request answers. */
bool serve_asks_network(const struct facts *);

void serve_request(const struct request *, struct login_result *);

/* env is a login's, except for ui, which takes records. The settings are loaded
 * already, so its other parts are not used for them. */
void serve_network(const struct environment *, struct login_result *);

#endif
