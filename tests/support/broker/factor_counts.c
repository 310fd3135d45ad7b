/* SPDX-License-Identifier: BSD-2-Clause */
/* The wrong codes, used codes and remembered logins that there should be. */
#include "tests/support/broker/factor_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/dice.h"

static const char *const sources[SOURCES] = { "", KEPT_HOME, "198.51.100.0/24",
	"uid:0", "sock:1003" };

/* Wrong codes. */

static int64_t
lock_left(const struct model_count *c)
{
	const int64_t left =
	    c->until - (c->at > model.wall ? c->at : model.wall);

	return left > 0 ? left : 0;
}

static size_t
rows_of(const struct model_worker *w, struct model_count *row[MODEL_ROWS])
{
	row[0] = &model.counts[w->who][w->at->source];
	row[1] = &model.counts[w->who][TOTAL];
	row[2] = &model.counts[BOX][TOTAL];
	return w->who == ANN || w->who == DECOY ? MODEL_ROWS : MODEL_ROWS - 1;
}

enum store_guess
lock_of(const struct model_worker *w)
{
	struct model_count *row[MODEL_ROWS];
	const size_t n = rows_of(w, row);
	enum store_guess is = GUESS_OPEN;

	for (size_t i = 0; i < n; i++)
		if (i > 0 && row[i]->wrong >= LIMITS_LOCKOUT_AT)
			return GUESS_LOCKED_OUT;
		else if (lock_left(row[i]) > 0)
			is = GUESS_LOCKED;
	return is;
}

/* A lock from the clock's future begins now. */
void
lock_repair(const struct model_worker *w)
{
	struct model_count *row[MODEL_ROWS];
	const size_t n = rows_of(w, row);

	for (size_t i = 0; i < n; i++)
		if (row[i]->at > model.wall) {
			row[i]->until -= row[i]->at - model.wall;
			row[i]->at = model.wall;
		}
}

void
guess_counts(struct model_worker *w)
{
	const struct limits_of_guesses *l = &kept_conf.guesses;
	struct model_token *t = &w->guess[w->guesses++ % MODEL_GUESSES];
	const size_t n = rows_of(w, t->row);

	for (size_t i = 0; i < (w->at->source == SOCK ? 1 : n); i++) {
		struct model_count *c = t->row[i];
		const unsigned after = i == 0 ? l->after : l->after_total;
		int64_t s = l->lock_s;

		if (c->series == 0)
			c->series = ++model.serieses;
		c->last = model.wall;
		t->locked[i] = ++c->wrong >= after;
		for (unsigned k = after; k < c->wrong && s < MODEL_DAY; k++)
			s *= 2;
		if (t->locked[i]) {
			c->locks++;
			c->at = model.wall;
			c->until = model.wall + (s < MODEL_DAY ? s : MODEL_DAY);
			model.seen[LOCKS]++;
		}
		t->series[i] = c->series;
		t->lock[i] = c->locks;
	}
	for (size_t i = w->at->source == SOCK ? 1 : n; i < MODEL_ROWS; i++)
		t->row[i] = NULL;
}

void
guess_back(struct model_worker *w, size_t guess)
{
	struct model_token *t = &w->guess[(guess - 1) % MODEL_GUESSES];

	for (size_t i = 0; i < MODEL_ROWS; i++) {
		struct model_count *c = t->row[i];

		if (c == NULL || c->series != t->series[i] || c->series == 0)
			continue;
		if (c->wrong > 0)
			c->wrong--;
		if (t->locked[i] && c->locks == t->lock[i])
			c->at = c->until = 0;
		if (c->wrong == 0 && c->until == 0)
			memset(c, 0, sizeof(*c));
	}
}

static void
login_remembered(struct model_worker *w)
{
	struct model_grant *g = model.grant;

	if (!w->remembers)
		return;
	while (g < model.grant + model.grants &&
	    (g->who != w->who || g->at != w->at || g->key != w->key ||
		g->text != w->has.text))
		g++;
	if (g == model.grant + model.grants)
		model.grants++;
	assert_true(model.grants <= COUNT_OF(model.grant));
	*g = (struct model_grant){ w->who, w->at, w->key, w->has.text,
		model.wall, model.wall };
}

/* The effects of a right code. */
void
code_was_right(struct model_worker *w, bool recovery)
{
	struct model_count *row[MODEL_ROWS];
	const size_t n = rows_of(w, row);
	const bool shut[] = { row[1]->wrong >= LIMITS_LOCKOUT_AT,
		row[1]->wrong >= LIMITS_LOCKOUT_AT,
		row[2]->wrong >= LIMITS_LOCKOUT_AT };

	for (size_t i = 0; i < (w->at->source == SOCK ? 1 : n); i++)
		if (!recovery || !shut[i])
			memset(row[i], 0, sizeof(*row[i]));
	login_remembered(w);
}

