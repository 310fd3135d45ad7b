/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets for authenticator apps, and how they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/report/report.h"

static void
test_new_secrets(void **state)
{
	struct secret a, b;

	(void)state;
	assert_int_equal(app_secret_new(&a), 0);
	assert_int_equal(app_secret_new(&b), 0);
	assert_int_equal(a.len, 32);
	assert_int_equal(strlen(a.b), 32);
	assert_int_equal(strspn(a.b, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	assert_string_not_equal(a.b, b.b);
	assert_true(totp_secret_valid(&a));
}

/* Each of 32 characters can be each letter: the bits are not mixed up. */
static void
test_all_bits_vary(void **state)
{
	unsigned seen[32] = { 0 };
	struct secret s;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		assert_int_equal(app_secret_new(&s), 0);
		for (size_t i = 0; i < 32; i++)
			seen[i] |= 1u << (s.b[i] >= 'A' ? s.b[i] - 'A'
							: s.b[i] - '2' + 26);
	}
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(seen[i], 0xffffffffu);
}

static void
test_uri(void **state)
{
	const struct secret s = { "ABCD2345", 8 };
	char uri[APP_SECRET_URI_MAX];

	(void)state;
	assert_int_equal(
	    app_secret_uri(&s, "ACME & S\xc3\xb8n", "DOM\\al@h.example", uri),
	    0);
	assert_string_equal(uri,
	    "otpauth://totp/ACME%20%26%20S%C3%B8n:DOM%5Cal%40h.example"
	    "?secret=ABCD2345&issuer=ACME%20%26%20S%C3%B8n&algorithm=SHA1"
	    "&digits=6&period=30");
}

static void
test_uri_too_long(void **state)
{
	const struct secret s = { "ABCD2345", 8 };
	char uri[APP_SECRET_URI_MAX], account[400], issuer[85];

	(void)state;
	memset(account, '%', sizeof(account) - 1);
	account[sizeof(account) - 1] = '\0';
	assert_int_equal(app_secret_uri(&s, "ACME", account, uri), -1);
	assert_int_equal(app_secret_uri(&s, account, "alice", uri), -1);
	/* each fits, but all of it does not */
	memset(issuer, '%', sizeof(issuer) - 1);
	issuer[sizeof(issuer) - 1] = '\0';
	account[160] = '\0';
	assert_int_equal(app_secret_uri(&s, issuer, "alice", uri), 0);
	assert_int_equal(app_secret_uri(&s, "ACME", account, uri), 0);
	errno = 0;
	assert_int_equal(app_secret_uri(&s, issuer, account, uri), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
test_groups(void **state)
{
	const struct secret whole = { "ABCD2345EFGH", 12 };
	const struct secret odd = { "ABCD2", 5 };
	char out[APP_SECRET_GROUPS_MAX];

	(void)state;
	app_secret_groups(&whole, out);
	assert_string_equal(out, "ABCD 2345 EFGH");
	app_secret_groups(&odd, out);
	assert_string_equal(out, "ABCD 2");
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} row[] = { { 1, "1 s" }, { 59, "59 s" }, { 60, "1 min" },
		{ 61, "2 min" }, { 900, "15 min" }, { 3540, "59 min" },
		{ 3541, "1 h" }, { 3600, "1 h" }, { 3601, "1 h 1 min" },
		{ 86400, "24 h" } };
	char out[TIME_SPAN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		time_span_text(row[i].seconds, out);
		assert_string_equal(out, row[i].text);
	}
}

UNIT_TESTS(test_app_secret)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_secrets),
		cmocka_unit_test(test_all_bits_vary),
		cmocka_unit_test(test_uri),
		cmocka_unit_test(test_uri_too_long),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
