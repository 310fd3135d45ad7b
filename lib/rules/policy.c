/* SPDX-License-Identifier: BSD-2-Clause */
/* Evaluates the rules: facts and settings in, decision out; no look-up, no
 * clock, no I/O. Pure. */
#include "lib/rules/rules.h"

static struct decision
decision_default(const struct settings *cfg)
{
	return (struct decision){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = cfg->on_outage,
		.brand = cfg->brand };
}

static struct decision
decision_of_rule(const struct settings *cfg, size_t rule)
{
	const struct rule *r = &cfg->rule[rule - 1];
	struct decision d = decision_default(cfg);

	d.action = r->action;
	d.rule = rule;
	d.stack = r->stack;
	d.ask_caller = r->ask_caller;
	d.methods = r->methods;
	d.remember_minutes = r->remember_minutes;
	d.remember_key = r->remember_key;
	d.push_blind = r->push_blind;
	d.until = r->until;
	d.why = r->why;
	if (r->on_outage != OUTAGE_UNSET)
		d.on_outage = r->on_outage;
	if (r->brand != NULL)
		d.brand = r->brand;
	return d;
}

/* FAILS if any condition fails, else UNKNOWN if any is unknown. */
static struct rule_result
rule_match(const struct settings *cfg, const struct rule *r,
    const struct rule_facts *f)
{
	struct rule_result result = { .end = POLICY_MATCHES };
	struct condition_lookup l = { conditions, cfg, r, f };

	for (; l.c->name != NULL; l.c++) {
		const enum condition_answer is = l.c->holds(&l);

		if (is == CONDITION_FAILS)
			return (struct rule_result){ POLICY_FAILS, l.c };
		if (is == CONDITION_UNKNOWN)
			result = (struct rule_result){ POLICY_UNKNOWN, l.c };
	}
	return result;
}

static bool
differs_per_user(const struct rule *r)
{
	for (const struct condition *c = conditions; c->name != NULL; c++)
		if (c->differs_per_user && condition_is_set(c, r))
			return true;
	return false;
}

/* Methods that need one. */
static unsigned
without_a_screen(const struct rule_facts *f)
{
	return f->one_field ? METHOD_BIT(METHOD_PAGE) : 0;
}

/* If a condition of a rule with require or deny is unknown, requires a code: a
 * denial would lock out everybody if a directory hides members. */
static struct decision
first_match(const struct settings *cfg, const struct rule_facts *f, bool decoy,
    struct rule_result *each)
{
	struct decision d = decision_default(cfg);
	struct rule_result match, unknown = { .by = NULL };
	size_t first_unknown = 0;

	for (size_t i = 0; d.rule == 0 && i < cfg->rule_count; i++) {
		const struct rule *r = &cfg->rule[i];

		if (decoy && differs_per_user(r))
			continue;
		match = rule_match(cfg, r, f);
		if (each != NULL)
			each[i] = match;
		if (match.end == POLICY_MATCHES)
			d = decision_of_rule(cfg, i + 1);
		if (match.end != POLICY_UNKNOWN)
			continue;
		if (first_unknown == 0) {
			first_unknown = i + 1;
			unknown = match;
		}
		if (!settings_rule_skips_code(r))
			d.rule = i + 1;
	}
	d.unknown = first_unknown;
	d.unknown_by = unknown.by;
	d.methods &= ~without_a_screen(f);
	return d;
}

struct decision
policy_explain(const struct settings *cfg, const struct rule_facts *f,
    struct rule_result *each)
{
	struct decision d;

	for (size_t i = 0; each != NULL && i < cfg->rule_count; i++)
		each[i] = (struct rule_result){ .end = POLICY_NOT_REACHED };
	d = first_match(cfg, f, false, each);
	/* Never allow where the user can stop or starve the process or cut its
	 * network, which looks like an outage; nor if a condition is unknown,
	 * as groups and provider often fail for the same reason. */
	if (d.on_outage == OUTAGE_ALLOW &&
	    (!f->real_root || d.unknown > 0 ||
		day_is_past(cfg->on_outage_until, f->today)))
		d.on_outage = OUTAGE_OFFLINE;
	if (policy_is_proven(&d, f))
		return d;
	if (d.action == ACTION_SKIP || d.action == ACTION_OBSERVE)
		d.action = ACTION_REQUIRE;
	return d;
}

struct decision
policy_decide(const struct settings *cfg, const struct rule_facts *f)
{
	return policy_explain(cfg, f, NULL);
}

struct policy_most
policy_most(const struct settings *cfg, const struct rule_facts *f)
{
	struct policy_most most = { .proven = f->first_factor,
		.methods = METHOD_ALL };
	struct rule_result match = { .end = POLICY_NOT_REACHED };
	bool unknown = false;

	for (size_t i = 0; match.end != POLICY_MATCHES && i < cfg->rule_count;
	     i++) {
		const struct rule *r = &cfg->rule[i];

		match = rule_match(cfg, r, f);
		if (match.end == POLICY_FAILS)
			continue;
		/* whether the record has that key is not known */
		if (strcmp(r->keys, "sk") == 0)
			match.end = POLICY_UNKNOWN;
		most.proven |= r->stack;
		most.ask_caller |= r->ask_caller;
		most.ask_user |= !r->ask_caller;
		if (r->remember_minutes >
		    most.remember_minutes[r->remember_key])
			most.remember_minutes[r->remember_key] =
			    r->remember_minutes;
		unknown |= match.end == POLICY_UNKNOWN;
		most.asks |= unknown || r->action == ACTION_REQUIRE;
		if (match.end == POLICY_MATCHES && !unknown)
			most.methods = r->methods;
	}
	most.asks |= match.end != POLICY_MATCHES;
	most.ask_user |= match.end != POLICY_MATCHES;
	most.methods &= ~without_a_screen(f);
	return most;
}

struct decision
policy_decide_decoy(const struct settings *cfg, const struct rule_facts *f)
{
	return first_match(cfg, f, true, NULL);
}

bool
policy_needs_groups(const struct settings *cfg, const struct rule_facts *f)
{
	struct rule_facts no_groups = *f;
	size_t count = cfg->rule_count;

	no_groups.groups = 0;
	while (count > 0 && cfg->rule[count - 1].groups.count == 0)
		count--; /* most settings have none */
	for (size_t i = 0; i < count; i++) {
		const enum rule_end end =
		    rule_match(cfg, &cfg->rule[i], &no_groups).end;

		if (end == POLICY_MATCHES)
			return false;
		if (end == POLICY_UNKNOWN && cfg->rule[i].groups.count > 0)
			return true;
	}
	return false;
}

bool
policy_is_proven(const struct decision *d, const struct rule_facts *f)
{
	return f->first_factor || d->stack;
}

bool
policy_needs_caller(const struct decision *d, const struct rule_facts *f)
{
	return d->ask_caller && !f->real_root && f->socket_uid == 0;
}
