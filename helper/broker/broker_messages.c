/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations: the fields of their requests and replies in order, with
 * limits. No struct crosses as bytes, because a reader must not trust a length,
 * bool or enum that another process wrote. A text crosses as its length, its
 * bytes and a NUL. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/broker/broker_inside.h"

#define TEXT_MOST 512   /* more than settings or records allow */
#define OWN_CODE_MAX 16 /* more than the digits of any code */
#define TIME_MAX (INT64_C(1000) * 86400 * 366)
#define ABSENT UINT32_MAX /* length of a text that is NULL */

enum kind {
	LAST = 0, /* ends a list of fields */
	NUMBER,   /* int64_t */
	WORD,     /* an unsigned, int or enum */
	FLAG,     /* bool */
	TEXT,     /* pointer to a text; most is its length */
	TEXT_IN,  /* text in an array; most is its size */
	BYTES,    /* pointer to most bytes, or NULL */
	BYTES_IN, /* array of most bytes */
	OWN_TEXT, /* a long text, allocated for the reader */
	EACH,     /* a count (size_t), and an array of structs with fields */
};

struct field {
	enum kind kind;
	bool absent; /* a text may be NULL */
	size_t at;
	int64_t least, most;
	/* EACH */
	const struct field *of;
	size_t array, size;
};

_Static_assert(sizeof(enum method) == 4 && sizeof(enum store_guess) == 4 &&
	sizeof(enum store_claim) == 4 && sizeof(enum store_send) == 4 &&
	sizeof(enum store_try) == 4 && sizeof(enum store_carried) == 4 &&
	sizeof(unsigned) == 4,
    "a WORD each");

/* Arguments are members and limits. NOLINTBEGIN(bugprone-macro-parentheses) */
#define AT(member) .at = offsetof(struct OF, member)
#define SIZE(member) .most = sizeof(((struct OF *)0)->member)
#define FIELD(what, member, ...)                                               \
	{                                                                      \
		.kind = (what), AT(member), __VA_ARGS__                        \
	}
#define NUM(member, from, to)                                                  \
	FIELD(NUMBER, member, .least = (from), .most = (to))
#define INT(member, to) FIELD(WORD, member, .most = (to))
#define YES(member) FIELD(FLAG, member, .most = 1)
#define STR(member, len) FIELD(TEXT, member, .most = (len))
#define OPT(member, len) FIELD(TEXT, member, .absent = true, .most = (len))
#define ARR(member) FIELD(TEXT_IN, member, SIZE(member))
#define RAW(member, len) FIELD(BYTES, member, .most = (len))
#define RAW_IN(member) FIELD(BYTES_IN, member, SIZE(member))
#define ALL(count, list, fields, limit)                                        \
	FIELD(EACH, count, .most = (limit), .of = (fields),                    \
	    .array = offsetof(struct OF, list),                                \
	    .size = sizeof(((struct OF *)0)->list[0]))
#define END                                                                    \
	{                                                                      \
		.kind = LAST                                                   \
	}
#define ANY INT64_MAX
/* NOLINTEND(bugprone-macro-parentheses) */

/* Fields of a candidate; in is the prefix of one within another struct.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define CANDIDATE(in)                                                          \
	STR(in key.receiver, BROKER_RECEIVER_MAX),                             \
	    STR(in key.provider, STORE_PROVIDER_MAX),                          \
	    STR(in key.type, STORE_TYPE_MAX),                                  \
	    OPT(in key.other[0], BROKER_RECEIVER_MAX),                         \
	    OPT(in key.other[1], BROKER_RECEIVER_MAX),                         \
	    INT(in methods, METHOD_ALL), INT(in method, METHOD_COUNT - 1),     \
	    NUM(in start_ms, 0, TIME_MAX)
/* NOLINTEND(bugprone-macro-parentheses) */
#define OF store_candidate
static const struct field claim_fields[] = { CANDIDATE(), END };
#undef OF
#define OF store_recovery
static const struct field typed[] = { NUM(id, 1, ANY), RAW_IN(hash), END };
static const struct field salted[] = { NUM(id, 1, ANY),
	INT(use, STORE_USE_BOTH), RAW_IN(salt), END };
