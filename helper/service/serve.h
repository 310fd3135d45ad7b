/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the helper does for twofactl, by the purpose in BEGIN: it opens the
 * state, does one thing and says what it found in records (record.h).
 *
 *   UNLOCK          opens a user's locks and counts
 *   RECOVERY_CODES  says left, asks "count"; 1 to RECOVERY_MAX replaces
 *                   the codes and says the new ones
 *   TOTP            asks "step" and uses it up, the code that proved the app
 *                   (0: none did); ends the user's remembered logins
 *   FORGET          ends remembered logins, says how many (forgot)
 *   STATUS          says user and source, without a user also totals, passed
 *                   and success
 *   EXPLAIN         the facts are a login's: says what it would meet (plan,
 *                   ask, limit, passed) and user and source of its user
 *   SHAPE           keeps what request says of most users' records, for decoys
 *
 * ABORT instead of an answer changes nothing. The verdict is ALLOW when it is
 * done, else DENY: NOTHING to do, KEPT (ABORT: nothing was changed), USAGE (a
 * bad user name or answer); SETTINGS and STATE, of which records error tell.
 */
#ifndef TWOFA_SERVE_H
#define TWOFA_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/result.h"
#include "helper/dialogue/ui.h"
#include "lib/wire/facts.h"

struct serve_request {
	const struct facts *facts;
	const struct ui *ui;
	uid_t owner;      /* of the settings: 0, but in unit tests */
	int64_t deadline; /* frame_clock_ms */
	int64_t wall;     /* clock_wall_s */
	int64_t now;      /* clock_ms */
	bool (*dead)(int64_t number); /* session_number_dead; NULL: nobody is */
};

void serve_request(const struct serve_request *, struct login_result *);

#endif
