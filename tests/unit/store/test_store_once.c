/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be used once: recovery codes and TOTP steps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store_fleet.h"
#include "lib/values/values.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define STEP INT64_C(59666666)

static const char *const codes[] = { "ABCDEFGH2345WXYZ", "BBCDEFGH2345WXYZ",
	"CBCDEFGH2345WXYZ", "DBCDEFGH2345WXYZ" };

static int
claim(struct statebox *b, const char *user, const char *code, unsigned left)
{
	unsigned got = 99;
	int result = plain_recovery_claim(b->s, user, code, &got);

	assert_int_equal(got, left);
	return result;
}

static void
recovery_once(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 0);
	assert_int_equal(claim(b, "alice", codes[0], 0), 0);
	assert_int_equal(store_recovery_set(b->s, "alice", codes, 3, NULL), 0);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 3);
	assert_int_equal(claim(b, "alice", codes[3], 0), 0);
	assert_int_equal(claim(b, "alice", codes[1], 2), 1);
	assert_int_equal(claim(b, "alice", codes[1], 0), 0);
	assert_int_equal(claim(b, "alice", codes[0], 1), 1);
	assert_int_equal(claim(b, "alice", codes[2], 0), 1);
	assert_int_equal(claim(b, "alice", codes[2], 0), 0);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 0);
}

static void
recovery_by_user(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(store_recovery_set(b->s, "alice", codes, 2, NULL), 0);
	assert_int_equal(
	    store_recovery_set(b->s, "bob", codes + 1, 2, NULL), 0);
	assert_int_equal(claim(b, "bob", codes[0], 0), 0);
	assert_int_equal(claim(b, "bob", codes[1], 1), 1);
	assert_int_equal(claim(b, "alice", codes[1], 1), 1);
	/* new ones replace the old, none takes them away */
	assert_int_equal(
	    store_recovery_set(b->s, "alice", codes + 3, 1, NULL), 0);
	assert_int_equal(claim(b, "alice", codes[0], 0), 0);
	assert_int_equal(store_recovery_set(b->s, "alice", NULL, 0, NULL), 0);
	assert_int_equal(claim(b, "alice", codes[3], 0), 0);
	assert_int_equal(store_recovery_count_codes(b->s, "bob"), 1);
}

/* It has neither end nor beginning, so a clock that was ahead does no harm. */
static void
recovery_clock_back(void **state)
{
	struct statebox *b = *state;
	struct store_recovery list[STORE_CODES_MAX];

	store_time_wall(STEP * TOTP_STEP_S);
	assert_int_equal(store_recovery_set(b->s, "alice", codes, 2, NULL), 0);
	store_time_wall(STEP * TOTP_STEP_S - 86400);
	assert_int_equal(store_recovery_list(b->s, "alice", list), 2);
	assert_int_equal(claim(b, "alice", codes[0], 1), 1);
}

/* Also in what a server takes over of the file: only those that a phone has
 * made do not hold yet. */
static void
recovery_clock_back_moves(void **state)
{
	struct statebox *b = *state;
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	store_time_wall(STEP * TOTP_STEP_S);
	assert_int_equal(store_recovery_set(b->s, "alice", codes, 1, NULL), 0);
	assert_int_equal(store_recovery_set(b->s, "bob", codes, 1, NULL), 0);
	box_sql(b, "UPDATE recovery SET note = 'invited' WHERE user = 'alice'");
	box_sql(b, "UPDATE recovery SET note = 'self' WHERE user = 'bob'");
	store_time_wall(STEP * TOTP_STEP_S - 3600);
	assert_int_equal(store_rows_out(b->s, to), 1);
	assert_int_equal(fclose(to), 0);
	assert_non_null(strstr(text, "code\talice\t"));
	free(text);
}

