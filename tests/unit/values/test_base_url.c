/* SPDX-License-Identifier: BSD-2-Clause */
/* Which base_url is taken, and what of it libcurl and the log get. */
#include "lib/values/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
base_urls_are_https_or_loopback(void **state)
{
	static const struct {
		const char *url, *scheme, *host;
	} rows[] = {
		{ "https://api.nexmo.com", "https", "api.nexmo.com" },
		{ "https://a:8443/prefix", "https", "a:8443" },
		{ "http://127.0.0.1:80", "http", "127.0.0.1:80" },
		{ "http://127.0.0.1", "http", "127.0.0.1" },
		{ "http://[::1]:8080/x", "http", "[::1]:8080" },
		{ "http://localhost", NULL, NULL },
		{ "http://127.0.0.10", NULL, NULL },
		{ "http://127.0.0.1.example.org", NULL, NULL },
		{ "http://127.0.0.1:80@example.org", NULL, NULL },
		{ "http://api.nexmo.com", NULL, NULL },
		{ "https://user:pw@example.org", NULL, NULL },
		{ "https://", NULL, NULL },
		{ "https:///x", NULL, NULL },
		{ "HTTPS://a", NULL, NULL },
		{ "ftp://a", NULL, NULL },
		{ "file:///etc/passwd", NULL, NULL },
		{ "", NULL, NULL },
	};
	struct base_url base;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].scheme == NULL) {
			if (base_url_read(rows[i].url, &base) == NULL)
				fail_msg("taken: %s", rows[i].url);
			assert_string_equal(base.scheme, "");
			assert_string_equal(base.host, "");
			continue;
		}
		assert_null(base_url_read(rows[i].url, &base));
		assert_string_equal(base.scheme, rows[i].scheme);
		assert_string_equal(base.host, rows[i].host);
	}
}

/* Behind an address in brackets comes a port or a prefix, or nothing. */
static void
behind_an_address(void **state)
{
	struct base_url base;

	(void)state;
	assert_null(base_url_read("https://[::1]", &base));
	assert_null(base_url_read("https://[::1]/v1", &base));
	assert_null(base_url_read("https://[::1]:80", &base));
	assert_non_null(
	    strstr(base_url_read("https://[::1]x", &base), "has a prefix"));
}

/* The longest host, with the longest port, fits. */
static void
the_longest_host_fits(void **state)
{
	char url[160], name[121];
	struct base_url base;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(url, sizeof(url), "https://%s:65535/x", name);
	assert_null(base_url_read(url, &base));
	assert_int_equal(strlen(base.host), 126);
	(void)snprintf(url, sizeof(url), "https://a%s:65535/x", name);
	assert_non_null(base_url_read(url, &base));
}

UNIT_TESTS(test_base_url)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_urls_are_https_or_loopback),
		cmocka_unit_test(behind_an_address),
		cmocka_unit_test(the_longest_host_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
