/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is used up on one of five hosts, by whom, and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/state/fleetbox.h"

static const struct limits_of_guesses usual = { 6, 30, 900, 100 };

static int64_t one_code; /* its id */

static int
do_finish(struct store *s, const struct statebox *b, int n)
{
	int result = plain_finish(s, one_code, "req-1");

	(void)b;
	(void)n;
	return result < 0 ? BOX_FAILED : result;
}

static void
one_code_on_five_hosts(void **state)
{
	struct fleetbox *f = *state;
	unsigned count[256];

	one_code = fleetbox_started(f->host[0], "+12025550100", "req-1");
	box_all_at_once(f->box, do_finish, SESSIONS, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], SESSIONS - 1);
}

/* A code is used up by who began it, or has tried it. */
static void
bound_to_a_try(void **state)
{
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	int64_t id = fleetbox_started(f->host[0], "+12025550100", "req-1");
	const struct store_finish end = { .id = id, .request_id = "req-1" };
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 5, NULL };
	struct store_attempted out;
	struct store *other = fleetbox_open(f->box, 1, 999);

	assert_int_equal(store_row_finish(f->host[1], &end, &right), 0);
	assert_true(store_guess_take_with_try(f->host[1], &a, &out));
	assert_int_equal(store_row_finish(other, &end, &right), 0);
	assert_int_equal(store_row_finish(f->host[1], &end, &right), 1);
	assert_int_equal(store_row_finish(f->host[1], &end, &right), 1);
	assert_int_equal(store_row_finish(other, &end, &right), 0);
	assert_int_equal(store_row_finish(f->host[0], &end, &right), 0);
	store_close(other);
}

#define TRIES "SELECT coalesce(sum(tries), -1) FROM twofa.verification"

static void
refund(struct store *s, int64_t id)
{
	static const struct store_guess_token none;
	const struct store_counted back = { "alice", SOURCE, &none };

	assert_int_equal(store_row_refund_try(s, id, "req-1", &back), 0);
}

/* A try is taken back once, by the session that made it. */
static void
nobody_elses_tries(void **state)
{
	struct fleetbox *f = *state;
	int64_t id = fleetbox_started(f->host[0], "+12025550100", "req-1");
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 9, NULL };
	struct store *other = fleetbox_open(f->box, 1, 999);
	struct store_attempted out;

	for (int i = 0; i < 3; i++)
		assert_true(store_guess_take_with_try(f->host[1], &a, &out));
	assert_true(store_guess_take_with_try(f->host[2], &a, &out));
	refund(f->host[0], id);
	refund(other, id);
	assert_int_equal(postgres_sql(TRIES), 4);
	refund(f->host[2], id);
	assert_int_equal(postgres_sql(TRIES), 3);
	refund(f->host[2], id);
	assert_int_equal(postgres_sql(TRIES), 3);
	for (int i = 2; i >= 0; i--) {
		refund(f->host[1], id);
		assert_int_equal(postgres_sql(TRIES), i);
	}
	store_close(other);
}

/* Who takes a verification over gets the number's row, and not what another
 * host knows of its code. */
static void
anothers_verifier(void **state)
{
	static const unsigned char own[STORE_VERIFIER_LEN] = { 1 };
	static const unsigned char more[STORE_VERIFIER_LEN] = { 2 };
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	struct fleetbox *f = *state;
	int64_t id = fleetbox_started(f->host[0], "+12025550100", "req-1");
	struct store_started to = { .id = id,
		.request_id = "req-1",
		.method = METHOD_SMS,
		.life_ms = 300000,
		.verifier = own };

	assert_int_equal(
	    store_row_hold_for_replacing(f->host[0], id, "req-1", false), 1);
	assert_int_equal(store_row_set_started(f->host[0], &to), 0);
	assert_int_equal(
	    store_row_verifiers_read(f->host[0], id, "req-1", got), 1);
	to.beside = true;
	for (int i = 0; i < 2; i++) {
		to.verifier = i == 0 ? NULL : more;
		assert_int_equal(store_row_hold_for_replacing(
				     f->host[1], id, "req-1", false),
		    1);
		assert_int_equal(store_row_set_started(f->host[1], &to), 0);
		assert_int_equal(
		    store_row_verifiers_read(f->host[1], id, "req-1", got), i);
	}
	assert_memory_equal(got[0], more, sizeof(more));
	/* its own it keeps */
	to.verifier = own;
	assert_int_equal(
	    store_row_hold_for_replacing(f->host[1], id, "req-1", false), 1);
	assert_int_equal(store_row_set_started(f->host[1], &to), 0);
	assert_int_equal(
	    store_row_verifiers_read(f->host[1], id, "req-1", got), 2);
}

