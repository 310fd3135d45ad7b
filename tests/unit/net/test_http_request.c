/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a request and of a reply that need no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/net/net_inside.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct http_request req;

static int
setup(void **state)
{
	(void)state;
	memset(&req, 0, sizeof(req));
	return 0;
}

static void
paths_are_checked(void **state)
{
	static const char *const good[] = { "/", "/verify/json",
		"/v2/Services/VAab/Verifications?PageSize=50",
		"/PhoneNumbers/%2B447700900000", "/a..b/.c/d." };
	static const char *const bad[] = { "", "verify", "/a b", "/a\nb",
		"/a\"b", "/a\\b", "/a#b", "/a@b", "/\xc3\xa9", "/..", "/../a",
		"/a/../b", "/a/./b", "/a/.", "/a/..?x" };
	char longest[HTTP_PATH_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		http_put_path(&req, good[i]);
		if (req.failed)
			fail_msg("refused: %s", good[i]);
		assert_string_equal(req.path, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		memset(&req, 0, sizeof(req));
		http_put_path(&req, bad[i]);
		if (!req.failed)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(req.path, "");
	}
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[HTTP_PATH_MAX] = '\0';
	memset(&req, 0, sizeof(req));
	http_put_path(&req, longest);
	assert_true(req.failed);
	longest[HTTP_PATH_MAX - 1] = '\0';
	memset(&req, 0, sizeof(req));
	http_put_path(&req, longest);
	assert_false(req.failed);
}

static void
forms_are_escaped(void **state)
{
	static const char want[] =
	    "number=%2B44&brand=A%20%26%20B%3D%25&empty=&keep=aZ09-._~"
	    "&utf=%C3%A9%0A&n%5Ba%5D=1";

	(void)state;
	http_put_form(&req, "number", "+44");
	http_put_form(&req, "brand", "A & B=%");
	http_put_form(&req, "empty", "");
	http_put_form(&req, "keep", "aZ09-._~");
	http_put_form(&req, "utf", "\xc3\xa9\n");
	http_put_form(&req, "n[a]", "1");
	assert_false(req.failed);
	assert_string_equal(req.body, want);
	assert_int_equal(req.body_len, strlen(want));
	assert_string_equal(
	    req.content_type, "application/x-www-form-urlencoded");
}

static void
a_form_that_does_not_fit_fails(void **state)
{
	char value[HTTP_REQUEST_BODY_MAX + 1];

	(void)state;
	memset(value, 'a', sizeof(value));
	value[HTTP_REQUEST_BODY_MAX - 3] = '\0';
	http_put_form(&req, "n", value);
	assert_false(req.failed);
	assert_int_equal(req.body_len, HTTP_REQUEST_BODY_MAX - 1);
	http_put_form(&req, "m", "");
	assert_true(req.failed);

	memset(&req, 0, sizeof(req));
	value[HTTP_REQUEST_BODY_MAX - 3] = 'a';
	value[HTTP_REQUEST_BODY_MAX - 2] = '\0';
	http_put_form(&req, "n", value);
	assert_true(req.failed);
	assert_int_equal(req.body[HTTP_REQUEST_BODY_MAX - 1], '\0');

	/* nor half of an escape */
	memset(&req, 0, sizeof(req));
	value[HTTP_REQUEST_BODY_MAX - 5] = '\0';
	http_put_form(&req, "n", value);
	assert_false(req.failed);
	http_put_form(&req, "", "\n");
	assert_true(req.failed);

	/* failed stays, whatever comes after */
	memset(&req, 0, sizeof(req));
	http_put_path(&req, "no");
	http_put_path(&req, "/yes");
	assert_true(req.failed);
}

static void
json_that_does_not_fit_fails(void **state)
{
	char value[HTTP_REQUEST_BODY_MAX + 1];

	(void)state;
	memset(value, 'a', sizeof(value));
	value[HTTP_REQUEST_BODY_MAX - 3] = '\0';
	http_put_json(&req, "%s", value);
	assert_false(req.failed);
	assert_int_equal(req.body_len, HTTP_REQUEST_BODY_MAX - 1);
	http_put_json(&req, "}");
	assert_true(req.failed);
	assert_int_equal(req.body_len, HTTP_REQUEST_BODY_MAX - 1);
	assert_int_equal(req.body[HTTP_REQUEST_BODY_MAX - 1], '\0');
}

static void
secret_fill(struct secret *secret, const char *text)
{
	memset(secret, 0, sizeof(*secret));
	(void)snprintf(secret->b, sizeof(secret->b), "%s", text);
	secret->len = strlen(secret->b);
}

/* RFC 4648 section 10 and RFC 7617 section 2 */
static void
basic_is_base64(void **state)
{
	static const struct {
		const char *user, *secret, *want;
	} rows[] = {
		{ "Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "a", "b", "YTpi" },
		{ "a", "bc", "YTpiYw==" },
		{ "a", "bcd", "YTpiY2Q=" },
		{ "a", "\xff\xfe", "YTr//g==" },
		{ "a", "p:q", "YTpwOnE=" },
	};
	struct secret secret;
	char out[HTTP_AUTH_MAX], want[HTTP_AUTH_MAX];

	(void)state;
	req.auth_secret = &secret;
	for (size_t i = 0; i < COUNT(rows); i++) {
		secret_fill(&secret, rows[i].secret);
		req.auth_user = rows[i].user;
		assert_int_equal(http_auth_header(&req, out), 0);
		(void)snprintf(want, sizeof(want), "Authorization: Basic %s",
		    rows[i].want);
		assert_string_equal(out, want);
	}
	req.auth_secret = NULL;
}

static void
authorization_is_bounded(void **state)
{
	struct secret secret;
	char user[200], out[HTTP_AUTH_MAX], full[SECRET_MAX + 1];

	(void)state;
	assert_int_equal(http_auth_header(&req, out), 0);
	assert_string_equal(out, "");

	req.auth_secret = &secret;
	secret_fill(&secret, "KEY_x");
	assert_int_equal(http_auth_header(&req, out), 0);
	assert_string_equal(out, "Authorization: Bearer KEY_x");
	req.auth_header = "X-Api-Key";
	assert_int_equal(http_auth_header(&req, out), 0);
	assert_string_equal(out, "X-Api-Key: KEY_x");
	secret_fill(&secret, "KEY\r\nX: y");
	assert_int_equal(http_auth_header(&req, out), -1);
	assert_string_equal(out, "");
	req.auth_header = NULL;

	secret_fill(&secret, "KEY\r\nX: y");
	assert_int_equal(http_auth_header(&req, out), -1);
	assert_string_equal(out, "");
	secret_fill(&secret, "");
	assert_int_equal(http_auth_header(&req, out), -1);

	memset(full, 's', sizeof(full));
	full[SECRET_MAX] = '\0';
	secret_fill(&secret, full);
	assert_int_equal(http_auth_header(&req, out), 0);
	memset(user, 'u', sizeof(user));
	user[127] = '\0';
	req.auth_user = user;
	assert_int_equal(http_auth_header(&req, out), 0);
	user[127] = 'u';
	user[128] = '\0';
	assert_int_equal(http_auth_header(&req, out), -1);
	req.auth_user = "a:b";
	assert_int_equal(http_auth_header(&req, out), -1);
}

static void
retry_after_is_clamped(void **state)
{
	static const struct {
		const char *value;
		long want;
	} rows[] = {
		{ "1", 1 },
		{ "0", 1 },
		{ "7", 7 },
		{ "30", 30 },
		{ "31", 30 },
		{ "99999999999999999999999", 30 },
		{ "", 2 },
		{ "-5", 2 },
		{ "3x", 2 },
		{ "soon", 2 },
		{ "1.5", 2 },
		{ "Sun, 06 Nov 1994 08:49:42 GMT", 5 },
		{ "Sun, 06 Nov 1994 08:49:00 GMT", 1 },
		{ "Sun, 06 Nov 2094 08:49:37 GMT", 30 },
		{ "Sun, 06 Nov 1994 08:49:42 GMT x", 2 },
		{ "Sun, 06 Nov 1994", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (http_retry_after_parse(rows[i].value, 784111777) !=
		    rows[i].want)
			fail_msg("%s", rows[i].value);
}

static void
shortages_are_ours(void **state)
{
	(void)state;
	assert_false(http_text_is_shortage(""));
	assert_true(http_text_is_shortage(
	    "OpenSSL/3.0.22: error:078C0100:common libcrypto routines::malloc "
	    "failure"));
	assert_true(
	    http_text_is_shortage("getaddrinfo() thread failed to start"));
	assert_false(
	    http_text_is_shortage("Could not resolve host: api.nexmo.com"));
}

static void
wiped_memory_behaves_as_memory(void **state)
{
	char *p = wiping_memory_strdup("secret");

	(void)state;
	p = wiping_memory_realloc(p, 100000);
	assert_string_equal(p, "secret");
	p = wiping_memory_realloc(p, 3);
	assert_memory_equal(p, "sec", 3);
	secret_free(p);
	p = wiping_memory_realloc(NULL, 8);
	secret_free(p);
	p = wiping_memory_calloc(2, 8);
	assert_memory_equal(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	secret_free(p);
	p = wiping_memory_malloc(8);
	secret_free(p);
	secret_free(NULL);
}

static void
test_date(void **state)
{
	static const struct {
		const char *value;
		int64_t seconds;
	} row[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Thu, 01 Jan 1970 00:00:01 GMT", 1 },
		{ "Fri, 20 Nov 2026 12:00:00 GMT", 1795176000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", 0 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", 0 },
		{ "784111777", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(http_date_parse(row[i].value), row[i].seconds);
}

UNIT_TESTS(test_http_request)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test_setup(paths_are_checked, setup),
		cmocka_unit_test_setup(forms_are_escaped, setup),
		cmocka_unit_test_setup(a_form_that_does_not_fit_fails, setup),
		cmocka_unit_test_setup(json_that_does_not_fit_fails, setup),
		cmocka_unit_test_setup(basic_is_base64, setup),
		cmocka_unit_test_setup(authorization_is_bounded, setup),
		cmocka_unit_test(retry_after_is_clamped),
		cmocka_unit_test(shortages_are_ours),
		cmocka_unit_test(wiped_memory_behaves_as_memory),
	};

	return cmocka_run_group_tests_name("httpreq", tests, NULL, NULL);
}
