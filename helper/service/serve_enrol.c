/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends a code for a record that is not in use yet. No rule is applied and no
 * login allowed. It shares only the verification with a login, under a separate
 * name: so neither uses the other's code, and wrong codes here lock no user.
 */
#include "helper/service/serve_providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/fleet_store/fleet_store.h"
#include "helper/login/login.h"
#include "helper/service/serve_record.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

struct enrol {
	struct login login; /* a login under the name below */
	struct user_record record;
	struct decision decision;
	char name[KEPT_NAME_MAX + sizeof(STORE_ENROLMENT)];
	char source[SOURCE_MAX + 1];
};

_Static_assert(KEPT_NAME_MAX + sizeof(STORE_ENROLMENT) - 1 <= OWN_CODE_USER_MAX,
    "the name of an enrolment has room in an own code's digest");

/* For a prompt that accepts no other kind of code. */
static enum challenge_step
recover(void *ctx, const char *code)
{
	(void)ctx;
	(void)code;
	return STEP_NO_RECOVERY;
}

static void
run_verify(const struct login *l)
{
	struct verify v = { .login = l, .leaves_none = true };
	struct challenge challenge;

	verify_init(&v, &challenge);
	challenge.recover = recover;
	/* root must not lock itself out of enrolling */
	store_guess_right(l->store, l->user, l->source);
	dialogue_run(l, &challenge);
	/* Ctrl-C, or no code at hand: else this number stays busy. When
	 * twofactl was killed, this process is killed next */
	if (l->result->verdict != VERDICT_ALLOW && v.row.id != 0 &&
	    l->result->reason != REASON_PEER_GONE)
		verify_quit(&v);
	store_guess_right(l->store, l->user, l->source);
	explicit_bzero(&v, sizeof(v));
}

static void
run_state(struct login *l)
{
	char cause[STORE_CAUSE_MAX] = "";

	l->store = login_records_store(
	    l->env->conf, l->env->facts, l->env->session_number, cause);
	if (l->store == NULL) {
		log_mend("%s", cause);
		login_deny(l, VERDICT_DENY, REASON_STATE);
		return;
	}
	run_verify(l);
	store_close(l->store);
	l->store = NULL;
}

void
serve_enrol(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;
	struct enrol e = { .login = { .env = env, .result = result },
		.decision = { .action = ACTION_REQUIRE,
		    .methods = METHODS_CODE,
		    .on_outage = OUTAGE_DENY,
		    .brand = env->conf->brand } };

	if (f->record[0] == '\0') {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	snprintf(e.name, sizeof(e.name), "%.*s" STORE_ENROLMENT, KEPT_NAME_MAX,
	    f->user);
	login_source("", (uid_t)f->real_uid, e.source);
	e.login.user = e.name;
	e.login.record = &e.record;
	e.login.decision = &e.decision;
	e.login.source = e.source;
	e.login.steps = &login_acts;
	/* as it will be in its file */
	if (serve_record(env, f->record, &e.record) == USER_FOUND)
		run_state(&e.login);
	else
		result_deny(result, VERDICT_DENY, REASON_USER_FILE);
	user_record_wipe(&e.record);
}
