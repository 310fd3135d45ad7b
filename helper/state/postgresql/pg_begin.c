/* SPDX-License-Identifier: BSD-2-Clause */
/* How a login begins in PostgreSQL: one call for all that it asks. */
#include <string.h>

#include "helper/state/postgresql/pg.h"

#define PRICE_MAX INT64_C(1000000000000) /* above it is a mistake */

/* Where the answer has what. */
enum column {
	REMEMBERED,
	CODES,
	GUESS,
	GUESS_S,
	REFUSED,
	CHOSEN,
	PASSED,
	NTH,
	CLAIM,
	SENT,
	SEND,
	WAIT_S,
	WHICH,
	FOUND,
};
#define COLUMNS                                                                \
	"remembered, codes, guess, guess_s, refused, chosen, passed, nth,"     \
	" claim, sent, send, wait_s, which, (r).*"

/* The names that a limit has in the settings, as constants. */
static const char *
limit_name(const struct store_send_key *key, const char *name)
{
	static const char *const names[] = { "push_per_hour",
		"sends_per_user_hour", "sends_per_user_day",
		"sends_per_number_day", "answered_per_number_day",
		"sends_per_source_hour", "sends_per_other_hour",
		"sends_per_host_hour", "sends_per_fleet_hour", "hourly-sends",
		"spend_per_day", "spend_per_month" };

	if (key->office && strcmp(name, "sends_per_source_hour") == 0)
		return "sends_per_office_hour";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0)
			return names[i];
	return "";
}

static bool
price_good(struct store *s, int64_t price)
{
	if (price >= 0 && price <= PRICE_MAX)
		return true;
	pg_complain(
	    s, "a message cannot cost %lld millionths", (long long)price);
	return false;
}

/* The digests of one receiver of each candidate: 0 what it is asked for, then
 * the others. One that is not there is the first once more. */
static int
put_numbers(
    struct pg_call *c, const struct store_begin *ask, size_t nth, bool look)
{
	char digest[PG_DIGEST_TEXT];
	int result = 0;

	pg_array(c);
	for (size_t i = 0; result == 0 && i < ask->count; i++) {
		const struct store_key *key = &ask->candidate[i].key;
		const char *number = nth == 0 || key->other[nth - 1] == NULL
		    ? key->receiver
		    : key->other[nth - 1];

		result = pg_digest(c->s, number, look, digest);
		pg_part_text(c, digest);
	}
	pg_end(c);
	return result;
}

static void
put_candidates(struct pg_call *c, const struct store_begin *ask)
{
	pg_array(c);
	for (size_t i = 0; i < ask->count; i++)
		pg_part_text(c, ask->candidate[i].key.provider);
	pg_end(c);
	pg_array(c);
	for (size_t i = 0; i < ask->count; i++)
		pg_part_text(c, ask->candidate[i].key.type);
	pg_end(c);
	pg_array(c);
	for (size_t i = 0; i < ask->count; i++)
		pg_part_number(c, ask->candidate[i].methods);
	pg_end(c);
	pg_array(c);
	for (size_t i = 0; i < ask->count; i++)
		pg_part_number(c, ask->candidate[i].method);
	pg_end(c);
	pg_array(c);
	for (size_t i = 0; i < ask->count; i++)
		pg_part_number(c, ask->candidate[i].start_ms);
	pg_end(c);
}

/* false: nothing can be sent, since a number cannot be told. */
static bool
put_message(struct pg_call *c, const struct store_begin *ask, bool look)
{
	char digest[PG_DIGEST_TEXT];

	if (ask->count == 0)
		return false;
	for (size_t nth = 0; nth <= STORE_OTHERS; nth++)
		if (put_numbers(c, ask, nth, look) != 0)
			return false;
	put_candidates(c, ask);
	if (pg_digest(c->s, ask->message.counted_as, look, digest) != 0)
		return false;
	pg_message(c, &ask->message, digest, ask->limits);
	return price_good(c->s, ask->message.push ? 0 : ask->limits->price);
}

static void
put_ask(struct pg_call *c, struct store *s, const struct store_begin *ask,
    bool look)
{
	pg_open(c, s, look ? "begin_look" : "begin");
	c->select = COLUMNS;
	pg_text(c, ask->user);
	pg_text(c, ask->source);
	pg_bytes(c, ask->binding, STORE_GRACE_LEN);
	pg_text(c, ask->remembered_as);
}

static int
read_begun(const struct pg_call *c, const struct store_begin *ask,
    struct store_begun *out)
{
	const int64_t nth = pg_int(c, 0, NTH);
	char state[16];

