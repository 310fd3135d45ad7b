/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener's side of the brokers: it starts them, hands them the
 * connections of each worker, and kills those that do not answer. It reads one
 * byte at a time from them, and never blocks on them once they run. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"

#define TOLD (BROKER_CONTROL + 1)
#define ASIDE 16 /* above both */
#define RENEW_MS (3600 * INT64_C(1000))
#define SUCCESSOR_MS INT64_C(100) /* minimum interval between successors */
#define AGAIN_MS INT64_C(1000)    /* retry interval after a failed start */
#define PING_MS INT64_C(5000)     /* interval of pings */
#define SILENT_MS INT64_C(20000)  /* a silent broker is killed */
#define CRASHES_MS INT64_C(60000) /* two crashes within it: broken */
#define BROKEN_MS INT64_C(3000)   /* how long broken and unfit last */
#define OLD_MS (BROKER_LIFE_MS + 10000)
#define TOLD_MS INT64_C(3000) /* maximum wait for the number of providers */
#define KEYS_LEN ((size_t)SETTINGS_PROVIDERS_MAX * BROKER_KEY_LEN)

/* Executes the program, or writes errno to the pipe, which execve closes. */
static _Noreturn void
exec_broker(size_t which, int control, int told, const char *program)
{
	char number[] = { (char)('0' + which - 1), '\0' };
	char *const argv[] = { (char *)"twofa-helper",
		(char *)(which > 0 ? BROKER_PROVIDER_ARGUMENT
				   : BROKER_ARGUMENT),
		which > 0 ? number : NULL, NULL };
	char *const envp[] = { NULL };
	const int aside = fcntl(told, F_DUPFD_CLOEXEC, ASIDE);

	(void)dup2(control, BROKER_CONTROL);
	(void)fcntl(BROKER_CONTROL, F_SETFD, 0);
	(void)dup3(aside, TOLD, O_CLOEXEC);
	(void)close_range(TOLD + 1, ~0u, 0);
	(void)setsid();
	/* first the program that is running: a newly installed one that is
	 * broken must not stop logins */
	(void)execve("/proc/self/exe", argv, envp);
	(void)execve(program, argv, envp);
	(void)!write(TOLD, &errno, sizeof(errno));
	_exit(127);
}

/* True if the child has executed the program; else false with its errno. */
static bool
was_executed(int told)
{
	int error = 0;

	if (read(told, &error, sizeof(error)) != (ssize_t)sizeof(error))
		return true;
	errno = error;
	return false;
}

