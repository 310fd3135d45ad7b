/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that a login is starting or replacing. If its process or its connection
 * ends first, as that of a worker that was killed or refused, they do not keep
 * the number for as long as a start may take. */
#include "helper/broker/broker_inside.h"

#define END_MS 1000 /* other logins wait meanwhile */
#define UNANSWERED_MAX 64

/* Processes of logins that have ended, whose start may have been done at a
 * server, without an answer in time. No ticket was issued to them, so nothing
 * was sent, and no login need wait for it. */
static struct {
	size_t count;
	int64_t process[UNANSWERED_MAX]; /* the last ones */
} unanswered;

static bool
is_of_dead(enum store_claim claim, const struct store_row *row)
{
	return (claim == CLAIM_WAIT || claim == CLAIM_OTHER) &&
	    store_process_is_dead(row->holder);
}

/* Removes the row if one of those processes holds it, as its login would have
 * done. */
static bool
remove_unanswered(struct broker_op_call *p, const struct store_row *row)
{
	bool removed;
	size_t i = 0;

	while (i < UNANSWERED_MAX && unanswered.process[i] != row->holder)
		i++;
	if (i == UNANSWERED_MAX)
		return false;
	store_set_process_id(row->holder);
	removed = store_row_remove_unsent(p->s, row->id) == 0;
	store_set_process_id(p->session->peer.process);
	return removed;
}

static bool
held_was_sent(struct broker_session *s, int64_t id)
{
	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id == id)
			return s->serial != s->held[i].serial;
	return true;
}

static int
end_unsent(struct store *store, int64_t id)
{
	return store_row_restore(store, id) == 0 ||
		store_row_remove_unsent(store, id) == 0
	    ? 0
	    : -1;
}

int
broker_held_leave(struct store *store, struct broker_session *s, int64_t id)
{
	return held_was_sent(s, id) ? store_row_mark_unknown(store, id)
				    : end_unsent(store, id);
}

/* Logins at user.sock, which hold rows. Their processes are their users': held
 * without a message, and started again at each end, such a row would keep those
 * who have its number out of root's services. */
#define OWN_SERVICES_MAX 64
#define OWN_SERVICE_WAIT_MS (30 * INT64_C(1000))
/* A login that waits asks every 100 ms: after such a pause it begins to wait
 * again. */
#define ASKS_ANEW_MS INT64_C(5000)
static struct broker_session *own_service[OWN_SERVICES_MAX];

static void
forget_own_service(const struct broker_session *s)
{
	for (size_t i = 0; i < OWN_SERVICES_MAX; i++)
		if (own_service[i] == s)
			own_service[i] = NULL;
}

static void
note_own_service(struct broker_session *s)
{
	size_t i = 0;

	forget_own_service(s);
	while (i < OWN_SERVICES_MAX && own_service[i] != NULL)
		i++;
	if (i < OWN_SERVICES_MAX && s->peer.uid != 0)
		own_service[i] = s;
}

/* Gives up the rows that this login holds, and for which no message of it may
 * be on its way, as its worker could; all: whatever may be. Tickets for other
 * calls cost no message, and are had without end. Returns whether there were
 * any. At a server it may end meanwhile, and is not looked at again. */
static bool
leave_rows(struct broker_op_call *p, struct broker_session *s, bool all)
{
	struct broker_hold left[BROKER_HELD_MAX];
	bool any = false;
	size_t count = 0;

	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id != 0 && (all || s->held[i].sending == 0)) {
			left[count++] = s->held[i];
			s->held[i].id = 0;
			s->gave_way = true;
		}
	store_set_process_id(s->peer.process);
	for (size_t i = 0; i < count; i++)
		any |= (left[i].sending == 0
			       ? end_unsent(p->s, left[i].id)
			       : store_row_mark_unknown(p->s, left[i].id)) == 0;
	store_set_process_id(p->session->peer.process);
	return any;
}

/* Notes that the login waits for such a row. True after OWN_SERVICE_WAIT_MS,
 * also of several rows, one after the other: a message that is never sent may
 * be given back, and taken again by the next start. */
static bool
has_waited(struct broker_session *s)
{
	const int64_t now = frame_clock_ms();

	if (s->waits_since == 0 || now - s->waited_at > ASKS_ANEW_MS)
		s->waits_since = now;
	s->waited_at = now;
	return now - s->waits_since >= OWN_SERVICE_WAIT_MS;
}

/* True if a login at root's service meets such a row, which has ended then. One
 * whose request is being done at a server is left alone. */
static bool
is_past_own_service(struct broker_op_call *p, enum store_claim claim,
    const struct store_row *row)
{
	if ((claim != CLAIM_WAIT && claim != CLAIM_OTHER) ||
	    p->session->peer.uid != 0) {
		p->session->waits_since = 0;
		return false;
	}
	for (size_t i = 0; i < OWN_SERVICES_MAX; i++)
		if (own_service[i] != NULL && !own_service[i]->peer.running &&
		    own_service[i]->peer.process == row->holder)
			return leave_rows(
			    p, own_service[i], has_waited(p->session));
	return false;
}

static void
note_unanswered(struct broker_op_call *p, bool failed)
{
	p->session->start_unanswered |=
	    failed && store_failure(p->s) == STORE_UNKNOWN;
}

void
broker_held_note_left(const struct broker_session *s)
{
	forget_own_service(s);
	if (s->start_unanswered && s->serial == 0)
		unanswered.process[unanswered.count++ % UNANSWERED_MAX] =
		    s->peer.process;
}

