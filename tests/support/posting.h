/* SPDX-License-Identifier: BSD-2-Clause */
/* One POST to a server of tls_server.py, and what came of it. */
#ifndef TWOFA_TESTS_POSTING_H
#define TWOFA_TESTS_POSTING_H

#include "helper/net/net.h"
#include "tests/support/tls/tlsserver.h"

#define AMPLE_MS 20000 /* for what must succeed on a busy machine */
#define SHORT_MS 300   /* for what must run out */

/* Of the test that runs: too large for a stack under a sanitizer. */
extern struct tlsserver server;
extern struct http_request req;
extern struct http_reply reply;

/* For cmocka: server for the group, empty req and filled reply for a test. */
int posting_start(void **state);
int posting_stop(void **state);
int posting_setup(void **state);

/* A server of tls_server.py by name, over https; or any port of 127.0.0.1.
 * Trusts ca.pem, has ample time. */
struct http_peer peer_of(const char *name);
struct http_peer peer_on_port(const char *scheme, unsigned port);

/* Starts req and waits for the reply, at most until deadline. */
void post_and_wait(struct http *, int64_t deadline);

/* POST a form to path; the second over a connection of its own. */
void post(struct http *, const char *path);
void post_once(const struct http_peer *, const char *path);

/* The fate of the last reply, with a cause that tells no secret. */
void assert_fate(enum http_fate);

/* What reached the servers since the last such call, exactly. */
void assert_seen(unsigned requests, unsigned connections);

#endif
