/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May one more message be sent? A limit of N is reached until the Nth newest
 * message has left its window. Compiling a statement costs more than running
 * it, so windows that differ only in values share one. Each statement names its
 * index, so that SQLite need not compare indexes.
 */
#include "helper/state/sqlite/store_steps.h"
#include "helper/store/store.h"

#include <string.h>

#include "lib/values/values.h"

/* The messages of a window: the one that reaches its limit (0: the newest), and
 * their number. */
struct window_sql {
	const char *nth, *used;
	bool kinds; /* it has :kind and :answered */
};
#define WINDOW(index, of, kinds)                                               \
	{                                                                      \
		"SELECT at FROM send INDEXED BY " index " WHERE " of           \
		" AND scope = :scope ORDER BY at DESC LIMIT 1 OFFSET :nth",    \
		    "SELECT count(*) FROM send INDEXED BY " index " WHERE " of \
		    " AND scope = :scope AND at > :since",                     \
		    kinds                                                      \
	}
static const struct window_sql sql_user = WINDOW("send_user",
    "user = :key AND kind = :kind AND answered IN (:answered, 2)", true);
static const struct window_sql sql_number = WINDOW("send_number",
    "number = :key AND kind <= :kind AND answered = :answered", true);
/* An hour with many answered ones has few of these: it is not looked beyond. */
#define OPEN                                                                   \
	" AND answered = 0 AND at > :wall - " STORE_SQL(                       \
	    STORE_HOUR_S) " AND " STORE_SENT
static const struct window_sql sql_source =
    WINDOW("send_source", "source = :key" OPEN, false);
static const struct window_sql sql_source_here =
    WINDOW("send_source", "source = :key AND host = :host" OPEN, false);
/* For a service that is not root's; its uid means something else on each
 * host. */
static const struct window_sql sql_other = WINDOW("send_source",
    "source = :key AND host = :host AND kind <> 2 AND answered <> 1"
    " AND " STORE_SENT,
    false);
static const struct window_sql sql_host =
    WINDOW("send_host", "host = :key" OPEN, false);
static const struct window_sql sql_fleet = WINDOW("send_at",
    "at > :wall - " STORE_SQL(STORE_HOUR_S) " AND " STORE_SENT, false);

/* A limit in a sliding window. */
struct window {
	const char *name;
	const struct window_sql *sql;
	const char *key; /* NULL: the statement has none */
	int kind, answered;
	int64_t seconds;
	unsigned limit; /* 0: none */
	bool raised;    /* by who answered rightly from there */
};
#define WINDOWS 9
#define NAME_OTHER "sends_per_other_hour"

/* A host without a name in the settings shares its state with no other. Then
 * the fleet's limit cannot be reached before its own, and is left out. */
static unsigned
fleet_limit(const struct store_message *c)
{
	const struct store_send_limits *l = c->limits;

	return strcmp(c->s->host, STORE_HOST) == 0 && l->host_hour > 0 &&
		l->fleet_hour >= l->host_hour
	    ? 0
	    : l->fleet_hour;
}

int
store_unsent_kind(const struct store_send_key *key)
{
	return person_is_stranger(key->user) ? STORE_KIND_UNSENT : 0;
}

/* Windows of one statement stand next to each other. Messages whose code was
 * used no longer count for their owner; for a number they have another limit,
 * because otherwise a user who answers could have any number sent. */
static void
windows_of(const struct store_message *c, struct window out[WINDOWS])
{
	const struct store_send_limits *l = c->limits;
	const char *user = c->key->user, *source = c->key->source;
	const bool push = c->key->push;
	const bool other = c->s->socket != 0;
	const bool carried = c->key->carried != CARRIED_NOT;
	const bool own = push || carried, office = c->key->office;
	const int unsent = store_unsent_kind(c->key);
	const struct window_sql *from = sqlite_place(c->s, source)[0] == '\0'
	    ? &sql_source
	    : &sql_source_here;
	const struct window windows[WINDOWS] = {
		{ "push_per_hour", &sql_user, user, unsent + 1, 0, STORE_HOUR_S,
		    push && !other ? l->push_hour : 0, false },
		{ "sends_per_user_hour", &sql_user, user, unsent, 0,
		    STORE_HOUR_S, own || other ? 0 : l->user_hour, false },
		{ "sends_per_user_day", &sql_user, user, unsent, 0, STORE_DAY_S,
		    own || other ? 0 : l->user_day, false },
		{ "sends_per_number_day", &sql_number, c->number, unsent, 0,
		    STORE_DAY_S, own ? 0 : l->number_day, false },
		{ "answered_per_number_day", &sql_number, c->number, unsent + 2,
		    1, STORE_DAY_S, own ? 0 : l->number_answered_day, false },
		{ office ? "sends_per_office_hour" : "sends_per_source_hour",
		    from, source, 0, 0, STORE_HOUR_S,
		    other || source[0] == '\0' ? 0
			: office               ? l->office_hour
					       : l->source_hour,
		    true },
		{ NAME_OTHER, &sql_other, source, 0, 0, STORE_HOUR_S,
		    other && !carried ? l->other_hour : 0, false },
		{ "sends_per_host_hour", &sql_host, c->s->host, 0, 0,
		    STORE_HOUR_S, l->host_hour, false },
		{ "sends_per_fleet_hour", &sql_fleet, NULL, 0, 0, STORE_HOUR_S,
		    fleet_limit(c), false },
	};

	for (unsigned i = 0; i < WINDOWS; i++)
		out[i] = windows[i];
}

