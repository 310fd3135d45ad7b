/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP request with libcurl (7.87 or later), and how far it got.
 *
 * libcurl sends a request again by itself when a kept connection turns out
 * dead. Its pre-request call-back counts the starts and refuses the second one,
 * so it is certain whether anything was sent.
 */
#include "helper/net/net.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/net/net_inside.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/* The parts of a request: a checked path, a form body, or a JSON body that is
 * written piece by piece. */

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* RFC 3986 section 2.3 */
static const char unreserved[] = ALNUM "-._~";
/* Enough for every vendor's path and query; providers write escapes
 * themselves. */
static const char path_bytes[] = ALNUM "-._~/%?=&+:";

/* "/." and "/.." would be removed and lead to another endpoint. */
static bool
has_dot_segment(const char *path)
{
	size_t dots;

	for (const char *p = strchr(path, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		dots = strspn(p + 1, ".");
		if (dots > 0 && dots < 3 && strchr("/?", p[1 + dots]) != NULL)
			return true;
	}
	return false;
}

void
http_path(struct http_request *req, const char *path)
{
	const size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof(req->path) ||
	    strspn(path, path_bytes) != len || has_dot_segment(path)) {
		req->failed = true;
		return;
	}
	memcpy(req->path, path, len + 1);
}

static void
http_put(struct http_request *req, const char *bytes, size_t len)
{
	if (len >= sizeof(req->body) - req->body_len) {
		req->failed = true;
		return;
	}
	memcpy(req->body + req->body_len, bytes, len);
	req->body_len += len;
	req->body[req->body_len] = '\0';
}

/* Percent-encoded. */
static void
put_percent(struct http_request *req, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	const char escape[] = { '%', hex[c >> 4], hex[c & 15] };

	if (strchr(unreserved, c) != NULL)
		http_put(req, (const char *)&c, 1);
	else
		http_put(req, escape, sizeof(escape));
}

void
http_form_text(struct http_request *req, const char *text)
{
	for (; *text != '\0'; text++)
		put_percent(req, (unsigned char)*text);
}

void
http_form(struct http_request *req, const char *name, const char *value)
{
	req->content_type = "application/x-www-form-urlencoded";
	if (req->body_len > 0)
		http_put(req, "&", 1);
	http_form_text(req, name);
	http_put(req, "=", 1);
	http_form_text(req, value);
}

void
http_json(struct http_request *req, const char *piece)
{
	req->content_type = "application/json";
	http_put(req, piece, strlen(piece));
}

/* RFC 8259 section 7: quote, backslash and the control bytes. */
static void
put_json(struct http_request *req, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c >= 0x20 && c != '"' && c != '\\') {
		http_put(req, (const char *)&c, 1);
		return;
	}
	if (c >= 0x20)
		escape[1] = (char)c;
	http_put(req, escape, c >= 0x20 ? 2 : sizeof(escape));
}

void
http_json_text(struct http_request *req, const char *text)
{
	http_json(req, "\"");
	for (; *text != '\0'; text++)
		put_json(req, (unsigned char)*text);
	http_json(req, "\"");
}

int
http_built(const struct http_request *req)
{
	return req->failed ? -1 : 0;
}

int
http_refuse(struct http_request *req)
{
	memset(req, 0, sizeof(*req));
	req->failed = true;
	return -1;
}

#define URL_MAX 1024
#define KEEP_S 30L /* a connection older than this is not used again */

struct http {
	CURL *curl;
	CURLM *multi;         /* keeps the connection */
	curl_socket_t socket; /* of the connection that is kept */
	struct http_peer peer;
	struct base_url base;
	struct asked asked;     /* of the last request */
	struct curl_slist *via; /* the proxy's header, with its password */
	char error[CURL_ERROR_SIZE];
};

/* What the call-backs learn during one request. */
struct transfer {
	struct http_reply *reply;
	unsigned starts;  /* how often libcurl was about to send it */
	bool headers_end; /* the end of the last headers came */
	bool too_long;
};

