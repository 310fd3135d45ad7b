/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check: settings and records as they are, for an upgrade, and paths
 * that a unit hides. */
#include "twofactl/check/check.h"

#include "twofactl/check/check_inside.h"
#include "twofactl/client/client.h"

/* What an upgrade changes for an admin; new conditions of rules stand in their
 * own table. */

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
	    "new and optional: state_dir (the folder of state), "
	    "answered_per_number_day (60). Messages whose code let somebody "
	    "in no longer count for source and host" },
	{ 8, settings_outage_may_allow,
	    "on_outage = \"allow\" lets in at sshd and login alone, and only "
	    "who has neither app nor recovery codes, and never while a "
	    "provider's name is not resolved: give those who need sudo in an "
	    "outage recovery codes" },
	{ 8, check_needs_groups,
	    "a rule with groups lets no one in without a code while a source "
	    "of groups in nsswitch.conf does not answer" },
	{ 8, remembers,
	    "remembered logins are asked for a code one more "
	    "time" },
	{ 8, NULL,
	    "prompts for people who are not enrolled look like those of "
	    "most users: run twofactl check once, which finds out what "
	    "these are" },
	{ 10, NULL,
	    "new and optional: sandbox (\"on\"), socket_allow_uids (none), "
	    "sends_per_other_hour (3). A listener is installed but turned "
	    "off" },
	{ 14, NULL,
	    "new and optional: push_blind (false) and ask (\"target\") of a "
	    "rule; people in a user's file" },
	{ 16, NULL,
	    "new and optional: office_networks (none) with "
	    "sends_per_office_hour (200), store (this host in a state that "
	    "several share), sends_per_fleet_hour (3000, or "
	    "sends_per_host_hour where that is more), guesses_per_host_hour "
	    "(100)" },
};

/* Print what changes for such settings on a host whose state has that schema.
 * The schema is the only sign of the version that was used. */
static void
upgrade_changes_print(const struct settings *conf, int64_t schema)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		const struct change *c = &changes[i];

		if (schema < c->schema &&
		    (c->concerns == NULL || c->concerns(conf)))
			printf("- %s.\n", c->words);
	}
	for (const struct condition *c = conditions; c->name != NULL; c++)
		if (schema < c->since)
			printf("- new and optional: %s (any) of a rule.\n",
			    c->name);
}

struct schema {
	int64_t found, ours;
};

static int
upgrade_take(void *ctx, const struct item *r)
{
	struct schema *schema = ctx;

	if (r->kind != ITEM_SCHEMA)
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
upgrade_tell(
    const struct run *run, struct check *c, const struct settings *conf)
{
	struct schema schema = { .found = -1 };
	const struct client_request call = { .purpose = PURPOSE_UPGRADE,
		.ctx = &schema,
		.record = upgrade_take };
	enum ctl_exit status = client_request(run, &call);

	if (status != CTL_DONE)
		return status;
	if (schema.found < 0)
		return terminal_error_exit(CTL_FAILED,
		    "the helper did not tell the state's version: install the "
		    "same version of the helper and of twofactl");
	if (settings_is_fleet(conf))
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

/* Print what this version changes here. CTL_DONE; CTL_NO: something must be
 * done first, as printed; else after complaining. */
static enum ctl_exit
check_upgrade(const struct run *run, struct check *c)
{
	const struct settings_report report = check_report(c);
	struct settings *conf = settings_load(run->conf, c->owner, &report);
	enum ctl_exit status;

	if (conf == NULL)
		return terminal_error_exit(CTL_NO,
		    "with these settings this version denies every login; "
		    "first run: twofactl edit");
	status = upgrade_tell(run, c, conf);
	check_unknown(c, run->conf, conf);
	settings_free(conf);
	if (status == CTL_DONE && c->problems == 0)
		puts("Nothing must be done first.");
	return status == CTL_DONE && c->problems > 0 ? CTL_NO : status;
}

#define PATHS_MAX 32 /* a helper reports fewer */
#define LINE_MAX_LEN 640

#define DROP_IN "systemctl edit twofa-helper.service, [Service], "

struct unusable {
	size_t count;
	bool writes[PATHS_MAX];
	char line[PATHS_MAX][LINE_MAX_LEN]; /* "PATH: why" */
};

static int
hidden_paths_take(void *ctx, const struct item *r)
{
	struct unusable *u = ctx;

	if (r->kind != ITEM_PROBLEM || u->count == PATHS_MAX)
		return -1;
	u->writes[u->count] = strcmp(r->text[1], "write") == 0;
	snprintf(u->line[u->count], LINE_MAX_LEN, "%s", r->text[2]);
	u->count++;
	return 0;
}

static bool
check_has(const struct unusable *u, const char *line)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->line[i], line) == 0)
			return true;
	return false;
}

