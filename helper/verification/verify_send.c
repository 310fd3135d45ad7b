/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a message at one provider and stores its result. */
#include "helper/verification/verification_inside.h"

/* Tries to build the request: the settings may have changed since the start.
 * Not for a decoy's, whose id is no provider's. */
bool
verify_may_check(const struct verify *v)
{
	const bool made_up = v->login->env->decoy_person != NULL;
	static const char zeros[] = "0000000000";
	const size_t digits = v->x.p->code_length;
	struct provider_ctx ctx = v->x.ctx;
	struct http_request req;
	int built;

	if (made_up || v->x.p->type->own_code || digits >= sizeof(zeros))
		return made_up || v->x.p->type->own_code;
	memcpy(ctx.request_id, v->row.request_id, sizeof(ctx.request_id));
	ctx.method = v->row.method;
	ctx.nonce[0] = '\0'; /* the request is not sent, so not signed */
	built = provider_ops_build(provider_ops(v->x.p->type), CALL_CHECK, &ctx,
	    zeros + sizeof(zeros) - 1 - digits, &req);
	explicit_bzero(&req, sizeof(req));
	return built == 0;
}

void
verify_fill_begin(const struct login *l, struct store_begin *ask)
{
	const struct settings *conf = l->env->conf;
	const unsigned allowed = l->decision->methods;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];

	ask->count = reach_order(conf, l->record, allowed, order);
	for (size_t n = 0; n < ask->count; n++) {
		const unsigned methods =
		    reach_methods(conf, l->record, allowed, order[n]);
		const enum method method = reach_preferred(l->record, methods);

		ask->candidate[n] = (struct store_candidate){
			verify_claim_key(l, order[n], method), methods, method,
			verify_start_limit_ms(order[n])
		};
	}
	ask->message = verify_message_limit_key(l);
}

int64_t
verify_start_limit_ms(const struct provider_conf *p)
{
	/* includes one repetition of a throttled start */
	return p->timeout_ms * 2 + 35000;
}

void
verify_add_latency(const struct verify *v, int64_t start_ms, int64_t check_ms)
{
	const char *dir = v->login->env->conf->state_dir;

	if (v->login->env->decoy_person != NULL)
		return; /* decoys imitate only real durations */
	if (start_ms > 0)
		latency_add(dir, LATENCY_START, start_ms);
	if (check_ms > 0)
		latency_add(dir, LATENCY_CHECK, check_ms);
}

void
verify_load_times(struct verify *v)
{
	const int64_t now = login_now_ms(v->login);

	v->sent_at = now - v->row.age_ms;
	v->expires_at = now + v->row.left_ms;
	v->ends_at = now + v->row.over_ms;
}

void
verify_load_request(struct verify *v)
{
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	v->x.ctx.past_deadline = login_now_ms(v->login) >= v->expires_at;
}

/* Stores what other logins need to join. The receiver may have changed with the
 * method, and the provider may keep it open longer than its code is valid. */
static int
row_keep(struct verify *v, enum method was)
{
	const struct login *l = v->login;
	const char *before = reach_receiver(l->record, v->x.p, was);
	const char *now = reach_receiver(l->record, v->x.p, v->row.method);
	const int64_t lasts = provider_life_ms(v->x.p, v->row.method);
	struct store_started to = { .id = v->row.id,
		.request_id = v->row.request_id,
		.method = v->row.method,
		.life_ms = v->expires_at - v->sent_at,
		.send = v->row.send,
		.price = v->row.send != 0 ? v->x.ctx.told.price : 0 };

	if (strcmp(before, now) != 0 && l->env->decoy_person == NULL)
		to.number = now;
	/* further messages do not extend a verification */
	if (v->row.sends == 1 && lasts > to.life_ms)
		to.lasts_ms = lasts;
	if (!v->x.p->type->own_code)
		return store_row_set_started(l->store, &to);
	to.code = v->x.ctx.code;
	to.beside = v->own_code_of;
	return store_own_code_started(l->store, l->env->conf, l->user, &to);
}

