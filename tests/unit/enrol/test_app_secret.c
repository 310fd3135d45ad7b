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
	assert_true(totp_secret_is_valid(&a));
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

static int
uri_of(const struct app_secret *s, const char *issuer, const char *account,
    char out[TOTP_URI_MAX])
{
	return totp_uri_write(
	    &s->secret, &s->kind, s->counter, issuer, account, out);
}

static void
test_uri(void **state)
{
	const struct app_secret s = { .secret = { "ABCD2345", 8 } };
	char uri[TOTP_URI_MAX];

	(void)state;
	assert_int_equal(
	    uri_of(&s, "ACME & S\xc3\xb8n", "DOM\\al@h.example", uri), 0);
	assert_string_equal(uri,
	    "otpauth://totp/ACME%20%26%20S%C3%B8n:DOM%5Cal%40h.example"
	    "?secret=ABCD2345&issuer=ACME%20%26%20S%C3%B8n");
}

static void
test_uri_of_another_kind(void **state)
{
	const struct app_secret s = { .secret = { "ABCD2345", 8 },
		.kind = { .period = 60, .sha256 = true } };
	char uri[TOTP_URI_MAX];

	(void)state;
	assert_int_equal(uri_of(&s, "ACME", "alice", uri), 0);
	assert_string_equal(uri,
	    "otpauth://totp/ACME:alice?secret=ABCD2345&issuer=ACME"
	    "&algorithm=SHA256&period=60");
}

/* What apps take for granted is left out, so that the QR code is small. */
static void
test_uri_of_half_another_kind(void **state)
{
	struct app_secret s = { .secret = { "ABCD2345", 8 },
		.kind = { .sha256 = true } };
	char uri[TOTP_URI_MAX];

	(void)state;
	assert_int_equal(uri_of(&s, "ACME", "alice", uri), 0);
	assert_string_equal(uri,
	    "otpauth://totp/ACME:alice?secret=ABCD2345&issuer=ACME"
	    "&algorithm=SHA256");
	s.kind = (struct totp_kind){ .period = 60 };
	assert_int_equal(uri_of(&s, "ACME", "alice", uri), 0);
	assert_string_equal(uri,
	    "otpauth://totp/ACME:alice?secret=ABCD2345&issuer=ACME&period=60");
}

#define KEY26 "GEZDGNBVGY3TQOJQGEZDGNBVGY"
#define URI "otpauth://totp/ACME:alice?"

/* One that is added may have 8 digits, or count. */
static void
test_added(void **state)
{
	static const struct {
		const char *typed;
		unsigned digits;
		bool hotp;
		int64_t counter;
	} rows[] = {
		{ KEY26, 6, false, 0 },
		{ URI "digits=8&secret=" KEY26, 8, false, 0 },
		{ "otpauth://hotp/x?secret=" KEY26, 6, true, 0 },
		{ "otpauth://HOTP/x?counter=57&digits=8&secret=" KEY26, 8, true,
		    57 },
	};
	static const char *const bad[] = { URI "digits=7&secret=" KEY26,
		"otpauth://hotp/x?counter=-1&secret=" KEY26,
		"otpauth://hotp/x?counter=1000000000&secret=" KEY26,
		"otpauth://hotp/x?period=60&secret=" KEY26,
		"otpauth://hotp/x?algorithm=SHA256&secret=" KEY26,
		"otpauth://ocra/x?secret=" KEY26 };
	char uri[TOTP_URI_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct app_secret app = { .added = true }, alone = { 0 };

		assert_null(app_secret_read(rows[i].typed, &app));
		assert_int_equal(totp_digits(&app.kind), rows[i].digits);
		assert_true(app.kind.hotp == rows[i].hotp);
		assert_int_equal(app.counter, rows[i].counter);
		assert_true((app_secret_read(rows[i].typed, &alone) == NULL) ==
		    (rows[i].digits == 6 && !rows[i].hotp));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct app_secret app = { .added = true };

		assert_non_null(app_secret_read(bad[i], &app));
	}
	assert_int_equal(
	    uri_of(&(struct app_secret){ .secret = { "ABCD2345", 8 },
		       .kind = { .hotp = true, .digits = 8 },
		       .counter = 5 },
		"ACME", "alice", uri),
	    0);
	assert_string_equal(uri,
	    "otpauth://hotp/ACME:alice?secret=ABCD2345&issuer=ACME"
	    "&counter=5&digits=8");
}

/* What people bring along. */
static void
test_brought(void **state)
{
	static const struct {
		const char *typed;
		unsigned period;
		bool sha256;
	} rows[] = {
		{ KEY26, 30, false },
		{ KEY26 "\n", 30, false },
		{ KEY26 "\r\n", 30, false },
		{ "gezdgnbvgy3tqojqgezdgnbvgy", 30, false },
		{ "GEZD GNBV GY3T QOJQ GEZD GNBV GY", 30, false },
		{ KEY26 "======", 30, false },
		{ URI "secret=" KEY26, 30, false },
		{ URI "secret=" KEY26 "&issuer=ACME", 30, false },
		{ "OTPAUTH://TOTP/x?SECRET=" KEY26 "&Period=60\n", 60, false },
		{ URI "digits=6&algorithm=sha256&period=60&secret=" KEY26, 60,
		    true },
		{ URI "algorithm=SHA256&secret=" KEY26, 30, true },
		{ URI "algorithm=SHA1&period=30&digits=6&image=x&secret=" KEY26,
		    30, false },
	};
	struct app_secret app = { .counter = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *cause = app_secret_read(rows[i].typed, &app);

		if (cause != NULL)
			fail_msg("'%s' %s", rows[i].typed, cause);
		assert_string_equal(app.secret.b, KEY26);
		assert_int_equal(app.secret.len, strlen(KEY26));
		assert_int_equal(totp_period_s(&app.kind), rows[i].period);
		assert_true(app.kind.sha256 == rows[i].sha256);
	}
	assert_null(app_secret_read("GEZDGNBVGY3TQOJQ", &app)); /* 80 bits */
}

