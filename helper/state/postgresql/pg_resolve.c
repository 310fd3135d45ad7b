/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's addresses. getaddrinfo waits for as long as resolv.conf says, and
 * libpq would call it, so a thread of its own does. At the deadline it is left
 * alone; it ends by itself, or with the process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "helper/state/postgresql/pg.h"
#include "lib/wire/frame.h"

/* The last user frees it. */
struct question {
	atomic_int users;
	int answered; /* eventfd */
	int error;    /* of getaddrinfo */
	struct addrinfo *found;
	char name[STORE_URL_HOST_MAX + 1];
};

static void
leave(struct question *q)
{
	if (atomic_fetch_sub(&q->users, 1) > 1)
		return;
	if (q->found != NULL)
		freeaddrinfo(q->found);
	if (q->answered >= 0)
		close(q->answered);
	free(q);
}

static void *
look_up(void *ctx)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct question *q = ctx;

	q->error = getaddrinfo(q->name, NULL, &hints, &q->found);
	(void)eventfd_write(q->answered, 1);
	leave(q);
	return NULL;
}

/* NULL: there is no memory or no thread for it. */
static struct question *
ask(const char *name)
{
	struct question *q = calloc(1, sizeof(*q));
	pthread_attr_t attr;
	pthread_t thread;
	int error = ENOMEM;

	if (q == NULL)
		return NULL;
	atomic_init(&q->users, 2);
	q->answered = eventfd(0, EFD_CLOEXEC);
	snprintf(q->name, sizeof(q->name), "%s", name);
	if (q->answered >= 0 && pthread_attr_init(&attr) == 0) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		error = pthread_create(&thread, &attr, look_up, q);
		pthread_attr_destroy(&attr);
	}
	if (error == 0)
		return q;
	atomic_store(&q->users, 1);
	leave(q);
	return NULL;
}

static bool
is_answered(const struct question *q, int64_t deadline)
{
	struct pollfd p = { .fd = q->answered, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = pg_stall_round(deadline) - frame_clock_ms();
		n = poll(&p, 1, left <= 0 ? 0 : (int)left);
	} while (
	    n < 0 ? errno == EINTR : n == 0 && frame_clock_ms() < deadline);
	return n > 0;
}

static void
take(const struct question *q, struct pg_addresses *out)
{
	for (const struct addrinfo *a = q->found;
	     a != NULL && out->count < PG_ADDRESSES; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen,
			out->text[out->count], PG_ADDRESS_MAX, NULL, 0,
			NI_NUMERICHOST) == 0)
			out->count++;
}

/* What this machine is short of is not the server's absence. */
static enum pg_failure
failed(const struct question *q, struct pg_addresses *out, const char **why)
{
	out->silent = q->error == EAI_AGAIN;
	*why = q->error == EAI_SYSTEM ? "the name service cannot be asked"
				      : gai_strerror(q->error);
	return q->error == EAI_SYSTEM || q->error == EAI_MEMORY
	    ? PG_BUSY
	    : PG_OUT_OF_REACH;
}

enum pg_failure
pg_resolve(const char *name, int64_t deadline, struct pg_addresses *out,
    const char **why)
{
	unsigned char binary[sizeof(struct in6_addr)];
	enum pg_failure result = PG_OUT_OF_REACH;
	struct question *q;

	out->count = 0;
	out->silent = false;
	*why = "the name service has no address of it";
	if (inet_pton(AF_INET, name, binary) == 1 ||
	    inet_pton(AF_INET6, name, binary) == 1) {
		snprintf(out->text[out->count++], PG_ADDRESS_MAX, "%s", name);
		return PG_FINE;
	}
	q = ask(name);
	if (q == NULL) {
		*why = "no thread could be started to look up its address";
		return PG_BUSY;
	}
	out->silent = !is_answered(q, deadline);
	if (out->silent)
		*why = "no answer in time from the name service, which was "
		       "asked for its address";
	else if (q->error != 0)
		result = failed(q, out, why);
	else
		take(q, out);
	leave(q);
	return out->count > 0 ? PG_FINE : result;
}
