/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four workers that were taken over ask in any order, with true receipts in
 * between, while an admin changes the records of alice and bob, and the
 * settings: logins that have begun go on by those of before, and their calls
 * are made by those of now: no row at one phone or address has a verification,
 * or a code made locally, that went to another one, and a login ends by a code
 * alone that was sent for its user, to a receiver of its own record, and ended
 * no other login. There are two brokers, each with its own settings: of one
 * host, or at a server of two hosts of a fleet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/dice.h"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WORKERS 4
#define STEPS 400
#define RUNS 50
#define RUNS_REMOTE 5 /* ten times as slow */
#define LOGINS 60     /* until the sessions are forgotten */
#define MAIL "a@example.com"
#define SENT_MAX 1024
#define ROWS 8   /* that a worker remembers */
#define UID 1003 /* of a service of alice's own */
#define ONE "{ number = \"" KEPT_NUMBER "\"; }"
#define OTHER "{ number = \"" KEPT_OTHER_NUMBER "\"; }"
#define BOTH ONE ", " OTHER
#define PHONES(of) "uid = 1003; phones = ( " of " ); "
#define CHANNELS(more)                                                         \
	"email = \"" MAIL "\"; channels = [\"sms\", \"voice" more              \
	"\"]; push_identity = \"a1b2c3d4e5f6\"; push_factor = \"" KEPT_FACTOR  \
	"\";"

/* OURS makes codes here; VENDORS makes them itself, and compares no receiver;
 * COMPARES compares it, and has one verification at a time for each */
enum provider { OURS, VENDORS, COMPARES, PROVIDERS };
static const char *const names[PROVIDERS] = { "one", "two", "three" };
enum place { AT_ONE, AT_OTHER, AT_MAIL, AT_NEW, PLACES };
static const char *const places[PLACES] = { KEPT_NUMBER, KEPT_OTHER_NUMBER,
	MAIL, "+12025550142" };

/* The records that an admin gives alice in turn; bob has the last one. */
static const struct record {
	const char *user, *text;
	enum place phone[2]; /* PLACES: no second one */
	unsigned places;     /* bits: whose codes count */
} record[] = {
	{ "alice", PHONES(BOTH) CHANNELS("\", \"email"), { AT_ONE, AT_OTHER },
	    1 << AT_ONE | 1 << AT_OTHER | 1 << AT_MAIL },
	{ "alice", PHONES(ONE) CHANNELS("\", \"email"), { AT_ONE, PLACES },
	    1 << AT_ONE | 1 << AT_MAIL },
	{ "alice", PHONES(ONE) CHANNELS(""), { AT_ONE, PLACES }, 1 << AT_ONE },
	{ "alice", PHONES(OTHER) CHANNELS("\", \"email"), { AT_OTHER, PLACES },
	    1 << AT_OTHER | 1 << AT_MAIL },
	{ "bob", PHONES(ONE) CHANNELS(""), { AT_ONE, PLACES }, 1 << AT_ONE },
};

/* That of alice while a new phone is proven. */
static const struct record opened = { "alice", NULL, { AT_NEW, PLACES },
	1 << AT_NEW };

static struct sent {
	enum provider of;
	char id[PROVIDER_ID_MAX + 1];     /* the vendor's */
	char code[PROVIDER_CODE_MAX + 1]; /* made locally, or "" */
	enum place at;                    /* PLACES: an id without a code */
	enum method method;
	const char *user;
	uid_t uid;
	int64_t row; /* in which it was put */
	bool over;   /* at its vendor: by a right code */
	bool ended;  /* a login */
	bool named;  /* by a lie */
} sent[SENT_MAX];
static size_t sends;

static struct worker {
	struct broker_context *at; /* its broker */
	size_t gen;                /* the settings when it began */
	/* by the provider broker of now, which is of this kind */
	bool taken;
	enum provider by;
	struct broker_session *s;
	const struct record *has;
	bool right[SENT_MAX];       /* codes that it has typed */
	unsigned methods;           /* of its rule */
	struct broker_request call; /* the newest ticket's */
	bool open;                  /* it has no receipt yet */
	enum place to;
	bool approved; /* a push */
	bool lied;     /* to it, by a yes to a code */
	/* twofactl self: a change, its proofs, and the phone that goes */
	const char *change;
	bool shown, proven;
	unsigned gone;
	int64_t row[ROWS];
	size_t rows;
} worker[WORKERS];

static struct provider_type vendors, compares;
static struct settings elsewhere_conf;
/* An admin's settings for each broker, one after the other: which kind of
 * provider has which name, and where it is in the list. */
