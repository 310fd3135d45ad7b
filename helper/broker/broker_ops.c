/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers' operations, checked and done. The broker trusts no request with what
 * it knows itself: limits and times come from its own settings, the user and
 * their data from BEGIN and the record. The order of requests is fixed, and a
 * connection may name only what it was given (broker_handle.c). */
#include "helper/broker/broker_inside.h"

#include "helper/store/store_backend.h"

#define DOES(op, name, request, reply, does) [BROKER_##op] = (does),
/* Operations that are only passed on to the store. */
#define PASS_ON(name, ...)                                                     \
	static int64_t do_##name(struct broker_op_call *p)                     \
	{                                                                      \
		return store_##name(p->s, __VA_ARGS__);                        \
	}

/* A server may have gone away since its last use. A no-op finds out, so that
 * the login meets an outage and no operation of unknown outcome; it is repeated
 * once over a new connection. */
static int64_t
do_open(struct broker_op_call *p)
{
	if (strcmp(p->request->where, p->context->conf->state) != 0) {
		PRINT_TO(p->reply->cause,
		    "state: the settings were changed a moment ago; log in "
		    "again");
		return -2; /* not by the store's fault */
	}
	if (!settings_is_fleet(p->context->conf) ||
	    frame_clock_ms() - p->context->used_before < BROKER_TRUST_MS ||
	    store_noop(p->s) == 0)
		return 0;
	return store_failure(p->s) == STORE_UNKNOWN ? store_noop(p->s) : -1;
}

/* An account is named before BEGIN, and calls are a provider broker's. */
static int64_t
do_not_here(struct broker_op_call *p)
{
	p->why = "asks for what is not asked here";
	return -1;
}

/* Returns why a request breaks the fixed order or the limit, or NULL. */
static const char *
wrong_order(const struct broker_session *s, enum broker_op op)
{
	const int64_t age_s = (frame_clock_ms() - s->peer.began) / 1000;

	if (s->ops >= BROKER_REQUESTS_MAX + BROKER_REQUESTS_PER_S * age_s)
		return "asks for too much";
	if (!s->begun && !s->bound)
		return "has sent no BEGIN";
	if (op == BROKER_OPEN)
		return s->opened ? "opens the state twice" : NULL;
	if (!s->opened)
		return "has not opened the state";
	if (op == BROKER_NOOP)
		return NULL;
	if (op == BROKER_RECORD || op == BROKER_BIND)
		return s->bound ? "is bound already" : NULL;
	if ((op == BROKER_BEGIN || op == BROKER_CLAIM) &&
	    s->verifications >= BROKER_STARTS_MAX)
		return "begins too many verifications";
	return s->bound ? NULL : "is not bound to a user";
}

/* Another user may be enrolling the same number. */
static int64_t
spend_ms_max(const struct broker_op_call *p)
{
	const int64_t most = p->session->enrol.number[0] != '\0'
	    ? STORE_SPENT_MS
	    : broker_bounds_life_max_ms(p->context->conf);

	return p->request->ms < most ? p->request->ms : most;
}

static struct store_right
make_right(
    const struct broker_op_call *p, enum method method, const char *provider)
{
	const struct broker_bound *is = &p->session->bound_to;

	return (struct store_right){ .user = is->user,
		.source = is->source,
		.service = is->service[0] != '\0' ? is->service : NULL,
		.method = method,
		.provider = provider,
		.binding = is->remembered ? is->binding : NULL,
		.remember_s = is->remember_s,
		.idle_s = SETTINGS_REMEMBER_IDLE_S(p->context->conf),
		.remembered_as = is->remembered_as };
}

static void
set_message_owner(const struct broker_op_call *p, struct store_send_key *key)
{
	key->user = p->session->bound_to.user;
	key->source = p->session->bound_to.sent_from;
	key->office = p->session->bound_to.office;
	key->alert |= p->session->enrol.number[0] != '\0';
}

