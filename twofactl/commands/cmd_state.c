/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state */
#include "twofactl/terminal/terminal.h"

#include <string.h>

#include "twofactl/fleet/fleet.h"

static enum ctl_exit
run_init(const struct ctl *ctl, const char *url)
{
	return fleet_init(ctl, url != NULL ? url : ctl->url);
}

static enum ctl_exit
run_upgrade(const struct ctl *ctl, const char *none)
{
	(void)none;
	return fleet_upgrade(ctl, ctl->url);
}

static enum ctl_exit
run_list(const struct ctl *ctl, const char *none)
{
	(void)none;
	return fleet_host_list(ctl);
}

/* Its words, what stands behind them, and which options it takes. */
static const struct state_action {
	const char *first, *second;
	const char *operand; /* "": none; in brackets: it may be left out */
	bool print, yes, renew, dry_run, json;
	enum { HOST_NONE = 0, HOST_KEYS, HOST_PASSWORD } host;
	enum ctl_exit (*run)(const struct ctl *, const char *operand);
} actions[] = {
	{ "init", NULL, "[URL]", .print = true, .yes = true, .renew = true,
	    .run = run_init },
	{ "upgrade", NULL, "", .print = true, .run = run_upgrade },
	{ "import", NULL, "FILE [HOST]", .run = fleet_import },
	{ "rekey", NULL, "FILE", .yes = true, .dry_run = true,
	    .run = fleet_rekey },
	{ "host", "add", "NAME", .print = true, .renew = true,
	    .host = HOST_PASSWORD, .run = fleet_host_add },
	{ "host", "change", "NAME", .print = true, .host = HOST_KEYS,
	    .run = fleet_host_change },
	{ "host", "disable", "NAME", .print = true, .run = fleet_host_disable },
	{ "host", "list", "", .json = true, .run = run_list },
};

static const struct state_action *
find(const struct ctl *ctl, const char **operand)
{
	const char *const *word = ctl->operand;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		const struct state_action *a = &actions[i];
		const size_t words = a->second != NULL ? 2 : 1;

		if (strcmp(word[0], a->first) != 0 ||
		    (a->second != NULL &&
			(word[1] == NULL || strcmp(word[1], a->second) != 0)))
			continue;
		*operand = word[words];
		if ((*operand == NULL && a->operand[0] != '\0' &&
			a->operand[0] != '[') ||
		    (*operand != NULL &&
			(a->operand[0] == '\0' ||
			    (words == 1 && word[2] != NULL &&
				strchr(a->operand, ' ') == NULL))))
			return NULL;
		return a;
	}
	return NULL;
}

static const char *
wrong_option(const struct ctl *ctl, const struct state_action *a)
{
	if (ctl->print && !a->print)
		return "print";
	if (ctl->yes && !a->yes)
		return "yes";
	if (ctl->renew && !a->renew)
		return "renew";
	if (ctl->dry_run && !a->dry_run)
		return "dry-run";
	if (ctl->json && !a->json)
		return "json";
	if (ctl->groups != NULL && a->host == HOST_NONE)
		return "groups";
	if (ctl->users_per_hour != NULL && a->host == HOST_NONE)
		return "hourly-users";
	if (ctl->sends_per_hour != NULL && a->host == HOST_NONE)
		return "hourly-sends";
	if (ctl->networks != NULL && a->run != run_init)
		return "networks";
	return ctl->output != NULL && a->host != HOST_PASSWORD ? "output"
							       : NULL;
}

enum ctl_exit
cmd_state(struct ctl *ctl)
{
	const char *operand = NULL, *option;
	const struct state_action *a = find(ctl, &operand);

	if (a == NULL) {
		complain("state is followed by one of: init [URL], upgrade, "
			 "import FILE [HOST], rekey FILE, host add NAME, host "
			 "change NAME, host disable NAME, host list");
		return CTL_USAGE;
	}
	option = wrong_option(ctl, a);
	if (option != NULL) {
		complain("state %s%s%s takes no --%s; see: twofactl state "
			 "--help",
		    a->first, a->second != NULL ? " " : "",
		    a->second != NULL ? a->second : "", option);
		return CTL_USAGE;
	}
	return a->run(ctl, operand);
}