/* A row whose session died during the start is claimed with start_ms 0, as if
 * the start had timed out. It is claimed again before that: the session may
 * have ended its row, and another session may hold one now. */
enum store_claim
broker_held_claim(struct broker_op_call *p, struct store_candidate c,
    bool dry_run, struct store_row *row)
{
	enum store_claim result =
	    store_claim_or_dry_run(p->s, &c, dry_run, row);
	int64_t dead;

	if (!dry_run && is_past_own_service(p, result, row))
		result = store_claim_or_dry_run(p->s, &c, dry_run, row);
	dead = is_of_dead(result, row) ? row->holder : 0;
	if (dead != 0) {
		if (!dry_run && c.methods != 0)
			(void)remove_unanswered(p, row);
		result = store_claim_or_dry_run(p->s, &c, dry_run, row);
	}
	if (dead != 0 && is_of_dead(result, row) && row->holder == dead) {
		c.start_ms = 0;
		result = store_claim_or_dry_run(p->s, &c, dry_run, row);
	}
	note_unanswered(p, result == CLAIM_ERROR && !dry_run);
	return result;
}

/* Begins once more after the row of a session that died: a claim that can
 * neither start nor join one makes it unknown. */
int
broker_held_begin(struct broker_op_call *p, const struct store_begin *b,
    struct store_begun *out)
{
	int result = store_begin(p->s, b, out);
	struct store_candidate c;
	struct store_row row;

	if (result == 0 && out->chosen &&
	    is_past_own_service(p, out->claim, &out->row))
		result = store_begin(p->s, b, out);
	c = b->candidate[out->at];
	note_unanswered(p, result != 0);
	if (result != 0 || !out->chosen || !is_of_dead(out->claim, &out->row))
		return result;
	if (remove_unanswered(p, &out->row))
		return store_begin(p->s, b, out);
	c.method = METHOD_NONE;
	c.methods = 0;
	return broker_held_claim(p, c, false, &row) == CLAIM_ERROR
	    ? -1
	    : store_begin(p->s, b, out);
}

static size_t
free_place(const struct broker_session *s)
{
	size_t i = 0;

	while (i < BROKER_HELD_MAX && s->held[i].id != 0)
		i++;
	return i;
}

bool
broker_held_allows(struct broker_op_call *p)
{
	const bool takes = p->op == BROKER_CLAIM || p->op == BROKER_REPLACE ||
	    (p->op == BROKER_BEGIN && p->request->begin.count > 0);

	if (takes && free_place(p->session) == BROKER_HELD_MAX)
		p->why = "holds too many rows";
	return p->why == NULL;
}

static void
held_add(struct broker_session *s, int64_t id, bool starts)
{
	const size_t i = free_place(s);

	if (i < BROKER_HELD_MAX)
		s->held[i] = (struct broker_hold){
			.id = id, .serial = s->serial, .starts = starts
		};
	s->gave_way = false;
	note_own_service(s);
}

/* DROP ends no start. */
static void
held_release(struct broker_session *s, enum broker_op op, int64_t id)
{
	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id == id &&
		    (op != BROKER_DROP || !s->held[i].starts))
			s->held[i].id = 0;
}

static bool
ends_hold(enum broker_op op, int64_t result)
{
	return result != -1 && result != STORE_CLASH &&
	    (op == BROKER_STARTED || op == BROKER_UNSENT ||
		op == BROKER_UNKNOWN || op == BROKER_DROP ||
		op == BROKER_RESTORE || (op == BROKER_FINISH && result == 1));
}

/* The ids of a state file rise; a server's are never given again. */
static void
note_new(const struct broker_op_call *p, int64_t id)
{
	struct broker_context *c = p->context;

	if (id <= c->newest && !settings_is_fleet(c->conf)) {
		c->generation++;
		if (p->first)
			p->session->generation = c->generation;
	}
	c->newest = id;
}

void
broker_held_note(const struct broker_op_call *p, int64_t result)
{
	const bool begins = p->op == BROKER_BEGIN;
	const struct store_row *row =
	    begins ? &p->reply->begun.row : &p->reply->row;

	if ((begins ? p->reply->begun.claim == CLAIM_NEW
		    : p->op == BROKER_CLAIM && result == CLAIM_NEW) &&
	    row->id != 0) { /* 0: a dry run, or a limit was met */
		note_new(p, row->id);
		p->session->verifications++;
		held_add(p->session, row->id, true);
	} else if (p->op == BROKER_REPLACE && result == 1)
		held_add(p->session, p->request->id, false);
	else if (ends_hold(p->op, result))
		held_release(p->session, p->op,
		    p->op == BROKER_STARTED ? p->request->started.id
					    : p->request->id);
}

bool
broker_held_any(const struct broker_session *s)
{
	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id != 0)
			return true;
	return false;
}

void
broker_held_end(struct broker_context *context, struct broker_session *s)
{
	char cause[STORE_CAUSE_MAX];
	bool done = true;

	s->deadline = frame_clock_ms() + END_MS;
	for (size_t i = 0; i < BROKER_HELD_MAX; i++) {
		const int64_t id = s->held[i].id;

		if (id == 0 || !broker_store_open(context, s, cause))
			continue;
		done &= broker_held_leave(context->store, s, id) == 0;
		s->held[i].id = 0;
	}
	if (!done) /* also if the row was only taken over meanwhile */
		broker_store_close(context);
}
