/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests by a proxy: what goes through it, and what its failures mean.
 * The proxy (tests/e2e/rig/connectproxy.py) does what the user's name says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

static const struct secret password = { "pa ss%41:\"word", 14 };
static const struct secret other = { "other", 5 };

static char proxy[64];

/* The good server, by the proxy in this mood. */
static struct http_peer
peer_by(const char *mood)
{
	struct http_peer peer = peer_of("good");

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
	    tlsserver_port(&server, "proxy"));
	peer.proxy = proxy;
	peer.proxy_user = mood;
	peer.proxy_password = &password;
	return peer;
}

/* Start and check travel on one connection; the proxy's headers are not the
 * provider's. */
static void
a_tunnel_is_kept(void **state)
{
	static const char *const moods[] = { NULL, "password", "slow" };
	struct http_peer peer;
	struct http *http;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		peer = peer_by(moods[i]);
		http = http_open(&peer);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		assert_int_equal(reply.status, 200);
		assert_int_equal(reply.retry_after_s, 2);
		assert_null(strstr(reply.body, "Proxy"));
		post(http, "/status/429");
		assert_fate(HTTP_REPLIED);
		assert_int_equal(reply.status, 429);
		http_close(http);
		assert_seen(2, 1);
	}
}

/* Nothing was sent: and it is no proof of an outage. */
static void
what_a_proxy_refuses_was_not_sent(void **state)
{
	static const struct {
		const char *mood;
		long status;
	} rows[] = { { "refuse", 403 }, { "unknown", 502 }, { "busy", 503 },
		{ "late", 504 }, { "broken", 500 }, { "cut", 0 },
		{ "reset", 0 }, { "cut_after", 200 } };
	struct http_peer peer;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		peer = peer_by(rows[i].mood);
		post_once(&peer, "/echo");
		assert_fate(HTTP_PROXY);
		assert_int_equal(reply.status, rows[i].status);
		assert_true(reply.unresolved);
		assert_non_null(strstr(reply.cause, proxy + strlen("http://")));
		assert_null(strstr(reply.cause, "pa ss"));
	}
	peer = peer_by("password");
	peer.proxy_password = &other;
	post_once(&peer, "/echo");
	assert_fate(HTTP_PROXY);
	assert_int_equal(reply.status, 407);
	assert_null(strstr(reply.cause, "other"));
	assert_seen(0, 0);
}

/* It was reached, so who keeps it busy opens no door. */
static void
a_silent_proxy_is_no_outage(void **state)
{
	struct http_peer peer = peer_by("hang");

	(void)state;
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_PROXY);
	assert_int_equal(reply.status, 0);
	assert_true(reply.unresolved);
	assert_true(reply.took_ms < AMPLE_MS / 2);
	assert_seen(0, 0);
}

static void
a_proxy_that_is_away_is_an_outage(void **state)
{
	struct http_peer peer = peer_by("password");

	(void)state;
	peer.proxy = "http://127.0.0.1:1";
	post_once(&peer, "/echo");
	assert_fate(HTTP_PROXY);
	assert_int_equal(reply.status, 0);
	assert_false(reply.unresolved);
	assert_non_null(
	    strstr(reply.cause, "127.0.0.1:1: not sent: the proxy"));

	peer.proxy = "http://nothing.invalid:3128";
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_PROXY);
	assert_true(reply.unresolved);
	assert_seen(0, 0);
}

/* After the request has left it is unknown, whoever cut the connection. */
static void
nothing_is_sent_twice(void **state)
{
	static const char *const paths[] = { "/cut", "/reset", "/half" };
	struct http_peer peer = peer_by("password");
	struct http *http;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		http = http_open(&peer);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		post(http, paths[i]);
		assert_fate(HTTP_UNKNOWN);
		http_close(http);
		assert_seen(2, 1);
	}
}

static void
the_providers_certificate_is_checked(void **state)
{
	struct http_peer peer = peer_by("password");

	(void)state;
	peer.base_url = peer_of("wrongname").base_url;
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_non_null(
	    strstr(reply.cause, peer.base_url + strlen("https://")));
	assert_seen(0, 0);
}

/* A rehearsal's plain http is this machine's own. */
static void
plain_http_goes_straight(void **state)
{
	struct http_peer peer = peer_by("refuse");

	(void)state;
	peer.base_url =
	    peer_on_port("http", tlsserver_port(&server, "plain")).base_url;
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	assert_seen(1, 1);
}

/* Of a login service it is the caller's, or of long ago. */
static void
the_environment_is_not_asked(void **state)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY", "http_proxy" };
	struct http_peer peer = peer_of("good");

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(unsetenv(names[i]), 0);
	assert_seen(1, 1);

	peer = peer_by("refuse");
	assert_int_equal(setenv("no_proxy", "*", 1), 0);
	assert_int_equal(setenv("NO_PROXY", "*", 1), 0);
	post_once(&peer, "/echo");
	assert_fate(HTTP_PROXY);
	assert_int_equal(reply.status, 403);
	assert_int_equal(unsetenv("no_proxy"), 0);
	assert_int_equal(unsetenv("NO_PROXY"), 0);
	assert_seen(0, 0);
}

UNIT_TESTS(test_http_proxy)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, posting_setup)
		TEST(a_tunnel_is_kept),
		TEST(what_a_proxy_refuses_was_not_sent),
		TEST(a_silent_proxy_is_no_outage),
		TEST(a_proxy_that_is_away_is_an_outage),
		TEST(nothing_is_sent_twice),
		TEST(the_providers_certificate_is_checked),
		TEST(plain_http_goes_straight),
		TEST(the_environment_is_not_asked),
	};

	return cmocka_run_group_tests_name(
	    "http_proxy", tests, posting_start, posting_stop);
}
