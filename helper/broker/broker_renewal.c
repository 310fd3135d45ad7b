/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program that replaces the listener has to know of its brokers, as a
 * text. */
#include "helper/broker/broker_inside.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#define LOGIN_TEXT_MAX 512
#define PIPES (BROKER_MAX * (BROKER_OLD_MAX + 1))
/* What follows it is unknown to a program of before, which writes descriptors
 * or another number there. */
#define FORMAT 20000001

static int
write_one(const struct broker_slot *k, char *text, size_t size)
{
	int n = snprintf(text, size, "%d,%" PRId64 ",%d,%" PRId64,
	    (int)k->now.pid, k->now.since, k->now.control, k->crashed_at);

	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		n += snprintf(text + n, size - (size_t)n, ",%d,%" PRId64,
		    (int)k->old[i].pid, k->old[i].since);
	return n +
	    snprintf(text + n, size - (size_t)n, ",%" PRId64 ",%d,",
		k->unanswered_at,
		k->wants_successor | k->broken << 1 | k->prompt << 2 |
		    k->unread << 3);
}

static int
write_login(const struct broker_login *l, char *text, size_t size)
{
	int n = snprintf(text, size, "%d,%u,%" PRId64 ",%d,", (int)l->worker,
	    l->uid, l->login, l->module);

	for (size_t i = 0; i < BROKER_MAX; i++)
		n += snprintf(text + n, size - (size_t)n, "%d,%d,%" PRId64 ",",
		    l->end[i].fd, (int)l->end[i].holder, l->end[i].used);
	return n;
}

/* The pipes of all brokers, the present one of each slot behind those before
 * it. */
static int *
pipe_at(struct broker_supervisor *all, size_t i)
{
	struct broker_slot *k = &all->slot[i / (BROKER_OLD_MAX + 1)];
	const size_t n = i % (BROKER_OLD_MAX + 1);

	return n == BROKER_OLD_MAX ? &k->now.says : &k->old[n].says;
}

/* Writes numbers, among them each byte of the keys. */
void
broker_supervisor_save(
    struct broker_supervisor *all, char text[BROKER_TEXT_MAX])
{
	const unsigned char *key =
	    broker_process_keys() != NULL ? broker_process_keys()[0] : NULL;
	int n = snprintf(text, BROKER_TEXT_MAX, "%zu,%d,", all->providers,
	    all->has_providers);

	for (size_t i = 0; i < BROKER_MAX; i++)
		n += write_one(
		    &all->slot[i], text + n, BROKER_TEXT_MAX - (size_t)n);
	if (key == NULL)
		return;
	for (size_t i = 0; i < BROKER_KEYS_LEN; i++)
		n += snprintf(
		    text + n, BROKER_TEXT_MAX - (size_t)n, "%d,", key[i]);
	n += snprintf(text + n, BROKER_TEXT_MAX - (size_t)n, "%d,", FORMAT);
	for (size_t i = 0; i < PIPES; i++)
		n += snprintf(text + n, BROKER_TEXT_MAX - (size_t)n, "%d,",
		    *pipe_at(all, i));
	for (size_t i = 0; i < all->logins;)
		if (n < BROKER_TEXT_MAX - LOGIN_TEXT_MAX)
			n += write_login(
			    &all->login[i++], text + n, LOGIN_TEXT_MAX);
		else
			broker_logins_remove(all, all->login[i].worker, false);
}

static int64_t
next_number(const char **text)
{
	char *end;
	const int64_t number = strtoll(*text, &end, 10);

	*text = *end == ',' ? end + 1 : end;
	return number;
}

static void
restore_one(struct broker_slot *k, const char **text)
{
	int64_t flags;

	k->now.pid = (pid_t)next_number(text);
	k->now.since = next_number(text);
	k->now.control = (int)next_number(text);
	k->crashed_at = next_number(text);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++) {
		k->old[i].pid = (pid_t)next_number(text);
		k->old[i].since = next_number(text);
		k->old[i].served = true;
	}
	k->unanswered_at = next_number(text);
	flags = next_number(text);
	k->wants_successor = (flags & 1) != 0;
	k->broken = (flags & 2) != 0;
	k->prompt = (flags & 4) != 0;
	k->unread = (flags & 8) != 0;
	k->pinged_at = 0;
	k->now.served = true;
	if (k->now.pid == 0 || fcntl(k->now.control, F_GETFD) < 0)
		k->now = (struct broker_process){ .control = -1, .says = -1 };
}

static void
restore_login(struct broker_login *l, const char **text)
{
	l->worker = (pid_t)next_number(text);
	l->uid = (uid_t)next_number(text);
	l->login = next_number(text);
	l->module = (int)next_number(text);
	for (size_t i = 0; i < BROKER_MAX; i++) {
		l->end[i].fd = (int)next_number(text);
		l->end[i].holder = (pid_t)next_number(text);
		l->end[i].used = next_number(text);
	}
}

void
broker_supervisor_restore(struct broker_supervisor *all, char *text)
{
	const char *at = text;
	unsigned char *key =
	    broker_process_keys() != NULL ? broker_process_keys()[0] : NULL;

	all->providers = (size_t)next_number(&at) % BROKER_MAX;
	all->has_providers = next_number(&at) != 0;
	for (size_t i = 0; i < BROKER_MAX; i++)
		restore_one(&all->slot[i], &at);
	for (size_t i = 0; i < BROKER_KEYS_LEN && *at != '\0' && key != NULL;
	     i++)
		key[i] = (unsigned char)next_number(&at);
	if (next_number(&at) != FORMAT) { /* its brokers have no pipes */
		broker_supervisor_retire(all, true, frame_clock_ms());
		at = "";
	}
	for (size_t i = 0; i < PIPES && *at != '\0'; i++)
		*pipe_at(all, i) = (int)next_number(&at);
	while (*at != '\0' && all->logins < BROKER_LOGINS_MAX)
		restore_login(&all->login[all->logins++], &at);
	explicit_bzero(text, strlen(text)); /* workers would inherit the keys */
	broker_supervisor_keep_fds_on_exec(all, false);
}

static void
keep_fd(int fd, bool keep)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

void
broker_supervisor_keep_fds_on_exec(struct broker_supervisor *all, bool keep)
{
	for (size_t i = 0; i < PIPES; i++)
		keep_fd(*pipe_at(all, i), keep);
	for (size_t i = 0; i < BROKER_MAX; i++)
		keep_fd(all->slot[i].now.control, keep);
	for (size_t i = 0; i < all->logins; i++) {
		keep_fd(all->login[i].module, keep);
		for (size_t n = 0; n < BROKER_MAX; n++)
			keep_fd(all->login[i].end[n].fd, keep);
	}
}
