/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers' operations, checked and done. The broker trusts no request with what
 * it knows itself: limits, names and times come from its own settings, the user
 * and their data from the connection's BROKER_BIND. The order of requests is
 * fixed, and a connection may name only the rows, messages and guesses that it
 * was given. */
#include "helper/broker/broker.h"

#include "helper/broker/broker_inside.h"
#include "helper/store/store_backend.h"

#define RECORDS_MAX 4 /* of the account, the target of su, its caller */

static void
has_id_handle(struct broker_session *s, int64_t id)
{
	if (id == 0)
		return;
	for (size_t i = 0; i < s->ids; i++)
		if (s->id[i] == id)
			return;
	if (s->ids < BROKER_IDS_MAX)
		s->id[s->ids++] = id;
}

/* Rows and messages are numbered separately, so message ids are kept
 * negative. */
static bool
knows(struct broker_op_call *p, int64_t id)
{
	for (size_t i = 0; i < p->who->ids; i++)
		if (p->who->id[i] == id)
			return true;
	p->why = "used a row or message id without a handle";
	return false;
}

static void
issue_row_handle(struct broker_op_call *p, const struct store_row *row)
{
	has_id_handle(p->who, row->id);
	has_id_handle(p->who, -row->send);
	broker_ticket_allow_request(p->who, row->request_id);
}

/* Keeps a guess. Returns its number, or 0 if it was not counted. */
static int64_t
guess_number(struct broker_op_call *p, const struct store_guess_token *token)
{
	if (!token->counted)
		return 0;
	p->to->locked = token->locked_source || token->locked_total ||
	    token->locked_account;
	p->who->guess[p->who->guesses % BROKER_GUESSES_MAX] = *token;
	return (int64_t)++p->who->guesses;
}

/* Sets back to the counted guess with that number. */
static bool
knows_guess(struct broker_op_call *p, size_t number)
{
	if (number > p->who->guesses ||
	    p->who->guesses - number >= BROKER_GUESSES_MAX) {
		p->why = "used a guess without a handle";
		return false;
	}
	p->counted = (struct store_counted){ p->who->is.user, p->who->is.source,
		&p->who->guess[(number - 1) % BROKER_GUESSES_MAX] };
	p->back = &p->counted;
	return true;
}

/* True if the request names only rows, messages and guesses it was given. */
static bool
has_handle(struct broker_op_call *p)
{
	const struct broker_request *a = p->ask;
	const bool started = p->act == BROKER_STARTED;
	const int64_t send = started ? a->started.send : a->send;
	const int64_t row = started        ? a->started.id
	    : p->act == BROKER_SEND_REFUND ? -a->id
					   : a->id;

	return (row == 0 || knows(p, row)) && (send == 0 || knows(p, -send)) &&
	    (a->guess == 0 || knows_guess(p, (size_t)a->guess));
}

/* A server may have gone away since its last use. A no-op finds out, so that
 * the login meets an outage and no operation of unknown outcome; it is repeated
 * once over a new connection. */
static int64_t
do_open(struct broker_op_call *p)
{
	if (strcmp(p->ask->where, p->own->conf->state) != 0) {
		snprintf(p->to->cause, sizeof(p->to->cause),
		    "state: the settings were changed a moment ago; log in "
		    "again");
		return -1;
	}
	if (!settings_is_fleet(p->own->conf) ||
	    frame_clock_ms() - p->own->used_before < BROKER_TRUST_MS ||
	    store_noop(p->s) == 0)
		return 0;
	return store_failure(p->s) == STORE_UNKNOWN ? store_noop(p->s) : -1;
}

static int64_t
do_record(struct broker_op_call *p)
{
	enum store_record found;

	if (p->who->records++ >= RECORDS_MAX) {
		p->why = "asks for too many records";
		return -1;
	}
	/* the worker would use the fleet's old key for the record */
	if (p->own->next_key && !p->who->next_key)
		return STORE_RECORD_OTHER_KEY;
	found = store_record_read(p->s, p->ask->user, &p->to->text);
	p->failed = found == STORE_RECORD_ERROR || found == STORE_RECORD_OUTAGE;
	return found;
}

