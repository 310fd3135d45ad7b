/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state keeper's process: it takes connections from the parent, reads one
 * question at a time and answers it. Services of root come first. One whose
 * settings are no longer the files' hands the logins that have not begun to its
 * successor, and serves the others to their end.
 */
#include "helper/keeper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/keeper/keeper_inside.h"
#include "helper/sandbox/sandbox.h"
#include "helper/store/store_engine.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

#define CONNECTIONS_MAX 640 /* more than the parent's copies */
#define DESCRIPTORS (CONNECTIONS_MAX + 64)
#define IDLE_MS (10 * 60 * INT64_C(1000))
/* After so long without a question the file is closed, because its admin may
 * want to unmount it. */
#define FILE_HOLD_MS (10 * INT64_C(1000))
#define HEIR_MS 10 /* so soon its socket is tried again */

static struct {
	struct keeper_own own;
	int64_t began, connections, show; /* wall clock; in all; when again */
	size_t count;
	struct keeper_session *session[CONNECTIONS_MAX];
	struct pollfd poll[CONNECTIONS_MAX + 1]; /* the last: control */
	int control;                             /* -1: closed */
	int heir;      /* the successor's, until it has what is its; -1: none */
	int64_t busy;  /* when the last login ended, or an act was done */
	int64_t ended; /* when control was closed */
	bool stale, told_idle;
	bool out; /* no server can be reached: all who waited are told */
	struct keeper_answer outage;
} keeper;

bool
keeper_argument_is(int argc, char *const argv[])
{
	return argc == 2 && strcmp(argv[1], KEEPER_ARGUMENT) == 0;
}

/* Connections. */

static void
drop(size_t i)
{
	struct keeper_session *s = keeper.session[i];

	(void)close(keeper.poll[i].fd);
	explicit_bzero(s, sizeof(*s));
	free(s);
	keeper.count--;
	keeper.session[i] = keeper.session[keeper.count];
	keeper.poll[i] = keeper.poll[keeper.count];
	keeper.busy = frame_clock_ms();
}

