/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of the acts that owes nothing to the broker's own, so that a field
 * that is missing, moved or wider there is seen.
 */
#include "tests/support/broker/crossing.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

/* A name and limits. NOLINTBEGIN(bugprone-macro-parentheses) */
#define ONE(kind, member, least, most)                                         \
	{                                                                      \
		kind, offsetof(struct OF, member), least, most, NULL, 0, 0     \
	}
#define N(member, least, most) ONE(PART_NUM, member, least, most)
#define I(member, most) ONE(PART_INT, member, 0, most)
#define Y(member) ONE(PART_YES, member, 0, 1)
#define T(member, most) ONE(PART_STR, member, 0, most)
#define O(member, most) ONE(PART_OPT, member, 0, most)
#define A(member) ONE(PART_ARR, member, 0, sizeof(((struct OF *)0)->member) - 1)
#define B(member) ONE(PART_RAW_IN, member, 0, sizeof(((struct OF *)0)->member))
#define E(count, array, parts, most)                                           \
	{                                                                      \
		PART_ALL, offsetof(struct OF, count), 0, most, parts,          \
		    offsetof(struct OF, array),                                \
		    sizeof(((struct OF *)0)->array[0])                         \
	}
#define PARTS(name, ...)                                                       \
	static const struct part name[] = { __VA_ARGS__, { .kind = PART_END } }
#define ANY INT64_MAX
#define LOW INT64_MIN
#define YEAR (INT64_C(1000) * 86400 * 366)
#define LIFE 300000
#define EMAIL 254
#define OWNER 131 /* ACCOUNT//PERSON, and what a decoy has besides */
#define REMEMBERED 199

static const struct part nothing[] = { { .kind = PART_END } };

#define OF store_candidate
#define CANDIDATE(c)                                                           \
	T(c key.receiver, EMAIL), T(c key.provider, 32), T(c key.type, 32),    \
	    O(c key.other[0], EMAIL), O(c key.other[1], EMAIL),                \
	    I(c methods, METHOD_ALL), I(c method, METHOD_PAGE),                \
	    N(c start_ms, 0, YEAR)
PARTS(candidate, CANDIDATE());
#undef OF
#define OF store_recovery
PARTS(typed, N(id, 1, ANY), B(hash));
PARTS(salted, N(id, 1, ANY), I(use, 3), B(salt));
#undef OF

#define OF broker_request
#define ID N(id, 1, ANY)
#define REQUEST T(request_id, 64)
#define GUESS N(guess, 0, ANY)
PARTS(q_open, T(where, 4096), Y(quiet));
PARTS(q_record, T(user, 64), Y(flag));
PARTS(q_account, T(user, 64), Y(flag));
PARTS(q_bind, T(user, OWNER), O(like, OWNER), Y(caller), Y(remembered), Y(flag),
    N(ms, 0, YEAR), Y(quiet));
PARTS(q_begin, E(begin.count, begin.candidate, candidate, 8),
    O(begin.message.counted_as, EMAIL), Y(begin.message.push),
    I(begin.message.carried, CARRIED_INSTEAD));
PARTS(q_claim, CANDIDATE(claim.), Y(flag));
PARTS(q_started, N(started.id, 1, ANY), T(started.request_id, 64),
    I(started.method, METHOD_PAGE), N(started.life_ms, 0, YEAR),
    N(started.lasts_ms, 0, YEAR), O(started.number, EMAIL), O(started.code, 16),
    Y(started.beside));
PARTS(q_number, ID, T(number, EMAIL));
PARTS(q_right, ID, REQUEST, T(number, 16));
PARTS(q_row, ID);
PARTS(q_request, ID, REQUEST);
PARTS(q_refund, ID, REQUEST, GUESS);
PARTS(q_spend, ID, REQUEST, N(ms, 0, YEAR), GUESS);
PARTS(q_replace, ID, REQUEST, Y(flag));
PARTS(q_guess, GUESS);
PARTS(q_attempt, N(id, 0, ANY), I(tries, INT32_MAX), GUESS);
PARTS(q_message, O(message.counted_as, EMAIL), Y(message.push),
    Y(message.alert), I(message.carried, CARRIED_INSTEAD));