static int64_t
do_begin(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct store_begin b = p->request->begin;
	const struct store_fleet *fleet = store_fleet(p->context->conf);
	const struct limits_of_sends limits =
	    broker_enrol_limits(s, p->context->conf);
	struct store_begun *out = &p->reply->begun;
	int result;

	if (b.count > 0 && b.message.counted_as == NULL)
		p->why = "would send a message without a receiver";
	if (b.count > 0 &&
	    (p->why != NULL ||
		!broker_bounds_allow_counting(p, b.message.counted_as)))
		return -1;
	/* the login's first message replaces no other */
	b.message.carried = CARRIED_NOT;
	b.user = s->bound_to.user;
	b.source = s->bound_to.source;
	b.binding = s->bound_to.remembered ? s->bound_to.binding : NULL;
	b.remembered_as = s->bound_to.remembered_as;
	b.remember_s = s->bound_to.remember_s;
	b.idle_s = SETTINGS_REMEMBER_IDLE_S(p->context->conf);
	b.limits = &limits;
	b.guesses = &p->context->conf->guesses;
	for (size_t i = 0; i < b.count; i++) {
		b.candidate[i].key.user = s->bound_to.user;
		if (!broker_bounds_limit_candidate(p, &b.candidate[i]))
			return -1;
	}
	set_message_owner(p, &b.message);
	b.message.push = broker_bounds_is_push(s, b.message.counted_as);
	result = broker_held_begin(p, &b, out);
	PRINT_TO(p->reply->which, "%s", out->which != NULL ? out->which : "");
	p->reply->left_ms = (int64_t)out->at;
	broker_handle_issue_row(p, &out->row);
	broker_handle_issue_message(s, out->send);
	if (result == 0 && out->sent == SEND_TAKEN)
		broker_ticket_note_message(s,
		    &(struct broker_message){ out->send, b.message.push, false,
			broker_bounds_phone(s, b.message.counted_as), false });
	if (result == 0 && fleet != NULL)
		fleet->report(p->s, p->context->conf, s->number, s->peer.uid);
	return result;
}

static int64_t
do_claim(struct broker_op_call *p)
{
	struct store_candidate c = p->request->claim;
	struct store_row *row = &p->reply->row;
	enum store_claim result;

	c.key.user = broker_bounds_owner(p->session);
	if (!broker_bounds_limit_candidate(p, &c))
		return CLAIM_ERROR;
	result = broker_held_claim(p, c, p->request->flag, row);
	broker_handle_issue_row(p, row);
	p->failed = result == CLAIM_ERROR;
	return result;
}

static int64_t
do_number_is_unclaimed(struct broker_op_call *p)
{
	return broker_bounds_allow_receiver(p, p->request->number)
	    ? store_number_is_unclaimed(
		  p->s, p->request->id, p->request->number)
	    : -1;
}

PASS_ON(row_remove_unsent, p->request->id)
PASS_ON(row_is_held, p->request->id)
PASS_ON(row_remove_held, p->request->id)
PASS_ON(row_restore, p->request->id)
PASS_ON(
    row_spend, p->request->id, p->request->request_id, spend_ms_max(p), p->back)
PASS_ON(row_remove_ended, p->request->id, p->request->request_id)
PASS_ON(row_hold_for_replacing, p->request->id, p->request->request_id,
    p->request->flag)
PASS_ON(provider_passed_over_left, p->request->provider, &p->reply->left_ms)

static int64_t
do_row_mark_unknown(struct broker_op_call *p)
{
	return broker_held_leave(p->s, p->session, p->request->id);
}

/* Each try was counted with a guess: without that one to take back, it was
 * another session's, or another guess's. */
static int64_t
do_row_refund_try(struct broker_op_call *p)
{
	return p->back != NULL ? store_row_refund_try(p->s, p->request->id,
				     p->request->request_id, p->back)
			       : 0;
}

/* Nothing without a receipt of that silence, or from user.sock: all logins of
 * the host would ask others first. No refusal, as the worker has its clock. */
static int64_t
do_provider_pass_over(struct broker_op_call *p)
{
	return p->session->peer.uid == 0 && broker_ticket_was_silent(p)
	    ? store_provider_pass_over(
		  p->s, p->request->provider, STORE_PASSED_MS)
	    : 0;
}

/* Refunds nothing that may have been sent, or that another login counted. */
static int64_t
do_send_refund(struct broker_op_call *p)
{
	return broker_ticket_drop_message(p->session, p->request->id)
	    ? store_send_refund(p->s, p->request->id)
	    : 0;
}

/* A code is compared once for each try of its row that was counted, and if it
 * is wrong, that stays counted. */
