/* SPDX-License-Identifier: BSD-2-Clause */
/* The process of a broker, of either kind: it takes connections from the
 * listener and serves them one request at a time, services of root first. If
 * its configuration files have changed, it hands the logins that have not begun
 * to its successor, and serves the others to their end. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "helper/sandbox/sandbox.h"

#define CONNECTIONS_MAX 640 /* more than the listener's workers */
#define DESCRIPTORS (2 * CONNECTIONS_MAX + 64)
#define IDLE_MS (10 * 60 * INT64_C(1000))
#define LEFT_MS 250 /* interval of looking for clients that disconnected */
#define SUCCESSOR_START_MS 10 /* retry interval for the successor's socket */

static struct {
	const struct broker_kind *kind;
	size_t count;
	struct broker_peer *peer[CONNECTIONS_MAX];
	struct pollfd poll[CONNECTIONS_MAX + 1]; /* then control */
	int control;                             /* -1 if closed */
	int heir;            /* successor's socket, while needed; or -1 */
	int64_t busy;        /* last request or end of a login */
	int64_t ended;       /* when control was closed */
	int64_t connections; /* in all */
	bool stale, told_idle;
} keeper;

int64_t
broker_idle_since(void)
{
	return keeper.busy;
}

void
broker_connection_counts(int64_t *now, int64_t *all)
{
	*now = (int64_t)keeper.count;
	*all = keeper.connections;
}

bool
broker_is_current(void)
{
	return keeper.control >= 0;
}

static void
drop(size_t i)
{
	struct broker_peer *p = keeper.peer[i];

	(void)close(keeper.poll[i].fd);
	if (keeper.kind->left != NULL)
		keeper.kind->left(p);
	explicit_bzero(p, keeper.kind->size);
	free(p);
	keeper.count--;
	keeper.peer[i] = keeper.peer[keeper.count];
	keeper.poll[i] = keeper.poll[keeper.count];
	keeper.busy = frame_clock_ms();
	refused_calls_log();
}

