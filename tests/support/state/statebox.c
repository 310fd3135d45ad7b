/* SPDX-License-Identifier: BSD-2-Clause */
/* The same tests for each engine. */
#include "tests/support/statebox.h"

#include <ctype.h>

#include "lib/fleet_records/fleet_records.h"

#define TESTS_MAX 64
#define NAME_MAX_LEN 128

bool box_remote;
struct store *(*box_child_open)(const struct statebox *, int n);
char box_file_only[] = "the file's alone";

int64_t
box_remote_sql(const char *text)
{
	char out[1024];
	size_t n = 0;

	for (const char *t = text; *t != '\0'; t++) {
		const bool word = strncmp(t, "user", 4) == 0 &&
		    !isalnum((unsigned char)t[4]) &&
		    (t == text || !isalnum((unsigned char)t[-1]));

		assert_true(n + 24 < sizeof(out));
		if (word) {
			memcpy(out + n, "usr", 3);
			n += 3;
			t += 3;
		} else if (strncmp(t, " FROM ", 6) == 0 ||
		    strncmp(t, " INTO ", 6) == 0 ||
		    strncmp(t, "UPDATE ", 7) == 0) {
			const size_t len = 1 + (size_t)(strchr(t + 1, ' ') - t);

			memcpy(out + n, t, len);
			n += len;
			t += len - 1;
			if (t[1] != '(') {
				memcpy(out + n, "twofa.", 6);
				n += 6;
			}
		} else {
			out[n++] = *t;
		}
	}
	out[n] = '\0';
	/* what the fleet has counted of them */
	if (strncmp(text, "DELETE FROM send", 16) == 0)
		postgres_sql("DELETE FROM twofa.fleet");
	return postgres_sql(out);
}

const char *
box_to_postgres(void)
{
	const char *url = postgres_empty();

	box_remote = true;
	store_time_server = postgres_server();
	store_time_keys = postgres_keys();
	clock_told = postgres_clock;
	return url;
}

struct store *
box_store_of(
    const struct statebox *b, const char *host, const unsigned char *key)
{
	const struct store_session me = { host, 1, postgres_keys(), 0, NULL,
		false, key, postgres_server() };
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = store_open(b->path, &me, cause);

	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

void
box_use_fleet_key(const unsigned char *key)
{
	unsigned char mark[FLEET_SEAL_LEN];
	char sql[192], hex[2 * FLEET_SEAL_LEN + 1];

	assert_int_equal(fleet_seal_key_fingerprint(key, mark), 0);
	hex_text(mark, sizeof(mark), hex);
	snprintf(
	    sql, sizeof(sql), "UPDATE twofa.meta SET fleet_key = '\\x%s'", hex);
	postgres_sql(sql);
}

void
box_make_fleet(const unsigned char *key)
{
	postgres_sql("TRUNCATE twofa.record, twofa.record_read, twofa.host");
	postgres_host("web01");
	postgres_host("web02");
	postgres_sql("DO $$ BEGIN IF pg_has_role('twofa_web01', 'twofa_admin', "
		     "'MEMBER') THEN REVOKE twofa_admin FROM twofa_web01, "
		     "twofa_web02; END IF; END $$");
	box_use_fleet_key(key);
}

void
box_put_record(const unsigned char *key, const char *user, const char *text,
    const char *by)
{
	unsigned char seal[FLEET_SEAL_LEN];
	char sql[1024], hex[2 * FLEET_SEAL_LEN + 1];

	assert_int_equal(fleet_seal_make(key, user, text, seal), 0);
	hex_text(seal, sizeof(seal), hex);
	assert_true((size_t)snprintf(sql, sizeof(sql),
			"DELETE FROM twofa.record WHERE usr = '%s'; "
			"INSERT INTO twofa.record VALUES ('%s', '%s', '\\x%s', "
			"'{}', 1, '%s')",
			user, user, text, hex, by) < sizeof(sql));
	postgres_sql(sql);
}

int
box_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
	static char names[TESTS_MAX][NAME_MAX_LEN];
	struct CMUnitTest remote[TESTS_MAX];
	size_t n = 0;
	int failed;

	assert_true(count <= TESTS_MAX);
	failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (tests[i].initial_state == box_file_only)
			continue;
		remote[n] = tests[i];
		snprintf(
		    names[n], NAME_MAX_LEN, "%s (postgresql)", tests[i].name);
		remote[n].name = names[n];
		n++;
	}
	(void)box_to_postgres();
	return failed +
	    _cmocka_run_group_tests("postgresql", remote, n, NULL, NULL);
}
