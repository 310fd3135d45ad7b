/* SPDX-License-Identifier: BSD-2-Clause */
/* The count of messages: one row for each message of the last day.
 * sqlite_limits.c decides whether one more may be sent. */
#include "helper/store/sqlite/sqlite.h"

/* Rows of a rehearsal that has ended, worded so that the index is used. */
#define OF_ENDED "scope <> '' AND scope = :ended"
/* Maximum number of rows that one transaction changes, so that it fits into the
 * log's reserve. More than one, so that the file does not grow. */
#define PRUNE_ROWS "8"
#define REPAIR_ROWS 25
/* Maximum number of transactions before one message: 50,000 rows in all. */
#define REPAIR_ROUNDS 2000
static const char sql_tidy_needed[] =
    "SELECT 1 FROM send WHERE at > :after AND at <= :until"
    " UNION ALL SELECT 1 FROM spend WHERE day > :day"
    " UNION ALL SELECT 1 FROM send WHERE " OF_ENDED
    " UNION ALL SELECT 1 FROM spend WHERE " OF_ENDED
    " UNION ALL SELECT 1 FROM guess WHERE " OF_ENDED " LIMIT 1";
/* After the clock was set back, these count as sent now. */
static const char sql_send_repair[] =
    "UPDATE send SET at = :wall WHERE id IN"
    " (SELECT id FROM send WHERE at > :wall LIMIT " TEXT_NUMBER(
	REPAIR_ROWS) ")";
static const char *const sql_ended[] = {
	"DELETE FROM send WHERE id IN (SELECT id FROM send WHERE " OF_ENDED
	" LIMIT " TEXT_NUMBER(REPAIR_ROWS) ")",
	"DELETE FROM spend WHERE (day, scope) IN (SELECT day, scope FROM spend"
	" WHERE " OF_ENDED " LIMIT " TEXT_NUMBER(REPAIR_ROWS) ")",
	"DELETE FROM guess WHERE (user, source, place, scope) IN (SELECT user,"
	" source, place, scope FROM guess WHERE " OF_ENDED
	" LIMIT " TEXT_NUMBER(REPAIR_ROWS) ")",
};
static const char sql_send_prune[] =
    "DELETE FROM send WHERE id IN (SELECT id FROM send"
    " WHERE at <= :wall - " TEXT_NUMBER(
	SQLITE_DAY_S) " ORDER BY at LIMIT " PRUNE_ROWS ")";
static const char sql_send_insert[] =
    "INSERT INTO send(id, at, user, number, source, host, day, price, kind,"
    " scope) VALUES(" SQLITE_NEW_ID "send" SQLITE_NEW_ID_END ","
    " :wall, :user, :number, :source, :host, :day, :price, :kind, :scope)";
#define COSTS "kind NOT IN (1, 3)" /* no push */
static const char sql_send_price[] =
    "UPDATE send SET price = :price WHERE id = :id AND " COSTS;
static const char sql_send_delete[] = "DELETE FROM send WHERE id = :id";
/* Books the difference to the previous price. */
static const char sql_spend_book[] =
    "INSERT INTO spend SELECT day, scope, :price - price FROM send"
    " WHERE id = :id AND price <> :price AND " COSTS
    " ON CONFLICT(day, scope) DO UPDATE SET price = price + excluded.price";

/* Returns 1 if there are messages of this time, money of a later day (whose
 * messages may be gone), or rows of the ended rehearsal; 0 or -1. */
static int
any_row(struct sqlite_query *q, int64_t after, int64_t until, int64_t day,
    const char *ended)
{
	enum sqlite_step step;

	sqlite_query_bind(q, ":after=%jd :until=%jd :day=%jd :ended=%s", after,
	    until, day, ended);
	step = sqlite_query_step(q);
	sqlite_query_reset(q);
	return step == QUERY_ERROR ? -1 : step == QUERY_ROW;
}

struct work {
	bool ahead, old, ended;
};

/* Usually there is nothing to repair. Returns 0 or -1. */
static int
find_work(struct store *s, struct work *w)
{
	struct sqlite_query q OWNED(sqlite_query_close);
	int later, before = -1, rehearsal = 0;

	sqlite_query_open(&q, s, sql_tidy_needed);
	later = any_row(&q, s->wall, INT64_MAX, s->wall / SQLITE_DAY_S, "");
	if (later >= 0)
		before = any_row(
		    &q, INT64_MIN, s->wall - SQLITE_DAY_S, INT64_MAX, "");
	if (before >= 0 && s->ended[0] != '\0')
		rehearsal = any_row(&q, 0, 0, INT64_MAX, s->ended);
	*w = (struct work){ later == 1, before == 1, rehearsal == 1 };
	return before < 0 || rehearsal < 0 ? -1 : 0;
}

/* Removes rows of a rehearsal that has ended. All of it must be gone before
 * anything is counted, even if that takes many transactions. *more: rows are
 * left for another one. Returns 0 or -1. */
