/* SPDX-License-Identifier: BSD-2-Clause */
/* A row is at the receiver that its codes went to, whatever workers ask for, in
 * whatever order: else a code would be right that went to a phone which its
 * user has no longer. */
#include "helper/broker/broker_inside.h"

#define BESIDE_MAX 5 /* messages of a row whose first code stays valid */
/* Since the settings changed: their brokers have ended, and so has what they
 * were doing. */
#define REPLACED_MS INT64_C(5000)

/* Finds the user's row at this receiver, or NULL; with id 0 if it has no row.
 * Sets failed in the call. */
static void
row_find(struct broker_op_call *p, size_t of, const char *receiver,
    struct store_row *row)
{
	const struct provider_conf *at = &p->context->conf->provider[of];
	const struct store_candidate look = {
		.key = { .user = broker_bounds_owner(p->session),
		    .receiver = receiver,
		    .provider = at->name,
		    .type = at->type->name },
		.start_ms = 1
	};

	*row = (struct store_row){ .id = 0 };
	if (receiver != NULL)
		p->failed = store_claim_or_dry_run(p->s, &look, true, row) ==
		    CLAIM_ERROR;
}

/* True if that was before the settings changed, which is a while ago. */
static bool
is_of_before(const struct broker_op_call *p, int64_t at)
{
	const int64_t changed = p->context->changed_at;

	return changed != 0 && at <= changed &&
	    frame_clock_ms() > changed + REPLACED_MS;
}

bool
broker_row_is_of_before(const struct broker_op_call *p, size_t of)
{
	const struct broker_call *c = &p->request->call;
	const struct broker_verification *v =
	    broker_handle_find_verification(p->session, of, c->ctx.request_id);

	return c->kind == CALL_NEXT && is_of_before(p, v != NULL ? v->at : 0);
}

/* True if a next message goes to the phone that it counts for: that of the
 * login's own start or, for another login's, where its row is, as long as that
 * row has it (broker_op_note_started moves it there). */
bool
broker_row_allows_next(struct broker_op_call *p, size_t of)
{
	const struct broker_call *c = &p->request->call;
	struct broker_verification *v =
	    broker_handle_find_verification(p->session, of, c->ctx.request_id);
	struct store_row row;

	if (c->kind != CALL_NEXT || v == NULL)
		return true;
	if (v->phone == USER_PHONES_MAX) {
		row_find(p, of,
		    user_record_phone(&p->session->record, c->ctx.phone_at),
		    &row);
		if (row.id == v->row && strcmp(row.request_id, v->id) == 0)
			v->phone = c->ctx.phone_at;
	}
	if (broker_bounds_is_same_phone(p->session, v->phone, c->ctx.phone_at))
		return true;
	if (!p->failed)
		p->why = "names another phone than the verification has";
	return false;
}

/* At such a provider each code is made locally. Without one a start would leave
 * the code before right at the next phone of the row. */
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
 * (broker_row_allows_next). */
static bool
is_started(struct broker_op_call *p, size_t of,
    const struct broker_verification *v, struct store_started *t)
{
	struct broker_session *s = p->session;
	const bool own = t->request_id[0] == STORE_OWN_ID;
	const bool made = t->code != NULL && t->code[0] == '\0';

	if (made)
		t->code = s->own_code;
	/* a decoy's row is at no number, and asks no provider; where codes are
	 * made locally, nothing else starts a row and keeps the code before */
	if (made ? own && s->own_code[0] != '\0' && s->own_code_of == of
		 : (own && s->bound_to.like[0] != '\0') ||
		    (t->code == NULL && !makes_codes(p, of) &&
			((own && t->method == METHOD_PUSH && s->pushed) ||
			    (v != NULL && !v->apart &&
				strcmp(s->sent_as, v->id) == 0 &&
				s->sent_of == of &&
				v->phone < USER_PHONES_MAX))))
		return true;
	p->why = "starts a verification without a receipt";
	return false;
}

/* True for a message that the broker of before may have made, or not, long ago.
 * A decoy has no ticket. */
static bool
is_too_late(struct broker_op_call *p)
{
	const struct broker_session *s = p->session;

	if (s->bound_to.like[0] != '\0' || !is_of_before(p, s->sent_at))
		return false;
	PRINT_TO(p->reply->cause,
	    "state: the settings were changed meanwhile; log in again");
	return true;
}

/* That of its own newest message, for one row: another login may send the next
 * one of the same verification. */
static enum method
started_method(const struct broker_session *s,
    const struct broker_verification *v, const struct store_started *t)
{
	return v != NULL                ? v->method
	    : s->sent_by != METHOD_NONE ? s->sent_by
					: t->method;
}

/* Returns the number, address or other receiver of a message by this method, or
 * NULL. phone: its index in the record. */
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
 * was sent to, as another login may have moved it. Not at providers that
 * compare the receiver themselves. */
