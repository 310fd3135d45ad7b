/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three workers of alice's that were taken over ask in any order, with true
 * receipts in between: no row at one phone or address has a verification, or a
 * code of ours, that went to another one. RANDOM_SEED=N begins elsewhere,
 * RANDOM_RUNS=N makes so many runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WORKERS 3
#define STEPS 400
#define RUNS 20
#define LOGINS 60 /* until the sessions are forgotten */
#define MAIL "a@example.com"
#define SENT_MAX 1024
#define LAST 100 /* requests that are shown of a failure */
#define ROWS 8   /* that a worker remembers */

/* OURS makes codes here; VENDORS makes them itself, and compares no receiver */
enum provider { OURS, VENDORS, PROVIDERS };
static const char *const names[PROVIDERS] = { "one", "two" };
enum place { AT_ONE, AT_OTHER, AT_MAIL, PLACES };
static const char *const places[PLACES] = { KEPT_NUMBER, KEPT_OTHER_NUMBER,
	MAIL };

static struct sent {
	char id[PROVIDER_ID_MAX + 1];     /* the vendor's */
	char code[PROVIDER_CODE_MAX + 1]; /* ours, or "" */
	enum place at;                    /* PLACES: an id without a code */
} sent[SENT_MAX];
static size_t sends;

static struct worker {
	struct broker_session *s;
	struct broker_request call; /* the newest ticket's */
	bool open;                  /* it has no receipt yet */
	enum place to;
	int64_t row[ROWS];
	size_t rows;
} worker[WORKERS];

static struct provider_type vendors;
static char said[LAST][160];
static size_t asked;
static unsigned seed;

#define SAY(...)                                                               \
	((void)snprintf(said[asked++ % LAST], sizeof(said[0]), __VA_ARGS__))

static unsigned
any(size_t n)
{
	return (unsigned)((size_t)random() % n);
}

static int
sequences_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	memset(kept_own.key[OURS], 'k', BROKER_KEY_LEN);
	memset(kept_own.key[VENDORS], 'l', BROKER_KEY_LEN);
	vendors = kept_type;
	kept_add_provider()->type = &vendors;
	kept_type.own_code = true;
	kept_type.next_method = NULL;
	kept_type.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_PUSH);
	kept_conf.provider[OURS].code_length = 8;
	kept_record("alice",
	    "phones = ( { number = \"" KEPT_NUMBER
	    "\"; }, { number = \"" KEPT_OTHER_NUMBER "\"; } ); email = \"" MAIL
	    "\"; channels = [\"sms\", \"voice\", \"email\"]; push_identity = "
	    "\"a1b2c3d4e5f6\"; push_factor = \"" KEPT_FACTOR "\";");
	return 0;
}

