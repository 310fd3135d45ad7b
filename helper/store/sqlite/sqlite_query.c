/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements and transactions, and the texts of errors. */
#include "helper/store/sqlite/sqlite.h"

#include <errno.h>
#include <stdlib.h>

const char *
sqlite_source_place(const struct store *s, const char *source)
{
	return source_is_local(source) ? s->host : "";
}

int
sqlite_read_number(struct store *s, const char *sql, int64_t *value)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql);
	return sqlite_query_read_value(&q, value);
}

int
sqlite_header_query(struct store *s, struct sqlite_header *h)
{
	const struct {
		const char *sql;
		int64_t *value;
	} fields[] = { { "PRAGMA user_version", &h->version },
		{ "PRAGMA application_id", &h->application },
		{ "PRAGMA freelist_count", &h->unused },
		{ "PRAGMA page_count", &h->pages } };

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (sqlite_read_number(s, fields[i].sql, fields[i].value) != 1)
			return -1;
	return 0;
}

/* After an error the transaction stays open: ending it would replace SQLite's
 * error code, which the caller needs to try again or to close the database. */
int
sqlite_header_peek(struct store *s, struct sqlite_header *h)
{
	if (sqlite_read_begin(s) != 0 || sqlite_header_query(s, h) != 0)
		return -1;
	return sqlite_run(s, "COMMIT");
}

int
sqlite_set_cause(struct store *s)
{
	const int code = sqlite3_errcode(s->db), kind = code & 0xff;
	const int sys = sqlite3_system_errno(s->db);
	const bool io = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN;

	if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
		return store_set_cause(s,
		    "locked for %lld s: end the program that holds it "
		    "(a stopped twofa-helper, or sqlite3)",
		    (long long)sqlite_waited_s(s));
	if (kind == SQLITE_FULL || (io && (sys == ENOSPC || sys == EDQUOT)))
		return store_set_cause(
		    s, "the disk is full: free some space on it");
	if (kind == SQLITE_READONLY)
		return store_set_cause(s,
		    "read-only: mount its file system writable and let the "
		    "helper's user own file and folder");
	if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		return store_set_cause(s,
		    "damaged: move it and its -wal away, a new one is made "
		    "at the next login");
	if (io)
		return store_set_cause(s,
		    "cannot be read or written (%s): check its disk, and that "
		    "the helper's user owns file, -wal, -shm and folder",
		    sys != 0 ? strerror(sys) : sqlite3_errmsg(s->db));
	s->taken |= kind == SQLITE_CONSTRAINT;
	if (kind == SQLITE_CONSTRAINT) /* late reply, number in use again */
		return store_set_cause(
		    s, "another session has taken this verification over");
	return store_set_cause(s, "%s (SQLite %d): move it away if this stays",
	    sqlite3_errmsg(s->db), code);
}

int
sqlite_run(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return sqlite_set_cause(s);
}

int
sqlite_run_one(struct store *s, const char *sql)
{
	struct sqlite_query q;

	sqlite_query_open(&q, s, sql);
	return sqlite_query_run(&q) < 0 ? -1 : 0;
}

/* For statements that each login runs. */
static int
run_cached(struct store *s, const char *sql)
{
	return (s->cached == NULL ? sqlite_run : sqlite_run_one)(s, sql);
}

static void
clock_read(struct store *s)
{
	s->now = sqlite_clock.now_ms();
	s->wall = sqlite_clock.wall_s();
}

static int
begin_with_sync(struct store *s, enum sqlite_sync sync)
{
	int begun;

	if (s->syncs_later && sync == SYNC_FULL) {
		s->unsynced++;
		sync = SYNC_NORMAL;
	}
	if (s->sync != sync &&
	    run_cached(s,
		sync == SYNC_FULL ? "PRAGMA synchronous = FULL"
				  : "PRAGMA synchronous = NORMAL") != 0)
		return -1;
	s->sync = sync;
	sqlite_wait_begin(s);
	sqlite_queue_enter(s);
	begun = run_cached(s, "BEGIN IMMEDIATE");
	sqlite_wait_end(s);
	if (begun != 0)
		sqlite_queue_leave(s);
	/* not before the wait: what others did meanwhile would be of a clock
	 * that was ahead */
	clock_read(s);
	return begun;
}

int
sqlite_write_begin(struct store *s)
{
	return begin_with_sync(s, SYNC_FULL);
}

