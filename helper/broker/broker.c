/* SPDX-License-Identifier: BSD-2-Clause */
/* The process of a broker, of either kind: it takes connections from the
 * listener and serves them one request at a time, services of root first. If
 * its configuration files have changed, it returns the logins that have not
 * begun to the listener, for its successor, and serves the others to their end;
 * a provider broker that has to leave returns them all. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/sandbox/sandbox.h"

#define CONNECTIONS_MAX 640 /* more than the listener's workers */
/* descriptors, and threads, that a provider broker gets at most */
#define SHARE (2 * CONNECTIONS_MAX + 64)
/* as long as a listener lives: a host with some logins an hour starts none */
#define IDLE_MS (60 * 60 * INT64_C(1000))
#define LONG_MS 50   /* of an operation: look whether the listener asks */
#define LEFT_MS 250  /* interval of looking for clients that disconnected */
#define RETURN_MS 10 /* retry interval while the control socket is full */
#define CUT_MS 700   /* for running calls; the listener waits BROKER_LEAVE_MS */
/* for BEGIN; the worker itself gives up at BEGIN_ALARM_S */
#define BEGIN_MS (20 * INT64_C(1000))
#define READY_MAX 64 /* connections noted at a time; others come next */
#define POLLED_MS 20 /* interval of looking at what epoll does not take */

static struct {
	const struct broker_kind *kind;
	size_t count;
	struct broker_peer *peer[CONNECTIONS_MAX];
	int watch;      /* epoll: poll() would ask each of hundreds that wait */
	int control;    /* -1 once no more connections come */
	int says;       /* the pipe to the listener; -1 once that has ended */
	int64_t busy;   /* last request or end of a login */
	int64_t ended;  /* when control was closed */
	int64_t leaves; /* when it was dismissed; or 0 */
	int64_t connections; /* in all */
	bool stale, told_idle, full;
	char owed[8]; /* bytes for the listener while the pipe is full */
	size_t owes;
} broker;

int64_t
broker_idle_since(void)
{
	return broker.busy;
}

void
broker_connection_counts(int64_t *now, int64_t *all)
{
	*now = (int64_t)broker.count;
	*all = broker.connections;
}

bool
broker_takes_connections(void)
{
	return broker.control >= 0;
}

/* Before its descriptor is closed, as another process has it open as well. */
static void
unwatch(struct broker_peer *p)
{
	if (p->watched >= 0)
		(void)epoll_ctl(broker.watch, EPOLL_CTL_DEL, p->watched, NULL);
	p->watched = -1;
}

/* fd: -1 for none. */
static bool
watch_peer(struct broker_peer *p, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data = { .ptr = p } };

	if (fd == p->watched)
		return true;
	unwatch(p);
	if (fd >= 0 && epoll_ctl(broker.watch, EPOLL_CTL_ADD, fd, &e) != 0)
		return false;
	p->watched = fd;
	return true;
}

/* Notes which have something to read. Returns true if there are any. */
static bool
note_ready(void)
{
	struct epoll_event e[READY_MAX];
	const int n = epoll_wait(broker.watch, e, READY_MAX, 0);

	for (int i = 0; i < n; i++)
		((struct broker_peer *)e[i].data.ptr)->ready = true;
	return n > 0;
}

/* The connection may have been returned: it is closed here alone. */
static void
forget_peer(size_t i)
{
	struct broker_peer *p = broker.peer[i];

	unwatch(p);
	broker_control_close((const int[]){ p->fd, p->module });
	if (broker.kind->drop != NULL)
		broker.kind->drop(p);
	explicit_bzero(p, broker.kind->size);
	free(p);
	broker.count--;
	broker.peer[i] = broker.peer[broker.count];
	broker.busy = frame_clock_ms();
	refused_calls_log();
}

/* Ends a login: the listener has its connection open as well. */
static void
drop(size_t i)
{
	(void)shutdown(broker.peer[i]->fd, SHUT_RDWR);
	forget_peer(i);
}

