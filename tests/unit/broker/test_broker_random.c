/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eight workers that were taken over ask the state broker whatever they like,
 * in any order, with true receipts in between: nothing crashes, the state stays
 * open, and no code is checked and no message sent that was not counted.
 * RANDOM_REQUESTS=N asks so many, RANDOM_SEED=N begins elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define UID 1001
#define TODAY (TWOFA_DAY + 1u)
#define LOGINS 8
#define ROUND 1500 /* requests until all logins are others */
#define DECOY "box//.00112233445566aa"
#define SECOND "+12025550102"
#define LAST 12 /* requests that are shown of a failure */

static const char *prefix[] = { "+1202" }, *kinds[] = { "phone", "app" };
static struct provider_type own_codes; /* of the second provider */
static struct broker_session *login[LOGINS];
static struct broker_request ask;
static char said[LAST][128];
static size_t asked;
/* Of all logins of a round: tickets for checks and messages. */
static int64_t checks, messages;

static unsigned
any(size_t n)
{
	return (unsigned)((size_t)random() % n);
}

#define ONE_OF(array) (array)[any(COUNT_OF(array))]

static int
random_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.self_enrol_until = kept_conf.today = TODAY;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	kept_conf.unenrolled_enrol = true;
	kept_conf.enrol_kinds = (struct text_list){ COUNT_OF(kinds), kinds };
	store_time_wall(TODAY * INT64_C(86400));
	own_codes = kept_type;
	own_codes.own_code = true;
	own_codes.next_method = NULL;
	kept_add_provider()->type = &own_codes;
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	memset(kept_own.key[1], 'l', sizeof(kept_own.key[1]));
	kept_record("box", KEPT_PEOPLE);
	kept_record("alice",
	    "uid = 1001; phones = ( { number = \"" KEPT_NUMBER
	    "\"; }, { number = \"" SECOND "\"; } );");
	kept_record("bob",
	    "phone = \"" KEPT_OTHER_NUMBER "\"; email = \"a@example.org\";");
	return 0;
}

static void
fail_told(const char *what)
{
	for (size_t i = asked < LAST ? 0 : asked - LAST; i < asked; i++)
		print_message("%s\n", said[i % LAST]);
	fail_msg("%s", what);
}

/* Returns whether it was allowed. A refusal counts as if nobody had asked. */
static bool
does(size_t i, enum broker_op op)
{
	static struct broker_session before;
	static struct broker_request read;
	static struct broker_frame f;
	const char *why = NULL;
	bool done;

	if (!broker_request_write(&f, op, &ask))
		return false; /* no frame holds it */
	assert_int_equal(broker_request_read(&f, &read), op);
	before = *login[i];
	PRINT_TO(said[asked++ % LAST], "%zu %s %s", i, broker_op_name(op),
	    ask.request_id);
	done = broker_op_run(&kept_own, login[i], op, &read, &kept_got, &why);
	free(kept_got.text);
	kept_got.text = NULL;
	if (kept_own.store == NULL && op != BROKER_OPEN)
		fail_told("the state is open no more");
	if (!done)
		*login[i] = before;
	return done;
}

/* Logins. */

static const struct kind {
	const char *user, *bound, *like;
	bool at_socket, self;
} login_kinds[] = {
	{ "alice", "alice", NULL, false, false },
	{ "bob", "bob", NULL, false, false },
	{ "alice", "alice", NULL, true, false },
	{ "alice", "alice", NULL, true, true },
	{ "box", DECOY, "bob", false, false },
	{ "box", "box//ann", NULL, false, false },
	{ "carl", "carl", NULL, false, false }, /* is not enrolled */
};

static struct facts
any_facts(const struct kind *k)
{
	static const char *const changes[] = { PURPOSE_SELF_PHONE,
		PURPOSE_SELF_APP, PURPOSE_SELF_CODES, "phone1", "remove2", "" };
	struct facts f = kept_facts(k->user);

	if (strcmp(k->user, "box") == 0)
		f.auth_info = "password";
	if (k->at_socket)
		f.first_factor = FIRST_PASSWORD_SEEN;
	if (k->self) {
		f.purpose = PURPOSE_SELF;
		f.service = "twofactl";
		f.request = ONE_OF(changes);
	}
	f.conversation = any(6) != 0;
	return f;
}

static void
begins(size_t i)
{
	const struct kind *k = &ONE_OF(login_kinds);
	const struct facts facts = any_facts(k);

	login[i] = kept_connected();
	if (k->at_socket) {
		login[i]->peer.uid = UID;
		PRINT_TO(login[i]->own, "%s", k->user);
	}
	kept_says(login[i], &facts);
	ask = kept_any_ask();
	assert_true(does(i, BROKER_OPEN));
	ask.user = k->bound;
	ask.like = k->like;
	(void)does(i, BROKER_BIND);
	if (k->self && any(2) != 0) {
		login[i]->enrol.shown = true;
		login[i]->enrol.told = 7;
	}
}

