/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries that a host keeps in an outage until its state servers know them, and
 * rows that are exported to a fleet. */
#include "helper/store/sqlite/sqlite.h"

#define REPORT_STEPS 2880 /* a day; older steps are of no use */
#define TAB " || char(9) || "

/* Rows without a source are reported, or were noted by others. */
static const char sql_unreported_steps[] =
    "SELECT user, source, step, secret FROM totp WHERE source <> ''"
    " AND step >= :step - " TEXT_NUMBER(REPORT_STEPS) " ORDER BY step DESC"
						      " LIMIT :most";
static const char sql_unreported_guesses[] =
    "SELECT user, source, series, wrong FROM guess WHERE source <> ''"
    " AND wrong > 0 LIMIT :most";
static const char sql_step_reported[] =
    "UPDATE totp SET source = '' WHERE user = :user AND secret = :secret"
    " AND step = :step";
/* A count that grew meanwhile is reported again, in full. */
static const char sql_guess_reported[] =
    "DELETE FROM guess WHERE user = :user AND series = :series"
    " AND wrong = :wrong";
/* The total, once no source of it is left, and an account's. */
static const char sql_total_reported[] =
    "DELETE FROM guess WHERE source = '' AND (user = :user AND NOT EXISTS"
    " (SELECT 1 FROM guess WHERE user = :user AND source <> '')"
    " OR NOT EXISTS (SELECT 1 FROM guess WHERE source <> ''))";
static const char sql_totp_note[] =
    "INSERT INTO totp VALUES(:user, :secret, :step, :source)"
    " ON CONFLICT(user, secret) DO UPDATE SET step = excluded.step,"
    " source = excluded.source WHERE excluded.step > step";

/* A page for a commit to write, without a row. */
static const char sql_noop[] = "INSERT INTO totp VALUES('', x'', 0, '')";
static const char sql_noop_back[] = "DELETE FROM totp WHERE user = ''"
				    " AND secret = x''";

static bool
column_to_text(const struct sqlite_query *q, int column, char *out, size_t cap)
{
	const void *t = sqlite3_column_text(q->st, column);

	return t != NULL &&
	    snprintf(out, cap, "%s", (const char *)t) < (int)cap;
}

/* Returns false for an invalid row, which stays where it is. */
static bool
read_unreported(
    const struct sqlite_query *q, bool step, struct store_unreported *u)
{
	memset(u, 0, sizeof(*u));
	if (!column_to_text(q, 0, u->user, sizeof(u->user)) ||
	    !column_to_text(q, 1, u->source, sizeof(u->source)))
		return false;
	if (!step) {
		u->series = sqlite3_column_int64(q->st, 2);
		u->wrong = sqlite3_column_int64(q->st, 3);
		return true;
	}
	u->step = sqlite3_column_int64(q->st, 2);
	if (u->step <= 0 || sqlite3_column_bytes(q->st, 3) != STORE_CODE_DIGEST)
		return false;
	memcpy(u->secret, sqlite3_column_blob(q->st, 3), STORE_CODE_DIGEST);
	return true;
}

/* Returns the number of entries, or -1. */
static int
list_rows(
    struct store *s, const char *sql, struct store_unreported *out, size_t most)
{
	const bool steps = sql == sql_unreported_steps;
	enum sqlite_step step;
	struct sqlite_query q OWNED(sqlite_query_close);
	size_t n = 0;

	sqlite_query_open_with(&q, s, sql, ":most=%jd", (int64_t)most);
	if (steps)
		sqlite_query_bind_number(&q, ":step", s->wall / TOTP_STEP_S);
	while ((step = sqlite_query_step(&q)) == QUERY_ROW && n < most)
		if (read_unreported(&q, steps, &out[n]))
			n++;
	return step == QUERY_ERROR ? -1 : (int)n;
}

int
sqlite_unreported_list(
    struct store *s, struct store_unreported *out, size_t most)
{
	int steps = -1, guesses = -1;

	if (sqlite_read_begin(s) != 0)
		return -1;
	steps = list_rows(s, sql_unreported_steps, out, most / 2);
	if (steps >= 0)
		guesses = list_rows(s, sql_unreported_guesses, out + steps,
		    most - (size_t)steps);
	sqlite_rollback(s);
	return guesses < 0 ? -1 : steps + guesses;
}