/* How long a code counts as used is not for a stolen host to say. */
static void
used_codes_stay_used(void **state)
{
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const struct store_code used = {
		.owner = "authy:1", .digest = { 1 }, .seconds = 86400
	};
	const struct store_code lie = { .owner = "authy:1", .digest = { 2 } };

	assert_int_equal(store_code_claim(f->host[0], &used, &right), 1);
	(void)store_code_claim(f->host[1], &lie, &right);
	(void)store_code_claim(f->host[1], &lie, &right);
	assert_int_equal(store_code_claim(f->host[0], &used, &right), 0);
}

#define STEPS_OFF(what)                                                        \
	postgres_sql("CREATE OR REPLACE FUNCTION twofa.step_off(p_step "       \
		     "bigint, wall bigint) RETURNS bigint LANGUAGE sql "       \
		     "IMMUTABLE AS 'SELECT " what "'")

/* A step of now: those to come cannot be used up before. A code of 60 s that is
 * half a minute late began two steps ago. */
static void
steps_of_now(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	struct fleetbox *f = *state;
	const int64_t step = WALL / 30;

	STEPS_OFF("abs(p_step - wall / 30)");
	assert_int_equal(
	    plain_totp_claim(f->host[0], "alice", secret, step + 2), 0);
	assert_int_equal(
	    plain_totp_claim(f->host[0], "alice", secret, step - 3), 0);
	assert_int_equal(
	    store_totp_renew(f->host[0], "alice", step + 1000000), 0);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.totp"), 0);
	for (int off = -2; off <= 1; off++) {
		assert_int_equal(
		    plain_totp_claim(f->host[0], "alice", secret, step + off),
		    1);
		assert_int_equal(
		    plain_totp_claim(f->host[1], "alice", secret, step + off),
		    0);
	}
	STEPS_OFF("0::bigint");
}

/* A host is told by which step codes are judged; and by its own, nothing is
 * counted. Who is locked is told nothing. */
