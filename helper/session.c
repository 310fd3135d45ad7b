/* SPDX-License-Identifier: BSD-2-Clause */
/* One login: who it is, what the rules say, and who is asked for a code. */
#include "helper/session.h"

#include <stdlib.h>
#include <string.h>

#include "helper/decoy.h"
#include "helper/dialogue.h"
#include "helper/factors.h"
#include "helper/grace.h"
#include "helper/groups.h"
#include "helper/log.h"
#include "helper/policy.h"
#include "helper/providers/provider.h"
#include "helper/source.h"
#include "helper/store.h"
#include "helper/tell.h"
#include "helper/text.h"

struct session {
	const struct session_env *env;
	struct login_result *result;
	struct account account;
	const char *user; /* its pw_name */
	char address[46];
	char source[SOURCE_MAX + 1];
	bool bound; /* grace can be given: binding says to what */
	unsigned char binding[STORE_GRACE_LEN];
	struct policy_facts facts;
	struct decision decision;
	struct user_record record;
};

static void
run_decoy(const struct session *s)
{
	struct challenge challenge;
	struct decoy decoy;

	if (decoy_init(&decoy, s->env, s->result, &challenge) != 0) {
		s->result->reason = NULL;
		result_deny(s->result, VERDICT_DENY, "state");
		return;
	}
	/* the log tells the admin; the prompts tell the person nothing */
	if (s->result->reason == NULL)
		s->result->reason = "no-first-factor";
	memcpy(s->result->number, decoy.number, sizeof(decoy.number));
	dialogue_run(s->env, &challenge, s->result);
}

/* The prompts are those that the user would see unlocked. */
static void
disguise(const struct session *s, struct decoy *decoy)
{
	enum method first = METHOD_NONE;
	unsigned methods = 0;

	for (size_t i = 0; i < s->record.channels; i++) {
		enum method m = s->record.channel[i];

		if (m == METHOD_TOTP || m == METHOD_PUSH ||
		    (s->decision.methods & METHOD_BIT(m)) == 0)
			continue;
		if (first == METHOD_NONE)
			first = m;
		methods |= METHOD_BIT(m);
	}
	if (first != METHOD_NONE)
		decoy_disguise(decoy, &s->record, first, methods);
}

/* A locked user who is not to be told is asked by a decoy; a recovery code is
 * taken at its prompts all the same. */
static bool
hide_lock(const struct session *s, struct factors *f, struct decoy *decoy)
{
	if (!f->locked || s->env->conf->tell_locked)
		return true;
	if (decoy_init(decoy, s->env, s->result, &f->phone) != 0) {
		result_deny(s->result, VERDICT_DENY, "state");
		return false;
	}
	disguise(s, decoy);
	f->untold = true;
	s->result->reason = "locked";
	return true;
}

static void
run_factors(struct session *s, struct store *store)
{
	struct factors factors = { .env = s->env,
		.record = &s->record,
		.decision = &s->decision,
		.user = s->user,
		.source = s->source,
		.store = store,
		.result = s->result };
	struct challenge challenge;
	struct decoy decoy;

	if (s->record.phone[0] != '\0')
		phone_mask(s->record.phone, s->result->number);
	if (factors_init(&factors, &challenge) != 0)
		return;
	if (hide_lock(s, &factors, &decoy))
		dialogue_run(s->env, &challenge, s->result);
}

/* Grace: a login that was shown to be the owner's a moment ago. */
static bool
remembered(struct session *s, struct store *store)
{
	if (s->decision.remember_minutes == 0 ||
	    !grace_binding(
		s->env->facts, s->user, s->address, &s->record, s->binding))
		return false;
	s->bound = true;
	return store_grace_get(
		   store, s->user, s->binding, s->env->wall(s->env->ctx)) == 1;
}

static void
remember(const struct session *s, struct store *store)
{
	int64_t now = s->env->wall(s->env->ctx);

	/* only a code that was right is remembered, never an outage */
	if (s->bound && s->result->verdict == VERDICT_ALLOW &&
	    s->result->reason == NULL)
		store_grace_put(store, s->user, s->binding, now,
		    now + s->decision.remember_minutes * INT64_C(60));
}

static void
run_enrolled(struct session *s)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *store =
	    store_open(s->env->conf->state, s->env->facts->boot_id, cause);

	if (store == NULL) {
		log_mend("%s", cause);
		s->env->ui->say(s->env->ui->ctx, text_end(END_NOT_SENT));
		result_deny(s->result, VERDICT_DENY, "state");
		return;
	}
	if (remembered(s, store)) {
		result_allow(s->result, LOGIN_ALLOWED, "grace");
	} else {
		run_factors(s, store);
		remember(s, store);
	}
	store_close(store);
}

/* unenrolled_text stands in a prompt, since sshd shows nothing else. */
static void
tell_unenrolled(const struct session *s)
{
	char prompt[FRAME_PROMPT_MAX + 1];

	text_unenrolled(prompt, sizeof(prompt), s->env->conf->unenrolled_text);
	tell(s->env, prompt);
	result_deny(s->result, VERDICT_DENY, "unenrolled");
}