static struct broker_session *
comes(void)
{
	const struct facts facts = kept_facts("alice");
	struct broker_session *s = kept_opened();
	const struct broker_request ask = kept_any_ask();

	kept_says(s, &facts);
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

/* False: refused, and its connection closed. */
static bool
does(struct worker *w, enum broker_op op, const struct broker_request *ask)
{
	static struct broker_frame frame;
	static struct broker_request read;
	const char *why = NULL;

	assert_true(broker_request_write(&frame, op, ask));
	assert_int_equal(broker_request_read(&frame, &read), op);
	w->s->ops = w->s->verifications = 0;
	w->s->peer.began = frame_clock_ms() - 3600000;
	if (broker_op_run(&kept_own, w->s, op, &read, &kept_got, &why))
		return true;
	SAY("%d: refused: it %s", (int)(w - worker), why);
	broker_held_end(&kept_own, w->s);
	w->s = NULL;
	return false;
}

static struct broker_request
about(enum provider of)
{
	struct broker_request ask = kept_any_ask();

	ask.provider = ask.claim.key.provider = names[of];
	return ask;
}

static void
keep_row(struct worker *w, const struct store_row *row)
{
	if (row->id != 0)
		w->row[w->rows++ % ROWS] = row->id;
}

static int64_t
one_row(const struct worker *w)
{
	const size_t n = w->rows < ROWS ? w->rows : ROWS;

	return n == 0 ? 0 : w->row[any(n)];
}

static void
claims(struct worker *w)
{
	const enum place at = (enum place)any(PLACES);
	struct broker_request ask = about((enum provider)any(PROVIDERS));

	ask.claim.key.receiver = places[at];
	ask.claim.method = at == AT_MAIL ? METHOD_EMAIL : METHOD_SMS;
	SAY("%d: claim at %s, %s", (int)(w - worker), places[at], ask.provider);
	if (does(w, BROKER_CLAIM, &ask))
		keep_row(w, &kept_got.row);
}

/* The row as the state has it; false without one. */
static bool
row_read(int64_t id, struct broker_request *ask, struct store_row *row)
{
	ask->id = id;
	if (id == 0 || kept_own.store == NULL ||
	    store_row_read(kept_own.store, id, row) < 0)
		return false;
	ask->request_id = row->request_id;
	return true;
}

static void
changes_row(struct worker *w)
{
	static const enum broker_op ops[] = { BROKER_REPLACE, BROKER_REPLACE,
		BROKER_REPLACE, BROKER_LOOK, BROKER_END, BROKER_DROP,
		BROKER_RESTORE, BROKER_UNSENT, BROKER_UNKNOWN };
	const enum broker_op op = ops[any(COUNT_OF(ops))];
	struct broker_request ask = about(OURS);
	struct store_row row;

	if (!row_read(one_row(w), &ask, &row))
		return;
	SAY("%d: %s of row %llx, %s", (int)(w - worker), broker_op_name(op),
	    (long long)ask.id, row.request_id);
	if (does(w, op, &ask) && op == BROKER_LOOK)
		keep_row(w, &kept_got.row);
}

static void
note_sent(enum place at, const char *id, const char *code)
{
	PRINT_TO(sent[sends].id, "%s", id);
	PRINT_TO(sent[sends].code, "%s", code);
	sent[sends++].at = at;
}

/* A ticket for a message that is counted for this phone. */
static void
gets_ticket(struct worker *w, enum provider of, enum provider_call_kind kind,
    enum method method, const char *id)
{
	struct broker_request ask = about(of);
	const unsigned phone = any(AT_MAIL);

	ask.message.counted_as =
	    method == METHOD_PUSH ? "push:alice" : places[phone];
	if (!does(w, BROKER_SEND_TAKE, &ask) || kept_got.result != SEND_TAKEN)
		return;
	w->call = kept_call(kind, method, id);
	w->call.provider = w->call.call.provider = names[of];
	w->call.call.ctx.phone_at = phone;
	w->to = method == METHOD_EMAIL ? AT_MAIL : (enum place)phone;
	SAY("%d: ticket of %s for call %d by method %d, %s, phone %u",
	    (int)(w - worker), names[of], (int)kind, (int)method, id, phone);
	w->open = does(w, BROKER_TICKET, &w->call) && kept_got.result == 1;
	if (w->open && of == OURS && method != METHOD_PUSH)
		note_sent(w->to, "", w->s->own_code);
}

static void
starts(struct worker *w, enum provider of)
{
	const enum method method = any(6) == 0 ? METHOD_PUSH
	    : of == VENDORS && any(4) == 0     ? METHOD_EMAIL
					       : METHOD_SMS;

	gets_ticket(w, of, CALL_START, method, "");
}

/* The next step of one of the newest verifications at a phone. */
static void
steps(struct worker *w)
{
	const size_t back = sends < 5 ? sends : 5;
	const struct sent *of =
	    back > 0 ? &sent[sends - 1 - any(back)] : &sent[0];

	if (back > 0 && of->at < AT_MAIL && of->id[0] != '\0')
		gets_ticket(w, VENDORS, CALL_NEXT, METHOD_SMS, of->id);
}

/* Of the newest ticket: that was done, or may have been. */
static void
gets_receipt(struct worker *w)
{
	static unsigned n;
	const struct broker_call *c = &w->call.call;
	const enum provider of = w->call.provider == names[VENDORS];
	const bool done = any(12) > 0, starts = c->kind == CALL_START;
	struct broker_request ask;
	char id[PROVIDER_ID_MAX + 1] = "";

	if (!w->open)
		return;
	w->open = false;
	if (starts && done)
		PRINT_TO(id, "v%u", ++n);
	else if (!starts)
		PRINT_TO(id, "%s", c->ctx.request_id);
	if (starts && done)
		note_sent(of == VENDORS && c->ctx.method != METHOD_PUSH
			? w->to
			: PLACES,
		    id, "");
	ask = kept_receipt(
	    w->s, &w->call, done ? BROKER_DONE : BROKER_UNSURE, id);
	SAY("%d: receipt of %s, %d", (int)(w - worker), id, done);
	(void)does(w, BROKER_RECEIPT, &ask);
}

/* Puts what it sent into a row, at whatever number. */
static void
puts_into(struct worker *w, int64_t row)
{
	const unsigned how = any(4), number = any(PLACES + 1);
	struct broker_request ask = about(OURS);
	char id[PROVIDER_ID_MAX + 1];

	PRINT_TO(id, "%s", w->s->sent_as);
	if (how == 0 && w->s->own_code[0] != '\0')
		ask.started.code = "";
	else if (how <= 1 && w->s->pushed)
		ask.started.method = METHOD_PUSH;
	if (ask.started.code != NULL || ask.started.method == METHOD_PUSH)
		PRINT_TO(id, "%s", any(3) > 0 ? ".own" : ".other");
	if (row == 0 || id[0] == '\0')
		return;
	ask.started.id = row;
	ask.started.request_id = id;
	ask.started.beside = any(2) > 0;
	ask.started.number = number < PLACES ? places[number] : NULL;
	SAY("%d: row %llx started as %s%s%s, number %u", (int)(w - worker),
	    (long long)row, id, ask.started.code != NULL ? ", a code" : "",
	    ask.started.beside ? ", beside" : "", number);
	(void)does(w, BROKER_STARTED, &ask);
}

/* Replaces a row, sends a message, and puts it there. */
static void
replaces(struct worker *w)
{
	struct broker_request ask = about(OURS);
	struct store_row row;

	if (!row_read(one_row(w), &ask, &row) || row.id == 0)
		return;
	SAY("%d: replace row %llx, %s", (int)(w - worker), (long long)ask.id,
	    row.request_id);
	if (row.request_id[0] != '\0' && !does(w, BROKER_REPLACE, &ask))
		return;
	if (!w->open && strcmp(row.provider, names[VENDORS]) == 0 && any(2) > 0)
		steps(w);
	else if (!w->open)
		starts(
		    w, (enum provider)(strcmp(row.provider, names[OURS]) != 0));
	if (w->s != NULL)
		gets_receipt(w);
	if (w->s != NULL)
		puts_into(w, ask.id);
}

static void
does_anything(struct worker *w)
{
	switch (any(12)) {
	case 0:
	case 1:
	case 2:
		claims(w);
		break;
	case 3:
	case 4:
		changes_row(w);
		break;
	case 5:
		if (!w->open)
			starts(w, (enum provider)any(PROVIDERS));
		break;
	case 6:
		if (!w->open)
			steps(w);
		break;
	case 7:
		gets_receipt(w);
		break;
	case 8:
		puts_into(w, one_row(w));
		break;
	default:
		replaces(w);
	}
}

static void
fails(const char *what, enum place at)
{
	for (size_t i = asked < LAST ? 0 : asked - LAST; i < asked; i++)
		print_message("%s\n", said[i % LAST]);
	fail_msg(
	    "RANDOM_SEED=%u RANDOM_RUNS=1: at %s: %s", seed, places[at], what);
}

/* As the next login does, whose record has this place alone. */
static void
look(enum place at, enum provider of)
{
	const struct store_key key = { .user = "alice",
		.receiver = places[at],
		.provider = names[of],
		.type = kept_any_ask().claim.key.type };
	struct store_row row;

	if (store_claim_dry_run(kept_own.store, &key,
		at == AT_MAIL ? METHOD_BIT(METHOD_EMAIL) : METHODS_PHONE, 15000,
		&row) != CLAIM_JOINED)
		return;
	for (size_t i = 0; i < sends; i++)
		if (sent[i].at == at || sent[i].at == PLACES)
			continue;
		else if (sent[i].code[0] == '\0' ? of == VENDORS &&
			    strcmp(sent[i].id, row.request_id) == 0
						 : of == OURS &&
			    store_own_code_check(kept_own.store, &kept_conf,
				"alice", &row, sent[i].code) == 1)
			fails(
			    sent[i].code[0] == '\0' ? sent[i].id : sent[i].code,
			    at);
}

/* All logins are over; each run has rows of its own. */
static void
forget_all(void)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (worker[i].s != NULL)
			broker_held_end(&kept_own, worker[i].s);
	memset(worker, 0, sizeof(worker));
	kept_forget();
}

