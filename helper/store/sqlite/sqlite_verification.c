/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on the row of a verification. Each is one transaction, which takes
 * the write lock before it reads. */
#include "helper/store/sqlite/sqlite.h"

/* longest time for sending; then the row is removed */
#define REPLACE_MAX_MS 120000
#define CALL(...) STORE_CALL(sqlite, __VA_ARGS__)

#define COL_USER STORE_ROW_COLUMNS
#define COL_OF_ROOT (COL_USER + 1)

static const char *
column_text(const void *query, int n)
{
	const struct sqlite_query *q = query;
	const char *text = (const char *)sqlite3_column_text(q->st, n);

	return text == NULL ? "" : text;
}

/* A person of a shared account may be named "ACCOUNT//enrolment". */
static bool
is_enrolment(const char *user)
{
	const size_t len = strlen(user), tail = sizeof(STORE_ENROLMENT) - 1;

	return len > tail && strcmp(user + len - tail, STORE_ENROLMENT) == 0 &&
	    user[len - tail - 1] != '/';
}

/* Of a login, which may name anybody's number; an administrator and the help
 * desk do not (STORE_ADMIN, STORE_DESK). */
static bool
is_login_enrolment(const char *user)
{
	return user[0] != '/' && is_enrolment(user);
}

/* True for the name of an enrolment of this user, by a login or an
 * administrator, and of the help desk's check of the user's phone. */
static bool
is_enrolling(const char *user, const char *name)
{
	static const char *const before[] = { "", STORE_ADMIN, STORE_DESK };
	const size_t len = strlen(user);

	for (size_t i = 0; i < COUNT_OF(before); i++) {
		const char *rest = name + strlen(before[i]);

		if (strncmp(name, before[i], strlen(before[i])) == 0 &&
		    strncmp(rest, user, len) == 0 &&
		    strcmp(rest + len, STORE_ENROLMENT) == 0)
			return true;
	}
	return false;
}

int
sqlite_set_row_damaged(struct store *s)
{
	return store_set_cause(
	    s, "a row is damaged: move the file and its -wal away");
}

static int
read_found(
    const struct sqlite_query *q, const char *user, struct sqlite_found *f)
{
	const struct store_columns columns = { q, column_text };
	const char *whose = column_text(q, COL_USER);

	f->same_user = user == NULL || strcmp(whose, user) == 0;
	f->other_enrols =
	    user != NULL && is_enrolment(user) && !is_enrolling(whose, user);
	/* a login that enrols ends no administrator's enrolment, and no check
	 * by the help desk */
	f->enrols = is_enrolment(whose) &&
	    !sqlite3_column_int(q->st, COL_OF_ROOT) &&
	    (is_login_enrolment(whose) || user == NULL ||
		!is_login_enrolment(user));
	if (store_row_from_columns(&columns, &f->row, &f->state) &&
	    f->state != STORE_ROW_NONE)
		return 0;
	return sqlite_set_row_damaged(q->store);
}

int
sqlite_query_read_verification(
    struct sqlite_query *q, const char *user, struct sqlite_found *f)
{
	const enum sqlite_step step = sqlite_query_step(q);
	int result = step == QUERY_DONE ? 0 : -1;

	memset(f, 0, sizeof(*f));
	if (step == QUERY_ROW)
		result = read_found(q, user, f);
	sqlite_query_close(q);
	return result;
}

bool
sqlite_found_is_held(const struct sqlite_found *f)
{
	return f->state == STORE_ROW_STARTING ||
	    f->state == STORE_ROW_REPLACING;
}

static const char sql_find_id[] =
    "SELECT " SQLITE_COLUMNS "FROM verification WHERE id = :id AND boot = :boot"
    " AND sent_at <= :now + " TEXT_NUMBER(
	SQLITE_SKEW_MS) " AND (ends_at > :now OR state = 'running')";
static const char sql_unsent[] =
    "DELETE FROM verification WHERE" SQLITE_HELD_STARTING;
static const char sql_unknown[] =
    "UPDATE verification SET state = 'unknown', ends_at = :now + " TEXT_NUMBER(
	STORE_UNKNOWN_MS) " WHERE" SQLITE_HELD_STARTING;
static const char sql_try[] =
    "UPDATE verification SET tries = tries + 1 WHERE id = :id";
