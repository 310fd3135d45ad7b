/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests when the server is not to be reached or trusted, or is silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

static void
bad_certificates_are_refused(void **state)
{
	struct http_peer peer = peer_of("expired");
	char other[128];

	(void)state;
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_non_null(strstr(reply.cause, "expired"));

	peer = peer_of("wrongname");
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_non_null(strstr(reply.cause, "host name"));

	peer = peer_of("good");
	(void)snprintf(other, sizeof(other), "%s/otherca.pem", server.dir);
	peer.ca_file = other;
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_non_null(strstr(reply.cause, "ca_file"));

	(void)snprintf(other, sizeof(other), "%s/nothing", server.dir);
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_seen(0, 0);
}

/* Each of ca_file and ca_path replaces the system's roots. */
static void
roots_are_what_settings_say(void **state)
{
	struct http_peer peer = peer_of("good");
	char path[128];

	(void)state;
	peer.ca_file = NULL;
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	peer.ca_path = "/"; /* no hash links */
	post_once(&peer, "/echo");
	assert_fate(HTTP_CERTIFICATE);
	assert_seen(0, 0);

	(void)snprintf(path, sizeof(path), "%s/hashed", server.dir);
	peer.ca_path = path;
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	assert_seen(1, 1);
}

/* Also where the machine's own OpenSSL would take it. */
static void
old_tls_is_refused(void **state)
{
	struct http_peer peer = peer_of("old");

	(void)state;
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_seen(0, 0);
}

/* A port that is bound, so nobody else can take it, but not listening. */
static int
bind_loopback(unsigned *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static void
a_refused_connection_is_not_sent(void **state)
{
	struct http_peer peer;
	unsigned port;
	const int fd = bind_loopback(&port);

	(void)state;
	peer = peer_on_port("https", port);
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_non_null(
	    strstr(reply.cause, peer.base_url + strlen("https://")));
	(void)close(fd);
}

static void
an_unknown_host_is_not_sent(void **state)
{
	struct http_peer peer = peer_of("good");

	(void)state;
	peer.base_url = "https://nothing.invalid";
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_true(reply.took_ms < AMPLE_MS);
}

/* The kernel takes the connection, nobody shakes hands. */
static void
a_silent_server_is_not_sent(void **state)
{
	struct http_peer peer;
	unsigned port;
	const int fd = bind_loopback(&port);

	(void)state;
	assert_int_equal(listen(fd, 16), 0);
	peer = peer_on_port("https", port);
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_true(reply.took_ms >= SHORT_MS - 50);
	assert_true(reply.took_ms < AMPLE_MS / 2);
	(void)close(fd);
}

/* A full queue: the kernel drops what would open another connection. */
static void
a_blackhole_is_not_sent(void **state)
{
	struct http_peer peer;
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int filler[4];
	unsigned port;
	const int fd = bind_loopback(&port);

	(void)state;
	assert_int_equal(listen(fd, 0), 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)port);
	for (size_t i = 0; i < 4; i++) {
		filler[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(
		    filler[i], (struct sockaddr *)&addr, sizeof(addr));
	}
	peer = peer_on_port("https", port);
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);
	assert_true(reply.took_ms < AMPLE_MS / 2);
	for (size_t i = 0; i < 4; i++)
		(void)close(filler[i]);
	(void)close(fd);
}

static void
silence_after_sending_is_unknown(void **state)
{
	static const char *const paths[] = { "/never", "/drip" };
	struct http_peer peer = peer_of("good");
	struct http *http;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		/* The handshake is done before the short time begins. */
		http = http_open(&peer);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		memset(&req, 0, sizeof(req));
		http_put_path(&req, paths[i]);
		post_and_wait(http, frame_clock_ms() + SHORT_MS);
		assert_fate(HTTP_UNKNOWN);
		assert_true(reply.took_ms < AMPLE_MS / 2);
		http_close(http);
		assert_seen(2, 1);
	}
}

static void
a_slow_drip_ends_at_timeout_ms(void **state)
{
	struct http_peer peer = peer_of("good");

	(void)state;
	peer.timeout_ms = 5L * SHORT_MS;
	post_once(&peer, "/drip");
	assert_fate(HTTP_UNKNOWN);
	assert_true(reply.took_ms >= peer.timeout_ms - 50);
	assert_true(reply.took_ms < AMPLE_MS / 2);
	assert_seen(1, 1);
}

/* Running out of this login's time tells nothing about the provider. */
static void
a_deadline_of_ours_is_no_outage(void **state)
{
	struct http_peer peer;
	struct http *http;
	unsigned port;
	const int fd = bind_loopback(&port);

	(void)state;
	assert_int_equal(listen(fd, 16), 0);
	peer = peer_on_port("https", port);
	http = http_open(&peer);
	http_put_path(&req, "/echo");
	post_and_wait(http, frame_clock_ms() + SHORT_MS);
	assert_fate(HTTP_LOCAL);
	post_and_wait(http, frame_clock_ms());
	assert_fate(HTTP_LOCAL);
	assert_int_equal(reply.took_ms, 0);
	http_close(http);
	(void)close(fd);
}

static void
our_own_shortage_is_no_outage(void **state)
{
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);
	struct rlimit before, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)fileno(server.output) + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	post(http, "/echo");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_fate(HTTP_LOCAL);
	post(http, "/echo");
	assert_fate(HTTP_REPLIED);
	http_close(http);
	assert_seen(1, 1);
}

static void
plain_http_is_for_loopback(void **state)
{
	const unsigned port = tlsserver_port(&server, "plain");
	struct http_peer peer = peer_on_port("http", port);

	(void)state;
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	assert_seen(1, 1);

	/* TLS is spoken to a plain server: no byte of ours in the clear. */
	peer = peer_on_port("https", port);
	peer.connect_timeout_ms = SHORT_MS;
	post_once(&peer, "/echo");
	assert_fate(HTTP_NOT_SENT);

	peer.base_url = "http://localhost:1";
	assert_null(http_open(&peer));
	assert_int_equal(errno, EINVAL);
}

/* Before OpenSSL is used here, and after it was to make certificates. */
static int
start(void **state)
{
	const int error = posting_start(state);

	return error != 0
	    ? error
	    : setenv("OPENSSL_CONF", "tests/support/tls/old_tls.cnf", 1);
}

UNIT_TESTS(test_http_reach)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, posting_setup)
		TEST(bad_certificates_are_refused),
		TEST(roots_are_what_settings_say),
		TEST(old_tls_is_refused),
		TEST(a_refused_connection_is_not_sent),
		TEST(an_unknown_host_is_not_sent),
		TEST(a_silent_server_is_not_sent),
		TEST(a_blackhole_is_not_sent),
		TEST(silence_after_sending_is_unknown),
		TEST(a_slow_drip_ends_at_timeout_ms),
		TEST(a_deadline_of_ours_is_no_outage),
		TEST(our_own_shortage_is_no_outage),
		TEST(plain_http_is_for_loopback),
	};

	return cmocka_run_group_tests_name(
	    "http_reach", tests, start, posting_stop);
}
