/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of a user's apps and tokens: compared with all, counted once, each time
 * step and each counter used once. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>
#include <liboath/oath.h>

#include "lib/settings/settings.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/unit_tests.h"

#define WALL INT64_C(1790000010)
#define HERE "10.9.0.0/24"

static const struct totp_kind hotp = { .hotp = true };
static struct user_app app[USER_APPS_MAX];
static int64_t resync[USER_APPS_MAX];
static const struct limits_of_guesses usual = { 10, 30, 900, 0 };

/* A secret of its own for each letter. */
static void
enrol(size_t n, char letter, struct totp_kind kind)
{
	app[n] = (struct user_app){ .kind = kind, .secret = { .len = 32 } };
	memset(app[n].secret.b, letter, 32);
}

static const char *
code_of(size_t n, uint64_t moving)
{
	static char code[2][9];
	static int turn;
	char *raw;
	size_t len;

	turn ^= 1;
	assert_int_equal(
	    oath_base32_decode(app[n].secret.b, app[n].secret.len, &raw, &len),
	    OATH_OK);
	assert_int_equal(
	    oath_hotp_generate(raw, len, moving, totp_digits(&app[n].kind),
		false, OATH_HOTP_DYNAMIC_TRUNCATION, code[turn]),
	    OATH_OK);
	free(raw);
	return code[turn];
}

static struct settings
settings_of(const struct statebox *b)
{
	struct settings c = { 0 };

	PRINT_TO(c.state_dir, "%s", b->dir);
	return c;
}

/* Its guess, and what was claimed. */
static int
typed_by(const struct statebox *b, const char *user, const char *code,
    bool never, struct store_used_step *used)
{
	const struct settings conf = settings_of(b);
	const struct store_right right = {
		.user = user, .source = HERE, .provider = ""
	};
	struct store_totp_attempt t = {
		.limits = &usual, .right = &right, .used = used
	};
	struct store_app_code a = { .code = code,
		.app = app,
		.resync = resync,
		.wall = WALL,
		.never = never,
		.attempt = &t };
	int64_t wait_s;
	int claimed;

	assert_int_equal(
	    store_app_attempt(b->s, &conf, &a, &claimed, &wait_s), GUESS_OPEN);
	return claimed;
}

static int
typed(const struct statebox *b, const char *code)
{
	struct store_used_step used = { .step = 0 };

	return typed_by(b, "alice", code, false, &used);
}

static int64_t
wrong(const struct statebox *b)
{
	return box_sql(
	    b, "SELECT coalesce(sum(wrong), 0) FROM guess WHERE source = ''");
}

static int
set(const struct statebox *b, size_t n, int64_t counter)
{
	const struct settings conf = settings_of(b);

	return store_hotp_set(b->s, &conf, &app[n].secret, counter);
}

static int
set_up(void **state)
{
	memset(app, 0, sizeof(app));
	memset(resync, 0, sizeof(resync));
	box_set_up(state);
	store_time_now(1000000);
	store_time_wall(WALL);
	return 0;
}

/* Each counter once, the ones before as well; ten ahead for a token alone. */
static void
counter_once(void **state)
{
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 5), 1);
	assert_int_equal(typed(b, code_of(0, 4)), 0);
	assert_int_equal(wrong(b), 1);
	assert_int_equal(typed(b, code_of(0, 5)), 1);
	assert_int_equal(wrong(b), 0);
	assert_int_equal(typed(b, code_of(0, 5)), 0);
	assert_int_equal(typed(b, code_of(0, 16)), 0); /* the eleventh */
	assert_int_equal(typed(b, code_of(0, 15)), 1);
	assert_int_equal(typed(b, code_of(0, 6)), 0);
	assert_int_equal(wrong(b), 1);
	assert_int_equal(typed(b, code_of(0, 16)), 1);
}

