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
/* Values of the conditions by which each statement finds its row. */
#define ROW ":user=%s :source=%s :place=%s"
#define ROW_VALUES(s, r)                                                       \
	(r)->user, (r)->source, sqlite_source_place(s, (r)->source)
/* One row each: SQLite makes a table of each IN with several values. */
#define DELETE_ROW                                                             \
	"DELETE FROM guess WHERE user = :user AND source = :source"            \
	" AND place = :place AND scope = :scope"
static const char sql_guess_empty[] = DELETE_ROW " AND wrong = 0 AND until = 0";
static const char sql_guess_right[] = DELETE_ROW;
static const char sql_guess_recovered[] = DELETE_ROW
    " AND NOT EXISTS (SELECT 1 FROM guess WHERE user = :user AND source = ''"
    " AND scope = :scope AND wrong >= " TEXT_NUMBER(LIMITS_LOCKOUT_AT) ")";

struct sqlite_guess
sqlite_guess_rows(struct store *s, const char *user, const char *source)
{
	return (struct sqlite_guess){ .s = s,
		.row = { [GUESS_SOURCE] = { .user = user, .source = source },
		    [GUESS_TOTAL] = { .user = user, .source = "" },
		    [GUESS_ACCOUNT] = { .user = s->account, .source = "" } } };
}

/* The number of rows whose locks hold for this login. */
static size_t
rows_locking(const struct store *s)
{
	return s->account[0] != '\0' ? STORE_COUNTS : GUESS_ACCOUNT;
}

/* The number of those in which it counts: a service of another uid neither
 * counts in the totals nor clears them. */
static size_t
rows_counted(const struct store *s)
{
	return s->socket != 0 ? GUESS_TOTAL : rows_locking(s);
}

static int
rows_delete(const struct sqlite_guess *g, const char *sql)
{
	for (size_t i = 0; i < rows_counted(g->s); i++)
		if (sqlite_change(
			g->s, sql, ROW, ROW_VALUES(g->s, &g->row[i])) < 0)
			return -1;
	return 0;
}

int
sqlite_guess_refund_step(struct store *s, const struct store_counted *back)
{
	const struct sqlite_guess g =
	    sqlite_guess_rows(s, back->user, back->source);
	const struct store_guess_token *t = back->token;

	if (!t->counted)
		return 0;
	for (size_t i = 0; i < rows_counted(s); i++)
		if (sqlite_change(s, sql_guess_refund,
			ROW " :locked=%d :series=%jd :lock=%jd",
			ROW_VALUES(s, &g.row[i]), t->locked[i], t->series[i],
			t->lock[i]) < 0)
			return -1;
	return rows_delete(&g, sql_guess_empty);
}

/* clang-format off */
STORE_CALL(sqlite, guess_refund, (struct store *s,
    const struct store_counted *back), !back->token->counted ? 0 :
    SQLITE_WRITE_NOSYNC(s, sqlite_guess_refund_step(s, back)));
STORE_CALL(sqlite, guess_reset_after_right, (struct store *s, const char *user,
    const char *source), SQLITE_WRITE_NOSYNC(s,
    sqlite_guess_clear_step(s, user, source, false)));
/* clang-format on */

int
sqlite_guess_clear_step(
    struct store *s, const char *user, const char *source, bool recovery)
{
	const struct sqlite_guess g = sqlite_guess_rows(s, user, source);

	return rows_delete(
	    &g, recovery ? sql_guess_recovered : sql_guess_right);
}

/* Names that are not locked and are old, or from the clock's future. */
static const char sql_decoy_prune[] =
    "DELETE FROM guess WHERE " BETWEEN_NAMES " AND until <= :wall"
    " AND (last <= :wall - " TEXT_NUMBER(STORE_DECOY_S) " OR last > :wall)";