static void
by_the_servers_clock(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	static const char wrong[] =
	    "SELECT coalesce(sum(wrong), 0) FROM twofa.guess";
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const int64_t now = WALL / 30;
	struct store_used_step used;
	const struct store_totp_attempt a = { &usual, secret, now, &right,
		&used, NULL };
	struct store_guess_token token;
	int64_t wait_s;
	int claimed;

	STEPS_OFF("abs(p_step - wall / 30)");
	for (int off = -20; off <= 20; off += 40) {
		used.newest = now + off + 1;
		assert_int_equal(
		    store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, 2);
		assert_int_equal(used.step, now);
		assert_int_equal(postgres_sql(wrong), 0);
	}
	used.newest = now + 2; /* a step off is nothing */
	assert_int_equal(
	    store_totp_attempt(f->host[0], &a, &claimed, &wait_s), GUESS_OPEN);
	assert_int_equal(claimed, 1);
	for (int i = 0; i < 6; i++)
		assert_int_equal(
		    fleetbox_guess(f->host[0], SOURCE, &usual, &token),
		    GUESS_OPEN);
	used.newest = now + 21;
	assert_int_equal(store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(claimed, 0);
	STEPS_OFF("0::bigint");
}

/* As in a file: the code that proved a new app is used, and no guess. */
static void
proof_is_no_guess(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const int64_t now = WALL / 30;
	struct store_used_step used = { .newest = now + 1 };
	const struct store_totp_attempt a = { &usual, secret, now, &right,
		&used, NULL };
	int64_t wait_s;
	int claimed;

	STEPS_OFF("0::bigint");
	assert_int_equal(store_totp_renew(f->host[0], "alice", now), 0);
	assert_int_equal(
	    store_totp_attempt(f->host[0], &a, &claimed, &wait_s), GUESS_OPEN);
	assert_int_equal(claimed, 0);
	assert_int_equal(used.step, now);
	assert_int_equal(postgres_sql("SELECT coalesce(sum(wrong), 0) FROM "
				      "twofa.guess"),
	    0);
}

/* A used code is no wrong one, twice a session; who is locked is told nothing.
 */
static void
used_twice_a_session(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	static const char wrong[] = "SELECT coalesce(sum(wrong), 0) FROM "
				    "twofa.guess WHERE source = ''";
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	struct store_used_step used = { .newest = WALL / 30 + 1 };
	struct store_totp_attempt a = { &usual, secret, WALL / 30, &right,
		&used, NULL };
	struct store_guess_token token;
	int64_t wait_s;
	int claimed;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, i == 0);
		assert_int_equal(postgres_sql(wrong), i < 3 ? 0 : i - 2);
	}
	assert_int_equal(
	    store_totp_attempt(f->host[1], &a, &claimed, &wait_s), GUESS_OPEN);
	assert_int_equal(postgres_sql(wrong), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    fleetbox_guess(f->host[0], SOURCE, &usual, &token),
		    GUESS_OPEN);
	used.step = 0;
	assert_int_equal(store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(used.step, 0);
	assert_int_equal(postgres_sql(wrong), 6);
}

/* A code whose last use is not known up to the next step, as the clock was
 * ahead then, is a wrong one, and takes none of these two. */
static void
used_ahead_takes_none(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	struct store_used_step used = { .newest = WALL / 30 + 1 };
	struct store_totp_attempt a = { &usual, secret, WALL / 30 + 2, &right,
		&used, NULL };
	int64_t wait_s;
	int claimed;

	STEPS_OFF("0::bigint");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, i == 0);
		assert_int_equal(used.step, 0);
	}
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.taken_back"), 0);
}

/* A counter belongs to a token, and to no user: no host ends those of others by
 * naming nobody, or makes one a step of time. */
static void
nobodys_counters(void **state)
{
	static const unsigned char token[STORE_CODE_DIGEST] = "token";
	static const unsigned char made_up[STORE_CODE_DIGEST] = "made up";
	struct fleetbox *f = *state;
	struct store *stolen = f->host[1];
	struct store_unreported u = { .step = STORE_HOTP_STEP(700),
		.source = SOURCE };
	int64_t last = 0;

	memcpy(u.secret, token, sizeof(token));
	assert_int_equal(store_totp_note(f->host[0], &u, false), 0);
	for (int turn = 0; turn < 2; turn++) {
		(void)plain_totp_claim(
		    stolen, "", made_up, turn == 0 ? WALL / 30 : -1);
		assert_int_equal(store_hotp_last(f->host[0], token, &last), 1);
	}
	(void)plain_totp_claim(stolen, "", token, WALL / 30);
	assert_int_equal(store_hotp_last(f->host[0], token, &last), 1);
	u.step = WALL / 30;
	(void)store_totp_note(stolen, &u, false);
	assert_int_equal(store_hotp_last(f->host[0], token, &last), 1);
	PRINT_TO(u.user, "%s", "bob");
	u.step = STORE_HOTP_STEP(1);
	(void)store_totp_note(stolen, &u, false);
	assert_int_equal(store_hotp_last(f->host[0], token, &last), 1);
	assert_int_equal(last, STORE_HOTP_STEP(700));
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.totp WHERE step > 0"), 0);
}

/* A push is its session's own: no other host, and no other session of its host,
 * finishes it, whatever user it names. */
