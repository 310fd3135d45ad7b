/* SPDX-License-Identifier: BSD-2-Clause */
/* The state broker: it reads one request of a login at a time, does the
 * operation, and replies. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/sandbox/sandbox.h"
#include "helper/store/store_backend.h"

/* The state file is closed after this time without a request, because its admin
 * may want to unmount it. */
#define FILE_HOLD_MS (10 * INT64_C(1000))
#define HELD_MAX 64 /* replies of one wait for the disk */
/* of a reply without codes or a record, with the lengths of its texts */
#define HELD_BYTES (offsetof(struct broker_reply, hash) + 256)

static struct {
	/* where all is done of a state in a file; at servers, in lanes by this
	 * context */
	struct broker_lane file;
	int64_t began, show; /* wall clock; next status write */
	int changes;         /* broker_settings_watch() */
	int64_t out_at;      /* requests until then are answered with outage */
	struct broker_reply outage;
} state;

static bool
session_taken(struct broker_peer *peer)
{
	struct broker_session *s = (struct broker_session *)(void *)peer;

	s->number = store_session_id_new();
	peer->process = store_process_id_new(peer->pid);
	return s->number >= 0 && peer->process >= 0;
}

static void
log_refused(const struct broker_session *s, enum broker_op op, const char *why)
{
	if (s->bound)
		log_set_subject(s->bound_to.user, s->bound_to.service);
	else if (s->begun)
		log_set_subject(s->begin.facts.user, s->begin.facts.service);
	log_problem("the login of process %d %s (%s): its connection is closed "
		    "and it is denied; report this fault, or see who took it "
		    "over",
	    (int)s->peer.pid, why, broker_op_name(op));
	log_set_subject(NULL, NULL);
}

static void
answer_outage(
    struct broker_session *s, enum broker_op op, struct broker_reply *reply)
{
	*reply = state.outage;
	s->opened |= op == BROKER_OPEN;
}

/* Replies that may not be sent before what they say is on the disk: one wait
 * for all that asked while the broker was busy. */
static struct {
	size_t count;
	struct held_reply {
		struct broker_peer *peer; /* NULL if its connection has ended */
		enum broker_op op;
		size_t len;
		unsigned char b[HELD_BYTES];
	} reply[HELD_MAX];
} held;

static bool
reply_send(const struct broker_peer *peer, const void *bytes, size_t len)
{
	return send(peer->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)len;
}

/* If the wait fails, each login is denied; what was done stays so. */
static void
held_send(void)
{
	static struct broker_reply lost = { .result = -1 };
	const bool safe =
	    held.count == 0 || broker_store_sync(&state.file.context);

	memcpy(lost.cause, state.file.context.unsynced, STORE_CAUSE_MAX);
	for (struct held_reply *h = held.reply; h < held.reply + held.count;
	     h++) {
		if (!safe) { /* nothing is sent of what it was */
			(void)broker_reply_write(
			    &state.file.question, h->op, &lost);
			h->len = state.file.question.used;
			memcpy(h->b, state.file.question.b, h->len);
		}
		if (h->peer != NULL)
			h->peer->waits = false;
		/* else its end is noticed in the next round */
		if (h->peer != NULL && !reply_send(h->peer, h->b, h->len))
			(void)shutdown(h->peer->fd, SHUT_RDWR);
		explicit_bzero(h->b, h->len);
	}
	held.count = 0;
	if (!safe)
		broker_store_close(&state.file.context);
	state.file.context.unsynced[0] = '\0';
}

/* Sends the reply, or holds it if its operation waits for the disk. */
static bool
reply_give(struct broker_peer *peer, enum broker_op op,
    const struct broker_frame *f, bool holds)
{
	struct held_reply *h = &held.reply[held.count];

	if (!holds)
		return reply_send(peer, f->b, f->used);
	if (f->used > HELD_BYTES)
		return false;
	h->peer = peer;
	h->op = op;
	h->len = f->used;
	memcpy(h->b, f->b, f->used);
	peer->waits = true;
	held.count++;
	return true;
}

static unsigned
unsynced(const struct broker_context *context)
{
	return context->store == NULL
	    ? 0
	    : store_state_get(context->store)->unsynced;
}

