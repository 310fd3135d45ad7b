/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests: what is sent, how often, and which replies count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/support/posting.h"
#include "tests/support/unit_tests.h"

static void
a_post_is_as_it_was_asked_for(void **state)
{
	struct http_peer peer = peer_of("good");

	(void)state;
	post_once(&peer, "/echo");
	assert_fate(HTTP_REPLIED);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.len, strlen(reply.body));
	assert_int_equal(strncmp(reply.body, "POST /echo HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(reply.body, "\r\nHost: 127.0.0.1:"));
	assert_non_null(strstr(reply.body,
	    "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(reply.body, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(reply.body,
	    "\r\nAuthorization: Basic dXNlcjpTM2NyZXRTM2NyZXQ=\r\n"));
	assert_non_null(strstr(
	    reply.body, "\r\nUser-Agent: pam_twofa/" TWOFA_VERSION "\r\n"));
	assert_null(strcasestr(reply.body, "\r\nExpect:"));
	assert_null(strcasestr(reply.body, "\r\nAccept-Encoding:"));
	assert_null(strcasestr(reply.body, "\r\nUpgrade:"));
	assert_non_null(strstr(reply.body, "\r\n\r\ncode=123456"));
	assert_int_equal(reply.retry_after_s, 2);
	assert_true(reply.took_ms >= 0);
	assert_seen(1, 1);
}

static void
get_and_delete_carry_no_body(void **state)
{
	static const struct {
		enum http_method method;
		const char *begins;
	} rows[] = {
		{ HTTP_GET, "GET /echo HTTP/1.1\r\n" },
		{ HTTP_DELETE, "DELETE /echo HTTP/1.1\r\n" },
		{ HTTP_POST, "POST /echo HTTP/1.1\r\n" },
	};
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		memset(&req, 0, sizeof(req));
		req.method = rows[i].method;
		http_put_path(&req, "/echo");
		post_and_wait(http, frame_clock_ms() + AMPLE_MS);
		assert_fate(HTTP_REPLIED);
		assert_int_equal(
		    strncmp(reply.body, rows[i].begins, strlen(rows[i].begins)),
		    0);
		assert_null(strcasestr(reply.body, "\r\nContent-Type:"));
		assert_null(strcasestr(reply.body, "\r\nAuthorization:"));
	}
	http_close(http);
	assert_seen(3, 1);
}

static void
start_and_check_share_a_connection(void **state)
{
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	post(http, "/echo/start");
	assert_fate(HTTP_REPLIED);
	post(http, "/status/404");
	assert_fate(HTTP_REPLIED);
	assert_int_equal(reply.status, 404);
	assert_string_equal(reply.body, "status");
	post(http, "/echo/check");
	assert_fate(HTTP_REPLIED);
	http_close(http);
	assert_seen(3, 1);
}

static void
a_connection_that_was_closed_is_replaced(void **state)
{
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	post(http, "/last");
	assert_fate(HTTP_REPLIED);
	post(http, "/echo");
	assert_fate(HTTP_REPLIED);
	http_close(http);
	assert_seen(2, 2);
}

/* With a last word of TLS, as servers end one that was idle for long. */
static void
a_connection_that_ended_in_good_order_is_replaced(void **state)
{
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		post(http, "/bye");
		assert_fate(HTTP_REPLIED);
		assert_seen(2, 1); /* the server tells of its end, too */
	}
	post(http, "/echo");
	assert_fate(HTTP_REPLIED);
	http_close(http);
	assert_seen(1, 1);
}

static bool
comes_again(struct http *http, struct http_request asked)
{
	req = asked;
	http_put_path(&req, "/status/404");
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
	assert_fate(HTTP_REPLIED);
	return reply.again;
}

/* A connection that gives the reply before once more is out of step, and ends;
 * what is said of one code is no such reply to the next, but the connection
 * ends all the same. */
