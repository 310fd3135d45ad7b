/* SPDX-License-Identifier: BSD-2-Clause */
/* The effects of a right code: counts cleared, remembered logins, successes of
 * providers. Providers that are passed over. */
#include "helper/store/sqlite/sqlite.h"

#define PRUNE_ROWS "8"
/* Bits of the result of sql_grace_read. FROM_FUTURE: there are entries from
 * before the clock was set back, of any user; once it is right again, they
 * could not be recognised. */
#define REMEMBERED 1
#define FROM_FUTURE 2
#define EXTENDED 4 /* as it is used */
/* end of an entry that is used now */
#define GRACE_END "min(since + :seconds, :wall + :idle)"

int
sqlite_right_apply_step(
    struct store *s, const struct store_right *right, bool recovery)
{
	return sqlite_guess_clear_step(
		   s, right->user, right->source, recovery) != 0 ||
		(right->service != NULL &&
		    sqlite_success_note_step(s, right) != 0) ||
		sqlite_note_right_code_source(s, right) != 0 ||
		(right->binding != NULL &&
		    sqlite_remembered_add_step(s, right) != 0)
	    ? -1
	    : 0;
}

static const char sql_pass_over[] =
    "INSERT INTO passed_over VALUES(:provider, :host, :boot, :now + :ms)"
    " ON CONFLICT(provider, host) DO UPDATE SET boot = excluded.boot,"
    " until = excluded.until";
static const char sql_passed_over[] =
    "SELECT boot, until FROM passed_over WHERE provider = :provider"
    " AND host = :host";
static const char sql_success[] =
    "INSERT OR REPLACE INTO passed"
    " VALUES(:user, :service, :method, :provider, :host, :wall)";
static const char sql_successes[] =
    "SELECT provider, method, max(at) FROM passed GROUP BY provider, method"
    " ORDER BY provider, method";
static const char sql_got_in[] =
    "SELECT user, method, max(at) FROM passed WHERE service = :service"
    " AND host = :host GROUP BY user, method ORDER BY user, method";

/* clang-format off */
STORE_CALL(sqlite, provider_pass_over, (struct store *s, const char *provider,
    int64_t ms), SQLITE_WRITE_NOSYNC(s, sqlite_change_one(s, sql_pass_over,
	":provider=%s :ms=%jd", provider, ms)));
/* clang-format on */

void
sqlite_passed_over_open(struct sqlite_query *q, struct store *s)
{
	sqlite_query_open(q, s, sql_passed_over);
}

int
sqlite_passed_over_step(
    struct sqlite_query *q, const char *provider, int64_t *left_ms)
{
	const struct store *s = q->store;
	enum sqlite_step step;
	int64_t left = 0;

	*left_ms = 0;
	sqlite_query_bind_text(q, ":provider", provider);
	step = sqlite_query_step(q);
	if (step == QUERY_ROW &&
	    strcmp((const char *)sqlite3_column_text(q->st, 0), s->boot) == 0)
		left = sqlite3_column_int64(q->st, 1) - s->now;
	sqlite_query_reset(q);
	if (step == QUERY_ERROR)
		return -1;
	if (left <= 0 || left > STORE_PASSED_MS + SQLITE_SKEW_MS)
		return 0;
	*left_ms = left;
	return 1;
}

int
sqlite_provider_passed_over_left(
    struct store *s, const char *provider, int64_t *left_ms)
{
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_passed_over_open(&q, s);
	return sqlite_passed_over_step(&q, provider, left_ms);
}

int
sqlite_success_note_step(struct store *s, const struct store_right *right)
{
	return sqlite_change_one(s, sql_success,
	    ":user=%s :service=%s :provider=%s :method=%d", right->user,
	    right->service, right->provider, right->method);
}

static int
report_successes(struct sqlite_query *q, void *ctx,
    void (*row)(void *ctx, const char *name, enum method, int64_t wall))
{
	enum sqlite_step step;

	while ((step = sqlite_query_step(q)) == QUERY_ROW) {
		const int64_t method = sqlite3_column_int64(q->st, 1);

		/* not those of a newer version */
		if (method > METHOD_NONE && method < METHOD_COUNT)
			row(ctx, (const char *)sqlite3_column_text(q->st, 0),
			    (enum method)method,
			    sqlite3_column_int64(q->st, 2));
	}
	return step == QUERY_DONE ? 0 : -1;
}

int
sqlite_successes_by_provider(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall))
{
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_query_open(&q, s, sql_successes);
	return report_successes(&q, ctx, row);
}

