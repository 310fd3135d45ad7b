/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of a call, and its results: all of them are texts. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"

static void
call_put_byte(struct pg_call *c, char byte)
{
	if (c->used == sizeof(c->text))
		c->unfit = true;
	else
		c->text[c->used++] = byte;
}

static void
put_hex(struct pg_call *c, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++) {
		call_put_byte(c, TEXT_HEX[b[i] >> 4]);
		call_put_byte(c, TEXT_HEX[b[i] & 15]);
	}
}

/* The next argument begins at the end of the text. */
static void
begin_argument(struct pg_call *c, bool is_null)
{
	if (c->count == PG_ARGUMENTS)
		c->unfit = true;
	else
		c->value[c->count++] = is_null ? NULL : c->text + c->used;
}

static void
put_text_argument(struct pg_call *c, const char *text)
{
	begin_argument(c, text == NULL);
	if (text == NULL)
		return;
	for (const char *t = text; *t != '\0'; t++)
		call_put_byte(c, *t);
	call_put_byte(c, '\0');
}

void
pg_put_null(struct pg_call *c)
{
	begin_argument(c, true);
}

void
pg_put_long_text(struct pg_call *c, const char *text)
{
	begin_argument(c, true);
	if (!c->unfit)
		c->value[c->count - 1] = text;
}

/* Of a row, '(', or of an array, '{'. */
static void
begin_parts(struct pg_call *c, char first)
{
	begin_argument(c, false);
	c->parts = 0;
	call_put_byte(c, first);
}

void
pg_array_begin(struct pg_call *c)
{
	begin_parts(c, '{');
}

static void
begin_part(struct pg_call *c)
{
	if (c->parts++ > 0)
		call_put_byte(c, ',');
}

/* In a row an empty field is NULL; an array has no NULL. */
static void
put_part(struct pg_call *c, const char *text)
{
	begin_part(c);
	if (text == NULL)
		return;
	call_put_byte(c, '"');
	for (const char *t = text; *t != '\0'; t++) {
		if (*t == '"' || *t == '\\')
			call_put_byte(c, '\\');
		call_put_byte(c, *t);
	}
	call_put_byte(c, '"');
}

static void
put_bytea(struct pg_call *c, const void *bytes, size_t len, bool part)
{
	if (part && bytes != NULL)
		begin_part(c);
	else if (part)
		put_part(c, NULL);
	else
		begin_argument(c, bytes == NULL);
	if (bytes == NULL)
		return;
	for (const char *t = part ? "\"\\\\x" : "\\x"; *t != '\0'; t++)
		call_put_byte(c, *t);
	put_hex(c, bytes, len);
	call_put_byte(c, part ? '"' : '\0');
}

/* A server refuses other texts, and the connection ends. */
static bool
is_utf8(const char *text)
{
	size_t len = 1;

	for (; *text != '\0' && len > 0; text += len)
		len = (unsigned char)*text < 0x80 ? 1
						  : escape_utf8_char_len(text);
	return len > 0;
}

/* Adds the values of a format, as arguments or as parts of one. */
static void
put_values(struct pg_call *c, const char *values, va_list ap, bool parts)
{
	const char *text;
	char number[24];
	int len;

	for (; *values != '\0'; values++) {
		if (values[0] != '%')
			continue;
		values++;
		if (*values == '.') {
			len = va_arg(ap, int);
			put_bytea(
			    c, va_arg(ap, const void *), (size_t)len, parts);
			continue;
		}
		text = number;
		if (*values == 's') {
			text = va_arg(ap, const char *);
			c->unfit |= text != NULL && !is_utf8(text);
		} else {
			PRINT_TO(number, "%jd",
			    *values == 'j' ? va_arg(ap, intmax_t)
				: *values == 'u'
				? (intmax_t)va_arg(ap, unsigned)
				: va_arg(ap, int));
		}
		(parts ? put_part : put_text_argument)(c, text);
	}
}

/* Adds an argument that is a row. Returns the call. */
static struct pg_call *__attribute__((format(printf, 2, 3)))
put_row(struct pg_call *c, const char *values, ...)
{
	va_list ap;

	begin_parts(c, '(');
	va_start(ap, values);
	put_values(c, values, ap, true);
	va_end(ap);
	pg_array_end(c);
	return c;
}

void
pg_put(struct pg_call *c, const char *values, ...)
{
	va_list ap;

	va_start(ap, values);
	put_values(c, values, ap, false);
	va_end(ap);
}

void
pg_array_put_values(struct pg_call *c, const char *values, ...)
{
	va_list ap;

	va_start(ap, values);
	put_values(c, values, ap, true);
	va_end(ap);
}

void
pg_array_end(struct pg_call *c)
{
	call_put_byte(c,
	    c->value[c->count - 1] != NULL && *c->value[c->count - 1] == '('
		? ')'
		: '}');
	call_put_byte(c, '\0');
}

/* function ends at a parenthesis, if any. */
void
pg_call_begin(struct pg_call *c, struct store *s, const char *function)
{
	c->s = s;
	c->idempotent = *function == '?';
	function += c->idempotent;
	PRINT_TO(c->function, "%.*s", (int)strcspn(function, "("), function);
	c->select = "*";
	c->slow = c->unfit = c->odd = false;
	c->count = 0;
	c->used = 0;
	c->result = NULL;
	put_row(c, "%jd, %jd, %s, %s, %s, %jd", s->head.session, s->socket,
	    s->scope, s->ended, s->account, store_process(s));
}

