/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes, remembered logins, providers, and operations of
 * administrators, in PostgreSQL. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"

#define PASSED_MAX_MS (2 * STORE_PASSED_MS) /* by two clocks */
#define TIME_MAX_S (INT64_C(1) << 40)

int
pg_recovery_set(struct store *s, const char *user, const char *const *code,
    unsigned count, struct store_recovery *bypass)
{
	const struct store_recovery with =
	    bypass != NULL ? *bypass : (struct store_recovery){ .use = 0 };
	struct store_recovery made[RECOVERY_MAX];
	struct pg_call c;

	if (store_recovery_hash(s, code, count, made) != 0)
		return -1;
	if (bypass != NULL && bypass->use == 0)
		return (int)pg_call_value(s, "recovery_end(%s, %.*s)", user,
		    RECOVERY_SALT, bypass->salt);
	if (bypass != NULL)
		memcpy(bypass->salt, made->salt, RECOVERY_SALT);
	pg_call_open(&c, s, "recovery_set(%s, %u, %jd, %s)", user, with.use,
	    with.until, with.by);
	pg_put_made(&c, made, (int)count);
	return (int)pg_run_value(&c);
}

/* Reads the columns of a bypass code from column on. */
static void
get_bypass(struct pg_call *c, int row, int column, struct store_recovery *r)
{
	r->use = (unsigned)pg_get_within(c, row, column, 0, RECOVERY_USE_BOTH);
	r->until = pg_get_within(c, row, column + 1, 0, INT64_MAX);
	PRINT_TO(r->by, "%s", pg_get_text(c, row, column + 2));
}

int
pg_recovery_list(struct store *s, const char *user,
    struct store_recovery list[STORE_CODES_MAX])
{
	struct pg_call c OWNED(pg_call_close);
	int rows;

	pg_call_open(&c, s, "?recovery_list(%s)", user);
	rows = pg_run(&c);
	if (rows > STORE_CODES_MAX)
		rows = STORE_CODES_MAX;
	for (int i = 0; i < rows; i++) {
		list[i].id = pg_get_within(&c, i, 0, 1, INT64_MAX);
		get_bypass(&c, i, 2, &list[i]);
		if (!pg_get_bytes(&c, i, 1, list[i].salt, RECOVERY_SALT))
			return store_set_cause(s,
			    "a recovery code is damaged: make the "
			    "user new ones");
	}
	return c.odd ? -1 : rows;
}

int
pg_recovery_claim(struct store *s, const struct store_recovery *list, int count,
    const struct store_right *right, struct store_recovery *with,
    unsigned *left)
{
	struct pg_call c OWNED(pg_call_close);
	int used;

	*left = 0;
	pg_call_begin(&c, s, "recovery_claim");
	pg_put_typed(&c, list, count);
	pg_put_right(&c, right);
	if (pg_run(&c) != 1)
		return -1;
	used = (int)pg_get_within(&c, 0, 0, 0, 1);
	*left =
	    used == 1 ? (unsigned)pg_get_within(&c, 0, 1, 0, RECOVERY_MAX) : 0;
	get_bypass(&c, 0, 2, with);
	return c.odd ? -1 : used;
}

int64_t
pg_recovery_count_users(struct store *s)
{
	return pg_call_value(s, "?recovery_users()");
}

int
pg_provider_passed_over_left(
    struct store *s, const char *provider, int64_t *left_ms)
{
	struct pg_call c OWNED(pg_call_close);

	*left_ms = 0;
	pg_call_open(&c, s, "?passed_left(%s)", provider);
	if (pg_run(&c) != 1)
		return -1;
	*left_ms = pg_get_within(&c, 0, 0, 0, PASSED_MAX_MS);
	return c.odd ? -1 : *left_ms > 0;
}

/* Reports names, methods and times; if since is not 0, the column is an age
 * before it. Methods of a newer version are skipped. */
static int
report_successes_since(struct pg_call *c, int64_t since, void *ctx,
    void (*row)(void *ctx, const char *name, enum method, int64_t wall))
{
	int rows;

	c->slow = true;
	rows = pg_run(c);
	for (int i = 0; i < rows; i++) {
		const int64_t method = pg_get_int(c, i, 1);
		const int64_t at =
		    pg_get_within(c, i, 2, -TIME_MAX_S, TIME_MAX_S);

		if (method > METHOD_NONE && method < METHOD_COUNT && !c->odd)
			row(ctx, pg_get_text(c, i, 0), (enum method)method,
			    since == 0 ? at : since - at);
	}
	return rows < 0 || c->odd ? -1 : 0;
}

