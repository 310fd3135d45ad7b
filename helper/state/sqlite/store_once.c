/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that a provider has called right, in the embedded store. */
#include "helper/state/sqlite/sqlite.h"

#define PRUNE_ROWS "8"

static const char sql_prune[] =
    "DELETE FROM code_used WHERE (user, digest) IN (SELECT user, digest"
    " FROM code_used WHERE until <= :wall LIMIT " PRUNE_ROWS ")";
/* The clock was set back: used a moment ago, for all that can be told. */
static const char sql_mend[] =
    "UPDATE code_used SET until = :wall + :seconds WHERE user = :user"
    " AND until > :wall + :seconds";
static const char sql_claim[] =
    "INSERT INTO code_used VALUES(:user, :digest, :wall + :seconds)"
    " ON CONFLICT(user, digest) DO UPDATE SET until = excluded.until"
    " WHERE until <= :wall";

/* In the transaction. */
static int
claim_step(struct store *s, const char *user, const unsigned char *digest,
    int64_t seconds, int64_t wall)
{
	struct query q;

	query_open(&q, s, sql_prune);
	query_number(&q, ":wall", wall);
	if (query_change(&q) < 0)
		return -1;
	query_open(&q, s, sql_mend);
	query_text(&q, ":user", user);
	query_number(&q, ":wall", wall);
	query_number(&q, ":seconds", seconds);
	if (query_change(&q) < 0)
		return -1;
	query_open(&q, s, sql_claim);
	query_text(&q, ":user", user);
	query_blob(&q, ":digest", digest, STORE_CODE_DIGEST);
	query_number(&q, ":wall", wall);
	query_number(&q, ":seconds", seconds);
	return query_change(&q);
}

int
store_code_claim(struct store *s, const char *user,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds,
    int64_t wall)
{
	int claimed;

	if (store_begin(s) != 0)
		return -1;
	claimed = claim_step(s, user, digest, seconds, wall);
	if (claimed < 0)
		store_rollback(s);
	else if (store_commit(s) != 0)
		claimed = -1;
	return claimed;
}
