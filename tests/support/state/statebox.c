/* SPDX-License-Identifier: BSD-2-Clause */
/* The same tests for each engine. */
#include "tests/support/statebox.h"

#include <ctype.h>

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