int
pg_successes_by_provider(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall))
{
	struct pg_call c OWNED(pg_call_close);

	pg_call_open(&c, s, "?successes()");
	return report_successes_since(&c, 0, ctx, row);
}

int
pg_successes_by_user(struct store *s, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall))
{
	struct pg_call c OWNED(pg_call_close);

	pg_call_open(&c, s, "?got_in(%s)", service);
	return report_successes_since(&c, clock_wall_s(), ctx, row);
}

int
pg_status_list(struct store *s, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *))
{
	struct store_status one;
	struct pg_call c OWNED(pg_call_close);
	int rows;

	pg_call_open(&c, s, "?status(%s)", user);
	c.slow = true;
	rows = pg_run(&c);
	for (int i = 0; i < rows; i++) {
		one = (struct store_status){ .user = pg_get_text(&c, i, 0),
			.source = pg_get_text(&c, i, 1),
			.wrong = (unsigned)pg_get_int(&c, i, 2),
			.locked_s = pg_get_int(&c, i, 3),
			.sends_hour = (unsigned)pg_get_int(&c, i, 4),
			.sends_day = (unsigned)pg_get_int(&c, i, 5),
			.recovery = (unsigned)pg_get_int(&c, i, 6),
			.remembered = (unsigned)pg_get_int(&c, i, 7) };
		one.shut =
		    one.source[0] == '\0' && one.wrong >= LIMITS_LOCKOUT_AT;
		row(ctx, &one);
	}
	return rows < 0 ? -1 : 0;
}

int
pg_totals_read(struct store *s, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month)
{
	struct pg_call c OWNED(pg_call_close);

	pg_call_open(&c, s, "?totals()");
	c.slow = true;
	if (pg_run(&c) != 1)
		return -1;
	*hour = (unsigned)pg_get_int(&c, 0, 0);
	*day = (unsigned)pg_get_int(&c, 0, 1);
	*spent_day = pg_get_int(&c, 0, 2);
	*spent_month = pg_get_int(&c, 0, 3);
	return 0;
}

int
pg_hosts(struct store *s, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day))
{
	struct pg_call c OWNED(pg_call_close);
	int rows;

	pg_call_open(&c, s, "?hosts()");
	c.slow = true;
	rows = pg_run(&c);
	for (int i = 0; i < rows; i++)
		row(ctx, pg_get_text(&c, i, 0), (unsigned)pg_get_int(&c, i, 1),
		    (unsigned)pg_get_int(&c, i, 2));
	return rows < 0 ? -1 : 0;
}

int
pg_user_unlock(struct store *s, const char *user)
{
	const int64_t changed = pg_call_value(s, "unlock(%s)", user);

	return changed < 0 ? -1 : changed > 0;
}

int64_t
pg_sends_reset(struct store *s, const char *user, const char *counted_as)
{
	char number[HOST_KEY_TEXT] = "";

	if (counted_as[0] != '\0' &&
	    store_hash_number(s, counted_as, true, number) != 0)
		return -1;
	return pg_call_value(s, "sends_reset(%s, %s)", user, number);
}

int64_t
pg_number_release(struct store *s, const char *receiver)
{
	char number[HOST_KEY_TEXT];

	if (store_hash_number(s, receiver, true, number) != 0)
		return -1;
	return pg_call_value(s, "number_release(%s)", number);
}

int
pg_rows_in(struct store *s, const char *host, const char *file,
    const char *rows, struct store_moved *moved)
{
	struct pg_call c OWNED(pg_call_close);

	*moved = (struct store_moved){ 0 };
	pg_call_open(&c, s, "import(%s, %s)", host, file);
	c.slow = true;
	pg_put_long_text(&c, rows);
	if (pg_run(&c) != 1)
		return -1;
	moved->fresh = pg_field_is_true(&c, 0, 0);
	moved->steps = pg_get_int(&c, 0, 1);
	moved->guesses = pg_get_int(&c, 0, 2);
	moved->sends = pg_get_int(&c, 0, 3);
	moved->codes = pg_get_int(&c, 0, 4);
	return 0;
}
