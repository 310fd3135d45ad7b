/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP requests with libcurl (7.87 or later), one or many at once, and how far
 * each got.
 *
 * libcurl sends a request again by itself when a kept connection turns out
 * dead. Its pre-request callback counts the starts and refuses the second one,
 * so it is certain whether anything was sent.
 */
#include "helper/net/net_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/wire/wire.h"

#define IDLE_MAX 64L /* idle connections; the oldest one beyond is closed */
/* Maximum wait of a round while requests run, and maximum delay of all rounds
 * of a request before it counts as stopped. */
#define WAIT_MS 250
#define LATE_MS 1000
/* CURLMOPT_QUICK_EXIT, by its number: libcurl has it since 8.20, where threads
 * of look-ups belong to the multi handle. */
#define MULTI_QUICK_EXIT (CURLOPTTYPE_LONG + 21)

static int
load_libcurl(void)
{
	static bool done;
	struct sigaction sa;

	if (done)
		return 0;
	if (http_curl_load() == -1)
		return -1;
	/* CURLOPT_NOSIGNAL leaves SIGPIPE to us; its default kills. */
	if (sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
	if (http_curl.curl_global_init_mem(CURL_GLOBAL_DEFAULT,
		wiping_memory_malloc, secret_free, wiping_memory_realloc,
		wiping_memory_strdup, wiping_memory_calloc) != CURLE_OK) {
		errno = ENOMEM;
		return -1;
	}
	done = true;
	return 0;
}

struct http *
http_open(const struct http_peer *peer)
{
	struct http *http;

	if (load_libcurl() == -1)
		return NULL;
	http = calloc(1, sizeof(*http));
	if (http == NULL)
		return NULL;
	http->peer = *peer;
	if (base_url_read(peer->base_url, &http->base) != NULL) {
		free(http);
		errno = EINVAL;
		return NULL;
	}
	if (peer->proxy == NULL || strcmp(http->base.scheme, "https") != 0)
		http->peer.proxy = "";
	http->multi = http_curl.curl_multi_init();
	if (http->multi != NULL &&
	    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, IDLE_MAX) ==
		CURLM_OK) {
		(void)curl_multi_setopt(
		    http->multi, (CURLMoption)MULTI_QUICK_EXIT, 1L);
		return http;
	}
	http_close(http);
	errno = ENOMEM;
	return NULL;
}

static struct http_connection *
find_connection(struct http *http, curl_socket_t fd)
{
	for (size_t i = 0; i < http->conns; i++)
		if (http->conn[i].fd == fd)
			return &http->conn[i];
	return NULL;
}

static curl_socket_t
on_open(void *call, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_call *c = call;
	struct http *http = c->http;
	const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
	struct http_connection *conn;

	(void)purpose;
	name_query_note_tried_address(
	    &c->addresses, &address->addr, address->addrlen);
	if (fd < 0 && shortage_is_errno(errno))
		c->addresses.shortage = true;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	conn = find_connection(http, fd); /* left over: the socket was closed */
	if (conn == NULL && http->conns < HTTP_CONNECTIONS_MAX)
		conn = &http->conn[http->conns++];
	if (conn == NULL) {
		c->addresses.shortage = true;
		close(fd);
		return CURL_SOCKET_BAD;
	}
	*conn = (struct http_connection){ .fd = fd, .call = c };
	return fd;
}

/* A socket without a port, although there is a route, was refused one. */
static void
note_closed(struct address_check *a, int fd)
{
	struct sockaddr_in6 own = { .sin6_port = 0 };
	struct sockaddr_storage peer;
	socklen_t len = sizeof(own), peer_len = sizeof(peer);

	/* the port has the same offset in both families */
	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    own.sin6_port == 0 && (a->routed & ASKED_BIT(own.sin6_family)) != 0)
		a->shortage = true;
	a->reached |= getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct http *http = arg;
	struct http_connection *conn = find_connection(http, fd);

	if (conn != NULL) {
		if (conn->call != NULL) {
			note_closed(&conn->call->addresses, fd);
			conn->call->closed = *conn;
		}
		*conn = http->conn[--http->conns];
	}
	return close(fd);
}

void
http_close_idle(struct http *http)
{
	for (size_t i = 0; i < http->conns; i++)
		if (http->conn[i].call == NULL)
			(void)shutdown(http->conn[i].fd, SHUT_RDWR);
}

