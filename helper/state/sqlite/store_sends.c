/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of messages in the embedded store: one row for each of the last
 * day. A limit of N holds until the Nth newest row has left its window.
 */
#include "helper/state/sqlite/store_steps.h"
#include "helper/state/store_look.h"

#include <string.h>

/* How many rows one transaction changes at most, so that it stays within the
 * log that is reserved. More than one, so that the file does not grow. */
#define PRUNE_ROWS "8"
#define MEND_ROWS 25
/* Transactions of so many rows before one message: 50,000 in all. */
#define MEND_ROUNDS 2000
/* A price above is a mistake; sums of such prices stay far below 2^63. */
#define PRICE_MAX INT64_C(1000000000000)

/* The clock was set back: they count as made now. */
static const char sql_mend[] =
    "UPDATE send SET at = :wall WHERE id IN"
    " (SELECT id FROM send WHERE at > :wall LIMIT " STORE_SQL(MEND_ROWS) ")";
static const char sql_prune[] =
    "DELETE FROM send WHERE id IN (SELECT id FROM send"
    " WHERE at <= :wall - " STORE_SQL(
	STORE_DAY_S) " ORDER BY at LIMIT " PRUNE_ROWS ")";
static const char sql_insert[] =
    "INSERT INTO send(at, user, number, source, host, day, price, kind)"
    " VALUES(:wall, :user, :number, :source, :host, :day, :price, :kind)";
static const char sql_price[] = "UPDATE send SET price = :price WHERE id = :id";
static const char sql_delete[] = "DELETE FROM send WHERE id = :id";
static const char sql_find[] = "SELECT day, price FROM send WHERE id = :id";

/* The messages of a window: which one reaches its limit, and how many. */
struct window_sql {
	const char *nth, *used;
};
#define WINDOW(of)                                                             \
	{                                                                      \
		"SELECT at FROM send WHERE " of " AND at > :since"             \
		" ORDER BY at DESC LIMIT 1 OFFSET :limit - 1",                 \
		    "SELECT count(*) FROM send WHERE " of " AND at > :since",  \
	}
/* What was answered rightly counts for its owner no more; of a number there is
 * a limit for that as well, or one who answers could have any number sent. */
static const struct window_sql sql_user =
    WINDOW("user = :key AND kind = 0 AND answered = 0");
static const struct window_sql sql_push = WINDOW("user = :key AND kind = 1");
static const struct window_sql sql_number =
    WINDOW("number = :key AND kind = 0 AND answered = 0");
static const struct window_sql sql_answered =
    WINDOW("number = :key AND answered = 1");
static const struct window_sql sql_source = WINDOW("source = :key");
static const struct window_sql sql_source_here =
    WINDOW("source = :key AND host = :host");
/* No key: the window alone. */
static const struct window_sql sql_host = WINDOW("host = :host");

/* A message on its way through the steps below. */
struct send {
	struct store *s;
	const struct store_send_key *key;
	const struct store_send_limits *limits;
	char number[STORE_DIGEST_TEXT];
	int64_t price;
	int64_t wait_s; /* of the limit that holds longest; 0: none holds */
	const char *which;
};

/* A limit in a sliding window. */
struct window {
	const char *name;
	const struct window_sql *sql;
	const char *key;
	int64_t seconds;
	unsigned limit; /* 0: none */
};
#define WINDOWS 7

static void
send_hold(struct send *c, const char *name, int64_t wait_s)
{
	if (wait_s <= c->wait_s)
		return;
	c->wait_s = wait_s;
	c->which = name;
}

static int
window_check(struct send *c, const struct window *w)
{
	int64_t at = 0;
	struct sqlite_query q;
	int found;

	if (w->limit == 0)
		return 0;
	sqlite_query_open(&q, c->s, w->sql->nth);
	if (w->key != NULL)
		sqlite_query_text(&q, ":key", w->key);
	sqlite_query_number(&q, ":since", c->s->wall - w->seconds);
	sqlite_query_number(&q, ":limit", w->limit);
	found = sqlite_query_value(&q, &at);
	if (found < 0)
		return -1;
	if (found == 1)
		send_hold(c, w->name,
		    (at < c->s->wall ? at : c->s->wall) + w->seconds -
			c->s->wall);
	return 0;
}