#define GENERATIONS 4
static struct settings conf_of[2][GENERATIONS];
static enum provider kind_of[2][GENERATIONS][PROVIDERS];
static size_t newest[2];
static struct broker_context elsewhere; /* another broker */
static bool moved;                      /* by the newest request, perhaps */
static const struct record *alices;     /* the present one, or NULL */
/* Most of a run is about these, so that it comes to states that need many
 * steps. */
static struct {
	enum provider of;
	bool one;
	size_t record[2];
	enum place at;
	size_t workers;
	unsigned own; /* of six logins */
} focus;
static int liar; /* the provider whose broker says anything; or none */
static const char *prefix[] = { "+1202" };
static unsigned allowed, changed;

/* False: refused, and its connection closed. */
static bool
does(struct worker *w, enum broker_op op, const struct broker_request *ask)
{
	const char *why;

	w->at->conf = &conf_of[w->at == &elsewhere][w->gen];
	moved |= op == BROKER_STARTED || op == BROKER_RESTORE;
	why = dice_asks(w->at, w->s, op, ask);
	if (why == NULL)
		return true;
	dice_say("%d: refused: it %s", (int)(w - worker), why);
	broker_held_end(w->at, w->s);
	w->s = NULL;
	return false;
}

static struct settings *
conf(const struct worker *w)
{
	return &conf_of[w->at == &elsewhere][w->gen];
}

/* Its place in the settings. */
static size_t
place_of(const struct worker *w, enum provider name)
{
	return broker_handle_find_provider(conf(w), names[name]);
}

static enum provider
kind_at(const struct worker *w, enum provider name)
{
	return kind_of[w->at == &elsewhere][w->gen][name];
}

static enum provider
name_of(const char *name)
{
	int n = 0;

	while (strcmp(names[n], name) != 0)
		n++;
	return (enum provider)n;
}

static void
generation_make(size_t host, size_t g)
{
	static struct provider_type *const types[] = { &kept_type, &vendors,
		&compares };
	const size_t first = host == 0 && g == 0 ? 0 : dice_any(PROVIDERS);

	conf_of[host][g] = host == 0 ? kept_conf : elsewhere_conf;
	for (size_t n = 0; n < PROVIDERS; n++) {
		struct provider_conf p = kept_conf.provider[0];
		enum provider is = (enum provider)n;

		if (g > 0)
			is = kind_of[host][g - 1][n];
		if (host + g > 0 && dice_any(3) == 0)
			is = (enum provider)dice_any(PROVIDERS);
		kind_of[host][g][n] = is;
		p.name = names[n];
		p.type = types[is];
		p.code_length = 8;
		conf_of[host][g].provider[(n + first) % PROVIDERS] = p;
	}
}

static void
generations_make(void)
{
	memset(newest, 0, sizeof(newest));
	for (size_t g = 0; g < GENERATIONS; g++)
		for (size_t host = 0; host < 2; host++)
			generation_make(host, g);
}

static enum provider
any_provider(void)
{
	return focus.one && dice_any(10) > 0
	    ? focus.of
	    : (enum provider)dice_any(PROVIDERS);
}

static void
focus_on_any(void)
{
	focus.of = (enum provider)dice_any(PROVIDERS);
	focus.one = dice_any(3) > 0;
	for (int i = 0; i < 2; i++)
		focus.record[i] = dice_any(COUNT_OF(record));
	if (dice_any(2) == 0)
		focus.record[0] = 0; /* with all places */
	focus.at = (enum place)dice_any(AT_NEW);
	focus.workers = 2 + dice_any(WORKERS - 1);
	focus.own = dice_any(3) == 0 ? 5 : dice_any(2);
}

static int
sequences_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	store_time_wall((TWOFA_DAY + 1) * INT64_C(86400));
	for (int of = 0; of < PROVIDERS; of++)
		memset(kept_own.key[of], 'k' + of, BROKER_KEY_LEN);
	vendors = compares = kept_type;
	kept_add_provider()->type = &vendors;
	kept_conf.provider[COMPARES] = kept_conf.provider[VENDORS];
	kept_conf.provider[COMPARES].name = names[COMPARES];
	kept_conf.provider[COMPARES].type = &compares;
	kept_conf.provider_count = PROVIDERS;
	kept_type.name = "ours";
	vendors.name = "vendors";
	compares.name = "compares";
	compares.names_receiver = true;
	compares.again = AGAIN_SAME;
	compares.next_method = NULL;
	kept_type.own_code = true;
	kept_type.next_method = NULL;
	kept_type.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_PUSH);
	kept_conf.provider[OURS].code_length = 8;
	elsewhere_conf = kept_conf;
	elsewhere = kept_own;
	elsewhere.conf = &elsewhere_conf;
	if (box_remote) {
		postgres_host("web01");
		elsewhere_conf.store.host = "web01";
	}
	return 0;
}