int
sqlite_write_begin_nosync(struct store *s)
{
	return begin_with_sync(s, SYNC_NORMAL);
}

/* A checkpoint has synced the log, if that has begun again since. */
int
sqlite_sync(struct store *s)
{
	sqlite3_file *log;

	if (s->unsynced == 0)
		return 0;
	s->unsynced = 0;
	log = sqlite_log_file(s);
	if (log != NULL &&
	    log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK)
		return 0;
	return store_set_cause(s, "its -wal cannot be written: check its disk");
}

int
sqlite_read_begin(struct store *s)
{
	clock_read(s);
	return run_cached(s, "BEGIN");
}

void
sqlite_rollback(struct store *s)
{
	/* After some errors SQLite has already rolled back. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite_queue_leave(s);
}

int
sqlite_commit(struct store *s)
{
	if (run_cached(s, "COMMIT") != 0) {
		sqlite_rollback(s);
		return -1;
	}
	sqlite_queue_leave(s);
	return 0;
}

int
sqlite_write_end(struct store *s, int result)
{
	if (result >= 0)
		return sqlite_commit(s) == 0 ? result : -1;
	sqlite_rollback(s);
	return -1;
}

/* Closes the query if a value could not be bound: it must not run without. */
static void
query_check_bound(struct sqlite_query *q, int rc)
{
	if (rc == SQLITE_OK)
		return;
	sqlite_set_cause(q->store);
	sqlite_query_close(q);
}

static void
number_at(struct sqlite_query *q, int at, int64_t value)
{
	if (q->st != NULL)
		query_check_bound(q, sqlite3_bind_int64(q->st, at, value));
}

static void
text_at(struct sqlite_query *q, int at, const char *value)
{
	if (q->st != NULL)
		query_check_bound(
		    q, sqlite3_bind_text(q->st, at, value, -1, SQLITE_STATIC));
}

static const char *const shared_names[SQLITE_SHARED] = { ":boot", ":now",
	":wall", ":host", ":socket", ":scope", ":session", ":process" };

static void
bind_shared(struct sqlite_query *q)
{
	const struct store *s = q->store;
	const struct {
		const char *text; /* NULL: a number */
		int64_t number;
	} value[SQLITE_SHARED] = { { s->boot, 0 }, { NULL, s->now },
		{ NULL, s->wall }, { s->host, 0 }, { NULL, s->socket },
		{ s->scope, 0 }, { NULL, s->head.session },
		{ NULL, store_process(s) } };

	for (size_t i = 0; i < SQLITE_SHARED; i++) {
		const int at = q->cached != NULL
		    ? q->cached->shared[i]
		    : sqlite3_bind_parameter_index(q->st, shared_names[i]);

		if (at != 0 && value[i].text != NULL)
			text_at(q, at, value[i].text);
		else if (at != 0)
			number_at(q, at, value[i].number);
	}
}

/* Returns the slot of the statement with this text, or a free one; NULL if it
 * is in use or there is no free slot. The texts are constants, so their
 * addresses are a good hash. */
static struct sqlite_cached *
cache_slot(const struct store *s, const char *sql)
{
	size_t at = ((uintptr_t)sql >> 3) % SQLITE_CACHE_SIZE;
	struct sqlite_cached *k;

	for (size_t n = 0; n < SQLITE_CACHE_SIZE; n++) {
		k = &s->cached[(at + n) % SQLITE_CACHE_SIZE];
		if (k->st == NULL)
			return k;
		if (strcmp(sqlite3_sql(k->st), sql) == 0)
			return k->used ? NULL : k;
	}
	return NULL;
}

static int
query_prepare(struct sqlite_query *q, const char *sql)
{
	struct store *s = q->store;
	struct sqlite_cached *k = s->cached != NULL ? cache_slot(s, sql) : NULL;
	int rc = SQLITE_OK;

	if (k == NULL)
		return sqlite3_prepare_v2(s->db, sql, -1, &q->st, NULL);
	if (k->st == NULL) {
		rc = sqlite3_prepare_v3(
		    s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &k->st, NULL);
		for (size_t i = 0; i < SQLITE_SHARED; i++)
			k->shared[i] = sqlite3_bind_parameter_index(
			    k->st, shared_names[i]);
	}
	q->st = k->st;
	q->cached = rc == SQLITE_OK ? k : NULL;
	if (q->cached != NULL)
		k->used = true;
	return rc;
}

void
sqlite_query_cache_free(struct store *s)
{
	for (size_t i = 0; s->cached != NULL && i < SQLITE_CACHE_SIZE; i++)
		sqlite3_finalize(s->cached[i].st);
	free(s->cached);
	s->cached = NULL;
}

void
sqlite_query_open(struct sqlite_query *q, struct store *s, const char *sql)
{
	*q = (struct sqlite_query){ .store = s };
	if (query_prepare(q, sql) != SQLITE_OK) {
		sqlite_set_cause(s);
		return;
	}
	if (sqlite3_get_autocommit(s->db))
		clock_read(s);
	bind_shared(q);
}

void
sqlite_query_bind_number(
    struct sqlite_query *q, const char *name, int64_t value)
{
	number_at(q, sqlite3_bind_parameter_index(q->st, name), value);
}

void
sqlite_query_bind_text(
    struct sqlite_query *q, const char *name, const char *value)
{
	text_at(q, sqlite3_bind_parameter_index(q->st, name), value);
}

static void
query_blob(struct sqlite_query *q, const char *name, const void *value, int len)
{
	if (q->st == NULL)
		return;
	query_check_bound(q,
	    sqlite3_bind_blob(q->st, sqlite3_bind_parameter_index(q->st, name),
		value, len, SQLITE_STATIC));
}

static void
bind_values(struct sqlite_query *q, const char *values, va_list ap)
{
	char name[32];
	int blob;

	while (*values != '\0') {
		const size_t len = strcspn(values, "=");
		const size_t fits = len < sizeof(name) ? len : 0;

		/* not snprintf(), for speed; without its name a value is not
		 * bound, which is an error */
		memcpy(name, values, fits);
		name[fits] = '\0';
		values += len + strlen("=%");
		if (*values == 's')
			sqlite_query_bind_text(
			    q, name, va_arg(ap, const char *));
		else if (*values == 'j')
			sqlite_query_bind_number(q, name, va_arg(ap, intmax_t));
		else if (*values != '.')
			sqlite_query_bind_number(q, name, va_arg(ap, int));
		else {
			blob = va_arg(ap, int);
			query_blob(q, name, va_arg(ap, const void *), blob);
		}
		values += strcspn(values, ":");
	}
}

struct sqlite_query *
sqlite_query_open_with(struct sqlite_query *q, struct store *s, const char *sql,
    const char *values, ...)
{
	va_list ap;

	sqlite_query_open(q, s, sql);
	va_start(ap, values);
	bind_values(q, values, ap);
	va_end(ap);
	return q;
}

void
sqlite_query_bind(struct sqlite_query *q, const char *values, ...)
{
	va_list ap;

	va_start(ap, values);
	bind_values(q, values, ap);
	va_end(ap);
}

enum sqlite_step
sqlite_query_step(struct sqlite_query *q)
{
	int rc;

	if (q->st == NULL)
		return QUERY_ERROR;
	rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW)
		return QUERY_ROW;
	if (rc == SQLITE_DONE)
		return QUERY_DONE;
	sqlite_set_cause(q->store);
	return QUERY_ERROR;
}

