/* SPDX-License-Identifier: BSD-2-Clause */
/* Using a running verification where none may be started or ended. */
#include "helper/verification/verify.h"

#include "helper/verification/claim_key.h"
#include "lib/rules/rules.h"

/* Join at one provider. *there: the provider where it runs instead, else
 * NULL. */
static enum store_claim
claim_at(struct verify *v, const struct provider_conf *p,
    const struct provider_conf **there)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, p);
	enum store_claim c;

	*there = NULL;
	verify_aim(v, p);
	c = verify_claim(v, methods, verify_preferred(v, methods), METHOD_NONE);
	if (c == CLAIM_ELSEWHERE &&
	    claim_key_joins(
		l->env->conf, l->record, l->decision->methods, &v->row))
		*there = claim_key_provider(l->env->conf, &v->row);
	return c;
}

enum challenge_step
verify_join(struct verify *v)
{
	const struct login *l = v->login;
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX], *there;
	enum store_claim c;

	if (reach_order(l->env->conf, l->record, l->decision->methods, order) ==
	    0)
		return STEP_WAIT;
	c = claim_at(v, order[0], &there);
	if (there != NULL)
		c = claim_at(v, there, &there);
	if (c == CLAIM_ERROR)
		return verify_state_failed(v, END_NOT_SENT);
	if (c != CLAIM_JOINED || !verify_can_check(v)) {
		l->result->provider[0] = '\0';
		return STEP_WAIT;
	}
	verify_joined(v);
	return STEP_ASK;
}