static void
broker_take(int fd, const struct broker_control_message *m)
{
	struct broker_peer *p = NULL;

	if (fd >= 0 && keeper.count < CONNECTIONS_MAX)
		p = calloc(1, keeper.kind->size);
	if (p == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	p->fd = fd;
	p->uid = (uid_t)m->uid;
	p->pid = (pid_t)m->pid;
	p->login = m->login;
	p->asks = m->asks;
	p->began = frame_clock_ms();
	keeper.peer[keeper.count] = p;
	keeper.poll[keeper.count] =
	    (struct pollfd){ .fd = fd, .events = POLLIN };
	keeper.count++;
	keeper.connections++;
	if (keeper.kind->taken != NULL && !keeper.kind->taken(p))
		drop(keeper.count - 1);
}

/* Hands over the logins that have not begun; those for which the socket is full
 * are handed over later. */
static void
hand_to_successor(void)
{
	bool room = true;

	for (size_t i = keeper.count; keeper.heir >= 0 && room && i-- > 0;) {
		const struct broker_peer *s = keeper.peer[i];
		const struct broker_control_message m = { .kind = BROKER_TAKE,
			.uid = (int64_t)s->uid,
			.login = s->login,
			.asks = s->asks,
			.pid = (int64_t)s->pid };

		if (s->open)
			continue;
		room = broker_control_send(keeper.heir, &m, keeper.poll[i].fd);
		if (room)
			drop(i);
	}
	if (keeper.heir < 0 ||
	    (!room && (errno == EAGAIN || errno == ETOOMANYREFS)))
		return;
	(void)close(keeper.heir);
	keeper.heir = -1;
}

/* True if a successor exists, or the listener may start one. */
static bool
has_successor(void)
{
	return keeper.control >= 0 || keeper.heir >= 0;
}

void
broker_control_write(char word)
{
	if (keeper.control >= 0)
		(void)send(
		    keeper.control, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
broker_control_read(void)
{
	struct broker_control_message m;
	int fd, got;

	while (keeper.control >= 0 &&
	    (got = broker_control_receive(keeper.control, &m, &fd)) != 0) {
		if (got < 0) {
			(void)close(keeper.control);
			keeper.control = -1;
			keeper.ended = frame_clock_ms();
		} else if (m.kind == BROKER_TAKE) {
			broker_take(fd, &m);
		} else if (m.kind == BROKER_SUCCESSOR && keeper.heir < 0) {
			keeper.heir = fd;
		} else if (m.kind == BROKER_KEY) {
			keeper.kind->key((size_t)m.uid, m.key);
		} else {
			broker_control_write(BROKER_ALIVE);
			if (fd >= 0)
				(void)close(fd);
		}
	}
}

/* Returns false if the connection is to be closed. */
static bool
serve(size_t i)
{
	struct broker_peer *p = keeper.peer[i];
	struct pollfd left = { .fd = p->fd };

	/* leave the request unread for a successor, if one may come and the
	 * client is still connected */
	if (!p->open &&
	    (keeper.stale || (keeper.stale = broker_settings_are_stale())))
		return has_successor() && poll(&left, 1, 0) == 0;
	keeper.busy = frame_clock_ms();
	return keeper.kind->serve(p);
}

static void
serve_one(size_t i)
{
	keeper.poll[i].revents = 0;
	if (!serve(i))
		drop(i);
	broker_control_read(); /* an operation may have taken seconds */
}

/* True if it has a request to read, and waits for no reply. */
static bool
is_next(size_t i)
{
	return keeper.poll[i].revents != 0 && !keeper.peer[i]->waits;
}

static void
serve_root(void)
{
	for (size_t i = keeper.count; i-- > 0;)
		if (is_next(i) && keeper.peer[i]->uid == 0)
			serve_one(i);
}

/* Serves requests of root's services that came meanwhile before each. */
static void
serve_others(void)
{
	for (size_t i = keeper.count; i-- > 0;) {
		if (i >= keeper.count || !is_next(i) ||
		    keeper.peer[i]->uid == 0)
			continue;
		serve_one(i);
		if (poll(keeper.poll, keeper.count, 0) > 0)
			serve_root();
	}
}

int64_t
broker_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something is due even without a request. */
static int64_t
broker_next(void)
{
	int64_t at = keeper.kind->next();

	if (keeper.count == 0 && !keeper.told_idle)
		at = broker_earlier(at, keeper.busy + IDLE_MS);
	if (keeper.heir >= 0)
		at = broker_earlier(at, frame_clock_ms() + SUCCESSOR_START_MS);
	return keeper.control >= 0
	    ? at
	    : broker_earlier(at, keeper.ended + BROKER_LIFE_MS);
}

int
broker_poll(struct pollfd *p, size_t count, int64_t until)
{
	const int64_t now = frame_clock_ms();

	return poll(p, count,
	    until == INT64_MAX ? -1
		: until > now  ? (int)(until - now)
			       : 0);
}

static void
wait_for_more(void)
{
	const size_t last = keeper.count;
	const bool wait = keeper.stale && has_successor();
	const int64_t until = broker_next();

	for (size_t i = 0; i < last; i++)
		keeper.poll[i].events =
		    keeper.peer[i]->waits || (wait && !keeper.peer[i]->open)
		    ? 0
		    : POLLIN;
	keeper.poll[last] =
	    (struct pollfd){ .fd = keeper.control, .events = POLLIN };
	if ((keeper.kind->wait != NULL ? keeper.kind->wait : broker_poll)(
		keeper.poll, last + 1, until) < 0)
		for (size_t i = 0; i <= last; i++)
			keeper.poll[i].revents = 0;
}

static void
note_idle(int64_t now)
{
	if (keeper.told_idle)
		return;
	if (keeper.stale && keeper.control >= 0) {
		keeper.told_idle = true;
		broker_control_write(BROKER_STALE);
	} else if (keeper.count == 0 && now >= keeper.busy + IDLE_MS) {
		keeper.told_idle = true;
		broker_control_write(BROKER_IDLE);
	}
}

/* Drops clients that disconnected while their request was running.
 * wait_for_more() does not poll these, as more requests may be unread. */
static void
drop_left(void)
{
	static int64_t next;
	const int64_t now = frame_clock_ms();

	if (now < next)
		return;
	next = now + LEFT_MS;
	for (size_t i = keeper.count; i-- > 0;) {
		struct pollfd p = { .fd = keeper.poll[i].fd,
			.events = POLLRDHUP };

		if (keeper.peer[i]->waits && poll(&p, 1, 0) == 1)
			drop(i);
	}
}

static void
broker_loop(void)
{
	while (keeper.control >= 0 ||
	    (keeper.count > 0 &&
		frame_clock_ms() < keeper.ended + BROKER_LIFE_MS)) {
		wait_for_more();
		/* before control is read, which appends connections */
		serve_root();
		serve_others();
		broker_control_read();
		hand_to_successor();
		drop_left();
		keeper.kind->tend(frame_clock_ms());
		note_idle(frame_clock_ms());
	}
}

/* Raises the limit of descriptors as far as needed, and disables core dumps. */
static void
limits_set(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_max > DESCRIPTORS)
		limit.rlim_max = DESCRIPTORS;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max = 0;
	(void)setrlimit(RLIMIT_CORE, &limit);
}

static bool
control_is_ours(void)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(
		   BROKER_CONTROL, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == geteuid() && peer.pid == getppid();
}

int
broker_serve(const struct broker_kind *kind, size_t number)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, BROKER_NAME);
	if (!control_is_ours())
		return EXIT_FAILURE;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	limits_set();
	log_set_nonblocking();
	keeper.kind = kind;
	keeper.control = BROKER_CONTROL;
	keeper.heir = -1;
	keeper.busy = frame_clock_ms();
	if (!kind->set_up(number))
		return BROKER_NO_SETTINGS;
	broker_loop();
	refused_calls_log();
	kind->end();
	return EXIT_SUCCESS;
}
