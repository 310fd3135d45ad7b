/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the database's header. */
#include "helper/state/sqlite/engine/sqlite.h"

static int
number_read(struct store *s, const char *sql, int64_t *value)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql);
	return sqlite_query_value(&q, value) == 1 ? 0 : -1;
}

int
sqlite_header_read(struct store *s, struct sqlite_header *h)
{
	if (number_read(s, "PRAGMA user_version", &h->version) != 0 ||
	    number_read(s, "PRAGMA application_id", &h->application) != 0 ||
	    number_read(s, "PRAGMA freelist_count", &h->unused) != 0)
		return -1;
	return number_read(s, "PRAGMA page_count", &h->pages);
}

/* After an error the transaction stays open. Ending it would replace SQLite's
 * error code, which the caller needs to try again or to close the database. */
int
sqlite_header_look(struct store *s, struct sqlite_header *h)
{
	if (sqlite_begin_read(s) != 0 || sqlite_header_read(s, h) != 0)
		return -1;
	return sqlite_run(s, "COMMIT");
}
