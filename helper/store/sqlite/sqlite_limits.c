/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of messages and money. A limit of N is reached until the Nth newest
 * message has left its window. Compiling a statement costs more than running
 * it, so windows that differ only in values share one. Each statement names its
 * index, so that SQLite need not compare indexes. Money is one sum for each UTC
 * day, in millionths. Users with right codes in the last 30 days raise the
 * limit of their source; both are stored as digests, and without host.key
 * nothing is noted or raised. */
#include "helper/store/sqlite/sqlite.h"

#include <linux/limits.h>

#include "lib/items/items.h"

#define ANSWERED_KEPT TEXT_NUMBER(STORE_ANSWERED_S)
#define ANSWERED_SOURCES TEXT_NUMBER(STORE_ANSWERED_SOURCES)
#define PRUNE_ROWS "8"
#define WINDOW(index, of, kinds)                                               \
	{                                                                      \
		"SELECT at FROM send INDEXED BY " index " WHERE " of           \
		" AND scope = :scope ORDER BY at DESC LIMIT 1 OFFSET :nth",    \
		    "SELECT count(*) FROM send INDEXED BY " index " WHERE " of \
		    " AND scope = :scope AND at > :since",                     \
		    kinds                                                      \
	}
/* An hour has few unanswered messages even with many others: no older row is
 * read. answered <> 1 is the condition of the index. */
#define UNANSWERED                                                             \
	" AND answered <> 1 AND answered = 0 AND at > :wall - " TEXT_NUMBER(   \
	    SQLITE_HOUR_S) " AND " SQLITE_SENT
#define WINDOWS 10
#define NAME_OTHER "sends_per_other_hour"

#define KIND_DECOY 10
#define MONTH_DAYS 30
/* Long enough to keep the sums if the clock jumps ahead by mistake. */
#define KEEP_DAYS 400

static const char sql_spend_merge[] =
    "INSERT INTO spend SELECT :today, scope, sum(price) FROM spend"
    " WHERE day > :today GROUP BY scope"
    " ON CONFLICT(day, scope) DO UPDATE SET price = price + excluded.price";
static const char sql_spend_drop[] =
    "DELETE FROM spend WHERE day > :today OR day <= :today - " TEXT_NUMBER(
	KEEP_DAYS);
static const char sql_spend_add[] =
    "INSERT INTO spend VALUES(:day, :scope, :price)"
    " ON CONFLICT(day, scope) DO UPDATE SET price = price + excluded.price";
/* After the clock was set back, sums of future days count as today's. */
static const char sql_spend_sum[] =
    "SELECT max(coalesce(sum(price), 0), 0) FROM spend"
    " WHERE day > :before AND scope = :scope";
static const char sql_spend_days[] = "SELECT min(day, :wall / " TEXT_NUMBER(
    SQLITE_DAY_S) "), price FROM spend WHERE day > :before AND scope = :scope "
		  "ORDER BY day";

/* Of invitations that no login has used, and that have not ended by the boot's
 * clock, after the wall clock was set back. */
static const char sql_invited[] =
    "SELECT max(until) - :wall FROM recovery WHERE user = :user AND kind = 3"
    " AND since <= :wall AND (boot <> :boot OR ends_at > :now)";

static int64_t
day_of(int64_t wall)
{
	return wall / SQLITE_DAY_S;
}

int
sqlite_money_tidy(struct store *s)
{
	const int64_t today = day_of(s->wall);

	return sqlite_change(s, sql_spend_merge, ":today=%jd", today) < 0 ||
		sqlite_change(s, sql_spend_drop, ":today=%jd", today) < 0
	    ? -1
	    : 0;
}

int
sqlite_money_add(struct store *s, int64_t day, int64_t price)
{
	if (price == 0)
		return 0;
	return sqlite_change_one(
	    s, sql_spend_add, ":day=%jd :price=%jd", day, price);
}

static int
sum_read(struct store *s, int64_t before, int64_t *sum)
{
	return sqlite_value(s, sum, sql_spend_sum, ":before=%jd", before) == 1
	    ? 0
	    : -1;
}

int
sqlite_money_read(struct store *s, int64_t *day, int64_t *month)
{
	return sum_read(s, day_of(s->wall) - 1, day) != 0
	    ? -1
	    : sum_read(s, day_of(s->wall) - MONTH_DAYS, month);
}

