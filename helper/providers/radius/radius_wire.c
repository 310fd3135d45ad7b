/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RADIUS requests on their way. Each has a socket of its own, connected to one
 * address of the server's name, with a port that the kernel chooses. A request
 * that may have been received goes to no other address. Over UDP it is repeated
 * as the same bytes, which a server takes for one (RFC 5080, 2.2.2), and what
 * is no answer to it is dropped.
 */
#include "helper/providers/radius/radius.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#define PORT_UDP 1812
#define PORT_TLS 2083
#define REPEAT_MS 2000 /* then twice as long each time */
#define CALLS_MAX 256  /* the broker's own limit */
#define AT_ONCE 16     /* packets of a request */

struct radius_call {
	struct radius_call *next;
	struct http_reply *reply;
	const struct secret *secret;
	struct radius_packet asked, got;
	struct name_query *query;
	const struct addrinfo *at; /* the address in use; NULL: none yet */
	unsigned turn;             /* index of the first one */
	unsigned addresses;        /* left to try, the one in use included */
	int fd;                    /* -1: not connected */
	struct ssl_st *tls;
	short events; /* what fd waits for */
	bool sent, written, finished;
	bool whole; /* its login left it the time of the settings */
	int64_t begun, connected_by, ends, again_at, gap;
	unsigned dropped;
	char cause[HTTP_CAUSE_MAX]; /* the last failure */
};

struct radius {
	const struct provider_conf *p;
	struct ssl_ctx_st *tls; /* NULL over UDP */
	char host[BASE_URL_HOST_MAX];
	in_port_t port;
	unsigned
	    turn; /* the address that comes first; after a silence the next */
	struct radius_call *first;
};

/* Struct http is what the caller knows of any wire. */
static struct radius *
wire_of(struct http *http)
{
	return (struct radius *)(void *)http;
}

/* Sets host and port from HOST[:PORT], where [HOST] is an IPv6 address and
 * loses its brackets. */
static void
read_server(struct radius *r, const char *text)
{
	const bool brackets = text[0] == '[';
	const size_t len = strcspn(text + brackets, brackets ? "]" : ":");
	const char *rest = text + len + (brackets ? 2 : 0);

	PRINT_TO(r->host, "%.*s", (int)len, text + brackets);
	r->port = *rest == ':'    ? (in_port_t)strtol(rest + 1, NULL, 10)
	    : radius_is_tls(r->p) ? PORT_TLS
				  : PORT_UDP;
}

static struct http *
wire_open(const struct settings *conf, const struct provider_conf *p,
    char cause[HTTP_CAUSE_MAX])
{
	struct radius *r = calloc(1, sizeof(*r));

	(void)conf;
	(void)snprintf(cause, HTTP_CAUSE_MAX, "out of memory");
	if (r == NULL)
		return NULL;
	r->p = p;
	r->turn = (unsigned)frame_clock_ms(); /* any */
	read_server(r, p->base_url + strlen("tls://"));
	if (radius_is_tls(p) && (r->tls = radius_tls_open(p, cause)) == NULL) {
		free(r);
		return NULL;
	}
	return (struct http *)(void *)r;
}

static void
disconnect(struct radius_call *c)
{
	if (c->tls != NULL)
		radius_tls_end(c->tls);
	if (c->fd >= 0)
		close(c->fd);
	c->tls = NULL;
	c->fd = -1;
}

static void
finish(struct radius *r, struct radius_call *c, enum http_fate fate)
{
	if (fate == HTTP_NOT_SENT && shortage_is_present())
		fate = HTTP_LOCAL;
	/* else a worker, which says how much time is left, would have all other
	 * logins ask a server that does not answer */
	if (fate != HTTP_REPLIED && c->whole)
		r->turn = c->turn + 1;
	c->reply->fate = fate;
	c->reply->took_ms = frame_clock_ms() - c->begun;
	http_reply_set_cause(c->reply, r->p->base_url, c->cause);
	disconnect(c);
	c->finished = true;
}