static pid_t
start_child(size_t which, int control, const char *program)
{
	int told[2];
	pid_t pid;
	bool done;

	if (pipe2(told, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		exec_broker(which, control, told[1], program);
	(void)close(told[1]);
	done = pid > 0 && was_executed(told[0]);
	(void)close(told[0]);
	return done ? pid : -1; /* the listener reaps a failed child */
}

/* The keys for tickets and receipts, one for each provider, in a page that is
 * zero in every child. NULL with errno if they cannot be made. */
static unsigned char (*keys(void))[BROKER_KEY_LEN]
{
	static unsigned char(*of)[BROKER_KEY_LEN];
	void *page;

	if (of != NULL)
		return of;
	page = mmap(NULL, KEYS_LEN, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, KEYS_LEN, MADV_WIPEONFORK) != 0 ||
	    getrandom(page, KEYS_LEN, 0) != (ssize_t)KEYS_LEN) {
		(void)munmap(page, KEYS_LEN);
		return NULL;
	}
	(void)madvise(page, KEYS_LEN, MADV_DONTDUMP);
	of = page;
	return of;
}

/* Sends all keys to the state broker, and to a provider broker its own. */
static void
send_keys(size_t which, int control)
{
	for (size_t i = 0; i < SETTINGS_PROVIDERS_MAX; i++) {
		struct broker_control_message m = { .kind = BROKER_KEY,
			.uid = (int64_t)i };

		if (which != 0 && which != i + 1)
			continue;
		memcpy(m.key, keys()[i], BROKER_KEY_LEN);
		(void)broker_control_send(control, &m, NULL);
		explicit_bzero(&m, sizeof(m));
	}
}

/* Starts a broker. Returns its control socket, or -1 with errno. */
static int
start(
    size_t which, struct broker_process *made, const char *program, int64_t now)
{
	/* for hundreds of workers' connections; the kernel may allow less */
	const int buffer = 1 << 20;
	int pair[2];

	if (keys() == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	(void)setsockopt(
	    pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	*made = (struct broker_process){ start_child(which, pair[1], program),
		now };
	(void)close(pair[1]);
	if (made->pid > 0) {
		send_keys(which, pair[0]);
		return pair[0];
	}
	(void)close(pair[0]);
	return -1;
}

/* Makes made the current broker of an empty slot. */
static void
take_on(struct broker_slot *k, const struct broker_process *made, int control)
{
	k->now = *made;
	k->control = control;
	k->unanswered_at = 0;
	k->pinged_at = made->since;
	k->wants_successor = false;
}

/* Its name for the log; the listener has not read the name of a provider. */
static const char *
broker_name_of(const struct broker_slot *k)
{
	static char name[64];

	if (k->which == 0)
		return "state broker";
	snprintf(name, sizeof(name), "broker of provider %zu of the settings",
	    k->which);
	return name;
}

/* For the log: users of a provider may have another one, an app or recovery
 * codes. */
static const char *
broker_denied(const struct broker_slot *k)
{
	return k->which == 0 ? "" : " without another method";
}

static void
log_not_started(const struct broker_slot *k)
{
	log_problem("the %s cannot be started: %s; this login does without it; "
		    "free memory, processes or descriptors",
	    broker_name_of(k), strerror(errno));
}

/* Returns a place for a released broker; if no place is free, kills the
 * oldest. */
static struct broker_process *
make_room_for_old(struct broker_slot *k)
{
	struct broker_process *at = &k->old[0];

	for (size_t i = 0; i < BROKER_OLD_MAX && at->pid != 0; i++)
		if (k->old[i].pid == 0 || k->old[i].since < at->since)
			at = &k->old[i];
	if (at->pid != 0)
		(void)kill(at->pid, SIGKILL);
	return at;
}

/* Gives the current broker no more connections. */
static void
release_broker(struct broker_slot *k, int64_t now)
{
	if (k->now.pid == 0)
		return;
	(void)close(k->control);
	k->control = -1;
	*make_room_for_old(k) = (struct broker_process){ k->now.pid, now };
	k->now.pid = 0;
	k->wants_successor = false;
}

/* Starts a successor. The old broker hands it the logins that have not
 * begun. */
static void
succeed(struct broker_slot *k, const char *program, int64_t now)
{
	const struct broker_control_message successor = {
		.kind = BROKER_SUCCESSOR
	};
	struct broker_process made;
	const int control = start(k->which, &made, program, now);

	if (control < 0) {
		log_problem("a new %s cannot be started: %s; logins wait for "
			    "it; free memory, processes or descriptors",
		    broker_name_of(k), strerror(errno));
		k->now.since = now + AGAIN_MS - SUCCESSOR_MS;
		return;
	}
	(void)broker_control_send(
	    k->control, &successor, (const int[]){ control, -1 });
	release_broker(k, now);
	take_on(k, &made, control);
}

/* Starts a broker if it is missing and not broken. Returns false with errno. */
static bool
has_present(struct broker_slot *k, const char *program, int64_t now)
{
	struct broker_process made;
	int control;

	if (k->now.pid != 0 || k->broken)
		return true;
	control = start(k->which, &made, program, now);
	if (control >= 0)
		take_on(k, &made, control);
	return control >= 0;
}

static int
broker_connect_one(
    struct broker_slot *k, const char *program, int *other, int64_t now)
{
	int pair[2];

	*other = -1;
	if (k->now.pid == 0 && k->unfit_at != 0)
		return BROKER_NONE;
	if (!has_present(k, program, now) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		log_not_started(k);
		return BROKER_NONE;
	}
	if (k->broken)
		(void)close(pair[1]);
	else
		*other = pair[1];
	return pair[0];
}

/* module: the module's connection, for the state broker; or -1. */
static void
hand_one(struct broker_slot *k, int other, int module,
    const struct broker_control_message *m)
{
	if (other < 0)
		return;
	if (m->pid > 0 && k->control >= 0)
		(void)broker_control_send(
		    k->control, m, (const int[]){ other, module });
	(void)close(other);
}

void
broker_supervisor_init(struct broker_supervisor *all)
{
	for (size_t i = 0; i < BROKER_MAX; i++) {
		all->slot[i].which = i;
		all->slot[i].control = -1;
	}
}

bool
broker_supervisor_awaits_report(
    const struct broker_supervisor *all, int64_t now)
{
	const struct broker_slot *k = &all->slot[0];

	return !all->has_providers && k->now.pid != 0 && k->unfit_at == 0 &&
	    !k->broken && now - k->now.since < TOLD_MS;
}

bool
broker_supervisor_make_ready(
    struct broker_supervisor *all, const char *program, int64_t now)
{
	struct broker_slot *k = &all->slot[0];

	if (!all->has_providers && k->unfit_at == 0)
		(void)has_present(k, program, now);
	return !broker_supervisor_awaits_report(all, now);
}

void
broker_supervisor_connect_worker(struct broker_supervisor *all,
    const char *program, struct broker_fds *ends, int64_t now)
{
	ends->count = 1 + all->providers;
	for (size_t i = 0; i < ends->count; i++)
		ends->worker_fd[i] = broker_connect_one(
		    &all->slot[i], program, &ends->broker_fd[i], now);
}

void
broker_supervisor_give_connections(struct broker_supervisor *all,
    struct broker_fds *ends, int module, pid_t worker, uid_t uid)
{
	struct broker_control_message m = {
		.kind = BROKER_TAKE, .uid = (int64_t)uid, .pid = (int64_t)worker
	};

	(void)!getrandom(&m.login, sizeof(m.login), 0);
	for (size_t i = 1; i < ends->count; i++)
		m.asks |= ends->worker_fd[i] >= 0 ? INT64_C(1) << (i - 1) : 0;
	for (size_t i = 0; i < ends->count; i++) {
		hand_one(&all->slot[i], ends->broker_fd[i],
		    i == 0 ? module : -1, &m);
		if (ends->worker_fd[i] >= 0)
			(void)close(ends->worker_fd[i]);
	}
}

static void
read_one(struct broker_supervisor *all, struct broker_slot *k, int64_t now)
{
	const int providers = BROKER_PROVIDERS;
	char word = 0;
	ssize_t n;

	if (k->control < 0)
		return;
	n = recv(k->control, &word, 1, MSG_DONTWAIT);
	if (n == 1 && word == BROKER_ALIVE)
		k->unanswered_at = 0;
	else if (n == 1 && word == BROKER_STALE)
		k->wants_successor = true;
	else if (n == 0 || (n == 1 && word == BROKER_IDLE))
		release_broker(k, now);
	else if (n == 1 && k->which == 0 && word >= providers &&
	    word <= providers + SETTINGS_PROVIDERS_MAX) {
		all->providers = (size_t)(word - providers);
		all->has_providers = true;
	}
}

size_t
broker_supervisor_add_pollfds(
    const struct broker_supervisor *all, struct pollfd *p)
{
	size_t count = 0;

	for (size_t i = 0; i < BROKER_MAX; i++)
		if (all->slot[i].control >= 0)
			p[count++] =
			    (struct pollfd){ .fd = all->slot[i].control,
				    .events = POLLIN };
	return count;
}

void
broker_supervisor_read(struct broker_supervisor *all, const struct pollfd *p,
    size_t count, int64_t now)
{
	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; i < BROKER_MAX; i++)
			if (p[n].revents != 0 &&
			    all->slot[i].control == p[n].fd)
				read_one(all, &all->slot[i], now);
}

static void
ask_for_life(struct broker_slot *k, int64_t now)
{
	const struct broker_control_message ping = { .kind = BROKER_PING };

	if (k->unanswered_at != 0 && now - k->unanswered_at >= SILENT_MS) {
		log_problem("the %s (process %d) has not replied for %d s and "
			    "is killed; its logins%s are denied; see what "
			    "stopped it, and whether the disk is slow",
		    broker_name_of(k), (int)k->now.pid, (int)(SILENT_MS / 1000),
		    broker_denied(k));
		(void)kill(k->now.pid, SIGKILL);
		k->unanswered_at = now;
	}
	if (k->unanswered_at == 0 && now - k->pinged_at >= PING_MS) {
		k->pinged_at = k->unanswered_at = now;
		(void)broker_control_send(k->control, &ping, NULL);
	}
}

static void
tick_one(
    struct broker_slot *k, const char *program, size_t workers, int64_t now)
{
	if (now - k->crashed_at >= BROKEN_MS)
		k->broken = false;
	if (now - k->unfit_at >= BROKEN_MS)
		k->unfit_at = 0;
	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid != 0 && now - k->old[i].since >= OLD_MS) {
			(void)kill(k->old[i].pid, SIGKILL);
			k->old[i].since = now;
		}
	if (k->now.pid == 0)
		return;
	if (workers > 0)
		ask_for_life(k, now);
	if ((k->wants_successor && now - k->now.since >= SUCCESSOR_MS) ||
	    now - k->now.since >= RENEW_MS)
		succeed(k, program, now);
}

void
broker_supervisor_tick(struct broker_supervisor *all, const char *program,
    size_t workers, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		tick_one(&all->slot[i], program, workers, now);
	/* of providers that were removed from the settings */
	for (size_t i = 1 + all->providers;
	     i < BROKER_MAX && all->has_providers; i++)
		release_broker(&all->slot[i], now);
}

static int64_t
time_of(const struct broker_slot *k, size_t workers)
{
	int64_t at = INT64_MAX, next;

	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid != 0 && k->old[i].since + OLD_MS < at)
			at = k->old[i].since + OLD_MS;
	if (k->now.pid == 0)
		return at;
	next = k->now.since + (k->wants_successor ? SUCCESSOR_MS : RENEW_MS);
	at = next < at ? next : at;
	next = k->unanswered_at != 0 ? k->unanswered_at + SILENT_MS
				     : k->pinged_at + PING_MS;
	return workers > 0 && next < at ? next : at;
}