static void
hold(struct store_message *c, const char *name, int64_t wait_s)
{
	if (wait_s <= c->wait_s)
		return;
	c->wait_s = wait_s;
	c->which = name;
}

static void
window_bind(struct sqlite_query *q, const struct window *w)
{
	if (w->key != NULL)
		sqlite_query_text(q, ":key", w->key);
	if (!w->sql->kinds)
		return;
	sqlite_query_number(q, ":kind", w->kind);
	sqlite_query_number(q, ":answered", w->answered);
}

/* How long this limit holds; 0 or less: not. false: failed. */
static bool
window_left(const struct store_message *c, struct sqlite_query *q,
    const struct window *w, unsigned limit, int64_t *left)
{
	const int64_t wall = c->s->wall;
	enum sqlite_step step;

	window_bind(q, w);
	sqlite_query_number(q, ":nth", (int64_t)limit - 1);
	step = sqlite_query_step(q);
	*left = 0;
	if (step == QUERY_ROW) {
		const int64_t at = sqlite3_column_int64(q->st, 0);

		*left = (at < wall ? at : wall) + w->seconds - wall;
	}
	sqlite_query_again(q);
	return step != QUERY_ERROR;
}

/* -1 failed. */
static int
window_check(
    struct store_message *c, struct sqlite_query *q, const struct window *w)
{
	unsigned limit = w->limit;
	int64_t left;

	if (!window_left(c, q, w, limit, &left))
		return -1;
	if (left > 0 && w->raised &&
	    (store_answered_limit(c->s, w->key, &limit) != 0 ||
		(limit > w->limit && !window_left(c, q, w, limit, &left))))
		return -1;
	hold(c, w->name, left);
	return 0;
}

static int
windows_check(struct store_message *c)
{
	struct window w[WINDOWS];
	struct sqlite_query q = { .st = NULL };
	const struct window *before = NULL;
	int result = 0;

	if (c->s->socket != 0 && c->limits->other_hour == 0)
		hold(c, NAME_OTHER, STORE_HOUR_S); /* none at any time */
	windows_of(c, w);
	for (unsigned i = 0; i < WINDOWS && result == 0; i++) {
		if (w[i].limit == 0)
			continue;
		if (before == NULL || before->sql != w[i].sql) {
			sqlite_query_close(&q);
			sqlite_query_open(&q, c->s, w[i].sql->nth);
		}
		before = &w[i];
		result = window_check(c, &q, &w[i]);
	}
	sqlite_query_close(&q);
	return result;
}

static int
money_check(struct store_message *c)
{
	int64_t wait_s = 0;

	if (c->key->push)
		return 0;
	if (store_spend_wait_day(
		c->s, c->price, c->limits->spend_day, &wait_s) != 0)
		return -1;
	hold(c, "spend_per_day", wait_s);
	if (store_spend_wait_month(
		c->s, c->price, c->limits->spend_month, &wait_s) != 0)
		return -1;
	hold(c, "spend_per_month", wait_s);
	return 0;
}

int
store_message_limits(struct store_message *c)
{
	return windows_check(c) == 0 ? money_check(c) : -1;
}

/* -1 failed. */
static int64_t
window_used(const struct store_message *c, const struct window *w)
{
	int64_t used = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, c->s, w->sql->used);
	window_bind(&q, w);
	sqlite_query_number(&q, ":since", c->s->wall - w->seconds);
	return sqlite_query_value(&q, &used) == 1 ? used : -1;
}

int
embedded_send_windows(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	struct store_message c = { .s = s, .key = key, .limits = limits };
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
		if (used < 0 ||
		    (windows[i].raised &&
			store_answered_limit(
			    s, windows[i].key, &windows[i].limit) != 0))
			return -1;
		out = (struct store_window){ .name = windows[i].name,
			.limit = windows[i].limit,
			.used = (unsigned)used };
		row(ctx, &out);
	}
	return 0;
}