static void
a_push_of_another(void **state)
{
	struct fleetbox *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const struct store_key key = { "alice", "push:alice", "one", "type",
		{ NULL } };
	struct store_started to = {
		.request_id = "req-1", .method = METHOD_PUSH, .life_ms = 60000
	};
	struct store_row row;
	struct store_finish end = { .request_id = "req-1" };
	struct store *other = fleetbox_open(f->box, 0, 999);

	assert_int_equal(
	    store_claim(f->host[0], &key, 0, METHOD_PUSH, 15000, &row),
	    CLAIM_NEW);
	end.id = to.id = row.id;
	assert_int_equal(store_row_set_started(f->host[0], &to), 0);
	assert_int_equal(store_row_finish(f->host[1], &end, &right), 0);
	assert_int_equal(store_row_finish(other, &end, &right), 0);
	assert_int_equal(store_row_finish(f->host[0], &end, &right), 1);
	assert_int_equal(store_row_finish(f->host[0], &end, &right), 1);
	assert_int_equal(store_row_finish(f->host[1], &end, &right), 0);
	store_close(other);
}

#define WHO "'(1,0,\"\",\"\",\"\",0)'"
#define RIGHT                                                                  \
	"ROW('alice', '192.0.2.0/24', NULL, 1, '', NULL, 0, NULL)"             \
	"::twofa_v1.right_code"

/* A stolen host cannot use up recovery codes that nobody typed there: not by
 * what it is told, and not even by what a dump of the server has. */
static void
a_code_one_has_not_seen(void **state)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ",
		"BBCDEFGH2345WXYZ" };
	/* what recovery_list tells, in each of its columns */
	static const char by_list[] =
	    "SELECT used FROM twofa_v1.recovery_claim(" WHO
	    ", ARRAY(SELECT id FROM twofa_v1.recovery_list(" WHO
	    ", 'alice')), ARRAY(SELECT salt FROM twofa_v1.recovery_list(" WHO
	    ", 'alice')), " RIGHT ")";
	static const char by_dump[] =
	    "SELECT used FROM twofa_v1.recovery_claim(" WHO
	    ", ARRAY(SELECT id FROM twofa.recovery), "
	    "ARRAY(SELECT hash FROM twofa.recovery), " RIGHT ")";
	struct fleetbox *f = *state;
	unsigned left = 0;

	assert_int_equal(
	    store_recovery_set(f->host[1], "alice", codes, 2, NULL), 0);
	assert_int_equal(fleetbox_ask(f->host[0], by_list), 0);
	assert_int_equal(postgres_sql(by_dump), 0);
	assert_int_equal(store_recovery_count_codes(f->host[1], "alice"), 2);
	assert_int_equal(
	    plain_recovery_claim(f->host[0], "bob", codes[0], &left), 0);
	assert_int_equal(
	    plain_recovery_claim(f->host[0], "alice", codes[1], &left), 1);
	assert_int_equal(left, 1);
	assert_int_equal(
	    plain_recovery_claim(f->host[1], "alice", codes[1], &left), 0);
}

static const char *const paper[] = { "ABCDEFGH2345WXYZ" };

static int
do_recover(struct store *s, const struct statebox *b, int n)
{
	unsigned left;
	int result = plain_recovery_claim(s, "alice", paper[0], &left);

	(void)b;
	(void)n;
	return result < 0 ? BOX_FAILED : result;
}

static void
one_recovery_code_on_five_hosts(void **state)
{
	struct fleetbox *f = *state;
	unsigned count[256];

	assert_int_equal(
	    store_recovery_set(f->host[0], "alice", paper, 1, NULL), 0);
	box_all_at_once(f->box, do_recover, SESSIONS, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], SESSIONS - 1);
}

/* As test_store_bypass.c has them in a file. */
static int
use(struct store *s, const char *code, enum method method,
    struct store_recovery *used)
{
	const struct store_right right = { .user = "alice",
		.source = "192.0.2.0/24",
		.method = method,
		.provider = "" };
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(s, "alice", list);
	unsigned left;

