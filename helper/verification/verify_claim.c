/* SPDX-License-Identifier: BSD-2-Clause */
/* Claiming a verification at one provider. */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/verification/claim_key.h"
#include "helper/verification/login_steps.h"

#define CLAIM_POLL_MS 100

void
verify_aim(struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	provider_call_aim(&v->x, l->env, p, l->record, l->decision);
	strncpy(l->result->provider, p->name, sizeof(l->result->provider) - 1);
}

enum store_claim
verify_claim(
    struct verify *v, unsigned methods, enum method receiver, enum method begin)
{
	const struct login *l = v->login;
	const struct store_key key = claim_key(l, v->x.p, receiver);
	const int64_t limit_ms = verify_start_limit_ms(v->x.p);
	int64_t start_ms = limit_ms;
	enum store_claim c;

	for (;;) {
		c = l->steps->claim(l, &key, methods, begin, start_ms, &v->row);
		verify_row_times(v);
		if (c == CLAIM_JOINED &&
		    claim_key_foreign(v->x.p->type, &v->row))
			return CLAIM_UNFIT;
		if (c != CLAIM_WAIT)
			return c;
		/* its session was killed during the start: its fate is unknown
		 * right away */
		start_ms = login_session_dead(l, v->row.holder) ? 0 : limit_ms;
		if (frame_clock_ms() >= l->env->deadline ||
		    !login_pause(l, start_ms == 0 ? 0 : CLAIM_POLL_MS))
			return CLAIM_WAIT;
	}
}

void
verify_joined(struct verify *v)
{
	const int64_t age = v->row.age_ms;

	v->age_s = age < 0 ? 0 : age / 1000;
	v->login->result->method = v->row.method;
	memcpy(v->login->result->request, v->row.request_id,
	    sizeof(v->row.request_id));
}