/* Compares the reply with the earlier ones of its connection, and notes it.
 * Returns true if the connection has to end, as they may be out of step. */
static bool
note_reply(struct http_call *c, struct http_connection *conn)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	bool same;

	c->noted = true;
	(void)SHA256(
	    (const unsigned char *)c->reply->body, c->reply->len, digest);
	same = !c->repeats && memcmp(digest, conn->last, sizeof(digest)) == 0;
	c->reply->again = c->answer
	    ? memcmp(digest, conn->last_plain, sizeof(digest)) == 0
	    : same;
	memcpy(conn->last, digest, sizeof(digest));
	if (!c->answer)
		memcpy(conn->last_plain, digest, sizeof(digest));
	return same || c->reply->again;
}

/* True for a kept connection that has ended, or on which something came that
 * was not asked for, such as a reply twice: the next one would be taken for
 * this request's. It may have come in one record of TLS with what was asked
 * for, and then waits in libssl. libcurl 7.88 takes the unread end of a TLS
 * session for a sign of life, and 8.22 does not look within a second. */
static bool
is_spoiled(struct http_connection *conn, const struct http_call *c)
{
	struct pollfd p = { .fd = conn->fd, .events = POLLIN };

	return (conn->call != NULL && conn->call != c && !conn->call->noted &&
		   note_reply(conn->call, conn)) ||
	    (conn->used &&
		(poll(&p, 1, 0) != 0 || http_curl_has_unread(c->curl)));
}

/* libcurl names the connection it uses by its addresses alone. It may have
 * taken it from a request whose end it has not reported yet. */
static void
claim_connection(struct http_call *c, const char *remote, int port)
{
	for (size_t i = 0; i < c->http->conns; i++) {
		struct http_connection *conn = &c->http->conn[i];
		struct sockaddr_in6 own = { .sin6_port = 0 };
		struct sockaddr_storage peer;
		socklen_t len = sizeof(own), peer_len = sizeof(peer);
		char text[INET6_ADDRSTRLEN];

		if (getsockname(conn->fd, (struct sockaddr *)&own, &len) == 0 &&
		    ntohs(own.sin6_port) == port &&
		    getpeername(
			conn->fd, (struct sockaddr *)&peer, &peer_len) == 0 &&
		    getnameinfo((struct sockaddr *)&peer, peer_len, text,
			sizeof(text), NULL, 0, NI_NUMERICHOST) == 0 &&
		    strcmp(text, remote) == 0) {
			c->spoiled = is_spoiled(conn, c);
			if (c->spoiled)
				(void)shutdown(conn->fd, SHUT_RDWR);
			conn->call = c;
			conn->used = true;
		}
	}
}

static int
on_request(
    void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct http_call *c = arg;

	(void)local;
	(void)remote_port;
	claim_connection(c, remote, local_port);
	if (c->spoiled) /* nothing was sent: is_begun_anew() */
		return CURL_PREREQFUNC_ABORT;
	c->starts++;
	return c->starts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* libcurl takes cut-off headers for a complete reply. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct http_call *c = arg;
	const size_t n = size * count;

	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		c->headers_end = false; /* after a 1xx another block follows */
	else if (n > 0 && (line[0] == '\r' || line[0] == '\n'))
		c->headers_end = true;
	return n;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *c = arg;
	struct http_reply *reply = c->reply;
	const size_t n = size * count;

	if (n > HTTP_BODY_MAX - reply->len) {
		c->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	memcpy(reply->body + reply->len, data, n);
	reply->len += n;
	reply->body[reply->len] = '\0';
	return n;
}

static bool
set_call_backs(struct http_call *call)
{
	CURL *c = call->curl;
	bool bad = false;

	bad |= curl_easy_setopt(c, CURLOPT_PRIVATE, call) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, call->error) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, call->headers) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_request) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, call) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, call) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, call) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, call) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, on_close) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_CLOSESOCKETDATA, call->http) != 0;
	return !bad;
}

/* Errors of this host that look like network errors are no outage: a user who
 * keeps the host busy could cause one and be admitted. */