static void
recovery_shapes(void **state)
{
	static const char *const bad[] = { "", "A", "ABCDEFGH2345WXY",
		"ABCDEFGH2345WXYZA", "abcdefgh2345wxyz", "' OR '1'='1' --" };
	const char *many[RECOVERY_MAX + 1];
	struct statebox *b = *state;

	assert_int_equal(store_recovery_set(b->s, "alice", codes, 1, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned left = 99;

		assert_int_equal(
		    plain_recovery_claim(b->s, "alice", bad[i], &left), 0);
	}
	/* a bad one among them changes nothing */
	many[0] = codes[1];
	many[1] = bad[2];
	assert_int_equal(store_recovery_set(b->s, "alice", many, 2, NULL), -1);
	assert_int_equal(claim(b, "alice", codes[0], 0), 1);
	for (size_t i = 0; i < RECOVERY_MAX + 1; i++)
		many[i] = codes[i % 4];
	assert_int_equal(
	    store_recovery_set(b->s, "alice", many, RECOVERY_MAX + 1, NULL),
	    -1);
	assert_non_null(strstr(store_cause(b->s), "20 at most"));
	assert_int_equal(
	    store_recovery_set(b->s, "alice", many, RECOVERY_MAX, NULL), 0);
	assert_int_equal(
	    store_recovery_count_codes(b->s, "alice"), RECOVERY_MAX);
}

static bool
on_disk(const struct statebox *b, const char *suffix, const char *needle)
{
	static char text[4 << 20];
	char path[128];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", b->path, suffix);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(text, 1, sizeof(text), f);
	assert_true(len > 0 && len < sizeof(text));
	fclose(f);
	return memmem(text, len, needle, strlen(needle)) != NULL;
}

/* Salted: the same code has another hash each time, and is nowhere itself. */
static void
recovery_is_hashed(void **state)
{
	const char *const twice[] = { codes[0], codes[0] };
	struct statebox *b = *state;

	assert_int_equal(store_recovery_set(b->s, "alice", twice, 2, NULL), 0);
	assert_int_equal(store_recovery_set(b->s, "carol", twice, 2, NULL), 0);
	assert_int_equal(
	    box_sql(b, "SELECT count(DISTINCT hash) FROM recovery"), 4);
	assert_int_equal(
	    box_sql(b, "SELECT count(DISTINCT salt) FROM recovery"), 4);
	assert_int_equal(box_sql(b, "SELECT sum(length(hash)) FROM recovery"),
	    4 * RECOVERY_HASH);
	assert_true(on_disk(b, "-wal", "carol"));
	assert_false(on_disk(b, "-wal", codes[0]));
	assert_false(on_disk(b, "", codes[0]));
}

static void
recovery_damaged(void **state)
{
	struct statebox *b = *state;
	unsigned left;

	assert_int_equal(store_recovery_set(b->s, "alice", codes, 2, NULL), 0);
	box_sql(b, "UPDATE recovery SET hash = x'00' WHERE id = 1");
	assert_int_equal(
	    plain_recovery_claim(b->s, "alice", codes[1], &left), -1);
	assert_non_null(strstr(store_cause(b->s), "make the user new ones"));
	box_sql(b, "UPDATE recovery SET salt = zeroblob(0)");
	assert_int_equal(
	    plain_recovery_claim(b->s, "alice", codes[1], &left), -1);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 2);
}

static void
totp_once(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP - 1), 0);
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP - 1), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 100), 1);
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP - 1), 0);
}

static int64_t
last_step(const struct statebox *b, const char *user)
{
	char sql[96];

	snprintf(
	    sql, sizeof(sql), "SELECT step FROM totp WHERE user = '%s'", user);
	return box_sql(b, sql);
}

