/* SPDX-License-Identifier: BSD-2-Clause */
/* One transfer: runs it, detects when this process was stopped meanwhile, and
 * reports how it ended. */
#include "helper/net/http_run.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "helper/base/shortage.h"
#include "helper/net/http_reply.h"
#include "lib/wire/wire.h"

/* Errors before the first byte is sent. After any other, the provider may have
 * received the request. */
static const struct {
	CURLcode rc;
	enum http_fate fate;
} unsent[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NOT_SENT },
	{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_NOT_SENT },
	{ CURLE_COULDNT_CONNECT, HTTP_NOT_SENT },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_NOT_SENT },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_NOT_SENT },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_CERTIFICATE },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_CERTIFICATE },
	{ CURLE_SSL_ISSUER_ERROR, HTTP_CERTIFICATE },
	{ CURLE_SSL_INVALIDCERTSTATUS, HTTP_CERTIFICATE },
	{ CURLE_OUT_OF_MEMORY, HTTP_LOCAL },
	{ CURLE_FAILED_INIT, HTTP_LOCAL },
	{ CURLE_NOT_BUILT_IN, HTTP_LOCAL },
	{ CURLE_URL_MALFORMAT, HTTP_LOCAL },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_LOCAL },
	{ CURLE_BAD_FUNCTION_ARGUMENT, HTTP_LOCAL },
	{ CURLE_UNKNOWN_OPTION, HTTP_LOCAL },
	{ CURLE_SSL_ENGINE_INITFAILED, HTTP_LOCAL },
};

/* BOOTTIME continues in suspend, which also stops us, and cannot be set. */
static int64_t
now_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One round of work and of waiting. False when the transfer is over. */
static bool
round_of(CURLM *multi, CURLMcode *rc)
{
	int running = 0;

	*rc = curl_multi_perform(multi, &running);
	if (*rc == CURLM_OK && running > 0)
		*rc = curl_multi_poll(multi, NULL, 0, HTTP_RUN_WAIT_MS, NULL);
	return *rc == CURLM_OK && running > 0;
}

/* Only poll waits in a round: name look-ups have their own thread, sockets
 * never block, and a handshake takes milliseconds. A round that takes longer
 * was stopped from outside. The sum over all rounds counts, because many short
 * stops hide as much as a long one. */
static CURLMcode
rounds(CURLM *multi, long late_ms, bool *stalled)
{
	int64_t begun = now_ms(), late = 0, now;
	CURLMcode rc;
	bool on;

	do {
		on = round_of(multi, &rc);
		now = now_ms();
		if (now - begun > HTTP_RUN_WAIT_MS)
			late += now - begun - HTTP_RUN_WAIT_MS;
		begun = now;
	} while (on);
	*stalled = late > late_ms;
	return rc;
}

static CURLcode
result_of(CURLM *multi, CURLMcode rc)
{
	const CURLMsg *message;
	int left;

	if (rc == CURLM_OUT_OF_MEMORY)
		return CURLE_OUT_OF_MEMORY;
	message = rc == CURLM_OK ? curl_multi_info_read(multi, &left) : NULL;
	return message != NULL ? message->data.result
			       : CURLE_BAD_FUNCTION_ARGUMENT;
}

/* libcurl looks at its clock and then takes everything that has come. After a
 * stop between the two, that includes a reply that came too late. Count it as
 * late: the result must not depend on where the stop began. */
static CURLcode
in_time(CURLcode result, int64_t took, int64_t most)
{
	return result == CURLE_OK && took > most ? CURLE_OPERATION_TIMEDOUT
						 : result;
}

CURLcode
http_run(CURLM *multi, CURL *curl, const struct http_times *times,
    bool *stalled, curl_socket_t *socket)
{
	const int64_t begun = frame_clock_ms();
	const long half =
	    (times->connect_ms < times->timeout_ms ? times->connect_ms
						   : times->timeout_ms) /
	    2;
	CURLMcode rc = curl_multi_add_handle(multi, curl);
	CURLcode result;

	*stalled = false;
	*socket = CURL_SOCKET_BAD;
	if (rc != CURLM_OK)
		return rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY
						 : CURLE_FAILED_INIT;
	rc = rounds(
	    multi, half < HTTP_RUN_LATE_MS ? half : HTTP_RUN_LATE_MS, stalled);
	result = result_of(multi, rc);
	/* libcurl only knows a connection while it is open */
	(void)curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, socket);
	(void)curl_multi_remove_handle(multi, curl);
	return in_time(result, frame_clock_ms() - begun, times->total_ms);
}

enum http_fate
http_run_fate(CURLcode rc)
{
	for (size_t i = 0; i < sizeof(unsent) / sizeof(unsent[0]); i++)
		if (unsent[i].rc == rc)
			return unsent[i].fate;
	return HTTP_UNKNOWN;
}

static const char *
value_of(CURL *curl, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) ==
		CURLHE_OK
	    ? header->value
	    : NULL;
}

void
http_run_headers(CURL *curl, struct http_reply *reply)
{
	const char *wait = value_of(curl, "Retry-After");
	const char *date = value_of(curl, "Date");

	if (wait == NULL)
		wait = value_of(curl, "x-ratelimit-reset");
	reply->retry_after_s = wait != NULL
	    ? http_reply_retry_after(wait, time(NULL))
	    : HTTP_RETRY_DEFAULT_S;
	reply->date = date != NULL ? http_reply_date(date) : 0;
}

static curl_socket_t
on_open(void *asked, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct asked *a = asked;
	const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);

	(void)purpose;
	asked_note(a, &address->addr, address->addrlen);
	if (fd < 0 && shortage_errno(errno))
		a->shortage = true;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* A socket that has no port although there is a route was refused one. */
static int
on_close(void *asked, curl_socket_t fd)
{
	struct sockaddr_in6 own = { .sin6_port = 0 };
	struct sockaddr_storage peer;
	socklen_t len = sizeof(own), peer_len = sizeof(peer);
	struct asked *a = asked;

	/* the port stands at the same place in both families */
	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    own.sin6_port == 0 && (a->way & ASKED_BIT(own.sin6_family)) != 0)
		a->shortage = true;
	a->reached |= getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0;
	return close(fd);
}

bool
http_run_hear(CURL *curl, struct asked *asked)
{
	return curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open) ==
	    0 &&
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, asked) == 0 &&
	    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, on_close) ==
	    0 &&
	    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, asked) == 0;
}
