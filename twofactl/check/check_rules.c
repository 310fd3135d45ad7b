/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of rules: groups that are not found, an order that admits hidden
 * members, on_outage, and exceptions. */
#include "twofactl/check/check_inside.h"

#include <errno.h>
#include <stdlib.h>

/* True if the real uid of the service is that of its caller. */
static bool
runs_as_caller(const char *service)
{
	static const char *const names[] = { "sudo", "sudo-i", "su", "su-l",
		"doas", "pkexec", "polkit-1", NULL };

	return text_is_one_of(service, names);
}

static bool
rule_allows(const struct rule *r)
{
	return r->action == ACTION_REQUIRE && r->on_outage == OUTAGE_ALLOW;
}

bool
check_outage_is_idle(const struct rule *r)
{
	for (size_t i = 0; i < r->services.count; i++)
		if (!runs_as_caller(r->services.item[i]))
			return false;
	return rule_allows(r) && r->services.count > 0;
}

void
check_outage_idle_rules(
    const struct settings *conf, const struct settings_report *to)
{
	for (size_t i = 0; i < conf->rule_count; i++)
		if (check_outage_is_idle(&conf->rule[i]))
			terminal_error_to(to,
			    "rule %zu: on_outage = \"allow\" acts as "
			    "\"offline\" where users start the service (sudo, "
			    "su); give those who need it an app or recovery "
			    "codes",
			    i + 1);
}

static void
check_time(const struct settings *conf, const char *what, unsigned methods,
    const char *service, int64_t deadline_ms, const struct settings_report *to)
{
	const int64_t silence_ms = reach_all_timeouts_ms(conf, methods);

	if (silence_ms < deadline_ms)
		return;
	terminal_error_to(to,
	    "%s: on_outage = \"allow\" never admits at %.64s when providers "
	    "are silent: to find that out takes %lld s (timeout_ms of each), "
	    "and a login there has %lld; lower timeout_ms, or raise deadline= "
	    "in /etc/pam.d",
	    what, service, (long long)(silence_ms / 1000),
	    (long long)(deadline_ms / 1000));
}

void
check_outage_deadline(const struct settings *conf, const char *service,
    int64_t deadline_ms, const struct settings_report *to)
{
	char what[32];

	if (runs_as_caller(service))
		return;
	if (conf->on_outage == OUTAGE_ALLOW)
		check_time(
		    conf, "settings", METHOD_ALL, service, deadline_ms, to);
	for (size_t i = 0; i < conf->rule_count; i++) {
		const struct rule *r = &conf->rule[i];

		if (!rule_allows(r) ||
		    (r->services.count > 0 &&
			!settings_list_has(&r->services, service)))
			continue;
		PRINT_TO(what, "rule %zu", i + 1);
		check_time(conf, what, r->methods, service, deadline_ms, to);
	}
}

static bool
may_allow(const struct settings *conf)
{
	for (size_t i = 0; i < conf->rule_count; i++)
		if (rule_allows(&conf->rule[i]) &&
		    !check_outage_is_idle(&conf->rule[i]))
			return true;
	return conf->on_outage == OUTAGE_ALLOW;
}

void
check_outage_host_names(
    const struct settings *conf, const struct settings_report *to)
{
	struct base_url url;

	for (size_t i = 0; may_allow(conf) && i < conf->provider_count; i++) {
		if (base_url_read(conf->provider[i].base_url, &url) != NULL ||
		    url.host[strspn(url.host, TEXT_DIGITS ".:")] == '\0' ||
		    url.host[0] == '[' ||
		    strncmp(url.host, "localhost", 9) == 0)
			continue; /* needs no name service */
		terminal_error_to(to,
		    "on_outage = \"allow\" never admits while the name of a "
		    "provider (%s) is not resolved, since any user of this "
		    "host can cause that; give those who must log in then an "
		    "app or recovery codes",
		    url.host);
		return;
	}
}

/* For rule i for members of a group: the first later rule, from 1, that admits
 * without a code a user who is no member; 0 if no rule does. */
static size_t
later_rule_without_code(const struct settings *conf, size_t i)
{
	const struct rule *r = &conf->rule[i];

	if (r->groups.count == 0 || settings_rule_skips_code(r))
		return 0;
	for (size_t k = i + 1; k < conf->rule_count; k++) {
		if (settings_rule_skips_code(&conf->rule[k]) &&
		    conditions_overlap(r, &conf->rule[k]))
			return k + 1;
		if (conditions_within(r, &conf->rule[k]))
			return 0;
	}
	return 0;
}