/* Once a day for each user and source: other logins change nothing. */
static const char sql_answered_note[] =
    "INSERT INTO answered_from SELECT :source, :user, :wall"
    " WHERE EXISTS (SELECT 1 FROM answered_from WHERE source = :source"
    " AND user = :user) OR (SELECT count(*) FROM answered_from"
    " WHERE user = :user) < " ANSWERED_SOURCES
    " ON CONFLICT(source, user) DO UPDATE SET at = :wall"
    " WHERE at NOT BETWEEN :wall - " TEXT_NUMBER(SQLITE_DAY_S) " AND :wall";
static const char sql_answered_prune[] =
    "DELETE FROM answered_from WHERE (source, user) IN (SELECT source, user"
    " FROM answered_from WHERE at <= :wall - " ANSWERED_KEPT
    " LIMIT " PRUNE_ROWS ")";
static const char sql_answered_users[] =
    "SELECT count(*) FROM answered_from WHERE source = :source"
    " AND at > :wall - " ANSWERED_KEPT " AND at <= :wall";

/* Returns false if the key cannot be read. Does not create it. */
static bool
key_is_ready(struct store *s)
{
	char any[HOST_KEY_TEXT];

	if (!s->has_key)
		(void)store_hash_number(s, "", true, any);
	return s->has_key;
}

/* Includes host and rehearsal: the same source is another one there. */
static void
source_digest(struct store *s, const char *source, char out[HOST_KEY_TEXT])
{
	char name[PATH_MAX + STORE_HOST_MAX + SOURCE_MAX + 32];

	PRINT_TO(name, "answered from %s\n%s\n%s", source,
	    sqlite_source_place(s, source), s->scope);
	host_key_hmac_hex(s->key, name, out);
}

int
sqlite_note_right_code_source(struct store *s, const struct store_right *right)
{
	char source[HOST_KEY_TEXT], user[HOST_KEY_TEXT], name[256];
	int changed;

	if (s->socket != 0 || right->source[0] == '\0' || !key_is_ready(s))
		return 0;
	source_digest(s, right->source, source);
	PRINT_TO(name, "answered by %s", right->user);
	host_key_hmac_hex(s->key, name, user);
	changed = sqlite_change(
	    s, sql_answered_note, ":source=%s :user=%s", source, user);
	if (changed <= 0)
		return changed;
	return sqlite_run_one(s, sql_answered_prune);
}

/* Raises this source's limit by its users with right codes. Returns 0 or -1. */
static int
answered_limit(struct store *s, const char *source, unsigned *limit)
{
	char digest[HOST_KEY_TEXT];
	int64_t users;

	if (*limit >= STORE_SOURCE_MOST || !key_is_ready(s))
		return 0;
	source_digest(s, source, digest);
	users = sqlite_count(s, sql_answered_users, ":source=%s", digest);
	if (users < 0)
		return -1;
	users = *limit + STORE_SOURCE_EACH * users;
	*limit =
	    users < STORE_SOURCE_MOST ? (unsigned)users : STORE_SOURCE_MOST;
	return 0;
}

/* SQL of a window's messages: time of the :nth newest (0: the newest), and
 * their number. */
struct window_sql {
	const char *nth, *used;
	bool kinds; /* has :kind and :answered */
};
static const struct window_sql sql_user = WINDOW("send_user",
    "user = :key AND kind = :kind AND answered IN (:answered, 2)", true);
/* Of :answered = 1, also an enrolment's: kinds 0 to 2, of decoys 10 to 12. */
static const struct window_sql sql_number = WINDOW("send_number",
    "number = :key AND kind <= :kind AND (answered = :answered"
    " OR (answered = 2 AND kind = :kind - 2))",
    true);
static const struct window_sql sql_source =
    WINDOW("send_source", "source = :key" UNANSWERED, false);
static const struct window_sql sql_source_here =
    WINDOW("send_source", "source = :key AND host = :host" UNANSWERED, false);
/* For a service of another uid, which means something else on each host. */
static const struct window_sql sql_other = WINDOW("send_source",
    "source = :key AND host = :host AND kind <> 2 AND answered <> 1"
    " AND " SQLITE_SENT,
    false);
static const struct window_sql sql_host =
    WINDOW("send_host", "host = :key" UNANSWERED, false);