/* The longest time for which any rule remembers a login, in seconds. */
static int64_t
remember_most(const struct settings *conf)
{
	unsigned most = 0;

	for (size_t i = 0; i < conf->rule_count; i++)
		if (conf->rule[i].remember_minutes > most)
			most = conf->rule[i].remember_minutes;
	return most * INT64_C(60);
}

static int64_t
do_bind(struct broker_op_call *p)
{
	struct broker_session *s = p->who;
	const struct store_bound *b = &p->ask->bound;
	const char **const text[BROKER_BOUND_TEXTS] = { &s->is.user,
		&s->is.source, &s->is.sent_from, &s->is.service,
		&s->is.remembered_as, &s->is.account, &s->is.like };

	if (b->remember_s > remember_most(p->own->conf)) {
		p->why = "would be remembered for longer than any rule allows";
		return -1;
	}
	s->is = *b;
	/* the texts point into the frame; reading has limited their length */
	for (size_t i = 0; i < COUNT_OF(text); i++)
		if (*text[i] != NULL) {
			PRINT_TO(s->text[i], "%s", *text[i]);
			*text[i] = s->text[i];
		}
	broker_ticket_receivers(b->receiver, s->to);
	memset(s->is.receiver, 0, sizeof(s->is.receiver));
	if (b->binding != NULL) {
		memcpy(s->binding, b->binding, sizeof(s->binding));
		s->is.binding = s->binding;
	}
	s->bound = true;
	return 0;
}

/* Returns why a request breaks the fixed order or the limit, or NULL. */
static const char *
wrong_order(const struct broker_session *s, enum broker_op act)
{
	const int64_t age_s = (frame_clock_ms() - s->peer.began) / 1000;

	if (s->acts >= BROKER_REQUESTS_MAX + BROKER_REQUESTS_PER_S * age_s)
		return "asks for too much";
	if (act == BROKER_OPEN)
		return s->peer.open ? "opens the state twice" : NULL;
	if (!s->peer.open)
		return "has not opened the state";
	if (act == BROKER_NOOP)
		return NULL;
	if (act == BROKER_RECORD || act == BROKER_BIND)
		return s->bound ? "is bound already" : NULL;
	return s->bound ? NULL : "is not bound to a user";
}

static int64_t
price_within(int64_t price)
{
	return price > BROKER_PRICE_MAX ? BROKER_PRICE_MAX : price;
}

static int64_t
spend_ms_max(const struct broker_op_call *p)
{
	return p->ask->ms < BROKER_SPEND_MAX_MS ? p->ask->ms
						: BROKER_SPEND_MAX_MS;
}

static struct store_right
right_of(const struct broker_op_call *p)
{
	const struct store_bound *is = &p->who->is;

	return (struct store_right){ .user = is->user,
		.source = is->source,
		.service = is->service,
		.method = p->ask->method,
		.provider = p->ask->provider,
		.binding = is->binding,
		.remember_s = is->remember_s,
		.remembered_as = is->remembered_as };
}

static void
message_of(const struct broker_op_call *p, struct store_send_key *key)
{
	key->user = p->who->is.user;
	key->source = p->who->is.sent_from;
	key->office = p->who->is.office;
}

static void
which_is(struct broker_op_call *p, const char *which)
{
	snprintf(p->to->which, sizeof(p->to->which), "%s",
	    which != NULL ? which : "");
}

static int64_t
do_begin(struct broker_op_call *p)
{
	const struct broker_session *s = p->who;
	struct store_begin b = p->ask->begin;
	const struct store_fleet *fleet = store_fleet(p->own->conf);
	struct store_begun *out = &p->to->begun;
	int result;

	if (b.count > 0 && b.message.counted_as == NULL) {
		p->why = "would send a message without a receiver";
		return -1;
	}
	b.user = s->is.user;
	b.source = s->is.source;
	b.binding = s->is.binding;
	b.remembered_as = s->is.remembered_as;
	b.limits = &p->own->conf->sends;
	b.guesses = &p->own->conf->guesses;
	for (size_t i = 0; i < b.count; i++)
		b.candidate[i].key.user = s->is.user;
	message_of(p, &b.message);
	result = store_begin(p->s, &b, out);
	which_is(p, out->which);
	p->to->left_ms = (int64_t)out->at;
	issue_row_handle(p, &out->row);
	has_id_handle(p->who, -out->send);
	p->who->messages += result == 0 && out->sent == SEND_TAKEN;
	if (result == 0 && fleet != NULL)
		fleet->report(p->s, p->own->conf, s->number, s->peer.uid);
	return result;
}

