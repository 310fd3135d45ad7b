/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the connections are that brokers have, as the listener knows it: what a
 * broker says of one that it returns could be of its own making. */
#include "helper/broker/broker.h"

#include <sys/socket.h>

#include "helper/broker/broker_inside.h"

/* A number that no other socket gets until the next boot; or 0, also for -1. */
static int64_t
socket_id(int fd)
{
	uint64_t id = 0;
	socklen_t len = sizeof(id);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &id, &len) == 0
	    ? (int64_t)id
	    : 0;
}

void
broker_logins_note(struct broker_supervisor *all, const struct broker_slot *k,
    const struct broker_control_message *m, const int fd[BROKER_CONTROL_FDS])
{
	struct broker_login *l = all->login;

	while (l < all->login + all->logins && l->worker != m->pid)
		l++;
	if (l == all->login + BROKER_LOGINS_MAX)
		return;
	if (l == all->login + all->logins) {
		*l = (struct broker_login){ .worker = (pid_t)m->pid,
			.uid = (uid_t)m->uid,
			.login = m->login,
			.asks = m->asks };
		all->logins++;
	}
	l->socket[k->which] = socket_id(fd[0]);
	if (k->which == 0)
		l->module = socket_id(fd[1]);
	l->holder[k->which] = k->now.pid;
}

bool
broker_logins_find(const struct broker_supervisor *all, size_t which,
    pid_t broker, const int fd[BROKER_CONTROL_FDS],
    struct broker_control_message *m)
{
	const int64_t id = socket_id(fd[0]), module = socket_id(fd[1]);

	for (const struct broker_login *l = all->login;
	     id != 0 && l < all->login + all->logins; l++) {
		if (l->socket[which] != id || l->holder[which] != broker ||
		    module != (which == 0 ? l->module : 0))
			continue;
		*m = (struct broker_control_message){ .kind = BROKER_TAKE,
			.uid = (int64_t)l->uid,
			.pid = (int64_t)l->worker,
			.login = l->login,
			.asks = l->asks };
		return true;
	}
	return false;
}

void
broker_logins_remove(struct broker_supervisor *all, pid_t worker)
{
	for (size_t i = 0; i < all->logins; i++)
		if (all->login[i].worker == worker)
			all->login[i--] = all->login[--all->logins];
}