/* Requests. */

static const char *
any_receiver(const struct broker_session *s)
{
	static const char *const others[] = { KEPT_NUMBER, KEPT_OTHER_NUMBER,
		SECOND, "+12025550142", "a@example.org", "push:alice",
		"push:sock:1001:alice", "carl", "" };
	const char *own = user_record_phone(&s->record, any(2));

	if (s->bound_to.like[0] != '\0' && any(4) != 0)
		return s->bound_to.user;
	return own != NULL && any(6) != 0 ? own : ONE_OF(others);
}

static const char *
any_verification(const struct broker_session *s)
{
	static const char *const ids[] = { "r", "s", "t", ".0", ".1", "" };
	const size_t n = s->requests < BROKER_REQUEST_IDS_MAX
	    ? s->requests
	    : BROKER_REQUEST_IDS_MAX;

	if (any(4) == 0 && s->right.id[0] != '\0')
		return s->right.id;
	return n > 0 && any(3) != 0 ? s->request[any(n)].id : ONE_OF(ids);
}

static int64_t
any_row(const struct broker_session *s)
{
	int64_t id = any(6) + 1;

	if (s->ids > 0 && any(8) != 0)
		id = s->handle[any(s->ids)].id;
	return id < 0 ? -id : id;
}

/* A code of an app needs no verification before it. */
static void
any_call(const struct broker_session *s)
{
	const bool app = ask.call.kind == CALL_CHECK && any(4) == 0;

	if (any(3) == 0)
		ask.call.kind = (enum provider_call_kind)any(CALL_POLL + 1);
	ask.call.ctx.method = app ? METHOD_TOTP
	    : any(2) != 0         ? METHOD_SMS
				  : (enum method)any(METHOD_COUNT);
	if (any(4) == 0)
		ask.call.ctx.event = (enum event)any(EVENT_COUNT);
	ask.call.ctx.phone_at = any(3) != 0 ? 0 : any(USER_PHONES_MAX);
	ask.call.code = any(2) != 0 ? "123456" : NULL;
	if (!app && ask.call.kind != CALL_START)
		PRINT_TO(ask.call.ctx.request_id, "%s", any_verification(s));
}

static void
any_claim(const struct broker_session *s)
{
	ask.claim.key.receiver = any_receiver(s);
	ask.claim.key.provider = ask.provider;
	ask.claim.key.other[0] = any(3) != 0 ? NULL : any_receiver(s);
	ask.claim.methods = any(2) != 0 ? METHOD_ALL : any(METHOD_ALL + 1);
	ask.claim.method = (enum method)any(METHOD_COUNT);
	ask.begin.count = any(3);
	ask.begin.candidate[0] = ask.begin.candidate[1] = ask.claim;
	ask.begin.message = ask.message;
}

/* Of anything that it was given, or might have been. */
static void
any_request(const struct broker_session *s)
{
	static const char *const providers[] = { "one", "two", "one", "two",
		"one", "two", "three", "" };

	ask = kept_any_ask();
	ask.provider = ONE_OF(providers);
	ask.id = ask.started.id = any_row(s);
	ask.request_id = ask.started.request_id = any_verification(s);
	ask.number = any_receiver(s);
	ask.started.number = any(2) != 0 ? ask.number : NULL;
	ask.started.method = (enum method)any(METHOD_COUNT);
	ask.started.code = any(3) != 0 ? NULL : "";
	ask.started.beside = any(2) != 0;
	ask.flag = any(2) != 0;
	ask.uses = any(2) != 0;
	ask.uid = any(2) != 0 ? UID : 0;
	ask.guess = any(2) != 0 ? 0 : any(s->guesses + 2);
	ask.tries = any(6);
	ask.message.counted_as = any_receiver(s);
	ask.message.push = any(2) != 0;
	ask.message.alert = any(4) == 0;
	ask.message.carried = (enum store_carried)any(CARRIED_INSTEAD + 1);
	ask.user = DECOY;
	ask.call.kind = any(2) != 0 ? CALL_START : CALL_CHECK;
	any_claim(s);
	any_call(s);
}

/* Of the newest ticket, by its provider's broker. A code that is right would
 * clear what was counted. */
static void
any_receipt(const struct broker_session *s)
{
	const struct broker_ticket *t = &s->ticket;
	unsigned is = any(BROKER_DONE + 1);
	const char *id = any_verification(s);
	struct broker_call c = { .serial = t->serial,
		.kind = t->kind,
		.ctx = { .method = t->method,
		    .event = t->event,
		    .told.price = any(20) },
		.code = t->kind == CALL_CHECK ? s->checked : NULL,
		.provider = kept_conf.provider[t->of].name };

	if (is == BROKER_DONE && t->kind == CALL_CHECK)
		is = BROKER_UNSURE;
	is |= any(4) != 0 ? 0U : BROKER_SILENT;
	is |= any(4) != 0 ? 0U : BROKER_DOWN;
	memcpy(c.to, t->to, sizeof(c.to));
	PRINT_TO(c.ctx.request_id, "%s", id[0] == STORE_OWN_ID ? "r" : id);
	ask.call = c;
	ask.provider = c.provider;
	ask.tries = is;
	broker_receipt_make(
	    kept_own.key[t->of], s->peer.login, &c, is, ask.call.mac);
}