static int
forget_some(struct store *s, bool *more)
{
	int changed;

	for (size_t i = 0; i < COUNT_OF(sql_ended); i++) {
		changed = sqlite_change(s, sql_ended[i], ":ended=%s", s->ended);
		if (changed < 0)
			return -1;
		*more = *more || changed == REPAIR_ROWS;
	}
	return 0;
}

int
sqlite_send_tidy(struct store *s, int round)
{
	struct sqlite_query q;
	int repaired = 0;
	struct work w;
	bool more;

	if (find_work(s, &w) != 0)
		return -1;
	if (w.ahead) {
		sqlite_query_open(&q, s, sql_send_repair);
		repaired = sqlite_query_run(&q);
	}
	more = repaired == REPAIR_ROWS && round < REPAIR_ROUNDS;
	if (repaired < 0 || (w.ended && forget_some(s, &more) != 0))
		return -1;
	if (more)
		return 0;
	if (!w.ahead && !w.old)
		return 1;
	if (sqlite_run_one(s, sql_send_prune) != 0)
		return -1;
	return sqlite_money_tidy(s) == 0 ? 1 : -1;
}

/* Kind 0 counts in the windows of user and number, -1 in those of the number
 * alone. store_sends_reset() sets 4, which counts in neither. */
int
sqlite_message_insert(const struct sqlite_message *c, int64_t *id)
{
	const int unsent = sqlite_message_kind(c->key);
	const int other = c->s->socket != 0;
	const int64_t day = c->s->wall / SQLITE_DAY_S;
	const int64_t price = unsent != 0 ? 0 : c->price;
	const int kind = c->key->push            ? 1 + 2 * other
	    : c->key->carried == CARRIED_INSTEAD ? 2
						 : -other;

	if (sqlite_change(c->s, sql_send_insert,
		":user=%s :number=%s :source=%s :day=%jd :price=%jd :kind=%d",
		c->key->user, c->number, c->key->source, day, price,
		unsent + kind) != 1)
		return -1;
	*id = sqlite3_last_insert_rowid(c->s->db);
	return sqlite_money_add(c->s, day, price);
}

int
sqlite_message_prepare(struct sqlite_message *c)
{
	c->price = c->key->push ? 0 : c->limits->price;
	if (!store_check_price(c->s, c->price))
		return -1;
	return store_hash_number(c->s, c->key->counted_as, !c->keep, c->number);
}

/* Begins the transaction after all repairs. A dry run needs no repair. */
static int
begin_tidied(const struct sqlite_message *c)
{
	int done;

	for (int round = 0;; round++) {
		if (sqlite_write_begin_nosync(c->s) != 0)
			return -1;
		done = c->keep ? sqlite_send_tidy(c->s, round) : 1;
		if (done == 1)
			return 0;
		if (done < 0) {
			sqlite_rollback(c->s);
			return -1;
		}
		if (sqlite_commit(c->s) != 0)
			return -1;
	}
}

enum store_send
sqlite_send_or_dry_run(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, bool dry_run, int64_t *id,
    int64_t *wait_s, const char **which)
{
	struct sqlite_message c = {
		.s = s, .key = key, .limits = limits, .keep = !dry_run
	};
	enum store_send result;

	*id = *wait_s = 0;
	*which = "";
	if (sqlite_message_prepare(&c) != 0 || begin_tidied(&c) != 0)
		return SEND_ERROR;
	if (sqlite_message_check_limits(&c) != 0)
		result = SEND_ERROR;
	else if (c.wait_s > 0)
		result = SEND_WAIT;
	else
		result = sqlite_message_insert(&c, id) == 0 ? SEND_TAKEN
							    : SEND_ERROR;
	if (result == SEND_ERROR || dry_run)
		sqlite_rollback(s);
	else if (sqlite_commit(s) != 0)
		result = SEND_ERROR;
	if (result == SEND_WAIT) {
		*wait_s = c.wait_s;
		*which = c.which;
	}
	return result;
}

/* Runs sql, which changes or deletes the row and may name :price, and books the
 * difference. A missing row is no error. */
static int
send_change(struct store *s, const char *sql, int64_t id, int64_t price)
{
	struct sqlite_query q;

	if (sqlite_change(s, sql_spend_book, ":id=%jd :price=%jd", id, price) <
	    0)
		return -1;
	sqlite_query_open_with(&q, s, sql, ":id=%jd", id);
	if (sql == sql_send_price)
		sqlite_query_bind_number(&q, ":price", price);
	return sqlite_query_run(&q) < 0 ? -1 : 0;
}

STORE_CALL(sqlite, send_refund, (struct store * s, int64_t id),
    SQLITE_WRITE_NOSYNC(s, send_change(s, sql_send_delete, id, 0)));

int
sqlite_send_set_price_step(struct store *s, int64_t id, int64_t price)
{
	/* keep the start even if the provider reports a wrong price */
	if (!store_check_price(s, price))
		return 0;
	return send_change(s, sql_send_price, id, price);
}

int
sqlite_send_set_price(struct store *s, int64_t id, int64_t price)
{
	if (!store_check_price(s, price))
		return -1;
	return SQLITE_WRITE_NOSYNC(
	    s, send_change(s, sql_send_price, id, price));
}
