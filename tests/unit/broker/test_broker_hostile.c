/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker that was taken over, at the state broker: each field of each request
 * in turn has values of another user, of another login, or at its limits. They
 * come from the table of operations, so a new operation and a new field are in
 * it at once. Whatever the broker answers, nothing of others has changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* for its tables of fields, which are its own */
#include "helper/broker/broker_messages.c"
#include "tests/support/broker/keptbox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define APP "YF01"
#define OTHER_APP "YF02"
#define DECOY "box//.00112233445566aa"
#define UID 1001
#define TODAY (TWOFA_DAY + 1u) /* nobody enrols before the build */

/* Whose worker it is. */
enum hostile {
	AT_ROOTS,  /* of alice, at a service of root's */
	AT_SOCKET, /* of alice, at a service of another uid */
	AS_DECOY,  /* of nobody, at a shared account */
	AS_SELF,   /* of twofactl self, for uid 1001 */
	ENROLLING, /* of alice, who has no record, at a number of her choice */
	HOSTILES
};

static const char *prefix[] = { "+1202" }, *kinds[] = { "phone", "app" };
static enum hostile hostile;
static const char *change;         /* that BEGIN of AS_SELF asks for */
static struct broker_request bobs; /* his running verification */

/* What the state has of others, as sums. Ids are random: SQLite's sum() fails
 * where it overflows. */
static const char *const sums[] = {
	"SELECT count(*) + coalesce(sum(id % 99991 * 3 + session % 9973 * 5 + "
	"holder % 9967 * 7 + method * 11 + tries * 13 + sends * 17 + "
	"joined * 19 + send % 99989 * 23 + length(state) * 29 + "
	"length(request_id) * 31 + length(verifier)), 0) "
	"FROM verification WHERE NOT (",
	"SELECT count(*) + coalesce(sum(id % 99991 * 3 + price * 5 + kind * 7 "
	"+ "
	"verification % 99989 * 11 + answered * 13 + length(number) * 17), 0) "
	"FROM send WHERE NOT (",
	"SELECT count(*) + coalesce(sum(series % 99991 * 3 + wrong * 5 + "
	"locks * 7 + until * 11 + refused * 13), 0) FROM guess WHERE NOT (",
	"SELECT count(*) + coalesce(sum(id % 99991), 0) FROM recovery "
	"WHERE NOT (",
	"SELECT count(*) + coalesce(sum(step), 0) FROM totp WHERE NOT (",
	"SELECT count(*) + coalesce(sum(until), 0) FROM grace WHERE NOT (",
	"SELECT count(*) + coalesce(sum(at + method), 0) FROM passed "
	"WHERE NOT (",
};
#define SUMS COUNT_OF(sums)

/* Those of no user: apps' codes at a provider, and providers passed over. */
static const char *const all[] = {
	"SELECT count(*) FROM code_used WHERE user <> 'type:" APP "'",
	"SELECT count(*) FROM passed_over",
};

/* What of alice's own a login of another uid may not change, either. */
static const char *const roots[] = {
	"SELECT count(*) FROM grace WHERE user = 'alice'",
	"SELECT count(*) FROM passed WHERE user = 'alice' AND service NOT "
	"LIKE '%.sock'",
	"SELECT count(*) + coalesce(sum(wrong), 0) FROM guess WHERE user = "
	"'alice' AND source <> 'sock:1001'",
};

struct others {
	int64_t sum[SUMS], all[COUNT_OF(all)], root[COUNT_OF(roots)];
};

static void
read_others(struct others *o)
{
	const char *own = hostile == AS_DECOY ? "user LIKE 'box%'"
	    : hostile == ENROLLING
	    ? "user = 'alice' OR user = 'alice/enrolment'"
	    : "user = 'alice'";
	char text[512];

	memset(o, 0, sizeof(*o));
	for (size_t i = 0; i < SUMS; i++) {
		PRINT_TO(text, "%s%s)", sums[i], own);
		o->sum[i] = box_sql(kept_box, text);
	}
	for (size_t i = 0; i < COUNT_OF(all); i++)
		o->all[i] = box_sql(kept_box, all[i]);
	for (size_t i = 0; (hostile == AT_SOCKET || hostile == AS_SELF) &&
	     i < COUNT_OF(roots);
	     i++)
		o->root[i] = box_sql(kept_box, roots[i]);
}

/* Logins. */

