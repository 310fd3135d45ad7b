/* SPDX-License-Identifier: BSD-2-Clause */
/* What another state takes over of this file, as lines of text. */
#include "helper/state/sqlite/engine/sqlite.h"

#include <string.h>

#define TAB " || char(9) || "

/* Rehearsals stay behind, and so do messages that limits no longer count. */
static const struct {
	const char *sql;
	unsigned tabs;
} rows[] = {
	{ "SELECT 'totp'" TAB "user" TAB "hex(secret)" TAB "step" TAB
	  "source FROM totp",
	    4 },
	{ "SELECT 'guess'" TAB "user" TAB "source" TAB "(place <> '')" TAB
	  "wrong" TAB "locks" TAB "locked_at" TAB "until" TAB "last" TAB
	  "refused FROM guess WHERE scope = ''",
	    9 },
	{ "SELECT 'send'" TAB "at" TAB "user" TAB "source" TAB "day" TAB
	  "price" TAB "kind" TAB "answered FROM send WHERE scope = ''"
	  " AND at > :wall - " STORE_SQL(STORE_DAY_S),
	    7 },
	{ "SELECT 'spend'" TAB "day" TAB "price FROM spend WHERE scope = ''"
	  " AND day > :wall / " STORE_SQL(STORE_DAY_S) " - 30",
	    2 },
	{ "SELECT 'code'" TAB "user" TAB "hex(salt)" TAB
	  "hex(hash) FROM recovery ORDER BY id",
	    3 },
	{ "SELECT 'used'" TAB "user" TAB "hex(digest)" TAB
	  "until FROM code_used WHERE until > :wall",
	    3 },
};

/* Its fields cannot be told apart where a name holds what is between them. */
static bool
is_line(const char *text, unsigned tabs)
{
	unsigned n = 0;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\n')
			return false;
		n += *c == '\t';
	}
	return n == tabs;
}

static int64_t
write_rows(struct store *s, size_t kind, FILE *to)
{
	enum sqlite_step step;
	struct sqlite_query q;
	int64_t n = 0;

	sqlite_query_open(&q, s, rows[kind].sql);
	while ((step = sqlite_query_step(&q)) == QUERY_ROW) {
		const char *line = (const char *)sqlite3_column_text(q.st, 0);

		if (line == NULL || !is_line(line, rows[kind].tabs)) {
			sqlite_complain(s,
			    "a row of %.5s is damaged: open it by sqlite3 and "
			    "remove that row",
			    rows[kind].sql + sizeof("SELECT '") - 1);
			n = -1;
			break;
		}
		if (fprintf(to, "%s\n", line) < 0) {
			sqlite_complain(s, "out of memory");
			n = -1;
			break;
		}
		n++;
	}
	sqlite_query_close(&q);
	return step == QUERY_DONE ? n : -1;
}

int64_t
embedded_rows_out(struct store *s, FILE *to)
{
	int64_t all = 0;

	if (sqlite_begin_read(s) != 0)
		return -1;
	for (size_t i = 0; all >= 0 && i < sizeof(rows) / sizeof(rows[0]);
	     i++) {
		const int64_t n = write_rows(s, i, to);

		all = n < 0 ? -1 : all + n;
	}
	sqlite_rollback(s);
	return all;
}