PARTS(q_recovery, E(hashes, hash, typed, 23));
PARTS(q_enrol, O(number, 16), E(hashes, hash, typed, 23));
PARTS(q_uid, N(uid, 0, UINT32_MAX - 1));
PARTS(q_left, Y(flag));
PARTS(q_totp, T(number, 16), Y(uses));
PARTS(q_recent, T(number, 16), T(provider, 32), GUESS);
PARTS(q_passed, T(provider, 32));
PARTS(q_decoy, T(user, OWNER));
#define CALLED T(provider, 32), A(call.ctx.request_id)
PARTS(q_ticket, I(call.kind, 4), I(call.ctx.method, METHOD_PAGE), CALLED,
    I(call.ctx.event, EVENT_CODES_MADE), I(call.ctx.phone_at, 2),
    O(call.code, 16));
PARTS(q_receipt, I(tries, 15), CALLED, N(call.ctx.told.price, LOW, ANY),
    B(call.mac));
#define S(member) T(member, 512)
PARTS(q_call, I(call.kind, 4), I(call.ctx.method, METHOD_PAGE), CALLED,
    S(call.ctx.brand), S(call.ctx.language), S(call.ctx.phone),
    T(call.ctx.email, EMAIL), S(call.ctx.identity), S(call.ctx.factor),
    S(call.ctx.account), S(call.ctx.receiver), S(call.ctx.host),
    S(call.ctx.user), S(call.ctx.service), S(call.ctx.address),
    A(call.ctx.push_digits), I(call.ctx.event, EVENT_CODES_MADE),
    T(call.code, 16), N(call.ctx.life_s, 0, LIFE / 1000), N(call.ms, 0, LIFE),
    I(call.ctx.sends, INT32_MAX), Y(call.ctx.past_deadline),
    N(call.serial, 1, ANY), B(call.mac));
#undef OF

#define OF broker_reply
#define ROW(r)                                                                 \
	N(r id, 0, ANY), A(r request_id), I(r method, METHOD_PAGE),            \
	    N(r age_ms, LOW, ANY), N(r left_ms, LOW, ANY),                     \
	    N(r over_ms, LOW, ANY), N(r holder, LOW, ANY),                     \
	    I(r tries, INT32_MAX), I(r sends, INT32_MAX),                      \
	    I(r joined, INT32_MAX), Y(r mine), Y(r apart), Y(r foreign),       \
	    Y(r shut), A(r provider), A(r type)
#define PASSED(n) Y(begun.passed[n])
#define WAIT N(wait_s, LOW, ANY)
const struct part crossing_every[] = { N(result, LOW, ANY),
	I(failure, STORE_SETTINGS), Y(keyless), A(cause), A(server),
	{ .kind = PART_END } };
PARTS(a_record, ONE(PART_OWN, text, 0, 60000));
PARTS(a_begin, Y(begun.remembered), I(begun.recovery_left, 20),
    I(begun.lock, GUESS_LOCKED_OUT), N(begun.lock_s, 0, ANY), Y(begun.refused),
    N(begun.codes_at, 0, ANY), Y(begun.chosen), PASSED(0), PASSED(1), PASSED(2),
    PASSED(3), PASSED(4), PASSED(5), PASSED(6), PASSED(7), N(left_ms, 0, 7),
    I(begun.claim, CLAIM_UNFIT), ROW(begun.row.), I(begun.sent, SEND_WAIT),
    N(begun.send, 0, ANY), N(begun.wait_s, LOW, ANY), A(which));
PARTS(a_row, ROW(row.));
PARTS(a_guess, GUESS, Y(locked), WAIT);
PARTS(a_look, Y(refused), WAIT);
PARTS(a_attempt, I(guessed, GUESS_LOCKED_OUT), GUESS, Y(locked), WAIT,
    I(tried, TRY_GONE), ROW(row.));
PARTS(a_message, N(id, 0, ANY), WAIT, A(which));
PARTS(a_list, E(hashes, hash, salted, 23));
PARTS(a_left, I(left, 20), I(recovery.use, 3), N(recovery.until, 0, ANY),
    A(recovery.by));
PARTS(a_totp, I(claimed, STORE_APP_OUR_CLOCK), GUESS, Y(locked), WAIT,
    N(used.step, 0, ANY), A(used.source));