/* Ends a connection that it cannot take; for want of descriptors, the listener
 * does. */
static void
broker_take(
    const int fd[BROKER_CONTROL_FDS], const struct broker_control_message *m)
{
	struct broker_peer *p = NULL;

	if (fd[0] >= 0 && broker.count < CONNECTIONS_MAX)
		p = calloc(1, broker.kind->size);
	if (p == NULL) {
		if (shutdown(fd[0], SHUT_RDWR) != 0)
			(void)broker_control_return(
			    broker.says, m->login, m->used);
		broker_control_close(fd);
		return;
	}
	p->fd = fd[0];
	p->module = fd[1];
	p->watched = -1;
	p->uid = (uid_t)m->uid;
	p->pid = (pid_t)m->pid;
	p->login = m->login;
	p->used = m->used;
	p->began = frame_clock_ms();
	broker.peer[broker.count++] = p;
	broker.connections++;
	if (broker.kind->accept != NULL && !broker.kind->accept(p))
		drop(broker.count - 1);
}

/* True if a successor exists, or the listener may start one. */
static bool
has_successor(void)
{
	return broker.control >= 0 || broker.says >= 0;
}

/* Returns the logins that have not begun, if the settings have changed, and
 * all, if it leaves: whose calls run for long ask the successor again. Those
 * for which the socket is full are returned later. If no listener is left, they
 * end. */
static void
return_logins(void)
{
	const bool cuts =
	    broker.leaves != 0 && frame_clock_ms() >= broker.leaves + CUT_MS;

	broker.full = false;
	for (size_t i = broker.count; broker.stale && broker.control < 0 &&
	     broker.says >= 0 && !broker.full && i-- > 0;) {
		struct broker_peer *p = broker.peer[i];

		if (cuts && p->waits && broker.kind->cut != NULL)
			broker.kind->cut(p);
		if (p->open && (broker.leaves == 0 || p->waits))
			continue;
		if (broker_control_return(broker.says, p->login, p->used)) {
			forget_peer(i);
		} else if (errno == EAGAIN) {
			broker.full = true;
		} else {
			(void)close(broker.says);
			broker.says = -1;
		}
	}
	if (broker.leaves == 0 || has_successor())
		return;
	for (size_t i = broker.count; i-- > 0;)
		if (!broker.peer[i]->waits)
			drop(i);
}

/* The pipe may be full of lines for the log; a sign of life that was lost would
 * never be asked for again. */
static void
write_owed(void)
{
	while (broker.owes > 0 && broker.control >= 0 &&
	    write(broker.says, broker.owed, 1) == 1)
		memmove(broker.owed, broker.owed + 1, --broker.owes);
}

void
broker_control_write_byte(char word)
{
	if (broker.owes < sizeof(broker.owed))
		broker.owed[broker.owes++] = word;
	write_owed();
}

void
broker_control_write_line(int level, const char *subject, const char *line)
{
	broker_control_send_line(broker.says, level, subject, line);
}

void
broker_control_read_messages(void)
{
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS], got;

	while (broker.control >= 0 &&
	    (got = broker_control_receive(broker.control, &m, fd)) != 0) {
		if (got < 0) {
			(void)close(broker.control);
			broker.control = -1;
			broker.ended = frame_clock_ms();
		} else if (m.kind == BROKER_TAKE) {
			broker_take(fd, &m);
		} else if (m.kind == BROKER_KEY) {
			broker.kind->key((size_t)m.uid, m.key);
		} else if (m.kind == BROKER_LEAVE) {
			broker.stale = true;
			broker.leaves = frame_clock_ms();
		} else {
			broker_control_write_byte(BROKER_ALIVE);
			broker_control_close(fd);
		}
	}
}

/* The descriptor to read next: first, of a worker at user.sock, the name of its
 * uid's account; then BEGIN; then requests. */
static int
next_fd(const struct broker_peer *p)
{
	return p->module >= 0 && (p->uid == 0 || p->named) ? p->module : p->fd;
}

