/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls a function at the server. statement_timeout does not end a wait for the
 * standby, so the deadline is our own. A wait that was cancelled returns
 * success and a WARNING, so after any WARNING it is unknown whether the
 * operation was done. */
#include "helper/store/postgresql/postgresql.h"

#include <stdlib.h>
#include <time.h>

#include "helper/store/postgresql/postgresql_inside.h"

#define PG_BUSY_MS 5000 /* how long a busy call is repeated */
#define PAUSE_MS 50
#define IDLE_READS 16 /* an idle connection has less to read */
#define LOCK_TIMEOUT "55P03"
#define STATEMENT_TIMEOUT "57014" /* it may have waited for several locks */

/* Prepares a store without asking a server. Returns false with the cause. */
static bool
prepare(struct store *s, const char *where, const struct store_session *me)
{
	const char *wrong = settings_fleet_url_parse(where, &s->url);

	if (wrong != NULL) {
		PRINT_TO(s->cause, "state: it %s", wrong);
		return false;
	}
	pg_select_server(s, 0);
	if (me->server == NULL)
		store_set_cause(s, "there is no store = { } in the settings");
	else if (pg_libpq_load() != 0)
		store_set_cause(s, SETTINGS_LIBPQ_MISSING);
	else
		return store_state_set_names(s, me);
	return false;
}

void
pg_set_session(struct store *s, const struct store_session *me)
{
	store_state_set_session(s, me);
	s->failure = PG_FINE;
}

struct store *
pg_new(const char *where, const struct store_session *me,
    char cause[STORE_CAUSE_MAX])
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	pg_set_session(s, me);
	s->server = me->server;
	s->slot = -1;
	s->failure = PG_SETTINGS;
	if (prepare(s, where, me))
		return s;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	free(s);
	return NULL;
}

void
pg_free(struct store *s)
{
	if (s == NULL)
		return;
	pg_disconnect(s);
	secret_free(s);
}

/* Returns 0, or -1 if the outcome is unknown. */
static int
send_and_wait(struct pg_call *c, const char *sql, int64_t deadline)
{
	PGconn *conn = c->s->conn;
	int more;

	if (pq.PQsendQueryParams(
		conn, sql, c->count, NULL, c->value, NULL, NULL, 0) != 1)
		return -1;
	while ((more = pq.PQflush(conn)) == 1)
		if (!pg_wait(conn, POLLIN | POLLOUT, deadline, &c->late) ||
		    pq.PQconsumeInput(conn) == 0)
			return -1;
	while (more == 0 && pq.PQisBusy(conn))
		if (!pg_wait(conn, POLLIN, deadline, &c->late) ||
		    pq.PQconsumeInput(conn) == 0)
			return -1;
	return more;
}

/* A reply without rows, which libpq would return again and again. */
static bool
is_copy(const PGresult *result)
{
	const ExecStatusType status = pq.PQresultStatus(result);

	return status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
	    status == PGRES_COPY_BOTH;
}

/* Reads the reply to its end: an error may follow rows. The server's last words
 * in place of a reply say that it was not done; behind rows they may be those
 * of one that was. */
static int
take_result(struct pg_call *c, int64_t deadline)
{
	PGconn *conn = c->s->conn;
	PGresult *next;
	bool after_rows = false;

	c->result = pq.PQgetResult(conn);
	while (!is_copy(c->result)) {
		while (pq.PQisBusy(conn)) {
			if (!pg_wait(conn, POLLIN, deadline, &c->late))
				return -1;
			if (pq.PQconsumeInput(conn) == 0)
				return !after_rows &&
					pq.PQresultStatus(c->result) ==
					    PGRES_FATAL_ERROR
				    ? 0
				    : -1;
		}
		next = pq.PQgetResult(conn);
		if (next == NULL)
			return c->result == NULL ? -1 : 0;
		if (pq.PQresultStatus(next) != PGRES_TUPLES_OK) {
			pq.PQclear(c->result);
			c->result = next;
			after_rows = true;
		} else {
			pq.PQclear(next);
		}
	}
	return -1;
}