/* A new secret: no code that was used works again. */
static void
totp_renewed(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(at_totp_renew(b->s, "alice", STEP, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 1);
	/* earlier, or without proof */
	assert_int_equal(at_totp_renew(b->s, "alice", STEP - 1, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 0);
	assert_int_equal(at_totp_renew(b->s, "alice", 0, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 0);
	assert_int_equal(at_totp_renew(b->s, "alice", STEP + 2, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 2), 0);
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP), 1);
}

/* The clock was ahead: what it used then is no reason to refuse for years. */
static void
totp_renewed_clock_back(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 1);
	assert_int_equal(at_totp_renew(b->s, "alice", 0, STEP), 0);
	assert_true(last_step(b, "alice") == STEP + 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 2), 1);
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP + 2), 1);
	assert_int_equal(at_totp_renew(b->s, "alice", STEP, STEP), 0);
	assert_true(last_step(b, "alice") == STEP);
	assert_true(last_step(b, "bob") == STEP + 2);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 1);
}

/* Which secret it was cannot be told under another host.key. */
static void
totp_of_another_key(void **state)
{
	static const unsigned char old[STORE_CODE_DIGEST] = { 1,
		[STORE_CODE_DIGEST - 1] = 1 };
	static const unsigned char new[STORE_CODE_DIGEST] = { 2,
		[STORE_CODE_DIGEST - 1] = 2 };
	struct statebox *b = *state;

	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "bob", new, STEP), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP + 1), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP + 1), 0);
}

/* Each secret has its own: a new one begins with its first code, and what was
 * used by one, or by nobody knows which, is used. */
static void
totp_of_each_secret(void **state)
{
	static const unsigned char old[STORE_CODE_DIGEST] = "old",
				   new[STORE_CODE_DIGEST] = "new";
	struct statebox *b = *state;

	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP), 0);
	/* a login that began with the old one */
	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP - 1), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", NULL, STEP + 1), 1);
	assert_int_equal(plain_totp_claim(b->s, "alice", old, STEP + 1), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP + 1), 0);
	assert_int_equal(at_totp_renew(b->s, "alice", STEP + 2, STEP), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP + 2), 0);
	assert_int_equal(plain_totp_claim(b->s, "alice", new, STEP + 3), 1);
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP), 1);
}

#define HERE "192.0.2.0/24"
#define THERE "198.51.100.0/24"

static const unsigned char one_secret[STORE_CODE_DIGEST] = "one";

/* The code of step, right; newest: as late as a code may be. */
static int
guess_step(const struct statebox *b, const char *user, const char *source,
    const unsigned char *secret, int64_t step, struct store_used_step *used)
{
	const struct store_right right = {
		.user = user, .source = source, .provider = ""
	};

	*used = (struct store_used_step){ .newest = STEP + 1 };
	return plain_totp_right(b->s, secret, step, &right, used);
}

static int64_t
wrong_codes(const struct statebox *b, const char *user)
{
	char sql[96];

	snprintf(sql, sizeof(sql),
	    "SELECT coalesce(sum(wrong), 0) FROM guess WHERE user = '%s'",
	    user);
	return box_sql(b, sql);
}

/* Who used it is told, and the guess given back, in that same step. */
static void
totp_used_is_no_guess(void **state)
{
	struct statebox *b = *state;
	struct store_used_step used;

	assert_int_equal(
	    guess_step(b, "alice", HERE, one_secret, STEP, &used), 1);
	assert_int_equal(used.step, 0);
	for (int64_t step = STEP; step >= STEP - 1; step--) {
		assert_int_equal(
		    guess_step(b, "alice", THERE, one_secret, step, &used), 0);
		assert_int_equal(used.step, STEP);
		assert_string_equal(used.source, HERE);
		assert_int_equal(wrong_codes(b, "alice"), 0);
	}
	assert_int_equal(
	    guess_step(b, "alice", THERE, one_secret, STEP + 1, &used), 1);
	assert_int_equal(
	    guess_step(b, "alice", HERE, one_secret, STEP + 1, &used), 0);
	assert_string_equal(used.source, THERE);
}

/* Guesses that were right never lock, however few may be wrong; a wrong one
 * does at once, and then nothing is used up. */
