/* SPDX-License-Identifier: BSD-2-Clause */
/* The list rules = ( ) of twofa.conf. */
#include "lib/settings/setting_keys.h"

#include <libconfig.h>
#include <stdlib.h>

#define RULES_MAX 4096

void
conf_read_from(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct network_list *list = &((struct rule *)field)->from;
	size_t n = s != NULL ? setting_list_len(scope, e, s) : 0;

	if (n == 0)
		return;
	list->item = calloc(n, sizeof(list->item[0]));
	if (list->item == NULL) {
		settings_error(scope, setting_line(s), e->key, "out of memory");
		return;
	}
	list->count = n;
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *elem =
		    config_setting_get_elem(s, (unsigned)i);
		const char *text = setting_text(scope, e, elem);

		if (text != NULL && network_parse(text, &list->item[i]) != 0)
			setting_wrong(scope, e, elem,
			    "\"%.60s\" is no numeric network", text);
	}
}

void
conf_read_console(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct rule *rule = field;

	rule->console_set = s != NULL;
	setting_read_bool(scope, e, s, &rule->console);
}

void
conf_read_methods(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct rule *rule = field;
	size_t n = s != NULL ? setting_list_len(scope, e, s) : 0;

	rule->methods = n > 0 ? 0 : METHOD_ALL;
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *elem =
		    config_setting_get_elem(s, (unsigned)i);
		const char *name = setting_text(scope, e, elem);
		enum method m;

		if (name == NULL)
			continue;
		m = method_of_name(name);
		if (m == METHOD_NONE)
			setting_wrong(
			    scope, e, elem, "\"%.40s\" is unknown", name);
		else
			rule->methods |= METHOD_BIT(m);
	}
}

void
conf_read_rule_outage(struct setting_scope *scope,
    const struct setting_entry *e, const struct config_setting_t *s,
    void *field)
{
	if (s != NULL)
		setting_read_choice(scope, e, s, field);
	else
		*(enum on_outage *)field = OUTAGE_UNSET;
}

/* sshd reports its own methods, and a rule for every service holds for sshd
 * too: nobody can vouch for its stack alone. */
static void
check_stack(struct setting_scope *scope, const struct config_setting_t *group,
    const struct rule *rule)
{
	if (!rule->stack)
		return;
	if (rule->services.count > 0 &&
	    !settings_list_has(&rule->services, "sshd"))
		return;
	settings_error(scope,
	    setting_line(config_setting_get_member(group, "first_factor")),
	    "first_factor",
	    "\"stack\" in a rule that %s, allowed: \"stack\" with services "
	    "other than sshd, or \"seen\"",
	    rule->services.count > 0 ? "names sshd" : "names no services");
}

void
conf_read_rules(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct settings *c = field;
	const struct setting_entry *entry;
	size_t entries, n;

	/* An empty list says what an absent one does: no rule matches. */
	if (s == NULL ||
	    (!config_setting_is_group(s) && config_setting_length(s) == 0 &&
		config_setting_is_aggregate(s)))
		return;
	n = setting_list_len(scope, e, s);
	if (n > RULES_MAX) {
		setting_wrong(scope, e, s, "has %zu rules", n);
		return;
	}
	c->rule = n > 0 ? calloc(n, sizeof(c->rule[0])) : NULL;
	if (n > 0 && c->rule == NULL) {
		settings_error(scope, setting_line(s), e->key, "out of memory");
		return;
	}
	c->rule_count = n;
	entry = setting_section(CONF_RULE, &entries);
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *group =
		    config_setting_get_elem(s, (unsigned)i);

		if (!setting_is_group(scope, e, group))
			continue;
		setting_known(scope, group, CONF_RULE, NULL);
		setting_group_read(scope, entry, entries, group, &c->rule[i]);
		check_stack(scope, group, &c->rule[i]);
	}
}