static int
sequences_tear_down(void **state)
{
	broker_store_close(&elsewhere);
	return kept_tear_down(state);
}

/* At a service of alice's own, or a change by twofactl self. */
static void
at_own_service(struct worker *w, struct facts *facts)
{
	static const char *const changes[] = { "phone1", "phone+", "phone2",
		"remove1", "remove2" };
	const bool two = w->has->phone[1] != PLACES;

	facts->service = "web";
	facts->first_factor = FIRST_PASSWORD_SEEN;
	w->s->peer.uid = UID;
	PRINT_TO(w->s->own, "alice");
	if (dice_any(2) == 0)
		return;
	w->change = changes[dice_any(two ? COUNT_OF(changes) : 2)];
	facts->purpose = PURPOSE_SELF;
	facts->service = "twofactl";
	facts->request = w->change;
	if (strncmp(w->change, "remove", 6) == 0)
		w->gone = 1U << w->has->phone[w->change[6] == '2'];
}

static struct broker_context *
any_broker(void)
{
	return dice_any(2) > 0 ? &elsewhere : &kept_own;
}

/* A login of a user with the record that the admin has written meanwhile, at a
 * service of root's or, of alice, at one of her own. */
static void
comes(struct worker *w)
{
	const struct record *has = alices != NULL && dice_any(2) > 0
	    ? alices
	    : &record[focus.record[dice_any(2)]];
	struct facts facts = kept_facts(has->user);
	struct broker_request ask = kept_any_ask();

	*w = (struct worker){ .s = kept_connected(), .has = has };
	w->at = any_broker();
	w->gen = newest[w->at == &elsewhere];
	assert_true(does(w, BROKER_OPEN, &ask));
	w->methods = dice_any(3) > 0 ? METHOD_ALL
				     : METHOD_ALL &
		~METHOD_BIT(dice_any(2) > 0 ? METHOD_VOICE : METHOD_SMS);
	for (size_t i = 0; i < kept_conf.rule_count; i++)
		kept_conf.rule[i].methods = w->methods;
	if (has != alices) /* a change finds the same file */
		kept_record(has->user, has->text);
	if (strcmp(has->user, "alice") == 0)
		alices = has;
	if (strcmp(has->user, "alice") == 0 && dice_any(6) < focus.own)
		at_own_service(w, &facts);
	ask.user = has->user;
	kept_says(w->s, &facts);
	assert_true(does(w, BROKER_BIND, &ask));
	assert_int_equal(kept_got.result, 0);
	if (w->s->enrol.gone[0] == '\0') /* it cannot go */
		w->gone = 0;
	w->s->enrol.told = 7;  /* the owners of all phones */
	if (w->change != NULL) /* rules are for logins */
		w->methods = METHODS_PHONE;
	dice_say("%d: settings %d", (int)(w - worker), (int)w->gen);
	dice_say("%d: login of %s, record %d, uid %d, methods %x, %s",
	    (int)(w - worker), has->user, (int)(has - record),
	    (int)w->s->peer.uid, w->methods,
	    w->change != NULL ? w->change : "no change");
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

	if (n > 0 && dice_any(2) > 0)
		return w->row[(w->rows - 1) % ROWS];
	return n == 0 ? 0 : w->row[dice_any(n)];
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
		BROKER_RESTORE, BROKER_UNSENT, BROKER_UNKNOWN, BROKER_SPEND,
		BROKER_REFUND };
	const enum broker_op op = ops[dice_any(COUNT_OF(ops))];
	struct broker_request ask = about(OURS);
	struct store_row row;

	if (!row_read(one_row(w), &ask, &row))
		return;
	dice_say("%d: %s of row %llx, %s", (int)(w - worker),
	    broker_op_name(op), (long long)ask.id, row.request_id);
	if (does(w, op, &ask) && op == BROKER_LOOK)
		keep_row(w, &kept_got.row);
}

static void
note_sent(const struct worker *w, enum provider of, enum place at,
    const char *id, const char *code)
{
	struct sent *new = &sent[sends++];

	*new = (struct sent){ .of = of,
		.at = at,
		.method = w->call.call.ctx.method,
		.user = w->has->user,
		.uid = w->s->peer.uid };
	PRINT_TO(new->id, "%s", id);
	PRINT_TO(new->code, "%s", code);
}

/* By the provider broker at its place, which has the settings of now, or may
 * have those of before. */