/* The same for every request. */
static const struct {
	CURLoption option;
	long value;
} options[] = {
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_FOLLOWLOCATION, 0 },  /* credentials must not go elsewhere */
	{ CURLOPT_HTTPPROXYTUNNEL, 1 }, /* TLS reaches to the provider */
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_PATH_AS_IS, 1 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_QUICK_EXIT, 1 }, /* a hanging resolver must not block us */
	{ CURLOPT_MAXAGE_CONN, KEEP_S },
	{ CURLOPT_MAXLIFETIME_CONN, KEEP_S },
};

int
http_set_up(bool at_once)
{
	static bool done;
	struct sigaction sa;

	if (done)
		return 0;
	if (http_curl_load(at_once) == -1)
		return -1;
	/* CURLOPT_NOSIGNAL leaves SIGPIPE to us; its default kills. */
	if (sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_memory_malloc,
		wiping_memory_free, wiping_memory_realloc, wiping_memory_strdup,
		wiping_memory_calloc) != CURLE_OK) {
		errno = ENOMEM;
		return -1;
	}
	done = true;
	return 0;
}

/* Replaces the handles that a connection is made with. */
static int
handles_open(struct http *http)
{
	CURL *curl = curl_easy_init();
	CURLM *multi = curl_multi_init();

	if (curl == NULL || multi == NULL) {
		curl_easy_cleanup(curl);
		(void)curl_multi_cleanup(multi);
		errno = ENOMEM;
		return -1;
	}
	curl_easy_cleanup(http->curl);
	(void)curl_multi_cleanup(http->multi);
	http->curl = curl;
	http->multi = multi;
	http->socket = CURL_SOCKET_BAD;
	return 0;
}

struct http *
http_open(const struct http_peer *peer)
{
	struct http *http;

	if (http_set_up(false) == -1)
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
	if (handles_open(http) == -1) {
		free(http);
		return NULL;
	}
	return http;
}

void
http_close(struct http *http)
{
	if (http == NULL)
		return;
	curl_easy_cleanup(http->curl);
	(void)curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->via);
	free(http);
}

