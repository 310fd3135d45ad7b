/* SPDX-License-Identifier: BSD-2-Clause */
/* Which providers can send the first message of a login. */
#include "helper/verification/verify.h"

#include "helper/verification/claim_key.h"
#include "lib/rules/rules.h"

void
verify_candidates(const struct login *l, struct store_begin *ask)
{
	const struct settings *conf = l->env->conf;
	const unsigned allowed = l->decision->methods;
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];

	ask->count = reach_order(conf, l->record, allowed, order);
	for (size_t n = 0; n < ask->count; n++) {
		const unsigned methods =
		    reach_methods(conf, l->record, allowed, order[n]);
		const enum method method = reach_preferred(l->record, methods);

		ask->candidate[n] =
		    (struct store_candidate){ claim_key(l, order[n], method),
			    methods, method, verify_start_limit_ms(order[n]) };
	}
	ask->message = verify_message_key(l);
}