/* sock: to the listening one; -1: start one. */
static enum ctl_exit
ask_paths(const struct run *run, int sock, struct unusable *u)
{
	const struct client_request call = { .purpose = PURPOSE_PATHS,
		.sock = sock,
		.ctx = u,
		.record = hidden_paths_take };

	u->count = 0;
	return client_request(run, &call);
}

static void
check_compare(const struct unusable *started, const struct unusable *listens,
    const struct settings_report *to)
{
	char line[COMPLAIN_MAX];

	for (size_t i = 0; i < listens->count; i++) {
		if (check_has(started, listens->line[i]))
			continue; /* not because of the unit */
		PRINT_TO(line,
		    "the listener's unit hides what logins need; run: " DROP_IN
		    "%s=, then systemctl restart twofa-helper; " CLIENT_SAYS
		    "%s",
		    listens->writes[i] ? "ReadWritePaths" : "BindReadOnlyPaths",
		    listens->line[i]);
		to->line(to->ctx, line);
	}
}

void
check_hidden_paths(
    const struct run *run, const struct settings_report *to, bool unasked)
{
	static struct unusable started, listens;
	char line[COMPLAIN_MAX];
	const char *why;
	enum ctl_exit status;
	int sock;

	if (!client_socket_exists() ||
	    strcmp(run->conf, MODULE_ARGUMENTS_CONF) != 0)
		return;
	sock = client_socket_open(&why);
	if (sock < 0 && unasked) {
		PRINT_TO(line, "%s %s", client_socket_path(), why);
		to->line(to->ctx, line);
	}
	if (sock < 0)
		return;
	/* the listening one waits at most 5 s for BEGIN */
	status = ask_paths(run, sock, &listens);
	if ((status == CTL_DONE && listens.count == 0) ||
	    ask_paths(run, -1, &started) != CTL_DONE)
		return;
	if (status == CTL_SETTINGS)
		to->line(to->ctx,
		    "the listener cannot read the settings, or what they "
		    "name, although another helper can: its unit hides it; "
		    "run: " DROP_IN "BindReadOnlyPaths=, then systemctl "
		    "restart twofa-helper");
	else if (status == CTL_DONE)
		check_compare(&started, &listens, to);
}

static void
cmd_check_tell(const char *line, bool warning)
{
	terminal_error("%s%s", warning ? "warning: " : "", line);
}

static void
tell_json(const char *line, bool warning)
{
	static bool warned;

	if (warning && !warned)
		terminal_json("],warnings:[");
	warned |= warning;
	terminal_json(",%s", line);
}

