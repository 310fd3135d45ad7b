/* SPDX-License-Identifier: BSD-2-Clause */
/* The owners of the connections that brokers have, as the listener knows them:
 * what a broker says of one that it returns could be of its own making. They
 * stay open here until the worker or the broker has ended. */
#include "helper/broker/broker_inside.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

void
broker_logins_add(struct broker_supervisor *all,
    const struct broker_control_message *m, const struct broker_fds *ends,
    int module)
{
	struct broker_login *l = &all->login[all->logins++];

	*l = (struct broker_login){ .worker = (pid_t)m->pid,
		.uid = (uid_t)m->uid,
		.login = m->login,
		.module = ends->broker_fd[0] < 0
		    ? -1
		    : fcntl(module, F_DUPFD_CLOEXEC, 0) };
	for (size_t i = 0; i < BROKER_MAX; i++)
		l->end[i] = (struct broker_end){ .holder = all->slot[i].now.pid,
			.fd = i < ends->count ? ends->broker_fd[i] : -1 };
	if (all->logins == BROKER_LOGINS_MAX)
		broker_logins_remove(all, l->worker, false);
}

struct broker_end *
broker_logins_find(
    struct broker_supervisor *all, size_t which, pid_t broker, int64_t login)
{
	for (size_t i = 0; i < all->logins; i++) {
		struct broker_end *e = &all->login[i].end[which];

		if (e->fd >= 0 && e->holder == broker &&
		    all->login[i].login == login)
			return e;
	}
	return NULL;
}

bool
broker_logins_give(struct broker_supervisor *all, const struct broker_slot *k)
{
	for (size_t i = 0; i < all->logins; i++) {
		const struct broker_login *l = &all->login[i];
		struct broker_end *e = &all->login[i].end[k->which];
		const int fd[BROKER_CONTROL_FDS] = { e->fd,
			k->which == 0 ? l->module : -1 };
		const struct broker_control_message m = { .kind = BROKER_TAKE,
			.uid = (int64_t)l->uid,
			.pid = (int64_t)l->worker,
			.login = l->login,
			.used = e->used };

		if (e->fd < 0 || e->holder != 0)
			continue;
		if (!broker_control_send(k->now.control, &m, fd))
			return false;
		e->holder = k->now.pid;
	}
	return true;
}

/* Its worker reads an end of file only once it is shut, as the broker may have
 * it, too. */
void
broker_logins_end(
    struct broker_supervisor *all, size_t which, pid_t broker, bool returned)
{
	for (size_t i = 0; i < all->logins; i++) {
		struct broker_end *e = &all->login[i].end[which];

		if (e->fd < 0 || e->holder != broker)
			continue;
		e->holder = 0;
		if (returned)
			continue;
		(void)shutdown(e->fd, SHUT_RDWR);
		broker_control_close((const int[]){ e->fd, -1 });
		e->fd = -1;
	}
}

void
broker_logins_remove(struct broker_supervisor *all, pid_t worker, bool ended)
{
	broker_control_hasten(true);
	for (size_t i = 0; i < all->logins; i++) {
		struct broker_login *l = &all->login[i];

		if (l->worker != worker)
			continue;
		if (l->module >= 0)
			(void)close(l->module);
		for (size_t n = 0; n < BROKER_MAX; n++) {
			if (l->end[n].fd < 0)
				continue;
			/* its own ends may be elsewhere */
			if (ended)
				(void)shutdown(l->end[n].fd, SHUT_RDWR);
			(void)close(l->end[n].fd);
		}
		all->login[i--] = all->login[--all->logins];
	}
	broker_control_hasten(false);
}