static void
totp_right_ones_do_not_lock(void **state)
{
	static const struct limits_of_guesses one = { 1, 1, 900, 0 };
	const struct store_right right = {
		.user = "alice", .source = HERE, .provider = ""
	};
	struct store_used_step used = { .newest = STEP + 1 };
	struct store_totp_attempt a = { &one, one_secret, STEP, &right, &used,
		NULL };
	struct statebox *b = *state;
	int64_t wait_s;
	int claimed;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    store_totp_attempt(b->s, &a, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, i == 0);
		assert_int_equal(used.step, i == 0 ? 0 : STEP);
	}
	a.step = 0;
	assert_int_equal(
	    store_totp_attempt(b->s, &a, &claimed, &wait_s), GUESS_OPEN);
	assert_int_equal(claimed, 0);
	a.step = STEP + 1;
	assert_int_equal(
	    store_totp_attempt(b->s, &a, &claimed, &wait_s), GUESS_LOCKED);
	assert_int_equal(claimed, 0);
	assert_int_equal(wait_s, 900);
	assert_int_equal(wrong_codes(b, "alice"), 2); /* and the total's */
	assert_int_equal(box_sql(b, "SELECT max(step) FROM totp"), STEP);
}

/* A row of before version 11 has no source. */
static void
totp_used_by_nobody_knows(void **state)
{
	struct statebox *b = *state;
	struct store_used_step used;

	guess_step(b, "alice", HERE, one_secret, STEP, &used);
	box_sql(b, "UPDATE totp SET source = ''");
	assert_int_equal(
	    guess_step(b, "alice", HERE, one_secret, STEP, &used), 0);
	assert_int_equal(used.step, STEP);
	assert_string_equal(used.source, "");
}

/* The code that proved a new app is used, and known to be no guess. */
static void
totp_proof_is_no_guess(void **state)
{
	struct statebox *b = *state;
	struct store_used_step used;

	assert_int_equal(at_totp_renew(b->s, "alice", STEP, STEP), 0);
	assert_int_equal(
	    guess_step(b, "alice", HERE, one_secret, STEP, &used), 0);
	assert_int_equal(used.step, STEP);
	assert_int_equal(wrong_codes(b, "alice"), 0);
	/* of nobody else */
	assert_int_equal(
	    guess_step(b, "bob", HERE, one_secret, STEP, &used), 1);
	assert_int_equal(
	    guess_step(b, "alice", HERE, one_secret, STEP + 1, &used), 1);
}

/* The secret's own steps, up to the newest that a code may have: all else that
 * is used is a wrong code, and so a counted guess. */