static void
keeper_take(int fd, const struct keeper_message *m)
{
	struct keeper_session *s = NULL;

	if (fd >= 0 && keeper.count < CONNECTIONS_MAX)
		s = calloc(1, sizeof(*s));
	if (s == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	s->uid = (uid_t)m->uid;
	s->process = session_process_of((pid_t)m->pid);
	s->number = session_number();
	s->began = frame_clock_ms();
	keeper.session[keeper.count] = s;
	keeper.poll[keeper.count] =
	    (struct pollfd){ .fd = fd, .events = POLLIN };
	keeper.count++;
	keeper.connections++;
	if (s->process < 0 || s->number < 0)
		drop(keeper.count - 1);
}

/* Logins that have not begun are the successor's; what its socket has no room
 * for is handed over later. */
static void
hand_to_heir(void)
{
	bool room = true;

	for (size_t i = keeper.count; keeper.heir >= 0 && room && i-- > 0;) {
		const struct keeper_session *s = keeper.session[i];
		const struct keeper_message m = { KEEPER_TAKE, (int64_t)s->uid,
			(int64_t)session_process_pid(s->process) };

		if (s->open)
			continue;
		room = keeper_message_send(keeper.heir, &m, keeper.poll[i].fd);
		if (room)
			drop(i);
	}
	if (keeper.heir < 0 ||
	    (!room && (errno == EAGAIN || errno == ETOOMANYREFS)))
		return;
	(void)close(keeper.heir);
	keeper.heir = -1;
}

/* There is one, or the parent may make one. */
static bool
has_successor(void)
{
	return keeper.control >= 0 || keeper.heir >= 0;
}

static void
say(char word)
{
	if (keeper.control >= 0)
		(void)send(
		    keeper.control, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* All that the parent has sent; also while a question is answered. */
static void
read_control(void)
{
	struct keeper_message m;
	int fd, got;

	while (keeper.control >= 0 &&
	    (got = keeper_message_receive(keeper.control, &m, &fd)) != 0) {
		if (got < 0) {
			(void)close(keeper.control);
			keeper.control = -1;
			keeper.ended = frame_clock_ms();
		} else if (m.kind == KEEPER_TAKE) {
			keeper_take(fd, &m);
		} else if (m.kind == KEEPER_HEIR && keeper.heir < 0) {
			keeper.heir = fd;
		} else {
			say(KEEPER_ALIVE);
			if (fd >= 0)
				(void)close(fd);
		}
	}
}

/* Questions. */

static struct keeper_frame keeper_question;

static void
log_refused(
    const struct keeper_session *s, enum keeper_act act, const char *why)
{
	log_problem("the login of process %d %s (%s): its connection is closed "
		    "and it is denied; report this fault, or see who took it "
		    "over",
	    (int)session_process_pid(s->process), why, keeper_act_name(act));
}

static void
answer_outage(
    struct keeper_session *s, enum keeper_act act, struct keeper_answer *answer)
{
	*answer = keeper.outage;
	s->open |= act == KEEPER_OPEN;
}

/* What kept this one from any server keeps all from it. */
static bool
no_way_there(const struct keeper_answer *answer)
{
	return keeper.own.store == NULL &&
	    (answer->failure == STORE_OUTAGE ||
		(answer->failure == STORE_BUSY && keeper.own.not_opened));
}

/* false: its connection is closed. */
static bool
answer_one(struct keeper_session *s, int fd)
{
	static struct keeper_ask ask;
	static struct keeper_answer answer;
	const enum keeper_act act = keeper_ask_read(&keeper_question, &ask);
	const char *why = "asks for what no login asks";
	bool done = act != KEEPER_NO_ACT;

	log_about(s->is.user, s->is.service != NULL ? s->is.service : "");
	if (done && keeper.out)
		answer_outage(s, act, &answer);
	else if (done)
		done = keeper_step(&keeper.own, s, act, &ask, &answer, &why);
	else
		keeper.own.refused++;
	log_about(NULL, NULL);
	if (!done) {
		log_refused(s, act, why);
		return false;
	}
	if (no_way_there(&answer)) {
		keeper.out = true;
		keeper.outage = (struct keeper_answer){ .result = -1,
			.failure = answer.failure };
		memcpy(keeper.outage.cause, answer.cause, STORE_CAUSE_MAX);
	}
	keeper_frame_wipe(&keeper_question);
	done = keeper_answer_write(&keeper_question, act, &answer) &&
	    send(fd, keeper_question.b, keeper_question.used,
		MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)keeper_question.used;
	if (answer.text != NULL)
		explicit_bzero(answer.text, strlen(answer.text));
	free(answer.text);
	explicit_bzero(&answer, sizeof(answer));
	return done;
}

/* Unless its copy has left, or no successor comes. */
static bool
waits_for_successor(int fd)
{
	struct pollfd p = { .fd = fd };

	return has_successor() && poll(&p, 1, 0) == 0;
}

/* The next step is done by what is at the state's path now. */
static void
look_at_file(void)
{
	if (keeper_other_file(&keeper.own))
		keeper_forget(&keeper.own);
}

/* false: it is over. */
static bool
serve(size_t i)
{
	struct keeper_session *s = keeper.session[i];
	const int fd = keeper.poll[i].fd;
	ssize_t n;
	bool kept;

	if (!s->open && (keeper.stale || (keeper.stale = keeper_stale())))
		return waits_for_successor(fd);
	look_at_file();
	n = recv(
	    fd, keeper_question.b, sizeof(keeper_question.b), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	keeper_question.used = (size_t)n;
	kept = answer_one(s, fd);
	keeper_frame_wipe(&keeper_question);
	keeper.busy = frame_clock_ms();
	if (keeper.own.store != NULL && !settings_is_fleet(keeper.own.conf))
		store_rest(keeper.own.store);
	look_at_file(); /* so that one is known that was just opened */
	return kept;
}

static void
serve_one(size_t i)
{
	keeper.poll[i].revents = 0;
	if (!serve(i))
		drop(i);
	read_control(); /* a step may have taken seconds */
}

static void
serve_root(void)
{
	for (size_t i = keeper.count; i-- > 0;)
		if (keeper.poll[i].revents != 0 && keeper.session[i]->uid == 0)
			serve_one(i);
}

/* Root's that came meanwhile are served before the next. */
static void
serve_others(void)
{
	for (size_t i = keeper.count; i-- > 0;) {
		if (i >= keeper.count || keeper.poll[i].revents == 0 ||
		    keeper.session[i]->uid == 0)
			continue;
		serve_one(i);
		if (poll(keeper.poll, keeper.count, 0) > 0)
			serve_root();
	}
}

/* The loop. */

static int64_t
keeper_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
hold_ms(void)
{
	return settings_is_fleet(keeper.own.conf)
	    ? keeper.own.conf->store.hold_s * INT64_C(1000)
	    : FILE_HOLD_MS;
}

/* When something is to be done even without a question. */
static int64_t
keeper_next(void)
{
	int64_t at = INT64_MAX;

	if (keeper.count == 0 && !keeper.told_idle)
		at = keeper.busy + IDLE_MS;
	if (keeper.own.store != NULL && hold_ms() > 0)
		at = keeper_earlier(at, keeper.busy + hold_ms());
	if (keeper.heir >= 0)
		at = keeper_earlier(at, frame_clock_ms() + HEIR_MS);
	return keeper_earlier(at,
	    keeper.control < 0 ? keeper.ended + KEEPER_LIFE_MS : keeper.show);
}

static int
keeper_wait_ms(void)
{
	const int64_t at = keeper_next(), now = frame_clock_ms();

	if (at == INT64_MAX)
		return -1;
	return at > now ? (int)(at - now) : 0;
}

static void
tend(int64_t now)
{
	const int64_t shown[ITEM_KEEPER_NUMBERS] = { getpid(), keeper.began,
		(int64_t)keeper.count, keeper.connections,
		(int64_t)keeper.own.acts, (int64_t)keeper.own.refused };

	if (keeper.control >= 0) /* else the file is its successor's */
		keeper.show =
		    keeper_shown_write(keeper.own.conf->state_dir, shown, now);
	/* 0: for as long as a login needs it */
	if (hold_ms() > 0 ? now >= keeper.busy + hold_ms() : keeper.count == 0)
		keeper_forget(&keeper.own);
	if (keeper.count == 0 && now >= keeper.busy + IDLE_MS &&
	    !keeper.told_idle) {
		keeper.told_idle = true;
		say(KEEPER_IDLE);
	}
}

static void
wait_for_more(int ms)
{
	const size_t last = keeper.count;
	const bool wait = keeper.stale && has_successor();

	for (size_t i = 0; i < last; i++)
		keeper.poll[i].events =
		    wait && !keeper.session[i]->open ? 0 : POLLIN;
	keeper.poll[last] =
	    (struct pollfd){ .fd = keeper.control, .events = POLLIN };
	if (poll(keeper.poll, last + 1, ms) < 0)
		for (size_t i = 0; i <= last; i++)
			keeper.poll[i].revents = 0;
}

static void
keeper_loop(void)
{
	bool told = false;

	while (keeper.control >= 0 ||
	    (keeper.count > 0 &&
		frame_clock_ms() < keeper.ended + KEEPER_LIFE_MS)) {
		wait_for_more(keeper.out ? 0 : keeper_wait_ms());
		/* first, because it adds connections behind the others */
		serve_root();
		serve_others();
		keeper.out = keeper.out && !told;
		told = keeper.out;
		read_control();
		hand_to_heir();
		if (keeper.stale && keeper.control >= 0 && !keeper.told_idle) {
			keeper.told_idle = true;
			say(KEEPER_STALE);
		}
		tend(frame_clock_ms());
	}
}

/* The parent has room for none of its own in its limits. */
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
		   KEEPER_CONTROL, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid == geteuid() && peer.pid == getppid();
}

int
keeper_run(void)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, KEEPER_NAME);
	if (!control_is_ours())
		return EXIT_FAILURE;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	limits_set();
	log_wait_never();
	if (!keeper_settings(&keeper.own))
		return KEEPER_NO_SETTINGS;
	sandbox_enter(keeper.own.conf);
	keeper.control = KEEPER_CONTROL;
	keeper.heir = -1;
	keeper.busy = frame_clock_ms();
	keeper.began = clock_wall_s();
	store_waiting = read_control;
	keeper_loop();
	refused_log();
	keeper_forget(&keeper.own);
	keeper_shown_end(keeper.own.conf->state_dir);
	settings_free(keeper.own.conf);
	return EXIT_SUCCESS;
}