/* It never goes back, whoever sets it, and is the secret's, not the user's. */
static void
counter_of_the_secret(void **state)
{
	struct store_used_step used = { .step = 0 };
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 7), 1);
	assert_int_equal(set(b, 0, 3), 0);
	assert_int_equal(set(b, 0, 7), 1);
	assert_int_equal(set(b, 0, -1), -1);
	assert_int_equal(set(b, 0, HOTP_COUNTER_MAX + INT64_C(1)), -1);
	assert_int_equal(typed_by(b, "bob", code_of(0, 7), false, &used), 1);
	assert_int_equal(typed(b, code_of(0, 7)), 0);
	/* alice's record is removed, and made anew for the same token */
	assert_int_equal(store_recovery_set(b->s, "alice", NULL, 0, NULL), 0);
	assert_int_equal(store_recovery_set(b->s, "bob", NULL, 0, NULL), 0);
	assert_int_equal(set(b, 0, 0), 0);
	assert_int_equal(typed(b, code_of(0, 7)), 0);
	assert_int_equal(typed(b, code_of(0, 8)), 1);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM totp WHERE step < 0"), 1);
	/* no user's name is with it */
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM totp WHERE user <> ''"), 0);
}

/* Without it no code is right, also not the first. */
static void
counter_lost(void **state)
{
	struct statebox *b = *state;
	const struct settings conf = settings_of(b);

	enrol(0, 'B', hotp);
	assert_int_equal(store_hotp_is_known(b->s, &conf, &app[0].secret), 0);
	for (uint64_t n = 0; n < 5; n++)
		assert_int_equal(typed(b, code_of(0, n)), 0);
	assert_int_equal(wrong(b), 5);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM totp WHERE step < 0"), 0);
	assert_int_equal(set(b, 0, 5), 1);
	assert_int_equal(store_hotp_is_known(b->s, &conf, &app[0].secret), 1);
	assert_int_equal(typed(b, code_of(0, 5)), 1);
}

/* Behind by up to 100: the next code after such a one, and no other. */
static void
resynchronised(void **state)
{
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 0), 1);
	assert_int_equal(typed(b, code_of(0, 100)), 0); /* the 101st */
	assert_int_equal(typed(b, code_of(0, 101)), 0);
	assert_int_equal(typed(b, code_of(0, 50)), 0);
	assert_int_equal(typed(b, code_of(0, 52)), 0);
	assert_int_equal(typed(b, code_of(0, 50)), 0);
	assert_int_equal(typed(b, code_of(0, 50)), 0);
	assert_int_equal(wrong(b), 6);
	memset(resync, 0, sizeof(resync)); /* another login */
	assert_int_equal(typed(b, code_of(0, 51)), 0);
	assert_int_equal(typed(b, "000000"), 0);
	assert_int_equal(typed(b, code_of(0, 52)), 0);
	assert_int_equal(typed(b, code_of(0, 53)), 1);
	assert_int_equal(wrong(b), 0);
	assert_int_equal(typed(b, code_of(0, 53)), 0);
	assert_int_equal(typed(b, code_of(0, 54)), 1);
}

/* Three ahead beside another one; each secret has its own steps. */
static void
each_of_four(void **state)
{
	const struct totp_kind eight = { .digits = 8 },
			       minute = { .period = 60 };
	struct statebox *b = *state;

	enrol(0, 'B', (struct totp_kind){ 0 });
	enrol(1, 'C', eight);
	enrol(2, 'D', minute);
	enrol(3, 'E', hotp);
	assert_int_equal(set(b, 3, 0), 1);
	assert_int_equal(typed(b, code_of(3, 3)), 0);
	assert_int_equal(typed(b, code_of(3, 2)), 1);
	for (size_t n = 0; n < 3; n++) {
		const char *code = code_of(n, n == 2 ? WALL / 60 : WALL / 30);

		assert_int_equal(typed(b, code), 1);
		assert_int_equal(typed(b, code), 0);
	}
	/* it stays when an app is made anew, and with steps days later */
	assert_int_equal(store_totp_renew(b->s, "alice", WALL / 30), 0);
	assert_int_equal(
	    plain_totp_claim(b->s, "alice",
		(const unsigned char[STORE_CODE_DIGEST]){ "another" },
		WALL / 30 + 1),
	    1);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM totp WHERE step < 0"), 1);
	assert_int_equal(typed(b, code_of(3, 3)), 1);
}