	assert_true(count >= 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(
		    recovery_code_hash(list[i].salt, code, list[i].hash), 0);
	return store_recovery_claim(s, list, count, &right, used, &left);
}

static void
codes_with_an_end(void **state)
{
	static const char *const more[] = { "BBCDEFGH2345WXYZ",
		"CBCDEFGH2345WXYZ" };
	struct store_recovery login = { .use = RECOVERY_USE_LOGIN,
		.until = 3600,
		.by = "carol lost phone" };
	struct store_recovery invite = {
		.use = RECOVERY_USE_BOTH, .until = 3600, .by = "carol new"
	};
	struct fleetbox *f = *state;
	struct store *a = f->host[0], *b = f->host[1];
	struct store_recovery used, gone;

	assert_int_equal(store_recovery_set(a, "alice", paper, 1, &login), 0);
	assert_int_equal(store_recovery_count_codes(b, "alice"), 0);
	/* new recovery codes leave it */
	assert_int_equal(store_recovery_set(a, "alice", more, 1, NULL), 0);
	assert_int_equal(use(b, paper[0], METHOD_NONE, &used), 0);
	assert_int_equal(use(b, paper[0], METHOD_RECOVERY, &used), 1);
	assert_int_equal(used.use, RECOVERY_USE_LOGIN);
	assert_string_equal(used.by, "carol lost phone");
	assert_int_equal(use(a, paper[0], METHOD_RECOVERY, &used), 0);
	assert_int_equal(store_recovery_count_codes(b, "alice"), 1);
	/* an invitation: each once, on any host */
	assert_int_equal(store_recovery_set(a, "alice", paper, 1, &invite), 0);
	assert_int_equal(use(b, paper[0], METHOD_RECOVERY, &used), 1);
	assert_int_equal(use(a, paper[0], METHOD_RECOVERY, &used), 0);
	assert_int_equal(use(a, paper[0], METHOD_NONE, &used), 1);
	assert_int_equal(use(b, paper[0], METHOD_NONE, &used), 0);
	/* ended from another host */
	assert_int_equal(store_recovery_set(a, "alice", paper, 1, &login), 0);
	gone = login;
	gone.use = 0;
	assert_int_equal(store_recovery_set(b, "alice", NULL, 0, &gone), 0);
	assert_int_equal(store_recovery_set(a, "alice", NULL, 0, &gone), 1);
	assert_int_equal(use(b, paper[0], METHOD_RECOVERY, &used), 0);
	/* three; past the end; removed */
	for (int i = 0; i < RECOVERY_BYPASS_MAX; i++)
		assert_int_equal(
		    store_recovery_set(a, "alice", more + 1, 1, &login), 0);
	assert_int_equal(
	    store_recovery_set(a, "alice", more + 1, 1, &login), 1);
	postgres_sql("UPDATE twofa.recovery SET until = 1 WHERE kind > 0 "
		     "RETURNING 1");
	assert_int_equal(use(b, more[1], METHOD_RECOVERY, &used), 0);
	assert_int_equal(
	    store_recovery_set(a, "alice", more + 1, 1, &login), 0);
	postgres_sql("UPDATE twofa.recovery SET since = until WHERE kind > 0 "
		     "RETURNING 1");
	assert_int_equal(use(b, more[1], METHOD_RECOVERY, &used), 0);
	assert_int_equal(store_recovery_set(a, "alice", NULL, 0, NULL), 0);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.recovery"), 0);
}

static void
one_code_with_an_end_on_five_hosts(void **state)
{
	struct store_recovery invite = {
		.use = RECOVERY_USE_BOTH, .until = 3600, .by = "carol new"
	};
	struct fleetbox *f = *state;
	unsigned count[256];

	assert_int_equal(
	    store_recovery_set(f->host[0], "alice", paper, 1, &invite), 0);
	box_all_at_once(f->box, do_recover, SESSIONS, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], SESSIONS - 1);
}