static int64_t
do_code_right(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct broker_guess *try = broker_handle_use_try(s, p->request->id);
	const int64_t began = frame_clock_ms();
	const size_t of = broker_handle_row_provider(s, p->request->id);
	struct store_row row = { .id = p->request->id };
	int result;

	if (try == NULL) {
		p->why = "would compare a code that is not counted";
		return -1;
	}
	s->compared++;
	PRINT_TO(row.request_id, "%s", p->request->request_id);
	result = store_own_code_check(p->s, p->context->conf,
	    p->session->bound_to.user, &row, p->request->number);
	try->token.counted &= result != 0;
	if (result == 1) {
		if (strcmp(s->right.id, row.request_id) != 0)
			broker_bounds_note_duration(p, LATENCY_CHECK, began);
		broker_ticket_note_right(s, of, row.request_id, try->by);
		s->right.row = row.id;
		s->right_sends = try->sends;
	}
	return result;
}

static int64_t
do_look(struct broker_op_call *p)
{
	const int result = store_row_read(p->s, p->request->id, &p->reply->row);

	if (result == 1)
		broker_handle_issue_row(p, &p->reply->row);
	return result;
}

/* The entry for a code under the account or factor that the record has at this
 * provider. */
static int
make_used_code(const struct broker_op_call *p, size_t of, const char *code,
    struct store_code *out)
{
	return provider_used_code_make(p->s, p->context->conf,
	    &p->session->record, &p->context->conf->provider[of], code, out);
}

/* An approval was not counted before, so it has no effect while its user is
 * locked: as if another login had used it. */
static int
finish_unless_locked(struct broker_op_call *p, const struct store_finish *f,
    const struct store_right *right)
{
	enum store_guess guess = GUESS_OPEN;
	int64_t wait_s;

	if ((METHOD_BIT(right->method) & METHODS_APPROVED) != 0)
		guess = store_guess_look(
		    p->s, right->user, right->source, &wait_s, NULL);
	if (guess != GUESS_OPEN)
		return guess == GUESS_ERROR ? -1 : 0;
	return store_row_finish(p->s, f, right);
}

static int64_t
do_finish(struct broker_op_call *p)
{
	const struct broker_request *a = p->request;
	struct broker_session *s = p->session;
	const size_t of = broker_handle_row_provider(s, a->id);
	const enum method method = broker_handle_renew_method(p);
	const struct store_right right = make_right(p, method,
	    of < SETTINGS_PROVIDERS_MAX ? p->context->conf->provider[of].name
					: "");
	const bool coded = of < SETTINGS_PROVIDERS_MAX &&
	    p->context->conf->provider[of].type->by_authy_id &&
	    (METHOD_BIT(method) & METHODS_APPROVED) == 0;
	struct store_code code;
	const struct broker_guess *try = broker_handle_find_try(s, a->id);
	const struct store_finish f = { .id = a->id,
		.request_id = a->request_id,
		.code = coded ? &code : NULL,
		.send = try != NULL ? try->send : 0,
		.price = s->right_price,
		.enrols = s->enrol.number[0] != '\0' };
	int result;

	if (!broker_ticket_may_end_verification(p, of, method)) {
		p->why = "ends a verification whose code was not right";
		return -1;
	}
	/* at Authy it may be its app's code (verification.c) */
	if (coded && make_used_code(p, of, s->right_code, &code) != 0)
		return -1;
	result = broker_row_may_finish(p, of, method);
	if (result == 1)
		result = finish_unless_locked(p, &f, &right);
	s->approved = 0;
	broker_ticket_note_right(s, of, "", METHOD_NONE);
	/* right, but another login has used it: its guess may come back */
	if (result == 0 && s->compared > 0 &&
	    (METHOD_BIT(method) & METHODS_APPROVED) == 0)
		s->compared--;
	return broker_enrol_note_finished(s, method, result);
}

static int64_t
do_guess_take(struct broker_op_call *p)
{
	struct store_guess_token token = { 0 };
	const enum store_guess result = store_guess_take(p->s,
	    p->session->bound_to.user, p->session->bound_to.source,
	    &p->context->conf->guesses, &token, &p->reply->wait_s);

	p->reply->guess = broker_handle_issue_guess(p, &token, NULL);
	p->failed = result == GUESS_ERROR;
	return result;
}

