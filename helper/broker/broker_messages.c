/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations: the fields of their requests and replies in order, with
 * limits. No struct crosses as bytes, because a reader must not trust a length,
 * bool or enum that another process wrote. A text crosses as its length, its
 * bytes and a NUL. */
#include "helper/broker/broker_inside.h"

#define TIME_MAX (INT64_C(1000) * 86400 * 366)
#define ABSENT UINT32_MAX /* length of a text that is NULL */

enum kind {
	LAST = 0, /* ends a list of fields */
	NUMBER,   /* int64_t */
	WORD,     /* an unsigned, int or enum */
	FLAG,     /* bool */
	TEXT,     /* pointer to a text; most is its length */
	TEXT_IN,  /* text in an array; most is its size */
	BYTES_IN, /* array of most bytes */
	OWN_TEXT, /* a long text, allocated for the reader */
	EACH,     /* a count (size_t), and an array of structs with fields */
};

/* Why a broker may act by a field of a worker's request. One without a source
 * does not compile; docs/listener.md has the reasons for FREE. */
enum source {
	REPLY = 1,   /* no request: the broker's own reply */
	OF_BEGIN,    /* compared with the module's BEGIN, or computed from it */
	OF_RECORD,   /* with the record of the login's user */
	OF_SETTINGS, /* with the settings, or bounded by them */
	OF_RECEIPT,  /* of a provider broker for this login, or by its ticket */
	GIVEN,       /* an id that this broker gave to this connection, or what
		      * counts after its answer alone */
	FREE,        /* any value is harmless */
};