static void
a_reply_that_comes_again_is_told(void **state)
{
	static const struct http_request plain,
	    answer = { .answer = true }, repeats = { .repeats = true },
	    apart = { .answer = true, .apart = true };
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	assert_false(comes_again(http, repeats));
	assert_false(comes_again(http, repeats));
	assert_true(comes_again(http, answer));
	assert_false(comes_again(http, plain)); /* the second connection */
	assert_false(comes_again(http, apart));
	assert_true(comes_again(http, plain));
	assert_false(comes_again(http, plain));
	post(http, "/echo");
	assert_false(comes_again(http, answer));
	assert_false(comes_again(http, answer));
	assert_false(comes_again(http, plain));
	http_close(http);
	/* the second one counts twice: the one apart is in between */
	assert_seen(11, 6);
}

/* A second reply came in the same record of TLS as the first, where no poll of
 * the socket shows it. */
static void
a_reply_behind_another_is_nobodys(void **state)
{
	static const char *const paths[] = { "/queued/4096", "/queued/8192",
		"/queued/2048", "/queued/" };
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		post(http, paths[i]);
		assert_fate(HTTP_REPLIED);
		post(http, "/echo/next");
		assert_fate(HTTP_REPLIED);
		assert_int_equal(strncmp(reply.body, "POST /echo/next", 15), 0);
	}
	http_close(http);
	assert_seen(8, 5);
}

#define MANY 40

/* Each gets its own reply, and four connections at most are kept. */
static void
many_at_once_share_a_loop(void **state)
{
	static struct http_request asked[MANY];
	static struct http_reply replies[MANY];
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);
	struct pollfd none = { .fd = -1, .events = POLLIN };
	const struct http_reply *over;
	unsigned done = 0;
	char path[32];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		memset(&asked[i], 0, sizeof(asked[i]));
		snprintf(path, sizeof(path), "/echo/%zu.", i);
		http_put_path(&asked[i], path);
		assert_true(http_start(
		    http, &asked[i], frame_clock_ms() + AMPLE_MS, &replies[i]));
	}
	while (done < MANY) {
		(void)http_run_started(http, &none, 1, frame_clock_ms() + 1000);
		for (; (over = http_next_finished(http)) != NULL; done++) {
			const size_t i = (size_t)(over - replies);

			assert_int_equal(over->fate, HTTP_REPLIED);
			assert_non_null(strstr(over->body, asked[i].path));
		}
	}
	http_close(http);
	assert_seen(MANY, MANY);
	http = http_open(&peer);
	for (size_t i = 0; i < MANY; i++)
		assert_true(http_start(
		    http, &asked[i], frame_clock_ms() + AMPLE_MS, &replies[i]));
	http_close(http); /* with all of them under way */
}

static unsigned
over_now(struct http *http)
{
	unsigned n = 0;

	(void)http_run_started(http, NULL, 0, frame_clock_ms() + 20);
	while (http_next_finished(http) != NULL)
		n++;
	return n;
}

/* A connection may go from a request that is over to one that waits before
 * http_next_finished has told of the first; it is not taken for an idle one.
 * The pauses let replies come that nobody reads yet. */
static void
a_connection_goes_on_to_the_next(void **state)
{
	static struct http_reply replies[3];
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);
	struct tlsserver_log log;
	unsigned over;
	char path[32];

	(void)state;
	post(http, "/echo");
	for (unsigned i = 0; i < 10; i++) {
		over = 0;
		for (size_t n = 0; n < 3; n++) {
			memset(&req, 0, sizeof(req));
			snprintf(path, sizeof(path), "/echo/%u.%zu", i, n);
			http_put_path(&req, path);
			assert_true(http_start(http, &req,
			    frame_clock_ms() + AMPLE_MS, &replies[n]));
			if (n == 0)
				(void)http_run_started(http, NULL, 0, 0);
			else
				over += over_now(http);
			(void)usleep(5000);
		}
		while (over < 3)
			over += over_now(http);
		for (size_t n = 0; n < 3; n++)
			assert_int_equal(replies[n].fate, HTTP_REPLIED);
	}
	http_close(http);
	post_once(&peer, "/mark");
	tlsserver_read_log(&server, 31, &log);
	assert_int_equal(log.requests, 31);
}

