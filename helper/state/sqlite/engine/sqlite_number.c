/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the embedded store keeps numbers and sources. The key is read when a
 * number is first looked up, so that a damaged host.key does not stop anything
 * else.
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <errno.h>
#include <string.h>

#include "lib/values/values.h"

bool
embedded_keyless(const struct store *s)
{
	return s->keyless;
}

static int
key_read(struct store *s)
{
	if (s->keyed)
		return 0;
	errno = 0;
	s->keyed = shared_key_read(s->keys, s->fleet_key, s->key) == 0;
	s->keyless = !s->keyed;
	if (s->keyed)
		return 0;
	sqlite_complain(s,
	    "host.key cannot be read or made (%s): make it a file of 32 bytes, "
	    "twofa's own, 0600, or remove it",
	    strerror(errno));
	return -1;
}

int
sqlite_number_digest(
    struct store *s, const char *number, char out[STORE_DIGEST_TEXT])
{
	if (key_read(s) != 0)
		return -1;
	if (s->unkeyed) {
		sqlite_complain(
		    s, "host.key was there too late: log in once more");
		return -1;
	}
	if (host_key_number(s->key, number, out) != 0) {
		sqlite_complain(s, "SHA-256 failed: check libcrypto");
		return -1;
	}
	return 0;
}

int
sqlite_number_look(
    struct store *s, const char *number, char out[STORE_DIGEST_TEXT])
{
	unsigned char key[HOST_KEY_LEN];
	int there;

	if (s->fleet_key != NULL)
		return sqlite_number_digest(s, number, out);
	errno = 0;
	there = host_key_look(s->keys, key);
	explicit_bzero(key, sizeof(key));
	out[0] = '\0';
	if (there != 0 && errno == ENOENT)
		return 0;
	return sqlite_number_digest(s, number, out);
}

/* By id, because an index of numbers changes meanwhile. */
static const char *const sql_plain[] = {
	"SELECT id, number FROM verification NOT INDEXED ORDER BY id",
	"SELECT id, number FROM send NOT INDEXED ORDER BY id",
};
static const char *const sql_hidden[] = {
	"UPDATE verification SET number = :number WHERE id = :id",
	"UPDATE send SET number = :number WHERE id = :id",
};

static int
hide_one(struct store *s, const char *sql, const struct sqlite_query *from)
{
	const char *plain = (const char *)sqlite3_column_text(from->st, 1);
	char digest[STORE_DIGEST_TEXT];
	struct sqlite_query q;

	if (plain == NULL) {
		sqlite_complain_last(s); /* no memory */
		return -1;
	}
	host_key_text(
	    s->key, plain, digest); /* it is a SHA-256 in hexadecimal */
	sqlite_query_open(&q, s, sql);
	sqlite_query_number(&q, ":id", sqlite3_column_int64(from->st, 0));
	sqlite_query_text(&q, ":number", digest);
	return sqlite_query_change(&q) == 1 ? 0 : -1;
}

static int
hide_table(struct store *s, int table)
{
	enum sqlite_step step;
	struct sqlite_query q;
	int result = 0;

	sqlite_query_open(&q, s, sql_plain[table]);
	while (result == 0 && (step = sqlite_query_step(&q)) == QUERY_ROW)
		result = hide_one(s, sql_hidden[table], &q);
	sqlite_query_close(&q);
	return result == 0 && step == QUERY_DONE ? 0 : -1;
}

/* Rows that no longer count need not be hidden: remove them first, to save
 * time. */
static int
drop_old(struct store *s)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s,
	    "DELETE FROM send WHERE at <= :wall - " STORE_SQL(STORE_DAY_S));
	return sqlite_query_change(&q) < 0 ? -1 : 0;
}

int
sqlite_number_hide(struct store *s)
{
	if (key_read(s) != 0)
		return 1;
	if (drop_old(s) != 0)
		return -1;
	return hide_table(s, 0) == 0 && hide_table(s, 1) == 0 ? 0 : -1;
}

void
sqlite_number_wipe(struct store *s)
{
	explicit_bzero(s->key, sizeof(s->key));
	s->keyed = false;
}

const char *
sqlite_place(const struct store *s, const char *source)
{
	return login_source_local(source) ? s->host : "";
}