static bool
is_taken(struct worker *w, enum provider name)
{
	char ours[BROKER_CALL_TEXT_MAX + 1], theirs[BROKER_CALL_TEXT_MAX + 1];
	const size_t at = place_of(w, name);
	const int h = w->at == &elsewhere;
	const size_t g = dice_any(4) > 0 ? newest[h] : dice_any(newest[h] + 1);
	const struct provider_conf *is = &conf_of[h][g].provider[at];

	w->by = kind_of[h][g][name];
	broker_ticket_name_settings(
	    conf(w), &conf(w)->provider[at], false, ours);
	broker_ticket_name_settings(&conf_of[h][g], is, false, theirs);
	return strcmp(is->name, names[name]) == 0 && strcmp(ours, theirs) == 0;
}

static void
has_ticket(struct worker *w, enum provider of, struct broker_request ask,
    unsigned phone)
{
	const enum method method = ask.call.ctx.method;

	w->call = ask;
	w->call.provider = w->call.call.provider = names[of];
	w->call.call.ctx.phone_at = phone;
	w->to = method == METHOD_EMAIL ? AT_MAIL : w->has->phone[phone];
	dice_say("%d: ticket of %s for call %d by method %d, %s, phone %u",
	    (int)(w - worker), names[of], (int)ask.call.kind, (int)method,
	    ask.call.ctx.request_id, phone);
	w->open = does(w, BROKER_TICKET, &w->call) && kept_got.result == 1;
	w->taken = w->open && is_taken(w, of);
}

/* A ticket for a message that is counted for this phone. */
static void
gets_ticket(struct worker *w, enum provider of, enum provider_call_kind kind,
    enum method method, const char *id)
{
	struct broker_request ask = about(of);
	const unsigned phone = dice_any(w->has->phone[1] == PLACES ? 1 : 2);

	/* they would be refused */
	if (dice_any(10) > 0 &&
	    ((w->methods & METHOD_BIT(method)) == 0 ||
		(kind_at(w, of) == OURS && method == METHOD_EMAIL) ||
		(method == METHOD_EMAIL &&
		    (w->has->places >> AT_MAIL & 1) == 0)))
		return;
	ask.message.counted_as = method == METHOD_PUSH
	    ? (w->s->peer.uid == 0 ? "push:alice" : "push:sock:1003:alice")
	    : places[w->has->phone[phone]];
	if (!does(w, BROKER_SEND_TAKE, &ask) || kept_got.result != SEND_TAKEN)
		return;
	has_ticket(w, of, kept_call(kind, method, id), phone);
	if (w->taken && w->by == OURS && method != METHOD_PUSH)
		note_sent(w, OURS, w->to, "", w->s->own_code);
}

static void
starts(struct worker *w, enum provider of, enum method mostly)
{
	const enum method method = dice_any(10) == 0     ? METHOD_PUSH
	    : dice_any(4) > 0                            ? mostly
	    : kind_at(w, of) != OURS && dice_any(4) == 0 ? METHOD_EMAIL
	    : dice_any(4) == 0                           ? METHOD_VOICE
							 : METHOD_SMS;

	gets_ticket(w, of, CALL_START, method, "");
}

/* The next step of one of the newest verifications at a phone. */
static void
steps(struct worker *w)
{
	const size_t back = sends < 5 ? sends : 5;
	const struct sent *of =
	    back > 0 ? &sent[sends - 1 - dice_any(back)] : &sent[0];

	for (int n = 0; back > 0 && of->of == VENDORS && of->at < AT_MAIL &&
	     of->id[0] != '\0' && n < PROVIDERS;
	     n++)
		if (dice_any(20) == 0 ||
		    broker_handle_find_verification(
			w->s, place_of(w, (enum provider)n), of->id) != NULL) {
			gets_ticket(w, (enum provider)n, CALL_NEXT,
			    dice_any(3) > 0 ? METHOD_SMS : METHOD_VOICE,
			    of->id);
			return;
		}
}

/* The newest with this id there; or NULL. */
static struct sent *
find_sent(enum provider of, const char *id)
{
	for (size_t i = sends; id[0] != '\0' && i-- > 0;)
		if (sent[i].of == of && strcmp(sent[i].id, id) == 0)
			return &sent[i];
	return NULL;
}

/* The verification that a start opens. */
static void
opens(struct worker *w, enum provider of, bool push, char *id, size_t len)
{
	static unsigned n;

	for (size_t i = 0; of == COMPARES && !push && i < sends; i++)
		if (sent[i].of == COMPARES && sent[i].at == w->to &&
		    !sent[i].over)
			snprintf(id, len, "%s", sent[i].id);
	if (id[0] == '\0')
		snprintf(id, len, "v%u", ++n);
	note_sent(w, of, of == OURS || push ? PLACES : w->to, id, "");
}

