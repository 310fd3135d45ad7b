/* SPDX-License-Identifier: BSD-2-Clause */
/* Tickets, by which the state broker allows a provider call, and receipts, by
 * which the provider's broker attests its result. Both pass through the worker,
 * which can make neither: so it sends no message that was not counted, has no
 * code checked that was not counted or is another user's, and has no login
 * remembered that was not confirmed. */
#include "helper/broker/broker_inside.h"

#include <openssl/crypto.h>

/* Signs all fields as one text, which has room for the longest ones. The id, of
 * which the length precedes it, and the last field, the code, may contain a
 * newline. class: of a ticket the event, of a receipt what it says. */
static void
sign(const unsigned char key[BROKER_KEY_LEN], const char *what, int64_t login,
    const struct broker_call *c, int class, unsigned char out[BROKER_MAC_LEN])
{
	char to[2 * BROKER_MAC_LEN + 1], text[512];
	const char *code = c->code != NULL ? c->code : "";

	hex_text(c->to, sizeof(c->to), to);
	snprintf(text, sizeof(text),
	    "%s\n%lld\n%lld\n%d\n%d\n%s\n%d\n%lld\n%zu\n%s\n%s\n%s", what,
	    (long long)login, (long long)c->serial, (int)c->kind,
	    (int)c->ctx.method, to, class, (long long)c->ctx.told.price,
	    strlen(c->ctx.request_id), c->ctx.request_id, c->provider, code);
	host_key_hmac(key, text, out);
	explicit_bzero(text, sizeof(text));
}

void
broker_ticket_digest(
    const char *const text[BROKER_TEXTS], unsigned char out[BROKER_MAC_LEN])
{
	char all[BROKER_TEXTS * (BROKER_CALL_TEXT_MAX + 3) + 1];
	size_t used = 0;

	/* the length of each text precedes it: two lists of texts never give
	 * the same bytes */
	for (size_t i = 0; i < BROKER_TEXTS; i++) {
		const char *t = text[i] != NULL ? text[i] : "";
		const size_t len = strnlen(t, BROKER_CALL_TEXT_MAX);

		all[used++] = (char)('0' + len / 100);
		all[used++] = (char)('0' + len / 10 % 10);
		all[used++] = (char)('0' + len % 10);
		memcpy(all + used, t, len);
		used += len;
	}
	all[used] = '\0';
	host_key_hash_text_unkeyed(all, out);
}

void
broker_ticket_make_code(const unsigned char key[BROKER_KEY_LEN], int64_t login,
    int64_t serial, unsigned digits, char code[PROVIDER_CODE_MAX + 1])
{
	unsigned char mac[BROKER_MAC_LEN];
	uint64_t number; /* so long that no digit is likelier */
	char text[64];

	PRINT_TO(text, "code\n%lld\n%lld", (long long)login, (long long)serial);
	host_key_hmac(key, text, mac);
	memcpy(&number, mac, sizeof(number));
	if (digits > PROVIDER_CODE_MAX)
		digits = PROVIDER_CODE_MAX;
	code[digits] = '\0';
	for (; digits > 0; number /= 10)
		code[--digits] = (char)('0' + number % 10);
	explicit_bzero(mac, sizeof(mac));
	explicit_bzero(&number, sizeof(number));
}

void
broker_ticket_name_settings(const struct settings *conf,
    const struct provider_conf *p, bool alert,
    char out[BROKER_CALL_TEXT_MAX + 1])
{
	const bool receiver = provider_by_receiver(p),
		   rehearsal = settings_is_rehearsal(conf);

	if (alert)
		(void)snprintf(out, BROKER_CALL_TEXT_MAX + 1, "%d %d", receiver,
		    rehearsal);
	else
		(void)snprintf(out, BROKER_CALL_TEXT_MAX + 1,
		    "%s %x %d %d %s%s", p->type->name, provider_methods(p),
		    receiver, rehearsal, provider_account_claim(p),
		    p->type->account != NULL ? p->base_url : "");
}

bool
broker_ticket_sends_own_code(
    const struct provider_type *type, const struct broker_call *c)
{
	return type->own_code && c->kind == CALL_START &&
	    c->ctx.event == EVENT_NONE;
}