static const struct window_sql sql_fleet = WINDOW("send_at",
    "at > :wall - " TEXT_NUMBER(SQLITE_HOUR_S) " AND " SQLITE_SENT, false);

struct window {
	const char *name;
	const struct window_sql *sql;
	const char *key; /* NULL without :key */
	int kind, answered;
	int64_t seconds;
	unsigned limit; /* 0 for no limit */
	bool raised;    /* by users with right codes from there */
};

/* A host without a name in the settings shares its state with no other. Then
 * the fleet's limit cannot be reached before its own, and is ignored. */
static unsigned
fleet_limit(const struct sqlite_message *c)
{
	const struct limits_of_sends *l = c->limits;

	return strcmp(c->s->host, STORE_HOST) == 0 && l->host_hour > 0 &&
		l->fleet_hour >= l->host_hour
	    ? 0
	    : l->fleet_hour;
}

int
sqlite_message_kind(const struct store_send_key *key)
{
	return owner_is_decoy(key->user) ? KIND_DECOY : 0;
}

/* Windows of one statement are adjacent. Messages whose code was used no longer
 * count for their owner; for a number they have another limit, because
 * otherwise a user with right codes could have any number of them sent. */
static void
windows_of(const struct sqlite_message *c, struct window out[WINDOWS])
{
	const struct limits_of_sends *l = c->limits;
	const char *user = c->key->user, *source = c->key->source;
	const bool push = c->key->push;
	const bool other = c->s->socket != 0;
	const bool carried = c->key->carried != CARRIED_NOT;
	const bool own = push || carried, office = c->key->office;
	const int unsent = sqlite_message_kind(c->key);
	const struct window_sql *from =
	    sqlite_source_place(c->s, source)[0] == '\0' ? &sql_source
							 : &sql_source_here;
	const struct window windows[WINDOWS] = {
		{ "push_per_hour", &sql_user, user, unsent + 1, 0,
		    SQLITE_HOUR_S, push && !other ? l->push_hour : 0, false },
		{ "sends_per_user_hour", &sql_user, user, unsent, 0,
		    SQLITE_HOUR_S, own || other ? 0 : l->user_hour, false },
		{ "sends_per_user_day", &sql_user, user, unsent, 0,
		    SQLITE_DAY_S, own || other ? 0 : l->user_day, false },
		{ "sends_per_number_day", &sql_number, c->number, unsent, 0,
		    SQLITE_DAY_S, own ? 0 : l->number_day, false },
		{ "answered_per_number_day", &sql_number, c->number, unsent + 2,
		    1, SQLITE_DAY_S, own ? 0 : l->number_answered_day, false },
		{ office ? "sends_per_office_hour" : "sends_per_source_hour",
		    from, source, 0, 0, SQLITE_HOUR_S,
		    other || source[0] == '\0' ? 0
			: office               ? l->office_hour
					       : l->source_hour,
		    true },
		{ NAME_OTHER, &sql_other, source, 0, 0, SQLITE_HOUR_S,
		    other && !carried ? l->other_hour : 0, false },
		{ "sends_per_user_day", &sql_other, source, 0, 0, SQLITE_DAY_S,
		    other && !carried ? l->other_day : 0, false },
		{ "sends_per_host_hour", &sql_host, c->s->host, 0, 0,
		    SQLITE_HOUR_S, l->host_hour, false },
		{ "sends_per_fleet_hour", &sql_fleet, NULL, 0, 0, SQLITE_HOUR_S,
		    fleet_limit(c), false },
	};

	memcpy(out, windows, sizeof(windows));
}

static void
note_wait(struct sqlite_message *c, const char *name, int64_t wait_s)
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
		sqlite_query_bind_text(q, ":key", w->key);
	if (w->sql->kinds)
		sqlite_query_bind(
		    q, ":kind=%d :answered=%d", w->kind, w->answered);
}

/* *left: how long this limit holds; 0 or less if not reached. Returns false on
 * failure. */
