/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's addresses. getaddrinfo waits for as long as resolv.conf says, and
 * libpq would call it, so a thread of its own does. At the deadline it is left
 * alone; it ends by itself, or with the process.
 *
 * A local user can keep a name from being resolved, so that is no outage. Where
 * it is one of the name service, the addresses of last time are asked, which
 * the file address.NAME in state_dir has: the certificate tells whether it is
 * still that server.
 */
#include <errno.h>
#include <fcntl.h>
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

/* Those of last time, or none; or keep these for another time. */
static void
known_addresses(
    const char *dir, const char *name, bool keep, struct pg_addresses *a)
{
	char path[STATE_FOLDER_MAX + STORE_URL_HOST_MAX + 16];
	ssize_t len = -1;
	int fd;

	if (!keep)
		memset(a, 0, sizeof(*a));
	snprintf(path, sizeof(path), "%s/address.%s", dir, name);
	fd = open(path,
	    (keep ? O_WRONLY | O_CREAT : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return;
	if (keep)
		(void)!pwrite(fd, a->text, sizeof(a->text), 0);
	else
		len = pread(fd, a->text, sizeof(a->text), 0);
	close(fd);
	while (len == (ssize_t)sizeof(a->text) && a->count < PG_ADDRESSES &&
	    a->text[a->count][0] != '\0')
		a->text[a->count++][PG_ADDRESS_MAX - 1] = '\0';
}

static void
take(const struct addrinfo *found, struct pg_addresses *out)
{
	memset(out, 0, sizeof(*out));
	for (; found != NULL && out->count < PG_ADDRESSES;
	     found = found->ai_next) {
		if (getnameinfo(found->ai_addr, found->ai_addrlen,
			out->text[out->count], PG_ADDRESS_MAX, NULL, 0,
			NI_NUMERICHOST) != 0)
			continue;
		asked_note(&out->asked, found->ai_addr, found->ai_addrlen);
		out->count++;
	}
}

static bool
is_address(const char *name, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST };

	return getaddrinfo(name, NULL, &hints, found) == 0;
}

/* Those of last time, in the order in which they were given. */
static enum pg_failure
take_known(const struct pg_addresses *known, struct pg_addresses *out)
{
	struct addrinfo *found;

	*out = *known;
	for (size_t i = 0; i < out->count; i++) {
		if (!is_address(out->text[i], &found))
			return PG_BUSY;
		asked_note(&out->asked, found->ai_addr, found->ai_addrlen);
		freeaddrinfo(found);
	}
	return out->count > 0 ? PG_FINE : PG_BUSY;
}

/* By a name service; what it has is kept for another time. */
static enum pg_failure
look(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	const int64_t now = frame_clock_ms();
	struct question *q = ask(name);
	struct pg_addresses known;

	known_addresses(dir, name, false, &known);
	*why = "no thread could be started to look it up";
	if (q == NULL)
		return take_known(&known, out);
	*why = "the name service has no address of it";
	if (!is_answered(
		q, known.count > 0 ? now + (deadline - now) / 2 : deadline))
		*why = "no answer in time from the name service";
	else if (q->error == 0)
		take(q->found, out);
	else
		*why = q->error == EAI_SYSTEM
		    ? "the name service cannot be asked"
		    : gai_strerror(q->error);
	leave(q);
	if (out->count == 0 || asked_nobody(&out->asked))
		return take_known(known.count > 0 ? &known : out, out);
	if (memcmp(known.text, out->text, sizeof(known.text)) != 0)
		known_addresses(dir, name, true, out);
	return PG_FINE;
}

enum pg_failure
pg_resolve(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	struct addrinfo *found;

	memset(out, 0, sizeof(*out));
	if (!is_address(name, &found))
		return look(dir, name, deadline, out, why);
	take(found, out);
	freeaddrinfo(found);
	return PG_FINE;
}