/* A row whose session died during the start is claimed with start_ms 0, as if
 * the start had timed out. It is claimed again before that: the session may
 * have ended its row, and another session may hold one now. */
static int64_t
do_claim(struct broker_op_call *p)
{
	struct store_candidate c = p->ask->claim;
	struct store_row *row = &p->to->row;
	enum store_claim result;
	int64_t dead = 0;

	c.key.user = p->who->is.user;
	result = store_claim_as(p->s, &c, p->ask->flag, row);
	if (result == CLAIM_WAIT &&
	    store_session_process_is_dead(row->holder)) {
		dead = row->holder;
		result = store_claim_as(p->s, &c, p->ask->flag, row);
	}
	if (dead != 0 && result == CLAIM_WAIT && row->holder == dead) {
		c.start_ms = 0;
		result = store_claim_as(p->s, &c, p->ask->flag, row);
	}
	issue_row_handle(p, row);
	p->failed = result == CLAIM_ERROR;
	return result;
}

static int64_t
do_started(struct broker_op_call *p)
{
	struct store_started t = p->ask->started;

	t.price = price_within(t.price);
	return store_started(p->s, &t);
}

/* Operations that are only passed on to the store. */
#define PASS_ON(name, ...)                                                     \
	static int64_t do_##name(struct broker_op_call *p)                     \
	{                                                                      \
		return store_##name(p->s, __VA_ARGS__);                        \
	}
PASS_ON(number_is_unclaimed, p->ask->id, p->ask->number)
PASS_ON(unsent, p->ask->id)
PASS_ON(unknown, p->ask->id)
PASS_ON(holds, p->ask->id)
PASS_ON(drop, p->ask->id)
PASS_ON(restore, p->ask->id)
PASS_ON(refund, p->ask->id, p->ask->request_id, p->back)
PASS_ON(spend, p->ask->id, p->ask->request_id, spend_ms_max(p), p->back)
PASS_ON(end, p->ask->id, p->ask->request_id)
PASS_ON(replace, p->ask->id, p->ask->request_id, p->ask->flag)
PASS_ON(pass_over, p->ask->provider, p->ask->ms)
PASS_ON(passed_left, p->ask->provider, &p->to->left_ms)

/* Refunds nothing if each counted message may have been sent. */
static int64_t
do_send_refund(struct broker_op_call *p)
{
	struct broker_session *s = p->who;

	if (s->starts >= s->messages)
		return 0;
	s->messages--;
	return store_send_refund(p->s, p->ask->id);
}

/* A code is compared once for each try that was counted. */
static int64_t
do_code_right(struct broker_op_call *p)
{
	struct store_row row = { .id = p->ask->id };
	int result;

	if (p->who->compared >= p->who->guesses) {
		p->why = "would compare a code that is not counted";
		return -1;
	}
	p->who->compared++;
	snprintf(
	    row.request_id, sizeof(row.request_id), "%s", p->ask->request_id);
	result = store_own_code_check(
	    p->s, p->own->conf, p->who->is.user, &row, p->ask->number);
	if (result == 1)
		memcpy(p->who->right, row.request_id, sizeof(p->who->right));
	return result;
}

/* A locally generated code must be one of the login's user. The owner of an
 * app's code is not checked. */
static int64_t
do_mac(struct broker_op_call *p)
{
	const enum store_mac what = (enum store_mac)p->ask->tries;
	const size_t len = strlen(p->who->is.user);

	if (what != STORE_MAC_OWN_CODE ||
	    (strncmp(p->ask->number, p->who->is.user, len) == 0 &&
		p->ask->number[len] == '\n'))
		return store_mac(
		    p->s, p->own->conf, what, p->ask->number, p->to->mac);
	p->why = "makes a code of another user";
	return -1;
}