/* Messages of one verification have one code. */
static bool
same_code(const struct sent *a, const struct sent *b)
{
	return a == b ||
	    (a->of == b->of && a->id[0] != '\0' && strcmp(a->id, b->id) == 0);
}

/* A right code, if the vendor has it for that receiver. */
static bool
is_right(struct worker *w, enum provider of)
{
	const struct broker_call *c = &w->call.call;
	struct sent *is = find_sent(of, c->ctx.request_id);

	if (is == NULL || is->over || is->at == PLACES ||
	    (of == COMPARES && is->at != w->to))
		return false;
	for (size_t i = 0; i < sends; i++) /* each message of it */
		if (same_code(&sent[i], is))
			w->right[i] = sent[i].over = true;
	return true;
}

/* Like kept_receipt(), by its settings. */
static struct broker_request
receipt_of(const struct worker *w, unsigned receipt, const char *id)
{
	struct broker_request ask = w->call;
	struct broker_call c = w->call.call;
	const size_t of = place_of(w, name_of(ask.provider));

	c.serial = w->s->serial;
	c.provider = ask.provider;
	broker_ticket_digest_call(
	    w->s, conf(w), c.ctx.phone_at, of, false, c.to);
	PRINT_TO(c.ctx.request_id, "%s", id);
	broker_receipt_make(
	    w->at->key[of], w->s->peer.login, &c, receipt, ask.call.mac);
	PRINT_TO(ask.call.ctx.request_id, "%s", id);
	ask.tries = receipt;
	return ask;
}

/* Any id, perhaps another one's. */
static const char *
any_lie(const char *asked)
{
	const size_t back = sends < 12 ? sends : 12;
	static char own[24];
	static unsigned n;

	if (back > 0 && dice_any(3) > 0)
		return sent[sends - 1 - dice_any(back)].id;
	snprintf(own, sizeof(own), "x%u", ++n);
	return dice_any(2) > 0 ? own : asked;
}

/* True if its newest call has any receipt. */
static bool
is_lied_to(struct worker *w)
{
	static const unsigned says[] = { BROKER_DONE, BROKER_DONE, BROKER_DONE,
		BROKER_UNSURE, BROKER_UNSURE | BROKER_DOWN, BROKER_NOT_DONE };
	const struct broker_call *c = &w->call.call;
	const unsigned is = says[dice_any(COUNT_OF(says))];
	struct broker_request ask;
	const char *id;

	if ((int)name_of(w->call.provider) != liar || dice_any(4) == 0)
		return false;
	id = any_lie(c->ctx.request_id);
	for (size_t i = 0; i < sends; i++)
		sent[i].named |= id[0] != '\0' && strcmp(sent[i].id, id) == 0;
	w->lied |= is == BROKER_DONE && c->kind == CALL_CHECK;
	w->approved |= is == BROKER_DONE && c->kind == CALL_POLL;
	ask = receipt_of(w, is, id);
	dice_say("%d: lie of %s, %u", (int)(w - worker), id, is);
	(void)does(w, BROKER_RECEIPT, &ask);
	return true;
}

/* Of the newest ticket: that was done, or may have been. */
static void
gets_receipt(struct worker *w)
{
	const struct broker_call *c = &w->call.call;
	const enum provider of = w->by;
	const struct sent *of_id;
	bool done = dice_any(12) > 0;
	struct broker_request ask;
	char id[PROVIDER_ID_MAX + 1] = "";

	if (!w->open)
		return;
	w->open = false;
	if (!w->taken || is_lied_to(w))
		return; /* no call was made, or no true one */
	of_id = find_sent(of, c->ctx.request_id);
	if (c->kind == CALL_CHECK)
		done = done && is_right(w, of);
	else if (c->kind == CALL_NEXT)
		done = done && of_id != NULL && !of_id->over;
	if (c->kind == CALL_START && done)
		opens(w, of, c->ctx.method == METHOD_PUSH, id, sizeof(id));
	else if (c->kind != CALL_START)
		PRINT_TO(id, "%s", c->ctx.request_id);
	if (c->kind == CALL_NEXT && done)
		note_sent(w, of, of_id->at, id, "");
	w->approved |= c->kind == CALL_POLL && done;
	ask = receipt_of(w,
	    done                  ? BROKER_DONE
		: dice_any(2) > 0 ? BROKER_UNSURE
				  : BROKER_NOT_DONE,
	    id);
	dice_say("%d: receipt of %s, %d", (int)(w - worker), id, done);
	(void)does(w, BROKER_RECEIPT, &ask);
}