static const char sql_decoy_add[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks, "
    "locked_at,"
    " until, last) SELECT :own, '', '', :scope, random(), 0, 0, 0, 0, :wall"
    " WHERE NOT EXISTS (SELECT 1 FROM guess WHERE user = :own AND source = ''"
    " AND place = '' AND scope = :scope) AND (SELECT count(*) FROM guess "
    "WHERE " BETWEEN_NAMES
    " AND source = '' AND scope = :scope) < " TEXT_NUMBER(STORE_DECOYS_MAX);
static const char sql_decoy_few[] = "SELECT count(*) < " TEXT_NUMBER(
    STORE_DECOYS_MAX) " FROM guess"
		      " WHERE " BETWEEN_NAMES
		      " AND source = '' AND scope = :scope";

/* Returns 1 if there are few names, 0 or -1. */
static int
decoy_count(
    struct store *s, const char *own, const char *shared, const char *end)
{
	if (sqlite_change(
		s, sql_decoy_prune, ":shared=%s :end=%s", shared, end) < 0 ||
	    sqlite_change(s, sql_decoy_add, ":shared=%s :end=%s :own=%s",
		shared, end, own) < 0)
		return -1;
	return (int)sqlite_count(
	    s, sql_decoy_few, ":shared=%s :end=%s", shared, end);
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
    " WHERE source <> '' AND last <= :wall - " TEXT_NUMBER(
	SOURCE_KEPT_S) " AND until <= :wall LIMIT " PRUNE_ROWS ")";
static const char sql_guess_repair[] =
    "UPDATE guess SET locked_at = :wall, until = :wall + (until - locked_at)"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope AND locked_at > :wall";

/* A missing row is read as zeros with a new series. */
static int
row_load(struct sqlite_query *q, struct sqlite_guess_row *r)
{
	enum sqlite_step step;

	*r = (struct sqlite_guess_row){ .user = r->user, .source = r->source };
	sqlite_query_bind(q, ROW, ROW_VALUES(q->store, r));
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

static int
rows_save(const struct sqlite_guess *g)
{
	enum sqlite_step step = QUERY_DONE;
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_query_open(&q, g->s, sql_guess_save);
	for (size_t i = 0; step == QUERY_DONE && i < rows_counted(g->s); i++) {
		const struct sqlite_guess_row *r = &g->row[i];

		sqlite_query_bind(&q,
		    ROW " :series=%jd :wrong=%jd :locks=%jd :locked_at=%jd"
			" :until=%jd",
		    ROW_VALUES(g->s, r), r->series, r->wrong, r->locks,
		    r->locked_at, r->until);
		step = sqlite_query_step(&q);
		sqlite_query_reset(&q);
	}
	return step == QUERY_DONE ? 0 : -1;
}

int
sqlite_guess_load(struct sqlite_guess *g)
{
	struct sqlite_query q OWNED(sqlite_query_close);
	int result = 0;

	sqlite_query_open(&q, g->s, sql_guess_load);
	for (size_t i = 0; result == 0 && i < rows_locking(g->s); i++)
		result = row_load(&q, &g->row[i]);
	return result;
}

static bool
row_is_from_future(
    const struct sqlite_guess *g, const struct sqlite_guess_row *r)
{
	return r->locked_at > g->s->wall;
}

enum store_guess
sqlite_guess_lock_state(const struct sqlite_guess *g, int64_t *wait_s)
{
	int64_t longest = 0;

	for (size_t i = 0; i < STORE_COUNTS; i++) {
		const struct sqlite_guess_row *r = &g->row[i];
		const int64_t from =
		    row_is_from_future(g, r) ? r->locked_at : g->s->wall;

		if (i != GUESS_SOURCE && r->wrong >= g->s->lockout_at)
			return GUESS_LOCKED_OUT;
		if (r->until - from > longest)
			longest = r->until - from;
	}
	*wait_s = longest;
	return longest > 0 ? GUESS_LOCKED : GUESS_OPEN;
}

bool
sqlite_guess_lock_is_from_denial(const struct sqlite_guess *g)
{
	const struct sqlite_guess_row *here = &g->row[GUESS_SOURCE];

	return here->refused > g->s->wall && here->refused >= here->until;
}

int
sqlite_guess_repair(const struct sqlite_guess *g)
{
	for (size_t i = 0; i < STORE_COUNTS; i++)
		if (row_is_from_future(g, &g->row[i]) &&
		    sqlite_change(g->s, sql_guess_repair, ROW,
			ROW_VALUES(g->s, &g->row[i])) < 0)
			return -1;
	return 0;
}

/* Returns true if this count locks: each one beyond the limit for twice the
 * time. */
static bool
row_count(
    struct sqlite_guess_row *r, unsigned after, int64_t first, int64_t wall)
{
	int64_t length = first;

	r->wrong++;
	if (r->wrong < (int64_t)after)
		return false;
	for (int64_t n = r->wrong - (int64_t)after;
	     n > 0 && length < LIMITS_LOCK_MAX_S; n--)
		length *= 2;
	r->locks++;
	r->locked_at = wall;
	r->until =
	    wall + (length < LIMITS_LOCK_MAX_S ? length : LIMITS_LOCK_MAX_S);
	return true;
}

static int
guess_count(struct sqlite_guess *g, const struct limits_of_guesses *limits,
    struct store_guess_token *token)
{
	for (size_t i = 0; i < rows_counted(g->s); i++) {
		struct sqlite_guess_row *r = &g->row[i];

		token->locked[i] = row_count(r,
		    i == GUESS_SOURCE ? limits->after : limits->after_total,
		    limits->lock_s, g->s->wall);
		token->series[i] = r->series;
		token->lock[i] = r->locks;
	}
	token->counted = true;
	if (rows_save(g) != 0)
		return -1;
	/* more than one old row is removed each time */
	return g->row[GUESS_SOURCE].series % PRUNE_EVERY == 0
	    ? sqlite_run_one(g->s, sql_guess_prune)
	    : 0;
}

enum store_guess
sqlite_guess_take_step(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct sqlite_guess g = sqlite_guess_rows(s, user, source);
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
	for (size_t i = 0; i < STORE_COUNTS; i++)
		if (row_is_from_future(g, &g->row[i]))
			return SQLITE_WRITE_NOSYNC(
			    g->s, sqlite_guess_repair(g));
	return 0;
}

enum store_guess
sqlite_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct sqlite_guess g = sqlite_guess_rows(s, user, source);
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