static bool
is_local(const struct http_call *c, CURLcode rc)
{
	const struct http_peer *peer = &c->http->peer;

	if (rc == CURLE_OPERATION_TIMEDOUT &&
	    c->left < peer->connect_timeout_ms && c->left < peer->timeout_ms)
		return true;
	return c->addresses.shortage || http_text_is_shortage(c->error);
}

static enum http_fate
find_fate(const struct http_call *c, CURLcode rc)
{
	const enum http_fate unsent = http_fate_from_curl(rc);

	if (rc == CURLE_OK && c->starts == 1 && c->headers_end)
		return HTTP_REPLIED;
	/* An earlier connection has sent it, however the last one failed. */
	if (c->starts > 0)
		return HTTP_UNKNOWN;
	if (is_local(c, rc))
		return HTTP_LOCAL;
	if (c->http->peer.proxy[0] != '\0' &&
	    (unsent == HTTP_NOT_SENT || unsent == HTTP_UNKNOWN))
		return HTTP_PROXY;
	return unsent;
}

static const char *
failure_cause(const struct http_call *c)
{
	if (c->too_long)
		return "the reply is too long";
	if (c->rc == CURLE_OK)
		return "the reply is cut off";
	if (c->starts > 1)
		return "the connection ended after sending; not sent again";
	return c->error[0] != '\0' ? c->error
				   : http_curl.curl_easy_strerror(c->rc);
}

/* Frees the request; its handle and connection are kept for the next one. */
static void
call_free(struct http_call *c)
{
	struct http *http = c->http;

	for (size_t i = http->conns; i-- > 0;)
		if (http->conn[i].call == c && !http->conn[i].used)
			http->conn[i] = http->conn[--http->conns];
		else if (http->conn[i].call == c)
			http->conn[i].call = NULL;
	if (c->curl != NULL)
		http_curl.curl_easy_reset(c->curl);
	if (http->spare == NULL)
		http->spare = c->curl;
	else
		http_curl.curl_easy_cleanup(c->curl);
	http_curl.curl_slist_free_all(c->headers);
	if (c->query != NULL)
		name_query_abandon(c->query);
	free(c);
}

/* Ends its connection if the next reply there may belong to this request, also
 * if it was late. Two wrong codes may have equal replies: then the connection
 * ends, but not the request. */
static void
leave_connection(struct http_call *c, curl_socket_t fd)
{
	struct http_connection *conn = find_connection(c->http, fd);

	if (conn == NULL) /* closed already, or not tracked */
		conn = &c->closed;
	if (!c->noted &&
	    (note_reply(c, conn) || c->reply->fate != HTTP_REPLIED) &&
	    (c->reply->again || conn->call == c))
		(void)shutdown(fd, SHUT_RDWR);
}

/* Sends what was not sent over a spoiled connection by a new one. */
static bool
is_begun_anew(struct http_call *c)
{
	if (!c->spoiled || c->starts > 0)
		return false;
	c->spoiled = false;
	c->error[0] = '\0';
	return curl_easy_setopt(c->curl, CURLOPT_FRESH_CONNECT, 1L) ==
	    CURLE_OK &&
	    http_curl.curl_multi_add_handle(c->http->multi, c->curl) ==
	    CURLM_OK;
}

static const char *
find_host(const struct http_call *c)
{
	return c->reply->fate == HTTP_PROXY
	    ? c->http->peer.proxy + strlen("http://")
	    : c->http->base.host;
}

/* Sets reply->unresolved. A proxy that was reached may lack the name of the
 * provider, or be kept busy. Returns false if a look-up must finish first. */
static bool
check_unresolved(struct http_call *c)
{
	const struct http_reply *reply = c->reply;
	const char *host = find_host(c);
	char name[BASE_URL_HOST_MAX];
	bool complete = c->addresses.reached;

	if (reply->fate == HTTP_PROXY &&
	    (reply->status != 0 || c->addresses.reached ||
		http_fate_from_curl(c->rc) == HTTP_UNKNOWN)) {
		c->reply->unresolved = true;
		return true;
	}
	if ((reply->fate != HTTP_PROXY && reply->fate != HTTP_NOT_SENT) ||
	    c->rc == CURLE_SSL_CONNECT_ERROR)
		return true;
	PRINT_TO(name, "%.*s", (int)strcspn(host, ":"), host);
	if (!complete)
		c->query = name_query_check_families_begin(
		    name, c->addresses.seen, &complete);
	c->reply->unresolved = !complete;
	return c->query == NULL;
}

