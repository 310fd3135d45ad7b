/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers are hidden under host.key: a damaged key denies with its cause what
 * needs a number, and nothing else.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1700000000)
/* printf %s +12025550100 | sha256sum */
#define PLAIN "56bcf01f15ebc008e3e50bad3555d6cfafa76c6472eb64c8d4b24f06f3c995d8"

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };
static const struct store_send_key message = {
	.user = "alice", .counted_as = "+12025550100", .source = "192.0.2.0/24"
};
static const struct limits_of_sends limits = {
	.number_day = 2, .spend_day = -1, .spend_month = -1
};

static void
key_path(const struct statebox *b, char path[128])
{
	snprintf(path, 128, "%s/host.key", b->dir);
}

static void
key_damage(const struct statebox *b)
{
	char path[128];

	key_path(b, path);
	assert_int_equal(chmod(path, 0644), 0);
}

static void
key_mend(const struct statebox *b)
{
	char path[128];

	key_path(b, path);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
open_again(struct statebox *b)
{
	store_close(b->s);
	b->s = box_open(b);
	assert_non_null(b->s);
}

static enum store_send
take(struct store *s)
{
	const char *which;
	int64_t id, wait_s;

	return at_send_take(s, &message, &limits, WALL, &id, &wait_s, &which);
}

static void
needs_no_number(struct store *s)
{
	static const unsigned char bytes[STORE_CODE_DIGEST] = "bytes";
	static const struct limits_of_guesses guesses = { 6, 30, 900, 0 };
	static const char *const codes[] = { "ABCDEFGH234567AB" };
	struct store_guess_token token;
	int64_t wait_s;
	unsigned left;

	assert_int_equal(
	    at_guess_take(s, "alice", "uid:1", &guesses, WALL, &token, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(plain_totp_claim(s, "alice", bytes, 7), 1);
	assert_int_equal(store_recovery_set(s, "alice", codes, 1, NULL), 0);
	assert_int_equal(plain_recovery_claim(s, "alice", codes[0], &left), 1);
	assert_int_equal(
	    at_remembered_put(s, "alice", bytes, WALL, WALL + 60), 0);
	assert_int_equal(at_remembered_get(s, "alice", bytes, WALL), 1);
	assert_int_equal(store_user_unlock(s, "alice"), 1);
}

static void
needs_a_number(struct store *s)
{
	struct store_row row;

	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_ERROR);
	assert_non_null(strstr(store_cause(s), "host.key"));
	assert_non_null(strstr(store_cause(s), "remove it"));
	assert_int_equal(take(s), SEND_ERROR);
	assert_int_equal(store_number_is_unclaimed(s, 1, "+12025550100"), -1);
}

static void
damaged(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	assert_int_equal(
	    at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_NEW);
	key_damage(b);
	open_again(b);
	needs_a_number(b->s);
	needs_no_number(b->s);
	key_mend(b);
	assert_int_equal(
	    at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_WAIT);
}

/* With another key all numbers are others. */
static void
by_the_key(void **state)
{
	struct statebox *b = *state;
	char path[128];

	assert_int_equal(take(b->s), SEND_TAKEN);
	assert_int_equal(take(b->s), SEND_TAKEN);
	assert_int_equal(take(b->s), SEND_WAIT);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM send WHERE number = '" PLAIN "'"),
	    0);
	assert_int_equal(
	    box_sql(b, "SELECT count(DISTINCT number) FROM send"), 1);
	key_path(b, path);
	assert_int_equal(unlink(path), 0);
	open_again(b);
	assert_int_equal(take(b->s), SEND_TAKEN);
	assert_int_equal(
	    box_sql(b, "SELECT count(DISTINCT number) FROM send"), 2);
}

/* The folder that the session names. */
static void
elsewhere(void **state)
{
	struct statebox *b = *state;
	const struct store_session me = { STORE_HOST, 1, b->dir, 0, NULL, false,
		NULL, NULL };
	struct store_session other = { STORE_HOST, 1, "/no/such/folder", 0,
		NULL, false, NULL, NULL };
	char cause[STORE_CAUSE_MAX], deep[STORE_CAUSE_MAX + 100];
	struct store *s;

	assert_int_equal(take(b->s), SEND_TAKEN);
	assert_int_equal(take(b->s), SEND_TAKEN);
	s = store_open(b->path, &me, cause);
	assert_non_null(s);
	assert_int_equal(take(s), SEND_WAIT);
	store_close(s);
	s = store_open(b->path, &other, cause);
	assert_non_null(s);
	needs_a_number(s);
	store_close(s);
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	other.keys = deep;
	assert_null(store_open(b->path, &other, cause));
	assert_non_null(strstr(cause, "state_dir is too long"));
}

static void
keep_window(void *ctx, const struct store_window *w)
{
	*(struct store_window *)ctx = *w;
}

/* Each host's folder has another host.key, or none. */
static void
of_a_fleet(void **state)
{
	static const unsigned char fleet[HOST_KEY_LEN] = "fleet";
	struct statebox *b = *state;
	struct store_session me = { "web01", 1, b->dir, 0, NULL, false, fleet,
		NULL };
	char cause[STORE_CAUSE_MAX], path[128];
	struct store_window w = { .name = NULL };
	struct store *s;

	key_path(b, path);
	assert_int_equal(unlink(path), 0);
	s = store_open(b->path, &me, cause);
	assert_non_null(s);
	assert_int_equal(take(s), SEND_TAKEN);
	store_close(s);
	me.host = "web02";
	me.keys = "/no/such/folder";
	s = store_open(b->path, &me, cause);
	assert_non_null(s);
	assert_int_equal(
	    store_send_windows(s, &message, &limits, &w, keep_window), 0);
	assert_int_equal(w.used, 1); /* who looks knows the number as well */
	assert_int_equal(take(s), SEND_TAKEN);
	assert_int_equal(take(s), SEND_WAIT);
	assert_false(store_is_keyless(s));
	store_close(s);
	assert_int_equal(access(path, F_OK), -1);
	/* under the host's own they are other numbers */
	open_again(b);
	assert_int_equal(take(b->s), SEND_TAKEN);
	assert_int_equal(
	    box_sql(b, "SELECT count(DISTINCT number) FROM send"), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_number)
{
	const struct CMUnitTest tests[] = {
		TEST(damaged),
		TEST(by_the_key),
		TEST(elsewhere),
		TEST(of_a_fleet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
