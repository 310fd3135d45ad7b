/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded store: running verifications in one SQLite file. Each operation
 * is one transaction, which takes the write lock before it reads.
 */
#include "helper/state/sqlite/store_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sender takes at most this long; then the row is removed. */
#define STORE_REPLACE_MS 120000
#define REPLACE_MS STORE_SQL(STORE_REPLACE_MS)

static const char sql_find_id[] =
    "SELECT " STORE_COLUMNS "FROM verification WHERE id = :id AND boot = :boot"
    " AND sent_at <= :now + " STORE_SQL(
	STORE_SKEW_MS) " AND (ends_at > :now OR state = 'running')";
static const char sql_unsent[] =
    "DELETE FROM verification"
    " WHERE" STORE_HELD " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_unknown[] =
    "UPDATE verification SET state = 'unknown', ends_at = :now + " STORE_SQL(
	STORE_UNKNOWN_MS) " WHERE" STORE_HELD
			  " AND state IN ('starting', 'replacing', 'unknown')";
static const char sql_try[] =
    "UPDATE verification SET tries = tries + 1 WHERE id = :id";
static const char sql_refund[] =
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
    "SELECT 1 FROM verification WHERE" STORE_HELD " AND state = 'replacing'";
static const char sql_drop[] =
    "DELETE FROM verification WHERE" STORE_HELD " AND state = 'replacing'";
static const char sql_replace[] =
    "UPDATE verification SET state = 'replacing', holder = :process,"
    " holder_host = :host, began_at = :now, ends_at = :now + " REPLACE_MS
    " WHERE id = :id AND boot = :boot AND request_id = :request"
    " AND state = 'running'"
    " AND (NOT :alone OR (session = :session AND host = :host"
    " AND joined = 0))";
static const char sql_restore[] =
    "UPDATE verification SET state = 'running', holder = 0,"
    " ends_at = max(expires_at, lasts_at)"
    " WHERE id = :id AND boot = :boot AND holder = :holder"
    " AND holder_host = :host"
    " AND state = 'replacing'";

struct store *
embedded_open(const char *where, const struct store_session *session,
    char cause[STORE_CAUSE_MAX])
{
	const char *host = session->host != NULL ? session->host : STORE_HOST;
	struct store *s = calloc(1, sizeof(*s));
	int n;

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	s->queue = -1;
	s->head.session = session->number;
	s->socket = session->socket;
	s->shut_at = STORE_SHUT_AT;
	s->scope = s->ended = "";
	if (session->settings != NULL && session->rehearsal)
		s->scope = session->settings;
	else if (session->settings != NULL)
		s->ended = session->settings;
	snprintf(s->host, sizeof(s->host), "%s", host);
	snprintf(s->keys, sizeof(s->keys), "%s", session->keys);
	s->fleet_key = session->fleet_key;
	sqlite_clock.boot(s->boot);
	n = snprintf(s->path, sizeof(s->path), "%s", where);
	if (n < 0 || (size_t)n >= sizeof(s->path))
		sqlite_complain(s, "too long a path: use a shorter one");
	else if (strlen(host) > STORE_HOST_MAX)
		sqlite_complain(s, "too long a name of this host");
	else if (strlen(session->keys) >= sizeof(s->keys))
		sqlite_complain(s, "too long a state_dir");
	else if (sqlite_open(s) == 0)
		return s;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	embedded_close(s);
	return NULL;
}

void
embedded_close(struct store *s)
{
	if (s->db != NULL)
		sqlite_room_settle(s);
	sqlite3_close(s->db);
	sqlite_queue_close(s);
	sqlite_number_wipe(s);
	free(s);
}

const char *
embedded_cause(const struct store *s)
{
	return s->cause;
}

int
embedded_unsent(struct store *s, int64_t id)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_unsent);
	sqlite_query_number(&q, ":id", id);
	return sqlite_row_commit(&q);
}

int
embedded_unknown(struct store *s, int64_t id)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_unknown);
	sqlite_query_number(&q, ":id", id);
	return sqlite_row_commit(&q);
}

/* May a code be tried on this row? TRY_COUNTED: yes, once it is counted. */
static enum store_try
try_judge(const struct store_found *f, unsigned limit)
{
	switch (f->state) {
	case ROW_NONE:
	case ROW_UNKNOWN:
		return TRY_GONE;
	case ROW_STARTING:
	case ROW_REPLACING:
		return TRY_WAIT;
	case ROW_SPENT:
		return TRY_SPENT;
	case ROW_RUNNING:
		break;
	}
	/* after the code's expiry, if the provider keeps it open */
	if (f->row.over_ms <= 0)
		return TRY_EXPIRED;
	return f->row.tries < limit ? TRY_COUNTED : TRY_FULL;
}