/* Puts what it sent into a row, at whatever number. */
static void
puts_into(struct worker *w, int64_t row)
{
	const bool odd = dice_any(6) == 0;
	const unsigned how = odd ? dice_any(4) : w->s->own_code[0] == '\0';
	const unsigned number = odd ? dice_any(PLACES + 1) : PLACES;
	struct broker_request ask = about(OURS);
	char id[PROVIDER_ID_MAX + 1], code[PROVIDER_CODE_MAX + 1];

	PRINT_TO(id, "%s", w->s->sent_as);
	if (how == 0 && w->s->own_code[0] != '\0')
		ask.started.code = "";
	else if (how <= 1 && w->s->pushed)
		ask.started.method = METHOD_PUSH;
	if (ask.started.code != NULL || ask.started.method == METHOD_PUSH)
		PRINT_TO(id, "%s", dice_any(3) > 0 ? ".own" : ".other");
	if (row == 0 || id[0] == '\0')
		return;
	ask.started.id = row;
	ask.started.request_id = id;
	ask.started.beside = dice_any(2) > 0;
	ask.started.number = number < PLACES ? places[number] : NULL;
	dice_say("%d: row %llx started as %s%s%s, number %u", (int)(w - worker),
	    (long long)row, id, ask.started.code != NULL ? ", a code" : "",
	    ask.started.beside ? ", beside" : "", number);
	PRINT_TO(code, "%s", w->s->own_code);
	if (does(w, BROKER_STARTED, &ask) && ask.started.code != NULL &&
	    kept_got.result == 0)
		for (size_t i = 0; i < sends; i++)
			if (strcmp(sent[i].code, code) == 0)
				sent[i].row = row;
}

static enum provider
provider_of(const struct store_row *row)
{
	return name_of(row->provider);
}

/* Sends a message for a row that it holds. */
static void
sends_into(struct worker *w, const struct store_row *row)
{
	const int64_t id = row->id;

	if (!w->open && row->request_id[0] != '\0' &&
	    kind_at(w, provider_of(row)) == VENDORS && dice_any(2) > 0)
		steps(w);
	else if (!w->open)
		starts(w, provider_of(row), row->method);
	if (w->s != NULL)
		gets_receipt(w);
	if (w->s != NULL)
		puts_into(w, id);
}

static void
claims(struct worker *w)
{
	const enum place at =
	    dice_any(2) > 0 ? focus.at : (enum place)dice_any(PLACES);
	struct broker_request ask = about(any_provider());

	if ((w->has->places & ~w->gone & 1U << at) == 0 && dice_any(20) > 0)
		return; /* it would be refused */
	ask.claim.key.receiver = places[at];
	ask.claim.method = at == AT_MAIL ? METHOD_EMAIL : METHOD_SMS;
	dice_say(
	    "%d: claim at %s, %s", (int)(w - worker), places[at], ask.provider);
	if (!does(w, BROKER_CLAIM, &ask))
		return;
	keep_row(w, &kept_got.row);
	if (kept_got.result != CLAIM_NEW || w->open || dice_any(4) == 0)
		return;
	sends_into(w, &kept_got.row);
}

/* Replaces a row, sends a message, and puts it there. */
static void
replaces(struct worker *w)
{
	struct broker_request ask = about(OURS);
	struct store_row row;

	if (!row_read(one_row(w), &ask, &row) || row.id == 0)
		return;
	dice_say("%d: replace row %llx, %s", (int)(w - worker),
	    (long long)ask.id, row.request_id);
	if (row.request_id[0] != '\0' && !does(w, BROKER_REPLACE, &ask))
		return;
	sends_into(w, &row);
}

/* Types one of the newest codes that were sent from here. */
static void
types(struct worker *w, struct broker_request *ask)
{
	const bool there = dice_any(2) > 0; /* one that is in the row */
	size_t back = dice_any(there ? 2 : 6), at = sends;

	while (at > 0 &&
	    (sent[at - 1].code[0] == '\0' ||
		(there && sent[at - 1].row != ask->id) || back-- > 0))
		at--;
	if (at-- == 0)
		return;
	ask->number = sent[at].code;
	dice_say("%d: code to %s in row %llx", (int)(w - worker),
	    places[sent[at].at], (long long)ask->id);
	if (does(w, BROKER_CODE_RIGHT, ask) && kept_got.result == 1)
		w->right[at] = true;
}