static void
test_not_brought(void **state)
{
	static const struct {
		const char *typed, *cause;
	} rows[] = {
		{ "", "16 bytes" },
		{ "\n", "16 bytes" },
		{ "GEZDGNBVGY3TQOJQGEZDGNBV", "16 bytes" }, /* 15 */
		{ "GEZDGNBVGY3TQOI", "16 bytes" },          /* 9 */
		{ "GEZDGNBVGY3TQOJQGE", "16 bytes" },       /* 11 */
		{ "1089GNBVGY3TQOJQGEZDGNBVGY", "16 bytes" },
		{ KEY26 "!", "16 bytes" },
		{ "\xc3\xa4" KEY26, "16 bytes" },
		{ KEY26 "\n\" RATE_LIMIT 3 30\n\" TOTP_AUTH\n", "head -n1" },
		{ KEY26 "\n" KEY26, "head -n1" },
		{ URI "secret=" KEY26 "&digits=8", "digits" },
		{ URI "secret=" KEY26 "&digits=", "digits" },
		{ URI "secret=" KEY26 "&period=45", "period" },
		{ URI "secret=" KEY26 "&period=0", "period" },
		{ URI "secret=" KEY26 "&period=600", "period" },
		{ URI "secret=" KEY26 "&period", NULL },
		{ URI "secret=" KEY26 "&algorithm=SHA512", "hash" },
		{ URI "algorithm=MD5&secret=" KEY26, "hash" },
		{ URI "secret=" KEY26 "&secret=" KEY26, "two" },
		{ URI "secret=", "16 bytes" },
		{ URI "secret=GEZDGNBVGY3TQOJQGE%20", "16 bytes" },
		{ URI "issuer=ACME", "no secret" },
		{ URI, "no secret" },
		{ "otpauth://totp/alice", "otpauth://totp/" },
		{ "otpauth://hotp/alice?secret=" KEY26 "&counter=1", "hotp" },
		{ "otpauth-migration://offline?data=x", "16 bytes" },
		{ "otpauth:?secret=" KEY26, "otpauth://totp/" },
	};
	static char text[2 * TOTP_URI_MAX];
	struct app_secret app = { .counter = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *cause = app_secret_read(rows[i].typed, &app);

		if (rows[i].cause == NULL) {
			assert_null(cause);
			continue;
		}
		if (cause == NULL || strstr(cause, rows[i].cause) == NULL)
			fail_msg("'%s': %s", rows[i].typed, cause);
		assert_null(strstr(cause, "GEZDGNBV"));
	}
	memset(text, 'A', sizeof(text) - 1);
	assert_non_null(app_secret_read(text, &app));
	text[300] = '\0'; /* more than a file of a secret has */
	assert_non_null(app_secret_read(text, &app));
}

static void
test_uri_too_long(void **state)
{
	const struct app_secret s = { .secret = { "ABCD2345", 8 } };
	char uri[TOTP_URI_MAX], account[400], issuer[85];

	(void)state;
	memset(account, '%', sizeof(account) - 1);
	account[sizeof(account) - 1] = '\0';
	assert_int_equal(uri_of(&s, "ACME", account, uri), -1);
	assert_int_equal(uri_of(&s, account, "alice", uri), -1);
	/* each fits, but all of it does not */
	memset(issuer, '%', sizeof(issuer) - 1);
	issuer[sizeof(issuer) - 1] = '\0';
	account[160] = '\0';
	assert_int_equal(uri_of(&s, issuer, "alice", uri), 0);
	assert_int_equal(uri_of(&s, "ACME", account, uri), 0);
	errno = 0;
	assert_int_equal(uri_of(&s, issuer, account, uri), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
test_groups(void **state)
{
	char out[TOTP_FOURS_MAX];

	(void)state;
	text_in_fours(out, sizeof(out), "ABCD2345EFGH", ' ');
	assert_string_equal(out, "ABCD 2345 EFGH");
	text_in_fours(out, sizeof(out), "ABCD2", ' ');
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
		explain_time_span(row[i].seconds, out);
		assert_string_equal(out, row[i].text);
	}
}

UNIT_TESTS(test_app_secret)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_secrets),
		cmocka_unit_test(test_all_bits_vary),
		cmocka_unit_test(test_uri),
		cmocka_unit_test(test_uri_of_another_kind),
		cmocka_unit_test(test_uri_of_half_another_kind),
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_brought),
		cmocka_unit_test(test_not_brought),
		cmocka_unit_test(test_uri_too_long),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
