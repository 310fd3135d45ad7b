/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who answered rightly from where, in the embedded store: each such user of the
 * last 30 days raises the limit of messages of that source. Sources and users
 * are digests. Without host.key nothing is noted, and nothing raised.
 */
#include <linux/limits.h>

#include "helper/state/sqlite/store_steps.h"

#define KEPT STORE_SQL(STORE_ANSWERED_S)
#define SOURCES STORE_SQL(STORE_ANSWERED_SOURCES)
#define PRUNE_ROWS "8"

/* Once a day for each user and source: all other logins change nothing. */
static const char sql_note[] =
    "INSERT INTO answered_from SELECT :source, :user, :wall"
    " WHERE EXISTS (SELECT 1 FROM answered_from WHERE source = :source"
    " AND user = :user) OR (SELECT count(*) FROM answered_from"
    " WHERE user = :user) < " SOURCES
    " ON CONFLICT(source, user) DO UPDATE SET at = :wall"
    " WHERE at NOT BETWEEN :wall - " STORE_SQL(STORE_DAY_S) " AND :wall";
static const char sql_prune[] =
    "DELETE FROM answered_from WHERE (source, user) IN (SELECT source, user"
    " FROM answered_from WHERE at <= :wall - " KEPT " LIMIT " PRUNE_ROWS ")";
static const char sql_users[] =
    "SELECT count(*) FROM answered_from WHERE source = :source"
    " AND at > :wall - " KEPT " AND at <= :wall";

/* False: the key cannot be read, or not yet. None is made. */
static bool
keyed(struct store *s)
{
	char any[STORE_DIGEST_TEXT];

	if (!s->keyed && !s->unkeyed)
		(void)sqlite_number_look(s, "", any);
	return s->keyed && !s->unkeyed;
}

/* A rehearsal's, and what means something else on each host, are others. */
static void
source_digest(struct store *s, const char *source, char out[HOST_KEY_TEXT])
{
	char name[PATH_MAX + STORE_HOST_MAX + SOURCE_MAX + 32];

	snprintf(name, sizeof(name), "answered from %s\n%s\n%s", source,
	    sqlite_place(s, source), s->scope);
	host_key_text(s->key, name, out);
}

int
store_answered_note(struct store *s, const struct store_right *right)
{
	char source[HOST_KEY_TEXT], user[HOST_KEY_TEXT], name[256];
	struct sqlite_query q;
	int changed;

	if (s->socket != 0 || right->source[0] == '\0' || !keyed(s))
		return 0;
	if (!sqlite_schema_answered(s, true))
		return -1;
	source_digest(s, right->source, source);
	snprintf(name, sizeof(name), "answered by %s", right->user);
	host_key_text(s->key, name, user);
	sqlite_query_open(&q, s, sql_note);
	sqlite_query_text(&q, ":source", source);
	sqlite_query_text(&q, ":user", user);
	changed = sqlite_query_change(&q);
	if (changed <= 0)
		return changed;
	sqlite_query_open(&q, s, sql_prune);
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

int
store_answered_limit(struct store *s, const char *source, unsigned *limit)
{
	char digest[HOST_KEY_TEXT];
	struct sqlite_query q;
	int64_t users = 0;

	if (*limit >= STORE_SOURCE_MOST || !keyed(s) ||
	    !sqlite_schema_answered(s, false))
		return 0;
	source_digest(s, source, digest);
	sqlite_query_open(&q, s, sql_users);
	sqlite_query_text(&q, ":source", digest);
	if (sqlite_query_value(&q, &users) != 1)
		return -1;
	users = *limit + STORE_SOURCE_EACH * users;
	*limit =
	    users < STORE_SOURCE_MOST ? (unsigned)users : STORE_SOURCE_MOST;
	return 0;
}
