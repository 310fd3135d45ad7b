/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener's side of the brokers: it starts them, hands them the
 * connections of each worker, and kills those that do not answer. It reads one
 * byte at a time from them, with the number of a login that a broker returns,
 * and never blocks on them once they run. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define RENEW_MS (3600 * INT64_C(1000))
#define SUCCESSOR_MS INT64_C(100) /* minimum interval between successors */
#define AGAIN_MS INT64_C(1000)    /* retry interval after a failed start */
#define RENEWAL_AGAIN_MS INT64_C(60000) /* the same where no login waits */
#define CRASHES_MS INT64_C(60000)       /* two crashes within it: broken */
#define BROKEN_MS INT64_C(3000)         /* how long broken and unfit last */
#define OLD_MS (BROKER_LIFE_MS + 10000)
#define LAST_MAX 1000        /* messages that are read at a broker's end */
#define RETRY_MS INT64_C(10) /* while a broker's socket is full */
/* How long logins wait for a report. After 3 s the module gives up, and root's
 * starts a helper, which needs no report, unless it has transport=socket. */
#define TOLD_MS INT64_C(2500)
#define TOLD_ROOT_MS INT64_C(6000)

static const struct broker_process no_process = { .control = -1, .says = -1 };

/* The present broker, then those before it. */
static struct broker_process *
process_of(struct broker_slot *k, size_t n)
{
	return n == 0 ? &k->now : &k->old[n - 1];
}

/* Makes made the current broker of an empty slot. */
static void
take_on(struct broker_slot *k, const struct broker_process *made)
{
	k->now = *made;
	k->unanswered_at = 0;
	k->prompt = false;
	k->pinged_at = made->since;
	k->wants_successor = false;
}

static void
log_not_started(
    const struct broker_slot *k, const char *which, const char *logins)
{
	log_problem(
	    "%s %s cannot be started: %s; %s; free memory, processes or "
	    "descriptors",
	    which, broker_log_name(k), strerror(errno), logins);
}

/* Reads no more from a broker, and frees its place. */
static void
forget_process(struct broker_process *b)
{
	broker_control_close((const int[]){ b->control, b->says });
	*b = no_process;
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
		broker_process_kill_oldest(k, at);
	forget_process(at);
	return at;
}

/* Gives the current broker no more connections: it reads an end of file, and
 * may return those that it cannot serve. Returns its place. */
static struct broker_process *
release_broker(struct broker_slot *k, int64_t now)
{
	struct broker_process *old;

	if (k->now.pid == 0)
		return NULL;
	old = make_room_for_old(k);
	*old = k->now;
	old->since = now;
	(void)close(old->control);
	old->control = -1;
	k->now = no_process;
	k->wants_successor = false;
	return old;
}

/* Who was released is killed after BROKER_LEAVE_MS. */
static void
hasten(struct broker_slot *k, int64_t now)
{
	const int64_t since = now - OLD_MS + BROKER_LEAVE_MS;

	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid != 0 && k->old[i].since > since)
			k->old[i].since = since;
}

/* Releases all brokers of the slot. The present one returns all its logins. */
static void
dismiss(struct broker_slot *k, int64_t now)
{
	const struct broker_control_message leave = { .kind = BROKER_LEAVE };

	if (k->now.pid != 0)
		(void)broker_control_send(k->now.control, &leave, NULL);
	(void)release_broker(k, now);
	hasten(k, now);
}

/* Releases the present broker, which leaves at once if a credential has
 * changed. What a state broker has read may change before the next one. */
static void
release_or_dismiss(
    struct broker_supervisor *all, struct broker_slot *k, int64_t now)
{
	all->has_providers &= k->which > 0;
	if (k->which > 0 && k->wants_successor)
		dismiss(k, now);
	else
		(void)release_broker(k, now);
}

/* Releases the present broker, and starts no other one. Only a state broker
 * sees that a credential changes: without it, none is left that has one. */
static void
lose_present(struct broker_supervisor *all, struct broker_slot *k, int64_t now)
{
	release_or_dismiss(all, k, now);
	for (size_t i = 1; k->which == 0 && i < BROKER_MAX; i++)
		dismiss(&all->slot[i], now);
}

/* Starts a successor, which gets the logins that the old broker returns. A
 * credential that has changed leaves the old one even if none can be started.
 */