static void
one_run(void)
{
	unsigned logins = 0;

	srandom(seed);
	sends = asked = 0;
	for (int i = 0; i < STEPS && sends < SENT_MAX - 2; i++) {
		struct worker *w = &worker[any(WORKERS)];

		if (w->s == NULL && ++logins % LOGINS == 0)
			forget_all();
		if (w->s == NULL)
			*w = (struct worker){ .s = comes() };
		does_anything(w);
		if (any(40) == 0)
			store_time_now(INT64_C(1000000) + (int64_t)i * 2000);
		if (w->s == NULL) /* the state stays open */
			*w = (struct worker){ .s = comes() };
		if (kept_own.store == NULL)
			(void)does(
			    w, BROKER_NOOP, &(struct broker_request){ 0 });
		for (int at = 0; at < PLACES * PROVIDERS; at++)
			look((enum place)(at % PLACES),
			    (enum provider)(at / PLACES));
	}
	forget_all();
	(void)box_sql(kept_box, "DELETE FROM verification");
	(void)box_sql(kept_box, "DELETE FROM send");
}

static unsigned
number_from(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
no_row_has_anothers(void **state)
{
	const unsigned runs = number_from("RANDOM_RUNS", RUNS);

	(void)state;
	seed = number_from("RANDOM_SEED", 1010);
	for (unsigned i = 0; i < runs; i++, seed++)
		one_run();
}

UNIT_TESTS(test_broker_sequences)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    no_row_has_anothers, sequences_set_up, kept_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
