/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Denials on the phone in the embedded store: a lock among the wrong codes,
 * marked as not coming from a wrong code.
 */
#include "helper/state/sqlite/store_steps.h"

/* One more lock in its series, so that no refund takes it back. A longer lock
 * stays. */
static const char sql_refuse[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks, "
    "locked_at,"
    " until, last, refused) VALUES(:user, :source, :place, :scope, random(), "
    "0, 1, "
    ":wall,"
    " :wall + :seconds, :wall, :wall + :seconds) ON CONFLICT(user, source, "
    "place, scope) DO "
    "UPDATE SET"
    " locks = locks + 1, locked_at = excluded.locked_at,"
    " until = max(until, excluded.until), last = excluded.last,"
    " refused = excluded.refused";
static const char sql_refused[] = "SELECT 1 FROM guess WHERE user = :user AND "
				  "source = :source AND place = :place"
				  " AND scope = :scope"
				  " AND refused > :wall AND refused >= until";

static int
lock(struct store *s, const struct store_refusal *r)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_refuse);
	sqlite_query_text(&q, ":user", r->user);
	sqlite_query_text(&q, ":source", r->source);
	sqlite_query_text(&q, ":place", sqlite_place(s, r->source));
	sqlite_query_number(&q, ":seconds", r->seconds);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

int
embedded_refuse(struct store *s, const struct store_refusal *r)
{
	if (sqlite_begin(s) != 0)
		return -1;
	if (lock(s, r) == 0 && store_forget_step(s, r->user) >= 0 &&
	    store_end_step(s, r->id, r->request_id) >= 0)
		return sqlite_commit(s);
	sqlite_rollback(s);
	return -1;
}

int
embedded_guess_refused(struct store *s, const char *user, const char *source)
{
	int64_t one = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_refused);
	sqlite_query_text(&q, ":user", user);
	sqlite_query_text(&q, ":source", source);
	sqlite_query_text(&q, ":place", sqlite_place(s, source));
	return sqlite_query_value(&q, &one);
}