	out->remembered = pg_true(c, 0, REMEMBERED);
	if (out->remembered)
		return 0;
	out->recovery_left = (unsigned)pg_int(c, 0, CODES);
	out->lock = (enum store_guess)pg_int(c, 0, GUESS);
	out->lock_s = pg_int(c, 0, GUESS_S);
	out->refused = pg_true(c, 0, REFUSED);
	out->chosen = pg_true(c, 0, CHOSEN);
	if (!out->chosen)
		return 0;
	if (nth < 1 || nth > (int64_t)ask->count) {
		pg_complain(c->s,
		    "begin: its functions are other ones: bring it up to date: "
		    "twofactl state upgrade");
		return -1;
	}
	for (size_t i = 0;
	     i < STORE_CANDIDATES_MAX && pg_get(c, 0, PASSED)[i] != '\0'; i++)
		out->passed[i] = pg_get(c, 0, PASSED)[i] == '1';
	out->at = (size_t)nth - 1;
	out->claim = (enum store_claim)pg_int(c, 0, CLAIM);
	out->sent = (enum store_send)pg_int(c, 0, SENT);
	out->send = pg_int(c, 0, SEND);
	out->wait_s = pg_int(c, 0, WAIT_S);
	out->which = limit_name(&ask->message, pg_get(c, 0, WHICH));
	return pg_get_row(c, FOUND, &out->row, state) ? 0 : -1;
}

static void
put_guesses(struct pg_call *c, const struct store_begin *ask)
{
	if (ask->guesses != NULL)
		pg_limits(c, ask->guesses);
	else
		pg_text(c, NULL);
}

static int
begin(struct store *s, const struct store_begin *ask, struct store_begun *out,
    bool look)
{
	struct store_begin none = *ask;
	struct pg_call c;
	int result = -1;

	*out = (struct store_begun){ .which = "" };
	for (size_t i = 0; i < ask->count; i++)
		if (!pg_names_fit(s, &ask->candidate[i].key))
			return -1;
	put_ask(&c, s, ask, look);
	if (!put_message(&c, ask, look)) {
		none.count = 0;
		put_ask(&c, s, ask, look);
		for (size_t nth = 0; nth <= STORE_OTHERS; nth++)
			(void)put_numbers(&c, &none, nth, look);
		put_candidates(&c, &none);
		pg_text(&c, NULL);
	}
	put_guesses(&c, ask);
	if (pg_run(&c) == 1)
		result = read_begun(&c, ask, out);
	pg_close(&c);
	if (result != 0)
		*out = (struct store_begun){ .which = "" };
	return result;
}

int
remote_begin(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return begin(s, ask, out, false);
}

int
remote_begin_look(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return begin(s, ask, out, true);
}

static enum store_send
send_take(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, int64_t *id, int64_t *wait_s,
    const char **which, bool look)
{
	enum store_send sent = SEND_ERROR;
	char digest[PG_DIGEST_TEXT];
	struct pg_call c;

	*id = *wait_s = 0;
	*which = "";
	if (!price_good(s, key->push ? 0 : limits->price) ||
	    pg_digest(s, key->counted_as, look, digest) != 0)
		return SEND_ERROR;
	pg_open(&c, s, "send_take");
	pg_message(&c, key, digest, limits);
	pg_number(&c, !look);
	if (pg_run(&c) == 1) {
		sent = (enum store_send)pg_int(&c, 0, 0);
		*id = pg_int(&c, 0, 1);
		if (sent == SEND_WAIT) {
			*wait_s = pg_int(&c, 0, 2);
			*which = limit_name(key, pg_get(&c, 0, 3));
		}
	}
	pg_close(&c);
	return sent;
}

enum store_send
remote_send_take(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, int64_t *id, int64_t *wait_s,
    const char **which)
{
	return send_take(s, key, limits, id, wait_s, which, false);
}

enum store_send
remote_send_look(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, int64_t *wait_s, const char **which)
{
	int64_t id;

	return send_take(s, key, limits, &id, wait_s, which, true);
}

int
remote_send_windows(struct store *s, const struct store_send_key *key,
    const struct store_send_limits *limits, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	char digest[PG_DIGEST_TEXT];
	struct pg_call c;
	int rows;

	if (pg_digest(s, key->counted_as, true, digest) != 0)
		return -1;
	pg_open(&c, s, "send_windows");
	c.repeat = true;
	pg_message(&c, key, digest, limits);
	rows = pg_run(&c);
	for (int i = 0; i < rows; i++)
		row(ctx,
		    &(struct store_window){ limit_name(key, pg_get(&c, i, 0)),
			(unsigned)pg_int(&c, i, 1),
			(unsigned)pg_int(&c, i, 2) });
	pg_close(&c);
	return rows < 0 ? -1 : 0;
}

int
remote_send_refund(struct store *s, int64_t id)
{
	struct pg_call c;

	pg_open(&c, s, "send_refund");
	c.repeat = true;
	pg_number(&c, id);
	return pg_value(&c) < 0 ? -1 : 0;
}
