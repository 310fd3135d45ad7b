/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up replies about a made-up person. */
#include "helper/calls/made_up_call.h"

#include <stdio.h>

#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

/* Some vendors send further messages under the same id: there it is made from
 * the person's name, so that it stays the same. */
static enum outcome
start(struct provider_call *x)
{
	char name[NONCE_LEN + 1];

	if (x->p->type->again == AGAIN_SAME)
		snprintf(x->ctx.request_id, sizeof(x->ctx.request_id), "%s%s",
		    x->env->stranger, x->ctx.method == METHOD_EMAIL ? "@" : "");
	else if (random_name(name) == 0)
		snprintf(
		    x->ctx.request_id, sizeof(x->ctx.request_id), "%s", name);
	else
		return OUTCOME_CONFIG;
	return OUTCOME_OK;
}

/* Some vendors end the verification after the last wrong code. */
static enum outcome
check(struct provider_call *x)
{
	x->ctx.wrong_codes =
	    x->p->type->ends_itself && x->tries >= x->p->type->wrong_codes;
	return x->ctx.wrong_codes ? OUTCOME_DENY : OUTCOME_WRONG;
}

enum outcome
made_up_call(struct provider_call *x, enum provider_call_kind call)
{
	const bool sends = call == CALL_START || call == CALL_NEXT;
	struct latency_span span = { 0 };

	latency_read(x->env->conf->state_dir,
	    sends ? LATENCY_START : LATENCY_CHECK, &span);
	(void)x->env->pause(x->env->ctx, latency_like(&span));
	x->reply.fate = HTTP_REPLIED;
	x->reply.status = 200;
	x->reply.len = 0;
	x->ctx.wrong_codes = x->ctx.unevaluated = x->ctx.refused = false;
	x->ctx.internal = x->ctx.per_number = false;
	x->ctx.price = 0;
	switch (call) {
	case CALL_START:
		return start(x);
	case CALL_CHECK:
		return check(x);
	case CALL_POLL:
		return OUTCOME_LATER;
	case CALL_CANCEL:
	case CALL_NEXT:
		return OUTCOME_OK;
	case CALL_LOOKUP:
	case CALL_TOKEN:
	case CALL_FACTORS:
	case CALL_PROBE:
		break;
	}
	return OUTCOME_CONFIG;
}