static void
finish_call(struct http_call *c)
{
	http_reply_set_cause(c->reply, find_host(c), failure_cause(c));
	c->reply->took_ms = frame_clock_ms() - c->begun;
	c->finished = true;
}

static int64_t
max_late_ms(const struct http_peer *peer)
{
	const long half = (peer->connect_timeout_ms < peer->timeout_ms
				  ? peer->connect_timeout_ms
				  : peer->timeout_ms) /
	    2;

	return half < LATE_MS ? half : LATE_MS;
}

static void
end_transfer(struct http_call *c, CURLcode rc)
{
	const struct http_peer *peer = &c->http->peer;
	struct http_reply *reply = c->reply;
	curl_socket_t fd = CURL_SOCKET_BAD;

	/* libcurl names the socket only while it is open */
	(void)curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd);
	(void)http_curl.curl_multi_remove_handle(c->http->multi, c->curl);
	if (is_begun_anew(c))
		return;
	/* libcurl reads the clock and then takes everything that has arrived.
	 * After a stop between the two, that includes a reply that came too
	 * late. It counts as late: the result must not depend on where the stop
	 * began. */
	if (rc == CURLE_OK &&
	    frame_clock_ms() - c->begun > http_request_max_ms(c))
		rc = CURLE_OPERATION_TIMEDOUT;
	c->rc = rc;
	reply->fate = find_fate(c, c->rc);
	reply->stalled = c->late > max_late_ms(peer) &&
	    reply->fate != HTTP_REPLIED && reply->fate != HTTP_CERTIFICATE &&
	    reply->fate != HTTP_LOCAL;
	leave_connection(c, fd);
	(void)curl_easy_getinfo(c->curl,
	    reply->fate == HTTP_PROXY ? CURLINFO_HTTP_CONNECTCODE
				      : CURLINFO_RESPONSE_CODE,
	    &reply->status);
	if (reply->fate == HTTP_REPLIED)
		http_reply_read_headers(c->curl, reply);
	c->query_deadline = frame_clock_ms() + peer->connect_timeout_ms;
	if (c->query_deadline > c->begun + c->left)
		c->query_deadline = c->begun + c->left;
	if (check_unresolved(c))
		finish_call(c);
}

/* Only poll waits in a round: name look-ups have their own thread, sockets
 * never block, and a handshake takes milliseconds. A round that takes longer
 * was stopped from outside; the clock runs on in suspend, which is such a stop.
 * Delays are added up, because many short stops hide as much as a long one. */
static void
note_late(struct http *http)
{
	const int64_t now = clock_ms(), late = now - http->mark - WAIT_MS;

	http->mark = now;
	for (struct http_call *c = http->first; c != NULL && late > 0;
	     c = c->next)
		c->late += late;
}

static void
take_transfers(struct http *http, CURLMcode rc)
{
	const CURLMsg *m;
	void *call = NULL;
	int left;

	while (rc == CURLM_OK &&
	    (m = http_curl.curl_multi_info_read(http->multi, &left)) != NULL) {
		(void)curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, &call);
		end_transfer(call, m->data.result);
	}
	for (struct http_call *c = http->first; c != NULL && rc != CURLM_OK;
	     c = c->next)
		if (!c->finished && c->query == NULL)
			end_transfer(c,
			    rc == CURLM_OUT_OF_MEMORY
				? CURLE_OUT_OF_MEMORY
				: CURLE_BAD_FUNCTION_ARGUMENT);
}

static void
take_query_answer(struct http_call *c)
{
	const bool come = name_query_wait(c->query, 0);

	if (!come && frame_clock_ms() < c->query_deadline)
		return;
	c->reply->unresolved = !name_query_check_families_end(c->query, come);
	c->query = NULL;
	finish_call(c);
}

/* Returns how long a round may wait; 0 once a request has finished. */
static int
round_ms(const struct http *http, int64_t until)
{
	const int64_t left = until - frame_clock_ms();

	for (const struct http_call *c = http->first; c != NULL; c = c->next)
		if (c->finished)
			return 0;
	if (left <= 0)
		return 0;
	return http->first != NULL && left > WAIT_MS ? WAIT_MS
	    : left > INT32_MAX                       ? INT32_MAX
						     : (int)left;
}

