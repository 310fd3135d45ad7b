/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a rule matches a login or not, in words. */
#include <stdio.h>
#include <string.h>

#include "twofactl/report/explanation.h"

#define LIST_MAX 120 /* of a list; a longer one ends with ... */

const char *
explainrule_action(enum action action)
{
	static const char *const names[] = {
		[ACTION_DENY] = "deny",
		[ACTION_REQUIRE] = "require",
		[ACTION_SKIP] = "skip",
		[ACTION_OBSERVE] = "observe",
	};

	return names[action];
}

const char *
explainrule_outage(enum on_outage outage)
{
	static const char *const names[] = {
		[OUTAGE_DENY] = "deny",
		[OUTAGE_OFFLINE] = "offline",
		[OUTAGE_ALLOW] = "allow",
		[OUTAGE_UNSET] = "",
	};

	return names[outage];
}

bool
explainrule_withheld(const struct explanation *e)
{
	const size_t n = e->decision.rule;
	enum on_outage said = e->conf->on_outage;

	if (n > 0 && e->conf->rule[n - 1].on_outage != OUTAGE_UNSET)
		said = e->conf->rule[n - 1].on_outage;
	return said == OUTAGE_ALLOW && !e->facts.real_root;
}

/* "sudo", "su": as in the settings, cut to fit. */
static const char *
list_text(const struct text_list *list, char out[LIST_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count && used < LIST_MAX; i++)
		used += (size_t)snprintf(out + used, LIST_MAX - used,
		    "%s\"%s\"", i > 0 ? ", " : "", list->item[i]);
	if (used >= LIST_MAX)
		memcpy(out + LIST_MAX - 4, "...", 4);
	return out;
}

static void
why_from(const struct explanation *e, char out[EXPLAIN_WHY_MAX])
{
	if (e->facts.address[0] != '\0')
		snprintf(out, EXPLAIN_WHY_MAX, "from does not hold %s",
		    e->facts.address);
	else
		snprintf(out, EXPLAIN_WHY_MAX,
		    "from: the login has no numeric address");
}

static void
why_group(const struct explanation *e, const struct rule *r,
    char out[EXPLAIN_WHY_MAX])
{
	char list[LIST_MAX];

	snprintf(out, EXPLAIN_WHY_MAX, "groups: %.64s is in none of %s",
	    e->facts.user, list_text(&r->groups, list));
}

static void
why_unknown(const struct explanation *e, const struct rule *r,
    char out[EXPLAIN_WHY_MAX])
{
	const struct group_fact *fact = policy_unknown(r, &e->facts);
	const char *name = fact != NULL ? fact->name : r->groups.item[0];

	if (fact != NULL && fact->why[0] != '\0')
		snprintf(out, EXPLAIN_WHY_MAX,
		    "groups: whether %.64s is in \"%.64s\" is unknown: %s",
		    e->facts.user, name, fact->why);
	else
		snprintf(out, EXPLAIN_WHY_MAX,
		    "groups: \"%.64s\" cannot be found; see: getent group "
		    "%.64s",
		    name, name);
}

void
explainrule_why(
    const struct explanation *e, size_t rule, char out[EXPLAIN_WHY_MAX])
{
	const struct rule *r = &e->conf->rule[rule];
	char list[LIST_MAX];

	switch (e->each[rule]) {
	case RULE_MATCHED:
		snprintf(out, EXPLAIN_WHY_MAX, "matches");
		return;
	case RULE_SERVICE:
		snprintf(out, EXPLAIN_WHY_MAX, "services: \"%.64s\" is not %s",
		    e->facts.service, list_text(&r->services, list));
		return;
	case RULE_USER:
		snprintf(out, EXPLAIN_WHY_MAX, "users: \"%.64s\" is not %s",
		    e->facts.user, list_text(&r->users, list));
		return;
	case RULE_FROM:
		why_from(e, out);
		return;
	case RULE_CONSOLE:
		snprintf(out, EXPLAIN_WHY_MAX,
		    r->console ? "console: this is no login at the console"
			       : "console: this is a login at the console");
		return;
	case RULE_SOCKET:
		snprintf(out, EXPLAIN_WHY_MAX,
		    "it names a service of root's, or lets in without a code "
		    "and uid %lld does not stand in socket_allow_uids",
		    (long long)e->facts.socket_uid);
		return;
	case RULE_GROUP:
		why_group(e, r, out);
		return;
	case RULE_GROUP_UNKNOWN:
		why_unknown(e, r, out);
		return;
	case RULE_NOT_REACHED:
		break;
	}
	snprintf(out, EXPLAIN_WHY_MAX, "not looked at");
}