void
broker_ticket_digest_call(const struct broker_session *s,
    const struct settings *conf, size_t phone, size_t of, bool alert,
    unsigned char out[BROKER_MAC_LEN])
{
	const struct provider_conf *at = &conf->provider[of];
	const struct user_record *r = &s->record;
	const struct broker_bound *b = &s->bound_to;
	const bool push =
	    !alert && (at->type->methods & METHOD_BIT(METHOD_PUSH)) != 0;
	char judged[BROKER_CALL_TEXT_MAX + 1];
	const char *const text[BROKER_TEXTS] = { user_record_phone(r, phone),
		r->email, r->push_identity,
		push ? r->push_factor : r->totp_factor,
		alert ? "" : reach_account(r, at), r->receiver,
		alert ? b->user : b->named, b->asking, b->address,
		r->language != NULL ? r->language : conf->language, judged };

	broker_ticket_name_settings(conf, at, alert, judged);
	broker_ticket_digest(text, out);
}

bool
broker_ticket_is_valid(const unsigned char key[BROKER_KEY_LEN], int64_t login,
    const struct broker_call *c)
{
	unsigned char mac[BROKER_MAC_LEN];

	sign(key, "ticket", login, c, (int)c->ctx.event, mac);
	return CRYPTO_memcmp(mac, c->mac, sizeof(mac)) == 0;
}

enum broker_receipt
broker_receipt_from_outcome(enum provider_call_kind kind, enum outcome o,
    bool maybe_sent, const struct provider_ctx *ctx)
{
	/* by its worker's word alone: the provider may have compared it */
	const bool late = o == OUTCOME_EXPIRED && ctx->past_deadline;

	if (o == OUTCOME_OK)
		return BROKER_DONE;
	if (maybe_sent || o == OUTCOME_WRONG)
		return BROKER_UNSURE;
	return provider_call_sends(kind) || ctx->told.unevaluated ||
		(o != OUTCOME_DENY && o != OUTCOME_FRAUD && !late)
	    ? BROKER_NOT_DONE
	    : BROKER_UNSURE;
}

void
broker_receipt_make(const unsigned char key[BROKER_KEY_LEN], int64_t login,
    const struct broker_call *c, unsigned receipt,
    unsigned char mac[BROKER_MAC_LEN])
{
	sign(key, "receipt", login, c, (int)receipt, mac);
}

bool
broker_ticket_was_silent(const struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const size_t i =
	    broker_handle_find_provider(p->context->conf, p->request->provider);
	const bool silent = i < SETTINGS_PROVIDERS_MAX &&
	    (s->silent >> i & 1) != 0 &&
	    frame_clock_ms() - s->ticket.at < STORE_PASSED_MS;

	s->silent = 0;
	return silent;
}

bool
broker_ticket_may_end_verification(
    const struct broker_op_call *p, size_t of, enum method method)
{
	const struct broker_session *s = p->session;
	const char *id = p->request->request_id;

	/* it could make a code of its own, and needs no user for it */
	if (!broker_bounds_is_receiver(s, NULL) ||
	    !broker_bounds_counts(s, method))
		return false;
	if ((METHOD_BIT(method) & METHODS_APPROVED) != 0)
		return s->approved == of + 1;
	/* the row may have had another message in between */
	return id[0] != '\0' && s->right.of == of &&
	    strcmp(s->right.id, id) == 0 &&
	    broker_bounds_counts(s, s->right.by);
}

bool
broker_ticket_takes_app_code(const struct broker_op_call *p, size_t of)
{
	struct broker_session *s = p->session;
	const bool right = s->app_right == of + 1;

	s->app_right = 0;
	return right;
}

void
broker_ticket_note_message(
    struct broker_session *s, const struct broker_message *m)
{
	s->carried += m->carried;
	if (s->messages < BROKER_MESSAGES_MAX)
		s->message[s->messages++] = *m;
}

static void
message_remove(struct broker_session *s, size_t at)
{
	s->message[at] = s->message[--s->messages];
}

bool
broker_ticket_drop_message(struct broker_session *s, int64_t id)
{
	for (size_t i = 0; i < s->messages; i++)
		if (s->message[i].id == id) {
			s->carried -= s->message[i].carried;
			message_remove(s, i);
			return true;
		}
	return false;
}

/* Takes a message of this kind, to this phone, for a ticket of this provider. A
 * push that is not counted (id 0) is for another one than may have sent it. */
static bool
message_send(
    struct broker_session *s, size_t of, bool push, bool alert, unsigned phone)
{
	const bool any = push || s->record.phone[0] == '\0';
	const bool sent = (s->may_push >> of & 1) != 0;
	size_t i = s->messages;

