/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of phones, as a worker of the machine asks for them: each of them is
 * right once, at the number that it was sent to. */
#include "tests/support/broker/factor_model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/broker/dice.h"

bool
asks(
    struct model_worker *w, enum broker_op op, const struct broker_request *ask)
{
	const char *why = dice_asks(&kept_own, w->s, op, ask);
	const bool failed = why == NULL && dice_disk_was_full() &&
	    !(op == BROKER_ENROL_COMMIT &&
		kept_got.result == BROKER_ENROLLED_DONE);

	if (failed && (kept_got.claimed == 1 || kept_got.guess != 0))
		dice_fails("not counted, and told", broker_op_name(op));
	if (failed && ask->guess == 0) /* nothing was done */
		return false;
	if (why == NULL && !failed)
		return true;
	dice_say("%d: refused %s: it %s", w->n, broker_op_name(op),
	    failed ? "may have a guess back" : why);
	broker_held_end(&kept_own, w->s);
	w->s = NULL;
	return false;
}

size_t
any_guess(const struct model_worker *w)
{
	const size_t least = w->guesses > 4 ? w->guesses - 4 : 0;

	return w->guesses == 0 ? 0 : least + 1 + dice_any(w->guesses - least);
}

int
number_of(const struct model_worker *w)
{
	if (w->to_app >= 0 || w->who == DECOY)
		return -1;
	return w->to_number >= 0 ? w->to_number
	    : w->has.text != 0   ? w->has.number
				 : -1;
}

/* Sends the code, if it has the row. */
static void
sends_code(struct model_worker *w, struct broker_request *ask)
{
	static unsigned n;
	struct broker_request call = kept_call(CALL_START, METHOD_SMS, "");
	char id[PROVIDER_ID_MAX + 1];

	if (!asks(w, BROKER_SEND_TAKE, ask))
		return;
	if (kept_got.result != SEND_TAKEN) {
		(void)asks(w, BROKER_UNSENT, ask);
		return;
	}
	if (!asks(w, BROKER_TICKET, &call) || kept_got.result != 1)
		return;
	PRINT_TO(id, "v%u", ++n);
	call = kept_receipt(w->s, &call, BROKER_DONE, id);
	if (!asks(w, BROKER_RECEIPT, &call))
		return;
	model.sent[model.sends] = (struct model_sent){ .number = number_of(w) };
	PRINT_TO(model.sent[model.sends++].id, "%s", id);
	ask->started.request_id = id;
	if (!asks(w, BROKER_STARTED, ask) || kept_got.result != 0)
		return;
	w->row = ask->id;
	PRINT_TO(w->id, "%s", id);
}

void
starts_phone(struct model_worker *w)
{
	struct broker_request ask = kept_any_ask();
	const int to = number_of(w);

	if (to < 0 || model.sends == MODEL_SENT)
		return;
	dice_say("%d: code to %s", w->n, model_number[to]);
	ask.claim.key.receiver = ask.message.counted_as = ask.started.number =
	    model_number[to];
	if (!asks(w, BROKER_CLAIM, &ask))
		return;
	ask.id = ask.started.id = kept_got.row.id;
	switch (kept_got.result) {
	case CLAIM_NEW:
		sends_code(w, &ask);
		break;
	case CLAIM_JOINED:
		w->row = kept_got.row.id;
		PRINT_TO(w->id, "%s", kept_got.row.request_id);
		break;
	case CLAIM_OTHER: /* an enrolment keeps no owner out */
		if (to <= OF_ANN && w->to_number < 0 && w->at->source != SOCK)
			dice_fails("kept out", model_names[w->who]);
		break;
	case CLAIM_UNFIT:
		ask.request_id = kept_got.row.request_id;
		(void)asks(w, BROKER_END, &ask);
		break;
	default:
		break;
	}
}

static struct model_sent *
sent_as(const char *id)
{
	for (size_t i = 0; i < model.sends; i++)
		if (strcmp(model.sent[i].id, id) == 0)
			return &model.sent[i];
	return NULL;
}