static void
succeed(struct broker_supervisor *all, struct broker_slot *k,
    const char *program, int64_t now)
{
	struct broker_process made;

	if (k->which > 0 && k->wants_successor)
		dismiss(k, now);
	if (broker_process_start(k, &made, program, now) != 0) {
		log_not_started(k, "a new",
		    k->wants_successor ? "logins wait for it"
				       : "the one before it goes on");
		/* one that was taken over must not live for another hour */
		k->now.since = now +
		    (k->wants_successor ? AGAIN_MS - SUCCESSOR_MS
					: RENEWAL_AGAIN_MS - RENEW_MS);
		return;
	}
	all->has_providers &= k->which > 0 || !k->wants_successor;
	(void)release_broker(k, now);
	take_on(k, &made);
}

/* Starts a broker if it is missing and not broken. Returns false with errno. */
static bool
has_present(struct broker_slot *k, const char *program, int64_t now)
{
	struct broker_process made;

	if (k->now.pid != 0 || k->broken)
		return true;
	if (broker_process_start(k, &made, program, now) != 0)
		return false;
	take_on(k, &made);
	return true;
}

/* When a missing broker may be started for logins that wait: where one was
 * killed before it could serve, as where memory runs out, the next one would be
 * as well. */
static int64_t
may_start_at(const struct broker_slot *k)
{
	return k->now.pid == 0 && k->killed_at != 0 ? k->killed_at + AGAIN_MS
						    : 0;
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
		log_not_started(k, "the", "this login does without it");
		return BROKER_NONE;
	}
	broker_control_take_no_fds(pair[0]);
	broker_control_take_no_fds(pair[1]);
	if (k->broken)
		(void)close(pair[1]);
	else
		*other = pair[1];
	return pair[0];
}

/* Starts a broker for what was returned, if none is there. */
static void
give_returned(struct broker_supervisor *all, struct broker_slot *k,
    const char *program, int64_t now)
{
	if (k->now.pid == 0 && (k->broken || k->unfit_at != 0))
		broker_logins_end(all, k->which, 0, false);
	if (k->retry_at != 0 || broker_logins_give(all, k))
		return;
	k->retry_at = may_start_at(all->slot->now.pid == 0 ? all->slot : k);
	if (k->retry_at > now)
		return;
	k->retry_at = now + RETRY_MS;
	if (has_present(all->slot, program, now) &&
	    has_present(k, program, now))
		return;
	log_not_started(k, "a new", "logins wait for it");
	k->retry_at = now + AGAIN_MS;
}

/* module: the module's connection, for the state broker; or -1. Sets full if
 * the kernel lets user twofa pass no more descriptors. */
static bool
hand_one(const struct broker_slot *k, int other, int module,
    const struct broker_control_message *m, bool *full)
{
	const int fd[BROKER_CONTROL_FDS] = { other, module };

	if (other < 0 || m->pid == 0)
		return false;
	if (broker_control_send(k->now.control, m, fd))
		return true;
	*full |= errno == ETOOMANYREFS;
	log_problem("the %s is not given a login: %s; if there are too many "
		    "references, raise LimitNOFILE= of the service that "
		    "listens, or see which process of user twofa has "
		    "descriptors in flight",
	    broker_log_name(k), strerror(errno));
	return false;
}

void
broker_supervisor_init(struct broker_supervisor *all)
{
	for (size_t i = 0; i < BROKER_MAX; i++) {
		all->slot[i].which = i;
		for (size_t n = 0; n <= BROKER_OLD_MAX; n++)
			*process_of(&all->slot[i], n) = no_process;
	}
}

static int64_t
told_ms(bool root)
{
	return root ? TOLD_ROOT_MS : TOLD_MS;
}

bool
broker_supervisor_awaits_report(
    const struct broker_supervisor *all, bool root, int64_t now)
{
	const struct broker_slot *k = &all->slot[0];
	const int64_t age = now - k->now.since;

	if (k->unfit_at != 0 || k->broken)
		return false;
	if (k->now.pid == 0)
		return !all->has_providers && now < may_start_at(k);
	return all->has_providers
	    ? k->wants_successor && age >= 0 && age < SUCCESSOR_MS
	    : age < told_ms(root);
}

