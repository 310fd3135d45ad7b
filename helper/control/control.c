/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs twofactl's purposes: one table has what each of them needs. */
#include "helper/control/control_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/login/login.h"
#include "helper/store/store_fleet.h"

#define COUNT_DIGITS 9

static int
read_request(const char *request, long *users, char shape[DECOY_SHAPE_MAX])
{
	const size_t digits = strspn(request, TEXT_DIGITS);
	struct user_record record;
	bool recovery;

	if (digits < 1 || digits > COUNT_DIGITS || request[digits] != ' ' ||
	    strlen(request + digits + 1) >= DECOY_SHAPE_MAX)
		return -1;
	*users = strtol(request, NULL, 10);
	snprintf(shape, DECOY_SHAPE_MAX, "%s", request + digits + 1);
	return decoy_shape_to_record(shape, &record, &recovery);
}

/* Stores a shape; facts.request is "USERS SHAPE" (rules.h). */
static enum reason
serve_shape(const struct environment *r)
{
	char shape[DECOY_SHAPE_MAX], line[FOLDER_PATH_MAX + 160];
	int64_t holders;
	long users;

	if (read_request(r->facts->request, &users, shape) != 0)
		return REASON_USAGE;
	holders = store_recovery_count_users(r->store);
	if (holders < 0)
		return request_store_failure(r);
	if (2 * holders > users)
		(void)decoy_shape_add_recovery(shape);
	if (decoy_shape_write(r->conf->state_dir, shape) == 0)
		return REASON_NONE;
	PRINT_TO(line, "%s/shape cannot be written: %s; %s", r->conf->state_dir,
	    strerror(errno),
	    errno == ENOSPC || errno == EDQUOT
		? "free some space"
		: "make it a file of user twofa with mode 0600, or remove it");
	return request_error(r, line);
}

/* Sends the state's version. Unlike a login, does not upgrade the state. */
static void
serve_upgrade(const struct environment *env, struct login_result *result)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store_version version;

	if (store_read_version(env->conf, env->facts, &version, cause) != 0) {
		control_send_error((void *)env->ui, cause);
		login_result_end(result, REASON_STATE);
		return;
	}
	ui_item(env->ui, ITEM_SCHEMA, NULL,
	    (int64_t[]){ version.found, version.ours });
	login_result_end(result, REASON_NONE);
}

/* All purposes, with the function that runs each: with the state open, or with
 * settings and network as in a login. */
static const struct purpose {
	request_with_state *state;
	control_with_network *network, *dialogue;
	bool fleet;  /* with the state open, at servers only (store_fleet.h) */
	bool all;    /* user "" is allowed: all users, or not about users */
	bool people; /* a person of a shared account is allowed (values.h) */
} purposes[] = {
	[PURPOSE_UNLOCK] = { .state = control_unlock, .people = true },
	[PURPOSE_RECOVERY_CODES] = { .state = control_recovery_codes,
	    .people = true },
	[PURPOSE_TOTP] = { .state = control_totp, .people = true },
	[PURPOSE_FORGET] = { .state = control_forget,
	    .all = true,
	    .people = true },
	[PURPOSE_STATUS] = { .state = control_status,
	    .all = true,
	    .people = true },
	[PURPOSE_TEST] = { .network = control_test, .people = true },
	[PURPOSE_ENROL] = { .dialogue = control_enrolment, .people = true },
	[PURPOSE_LOOKUP] = { .network = control_lookup,
	    .all = true,
	    .people = true },
	[PURPOSE_PUSH] = { .network = control_push, .people = true },
	[PURPOSE_EXPLAIN] = { .state = control_explain, .people = true },
	[PURPOSE_DOCTOR] = { .network = control_doctor, .all = true },
	[PURPOSE_PATHS] = { .network = control_paths, .all = true },
	[PURPOSE_UPGRADE] = { .network = serve_upgrade, .all = true },
	[PURPOSE_SHAPE] = { .state = serve_shape, .all = true },
	[PURPOSE_GOT_IN] = { .state = control_logins, .all = true },
	[PURPOSE_IMPORT] = { .fleet = true, .all = true },
	[PURPOSE_RECORDS] = { .fleet = true, .all = true },
	[PURPOSE_RECORD_PUT] = { .fleet = true, .all = true },
	[PURPOSE_RECORD_REMOVE] = { .fleet = true },
	[PURPOSE_REKEY] = { .fleet = true, .all = true },
	[PURPOSE_REGISTER] = { .network = control_register, .people = true },
	[PURPOSE_ALERT] = { .network = control_alert, .people = true },
	[PURPOSE_SELF] = { .dialogue = self_login_run },
	[PURPOSE_DESK] = { .dialogue = control_desk, .people = true },
};

_Static_assert(COUNT_OF(purposes) == PURPOSE_COUNT, "each purpose has its row");

static const struct purpose *
purpose_of(const struct facts *f)
{
	return &purposes[f->purpose < PURPOSE_COUNT ? f->purpose
						    : PURPOSE_NONE];
}

static bool
user_fits(const struct purpose *p, const struct facts *f)
{
	struct owner name;

	if (f->user[0] == '\0')
		return p->all;
	return owner_read(&name, f->user) &&
	    (p->people || name.person[0] == '\0');
}

static struct store *
open_state(const struct environment *r, char cause[STORE_CAUSE_MAX])
{
	const struct facts *f = r->facts;
	const struct store_fleet *fleet = store_fleet(r->conf);
	/* break-glass codes, and locks by wrong codes during an outage, are in
	 * this host's state file even if the state is at a server */
	const bool here =
	    (f->purpose == PURPOSE_RECOVERY_CODES &&
		strcmp(f->request, PURPOSE_RECOVERY_LOCAL) == 0) ||
	    (f->purpose == PURPOSE_UNLOCK &&
		strcmp(f->request, PURPOSE_UNLOCK_LOCAL) == 0);

	if (!here)
		return store_open_from_settings(r->conf, f, 0, cause);
	if (fleet != NULL)
		return fleet->outage_store(r->conf, cause);
	snprintf(cause, STORE_CAUSE_MAX,
	    "--local is for a state at postgresql:// alone: leave it out");
	return NULL;
}

static enum reason
run_with_state(const struct environment *env, const struct purpose *p)
{
	const struct store_fleet *fleet = store_records(env->conf);
	request_with_state *run = p->state;
	struct environment open = *env;
	char cause[STORE_CAUSE_MAX] = "";
	enum reason why;

	if (p->fleet && fleet != NULL)
		run = fleet->serve[env->facts->purpose];
	if (run == NULL)
		return REASON_USAGE;
	open.store = open_state(env, cause);
	if (open.store == NULL)
		return request_error(env, cause);
	if (fleet != NULL)
		fleet->records_lend(env->conf, open.store);
	why = run(&open);
	if (fleet != NULL)
		fleet->records_lend(env->conf, NULL);
	store_close(open.store);
	return why;
}

void
control_run(const struct environment *env, struct login_result *result)
{
	const struct purpose *p = purpose_of(env->facts);

	if (!user_fits(p, env->facts)) {
		login_result_end(result, REASON_USAGE);
	} else if (p->dialogue != NULL) {
		control_run_dialogue(env, NULL, result, p->dialogue);
	} else if (p->network != NULL) {
		p->network(env, result);
	} else {
		log_set_sink(NULL, NULL); /* these report all errors */
		login_result_end(result, run_with_state(env, p));
	}
}