int
verify_save_sent(struct verify *v, enum method method, int64_t expires_at)
{
	const struct login *l = v->login;
	const enum method was = v->row.method;
	int rc;

	v->row.method = method;
	v->sent_at = login_now_ms(l);
	v->expires_at = expires_at;
	v->row.sends++;
	/* a right code takes no message of the help desk's from the limits */
	v->row.send = v->x.ctx.desk ? 0 : v->send_id;
	memcpy(v->row.request_id, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	memcpy(l->result->request, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	l->result->method = method;
	v->age_s = -1;
	rc = row_keep(v, was);
	if (rc != 0 && rc != STORE_JOIN)
		log_problem("a code was sent, but its id could not be kept: %s",
		    store_cause(l->store));
	v->clashed = rc == STORE_CLASH;
	v->joins = rc == STORE_JOIN;
	return rc;
}

/* A locally generated code can be typed even if the message may not have been
 * sent; then the previous code stays valid as well. */
static enum outcome
own_sent(struct verify *v, enum outcome o, bool *maybe_sent)
{
	/* the provider replied that its service is down, so that probably
	 * nothing was sent, and another provider can be tried */
	const bool out_of_order = v->x.reply.fate == HTTP_REPLIED &&
	    !provider_call_proves_reachable(&v->x) && v->others_left &&
	    v->login->env->conf->failover_after_unknown;
	struct logline id = { 0 };

	logline_put_quoted_value(&id, "vendor", v->x.ctx.request_id);
	if (o == OUTCOME_OK)
		log_debug("provider %s: message:%s", v->x.p->name, id.text);
	else if (!*maybe_sent || out_of_order)
		return o;
	else if (v->row.request_id[0] != '\0' &&
	    v->expires_at > login_now_ms(v->login)) {
		/* one more code of the row, under its id */
		PRINT_TO(v->own_id, "%.*s", RANDOM_NAME_LEN, v->row.request_id);
		v->own_code_of = true;
	}
	*maybe_sent = false;
	memcpy(v->x.ctx.request_id, v->own_id, sizeof(v->own_id));
	return OUTCOME_OK;
}

static enum outcome
send_message(struct verify *v, enum method method, bool *maybe_sent)
{
	const bool own = v->x.p->type->own_code;
	enum outcome o;

	*maybe_sent = v->counted = false;
	v->x.ctx.method = method;
	v->x.ctx.sends = v->row.sends;
	v->x.ctx.request_id[0] = '\0';
	if (own && own_code_new(v) != 0)
		return OUTCOME_CONFIG;
	o = provider_call_run(&v->x, CALL_START, NULL, maybe_sent);
	if (provider_call_was_silent(&v->x, o))
		verify_pass_over(v->login, v->x.p);
	return own ? own_sent(v, o, maybe_sent) : o;
}

/* Stores an accepted message. Repeating a code does not extend its validity,
 * unless it has expired by our own clock: the provider still accepts it. */
static enum outcome
at_provider_accepted(struct verify *v, enum method method, bool *maybe_sent)
{
	const int64_t now = login_now_ms(v->login);
	int64_t expires_at = now + v->x.p->expiry_ms;

	v->same_code = strcmp(v->row.request_id, v->x.ctx.request_id) == 0;
	if (v->same_code && v->expires_at > now)
		expires_at = v->expires_at;
	if (verify_save_sent(v, method, expires_at) == 0)
		return OUTCOME_OK;
	*maybe_sent = true;
	return OUTCOME_DENY;
}

enum outcome
verify_send_next(struct verify *v, enum method method, bool *maybe_sent)
{
	int64_t before = frame_clock_ms();
	enum outcome o = send_message(v, method, maybe_sent);

	v->clashed = v->joins = false;
	v->login->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK) {
		verify_add_latency(v, v->login->result->start_ms, 0);
		o = at_provider_accepted(v, method, maybe_sent);
	}
	explicit_bzero(v->x.ctx.code, sizeof(v->x.ctx.code));
	return o;
}

enum outcome
verify_start(struct verify *v, enum method method, bool *maybe_sent)
{
	const struct login *l = v->login;
	enum outcome o = verify_send_next(v, method, maybe_sent);

	if (o == OUTCOME_OK || v->joins)
		return o;
	if (*maybe_sent) {
		/* else the next login would wait for this start */
		store_row_mark_unknown(l->store, v->row.id);
		return o;
	}
	verify_budget_refund(v);
	store_row_remove_unsent(l->store, v->row.id);
	return o;
}