	while (i > 0 &&
	    (s->message[i - 1].push != push ||
		s->message[i - 1].alert != alert ||
		(sent && s->message[i - 1].id == 0) ||
		(!any &&
		    !broker_bounds_is_same_phone(
			s, s->message[i - 1].phone, phone))))
		i--;
	if (i == 0)
		return false;
	s->sent = s->message[i - 1];
	message_remove(s, i - 1);
	s->sent_as[0] = '\0';
	s->sent_price = 0;
	return true;
}

/* CALL_NEXT names no method to its provider: each step has its own. A mail has
 * no next step: its verification would lie at a phone. */
static bool
is_of_next_step(const struct provider_conf *at,
    const struct broker_verification *v, const struct broker_call *c)
{
	enum method step = METHOD_NONE;
	unsigned n = 1;

	if (at->type->next_method == NULL || v->by == METHOD_EMAIL ||
	    v->method == METHOD_EMAIL)
		return false;
	do
		step = at->type->next_method(at, n++);
	while (step != METHOD_NONE && step != c->ctx.method);
	return step != METHOD_NONE;
}

/* True if a code may be checked by a guess. Uses up the try by which a row's
 * code is checked: by guesses alone, more codes of a row would be checked than
 * it has tries, after which a provider may refuse the number. */
static bool
take_guess(struct broker_session *s, const struct broker_verification *v)
{
	const bool needs = v != NULL && !v->rowless;

	s->checked_by = needs ? broker_handle_use_try(s, v->row) : NULL;
	return needs ? s->checked_by != NULL : s->compared < s->guesses;
}

/* True for an end without the row: such a vendor answers a start for a number
 * that users share with the verification of the other one. */
static bool
ends_anothers(const struct provider_type *type, const struct broker_call *c,
    const struct broker_verification *v)
{
	return c->kind == CALL_CANCEL && type->again == AGAIN_SAME &&
	    v->row == 0 && !v->rowless;
}

/* Returns NULL, and counts the call; or why it is refused. An alert is a text
 * of ours: other types send a code or a push, whatever event is named. */
static const char *
refuse_call(struct broker_session *s, size_t of, const struct provider_conf *at,
    const struct broker_call *c)
{
	const struct provider_type *type = at->type;
	const char *id = c->ctx.request_id;
	const struct broker_verification *v =
	    broker_handle_find_verification(s, of, id);
	const bool begins = c->kind == CALL_START ||
	    (c->kind == CALL_CHECK && c->ctx.method == METHOD_TOTP &&
		id[0] == '\0');
	const bool alert = c->ctx.event != EVENT_NONE;
	const int64_t age_s = (frame_clock_ms() - s->peer.began) / 1000;

	if (s->serial >= BROKER_CALLS_MAX + BROKER_CALLS_PER_S * age_s)
		return "calls providers too often";
	if (!broker_bounds_is_receiver(s, NULL))
		return "calls a provider without a receiver";
	if (c->ctx.phone_at > 0 &&
	    user_record_phone(&s->record, c->ctx.phone_at) == NULL)
		return "names a phone that the record has not";
	if (alert && c->kind != CALL_START)
		return "tells of an event by no message";
	if (!alert && s->enrol.gone[0] != '\0' &&
	    c->ctx.phone_at == s->enrol.at)
		return "calls the phone that is to be removed";
	if (type->account != NULL && reach_account(&s->record, at)[0] == '\0')
		return "calls a provider where its user has no account";
	/* what may not be used may be ended; an alert is no factor */
	if (c->kind != CALL_CANCEL && !alert &&
	    !broker_bounds_accepts(s, c->ctx.method, provider_methods(at)))
		return "uses a method that its rule or provider does not have";
	if (c->kind != CALL_CANCEL &&
	    !broker_bounds_has_app(s, at, c->ctx.method))
		return "uses an app that its record does not have";
	/* a start without a reply would return the id that it names; a
	 * verification of another login may only be ended */
	if (begins ? id[0] != '\0'
		   : v == NULL || (c->kind == CALL_POLL && !v->polled) ||
		    (c->kind != CALL_CANCEL && v->apart) ||
		    ends_anothers(type, c, v))
		return "used a provider's request id without a handle";
	if (c->kind == CALL_NEXT && !is_of_next_step(at, v, c))
		return "names a method that no next step has";
	if (provider_call_sends(c->kind) && !alert &&
	    !broker_bounds_has_channel(s, c->ctx.method))
		return "sends by a channel that its record does not have";
	if (provider_call_sends(c->kind) && s->messages == 0)
		return "would send a message that is not counted";
	/* CALL_NEXT sends a code, even if its method says push */
	if (provider_call_sends(c->kind) &&
	    ((alert && (!type->own_code || c->ctx.method != METHOD_SMS)) ||
		!message_send(s, of,
		    c->kind == CALL_START && c->ctx.method == METHOD_PUSH,
		    alert, c->ctx.phone_at)))
		return "would send another kind of message than it counted";
	if (c->kind == CALL_CHECK && !take_guess(s, v))
		return "would check a code that is not counted";
	s->compared += c->kind == CALL_CHECK;
	if (c->kind == CALL_CHECK && c->ctx.method == METHOD_TOTP)
		s->app_guess = s->compared;
	return NULL;
}