static bool
window_left(const struct sqlite_message *c, struct sqlite_query *q,
    const struct window *w, unsigned limit, int64_t *left)
{
	const int64_t wall = c->s->wall;
	enum sqlite_step step;

	window_bind(q, w);
	sqlite_query_bind_number(q, ":nth", (int64_t)limit - 1);
	step = sqlite_query_step(q);
	*left = 0;
	if (step == QUERY_ROW) {
		const int64_t at = sqlite3_column_int64(q->st, 0);

		*left = (at < wall ? at : wall) + w->seconds - wall;
	}
	sqlite_query_reset(q);
	return step != QUERY_ERROR;
}

static int
window_check(
    struct sqlite_message *c, struct sqlite_query *q, const struct window *w)
{
	unsigned limit = w->limit;
	int64_t left;

	if (!window_left(c, q, w, limit, &left))
		return -1;
	if (left > 0 && w->raised &&
	    (answered_limit(c->s, w->key, &limit) != 0 ||
		(limit > w->limit && !window_left(c, q, w, limit, &left))))
		return -1;
	note_wait(c, w->name, left);
	return 0;
}

static int
windows_check(struct sqlite_message *c)
{
	struct window w[WINDOWS];
	struct sqlite_query q OWNED(sqlite_query_close) = { .st = NULL };
	const struct window *before = NULL;
	int result = 0;

	if (c->s->socket != 0 && c->limits->other_hour == 0)
		/* no message at any time */
		note_wait(c, NAME_OTHER, SQLITE_HOUR_S);
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
	return result;
}

/* Notes for how long this limit of some days' sums holds a message back: until
 * enough of them have left the window. Returns 0 or -1. */
static int
money_check(
    struct sqlite_message *c, const char *name, int64_t limit, int64_t days)
{
	const int64_t today = day_of(c->s->wall);
	int64_t excess = 0, leaves = today + days;
	enum sqlite_step step;
	struct sqlite_query q OWNED(sqlite_query_close) = { .st = NULL };

	if (c->key->push || limit < 0)
		return 0;
	if (sum_read(c->s, today - days, &excess) != 0)
		return -1;
	if (c->price <= limit && excess <= limit - c->price)
		return 0;
	excess += c->price - limit;
	sqlite_query_open_with(
	    &q, c->s, sql_spend_days, ":before=%jd", today - days);
	while ((step = sqlite_query_step(&q)) == QUERY_ROW && excess > 0) {
		excess -= sqlite3_column_int64(q.st, 1);
		if (excess <= 0)
			leaves = sqlite3_column_int64(q.st, 0) + days;
	}
	note_wait(c, name, leaves * SQLITE_DAY_S - c->s->wall);
	return step == QUERY_ERROR ? -1 : 0;
}

int
sqlite_message_check_limits(struct sqlite_message *c)
{
	const struct limits_of_sends *l = c->limits;
	int64_t invited_s = 0;

	if (!c->key->alert &&
	    sqlite_value(
		c->s, &invited_s, sql_invited, ":user=%s", c->key->user) < 0)
		return -1;
	note_wait(c, ITEM_INVITED, invited_s);
	if (c->wait_s > 0) /* named even if a limit lasts longer */
		return 0;
	return windows_check(c) == 0 &&
		money_check(c, "spend_per_day", l->spend_day, 1) == 0 &&
		money_check(c, "spend_per_month", l->spend_month, MONTH_DAYS) ==
		    0
	    ? 0
	    : -1;
}

static int64_t
window_used(const struct sqlite_message *c, const struct window *w)
{
	struct sqlite_query q;

	sqlite_query_open(&q, c->s, w->sql->used);
	window_bind(&q, w);
	sqlite_query_bind_number(&q, ":since", c->s->wall - w->seconds);
	return sqlite_query_count(&q);
}

int
sqlite_send_windows(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	struct sqlite_message c = { .s = s, .key = key, .limits = limits };
	struct window windows[WINDOWS];
	struct store_window out;
	int64_t used;

	if (store_hash_number(s, key->counted_as, true, c.number) != 0)
		return -1;
	windows_of(&c, windows);
	for (unsigned i = 0; i < WINDOWS; i++) {
		if (windows[i].limit == 0)
			continue;
		used = window_used(&c, &windows[i]);
		if (used < 0 ||
		    (windows[i].raised &&
			answered_limit(s, windows[i].key, &windows[i].limit) !=
			    0))
			return -1;
		out = (struct store_window){ .name = windows[i].name,
			.limit = windows[i].limit,
			.used = (unsigned)used };
		row(ctx, &out);
	}
	return 0;
}