/* Counts a try, at times in place of an earlier guess: one for which nothing
 * was compared or, once, that of an app's code, which may be this one. That
 * comes back only if this one counts. */
static bool
attempts(struct model_worker *w, const struct broker_request *ask)
{
	const size_t back = (size_t)ask->guess;
	const bool may = back != 0 &&
	    (may_come_back(w) || (back == w->app_guess && w->back == 0));

	if (!asks(w, BROKER_ATTEMPT, ask))
		return false;
	if (kept_got.result == 1 || kept_got.guessed != GUESS_OPEN)
		lock_repair(w);
	if (kept_got.result != 1) {
		/* judged without the earlier one, which stays */
		if (!may)
			expect_lock(w, kept_got.guessed);
		else if (kept_got.guessed != GUESS_OPEN &&
		    lock_of(w) == GUESS_OPEN)
			dice_fails("locked", model_names[w->who]);
		/* a lock from the clock's future may have stayed there */
		(void)asks(w, BROKER_GUESS_LOOK, ask);
		lock_repair(w);
		return false;
	}
	if (may && guess_came_back(w, back, 1)) {
		w->back++;
		guess_back(w, back);
	}
	expect_lock(w, GUESS_OPEN);
	guess_counts(w);
	return true;
}

/* A guess at the row's code, which may be right. */
void
types_code(struct model_worker *w)
{
	struct broker_request ask = { .id = w->row, .tries = 5 }, call;
	struct model_sent *of = sent_as(w->id);
	const bool right = dice_any(3) > 0 && of != NULL && of->right == 0;
	unsigned receipt = dice_any(8) == 0 ? BROKER_NOT_DONE : BROKER_UNSURE;

	if (w->row == 0 || of == NULL)
		return;
	if (dice_any(6) == 0)
		ask.guess = (int64_t)any_guess(w);
	dice_say("%d: code of %s, %s, guess %d", w->n, w->id,
	    right ? "right" : "wrong", (int)ask.guess);
	if (!attempts(w, &ask))
		return;
	call = kept_call(CALL_CHECK, METHOD_SMS, w->id);
	call.call.code = "123456";
	if (!asks(w, BROKER_TICKET, &call) || kept_got.result != 1)
		return;
	if (right) {
		of->right = w->s->peer.login;
		receipt = BROKER_DONE;
	}
	w->compared += receipt != BROKER_NOT_DONE;
	call = kept_receipt(w->s, &call, receipt, w->id);
	(void)asks(w, BROKER_RECEIPT, &call);
}

void
ends_row(struct model_worker *w)
{
	struct broker_request ask = { .id = w->row, .request_id = w->id };
	struct model_sent *of = sent_as(w->id);

	if (w->row == 0 || of == NULL ||
	    (of->right != w->s->peer.login && dice_any(12) > 0))
		return;
	dice_say("%d: ends %s", w->n, w->id);
	if (!asks(w, BROKER_FINISH, &ask))
		return;
	if (kept_got.result == 0 && w->compared > 0)
		w->compared--; /* used: its guess may come back */
	if (kept_got.result != 1)
		return;
	if (of->right != w->s->peer.login || of->ended ||
	    of->number != number_of(w))
		dice_fails("ended", w->id);
	of->ended = true;
	w->proven |= w->to_number >= 0;
	code_was_right(w, false);
	model.seen[BY_PHONE]++;
}

/* A no on the phone, as a worker may say at any time. */
void
denies(struct model_worker *w)
{
	struct broker_request ask = { .id = w->row, .request_id = "none" };
	struct model_count *c = &model.counts[w->who][w->at->source];

	if (w->row == 0)
		return;
	dice_say("%d: denied", w->n);
	if (!asks(w, BROKER_REFUSE, &ask) || kept_got.result != 0)
		return;
	if (c->series == 0)
		c->series = ++model.serieses;
	c->locks++;
	c->until = c->until > model.wall + STORE_REFUSED_S
	    ? c->until
	    : model.wall + STORE_REFUSED_S;
	c->at = model.wall;
	c->last = model.wall;
	if (w->at->source != SOCK)
		grants_end(w->who);
}