void
broker_supervisor_connect_worker(struct broker_supervisor *all,
    const char *program, struct broker_fds *ends, int64_t now)
{
	ends->count = 1 + all->providers;
	for (size_t i = 0; i < ends->count; i++)
		ends->worker_fd[i] = broker_connect_one(
		    &all->slot[i], program, &ends->broker_fd[i], now);
	all->tried = 0;
}

void
broker_supervisor_give_connections(struct broker_supervisor *all,
    struct broker_fds *ends, int module, pid_t worker, uid_t uid)
{
	struct broker_control_message m = {
		.kind = BROKER_TAKE, .uid = (int64_t)uid, .pid = (int64_t)worker
	};
	const int first = ends->broker_fd[0];
	bool handed[BROKER_MAX] = { false }, full = false;

	(void)!getrandom(&m.login, sizeof(m.login), 0);
	for (size_t i = 0; i < ends->count; i++)
		handed[i] = hand_one(&all->slot[i], ends->broker_fd[i],
		    i == 0 ? module : -1, &m, &full);
	if (first >= 0 && full)
		(void)shutdown(first, SHUT_RDWR);
	else if (first >= 0)
		(void)send(first, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	broker_control_hasten(true);
	for (size_t i = 0; i < ends->count; i++) {
		if (ends->worker_fd[i] >= 0)
			(void)close(ends->worker_fd[i]);
		if (handed[i])
			continue;
		if (ends->broker_fd[i] >= 0)
			(void)close(ends->broker_fd[i]);
		ends->broker_fd[i] = -1;
	}
	broker_control_hasten(false);
	if (worker > 0)
		broker_logins_add(all, &m, ends, module);
}

static void
note_stale(struct broker_supervisor *all, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		all->slot[i].wants_successor = true;
	for (size_t i = 1; i < BROKER_MAX; i++)
		hasten(&all->slot[i], now);
}

/* A provider broker that was taken over would not say that it is stale: the
 * state broker says it of all, and none is left without one that does. A new
 * state broker knows of no change before it: providers' brokers that are older
 * are renewed with it. */
static void
note_byte(struct broker_supervisor *all, struct broker_slot *k, char byte,
    int64_t now)
{
	const int providers = BROKER_PROVIDERS;

	k->unread = false;
	if (byte == BROKER_ALIVE)
		k->unanswered_at = 0;
	/* not if a login has come meanwhile, whose providers are watched */
	else if (byte == BROKER_IDLE && (k->which > 0 || all->logins == 0))
		lose_present(all, k, now);
	else if (byte == BROKER_STALE || byte == BROKER_IDLE)
		k->wants_successor = true;
	else if (byte == BROKER_PROMPT)
		k->prompt = true;
	else if (k->which == 0 && byte >= providers &&
	    byte <= providers + SETTINGS_PROVIDERS_MAX) {
		all->providers = (size_t)(byte - providers);
		all->has_providers = true;
		for (size_t i = 1; i < BROKER_MAX; i++)
			if (all->slot[i].now.since < all->slot[0].now.since)
				all->slot[i].now.since = now - RENEW_MS;
	}
	if (k->which == 0 && byte == BROKER_STALE)
		note_stale(all, now);
}

bool
broker_supervisor_make_ready(
    struct broker_supervisor *all, bool root, const char *program, int64_t now)
{
	struct broker_slot *k = &all->slot[0];

