/* SPDX-License-Identifier: BSD-2-Clause */
/* The count of wrong codes: a row for each user and source, and one with source
 * "" for the user over all sources. A person of a shared account also counts in
 * the account's row with source "", and names at its prompt have such rows,
 * too. */
#include "helper/store/sqlite/sqlite.h"

/* Names that begin with :shared, in byte order. */
#define BETWEEN_NAMES "user >= :shared AND user < :end"
/* A source without wrong codes for this time is forgotten; the total is not. */
#define SOURCE_KEPT_S 2592000
#define PRUNE_EVERY 4 /* prune at one in this many new rows */
#define PRUNE_ROWS "8"

static const char sql_guess_refund[] =
    "UPDATE guess SET wrong = max(wrong - 1, 0),"
    " until = CASE WHEN :locked AND locks = :lock THEN 0 ELSE until END,"
    " locked_at = CASE WHEN :locked AND locks = :lock THEN 0"
    " ELSE locked_at END"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope AND series = :series";
/* One row each: SQLite makes a table of each IN with several values. */
#define DELETE_ROW                                                             \
	"DELETE FROM guess WHERE user = :user AND source = :source"            \
	" AND place = :place AND scope = :scope"
static const char sql_guess_empty[] = DELETE_ROW " AND wrong = 0 AND until = 0";
static const char sql_guess_right[] = DELETE_ROW;
static const char sql_guess_recovered[] = DELETE_ROW
    " AND NOT EXISTS (SELECT 1 FROM guess WHERE user = :user AND source = ''"
    " AND scope = :scope AND wrong >= " SQLITE_SQL(LIMITS_LOCKOUT_AT) ")";

/* True if the account's total is counted; its lock holds everywhere. */
static bool
account_is_counted(const struct store *s)
{
	return s->account[0] != '\0' && s->socket == 0;
}

static int
row_refund(const struct sqlite_guess *g, const char *user, const char *source,
    bool locked, int64_t series, int64_t lock)
{
	return sqlite_change(g->s, sql_guess_refund,
	    ":user=%s :source=%s :place=%s :locked=%d :series=%jd :lock=%jd",
	    user, source, sqlite_source_place(g->s, source), locked, series,
	    lock);
}

static int
row_delete(
    struct store *s, const char *sql, const char *user, const char *source)
{
	return sqlite_change(s, sql, ":user=%s :source=%s :place=%s", user,
	    source, sqlite_source_place(s, source));
}

/* Deletes the row of this user at this source, that of the total, which a
 * service of another uid neither counts nor clears, and the account's if it is
 * counted. */
static int
rows_delete(
    struct store *s, const char *sql, const char *user, const char *source)
{
	if (row_delete(s, sql, user, source) < 0 ||
	    (s->socket == 0 && row_delete(s, sql, user, "") < 0) ||
	    (account_is_counted(s) && row_delete(s, sql, s->account, "") < 0))
		return -1;
	return 0;
}

int
sqlite_guess_refund_step(struct store *s, const struct store_counted *back)
{
	const struct sqlite_guess g = {
		.s = s, .user = back->user, .source = back->source
	};
	const struct store_guess_token *t = back->token;

	if (!t->counted)
		return 0;
	if (row_refund(&g, g.user, g.source, t->locked_source, t->series_source,
		t->lock_source) < 0 ||
	    (s->socket == 0 &&
		row_refund(&g, g.user, "", t->locked_total, t->series_total,
		    t->lock_total) < 0) ||
	    (account_is_counted(s) &&
		row_refund(&g, s->account, "", t->locked_account,
		    t->series_account, t->lock_account) < 0))
		return -1;
	return rows_delete(s, sql_guess_empty, g.user, g.source);
}

int
sqlite_guess_refund(struct store *s, const struct store_counted *back)
{
	if (!back->token->counted)
		return 0;
	return SQLITE_WRITE_NOSYNC(s, sqlite_guess_refund_step(s, back));
}