#undef OF
#define OF broker_reply
/* r is a member. NOLINTBEGIN(bugprone-macro-parentheses) */
#define ROW(r)                                                                 \
	NUM(r.id, 0, ANY), ARR(r.request_id), INT(r.method, METHOD_COUNT - 1), \
	    NUM(r.age_ms, INT64_MIN, ANY), NUM(r.left_ms, INT64_MIN, ANY),     \
	    NUM(r.over_ms, INT64_MIN, ANY), NUM(r.holder, INT64_MIN, ANY),     \
	    INT(r.tries, INT32_MAX), INT(r.sends, INT32_MAX),                  \
	    INT(r.joined, INT32_MAX), NUM(r.send, 0, ANY), YES(r.mine),        \
	    YES(r.apart), YES(r.foreign), YES(r.shut), ARR(r.provider),        \
	    ARR(r.type)
/* NOLINTEND(bugprone-macro-parentheses) */
#undef OF

#define OF broker_request
static const struct field q_none[] = { END };
static const struct field q_account[] = { STR(user, USER_NAME_MAX), END };
static const struct field q_open[] = { STR(where, 4096), END };
static const struct field q_record[] = { STR(user, USER_NAME_MAX), YES(flag),
	END };
static const struct field q_bind[] = { STR(user, OWNER_STATE_MAX - 1),
	OPT(like, OWNER_STATE_MAX - 1), YES(flag), YES(remembered),
	NUM(ms, 0, TIME_MAX), END };
static const struct field q_begin[] = { ALL(begin.count, begin.candidate,
					    claim_fields, STORE_CANDIDATES_MAX),
	OPT(begin.message.counted_as, BROKER_RECEIVER_MAX),
	YES(begin.message.push), INT(begin.message.carried, CARRIED_INSTEAD),
	END };
static const struct field q_claim[] = { CANDIDATE(claim.), YES(flag), END };
static const struct field q_started[] = { NUM(started.id, 1, ANY),
	STR(started.request_id, STORE_ID_MAX),
	INT(started.method, METHOD_COUNT - 1),
	NUM(started.life_ms, 0, TIME_MAX), NUM(started.lasts_ms, 0, TIME_MAX),
	OPT(started.number, BROKER_RECEIVER_MAX),
	RAW(started.verifier, STORE_VERIFIER_LEN), YES(started.beside),
	NUM(started.send, 0, ANY), NUM(started.price, 0, ANY), END };
static const struct field q_number[] = { NUM(id, 1, ANY),
	STR(number, BROKER_RECEIVER_MAX), END };
static const struct field q_row[] = { NUM(id, 1, ANY), END };
static const struct field q_request[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), END };
static const struct field q_refund[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), NUM(guess, 0, ANY), END };
static const struct field q_spend[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), NUM(ms, 0, TIME_MAX), NUM(guess, 0, ANY),
	END };
static const struct field q_replace[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), YES(flag), END };
static const struct field q_guess[] = { NUM(guess, 0, ANY), END };
static const struct field q_refuse[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), NUM(ms, 0, TIME_MAX), END };
static const struct field q_right[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), STR(number, OWN_CODE_MAX), END };
static const struct field q_mac[] = { INT(tries, STORE_MACS - 1),
	STR(number, STORE_MAC_TEXT_MAX), END };
static const struct field q_attempt[] = { NUM(id, 1, ANY),
	INT(tries, INT32_MAX), NUM(guess, 0, ANY), END };
static const struct field q_message[] = { STR(message.counted_as,
					      BROKER_RECEIVER_MAX),
	YES(message.push), INT(message.carried, CARRIED_INSTEAD), END };