/* Wipes the request, and sends the reply. */
static bool
answer_send(struct broker_lane *at, struct broker_session *s, enum broker_op op,
    bool holds)
{
	struct broker_reply *reply = &at->reply;
	bool sent;

	s->unanswered =
	    op == BROKER_RECEIPT || (at->request.quiet && reply->result == 0);
	/* what its worker has sent already builds on it */
	s->peer.refused |= at->request.quiet && reply->result != 0;
	broker_frame_wipe(&at->question);
	sent = at->again || s->unanswered ||
	    (broker_reply_write(&at->question, op, reply) &&
		reply_give(&s->peer, op, &at->question, holds));
	if (reply->text != NULL)
		explicit_bzero(reply->text, strlen(reply->text));
	free(reply->text);
	explicit_bzero(reply->hash, reply->hashes * sizeof(reply->hash[0]));
	explicit_bzero(reply, offsetof(struct broker_reply, hash));
	return sent;
}

/* Returns false if the connection is to be closed. */
static bool
answer_one(struct broker_lane *at, struct broker_session *s)
{
	const enum broker_op op =
	    broker_request_read(&at->question, &at->request);
	const char *why = "sent an invalid request";
	const int64_t began = frame_clock_ms();
	const unsigned before = unsynced(&at->context);
	bool done = op != BROKER_NO_OP;

	log_set_subject(s->bound_to.user, s->bound_to.service);
	at->context.busy = false;
	at->context.stale =
	    op == BROKER_ENROL_COMMIT && broker_settings_file_is_stale();
	if (done && op != BROKER_RECEIPT && at->since < state.out_at &&
	    !(s->stays && began < at->until))
		answer_outage(s, op, &at->reply);
	else if (done)
		done = broker_op_run(
		    &at->context, s, op, &at->request, &at->reply, &why);
	else
		at->context.refused++;
	log_set_subject(NULL, NULL);
	at->again = done && 2 * frame_clock_ms() - began < at->until &&
	    (at->context.busy ||
		(s->stays && at->reply.failure == STORE_OUTAGE));
	s->stays |=
	    (op == BROKER_BEGIN || op == BROKER_NOOP) && at->reply.result == 0;
	if (!done) {
		log_refused(s, op, why);
		return false;
	}
	if (!at->again &&
	    broker_store_met_outage(&at->context, s, &at->reply)) {
		state.out_at = frame_clock_ms();
		state.outage = (struct broker_reply){ .result = -1,
			.failure = at->reply.failure };
		memcpy(state.outage.cause, at->reply.cause, STORE_CAUSE_MAX);
	}
	return answer_send(at, s, op, unsynced(&at->context) != before);
}

/* Makes the next operation use the file that is at the path now. */
static void
look_at_file(void)
{
	if (broker_store_file_was_replaced(&state.file.context))
		broker_store_close(&state.file.context);
}

static void
store_used(void)
{
	if (state.file.context.store != NULL)
		store_enter_idle(state.file.context.store);
}

static void
session_dropped(struct broker_peer *peer)
{
	struct broker_session *s = (struct broker_session *)(void *)peer;

	for (size_t i = 0; i < held.count; i++)
		if (held.reply[i].peer == peer)
			held.reply[i].peer = NULL;
	broker_begin_free(s);
	broker_record_free(s);
	explicit_bzero(s->own_code, sizeof(s->own_code));
	explicit_bzero(s->checked, sizeof(s->checked));
	explicit_bzero(s->right_code, sizeof(s->right_code));
	broker_held_note_left(s);
	if (settings_is_fleet(state.file.context.conf)) {
		broker_lanes_drop(s);
	} else if (broker_held_any(s)) {
		look_at_file();
		broker_held_end(&state.file.context, s);
		store_used();
	}
}

/* Returns false if the connection is to be closed. */
static bool
serve_request(struct broker_session *s)
{
	struct broker_peer *peer = &s->peer;
	ssize_t n;
	bool kept;

	s->unanswered = false;
	if (peer->refused)
		return false;
	peer->open = true;
	if (held.count == HELD_MAX)
		held_send();
	n = broker_control_take_bytes(peer->fd, &state.file.question);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	state.file.question.used = (size_t)n;
	if (settings_is_fleet(state.file.context.conf))
		kept = broker_lanes_take(s, &state.file.question);
	else
		kept = answer_one(&state.file, s);
	broker_frame_wipe(&state.file.question);
	store_used();
	return kept;
}

static bool
state_serve(struct broker_peer *peer)
{
	struct broker_session *s = (struct broker_session *)(void *)peer;
	bool kept;

	if (peer->module >= 0) {
		kept = broker_begin_take(
		    s, state.file.context.conf, &state.file.question);
		broker_frame_wipe(&state.file.question); /* may have a code */
		return kept;
	}
	look_at_file();
	do
		kept = serve_request(s);
	while (kept && s->unanswered);
	return kept;
}