static bool
take_packet(struct radius *r, struct radius_call *c)
{
	struct radius_answer a;
	const char *body,
	    *wrong = radius_packet_read(
		&c->got, &c->asked, c->secret, r->tls == NULL, &a);

	if (wrong == NULL) {
		c->reply->status = a.code;
		body = a.code == RADIUS_CHALLENGE ? a.state : a.text;
		c->reply->len = strlen(body);
		memcpy(c->reply->body, body, c->reply->len + 1);
		finish(r, c, HTTP_REPLIED);
		return true;
	}
	if (wrong == radius_packet_unsigned)
		wrong = "it answers without Message-Authenticator, which is "
			"not believed: update it, let a policy of it add one, "
			"or use tls://";
	c->dropped++;
	PRINT_TO(c->cause, "%u packets dropped, the last one: %s", c->dropped,
	    wrong);
	return false;
}

/* The next address, if this one is known not to have received anything. */
static void
next_address(struct radius *r, struct radius_call *c, const char *why)
{
	if (why != c->cause)
		PRINT_TO(c->cause, "%s", why);
	disconnect(c);
	c->at = c->at->ai_next != NULL ? c->at->ai_next : c->query->found;
	if (--c->addresses == 0)
		finish(r, c, HTTP_NOT_SENT);
}

