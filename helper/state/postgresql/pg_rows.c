/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows that go over the wire as one argument or answer, and the structs of
 * the interface: column by column as sql/tables.sql has their types. */
#include <stdio.h>
#include <string.h>

#include "helper/state/postgresql/pg.h"
#include "lib/system/system.h"

void
pg_limits(struct pg_call *c, const struct store_guess_limits *l)
{
	pg_row(c);
	pg_part_number(c, l->after);
	pg_part_number(c, l->after_total);
	pg_part_number(c, l->lock_s);
	pg_part_number(c, l->host_hour > 0 ? l->host_hour : INT32_MAX);
	pg_end(c);
}

void
pg_counted(struct pg_call *c, const struct store_counted *back)
{
	const struct store_guess_token *t = back == NULL ? NULL : back->token;

	if (t == NULL || !t->counted) {
		pg_text(c, NULL);
		return;
	}
	pg_row(c);
	pg_part_text(c, back->user);
	pg_part_text(c, back->source);
	pg_part_number(c, t->series_source);
	pg_part_number(c, t->series_total);
	pg_part_number(c, t->series_account);
	pg_part_number(c, t->locked_source);
	pg_part_number(c, t->locked_total);
	pg_part_number(c, t->locked_account);
	pg_part_number(c, t->lock_source);
	pg_part_number(c, t->lock_total);
	pg_part_number(c, t->lock_account);
	pg_part_number(c, t->alone);
	pg_end(c);
}

void
pg_get_token(const struct pg_call *c, int column, struct store_guess_token *t)
{
	t->counted = pg_get(c, 0, column)[0] != '\0';
	t->series_source = pg_int(c, 0, column + 2);
	t->series_total = pg_int(c, 0, column + 3);
	t->series_account = pg_int(c, 0, column + 4);
	t->locked_source = pg_true(c, 0, column + 5);
	t->locked_total = pg_true(c, 0, column + 6);
	t->locked_account = pg_true(c, 0, column + 7);
	t->lock_source = pg_int(c, 0, column + 8);
	t->lock_total = pg_int(c, 0, column + 9);
	t->lock_account = pg_int(c, 0, column + 10);
	t->alone = pg_true(c, 0, column + 11);
	if (t->alone)
		log_mend("ALERT: more than guesses_per_host_hour wrong codes "
			 "in an hour on %s: they lock users on this host "
			 "alone; find out who guesses, or whether this host is "
			 "stolen",
		    c->s->host);
}

void
pg_right(struct pg_call *c, const struct store_right *r)
{
	pg_row(c);
	pg_part_text(c, r->user);
	pg_part_text(c, r->source);
	pg_part_text(c, r->service);
	pg_part_number(c, r->method);
	pg_part_text(c, r->provider);
	pg_part_bytes(c, r->binding, STORE_GRACE_LEN);
	pg_part_number(c, r->remember_s);
	pg_part_text(c, r->remembered_as);
	pg_end(c);
}

void
pg_message(struct pg_call *c, const struct store_send_key *key,
    const char *number, const struct store_send_limits *l)
{
	pg_row(c);
	pg_part_text(c, key->user);
	pg_part_text(c, number);
	pg_part_text(c, key->source);
	pg_part_number(c, key->push);
	pg_part_number(c, key->carried);
	pg_part_number(c, key->push ? 0 : l->price);
	pg_part_number(c, l->spend_day);
	pg_part_number(c, l->spend_month);
	pg_part_number(c, l->push_hour);
	pg_part_number(c, l->user_hour);
	pg_part_number(c, l->user_day);
	pg_part_number(c, l->number_day);
	pg_part_number(c, l->number_answered_day);
	pg_part_number(c, key->office ? l->office_hour : l->source_hour);
	pg_part_number(c, l->other_hour);
	pg_part_number(c, l->host_hour);
	pg_part_number(c, l->fleet_hour);
	pg_end(c);
}

/* false: outside 0..max */
static bool
get_count(const struct pg_call *c, int column, int64_t max, unsigned *out)
{
	const int64_t value = pg_int(c, 0, column);

	*out = (unsigned)value;
	return value >= 0 && value <= max;
}

static bool
get_copy(const struct pg_call *c, int column, char *out, size_t cap)
{
	const int n = snprintf(out, cap, "%s", pg_get(c, 0, column));

	return n >= 0 && (size_t)n < cap;
}

bool
pg_get_row(
    const struct pg_call *c, int column, struct store_row *r, char state[16])
{
	unsigned method = 0;

	memset(r, 0, sizeof(*r));
	state[0] = '\0';
	if (pg_get(c, 0, column)[0] == '\0')
		return true;
	r->id = pg_int(c, 0, column);
	r->age_ms = pg_int(c, 0, column + 4);
	r->left_ms = pg_int(c, 0, column + 5);
	r->over_ms = pg_int(c, 0, column + 6);
	r->holder = pg_int(c, 0, column + 7);
	r->send = pg_int(c, 0, column + 11);
	r->mine = pg_true(c, 0, column + 12);
	r->apart = pg_true(c, 0, column + 13);
	r->shut = pg_true(c, 0, column + 14);
	r->foreign = pg_true(c, 0, column + 15);
	if (get_copy(c, column + 1, state, 16) &&
	    get_copy(c, column + 2, r->request_id, sizeof(r->request_id)) &&
	    get_count(c, column + 3, METHOD_COUNT - 1, &method) &&
	    get_count(c, column + 8, INT32_MAX, &r->tries) &&
	    get_count(c, column + 9, INT32_MAX, &r->sends) &&
	    get_count(c, column + 10, INT32_MAX, &r->joined) &&
	    get_copy(c, column + 16, r->provider, sizeof(r->provider)) &&
	    get_copy(c, column + 17, r->type, sizeof(r->type))) {
		r->method = (enum method)method;
		return true;
	}
	pg_complain(c->s, "a row is damaged: delete it there");
	return false;
}
