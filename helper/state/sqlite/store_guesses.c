/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The count of wrong codes in the embedded store: a row for each user and
 * source, and one with source "" for the user over all sources. A person named
 * at the prompt also counts in the account's row with source "".
 */
#include "helper/state/sqlite/store_steps.h"

#include <string.h>

/* A source without wrong codes for this time is forgotten; the total is not. */
#define KEEP_S 2592000
#define PRUNE_EVERY 4 /* compared with a random number of each new row */
#define PRUNE_ROWS "8"

static const char sql_load[] =
    "SELECT series, wrong, locks, locked_at, until, refused FROM guess"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope";
static const char sql_save[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks,"
    " locked_at, until, last) VALUES(:user, :source, :place, :scope, :series, "
    ":wrong, :locks,"
    " :locked_at, :until, :wall)"
    " ON CONFLICT(user, source, place, scope) DO UPDATE SET"
    " wrong = excluded.wrong, locks = excluded.locks,"
    " locked_at = excluded.locked_at, until = excluded.until,"
    " last = excluded.last";
/* Never removes a row that is locked. */
static const char sql_prune[] =
    "DELETE FROM guess WHERE (user, source, place, scope) IN"
    " (SELECT user, source, place, scope FROM guess"
    " WHERE source <> '' AND last <= :wall - " STORE_SQL(
	KEEP_S) " AND until <= :wall LIMIT " PRUNE_ROWS ")";
static const char sql_mend[] =
    "UPDATE guess SET locked_at = :wall, until = :wall + (until - locked_at)"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope AND locked_at > :wall";

/* A missing row is read as zeros with a new series. */
static int
row_load(struct sqlite_query *q, const char *source, struct guess_row *r)
{
	enum sqlite_step step;

	memset(r, 0, sizeof(*r));
	store_guess_bind(q, source);
	step = sqlite_query_step(q);
	if (step == QUERY_ROW) {
		r->series = sqlite3_column_int64(q->st, 0);
		r->wrong = sqlite3_column_int64(q->st, 1);
		r->locks = sqlite3_column_int64(q->st, 2);
		r->locked_at = sqlite3_column_int64(q->st, 3);
		r->until = sqlite3_column_int64(q->st, 4);
		r->refused = sqlite3_column_int64(q->st, 5);
	} else if (step == QUERY_DONE) {
		sqlite3_randomness(sizeof(r->series), &r->series);
	}
	sqlite_query_again(q);
	return step == QUERY_ERROR ? -1 : 0;
}

static enum sqlite_step
row_save(struct sqlite_query *q, const char *source, const struct guess_row *r)
{
	store_guess_bind(q, source);
	sqlite_query_number(q, ":series", r->series);
	sqlite_query_number(q, ":wrong", r->wrong);
	sqlite_query_number(q, ":locks", r->locks);
	sqlite_query_number(q, ":locked_at", r->locked_at);
	sqlite_query_number(q, ":until", r->until);
	return sqlite_query_step(q);
}

static int
rows_save(const struct guess *g)
{
	struct sqlite_query q;
	bool saved;

	sqlite_query_open(&q, g->s, sql_save);
	sqlite_query_text(&q, ":user", g->user);
	saved = row_save(&q, g->source, &g->here) == QUERY_DONE;
	if (saved && g->s->socket == 0) {
		sqlite_query_again(&q);
		saved = row_save(&q, "", &g->total) == QUERY_DONE;
	}
	if (saved && store_guess_shared(g->s)) {
		sqlite_query_again(&q);
		sqlite_query_text(&q, ":user", g->s->account);
		saved = row_save(&q, "", &g->shared) == QUERY_DONE;
	}
	sqlite_query_close(&q);
	return saved ? 0 : -1;
}

int
store_guess_load(struct guess *g)
{
	struct sqlite_query q;
	int result;

	sqlite_query_open(&q, g->s, sql_load);
	sqlite_query_text(&q, ":user", g->user);
	result = row_load(&q, g->source, &g->here);
	if (result == 0)
		result = row_load(&q, "", &g->total);
	memset(&g->shared, 0, sizeof(g->shared));
	if (result == 0 && g->s->account[0] != '\0') {
		sqlite_query_text(&q, ":user", g->s->account);
		result = row_load(&q, "", &g->shared);
	}
	sqlite_query_close(&q);
	return result;
}

static bool
row_ahead(const struct guess *g, const struct guess_row *r)
{
	return r->locked_at > g->s->wall;
}

/* Seconds until the lock ends; 0: open. */
static int64_t
row_wait(const struct guess *g, const struct guess_row *r)
{
	int64_t from = row_ahead(g, r) ? r->locked_at : g->s->wall;

	return r->until > from ? r->until - from : 0;
}

enum store_guess
store_guess_judge(const struct guess *g, int64_t *wait_s)
{
	int64_t here = row_wait(g, &g->here), total = row_wait(g, &g->total);
	const int64_t shared = row_wait(g, &g->shared);

	if (g->total.wrong >= g->s->shut_at || g->shared.wrong >= g->s->shut_at)
		return GUESS_SHUT;
	*wait_s = here > total ? here : total;
	if (*wait_s < shared)
		*wait_s = shared;
	return *wait_s > 0 ? GUESS_LOCKED : GUESS_OPEN;
}

static int
row_mend(const struct guess *g, const char *user, const char *source)
{
	struct sqlite_query q;

	sqlite_query_open(&q, g->s, sql_mend);
	sqlite_query_text(&q, ":user", user);
	store_guess_bind(&q, source);
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

int
store_guess_repair(const struct guess *g)
{
	if (row_ahead(g, &g->here) && row_mend(g, g->user, g->source) != 0)
		return -1;
	if (row_ahead(g, &g->total) && row_mend(g, g->user, "") != 0)
		return -1;
	if (row_ahead(g, &g->shared) && row_mend(g, g->s->account, "") != 0)
		return -1;
	return 0;
}

static int64_t
lock_length(int64_t first, int64_t beyond)
{
	int64_t length = first;

	for (; beyond > 0 && length < STORE_LOCK_MAX_S; beyond--)
		length *= 2;
	return length < STORE_LOCK_MAX_S ? length : STORE_LOCK_MAX_S;
}

/* true: this count locks. */
static bool
row_count(struct guess_row *r, unsigned after, int64_t first, int64_t wall)
{
	r->wrong++;
	if (r->wrong < (int64_t)after)
		return false;
	r->locks++;
	r->locked_at = wall;
	r->until = wall + lock_length(first, r->wrong - (int64_t)after);
	return true;
}

/* More than one old row is removed each time, so it need not run each time. */
static int
guess_prune(const struct guess *g)
{
	struct sqlite_query q;

	if (g->here.series % PRUNE_EVERY != 0)
		return 0;
	sqlite_query_open(&q, g->s, sql_prune);
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

static void
total_count(struct guess *g, const struct store_guess_limits *limits,
    struct store_guess_token *token)
{
	token->locked_total = row_count(
	    &g->total, limits->after_total, limits->lock_s, g->s->wall);
	token->series_total = g->total.series;
	token->lock_total = g->total.locks;
	if (!store_guess_shared(g->s))
		return;
	token->locked_account = row_count(
	    &g->shared, limits->after_total, limits->lock_s, g->s->wall);
	token->series_account = g->shared.series;
	token->lock_account = g->shared.locks;
}

static int
guess_count(struct guess *g, const struct store_guess_limits *limits,
    struct store_guess_token *token)
{
	token->locked_source =
	    row_count(&g->here, limits->after, limits->lock_s, g->s->wall);
	token->series_source = g->here.series;
	token->lock_source = g->here.locks;
	token->counted = true;
	if (g->s->socket == 0)
		total_count(g, limits, token);
	return rows_save(g) != 0 || guess_prune(g) != 0 ? -1 : 0;
}

/* In the transaction. */
static enum store_guess
guess_step(struct guess *g, const struct store_guess_limits *limits,
    struct store_guess_token *token, int64_t *wait_s)
{
	enum store_guess result;

	if (store_guess_load(g) != 0 || store_guess_repair(g) != 0)
		return GUESS_ERROR;
	result = store_guess_judge(g, wait_s);
	if (result == GUESS_OPEN && guess_count(g, limits, token) != 0)
		return GUESS_ERROR;
	return result;
}

/* Refuse zeroed limits, which would never lock. */
static int
guess_check(const struct guess *g, const struct store_guess_limits *limits)
{
	if (g->source[0] != '\0' && limits->after > 0 &&
	    limits->after_total > 0 && limits->lock_s > 0)
		return 0;
	sqlite_complain(
	    g->s, "a guess without source or limits: report this fault");
	return -1;
}

enum store_guess
store_guess_step(struct store *s, const char *user, const char *source,
    const struct store_guess_limits *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct guess g = { .s = s, .user = user, .source = source };
	enum store_guess result = GUESS_ERROR;

	memset(token, 0, sizeof(*token));
	*wait_s = 0;
	if (guess_check(&g, limits) == 0)
		result = guess_step(&g, limits, token, wait_s);
	return result;
}

enum store_guess
embedded_guess_take(struct store *s, const char *user, const char *source,
    const struct store_guess_limits *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	enum store_guess result;

	memset(token, 0, sizeof(*token));
	*wait_s = 0;
	if (sqlite_begin(s) != 0)
		return GUESS_ERROR;
	result = store_guess_step(s, user, source, limits, token, wait_s);
	if (result == GUESS_ERROR)
		sqlite_rollback(s);
	else if (sqlite_commit(s) != 0)
		result = GUESS_ERROR;
	if (result != GUESS_OPEN)
		memset(token, 0, sizeof(*token));
	return result;
}

/* Read all rows at one moment. */
static int
rows_look(struct guess *g)
{
	int result;

	if (sqlite_begin_read(g->s) != 0)
		return -1;
	result = store_guess_load(g);
	sqlite_rollback(g->s);
	return result;
}

int
store_guess_repair_committed(const struct guess *g)
{
	if (!row_ahead(g, &g->here) && !row_ahead(g, &g->total) &&
	    !row_ahead(g, &g->shared))
		return 0;
	if (sqlite_begin_light(g->s) != 0)
		return -1;
	return sqlite_end(g->s, store_guess_repair(g));
}

enum store_guess
embedded_guess_look(
    struct store *s, const char *user, const char *source, int64_t *wait_s)
{
	struct guess g = { .s = s, .user = user, .source = source };

	*wait_s = 0;
	if (rows_look(&g) != 0 || store_guess_repair_committed(&g) != 0)
		return GUESS_ERROR;
	return store_guess_judge(&g, wait_s);
}