static void
windows_of(const struct send *c, struct window out[WINDOWS])
{
	const struct store_send_limits *l = c->limits;
	const bool push = c->key->push;
	const bool own = push || c->key->carried != CARRIED_NOT;
	const struct window windows[WINDOWS] = {
		{ "push_per_hour", &sql_push, c->key->user, STORE_HOUR_S,
		    push ? l->push_hour : 0 },
		{ "sends_per_user_hour", &sql_user, c->key->user, STORE_HOUR_S,
		    own ? 0 : l->user_hour },
		{ "sends_per_user_day", &sql_user, c->key->user, STORE_DAY_S,
		    own ? 0 : l->user_day },
		{ "sends_per_number_day", &sql_number, c->number, STORE_DAY_S,
		    own ? 0 : l->number_day },
		{ "answered_per_number_day", &sql_answered, c->number,
		    STORE_DAY_S, own ? 0 : l->number_answered_day },
		{ "sends_per_source_hour",
		    sqlite_place(c->s, c->key->source)[0] == '\0'
			? &sql_source
			: &sql_source_here,
		    c->key->source, STORE_HOUR_S, l->source_hour },
		{ "sends_per_host_hour", &sql_host, NULL, STORE_HOUR_S,
		    l->host_hour },
	};

	memcpy(out, windows, sizeof(windows));
}

static int
windows_check(struct send *c)
{
	struct window windows[WINDOWS];

	windows_of(c, windows);
	for (unsigned i = 0; i < WINDOWS; i++)
		if (window_check(c, &windows[i]) != 0)
			return -1;
	return 0;
}

/* -1 failed. */
static int64_t
window_used(const struct send *c, const struct window *w)
{
	int64_t used = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, c->s, w->sql->used);
	if (w->key != NULL)
		sqlite_query_text(&q, ":key", w->key);
	sqlite_query_number(&q, ":since", c->s->wall - w->seconds);
	return sqlite_query_value(&q, &used) == 1 ? used : -1;
}

static int
money_check(struct send *c)
{
	int64_t wait_s = 0;

	if (c->key->push)
		return 0;
	if (store_spend_wait_day(
		c->s, c->price, c->limits->spend_day, &wait_s) != 0)
		return -1;
	send_hold(c, "spend_per_day", wait_s);
	if (store_spend_wait_month(
		c->s, c->price, c->limits->spend_month, &wait_s) != 0)
		return -1;
	send_hold(c, "spend_per_month", wait_s);
	return 0;
}

static int
send_tidy(const struct send *c)
{
	struct sqlite_query q;

	sqlite_query_open(&q, c->s, sql_prune);
	if (sqlite_query_change(&q) < 0)
		return -1;
	return store_spend_tidy(c->s);
}

/* Which windows it counts in: those of kind 0 count the user's. */
static int
kind_of(const struct store_send_key *key)
{
	if (key->push)
		return 1;
	return key->carried == CARRIED_INSTEAD ? 2 : 0;
}

static int
send_insert(const struct send *c, int64_t *id)
{
	int64_t day = c->s->wall / STORE_DAY_S;
	struct sqlite_query q;

	sqlite_query_open(&q, c->s, sql_insert);
	sqlite_query_text(&q, ":user", c->key->user);
	sqlite_query_text(&q, ":number", c->number);
	sqlite_query_text(&q, ":source", c->key->source);
	sqlite_query_number(&q, ":day", day);
	sqlite_query_number(&q, ":price", c->price);
	sqlite_query_number(&q, ":kind", kind_of(c->key));
	if (sqlite_query_change(&q) != 1)
		return -1;
	*id = sqlite3_last_insert_rowid(c->s->db);
	return store_spend_add(c->s, day, c->price);
}

/* In the transaction. */
static enum store_send
send_step(struct send *c, int64_t *id)
{
	if (send_tidy(c) != 0 || windows_check(c) != 0 || money_check(c) != 0)
		return SEND_ERROR;
	if (c->wait_s > 0)
		return SEND_WAIT;
	return send_insert(c, id) == 0 ? SEND_TAKEN : SEND_ERROR;
}

/* Begin the transaction, with no message left in the future: those would count
 * as made now at each attempt, and hold a limit for as long as the clock was
 * ahead. What a first transaction cannot mend has its own. A look needs none of
 * it, since it happens once. */
static int
send_begin(const struct send *c, bool keep)
{
	struct sqlite_query q;
	int changed;

	for (int round = 0;; round++) {
		if (sqlite_begin_light(c->s) != 0)
			return -1;
		if (!keep)
			return 0;
		sqlite_query_open(&q, c->s, sql_mend);
		changed = sqlite_query_change(&q);
		if (changed < 0) {
			sqlite_rollback(c->s);
			return -1;
		}
		if (changed < MEND_ROWS || round == MEND_ROUNDS)
			return 0;
		if (sqlite_commit(c->s) != 0)
			return -1;
	}
}

