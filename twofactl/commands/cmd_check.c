/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check */
#include "twofactl/arguments/command.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/check/check.h"
#include "twofactl/check/outage_rules.h"
#include "twofactl/link/hidden_paths.h"
#include "twofactl/records/host_shape.h"
#include "twofactl/records/record_file.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/json_text.h"

static void
tell(const char *line)
{
	complain("%s", line);
}

static void
tell_json(const char *line)
{
	static bool more;

	if (more)
		putchar(',');
	more = true;
	json_text_print(line);
}

static void
warn(const char *line)
{
	complain("warning: %s", line);
}

static void
warn_json(const char *line)
{
	static bool more;

	fputs(more ? "," : "],\"warnings\":[", stdout);
	more = true;
	json_text_print(line);
}

/* secrets/ beside the settings, where twofactl puts its own. */
static void
check_beside(struct check *c, const char *conf)
{
	const char *slash = strrchr(conf, '/');
	char path[CTL_PATH_MAX + sizeof("/secrets")];

	snprintf(path, sizeof(path), "%.*s/secrets", (int)(slash - conf), conf);
	check_secrets(c, path);
}

static void
take_warning(void *ctx, const char *line)
{
	check_warning(ctx, "%s", line);
}

static void
take_problem(void *ctx, const char *line)
{
	check_problem(ctx, "%s", line);
}

static void
check_all(struct check *c, const struct ctl *ctl)
{
	const struct settings_report report = check_report(c);
	const char *path = ctl->conf;
	struct settings *conf = settings_load(path, c->owner, &report);
	bool fit; /* for the helper to read */

	if (conf == NULL)
		return;
	check_readable(c, path);
	check_beside(c, path);
	fit = c->problems == 0;
	if (fit)
		hidden_paths_tell(ctl, c, take_problem, NULL);
	check_users(c, conf);
	check_groups(c, path, conf);
	check_order(c, path, conf);
	outage_rules_callers(conf, c, take_warning);
	outage_rules_defaults(conf, c, take_warning);
	/* files may have come by another way than twofactl */
	if (fit)
		host_shape_renew(ctl, conf);
	settings_free(conf);
}

static void
summary(const struct ctl *ctl, const struct check *c)
{
	if (ctl->json)
		printf("],\"files\":%zu}\n", c->files);
	else if (c->problems == 0)
		printf("%s and %zu users' files: nothing is wrong%s.\n",
		    ctl->conf, c->files,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else
		printf("%zu problem%s.\n", c->problems,
		    c->problems == 1 ? "" : "s");
}

enum ctl_exit
cmd_check(struct ctl *ctl)
{
	struct place_file_owner owner;
	struct check c = { .told = ctl->json ? tell_json : tell,
		.warned = ctl->json ? warn_json : warn };

	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	c.owner = owner.uid;
	c.group = owner.gid;
	if (ctl->json)
		fputs("{\"problems\":[", stdout);
	check_all(&c, ctl);
	summary(ctl, &c);
	return c.problems == 0 ? CTL_DONE : CTL_SETTINGS;
}