	if (k->now.pid != 0 && !k->wants_successor &&
	    broker_process_settings_changed(k)) {
		note_stale(all, now);
		return false;
	}
	if (k->unread && now - all->tried >= SUCCESSOR_MS)
		all->has_providers = false;
	if (!all->has_providers && k->unfit_at == 0 && now >= may_start_at(k)) {
		(void)has_present(k, program, now);
		all->tried = now;
	}
	return !broker_supervisor_awaits_report(all, root, now);
}

/* A connection that a broker before the present one had: its successor gets it.
 * One that the present one cannot take is ended; one that it has not is not. */
static void
take_back(struct broker_supervisor *all, const struct broker_slot *k,
    const struct broker_process *from, const char *text)
{
	int64_t login, used;
	struct broker_end *e;

	memcpy(&login, text, sizeof(login));
	memcpy(&used, text + sizeof(login), sizeof(used));
	e = broker_logins_find(all, k->which, from->pid, login);
	if (e == NULL)
		return;
	e->holder = 0;
	e->used = used;
	if (from == &k->now)
		broker_logins_end(all, k->which, 0, false);
}

/* Reads one message of a broker, the present one or one before it. Returns
 * false if there is none. */
static bool
read_one(struct broker_supervisor *all, struct broker_slot *k,
    struct broker_process *from, int64_t now)
{
	char text[1 + LOG_LINE_MAX + 1] = "";
	const ssize_t n = read(from->says, text, sizeof(text) - 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		(void)close(from->says);
		from->says = -1;
		if (from == &k->now)
			lose_present(all, k, now);
		return false;
	}
	if (text[0] == BROKER_RETURN)
		take_back(all, k, from, text + 1);
	else if (text[0] >= BROKER_LINE && text[0] <= BROKER_LINE + 7) {
		if (k->which > 0)
			broker_log_write(k, text, now);
	} else {
		from->served = true;
		if (from == &k->now)
			note_byte(all, k, text[0], now);
	}
	return true;
}

size_t
broker_supervisor_add_pollfds(
    struct broker_supervisor *all, struct pollfd p[BROKER_SOCKETS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < BROKER_MAX; i++)
		for (size_t n = 0; n <= BROKER_OLD_MAX; n++) {
			const struct broker_process *b =
			    process_of(&all->slot[i], n);

			if (b->says >= 0)
				p[count++] = (struct pollfd){ .fd = b->says,
					.events = POLLIN };
		}
	return count;
}

static void
read_from(struct broker_supervisor *all, int says, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		for (size_t n = 0; n <= BROKER_OLD_MAX; n++) {
			struct broker_process *b = process_of(&all->slot[i], n);

			if (b->says == says) {
				(void)read_one(all, &all->slot[i], b, now);
				return;
			}
		}
}

void
broker_supervisor_read(struct broker_supervisor *all, const struct pollfd *p,
    size_t count, int64_t now)
{
	for (size_t n = 0; n < count; n++)
		if (p[n].revents != 0)
			read_from(all, p[n].fd, now);
}

/* While logins wait, and until it has replied: a login may give up waiting for
 * a provider's broker before that has been silent for long enough to be killed.
 */
static bool
is_pinged(const struct broker_slot *k, size_t workers)
{
	return workers > 0 || k->unanswered_at != 0;
}

static void
tick_one(struct broker_supervisor *all, struct broker_slot *k,
    const char *program, size_t workers, int64_t now)
{
	if (now - k->crashed_at >= BROKEN_MS)
		k->broken = false;
	if (now - k->unfit_at >= BROKEN_MS)
		k->unfit_at = 0;
	if (now >= k->retry_at)
		k->retry_at = 0;
	broker_log_tick(k, now);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid != 0 && now - k->old[i].since >= OLD_MS) {
			broker_process_kill_late(k, &k->old[i]);
			k->old[i].since = now;
		}
	give_returned(all, k, program, now);
	if (k->now.pid == 0)
		return;
	if (is_pinged(k, workers))
		broker_ping_ask(k, now);
	if ((k->wants_successor && now - k->now.since >= SUCCESSOR_MS) ||
	    now - k->now.since >= RENEW_MS)
		succeed(all, k, program, now);
}

void
broker_supervisor_tick(struct broker_supervisor *all, const char *program,
    size_t workers, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		tick_one(all, &all->slot[i], program, workers, now);
	/* of providers that were removed from the settings */
	for (size_t i = 1 + all->providers;
	     i < BROKER_MAX && all->has_providers; i++) {
		dismiss(&all->slot[i], now);
		broker_logins_end(all, i, 0, false);
	}
}

static int64_t
time_of(const struct broker_slot *k, size_t workers)
{
	int64_t at = broker_log_next_tick(k), next;

	if (k->retry_at != 0)
		at = broker_earlier_time(at, k->retry_at);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		if (k->old[i].pid != 0)
			at = broker_earlier_time(at, k->old[i].since + OLD_MS);
	if (k->now.pid == 0)
		return at;
	next = k->now.since + (k->wants_successor ? SUCCESSOR_MS : RENEW_MS);
	at = broker_earlier_time(at, next);
	return is_pinged(k, workers)
	    ? broker_earlier_time(at, broker_ping_next(k))
	    : at;
}