static int
mark_reported(struct store *s, const struct store_unreported *u)
{
	if (u->step != 0)
		return sqlite_change(s, sql_step_reported,
		    ":user=%s :step=%jd :secret=%.*s", u->user, u->step,
		    STORE_CODE_DIGEST, u->secret);
	if (sqlite_change(s, sql_guess_reported,
		":user=%s :series=%jd :wrong=%jd", u->user, u->series,
		u->wrong) < 0)
		return -1;
	return sqlite_change(s, sql_total_reported, ":user=%s", u->user);
}

/* clang-format off */
STORE_CALL(sqlite, unreported_clear, (struct store *s,
    const struct store_unreported *u),
    STORE_ZERO_UNLESS_FAILED(SQLITE_WRITE(s, mark_reported(s, u))));
STORE_CALL(sqlite, noop, (struct store *s), SQLITE_WRITE(s,
    sqlite_run(s, sql_noop) != 0 ? -1 : sqlite_run(s, sql_noop_back)));
STORE_CALL(sqlite, totp_note, (struct store *s,
    const struct store_unreported *note, bool reported),
    STORE_ZERO_UNLESS_FAILED(SQLITE_WRITE(s, sqlite_change(s, sql_totp_note,
	":user=%s :step=%jd :source=%s :secret=%.*s", note->user, note->step,
	reported ? "" : note->source, STORE_CODE_DIGEST, note->secret))));
/* clang-format on */

/* Exported rows as lines of text. Not those of rehearsals, nor messages that
 * limits no longer count. */
static const struct {
	const char *sql;
	unsigned tabs;
} exported[] = {
	{ "SELECT 'totp'" TAB "user" TAB "hex(secret)" TAB "step" TAB
	  "source FROM totp",
	    4 },
	{ "SELECT 'guess'" TAB "user" TAB "source" TAB "(place <> '')" TAB
	  "wrong" TAB "locks" TAB "locked_at" TAB "until" TAB "last" TAB
	  "refused FROM guess WHERE scope = ''",
	    9 },
	{ "SELECT 'send'" TAB "at" TAB "user" TAB "source" TAB "day" TAB
	  "price" TAB "kind" TAB "answered FROM send WHERE scope = ''"
	  " AND at > :wall - " TEXT_NUMBER(SQLITE_DAY_S),
	    7 },
	{ "SELECT 'spend'" TAB "day" TAB "price FROM spend WHERE scope = ''"
	  " AND day > :wall / " TEXT_NUMBER(SQLITE_DAY_S) " - 30",
	    2 },
	{ "SELECT 'code'" TAB "user" TAB "hex(salt)" TAB
	  "hex(hash) FROM recovery WHERE kind = 0"
	  " AND (note <> '" SQLITE_NOTE_BY_PHONE
	  "' OR since <= :wall) ORDER BY id",
	    3 },
	{ "SELECT 'used'" TAB "user" TAB "hex(digest)" TAB
	  "until FROM code_used WHERE until > :wall",
	    3 },
};

/* False if a field contains a separator. */
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
	struct sqlite_query q OWNED(sqlite_query_close);
	int64_t n = 0;

	sqlite_query_open(&q, s, exported[kind].sql);
	for (; (step = sqlite_query_step(&q)) == QUERY_ROW; n++) {
		const char *line = (const char *)sqlite3_column_text(q.st, 0);

		if (line == NULL || !is_line(line, exported[kind].tabs))
			return store_set_cause(s,
			    "a row of %.5s is damaged: open it by sqlite3 and "
			    "remove that row",
			    exported[kind].sql + sizeof("SELECT '") - 1);
		if (fprintf(to, "%s\n", line) < 0)
			return store_set_cause(s, "out of memory");
	}
	return step == QUERY_DONE ? n : -1;
}

int64_t
sqlite_rows_out(struct store *s, FILE *to)
{
	int64_t all = 0;

	if (sqlite_read_begin(s) != 0)
		return -1;
	for (size_t i = 0; all >= 0 && i < COUNT_OF(exported); i++) {
		const int64_t n = write_rows(s, i, to);

		all = n < 0 ? -1 : all + n;
	}
	sqlite_rollback(s);
	return all;
}