/* A row that it starts, and a counted message. An enrolment claims. */
static void
begins(struct broker_session *s, const char *number, struct broker_request *ask)
{
	if (s->enrol.number[0] == '\0') {
		assert_int_equal(kept_begin(s, number), CLAIM_NEW);
		ask->id = kept_got.begun.row.id;
		ask->started.send = kept_got.begun.send;
	} else {
		assert_int_equal(kept_does(s, BROKER_CLAIM, ask), CLAIM_NEW);
		ask->id = kept_got.row.id;
		assert_int_equal(
		    kept_does(s, BROKER_SEND_TAKE, ask), SEND_TAKEN);
		ask->started.send = kept_got.id;
	}
	ask->started.id = ask->id;
}

/* At its prompt: a message was sent, and a code counted. */
static struct broker_request
at_prompt(
    struct broker_session *s, const char *number, const char *id, bool starts)
{
	struct broker_request ask = kept_any_ask();

	begins(s, number, &ask);
	ask.number = ask.started.number = number;
	ask.request_id = ask.started.request_id = id;
	kept_called(s, CALL_START, METHOD_SMS, "", id);
	if (starts) {
		assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
		(void)kept_tries(s, ask.id);
	} else
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	ask.guess = kept_got.guess;
	return ask;
}

/* With one of each row: two logins, of which one is in. */
static void
bob_logs_in(void)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
	struct broker_session *s = kept_bound("bob");
	struct broker_request ask;
	struct store *own;

	ask = at_prompt(s, KEPT_OTHER_NUMBER, "q", true);
	kept_called(s, CALL_CHECK, METHOD_SMS, "q", "q");
	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
	s = kept_bound("bob");
	s->bound_to.remembered = false;
	bobs = at_prompt(s, KEPT_OTHER_NUMBER, "s", true);
	own = box_open(kept_box);
	assert_int_equal(store_recovery_set(own, "bob", codes, 1, NULL), 0);
	store_close(own);
}

static int
hostile_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	kept_conf.self_enrol_until = kept_conf.today = TODAY;
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	store_time_wall(TODAY * INT64_C(86400));
	memset(kept_own.key[0], 'k', sizeof(kept_own.key[0]));
	kept_record("box", KEPT_PEOPLE);
	bob_logs_in();
	return 0;
}

/* BEGIN has come. */
static struct broker_session *
begun(void)
{
	struct broker_session *s = kept_connected();
	struct facts facts = kept_facts(hostile == AS_DECOY ? "box" : "alice");

	if (hostile == AT_SOCKET || hostile == AS_SELF) {
		facts.first_factor = FIRST_PASSWORD_SEEN;
		if (hostile == AS_SELF) {
			facts.purpose = PURPOSE_SELF;
			facts.request = change;
		}
		s->peer.uid = UID;
		PRINT_TO(s->own, "%s", "alice");
	}
	if (hostile != ENROLLING)
		kept_record("alice", "");
	kept_says(s, &facts);
	return s;
}

static struct broker_request
first_request(void)
{
	struct broker_request ask = kept_any_ask();

	ask.user = hostile == AS_DECOY ? DECOY : "alice";
	ask.like = hostile == AS_DECOY ? "bob" : NULL;
	return ask;
}

static struct broker_session *
connected(bool bound)
{
	struct broker_session *s = begun();
	const struct broker_request ask = first_request();

	assert_int_equal(kept_does(s, BROKER_OPEN, &ask), 0);
	if (bound)
		assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	if (bound && hostile == ENROLLING)
		assert_int_equal(
		    kept_does(s, BROKER_ENROL_OPEN,
			&(struct broker_request){ .number = KEPT_NUMBER }),
		    1);
	return s;
}

static bool
is_before_bind(enum broker_op op)
{
	return op == BROKER_ACCOUNT || op == BROKER_OPEN ||
	    op == BROKER_RECORD || op == BROKER_BIND;
}

/* Its rows of the last attempt are gone, and its limits free. */
static void
own_rows_removed(void)
{
	static const char *const tables[] = { "verification", "send", "guess",
		"grace", "passed", "totp" };
	char text[128];

	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		PRINT_TO(text,
		    "DELETE FROM %s WHERE user LIKE 'alice%%' OR user LIKE "
		    "'box%%'",
		    tables[i]);
		(void)box_sql(kept_box, text);
	}
	(void)box_sql(
	    kept_box, "DELETE FROM code_used WHERE user LIKE '%:" APP "'");
}

