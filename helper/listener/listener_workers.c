/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of workers, the limits of connections, and a worker's start. */
#include "helper/listener/listener.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "helper/listener/listener_inside.h"
#include "helper/sandbox/sandbox.h"
#include "lib/rules/rules.h"

#define CONNECTION 3     /* a worker's descriptor */
#define BEGIN_ALARM_S 15 /* until BEGIN has set the deadline */

/* Returns the number at the start of text, and moves text to after the number
 * and its mark; -1 if they are missing, or the number is above most. */
static int64_t
kept_number(const char **text, char mark, int64_t most)
{
	const int64_t number = decimal_take(text, most);

	if (number < 0 || **text != mark)
		return -1;
	++*text;
	return number;
}

void
listener_workers_add(
    struct listener_workers *c, pid_t pid, uid_t uid, int64_t now)
{
	if (c->count < LISTENER_WORKERS_MAX)
		c->list[c->count++] = (struct listener_worker){ pid, uid, now };
}

bool
listener_workers_remove(
    struct listener_workers *c, pid_t pid, struct listener_worker *taken)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i].pid != pid)
			continue;
		*taken = c->list[i];
		c->list[i] = c->list[--c->count];
		return true;
	}
	return false;
}

size_t
listener_workers_count_for_uid(const struct listener_workers *c, uid_t uid)
{
	size_t found = 0;

	for (size_t i = 0; i < c->count; i++)
		found += c->list[i].uid == uid;
	return found;
}

size_t
listener_workers_count_non_root(const struct listener_workers *c)
{
	return c->count - listener_workers_count_for_uid(c, 0);
}

void
listener_workers_save(
    const struct listener_workers *c, char text[LISTENER_WORKERS_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < c->count; i++)
		used += (size_t)snprintf(text + used,
		    LISTENER_WORKERS_TEXT_MAX - used, "%d,%u,%" PRId64 ";",
		    (int)c->list[i].pid, c->list[i].uid, c->list[i].begun);
}

void
listener_workers_restore(struct listener_workers *c, const char *text)
{
	while (text[0] != '\0') {
		const int64_t pid = kept_number(&text, ',', INT32_MAX);
		const int64_t uid = kept_number(&text, ',', UINT32_MAX);
		const int64_t begun = kept_number(&text, ';', INT64_MAX);

		if (pid < 2 || uid < 0 || begun < 0)
			return;
		listener_workers_add(c, (pid_t)pid, (uid_t)uid, begun);
	}
}

static bool
window_over(const struct listener_limits_window *w, int64_t now)
{
	return now - w->since >= LISTENER_WINDOW_MS;
}

static bool
window_full(const struct listener_limits_window *w, int64_t now)
{
	return !window_over(w, now) && w->count >= LISTENER_PER_WINDOW;
}

static void
window_count(struct listener_limits_window *w, int64_t now)
{
	if (window_over(w, now))
		*w = (struct listener_limits_window){ .since = now };
	w->count++;
}

/* Returns the row of a uid's block, else one without recent connections. If all
 * have some, blocks share a row; the first one never does. */
static struct listener_limits_strangers *
strangers_of(struct listener_limits *l, uid_t uid, int64_t now)
{
	const uid_t block = uid >> 16;
	struct listener_limits_strangers *row =
	    &l->strangers[1 + block % (LISTENER_BLOCKS - 1)];

	if (block == 0)
		return &l->strangers[0];
	for (size_t i = 1; i < LISTENER_BLOCKS; i++) {
		struct listener_limits_strangers *other = &l->strangers[i];

		if (other->block == block)
			return other;
		if (window_over(&other->window, now))
			row = other;
	}
	return row;
}

static void
strangers_count(struct listener_limits *l, uid_t uid, int64_t now)
{
	struct listener_limits_strangers *row = strangers_of(l, uid, now);

	if (window_over(&row->window, now))
		row->block = uid >> 16;
	window_count(&row->window, now);
}

static struct listener_limits_user *
uid_find(struct listener_limits *l, uid_t uid)
{
	for (size_t i = 0; i < LISTENER_UIDS; i++)
		if (l->users[i].used && l->users[i].uid == uid)
			return &l->users[i];
	return NULL;
}

/* Returns a row for a new uid: a free one, else that of a uid without an
 * account, else any; used ones only without recent connections. NULL if all are
 * in use. */
