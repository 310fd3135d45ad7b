/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check --upgrade: what an upgrade changes for an admin. */
#include "twofactl/check/check_inside.h"

struct schema {
	int64_t found, current;
};

static int
take_schema(void *ctx, const struct item *r)
{
	struct schema *schema = ctx;

	if (r->kind != ITEM_SCHEMA)
		return -1;
	schema->found = r->number[1];
	schema->current = r->number[2];
	return 0;
}

/* In a fleet, which is never upgraded at once, a newer schema also serves older
 * hosts. */
static void
report_schema(
    struct check *c, const struct settings *conf, const struct schema *schema)
{
	const long long found = schema->found, current = schema->current;
	const bool fleet = settings_is_fleet(conf);

	if (fleet && found < current)
		check_problem(c,
		    "the state is of schema %lld, and this version needs %lld: "
		    "every login is denied; first run, with this version: "
		    "twofactl state upgrade",
		    found, current);
	else if (fleet)
		printf("The state is of schema %lld, which serves this "
		       "version.\n",
		    found);
	else if (found > current)
		check_problem(c,
		    "%s is of schema %lld, from a newer version, and this one "
		    "knows %lld: every login is denied; install that version "
		    "again, or move the state away, with the recovery codes "
		    "and locks in it",
		    conf->state, found, current);
	else if (found == 0)
		puts("There is no state yet: nothing is upgraded.");
	else if (found == current)
		printf("The state is of this version (schema %lld): nothing "
		       "changes.\n",
		    found);
	else
		printf("The state is of schema %lld, and the next login makes "
		       "it %lld; an older version refuses it then.\n",
		    found, current);
}

enum ctl_exit
check_upgrade(const struct run *run, struct check *c)
{
	struct settings *conf = settings_load(run->conf, c->owner, &c->problem);
	struct schema schema = { .found = -1 };
	const struct client_request call = { .purpose = PURPOSE_UPGRADE,
		.ctx = &schema,
		.record = take_schema };
	enum ctl_exit status;

	if (conf == NULL)
		return terminal_error_status(CTL_NO,
		    "with these settings this version denies every login; "
		    "first run: twofactl edit");
	status = client_request(run, &call);
	if (status == CTL_DONE && schema.found < 0)
		status = terminal_error_status(CTL_FAILED,
		    "the helper did not report the state's schema; install the "
		    "same version of the helper and of twofactl");
	else if (status == CTL_DONE)
		report_schema(c, conf, &schema);
	check_unknown_conditions(c, run->conf, conf);
	settings_free(conf);
	if (status == CTL_DONE && c->problems == 0)
		puts("Nothing must be done first.");
	return status == CTL_DONE && c->problems > 0 ? CTL_NO : status;
}