/* Count before the code is checked; limit: the most tries allowed. */
static enum store_try
try_step(struct store *s, int64_t id, unsigned limit, struct store_row *row)
{
	enum store_try result;
	struct store_found f;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_find_id);
	sqlite_query_number(&q, ":id", id);
	if (sqlite_row_find(&q, NULL, &f) != 0)
		return TRY_ERROR;
	result = try_judge(&f, limit);
	*row = f.row;
	if (result != TRY_COUNTED)
		return result;
	sqlite_query_open(&q, s, sql_try);
	sqlite_query_number(&q, ":id", id);
	if (sqlite_query_change(&q) != 1)
		return TRY_ERROR;
	row->tries++;
	return TRY_COUNTED;
}

/* In the transaction. true: both are counted. */
static bool
attempt_step(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	if (a->back != NULL && store_guess_refund_step(s, a->back) != 0)
		return false;
	out->guess = store_guess_step(
	    s, a->user, a->source, a->limits, &out->token, &out->wait_s);
	if (out->guess != GUESS_OPEN)
		return false;
	out->tried = try_step(s, a->id, a->tries, &out->row);
	return out->tried == TRY_COUNTED;
}

bool
embedded_attempt(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	memset(out, 0, sizeof(*out));
	if (sqlite_begin(s) != 0)
		return false;
	if (attempt_step(s, a, out)) {
		if (sqlite_commit(s) == 0)
			return true;
		memset(out, 0, sizeof(*out));
		return false;
	}
	/* There is nothing to try, so the guess does not count, either. Locked:
	 * repairs after the clock was set back stay. */
	if (out->guess == GUESS_LOCKED && a->back == NULL)
		sqlite_commit(s);
	else
		sqlite_rollback(s);
	memset(&out->token, 0, sizeof(out->token));
	return false;
}

int
embedded_look(struct store *s, int64_t id, struct store_row *row)
{
	struct store_found f;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_find_id);
	sqlite_query_number(&q, ":id", id);
	if (sqlite_row_find(&q, NULL, &f) != 0)
		return -1;
	*row = f.row;
	return f.state == ROW_RUNNING ? 1 : 0;
}

/* Open a statement about the verification as this session knows it. */
static void
open_known(struct sqlite_query *q, struct store *s, const char *sql, int64_t id,
    const char *request_id)
{
	sqlite_query_open(q, s, sql);
	sqlite_query_number(q, ":id", id);
	sqlite_query_text(q, ":request", request_id);
}

/* Run the change, and take back what was counted (NULL: nothing). Returns the
 * number of changed rows, or -1. */
static int
change_and_refund(struct sqlite_query *q, const struct store_counted *back)
{
	struct store *s = q->store;
	const int changed = sqlite_query_change(q);

	if (changed >= 0 &&
	    (back == NULL || store_guess_refund_step(s, back) == 0))
		return sqlite_commit(s) == 0 ? changed : -1;
	sqlite_rollback(s);
	return -1;
}

int
embedded_refund(struct store *s, int64_t id, const char *request_id,
    const struct store_counted *back)
{
	struct sqlite_query q;

	if (sqlite_begin_light(s) != 0)
		return -1;
	open_known(&q, s, sql_refund, id, request_id);
	return change_and_refund(&q, back) < 0 ? -1 : 0;
}

int
embedded_spend(struct store *s, int64_t id, const char *request_id, int64_t ms,
    const struct store_counted *back)
{
	struct sqlite_query q;

	if (sqlite_begin_light(s) != 0)
		return -1;
	open_known(&q, s, sql_spend, id, request_id);
	sqlite_query_number(&q, ":ms", ms);
	return change_and_refund(&q, back);
}

int
embedded_holds(struct store *s, int64_t id)
{
	enum sqlite_step step;
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_holds);
	sqlite_query_number(&q, ":id", id);
	step = sqlite_query_step(&q);
	sqlite_query_close(&q);
	return step == QUERY_ERROR ? -1 : step == QUERY_ROW;
}

int
store_end_step(struct store *s, int64_t id, const char *request_id)
{
	struct sqlite_query q;

	open_known(&q, s, sql_end, id, request_id);
	return sqlite_query_change(&q);
}

int
embedded_end(struct store *s, int64_t id, const char *request_id)
{
	struct sqlite_query q;

	open_known(&q, s, sql_end, id, request_id);
	return sqlite_query_commit_light(&q) < 0 ? -1 : 0;
}

int
embedded_drop(struct store *s, int64_t id)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_drop);
	sqlite_query_number(&q, ":id", id);
	return sqlite_query_commit_light(&q);
}

int
embedded_replace(
    struct store *s, int64_t id, const char *request_id, bool alone)
{
	struct sqlite_query q;

	open_known(&q, s, sql_replace, id, request_id);
	sqlite_query_number(&q, ":alone", alone);
	return sqlite_query_commit_light(&q);
}

int
embedded_restore_dead(struct store *s, int64_t id, int64_t process)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql_restore);
	sqlite_query_number(&q, ":id", id);
	sqlite_query_number(&q, ":holder", process);
	return sqlite_row_commit(&q);
}
