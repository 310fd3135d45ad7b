/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Money spent on messages: one sum for each calendar day of UTC, in millionths.
 * All functions run in the caller's transaction.
 */
#include "helper/state/sqlite/store_steps.h"

#define MONTH_DAYS 30
/* Long enough to keep the sums when the clock jumps ahead by mistake. */
#define KEEP_DAYS 400

static const char sql_merge[] =
    "INSERT INTO spend SELECT :today, scope, sum(price) FROM spend"
    " WHERE day > :today GROUP BY scope"
    " ON CONFLICT(day, scope) DO UPDATE SET price = price + excluded.price";
static const char sql_drop[] =
    "DELETE FROM spend WHERE day > :today OR day <= :today - " STORE_SQL(
	KEEP_DAYS);
static const char sql_add[] =
    "INSERT INTO spend VALUES(:day, :scope, :price)"
    " ON CONFLICT(day, scope) DO UPDATE SET price = price + excluded.price";
/* After the clock was set back, sums of future days count as today's. */
static const char sql_sum[] =
    "SELECT max(coalesce(sum(price), 0), 0) FROM spend"
    " WHERE day > :before AND scope = :scope";
static const char sql_days[] = "SELECT min(day, :wall / " STORE_SQL(
    STORE_DAY_S) "), price FROM spend WHERE day > :before AND scope = :scope "
		 "ORDER BY day";

static int64_t
day_of(int64_t wall)
{
	return wall / STORE_DAY_S;
}

int
store_spend_tidy(struct store *s)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_merge);
	sqlite_query_number(&q, ":today", day_of(s->wall));
	if (sqlite_query_change(&q) < 0)
		return -1;
	sqlite_query_open(&q, s, sql_drop);
	sqlite_query_number(&q, ":today", day_of(s->wall));
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

int
store_spend_add(struct store *s, int64_t day, int64_t price)
{
	struct sqlite_query q;

	if (price == 0)
		return 0;
	sqlite_query_open(&q, s, sql_add);
	sqlite_query_number(&q, ":day", day);
	sqlite_query_number(&q, ":price", price);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

static int
sum_read(struct store *s, int64_t before, int64_t *sum)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_sum);
	sqlite_query_number(&q, ":before", before);
	return sqlite_query_value(&q, sum) == 1 ? 0 : -1;
}

int
store_spend_read(struct store *s, int64_t *day, int64_t *month)
{
	if (sum_read(s, day_of(s->wall) - 1, day) != 0)
		return -1;
	return sum_read(s, day_of(s->wall) - MONTH_DAYS, month);
}

int
store_spend_wait_day(
    struct store *s, int64_t price, int64_t limit, int64_t *wait_s)
{
	int64_t spent = 0;

	*wait_s = 0;
	if (limit < 0)
		return 0;
	if (sum_read(s, day_of(s->wall) - 1, &spent) != 0)
		return -1;
	if (price > limit || spent > limit - price)
		*wait_s = (day_of(s->wall) + 1) * STORE_DAY_S - s->wall;
	return 0;
}

/* Go through the days until enough of them have left the window. */
static int
month_walk(struct sqlite_query *q, int64_t excess, int64_t *wait_s)
{
	const struct store *s = q->store;
	enum sqlite_step step = sqlite_query_step(q);
	int64_t leaves = day_of(s->wall) + MONTH_DAYS;

	while (step == QUERY_ROW && excess > 0) {
		excess -= sqlite3_column_int64(q->st, 1);
		if (excess <= 0)
			leaves = sqlite3_column_int64(q->st, 0) + MONTH_DAYS;
		step = sqlite_query_step(q);
	}
	sqlite_query_close(q);
	*wait_s = leaves * STORE_DAY_S - s->wall;
	return step == QUERY_ERROR ? -1 : 0;
}

int
store_spend_wait_month(
    struct store *s, int64_t price, int64_t limit, int64_t *wait_s)
{
	int64_t before = day_of(s->wall) - MONTH_DAYS;
	int64_t spent = 0;
	struct sqlite_query q;

	*wait_s = 0;
	if (limit < 0)
		return 0;
	if (sum_read(s, before, &spent) != 0)
		return -1;
	if (price <= limit && spent <= limit - price)
		return 0;
	sqlite_query_open(&q, s, sql_days);
	sqlite_query_number(&q, ":before", before);
	return month_walk(&q, spent + price - limit, wait_s);
}
