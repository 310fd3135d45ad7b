/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a push and stores the result. */
#include "helper/factors/push_send.h"

#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "lib/system/system.h"

void
push_named(const struct push *p)
{
	struct login_result *r = p->login->result;

	r->method = METHOD_PUSH;
	snprintf(r->provider, sizeof(r->provider), "%s", p->x.p->name);
	memcpy(r->request, p->x.ctx.request_id, sizeof(p->x.ctx.request_id));
}

static enum outcome
opened(struct push *p)
{
	const struct login *l = p->login;
	const int64_t at = login_now(l);
	const struct store_started to = { .id = p->row.id,
		.request_id = p->name,
		.method = METHOD_PUSH,
		.life_ms = p->ends - at,
		.send = p->send };

	push_named(p);
	p->began = at;
	p->due = at + 1000;
	p->state = PUSH_OPEN;
	p->row.method = METHOD_PUSH;
	if (store_started(l->store, &to) == 0)
		return OUTCOME_OK;
	p->state = PUSH_NONE;
	store_unknown(l->store, p->row.id);
	login_state_failed(l);
	return OUTCOME_DENY;
}

/* It was surely not sent. */
static void
unsent(struct push *p)
{
	const struct login *l = p->login;

	store_send_refund(l->store, p->send);
	p->send = 0;
	store_unsent(l->store, p->row.id);
}

enum outcome
push_send(struct push *p, bool *maybe_sent)
{
	const struct login *l = p->login;
	int64_t before = frame_clock_ms();
	enum outcome o;

	o = provider_call_run(&p->x, CALL_START, NULL, maybe_sent);
	l->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK)
		return opened(p);
	if (*maybe_sent)
		store_unknown(l->store, p->row.id);
	else
		unsent(p);
	if (provider_call_silent(&p->x, o) &&
	    store_pass_over(l->store, p->x.p->name, STORE_PASSED_MS) != 0)
		log_mend("%s", store_cause(l->store));
	return o;
}