/* A wrong code is one guess, however many secrets it was compared with. */
static void
one_guess(void **state)
{
	struct statebox *b = *state;

	for (size_t n = 0; n < USER_APPS_MAX; n++)
		enrol(
		    n, (char)('B' + n), n < 2 ? hotp : (struct totp_kind){ 0 });
	assert_int_equal(typed(b, "00000a"), 0);
	assert_int_equal(wrong(b), 1);
}

/* Of an app, and of a token that happens to show the same code: it is used up
 * for both, so that it is none of the token's later. */
static void
two_fit(void **state)
{
	struct statebox *b = *state;
	const char *code;

	enrol(0, 'D', (struct totp_kind){ 0 });
	enrol(1, 'E', hotp);
	assert_int_equal(set(b, 1, 1119798), 1);
	code = code_of(0, WALL / 30);
	assert_string_equal(code, code_of(1, 1119799));
	assert_int_equal(typed(b, code), 1);
	app[0] = app[1];
	memset(&app[1], 0, sizeof(app[1]));
	assert_int_equal(typed(b, code), 0);
	assert_int_equal(typed(b, code_of(0, 1119800)), 1);
}

/* A decoy's is never right, and moves nothing. */
static void
never(void **state)
{
	struct store_used_step used = { .step = 0 };
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 0), 1);
	assert_int_equal(typed_by(b, "alice", code_of(0, 0), true, &used), 0);
	assert_int_equal(wrong(b), 1);
	assert_int_equal(typed(b, code_of(0, 0)), 1);
}

/* Two windows, one code: the second is told, and its guess given back. */
static void
used_meanwhile(void **state)
{
	const struct store_right right = {
		.user = "alice", .source = HERE, .provider = ""
	};
	struct statebox *b = *state;
	const struct settings conf = settings_of(b);
	struct store_used_step used = { .newest = WALL / 30 + 1 };
	unsigned char digest[STORE_CODE_DIGEST];
	struct store_totp_attempt t = { .limits = &usual,
		.secret = digest,
		.right = &right,
		.used = &used };
	int64_t wait_s;
	int claimed;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 0), 1);
	assert_int_equal(
	    store_mac(&conf, STORE_MAC_APP_SECRET, app[0].secret.b, digest), 0);
	assert_int_equal(typed(b, code_of(0, 3)), 1);
	for (int64_t n = 3; n >= 2; n--) {
		t.step = STORE_HOTP_STEP(n);
		assert_int_equal(
		    store_totp_attempt(b->s, &t, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, 0);
		assert_int_equal(used.step, STORE_HOTP_STEP(3));
		assert_int_equal(wrong(b), 0);
	}
}

/* A file that is written only to see that it can be keeps them. */
static void
kept_by_noop(void **state)
{
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 0), 1);
	assert_int_equal(store_noop(b->s), 0);
	assert_int_equal(typed(b, code_of(0, 0)), 1);
}

static void
the_highest_counter(void **state)
{
	struct statebox *b = *state;

	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, HOTP_COUNTER_MAX - 50), 1);
	assert_int_equal(typed(b, code_of(0, HOTP_COUNTER_MAX - 50)), 1);
}

/* The seed of an app that was used is that of a token now. */
static void
a_seed_that_counts_now(void **state)
{
	struct statebox *b = *state;

	enrol(0, 'B', (struct totp_kind){ 0 });
	assert_int_equal(typed(b, code_of(0, WALL / 30)), 1);
	enrol(0, 'B', hotp);
	assert_int_equal(set(b, 0, 5), 1);
	assert_int_equal(typed(b, code_of(0, 5)), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, box_tear_down)

BOX_TESTS(test_store_app)
{
	const struct CMUnitTest tests[] = {
		TEST(counter_once),
		TEST(counter_of_the_secret),
		TEST(counter_lost),
		TEST(resynchronised),
		TEST(each_of_four),
		TEST(one_guess),
		TEST(two_fit),
		TEST(never),
		TEST(used_meanwhile),
		TEST(kept_by_noop),
		TEST(the_highest_counter),
		TEST(a_seed_that_counts_now),
	};

	return BOX_RUN(tests);
}
