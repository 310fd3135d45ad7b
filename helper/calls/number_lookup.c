/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask a provider about a phone number, before it is enrolled. */
#include "helper/calls/number_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "helper/calls/provider_call.h"

static const struct provider_conf *
first_lookup(const struct config *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].ops->lookup_request != NULL)
			return &conf->provider[i];
	return NULL;
}

/* A number that is none is an answer, too. */
static bool
ask(struct exchange *x, struct lookup *lookup)
{
	bool maybe_sent = false;

	x->lookup = lookup;
	return exchange_run(x, CALL_LOOKUP, NULL, &maybe_sent) == OUTCOME_OK ||
	    lookup->valid == LOOKUP_NO;
}

bool
lookup_run(const struct session_env *env, const struct user_record *record,
    struct lookup *lookup)
{
	/* no message goes out, so nobody's name stands in one */
	const struct decision decision = { .brand = "" };
	const struct provider_conf *p = first_lookup(env->conf);
	struct exchange *x;
	bool known;

	memset(lookup, 0, sizeof(*lookup));
	if (p == NULL || record->phone[0] == '\0')
		return false;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return false;
	exchange_aim(x, env, p, record, &decision);
	known = ask(x, lookup);
	explicit_bzero(x, sizeof(*x));
	free(x);
	if (!known)
		memset(lookup, 0, sizeof(*lookup));
	return known;
}
