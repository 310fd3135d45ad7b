/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes, by the state's schema that came with them. Version 0.1.0 had schema
 * 6; none of its keys was renamed or removed or got another default. */
#include "twofactl/report/upgrade_changes.h"

#include <stdio.h>

static bool
has_outage_allow(const struct settings *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].on_outage == OUTAGE_ALLOW)
			return true;
	return c->on_outage == OUTAGE_ALLOW;
}

static bool
has_groups(const struct settings *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].groups.count > 0)
			return true;
	return false;
}

static bool
remembers(const struct settings *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].remember_minutes > 0)
			return true;
	return false;
}

static const struct change {
	int64_t schema; /* the schema that brought it */
	bool (*concerns)(const struct settings *); /* NULL: all */
	const char *words;
} changes[] = {
	{ 8, NULL,
	    "new, and may be left out: state_dir (the folder of state), "
	    "answered_per_number_day (60). Messages whose code let somebody "
	    "in no longer count for source and host" },
	{ 8, has_outage_allow,
	    "on_outage = \"allow\" lets in at sshd and login alone, and only "
	    "who has neither app nor recovery codes, and never while a "
	    "provider's name is not resolved: give those who need sudo in an "
	    "outage recovery codes" },
	{ 8, has_groups,
	    "a rule with groups lets no one in without a code while a source "
	    "of groups in nsswitch.conf does not answer" },
	{ 8, remembers, "remembered logins are asked for a code once more" },
	{ 8, NULL,
	    "prompts for people who are not enrolled look like those of most "
	    "users: once run twofactl check, which finds out what these are" },
	{ 10, NULL,
	    "new, and may be left out: sandbox (\"on\"), socket_allow_uids "
	    "(none), sends_per_other_hour (3). A helper that listens is "
	    "installed and off" },
	{ 14, NULL,
	    "new, and may be left out: push_blind (false) and ask "
	    "(\"target\") of a rule; people in a user's file" },
	{ 16, NULL,
	    "new, and may be left out: office_networks (none) with "
	    "sends_per_office_hour (200), store (this host in a "
	    "state that several share), sends_per_fleet_hour (3000, or "
	    "sends_per_host_hour where that is more), "
	    "guesses_per_host_hour (100)" },
};

void
upgrade_changes_print(const struct settings *conf, int64_t schema)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];

		if (schema < c->schema &&
		    (c->concerns == NULL || c->concerns(conf)))
			printf("- %s.\n", c->words);
	}
}
