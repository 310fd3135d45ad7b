/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program that replaces the listener has to know of its brokers, as a
 * text. */
#include "helper/broker/broker.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "helper/broker/broker_inside.h"

#define LOGIN_TEXT_MAX 512

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
		k->unanswered_at, k->wants_successor);
}

static int
write_login(const struct broker_login *l, char *text, size_t size)
{
	int n =
	    snprintf(text, size, "%d,%u,%" PRId64 ",%" PRId64 ",%" PRId64 ",",
		(int)l->worker, l->uid, l->login, l->asks, l->module);

	for (size_t i = 0; i < BROKER_MAX; i++)
		n += snprintf(text + n, size - (size_t)n, "%" PRId64 ",%d,",
		    l->socket[i], (int)l->holder[i]);
	return n;
}

/* Writes numbers, among them each byte of the keys. What follows the keys is
 * unknown to a program of before 1.0, which ends there. */
void
broker_supervisor_save(
    const struct broker_supervisor *all, char text[BROKER_TEXT_MAX])
{
	const unsigned char *key =
	    broker_process_keys() != NULL ? broker_process_keys()[0] : NULL;
	int n = snprintf(text, BROKER_TEXT_MAX, "%zu,%d,", all->providers,
	    all->has_providers);

	for (size_t i = 0; i < BROKER_MAX; i++)
		n += write_one(
		    &all->slot[i], text + n, BROKER_TEXT_MAX - (size_t)n);
	for (size_t i = 0; i < BROKER_KEYS_LEN && key != NULL; i++)
		n += snprintf(
		    text + n, BROKER_TEXT_MAX - (size_t)n, "%d,", key[i]);
	for (size_t i = 0; i < BROKER_MAX * BROKER_OLD_MAX && key != NULL; i++)
		n += snprintf(text + n, BROKER_TEXT_MAX - (size_t)n, "%d,",
		    all->slot[i / BROKER_OLD_MAX]
			.old[i % BROKER_OLD_MAX]
			.control);
	for (size_t i = 0; i < all->logins && key != NULL &&
	     n < BROKER_TEXT_MAX - LOGIN_TEXT_MAX;
	     i++)
		n += write_login(&all->login[i], text + n, LOGIN_TEXT_MAX);
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
	k->now.pid = (pid_t)next_number(text);
	k->now.since = next_number(text);
	k->now.control = (int)next_number(text);
	k->crashed_at = next_number(text);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++) {
		k->old[i].pid = (pid_t)next_number(text);
		k->old[i].since = next_number(text);
	}
	k->unanswered_at = next_number(text);
	k->wants_successor = next_number(text) != 0;
	k->pinged_at = k->now.since;
	if (k->now.pid == 0 || fcntl(k->now.control, F_GETFD) < 0)
		k->now = (struct broker_process){ .control = -1 };
}

/* A program of before 1.0 has not written it, and kept none open. */
static void
restore_old_control(struct broker_process *b, const char **text)
{
	const int control = (int)next_number(text);

	if (b->pid != 0 && control > 0 && fcntl(control, F_GETFD) >= 0)
		b->control = control;
}

static void
restore_login(struct broker_login *l, const char **text)
{
	l->worker = (pid_t)next_number(text);
	l->uid = (uid_t)next_number(text);
	l->login = next_number(text);
	l->asks = next_number(text);
	l->module = next_number(text);
	for (size_t i = 0; i < BROKER_MAX; i++) {
		l->socket[i] = next_number(text);
		l->holder[i] = (pid_t)next_number(text);
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
	for (size_t i = 0; i < BROKER_MAX * BROKER_OLD_MAX; i++)
		restore_old_control(
		    &all->slot[i / BROKER_OLD_MAX].old[i % BROKER_OLD_MAX],
		    &at);
	while (*at != '\0' && all->logins < BROKER_LOGINS_MAX)
		restore_login(&all->login[all->logins++], &at);
	explicit_bzero(text, strlen(text)); /* workers would inherit the keys */
	broker_supervisor_keep_fds_on_exec(all, false);
}
