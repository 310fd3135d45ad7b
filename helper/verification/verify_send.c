/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification's messages against the limits. */
#include "helper/verification/verify.h"

#include "lib/system/log.h"

bool
verify_send_take(struct verify *v)
{
	const struct store_send_key key = { .user = v->user,
		.number = verify_target(v->record),
		.source = v->source,
		.carried = v->carried };
	const char *which = "";

	if (v->counted)
		return true;
	v->wait_s = 0;
	v->send_id = 0;
	switch (store_send_take(v->store, &key, &v->env->conf->sends,
	    v->env->wall(v->env->ctx), &v->send_id, &v->wait_s, &which)) {
	case SEND_TAKEN:
		v->counted = true;
		return true;
	case SEND_WAIT:
		log_notice("%s may have no more codes for %lld s: %s is used "
			   "up",
		    v->user, (long long)v->wait_s, which);
		return false;
	case SEND_ERROR:
		break;
	}
	return false;
}

void
verify_send_refund(struct verify *v)
{
	if (v->send_id != 0)
		store_send_refund(v->store, v->send_id);
	v->send_id = 0;
	v->counted = false;
}
