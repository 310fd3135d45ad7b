/* SPDX-License-Identifier: BSD-2-Clause */
/* When each factor let somebody in last, in the embedded store. */
#include "helper/state/sqlite/sqlite.h"
#include "helper/state/store_success.h"

static const char sql_put[] =
    "INSERT INTO success VALUES(:provider, :method, :wall)"
    " ON CONFLICT(provider, method) DO UPDATE SET at = excluded.at";
static const char sql_all[] =
    "SELECT provider, method, at FROM success ORDER BY provider, method";

int
store_success(
    struct store *s, const char *provider, enum method method, int64_t wall)
{
	struct query q;

	query_open(&q, s, sql_put);
	query_text(&q, ":provider", provider);
	query_number(&q, ":method", method);
	query_number(&q, ":wall", wall);
	return query_commit_light(&q) == 1 ? 0 : -1;
}

/* What a newer version may have written is left out. */
static enum method
method_at(const struct query *q, int column)
{
	const int64_t method = sqlite3_column_int64(q->st, column);

	return method > METHOD_NONE && method < METHOD_COUNT
	    ? (enum method)method
	    : METHOD_NONE;
}

int
store_successes(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall))
{
	enum query_result step;
	struct query q;

	query_open(&q, s, sql_all);
	while ((step = query_step(&q)) == QUERY_ROW) {
		const enum method method = method_at(&q, 1);

		if (method != METHOD_NONE)
			row(ctx, (const char *)sqlite3_column_text(q.st, 0),
			    method, sqlite3_column_int64(q.st, 2));
	}
	query_close(&q);
	return step == QUERY_DONE ? 0 : -1;
}