static void
note_ticket(struct broker_session *s, size_t of, const struct broker_call *c)
{
	s->ticket = (struct broker_ticket){ .serial = c->serial,
		.at = frame_clock_ms(),
		.of = of,
		.kind = c->kind,
		.method = c->ctx.method,
		.event = c->ctx.event,
		.phone = c->ctx.phone_at };
	memcpy(s->ticket.to, c->to, sizeof(c->to));
}

/* Notes which ticket is for a message, for the rows that the login holds; was:
 * 0 for a new one, or that which is known to be unsent, with is 0. */
static void
note_sending(struct broker_session *s, int64_t was, int64_t is)
{
	for (size_t i = 0; i < BROKER_HELD_MAX; i++)
		if (s->held[i].id != 0 && s->held[i].sending == was)
			s->held[i].sending = is;
}

/* False for a verification that may be another login's: some vendors answer
 * each start for a number with the same id. A login at user.sock, or one that
 * enrols a number, must have the row that has this id, and may only end
 * another's; others of root's have it anyway. */
static bool
is_its_own(struct broker_op_call *p, size_t of, const char *request_id)
{
	struct broker_session *s = p->session;
	const struct broker_verification *v =
	    broker_handle_find_verification(s, of, request_id);
	struct store_row row = { .id = 0 };

	if (v == NULL || v->rowless ||
	    (s->peer.uid == 0 && s->enrol.number[0] == '\0'))
		return true;
	p->failed = v->row != 0 && store_row_read(p->s, v->row, &row) < 0;
	return v->row != 0 && row.id == v->row &&
	    strcmp(row.request_id, request_id) == 0 &&
	    (!v->others || p->request->call.kind == CALL_CANCEL);
}

int64_t
broker_op_issue_ticket(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct broker_call c = p->request->call;
	const size_t of =
	    broker_handle_find_provider(p->context->conf, p->request->provider);
	const struct provider_conf *at;
	unsigned char key[HOST_KEY_LEN];
	bool own;

	if (of == SETTINGS_PROVIDERS_MAX)
		return 0; /* the worker's settings differ */
	if (s->gave_way && provider_call_sends(c.kind) &&
	    c.ctx.event == EVENT_NONE)
		return 0; /* its code would be in no row */
	if (broker_row_is_of_before(p, of))
		return 0;
	if (!is_its_own(p, of, c.ctx.request_id))
		return p->failed ? -1 : 0;
	at = &p->context->conf->provider[of];
	own = broker_ticket_sends_own_code(at->type, &c);
	if (own && store_read_host_key(p->context->conf, NULL, key) != 0)
		return 0;
	explicit_bzero(key, sizeof(key));
	p->why = refuse_call(s, of, at, &c);
	if (p->why != NULL || !broker_row_allows_next(p, of))
		return -1;
	c.serial = p->reply->id = ++s->serial;
	broker_ticket_digest_call(s, p->context->conf, c.ctx.phone_at, of,
	    c.ctx.event != EVENT_NONE, c.to);
	note_ticket(s, of, &c);
	if (provider_call_sends(c.kind) && c.ctx.event == EVENT_NONE) {
		s->sent_by = c.ctx.method;
		s->sent_at = s->ticket.at;
		note_sending(s, 0, c.serial);
		/* of another method, perhaps */
		explicit_bzero(s->own_code, sizeof(s->own_code));
	}
	s->silent = 0;
	c.provider = p->request->provider;
	if (c.kind == CALL_CHECK)
		PRINT_TO(s->checked, "%s", c.code != NULL ? c.code : "");
	c.code = c.kind == CALL_CHECK ? s->checked : NULL;
	if (own) {
		s->own_code_of = of;
		s->own_code_phone = c.ctx.phone_at;
		broker_ticket_make_code(p->context->key[of], s->peer.login,
		    c.serial, at->code_length, s->own_code);
	}
	sign(p->context->key[of], "ticket", s->peer.login, &c, (int)c.ctx.event,
	    p->reply->mac);
	return 1;
}