int64_t
broker_supervisor_next_tick(const struct broker_supervisor *all, size_t workers)
{
	const struct broker_slot *state = &all->slot[0];
	int64_t at = INT64_MAX;

	if (!all->has_providers && state->now.pid != 0)
		at = state->now.since + TOLD_MS;
	for (size_t i = 0; i < BROKER_MAX; i++)
		if (time_of(&all->slot[i], workers) < at)
			at = time_of(&all->slot[i], workers);
	return at;
}

static void
note_crash(struct broker_slot *k, int signal, int64_t now)
{
	/* no fault: from an admin, the listener, or the kernel out of memory */
	if (signal != SIGKILL && signal != SIGTERM) {
		k->broken =
		    k->crashed_at != 0 && now - k->crashed_at < CRASHES_MS;
		k->crashed_at = now;
	}
	log_problem("the %s was ended by signal %d: its logins%s are denied%s; "
		    "see what killed it, or report the crash",
	    broker_name_of(k), signal, broker_denied(k),
	    k->broken ? ", and so are others for 3 s" : "");
}

/* A broker could not be set up: logins do without it for BROKEN_MS, after which
 * it is started again. */
static void
note_unfit(struct broker_slot *k, int status, int64_t now)
{
	k->unfit_at = now;
	log_problem("the %s has ended by itself (status %d): its logins%s are "
		    "denied, and others do without it for 3 s; see the lines "
		    "before this one",
	    broker_name_of(k), status, broker_denied(k));
}

