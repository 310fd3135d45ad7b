/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembered logins in the embedded store. */
#include "helper/state/sqlite/engine/sqlite.h"

#define PRUNE_ROWS "8"

static const char sql_put[] =
    "INSERT OR REPLACE INTO grace(user, binding, host, since, until)"
    " VALUES(:user, :binding, :host, :wall, :wall + :seconds)";
/* What is over, and what was made before the clock was set back. */
#define PRUNE(condition)                                                       \
	"DELETE FROM grace WHERE (user, binding, host) IN"                     \
	" (SELECT user, binding, host FROM grace WHERE " condition             \
	" LIMIT " PRUNE_ROWS ")"
static const char *const sql_prune[] = {
	PRUNE("until <= :wall"),
	PRUNE("since > :wall"),
};
static const char sql_get[] = "SELECT 1 FROM grace WHERE user = :user AND "
			      "binding = :binding AND host = :host"
			      " AND since <= :wall AND until > :wall";
static const char sql_forget[] = "DELETE FROM grace WHERE user = :user";
static const char sql_forget_all[] = "DELETE FROM grace";

/* In the transaction. */
static int
put_step(struct store *s, const char *user, const unsigned char *binding,
    int64_t seconds)
{
	struct sqlite_query q;

	for (int i = 0; i < 2; i++) {
		sqlite_query_open(&q, s, sql_prune[i]);
		if (sqlite_query_change(&q) < 0)
			return -1;
	}
	sqlite_query_open(&q, s, sql_put);
	sqlite_query_text(&q, ":user", user);
	sqlite_query_blob(&q, ":binding", binding, STORE_GRACE_LEN);
	sqlite_query_number(&q, ":seconds", seconds);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

int
store_remembered_put(struct store *s, const char *user,
    const unsigned char binding[STORE_GRACE_LEN], int64_t seconds)
{
	/* lost in a power cut: somebody is asked once more */
	if (sqlite_begin_light(s) != 0)
		return -1;
	if (put_step(s, user, binding, seconds) == 0)
		return sqlite_commit(s);
	sqlite_rollback(s);
	return -1;
}

int
store_remembered_get(struct store *s, const char *user,
    const unsigned char binding[STORE_GRACE_LEN])
{
	int64_t one = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_get);
	sqlite_query_text(&q, ":user", user);
	sqlite_query_blob(&q, ":binding", binding, STORE_GRACE_LEN);
	return sqlite_query_value(&q, &one);
}

int
store_remembered_forget(struct store *s, const char *user)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, user != NULL ? sql_forget : sql_forget_all);
	if (user != NULL)
		sqlite_query_text(&q, ":user", user);
	return sqlite_query_commit(&q);
}