/* Its queue is full at once: who connects further waits. */
static int
full_listener(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Until all of them have run out of time. */
static void
begin_in_vain(struct http *http)
{
	static struct http_reply replies[MANY];
	unsigned over = 0;

	memset(&req, 0, sizeof(req));
	http_put_path(&req, "/echo");
	for (size_t i = 0; i < MANY; i++)
		assert_true(http_start(
		    http, &req, frame_clock_ms() + SHORT_MS, &replies[i]));
	while (over < MANY)
		over += over_now(http);
}

/* libcurl does not tell when it closes a socket that never was connected. Its
 * number may be that of anything else next, as of a login's connection. */
static void
no_descriptor_of_others_is_touched(void **state)
{
	int pair[2 * MANY][2];
	unsigned port;
	const int listener = full_listener(&port);
	struct http_peer peer = peer_on_port("https", port);
	struct http *http = http_open(&peer);
	char byte;

	(void)state;
	begin_in_vain(http);
	for (size_t i = 0; i < 2 * MANY; i++) {
		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair[i]), 0);
		assert_int_equal(send(pair[i][1], "?", 1, 0), 1);
	}
	begin_in_vain(http);
	http_close_idle(http);
	for (size_t i = 0; i < 2 * MANY; i++) {
		assert_int_equal(recv(pair[i][0], &byte, 1, MSG_DONTWAIT), 1);
		assert_int_equal(send(pair[i][0], "!", 1, MSG_NOSIGNAL), 1);
		(void)close(pair[i][0]);
		(void)close(pair[i][1]);
	}
	http_close(http);
	(void)close(listener);
}

/* libcurl would send these again by itself. */
static void
a_kept_connection_that_dies_is_not_repeated(void **state)
{
	static const char *const paths[] = { "/close", "/reset" };
	struct http_peer peer = peer_of("good");
	struct http *http;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		http = http_open(&peer);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		post(http, paths[i]);
		assert_fate(HTTP_UNKNOWN);
		assert_seen(2, 1);
		post(http, "/echo");
		assert_fate(HTTP_REPLIED);
		http_close(http);
		assert_seen(1, 1);
	}
}

/* A request of each kind that providers make. */
static void
send_kind(struct http *http, unsigned kind, const char *path)
{
	memset(&req, 0, sizeof(req));
	req.repeats = true;
	http_put_path(&req, path);
	switch (kind) {
	case 0:
		req.method = HTTP_GET;
		break;
	case 1:
		req.method = HTTP_DELETE;
		break;
	case 2:
		http_put_json(&req, "{\"code\":");
		http_put_json(&req, "%s", "123456");
		http_put_json(&req, "}");
		break;
	default: /* a POST without a body */
		break;
	}
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
}

/* The same for all that is no form: start and check on one connection, a
 * request on one that ends seen once. */
static void
no_kind_is_repeated(void **state)
{
	static const char *const paths[] = { "/close", "/reset" };
	struct http_peer peer = peer_of("good");
	struct http *http;

	(void)state;
	for (unsigned kind = 0; kind < 4; kind++)
		for (size_t i = 0; i < 2; i++) {
			http = http_open(&peer);
			send_kind(http, kind, "/echo");
			assert_fate(HTTP_REPLIED);
			send_kind(http, kind, "/echo");
			assert_fate(HTTP_REPLIED);
			send_kind(http, kind, paths[i]);
			assert_fate(HTTP_UNKNOWN);
			http_close(http);
			assert_seen(3, 1);
		}
}

/* The repeat cannot even connect: "refused" must not read as "not sent". */
static void
a_server_that_dies_after_reading_may_have_received(void **state)
{
	struct http_peer peer = peer_of("mortal");
	struct http *http = http_open(&peer);

	(void)state;
	post(http, "/echo");
	assert_fate(HTTP_REPLIED);
	post(http, "/die");
	assert_fate(HTTP_UNKNOWN);
	assert_seen(2, 1);
	post(http, "/echo");
	assert_fate(HTTP_NOT_SENT);
	http_close(http);
	assert_seen(0, 0);
}

static void
broken_replies_are_unknown(void **state)
{
	static const char *const paths[] = { "/close", "/reset", "/half",
		"/headers", "/garbage", "/chunks", "/size/65537",
		"/size/16777216" };
	struct http_peer peer = peer_of("good");

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		post_once(&peer, paths[i]);
		assert_fate(HTTP_UNKNOWN);
		assert_true(reply.len <= HTTP_BODY_MAX);
		assert_seen(1, 1);
	}
}