static int
on_request(
    void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *t = arg;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	t->starts++;
	return t->starts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* libcurl takes cut-off headers for a complete reply. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	const size_t n = size * count;

	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		t->headers_end = false; /* after a 1xx another block follows */
	else if (n > 0 && (line[0] == '\r' || line[0] == '\n'))
		t->headers_end = true;
	return n;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	struct http_reply *reply = t->reply;
	const size_t n = size * count;

	if (n > HTTP_BODY_MAX - reply->len) {
		t->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	memcpy(reply->body + reply->len, data, n);
	reply->len += n;
	reply->body[reply->len] = '\0';
	return n;
}

static struct curl_slist *
list_of(const char *const *lines)
{
	struct curl_slist *list = NULL, *longer;

	for (; *lines != NULL; lines++) {
		longer = curl_slist_append(list, *lines);
		if (longer == NULL) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

/* The header lines; wiping_memory wipes libcurl's copies. */
static struct curl_slist *
make_headers(const struct http_request *req)
{
	char auth[HTTP_AUTH_MAX], type[96];
	const char *lines[] = { "Accept: application/json", "Expect:", type,
		auth, NULL };
	struct curl_slist *list = NULL;

	/* An empty value keeps libcurl from adding its own. */
	(void)snprintf(type, sizeof(type), "Content-Type:%s%s",
	    req->content_type == NULL ? "" : " ",
	    req->content_type == NULL ? "" : req->content_type);
	if (http_auth_header(req, auth) == -1)
		return NULL;
	if (auth[0] == '\0')
		lines[3] = NULL;
	list = list_of(lines);
	explicit_bzero(auth, sizeof(auth));
	return list;
}

static CURLcode
set_method(CURL *curl, const struct http_request *req)
{
	CURLcode rc = CURLE_OK;

	switch (req->method) {
	case HTTP_POST:
		rc = curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE, (long)req->body_len);
		if (rc == CURLE_OK)
			rc = curl_easy_setopt(
			    curl, CURLOPT_POSTFIELDS, req->body);
		break;
	case HTTP_GET:
		rc = curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
		break;
	case HTTP_DELETE:
		rc = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
		break;
	}
	return rc;
}

/* As a header, since some versions decode "%41" in libcurl's own options for
 * it. Without one the proxy refuses us. */
static struct curl_slist *
proxy_header(const struct http_peer *peer)
{
	char line[sizeof("Proxy-") + HTTP_AUTH_MAX] = "Proxy-";
	const char *const lines[] = { line, NULL };
	struct curl_slist *list = NULL;

	if (http_auth_basic(peer->proxy_user, peer->proxy_password,
		line + strlen(line)) == 0)
		list = list_of(lines);
	explicit_bzero(line, sizeof(line));
	return list;
}

/* Set everything each time: no option may be left from the last request. */
static bool
set_options(struct http *http, struct transfer *t, struct curl_slist *headers)
{
	CURL *c = http->curl;
	bool bad = false;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		bad |= curl_easy_setopt(
			   c, options[i].option, options[i].value) != 0;
	bad |=
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, http->base.scheme) != 0;
	/* "" keeps libcurl from asking the environment */
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, http->peer.proxy) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_NOPROXY, "") != 0;
	if (http->via == NULL && http->peer.proxy_user != NULL)
		http->via = proxy_header(&http->peer);
	bad |= curl_easy_setopt(c, CURLOPT_PROXYHEADER, http->via) != 0;
	bad |= curl_easy_setopt(
		   c, CURLOPT_USERAGENT, "pam_twofa/" TWOFA_VERSION) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, http->error) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_request) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, t) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, t) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, t) != 0;
	bad |= !http_run_hear(c, &http->asked);
	if (http->peer.ca_file == NULL && http->peer.ca_path == NULL)
		return !bad;
	/* Either one replaces both of the system's, so the other is NULL. */
	bad |= curl_easy_setopt(c, CURLOPT_CAINFO, http->peer.ca_file) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_CAPATH, http->peer.ca_path) != 0;
	return !bad;
}

/* The most time that the whole request may take. */
static long
total_ms(const struct http *http, int64_t left)
{
	const long most = http->peer.timeout_ms;

	return left < most ? (long)left : most;
}

static bool
set_target(struct http *http, const struct http_request *req, long total)
{
	CURL *c = http->curl;
	char url[URL_MAX];
	const int n =
	    snprintf(url, sizeof(url), "%s%s", http->peer.base_url, req->path);
	bool bad = n < 0 || (size_t)n >= sizeof(url) ||
	    curl_easy_setopt(c, CURLOPT_URL, url) != 0;
	explicit_bzero(url, sizeof(url)); /* one vendor puts codes in it */
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, total) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		   http->peer.connect_timeout_ms) != 0;
	bad |= set_method(c, req) != CURLE_OK;
	return !bad;
}

/* Errors of this machine that look like the network's are no outage: a user who
 * keeps it busy could cause one and be let in. */
static bool
http_is_local(const struct http *http, CURLcode rc, int64_t left)
{
	if (rc == CURLE_OPERATION_TIMEDOUT &&
	    left < http->peer.connect_timeout_ms &&
	    left < http->peer.timeout_ms)
		return true;
	return http->asked.shortage || http_trouble_shortage(http->error);
}

/* It may have other addresses. A proxy that was reached may lack the provider's
 * name, or be kept busy. */
static bool
is_unresolved(const struct http *http, CURLcode rc,
    const struct http_reply *reply, const char *host, int64_t deadline)
{
	if (reply->fate == HTTP_PROXY &&
	    (reply->status != 0 || http->asked.reached ||
		http_run_fate(rc) == HTTP_UNKNOWN))
		return true;
	return (reply->fate == HTTP_PROXY || reply->fate == HTTP_NOT_SENT) &&
	    rc != CURLE_SSL_CONNECT_ERROR &&
	    !http_trouble_asked(
		&http->asked, host, http->peer.connect_timeout_ms, deadline);
}