static int
price_check(struct store *s, int64_t price)
{
	if (price >= 0 && price <= PRICE_MAX)
		return 0;
	sqlite_complain(
	    s, "a message cannot cost %lld millionths", (long long)price);
	return -1;
}

/* keep: else everything is taken back. */
static enum store_send
send_run(struct send *c, int64_t *id, bool keep)
{
	struct store *s = c->s;
	enum store_send result;

	*id = 0;
	c->price = c->key->push ? 0 : c->limits->price;
	if (price_check(s, c->price) != 0 ||
	    (keep ? sqlite_number_digest : sqlite_number_look)(
		s, c->key->counted_as, c->number) != 0 ||
	    send_begin(c, keep) != 0)
		return SEND_ERROR;
	result = send_step(c, id);
	if (result == SEND_ERROR || !keep)
		sqlite_rollback(s);
	else if (sqlite_commit(s) != 0)
		result = SEND_ERROR;
	return result;
}

static enum store_send
send_tell(const struct send *c, enum store_send result, int64_t *wait_s,
    const char **which)
{
	*wait_s = result == SEND_WAIT ? c->wait_s : 0;
	*which = result == SEND_WAIT ? c->which : "";
	return result;
}

enum store_send
store_send_take(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, int64_t *id, int64_t *wait_s,
    const char **which)
{
	struct send c = { .s = s, .key = key, .limits = limits };

	return send_tell(&c, send_run(&c, id, true), wait_s, which);
}

enum store_send
store_send_look(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, int64_t *wait_s, const char **which)
{
	struct send c = { .s = s, .key = key, .limits = limits };
	int64_t id;

	return send_tell(&c, send_run(&c, &id, false), wait_s, which);
}

int
store_send_windows(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	struct send c = { .s = s, .key = key, .limits = limits };
	struct window windows[WINDOWS];
	struct store_window out;
	int64_t used;

	if (sqlite_number_look(s, key->counted_as, c.number) != 0)
		return -1;
	windows_of(&c, windows);
	for (unsigned i = 0; i < WINDOWS; i++) {
		if (windows[i].limit == 0)
			continue;
		used = window_used(&c, &windows[i]);
		if (used < 0)
			return -1;
		out = (struct store_window){ .name = windows[i].name,
			.limit = windows[i].limit,
			.used = (unsigned)used };
		row(ctx, &out);
	}
	return 0;
}

/* In the transaction: run sql, which changes or deletes the row and may name
 * :price, and book the difference. A row that is gone is nobody's loss. */
static int
send_change(struct store *s, const char *sql, int64_t id, int64_t price)
{
	int64_t day, before;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_find);
	sqlite_query_number(&q, ":id", id);
	switch (sqlite_query_step(&q)) {
	case QUERY_ERROR:
		sqlite_query_close(&q);
		return -1;
	case QUERY_DONE:
		sqlite_query_close(&q);
		return 0;
	case QUERY_ROW:
		break;
	}
	day = sqlite3_column_int64(q.st, 0);
	before = sqlite3_column_int64(q.st, 1);
	sqlite_query_close(&q);
	sqlite_query_open(&q, s, sql);
	sqlite_query_number(&q, ":id", id);
	if (sql == sql_price)
		sqlite_query_number(&q, ":price", price);
	if (sqlite_query_change(&q) != 1)
		return -1;
	return store_spend_add(s, day, price - before);
}

static int
send_change_committed(
    struct store *s, const char *sql, int64_t id, int64_t price)
{
	if (sqlite_begin_light(s) != 0)
		return -1;
	if (send_change(s, sql, id, price) == 0)
		return sqlite_commit(s);
	sqlite_rollback(s);
	return -1;
}

int
store_send_refund(struct store *s, int64_t id)
{
	return send_change_committed(s, sql_delete, id, 0);
}

int
store_send_step(struct store *s, int64_t id, int64_t price)
{
	/* a vendor's mistake is no reason to lose what was started */
	if (price_check(s, price) != 0)
		return 0;
	return send_change(s, sql_price, id, price);
}

int
store_send_price(struct store *s, int64_t id, int64_t price)
{
	if (price_check(s, price) != 0)
		return -1;
	return send_change_committed(s, sql_price, id, price);
}
