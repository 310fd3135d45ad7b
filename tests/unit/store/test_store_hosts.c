/* SPDX-License-Identifier: BSD-2-Clause */
/* One state of two hosts: what belongs to one of them alone, and what to all.
 */
#include "helper/store/store.h"

#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1700000000)
#define SESSION 4711 /* of both hosts */
#define REMOTE "192.0.2.0/24"
#define LOCAL "uid:1001"

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };

struct pair {
	struct statebox *box;
	struct store *web, *db;
};

static struct store *
open_on(const struct statebox *b, const char *host)
{
	const struct store_session me = { host, SESSION, b->dir, 0, NULL, false,
		NULL, store_time_server };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	if (box_remote)
		postgres_host(host == NULL ? STORE_HOST : host);
	store_time_now(NOW);
	store_time_wall(WALL);
	s = store_open(b->path, &me, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

static int
set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	box_set_up((void **)&p->box);
	p->web = open_on(p->box, "web1");
	p->db = open_on(p->box, "db1");
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct pair *p = *state;

	store_set_process_id(0);
	store_close(p->web);
	store_close(p->db);
	box_tear_down((void **)&p->box);
	free(p);
	return 0;
}

static enum store_claim
claim(struct store *s, struct store_row *row)
{
	return store_claim(s, &key, METHOD_ALL, METHOD_SMS, 60000, row);
}

static int
started(struct store *s, int64_t id)
{
	const struct store_started to = { .id = id,
		.request_id = "r",
		.method = METHOD_SMS,
		.life_ms = 300000 };

	return store_row_set_started(s, &to);
}

/* The same number on another host is another session, and its pid is none of
 * ours. */
static void
sessions(void **state)
{
	struct pair *p = *state;
	struct store_row web, db;

	assert_int_equal(claim(p->web, &web), CLAIM_NEW);
	assert_int_equal(claim(p->db, &db), CLAIM_WAIT);
	assert_int_equal(db.holder, 0);
	assert_false(db.mine);
	assert_int_equal(claim(p->web, &web), CLAIM_WAIT);
	assert_int_equal(web.holder, SESSION);
	assert_int_equal(store_row_remove_unsent(p->db, db.id), -1);
	assert_int_equal(store_row_mark_unknown(p->db, db.id), -1);
	assert_int_equal(started(p->db, db.id), -1);
	assert_int_equal(started(p->web, web.id), 0);
	assert_int_equal(claim(p->db, &db), CLAIM_JOINED);
	assert_false(db.mine);
	assert_int_equal(db.joined, 1);
	assert_int_equal(
	    store_row_hold_for_replacing(p->db, db.id, "r", true), 0);
	assert_int_equal(
	    store_row_hold_for_replacing(p->db, db.id, "r", false), 1);
	assert_int_equal(store_row_is_held(p->db, db.id), 1);
	assert_int_equal(store_row_is_held(p->web, web.id), 0);
	assert_int_equal(store_row_restore(p->web, web.id), -1);
	assert_int_equal(
	    store_row_restore_of_dead(p->web, web.id, SESSION), -1);
	assert_int_equal(store_row_restore(p->db, db.id), 0);
	assert_int_equal(store_row_remove_held(p->db, db.id), 0);
	assert_int_equal(
	    store_row_hold_for_replacing(p->db, db.id, "r", false), 1);
	assert_int_equal(store_row_remove_held(p->web, db.id), 0);
	assert_int_equal(store_row_remove_held(p->db, db.id), 1);
	assert_int_equal(at_look(p->db, db.id, NOW, &db), 0);
}

/* Who holds a row is the process, by which others see that it has died. Whose
 * code it is says the number alone. */
static void
processes(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	store_set_process_id(77);
	assert_int_equal(claim(p->web, &row), CLAIM_NEW);
	store_set_process_id(78);
	assert_int_equal(started(p->web, row.id), -1);
	assert_int_equal(claim(p->web, &row), CLAIM_WAIT);
	assert_int_equal(row.holder, 77);
	store_set_process_id(77);
	assert_int_equal(started(p->web, row.id), 0);
	store_set_process_id(78);
	assert_int_equal(claim(p->web, &row), CLAIM_JOINED);
	assert_true(row.mine);
	assert_int_equal(
	    store_row_hold_for_replacing(p->web, row.id, "r", true), 1);
	assert_int_equal(
	    store_row_restore_of_dead(p->web, row.id, SESSION), -1);
	assert_int_equal(store_row_restore_of_dead(p->web, row.id, 78), 0);
	assert_int_equal(
	    store_row_hold_for_replacing(p->web, row.id, "r", true), 1);
	assert_int_equal(store_row_restore(p->web, row.id), 0);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
	store_set_process_id(0);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
}

/* Whoever lost the answer gets it again, and nobody else does. */
static void
used_again(void **state)
{
	struct pair *p = *state;
	struct store_row row, gone;

	claim(p->web, &row);
	started(p->web, row.id);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
	assert_int_equal(plain_finish(p->web, row.id, "q"), 0);
	assert_int_equal(plain_finish(p->db, row.id, "r"), 0);
	assert_int_equal(plain_finish(p->box->s, row.id, "r"), 0);
	assert_int_equal(at_look(p->web, row.id, NOW, &gone), 0);
	store_time_now(NOW + STORE_USED_MS - 1);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
	store_time_now(NOW + STORE_USED_MS);
	assert_int_equal(plain_finish(p->web, row.id, "r"), 0);
}

/* Every seventh takes what is over with it. */
static void
used_go(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	for (int i = 0; i < 100; i++) {
		store_time_now(NOW + i * (STORE_USED_MS / 4));
		claim(p->web, &row);
		started(p->web, row.id);
		assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
		assert_in_range(
		    box_sql(p->box, "SELECT count(*) FROM used"), 1, 12);
	}
}

/* Also where each login begins two and uses up the second one, since its first
 * provider takes none. */
static void
used_go_by_twos(void **state)
{
	struct pair *p = *state;
	struct store_row row;

	for (int i = 0; i < 100; i++) {
		store_time_now(NOW + i * (STORE_USED_MS / 4));
		claim(p->web, &row);
		if (i > 0) {
			assert_int_equal(
			    store_row_remove_unsent(p->web, row.id), 0);
			claim(p->web, &row);
		}
		started(p->web, row.id);
		assert_int_equal(plain_finish(p->web, row.id, "r"), 1);
		assert_in_range(
		    box_sql(p->box, "SELECT count(*) FROM used"), 1, 12);
	}
}

/* Local sources are others on each host; networks are the same. */
static void
sources(void **state)
{
	static const char *const local[] = { LOCAL, "127.0.0.0/24", "::/64" };
	static const struct limits_of_guesses two = { 2, 100, 900, 0 };
	struct pair *p = *state;
	struct store_guess_token token;
	int64_t wait_s;

	for (size_t i = 0; i < 3; i++) {
		for (int n = 0; n < 2; n++)
			assert_int_equal(store_guess_take(p->web, "alice",
					     local[i], &two, &token, &wait_s),
			    GUESS_OPEN);
		assert_int_equal(
		    store_guess_look(p->web, "alice", local[i], &wait_s, NULL),
		    GUESS_LOCKED);
		assert_int_equal(
		    store_guess_look(p->db, "alice", local[i], &wait_s, NULL),
		    GUESS_OPEN);
	}
	store_guess_take(p->web, "alice", REMOTE, &two, &token, &wait_s);
	store_guess_take(p->db, "alice", REMOTE, &two, &token, &wait_s);
	assert_int_equal(
	    store_guess_look(p->web, "alice", REMOTE, &wait_s, NULL),
	    GUESS_LOCKED);
	assert_int_equal(
	    store_guess_look(p->db, "alice", REMOTE, &wait_s, NULL),
	    GUESS_LOCKED);
	/* the total is one */
	assert_int_equal(
	    box_sql(p->box, "SELECT sum(wrong) FROM guess WHERE source = ''"),
	    8);
	assert_int_equal(
	    store_guess_lock_after_refusal(
		p->web, &(struct store_refusal){ "bob", LOCAL, 3600, 0, "" }),
	    0);
	assert_int_equal(plain_guess_refused(p->web, "bob", LOCAL), 1);
	assert_int_equal(plain_guess_refused(p->db, "bob", LOCAL), 0);
	/* a right code is one of its host's source; unlock opens all */
	assert_int_equal(
	    store_guess_reset_after_right(p->db, "alice", LOCAL), 0);
	assert_int_equal(
	    store_guess_look(p->web, "alice", LOCAL, &wait_s, NULL),
	    GUESS_LOCKED);
	assert_int_equal(store_user_unlock(p->db, "alice"), 1);
	assert_int_equal(
	    store_guess_look(p->web, "alice", LOCAL, &wait_s, NULL),
	    GUESS_OPEN);
}

static const char *
limit_met(struct store *s, const char *user, const char *source,
    const struct limits_of_sends *limits)
{
	const struct store_send_key k = {
		.user = user, .counted_as = user, .source = source
	};
	const char *which = "";
	int64_t id, wait_s;

	store_send_take(s, &k, limits, &id, &wait_s, &which);
	return which;
}

static void
messages(void **state)
{
	const struct limits_of_sends limits = { .user_hour = 3,
		.source_hour = 2,
		.host_hour = 4,
		.spend_day = -1,
		.spend_month = -1 };
	struct pair *p = *state;
	unsigned hour, day;
	int64_t spent, month;

	assert_string_equal(limit_met(p->web, "alice", LOCAL, &limits), "");
	assert_string_equal(limit_met(p->web, "alice", LOCAL, &limits), "");
	assert_string_equal(
	    limit_met(p->web, "bob", LOCAL, &limits), "sends_per_source_hour");
	assert_string_equal(limit_met(p->db, "bob", LOCAL, &limits), "");
	assert_string_equal(limit_met(p->db, "alice", REMOTE, &limits), "");
	assert_string_equal(
	    limit_met(p->db, "alice", REMOTE, &limits), "sends_per_user_hour");
	assert_string_equal(limit_met(p->web, "carol", REMOTE, &limits), "");
	assert_string_equal(limit_met(p->web, "dave", REMOTE, &limits),
	    "sends_per_source_hour");
	assert_string_equal(
	    limit_met(p->web, "dave", "2001:db8::/64", &limits), "");
	assert_string_equal(
	    limit_met(p->web, "erin", "198.51.100.0/24", &limits),
	    "sends_per_host_hour");
	assert_int_equal(
	    store_totals_read(p->db, &hour, &day, &spent, &month), 0);
	assert_int_equal(hour, 2);
	assert_int_equal(
	    store_totals_read(p->web, &hour, &day, &spent, &month), 0);
	assert_int_equal(hour, 4);
}

static void
messages_of_all(void **state)
{
	struct limits_of_sends limits = { .host_hour = 2,
		.fleet_hour = 3,
		.spend_day = -1,
		.spend_month = -1 };
	struct pair *p = *state;
	struct store *unnamed = open_on(p->box, NULL);

	assert_string_equal(limit_met(p->web, "alice", REMOTE, &limits), "");
	assert_string_equal(limit_met(p->web, "alice", REMOTE, &limits), "");
	assert_string_equal(
	    limit_met(p->web, "alice", REMOTE, &limits), "sends_per_host_hour");
	assert_string_equal(limit_met(p->db, "alice", REMOTE, &limits), "");
	assert_string_equal(
	    limit_met(p->db, "alice", REMOTE, &limits), "sends_per_fleet_hour");
	/* a smaller one holds for the host without a name as well */
	assert_string_equal(limit_met(unnamed, "alice", REMOTE, &limits), "");
	limits.fleet_hour = 1;
	assert_string_equal(limit_met(unnamed, "alice", REMOTE, &limits),
	    "sends_per_fleet_hour");
	limits.fleet_hour = 0;
	assert_string_equal(limit_met(p->db, "alice", REMOTE, &limits), "");
	store_close(unnamed);
}

static void
of_one_host(void **state)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN] = "binding";
	struct pair *p = *state;

	assert_int_equal(store_provider_pass_over(p->web, "one", 60000), 0);
	assert_int_equal(store_provider_is_passed_over(p->web, "one"), 1);
	assert_int_equal(store_provider_is_passed_over(p->db, "one"), 0);
	assert_int_equal(
	    plain_remembered_put(p->web, "alice", binding, 600), 0);
	assert_int_equal(plain_remembered_get(p->web, "alice", binding), 1);
	assert_int_equal(plain_remembered_get(p->db, "alice", binding), 0);
	assert_int_equal(plain_remembered_put(p->db, "alice", binding, 600), 0);
	/* forgotten is everywhere */
	assert_int_equal(store_remembered_forget(p->db, "alice"), 2);
	assert_int_equal(plain_remembered_get(p->web, "alice", binding), 0);
}