/* A login that has all that operations need, and what it would ask next. */
static struct broker_session *
ready(enum broker_op op, struct broker_request *ask)
{
	struct broker_session *s = connected(true);
	char code[8];

	*ask = kept_any_ask();
	ask->like = NULL;
	if (hostile == AS_DECOY) {
		ask->user = DECOY;
		if (op != BROKER_DECOY)
			assert_int_equal(kept_does(s, BROKER_DECOY, ask), 1);
		ask->claim.key.receiver = DECOY;
		ask->begin.count = 1;
		ask->begin.candidate[0] = ask->claim;
		ask->begin.message.counted_as = DECOY;
		return s;
	}
	if (hostile != AS_SELF)
		kept_app(s, code);
	*ask = at_prompt(s, KEPT_NUMBER, "r", op != BROKER_STARTED);
	PRINT_TO(s->record.totp_factor, "%s", APP);
	if (hostile != AS_SELF) {
		kept_called(s, CALL_CHECK, METHOD_TOTP, "", "");
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, ask), GUESS_OPEN);
	}
	ask->guess = kept_got.guess;
	if (op != BROKER_STARTED) {
		kept_called(s, CALL_CHECK, METHOD_SMS, "r", "r");
		(void)kept_tries(s, ask->id);
	}
	ask->call.ctx.method = METHOD_SMS;
	PRINT_TO(ask->call.ctx.request_id, "%s", "r");
	ask->call.kind = CALL_CHECK;
	ask->begin.count = 1;
	ask->begin.candidate[0] = ask->claim;
	ask->begin.message.counted_as = KEPT_NUMBER;
	return s;
}

/* Sets what an operation alone needs; a new one does not compile before it is
 * here. */
static void
as_usual(struct broker_session *s, enum broker_op op, struct broker_request *a)
{
	switch (op) {
	case BROKER_CODE_RIGHT:
		if (hostile != AS_DECOY) { /* a try of its row */
			a->tries = 5;
			assert_int_equal(kept_does(s, BROKER_ATTEMPT, a), 1);
		}
		a->number = "123456";
		break;
	case BROKER_CODE_CLAIM:
		if (hostile == AS_DECOY || hostile == AS_SELF)
			break;
		assert_int_equal(
		    kept_does(s, BROKER_GUESS_TAKE, a), GUESS_OPEN);
		kept_called(s, CALL_CHECK, METHOD_TOTP, "", "");
		break;
	case BROKER_TOTP:
		a->number = "123456";
		break;
	case BROKER_SEND_REFUND:
		if (hostile == AS_DECOY)
			break;
		/* one that is not sent yet */
		assert_int_equal(kept_does(s, BROKER_SEND_TAKE, a), SEND_TAKEN);
		a->id = kept_got.id;
		break;
	case BROKER_RECEIPT:
		if (hostile == AS_DECOY)
			break;
		assert_int_equal(kept_does(s, BROKER_TICKET, a), 1);
		*a = kept_receipt(s, a, BROKER_DONE, "r");
		break;
	case BROKER_ATTEMPT:
		a->tries = 3;
		a->guess = 0;
		break;
	case BROKER_RECOVERY_CLAIM:
		a->hashes = 1;
		a->hash[0].id = 1;
		break;
	case BROKER_NO_OP:
	case BROKER_ACCOUNT:
	case BROKER_OPEN:
	case BROKER_RECORD:
	case BROKER_BIND:
	case BROKER_BEGIN:
	case BROKER_CLAIM:
	case BROKER_STARTED:
	case BROKER_NUMBER_FREE:
	case BROKER_UNSENT:
	case BROKER_UNKNOWN:
	case BROKER_LOOK:
	case BROKER_REFUND:
	case BROKER_FINISH:
	case BROKER_SPEND:
	case BROKER_END:
	case BROKER_REPLACE:
	case BROKER_HOLDS:
	case BROKER_DROP:
	case BROKER_RESTORE:
	case BROKER_GUESS_TAKE:
	case BROKER_GUESS_LOOK:
	case BROKER_GUESS_REFUND:
	case BROKER_REFUSE:
	case BROKER_SEND_TAKE:
	case BROKER_RECOVERY_LIST:
	case BROKER_RECOVERY_LEFT:
	case BROKER_CODE_RECENT:
	case BROKER_PASS_OVER:
	case BROKER_PASSED:
	case BROKER_DECOY:
	case BROKER_NOOP:
	case BROKER_ENROL_OPEN:
	case BROKER_ENROL_SECRET:
	case BROKER_ENROL_COMMIT:
	case BROKER_TICKET:
	case BROKER_CALL:
	case BROKER_OPS:
		break;
	}
}

/* The values. */

#define VALUES 20
#define BOBS 3
#define FREE_VALUES 3 /* of a field whose value is harmless: its limits */

