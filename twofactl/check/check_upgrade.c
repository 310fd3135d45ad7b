/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check --upgrade: what an upgrade changes for an admin. */
#include "twofactl/check/check.h"

#include "twofactl/check/check_inside.h"
#include "twofactl/client/client.h"

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

static void
print_schema(const struct schema *schema)
{
	if (schema->found == 0)
		printf("There is no state yet: nothing is upgraded.\n");
	else if (schema->found == schema->current)
		printf("The state is of this version (schema %lld): nothing "
		       "changes.\n",
		    (long long)schema->found);
	else
		printf("The state is of schema %lld, and the next login makes "
		       "it %lld; an older version refuses it then.\n",
		    (long long)schema->found, (long long)schema->current);
}

/* A newer schema also serves older hosts: a fleet is never upgraded at once. */
static enum ctl_exit
check_server_schema(struct check *c, const struct schema *schema)
{
	if (schema->found < schema->current) {
		check_problem(c,
		    "the state is of schema %lld, and this version needs %lld: "
		    "every login is denied; first run, with this version: "
		    "twofactl state upgrade",
		    (long long)schema->found, (long long)schema->current);
		return CTL_NO;
	}
	printf("The state is of schema %lld, which serves this version.\n",
	    (long long)schema->found);
	return CTL_DONE;
}

static enum ctl_exit
check_state_schema(
    const struct run *run, struct check *c, const struct settings *conf)
{
	struct schema schema = { .found = -1 };
	const struct client_request call = { .purpose = PURPOSE_UPGRADE,
		.ctx = &schema,
		.record = take_schema };
	enum ctl_exit status = client_request(run, &call);

	if (status != CTL_DONE)
		return status;
	if (schema.found < 0)
		return terminal_error_status(CTL_FAILED,
		    "the helper did not report the state's schema; install the "
		    "same version of the helper and of twofactl");
	if (settings_is_fleet(conf))
		return check_server_schema(c, &schema);
	if (schema.found > schema.current) {
		check_problem(c,
		    "%s is of schema %lld, from a newer version, and this one "
		    "knows %lld: every login is denied; install that version "
		    "again, or move the state away, with the recovery codes "
		    "and locks in it",
		    conf->state, (long long)schema.found,
		    (long long)schema.current);
		return CTL_NO;
	}
	print_schema(&schema);
	return CTL_DONE;
}

enum ctl_exit
check_upgrade(const struct run *run, struct check *c)
{
	const struct settings_report report = check_problem_receiver(c);
	struct settings *conf = settings_load(run->conf, c->owner, &report);
	enum ctl_exit status;

	if (conf == NULL)
		return terminal_error_status(CTL_NO,
		    "with these settings this version denies every login; "
		    "first run: twofactl edit");
	status = check_state_schema(run, c, conf);
	check_unknown_conditions(c, run->conf, conf);
	settings_free(conf);
	if (status == CTL_DONE && c->problems == 0)
		puts("Nothing must be done first.");
	return status == CTL_DONE && c->problems > 0 ? CTL_NO : status;
}