/* Returns false if the connection is to be closed. */
static bool
serve(size_t i)
{
	struct broker_peer *p = broker.peer[i];
	struct pollfd left = { .fd = p->fd };

	/* the name is read together with BEGIN */
	if (p->module >= 0 && next_fd(p) == p->fd)
		return p->named = true;
	/* leave the request unread for a successor, if one may come and the
	 * client is still connected */
	if (!p->open &&
	    (broker.stale || (broker.stale = broker_settings_are_stale())))
		return has_successor() && poll(&left, 1, 0) == 0;
	broker.busy = frame_clock_ms();
	if (p->module >= 0) /* with BEGIN it is closed */
		unwatch(p);
	return broker.kind->serve(p);
}

/* An operation may take seconds: then the listener is answered at once. */
static void
serve_one(size_t i)
{
	const int64_t began = frame_clock_ms();

	broker.peer[i]->ready = false;
	if (!serve(i))
		drop(i);
	if (frame_clock_ms() - began >= LONG_MS)
		broker_control_read_messages();
}

/* True if it has a request to read, and waits for no reply. */
static bool
is_next(size_t i)
{
	return broker.peer[i]->ready && !broker.peer[i]->waits;
}

static void
serve_root(void)
{
	for (size_t i = broker.count; i-- > 0;)
		if (is_next(i) && broker.peer[i]->uid == 0)
			serve_one(i);
}

/* Serves requests of root's services that came meanwhile before each. */
static void
serve_others(void)
{
	for (size_t i = broker.count; i-- > 0;) {
		if (i >= broker.count || !is_next(i) ||
		    broker.peer[i]->uid == 0)
			continue;
		serve_one(i);
		if (note_ready())
			serve_root();
	}
}

