/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verification's row in the embedded store: reads its columns and checks
 * them. Values that this program never writes mean damage, and are an error.
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <stdio.h>
#include <string.h>

/* The positions of the columns. */
enum column {
	COL_ID,
	COL_USER,
	COL_STATE,
	COL_MINE,
	COL_REQUEST,
	COL_METHOD,
	COL_SENT,
	COL_EXPIRES,
	COL_TRIES,
	COL_SENDS,
	COL_JOINED,
	COL_PROVIDER,
	COL_ENDS,
	COL_HOLDER,
	COL_SEND,
	COL_TYPE,
	COL_APART,
	COL_FOREIGN,
};

static enum row_state
state_of(const char *name)
{
	static const char *const names[] = {
		[ROW_NONE] = "",
		[ROW_STARTING] = "starting",
		[ROW_RUNNING] = "running",
		[ROW_REPLACING] = "replacing",
		[ROW_UNKNOWN] = "unknown",
		[ROW_SPENT] = "spent",
	};

	for (unsigned i = ROW_STARTING; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum row_state)i;
	return ROW_NONE;
}

static const char *
column_text(const struct sqlite_query *q, enum column c)
{
	const char *text = (const char *)sqlite3_column_text(q->st, (int)c);

	return text == NULL ? "" : text;
}

/* false: outside 0..max, or too long for out[cap] */
static bool
column_count(
    const struct sqlite_query *q, enum column c, int64_t max, unsigned *out)
{
	int64_t value = sqlite3_column_int64(q->st, (int)c);

	*out = (unsigned)value;
	return value >= 0 && value <= max;
}

static bool
column_copy(const struct sqlite_query *q, enum column c, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s", column_text(q, c));

	return n >= 0 && (size_t)n < cap;
}

/* A person of a shared account may be named so: "ACCOUNT//enrolment". */
static bool
is_enrolment(const char *user)
{
	const size_t len = strlen(user), tail = sizeof(STORE_ENROLMENT) - 1;

	return len > tail && strcmp(user + len - tail, STORE_ENROLMENT) == 0 &&
	    user[len - tail - 1] != '/';
}

/* 0, or -1 for a row with values that we never write. */
static int
row_read(const struct sqlite_query *q, struct store_found *f)
{
	const int64_t now = q->store->now;
	struct store_row *r = &f->row;
	unsigned method = 0;

	r->id = sqlite3_column_int64(q->st, COL_ID);
	r->age_ms = now - sqlite3_column_int64(q->st, COL_SENT);
	r->left_ms = sqlite3_column_int64(q->st, COL_EXPIRES) - now;
	r->over_ms = sqlite3_column_int64(q->st, COL_ENDS) - now;
	r->holder = sqlite3_column_int64(q->st, COL_HOLDER);
	r->send = sqlite3_column_int64(q->st, COL_SEND);
	r->apart = sqlite3_column_int64(q->st, COL_APART) != 0;
	r->foreign = sqlite3_column_int64(q->st, COL_FOREIGN) != 0;
	r->mine = sqlite3_column_int64(q->st, COL_MINE) != 0;
	f->state = state_of(column_text(q, COL_STATE));
	if (f->state == ROW_NONE ||
	    !column_count(q, COL_METHOD, METHOD_COUNT - 1, &method) ||
	    !column_count(q, COL_TRIES, INT32_MAX, &r->tries) ||
	    !column_count(q, COL_SENDS, INT32_MAX, &r->sends) ||
	    !column_count(q, COL_JOINED, INT32_MAX, &r->joined) ||
	    !column_copy(
		q, COL_REQUEST, r->request_id, sizeof(r->request_id)) ||
	    !column_copy(q, COL_PROVIDER, r->provider, sizeof(r->provider)) ||
	    !column_copy(q, COL_TYPE, r->type, sizeof(r->type)))
		return -1;
	r->method = (enum method)method;
	return 0;
}

int
sqlite_row_find(struct sqlite_query *q, const char *user, struct store_found *f)
{
	enum sqlite_step step = sqlite_query_step(q);
	int result = -1;

	memset(f, 0, sizeof(*f));
	if (step == QUERY_DONE)
		result = 0;
	if (step == QUERY_ROW) {
		f->same_user =
		    user == NULL || strcmp(column_text(q, COL_USER), user) == 0;
		f->enrols = is_enrolment(column_text(q, COL_USER));
		result = row_read(q, f);
		if (result != 0)
			sqlite_complain(q->store,
			    "a row is damaged: move the file and its "
			    "-wal away");
	}
	sqlite_query_close(q);
	return result;
}

int
sqlite_row_held(struct store *s, int changed)
{
	if (changed == 0)
		sqlite_complain(
		    s, "another session has taken this verification over");
	return changed == 1 ? 0 : -1;
}

/* A power cut may lose it: rows of an earlier boot are dead anyway. */
int
sqlite_row_commit(struct sqlite_query *q)
{
	struct store *s = q->store;

	return sqlite_row_held(s, sqlite_query_commit_light(q));
}