/* What a stolen host asks for an enrolment: no method. */
#define ENROLS                                                                 \
	"ROW('%s', '192.0.2.0/24', NULL, 0, '', NULL, 0, NULL)"                \
	"::twofa_v1.right_code"

static int64_t
enrols_by(struct store *s, const char *user, const char *ids, const char *hash)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "SELECT used FROM twofa_v1.recovery_claim(" WHO ", ARRAY(SELECT %s "
	    "FROM twofa_v1.recovery_list(" WHO ", 'alice') UNION ALL SELECT %s "
	    "FROM twofa_v1.recovery_list(" WHO
	    ", 'bob')), ARRAY(SELECT %s FROM "
	    "twofa_v1.recovery_list(" WHO ", 'alice') UNION ALL SELECT %s FROM "
	    "twofa_v1.recovery_list(" WHO ", 'bob')), " ENROLS ")",
	    ids, ids, hash, hash, user);
	return fleetbox_ask(s, text);
}

static unsigned
invitations(void)
{
	return (unsigned)postgres_sql(
	    "SELECT count(*) FROM twofa.recovery WHERE kind = 3");
}

/* A stolen host uses those invitations that were typed there, each for its own
 * user, and no other: by nothing that it is told, for a login or an
 * enrolment. */
static void
an_invitation_one_has_not_seen(void **state)
{
	static const char *const seen[] = { "BBCDEFGH2345WXYZ" };
	static struct store_recovery invite = {
		.use = RECOVERY_USE_BOTH, .until = 3600, .by = "carol new"
	};
	struct fleetbox *f = *state;
	struct store *stolen = f->host[0];
	struct store_recovery used;
	unsigned left;

	assert_int_equal(
	    store_recovery_set(f->host[1], "alice", paper, 1, &invite), 0);
	assert_int_equal(
	    store_recovery_set(f->host[1], "bob", seen, 1, &invite), 0);
	/* what the list tells, the salt among it; and no hash at all */
	assert_int_equal(enrols_by(stolen, "alice", "id", "salt"), 0);
	assert_int_equal(enrols_by(stolen, "bob", "id", "salt"), 0);
	assert_int_equal(enrols_by(stolen, "alice", "id", "NULL::bytea"), 0);
	assert_int_equal(enrols_by(stolen, "alice", "NULL::bigint", "salt"), 0);
	/* bob typed his there: it is no other's */
	assert_int_equal(use(stolen, seen[0], METHOD_NONE, &used), 0);
	assert_int_equal(use(stolen, seen[0], METHOD_RECOVERY, &used), 0);
	assert_int_equal(invitations(), 2);
	assert_int_equal(
	    plain_recovery_claim(stolen, "bob", seen[0], &left), 1);
	assert_int_equal(invitations(), 1);
	assert_int_equal(
	    plain_recovery_claim(f->host[1], "bob", seen[0], &left), 0);
	/* what was not typed there is good elsewhere */
	assert_int_equal(use(f->host[1], paper[0], METHOD_NONE, &used), 1);
	assert_int_equal(use(stolen, paper[0], METHOD_NONE, &used), 0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fleetbox_set_up, fleetbox_tear_down)

BOX_TESTS(test_pg_fleet_codes)
{
	const struct CMUnitTest tests[] = {
		TEST(one_code_on_five_hosts),
		TEST(bound_to_a_try),
		TEST(nobody_elses_tries),
		TEST(anothers_verifier),
		TEST(used_codes_stay_used),
		TEST(steps_of_now),
		TEST(by_the_servers_clock),
		TEST(proof_is_no_guess),
		TEST(used_ahead_takes_none),
		TEST(used_twice_a_session),
		TEST(nobodys_counters),
		TEST(a_push_of_another),
		TEST(a_code_one_has_not_seen),
		TEST(one_recovery_code_on_five_hosts),
		TEST(codes_with_an_end),
		TEST(one_code_with_an_end_on_five_hosts),
		TEST(an_invitation_one_has_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