static int
round_wait(struct http *http, struct pollfd *p, size_t count, int ms)
{
	static struct curl_waitfd also[HTTP_OTHERS_MAX + HTTP_CONNECTIONS_MAX];
	size_t of[HTTP_OTHERS_MAX];
	unsigned own = 0, all;
	CURLMcode rc;

	for (size_t i = 0; i < count; i++) {
		p[i].revents = 0;
		if (p[i].fd < 0 || own == HTTP_OTHERS_MAX)
			continue;
		of[own] = i;
		also[own++] = (struct curl_waitfd){ .fd = p[i].fd,
			.events = CURL_WAIT_POLLIN };
	}
	all = own;
	for (struct http_call *c = http->first; c != NULL; c = c->next)
		if (c->query != NULL && all - own < HTTP_CONNECTIONS_MAX)
			also[all++] =
			    (struct curl_waitfd){ .fd = c->query->answered,
				    .events = CURL_WAIT_POLLIN };
	rc = http_curl.curl_multi_poll(
	    http->multi, all > 0 ? also : NULL, all, ms, NULL);
	for (unsigned i = 0; i < own; i++)
		p[of[i]].revents = also[i].revents != 0 ? POLLIN : 0;
	return rc == CURLM_OK ? 0 : -1;
}

int
http_run_started(
    struct http *http, struct pollfd *p, size_t count, int64_t until)
{
	int running;
	CURLMcode rc = http_curl.curl_multi_perform(http->multi, &running);

	note_late(http);
	take_transfers(http, rc);
	for (struct http_call *c = http->first; c != NULL; c = c->next)
		if (c->query != NULL)
			take_query_answer(c);
	return round_wait(http, p, count, round_ms(http, until));
}

struct http_reply *
http_next_finished(struct http *http)
{
	struct http_reply *reply;

	for (struct http_call **at = &http->first; *at != NULL;
	     at = &(*at)->next) {
		struct http_call *c = *at;

		if (!c->finished)
			continue;
		reply = c->reply;
		*at = c->next;
		call_free(c);
		return reply;
	}
	return NULL;
}

/* Returns NULL, or why the request cannot start. */
static const char *
call_set_up(struct http_call *c, const struct http_request *req)
{
	if (req->failed ||
	    (req->path[0] != '/' && !http_url_is_valid(req->path)))
		return "the request could not be built";
	if (c->left <= 0)
		return "no time left for this login";
	c->curl = c->http->spare != NULL ? c->http->spare
					 : http_curl.curl_easy_init();
	c->http->spare = NULL;
	if (c->curl == NULL || !http_options_set(c, req) ||
	    !set_call_backs(c) ||
	    http_curl.curl_multi_add_handle(c->http->multi, c->curl) !=
		CURLM_OK)
		return "libcurl refused a setting";
	return NULL;
}

bool
http_start(struct http *http, const struct http_request *req, int64_t deadline,
    struct http_reply *reply)
{
	struct http_call *c = calloc(1, sizeof(*c));
	const char *why = "out of memory";

	memset(reply, 0, offsetof(struct http_reply, body) + 1);
	reply->retry_after_s = HTTP_RETRY_DEFAULT_S;
	/* failures before libcurl runs are of this host */
	reply->fate = HTTP_LOCAL;
	if (c != NULL) {
		c->http = http;
		c->reply = reply;
		c->answer = req->answer;
		c->repeats = req->repeats;
		c->begun = frame_clock_ms();
		c->left = deadline - c->begun;
		why = call_set_up(c, req);
	}
	if (why == NULL) {
		if (http->first == NULL)
			http->mark = clock_ms();
		c->next = http->first;
		http->first = c;
		return true;
	}
	http_reply_set_cause(reply, http->base.host, why);
	if (c != NULL)
		call_free(c);
	return false;
}

void
http_close(struct http *http)
{
	while (http != NULL && http->first != NULL) {
		struct http_call *c = http->first;

		http->first = c->next;
		(void)http_curl.curl_multi_remove_handle(http->multi, c->curl);
		call_free(c);
	}
	if (http == NULL)
		return;
	http_curl.curl_easy_cleanup(http->spare);
	http_curl.curl_slist_free_all(http->proxy_headers);
	(void)http_curl.curl_multi_cleanup(http->multi);
	free(http);
}