static int64_t
do_look(struct broker_op_call *p)
{
	const int result = store_look(p->s, p->ask->id, &p->to->row);

	if (result == 1)
		issue_row_handle(p, &p->to->row);
	return result;
}

static int64_t
do_finish(struct broker_op_call *p)
{
	const struct broker_request *a = p->ask;
	const struct store_right right = right_of(p);
	const struct store_finish f = { .id = a->id,
		.request_id = a->request_id,
		.code = a->coded ? &a->code : NULL,
		.send = a->send,
		.price = price_within(a->price) };

	if (!broker_ticket_may_finish(p)) {
		p->why = "ends a verification whose code was not right";
		return -1;
	}
	return store_finish(p->s, &f, &right);
}

static int64_t
do_guess_take(struct broker_op_call *p)
{
	struct store_guess_token token = { 0 };
	const enum store_guess result = store_guess_take(p->s, p->who->is.user,
	    p->who->is.source, &p->own->conf->guesses, &token, &p->to->wait_s);

	p->to->guess = guess_number(p, &token);
	p->failed = result == GUESS_ERROR;
	return result;
}

static int64_t
do_guess_look(struct broker_op_call *p)
{
	const enum store_guess result = store_guess_look(p->s, p->who->is.user,
	    p->who->is.source, &p->to->wait_s, &p->to->refused);

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
	const struct store_refusal r = { .user = p->who->is.user,
		.source = p->who->is.source,
		.seconds = spend_ms_max(p) / 1000,
		.id = p->ask->id,
		.request_id = p->ask->request_id };

	return store_refuse(p->s, &r);
}

static int64_t
do_attempt(struct broker_op_call *p)
{
	struct store_attempted out = { 0 };
	const struct store_attempt a = { .user = p->who->is.user,
		.source = p->who->is.source,
		.limits = &p->own->conf->guesses,
		.id = p->ask->id,
		.tries = p->ask->tries,
		.back = p->back };
	bool counted = store_attempt(p->s, &a, &out);

	/* take the row from a session that died */
	if (!counted && out.tried == TRY_WAIT &&
	    store_session_process_is_dead(out.row.holder) &&
	    store_restore_dead(p->s, a.id, out.row.holder) == 0)
		counted = store_attempt(p->s, &a, &out);
	p->to->guessed = out.guess;
	p->to->guess = guess_number(p, &out.token);
	p->to->wait_s = out.wait_s;
	p->to->tried = out.tried;
	p->to->row = out.row;
	issue_row_handle(p, &out.row);
	p->failed = out.guess == GUESS_ERROR;
	return counted;
}

static int64_t
do_send_take(struct broker_op_call *p)
{
	const char *which = NULL;
	struct store_send_key key = p->ask->message;
	enum store_send result;

	message_of(p, &key);
	result = store_send_take(p->s, &key, &p->own->conf->sends, &p->to->id,
	    &p->to->wait_s, &which);
	which_is(p, result == SEND_WAIT ? which : NULL);
	has_id_handle(p->who, -p->to->id);
	p->who->messages += result == SEND_TAKEN;
	p->failed = result == SEND_ERROR;
	return result;
}

static int64_t
do_recovery_list(struct broker_op_call *p)
{
	const int count =
	    store_recovery_list(p->s, p->who->is.user, p->to->hash);

	p->to->hashes = count > 0 ? (size_t)count : 0;
	return count;
}

static int64_t
do_recovery_claim(struct broker_op_call *p)
{
	const struct store_right right = right_of(p);

	return store_recovery_claim(p->s, p->ask->hash, (int)p->ask->hashes,
	    &right, &p->to->recovery, &p->to->left);
}

/* Counts the codes of the template that a decoy shows, or of the user. */
static int64_t
do_recovery_left(struct broker_op_call *p)
{
	const char *user = p->ask->flag ? p->who->is.like : p->who->is.user;

	if (user != NULL)
		return store_recovery_left(p->s, user);
	p->why = "asks for the codes of another user";
	return -1;
}

