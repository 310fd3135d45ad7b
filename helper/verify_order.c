/* SPDX-License-Identifier: BSD-2-Clause */
/* Which providers can reach this user, by which methods, in which order. */
#include "helper/verify.h"

#include <string.h>

#include "helper/log.h"
#include "helper/store_passed.h"

/* So long another one is asked first. */
#define PASSED_OVER_MS 60000

/* The methods that deliver a code to this record; allowed_prefixes judge
 * phones alone. */
static unsigned
reachable(const struct verify *v, const struct provider_ops *ops)
{
	const struct user_record *r = v->record;
	const bool phone = r->phone[0] != '\0';
	const bool allowed = policy_number_allowed(v->env->conf, r->phone);
	unsigned methods = 0;

	if (ops->by_authy_id)
		return r->authy_id[0] != '\0' && (allowed || !phone)
		    ? METHODS_PHONE
		    : 0;
	if (phone && allowed)
		methods |= METHODS_PHONE;
	if (r->email[0] != '\0')
		methods |= METHOD_BIT(METHOD_EMAIL);
	return methods;
}

unsigned
verify_methods(const struct verify *v, const struct provider_conf *p)
{
	unsigned mine = 0;
	size_t i;

	for (i = 0; i < v->record->channels; i++)
		mine |= METHOD_BIT(v->record->channel[i]);
	return mine & v->decision->methods & provider_methods(p) &
	    reachable(v, p->ops);
}

enum method
verify_preferred(const struct verify *v, unsigned methods)
{
	size_t i;

	for (i = 0; i < v->record->channels; i++)
		if ((methods & METHOD_BIT(v->record->channel[i])) != 0)
			return v->record->channel[i];
	return METHOD_NONE;
}

bool
verify_usable(const struct verify *v)
{
	const struct provider_conf *p;
	size_t n;

	for (n = 0; (p = policy_provider(v->env->conf, v->record, n)) != NULL;
	     n++)
		if (verify_methods(v, p) != 0)
			return true;
	return false;
}

const char *
verify_target(const struct user_record *r)
{
	if (r->phone[0] != '\0')
		return r->phone;
	return r->email[0] != '\0' ? r->email : r->authy_id;
}

void
verify_pass_over(const struct verify *v)
{
	if (store_pass_over(v->store, v->x.p->name,
		v->env->now(v->env->ctx) + PASSED_OVER_MS) != 0)
		log_mend("%s", store_cause(v->store));
}

/* Advice alone: a state that cannot tell denies elsewhere. */
static bool
passed_over(const struct verify *v, const struct provider_conf *p)
{
	return store_passed_over(v->store, p->name, v->env->now(v->env->ctx),
		   PASSED_OVER_MS) == 1;
}

size_t
verify_order(const struct verify *v,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX])
{
	const struct provider_conf *late[CONFIG_PROVIDERS_MAX], *p;
	size_t n, count = 0, last = 0;

	for (n = 0; (p = policy_provider(v->env->conf, v->record, n)) != NULL;
	     n++) {
		if (verify_methods(v, p) == 0)
			continue;
		if (passed_over(v, p))
			late[last++] = p;
		else
			order[count++] = p;
	}
	for (n = 0; n < last; n++)
		order[count++] = late[n];
	return count;
}