int64_t
broker_earlier_time(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something is due even without a request. */
static int64_t
broker_next(void)
{
	int64_t at = broker.kind->next_tick();

	if (broker.count == 0 && !broker.told_idle)
		at = broker_earlier_time(at, broker.busy + IDLE_MS);
	for (size_t i = 0; i < broker.count; i++)
		if (broker.peer[i]->module >= 0)
			at =
			    broker_earlier_time(at, frame_clock_ms() + LEFT_MS);
	if (broker.full || broker.leaves != 0 ||
	    (broker.owes > 0 && broker.control >= 0))
		at = broker_earlier_time(at, frame_clock_ms() + RETURN_MS);
	return broker.control >= 0
	    ? at
	    : broker_earlier_time(at, broker.ended + BROKER_LIFE_MS);
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

/* Watches the connections that wait for no reply. The kernel limits how many
 * descriptors epoll watches for all processes of a uid, so one that was taken
 * over can use them up: the others are polled. Returns true if some are. */
static bool
watch_peers(void)
{
	const bool wait = broker.stale && has_successor();
	static bool told;
	bool polled = false;

	for (size_t i = 0; i < broker.count; i++) {
		struct broker_peer *of = broker.peer[i];
		const bool rests =
		    of->waits || broker.leaves != 0 || (wait && !of->open);

		of->ready = false;
		of->polled = !watch_peer(of, rests ? -1 : next_fd(of));
		polled |= of->polled;
		if (of->polled && !told)
			log_problem("epoll: %s: connections are polled; see "
				    "which process of user twofa watches most "
				    "descriptors",
			    strerror(errno));
		told |= of->polled;
	}
	return polled;
}

static void
note_polled(void)
{
	for (size_t i = 0; i < broker.count; i++) {
		struct broker_peer *of = broker.peer[i];
		struct pollfd p = { .fd = next_fd(of), .events = POLLIN };

		of->ready |= of->polled && poll(&p, 1, 0) > 0;
	}
}

/* Returns true if control has something to read. */
static bool
wait_for_more(void)
{
	/* the last two are those of broker.kind->wait */
	struct pollfd p[4] = { { .fd = broker.watch, .events = POLLIN },
		{ .fd = broker.control, .events = POLLIN } };
	const bool polled = watch_peers();
	int64_t until = broker_next();

	if (polled)
		until =
		    broker_earlier_time(until, frame_clock_ms() + POLLED_MS);
	if ((broker.kind->wait != NULL ? broker.kind->wait : broker_poll)(
		p, 2, until) < 0)
		return false;
	if (p[0].revents != 0)
		(void)note_ready();
	if (polled)
		note_polled();
	return p[1].revents != 0;
}

static void
note_idle(int64_t now)
{
	if (broker.told_idle)
		return;
	if (broker.stale && broker.control >= 0) {
		broker.told_idle = true;
		broker_control_write_byte(BROKER_STALE);
	} else if (broker.count == 0 && now >= broker.busy + IDLE_MS) {
		broker.told_idle = true;
		broker_control_write_byte(BROKER_IDLE);
	}
}

/* Drops clients that disconnected while their request was running or BEGIN had
 * not come, and those for which none comes. wait_for_more() does not poll
 * these, as more requests may be unread. */
static void
drop_left(void)
{
	static int64_t next;
	const int64_t now = frame_clock_ms();

	if (now < next)
		return;
	next = now + LEFT_MS;
	for (size_t i = broker.count; i-- > 0;) {
		const struct broker_peer *of = broker.peer[i];
		struct pollfd p = { .fd = of->fd, .events = POLLRDHUP };

		if (of->running)
			continue;
		if (((of->waits || of->module >= 0) && poll(&p, 1, 0) == 1 &&
			(p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) ||
		    (of->module >= 0 && now - of->began > BEGIN_MS))
			drop(i);
	}
}

static void
broker_loop(void)
{
	while (broker.control >= 0 ||
	    (broker.count > 0 &&
		frame_clock_ms() < broker.ended + BROKER_LIFE_MS)) {
		const bool told = wait_for_more();

		/* before control is read, which appends connections */
		serve_root();
		serve_others();
		if (told)
			broker_control_read_messages();
		write_owed();
		return_logins();
		drop_left();
		broker.kind->tick(frame_clock_ms());
		note_idle(frame_clock_ms());
	}
}

/* Limits descriptors and threads, and disables core dumps. The kernel counts
 * threads, and descriptors in flight, of all processes of the uid: a broker
 * that was taken over leaves some to the listener, and a provider broker to the
 * state broker, too, which has a thread for each request to a server. */
static void
limits_set(bool lanes)
{
	const __rlimit_resource_t shared[] = { RLIMIT_NOFILE, RLIMIT_NPROC };
	struct rlimit limit = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &limit);
	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		if (getrlimit(shared[i], &limit) != 0)
			continue;
		limit.rlim_max /= 2;
		if (lanes)
			limit.rlim_max += limit.rlim_max / 2;
		else if (limit.rlim_max > SHARE)
			limit.rlim_max = SHARE;
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(shared[i], &limit);
	}
}

static bool
control_is_ours(void)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct stat st;

	return getsockopt(
		   BROKER_CONTROL, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == geteuid() && peer.pid == getppid() &&
	    fstat(BROKER_SAYS, &st) == 0 && S_ISFIFO(st.st_mode);
}

int
broker_run_kind(const struct broker_kind *kind, size_t number)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, BROKER_NAME);
	if (!control_is_ours())
		return EXIT_FAILURE;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	limits_set(kind->lanes);
	log_set_nonblocking();
	broker.kind = kind;
	broker.watch = epoll_create1(EPOLL_CLOEXEC);
	broker.control = BROKER_CONTROL;
	broker.says = BROKER_SAYS;
	(void)signal(SIGPIPE, SIG_IGN);
	broker_control_handle_alarm();
	broker.busy = frame_clock_ms();
	if (broker.watch < 0) {
		log_problem("epoll: %s: no login is admitted; free memory and "
			    "descriptors",
		    strerror(errno));
		return EXIT_FAILURE;
	}
	if (!kind->set_up(number))
		return BROKER_NO_SETTINGS;
	broker_loop();
	refused_calls_log();
	kind->end();
	return EXIT_SUCCESS;
}
