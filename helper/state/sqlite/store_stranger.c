/* SPDX-License-Identifier: BSD-2-Clause */
/* Names at the prompt of a shared account, in the embedded store: rows of wrong
 * codes. */
#include "helper/store/store.h"

#include <stdio.h>
#include <string.h>

#include "helper/state/sqlite/store_steps.h"

/* Up to the last name that begins with :shared, in the order of bytes. */
#define BEGINS_SO "user >= :shared AND user < :end"

/* Not those that are locked; also those from the clock's future. */
static const char sql_prune[] =
    "DELETE FROM guess WHERE " BEGINS_SO " AND until <= :wall"
    " AND (last <= :wall - " STORE_SQL(STORE_STRANGER_S) " OR last > :wall)";
static const char sql_add[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks, "
    "locked_at,"
    " until, last) SELECT :own, '', '', :scope, random(), 0, 0, 0, 0, :wall"
    " WHERE NOT EXISTS (SELECT 1 FROM guess WHERE user = :own AND source = ''"
    " AND place = '' AND scope = :scope) AND (SELECT count(*) FROM guess "
    "WHERE " BEGINS_SO
    " AND source = '' AND scope = :scope) < " STORE_SQL(STORE_STRANGERS_MAX);
static const char sql_few[] = "SELECT count(*) < " STORE_SQL(
    STORE_STRANGERS_MAX) " FROM guess"
			 " WHERE " BEGINS_SO
			 " AND source = '' AND scope = :scope";

/* Open a statement about all of them; both texts must stay until it has run. */
static void
open_range(struct sqlite_query *q, struct store *s, const char *sql,
    const char *shared, const char *end)
{
	sqlite_query_open(q, s, sql);
	sqlite_query_text(q, ":shared", shared);
	sqlite_query_text(q, ":end", end);
}

/* In the transaction. 1, 0 or -1. */
static int
stranger_step(
    struct store *s, const char *own, const char *shared, const char *end)
{
	struct sqlite_query q;
	int64_t few = 0;

	open_range(&q, s, sql_prune, shared, end);
	if (sqlite_query_change(&q) < 0)
		return -1;
	open_range(&q, s, sql_add, shared, end);
	sqlite_query_text(&q, ":own", own);
	if (sqlite_query_change(&q) < 0)
		return -1;
	open_range(&q, s, sql_few, shared, end);
	return sqlite_query_value(&q, &few) == 1 ? (int)few : -1;
}

int
embedded_stranger(struct store *s, const char *own, const char *shared)
{
	char end[2 * STORE_ACCOUNT_MAX];
	const int len = snprintf(end, sizeof(end), "%s", shared);

	if (len < 1 || (size_t)len >= sizeof(end)) {
		sqlite_complain(s, "too long a name of an account");
		return -1;
	}
	end[len - 1]++;
	if (sqlite_begin_light(s) != 0)
		return -1;
	return sqlite_end(s, stranger_step(s, own, shared, end));
}