int
sqlite_guess_clear_step(
    struct store *s, const char *user, const char *source, bool recovery)
{
	return rows_delete(
	    s, recovery ? sql_guess_recovered : sql_guess_right, user, source);
}

int
sqlite_guess_reset_after_right(
    struct store *s, const char *user, const char *source)
{
	return SQLITE_WRITE_NOSYNC(
	    s, sqlite_guess_clear_step(s, user, source, false));
}

/* Names that are not locked and are old, or from the clock's future. */
static const char sql_decoy_prune[] =
    "DELETE FROM guess WHERE " BETWEEN_NAMES " AND until <= :wall"
    " AND (last <= :wall - " SQLITE_SQL(STORE_DECOY_S) " OR last > :wall)";
static const char sql_decoy_add[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks, "
    "locked_at,"
    " until, last) SELECT :own, '', '', :scope, random(), 0, 0, 0, 0, :wall"
    " WHERE NOT EXISTS (SELECT 1 FROM guess WHERE user = :own AND source = ''"
    " AND place = '' AND scope = :scope) AND (SELECT count(*) FROM guess "
    "WHERE " BETWEEN_NAMES
    " AND source = '' AND scope = :scope) < " SQLITE_SQL(STORE_DECOYS_MAX);
static const char sql_decoy_few[] = "SELECT count(*) < " SQLITE_SQL(
    STORE_DECOYS_MAX) " FROM guess"
		      " WHERE " BETWEEN_NAMES
		      " AND source = '' AND scope = :scope";

/* Returns 1 if there are few names, 0 or -1. */
static int
decoy_count(
    struct store *s, const char *own, const char *shared, const char *end)
{
	int64_t few = 0;

	if (sqlite_change(
		s, sql_decoy_prune, ":shared=%s :end=%s", shared, end) < 0 ||
	    sqlite_change(s, sql_decoy_add, ":shared=%s :end=%s :own=%s",
		shared, end, own) < 0 ||
	    sqlite_value(
		s, &few, sql_decoy_few, ":shared=%s :end=%s", shared, end) != 1)
		return -1;
	return (int)few;
}

int
sqlite_decoy_note_name(struct store *s, const char *own, const char *shared)
{
	char end[2 * STORE_ACCOUNT_MAX];

	if (!store_names_range_end(s, shared, end))
		return -1;
	return SQLITE_WRITE_NOSYNC(s, decoy_count(s, own, shared, end));
}

static const char sql_guess_load[] =
    "SELECT series, wrong, locks, locked_at, until, refused FROM guess"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope";
static const char sql_guess_save[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks,"
    " locked_at, until, last) VALUES(:user, :source, :place, :scope, :series, "
    ":wrong, :locks,"
    " :locked_at, :until, :wall)"
    " ON CONFLICT(user, source, place, scope) DO UPDATE SET"
    " wrong = excluded.wrong, locks = excluded.locks,"
    " locked_at = excluded.locked_at, until = excluded.until,"
    " last = excluded.last";
/* Never removes a locked row. */
static const char sql_guess_prune[] =
    "DELETE FROM guess WHERE (user, source, place, scope) IN"
    " (SELECT user, source, place, scope FROM guess"
    " WHERE source <> '' AND last <= :wall - " SQLITE_SQL(
	SOURCE_KEPT_S) " AND until <= :wall LIMIT " PRUNE_ROWS ")";
static const char sql_guess_repair[] =
    "UPDATE guess SET locked_at = :wall, until = :wall + (until - locked_at)"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope AND locked_at > :wall";

/* A missing row is read as zeros with a new series. */
static int
row_load(struct sqlite_query *q, const char *source, struct sqlite_guess_row *r)
{
	enum sqlite_step step;

	memset(r, 0, sizeof(*r));
	sqlite_query_bind(q, ":source=%s :place=%s", source,
	    sqlite_source_place(q->store, source));
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
	sqlite_query_reset(q);
	return step == QUERY_ERROR ? -1 : 0;
}

static enum sqlite_step
row_save(struct sqlite_query *q, const char *source,
    const struct sqlite_guess_row *r)
{
	sqlite_query_bind(q,
	    ":source=%s :place=%s :series=%jd :wrong=%jd :locks=%jd"
	    " :locked_at=%jd :until=%jd",
	    source, sqlite_source_place(q->store, source), r->series, r->wrong,
	    r->locks, r->locked_at, r->until);
	return sqlite_query_step(q);
}

static int
rows_save(const struct sqlite_guess *g)
{
	struct sqlite_query q;
	bool saved;

	sqlite_query_open_with(&q, g->s, sql_guess_save, ":user=%s", g->user);
	saved = row_save(&q, g->source, &g->here) == QUERY_DONE;
	if (saved && g->s->socket == 0) {
		sqlite_query_reset(&q);
		saved = row_save(&q, "", &g->total) == QUERY_DONE;
	}
	if (saved && account_is_counted(g->s)) {
		sqlite_query_reset(&q);
		sqlite_query_bind_text(&q, ":user", g->s->account);
		saved = row_save(&q, "", &g->shared) == QUERY_DONE;
	}
	sqlite_query_close(&q);
	return saved ? 0 : -1;
}

int
sqlite_guess_load(struct sqlite_guess *g)
{
	struct sqlite_query q;
	int result;

	sqlite_query_open_with(&q, g->s, sql_guess_load, ":user=%s", g->user);
	result = row_load(&q, g->source, &g->here);
	if (result == 0)
		result = row_load(&q, "", &g->total);
	memset(&g->shared, 0, sizeof(g->shared));
	if (result == 0 && g->s->account[0] != '\0') {
		sqlite_query_bind_text(&q, ":user", g->s->account);
		result = row_load(&q, "", &g->shared);
	}
	sqlite_query_close(&q);
	return result;
}

static bool
row_is_from_future(
    const struct sqlite_guess *g, const struct sqlite_guess_row *r)
{
	return r->locked_at > g->s->wall;
}

/* Returns seconds until the lock ends; 0 if not locked. */
static int64_t
row_wait(const struct sqlite_guess *g, const struct sqlite_guess_row *r)
{
	int64_t from = row_is_from_future(g, r) ? r->locked_at : g->s->wall;

	return r->until > from ? r->until - from : 0;
}

enum store_guess
sqlite_guess_lock_state(const struct sqlite_guess *g, int64_t *wait_s)
{
	int64_t here = row_wait(g, &g->here), total = row_wait(g, &g->total);
	const int64_t shared = row_wait(g, &g->shared);

	if (g->total.wrong >= g->s->lockout_at ||
	    g->shared.wrong >= g->s->lockout_at)
		return GUESS_LOCKED_OUT;
	*wait_s = here > total ? here : total;
	if (*wait_s < shared)
		*wait_s = shared;
	return *wait_s > 0 ? GUESS_LOCKED : GUESS_OPEN;
}

bool
sqlite_guess_lock_is_from_denial(const struct sqlite_guess *g)
{
	return g->here.refused > g->s->wall && g->here.refused >= g->here.until;
}

static int
row_repair(const struct sqlite_guess *g, const char *user, const char *source)
{
	return sqlite_change(g->s, sql_guess_repair,
	    ":user=%s :source=%s :place=%s", user, source,
	    sqlite_source_place(g->s, source));
}

int
sqlite_guess_repair(const struct sqlite_guess *g)
{
	if (row_is_from_future(g, &g->here) &&
	    row_repair(g, g->user, g->source) < 0)
		return -1;
	if (row_is_from_future(g, &g->total) && row_repair(g, g->user, "") < 0)
		return -1;
	if (row_is_from_future(g, &g->shared) &&
	    row_repair(g, g->s->account, "") < 0)
		return -1;
	return 0;
}

static int64_t
lock_length(int64_t first, int64_t beyond)
{
	int64_t length = first;

	for (; beyond > 0 && length < LIMITS_LOCK_MAX_S; beyond--)
		length *= 2;
	return length < LIMITS_LOCK_MAX_S ? length : LIMITS_LOCK_MAX_S;
}

/* Returns true if this count locks. */
static bool
row_count(
    struct sqlite_guess_row *r, unsigned after, int64_t first, int64_t wall)
{
	r->wrong++;
	if (r->wrong < (int64_t)after)
		return false;
	r->locks++;
	r->locked_at = wall;
	r->until = wall + lock_length(first, r->wrong - (int64_t)after);
	return true;
}

static void
total_count(struct sqlite_guess *g, const struct limits_of_guesses *limits,
    struct store_guess_token *token)
{
	token->locked_total = row_count(
	    &g->total, limits->after_total, limits->lock_s, g->s->wall);
	token->series_total = g->total.series;
	token->lock_total = g->total.locks;
	if (!account_is_counted(g->s))
		return;
	token->locked_account = row_count(
	    &g->shared, limits->after_total, limits->lock_s, g->s->wall);
	token->series_account = g->shared.series;
	token->lock_account = g->shared.locks;
}

static int
guess_count(struct sqlite_guess *g, const struct limits_of_guesses *limits,
    struct store_guess_token *token)
{
	token->locked_source =
	    row_count(&g->here, limits->after, limits->lock_s, g->s->wall);
	token->series_source = g->here.series;
	token->lock_source = g->here.locks;
	token->counted = true;
	if (g->s->socket == 0)
		total_count(g, limits, token);
	if (rows_save(g) != 0)
		return -1;
	/* more than one old row is removed each time */
	if (g->here.series % PRUNE_EVERY != 0)
		return 0;
	return sqlite_run_one(g->s, sql_guess_prune);
}

enum store_guess
sqlite_guess_take_step(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct sqlite_guess g = { .s = s, .user = user, .source = source };
	enum store_guess result;

	memset(token, 0, sizeof(*token));
	*wait_s = 0;
	if (!store_check_limits(s, source, limits) ||
	    sqlite_guess_load(&g) != 0 || sqlite_guess_repair(&g) != 0)
		return GUESS_ERROR;
	result = sqlite_guess_lock_state(&g, wait_s);
	if (result == GUESS_OPEN && guess_count(&g, limits, token) != 0)
		return GUESS_ERROR;
	return result;
}

enum store_guess
sqlite_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	enum store_guess result;

	memset(token, 0, sizeof(*token));
	*wait_s = 0;
	if (sqlite_write_begin(s) != 0)
		return GUESS_ERROR;
	result = sqlite_guess_take_step(s, user, source, limits, token, wait_s);
	if (sqlite_write_end(s, result == GUESS_ERROR ? -1 : 0) != 0)
		result = GUESS_ERROR;
	if (result != GUESS_OPEN)
		memset(token, 0, sizeof(*token));
	return result;
}

int
sqlite_guess_repair_now(const struct sqlite_guess *g)
{
	if (!row_is_from_future(g, &g->here) &&
	    !row_is_from_future(g, &g->total) &&
	    !row_is_from_future(g, &g->shared))
		return 0;
	return SQLITE_WRITE_NOSYNC(g->s, sqlite_guess_repair(g));
}

enum store_guess
sqlite_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct sqlite_guess g = { .s = s, .user = user, .source = source };
	int loaded;

	*wait_s = 0;
	/* all rows of one moment */
	if (sqlite_read_begin(s) != 0)
		return GUESS_ERROR;
	loaded = sqlite_guess_load(&g);
	sqlite_rollback(s);
	if (loaded != 0 || sqlite_guess_repair_now(&g) != 0)
		return GUESS_ERROR;
	if (refused != NULL)
		*refused = sqlite_guess_lock_is_from_denial(&g);
	return sqlite_guess_lock_state(&g, wait_s);
}
