/* SPDX-License-Identifier: BSD-2-Clause */
/* One POST to a server of tls_server.py, and what came of it. */
#include "tests/support/posting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/wire/wire.h"

struct tlsserver server;
struct http_request req;
struct http_reply reply;
static char ca_file[128];
static struct secret secret = { "S3cretS3cret", 12 };

int
posting_start(void **state)
{
	(void)state;
	tlsserver_start(&server);
	return 0;
}

int
posting_stop(void **state)
{
	(void)state;
	tlsserver_stop(&server);
	return 0;
}

int
posting_setup(void **state)
{
	(void)state;
	memset(&req, 0, sizeof(req));
	memset(&reply, 'x', sizeof(reply));
	return 0;
}

struct http_peer
peer_on_port(const char *scheme, unsigned port)
{
	static char urls[4][64]; /* as many as a test uses at once */
	static unsigned turn;
	char *url = urls[turn++ % 4];

	(void)snprintf(url, 64, "%s://127.0.0.1:%u", scheme, port);
	(void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", server.dir);
	return (struct http_peer){ .base_url = url,
		.ca_file = ca_file,
		.connect_timeout_ms = AMPLE_MS,
		.timeout_ms = AMPLE_MS };
}

struct http_peer
peer_of(const char *name)
{
	return peer_on_port("https", tlsserver_port(&server, name));
}

void
post_and_wait(struct http *http, int64_t deadline)
{
	if (!http_start(http, &req, deadline, &reply))
		return;
	while (http_next_finished(http) == NULL)
		(void)http_run_started(http, NULL, 0, INT64_MAX);
}

void
post(struct http *http, const char *path)
{
	memset(&req, 0, sizeof(req));
	http_put_path(&req, path);
	http_put_form(&req, "code", "123456");
	req.auth_user = "user";
	req.auth_secret = &secret;
	post_and_wait(http, frame_clock_ms() + AMPLE_MS);
}

/* One POST over a connection of its own. */
void
post_once(const struct http_peer *peer, const char *path)
{
	struct http *http = http_open(peer);

	assert_non_null(http);
	post(http, path);
	http_close(http);
}

void
assert_fate(enum http_fate fate)
{
	if (reply.fate != fate)
		fail_msg("%s: fate %d, not %d: %s", req.path, (int)reply.fate,
		    (int)fate, reply.cause);
	if (fate == HTTP_REPLIED)
		assert_string_equal(reply.cause, "");
	else
		assert_string_not_equal(reply.cause, "");
	assert_null(strstr(reply.cause, secret.b));
	assert_null(strstr(reply.cause, "123456"));
}

void
assert_seen(unsigned requests, unsigned connections)
{
	struct http_peer peer = peer_of("good");
	struct tlsserver_log log;
	const struct http_reply kept = reply;

	post_once(&peer, "/mark");
	reply = kept;
	tlsserver_read_log(&server, requests, &log);
	assert_int_equal(log.requests, requests);
	assert_int_equal(log.connections, connections);
}