static void
check_all(struct check *c, const struct run *run)
{
	const struct settings_report report = check_report(c);
	const char *path = run->conf;
	struct settings *conf =
	    settings_load_faulty(path, c->owner, &report, &c->faulty);
	bool fit; /* the helper can read it */

	if (conf == NULL)
		return;
	if (c->faulty) {
		check_candidate_secrets(c, run->conf);
		check_users(c, conf);
		settings_free(conf);
		return;
	}
	record_place_use(run, conf);
	check_readable(c, path);
	check_candidate_secrets(c, run->conf);
	fit = c->problems == 0;
	if (fit)
		check_hidden_paths(run, &report, false);
	check_candidate_effects(c, path, conf);
	/* files may have been made without twofactl */
	if (fit)
		record_shape_renew(run, conf);
	settings_free(conf);
}

/* A record is checked with the installed settings. */
static void
check_record(struct check *c, const struct run *run,
    const struct check_candidate *file, const char *user)
{
	const struct settings_report report = check_report(c);
	struct settings *conf = settings_load(run->conf, c->owner, &report);

	if (conf != NULL) {
		record_place_use(run, conf);
		check_candidate_user(c, conf, file, user);
	}
	c->files = 1;
	settings_free(conf);
}

/* Check a future file: its owner does not matter yet. */
static void
check_file(struct check *c, const struct run *run,
    const struct check_candidate *file, const char *whose)
{
	const struct settings_report report = check_report(c);
	char user[USER_NAME_MAX + 1];
	struct settings *conf;

	check_candidate_user_of(file->path, user);
	if (whose != NULL)
		PRINT_TO(user, "%s", whose);
	if (user[0] != '\0') {
		check_record(c, run, file, user);
		return;
	}
	conf = settings_parse(
	    file->path, file->text, file->len, c->owner, &report);
	if (conf == NULL)
		return;
	check_candidate_secrets(c, run->conf);
	check_candidate_effects(c, file->path, conf);
	settings_free(conf);
}

static void
check_summary(const struct run *run, const struct check_candidate *file,
    const struct check *c)
{
	if (run->json)
		terminal_json("],files:%zu}\n", c->files);
	else if (c->problems == 0 && file != NULL)
		printf("%s: nothing is wrong%s.\n", file->path,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else if (c->problems == 0)
		printf("%s and %zu users' files: nothing is wrong%s.\n",
		    run->conf, c->files,
		    c->warnings > 0 ? " but what the warnings say" : "");
	else
		printf("%zu problem%s.\n", c->problems,
		    c->problems == 1 ? "" : "s");
}

static void
check_check(struct check *c, const struct run *run,
    const struct check_candidate *file, const char *whose)
{
	if (run->json)
		terminal_json("{problems:[");
	if (file != NULL)
		check_file(c, run, file, whose);
	else
		check_all(c, run);
	check_summary(run, file, c);
}

static enum ctl_exit
read_and_check(
    struct check *c, const struct run *run, const char *path, const char *whose)
{
	struct trusted_file f;
	struct check_candidate file;

	if (place_file_read_whole(&f, path) != 0)
		return CTL_FAILED;
	file = (struct check_candidate){ path, f.text, f.len };
	check_check(c, run, &file, whose);
	trusted_file_free(&f);
	return CTL_DONE;
}

enum ctl_exit
cmd_check(const struct arguments *typed)
{
	const struct run run = options_run(typed);
	struct place_file_owner owner;
	struct check c = { .told = run.json ? tell_json : cmd_check_tell };

	if (typed->as_user != NULL && typed->file == NULL)
		return terminal_error_exit(
		    CTL_USAGE, "--user needs --file: whose record the file is");
	if (typed->upgrade && (typed->file != NULL || run.json))
		return terminal_error_exit(
		    CTL_USAGE, "--upgrade takes neither --file nor --json");
	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	c.owner = owner.uid;
	c.group = owner.gid;
	if (typed->upgrade)
		return check_upgrade(&run, &c);
	if (typed->file == NULL)
		check_check(&c, &run, NULL, NULL);
	else if (read_and_check(&c, &run, typed->file, typed->as_user) !=
	    CTL_DONE)
		return CTL_FAILED;
	return c.problems == 0 ? CTL_DONE : CTL_SETTINGS;
}
