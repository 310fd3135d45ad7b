/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A code to a record that does not count yet. No rule is asked, and nobody is
 * let in: what it has in common with a login is the verification alone, under a
 * name of its own, so that neither takes up the other's code, and wrong ones
 * lock nobody.
 */
#include "helper/service/serve_providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/service/serve.h"
#include "helper/state/store.h"
#include "helper/verification/verify.h"
#include "lib/rules/accounts.h"
#include "lib/system/log.h"
#include "lib/values/login_source.h"

#define NAME_TAIL "/enrolment" /* no user's name has a slash */

struct enrol {
	const struct environment *env;
	struct login_result *result;
	struct user_record record;
	struct decision decision;
	char name[ACCOUNT_NAME_MAX + sizeof(NAME_TAIL)];
	char source[SOURCE_MAX + 1];
};

/* At a prompt that takes no other kind of code. */
static enum challenge_step
recover(void *ctx, const char *code)
{
	(void)ctx;
	(void)code;
	return STEP_NO_RECOVERY;
}

static void
run_verify(struct enrol *e, struct store *store)
{
	struct verify v = { .env = e->env,
		.record = &e->record,
		.decision = &e->decision,
		.user = e->name,
		.source = e->source,
		.store = store,
		.result = e->result };
	struct challenge challenge;

	verify_init(&v, &challenge);
	challenge.recover = recover;
	/* root cannot lock itself out of enrolling */
	store_guess_right(store, e->name, e->source);
	dialogue_run(e->env, &challenge, e->result);
	store_guess_right(store, e->name, e->source);
	explicit_bzero(&v, sizeof(v));
}

static void
run_state(struct enrol *e)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store =
	    store_open(e->env->conf->state, e->env->facts->boot_id, cause);

	if (store == NULL) {
		log_mend("%s", cause);
		result_deny(e->result, VERDICT_DENY, SERVE_STATE);
		return;
	}
	run_verify(e, store);
	store_close(store);
}

/* The record of the trial folder, by the settings of all others. */
static enum user_result
read_record(struct enrol *e)
{
	struct settings conf = *e->env->conf;
	enum user_result found;

	conf.users_dir = e->env->facts->record_dir;
	found = user_record_read(&conf, e->env->facts->user, e->env->owner,
	    &e->record, e->env->report);
	explicit_bzero(&conf, sizeof(conf));
	return found;
}

void
serve_enrol(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;
	struct enrol e = { .env = env,
		.result = result,
		.decision = { .action = ACTION_REQUIRE,
		    .methods = METHODS_CODE,
		    .on_outage = OUTAGE_DENY,
		    .brand = env->conf->brand } };

	if (!user_name_valid(f->user) || f->record_dir[0] == '\0') {
		result_deny(result, VERDICT_DENY, SERVE_USAGE);
		return;
	}
	snprintf(e.name, sizeof(e.name), "%.*s" NAME_TAIL, ACCOUNT_NAME_MAX,
	    f->user);
	login_source("", (uid_t)f->real_uid, e.source);
	if (read_record(&e) == USER_FOUND)
		run_state(&e);
	else
		result_deny(result, VERDICT_DENY, "user-file");
	user_record_wipe(&e.record);
}