/* A code admits one login, wherever. */
static void
of_all_hosts(void **state)
{
	static const unsigned char digest[STORE_CODE_DIGEST] = "digest";
	static const char *const codes[] = { "ABCDEFGH234567AB" };
	struct pair *p = *state;
	unsigned left;

	assert_int_equal(plain_code_claim(p->web, "authy:1", digest, 60), 1);
	assert_int_equal(plain_code_claim(p->db, "authy:1", digest, 60), 0);
	assert_int_equal(plain_totp_claim(p->web, "alice", digest, 7), 1);
	assert_int_equal(plain_totp_claim(p->db, "alice", digest, 7), 0);
	assert_int_equal(
	    store_recovery_set(p->web, "alice", codes, 1, NULL), 0);
	assert_int_equal(
	    plain_recovery_claim(p->db, "alice", codes[0], &left), 1);
	assert_int_equal(
	    plain_recovery_claim(p->web, "alice", codes[0], &left), 0);
}

/* A file has a name for a host that has none; so another name of the machine is
 * no other host. */
static void
without_a_name(void **state)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN] = "binding";
	const struct pair *p = *state;
	struct store *first = open_on(p->box, NULL);
	struct store *again;

	assert_int_equal(plain_remembered_put(first, "alice", binding, 600), 0);
	store_close(first);
	again = open_on(p->box, NULL);
	assert_int_equal(plain_remembered_get(again, "alice", binding), 1);
	assert_int_equal(plain_remembered_get(p->web, "alice", binding), 0);
	store_close(again);
	again = open_on(p->box, STORE_HOST); /* as before the setting */
	assert_int_equal(plain_remembered_get(again, "alice", binding), 1);
	store_close(again);
}

static void
too_long_a_name(void **state)
{
	const struct pair *p = *state;
	char host[STORE_HOST_MAX + 2], cause[STORE_CAUSE_MAX] = "";
	const struct store_session me = { host, 1, p->box->dir, 0, NULL, false,
		NULL, store_time_server };

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_null(store_open(p->box->path, &me, cause));
	assert_non_null(strstr(cause, "this host's name is too long"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, set_up, tear_down)

BOX_TESTS(test_store_hosts)
{
	const struct CMUnitTest tests[] = {
		TEST(sessions),
		TEST(processes),
		TEST(used_again),
		TEST(used_go),
		TEST(used_go_by_twos),
		TEST(sources),
		TEST(messages),
		FILE_TEST(messages_of_all),
		TEST(of_one_host),
		TEST(of_all_hosts),
		TEST(without_a_name),
		TEST(too_long_a_name),
	};

	return BOX_RUN(tests);
}