static void
status_row(void *ctx, const struct store_status *is)
{
	struct model_count *of = ctx, *c;
	const char *source = is->source;
	size_t name = 0, at = 0;
	char where[128];

	while (name < NAMES && strcmp(model_names[name], is->user) != 0)
		name++;
	if (box_remote && strncmp(source, "local ", 6) == 0)
		source += 6; /* of this host */
	while (at < SOURCES && strcmp(sources[at], source) != 0)
		at++;
	PRINT_TO(where, "%s from %s: %u, %lld s", is->user, is->source,
	    is->wrong, (long long)is->locked_s);
	if (name == NAMES || at == SOURCES)
		dice_fails("of nobody", where);
	c = &of[name * SOURCES + at];
	if (c->wrong != is->wrong || lock_left(c) != is->locked_s) {
		dice_say(
		    "expected: %u, %lld s", c->wrong, (long long)lock_left(c));
		dice_fails("wrong codes", where);
	}
	memset(c, 0, sizeof(*c));
}

/* All counts are as they should be. */
void
counts_fit(void)
{
	static struct model_count left[NAMES][SOURCES];
	struct model_count *of = left[0];

	memcpy(left, model.counts, sizeof(left));
	assert_int_equal(
	    store_status_list(model.admin, NULL, of, status_row), 0);
	for (size_t i = 0; i < NAMES * (size_t)SOURCES; i++)
		if (of[i].wrong != 0 || lock_left(&of[i]) != 0)
			dice_fails("no count", model_names[i / SOURCES]);
}

void
expect_lock(const struct model_worker *w, enum store_guess is)
{
	if (is == lock_of(w))
		return;
	dice_say("expected %d", (int)lock_of(w));
	dice_fails(
	    is == GUESS_OPEN ? "not locked" : "locked", model_names[w->who]);
}

struct wrong_in {
	const char *user, *source;
	unsigned wrong;
};

static void
wrong_row(void *ctx, const struct store_status *is)
{
	struct wrong_in *in = ctx;

	if (strcmp(is->user, in->user) == 0 &&
	    (in->source[0] == '\0' ? is->source[0] == '\0'
				   : strstr(is->source, in->source) != NULL))
		in->wrong = is->wrong;
}

bool
may_come_back(const struct model_worker *w)
{
	return w->guesses > w->compared + w->back;
}

/* A row in which the guess still counts, if it was not given back; or NULL. */
static const struct model_count *
row_of_guess(const struct model_worker *w, size_t guess)
{
	const struct model_token *t = &w->guess[(guess - 1) % MODEL_GUESSES];

	for (size_t i = 0; i < MODEL_ROWS; i++)
		if (t->row[i] != NULL && t->series[i] != 0 &&
		    t->row[i]->series == t->series[i])
			return t->row[i];
	return NULL;
}

bool
guess_came_back(const struct model_worker *w, size_t guess, unsigned since)
{
	const struct model_count *row = row_of_guess(w, guess);
	const size_t at = row != NULL ? (size_t)(row - model.counts[0]) : 0;
	struct wrong_in in = { model_names[at / SOURCES], sources[at % SOURCES],
		0 };

	if (row == NULL)
		return false;
	assert_int_equal(
	    store_status_list(model.admin, in.user, &in, wrong_row), 0);
	return in.wrong < row->wrong + since;
}

struct model_grant *
grant_of(const struct model_worker *w)
{
	for (size_t i = 0; w->remembers && i < model.grants; i++) {
		struct model_grant *g = &model.grant[i];
		const bool same = strcmp(g->at->keys, w->at->keys) == 0 &&
		    strcmp(g->at->service, w->at->service) == 0 &&
		    g->at->tty == w->at->tty &&
		    (w->key || strcmp(g->at->address, w->at->address) == 0);

		if (g->who == w->who && g->text == w->has.text && same &&
		    (g->key == w->key || w->at->tty != 0) &&
		    g->since <= model.wall &&
		    model.wall < g->since + w->remember_s &&
		    g->used != INT64_MIN && model.wall < g->used + MODEL_IDLE)
			return g;
	}
	return NULL;
}

int64_t
last_used(const struct model_worker *w, int secret)
{
	int64_t last = model.floor_of[w->who];

	for (int i = 0; i < NAMES; i++)
		if (model.secrets[secret].last[i] > last)
			last = model.secrets[secret].last[i];
	return last;
}

/* True if the newest use of the secret up to the next step is known: then a
 * used code is no wrong one. */
bool
is_used_code(const struct model_worker *w, int secret, int64_t step)
{
	const int64_t newest = model.wall / TOTP_STEP_S + 1;
	const struct model_secret *s = &model.secrets[secret];
	bool used =
	    model.floor_of[w->who] >= step && model.floor_of[w->who] <= newest;

	for (int i = 0; i < NAMES; i++)
		used |= s->last[i] >= step && s->last[i] <= newest;
	return used;
}