struct field {
	enum kind kind;
	enum source source;
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
#define FIELD(from, what, member, ...)                                         \
	{                                                                      \
		.kind = (what), .source = (from), AT(member), __VA_ARGS__      \
	}
#define NUM(from, member, low, to)                                             \
	FIELD(from, NUMBER, member, .least = (low), .most = (to))
#define INT(from, member, to) FIELD(from, WORD, member, .most = (to))
#define YES(from, member) FIELD(from, FLAG, member, .most = 1)
#define STR(from, member, len) FIELD(from, TEXT, member, .most = (len))
#define OPT(from, member, len)                                                 \
	FIELD(from, TEXT, member, .absent = true, .most = (len))
#define ARR(from, member) FIELD(from, TEXT_IN, member, SIZE(member))
#define RAW_IN(from, member) FIELD(from, BYTES_IN, member, SIZE(member))
#define ALL(from, count, list, fields, limit)                                  \
	FIELD(from, EACH, count, .most = (limit), .of = (fields),              \
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
	STR(OF_RECORD, in key.receiver, BROKER_RECEIVER_MAX),                  \
	    STR(FREE, in key.provider, STORE_PROVIDER_MAX),                    \
	    STR(OF_SETTINGS, in key.type, STORE_TYPE_MAX),                     \
	    OPT(OF_RECORD, in key.other[0], BROKER_RECEIVER_MAX),              \
	    OPT(OF_RECORD, in key.other[1], BROKER_RECEIVER_MAX),              \
	    INT(FREE, in methods, METHOD_ALL),                                 \
	    INT(FREE, in method, METHOD_COUNT - 1),                            \
	    NUM(OF_SETTINGS, in start_ms, 0, TIME_MAX)
/* NOLINTEND(bugprone-macro-parentheses) */
#define OF store_candidate
static const struct field claim_fields[] = { CANDIDATE(), END };
#undef OF
#define OF store_recovery
static const struct field typed[] = { NUM(FREE, id, 1, ANY), RAW_IN(FREE, hash),
	END };
static const struct field salted[] = { NUM(REPLY, id, 1, ANY),
	INT(REPLY, use, RECOVERY_USE_BOTH), RAW_IN(REPLY, salt), END };
#undef OF
#define OF broker_reply
/* r is a member. NOLINTBEGIN(bugprone-macro-parentheses) */
#define ROW(r)                                                                 \
	NUM(REPLY, r.id, 0, ANY), ARR(REPLY, r.request_id),                    \
	    INT(REPLY, r.method, METHOD_COUNT - 1),                            \
	    NUM(REPLY, r.age_ms, INT64_MIN, ANY),                              \
	    NUM(REPLY, r.left_ms, INT64_MIN, ANY),                             \
	    NUM(REPLY, r.over_ms, INT64_MIN, ANY),                             \
	    NUM(REPLY, r.holder, INT64_MIN, ANY),                              \
	    INT(REPLY, r.tries, INT32_MAX), INT(REPLY, r.sends, INT32_MAX),    \
	    INT(REPLY, r.joined, INT32_MAX), YES(REPLY, r.mine),               \
	    YES(REPLY, r.apart), YES(REPLY, r.foreign), YES(REPLY, r.shut),    \
	    ARR(REPLY, r.provider), ARR(REPLY, r.type)
/* NOLINTEND(bugprone-macro-parentheses) */
#undef OF

#define OF broker_request
static const struct field q_none[] = { END };
static const struct field q_account[] = { STR(FREE, user, USER_NAME_MAX),
	YES(FREE, flag), END };
static const struct field q_open[] = { STR(OF_SETTINGS, where, 4096),
	YES(FREE, quiet), END };
static const struct field q_record[] = { STR(OF_RECORD, user, USER_NAME_MAX),
	YES(GIVEN, flag), END };
static const struct field q_bind[] = { STR(OF_RECORD, user,
					   OWNER_STATE_MAX - 1),
	OPT(OF_RECORD, like, OWNER_STATE_MAX - 1), YES(OF_BEGIN, caller),
	YES(OF_SETTINGS, remembered), YES(OF_SETTINGS, flag),
	NUM(OF_SETTINGS, ms, 0, TIME_MAX), YES(FREE, quiet), END };
static const struct field q_begin[] = { ALL(FREE, begin.count, begin.candidate,
					    claim_fields, STORE_CANDIDATES_MAX),
	OPT(OF_RECORD, begin.message.counted_as, BROKER_RECEIVER_MAX),
	YES(OF_RECORD, begin.message.push),
	INT(OF_RECEIPT, begin.message.carried, CARRIED_INSTEAD), END };
static const struct field q_claim[] = { CANDIDATE(claim.), YES(FREE, flag),
	END };
static const struct field q_started[] = { NUM(GIVEN, started.id, 1, ANY),
	STR(OF_RECEIPT, started.request_id, STORE_ID_MAX),
	INT(FREE, started.method, METHOD_COUNT - 1),
	NUM(OF_SETTINGS, started.life_ms, 0, TIME_MAX),
	NUM(OF_SETTINGS, started.lasts_ms, 0, TIME_MAX),
	OPT(OF_RECORD, started.number, BROKER_RECEIVER_MAX),
	OPT(OF_RECEIPT, started.code, BROKER_CODE_MAX),
	YES(FREE, started.beside), END };
static const struct field q_number[] = { NUM(GIVEN, id, 1, ANY),
	STR(OF_RECORD, number, BROKER_RECEIVER_MAX), END };
static const struct field q_row[] = { NUM(GIVEN, id, 1, ANY), END };
#define OF_VERIFICATION                                                        \
	NUM(GIVEN, id, 1, ANY), STR(FREE, request_id, STORE_ID_MAX)
#define BACK NUM(GIVEN, guess, 0, ANY)
static const struct field q_request[] = { OF_VERIFICATION, END };
static const struct field q_refund[] = { OF_VERIFICATION, BACK, END };
static const struct field q_spend[] = { OF_VERIFICATION,
	NUM(OF_SETTINGS, ms, 0, TIME_MAX), BACK, END };
static const struct field q_replace[] = { OF_VERIFICATION, YES(FREE, flag),
	END };
static const struct field q_guess[] = { BACK, END };
static const struct field q_right[] = { OF_VERIFICATION,
	STR(FREE, number, BROKER_CODE_MAX), END };
static const struct field q_attempt[] = { NUM(GIVEN, id, 0, ANY),
	INT(OF_SETTINGS, tries, INT32_MAX), NUM(GIVEN, guess, 0, ANY), END };
static const struct field q_message[] = { OPT(OF_RECORD, message.counted_as,
					      BROKER_RECEIVER_MAX),
	YES(OF_RECORD, message.push), YES(OF_RECEIPT, message.alert),
	INT(OF_RECEIPT, message.carried, CARRIED_INSTEAD), END };
static const struct field q_finish[] = { NUM(GIVEN, id, 1, ANY),
	STR(OF_RECEIPT, request_id, STORE_ID_MAX), END };
static const struct field q_recent[] = { STR(FREE, number, BROKER_CODE_MAX),
	STR(OF_SETTINGS, provider, STORE_PROVIDER_MAX), BACK, END };
static const struct field q_recovery[] = {
	ALL(FREE, hashes, hash, typed, STORE_CODES_MAX), END
};
static const struct field q_left[] = { YES(FREE, flag), END };
static const struct field q_totp[] = { STR(FREE, number, BROKER_CODE_MAX),
	YES(FREE, uses), END };
static const struct field q_passed[] = {
	STR(OF_RECEIPT, provider, STORE_PROVIDER_MAX), END
};
static const struct field q_decoy[] = {
	STR(OF_RECORD, user, OWNER_STATE_MAX - 1), END
};
#define CALLED                                                                 \
	STR(OF_SETTINGS, provider, STORE_PROVIDER_MAX),                        \
	    ARR(GIVEN, call.ctx.request_id)
#define CALL INT(OF_RECEIPT, call.ctx.method, METHOD_COUNT - 1), CALLED
static const struct field q_ticket[] = { INT(FREE, call.kind, CALL_POLL), CALL,
	INT(FREE, call.ctx.event, EVENT_COUNT - 1),
	INT(FREE, call.ctx.phone_at, USER_PHONES_MAX - 1),
	OPT(FREE, call.code, BROKER_CODE_MAX), END };
static const struct field q_enrol[] = { OPT(OF_SETTINGS, number, PHONE_MAX),
	ALL(FREE, hashes, hash, typed, STORE_CODES_MAX), END };
/* the account's, which a login of another does not take */
static const struct field q_uid[] = { NUM(FREE, uid, 0, UINT32_MAX - 1), END };
static const struct field q_receipt[] = { INT(OF_RECEIPT, tries,
					      BROKER_RECEIPT_MAX),
	CALLED, NUM(OF_RECEIPT, call.ctx.told.price, INT64_MIN, ANY),
	RAW_IN(OF_RECEIPT, call.mac), END };
static const struct field q_call[] = { INT(OF_RECEIPT, call.kind, CALL_POLL),
	CALL, STR(OF_SETTINGS, call.ctx.brand, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.language, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.phone, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.email, BROKER_RECEIVER_MAX),
	STR(OF_RECEIPT, call.ctx.identity, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.factor, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.account, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.receiver, BROKER_CALL_TEXT_MAX),
	STR(OF_SETTINGS, call.ctx.host, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.user, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.service, BROKER_CALL_TEXT_MAX),
	STR(OF_RECEIPT, call.ctx.address, BROKER_CALL_TEXT_MAX),
	ARR(FREE, call.ctx.push_digits),
	INT(OF_RECEIPT, call.ctx.event, EVENT_COUNT - 1),
	STR(FREE, call.code, BROKER_CODE_MAX),
	NUM(FREE, call.ctx.life_s, 0, BROKER_LIFE_MS / 1000),
	NUM(OF_SETTINGS, call.ms, 0, BROKER_LIFE_MS),
	INT(FREE, call.ctx.sends, INT32_MAX), YES(FREE, call.ctx.past_deadline),
	NUM(OF_RECEIPT, call.serial, 1, ANY), RAW_IN(OF_RECEIPT, call.mac),
	END };
#undef OF

#define OF broker_reply
/* the first fields of each reply */
static const struct field every[] = { NUM(REPLY, result, INT64_MIN, ANY),
	INT(REPLY, failure, STORE_SETTINGS), YES(REPLY, keyless),
	ARR(REPLY, cause), ARR(REPLY, server), END };
static const struct field a_none[] = { END };
static const struct field a_record[] = {
	FIELD(REPLY, OWN_TEXT, text, .most = BROKER_RECORD_MAX), END
};
#define PASSED(n) YES(REPLY, begun.passed[n])
static const struct field a_begin[] = { YES(REPLY, begun.remembered),
	INT(REPLY, begun.recovery_left, RECOVERY_MAX),
	INT(REPLY, begun.lock, GUESS_LOCKED_OUT),
	NUM(REPLY, begun.lock_s, 0, ANY), YES(REPLY, begun.refused),
	NUM(REPLY, begun.codes_at, 0, ANY), YES(REPLY, begun.chosen), PASSED(0),
	PASSED(1), PASSED(2), PASSED(3), PASSED(4), PASSED(5), PASSED(6),
	PASSED(7), NUM(REPLY, left_ms, 0, STORE_CANDIDATES_MAX - 1),
	INT(REPLY, begun.claim, CLAIM_UNFIT), ROW(begun.row),
	INT(REPLY, begun.sent, SEND_WAIT), NUM(REPLY, begun.send, 0, ANY),
	NUM(REPLY, begun.wait_s, INT64_MIN, ANY), ARR(REPLY, which), END };
_Static_assert(STORE_CANDIDATES_MAX == 8, "PASSED for each");
static const struct field a_row[] = { ROW(row), END };
static const struct field a_guess[] = { NUM(REPLY, guess, 0, ANY),
	YES(REPLY, locked), NUM(REPLY, wait_s, INT64_MIN, ANY), END };
static const struct field a_look[] = { YES(REPLY, refused),
	NUM(REPLY, wait_s, INT64_MIN, ANY), END };
static const struct field a_attempt[] = { INT(REPLY, guessed, GUESS_LOCKED_OUT),
	NUM(REPLY, guess, 0, ANY), YES(REPLY, locked),
	NUM(REPLY, wait_s, INT64_MIN, ANY), INT(REPLY, tried, TRY_GONE),
	ROW(row), END };
static const struct field a_message[] = { NUM(REPLY, id, 0, ANY),
	NUM(REPLY, wait_s, INT64_MIN, ANY), ARR(REPLY, which), END };
static const struct field a_list[] = {
	ALL(REPLY, hashes, hash, salted, STORE_CODES_MAX), END
};
static const struct field a_left[] = { INT(REPLY, left, RECOVERY_MAX),
	INT(REPLY, recovery.use, RECOVERY_USE_BOTH),
	NUM(REPLY, recovery.until, 0, ANY), ARR(REPLY, recovery.by), END };
static const struct field a_totp[] = { INT(REPLY, claimed, STORE_APP_OUR_CLOCK),
	NUM(REPLY, guess, 0, ANY), YES(REPLY, locked),
	NUM(REPLY, wait_s, INT64_MIN, ANY), NUM(REPLY, used.step, 0, ANY),
	ARR(REPLY, used.source), END };
static const struct field a_secret[] = { ARR(REPLY, secret), END };
static const struct field a_passed[] = { NUM(REPLY, left_ms, 0, ANY), END };
static const struct field a_ticket[] = { NUM(REPLY, id, 0, ANY),
	RAW_IN(REPLY, mac), END };
static const struct field a_call[] = { YES(REPLY, said.told.other),
	YES(REPLY, said.told.weak), NUM(REPLY, said.told.next_ms, 0, TIME_MAX),
	ARR(REPLY, said.told.page), ARR(REPLY, said.told.user_code),
	INT(REPLY, said.outcome, OUTCOME_COUNT - 1),
	YES(REPLY, said.maybe_sent), YES(REPLY, said.told.internal),
	YES(REPLY, said.told.per_number), YES(REPLY, said.told.wrong_codes),
	YES(REPLY, said.told.unevaluated), YES(REPLY, said.told.refused),
	YES(REPLY, said.unresolved), YES(REPLY, said.stalled),
	ARR(REPLY, said.request_id), INT(REPLY, said.fate, HTTP_LOCAL),
	NUM(REPLY, said.told.price, INT64_MIN, ANY),
	NUM(REPLY, said.status, 0, 999), NUM(REPLY, said.retry_after_s, 0, 30),
	NUM(REPLY, said.took_ms, 0, TIME_MAX),
	INT(REPLY, said.receipt, BROKER_RECEIPT_MAX), RAW_IN(REPLY, mac), END };
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
text_put(struct broker_frame *f, const char *text, size_t most)
{
	const size_t len = text == NULL ? 0 : strlen(text) + 1;
	const uint32_t n = text == NULL ? ABSENT : (uint32_t)len;

	f->bad |= len > most;
	put(f, &n, sizeof(n));
	if (text != NULL)
		put(f, text, len);
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

/* Reads a text, which must contain no NUL but its last byte. */
static char *
take_text(struct broker_frame *f, size_t most, bool absent)
{
	uint32_t len = ABSENT;
	char *text;

	take_into(f, &len, sizeof(len));
	if (len == ABSENT) {
		f->bad |= !absent;
		return NULL;
	}
	f->bad |= len > most;
	text = take(f, len);
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
	const ssize_t n = frame_poll(&p, 1, until) <= 0
	    ? 0
	    : recv(fd, f->b, sizeof(f->b), MSG_DONTWAIT);

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