#define CODE                                                                   \
	ARR(code.owner), RAW_IN(code.digest), NUM(code.seconds, 0, TIME_MAX)
#define RIGHT INT(method, METHOD_COUNT - 1), STR(provider, STORE_PROVIDER_MAX)
static const struct field q_finish[] = { NUM(id, 1, ANY),
	STR(request_id, STORE_ID_MAX), YES(coded), CODE, NUM(send, 0, ANY),
	NUM(price, 0, ANY), RIGHT, END };
static const struct field q_code[] = { CODE, RIGHT, END };
static const struct field q_recent[] = { CODE, NUM(guess, 0, ANY), END };
static const struct field q_recovery[] = {
	ALL(hashes, hash, typed, STORE_CODES_MAX), RIGHT, END
};
static const struct field q_left[] = { YES(flag), END };
static const struct field q_totp[] = { RAW(secret, STORE_CODE_DIGEST),
	NUM(step, 0, ANY), YES(uses), NUM(used.newest, 0, ANY), RIGHT, END };
static const struct field q_pass[] = { STR(provider, STORE_PROVIDER_MAX),
	NUM(ms, 0, STORE_PASSED_MS), END };
static const struct field q_passed[] = { STR(provider, STORE_PROVIDER_MAX),
	END };
static const struct field q_decoy[] = { STR(user, OWNER_STATE_MAX - 1),
	STR(number, OWNER_STATE_MAX - 1), END };
#define CALL                                                                   \
	INT(call.ctx.method, METHOD_COUNT - 1),                                \
	    STR(provider, STORE_PROVIDER_MAX), ARR(call.ctx.request_id)
static const struct field q_ticket[] = { INT(call.kind, CALL_POLL), CALL, END };
static const struct field q_receipt[] = { INT(tries, BROKER_DONE), CALL,
	RAW_IN(call.mac), END };
static const struct field q_call[] = { INT(call.kind, CALL_POLL), CALL,
	STR(call.ctx.brand, TEXT_MOST), STR(call.ctx.language, TEXT_MOST),
	STR(call.ctx.phone, TEXT_MOST),
	STR(call.ctx.email, BROKER_RECEIVER_MAX),
	STR(call.ctx.identity, TEXT_MOST), STR(call.ctx.factor, TEXT_MOST),
	STR(call.ctx.authy_id, TEXT_MOST), STR(call.ctx.receiver, TEXT_MOST),
	STR(call.ctx.host, TEXT_MOST), STR(call.ctx.user, TEXT_MOST),
	STR(call.ctx.service, TEXT_MOST), STR(call.ctx.address, TEXT_MOST),
	ARR(call.ctx.push_digits), ARR(call.ctx.code),
	INT(call.ctx.event, EVENT_COUNT - 1), OPT(call.code, OWN_CODE_MAX),
	NUM(call.ctx.life_s, 0, TIME_MAX), NUM(call.ms, 0, BROKER_LIFE_MS),
	INT(call.ctx.sends, INT32_MAX), YES(call.ctx.past_deadline),
	INT(call.polled, OUTCOME_COUNT - 1), NUM(call.serial, 1, ANY),
	RAW_IN(call.mac), END };
#undef OF

#define OF broker_reply
/* the first fields of each reply */
static const struct field every[] = { NUM(result, INT64_MIN, ANY),
	INT(failure, STORE_SETTINGS), YES(keyless), ARR(cause), ARR(server),
	END };
static const struct field a_none[] = { END };
static const struct field a_record[] = {
	{ .kind = OWN_TEXT, AT(text), .most = BROKER_RECORD_MAX }, END
};
#define PASSED(n) YES(begun.passed[n])
static const struct field a_begin[] = { YES(begun.remembered),
	INT(begun.recovery_left, RECOVERY_MAX),
	INT(begun.lock, GUESS_LOCKED_OUT), NUM(begun.lock_s, 0, ANY),
	YES(begun.refused), YES(begun.chosen), PASSED(0), PASSED(1), PASSED(2),
	PASSED(3), PASSED(4), PASSED(5), PASSED(6), PASSED(7),
	NUM(left_ms, 0, STORE_CANDIDATES_MAX - 1),
	INT(begun.claim, CLAIM_UNFIT), ROW(begun.row),
	INT(begun.sent, SEND_WAIT), NUM(begun.send, 0, ANY),
	NUM(begun.wait_s, INT64_MIN, ANY), ARR(which), END };
