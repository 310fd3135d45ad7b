/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/check/check.h"
#include "twofactl/check/outage_rules.h"
#include "twofactl/commands/check_upgrade.h"
#include "twofactl/edit/candidate.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/link/hidden_paths.h"
#include "twofactl/records/records.h"

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
	struct settings *conf =
	    settings_load_faulty(path, c->owner, &report, &c->faulty);
	bool fit; /* the helper can read it */

	if (conf == NULL)
		return;
	if (c->faulty) {
		candidate_secrets(c, ctl);
		check_users(c, conf);
		settings_free(conf);
		return;
	}
	state_records_use(ctl, conf);
	check_readable(c, path);
	candidate_secrets(c, ctl);
	fit = c->problems == 0;
	if (fit)
		hidden_paths_tell(ctl, c, take_problem, NULL);
	candidate_settings_check(c, path, conf);
	/* files may have been made without twofactl */
	if (fit)
		host_shape_renew(ctl, conf);
	settings_free(conf);
}

/* A record is checked with the installed settings. */
static void
check_record(struct check *c, const struct ctl *ctl,
    const struct candidate *file, const char *user)
{
	const struct settings_report report = check_report(c);
	struct settings *conf = settings_load(ctl->conf, c->owner, &report);

	if (conf != NULL) {
		state_records_use(ctl, conf);
		candidate_user(c, conf, file, user);
	}
	c->files = 1;
	settings_free(conf);
}

/* Check a future file: its owner does not matter yet. */
static void
check_file(struct check *c, const struct ctl *ctl, const struct candidate *file)
{
	char user[USER_NAME_MAX + 1];
	struct settings *conf;

	candidate_user_of(file->path, user);
	if (ctl->as_user != NULL)
		snprintf(user, sizeof(user), "%s", ctl->as_user);
	if (user[0] != '\0') {
		check_record(c, ctl, file, user);
		return;
	}
	conf = candidate_settings(c, file);
	if (conf == NULL)
		return;
	candidate_secrets(c, ctl);
	candidate_settings_check(c, file->path, conf);
	settings_free(conf);
}

static void
summary(const struct ctl *ctl, const struct check *c)
{
	if (ctl->json)
		printf("],\"files\":%zu}\n", c->files);
	else if (c->problems == 0 && ctl->file != NULL)
		printf("%s: nothing is wrong%s.\n", ctl->file,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else if (c->problems == 0)
		printf("%s and %zu users' files: nothing is wrong%s.\n",
		    ctl->conf, c->files,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else
		printf("%zu problem%s.\n", c->problems,
		    c->problems == 1 ? "" : "s");
}

static void
check(struct check *c, const struct ctl *ctl, const struct candidate *file)
{
	if (ctl->json)
		fputs("{\"problems\":[", stdout);
	if (file != NULL)
		check_file(c, ctl, file);
	else
		check_all(c, ctl);
	summary(ctl, c);
}

static enum ctl_exit
read_and_check(struct check *c, const struct ctl *ctl)
{
	struct whole_file f;
	struct candidate file;

	if (whole_file_read(&f, ctl->file) != 0)
		return CTL_FAILED;
	file = (struct candidate){ ctl->file, f.bytes, f.len };
	check(c, ctl, &file);
	whole_file_free(&f);
	return CTL_DONE;
}

enum ctl_exit
cmd_check(struct ctl *ctl)
{
	struct place_file_owner owner;
	struct check c = { .told = ctl->json ? tell_json : tell,
		.warned = ctl->json ? warn_json : warn };

	if (ctl->as_user != NULL && ctl->file == NULL) {
		complain("--user needs --file: whose record the file is");
		return CTL_USAGE;
	}
	if (ctl->upgrade && (ctl->file != NULL || ctl->json)) {
		complain("--upgrade takes neither --file nor --json");
		return CTL_USAGE;
	}
	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	c.owner = owner.uid;
	c.group = owner.gid;
	if (ctl->upgrade)
		return check_upgrade(ctl, &c);
	if (ctl->file == NULL)
		check(&c, ctl, NULL);
	else if (read_and_check(&c, ctl) != CTL_DONE)
		return CTL_FAILED;
	return c.problems == 0 ? CTL_DONE : CTL_SETTINGS;
}
