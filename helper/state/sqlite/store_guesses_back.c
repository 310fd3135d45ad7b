/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking back wrong codes in the embedded store: one guess that should not
 * count, or all of them after a right code.
 */
#include "helper/state/sqlite/store_steps.h"

#include <stdio.h>

static const char sql_refund[] =
    "UPDATE guess SET wrong = max(wrong - 1, 0),"
    " until = CASE WHEN :locked AND locks = :lock THEN 0 ELSE until END,"
    " locked_at = CASE WHEN :locked AND locks = :lock THEN 0"
    " ELSE locked_at END"
    " WHERE user = :user AND source = :source AND place = :place"
    " AND scope = :scope AND series = :series";
static const char sql_empty[] =
    "DELETE FROM guess WHERE user = :user AND source IN (:source, :total)"
    " AND place IN (:place, '') AND scope = :scope"
    " AND wrong = 0 AND until = 0";
static const char sql_right[] =
    "DELETE FROM guess WHERE user = :user AND source IN (:source, :total)"
    " AND place IN (:place, '') AND scope = :scope";
static const char sql_recovered[] =
    "DELETE FROM guess WHERE user = :user AND source IN (:source, :total)"
    " AND place IN (:place, '') AND scope = :scope"
    " AND NOT EXISTS (SELECT 1 FROM guess WHERE user = :user AND source = ''"
    " AND scope = :scope AND wrong >= " STORE_SQL(STORE_SHUT_AT) ")";

void
embedded_guess_account(struct store *s, const char *account)
{
	snprintf(s->account, sizeof(s->account), "%s", account);
}

bool
store_guess_shared(const struct store *s)
{
	return s->account[0] != '\0' && s->socket == 0;
}

void
store_guess_bind(struct sqlite_query *q, const char *source)
{
	sqlite_query_text(q, ":source", source);
	sqlite_query_text(q, ":place", sqlite_place(q->store, source));
}

/* This source's row and the total's; but a service that is not root's never
 * counts in the total nor clears it. */
static void
bind_both(struct sqlite_query *q, const char *source)
{
	store_guess_bind(q, source);
	sqlite_query_text(q, ":total", q->store->socket != 0 ? source : "");
}

static int
row_refund(const struct guess *g, const char *user, const char *source,
    bool locked, int64_t series, int64_t lock)
{
	struct sqlite_query q;

	sqlite_query_open(&q, g->s, sql_refund);
	sqlite_query_text(&q, ":user", user);
	store_guess_bind(&q, source);
	sqlite_query_number(&q, ":locked", locked);
	sqlite_query_number(&q, ":series", series);
	sqlite_query_number(&q, ":lock", lock);
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

/* The rows of this user at this source, and the account's if it counts. */
static int
rows_delete(
    struct store *s, const char *sql, const char *user, const char *source)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql);
	sqlite_query_text(&q, ":user", user);
	bind_both(&q, source);
	if (sqlite_query_change(&q) < 0)
		return -1;
	if (!store_guess_shared(s))
		return 0;
	sqlite_query_open(&q, s, sql);
	sqlite_query_text(&q, ":user", s->account);
	bind_both(&q, "");
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

int
store_guess_refund_step(struct store *s, const struct store_counted *back)
{
	const struct guess g = {
		.s = s, .user = back->user, .source = back->source
	};
	const struct store_guess_token *t = back->token;

	if (!t->counted)
		return 0;
	if (row_refund(&g, g.user, g.source, t->locked_source, t->series_source,
		t->lock_source) != 0 ||
	    (s->socket == 0 &&
		row_refund(&g, g.user, "", t->locked_total, t->series_total,
		    t->lock_total) != 0) ||
	    (store_guess_shared(s) &&
		row_refund(&g, s->account, "", t->locked_account,
		    t->series_account, t->lock_account) != 0))
		return -1;
	return rows_delete(s, sql_empty, g.user, g.source);
}

int
embedded_guess_refund(struct store *s, const struct store_counted *back)
{
	if (!back->token->counted)
		return 0;
	if (sqlite_begin_light(s) != 0)
		return -1;
	return sqlite_end(s, store_guess_refund_step(s, back));
}

int
store_guess_right_step(
    struct store *s, const char *user, const char *source, bool recovery)
{
	return rows_delete(
	    s, recovery ? sql_recovered : sql_right, user, source);
}

int
embedded_guess_right(struct store *s, const char *user, const char *source)
{
	if (sqlite_begin_light(s) != 0)
		return -1;
	return sqlite_end(s, store_guess_right_step(s, user, source, false));
}
