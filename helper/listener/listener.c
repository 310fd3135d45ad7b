/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener's loop: accepts, forks and reaps workers, and renews itself. */
#include "helper/listener/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "helper/listener/listener_inside.h"

/* The begun of a worker that was killed for its age; a renewal keeps it. */
#define KILLED (INT64_MAX - LISTENER_WORKER_AGE_MS)
#define IDLE_MS (15 * 60 * INT64_C(1000))
#define SHORTAGE_MS 100 /* pause after a lack of descriptors or processes */

static bool
is_crash(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
	    signal == SIGFPE || signal == SIGABRT || signal == SIGTRAP ||
	    signal == SIGSYS;
}

void
listener_renewal_note_exit(struct listener_renewal *r, int status)
{
	r->logins++;
	if (WIFSIGNALED(status) && is_crash(WTERMSIG(status)))
		r->crashed = true;
}

bool
listener_renewal_is_due(const struct listener_renewal *r, int64_t now)
{
	return r->crashed || r->wanted ||
	    r->logins >= LISTENER_RENEWAL_LOGINS ||
	    now >= listener_renewal_next(r);
}

int64_t
listener_renewal_next(const struct listener_renewal *r)
{
	return r->logins > 0 ? r->since + LISTENER_RENEWAL_MS : INT64_MAX;
}

/* After a failure, notes the file as it is, so that it is not taken for a new
 * one again. */
void
listener_renewal_exec(struct listener_renewal *r,
    const struct listener_sockets *sockets,
    const struct listener_workers *copies, const struct listener_limits *limits,
    char *const argv[], int64_t now)
{
	static char run[LISTENER_WORKERS_TEXT_MAX], counted[LISTENER_TEXT_MAX];
	struct stat st;

	listener_workers_save(copies, run);
	listener_limits_save(limits, counted);
	listener_sockets_pass(sockets, r->file.path, argv, run, counted);
	log_problem("%s: cannot be executed: %s; this helper goes on as it was "
		    "started; install twofa-helper again",
	    r->file.path, strerror(errno));
	if (stat(r->file.path, &st) == 0)
		r->file.running = st;
	r->since = now;
	r->logins = 0;
	r->crashed = r->wanted = false;
}

static struct {
	struct listener_sockets sockets;
	struct listener_workers copies;
	struct listener_limits limits;
	struct listener_renewal renewal;
	struct broker_supervisor brokers;
	listener_serve *serve;
	int signals;
	bool closed; /* closes each connection at once: fit_to_serve() */
	bool stop;
	int64_t busy; /* clock_ms when the last worker ended */
} parent;

/* Logs how a worker was killed, because the module cannot see it. */
static void
log_end(pid_t pid, int status, bool killed)
{
	const char *what = "see what killed it, or report the crash";

	if (!WIFSIGNALED(status))
		return;
	if (WTERMSIG(status) == SIGALRM)
		what = "its alarm: it was stopped, or held the state for 4 s; "
		       "see what froze it, and whether the disk is slow";
	else if (WTERMSIG(status) == SIGKILL && killed)
		what = "killed by the helper that listens, for its age; see "
		       "what kept its timer from ending it before";
	else if (WTERMSIG(status) == SIGKILL)
		what = "killed: by an admin, because memory ran out, or by "
		       "its own timer 10 s after its deadline";
	log_problem("the login of process %d was ended by signal %d: %s",
	    (int)pid, WTERMSIG(status), what);
}

static void
note_end(pid_t pid, int status, int64_t now)
{
	struct listener_worker ended = { 0 };
	bool listed;

	if (broker_supervisor_note_exit(&parent.brokers, pid, status, now))
		return;
	listed = listener_workers_remove(&parent.copies, pid, &ended);

	/* any other child is a broker that was killed, or that could not be
	 * executed: that was logged when it happened */
	if (listed)
		log_end(pid, status, ended.begun == KILLED);
	listener_renewal_note_exit(&parent.renewal, status);
	parent.busy = clock_ms();
	if (listed && ended.uid != 0)
		listener_limits_note_account(&parent.limits, ended.uid,
		    !WIFEXITED(status) ||
			WEXITSTATUS(status) != LISTENER_WORKER_NO_ACCOUNT,
		    now);
}

static void
listener_reap(int64_t now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_end(pid, status, now);
}

/* A compromised worker can cancel its alarm and, without the filter, its timer.
 */