static void
set_call_cause(struct pg_call *c, const char *state, const char *text)
{
	static const char *const words[] = {
		[PG_UNKNOWN] = "unknown whether it was done",
		[PG_OUT_OF_REACH] = "it is read-only",
		[PG_BUSY] = "busy",
		[PG_SETTINGS] = "not allowed, or another schema is there",
	};
	_Static_assert(COUNT_OF(words) == PG_FINE, "a text each");

	store_set_cause(c->s, "%s: %s%s%s%s", c->function, words[c->s->failure],
	    text[0] == '\0' ? "" : ": ", state, text);
}

static enum pg_failure
classify_result(struct pg_call *c)
{
	const ExecStatusType status = pq.PQresultStatus(c->result);
	const char *state = pq.PQresultErrorField(c->result, PG_DIAG_SQLSTATE);
	const char *text =
	    pq.PQresultErrorField(c->result, PG_DIAG_MESSAGE_PRIMARY);
	char shown[PG_STATE_LEN + 2] = "";

	if (status == PGRES_TUPLES_OK && !c->s->got_warning)
		return PG_FINE;
	if (state != NULL)
		PRINT_TO(shown, "%s ", state);
	c->s->lock_timed_out = state != NULL &&
	    (strcmp(state, LOCK_TIMEOUT) == 0 ||
		strcmp(state, STATEMENT_TIMEOUT) == 0);
	c->s->failure = c->s->got_warning || state == NULL
	    ? PG_UNKNOWN
	    : pg_failure_from(PG_ASKED, state, "");
	set_call_cause(c, shown, text != NULL ? text : "");
	return c->s->failure;
}

/* Reads to the end what came meanwhile: the server's last words come before the
 * end, and would be taken for the reply. */
static bool
has_ended_while_idle(struct store *s)
{
	struct pollfd p = { .fd = pq.PQsocket(s->conn), .events = POLLIN };

	for (int i = 0; i < IDLE_READS && poll(&p, 1, 0) == 1; i++)
		if (pq.PQconsumeInput(s->conn) == 0 || pq.PQisBusy(s->conn) ||
		    s->got_fatal || pq.PQstatus(s->conn) != CONNECTION_OK)
			return true;
	return poll(&p, 1, 0) != 0;
}

/* Another server may be asked now, such as a standby that has taken over. */
static int
connect_and_check(struct store *s)
{
	int result;

	if (s->conn != NULL && has_ended_while_idle(s))
		pg_disconnect(s);
	if (s->conn != NULL || s->check == NULL || s->checking)
		return pg_connect(s);
	s->checking = true;
	result = s->check(s);
	s->checking = false;
	if (result == 0)
		return pg_connect(s);
	pg_disconnect(s);
	return -1;
}

static enum pg_failure
call_only_once(struct pg_call *c, const char *sql)
{
	struct store *s = c->s;
	enum pg_failure failure;
	int64_t deadline;

	if (connect_and_check(s) != 0)
		return s->failure;
	deadline =
	    frame_clock_ms() + (c->slow ? PG_SLOW_MS : s->server->timeout_ms);
	if (store_deadline() != 0 && store_deadline() < deadline)
		deadline = store_deadline();
	s->got_warning = false;
	s->failure = PG_UNKNOWN;
	c->late = 0;
	if (send_and_wait(c, sql, deadline) != 0 ||
	    take_result(c, deadline) != 0) {
		set_call_cause(c, "", "no answer in time");
		pg_call_close(c);
		pg_disconnect(s);
		return PG_UNKNOWN;
	}
	failure = classify_result(c);
	if (failure != PG_FINE)
		pg_call_close(c);
	if (failure == PG_UNKNOWN || failure == PG_OUT_OF_REACH ||
	    pq.PQstatus(s->conn) != CONNECTION_OK)
		pg_disconnect(s);
	return failure;
}

