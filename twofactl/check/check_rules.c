/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules that name groups: unknown groups, and members who are not found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rules/rules.h"
#include "twofactl/check/check.h"
#include "twofactl/check/rule_order.h"
#include "twofactl/link/link.h"

/* An account to ask the sources about: a user of this host, else user twofa.
 * For root some sources say no without looking. */
static bool
find_account(
    const struct check *c, const struct settings *conf, struct account *a)
{
	struct name_list users = { .count = 0 };
	bool found = false;

	(void)name_list_enrolled(&users, conf, c->owner, &settings_report_none);
	for (size_t i = 0; !found && i < users.count; i++)
		found = accounts_find(users.name[i], a) == ACCOUNT_FOUND;
	name_list_free(&users);
	return found || accounts_find(HELPER_USER, a) == ACCOUNT_FOUND;
}

static void
check_fact(struct check *c, const char *path, size_t rule, const char *user,
    const struct group_fact *fact)
{
	if (fact->why[0] != '\0')
		check_problem(c,
		    "%.300s: rule %zu: whether %s is in \"%.64s\" is unknown, "
		    "so the rule lets nobody in without a code: %s; check that "
		    "source, or take it out of nsswitch.conf",
		    path, rule, user, fact->name, fact->why);
	else
		check_problem(c,
		    "%.300s: rule %zu: group \"%.64s\" cannot be found, so the "
		    "rule lets nobody in without a code; see: getent group "
		    "%.64s",
		    path, rule, fact->name, fact->name);
}

static void
check_rule(struct check *c, const char *path, const struct settings *conf,
    size_t rule, const char *user, const struct policy_facts *f)
{
	const struct text_list *names = &conf->rule[rule].groups;

	for (size_t i = 0; i < names->count; i++) {
		const struct rule one = { .groups = { 1, &names->item[i] } };
		const struct group_fact *fact = policy_unknown(&one, f);

		if (fact != NULL)
			check_fact(c, path, rule + 1, user, fact);
	}
}

static bool
names_groups(const struct settings *conf)
{
	for (size_t i = 0; i < conf->rule_count; i++)
		if (conf->rule[i].groups.count > 0)
			return true;
	return false;
}

void
check_groups(struct check *c, const char *path, const struct settings *conf)
{
	struct policy_facts f = { .groups = 0 };
	struct group_fact *fact = NULL;
	struct account account;

	if (!names_groups(conf))
		return;
	if (find_account(c, conf, &account))
		fact = accounts_facts(conf, &account, &f.groups);
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
check_order(struct check *c, const char *path, const struct settings *conf)
{
	char text[RULE_ORDER_MAX];

	for (size_t i = 0; i < conf->rule_count; i++) {
		rule_order_text(conf, i, text);
		if (text[0] != '\0')
			check_warning(c, "%.300s: %s", path, text);
	}
}
