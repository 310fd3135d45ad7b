/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes: connections of the state broker to a state at servers, each with a
 * thread while it does a request. */
#include "helper/broker/broker_inside.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "helper/store/store_backend.h"

#define CONNECTING 4 /* lanes that connect at a time */
/* of one user and uid, whose requests wait for each other at the server: su's
 * caller may begin hundreds of logins at once */
#define OF_ONE (BROKER_LANES / 4)
#define WAIT_MS 100  /* of a request, before it gets another lane */
#define IDLE_MS 2000 /* after which all connections but one are closed */
/* how long what was not done is repeated: its login hears of it within 5 s,
 * unless its settings have more time to connect to all servers */
#define BUSY_MS 4500
#define PAUSE_MS 50
#define FULL_MS 500   /* pause before a server without a free connection */
#define SPARE_MS 1000 /* a login that has less does not ask again */
#define STACK ((size_t)1 << 20)

struct job {
	struct job *next;
	struct broker_session *session;
	int64_t since, at; /* when it came; not before */
	size_t len;        /* 0: the session is a copy of one that has left */
	unsigned char bytes[];
};

struct lane {
	struct broker_lane own; /* context.store: NULL if not connected */
	struct broker_session before;
	struct job *job; /* NULL if idle */
};

static struct {
	const struct broker_context *shared;
	bool (*answer)(struct broker_lane *, struct broker_session *);
	pthread_mutex_t baton; /* held by the thread that runs */
	int ended;             /* an eventfd: a lane has ended a request */
	int64_t busy_ms;
	size_t count, running;
	struct lane *lane[BROKER_LANES];
	struct job *first;
	uint64_t ops, refused;
	bool next_key;
} lanes = { .baton = PTHREAD_MUTEX_INITIALIZER, .ended = -1 };

static void
pass_baton(bool waits)
{
	if (waits)
		(void)pthread_mutex_unlock(&lanes.baton);
	else
		(void)pthread_mutex_lock(&lanes.baton);
}

static void
job_add(struct job *j, int64_t at)
{
	struct job **to = &lanes.first;

	while (*to != NULL &&
	    ((*to)->session->peer.uid == 0 || j->session->peer.uid != 0))
		to = &(*to)->next;
	j->at = at;
	j->next = *to;
	*to = j;
}

static void
job_free(struct job *j)
{
	if (j->len == 0) {
		explicit_bzero(j->session, sizeof(*j->session));
		free(j->session);
	}
	explicit_bzero(j->bytes, j->len);
	free(j);
}

/* The context as it is for all now, with this lane's connection. */
static void
context_renew(struct broker_context *c)
{
	const struct broker_context own = *c;

	*c = *lanes.shared;
	c->store = own.store;
	c->used = own.used;
	if (lanes.next_key != own.next_key)
		broker_store_close(c);
	c->next_key = lanes.next_key;
	c->ops = c->refused = 0;
}

/* The session as before a request that was not done. Texts that are read before
 * BIND stay. */
static void
session_restore(const struct broker_session *before, struct broker_session *s)
{
	const struct broker_peer peer = s->peer;

	s->opened = before->opened;
	if (before->bound)
		*s = *before;
	s->peer = peer;
}

/* Returns false if it is to be repeated. */
static bool
request_do(struct lane *l, const struct job *j)
{
	struct broker_session *s = j->session;

	l->before = *s;
	memcpy(l->own.question.b, j->bytes, j->len);
	l->own.question.used = j->len;
	l->own.since = j->since;
	l->own.until = broker_earlier_time(
	    j->since + lanes.busy_ms, s->deadline - SPARE_MS);
	l->own.context.until = s->stays ? j->since + lanes.busy_ms : 0;
	s->peer.refused = !lanes.answer(&l->own, s);
	if (s->peer.refused) /* for the next round */
		(void)shutdown(s->peer.fd, SHUT_RDWR);
	broker_frame_wipe(&l->own.question);
	if (l->own.again)
		session_restore(&l->before, s);
	explicit_bzero(&l->before, sizeof(l->before));
	s->peer.running = false;
	s->peer.waits = l->own.again;
	return !l->own.again;
}

static void hand_out(void);

static void *
lane_run(void *ctx)
{
	struct lane *l = ctx;
	struct broker_context *c = &l->own.context;
	struct job *j = l->job;

	pass_baton(false);
	context_renew(c);
	if (j->len == 0)
		broker_held_end(c, j->session);
	if (j->len == 0 || request_do(l, j))
		job_free(j);
	else
		job_add(
		    j, frame_clock_ms() + (c->not_opened ? FULL_MS : PAUSE_MS));
	lanes.next_key |= c->next_key;
	lanes.ops += c->ops;
	lanes.refused += c->refused;
	l->job = NULL;
	lanes.running--;
	hand_out();
	(void)eventfd_write(lanes.ended, 1);
	pass_baton(true);
	return NULL;
}

/* Signals of timers are the first thread's. */
static bool
lane_start(struct lane *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t timers, before;
	bool started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	(void)sigemptyset(&timers);
	(void)sigaddset(&timers, SIGALRM);
	(void)pthread_sigmask(SIG_BLOCK, &timers, &before);
	started =
	    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0 &&
	    pthread_attr_setstacksize(&attr, STACK) == 0 &&
	    pthread_create(&thread, &attr, lane_run, l) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return started;
}

/* Returns the user, or the account that several share: requests of all its
 * names wait for the same rows. */
