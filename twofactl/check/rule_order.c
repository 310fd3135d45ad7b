/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds rules by group that a user can fall through. */
#include "twofactl/check/rule_order.h"

#include <stdbool.h>
#include <stdio.h>

static bool
admits(const struct rule *r)
{
	return r->action == ACTION_SKIP || r->action == ACTION_OBSERVE;
}

/* May a name be in both? An empty list holds every name. */
static bool
lists_meet(const struct text_list *a, const struct text_list *b)
{
	if (a->count == 0 || b->count == 0)
		return true;
	for (size_t i = 0; i < a->count; i++)
		if (settings_list_has(b, a->item[i]))
			return true;
	return false;
}

/* May a login match both, judged by names? */
static bool
rules_meet(const struct rule *a, const struct rule *b)
{
	return lists_meet(&a->services, &b->services) &&
	    lists_meet(&a->users, &b->users) &&
	    (!a->console_set || !b->console_set || a->console == b->console);
}

/* Does it match every login at the other rule's services? */
static bool
covers(const struct rule *r, const struct rule *other)
{
	if (r->users.count > 0 || r->groups.count > 0 || r->from.count > 0 ||
	    r->console_set)
		return false;
	if (r->services.count > 0 && other->services.count == 0)
		return false;
	for (size_t i = 0; r->services.count > 0 && i < other->services.count;
	     i++)
		if (!settings_list_has(&r->services, other->services.item[i]))
			return false;
	return true;
}

/* The first later rule that would let in; from 1, 0: none. */
static size_t
behind(const struct settings *conf, size_t i)
{
	const struct rule *r = &conf->rule[i];

	if (r->groups.count == 0 || admits(r))
		return 0;
	for (size_t k = i + 1; k < conf->rule_count; k++) {
		if (admits(&conf->rule[k]) && rules_meet(r, &conf->rule[k]))
			return k + 1;
		if (covers(&conf->rule[k], r))
			return 0;
	}
	return 0;
}

void
rule_order_text(const struct settings *conf, size_t i, char out[RULE_ORDER_MAX])
{
	const size_t to = behind(conf, i);

	out[0] = '\0';
	if (to > 0)
		snprintf(out, RULE_ORDER_MAX,
		    "rule %zu %s members of its groups, and rule %zu behind it "
		    "lets in without a code: so does a member whom the name "
		    "service does not report; turn it round: name who gets in "
		    "without a code, ask all others (Groups in twofa.conf(5))",
		    i + 1,
		    conf->rule[i].action == ACTION_DENY ? "denies" : "asks",
		    to);
}
