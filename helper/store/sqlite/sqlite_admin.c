/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of operations of the SQLite backend, and what administrators see
 * and reset. */
#include "helper/store/sqlite/sqlite.h"

#include <stdlib.h>

/* with the people of a shared account, ACCOUNT//NAME */
#define USER_OR_PEOPLE "(user = :user OR (" SQLITE_PEOPLE_OF_USER "))"
/* clang-format off */
#define PEOPLE_IN(table)                                                       \
	" UNION SELECT user FROM " table " WHERE " SQLITE_PEOPLE_OF_USER
#define ONE_USER                                                               \
	"SELECT :user AS user" PEOPLE_IN("recovery") PEOPLE_IN("grace")        \
	PEOPLE_IN("totp") PEOPLE_IN("guess") " AND scope = :scope"             \
	PEOPLE_IN("send") " AND scope = :scope AND at > :day"
#define ALL_USERS                                                              \
	"SELECT user FROM guess WHERE scope = :scope"                          \
	" UNION SELECT user FROM recovery"                                     \
	" UNION SELECT user FROM grace"                                        \
	" UNION SELECT user FROM totp WHERE step >= 0"                         \
	" UNION SELECT user FROM send WHERE scope = :scope AND at > :day"
#define SENT_SINCE(time)                                                       \
	"(SELECT count(*) FROM send WHERE user = who.user"                     \
	" AND at > " time " AND scope = :scope AND kind NOT IN (4, 14))"
/* One statement for any number of users, each followed by the sources. */
#define STATUS_OF(users)                                                       \
	"WITH who AS (" users ") SELECT who.user, '' AS source, total.wrong,"  \
	" total.locked_at, total.until,"                                       \
	" " SENT_SINCE(":hour") ", " SENT_SINCE(":day") ","                    \
	" (SELECT count(*) FROM recovery WHERE user = who.user AND kind = 0)," \
	" (SELECT count(*) FROM grace WHERE user = who.user"                   \
	"  AND host = :host AND since <= :wall AND until > :wall)"             \
	" FROM who LEFT JOIN guess AS total ON total.user = who.user"          \
	"  AND total.source = '' AND total.scope = :scope"                     \
	" UNION ALL SELECT who.user, guess.source, wrong, locked_at, until,"   \
	"  0, 0, 0, 0 FROM who JOIN guess ON guess.user = who.user"            \
	"  WHERE guess.source <> '' AND scope = :scope ORDER BY 1, 2"
/* clang-format on */

/* Reads the version of a state without opening it, which would upgrade it. */
static int
sqlite_version_read(const char *where, const struct store_session *me,
    struct store_version *v, char cause[STORE_CAUSE_MAX])
{
	struct store *s = calloc(1, sizeof(*s));
	struct sqlite_header header;
	int result = -1;

	(void)me;
	*v = (struct store_version){ .ours = sqlite_schema_newest() };
	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return -1;
	}
	s->queue = -1;
	if (sqlite_set_path(s, where) == 0)
		result = sqlite_file_peek_header(s, &header);
	if (result == 0)
		v->found = header.version;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	sqlite3_close(s->db);
	sqlite_queue_close(s);
	free(s);
	return result;
}

/* For a broker: statements stay compiled, and no commit waits for the disk. */
static void
sqlite_set_session(struct store *s, const struct store_session *session)
{
	if (s->cached == NULL)
		s->cached = calloc(SQLITE_CACHE_SIZE, sizeof(*s->cached));
	if (!s->syncs_later) {
		sqlite_reserve_extend(s);
		sqlite_log_keep(s);
	}
	s->syncs_later = true;
	sqlite_without_alarm = true;
	store_state_set_session(s, session);
}

const struct store_backend sqlite_backend = {
#define OP(type, name, params, args) .name = sqlite_##name,
	STORE_OPERATIONS(OP)
#undef OP
	    .open = sqlite_open,
	.close = sqlite_close,
	.version_read = sqlite_version_read,
	.rows_out = sqlite_rows_out,
	.unreported_list = sqlite_unreported_list,
	.unreported_clear = sqlite_unreported_clear,
	.noop = sqlite_noop,
	.rest = sqlite_reserve_restart_wal,
	.sync = sqlite_sync,
	.become = sqlite_set_session,
	.invitation_find = sqlite_invitation_find,
	.enrol = sqlite_enrol,
	.enrolments = sqlite_enrolments,
	.invited_lately = sqlite_invited_lately,
	.records = &(const struct store_records){ .read = sqlite_record_read,
	    .list = sqlite_record_list,
	    .remove = sqlite_record_remove },
};

static const char sql_status_one[] = STATUS_OF(ONE_USER);
static const char sql_status_all[] = STATUS_OF(ALL_USERS);
static const char sql_sent_since[] =
    "SELECT count(*) FROM send"
    " WHERE host = :host AND scope = :scope AND at > :since AND " SQLITE_SENT;
static const char sql_unlock_guesses[] =
    "DELETE FROM guess WHERE " USER_OR_PEOPLE " AND scope = :scope";