PARTS(a_secret, A(secret));
PARTS(a_passed, N(left_ms, 0, ANY));
PARTS(a_ticket, N(id, 0, ANY), B(mac));
PARTS(a_call, Y(said.told.other), Y(said.told.weak),
    N(said.told.next_ms, 0, YEAR), A(said.told.page), A(said.told.user_code),
    I(said.outcome, OUTCOME_STALLED), Y(said.maybe_sent), Y(said.told.internal),
    Y(said.told.per_number), Y(said.told.wrong_codes), Y(said.told.unevaluated),
    Y(said.told.refused), Y(said.unresolved), Y(said.stalled),
    A(said.request_id), I(said.fate, HTTP_LOCAL), N(said.told.price, LOW, ANY),
    N(said.status, 0, 999), N(said.retry_after_s, 0, 30),
    N(said.took_ms, 0, YEAR), I(said.receipt, 15), B(mac));
#undef OF
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct part *const acts[BROKER_OPS][SIDES] = {
	[BROKER_ACCOUNT] = { q_account, nothing },
	[BROKER_OPEN] = { q_open, nothing },
	[BROKER_RECORD] = { q_record, a_record },
	[BROKER_BIND] = { q_bind, nothing },
	[BROKER_BEGIN] = { q_begin, a_begin },
	[BROKER_CLAIM] = { q_claim, a_row },
	[BROKER_STARTED] = { q_started, nothing },
	[BROKER_NUMBER_FREE] = { q_number, nothing },
	[BROKER_UNSENT] = { q_row, nothing },
	[BROKER_UNKNOWN] = { q_row, nothing },
	[BROKER_CODE_RIGHT] = { q_right, nothing },
	[BROKER_LOOK] = { q_row, a_row },
	[BROKER_REFUND] = { q_refund, nothing },
	[BROKER_FINISH] = { q_request, nothing },
	[BROKER_SPEND] = { q_spend, nothing },
	[BROKER_END] = { q_request, nothing },
	[BROKER_REPLACE] = { q_replace, nothing },
	[BROKER_HOLDS] = { q_row, nothing },
	[BROKER_DROP] = { q_row, nothing },
	[BROKER_RESTORE] = { q_row, nothing },
	[BROKER_GUESS_TAKE] = { nothing, a_guess },
	[BROKER_GUESS_LOOK] = { nothing, a_look },
	[BROKER_GUESS_REFUND] = { q_guess, nothing },
	[BROKER_REFUSE] = { q_request, nothing },
	[BROKER_ATTEMPT] = { q_attempt, a_attempt },
	[BROKER_SEND_TAKE] = { q_message, a_message },
	[BROKER_SEND_REFUND] = { q_row, nothing },
	[BROKER_RECOVERY_LIST] = { nothing, a_list },
	[BROKER_RECOVERY_CLAIM] = { q_recovery, a_left },
	[BROKER_RECOVERY_LEFT] = { q_left, nothing },
	[BROKER_TOTP] = { q_totp, a_totp },
	[BROKER_CODE_CLAIM] = { q_passed, nothing },
	[BROKER_CODE_RECENT] = { q_recent, nothing },
	[BROKER_PASS_OVER] = { q_passed, nothing },
	[BROKER_PASSED] = { q_passed, a_passed },
	[BROKER_DECOY] = { q_decoy, nothing },
	[BROKER_NOOP] = { nothing, nothing },
	[BROKER_ENROL_OPEN] = { q_enrol, nothing },
	[BROKER_ENROL_SECRET] = { nothing, a_secret },
	[BROKER_ENROL_COMMIT] = { q_uid, a_record },
	[BROKER_TICKET] = { q_ticket, a_ticket },
	[BROKER_RECEIPT] = { q_receipt, nothing },
	[BROKER_CALL] = { q_call, a_call },
};

const struct part *
crossing_parts(enum broker_op act, enum side side)
{
	return acts[act][side];
}

/* Values. */

/* Each text is an end of this one. */
static char letters[BROKER_RECORD_MAX + 2];
const unsigned char crossing_bytes[64] = { 7, 0, 9 };
static unsigned filled;

char *
crossing_text(int64_t len)
{
	if (letters[0] == '\0')
		for (size_t i = 0; i < sizeof(letters) - 1; i++)
			letters[i] = (char)('a' + i % 23);
	return letters + sizeof(letters) - 1 - len;
}

