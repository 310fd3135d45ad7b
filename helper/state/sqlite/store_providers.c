/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of providers, in the embedded store: which were out of reach,
 * and when each factor last let a user in.
 */
#include "helper/store/store.h"

#include <string.h>

#include "helper/state/sqlite/store_steps.h"

static const char sql_pass_over[] =
    "INSERT INTO passed_over VALUES(:provider, :host, :boot, :now + :ms)"
    " ON CONFLICT(provider, host) DO UPDATE SET boot = excluded.boot,"
    " until = excluded.until";
static const char sql_passed_over[] =
    "SELECT boot, until FROM passed_over WHERE provider = :provider"
    " AND host = :host";
static const char sql_passed[] =
    "INSERT OR REPLACE INTO passed"
    " VALUES(:user, :service, :method, :provider, :host, :wall)";
static const char sql_successes[] =
    "SELECT provider, method, max(at) FROM passed GROUP BY provider, method"
    " ORDER BY provider, method";
static const char sql_got_in[] =
    "SELECT user, method, max(at) FROM passed WHERE service = :service"
    " AND host = :host GROUP BY user, method ORDER BY user, method";

int
embedded_pass_over(struct store *s, const char *provider, int64_t ms)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_pass_over);
	sqlite_query_text(&q, ":provider", provider);
	sqlite_query_number(&q, ":ms", ms);
	return sqlite_query_commit_light(&q) == 1 ? 0 : -1;
}

void
store_passed_over_open(struct sqlite_query *q, struct store *s)
{
	sqlite_query_open(q, s, sql_passed_over);
}

int
store_passed_over_step(
    struct sqlite_query *q, const char *provider, int64_t *left_ms)
{
	const struct store *s = q->store;
	enum sqlite_step step;
	int64_t left = 0;

	*left_ms = 0;
	sqlite_query_text(q, ":provider", provider);
	step = sqlite_query_step(q);
	if (step == QUERY_ROW &&
	    strcmp((const char *)sqlite3_column_text(q->st, 0), s->boot) == 0)
		left = sqlite3_column_int64(q->st, 1) - s->now;
	sqlite_query_again(q);
	if (step == QUERY_ERROR)
		return -1;
	if (left <= 0 || left > STORE_PASSED_MS + STORE_SKEW_MS)
		return 0;
	*left_ms = left;
	return 1;
}

int
embedded_passed_left(struct store *s, const char *provider, int64_t *left_ms)
{
	struct sqlite_query q;
	int result;

	store_passed_over_open(&q, s);
	result = store_passed_over_step(&q, provider, left_ms);
	sqlite_query_close(&q);
	return result;
}

int
store_passed_step(struct store *s, const struct store_right *right)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_passed);
	sqlite_query_text(&q, ":user", right->user);
	sqlite_query_text(&q, ":service", right->service);
	sqlite_query_text(&q, ":provider", right->provider);
	sqlite_query_number(&q, ":method", right->method);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

/* Skips methods that only a newer version knows. */
static enum method
method_at(const struct sqlite_query *q, int column)
{
	const int64_t method = sqlite3_column_int64(q->st, column);

	return method > METHOD_NONE && method < METHOD_COUNT
	    ? (enum method)method
	    : METHOD_NONE;
}

/* Report a name, a method and a time. */
static int
say_rows(struct sqlite_query *q, void *ctx,
    void (*row)(void *ctx, const char *name, enum method, int64_t wall))
{
	enum sqlite_step step;

	while ((step = sqlite_query_step(q)) == QUERY_ROW) {
		const enum method method = method_at(q, 1);

		if (method != METHOD_NONE)
			row(ctx, (const char *)sqlite3_column_text(q->st, 0),
			    method, sqlite3_column_int64(q->st, 2));
	}
	sqlite_query_close(q);
	return step == QUERY_DONE ? 0 : -1;
}

int
embedded_successes(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall))
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_successes);
	return say_rows(&q, ctx, row);
}

int
embedded_got_in(struct store *s, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall))
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_got_in);
	sqlite_query_text(&q, ":service", service);
	return say_rows(&q, ctx, row);
}