/* Any verification that is known, if not that of the row. */
static const char *
any_id(const char *otherwise)
{
	const size_t back = sends < 8 ? sends : 8;
	const struct sent *of =
	    back > 0 ? &sent[sends - 1 - dice_any(back)] : NULL;

	return dice_any(10) > 0 || of == NULL || of->id[0] == '\0' ? otherwise
								   : of->id;
}

static void
polls(struct worker *w)
{
	const struct sent *of = sends > 0 ? &sent[sends - 1] : NULL;
	const char *id = of != NULL ? of->id : "";

	for (int n = 0; id[0] != '\0' && !w->open && n < PROVIDERS; n++)
		if (dice_any(20) == 0 ||
		    (of->at == PLACES &&
			of->of == kind_at(w, (enum provider)n) &&
			of->of != OURS &&
			broker_handle_find_verification(
			    w->s, place_of(w, (enum provider)n), id) != NULL)) {
			has_ticket(w, (enum provider)n,
			    kept_call(CALL_POLL, METHOD_PUSH, id), 0);
			return;
		}
}

/* The newest code that the login has typed and that counts for it; or NULL. */
static struct sent *
shown_by(const struct worker *w)
{
	for (size_t i = sends; i-- > 0;)
		if (w->right[i] && !sent[i].ended &&
		    strcmp(sent[i].user, w->has->user) == 0 &&
		    sent[i].uid == w->s->peer.uid &&
		    (w->methods & METHOD_BIT(sent[i].method)) != 0 &&
		    (w->has->places & ~w->gone & 1U << sent[i].at) != 0)
			return &sent[i];
	return NULL;
}

/* True for a row of the liar's: by its yes to a code, or by the code of a
 * verification that it has named; by a method of the rule, even so. */
static bool
is_let_by_a_lie(const struct worker *w, const struct store_row *row)
{
	bool lie = w->lied;

	for (size_t i = 0; i < sends; i++)
		lie |= w->right[i] && sent[i].named;
	return lie && (int)name_of(row->provider) == liar &&
	    (w->methods & METHOD_BIT(row->method)) != 0;
}

/* Ends a row. One right code allows one login. */
static void
ends(struct worker *w, int64_t id)
{
	struct broker_request ask = about(OURS);
	struct store_row row;
	struct sent *by;
	bool lie;

	if (!row_read(id, &ask, &row) || row.id == 0 ||
	    (w->s->right.id[0] == '\0' && w->s->approved == 0 &&
		dice_any(20) > 0))
		return;
	if (dice_any(3) == 0)
		ask.request_id = w->s->right.id;
	dice_say("%d: finish of row %llx, %s, method %d", (int)(w - worker),
	    (long long)ask.id, ask.request_id, (int)row.method);
	if (!does(w, BROKER_FINISH, &ask) || kept_got.result != 1)
		return;
	allowed++;
	by = shown_by(w);
	lie = by == NULL && is_let_by_a_lie(w, &row);
	if (by == NULL && !lie && !(w->approved && row.method == METHOD_PUSH))
		dice_fails("allowed", "FINISH");
	w->shown |= lie;
	w->proven |= lie;
	for (size_t i = 0; by != NULL && i < sends; i++)
		sent[i].ended |= same_code(&sent[i], by);
	w->shown |= by != NULL && by->at != AT_MAIL && by->at != AT_NEW;
	w->proven |= by != NULL && by->at == AT_NEW;
	if (w->change != NULL)
		return;
	broker_held_end(w->at, w->s);
	w->s = NULL;
}

/* A guess at a row, for a code there or at its provider. */
static void
tries(struct worker *w, int64_t id)
{
	struct broker_request ask = about(OURS), check;
	struct store_row row;

	if (w->open || !row_read(id, &ask, &row) || row.id == 0)
		return;
	ask.tries = 5;
	dice_say("%d: try of row %llx, %s", (int)(w - worker),
	    (long long)ask.id, row.request_id);
	if (!does(w, BROKER_ATTEMPT, &ask) || kept_got.result != 1)
		return;
	if (kind_at(w, provider_of(&row)) == OURS || dice_any(8) == 0) {
		types(w, &ask);
		return;
	}
	check =
	    kept_call(CALL_CHECK, dice_any(6) == 0 ? METHOD_EMAIL : row.method,
		any_id(row.request_id));
	check.call.code = "123456";
	has_ticket(w, provider_of(&row), check,
	    dice_any(w->has->phone[1] == PLACES ? 1 : 2));
	if (w->s != NULL)
		gets_receipt(w);
}

/* Mostly as an honest worker does. */
static void
tries_and_ends(struct worker *w)
{
	const int64_t id = one_row(w);

	tries(w, id);
	if (w->s != NULL && dice_any(3) > 0)
		ends(w, id);
}