static int64_t
value_of(const struct part *p, enum level level)
{
	const int64_t n = 1 + filled++ % 50;
	const int64_t typical = p->least == LOW ? -n : p->least + n;

	if (level == TYPICAL)
		return typical < p->most ? typical : p->most;
	return level == LEAST ? p->least : p->most;
}

static void fill(const struct part *, enum level, char *base);

static void
fill_each(const struct part *p, size_t count, enum level level, char *base)
{
	memcpy(base + p->at, &count, sizeof(count));
	for (size_t i = 0; i < count; i++)
		fill(p->of, level, base + p->list + i * p->size);
}

static void
fill_pointer(const struct part *p, enum level level, int64_t value, char *at)
{
	const void *to =
	    level == LEAST && p->kind == PART_OPT ? NULL : crossing_text(value);

	memcpy(at, &to, sizeof(to));
}

static void
fill(const struct part *p, enum level level, char *base)
{
	for (; p->kind != PART_END; p++) {
		const int64_t value = value_of(p, level);
		char *at = base + p->at;

		if (p->kind == PART_NUM)
			memcpy(at, &value, sizeof(value));
		else if (p->kind == PART_INT)
			memcpy(at, &(uint32_t){ (uint32_t)value }, 4);
		else if (p->kind == PART_YES)
			*(bool *)at = value % 2 == 1;
		else if (p->kind == PART_ARR)
			memcpy(at, crossing_text(value), (size_t)value + 1);
		else if (p->kind == PART_RAW_IN)
			memset(at, (int)(value % 256), (size_t)p->most);
		else if (p->kind == PART_ALL)
			fill_each(p, (size_t)value, level, base);
		else
			fill_pointer(p, level, value, at);
	}
}

void
crossing_fill(
    enum broker_op act, enum side side, enum level level, union crossing *to)
{
	if (side == ANSWER)
		fill(crossing_every, level, (char *)to);
	fill(acts[act][side], level, (char *)to);
}

struct wire wire;

static void
add(const void *from, size_t len)
{
	memcpy(wire.b + wire.used, from, len);
	wire.used += len;
}

static void
add_piece(const void *from, size_t len)
{
	const uint32_t n = from == NULL ? CROSSING_ABSENT : (uint32_t)len;

	add(&n, sizeof(n));
	if (from != NULL)
		add(from, len);
}

static void
add_text(const char *text)
{
	add_piece(text, text == NULL ? 0 : strlen(text) + 1);
}

static void wire_parts(const struct part *, const char *base);

static void
wire_each(const struct part *p, struct mark *mark, const char *base)
{
	size_t count;

	memcpy(&count, base + p->at, sizeof(count));
	add(&(uint32_t){ (uint32_t)count }, 4);
	for (size_t i = 0; i < count; i++) {
		wire_parts(p->of, base + p->list + i * p->size);
		if (i == 0)
			mark->end = wire.used;
	}
}

static void
wire_part(const struct part *p, const char *base)
{
	struct mark *mark = &wire.mark[wire.marks++];
	const char *at = base + p->at;
	const void *to;

	assert_true(wire.marks <= sizeof(wire.mark) / sizeof(wire.mark[0]));
	*mark = (struct mark){ p, wire.used, 0 };
	if (p->kind == PART_NUM || p->kind == PART_INT)
		add(at, p->kind == PART_NUM ? 8 : 4);
	else if (p->kind == PART_YES)
		add(*(const bool *)at ? "\1" : "\0", 1);
	else if (p->kind == PART_ARR)
		add_text(at);
	else if (p->kind == PART_RAW_IN)
		add(at, (size_t)p->most);
	else if (p->kind == PART_ALL)
		wire_each(p, mark, base);
	else {
		memcpy(&to, at, sizeof(to));
		add_text(to);
	}
	if (p->kind != PART_ALL)
		mark->end = wire.used;
}

static void
wire_parts(const struct part *p, const char *base)
{
	for (; p->kind != PART_END; p++)
		wire_part(p, base);
}

void
wire_of(enum broker_op act, enum side side, const union crossing *from)
{
	const unsigned char number = (unsigned char)act;

	wire.used = wire.marks = 0;
	add(&number, 1);
	if (side == ANSWER)
		wire_parts(crossing_every, (const char *)from);
	wire_parts(acts[act][side], (const char *)from);
}