static bool
clear_pid(struct broker_slot *k, pid_t pid)
{
	bool ours = k->now.pid == pid;

	if (ours) {
		(void)close(k->control);
		k->control = -1;
		k->now.pid = 0;
	}
	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid == pid) {
			k->old[i].pid = 0;
			ours = true;
		}
	return ours;
}

bool
broker_supervisor_note_exit(
    struct broker_supervisor *all, pid_t pid, int status, int64_t now)
{
	struct broker_slot *k = all->slot;

	while (k < all->slot + BROKER_MAX && (pid == 0 || !clear_pid(k, pid)))
		k++;
	if (k == all->slot + BROKER_MAX)
		return false;
	if (WIFSIGNALED(status))
		note_crash(k, WTERMSIG(status), now);
	else if (WEXITSTATUS(status) == BROKER_NO_SETTINGS)
		all->has_providers |=
		    k->which == 0; /* each login logs the fault */
	else if (WEXITSTATUS(status) != EXIT_SUCCESS)
		note_unfit(k, WEXITSTATUS(status), now);
	return true;
}

void
broker_supervisor_retire(struct broker_supervisor *all, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		release_broker(&all->slot[i], now);
}

static int
write_one(const struct broker_slot *k, char *text, size_t size)
{
	int n = snprintf(text, size, "%d,%" PRId64 ",%d,%" PRId64,
	    (int)k->now.pid, k->now.since, k->control, k->crashed_at);

	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		n += snprintf(text + n, size - (size_t)n, ",%d,%" PRId64,
		    (int)k->old[i].pid, k->old[i].since);
	return n +
	    snprintf(text + n, size - (size_t)n, ",%" PRId64 ",%d,",
		k->unanswered_at, k->wants_successor);
}