static enum http_fate
fate_of(const struct http *http, CURLcode rc, const struct transfer *t,
    int64_t left)
{
	const enum http_fate unsent = http_run_fate(rc);

	if (rc == CURLE_OK && t->starts == 1 && t->headers_end)
		return HTTP_REPLIED;
	/* However the last connection failed, an earlier one has sent it. */
	if (t->starts > 0)
		return HTTP_UNKNOWN;
	if (http_is_local(http, rc, left))
		return HTTP_LOCAL;
	if (http->peer.proxy[0] != '\0' &&
	    (unsent == HTTP_NOT_SENT || unsent == HTTP_UNKNOWN))
		return HTTP_PROXY;
	return unsent;
}

static const char *
why_of(const struct http *http, CURLcode rc, const struct transfer *t)
{
	if (t->too_long)
		return "the reply is too long";
	if (rc == CURLE_OK)
		return "the reply is cut off";
	if (t->starts > 1)
		return "the connection ended after sending; not sent again";
	return http->error[0] != '\0' ? http->error : curl_easy_strerror(rc);
}

static void
perform(struct http *http, struct transfer *t, int64_t left)
{
	const int64_t begun = frame_clock_ms();
	const char *host = http->base.host;
	struct http_reply *reply = t->reply;
	const struct http_times times = { http->peer.connect_timeout_ms,
		http->peer.timeout_ms, total_ms(http, left) };
	bool stalled;
	const CURLcode rc =
	    http_run(http->multi, http->curl, &times, &stalled, &http->socket);

	reply->fate = fate_of(http, rc, t, left);
	if (reply->fate == HTTP_PROXY)
		host = http->peer.proxy + strlen("http://");
	(void)curl_easy_getinfo(http->curl,
	    reply->fate == HTTP_PROXY ? CURLINFO_HTTP_CONNECTCODE
				      : CURLINFO_RESPONSE_CODE,
	    &reply->status);
	reply->unresolved = is_unresolved(http, rc, reply, host, begun + left);
	reply->stalled = stalled && reply->fate != HTTP_REPLIED &&
	    reply->fate != HTTP_CERTIFICATE && reply->fate != HTTP_LOCAL;
	http_reply_cause(reply, host, why_of(http, rc, t));
	if (reply->fate != HTTP_REPLIED)
		return;
	http_run_headers(http->curl, reply);
}

/* Without memory for a new one, use the old: the request is sent once
 * anyway. */
static void
connection_check(struct http *http)
{
	if (http_trouble_ended(http->socket))
		(void)handles_open(http);
}

void
http_send(struct http *http, const struct http_request *req, int64_t deadline,
    struct http_reply *reply)
{
	const int64_t begun = frame_clock_ms();
	struct transfer t = { .reply = reply };
	struct curl_slist *headers = NULL;

	memset(reply, 0, offsetof(struct http_reply, body) + 1);
	reply->retry_after_s = HTTP_RETRY_DEFAULT_S;
	reply->fate = HTTP_LOCAL; /* any failure before libcurl runs is ours */
	http->error[0] = '\0';
	http->asked = (struct asked){ .seen = 0 };
	if (req->failed || req->path[0] != '/') {
		http_reply_cause(
		    reply, http->base.host, "the request could not be built");
		return;
	}
	if (deadline <= begun) {
		http_reply_cause(
		    reply, http->base.host, "no time left for this login");
		return;
	}
	connection_check(http);
	headers = make_headers(req);
	if (headers == NULL || !set_options(http, &t, headers) ||
	    !set_target(http, req, total_ms(http, deadline - begun))) {
		http_reply_cause(
		    reply, http->base.host, "libcurl refused a setting");
		goto out;
	}
	perform(http, &t, deadline - begun);
out:
	/* Forget pointers to data that is wiped; the connection stays. */
	curl_easy_reset(http->curl);
	curl_slist_free_all(headers);
	reply->took_ms = frame_clock_ms() - begun;
}
