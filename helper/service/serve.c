/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: the table of purposes. */
#include "helper/service/serve.h"

#include <string.h>

#include "helper/fleet_store/fleet_store.h"
#include "helper/service/serve_explain.h"
#include "helper/service/serve_providers.h"
#include "helper/service/serve_record.h"
#include "helper/service/serve_shape.h"
#include "helper/service/serve_status.h"
#include "helper/service/serve_user.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"

/* All purposes and what they need: the state, or settings and network as a
 * login has them. */
static const struct purpose {
	request_with_state *state;
	serve_with_network *network;
	bool all;    /* no user: for all users, or for none in particular */
	bool people; /* or for one of a shared account's people (values.h) */
} purposes[PURPOSE_COUNT] = {
	[PURPOSE_UNLOCK] = { .state = serve_unlock, .people = true },
	[PURPOSE_RECOVERY_CODES] = { .state = serve_recovery_codes,
	    .people = true },
	[PURPOSE_TOTP] = { .state = serve_totp, .people = true },
	[PURPOSE_FORGET] = { .state = serve_forget,
	    .all = true,
	    .people = true },
	[PURPOSE_STATUS] = { .state = serve_status,
	    .all = true,
	    .people = true },
	[PURPOSE_TEST] = { .network = serve_test, .people = true },
	[PURPOSE_ENROL] = { .network = serve_enrolment, .people = true },
	[PURPOSE_LOOKUP] = { .network = serve_lookup,
	    .all = true,
	    .people = true },
	[PURPOSE_PUSH] = { .network = serve_push, .people = true },
	[PURPOSE_EXPLAIN] = { .state = serve_explain, .people = true },
	[PURPOSE_DOCTOR] = { .network = serve_doctor, .all = true },
	[PURPOSE_PATHS] = { .network = serve_paths, .all = true },
	[PURPOSE_UPGRADE] = { .network = serve_upgrade, .all = true },
	[PURPOSE_SHAPE] = { .state = serve_shape, .all = true },
	[PURPOSE_GOT_IN] = { .state = serve_got_in, .all = true },
	[PURPOSE_IMPORT] = { .state = serve_import, .all = true },
	[PURPOSE_RECORDS] = { .state = serve_records, .all = true },
	[PURPOSE_RECORD_PUT] = { .state = serve_record_put, .all = true },
	[PURPOSE_RECORD_REMOVE] = { .state = serve_record_remove },
	[PURPOSE_REKEY] = { .state = serve_rekey, .all = true },
};

static const struct purpose *
purpose_of(const struct facts *f)
{
	return &purposes[f->purpose < PURPOSE_COUNT ? f->purpose
						    : PURPOSE_NONE];
}

static bool
user_fits(const struct purpose *p, const struct facts *f)
{
	struct kept_name name;

	if (f->user[0] == '\0')
		return p->all;
	return kept_name_read(&name, f->user) &&
	    (p->people || name.person[0] == '\0');
}

bool
serve_asks_network(const struct facts *facts)
{
	return purpose_of(facts)->network != NULL;
}

void
serve_network(const struct environment *env, struct login_result *result)
{
	const struct purpose *p = purpose_of(env->facts);

	if (p->network != NULL && user_fits(p, env->facts))
		p->network(env, result);
	else
		result_deny(result, VERDICT_DENY, REASON_USAGE);
}

static void
report_line(void *ctx, const char *line)
{
	request_error(ctx, line);
}

/* Break-glass codes are this host's, and made while no server is there; so is
 * the lock of an outage. */
static bool
is_local(const struct facts *f)
{
	return (f->purpose == PURPOSE_RECOVERY_CODES &&
		   strcmp(f->request, RECOVERY_LOCAL) == 0) ||
	    (f->purpose == PURPOSE_UNLOCK &&
		strcmp(f->request, UNLOCK_LOCAL) == 0);
}

static struct store *
open_state(const struct request *request, const struct settings *conf,
    char cause[STORE_CAUSE_MAX])
{
	const struct facts *f = request->facts;

	if (is_local(f))
		return outage_store_open(conf, 0, 0, cause);
	return login_store_open(conf, f, 0, cause);
}

static void
run_state(const struct request *request, const struct settings *conf,
    request_with_state *run, struct login_result *result)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store = open_state(request, conf, cause);

	if (store == NULL) {
		request_error(request, cause);
		result_deny(result, VERDICT_DENY, REASON_STATE);
		return;
	}
	login_records_lend(conf, store);
	run(request, conf, store, result);
	login_records_lend(conf, NULL);
	store_close(store);
}

void
serve_request(const struct request *request, struct login_result *result)
{
	const struct settings_report report = { .ctx = (void *)request,
		.line = report_line };
	const struct purpose *p = purpose_of(request->facts);
	struct login_records records;
	struct settings *conf;

	if (p->state == NULL || !user_fits(p, request->facts)) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	conf = settings_load(request->facts->conf, request->owner, &report);
	if (conf == NULL) {
		result_deny(result, VERDICT_DENY, REASON_SETTINGS);
		return;
	}
	if (request->shut_in != NULL)
		request->shut_in(conf);
	login_records_begin(&records, conf, request->facts, 0);
	run_state(request, conf, p->state, result);
	login_records_end(&records, conf);
	settings_free(conf);
}
