/* SPDX-License-Identifier: BSD-2-Clause */
/* The list rules = ( ) of twofa.conf, with what a rule does; conditions.c has
 * when it applies. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>

#define RULES_MAX 4096

const struct setting_choice settings_outages[] = {
	{ "offline", OUTAGE_OFFLINE },
	{ "deny", OUTAGE_DENY },
	{ "allow", OUTAGE_ALLOW },
	{ 0 },
};

static const struct setting_choice rules_actions[] = {
	{ "skip", ACTION_SKIP },
	{ "deny", ACTION_DENY },
	{ "require", ACTION_REQUIRE },
	{ "observe", ACTION_OBSERVE },
	{ 0 },
};

static void
read_methods(const struct setting *v, void *field)
{
	unsigned *methods = field;
	const size_t n = setting_list_len(v, SIZE_MAX, "");

	*methods = n > 0 ? 0 : METHOD_ALL;
	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);
		const char *name = setting_text(&one);
		enum method m;

		if (name == NULL)
			continue;
		m = method_from_name(name);
		if (m == METHOD_NONE)
			setting_reject(&one, "\"%.40s\" is unknown", name);
		else
			*methods |= METHOD_BIT(m);
	}
}

static void
read_outage(const struct setting *v, void *field)
{
	if (v->s != NULL)
		setting_read_choice(v, field);
	else
		*(enum on_outage *)field = OUTAGE_UNSET;
}

/* clang-format off */
static const struct setting_entry rules_entries[] = {
	{ "action", setting_read_choice, SETTING_AT(rule, action),
	    .max = SETTING_TEXT_MAX, .choice = rules_actions, .dflt = "require" },
	{ "methods", read_methods, SETTING_AT(rule, methods), .max = SETTING_TEXT_MAX,
	    .allowed = "a list of \"sms\", \"voice\", \"whatsapp\", \"email\", "
	    "\"push\", \"totp\", \"recovery\", \"bypass\"" },
	SETTING_EITHER("first_factor", rule, stack, "seen", "stack"),
	SETTING_EITHER("ask", rule, ask_caller, "target", "caller"),
	{ "on_outage", read_outage, SETTING_AT(rule, on_outage),
	    .max = SETTING_TEXT_MAX, .choice = settings_outages },
	{ "brand", setting_read_phrase, SETTING_AT(rule, brand),
	    .min = 1, .max = PROVIDER_BRAND_MAX },
	SETTING_UNSIGNED("remember_minutes", rule, remember_minutes, 0, 43200, "0"),
	SETTING_EITHER("remember_with", rule, remember_key, "key+address", "key"),
	SETTING_BOOL("push_blind", rule, push_blind, "false"),
	{ "why", setting_read_phrase, SETTING_AT(rule, why), .min = 1,
	    .max = FRAME_WHY_MAX },
};

/* clang-format on */
const struct setting_section settings_action_keys =
    SETTING_SECTION(rules_entries, NULL);

/* Only a rule for other services can trust the PAM stack: sshd reports its own
 * methods, and a rule without services includes sshd. */
static void
check_stack(struct setting_scope *scope, const struct config_setting_t *group,
    const struct rule *rule)
{
	if (!rule->stack)
		return;
	if (rule->services.count > 0 &&
	    !settings_list_has(&rule->services, "sshd"))
		return;
	setting_error_at(scope, group, "first_factor",
	    "\"stack\" in a rule that %s; expected \"stack\" with services "
	    "other than sshd, or \"seen\"",
	    rule->services.count > 0 ? "names sshd" : "names no services");
}

/* Only sshd reports keys; a service at user.sock could forge them. More than a
 * day takes a setting that says what it is bound to. */
static void
check_keys(struct setting_scope *scope, const struct config_setting_t *group,
    const struct rule *rule)
{
	static const char *const keys[] = { "keys", "remember_with" };
	const bool alone = rule->services.count == 1 &&
	    settings_list_has(&rule->services, "sshd");

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (!alone && config_setting_get_member(group, keys[i]) != NULL)
			setting_error_at(scope, group, keys[i],
			    "in a rule that is not sshd's alone; expected only "
			    "with services = [\"sshd\"]");
	if (rule->remember_minutes > SETTINGS_DAY_MINUTES &&
	    config_setting_get_member(group, "remember_with") == NULL)
		setting_error_at(scope, group, "remember_minutes",
		    "is %u; expected 0 to %d (a day), or up to 43200 with "
		    "services = [\"sshd\"] and remember_with",
		    rule->remember_minutes, SETTINGS_DAY_MINUTES);
}

/* Only these have a separate caller; sudo by its setting targetpw and the like,
 * else its caller is the user. */
static void
check_ask(struct setting_scope *scope, const struct config_setting_t *group,
    const struct rule *rule)
{
	static const char *const with_caller[] = { "su", "su-l", "sudo",
		"sudo-i", NULL };
	bool su = rule->services.count > 0;

	/* a name is NULL after an error, which was reported */
	for (size_t i = 0; i < rule->services.count; i++)
		if (rule->services.item[i] != NULL &&
		    !text_is_one_of(rule->services.item[i], with_caller))
			su = false;
	if (rule->ask_caller && !su)
		setting_error_at(scope, group, "ask",
		    "\"caller\" in a rule %s; expected \"caller\" with no "
		    "services but su, su-l, sudo and sudo-i, or \"target\"",
		    rule->services.count > 0
			? "with other services than su and sudo"
			: "that names no services");
}

void
settings_rules_read(const struct setting *v, void *field)
{
	struct settings *c = field;

	/* As without the key, no rule matches if the list is empty. */
	if (c->rule != NULL /* preloaded */ || v->s == NULL ||
	    (!config_setting_is_group(v->s) &&
		config_setting_length(v->s) == 0 &&
		config_setting_is_aggregate(v->s)))
		return;
	c->rule = setting_list_alloc(
	    v, RULES_MAX, "rules", sizeof(c->rule[0]), &c->rule_count);
	for (size_t i = 0; i < c->rule_count; i++) {
		const struct setting one = setting_item(v, i);

		if (!setting_is_group(&one))
			continue;
		(void)setting_section_read(&one, &c->rule[i]);
		check_stack(v->scope, one.s, &c->rule[i]);
		check_ask(v->scope, one.s, &c->rule[i]);
		check_keys(v->scope, one.s, &c->rule[i]);
	}
}

static const char *
choice_word(const struct setting_choice *c, int value)
{
	while (c->name != NULL && c->value != value)
		c++;
	return c->name != NULL ? c->name : "";
}

const char *
settings_action_name(enum action action)
{
	return choice_word(rules_actions, (int)action);
}

const char *
settings_on_outage_name(enum on_outage outage)
{
	return choice_word(settings_outages, (int)outage);
}