/* A change needs the code of a phone that stays, and that of a new one. */
static void
enrols(struct worker *w)
{
	struct broker_request ask = { .number = places[AT_NEW], .uid = UID };
	const bool adds = w->change[0] == 'p';

	if (w->open || (!w->shown && dice_any(20) > 0))
		return;
	if (adds && w->has != &opened && dice_any(20) > 0) {
		if (does(w, BROKER_ENROL_OPEN, &ask) && kept_got.result == 1)
			w->has = &opened;
		return;
	}
	dice_say("%d: commit of %s", (int)(w - worker), w->change);
	if (!does(w, BROKER_ENROL_COMMIT, &ask) ||
	    kept_got.result != BROKER_ENROLLED_DONE)
		return;
	changed++;
	if (!w->shown || (adds && !w->proven))
		dice_fails("changed", w->change);
	(void)box_sql(kept_box, "DELETE FROM enrolled");
	broker_held_end(w->at, w->s);
	w->s = NULL;
}

static void
does_anything(struct worker *w)
{
	if (w->change != NULL && dice_any(6) == 0) {
		enrols(w);
		return;
	}
	switch (dice_any(20)) {
	case 0:
	case 1:
	case 2:
	case 3:
		claims(w);
		break;
	case 4:
		changes_row(w);
		break;
	case 5:
		if (!w->open)
			starts(w, any_provider(), METHOD_SMS);
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
	case 9:
		polls(w);
		break;
	case 10:
	case 11:
	case 12:
	case 13:
		tries_and_ends(w);
		break;
	case 14:
	case 15:
	case 16:
		ends(w, one_row(w));
		break;
	default:
		replaces(w);
	}
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

	if (kept_own.store == NULL || (int)of == liar ||
	    store_claim_dry_run(kept_own.store, &key,
		at == AT_MAIL ? METHOD_BIT(METHOD_EMAIL) : METHODS_PHONE, 15000,
		&row) != CLAIM_JOINED)
		return;
	for (size_t i = 0; i < sends; i++)
		if (sent[i].at == at || sent[i].at == PLACES)
			continue;
		else if (sent[i].code[0] == '\0'
			? kind_of[0][newest[0]][of] == VENDORS &&
			    sent[i].of == VENDORS &&
			    strcmp(sent[i].id, row.request_id) == 0
			: kind_of[0][newest[0]][of] == OURS &&
			    store_own_code_check(kept_own.store, &kept_conf,
				"alice", &row, sent[i].code) == 1)
			dice_fails(
			    sent[i].code[0] == '\0' ? sent[i].id : sent[i].code,
			    places[at]);
}

/* All logins are over; each run has rows of its own. */
static void
forget_all(void)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (worker[i].s != NULL)
			broker_held_end(worker[i].at, worker[i].s);
	memset(worker, 0, sizeof(worker));
	kept_forget();
}

static void
one_run(void)
{
	unsigned logins = 0;

	sends = 0;
	alices = NULL;
	focus_on_any();
	generations_make();
	liar = (int)dice_any(2 * PROVIDERS);
	for (int i = 0; i < STEPS && sends < SENT_MAX - 2; i++) {
		struct worker *w = &worker[dice_any(focus.workers)];

		if (w->s == NULL && ++logins % LOGINS == 0)
			forget_all();
		if (w->s == NULL)
			comes(w);
		does_anything(w);
		if (dice_any(60) == 0 &&
		    newest[w->at == &elsewhere] + 1 < GENERATIONS) {
			newest[w->at == &elsewhere]++;
			moved = true;
		}
		if (dice_any(40) == 0)
			store_time_now(INT64_C(1000000) + (int64_t)i * 2000);
		if (w->s == NULL) /* the state stays open */
			comes(w);
		if (w->at->store == NULL)
			(void)does(
			    w, BROKER_NOOP, &(struct broker_request){ 0 });
		for (int at = 0; moved && at < PLACES * PROVIDERS; at++)
			look((enum place)(at % PLACES),
			    (enum provider)(at / PLACES));
		moved = false;
	}
	forget_all();
	(void)box_sql(kept_box, "DELETE FROM verification");
	(void)box_sql(kept_box, "DELETE FROM send");
}

static void
no_row_has_anothers(void **state)
{
	(void)state;
	dice_run(box_remote ? RUNS_REMOTE : RUNS, 1010, one_run);
}

BOX_TESTS(test_broker_sequences)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    no_row_has_anothers, sequences_set_up, sequences_tear_down),
	};

	return BOX_RUN(tests);
}
