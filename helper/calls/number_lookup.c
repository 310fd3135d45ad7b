/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/calls/number_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "helper/providers/providers.h"

static const struct provider_conf *
first_lookup(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (provider_ops(conf->provider[i].type)->lookup_request !=
		    NULL)
			return &conf->provider[i];
	return NULL;
}

/* "Not a phone number" is an answer, too. */
static bool
ask(struct provider_call *x, struct number_facts *lookup)
{
	bool maybe_sent = false;

	x->lookup = lookup;
	return provider_call_run(x, CALL_LOOKUP, NULL, &maybe_sent) ==
	    OUTCOME_OK ||
	    lookup->valid == LOOKUP_NO;
}

bool
number_lookup_run(const struct environment *env,
    const struct user_record *record, struct number_facts *lookup)
{
	/* nothing is sent, so no brand is needed */
	const struct decision decision = { .brand = "" };
	const struct provider_conf *p = first_lookup(env->conf);
	struct provider_call *x;
	bool known;

	memset(lookup, 0, sizeof(*lookup));
	if (p == NULL || record->phone[0] == '\0')
		return false;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return false;
	provider_call_aim(x, env, p, record, &decision);
	known = ask(x, lookup);
	explicit_bzero(x, sizeof(*x));
	free(x);
	if (!known)
		memset(lookup, 0, sizeof(*lookup));
	return known;
}