static enum broker_op
any_op(const struct broker_session *s)
{
	static const enum broker_op often[] = { BROKER_BEGIN, BROKER_CLAIM,
		BROKER_SEND_TAKE, BROKER_SEND_TAKE, BROKER_TICKET,
		BROKER_TICKET, BROKER_TICKET, BROKER_STARTED, BROKER_ATTEMPT,
		BROKER_FINISH, BROKER_GUESS_TAKE, BROKER_REPLACE,
		BROKER_CODE_CLAIM };
	const enum broker_op op = any(10) < 7
	    ? ONE_OF(often)
	    : (enum broker_op)(BROKER_NO_OP + 1 + any(BROKER_CALL - 1));

	if (s->ticket.serial != 0 && any(2) != 0)
		return BROKER_RECEIPT;
	/* asked before there is a login, or no more is counted after it */
	return op == BROKER_ACCOUNT || op == BROKER_OPEN ||
		op == BROKER_RECORD || op == BROKER_BIND ||
		op == BROKER_RECOVERY_CLAIM
	    ? BROKER_LOOK
	    : op;
}

/* Counts. */

static void
note_calls(size_t i, enum broker_op op, const struct broker_ticket *was)
{
	const bool given = op == BROKER_TICKET && kept_got.result == 1;
	const bool back = op == BROKER_RECEIPT &&
	    (ask.tries & ~(unsigned)(BROKER_SILENT | BROKER_DOWN)) ==
		BROKER_NOT_DONE;
	const enum provider_call_kind kind =
	    given ? login[i]->ticket.kind : was->kind;

	if (!given && !back) {
		checks += op == BROKER_CODE_RIGHT ||
		    (op == BROKER_TOTP && kept_got.result == GUESS_OPEN &&
			kept_got.guess != 0);
		return;
	}
	checks += (kind == CALL_CHECK) * (given ? 1 : -1);
	messages += provider_call_sends(kind) * (given ? 1 : -1);
}

/* An app's guess is replaced once, and stays counted; a push that its provider
 * may have sent is sent once more. */
static void
all_is_counted(void)
{
	int64_t wrong = box_sql(kept_box,
	    "SELECT coalesce(sum(wrong), 0) FROM guess WHERE source <> ''");
	int64_t sent = box_sql(kept_box, "SELECT count(*) FROM send");

	for (size_t i = 0; i < LOGINS; i++) {
		wrong += login[i]->replaced;
		sent += __builtin_popcountll((uint64_t)login[i]->may_push);
		if (login[i]->compared > login[i]->guesses)
			fail_told("more was compared than counted");
	}
	if (checks > wrong)
		fail_told("a code was checked that was not counted");
	if (messages > sent)
		fail_told("a message was sent that was not counted");
}

static void
asks_anything(size_t i)
{
	struct broker_session *s = login[i];
	const struct broker_ticket was = s->ticket;
	const enum broker_op op = any_op(s);

	any_request(s);
	if (op == BROKER_RECEIPT)
		any_receipt(s);
	if (does(i, op)) {
		note_calls(i, op, &was);
		all_is_counted();
	}
	s->peer.began -= 40; /* it may call so often */
}

static void
forget_all(void)
{
	static const char *const tables[] = { "guess", "send", "verification",
		"enrolled", "recovery", "totp", "grace", "code_used" };
	char text[64];

	for (size_t i = 0; i < LOGINS; i++)
		broker_held_end(&kept_own, login[i]);
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		PRINT_TO(text, "DELETE FROM %s", tables[i]);
		(void)box_sql(kept_box, text);
	}
	kept_forget();
	checks = messages = 0;
}

static long
wanted(const char *name, long usual)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : usual;
}

static void
nothing_uncounted(void **state)
{
	const long n = wanted("RANDOM_REQUESTS", 8 * ROUND);
	const long seed = wanted("RANDOM_SEED", 1);

	(void)state;
	for (long round = 0; round * ROUND < n; round++) {
		print_message("RANDOM_SEED=%ld\n", seed + round);
		srandom((unsigned)(seed + round));
		for (size_t i = 0; i < LOGINS; i++)
			begins(i);
		for (int k = 0; k < ROUND; k++)
			asks_anything(any(LOGINS));
		forget_all();
	}
}

BOX_TESTS(test_broker_random)
{
	const struct CMUnitTest tests[] = {
		BOX_FILE_TEST(nothing_uncounted, random_set_up, kept_tear_down),
	};

	return BOX_RUN(tests);
}
