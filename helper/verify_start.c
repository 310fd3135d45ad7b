/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of a verification, and keeping what came of it. */
#include "helper/verify.h"

#include <string.h>

#include "helper/latency.h"
#include "helper/log.h"
#include "helper/statedir.h"

void
verify_remember(const struct verify *v, int64_t start_ms, int64_t check_ms)
{
	char dir[STATEDIR_MAX];

	if (statedir_of(v->env->conf->state, dir) == 0)
		latency_add(dir, start_ms, check_ms);
}

/* The start was accepted: keep its id, so that other logins can join. */
static int
started(struct verify *v, enum method method)
{
	int64_t now = v->env->now(v->env->ctx);

	v->row.method = method;
	v->row.sent_at = now;
	v->row.expires_at = now + v->x.p->expiry_ms;
	v->row.sends++;
	v->row.send = v->send_id;
	memcpy(v->row.request_id, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	memcpy(v->result->request, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	v->result->method = method;
	v->age_s = -1;
	if (store_started(v->store, v->row.id, v->env->number,
		v->row.request_id, method, now, v->row.expires_at,
		v->row.send) == 0)
		return 0;
	log_mend("a code was sent, but its id could not be kept: %s",
	    store_cause(v->store));
	/* else the next login would wait for this start */
	store_unknown(v->store, v->row.id, v->env->number, now);
	return -1;
}

enum outcome
verify_start(struct verify *v, enum method method, bool *maybe_sent)
{
	int64_t before = frame_clock_ms();
	enum outcome o;

	v->x.ctx.method = method;
	v->x.ctx.request_id[0] = '\0';
	o = exchange_run(&v->x, CALL_START, NULL, maybe_sent);
	v->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK) {
		verify_remember(v, v->result->start_ms, 0);
		return started(v, method) == 0 ? OUTCOME_OK : OUTCOME_DENY;
	}
	if (*maybe_sent) {
		store_unknown(v->store, v->row.id, v->env->number,
		    v->env->now(v->env->ctx));
		return o;
	}
	verify_send_refund(v);
	store_unsent(v->store, v->row.id, v->env->number);
	return o;
}