static void
totp_used_and_wrong(void **state)
{
	static const unsigned char other[STORE_CODE_DIGEST] = "other";
	static const unsigned char daves[STORE_CODE_DIGEST] = "dave's";
	static const unsigned char elsewhere[STORE_CODE_DIGEST] = { 1,
		[STORE_CODE_DIGEST - 1] = 1 };
	struct statebox *b = *state;
	struct store_used_step used;

	/* of whichever secret, and of one under another key */
	assert_int_equal(plain_totp_claim(b->s, "bob", NULL, STEP), 1);
	assert_int_equal(
	    guess_step(b, "bob", HERE, one_secret, STEP, &used), 0);
	assert_int_equal(used.step, 0);
	assert_int_equal(plain_totp_claim(b->s, "carol", elsewhere, STEP), 1);
	assert_int_equal(guess_step(b, "carol", HERE, other, STEP, &used), 0);
	assert_int_equal(used.step, 0);
	/* the clock was ahead */
	assert_int_equal(plain_totp_claim(b->s, "dave", daves, STEP + 2), 1);
	assert_int_equal(guess_step(b, "dave", HERE, daves, STEP, &used), 0);
	assert_int_equal(used.step, 0);
	/* host.key cannot be read */
	assert_int_equal(plain_totp_claim(b->s, "erin", one_secret, STEP), 1);
	assert_int_equal(guess_step(b, "erin", HERE, NULL, STEP, &used), 0);
	assert_int_equal(used.step, 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(wrong_codes(b,
				     ((const char *const[]){
					 "bob", "carol", "dave", "erin" })[i]),
		    2); /* here, and over all */
}

/* Each app of a record has its last step, however long another one is used: the
 * clock may be set back. */
static void
totp_of_each_app_stays(void **state)
{
	unsigned char secret[USER_APPS_MAX][STORE_CODE_DIGEST] = { { 0 } };
	struct statebox *b = *state;

	for (unsigned char n = 0; n < USER_APPS_MAX; n++) {
		secret[n][0] = n;
		assert_int_equal(
		    plain_totp_claim(b->s, "bob", secret[n], STEP + 3000 * n),
		    1);
	}
	for (size_t n = 0; n < USER_APPS_MAX; n++)
		assert_int_equal(plain_totp_claim(b->s, "bob", secret[n],
				     STEP + 3000 * (int64_t)n),
		    0);
}

/* The file does not grow with each new secret. */
static void
totp_of_old_secrets_goes(void **state)
{
	const char *const rows = "SELECT count(*) FROM totp WHERE user = 'bob'";
	unsigned char secret[STORE_CODE_DIGEST] = { 0 };
	struct statebox *b = *state;

	for (unsigned char n = 0; n < 5; n++) {
		secret[0] = n;
		assert_int_equal(
		    plain_totp_claim(b->s, "bob", secret, STEP), 1);
	}
	assert_int_equal(plain_totp_claim(b->s, "bob", secret, STEP + 2880), 1);
	assert_int_equal(box_sql(b, rows), 5);
	assert_int_equal(plain_totp_claim(b->s, "bob", secret, STEP + 2881), 1);
	assert_int_equal(box_sql(b, rows), USER_APPS_MAX);
}

static int
do_recovery(struct store *s, const struct statebox *b, int n)
{
	unsigned left;
	int won = plain_recovery_claim(s, "alice", codes[0], &left);

	(void)b;
	(void)n;
	return won < 0 || (won == 1 && left != 2) ? BOX_FAILED : won;
}

static int
do_totp(struct store *s, const struct statebox *b, int n)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "one";
	int won = plain_totp_claim(s, "alice", secret, STEP);

	(void)b;
	(void)n;
	return won < 0 ? BOX_FAILED : won;
}

static void
many_recovery_codes(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	assert_int_equal(store_recovery_set(b->s, "alice", codes, 3, NULL), 0);
	box_all_at_once(b, do_recovery, BOX_CROWD, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], BOX_CROWD - 1);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 2);
}

static void
many_totp_codes(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	box_all_at_once(b, do_totp, BOX_CROWD, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], BOX_CROWD - 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_once)
{
	const struct CMUnitTest tests[] = {
		TEST(recovery_once),
		TEST(recovery_by_user),
		TEST(recovery_clock_back),
		TEST(recovery_shapes),
		FILE_TEST(recovery_clock_back_moves),
		FILE_TEST(recovery_is_hashed),
		FILE_TEST(recovery_damaged),
		TEST(totp_once),
		TEST(totp_renewed),
		TEST(totp_renewed_clock_back),
		TEST(totp_proof_is_no_guess),
		TEST(totp_of_each_secret),
		TEST(totp_of_another_key),
		TEST(totp_of_each_app_stays),
		TEST(totp_of_old_secrets_goes),
		TEST(totp_used_is_no_guess),
		TEST(totp_right_ones_do_not_lock),
		TEST(totp_used_by_nobody_knows),
		TEST(totp_used_and_wrong),
		TEST(many_recovery_codes),
		TEST(many_totp_codes),
	};

	return BOX_RUN(tests);
}
