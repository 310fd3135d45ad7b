/* SPDX-License-Identifier: BSD-2-Clause */
/* What an upgrade changes on this host, and what must be done first. */
#include "twofactl/commands/check_upgrade.h"

#include <stdio.h>

#include "lib/settings/settings.h"
#include "twofactl/link/link.h"
#include "twofactl/report/upgrade_changes.h"
#include "twofactl/terminal/terminal.h"

struct schema {
	int64_t found, ours;
};

static int
take(void *ctx, const struct record *r)
{
	struct schema *schema = ctx;

	if (r->kind != ADMIN_SCHEMA)
		return -1;
	schema->found = r->number[1];
	schema->ours = r->number[2];
	return 0;
}

static void
tell_schema(const struct schema *schema)
{
	if (schema->found == 0)
		printf("There is no state yet: nothing is upgraded.\n");
	else if (schema->found == schema->ours)
		printf("The state is of this version (schema %lld): nothing "
		       "changes.\n",
		    (long long)schema->found);
	else
		printf("The state is of schema %lld, and the next login makes "
		       "it %lld; an older version refuses it then.\n",
		    (long long)schema->found, (long long)schema->ours);
}

/* Hosts of a fleet are never upgraded at once: a newer schema serves them. */
static enum ctl_exit
tell_server(struct check *c, const struct schema *schema)
{
	if (schema->found < schema->ours) {
		check_problem(c,
		    "the state is of schema %lld, and this version needs %lld: "
		    "every login is denied; first run, with this version: "
		    "twofactl state upgrade",
		    (long long)schema->found, (long long)schema->ours);
		return CTL_NO;
	}
	printf("The state is of schema %lld, which serves this version.\n",
	    (long long)schema->found);
	return CTL_DONE;
}

static enum ctl_exit
tell(const struct ctl *ctl, struct check *c, const struct settings *conf)
{
	struct schema schema = { .found = -1 };
	const struct helper_request call = {
		.purpose = PURPOSE_UPGRADE, .ctx = &schema, .record = take
	};
	enum ctl_exit status = helper_request(ctl, &call);

	if (status != CTL_DONE)
		return status;
	if (schema.found < 0) {
		complain("the helper did not tell the state's version: install "
			 "helper and twofactl of the same version");
		return CTL_FAILED;
	}
	if (store_url_is(conf->state))
		return tell_server(c, &schema);
	if (schema.found > schema.ours) {
		check_problem(c,
		    "%s is of schema %lld, from a newer version, and this one "
		    "knows %lld: every login is denied; install that version "
		    "again, or move the state away, with the recovery codes "
		    "and locks in it",
		    conf->state, (long long)schema.found,
		    (long long)schema.ours);
		return CTL_NO;
	}
	tell_schema(&schema);
	if (schema.found > 0)
		upgrade_changes_print(conf, schema.found);
	return CTL_DONE;
}

enum ctl_exit
check_upgrade(const struct ctl *ctl, struct check *c)
{
	const struct settings_report report = check_report(c);
	struct settings *conf = settings_load(ctl->conf, c->owner, &report);
	enum ctl_exit status;

	if (conf == NULL) {
		complain("with these settings this version denies every login; "
			 "first run: twofactl edit");
		return CTL_NO;
	}
	status = tell(ctl, c, conf);
	check_groups(c, ctl->conf, conf);
	settings_free(conf);
	if (status == CTL_DONE && c->problems == 0)
		puts("Nothing must be done first.");
	return status == CTL_DONE && c->problems > 0 ? CTL_NO : status;
}