struct pg_call *
pg_call_open(struct pg_call *c, struct store *s, const char *call, ...)
{
	va_list ap;

	pg_call_begin(c, s, call);
	va_start(ap, call);
	put_values(c, call, ap, false);
	va_end(ap);
	return c;
}

bool
pg_get_bytes(const struct pg_call *c, int row, int column, unsigned char *out,
    size_t len)
{
	const char *text = pg_get_text(c, row, column);

	return text_take(&text, "\\x") && hex_parse(text, out, len);
}

struct pg_call *
pg_put_limits(struct pg_call *c, const struct limits_of_guesses *l)
{
	if (l == NULL) {
		pg_put_null(c);
		return c;
	}
	return put_row(c, "%u, %u, %jd, %u", l->after, l->after_total,
	    l->lock_s, l->host_hour > 0 ? l->host_hour : INT32_MAX);
}

struct pg_call *
pg_put_counted(struct pg_call *c, const struct store_counted *back)
{
	const struct store_guess_token *t = back == NULL ? NULL : back->token;

	if (t == NULL || !t->counted) {
		pg_put_null(c);
		return c;
	}
	return put_row(c,
	    "%s, %s, %jd, %jd, %jd, %d, %d, %d, %jd, %jd, %jd, %d", back->user,
	    back->source, t->series[GUESS_SOURCE], t->series[GUESS_TOTAL],
	    t->series[GUESS_ACCOUNT], t->locked[GUESS_SOURCE],
	    t->locked[GUESS_TOTAL], t->locked[GUESS_ACCOUNT],
	    t->lock[GUESS_SOURCE], t->lock[GUESS_TOTAL], t->lock[GUESS_ACCOUNT],
	    t->alone);
}

void
pg_get_token(const struct pg_call *c, int column, struct store_guess_token *t)
{
	t->counted = pg_get_text(c, 0, column)[0] != '\0';
	for (int i = 0; i < STORE_COUNTS; i++) {
		t->series[i] = pg_get_int(c, 0, column + 2 + i);
		t->locked[i] = pg_field_is_true(c, 0, column + 5 + i);
		t->lock[i] = pg_get_int(c, 0, column + 8 + i);
	}
	t->alone = pg_field_is_true(c, 0, column + 11);
	if (t->alone)
		log_problem(
		    "ALERT: more than guesses_per_host_hour wrong codes in an "
		    "hour on %s: they lock users on this host alone; find out "
		    "who guesses, or whether this host is stolen",
		    c->s->host);
}

struct pg_call *
pg_put_right(struct pg_call *c, const struct store_right *r)
{
	return put_row(c, "%s, %s, %s, %u, %s, %.*s, %jd, %s", r->user,
	    r->source, r->service, r->method, r->provider, STORE_REMEMBERED_LEN,
	    r->binding, r->remember_s < r->idle_s ? r->remember_s : r->idle_s,
	    r->remembered_as);
}

void
pg_put_message(struct pg_call *c, const struct store_send_key *key,
    const char *number, const struct limits_of_sends *l)
{
	/* At user.sock user_day has other_day, negated: older hosts send the
	 * limit of root's services there, above 0. */
	put_row(c,
	    "%s, %s, %s, %d, %u, %jd, %jd, %jd, "
	    "%u, %u, %d, %u, %u, %u, %u, %u, %u",
	    key->user, number, key->source, key->push, key->carried,
	    key->push ? 0 : l->price, l->spend_day, l->spend_month,
	    l->push_hour, l->user_hour,
	    c->s->socket != 0 ? -(int)l->other_day : (int)l->user_day,
	    l->number_day, l->number_answered_day,
	    key->office ? l->office_hour : l->source_hour, l->other_hour,
	    l->host_hour, l->fleet_hour);
}

struct found {
	const struct pg_call *call;
	int first;
};

static const char *
found_column(const void *ctx, int n)
{
	const struct found *f = ctx;

	return pg_get_text(f->call, 0, f->first + n);
}

_Static_assert(METHOD_COUNT == 10 && STORE_ID_MAX == 64 &&
	STORE_PROVIDER_MAX == 32 && STORE_TYPE_MAX == 32,
    "as twofa.is_readable has it");

bool
pg_get_verification(const struct pg_call *c, int column, struct store_row *r,
    enum store_row_state *state)
{
	const struct found f = { c, column };
	const struct store_columns columns = { &f, found_column };

	memset(r, 0, sizeof(*r));
	*state = STORE_ROW_NONE;
	if (pg_get_text(c, 0, column)[0] == '\0' ||
	    store_row_from_columns(&columns, r, state))
		return true;
	memset(r, 0, sizeof(*r));
	store_set_cause(c->s, "a row is damaged: delete it there");
	return false;
}

void
pg_put_typed(struct pg_call *c, const struct store_recovery *list, int count)
{
	PG_PUT_ARRAY(c, i, count, "%jd", list[i].id);
	PG_PUT_ARRAY(c, i, count, "%.*s", RECOVERY_HASH, list[i].hash);
}

void
pg_put_made(struct pg_call *c, const struct store_recovery *made, int count)
{
	PG_PUT_ARRAY(c, i, count, "%.*s", RECOVERY_SALT, made[i].salt);
	PG_PUT_ARRAY(c, i, count, "%.*s", RECOVERY_HASH, made[i].hash);
}