void
sqlite_query_reset(struct sqlite_query *q)
{
	/* sqlite_query_step() has reported its error */
	(void)sqlite3_reset(q->st);
}

void
sqlite_query_close(struct sqlite_query *q)
{
	if (q->cached != NULL) {
		(void)sqlite3_reset(q->st);
		(void)sqlite3_clear_bindings(q->st);
		q->cached->used = false;
		q->cached = NULL;
	} else {
		sqlite3_finalize(q->st);
	}
	q->st = NULL;
}

int
sqlite_query_run(struct sqlite_query *q)
{
	int changed = -1;

	if (sqlite_query_step(q) == QUERY_DONE)
		changed = sqlite3_changes(q->store->db);
	sqlite_query_close(q);
	return changed;
}

int
sqlite_query_read_value(struct sqlite_query *q, int64_t *value)
{
	const enum sqlite_step step = sqlite_query_step(q);

	if (step == QUERY_ROW)
		*value = sqlite3_column_int64(q->st, 0);
	sqlite_query_close(q);
	return step == QUERY_ROW ? 1 : step == QUERY_DONE ? 0 : -1;
}

int64_t
sqlite_query_count(struct sqlite_query *q)
{
	int64_t count = 0;

	return sqlite_query_read_value(q, &count) == 1 ? count : -1;
}
