/* SPDX-License-Identifier: BSD-2-Clause */
/* Name look-ups by threads, and whether all addresses of a name are known. */
#include "helper/net/net_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/wire/wire.h"

/* Connecting a datagram socket looks for the route and takes a port. */
void
name_query_note_tried_address(
    struct address_check *a, const struct sockaddr *to, socklen_t len)
{
	const int fd OWNED(owned_fd) =
	    socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int error = fd < 0 || connect(fd, to, len) != 0 ? errno : 0;
	const bool is_short =
	    shortage_is_errno(error) && error != EADDRNOTAVAIL;

	a->shortage |= is_short;
	a->seen |= ASKED_BIT(to->sa_family);
	if (error == 0 || is_short)
		a->routed |= ASKED_BIT(to->sa_family);
}

void
name_query_abandon(struct name_query *q)
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
look_up_name(void *ctx)
{
	struct name_query *q = ctx;
	const struct addrinfo hints = { .ai_family = q->family,
		.ai_socktype = SOCK_STREAM };

	q->error = getaddrinfo(q->name, NULL, &hints, &q->found);
	(void)eventfd_write(q->answered, 1);
	name_query_abandon(q);
	return NULL;
}

struct name_query *
name_query_start(const char *name, int family)
{
	struct name_query *q = calloc(1, sizeof(*q));
	pthread_attr_t attr;
	pthread_t thread;
	int error = ENOMEM;

	if (q == NULL)
		return NULL;
	atomic_init(&q->users, 2);
	q->family = family;
	q->answered = eventfd(0, EFD_CLOEXEC);
	PRINT_TO(q->name, "%s", name);
	if (q->answered >= 0 && pthread_attr_init(&attr) == 0) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		error = pthread_create(&thread, &attr, look_up_name, q);
		pthread_attr_destroy(&attr);
	}
	if (error == 0)
		return q;
	atomic_store(&q->users, 1);
	name_query_abandon(q);
	return NULL;
}

bool
name_query_wait(const struct name_query *q, int64_t until)
{
	struct pollfd p = { .fd = q->answered, .events = POLLIN };

	return frame_poll(&p, 1, until) > 0;
}

/* Returns the families in /etc/hosts, which needs no name service. */
static unsigned
seen_in_hosts(const char *name)
{
	FILE *f OWNED(owned_file) = fopen("/etc/hosts", "re");
	char line[1024], *rest, *word;
	unsigned seen = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "#\n")] = '\0';
		word = strtok_r(line, " \t", &rest);
		while (word != NULL &&
		    (word = strtok_r(NULL, " \t", &rest)) != NULL)
			if (strcasecmp(word, name) == 0)
				seen |= ASKED_BIT(strchr(line, ':') != NULL
					? AF_INET6
					: AF_INET);
	}
	return seen;
}

struct name_query *
name_query_check_families_begin(const char *name, unsigned seen, bool *complete)
{
	const int missing = seen == ASKED_BIT(AF_INET) ? AF_INET6 : AF_INET;
	const int fd = socket(missing, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool without = fd < 0 && errno == EAFNOSUPPORT;

	if (fd >= 0)
		close(fd);
	*complete = seen != 0;
	if (seen == 0 || (seen & ASKED_BIT(missing)) != 0 || without ||
	    name[strspn(name, TEXT_DIGITS ".[")] == '\0' ||
	    seen_in_hosts(name) == seen)
		return NULL;
	*complete = false;
	return name_query_start(name, missing);
}

bool
name_query_check_families_end(struct name_query *q, bool answered)
{
	const bool none = answered &&
	    (q->error == EAI_NONAME || q->error == EAI_NODATA ||
		q->error == EAI_ADDRFAMILY);

	name_query_abandon(q);
	return none;
}