static void
odd_replies_are_taken(void **state)
{
	struct http_peer peer = peer_of("good");

	(void)state;
	post_once(&peer, "/size/65536");
	assert_fate(HTTP_REPLIED);
	assert_int_equal(reply.len, HTTP_BODY_MAX);
	assert_int_equal(reply.body[HTTP_BODY_MAX], '\0');
	post_once(&peer, "/size/0");
	assert_fate(HTTP_REPLIED);
	assert_int_equal(reply.len, 0);
	post_once(&peer, "/early");
	assert_fate(HTTP_REPLIED);
	assert_string_equal(reply.body, "late");
	/* Nothing tells where it should end; json_parse refuses a half. */
	post_once(&peer, "/unframed");
	assert_fate(HTTP_REPLIED);
	assert_string_equal(reply.body, "{");
	assert_seen(4, 4);
}

static void
redirects_are_not_followed(void **state)
{
	struct http_peer peer = peer_of("good");

	(void)state;
	post_once(&peer, "/redirect");
	assert_fate(HTTP_REPLIED);
	assert_int_equal(reply.status, 302);
	assert_seen(1, 1);
}

static void
retry_after_is_read(void **state)
{
	static const struct {
		const char *path;
		long want;
	} rows[] = {
		{ "/retry/Retry-After/7", 7 },
		{ "/retry/retry-after/3600", 30 },
		{ "/retry/x-ratelimit-reset/9", 9 },
		{ "/retry/Retry-After/soon", 2 },
		{ "/retry/X-Other/9", 2 },
	};
	struct http_peer peer = peer_of("good");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		post_once(&peer, rows[i].path);
		assert_fate(HTTP_REPLIED);
		assert_int_equal(reply.status, 429);
		assert_int_equal(reply.retry_after_s, rows[i].want);
	}
	assert_seen(5, 5);
}

static void
a_request_that_failed_to_build_is_not_sent(void **state)
{
	struct http_peer peer = peer_of("good");
	struct http *http = http_open(&peer);
	struct secret broken = { "a\r\nX-Evil: b", 12 };

	(void)state;
	http_put_path(&req, "/echo");
	http_put_path(&req, "/../echo");
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
	assert_fate(HTTP_LOCAL);
	memset(&req, 0, sizeof(req));
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
	assert_fate(HTTP_LOCAL);
	http_put_path(&req, "/echo");
	req.auth_secret = &broken;
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
	assert_fate(HTTP_LOCAL);
	http_close(http);
	assert_seen(0, 0);
}

static void
the_environment_does_not_matter(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	struct http_peer peer = peer_of("good");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)setenv(names[i], "http://127.0.0.1:1", 1);
	post_once(&peer, "/echo");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	assert_fate(HTTP_REPLIED);
	assert_seen(1, 1);
}

UNIT_TESTS(test_http)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, posting_setup)
		TEST(a_post_is_as_it_was_asked_for),
		TEST(get_and_delete_carry_no_body),
		TEST(start_and_check_share_a_connection),
		TEST(a_connection_that_was_closed_is_replaced),
		TEST(a_connection_that_ended_in_good_order_is_replaced),
		TEST(a_reply_that_comes_again_is_told),
		TEST(a_reply_behind_another_is_nobodys),
		TEST(many_at_once_share_a_loop),
		TEST(a_connection_goes_on_to_the_next),
		TEST(no_descriptor_of_others_is_touched),
		TEST(a_kept_connection_that_dies_is_not_repeated),
		TEST(no_kind_is_repeated),
		TEST(a_server_that_dies_after_reading_may_have_received),
		TEST(broken_replies_are_unknown),
		TEST(odd_replies_are_taken),
		TEST(redirects_are_not_followed),
		TEST(retry_after_is_read),
		TEST(a_request_that_failed_to_build_is_not_sent),
		TEST(the_environment_does_not_matter),
	};

	return cmocka_run_group_tests_name(
	    "http", tests, posting_start, posting_stop);
}