int64_t
broker_supervisor_next_tick(
    const struct broker_supervisor *all, size_t workers, int64_t now)
{
	const struct broker_slot *k = &all->slot[0];
	/* root's logins wait longer than others, for the same report */
	const bool root = !broker_supervisor_awaits_report(all, false, now);
	int64_t at = INT64_MAX;

	if (broker_supervisor_awaits_report(all, root, now))
		at = k->now.pid != 0 ? k->now.since + told_ms(root)
				     : may_start_at(k);
	for (size_t i = 0; i < BROKER_MAX; i++)
		at = broker_earlier_time(at, time_of(&all->slot[i], workers));
	return at;
}

static void
note_crash(struct broker_slot *k, int status, int64_t now)
{
	const bool by_signal = WIFSIGNALED(status);
	const int by = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);

	/* no fault: from an admin, the listener, or the kernel out of memory */
	if (!by_signal || (by != SIGKILL && by != SIGTERM)) {
		k->broken =
		    k->crashed_at != 0 && now - k->crashed_at < CRASHES_MS;
		k->crashed_at = now;
	}
	log_problem("the %s was ended by %s %d: its logins%s are denied%s; "
		    "see what killed it, or report the crash",
	    broker_log_name(k), by_signal ? "signal" : "exit status", by,
	    broker_log_denied(k),
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
	    broker_log_name(k), status, broker_log_denied(k));
}

/* Frees the place of a broker that has ended, once all is read that it has
 * sent. Sets served. */
static bool
clear_pid(struct broker_supervisor *all, struct broker_slot *k, pid_t pid,
    bool *served, int64_t now)
{
	struct broker_process *b = k->old;

	if (k->now.pid == pid)
		lose_present(all, k, now);
	while (b < k->old + BROKER_OLD_MAX && b->pid != pid)
		b++;
	if (b == k->old + BROKER_OLD_MAX)
		return false;
	for (size_t n = 0; n < LAST_MAX && read_one(all, k, b, now); n++)
		;
	*served = b->served;
	forget_process(b);
	return true;
}

bool
broker_supervisor_note_exit(
    struct broker_supervisor *all, pid_t pid, int status, int64_t now)
{
	struct broker_slot *k = all->slot;
	bool served = false, unread;

	broker_logins_remove(all, pid, true);
	while (k < all->slot + BROKER_MAX &&
	    (pid == 0 || !clear_pid(all, k, pid, &served, now)))
		k++;
	unread = k < all->slot + BROKER_MAX && !served && WIFEXITED(status) &&
	    WEXITSTATUS(status) == BROKER_NO_SETTINGS;
	if (unread) /* its logins have the settings of the next one, once */
		k->retry_at = now + AGAIN_MS;
	for (size_t i = 0; i < BROKER_MAX && pid != 0; i++)
		broker_logins_end(all, i, pid, unread && !k->unread);
	if (k == all->slot + BROKER_MAX)
		return false;
	if (unread && k->unread) /* also those that it was not given yet */
		broker_logins_end(all, k->which, 0, false);
	k->unread |= unread;
	all->has_providers |= unread && k->which == 0; /* each login logs it */
	if (unread && k->which == 0 && all->tried != 0)
		all->tried = now;
	if (WIFSIGNALED(status) && !served)
		k->killed_at = now;
	if (WIFSIGNALED(status) || (served && WEXITSTATUS(status) != 0))
		note_crash(k, status, now);
	else if (!unread && WEXITSTATUS(status) != EXIT_SUCCESS)
		note_unfit(k, WEXITSTATUS(status), now);
	return true;
}

/* Forgets whose the connections are if another program follows, whose brokers
 * do not serve workers of this one; nor can that read what brokers say. */
void
broker_supervisor_retire(
    struct broker_supervisor *all, bool other_program, int64_t now)
{
	for (size_t i = 0; i < BROKER_MAX; i++)
		release_or_dismiss(all, &all->slot[i], now);
	if (!other_program)
		return;
	while (all->logins > 0)
		broker_logins_remove(all, all->login[0].worker, false);
	for (size_t i = 0; i < BROKER_MAX; i++)
		for (size_t n = 0; n < BROKER_OLD_MAX; n++) {
			struct broker_process *b = &all->slot[i].old[n];

			broker_control_close((const int[]){ b->says, -1 });
			b->says = -1;
		}
}
