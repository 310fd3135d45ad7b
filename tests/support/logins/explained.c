/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/logins/explained.h"

#include <dirent.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/control/control_inside.h"
#include "helper/store/store.h"
#include "lib/items/items.h"

#define STATE_TEXT 65536

static unsigned logged;

void __syslog_chk(int level, int flag, const char *fmt, ...);

/* In the place of libc's, as the compiler calls it. */
void
__syslog_chk(int level, int flag, const char *fmt, ...)
{
	(void)level;
	(void)flag;
	(void)fmt;
	logged++;
}

#undef syslog
void
syslog(int level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
	logged++;
}

/* --- what is kept -------------------------------------------------------- */

struct text {
	size_t used;
	char b[STATE_TEXT];
};

static void
put(struct text *t, const char *text)
{
	const size_t len = strlen(text);

	assert_true(t->used + len + 2 < sizeof(t->b));
	memcpy(t->b + t->used, text, len);
	t->used += len;
	t->b[t->used++] = '\n';
	t->b[t->used] = '\0';
}

/* Calls each with the first column of every row. */
static void
rows(sqlite3 *db, const char *sql, struct text *t,
    void (*each)(sqlite3 *, sqlite3_stmt *, struct text *))
{
	sqlite3_stmt *st;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		each(db, st, t);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
}

static void
put_row(sqlite3 *db, sqlite3_stmt *st, struct text *t)
{
	(void)db;
	for (int i = 0; i < sqlite3_column_count(st); i++) {
		const char *text = (const char *)sqlite3_column_text(st, i);

		put(t, text != NULL ? text : "NULL");
	}
}

static void
put_table(sqlite3 *db, sqlite3_stmt *st, struct text *t)
{
	const char *name = (const char *)sqlite3_column_text(st, 0);
	char sql[128];

	put(t, name);
	snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", name);
	rows(db, sql, t, put_row);
}

/* Such as host.key and latency: made by what a login does. */
static void
put_files(const char *dir, struct text *t)
{
	DIR *d = opendir(dir);
	unsigned files = 0;
	char count[16];

	assert_non_null(d);
	while (readdir(d) != NULL)
		files++;
	closedir(d);
	snprintf(count, sizeof(count), "%u", files);
	put(t, count);
}

/* reserve holds room on the disk. */
static void
put_state(const struct scripted *s, struct text *t)
{
	sqlite3 *db;

	t->used = 0;
	assert_int_equal(
	    sqlite3_open_v2(s->state, &db, SQLITE_OPEN_READONLY, NULL),
	    SQLITE_OK);
	rows(db,
	    "SELECT name FROM sqlite_master WHERE type = 'table' AND"
	    " name NOT IN ('reserve', 'sqlite_sequence') ORDER BY name",
	    t, put_table);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	put_files(s->dir, t);
}

/* --- what is said -------------------------------------------------------- */

static void
copy(char *out, size_t cap, const char *text)
{
	assert_true((size_t)snprintf(out, cap, "%s", text) < cap);
}

static void
take_ask(struct explained *e, const struct item *r)
{
	copy(e->ask, sizeof(e->ask), r->text[1]);
	copy(e->method, sizeof(e->method), r->text[2]);
	copy(e->provider, sizeof(e->provider), r->text[3]);
	copy(e->asked_reason, sizeof(e->asked_reason), r->text[4]);
	copy(e->which, sizeof(e->which), r->text[5]);
	copy(e->outage, sizeof(e->outage), r->text[6]);
	e->wait_s = r->number[7];
	e->age_s = r->number[8];
}

static void
take_line(void *ctx, const char *line)
{
	struct explained *e = ctx;
	struct item r;

	assert_int_equal(item_read(&r, line), 0);
	assert_int_not_equal(r.kind, ITEM_ERROR);
	if (r.kind == ITEM_PLAN) {
		copy(e->end, sizeof(e->end), r.text[1]);
		copy(e->reason, sizeof(e->reason), r.text[2]);
		copy(e->would, sizeof(e->would), r.text[3]);
	}
	if (r.kind == ITEM_ASK)
		take_ask(e, &r);
}

static bool (*known_dead)(int64_t number);

static bool
is_dead(void *ctx, int64_t number)
{
	(void)ctx;
	return known_dead(number);
}

void
explained_run(
    const struct scripted *s, bool (*dead)(int64_t number), struct explained *e)
{
	static struct text before, after;
	const struct ui ui = { .ctx = e, .say = take_line };
	struct store *store = scripted_store(s);
	const struct environment env = { .facts = &s->facts,
		.ui = &ui,
		.deadline = 1,
		.dead = dead != NULL ? is_dead : NULL,
		.conf = &s->conf,
		.store = store };

	known_dead = dead;
	memset(e, 0, sizeof(*e));
	put_state(s, &before);
	logged = 0;
	assert_int_equal(control_explain(&env), REASON_NONE);
	assert_int_equal(logged, 0);
	put_state(s, &after);
	assert_string_equal(before.b, after.b);
	store_close(store);
}