static struct listener_limits_user *
uid_make(struct listener_limits *l, uid_t uid, int64_t now)
{
	struct listener_limits_user *row = NULL;

	for (size_t i = 0; i < LISTENER_UIDS; i++) {
		struct listener_limits_user *u = &l->users[i];

		if (u->used && !window_over(&u->window, now))
			continue;
		if (row == NULL || !u->used ||
		    (row->used && row->has_account && !u->has_account))
			row = u;
	}
	if (row != NULL)
		*row = (struct listener_limits_user){
			.used = true, .uid = uid, .window = { .since = now }
		};
	return row;
}

static bool
allow_other(struct listener_limits *l, const struct listener_workers *running,
    uid_t uid, int64_t now)
{
	struct listener_limits_user *user = uid_find(l, uid);

	if (listener_workers_count_non_root(running) >=
		LISTENER_WORKERS_OTHERS ||
	    listener_workers_count_for_uid(running, uid) >= LISTENER_AT_ONCE)
		return false;
	if ((user == NULL || !user->has_account) &&
	    window_full(&strangers_of(l, uid, now)->window, now))
		return false;
	if (user == NULL)
		user = uid_make(l, uid, now);
	if (user == NULL || window_full(&user->window, now))
		return false;
	user->counted &= !window_over(&user->window, now);
	window_count(&user->window, now);
	return true;
}

bool
listener_limits_admit(struct listener_limits *l,
    const struct listener_workers *running, uid_t uid, int64_t now)
{
	if (uid == 0)
		return listener_workers_count_for_uid(running, 0) <
		    LISTENER_WORKERS_ROOT;
	return allow_other(l, running, uid, now);
}

void
listener_limits_note_account(
    struct listener_limits *l, uid_t uid, bool has_account, int64_t now)
{
	struct listener_limits_user *user = uid_find(l, uid);

	if (user != NULL)
		user->has_account = has_account;
	/* once: by a worker's word a user would shut out the block's others */
	if (!has_account && (user == NULL || !user->counted))
		strangers_count(l, uid, now);
	if (!has_account && user != NULL)
		user->counted = true;
}

static size_t
write_row(char *out, size_t cap, uid_t uid,
    const struct listener_limits_window *w, unsigned last)
{
	return (size_t)snprintf(
	    out, cap, "%u,%" PRId64 ",%u,%u;", uid, w->since, w->count, last);
}

/* Windows of uids without an account are saved as uid 0, which has no row, with
 * their block in place of whether there is an account. */
void
listener_limits_save(
    const struct listener_limits *l, char text[LISTENER_TEXT_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < LISTENER_BLOCKS; i++)
		used += write_row(text + used, LISTENER_TEXT_MAX - used, 0,
		    &l->strangers[i].window, l->strangers[i].block);
	for (size_t i = 0; i < LISTENER_UIDS; i++)
		if (l->users[i].used)
			used += write_row(text + used, LISTENER_TEXT_MAX - used,
			    l->users[i].uid, &l->users[i].window,
			    l->users[i].has_account + 2u * l->users[i].counted);
}

void
listener_limits_restore(struct listener_limits *l, const char *text)
{
	size_t count = 0, block = 0;

	while (text[0] != '\0' && count < LISTENER_UIDS) {
		const int64_t uid = kept_number(&text, ',', UINT32_MAX);
		const int64_t since = kept_number(&text, ',', INT64_MAX);
		const int64_t came = kept_number(&text, ',', UINT32_MAX);
		const int64_t last =
		    kept_number(&text, ';', uid == 0 ? UINT32_MAX >> 16 : 3);
		const struct listener_limits_window window = { since,
			(unsigned)came };

		if (uid < 0 || since < 0 || came < 0 || last < 0)
			return;
		if (uid == 0 && block < LISTENER_BLOCKS)
			l->strangers[block++] =
			    (struct listener_limits_strangers){ (uid_t)last,
				    window };
		else if (uid != 0)
			l->users[count++] = (struct listener_limits_user){ true,
				(last & 1) != 0, (last & 2) != 0, (uid_t)uid,
				window };
	}
}

static bool
set_limit(unsigned i)
{
	const struct helper_limit *limit = &helper_limits[i];
	struct rlimit now, before;

	if (getrlimit((__rlimit_resource_t)i, &now) != 0)
		return false;
	before = now;
	if (now.rlim_max > limit->most)
		now.rlim_max = limit->most;
	if (now.rlim_max < limit->least) {
		log_problem("resource limit %s is too low for a login: raise "
			    "Limit%s= of the service that listens",
		    limit->name, limit->name);
		return false;
	}
	now.rlim_cur = now.rlim_max;
	return memcmp(&now, &before, sizeof(now)) == 0 ||
	    setrlimit((__rlimit_resource_t)i, &now) == 0;
}