static const char sql_try_refund[] =
    "UPDATE verification SET tries = max(tries - 1, 0)"
    " WHERE id = :id AND boot = :boot AND request_id = :request"
    " AND state IN ('running', 'replacing')";
static const char sql_end[] =
    "DELETE FROM verification WHERE id = :id AND boot = :boot"
    " AND request_id = :request AND state = 'running'";
static const char sql_spend[] =
    "UPDATE verification SET state = 'spent', ends_at = :now + :ms"
    " WHERE id = :id AND boot = :boot AND request_id = :request"
    " AND state = 'running'";
static const char sql_holds[] =
    "SELECT 1 FROM verification WHERE" SQLITE_HELD " AND state = 'replacing'";
static const char sql_replace_drop[] =
    "DELETE FROM verification WHERE" SQLITE_HELD " AND state = 'replacing'";
static const char sql_replace[] =
    "UPDATE verification SET state = 'replacing', holder = :process,"
    " holder_host = :host, began_at = :now, ends_at = :now + " TEXT_NUMBER(
	REPLACE_MAX_MS) " WHERE id = :id AND boot = :boot AND request_id = "
			":request"
			" AND state = 'running'"
			" AND (NOT :alone OR (session = :session AND host = "
			":host"
			" AND joined = 0))";
static const char sql_restore[] =
    "UPDATE verification SET state = 'running', holder = 0,"
    " ends_at = max(expires_at, lasts_at)"
    " WHERE id = :id AND boot = :boot AND holder = :holder"
    " AND holder_host = :host"
    " AND state = 'replacing'";

/* Changes a row that this session holds. Returns 0 or -1. A power cut may lose
 * the change: rows of an earlier boot are dead anyway. */
static int
held_change(struct store *s, const char *sql, int64_t id)
{
	return store_require_held(
	    s, SQLITE_WRITE_NOSYNC(s, sqlite_change(s, sql, ":id=%jd", id)));
}

/* Returns whether a code may be tried on the row: TRY_COUNTED if so. */
static enum store_try
try_result(const struct sqlite_found *f, unsigned limit)
{
	if (sqlite_found_is_held(f))
		return TRY_WAIT;
	if (f->state != STORE_ROW_RUNNING)
		return f->state == STORE_ROW_SPENT ? TRY_SPENT : TRY_GONE;
	/* neither the code is valid nor the provider keeps it open */
	if (f->row.over_ms <= 0)
		return TRY_EXPIRED;
	return f->row.tries < limit ? TRY_COUNTED : TRY_FULL;
}

/* Counts a try before the code is checked. limit: maximum number of tries. */
static enum store_try
try_step(struct store *s, int64_t id, unsigned limit, struct store_row *row)
{
	enum store_try result;
	struct sqlite_found f;
	struct sqlite_query q;

	sqlite_query_open_with(&q, s, sql_find_id, ":id=%jd", id);
	if (sqlite_query_read_verification(&q, NULL, &f) != 0)
		return TRY_ERROR;
	result = try_result(&f, limit);
	*row = f.row;
	if (result != TRY_COUNTED)
		return result;
	if (sqlite_change(s, sql_try, ":id=%jd", id) != 1)
		return TRY_ERROR;
	row->tries++;
	return TRY_COUNTED;
}

/* Returns true if both were counted. */
static bool
attempt_count(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	if (a->back != NULL && sqlite_guess_refund_step(s, a->back) != 0)
		return false;
	out->guess = sqlite_guess_take_step(
	    s, a->user, a->source, a->limits, &out->token, &out->wait_s);
	if (out->guess != GUESS_OPEN)
		return false;
	out->tried = try_step(s, a->id, a->tries, &out->row);
	return out->tried == TRY_COUNTED;
}

bool
sqlite_guess_take_with_try(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	memset(out, 0, sizeof(*out));
	if (sqlite_write_begin(s) != 0)
		return false;
	if (attempt_count(s, a, out)) {
		if (sqlite_commit(s) == 0)
			return true;
		memset(out, 0, sizeof(*out));
		return false;
	}
	/* Without a try the guess does not count either. If locked, repairs
	 * after the clock was set back are committed. */
	if (out->guess == GUESS_LOCKED && a->back == NULL)
		sqlite_commit(s);
	else
		sqlite_rollback(s);
	memset(&out->token, 0, sizeof(out->token));
	return false;
}