_Static_assert(STORE_CANDIDATES_MAX == 8, "PASSED for each");
static const struct field a_row[] = { ROW(row), END };
static const struct field a_mac[] = { RAW_IN(mac), END };
static const struct field a_guess[] = { NUM(guess, 0, ANY), YES(locked),
	NUM(wait_s, INT64_MIN, ANY), END };
static const struct field a_look[] = { YES(refused),
	NUM(wait_s, INT64_MIN, ANY), END };
static const struct field a_attempt[] = { INT(guessed, GUESS_LOCKED_OUT),
	NUM(guess, 0, ANY), YES(locked), NUM(wait_s, INT64_MIN, ANY),
	INT(tried, TRY_GONE), ROW(row), END };
static const struct field a_message[] = { NUM(id, 0, ANY),
	NUM(wait_s, INT64_MIN, ANY), ARR(which), END };
static const struct field a_list[] = {
	ALL(hashes, hash, salted, STORE_CODES_MAX), END
};
static const struct field a_left[] = { INT(left, RECOVERY_MAX),
	INT(recovery.use, STORE_USE_BOTH), NUM(recovery.until, 0, ANY),
	ARR(recovery.by), END };
static const struct field a_totp[] = { INT(claimed, 2), NUM(guess, 0, ANY),
	YES(locked), NUM(wait_s, INT64_MIN, ANY), NUM(used.step, 0, ANY),
	ARR(used.source), END };
static const struct field a_passed[] = { NUM(left_ms, 0, ANY), END };
static const struct field a_ticket[] = { NUM(id, 0, ANY), RAW_IN(mac), END };
static const struct field a_call[] = { INT(said.outcome, OUTCOME_COUNT - 1),
	INT(said.polled, OUTCOME_COUNT - 1), YES(said.maybe_sent),
	YES(said.told.internal), YES(said.told.per_number),
	YES(said.told.wrong_codes), YES(said.told.unevaluated),
	YES(said.told.refused), YES(said.unresolved), YES(said.stalled),
	ARR(said.request_id), INT(said.fate, HTTP_LOCAL),
	NUM(said.told.price, INT64_MIN, ANY), NUM(said.status, 0, 999),
	NUM(said.retry_after_s, 0, 30), NUM(said.took_ms, 0, TIME_MAX),
	INT(said.receipt, BROKER_DONE), RAW_IN(mac), END };
#undef OF