static int64_t
do_guess_look(struct broker_op_call *p)
{
	const enum store_guess result = store_guess_look(p->s,
	    p->session->bound_to.user, p->session->bound_to.source,
	    &p->reply->wait_s, &p->reply->refused);

	p->failed = result == GUESS_ERROR;
	return result;
}

static int64_t
do_guess_refund(struct broker_op_call *p)
{
	return p->back != NULL ? store_guess_refund(p->s, p->back) : 0;
}

static int64_t
do_refuse(struct broker_op_call *p)
{
	const struct store_refusal r = { .user = p->session->bound_to.user,
		.source = p->session->bound_to.source,
		.seconds = STORE_REFUSED_S,
		.id = p->request->id,
		.request_id = p->request->request_id };

	return store_guess_lock_after_refusal(p->s, &r);
}

static int64_t
do_attempt(struct broker_op_call *p)
{
	struct store_attempted out = { 0 };
	const unsigned most = p->context->conf->wrong_codes_per_login;
	const struct broker_request *r = p->request;
	/* id 0: the code of the newest ticket is checked once more */
	const bool again = r->id == 0 && p->session->checked_by != NULL;
	const struct store_attempt a = { .user = p->session->bound_to.user,
		.source = p->session->bound_to.source,
		.limits = &p->context->conf->guesses,
		.id = again ? p->session->checked_by->row : r->id,
		.tries = again || r->tries > most ? most : r->tries,
		.back = p->back };
	bool counted = store_guess_take_with_try(p->s, &a, &out);

	/* take the row from a session that died */
	if (!counted && out.tried == TRY_WAIT &&
	    store_process_is_dead(out.row.holder) &&
	    store_row_restore_of_dead(p->s, a.id, out.row.holder) == 0)
		counted = store_guess_take_with_try(p->s, &a, &out);
	p->reply->guessed = out.guess;
	p->reply->guess = broker_handle_issue_guess(p, &out.token, &out.row);
	p->reply->wait_s = out.wait_s;
	p->reply->tried = out.tried;
	p->reply->row = out.row;
	broker_handle_issue_row(p, &p->reply->row);
	p->failed = out.guess == GUESS_ERROR;
	return counted;
}

static int64_t
do_send_take(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const char *which = NULL;
	struct store_send_key key = p->request->message;
	const struct limits_of_sends limits =
	    broker_enrol_limits(s, p->context->conf);
	const char *phone = user_record_phone(&s->record, s->sent.phone);
	char push[OWNER_PUSH_MAX];
	enum store_send result;

	owner_write_push(s->bound_to.user, s->peer.uid, push);
	if (key.counted_as == NULL) { /* like the newest ticket's */
		key.counted_as = s->sent.push ? push
		    : phone != NULL           ? phone
				    : reach_counting_receiver(&s->record);
		key.alert = s->sent.alert;
		key.carried = s->sent.carried ? CARRIED_BESIDE : CARRIED_NOT;
	}
	if (!broker_bounds_allow_counting(p, key.counted_as))
		return SEND_ERROR;
	key.carried = broker_bounds_carried(s, key.carried);
	set_message_owner(p, &key);
	key.push = broker_bounds_is_push(s, key.counted_as);
	result = store_send_take(
	    p->s, &key, &limits, &p->reply->id, &p->reply->wait_s, &which);
	PRINT_TO(p->reply->which, "%s",
	    result == SEND_WAIT && which != NULL ? which : "");
	broker_handle_issue_message(s, p->reply->id);
	if (result == SEND_TAKEN)
		broker_ticket_note_message(s,
		    &(struct broker_message){ p->reply->id, key.push,
			key.alert && s->enrol.number[0] == '\0',
			broker_bounds_phone(s, key.counted_as),
			key.carried != CARRIED_NOT });
	p->failed = result == SEND_ERROR;
	return result;
}

static int64_t
do_recovery_list(struct broker_op_call *p)
{
	const int count = store_recovery_list(
	    p->s, p->session->bound_to.user, p->reply->hash);

	p->reply->hashes = count > 0 ? (size_t)count : 0;
	if (count < 0) /* it may have read some */
		explicit_bzero(p->reply->hash, sizeof(p->reply->hash));
	return count;
}

static int64_t
do_recovery_claim(struct broker_op_call *p)
{
	const struct store_right right = make_right(p, METHOD_RECOVERY, "");

	return broker_bounds_claim_code(p, &right);
}