static const char *
user_of(const struct broker_session *s)
{
	if (!s->bound)
		return s->begun ? s->begin.facts.user : "";
	return s->bound_to.account[0] != '\0' ? s->bound_to.account
					      : s->bound_to.user;
}

/* Lanes that have a request of this user and real uid. By the uid, su's caller
 * leaves lanes to the same user's logins at sshd. */
static size_t
count_like(const struct broker_session *s)
{
	const char *user = user_of(s);
	size_t found = 0;

	for (size_t i = 0; i < lanes.count && user[0] != '\0'; i++) {
		const struct job *j = lanes.lane[i]->job;

		found += j != NULL && j->session->real_uid == s->real_uid &&
		    strcmp(user_of(j->session), user) == 0;
	}
	return found;
}

/* An idle lane with a connection; or one without, if no request runs or this
 * one has waited for long. NULL: it waits. */
static struct lane *
lane_for(const struct job *j, int64_t now)
{
	const bool root = j->session->peer.uid == 0;
	struct lane *idle = NULL;
	size_t connecting = 0;

	if (lanes.running >= (root ? BROKER_LANES : BROKER_LANES / 2) ||
	    count_like(j->session) >= OF_ONE)
		return NULL;
	for (size_t i = 0; i < lanes.count; i++) {
		struct lane *l = lanes.lane[i];

		if (l->job == NULL && l->own.context.store != NULL)
			return l;
		if (l->job == NULL)
			idle = l;
		else if (l->own.context.store == NULL)
			connecting++;
	}
	if (lanes.running > 0 &&
	    (connecting >= CONNECTING || now - j->since < WAIT_MS))
		return NULL;
	if (idle == NULL && (idle = calloc(1, sizeof(*idle))) != NULL)
		lanes.lane[lanes.count++] = idle;
	return idle;
}

/* Gives requests to lanes. Where no thread can be started, they wait. */
static void
hand_out(void)
{
	const int64_t now = frame_clock_ms();
	struct job **from = &lanes.first, *j;

	while ((j = *from) != NULL) {
		struct lane *l = j->at <= now ? lane_for(j, now) : NULL;

		if (l != NULL)
			l->job = j;
		if (l == NULL || !lane_start(l)) {
			if (l != NULL)
				l->job = NULL;
			from = &j->next;
			continue;
		}
		*from = j->next;
		j->session->peer.running = true;
		lanes.running++;
	}
}

bool
broker_lanes_take(struct broker_session *s, const struct broker_frame *f)
{
	struct job *j = calloc(1, sizeof(*j) + f->used);

	if (j == NULL)
		return false;
	j->session = s;
	j->len = f->used;
	memcpy(j->bytes, f->b, f->used);
	s->peer.waits = true;
	j->since = frame_clock_ms();
	job_add(j, j->since);
	hand_out();
	return true;
}

void
broker_lanes_drop(struct broker_session *s)
{
	struct job **from = &lanes.first, *j;

	while ((j = *from) != NULL && j->session != s)
		from = &j->next;
	if (j != NULL) {
		*from = j->next;
		job_free(j);
	}
	if (!broker_held_any(s) || (j = calloc(1, sizeof(*j))) == NULL)
		return;
	j->session = malloc(sizeof(*s));
	if (j->session == NULL) {
		free(j);
		return;
	}
	*j->session = *s;
	j->since = frame_clock_ms();
	job_add(j, j->since);
	hand_out();
}

int
broker_lanes_poll(struct pollfd *p, size_t count, int64_t until)
{
	eventfd_t ended;
	int result;

	p[count] = (struct pollfd){ .fd = lanes.ended, .events = POLLIN };
	store_wait(true);
	result = broker_poll(p, count + 1, until);
	store_wait(false);
	if (result > 0 && p[count].revents != 0)
		(void)eventfd_read(lanes.ended, &ended);
	return result;
}

int64_t
broker_lanes_next_tick(int64_t close_at)
{
	const int64_t now = frame_clock_ms();
	int64_t at = INT64_MAX;

	for (const struct job *j = lanes.first; j != NULL; j = j->next)
		if (j->at > now || j->since + WAIT_MS > now)
			at = broker_earlier_time(
			    at, j->at > now ? j->at : j->since + WAIT_MS);
	for (size_t i = 0; i < lanes.count; i++)
		if (lanes.lane[i]->job == NULL &&
		    lanes.lane[i]->own.context.store != NULL)
			at = broker_earlier_time(
			    at, i == 0 ? close_at : now + IDLE_MS / 2);
	return at;
}

void
broker_lanes_tick(struct broker_context *context, bool idle)
{
	const int64_t now = frame_clock_ms();

	for (size_t i = 0; i < lanes.count; i++) {
		struct broker_context *c = &lanes.lane[i]->own.context;

		if (lanes.lane[i]->job == NULL &&
		    (idle || (i > 0 && now - c->used > IDLE_MS)))
			broker_store_close(c);
	}
	context->ops += lanes.ops;
	context->refused += lanes.refused;
	lanes.ops = lanes.refused = 0;
	hand_out();
}

void
broker_lanes_start(const struct broker_context *shared,
    bool (*answer)(struct broker_lane *, struct broker_session *))
{
	struct settings_url url;

	lanes.shared = shared;
	lanes.busy_ms = BUSY_MS;
	if (settings_fleet_url_parse(shared->conf->state, &url) == NULL &&
	    url.hosts * shared->server.connect_timeout_ms > BUSY_MS)
		lanes.busy_ms =
		    (int64_t)url.hosts * shared->server.connect_timeout_ms;
	lanes.answer = answer;
	lanes.ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store_wait = pass_baton;
	pass_baton(false);
}