static void
move_to_receiver(struct broker_op_call *p, size_t of,
    const struct broker_verification *v, struct store_started *t)
{
	struct broker_session *s = p->session;
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

/* True if the previous code may stay valid next to the new one: both went to
 * the same receiver, by brokers of one credential, as the new message makes the
 * row one of now (broker_handle_row_is_outdated). A row keeps its first code,
 * so without a limit a worker could keep that valid for ever. */
static bool
may_go_beside(
    struct broker_op_call *p, size_t of, const struct store_started *t)
{
	struct store_row row = { .id = 0 };

	if (of < SETTINGS_PROVIDERS_MAX)
		row_find(p, of, t->number, &row);
	p->failed = false; /* else a start that is done is asked for again */
	return row.id != 0 && row.id == t->id && row.sends < BESIDE_MAX &&
	    p->context->changed_at == 0 &&
	    !broker_handle_row_is_outdated(p, of, &row);
}

/* Sets the message and the price of a start: those of the newest ticket for a
 * message, once. A decoy sends nothing: its start takes the newest counted
 * message. */
static void
take_message(struct broker_session *s, struct store_started *t)
{
	s->pushed &= t->method != METHOD_PUSH;
	t->send = t->price = 0;
	if (s->bound_to.like[0] != '\0' && s->messages > 0) {
		s->sent = s->message[--s->messages];
		s->sent_price = 0;
	} else if (s->sent.push != (t->method == METHOD_PUSH))
		return;
	t->send = s->sent.id;
	t->price = s->sent_price;
	s->sent.id = 0;
}

int64_t
broker_op_note_started(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct store_started t = p->request->started;
	const size_t of = broker_handle_row_provider(s, t.id);
	struct broker_handle *h = broker_handle_find(s, t.id);
	struct broker_verification *v =
	    broker_handle_find_verification(s, of, t.request_id);
	int result;

	t.method = started_method(s, v, &t);
	if (!broker_bounds_allow_receiver(p, t.number) ||
	    !is_started(p, of, v, &t))
		return -1;
	if (is_too_late(p))
		return STORE_CLASH; /* not by the store's fault */
	move_to_receiver(p, of, v, &t);
	t.beside = t.beside && may_go_beside(p, of, &t);
	take_message(s, &t);
	broker_bounds_limit_started(p->context->conf, &t);
	result = store_own_code_started(
	    p->s, p->context->conf, s->bound_to.user, &t);
	if (t.code != NULL)
		explicit_bzero(s->own_code, sizeof(s->own_code));
	if (result == 0) {
		h->method = t.method;
		s->sent_as[0] = '\0';
	}
	if (result == 0 && v != NULL) {
		v->method = METHOD_NONE;
		v->row = t.id;
		v->by = t.method;
		v->others = false;
	}
	return result;
}

/* True if the row alone says where the code went: if it was made locally, or by
 * a verification that another login started at a provider that compares no
 * receiver. That login may have had other phones. */
static bool
is_by_its_row(struct broker_op_call *p, size_t of)
{
	const struct broker_verification *v = broker_handle_find_verification(
	    p->session, of, p->request->request_id);

	return p->session->right.row != 0 ||
	    (!p->context->conf->provider[of].type->names_receiver &&
		(v == NULL || v->phone == USER_PHONES_MAX));
}

/* A worker chooses the id of a code that is made locally: what was compared was
 * in this row, by the message that it still has. Where it was compared here, a
 * login of the settings before may have put the code there, whatever the
 * provider of that name does now. At a server the row may change before it is
 * ended: another verification says nothing of where that one's code went. */
static bool
is_the_one_compared(
    struct broker_op_call *p, size_t of, const struct store_row *row)
{
	const struct broker_session *s = p->session;

	return row->id == p->request->id &&
	    !broker_handle_row_is_outdated(p, of, row) &&
	    strcmp(row->request_id, p->request->request_id) == 0 &&
	    ((!makes_codes(p, of) && s->right.row == 0) ||
		(s->right.row == row->id && s->right_sends == row->sends));
}

/* A login that has joined a row keeps it, wherever another one moves it: to a
 * phone that an admin has taken away before this login, even. */
int
broker_row_may_finish(struct broker_op_call *p, size_t of, enum method method)
{
	const struct user_record *r = &p->session->record;
	const char *gone = p->session->enrol.gone;
	const char *const at[] = { r->phone, r->phones[1].number,
		r->phones[2].number, r->email, r->authy_id, r->receiver };
	struct store_row row = { .id = 0 };

	if (p->failed)
		return -1;
	if ((METHOD_BIT(method) & METHODS_CODE) == 0)
		return 1;
	/* if the settings no longer have the provider of the row, nothing is
	 * known of where its code went */
	if (of == SETTINGS_PROVIDERS_MAX || !is_by_its_row(p, of))
		return of < SETTINGS_PROVIDERS_MAX;
	for (size_t i = 0;
	     row.id != p->request->id && !p->failed && i < COUNT_OF(at); i++)
		if (at[i][0] != '\0' && strcmp(at[i], gone) != 0)
			row_find(p, of, at[i], &row);
	return p->failed ? -1 : is_the_one_compared(p, of, &row);
}
