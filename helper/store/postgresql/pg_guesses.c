/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrong codes and tries in PostgreSQL. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"

/* Steps of an app, and of a token's counters, which are below 0. */
#define STEP_MAX (INT64_C(1) << 41)

/* Reads the first two columns. */
static enum store_guess
get_guess(struct pg_call *c, int64_t *wait_s)
{
	const int64_t guess =
	    pg_get_within(c, 0, 0, GUESS_OPEN, GUESS_LOCKED_OUT);

	*wait_s = pg_get_wait(c, 1);
	return c->odd ? GUESS_ERROR : (enum store_guess)guess;
}

enum store_guess
pg_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, struct store_guess_token *token,
    int64_t *wait_s)
{
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };

	memset(token, 0, sizeof(*token));
	*wait_s = 0;
	if (!store_check_limits(s, source, limits))
		return GUESS_ERROR;
	pg_call_open(&c, s, "guess_take(%s, %s)", user, source);
	c.select = "guess, wait_s, (c).*";
	pg_put_limits(&c, limits);
	if (pg_run(&c) != 1)
		return GUESS_ERROR;
	pg_get_token(&c, 2, token);
	return get_guess(&c, wait_s);
}

enum store_guess
pg_guess_look(struct store *s, const char *user, const char *source,
    int64_t *wait_s, bool *refused)
{
	struct pg_call c OWNED(pg_call_close);

	*wait_s = 0;
	pg_call_open(&c, s, "?guess_look(%s, %s)", user, source);
	if (pg_run(&c) != 1)
		return GUESS_ERROR;
	if (refused != NULL)
		*refused = pg_field_is_true(&c, 0, 2);
	return get_guess(&c, wait_s);
}

bool
pg_guess_take_with_try(
    struct store *s, const struct store_attempt *a, struct store_attempted *out)
{
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };
	enum store_row_state state;

	memset(out, 0, sizeof(*out));
	if (!store_check_limits(s, a->source, a->limits))
		return false;
	pg_call_open(&c, s, "attempt(%s, %s)", a->user, a->source);
	c.select = "guess, wait_s, tried, (c).*, (r).*";
	pg_put_limits(&c, a->limits);
	pg_put(&c, "%jd, %u", a->id, a->tries);
	pg_put_counted(&c, a->back);
	if (pg_run(&c) == 1 && pg_get_verification(&c, 15, &out->row, &state)) {
		out->guess = get_guess(&c, &out->wait_s);
		out->tried = (enum store_try)pg_get_within(&c, 0, 2,
		    out->guess == GUESS_OPEN ? TRY_COUNTED : TRY_ERROR,
		    TRY_GONE);
		pg_get_token(&c, 3, &out->token);
		if (c.odd)
			out->guess = GUESS_ERROR;
	}
	return out->guess == GUESS_OPEN && out->tried == TRY_COUNTED;
}

enum store_guess
pg_totp_attempt(struct store *s, const struct store_totp_attempt *a,
    int *claimed, int64_t *wait_s)
{
	struct pg_call c OWNED(pg_call_close) = { .result = NULL };

	*claimed = 0;
	*wait_s = 0;
	if (a->used != NULL)
		a->used->step = 0;
	if (a->token != NULL)
		memset(a->token, 0, sizeof(*a->token));
	if (!store_check_limits(s, a->right->source, a->limits))
		return GUESS_ERROR;
	pg_call_begin(&c, s, "totp_attempt");
	c.select = "guess, wait_s, claimed, used_step, used_source, (c).*";
	pg_put_limits(&c, a->limits);
	pg_put(&c, "%.*s, %jd", a->secret != NULL ? STORE_CODE_DIGEST : 0,
	    a->secret != NULL ? (const char *)a->secret : "", a->step);
	if (a->used != NULL)
		pg_put(&c, "%jd", a->used->newest);
	else
		pg_put_null(&c);
	pg_put_right(&c, a->right);
	if (pg_run(&c) != 1)
		return GUESS_ERROR;
	*claimed = (int)pg_get_within(&c, 0, 2, 0, 2);
	if (a->used != NULL) {
		a->used->step = pg_get_within(&c, 0, 3, -STEP_MAX, STEP_MAX);
		PRINT_TO(a->used->source, "%s", pg_get_text(&c, 0, 4));
	}
	if (a->token != NULL)
		pg_get_token(&c, 5, a->token);
	return get_guess(&c, wait_s);
}

int
pg_hotp_last(struct store *s, const unsigned char *secret, int64_t *step)
{
	struct pg_call c OWNED(pg_call_close);

	pg_call_open(&c, s, "?hotp_last(%.*s)", STORE_CODE_DIGEST, secret);
	if (pg_run(&c) != 1)
		return -1;
	*step = pg_get_within(&c, 0, 0, -STEP_MAX, STEP_MAX);
	return c.odd ? -1 : *step != 0;
}

int
pg_decoy_note_name(struct store *s, const char *own, const char *shared)
{
	char end[2 * STORE_ACCOUNT_MAX];

	if (!store_names_range_end(s, shared, end))
		return -1;
	return (int)pg_call_value(s, "?stranger(%s, %s, %s)", own, shared, end);
}
