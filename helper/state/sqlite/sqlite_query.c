/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statements and transactions of the embedded store, and what their errors
 * mean to an administrator.
 */
#include "helper/state/sqlite/sqlite.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATH_SHOWN 100 /* bytes of it; the rest of a cause says more */

void
store_complain(struct store *s, const char *fmt, ...)
{
	char what[sizeof(s->cause) - PATH_SHOWN - sizeof(": ")];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(
	    s->cause, sizeof(s->cause), "%.*s: %s", PATH_SHOWN, s->path, what);
}

void
store_complain_sql(struct store *s)
{
	static const char disk_full[] =
	    "the disk is full: free some space on it";
	int code = sqlite3_errcode(s->db);
	int sys = sqlite3_system_errno(s->db);

	/* not an enum: SQLite's codes are plain numbers */
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		store_complain(s,
		    "locked for %lld s: end the program that holds it "
		    "(a stopped twofa-helper, or sqlite3)",
		    (long long)store_waited_s(s));
		break;
	case SQLITE_FULL:
		store_complain(s, "%s", disk_full);
		break;
	case SQLITE_READONLY:
		store_complain(s,
		    "read-only: mount its file system writable and let the "
		    "helper's user own file and folder");
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		store_complain(s,
		    "damaged: move it and its -wal away, a new one is made "
		    "at the next login");
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (sys == ENOSPC || sys == EDQUOT) {
			store_complain(s, "%s", disk_full);
			break;
		}
		store_complain(s,
		    "cannot be read or written (%s): check its disk, and that "
		    "the helper's user owns file, -wal, -shm and folder",
		    sys != 0 ? strerror(sys) : sqlite3_errmsg(s->db));
		break;
	case SQLITE_CONSTRAINT: /* a late reply, and the number is in use */
		store_complain(
		    s, "another session has taken this verification over");
		break;
	default:
		store_complain(s, "%s (SQLite %d): move it away if this stays",
		    sqlite3_errmsg(s->db), code);
		break;
	}
}

int
store_run(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	store_complain_sql(s);
	return -1;
}

static int
begin_as(struct store *s, const char *synchronous, bool light)
{
	int begun;

	if (s->light != light && store_run(s, synchronous) != 0)
		return -1;
	s->light = light;
	store_wait_begin(s);
	store_queue_enter(s);
	begun = store_run(s, "BEGIN IMMEDIATE");
	store_wait_end(s);
	if (begun != 0)
		store_queue_leave(s);
	return begun;
}

int
store_begin(struct store *s)
{
	return begin_as(s, "PRAGMA synchronous = FULL", false);
}

int
store_begin_light(struct store *s)
{
	return begin_as(s, "PRAGMA synchronous = NORMAL", true);
}

void
store_rollback(struct store *s)
{
	/* SQLite has rolled back by itself after some errors. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	store_queue_leave(s);
}

int
store_commit(struct store *s)
{
	if (store_run(s, "COMMIT") != 0) {
		store_rollback(s);
		return -1;
	}
	store_queue_leave(s);
	return 0;
}

void
query_open(struct query *q, struct store *s, const char *sql)
{
	q->store = s;
	q->st = NULL;
	if (sqlite3_prepare_v2(s->db, sql, -1, &q->st, NULL) != SQLITE_OK) {
		store_complain_sql(s);
		return;
	}
	if (sqlite3_bind_parameter_index(q->st, ":boot") != 0)
		query_text(q, ":boot", s->boot);
}

/* A value could not be bound: the statement must not run without it. */
static void
query_bound(struct query *q, int rc)
{
	if (rc == SQLITE_OK)
		return;
	store_complain_sql(q->store);
	query_close(q);
}

void
query_number(struct query *q, const char *name, int64_t value)
{
	if (q->st == NULL)
		return;
	query_bound(q,
	    sqlite3_bind_int64(
		q->st, sqlite3_bind_parameter_index(q->st, name), value));
}

void
query_text(struct query *q, const char *name, const char *value)
{
	if (q->st == NULL)
		return;
	query_bound(q,
	    sqlite3_bind_text(q->st, sqlite3_bind_parameter_index(q->st, name),
		value, -1, SQLITE_STATIC));
}

void
query_blob(struct query *q, const char *name, const void *value, size_t len)
{
	if (q->st == NULL)
		return;
	query_bound(q,
	    sqlite3_bind_blob64(q->st,
		sqlite3_bind_parameter_index(q->st, name), value, len,
		SQLITE_STATIC));
}

enum query_result
query_step(struct query *q)
{
	int rc;

	if (q->st == NULL)
		return QUERY_ERROR;
	rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW)
		return QUERY_ROW;
	if (rc == SQLITE_DONE)
		return QUERY_DONE;
	store_complain_sql(q->store);
	return QUERY_ERROR;
}

void
query_close(struct query *q)
{
	sqlite3_finalize(q->st);
	q->st = NULL;
}

int
query_change(struct query *q)
{
	int changed = -1;

	if (query_step(q) == QUERY_DONE)
		changed = sqlite3_changes(q->store->db);
	query_close(q);
	return changed;
}

int
query_value(struct query *q, int64_t *value)
{
	int result = -1;

	switch (query_step(q)) {
	case QUERY_ERROR:
		break;
	case QUERY_DONE:
		result = 0;
		break;
	case QUERY_ROW:
		*value = sqlite3_column_int64(q->st, 0);
		result = 1;
		break;
	}
	query_close(q);
	return result;
}

static int
change_committed(struct query *q, int (*begin)(struct store *))
{
	struct store *s = q->store;
	int changed;

	if (q->st == NULL || begin(s) != 0) {
		query_close(q);
		return -1;
	}
	changed = query_change(q);
	if (changed < 0) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s) == 0 ? changed : -1;
}

int
query_commit(struct query *q)
{
	return change_committed(q, store_begin);
}

int
query_commit_light(struct query *q)
{
	return change_committed(q, store_begin_light);
}