static void
kill_old(int64_t now)
{
	for (size_t i = 0; i < parent.copies.count; i++) {
		struct listener_worker *copy = &parent.copies.list[i];

		if (now - copy->begun < LISTENER_WORKER_AGE_MS)
			continue;
		log_problem("the login of process %d is older than %d s and is "
			    "ended",
		    (int)copy->pid, (int)(LISTENER_WORKER_AGE_MS / 1000));
		(void)kill(copy->pid, SIGKILL);
		copy->begun = KILLED;
	}
}

static void
read_signals(void)
{
	struct signalfd_siginfo info;

	while (read(parent.signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			parent.stop = true;
		else if (info.ssi_signo == SIGHUP)
			parent.renewal.wanted = true;
	}
}

/* Pauses: accept would fail again at once, and poll would not wait. */
static void
shortage(const char *what)
{
	log_problem("%s: %s; logins of root's services start a helper of their "
		    "own meanwhile; free memory, processes or descriptors",
	    what, strerror(errno));
	(void)poll(NULL, 0, SHORTAGE_MS);
}

/* Returns false for another user at root's socket, a peer that has
 * disconnected, or a uid above its limits. Sets uid. */
static bool
may_start_worker(int connection, int from, uid_t *uid, int64_t now)
{
	struct pollfd p = { .fd = connection, .events = 0 };
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (parent.closed || poll(&p, 1, 0) != 0 ||
	    getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	*uid = peer.uid;
	return (peer.uid == 0 || from == parent.sockets.user) &&
	    listener_limits_admit(
		&parent.limits, &parent.copies, peer.uid, now);
}

static void
start_worker(int connection, uid_t uid, int64_t now)
{
	struct broker_fds ends;
	pid_t pid;

	broker_supervisor_connect_worker(
	    &parent.brokers, parent.renewal.file.path, &ends, now);
	pid = fork();
	if (pid == 0)
		listener_worker_run(connection, &ends,
		    (struct listener_peer){
			.uid = uid, .beside = parent.sockets.user >= 0 },
		    parent.serve);
	if (pid > 0)
		listener_workers_add(&parent.copies, pid, uid, now);
	else
		shortage("fork");
	broker_supervisor_give_connections(
	    &parent.brokers, &ends, connection, pid > 0 ? pid : 0, uid);
}

static void
take_connection(int from, int64_t now)
{
	const int connection = accept4(from, NULL, NULL, SOCK_CLOEXEC);
	uid_t uid = 0;

	if (connection < 0 && errno != EAGAIN && errno != ECONNABORTED &&
	    errno != EINTR)
		shortage("accept");
	if (connection < 0)
		return;
	if (may_start_worker(connection, from, &uid, now))
		start_worker(connection, uid, now);
	broker_control_hasten(true);
	(void)close(connection);
	broker_control_hasten(false);
}

/* Root's socket goes first, with one connection at a time, so that a flood on
 * the other socket cannot delay it. */
static void
take_next(const struct pollfd *root, const struct pollfd *user, int64_t now)
{
	const struct pollfd *from = root->revents != 0 ? root : user;

	if (from->revents == 0)
		return;
	if (listener_executable_was_replaced(&parent.renewal.file))
		parent.renewal.wanted = true; /* the new program accepts */
	else if (parent.closed ||
	    broker_supervisor_make_ready(
		&parent.brokers, from == root, parent.renewal.file.path, now))
		take_connection(from->fd, now);
}

static int64_t
listener_lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When there is work even without a connection. */
static int64_t
next_work(int64_t now)
{
	int64_t at = listener_lesser(listener_renewal_next(&parent.renewal),
	    broker_supervisor_next_tick(
		&parent.brokers, parent.copies.count, now));

	for (size_t i = 0; i < parent.copies.count; i++)
		at = listener_lesser(
		    at, parent.copies.list[i].begun + LISTENER_WORKER_AGE_MS);
	return at;
}

/* When it exits for lack of logins. Those are counted by the clock that goes on
 * while the machine sleeps. */
static int64_t
idle_end(bool idles, int64_t now)
{
	return !idles || parent.copies.count > 0
	    ? INT64_MAX
	    : now + parent.busy + IDLE_MS - clock_ms();
}

/* If the settings or the program may have changed, the present brokers get no
 * more workers. */
static void
renew(char *const argv[], int64_t now)
{
	static char text[BROKER_TEXT_MAX];
	const bool other_program =
	    listener_executable_was_replaced(&parent.renewal.file);

	if (parent.renewal.wanted || other_program)
		broker_supervisor_retire(&parent.brokers, other_program, now);
	broker_supervisor_save(&parent.brokers, text);
	parent.sockets.brokers = text;
	broker_supervisor_keep_fds_on_exec(&parent.brokers, true);
	listener_renewal_exec(&parent.renewal, &parent.sockets, &parent.copies,
	    &parent.limits, argv, now);
	explicit_bzero(text, sizeof(text)); /* it contains keys */
	broker_supervisor_keep_fds_on_exec(&parent.brokers, false);
}

static int
loop(bool idles, char *const argv[])
{
	struct pollfd p[3 + BROKER_SOCKETS_MAX] = { { .fd = parent.signals,
							.events = POLLIN },
		{ .fd = parent.sockets.root }, { .fd = parent.sockets.user } };
	int64_t now;
	size_t kept;

	for (;;) {
		/* while no worker can start yet, clients wait */
		now = frame_clock_ms();
		for (size_t i = 1; i <= 2; i++)
			p[i].events = !parent.closed &&
				broker_supervisor_awaits_report(
				    &parent.brokers, i == 1, now)
			    ? 0
			    : POLLIN;
		/* only as many as exist: RLIMIT_NOFILE may be low */
		kept = broker_supervisor_add_pollfds(&parent.brokers, p + 3);
		if (frame_poll(p, 3 + kept,
			listener_lesser(next_work(now), idle_end(idles, now))) <
		    0)
			continue;
		now = frame_clock_ms();
		read_signals();
		listener_reap(now);
		kill_old(now);
		broker_supervisor_read(&parent.brokers, p + 3, kept, now);
		broker_supervisor_tick(&parent.brokers,
		    parent.renewal.file.path, parent.copies.count, now);
		if (parent.stop || idle_end(idles, now) <= now)
			return 0;
		if (!listener_renewal_is_due(&parent.renewal, now))
			take_next(&p[1], &p[2], now);
		if (listener_renewal_is_due(&parent.renewal, now))
			renew(argv, now);
	}
}

/* If it returns false, connections are closed at once, so that services start
 * their own helpers without a wait. */
static bool
fit_to_serve(void)
{
	if (listener_executable_find(&parent.renewal.file) != 0) {
		log_problem("/proc/self/exe: %s; no login is served here",
		    strerror(errno));
		return false;
	}
	/* then the process starts dumpable */
	if (access(parent.renewal.file.path, R_OK) == 0) {
		log_problem(
		    "%s: user twofa can read it, and so look into its "
		    "process; no login is served here; run: chmod 0711 %s",
		    parent.renewal.file.path, parent.renewal.file.path);
		return false;
	}
	return true;
}

/* Of open descriptors, and of those in flight of all processes of its uid; for
 * brokers half of it is enough. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
signals_open(void)
{
	sigset_t set;

	/* the starting program may ignore signals; workers need SIGALRM */
	helper_start_reset_signals();
	(void)signal(SIGPIPE, SIG_IGN); /* clients may disconnect */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_SETMASK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
listener_run(const struct listener_arguments *a, char *const argv[],
    listener_serve *serve)
{
	const char *wrong = listener_sockets_take(&parent.sockets);
	int null;

	log_set_nonblocking();
	if (wrong != NULL) {
		fprintf(stderr, "twofa-helper: %s\n", wrong);
		log_problem("%s", wrong);
		return LISTENER_EXIT;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		(void)close(null);
	(void)umask(077);
	(void)!chdir("/");
	parent.serve = serve;
	parent.signals = signals_open();
	if (parent.signals < 0) {
		log_problem("signals: %s", strerror(errno));
		return LISTENER_EXIT;
	}
	raise_limit();
	parent.closed = !fit_to_serve();
	if (!parent.closed)
		listener_preload_libraries();
	parent.busy = clock_ms();
	parent.renewal.since = frame_clock_ms();
	if (parent.sockets.copies != NULL)
		listener_workers_restore(&parent.copies, parent.sockets.copies);
	if (parent.sockets.limits != NULL)
		listener_limits_restore(&parent.limits, parent.sockets.limits);
	broker_supervisor_init(&parent.brokers);
	if (parent.sockets.brokers != NULL && parent.sockets.brokers[0] != '\0')
		broker_supervisor_restore(
		    &parent.brokers, parent.sockets.brokers);
	/* SIG_DFL discards a pending SIGCHLD, so workers that ended during a
	 * renewal are reaped here */
	listener_reap(frame_clock_ms());
	return loop(a->path == NULL, argv);
}
