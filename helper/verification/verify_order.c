/* SPDX-License-Identifier: BSD-2-Clause */
/* Which providers can reach this user, by which methods, in which order. */
#include "helper/verification/verify.h"

#include "helper/store/store.h"
#include "helper/verification/login_steps.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

unsigned
verify_methods(const struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	return reach_methods(l->env->conf, l->record, l->decision->methods, p);
}

enum method
verify_preferred(const struct verify *v, unsigned methods)
{
	return reach_preferred(v->login->record, methods);
}

const char *
verify_counted_as(const struct user_record *r)
{
	if (r->phone[0] != '\0')
		return r->phone;
	return r->email[0] != '\0' ? r->email : r->authy_id;
}

void
verify_pass_over(const struct verify *v)
{
	const struct login *l = v->login;

	if (store_pass_over(l->store, v->x.p->name, STORE_PASSED_MS) != 0)
		log_mend("%s", store_cause(l->store));
}

void
verify_passed_last(const struct login *l,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX], size_t count)
{
	bool passed[CONFIG_PROVIDERS_MAX] = { false };

	for (size_t n = 0; n < count; n++)
		passed[n] = l->steps->passed(l, order[n]);
	reach_passed_last(passed, order, count);
}

size_t
verify_order(const struct verify *v,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX])
{
	const struct login *l = v->login;
	const struct settings *conf = l->env->conf;
	const size_t count =
	    reach_order(conf, l->record, l->decision->methods, order);

	verify_passed_last(l, order, count);
	return count;
}