static void
connect_address(struct radius *r, struct radius_call *c)
{
	const struct addrinfo *a = c->at;
	const int type = r->tls != NULL ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_in6 to;

	errno = EAFNOSUPPORT;
	if (a->ai_addrlen <= sizeof(to)) {
		memcpy(&to, a->ai_addr, a->ai_addrlen);
		to.sin6_port = htons(r->port); /* also that of IPv4 */
		c->fd = socket(
		    a->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (c->fd < 0 ||
	    (connect(c->fd, (struct sockaddr *)&to, a->ai_addrlen) != 0 &&
		errno != EINPROGRESS))
		next_address(r, c, strerror(errno));
}

static void
take_addresses(struct radius *r, struct radius_call *c)
{
	if (!name_query_wait(c->query, 0))
		return;
	c->at = c->query->error == 0 ? c->query->found : NULL;
	if (c->at == NULL) {
		c->reply->unresolved = true;
		PRINT_TO(c->cause, "%s", gai_strerror(c->query->error));
		finish(r, c, HTTP_NOT_SENT);
	}
	c->addresses = 0;
	for (const struct addrinfo *a = c->at; a != NULL; a = a->ai_next)
		c->addresses++;
	for (unsigned i = 0; c->addresses > 0 && i < c->turn % c->addresses;
	     i++)
		c->at = c->at->ai_next;
}

static void
work_udp(struct radius *r, struct radius_call *c, int64_t now)
{
	ssize_t n = 0;

	if (now >= c->again_at) {
		if (send(c->fd, c->asked.b, c->asked.len, MSG_NOSIGNAL) < 0 &&
		    !c->sent && errno != ECONNREFUSED) {
			next_address(r, c, strerror(errno));
			return;
		}
		c->sent = true;
		c->again_at = now + c->gap;
		c->gap *= 2;
	}
	/* a flood must not hold the loop */
	for (int i = 0; i < AT_ONCE && n >= 0; i++) {
		n = recv(c->fd, c->got.b, sizeof(c->got.b), 0);
		c->got.len = n > 0 ? (size_t)n : 0;
		if (n >= 0 && take_packet(r, c))
			return;
	}
	/* a refusal can be forged: the request may have been received */
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		PRINT_TO(c->cause, "%s", strerror(errno));
		finish(r, c, HTTP_UNKNOWN);
	}
}

static void
work_tls(struct radius *r, struct radius_call *c, int64_t now)
{
	enum radius_tls_step step = RADIUS_TLS_FAILED;

	(void)now;
	if (c->tls == NULL)
		c->tls = radius_tls_begin(r->tls, c->fd, r->host);
	if (c->tls != NULL)
		step = radius_tls_go_on(c->tls, &c->asked, &c->sent,
		    &c->written, &c->got, c->cause);
	c->events = step == RADIUS_TLS_WRITES ? POLLOUT : POLLIN;
	if (step == RADIUS_TLS_DONE ? !take_packet(r, c)
				    : step == RADIUS_TLS_FAILED && c->sent)
		finish(r, c, HTTP_UNKNOWN);
	else if (step == RADIUS_TLS_FAILED)
		next_address(r, c, c->cause);
	else if (step == RADIUS_TLS_REFUSED)
		finish(r, c, HTTP_CERTIFICATE);
}

static void
work(struct radius *r, struct radius_call *c)
{
	const int64_t now = frame_clock_ms();

	if (c->at == NULL)
		take_addresses(r, c);
	while (!c->finished && c->at != NULL) {
		if (c->fd < 0)
			connect_address(r, c);
		if (c->fd >= 0)
			(r->tls != NULL ? work_tls : work_udp)(r, c, now);
		if (c->fd >= 0)
			break; /* else to the next address */
	}
	if (c->finished || now < (c->sent ? c->ends : c->connected_by))
		return;
	c->reply->unresolved = c->at == NULL;
	if (c->cause[0] == '\0')
		PRINT_TO(c->cause, "%s",
		    c->at == NULL ? "no addresses in time"
				  : "silence: see secret_file, and the "
				    "server's list of clients and log");
	finish(r, c, c->sent ? HTTP_UNKNOWN : HTTP_NOT_SENT);
}

static int64_t
earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
wire_run(struct http *http, struct pollfd *p, size_t count, int64_t until)
{
	static struct pollfd all[HTTP_OTHERS_MAX + CALLS_MAX];
	struct radius *r = wire_of(http);
	size_t n = 0;
	int rc;

	if (count > HTTP_OTHERS_MAX)
		return -1;
	for (; n < count; n++)
		all[n] = p[n];
	for (struct radius_call *c = r->first; c != NULL; c = c->next) {
		if (!c->finished)
			work(r, c);
		if (c->finished) {
			until = 0;
			continue;
		}
		until = earliest(until, c->sent ? c->ends : c->connected_by);
		if (r->tls == NULL && c->sent)
			until = earliest(until, c->again_at);
		if (n < COUNT_OF(all))
			all[n++] = (struct pollfd){ .fd = c->at == NULL
				    ? c->query->answered
				    : c->fd,
				.events = (short)(c->at == NULL ? POLLIN
								: c->events) };
	}
	rc = frame_poll(all, (nfds_t)n, until);
	for (size_t i = 0; i < count; i++)
		p[i].revents = (short)(rc > 0 ? all[i].revents : 0);
	return rc < 0 ? -1 : 0;
}

static void
request_free(struct radius_call *c)
{
	disconnect(c);
	if (c->query != NULL)
		name_query_abandon(c->query);
	secret_free(c);
}

static struct http_reply *
wire_next_finished(struct http *http)
{
	struct http_reply *reply;

	for (struct radius_call **at = &wire_of(http)->first; *at != NULL;
	     at = &(*at)->next) {
		struct radius_call *c = *at;

		if (!c->finished)
			continue;
		reply = c->reply;
		*at = c->next;
		request_free(c);
		return reply;
	}
	return NULL;
}

static bool
wire_start(struct http *http, const struct http_request *req, int64_t deadline,
    struct http_reply *reply)
{
	struct radius *r = wire_of(http);
	struct radius_call *c = calloc(1, sizeof(*c));

	memset(reply, 0, offsetof(struct http_reply, body) + 1);
	reply->fate = HTTP_LOCAL;
	http_reply_set_cause(
	    reply, r->p->base_url, "the request was not begun");
	if (c == NULL)
		return false;
	*c = (struct radius_call){ .reply = reply,
		.secret = req->auth_secret,
		.query = name_query_start(r->host, AF_UNSPEC),
		.turn = r->turn,
		.fd = -1,
		.events = POLLIN,
		.begun = frame_clock_ms(),
		.gap = REPEAT_MS };
	c->ends = earliest(deadline, c->begun + r->p->timeout_ms);
	c->whole = c->ends == c->begun + r->p->timeout_ms;
	c->connected_by =
	    earliest(c->ends, c->begun + r->p->connect_timeout_ms);
	if (c->query == NULL || req->failed || c->secret == NULL ||
	    req->body_len > sizeof(c->asked.b)) {
		request_free(c);
		return false;
	}
	memcpy(c->asked.b, req->body, req->body_len);
	c->asked.len = req->body_len;
	c->next = r->first;
	r->first = c;
	return true;
}

static void
wire_close(struct http *http)
{
	struct radius *r = wire_of(http);

	while (r != NULL && r->first != NULL) {
		struct radius_call *c = r->first;

		r->first = c->next;
		request_free(c);
	}
	if (r != NULL)
		radius_tls_close(r->tls);
	free(r);
}

const struct provider_wire radius_wire = { wire_open, wire_start, wire_run,
	wire_next_finished, NULL, wire_close };