static int64_t
do_totp(struct broker_op_call *p)
{
	const struct store_right right = right_of(p);
	const struct store_fleet *fleet = store_fleet(p->own->conf);
	struct store_guess_token token = { 0 };
	enum store_guess result;
	struct store_totp_attempt a = { .limits = &p->own->conf->guesses,
		.secret = p->ask->secret,
		.step = p->ask->step,
		.right = &right,
		.token = &token };

	p->to->used = p->ask->used;
	if (p->ask->uses)
		a.used = &p->to->used;
	result = store_totp_attempt(p->s, &a, &p->to->claimed, &p->to->wait_s);
	if (p->to->claimed == 1 && a.secret != NULL && fleet != NULL)
		fleet->step_used(p->own->conf, p->who->number, p->who->peer.uid,
		    p->who->is.user, a.secret, a.step);
	p->to->guess = guess_number(p, &token);
	p->failed = result == GUESS_ERROR;
	return result;
}

static int64_t
do_code_claim(struct broker_op_call *p)
{
	const struct store_right right = right_of(p);

	return store_code_claim(p->s, &p->ask->code, &right);
}

/* The store requires a guess. One that is not counted makes it refund
 * nothing. */
static int64_t
do_code_recent(struct broker_op_call *p)
{
	static const struct store_guess_token none;
	const struct store_counted nothing = { p->who->is.user,
		p->who->is.source, &none };

	return store_code_recent(
	    p->s, &p->ask->code, p->back != NULL ? p->back : &nothing);
}

/* Accepts decoys of the login's own account only. */
static int64_t
do_decoy(struct broker_op_call *p)
{
	char shared[OWNER_STATE_MAX];

	if (p->who->is.account == NULL) {
		p->why = "notes a name of an account that is not shared";
		return -1;
	}
	owner_write_decoy(p->who->is.account, "", shared);
	if (strcmp(shared, p->ask->number) == 0 &&
	    strncmp(shared, p->ask->user, strlen(shared)) == 0)
		return store_decoy(p->s, p->ask->user, shared);
	p->why = "notes a name of another account";
	return -1;
}

static int64_t
do_noop(struct broker_op_call *p)
{
	return store_noop(p->s);
}

static int64_t
do_call(struct broker_op_call *p)
{
	p->why = "asks for a provider's call";
	return -1;
}

#define DOES(act, name, question, answer, does) [BROKER_##act] = (does),
/* Each returns the result of the reply; below 0 it failed. */
static int64_t (*const todo[BROKER_OPS])(
    struct broker_op_call *) = { BROKER_OP_TABLE(DOES) };

static void
answer_end(struct broker_op_call *p, int64_t result)
{
	const struct store_wait_times *spent = store_wait_times();
	const char *server = strchr(spent->where, '@');

	p->own->not_opened = p->s == NULL;
	p->to->result = result;
	p->to->failure = (int)store_failure(p->s);
	p->to->keyless = p->s != NULL && store_is_keyless(p->s);
	if (p->s != NULL && p->to->cause[0] == '\0')
		snprintf(p->to->cause, sizeof(p->to->cause), "%s",
		    store_cause(p->s));
	if (server != NULL && strcmp(server, "@-") != 0)
		snprintf(
		    p->to->server, sizeof(p->to->server), "%s", server + 1);
	if (p->failed || result == -1)
		broker_store_close(p->own);
}

bool
broker_op_run(struct broker_context *own, struct broker_session *who,
    enum broker_op act, const struct broker_request *ask,
    struct broker_reply *answer, const char **why)
{
	struct broker_op_call p = {
		.act = act, .own = own, .who = who, .ask = ask, .to = answer
	};
	int64_t result = -1;

	memset(answer, 0, sizeof(*answer));
	p.why = wrong_order(who, act);
	who->acts++;
	own->acts++;
	if (p.why == NULL && act == BROKER_OPEN) {
		who->peer.open = true;
		who->deadline = frame_clock_ms() + ask->ms;
	}
	who->next_key |= act == BROKER_RECORD && ask->flag;
	if (p.why == NULL && has_handle(&p) &&
	    broker_store_open(own, who, answer->cause)) {
		p.s = own->store;
		result = todo[act](&p);
	}
	if (p.why == NULL)
		answer_end(&p, result);
	own->refused += p.why != NULL;
	*why = p.why;
	return p.why == NULL;
}