static const char own_decoy[] = "box//.ffffffffffffffff";
static const char *const texts[] = {
	"", "bob", KEPT_OTHER_NUMBER, "root", "push:bob", "type:" OTHER_APP,
	"type:" OTHER_APP ":123456", "bob\ns\n123456", "s", "q", "two",
	"box//bobby", "box//ann", own_decoy, "alice/enrolment", "../bob",
	"%s%n\x01\x7f\xff", "sock:1001",
	"0123456789012345678901234567890123456789012345678901234567890123456789"
};

static int64_t
number_of(const struct field *f, size_t nth)
{
	/* up to BOBS: another's ids */
	const int64_t values[] = { f->least, f->most, bobs.id,
		bobs.started.send, 0, 1, 2, 3, -1, f->most - 1, f->least + 1 };

	return nth < COUNT_OF(values) ? values[nth] : (int64_t)nth;
}

/* Sets the field at that address to the nth value; false if it has none. */
static bool
set_field(const struct field *f, unsigned char *at, size_t nth)
{
	const char *text = nth < COUNT_OF(texts) ? texts[nth] : NULL;
	const int32_t word = nth == 1 ? (int32_t)f->most : (int32_t)nth;
	const int64_t number = number_of(f, nth);

	switch (f->kind) {
	case NUMBER:
		memcpy(at, &number, sizeof(number));
		return number >= f->least && number <= f->most;
	case WORD:
		memcpy(at, &word, sizeof(word));
		return word <= f->most;
	case FLAG:
		*(bool *)at = nth != 0;
		return nth < 2;
	case TEXT:
		*(const char **)(void *)at = text;
		return text != NULL ? (int64_t)strlen(text) <= f->most
				    : f->absent;
	case TEXT_IN:
		if (text == NULL || (int64_t)strlen(text) >= f->most)
			return false;
		memcpy(at, text, strlen(text) + 1);
		return true;
	case BYTES_IN:
		memset(at, nth == 0 ? 0 : 0xa5, (size_t)f->most);
		return nth < 2;
	case EACH:
	case LAST:
	case OWN_TEXT:
		break;
	}
	return false;
}

/* Attempts. */

static const char *why;

/* Returns false if the request cannot be written. */
static bool
asks(struct broker_session *s, enum broker_op op,
    const struct broker_request *ask)
{
	static struct broker_frame frame;
	static struct broker_request read;

	why = NULL;
	if (!broker_request_write(&frame, op, ask))
		return false;
	if (broker_request_read(&frame, &read) != op)
		fail_msg("%s: what was written cannot be read", ops[op].name);
	(void)broker_op_run(&kept_own, s, op, &read, &kept_got, &why);
	free(kept_got.text);
	return true;
}

/* A login and its next request, until the broker has done one. */
static struct {
	struct broker_session *s, saved;
	struct broker_request ask;
	bool used;
} login;

static void
login_again(enum broker_op op)
{
	if (login.used) {
		kept_forget();
		own_rows_removed();
		login.s = op == BROKER_OPEN ? begun()
		    : is_before_bind(op)    ? connected(false)
					    : ready(op, &login.ask);
		if (is_before_bind(op))
			login.ask = first_request();
		as_usual(login.s, op, &login.ask);
		login.saved = *login.s;
	}
	*login.s = login.saved;
	login.used = false;
}

/* Those of another user, and what no provider broker has attested, are refused
 * at once; what is passed over without a receipt is left out. Before it is
 * bound a decoy's login may still be one of the account's people. */
static bool
is_refused(enum broker_op op, const struct field *f, size_t nth)
{
	const bool text = f->kind == TEXT || f->kind == TEXT_IN;
	const bool others =
	    text && nth > 0 && nth < COUNT_OF(texts) && texts[nth] != own_decoy;

	if (hostile == AS_DECOY && is_before_bind(op))
		return false;
	return f->source == OF_RECEIPT
	    ? others && op != BROKER_PASS_OVER && op != BROKER_PASSED
	    : (others && f->source == OF_RECORD) ||
		(f->kind == NUMBER && f->source == GIVEN && nth > 1 &&
		    nth <= BOBS &&
		    f->at != offsetof(struct broker_request, guess));
}

/* Whatever one who enrols has done with the number, its owner logs in. */
static void
owner_is_not_kept_out(enum broker_op op)
{
	struct broker_request ask = kept_any_ask();
	int64_t claim;

	ask.flag = true; /* a look */
	claim = kept_does(kept_bound("dave"), BROKER_CLAIM, &ask);
	if (claim != CLAIM_NEW && claim != CLAIM_ELSEWHERE &&
	    claim != CLAIM_UNFIT)
		fail_msg(
		    "%s: keeps the owner out, %d", ops[op].name, (int)claim);
}