static int64_t
hold_ms(void)
{
	return settings_is_fleet(state.file.context.conf)
	    ? state.file.context.conf->store.hold_s * INT64_C(1000)
	    : FILE_HOLD_MS;
}

static int64_t
state_next(void)
{
	const int64_t close =
	    hold_ms() > 0 ? broker_idle_since() + hold_ms() : INT64_MAX;

	return broker_earlier_time(state.show,
	    state.file.context.store != NULL ? close
					     : broker_lanes_next_tick(close));
}

static void
state_tend(int64_t now)
{
	bool idle = hold_ms() > 0 && now >= broker_idle_since() + hold_ms();
	int64_t shown[ITEM_BROKER_NUMBERS] = { getpid(), state.began, 0, 0,
		(int64_t)state.file.context.ops,
		(int64_t)state.file.context.refused };

	held_send();
	broker_connection_counts(&shown[2], &shown[3]);
	state.show = INT64_MAX;
	if (broker_takes_connections()) /* else the file is the successor's */
		state.show = broker_status_write(
		    state.file.context.conf->state_dir, shown, now);
	/* 0: the store is open while logins are connected */
	idle |= hold_ms() == 0 && shown[2] == 0;
	if (idle)
		broker_store_close(&state.file.context);
	broker_lanes_tick(&state.file.context, idle);
}

static void
state_note_stale(void)
{
	if (!broker_settings_are_stale())
		return;
	if (state.file.context.changed_at == 0)
		state.file.context.changed_at = frame_clock_ms();
	broker_control_write_byte(BROKER_STALE);
}

/* Like broker_poll(), but looks at the settings when their folders change. */
static int
state_wait(struct pollfd *p, size_t count, int64_t until)
{
	char events[4096];
	int result;

	p[count] = (struct pollfd){ .fd = state.changes, .events = POLLIN };
	result = broker_lanes_poll(p, count + 1, until);
	if (result <= 0 || p[count].revents == 0)
		return result;
	while (read(state.changes, events, sizeof(events)) > 0)
		;
	state_note_stale();
	return result;
}

static bool
state_set_up(size_t number)
{
	(void)number;
	if (!broker_settings_load(&state.file.context))
		return false;
	state.changes = broker_settings_watch();
	sandbox_enter(state.file.context.conf);
	state.began = clock_wall_s();
	if (!settings_is_fleet(state.file.context.conf)) {
		store_waiting = broker_control_read_messages;
	} else {
		broker_lanes_start(&state.file.context, answer_one);
		broker_control_write_byte(BROKER_PROMPT);
	}
	broker_control_write_byte(
	    (char)(BROKER_PROVIDERS + state.file.context.conf->provider_count));
	state_note_stale(); /* before they were watched */
	return true;
}

static void
state_key(size_t provider, const unsigned char key[BROKER_KEY_LEN])
{
	if (provider < SETTINGS_PROVIDERS_MAX)
		memcpy(state.file.context.key[provider], key, BROKER_KEY_LEN);
}

static void
state_end(void)
{
	broker_lanes_tick(&state.file.context, true);
	broker_store_close(&state.file.context);
	broker_status_remove(state.file.context.conf->state_dir);
	settings_free(state.file.context.conf);
}

static const struct broker_kind broker_state = { .size = sizeof(
						     struct broker_session),
	.lanes = true,
	.accept = session_taken,
	.drop = session_dropped,
	.serve = state_serve,
	.next_tick = state_next,
	.tick = state_tend,
	.set_up = state_set_up,
	.key = state_key,
	.end = state_end,
	.wait = state_wait };

bool
broker_is_requested(int argc, char *const argv[])
{
	if (argc == 2)
		return strcmp(argv[1], BROKER_ARGUMENT) == 0 ||
		    strcmp(argv[1], BROKER_ARGUMENT_FORMER) == 0;
	return argc == 3 &&
	    (strcmp(argv[1], BROKER_PROVIDER_ARGUMENT) == 0 ||
		strcmp(argv[1], BROKER_PROVIDER_ARGUMENT_FORMER) == 0) &&
	    argv[2][0] >= '0' && argv[2][0] < '0' + SETTINGS_PROVIDERS_MAX &&
	    argv[2][1] == '\0';
}

int
broker_run(int argc, char *const argv[])
{
	return argc == 2
	    ? broker_run_kind(&broker_state, 0)
	    : broker_run_kind(&broker_provider, (size_t)(argv[2][0] - '0'));
}