static void
run_unenrolled(const struct session *s)
{
	if (s->env->conf->unenrolled_allow) {
		log_notice("%s has no second factor and is let in "
			   "(unenrolled = \"allow\"): write %s/%s.conf",
		    s->user, s->env->conf->users_dir, s->user);
		result_allow(s->result, LOGIN_ALLOWED, "unenrolled");
		return;
	}
	if (s->env->conf->unenrolled_text[0] != '\0') {
		tell_unenrolled(s);
		return;
	}
	s->result->reason = "unenrolled";
	run_decoy(s);
}

static void
run_require(struct session *s, enum user_result found)
{
	switch (found) {
	case USER_ABSENT:
		run_unenrolled(s);
		return;
	case USER_ERROR:
		result_deny(s->result, VERDICT_DENY, "user-file");
		return;
	case USER_FOUND:
		break;
	}
	if (!s->record.enabled) {
		result_deny(s->result, VERDICT_DENY, "disabled");
		return;
	}
	run_enrolled(s);
}

/* What a login would have met, for the log alone. */
static const char *
would(const struct session *s, enum user_result found)
{
	switch (found) {
	case USER_FOUND:
		if (!s->record.enabled)
			return "deny-disabled";
		return s->record.phone[0] == '\0' ||
			policy_number_allowed(s->env->conf, s->record.phone)
		    ? "require"
		    : "deny-prefix";
	case USER_ABSENT:
		return s->env->conf->unenrolled_allow ? "allow-unenrolled"
						      : "deny-unenrolled";
	case USER_ERROR:
		break;
	}
	return "deny-user-file";
}

static void
act(struct session *s)
{
	const struct session_env *env = s->env;
	enum user_result found = USER_ERROR;

	if (!policy_proven(&s->decision, &s->facts)) {
		run_decoy(s);
		return;
	}
	if (s->decision.action == ACTION_REQUIRE ||
	    s->decision.action == ACTION_OBSERVE)
		found = config_user(
		    env->conf, s->user, env->owner, &s->record, env->report);
	switch (s->decision.action) {
	case ACTION_SKIP:
		result_allow(s->result, LOGIN_SKIPPED, NULL);
		return;
	case ACTION_OBSERVE:
		result_allow(s->result, LOGIN_OBSERVED, NULL);
		s->result->would = would(s, found);
		return;
	case ACTION_REQUIRE:
		run_require(s, found);
		return;
	case ACTION_DENY:
		break;
	}
	result_deny(s->result, VERDICT_DENY, "rule");
}

/* What the rules look at. */
static void
gather(struct session *s)
{
	const struct facts *f = s->env->facts;
	const char *raw =
	    strcmp(f->service, "sshd") == 0 && f->ssh_addr[0] != '\0'
	    ? f->ssh_addr
	    : f->rhost;

	policy_address(f->service, f->rhost, f->ssh_addr, s->address);
	/* a scope (fe80::1%eth0) is no address for a rule, but a source */
	source_of(s->address[0] != '\0' ? s->address : raw, (uid_t)f->real_uid,
	    s->source);
	s->facts.user = s->user;
	s->facts.service = f->service;
	s->facts.address = s->address;
	s->facts.console =
	    policy_console(f->service, f->tty, f->rhost, f->real_uid == 0);
	s->facts.first_factor = f->first_factor != FIRST_NONE;
}

static void
run_known(struct session *s)
{
	struct group_fact *group;

	gather(s);
	group = groups_facts(s->env->conf, &s->account, &s->facts.groups);
	s->facts.group = group;
	s->decision = policy_decide(s->env->conf, &s->facts);
	s->result->rule = s->decision.rule;
	if (s->decision.group_failed)
		log_mend("rule %zu: a group that it names cannot be found: a "
			 "code is required; check its spelling and the name "
			 "service",
		    s->decision.rule);
	act(s);
	config_user_wipe(&s->record);
	free(group);
}

/* What its admin should know of a provider, such as its end. */
static void
log_notices(const struct config *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].ops->notice != NULL)
			log_notice("provider %s: %s", conf->provider[i].name,
			    conf->provider[i].ops->notice);
}

bool
session_shows_text(const struct session_env *env)
{
	return strcmp(env->facts->service, "sshd") != 0;
}

void
session_run(const struct session_env *env, struct login_result *result)
{
	struct session s = { .env = env, .result = result };

	if (config_rehearsal(env->conf))
		log_notice("a rehearsal: base_url is plain http, any local "
			   "user may answer in the provider's place");
	log_notices(env->conf);
	if (!user_name_valid(env->facts->user)) {
		result_deny(result, VERDICT_DENY, "user-name");
		return;
	}
	s.user = s.account.name;
	switch (groups_account(env->facts->user, &s.account)) {
	case ACCOUNT_FOUND:
		if (!user_name_valid(s.user))
			break;
		run_known(&s);
		return;
	case ACCOUNT_ABSENT:
		result->reason = "no-account";
		run_decoy(&s);
		return;
	case ACCOUNT_ERROR:
		break;
	}
	log_mend("the account of the user cannot be looked up: check the name "
		 "service (nsswitch.conf)");
	result_deny(result, VERDICT_DENY, "account-lookup");
}