int
sqlite_successes_by_user(struct store *s, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall))
{
	struct sqlite_query q OWNED(sqlite_query_close);

	sqlite_query_open_with(&q, s, sql_got_in, ":service=%s", service);
	return report_successes(&q, ctx, row);
}

static const char sql_grace_put[] =
    "INSERT OR REPLACE INTO grace(user, binding, host, since, until)"
    " VALUES(:user, :binding, :host, :wall, :wall + min(:seconds, :idle))";
/* Entries that have expired, or were made before the clock was set back. If
 * SQLite took both for likely, it would scan the table. */
static const char sql_grace_prune[] =
    "DELETE FROM grace WHERE (user, binding, host) IN"
    " (SELECT user, binding, host FROM grace"
    " WHERE unlikely(until <= :wall) OR unlikely(since > :wall)"
    " LIMIT " PRUNE_ROWS ")";
/* Limited, so that the log stays within its reserve. */
static const char sql_grace_end_future[] =
    "DELETE FROM grace WHERE (user, binding, host) IN"
    " (SELECT user, binding, host FROM grace WHERE since > :wall LIMIT 50)";
/* The time may have been shortened since. */
static const char sql_grace_read[] =
    "SELECT coalesce((SELECT iif(until + 3600 < " GRACE_END ", 5, 1) FROM grace"
    " WHERE user = :user AND binding = :binding AND host = :host"
    " AND since <= :wall AND until > :wall AND since + :seconds > :wall), 0)"
    " + 2 * EXISTS(SELECT 1 FROM grace WHERE since > :wall)";
static const char sql_grace_extend[] =
    "UPDATE grace SET until = " GRACE_END
    " WHERE user = :user AND binding = :binding AND host = :host";
/* Also entries of the account's people, or of the user at shared accounts. */
static const char sql_grace_forget[] =
    "DELETE FROM grace WHERE user = :user OR (" SQLITE_PEOPLE_OF_USER ")";
/* For an account: its people, and users who reached it by su. Names hold no
 * byte that is special to GLOB. */
static const char sql_grace_forget_shared[] =
    "DELETE FROM grace WHERE user GLOB '*//=' || :user"
    " OR user GLOB '*//=' || :user || '//=*'";

#define GRACE_OF ":user=%s :seconds=%jd :idle=%jd :binding=%.*s"
#define GRACE_VALUES(request)                                                  \
	(request)->remembered_as != NULL ? (request)->remembered_as            \
					 : (request)->user,                    \
	    (request)->remember_s, (request)->idle_s, STORE_REMEMBERED_LEN,    \
	    (request)->binding

int
sqlite_remembered_add_step(struct store *s, const struct store_right *right)
{
	if (sqlite_run_one(s, sql_grace_prune) != 0)
		return -1;
	return sqlite_change_one(
	    s, sql_grace_put, GRACE_OF, GRACE_VALUES(right));
}

static int
grace_read(struct store *s, const struct store_begin *request)
{
	return (int)sqlite_count(
	    s, sql_grace_read, GRACE_OF, GRACE_VALUES(request));
}

int
sqlite_login_is_remembered(
    struct store *s, const struct store_begin *request, bool keep)
{
	int seen = grace_read(s, request);

	while (keep && seen >= 0 && (seen & FROM_FUTURE) != 0)
		seen = SQLITE_WRITE(
			   s, sqlite_run_one(s, sql_grace_end_future)) != 0
		    ? -1
		    : grace_read(s, request);
	/* unextended it ends too early at worst */
	if (keep && seen >= 0 && (seen & EXTENDED) != 0)
		(void)SQLITE_WRITE_NOSYNC(s,
		    sqlite_change(
			s, sql_grace_extend, GRACE_OF, GRACE_VALUES(request)));
	return seen < 0 ? -1 : seen & REMEMBERED;
}

int
sqlite_remembered_forget_step(struct store *s, const char *user)
{
	return sqlite_change(s, sql_grace_forget, ":user=%s", user);
}

/* Returns the number of rows, or -1. */
static int
grace_forget(struct store *s, const char *user)
{
	struct sqlite_query q;
	int own, shared;

	if (user == NULL) {
		sqlite_query_open(&q, s, "DELETE FROM grace");
		return sqlite_query_run(&q);
	}
	own = sqlite_remembered_forget_step(s, user);
	shared = own < 0
	    ? -1
	    : sqlite_change(s, sql_grace_forget_shared, ":user=%s", user);
	return shared < 0 ? -1 : own + shared;
}

STORE_CALL(sqlite, remembered_forget, (struct store * s, const char *user),
    SQLITE_WRITE(s, grace_forget(s, user)));
