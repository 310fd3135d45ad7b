/* SPDX-License-Identifier: BSD-2-Clause */
/* A guess and a try in one transaction of the embedded store. */
#include "helper/state/sqlite/sqlite.h"

#include <string.h>

#include "helper/state/store_guesses.h"

/* In the transaction. true: both are counted. */
static bool
attempt_step(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	out->guess = store_guess_step(s, a->user, a->source, a->limits, a->wall,
	    &out->token, &out->wait_s);
	if (out->guess != GUESS_OPEN)
		return false;
	out->tried = store_try_step(s, a->id, a->tries, a->now, &out->row);
	return out->tried == TRY_COUNTED;
}

bool
store_attempt(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	memset(out, 0, sizeof(*out));
	if (sqlite_begin(s) != 0)
		return false;
	if (attempt_step(s, a, out)) {
		if (sqlite_commit(s) == 0)
			return true;
		memset(out, 0, sizeof(*out));
		return false;
	}
	/* Nothing to try: the guess does not count, either. Locked: what was
	 * mended because the clock was set back stays. */
	if (out->guess == GUESS_LOCKED)
		sqlite_commit(s);
	else
		sqlite_rollback(s);
	memset(&out->token, 0, sizeof(out->token));
	return false;
}
