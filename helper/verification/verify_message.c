/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending a message, and storing the result. */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

int64_t
verify_start_limit_ms(const struct provider_conf *p)
{
	/* includes sending a throttled start once more */
	return p->timeout_ms * 2 + 35000;
}

void
verify_remember(const struct verify *v, int64_t start_ms, int64_t check_ms)
{
	const char *dir = v->login->env->conf->state_dir;

	if (v->login->env->stranger != NULL)
		return; /* a made-up person's times come from these */
	if (start_ms > 0)
		latency_add(dir, LATENCY_START, start_ms);
	if (check_ms > 0)
		latency_add(dir, LATENCY_CHECK, check_ms);
}

/* How long the provider keeps open what this method sends now. */
static int64_t
lasts_ms(const struct verify *v, enum method method)
{
	const struct provider_conf *p = v->x.p;
	int64_t life_ms = p->expiry_ms;

	if (p->type->life_ms != NULL && p->type->life_ms(p, method) > life_ms)
		life_ms = p->type->life_ms(p, method);
	return life_ms;
}

void
verify_row_times(struct verify *v)
{
	const int64_t now = login_now(v->login);

	v->sent_at = now - v->row.age_ms;
	v->expires_at = now + v->row.left_ms;
	v->ends_at = now + v->row.over_ms;
}

void
verify_take_id(struct verify *v)
{
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	v->x.ctx.past_deadline = login_now(v->login) >= v->expires_at;
}

/* Store what other logins need to join. The number may have changed, and the
 * provider may keep it open longer than its code is valid. */
static int
row_keep(struct verify *v, enum method was)
{
	const struct login *l = v->login;
	const char *before = reach_receiver(l->record, v->x.p, was);
	const char *now = reach_receiver(l->record, v->x.p, v->row.method);
	const int64_t lasts = lasts_ms(v, v->row.method);
	struct store_started to = { .id = v->row.id,
		.request_id = v->row.request_id,
		.method = v->row.method,
		.life_ms = v->expires_at - v->sent_at,
		.send = v->row.send,
		.price = v->row.send != 0 ? v->x.ctx.price : 0 };

	if (strcmp(before, now) != 0 && l->env->stranger == NULL)
		to.number = now;
	/* further steps of a verification end when the first would have */
	if (v->row.sends == 1 && lasts > to.life_ms)
		to.lasts_ms = lasts;
	if (v->x.p->type->own_code) {
		to.verifier = v->own_verifier;
		to.beside = v->own_beside;
	}
	return store_started(l->store, &to);
}

int
verify_keep(struct verify *v, enum method method, int64_t expires_at)
{
	const struct login *l = v->login;
	const enum method was = v->row.method;
	int rc;

	v->row.method = method;
	v->sent_at = login_now(l);
	v->expires_at = expires_at;
	v->row.sends++;
	v->row.send = v->send_id;
	memcpy(v->row.request_id, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	memcpy(l->result->request, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	l->result->method = method;
	v->age_s = -1;
	rc = row_keep(v, was);
	if (rc != 0 && rc != STORE_JOIN)
		log_mend("a code was sent, but its id could not be kept: %s",
		    store_cause(l->store));
	v->clashed = rc == STORE_CLASH;
	v->joins = rc == STORE_JOIN;
	return rc;
}

/* The provider answered that it is out of order: most likely nothing was sent,
 * and another one can be asked. */
static bool
out_of_order(const struct verify *v)
{
	return v->x.reply.fate == HTTP_REPLIED &&
	    !provider_call_answered(&v->x) && v->others_left &&
	    v->login->env->conf->failover_after_unknown;
}

/* True when a code is still valid. */
static bool
runs_still(const struct verify *v)
{
	return v->row.request_id[0] != '\0' &&
	    v->expires_at > login_now(v->login);
}

/* Log the vendor's id of the message. */
static void
log_id(const struct verify *v)
{
	struct login_line id = { 0 };

	login_line_quoted(&id, "vendor", v->x.ctx.request_id);
	log_debug("provider %s: message:%s", v->x.p->name, id.text);
}

/* We made the code, so the person can type it even when it is unknown whether
 * the message was sent; then the code before is valid too. */
static enum outcome
own_sent(struct verify *v, enum outcome o, bool *maybe_sent)
{
	if (o == OUTCOME_OK)
		log_id(v);
	else if (!*maybe_sent || out_of_order(v) ||
	    (runs_still(v) && verify_own_beside(v) != 0))
		return o;
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
	if (own && verify_own_make(v) != 0)
		return OUTCOME_CONFIG;
	o = provider_call_run(&v->x, CALL_START, NULL, maybe_sent);
	if (provider_call_silent(&v->x, o))
		verify_pass_over(v);
	return own ? own_sent(v, o, maybe_sent) : o;
}

/* It was accepted. A further message does not make the code valid for longer.
 * But if the same code came again after our own time, the provider still
 * accepts it. */
static enum outcome
accepted(struct verify *v, enum method method, bool *maybe_sent)
{
	const int64_t now = login_now(v->login);
	int64_t expires_at = now + v->x.p->expiry_ms;

	v->same_code = strcmp(v->row.request_id, v->x.ctx.request_id) == 0;
	if (v->same_code && v->expires_at > now)
		expires_at = v->expires_at;
	if (verify_keep(v, method, expires_at) == 0)
		return OUTCOME_OK;
	*maybe_sent = true;
	return OUTCOME_DENY;
}

enum outcome
verify_message(struct verify *v, enum method method, bool *maybe_sent)
{
	int64_t before = frame_clock_ms();
	enum outcome o = send_message(v, method, maybe_sent);

	v->clashed = v->joins = false;
	v->login->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK) {
		verify_remember(v, v->login->result->start_ms, 0);
		o = accepted(v, method, maybe_sent);
	}
	verify_own_wipe(v);
	return o;
}

enum outcome
verify_start(struct verify *v, enum method method, bool *maybe_sent)
{
	const struct login *l = v->login;
	enum outcome o = verify_message(v, method, maybe_sent);

	if (o == OUTCOME_OK || v->joins)
		return o;
	if (*maybe_sent) {
		/* otherwise the next login would wait for this start */
		store_unknown(l->store, v->row.id);
		return o;
	}
	verify_budget_refund(v);
	store_unsent(l->store, v->row.id);
	return o;
}
