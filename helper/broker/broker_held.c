/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that a login is starting or replacing. If its process or its connection
 * ends first, as that of a worker that was killed or refused, they do not keep
 * the number for as long as a start may take. */
#include "helper/broker/broker_inside.h"

#define END_MS 1000  /* other logins wait meanwhile */
#define BESIDE_MAX 5 /* messages of a row whose first code stays valid */
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

/* Removes the row of such a login, as that login would have done. */
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

static void
note_unanswered(struct broker_op_call *p, bool failed)
{
	p->session->start_unanswered |=
	    failed && store_failure(p->s) == STORE_UNKNOWN;
}

void
broker_held_note_left(const struct broker_session *s)
{
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
	const int64_t dead = is_of_dead(result, row) ? row->holder : 0;

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
	const int result = store_begin(p->s, b, out);
	struct store_candidate c = b->candidate[out->at];
	struct store_row row;

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

/* At such a provider a code is always ours. Without one a start would leave the
 * code before right at the row's next phone. */
static bool
makes_codes(const struct broker_op_call *p, size_t of)
{
	return of < SETTINGS_PROVIDERS_MAX &&
	    p->context->conf->provider[of].type->own_code;
}

/* With another login's verification, a login that joins the row would be
 * allowed by that one's code; and an id that the provider gives later, such as
 * an Authy user's, would be taken. So an id is of the newest message's receipt,
 * for one row, or one that no provider gives. A code is that of the newest
 * ticket: one of the worker's own would be right in another login of its user.
 * The phone that a verification went to is known, also of another login's
 * (is_to_its_phone). */
static bool
is_started(struct broker_op_call *p, size_t of, struct store_started *t)
{
	struct broker_session *s = p->session;
	const bool own = t->request_id[0] == STORE_OWN_ID;
	const bool made = t->code != NULL && t->code[0] == '\0';
	const struct broker_verification *v =
	    broker_handle_find_verification(s, of, t->request_id);

	if (made)
		t->code = s->own_code;
	/* a decoy's row is at no number, and asks no provider */
	if (made ? own && s->own_code[0] != '\0' && s->own_code_of == of
		 : (own && s->bound_to.like[0] != '\0') ||
		    (t->code == NULL &&
			((own && t->method == METHOD_PUSH && s->pushed) ||
			    (v != NULL && !v->apart && !makes_codes(p, of) &&
				strcmp(s->sent_as, v->id) == 0 &&
				v->phone < USER_PHONES_MAX))))
		return true;
	p->why = "starts a verification without a receipt";
	return false;
}

/* That of its own newest message, for one row: another login may send the next
 * one of the same verification. */
static enum method
started_method(
    struct broker_session *s, size_t of, const struct store_started *t)
{
	struct broker_verification *v =
	    broker_handle_find_verification(s, of, t->request_id);
	const enum method method = v != NULL ? v->method
	    : s->sent_by != METHOD_NONE      ? s->sent_by
					     : t->method;

	if (v != NULL)
		v->method = METHOD_NONE;
	return method;
}

/* Where such a message to this phone went, or NULL. */
static const char *
sent_to(const struct user_record *r, const struct provider_conf *at,
    enum method method, size_t phone)
{
	const char *to = reach_receiver(r, at, method);

	if (to == r->phone) /* of the phone in use */
		to = user_record_phone(r, phone);
	return to != NULL && to[0] != '\0' ? to : NULL;
}

/* Has the start move its row to the phone, address or receiver that the message
 * was sent to, as another login may have moved it: else a code would be right
 * that went to a phone which is no longer the user's, and the next message
 * would count for another phone. Not at providers that compare the receiver
 * themselves. */
static void
move_to_receiver(struct broker_op_call *p, size_t of, struct store_started *t)
{
	struct broker_session *s = p->session;
	const struct broker_verification *v =
	    broker_handle_find_verification(s, of, t->request_id);
	const bool ours = t->code != NULL && s->bound_to.like[0] == '\0';
	const struct provider_conf *at;

	if (of == SETTINGS_PROVIDERS_MAX || (!ours && v == NULL))
		return;
	at = &p->context->conf->provider[of];
	if (!ours && at->type->next_method == NULL)
		return;
	t->number = sent_to(
	    &s->record, at, t->method, ours ? s->own_code_phone : v->phone);
}

/* True if the code before stays valid beside the new one: it went to the same.
 * The row keeps its first code, which a worker would renew for ever. */
static bool
may_go_beside(
    struct broker_op_call *p, size_t of, const struct store_started *t)
{
	struct store_row row = { .id = 0 };

	if (of < SETTINGS_PROVIDERS_MAX)
		broker_ticket_find_row(p, of, t->number, &row);
	return row.id != 0 && row.id == t->id && row.sends < BESIDE_MAX;
}

int64_t
broker_op_note_started(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct store_started t = p->request->started;
	const size_t of = broker_handle_row_provider(s, t.id);
	struct broker_handle *h = broker_handle_find(s, t.id);
	struct broker_verification *v;
	int result;

	t.method = started_method(s, of, &t);
	if (!broker_bounds_allow_receiver(p, t.number) ||
	    !is_started(p, of, &t))
		return -1;
	move_to_receiver(p, of, &t);
	t.beside = t.beside && may_go_beside(p, of, &t);
	broker_ticket_take_message(s, &t);
	broker_bounds_limit_started(p->context->conf, &t);
	result = store_own_code_started(
	    p->s, p->context->conf, s->bound_to.user, &t);
	if (t.code != NULL)
		explicit_bzero(s->own_code, sizeof(s->own_code));
	if (result == 0) {
		h->method = t.method;
		s->sent_as[0] = '\0';
	}
	v = broker_handle_find_verification(s, of, t.request_id);
	if (result == 0 && v != NULL) {
		v->row = t.id;
		v->others = false;
	}
	return result;
}

/* True for a code of which the row alone says where it went: one of ours, or
 * that of another login's verification, where the provider compares no
 * receiver. That login may have been another device's. */
static bool
is_by_its_row(struct broker_op_call *p, size_t of, enum method method)
{
	const struct broker_verification *v = broker_handle_find_verification(
	    p->session, of, p->request->request_id);

	return of < SETTINGS_PROVIDERS_MAX &&
	    (METHOD_BIT(method) & METHODS_CODE) != 0 &&
	    !p->context->conf->provider[of].type->names_receiver &&
	    (v == NULL || v->phone == USER_PHONES_MAX);
}

/* A login that has joined a row keeps it, wherever another one moves it: to a
 * phone that an admin has taken away before this login, even. */
bool
broker_held_may_finish(struct broker_op_call *p, size_t of, enum method method)
{
	const struct user_record *r = &p->session->record;
	const char *gone = p->session->enrol.gone;
	const char *const at[] = { r->phone, r->phones[1].number,
		r->phones[2].number, r->email, r->authy_id, r->receiver };
	struct store_row row = { .id = 0 };

	if (p->failed || !is_by_its_row(p, of, method))
		return !p->failed;
	for (size_t i = 0;
	     row.id != p->request->id && !p->failed && i < COUNT_OF(at); i++)
		if (at[i][0] != '\0' && strcmp(at[i], gone) != 0)
			broker_ticket_find_row(p, of, at[i], &row);
	return !p->failed && row.id == p->request->id;
}

/* One that finds no space is left to those who see that its holder has died. */
static void
held_add(struct broker_session *s, int64_t id, bool starts)
{
	size_t i = 0;

	while (i < BROKER_HELD_MAX && s->held[i].id != 0)
		i++;
	if (i < BROKER_HELD_MAX)
		s->held[i] = (struct broker_hold){ id, s->serial, starts };
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

static bool
held_was_sent(struct broker_session *s, int64_t id)
{
	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id == id)
			return s->serial != s->held[i].serial;
	return true;
}

int
broker_held_leave(struct store *store, struct broker_session *s, int64_t id)
{
	if (held_was_sent(s, id))
		return store_row_mark_unknown(store, id);
	return store_row_restore(store, id) == 0 ||
		store_row_remove_unsent(store, id) == 0
	    ? 0
	    : -1;
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