static void
attempt(enum broker_op op, const struct field *f, size_t offset, size_t nth)
{
	struct broker_request ask;

	login_again(op);
	ask = login.ask;
	if (!set_field(f, (unsigned char *)&ask + offset, nth) ||
	    !asks(login.s, op, &ask))
		return;
	login.used = why == NULL;
	if (why == NULL && is_refused(op, f, nth))
		fail_msg("%s: field at %zu, value %zu: done, %d", ops[op].name,
		    offset, nth, (int)kept_got.result);
	if (why == NULL && hostile == ENROLLING && !is_before_bind(op))
		owner_is_not_kept_out(op);
}

static void
attempt_each_value(enum broker_op op, const struct field *f, size_t base)
{
	const bool few = f->source == FREE || f->source == OF_SETTINGS;

	for (size_t nth = 0; nth < (few ? FREE_VALUES : VALUES); nth++)
		attempt(op, f, base + f->at, nth);
	if (f->kind != EACH)
		return;
	for (const struct field *of = f->of; of->kind != LAST; of++)
		attempt_each_value(op, of, base + f->array);
}

/* A request of a new operation is done too, once as_usual() has it. */
static void
is_done_as_usual(enum broker_op op)
{
	login.used = true;
	login_again(op);
	assert_true(asks(login.s, op, &login.ask));
	if (why != NULL)
		fail_msg("%s: %s", ops[op].name, why);
	login.used = true;
}

static void
all_requests(enum hostile as)
{
	struct others before, after;

	hostile = as;
	read_others(&before);
	for (unsigned op = BROKER_NO_OP + 1; op < BROKER_CALL; op++) {
		login.used = true;
		if (as != AS_DECOY && op != BROKER_ACCOUNT &&
		    op != BROKER_DECOY &&
		    (as != ENROLLING || op != BROKER_BEGIN) &&
		    (as != AS_SELF ||
			(op != BROKER_TOTP && op != BROKER_CODE_CLAIM)))
			is_done_as_usual(op);
		for (const struct field *f = ops[op].request; f->kind != LAST;
		     f++)
			attempt_each_value(op, f, 0);
		read_others(&after);
		if (memcmp(&before, &after, sizeof(before)) != 0)
			fail_msg("%s: others' rows changed", ops[op].name);
	}
}

/* Nothing at all before BEGIN has come. */
static void
before_begin(void **state)
{
	const struct broker_request ask = first_request();

	(void)state;
	hostile = AT_ROOTS;
	for (unsigned op = BROKER_NO_OP + 1; op < BROKER_CALL; op++) {
		struct broker_session *s = begun();

		broker_begin_free(s);
		kept_refused(s, op, &ask, "has sent no BEGIN");
	}
}

static void
at_a_service_of_roots(void **state)
{
	(void)state;
	all_requests(AT_ROOTS);
}

static void
at_a_service_of_another_uid(void **state)
{
	(void)state;
	all_requests(AT_SOCKET);
}

static void
of_twofactl_self(void **state)
{
	static const char *const changes[] = { "", PURPOSE_SELF_PHONE,
		PURPOSE_SELF_CODES };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		change = changes[i];
		all_requests(AS_SELF);
	}
	if (box_remote)
		return;
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM enrolled"), 0);
	assert_int_equal(
	    box_sql(
		kept_box, "SELECT count(*) FROM recovery WHERE user = 'alice'"),
	    0);
}

static void
as_a_decoy(void **state)
{
	(void)state;
	all_requests(AS_DECOY);
}

/* Its number is as likely another's: the rows there are the owner's. */
static void
who_enrols(void **state)
{
	(void)state;
	kept_conf.unenrolled_enrol = true;
	kept_conf.enrol_kinds = (struct text_list){ 2, kinds };
	all_requests(ENROLLING);
	assert_int_equal(box_sql(kept_box, "SELECT count(*) FROM enrolled"), 0);
}

#define HOSTILE_TEST(f)                                                        \
	cmocka_unit_test_setup_teardown(f, hostile_set_up, kept_tear_down)

BOX_TESTS(test_broker_hostile)
{
	const struct CMUnitTest tests[] = {
		HOSTILE_TEST(before_begin),
		HOSTILE_TEST(at_a_service_of_roots),
		HOSTILE_TEST(at_a_service_of_another_uid),
		HOSTILE_TEST(of_twofactl_self),
		HOSTILE_TEST(as_a_decoy),
		BOX_FILE_TEST(who_enrols, hostile_set_up, kept_tear_down),
	};

	return BOX_RUN(tests);
}