#define OP(op, name, request, reply, does)                                     \
	[BROKER_##op] = { name, request, reply },
static const struct op {
	const char *name;
	const struct field *request, *reply;
} ops[BROKER_OPS] = { [BROKER_NO_OP] = { "none", q_none, a_none },
	BROKER_OP_TABLE(OP) };

const char *
broker_op_name(enum broker_op op)
{
	return ops[op].name;
}

static void
put(struct broker_frame *f, const void *bytes, size_t len)
{
	if (f->bad || len > sizeof(f->b) - f->used) {
		f->bad = true;
		return;
	}
	memcpy(f->b + f->used, bytes, len);
	f->used += len;
}

static void
put_piece(struct broker_frame *f, const void *bytes, size_t len, size_t most)
{
	const uint32_t n = bytes == NULL ? ABSENT : (uint32_t)len;

	f->bad |= bytes != NULL && len > most;
	put(f, &n, sizeof(n));
	if (bytes != NULL)
		put(f, bytes, len);
}

static void
text_put(struct broker_frame *f, const char *text, size_t most)
{
	put_piece(f, text, text == NULL ? 0 : strlen(text) + 1, most);
}

/* Returns the next len bytes, or NULL if fewer are left. */
static void *
take(struct broker_frame *f, size_t len)
{
	void *at = f->b + f->at;

	if (f->bad || len > f->used - f->at) {
		f->bad = true;
		return NULL;
	}
	f->at += len;
	return at;
}

static void
take_into(struct broker_frame *f, void *out, size_t len)
{
	const void *from = take(f, len);

	if (from != NULL)
		memcpy(out, from, len);
}

static void *
take_piece(struct broker_frame *f, size_t *len, size_t most, bool absent)
{
	uint32_t n = ABSENT;

	take_into(f, &n, sizeof(n));
	*len = n;
	if (n == ABSENT) {
		f->bad |= !absent;
		return NULL;
	}
	f->bad |= n > most;
	return take(f, n);
}

/* Reads a text, which must contain no NUL but its last byte. */
static char *
take_text(struct broker_frame *f, size_t most, bool absent)
{
	size_t len;
	char *text = take_piece(f, &len, most, absent);

	if (text == NULL)
		return NULL;
	if (len > 0 && memchr(text, '\0', len) == text + len - 1)
		return text;
	f->bad = true;
	return NULL;
}

static void fields_write(
    struct broker_frame *, const struct field *, const char *base);
static void fields_read(
    struct broker_frame *, const struct field *, char *base);

static void
each_write(struct broker_frame *f, const struct field *d, const char *base)
{
	const size_t count = *(const size_t *)(const void *)(base + d->at);
	const uint32_t n = (uint32_t)count;

	f->bad |= count > (size_t)d->most;
	put(f, &n, sizeof(n));
	for (size_t i = 0; i < count && !f->bad; i++)
		fields_write(f, d->of, base + d->array + i * d->size);
}

static void
each_read(struct broker_frame *f, const struct field *d, char *base)
{
	uint32_t n = 0;

	take_into(f, &n, sizeof(n));
	f->bad |= n > d->most;
	*(size_t *)(void *)(base + d->at) = f->bad ? 0 : n;
	for (uint32_t i = 0; i < n && !f->bad; i++)
		fields_read(f, d->of, base + d->array + i * d->size);
}

static void
field_write(struct broker_frame *f, const struct field *d, const char *base)
{
	const void *at = base + d->at;
	const size_t most = (size_t)d->most;

	switch (d->kind) {
	case NUMBER:
		put(f, at, sizeof(int64_t));
		break;
	case WORD:
		put(f, at, sizeof(uint32_t));
		break;
	case FLAG:
		put(f, *(const bool *)at ? "\1" : "\0", 1);
		break;
	case TEXT:
		text_put(f, *(const char *const *)at, most + 1);
		break;
	case OWN_TEXT:
		text_put(f, *(char *const *)at, most + 1);
		break;
	case TEXT_IN:
		text_put(f, at, most);
		break;
	case BYTES:
		put_piece(f, *(const unsigned char *const *)at, most, most);
		break;
	case BYTES_IN:
		put(f, at, most);
		break;
	case EACH:
		each_write(f, d, base);
		break;
	case LAST:
		break;
	}
}

static void
number_take(struct broker_frame *f, const struct field *d, void *at)
{
	int64_t value = 0;

	take_into(f, &value, sizeof(value));
	f->bad |= value < d->least || value > d->most;
	memcpy(at, &value, sizeof(value));
}

static void
word_read(struct broker_frame *f, const struct field *d, void *at)
{
	uint32_t value = 0;

	take_into(f, &value, sizeof(value));
	f->bad |= value > d->most;
	if (!f->bad)
		memcpy(at, &value, sizeof(value));
}

static void
flag_read(struct broker_frame *f, void *at)
{
	unsigned char value = 0;

	take_into(f, &value, 1);
	f->bad |= value > 1;
	*(bool *)at = value == 1;
}

static void
text_in_read(struct broker_frame *f, char *at, size_t most)
{
	const char *text = take_text(f, most, false);

	memcpy(
	    at, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

static void
bytes_read(struct broker_frame *f, const void **at, size_t most)
{
	size_t len;

	*at = take_piece(f, &len, most, true);
	f->bad |= *at != NULL && len != most;
}

static void
field_read(struct broker_frame *f, const struct field *d, char *base)
{
	void *at = base + d->at;
	const size_t most = (size_t)d->most;
	const char *text;

	switch (d->kind) {
	case NUMBER:
		number_take(f, d, at);
		break;
	case WORD:
		word_read(f, d, at);
		break;
	case FLAG:
		flag_read(f, at);
		break;
	case TEXT:
		*(const char **)at = take_text(f, most + 1, d->absent);
		break;
	case OWN_TEXT:
		text = take_text(f, most + 1, true);
		*(char **)at = text == NULL ? NULL : strdup(text);
		f->bad |= text != NULL && *(char **)at == NULL;
		break;
	case TEXT_IN:
		text_in_read(f, at, most);
		break;
	case BYTES:
		bytes_read(f, at, most);
		break;
	case BYTES_IN:
		take_into(f, at, most);
		break;
	case EACH:
		each_read(f, d, base);
		break;
	case LAST:
		break;
	}
}

static void
fields_write(struct broker_frame *f, const struct field *d, const char *base)
{
	for (; d->kind != LAST && !f->bad; d++)
		field_write(f, d, base);
}

static void
fields_read(struct broker_frame *f, const struct field *d, char *base)
{
	for (; d->kind != LAST && !f->bad; d++)
		field_read(f, d, base);
}

static void
frame_begin(struct broker_frame *f, enum broker_op op)
{
	const unsigned char number = (unsigned char)op;

	f->used = f->at = 0;
	f->bad = false;
	put(f, &number, 1);
}

static bool
frame_whole(const struct broker_frame *f)
{
	return !f->bad && f->at == f->used;
}

bool
broker_request_write(struct broker_frame *f, enum broker_op op,
    const struct broker_request *request)
{
	frame_begin(f, op);
	fields_write(f, ops[op].request, (const char *)request);
	return !f->bad;
}

ssize_t
broker_frame_receive(struct broker_frame *f, int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;
	int ready;

	do {
		left = until - frame_clock_ms();
		ready = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	n = ready <= 0 ? 0 : recv(fd, f->b, sizeof(f->b), MSG_DONTWAIT);
	if (n > 0) /* else used stays the request's length, for the wipe */
		f->used = (size_t)n;
	return n;
}

enum broker_op
broker_request_read(struct broker_frame *f, struct broker_request *request)
{
	unsigned char op = 0;

	memset(request, 0, sizeof(*request));
	f->at = 0;
	f->bad = false;
	take_into(f, &op, 1);
	if (op >= BROKER_OPS)
		return BROKER_NO_OP;
	fields_read(f, ops[op].request, (char *)request);
	return frame_whole(f) ? (enum broker_op)op : BROKER_NO_OP;
}

bool
broker_reply_write(
    struct broker_frame *f, enum broker_op op, const struct broker_reply *reply)
{
	frame_begin(f, op);
	fields_write(f, every, (const char *)reply);
	fields_write(f, ops[op].reply, (const char *)reply);
	return !f->bad;
}

bool
broker_reply_read(
    struct broker_frame *f, enum broker_op op, struct broker_reply *reply)
{
	unsigned char number = 0;

	memset(reply, 0, sizeof(*reply));
	f->at = 0;
	f->bad = false;
	take_into(f, &number, 1);
	if (number != op)
		return false;
	fields_read(f, every, (char *)reply);
	fields_read(f, ops[op].reply, (char *)reply);
	return frame_whole(f);
}

void
broker_frame_wipe(struct broker_frame *f)
{
	explicit_bzero(f->b, f->used);
	f->used = f->at = 0;
}