/* Decoys imitate codes by phone: the durations of pushes and of app codes at a
 * provider are left out. So are those without a state: their file, in the
 * state's folder, would be open until the next login. */
static void
note_call_duration(struct broker_op_call *p, const struct broker_call *c)
{
	const enum method method = c->ctx.method;

	if (p->context->store != NULL && c->kind != CALL_POLL &&
	    method != METHOD_PUSH && method != METHOD_TOTP)
		broker_bounds_note_duration(p,
		    provider_call_sends(c->kind) ? LATENCY_START
						 : LATENCY_CHECK,
		    p->session->ticket.at);
}

void
broker_ticket_note_right(
    struct broker_session *s, size_t of, const char *request_id, enum method by)
{
	s->right = (struct broker_verification){ .of = of, .by = by };
	PRINT_TO(s->right.id, "%s", request_id);
	s->right_price = 0;
}

static int64_t
cap_price(int64_t price)
{
	if (price < 0)
		return 0;
	return price > BROKER_PRICE_MAX ? BROKER_PRICE_MAX : price;
}

/* done: it was sent; else, as in an outage, it may have been. */
static void
note_sent(struct broker_session *s, const struct broker_call *c, bool done)
{
	PRINT_TO(s->sent_as, "%s", c->ctx.request_id);
	s->sent_of = s->ticket.of;
	s->sent_price = cap_price(c->ctx.told.price);
	if (done && s->enrol.change != EVENT_NONE &&
	    c->ctx.event == s->enrol.change)
		s->enrol.told |= 1u << c->ctx.phone_at;
}

/* A login's push counts once, whichever provider sends it. As it is free, no
 * message counts less for it, nor for one that its worker gave no time. */
static void
note_unsure(struct broker_session *s, size_t of, bool hurried, bool down)
{
	const int64_t bit = INT64_C(1) << of;

	if (!s->sent.push) {
		s->may_carry |= hurried ? 0 : bit;
		s->down |= down ? bit : 0;
		return;
	}
	if ((s->may_push & bit) == 0)
		broker_ticket_note_message(
		    s, &(struct broker_message){ .push = true });
	s->may_push |= bit;
}

/* A push is polled by the login that sent it, until it is approved: one
 * approval would admit another login, too. What a start returns is its own,
 * also where a vendor gives an id again. */
static void
note_verification(const struct broker_session *s, struct broker_verification *v,
    const struct broker_call *c, bool done)
{
	if (v != NULL && c->kind == CALL_START) {
		v->at = s->ticket.at;
		v->phone = c->ctx.phone_at;
		v->apart = false;
		v->polled |= c->ctx.method == METHOD_PUSH;
		v->rowless |= c->ctx.method == METHOD_PUSH;
	}
	if (v != NULL && c->kind == CALL_POLL && done)
		v->polled = false;
}

/* Only the newest right code counts, so that the one that is used up later is
 * known. */
static void
note_checked(struct broker_session *s, size_t of, const struct broker_call *c,
    const struct broker_verification *v)
{
	const bool app = c->ctx.method == METHOD_TOTP;

	memcpy(s->right_code, s->checked, sizeof(s->right_code));
	s->app_right = app ? of + 1 : 0;
	broker_ticket_note_right(s, of, app ? "" : c->ctx.request_id,
	    v != NULL ? v->by : METHOD_NONE);
	if (!app)
		s->right_price = cap_price(c->ctx.told.price);
}

/* The call that a receipt is for: the ticket's, with what the provider broker
 * says of it and signs. Whatever else the worker names is not taken. */
