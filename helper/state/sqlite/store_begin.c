/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login begins in the embedded store. If no message can follow, one look
 * without a lock is enough. Otherwise it is one transaction that a power cut
 * may lose, as it may lose a claim or a message's count.
 */
#include "helper/store/store.h"

#include <string.h>

#include "helper/state/sqlite/store_steps.h"
#include "lib/values/values.h"

/* The state of a begin during the steps below. */
struct begin {
	struct store *s;
	const struct store_begin *ask;
	struct store_begun *out;
	struct guess guess;
	struct store_message message;
	int round; /* for store_send_tidy */
};

/* The result of a transaction. */
enum begin_step {
	BEGIN_ERROR = 0,
	BEGIN_DONE,
	BEGIN_AGAIN, /* commit, and continue in another one */
};

/* What every login asks. */
static int
look(struct begin *b)
{
	const struct guess_row *here = &b->guess.here;
	const int codes = embedded_recovery_left(b->s, b->ask->user);

	if (codes < 0 || store_guess_load(&b->guess) != 0)
		return -1;
	b->out->recovery_left = (unsigned)codes;
	b->out->lock = store_guess_judge(&b->guess, &b->out->lock_s);
	b->out->refused =
	    here->refused > b->s->wall && here->refused >= here->until;
	return 0;
}

static int
read_passed(struct begin *b)
{
	struct sqlite_query q;
	int64_t left_ms;
	int passed = 0;

	store_passed_over_open(&q, b->s);
	for (size_t i = 0; passed >= 0 && i < b->ask->count; i++) {
		passed = store_passed_over_step(
		    &q, b->ask->candidate[i].key.provider, &left_ms);
		b->out->passed[i] = passed == 1;
	}
	sqlite_query_close(&q);
	return passed < 0 ? -1 : 0;
}

static struct store_claiming
claiming(struct begin *b)
{
	size_t order[STORE_CANDIDATES_MAX];
	const struct store_candidate *c;

	passed_last(b->out->passed, b->ask->count, order);
	b->out->at = order[0];
	c = &b->ask->candidate[order[0]];
	return (struct store_claiming){ .s = b->s,
		.key = &c->key,
		.methods = c->methods,
		.method = c->method,
		.start_ms = c->start_ms,
		.keep = b->message.keep };
}

/* The limits come first: a login that hits one leaves no row. */
static enum begin_step
count_and_insert(struct begin *b, const struct store_claiming *c)
{
	struct store_begun *out = b->out;

	if (store_message_limits(&b->message) != 0)
		return BEGIN_ERROR;
	out->wait_s = b->message.wait_s;
	out->sent = out->wait_s > 0 ? SEND_WAIT : SEND_TAKEN;
	if (out->sent == SEND_WAIT) {
		out->which = b->message.which;
		return BEGIN_DONE;
	}
	if (store_claim_insert(c, &out->row) != 0 ||
	    store_message_insert(&b->message, &out->send) != 0)
		return BEGIN_ERROR;
	return BEGIN_DONE;
}

static enum begin_step
claim(struct begin *b)
{
	struct store_claiming c = claiming(b);
	struct store_begun *out = b->out;

	if (store_claim_prepare(&c) != 0)
		return BEGIN_ERROR;
	out->chosen = true;
	out->claim = store_claim_step(&c, &out->row);
	if (out->claim == CLAIM_ERROR)
		return BEGIN_ERROR;
	return out->claim == CLAIM_NEW ? count_and_insert(b, &c) : BEGIN_DONE;
}

/* In the transaction. */
static enum begin_step
begin_step(struct begin *b)
{
	int tidy = 1;

	if (look(b) != 0 || store_guess_repair(&b->guess) != 0)
		return BEGIN_ERROR;
	if (b->out->lock != GUESS_OPEN)
		return BEGIN_DONE;
	/* for a look the limits are the same without it */
	if (b->message.keep)
		tidy = store_send_tidy(b->s, b->round++);
	if (tidy != 1)
		return tidy == 0 ? BEGIN_AGAIN : BEGIN_ERROR;
	return read_passed(b) == 0 ? claim(b) : BEGIN_ERROR;
}

static int
begin_writing(struct begin *b)
{
	enum begin_step step;

	do {
		if (sqlite_begin_light(b->s) != 0)
			return -1;
		step = begin_step(b);
		if (step == BEGIN_ERROR || !b->message.keep)
			sqlite_rollback(b->s);
		else if (sqlite_commit(b->s) != 0)
			step = BEGIN_ERROR;
	} while (step == BEGIN_AGAIN);
	return step == BEGIN_DONE ? 0 : -1;
}

/* No message can follow. */
static int
begin_reading(struct begin *b)
{
	int result;

	if (sqlite_begin_read(b->s) != 0)
		return -1;
	result = look(b);
	sqlite_rollback(b->s);
	if (result == 0 && b->message.keep)
		return store_guess_repair_committed(&b->guess);
	return result;
}

static int
begin_unknown(struct begin *b)
{
	if (b->ask->count == 0 || store_message_prepare(&b->message) != 0)
		return begin_reading(b);
	return begin_writing(b);
}

static int
begin(struct store *s, const struct store_begin *ask, struct store_begun *out,
    bool keep)
{
	struct begin b = { .s = s,
		.ask = ask,
		.out = out,
		.guess = { .s = s, .user = ask->user, .source = ask->source },
		.message = { .s = s,
		    .key = &ask->message,
		    .limits = ask->limits,
		    .keep = keep } };
	int known;

	*out = (struct store_begun){ .which = "" };
	/* separate, so that a remembered login waits for no lock */
	known = store_remembered_begin(s,
	    ask->remembered_as != NULL ? ask->remembered_as : ask->user,
	    ask->binding, keep);
	out->remembered = known == 1;
	if (known == 1 || (known == 0 && begin_unknown(&b) == 0))
		return 0;
	*out = (struct store_begun){ .which = "" };
	return -1;
}

int
embedded_begin(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return begin(s, ask, out, true);
}

int
embedded_begin_look(
    struct store *s, const struct store_begin *ask, struct store_begun *out)
{
	return begin(s, ask, out, false);
}
