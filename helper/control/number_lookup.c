/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a look-up provider about a phone number. */
#include "helper/control/control.h"
#include <stdlib.h>
#include "helper/control/control_inside.h"

static const struct provider_conf *
first_lookup(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (provider_has_call(conf->provider[i].type, CALL_LOOKUP))
			return &conf->provider[i];
	return NULL;
}

/* Makes one call about this record; fills answer's request_id and lookup. */
enum outcome
number_lookup_ask(const struct environment *env, const struct provider_conf *p,
    const struct user_record *record, enum provider_call_kind what,
    struct provider_ctx *answer)
{
	/* nothing is sent, so no brand is needed */
	const struct decision decision = { .brand = "" };
	struct provider_call *x = calloc(1, sizeof(*x));
	enum outcome o;

	if (x == NULL)
		return OUTCOME_DENY;
	provider_call_init(x, env, p, record, &decision);
	x->ctx.lookup = answer->lookup;
	o = provider_call_run(x, what, NULL, &(bool){ false });
	memcpy(
	    answer->request_id, x->ctx.request_id, sizeof(answer->request_id));
	explicit_bzero(x, sizeof(*x));
	free(x);
	return o;
}

/* A reply "not a phone number" (LOOKUP_NO) counts as known, too. */
bool
number_lookup_run(const struct environment *env,
    const struct user_record *record, struct number_facts *lookup)
{
	const struct provider_conf *p = first_lookup(env->conf);
	struct provider_ctx answer = { .lookup = lookup };

	memset(lookup, 0, sizeof(*lookup));
	if (p == NULL || record->phone[0] == '\0')
		return false;
	if (number_lookup_ask(env, p, record, CALL_LOOKUP, &answer) ==
		OUTCOME_OK ||
	    lookup->valid == LOOKUP_NO)
		return true;
	memset(lookup, 0, sizeof(*lookup));
	return false;
}
