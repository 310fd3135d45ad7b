/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes of an app that a provider has accepted and that let a user in, in the
 * embedded store: their digests.
 */
#include "helper/state/sqlite/store_steps.h"

#define PRUNE_ROWS "8"
#define ANOTHER_KEY STORE_ANOTHER_KEY("digest")
#define OTHER_S STORE_SQL(STORE_CODE_OTHER_S)
#define RECENT_S STORE_SQL(STORE_CODE_RECENT_S)

static const char sql_code_prune[] =
    "DELETE FROM code_used WHERE (user, digest) IN (SELECT user, digest"
    " FROM code_used WHERE until <= :wall LIMIT " PRUNE_ROWS ")";
/* The clock was set back: assume that the code was used a moment ago. */
static const char sql_code_set_back[] =
    "UPDATE code_used SET until = :wall + :seconds WHERE user = :user"
    " AND until > :wall + :seconds";
static const char sql_code_claim[] =
    "INSERT INTO code_used SELECT :user, :digest, :wall + :seconds"
    " WHERE NOT EXISTS (SELECT 1 FROM code_used WHERE user = :user"
    " AND " ANOTHER_KEY " AND until > :wall + :seconds - " OTHER_S ")"
    " ON CONFLICT(user, digest) DO UPDATE SET until = excluded.until"
    " WHERE until <= :wall";
static const char sql_code_recent[] =
    "SELECT 1 FROM code_used WHERE user = :user AND digest = :digest"
    " AND until BETWEEN :wall + :seconds - " RECENT_S " AND :wall + :seconds";

static void
code_open(struct sqlite_query *q, struct store *s, const char *sql,
    const struct store_code *code)
{
	sqlite_query_open(q, s, sql);
	sqlite_query_text(q, ":user", code->owner);
	sqlite_query_blob(q, ":digest", code->digest, STORE_CODE_DIGEST);
	sqlite_query_number(q, ":seconds", code->seconds);
}

int
store_code_step(struct store *s, const struct store_code *code)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_code_prune);
	if (sqlite_query_change(&q) < 0)
		return -1;
	sqlite_query_open(&q, s, sql_code_set_back);
	sqlite_query_text(&q, ":user", code->owner);
	sqlite_query_number(&q, ":seconds", code->seconds);
	if (sqlite_query_change(&q) < 0)
		return -1;
	code_open(&q, s, sql_code_claim, code);
	return sqlite_query_change(&q);
}

int
embedded_code_claim(struct store *s, const struct store_code *code,
    const struct store_right *right)
{
	int claimed;

	if (sqlite_begin(s) != 0)
		return -1;
	claimed = store_code_step(s, code);
	if (claimed == 1 && store_right_step(s, right, false) != 0)
		claimed = -1;
	return sqlite_end(s, claimed);
}

static int
recent_step(struct store *s, const struct store_code *code,
    const struct store_counted *back)
{
	struct sqlite_query q;
	int64_t one = 0;
	int found;

	code_open(&q, s, sql_code_recent, code);
	found = sqlite_query_value(&q, &one);
	if (found == 1 && store_guess_refund_step(s, back) != 0)
		return -1;
	return found;
}

int
embedded_code_recent(struct store *s, const struct store_code *code,
    const struct store_counted *back)
{
	if (sqlite_begin(s) != 0)
		return -1;
	return sqlite_end(s, recent_step(s, code, back));
}