/* Ends sessions that have held a lock for long, so that a stolen host cannot
 * block others. Returns true if there were any. */
static bool
end_blockers(struct pg_call *c)
{
	struct pg_call u = { .s = c->s, .function = "unblock", .select = "*" };
	bool result;

	if (!c->s->lock_timed_out)
		return false;
	c->s->lock_timed_out = false;
	result = call_only_once(&u, "SELECT twofa_v1.unblock()") == PG_FINE &&
	    pg_get_int(&u, 0, 0) > 0;
	pg_call_close(&u);
	return result;
}

static bool
may_repeat(
    struct pg_call *c, enum pg_failure failure, int64_t since, int *unknown)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	const int64_t now = frame_clock_ms();

	/* a call that is cut off would have an unknown outcome */
	if (store_deadline() != 0 && now + PG_LOCK_MS > store_deadline())
		return false;
	if (failure == PG_BUSY &&
	    (end_blockers(c) ||
		(!c->s->server->returns_busy && now - since < PG_BUSY_MS))) {
		store_wait(true);
		nanosleep(&pause, NULL);
		store_wait(false);
		return true;
	}
	return failure == PG_UNKNOWN && c->idempotent && !c->s->got_warning &&
	    (*unknown)++ == 0;
}

/* Writes SELECT columns FROM twofa_v1.function($1, ...). */
static void
call_sql(const struct pg_call *c, char out[256])
{
	int n = snprintf(out, 256, "SELECT %s FROM twofa_v1.\"%s\"(", c->select,
	    c->function);

	for (int i = 1; i <= c->count; i++)
		n += snprintf(
		    out + n, 256 - (size_t)n, "%s$%d", i == 1 ? "" : ", ", i);
	snprintf(out + n, 256 - (size_t)n, ")");
}

int
pg_run(struct pg_call *c)
{
	const int64_t since = frame_clock_ms();
	enum pg_failure failure;
	int unknown = 0;
	char sql[256];

	if (c->unfit) {
		c->s->failure = PG_FINE; /* nothing was asked */
		return store_set_cause(
		    c->s, "%s: a text is too long or not UTF-8", c->function);
	}
	call_sql(c, sql);
	do
		failure = call_only_once(c, sql);
	while (failure != PG_FINE && may_repeat(c, failure, since, &unknown));
	c->s->failure = failure;
	if (!c->s->checking) /* the call that connects counts it */
		store_wait_times_add(
		    failure == PG_FINE ? c->s->url.host[c->s->at].name : NULL,
		    frame_clock_ms() - since);
	return failure == PG_FINE ? pq.PQntuples(c->result) : -1;
}

void
pg_call_close(struct pg_call *c)
{
	if (c->result != NULL)
		pq.PQclear(c->result);
	c->result = NULL;
}

const char *
pg_get_text(const struct pg_call *c, int row, int column)
{
	const char *text = pq.PQgetvalue(c->result, row, column);

	return text != NULL ? text : ""; /* no such column */
}

int64_t
pg_get_int(const struct pg_call *c, int row, int column)
{
	return strtoll(pg_get_text(c, row, column), NULL, 10);
}

int64_t
pg_get_within(
    struct pg_call *c, int row, int column, int64_t least, int64_t most)
{
	const int64_t value = pg_get_int(c, row, column);

	if (value >= least && value <= most)
		return value;
	c->odd = true;
	store_set_cause(c->s,
	    "%s: its functions are of another version: run twofactl state "
	    "upgrade",
	    c->function);
	return 0;
}

bool
pg_field_is_true(const struct pg_call *c, int row, int column)
{
	return pg_get_text(c, row, column)[0] == 't';
}

int64_t
pg_run_value(struct pg_call *c)
{
	const int64_t value = pg_run(c) == 1 ? pg_get_int(c, 0, 0) : -1;

	pg_call_close(c);
	return value;
}