/* Writes numbers, among them each byte of the keys. */
void
broker_supervisor_save(
    const struct broker_supervisor *all, char text[BROKER_TEXT_MAX])
{
	const unsigned char *key = keys() != NULL ? keys()[0] : NULL;
	int n = snprintf(text, BROKER_TEXT_MAX, "%zu,%d,", all->providers,
	    all->has_providers);

	for (size_t i = 0; i < BROKER_MAX; i++)
		n += write_one(
		    &all->slot[i], text + n, BROKER_TEXT_MAX - (size_t)n);
	for (size_t i = 0; i < KEYS_LEN && key != NULL; i++)
		n += snprintf(
		    text + n, BROKER_TEXT_MAX - (size_t)n, "%d,", key[i]);
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
	k->control = (int)next_number(text);
	k->crashed_at = next_number(text);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++) {
		k->old[i].pid = (pid_t)next_number(text);
		k->old[i].since = next_number(text);
	}
	k->unanswered_at = next_number(text);
	k->wants_successor = next_number(text) != 0;
	k->pinged_at = k->now.since;
	if (k->now.pid == 0 || fcntl(k->control, F_GETFD) < 0) {
		k->now.pid = 0;
		k->control = -1;
	}
}

void
broker_supervisor_restore(struct broker_supervisor *all, char *text)
{
	const char *at = text;

	all->providers = (size_t)next_number(&at) % BROKER_MAX;
	all->has_providers = next_number(&at) != 0;
	for (size_t i = 0; i < BROKER_MAX; i++)
		restore_one(&all->slot[i], &at);
	for (size_t i = 0; i < KEYS_LEN && *at != '\0' && keys() != NULL; i++)
		keys()[0][i] = (unsigned char)next_number(&at);
	explicit_bzero(text, strlen(text)); /* workers would inherit the keys */
	broker_supervisor_keep_fds_on_exec(all, false);
}

void
broker_supervisor_keep_fds_on_exec(
    const struct broker_supervisor *all, bool keep)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		if (all->slot[i].control >= 0)
			(void)fcntl(all->slot[i].control, F_SETFD,
			    keep ? 0 : FD_CLOEXEC);
}
