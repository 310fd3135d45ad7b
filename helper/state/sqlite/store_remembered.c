/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembered logins in the embedded store. */
#include "helper/state/sqlite/store_steps.h"

#define PRUNE_ROWS "8"

static const char sql_put[] =
    "INSERT OR REPLACE INTO grace(user, binding, host, since, until)"
    " VALUES(:user, :binding, :host, :wall, :wall + :seconds)";
/* Entries that are over, or were made before the clock was set back. If SQLite
 * took both for likely, it would walk through the table. */
static const char sql_prune[] =
    "DELETE FROM grace WHERE (user, binding, host) IN"
    " (SELECT user, binding, host FROM grace"
    " WHERE unlikely(until <= :wall) OR unlikely(since > :wall)"
    " LIMIT " PRUNE_ROWS ")";
/* Limited, so that the log stays within its reserve. */
static const char sql_end_early[] =
    "DELETE FROM grace WHERE (user, binding, host) IN"
    " (SELECT user, binding, host FROM grace WHERE since > :wall LIMIT 50)";
/* The sum of these. EARLY: there are some from before the clock was set back,
 * of any user. Once it is right again, they would not show. */
#define REMEMBERED 1
#define EARLY 2
static const char sql_look[] =
    "SELECT EXISTS(SELECT 1 FROM grace WHERE user = :user"
    " AND binding = :binding AND host = :host"
    " AND since <= :wall AND until > :wall)"
    " + 2 * EXISTS(SELECT 1 FROM grace WHERE since > :wall)";
/* Also entries of the account's people, or of the accounts where the user is
 * one of the people. */
static const char sql_forget[] =
    "DELETE FROM grace WHERE user = :user OR (" STORE_PEOPLE_OF_USER ")";
/* For an account: users who are one of its people, and those whom su asked
 * there. Names hold no byte that is special to GLOB. */
static const char sql_forget_there[] =
    "DELETE FROM grace WHERE user GLOB '*//=' || :user"
    " OR user GLOB '*//=' || :user || '//=*'";
static const char sql_forget_all[] = "DELETE FROM grace";

int
store_remembered_step(struct store *s, const struct store_right *right)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_prune);
	if (sqlite_query_change(&q) < 0)
		return -1;
	sqlite_query_open(&q, s, sql_put);
	sqlite_query_text(&q, ":user",
	    right->remembered_as != NULL ? right->remembered_as : right->user);
	sqlite_query_blob(&q, ":binding", right->binding, STORE_GRACE_LEN);
	sqlite_query_number(&q, ":seconds", right->remember_s);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

/* -1 failed. */
static int
look(struct store *s, const char *user, const unsigned char *binding)
{
	int64_t seen = 0;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_look);
	sqlite_query_text(&q, ":user", user);
	if (binding != NULL)
		sqlite_query_blob(&q, ":binding", binding, STORE_GRACE_LEN);
	return sqlite_query_value(&q, &seen) == 1 ? (int)seen : -1;
}

int
store_remembered_begin(
    struct store *s, const char *user, const unsigned char *binding, bool keep)
{
	int seen = look(s, user, binding);
	struct sqlite_query q;

	while (keep && seen >= 0 && (seen & EARLY) != 0) {
		sqlite_query_open(&q, s, sql_end_early);
		seen =
		    sqlite_query_commit(&q) < 0 ? -1 : look(s, user, binding);
	}
	return seen < 0 ? -1 : seen & REMEMBERED;
}

int
embedded_remembered_get(struct store *s, const char *user,
    const unsigned char binding[STORE_GRACE_LEN])
{
	return store_remembered_begin(s, user, binding, false);
}

int
store_forget_step(struct store *s, const char *user)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_forget);
	sqlite_query_text(&q, ":user", user);
	return sqlite_query_change(&q);
}

/* In the transaction. How many, or -1. */
static int
forget(struct store *s, const char *user)
{
	const int own = store_forget_step(s, user);
	struct sqlite_query q;
	int there;

	if (own < 0)
		return -1;
	sqlite_query_open(&q, s, sql_forget_there);
	sqlite_query_text(&q, ":user", user);
	there = sqlite_query_change(&q);
	return there < 0 ? -1 : own + there;
}

int
embedded_remembered_forget(struct store *s, const char *user)
{
	struct sqlite_query q;

	if (user == NULL) {
		sqlite_query_open(&q, s, sql_forget_all);
		return sqlite_query_commit(&q);
	}
	if (sqlite_begin(s) != 0)
		return -1;
	return sqlite_end(s, forget(s, user));
}