/* Counts the codes of the template that a decoy shows, or of the user. */
static int64_t
do_recovery_left(struct broker_op_call *p)
{
	const char *user = p->request->flag ? p->session->bound_to.like
					    : p->session->bound_to.user;

	if (user[0] != '\0')
		return store_recovery_count_codes(p->s, user);
	p->why = "asks for the codes of another user";
	return -1;
}

/* For a decoy of a shared account, so that it takes the time of a real one. */
static const struct secret no_secret = { "AAAAAAAAAAAAAAAA", 16 };

/* Compares the code with the secret of the record that this broker has read. */
static enum store_guess
attempt_app(struct broker_op_call *p, struct store_guess_token *token)
{
	struct broker_session *s = p->session;
	const bool decoy = s->bound_to.like[0] != '\0';
	struct user_app shown[USER_APPS_MAX] = { { .secret = no_secret } };
	const struct store_right right = make_right(p, METHOD_TOTP, "");
	const struct store_fleet *fleet = store_fleet(p->context->conf);
	struct store_totp_attempt t = { .limits = &p->context->conf->guesses,
		.right = &right,
		.used = p->request->uses ? &p->reply->used : NULL,
		.token = token };
	struct store_app_code a = { .code = p->request->number,
		.app = decoy ? shown : s->record.app,
		.resync = s->resync,
		.wall = clock_wall_s(),
		.clock_s = s->clock_s,
		.never = decoy,
		.attempt = &t };
	enum store_guess result;

	for (size_t n = 0; decoy && n < USER_APPS_MAX; n++) {
		shown[n].kind = s->record.app[n].kind;
		if (s->record.app[n].secret.len > 0)
			shown[n].secret = no_secret;
	}
	result = store_app_attempt(
	    p->s, p->context->conf, &a, &p->reply->claimed, &p->reply->wait_s);
	if (result == GUESS_OPEN && p->reply->claimed == 2 && s->clock_s == 0)
		s->clock_s =
		    (p->reply->used.step - a.wall / TOTP_STEP_S) * TOTP_STEP_S;
	if (p->reply->claimed == 1 && t.secret != NULL && fleet != NULL)
		fleet->step_used(p->context->conf, s->number, s->peer.uid,
		    s->bound_to.user, a.digest, t.step);
	explicit_bzero(a.digest, sizeof(a.digest));
	return result;
}

static int64_t
do_totp(struct broker_op_call *p)
{
	const int64_t began = frame_clock_ms();
	struct store_guess_token token = { 0 };
	enum store_guess result;

	if ((p->session->record.app[0].secret.len == 0 &&
		p->session->bound_to.like[0] == '\0') ||
	    !broker_bounds_accepts(p->session, METHOD_TOTP, METHOD_ALL)) {
		p->why = "has no app that its rule accepts";
		return GUESS_ERROR;
	}
	if (!broker_enrol_takes_code(p->session)) {
		p->why = "tries too many codes of an app that enrols";
		return GUESS_ERROR;
	}
	result = attempt_app(p, &token);
	/* a used step is no wrong code: taken back already */
	token.counted &= p->reply->claimed != 0 || p->reply->used.step == 0;
	p->reply->guess = broker_handle_issue_guess(p, &token, NULL);
	p->session->compared += token.counted;
	if (token.counted)
		p->session->app_guess = p->session->guesses;
	p->failed = result == GUESS_ERROR;
	p->session->enrol.proven |= result == GUESS_OPEN &&
	    p->reply->claimed == 1 && p->session->enrol.app.len > 0;
	if (result == GUESS_OPEN && p->reply->claimed == 0)
		broker_bounds_note_duration(p, LATENCY_APP, began);
	return result;
}

/* A code that a provider's app showed: once for each receipt of a right one. */
static int64_t
do_code_claim(struct broker_op_call *p)
{
	const struct store_right right =
	    make_right(p, METHOD_TOTP, p->request->provider);
	const size_t of =
	    broker_handle_find_provider(p->context->conf, p->request->provider);
	struct store_code code;

	if (!broker_ticket_takes_app_code(p, of)) {
		p->why = "uses up an app's code that was not right";
		return -1;
	}
	return make_used_code(p, of, p->session->right_code, &code) == 0
	    ? store_code_claim(p->s, &code, &right)
	    : -1;
}