const char *
check_rule_order(const struct settings *conf, size_t i)
{
	static char text[300];
	const size_t to = later_rule_without_code(conf, i);

	PRINT_TO(text,
	    "rule %zu %s members of its groups, and rule %zu after it admits "
	    "without a code, also members whom the name service does not "
	    "report; turn it round: name who needs no code, ask all others "
	    "(Groups in twofa.conf(5))",
	    i + 1, conf->rule[i].action == ACTION_DENY ? "denies" : "asks", to);
	return to > 0 ? text : NULL;
}

/* Finds an account to ask the sources about: an enrolled user, else user twofa.
 * Some sources refuse root without a look-up. */
static bool
rules_find_account(const struct settings *conf, struct account *a)
{
	struct name_list users OWNED(name_list_free) = { .count = 0 };
	bool found = false;

	(void)name_list_enrolled(&users, conf, NULL);
	for (size_t i = 0; !found && i < users.count; i++)
		found = accounts_find(users.name[i], a) == ACCOUNT_FOUND;
	return found || accounts_find(HELPER_USER, a) == ACCOUNT_FOUND;
}

static void
check_rule(struct check *c, const char *path, const struct settings *conf,
    size_t rule, const char *user, const struct rule_facts *f)
{
	const struct text_list *names = &conf->rule[rule].groups;

	for (size_t i = 0; i < names->count; i++) {
		const struct rule one = { .groups = { 1, &names->item[i] } };
		const struct group_fact *fact =
		    condition_first_unknown_group(&one, f);

		if (fact != NULL && fact->why[0] != '\0')
			check_problem(c,
			    "%.300s: rule %zu: whether %s is in \"%.64s\" is "
			    "unknown, so the rule admits nobody without a "
			    "code: %s; check that source, or remove it from "
			    "nsswitch.conf",
			    path, rule + 1, user, fact->name, fact->why);
		else if (fact != NULL)
			check_problem(c,
			    "%.300s: rule %zu: group \"%.64s\" cannot be "
			    "found, so the rule admits nobody without a code; "
			    "see: getent group %.64s",
			    path, rule + 1, fact->name, fact->name);
	}
}

const char *
check_unknown_hours(const struct settings *conf)
{
	static char text[CONDITION_TEXT_MAX + 32];
	const struct rule_facts now = {
		.week_minute = admission_week_minute(conf), .today = 1
	}; /* any day: check_exceptions checks days */
	char what[CONDITION_TEXT_MAX];

	for (size_t i = 0; i < conf->rule_count; i++)
		for (const struct condition *c = conditions; c->name != NULL;
		     c++) {
			const struct condition_lookup look = { c, conf,
				&conf->rule[i], &now };

			if (c->unknown == NULL || c->differs_per_user ||
			    c->holds(&look) != CONDITION_UNKNOWN)
				continue;
			c->unknown(&look, what);
			PRINT_TO(text, "rule %zu: %s", i + 1, what);
			return text;
		}
	return NULL;
}

void
check_unknown_conditions(
    struct check *c, const char *path, const struct settings *conf)
{
	struct rule_facts f = { .groups = 0 };
	const char *hours = check_unknown_hours(conf);
	struct group_fact *fact = NULL;
	struct account account;
	bool needed = false;

	if (hours != NULL)
		check_problem(c, "%.300s: %s", path, hours);
	for (size_t i = 0; i < conf->rule_count; i++)
		needed |= conf->rule[i].groups.count > 0;
	if (!needed)
		return;
	if (rules_find_account(conf, &account))
		fact = accounts_read_group_facts(conf, &account, &f.groups);
	if (fact == NULL)
		check_problem(c,
		    "%.300s: groups: no account can be looked up: %s; see: "
		    "getent passwd " HELPER_USER,
		    path, strerror(errno));
	f.group = fact;
	for (size_t i = 0; fact != NULL && i < conf->rule_count; i++)
		check_rule(c, path, conf, i, account.name, &f);
	free(fact);
}

void
check_exceptions(struct check *c, const char *path, const struct settings *conf)
{
	const unsigned today = admission_today(conf);
	char end[DAY_END_MAX];
	struct exception e;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(conf); i++) {
		if (!settings_exception_at(conf, i, &e) ||
		    !day_is_past(e.until, today))
			continue;
		day_end_text(e.until, today, end);
		check_warning(c,
		    "%.300s: %s is %s; remove it, or set another last day",
		    path, e.name, end);
	}
}