static struct broker_call
attested_call(const struct broker_session *s, const struct broker_request *r)
{
	const struct broker_ticket *t = &s->ticket;
	struct broker_call c = { .serial = t->serial,
		.kind = t->kind,
		.ctx = { .method = t->method,
		    .event = t->event,
		    .phone_at = t->phone,
		    .told = { .price = r->call.ctx.told.price } },
		.code = t->kind == CALL_CHECK ? s->checked : NULL,
		.provider = r->provider };

	memcpy(c.to, t->to, sizeof(c.to));
	memcpy(c.mac, r->call.mac, sizeof(c.mac));
	PRINT_TO(c.ctx.request_id, "%s", r->call.ctx.request_id);
	return c;
}

/* Neither a message nor a check counts that was not done. */
static void
note_not_done(struct broker_session *s, const struct broker_call *c)
{
	if (provider_call_sends(c->kind)) {
		s->carried -= s->sent.carried; /* the next line adds it */
		broker_ticket_note_message(s, &s->sent);
		s->sent.id = 0;
		note_sending(s, c->serial, 0);
		if (c->ctx.event == EVENT_NONE)
			explicit_bzero(s->own_code, sizeof(s->own_code));
	}
	if (c->kind != CALL_CHECK)
		return;
	/* ATTEMPT may have given the app's guess back meanwhile: then app_guess
	 * is 0 */
	s->compared -= c->ctx.method != METHOD_TOTP || s->app_guess != 0;
	if (s->checked_by != NULL)
		s->checked_by->compared = false;
	if (c->ctx.method == METHOD_TOTP)
		s->app_guess = 0;
}

/* True for a call that may bring a verification. Any other is about one: if the
 * session has forgotten that meanwhile, it knows no more where it went. */
static bool
brings_verification(const struct broker_call *c)
{
	return c->kind == CALL_START ||
	    (c->kind == CALL_CHECK && c->ctx.method == METHOD_TOTP);
}

/* Accepts a receipt of the newest ticket, once. */
int64_t
broker_op_accept_receipt(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const struct broker_call c = attested_call(s, p->request);
	const unsigned said = p->request->tries;
	const unsigned is = said & ~(unsigned)(BROKER_SILENT | BROKER_DOWN);
	const size_t of =
	    broker_handle_find_provider(p->context->conf, p->request->provider);
	unsigned char mac[BROKER_MAC_LEN] = { 0 };
	struct broker_verification *v;
	bool known;

	if (of < SETTINGS_PROVIDERS_MAX)
		broker_receipt_make(
		    p->context->key[of], s->peer.login, &c, said, mac);
	if (of == SETTINGS_PROVIDERS_MAX || of != s->ticket.of ||
	    c.serial == 0 || CRYPTO_memcmp(mac, c.mac, sizeof(mac)) != 0) {
		p->why = "presented a receipt that the provider broker did not "
			 "issue";
		return -1;
	}
	s->ticket.serial = 0;
	if (provider_call_sends(c.kind) &&
	    (is == BROKER_UNSURE || is == BROKER_HURRIED))
		note_unsure(
		    s, of, is == BROKER_HURRIED, (said & BROKER_DOWN) != 0);
	if ((said & BROKER_SILENT) != 0)
		s->silent = INT64_C(1) << of;
	/* an end names no verification: one that may only be ended would be
	 * noted as the login's own, if it was forgotten meanwhile */
	if (is == BROKER_NOT_DONE || c.kind == CALL_CANCEL) {
		note_not_done(s, &c);
		return 0;
	}
	if (provider_call_sends(c.kind))
		note_sent(s, &c, is == BROKER_DONE);
	if (is == BROKER_DONE)
		note_call_duration(p, &c);
	known =
	    broker_handle_find_verification(s, of, c.ctx.request_id) != NULL;
	if (!known && !brings_verification(&c))
		return 0;
	v = broker_handle_allow_verification(s, of, c.ctx.request_id,
	    provider_call_sends(c.kind) && is == BROKER_DONE ? c.ctx.method
							     : METHOD_NONE);
	if (v != NULL && !known)
		v->rowless = c.kind == CALL_CHECK;
	note_verification(s, v, &c, is == BROKER_DONE);
	if (is == BROKER_DONE && c.kind == CALL_POLL)
		s->approved = of + 1;
	if (c.kind == CALL_START && c.ctx.method == METHOD_PUSH)
		s->pushed |= is == BROKER_DONE;
	if (is == BROKER_DONE && c.kind == CALL_CHECK)
		note_checked(s, of, &c, v);
	return 0;
}
