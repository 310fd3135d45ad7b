/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures that are not the provider's answer: a kept connection that has
 * ended, and shortages of this machine. */
#include "helper/net/http_trouble.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/values/values.h"
#include "lib/wire/wire.h"

/* libcurl 7.88 takes the end of a TLS session, waiting to be read, for a sign
 * of life: it would send the request there, lose it, and could not send it
 * again. With a provider that closes idle connections, every slow typist would
 * be denied. */
bool
http_trouble_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}

/* What libcurl and OpenSSL write about a shortage. */
static bool
says_shortage(const char *text)
{
	return strstr(text, "thread failed to start") != NULL ||
	    strstr(text, "malloc failure") != NULL;
}

bool
http_trouble_shortage(const char *text)
{
	return says_shortage(text) || shortage_now();
}

bool
http_trouble_asked(
    const struct asked *a, const char *host, int64_t most_ms, int64_t deadline)
{
	const int64_t until = frame_clock_ms() + most_ms;
	char name[BASE_URL_HOST_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(host, ":"), host);
	return a->reached ||
	    asked_whole(name, a->seen, until < deadline ? until : deadline,
		question_answered);
}