static bool
has_other_name(const struct listener_peer *peer)
{
	FILE *file OWNED(owned_file) = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	bool found = file == NULL;

	while (!found && (pw = fgetpwent(file)) != NULL)
		found = pw->pw_uid == peer->uid &&
		    strcmp(pw->pw_name, peer->name) != 0;
	return found;
}

/* Here, where no byte of the peer was read, what the worker says is true. */
static bool
may_run_self(const struct passwd *pw)
{
	struct settings *conf OWNED(settings_end) =
	    settings_load(MODULE_ARGUMENTS_CONF, 0, NULL);

	return conf != NULL && accounts_may_run_self(conf, pw);
}

/* Returns false if the uid has no account: a user can own thousands of such
 * uids, by subuid(5). Sets the peer's name if it is valid. */
static bool
find_account(struct listener_peer *peer)
{
	char buf[4096];
	struct passwd pw, *found = NULL;
	const int error = getpwuid_r(peer->uid, &pw, buf, sizeof(buf), &found);

	if (found != NULL && user_name_is_valid(pw.pw_name))
		PRINT_TO(peer->name, "%s", pw.pw_name);
	peer->no_self =
	    found == NULL || has_other_name(peer) || !may_run_self(&pw);
	if (found != NULL || error == ERANGE)
		return true;
	log_notice("user.sock uid=%u: no account has that uid, so no login is "
		   "served%s%s",
	    (unsigned)peer->uid, error != 0 ? ": the look-up says: " : "",
	    error != 0 ? strerror(error) : "");
	return false;
}

static int
hello_send(void)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;

	frame_init(&hello, FRAME_HELLO, bytes, sizeof(bytes));
	return frame_send(CONNECTION, &hello);
}

/* The lowest of the brokers' ends from that descriptor on; or INT_MAX. */
static int
next_end(const struct broker_fds *ends, int from)
{
	int next = INT_MAX;

	for (size_t i = 0; i < ends->count; i++)
		if (ends->worker_fd[i] >= from && ends->worker_fd[i] < next)
			next = ends->worker_fd[i];
	return next;
}

/* Closes all descriptors but the connection and the brokers' ends. These keep
 * their numbers, which are above CONNECTION, since RLIMIT_NOFILE may be low. */
static bool
set_descriptors(int connection, const struct broker_fds *ends)
{
	int closed = 0;

	broker_control_hasten(true); /* others' ends, too */
	if (dup2(connection, CONNECTION) < 0)
		return false;
	for (int first, end = CONNECTION; end != INT_MAX;) {
		first = end + 1;
		end = next_end(ends, first);
		if (end > first)
			closed |=
			    close_range((unsigned)first, (unsigned)end - 1, 0);
	}
	if (ends->worker_fd[0] >= 0) {
		broker_client_set_fd(ends->worker_fd[0]);
		broker_calls_set_fds(ends->worker_fd + 1, ends->count - 1);
	}
	broker_control_hasten(false);
	return closed == 0;
}

/* The listener says so once the brokers have their ends. Until the module has
 * HELLO, it may start a helper of its own. */
static bool
are_given(const struct broker_fds *ends)
{
	char byte;

	return ends->broker_fd[0] < 0 ||
	    recv(ends->worker_fd[0], &byte, sizeof(byte), 0) == 1;
}

/* The order matters: syslog's socket is closed before another file can get its
 * number, and nothing is read before the limits, the alarm and, for a peer
 * other than root, the filter are in place. */
_Noreturn void
listener_worker_run(int connection, const struct broker_fds *ends,
    struct listener_peer peer, listener_serve *serve)
{
	sigset_t none;

	listener_preload_stack();
	log_close();
	if (!set_descriptors(connection, ends))
		_exit(LISTENER_WORKER_SETUP);
	(void)setsid();
	/* actions are as in the listener: the default, but SIGPIPE is ignored
	 */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	log_open();
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		if (!set_limit(i))
			_exit(LISTENER_WORKER_SETUP);
	(void)alarm(BEGIN_ALARM_S);
	if (peer.uid != 0) {
		sandbox_end_after(LISTENER_WORKER_AGE_MS, false);
		(void)filter_install();
		if (!find_account(&peer))
			_exit(LISTENER_WORKER_NO_ACCOUNT);
		broker_client_send_name(peer.name, peer.no_self);
	}
	if (!are_given(ends))
		_exit(LISTENER_WORKER_SETUP);
	if (hello_send() != 0)
		_exit(0); /* the module has stopped waiting */
	_exit(serve(&peer));
}