int
sqlite_row_read(struct store *s, int64_t id, struct store_row *row)
{
	struct sqlite_found f;
	struct sqlite_query q;

	sqlite_query_open_with(&q, s, sql_find_id, ":id=%jd", id);
	if (sqlite_query_read_verification(&q, NULL, &f) != 0)
		return -1;
	*row = f.row;
	return f.state == STORE_ROW_RUNNING ? 1 : 0;
}

/* After a row was changed, takes back what was counted, unless NULL. Returns
 * the number of changed rows, or -1. */
static int
with_guess_refund(
    struct store *s, int changed, const struct store_counted *back)
{
	return changed >= 0 && back != NULL &&
		sqlite_guess_refund_step(s, back) != 0
	    ? -1
	    : changed;
}

/* clang-format off */
CALL(row_remove_unsent, (struct store *s, int64_t id),
    held_change(s, sql_unsent, id));
CALL(row_mark_unknown, (struct store *s, int64_t id),
    held_change(s, sql_unknown, id));
CALL(row_refund_try, (struct store *s, int64_t id, const char *request_id,
    const struct store_counted *back),
    STORE_ZERO_UNLESS_FAILED(SQLITE_WRITE_NOSYNC(s, with_guess_refund(s,
	sqlite_change(s, sql_try_refund, ":id=%jd :request=%s", id,
	    request_id), back))));
CALL(row_spend, (struct store *s, int64_t id, const char *request_id,
    int64_t ms, const struct store_counted *back),
    SQLITE_WRITE_NOSYNC(s, with_guess_refund(s,
	sqlite_change(s, sql_spend, ":id=%jd :request=%s :ms=%jd", id,
	    request_id, ms), back)));
CALL(row_is_held, (struct store *s, int64_t id),
    sqlite_value(s, &(int64_t){ 0 }, sql_holds, ":id=%jd", id));
CALL(row_remove_ended, (struct store *s, int64_t id, const char *request_id),
    STORE_ZERO_UNLESS_FAILED(SQLITE_WRITE_NOSYNC(s,
	sqlite_change(s, sql_end, ":id=%jd :request=%s", id, request_id))));
CALL(row_remove_held, (struct store *s, int64_t id),
    SQLITE_WRITE_NOSYNC(s, sqlite_change(s, sql_replace_drop, ":id=%jd", id)));
CALL(row_hold_for_replacing, (struct store *s, int64_t id,
    const char *request_id, bool alone),
    SQLITE_WRITE_NOSYNC(s, sqlite_change(s, sql_replace,
	":id=%jd :request=%s :alone=%d", id, request_id, alone)));
CALL(row_restore_of_dead, (struct store *s, int64_t id, int64_t process),
    store_require_held(s, SQLITE_WRITE_NOSYNC(s, sqlite_change(s, sql_restore,
	":id=%jd :holder=%jd", id, process))));
/* clang-format on */

/* A denial on the phone: one more lock in the series of wrong codes, so that no
 * refund takes it back. A longer lock stays. */
static const char sql_refuse[] =
    "INSERT INTO guess(user, source, place, scope, series, wrong, locks, "
    "locked_at,"
    " until, last, refused) VALUES(:user, :source, :place, :scope, random(), "
    "0, 1, "
    ":wall,"
    " :wall + :seconds, :wall, :wall + :seconds) ON CONFLICT(user, source, "
    "place, scope) DO "
    "UPDATE SET"
    " locks = locks + 1, locked_at = excluded.locked_at,"
    " until = max(until, excluded.until), last = excluded.last,"
    " refused = excluded.refused";
int
sqlite_guess_lock_after_refusal(struct store *s, const struct store_refusal *r)
{
	return SQLITE_WRITE(s,
	    sqlite_change(s, sql_refuse,
		":user=%s :source=%s :place=%s :seconds=%jd", r->user,
		r->source, sqlite_source_place(s, r->source),
		r->seconds) == 1 &&
		    (s->socket != 0 ||
			sqlite_remembered_forget_step(s, r->user) >= 0) &&
		    sqlite_change(s, sql_end, ":id=%jd :request=%s", r->id,
			r->request_id) >= 0
		? 0
		: -1);
}