/* Kinds 4 and 14: see docs/state.md. Older messages no longer count. */
static const char sql_sends_reset[] =
    "UPDATE send SET kind = CASE WHEN " SQLITE_SENT " THEN 4 ELSE 14 END"
    " WHERE scope = :scope AND kind NOT IN (4, 14)"
    " AND at > :wall - " TEXT_NUMBER(
	SQLITE_DAY_S) " AND (" USER_OR_PEOPLE
		      " OR (number = :number AND number <> '')"
		      " OR number IN (SELECT number FROM send "
		      "WHERE " USER_OR_PEOPLE
		      " AND scope = :scope AND number <> ''))";
static const char sql_unlock_spent[] =
    "DELETE FROM verification WHERE " USER_OR_PEOPLE " AND state = 'spent'";
/* Those that are over occupy nothing. */
static const char sql_number_release[] =
    "DELETE FROM verification WHERE number = :number AND boot = :boot"
    " AND ends_at > :now";

/* Time left of the lock in the columns from (locked_at) and from + 1
 * (until). */
static int64_t
lock_left(const struct sqlite_query *q, int from)
{
	const int64_t wall = q->store->wall;
	int64_t since = sqlite3_column_int64(q->st, from);
	int64_t until = sqlite3_column_int64(q->st, from + 1);

	if (since < wall)
		since = wall;
	return until > since ? until - since : 0;
}

static unsigned
count_at(const struct sqlite_query *q, int column)
{
	return (unsigned)sqlite3_column_int64(q->st, column);
}

static int
report_status(const struct sqlite_query *q, void *ctx,
    void (*row)(void *ctx, const struct store_status *))
{
	struct store_status status = {
		.user = (const char *)sqlite3_column_text(q->st, 0),
		.source = (const char *)sqlite3_column_text(q->st, 1),
		.wrong = count_at(q, 2),
		.locked_s = lock_left(q, 3),
		.sends_hour = count_at(q, 5),
		.sends_day = count_at(q, 6),
		.recovery = count_at(q, 7),
		.remembered = count_at(q, 8),
	};

	if (status.user == NULL || status.source == NULL)
		return sqlite_set_cause(q->store); /* out of memory */
	status.shut =
	    status.source[0] == '\0' && status.wrong >= LIMITS_LOCKOUT_AT;
	row(ctx, &status);
	return 0;
}

int
sqlite_status_list(struct store *s, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *))
{
	enum sqlite_step step;
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_query_open(
	    &q, s, user != NULL ? sql_status_one : sql_status_all);
	if (user != NULL)
		sqlite_query_bind_text(&q, ":user", user);
	sqlite_query_bind_number(&q, ":hour", s->wall - SQLITE_HOUR_S);
	sqlite_query_bind_number(&q, ":day", s->wall - SQLITE_DAY_S);
	do
		step = sqlite_query_step(&q);
	while (step == QUERY_ROW && report_status(&q, ctx, row) == 0);
	return step == QUERY_DONE ? 0 : -1;
}

static int
sent_since(struct store *s, int64_t since, unsigned *count)
{
	const int64_t sent =
	    sqlite_count(s, sql_sent_since, ":since=%jd", since);

	*count = (unsigned)sent;
	return sent < 0 ? -1 : 0;
}

int
sqlite_totals_read(struct store *s, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month)
{
	int result;

	if (sqlite_read_begin(s) != 0)
		return -1;
	result = sent_since(s, s->wall - SQLITE_HOUR_S, hour);
	if (result == 0)
		result = sent_since(s, s->wall - SQLITE_DAY_S, day);
	if (result == 0)
		result = sqlite_money_read(s, spent_day, spent_month);
	sqlite_rollback(s);
	return result;
}

/* Returns the number of rows, or -1. */
static int
unlock_step(struct store *s, const char *user)
{
	const int guesses =
	    sqlite_change(s, sql_unlock_guesses, ":user=%s", user);
	const int spent = guesses < 0
	    ? -1
	    : sqlite_change(s, sql_unlock_spent, ":user=%s", user);

	return spent < 0 ? -1 : guesses + spent;
}

int64_t
sqlite_sends_reset(struct store *s, const char *user, const char *counted_as)
{
	char number[HOST_KEY_TEXT] = "";

	if (counted_as[0] != '\0' &&
	    store_hash_number(s, counted_as, true, number) != 0)
		return -1;
	return SQLITE_WRITE(s,
	    sqlite_change(
		s, sql_sends_reset, ":user=%s :number=%s", user, number));
}

int
sqlite_user_unlock(struct store *s, const char *user)
{
	const int changed = SQLITE_WRITE(s, unlock_step(s, user));

	return changed < 0 ? -1 : changed > 0;
}

int64_t
sqlite_number_release(struct store *s, const char *receiver)
{
	char number[HOST_KEY_TEXT];

	if (store_hash_number(s, receiver, true, number) != 0)
		return -1;
	return SQLITE_WRITE(
	    s, sqlite_change(s, sql_number_release, ":number=%s", number));
}
