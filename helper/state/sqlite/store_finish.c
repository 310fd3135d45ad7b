/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a verification in the embedded store. */
#include "helper/state/sqlite/store_steps.h"

#define USED_MS STORE_SQL(STORE_USED_MS)
/* Every seventh verification removes old rows of used, more at once than are
 * added meanwhile, so that the file does not grow. Seven is a prime: a login
 * may begin several verifications and use up only the last one. */
#define PRUNE_EVERY 7
#define PRUNE_ROWS "16"

/* Also from 'spent': the code was counted within the limit and is right, even
 * if another session has ended the verification meanwhile. And from
 * 'replacing': it was right before the cancel came. */
static const char sql_use[] =
    "DELETE FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request"
    " AND state IN ('running', 'spent', 'replacing')";
/* Its messages no longer count for their owner, source and host. A push (2)
 * goes on counting among its user's. */
static const char sql_answered[] =
    "UPDATE send SET answered = iif(kind IN (1, 3), 2, 1)"
    " WHERE verification = :id AND verification <> 0";
static const char sql_used_old[] =
    "DELETE FROM used WHERE verification IN (SELECT verification FROM used"
    " WHERE boot < :boot OR boot > :boot"
    " OR (boot = :boot AND until <= :now)"
    " OR (boot = :boot AND until > :now + " USED_MS ") LIMIT " PRUNE_ROWS ")";
static const char sql_used_put[] =
    "INSERT INTO used VALUES(:id, :request, :host, :session, :boot,"
    " :now + " USED_MS ")";
static const char sql_used[] =
    "SELECT 1 FROM used WHERE verification = :id AND request_id = :request"
    " AND host = :host AND session = :session AND session <> 0"
    " AND boot = :boot AND until > :now";

/* Open a statement about the verification as this session knows it. */
static void
open_known(struct sqlite_query *q, struct store *s, const char *sql,
    const struct store_finish *f)
{
	sqlite_query_open(q, s, sql);
	sqlite_query_number(q, ":id", f->id);
	sqlite_query_text(q, ":request", f->request_id);
}

/* Has this session used it up already? 1, 0 or -1. */
static int
used_again(struct store *s, const struct store_finish *f)
{
	struct sqlite_query q;
	int64_t one = 0;

	open_known(&q, s, sql_used, f);
	return sqlite_query_value(&q, &one);
}

static int
used_keep(struct store *s, const struct store_finish *f)
{
	struct sqlite_query q;

	if (f->id % PRUNE_EVERY == 0) {
		sqlite_query_open(&q, s, sql_used_old);
		if (sqlite_query_change(&q) < 0)
			return -1;
	}
	open_known(&q, s, sql_used_put, f);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

static int
messages_answered(struct store *s, const struct store_finish *f)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_answered);
	sqlite_query_number(&q, ":id", f->id);
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

/* In the transaction. 1, 0 or -1. */
static int
finish_step(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	struct sqlite_query q;
	int used;

	open_known(&q, s, sql_use, f);
	used = sqlite_query_change(&q);
	if (used == 0)
		return used_again(s, f);
	if (used < 0 ||
	    (f->price != 0 && store_send_step(s, f->send, f->price) != 0))
		return -1;
	if (f->code != NULL)
		used = store_code_step(s, f->code);
	if (used == 1 &&
	    (messages_answered(s, f) != 0 || used_keep(s, f) != 0 ||
		store_right_step(s, right, false) != 0))
		return -1;
	return used;
}

int
embedded_finish(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	if (sqlite_begin(s) != 0)
		return -1;
	return sqlite_end(s, finish_step(s, f, right));
}
