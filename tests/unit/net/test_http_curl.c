/* SPDX-License-Identifier: BSD-2-Clause */
/* http_curl: a libcurl that is missing or too old opens nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <curl/curl.h>

#include "helper/net/net.h"
#include "helper/net/net_inside.h"
#include "tests/support/unit_tests.h"

static const struct http_peer peer = {
	.base_url = "https://127.0.0.1:1",
	.connect_timeout_ms = 1000,
	.timeout_ms = 1000,
};

/* What stands in libcurl's place; "" for nothing, NULL for itself. */
static const char *instead;

void *
dlopen(const char *name, int how)
{
	void *(*real)(const char *, int) = NULL;

	*(void **)&real = dlsym(RTLD_NEXT, "dlopen");
	if (instead == NULL || strcmp(name, "libcurl.so.4") != 0)
		return real(name, how);
	return instead[0] == '\0' ? NULL : real(instead, how);
}

static void
refuses(const char *library)
{
	instead = library;
	errno = 0;
	assert_int_equal(http_curl_load(), -1);
	assert_int_equal(errno, ELIBACC);
	errno = 0;
	assert_null(http_open(&peer));
	assert_int_equal(errno, ELIBACC);
	instead = NULL;
}

static void
a_missing_library_opens_nothing(void **state)
{
	(void)state;
	refuses("");
}

static void
a_library_without_the_functions_opens_nothing(void **state)
{
	(void)state;
	refuses("libm.so.6");
}

static void
it_opens_once_the_library_is_there(void **state)
{
	struct http *http = http_open(&peer);

	(void)state;
	assert_non_null(http);
	http_close(http);
}

static void
options_reach_the_library_by_their_kind(void **state)
{
	const curl_off_t size = 1;
	char *url = NULL;
	long status = 7;
	CURL *curl;

	(void)state;
	assert_int_equal(http_curl_load(), 0);
	curl = http_curl.curl_easy_init();
	assert_non_null(curl);
	assert_int_equal(curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5L), 0);
	assert_int_equal(
	    curl_easy_setopt(curl, CURLOPT_URL, "https://a.test/x"), 0);
	/* no option of ours: nobody passes one by accident */
	assert_int_equal(curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size),
	    CURLE_UNKNOWN_OPTION);
	assert_int_equal(
	    curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url), 0);
	assert_string_equal(url, "https://a.test/x");
	assert_int_equal(
	    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status), 0);
	assert_int_equal(status, 0);
	http_curl.curl_easy_cleanup(curl);
}

UNIT_TESTS(test_http_curl)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_library_opens_nothing),
		cmocka_unit_test(a_library_without_the_functions_opens_nothing),
		cmocka_unit_test(it_opens_once_the_library_is_there),
		cmocka_unit_test(options_reach_the_library_by_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