/* For each guess twice: before and after the provider compares the code. The
 * store requires a guess. One that is not counted makes it refund nothing. */
static int64_t
do_code_recent(struct broker_op_call *p)
{
	const struct store_counted nothing = { p->session->bound_to.user,
		p->session->bound_to.source, &(struct store_guess_token){ 0 } };
	const size_t of =
	    broker_handle_find_provider(p->context->conf, p->request->provider);
	struct store_code code;

	if (of == SETTINGS_PROVIDERS_MAX)
		return 0; /* the worker's settings differ */
	if (p->session->recent >= 2 * p->session->guesses)
		p->why = "compares a used code that is not counted";
	if (p->why != NULL ||
	    make_used_code(p, of, p->request->number, &code) != 0)
		return -1;
	p->session->recent++;
	return store_code_was_used_recently(
	    p->s, &code, p->back != NULL ? p->back : &nothing);
}

static int64_t
do_noop(struct broker_op_call *p)
{
	return store_noop(p->s);
}

/* Each returns the result of the reply; below 0 it failed. */
static int64_t (*const op_function[BROKER_OPS])(
    struct broker_op_call *) = { BROKER_OP_TABLE(DOES) };

/* A server that has answered works, and so does a file with another session's
 * row: who was refused must not cost others a new connection. */
static bool
is_store_failure(const struct broker_op_call *p, int64_t result)
{
	if (p->s == NULL || (!p->failed && result != -1))
		return false;
	return settings_is_fleet(p->context->conf)
	    ? store_failure(p->s) != STORE_FAILED_OTHERWISE
	    : !store_state_get(p->s)->taken;
}

static void
answer_end(struct broker_op_call *p, int64_t result)
{
	const char *server = strchr(store_wait_times()->where, '@');

	p->context->not_opened = p->s == NULL;
	p->reply->result = result;
	p->reply->failure = (int)store_failure(p->s);
	p->reply->keyless = p->s != NULL && store_is_keyless(p->s);
	if (p->s != NULL && p->reply->cause[0] == '\0')
		PRINT_TO(p->reply->cause, "%s", store_cause(p->s));
	if (server != NULL && strcmp(server, "@-") != 0)
		PRINT_TO(p->reply->server, "%s", server + 1);
	p->context->busy = p->reply->failure == STORE_BUSY &&
	    (p->s == NULL || is_store_failure(p, result));
	if (is_store_failure(p, result) && !p->context->busy)
		broker_store_close(p->context);
}

/* Its ids are not those of other logins' rows in an older file, nor are its
 * guesses counted there. */
static bool
knows_ids(struct broker_op_call *p)
{
	struct broker_session *s = p->session;

	p->first = s->ids == 0 && s->guesses == 0;
	if (p->first)
		s->generation = p->context->generation;
	if (s->generation == p->context->generation)
		return true;
	PRINT_TO(p->reply->cause,
	    "state: it was replaced during this login; log in again");
	return false;
}

bool
broker_op_run(struct broker_context *context, struct broker_session *session,
    enum broker_op op, const struct broker_request *request,
    struct broker_reply *reply, const char **why)
{
	struct broker_op_call p = { .op = op,
		.context = context,
		.session = session,
		.request = request,
		.reply = reply };
	int64_t result = -1;

	memset(reply, 0, sizeof(*reply));
	p.why = wrong_order(session, op);
	session->ops++;
	context->ops++;
	session->opened |= p.why == NULL && op == BROKER_OPEN;
	/* holds for all logins, so the state's answer is wanted first */
	session->next_key |= op == BROKER_RECORD && request->flag &&
	    p.why == NULL && session->other_key;
	/* asks no state: lost without one, as it has no reply, it would have
	 * the login's next request refused */
	if (p.why == NULL && op == BROKER_RECEIPT) {
		result = op_function[op](&p);
	} else if (p.why == NULL && broker_handle_allows(&p) &&
	    broker_held_allows(&p) &&
	    broker_store_open(context, session, reply->cause) &&
	    knows_ids(&p)) {
		p.s = context->store;
		result = op_function[op](&p);
		broker_held_note(&p, result);
		broker_handle_note_return(&p, result);
	}
	if (p.why == NULL && op != BROKER_RECEIPT)
		answer_end(&p, result);
	context->refused += p.why != NULL;
	*why = p.why;
	return p.why == NULL;
}
