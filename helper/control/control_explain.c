/* SPDX-License-Identifier: BSD-2-Clause */
/* Forecasts a login with the given facts, for twofactl explain. */
#include "helper/control/control_inside.h"

#include <pwd.h>
#include <stdlib.h>

#include "helper/login/login.h"

/* A login up to where the state decides. */
struct explained {
	const struct environment *env;
	struct login login; /* points to the members below */
	struct account account;
	/* the name in the request; person is "" if the account is not shared
	 * or no person was named */
	struct owner about;
	char user[OWNER_STATE_MAX]; /* the owner under which the state counts */
	bool named; /* named at the prompt: the account's total counts */
	struct account caller; /* su's caller, if the rule asks the caller */
	struct person_login whose;
	enum reason why; /* a denial that admission does not know; else NONE */
	char address[46], source[SOURCE_MAX + 1];
	struct rule_facts facts;
	struct decision decision;
	struct user_record record;
	struct admission plan;
};

/* Reads the person's record. sshd identifies a person by their key or
 * certificate, if the record has one; all others are named at the prompt. */
static enum user_result
serve_explain_read_person(struct explained *e)
{
	struct user_person who = { .name = "" };
	enum user_result found;

	PRINT_TO(who.name, "%s", e->about.person);
	found = user_person_read(e->env->conf, e->account.name, NULL, &who,
	    &e->record, e->env->report);
	if (found != USER_FOUND)
		/* the account is shared, so this is an error */
		return found == USER_OUTAGE ? found : USER_ERROR;
	if (who.user[0] != '\0')
		PRINT_TO(e->user, "%s", who.user);
	else
		owner_write(e->user, e->account.name, who.name);
	e->named = (who.key[0] == '\0' && who.ca[0] == '\0') ||
	    strcmp(e->env->facts->service, "sshd") != 0;
	if (e->named)
		store_guess_set_account(e->env->store, e->account.name);
	/* the prompt for the person's name comes first */
	if (e->named &&
	    (e->env->facts->one_field != NULL || !e->env->facts->conversation))
		e->why = REASON_NO_CONVERSATION;
	return found;
}

/* Finds su's caller as a login does. A caller with a shared account is denied
 * here, as no prompt for the person's name can be answered. */
static enum user_result
serve_explain_read_caller(struct explained *e)
{
	const bool acts = e->decision.action == ACTION_REQUIRE;
	struct forecast_ops look;
	enum user_result found;

	forecast_ops_init(&look, &e->login, false);
	look.login.user = e->account.name;
	log_set_quiet(true);
	found = acts
	    ? caller_login(&look.login, &e->caller, &e->whose, &e->record)
	    : caller_login_observe(&look.login, &e->caller, &e->record);
	log_set_quiet(false);
	if (!acts)
		return found;
	if (found == USER_FOUND)
		PRINT_TO(e->user, "%s", e->whose.user);
	else
		e->why = look.result.reason;
	return found;
}

/* Reads the record. The person of a shared account is needed only if a code is
 * asked for. */
static enum user_result
serve_explain_read_record(struct explained *e)
{
	const bool acts = e->decision.action == ACTION_REQUIRE;
	enum user_result found;

	owner_write(e->user, e->account.name, e->about.person);
	if (policy_needs_caller(&e->decision, &e->facts))
		return serve_explain_read_caller(e);
	found = user_record_observe(
	    e->env->conf, e->account.name, NULL, &e->record, e->env->report);
	return found == USER_PEOPLE && acts && e->about.person[0] != '\0'
	    ? serve_explain_read_person(e)
	    : found;
}

static void
serve_explain_decide(struct explained *e)
{
	enum user_result found = USER_ERROR;
	struct group_fact *group;

	admission_fill_facts(admission_now(e->env->conf), e->env->facts,
	    e->account.name, e->address, e->source, &e->facts);
	e->login = (struct login){ .env = e->env,
		.user = e->user,
		.record = &e->record,
		.decision = &e->decision,
		.source = e->source,
		.office = settings_network_has(
		    &e->env->conf->office_networks, e->address),
		.store = e->env->store };
	group = accounts_set_group_facts(e->env->conf, &e->account, &e->facts);
	e->decision = policy_decide(e->env->conf, &e->facts);
	if (admission_needs_record(&e->decision, &e->facts))
		found = serve_explain_read_record(e);
	user_record_use_phone(&e->record,
	    reach_phone(e->env->conf, &e->record, e->decision.methods, 0));
	e->plan = admission_record(
	    e->env->conf, &e->facts, &e->decision, found, &e->record);
	if (e->why != REASON_NONE && e->decision.action == ACTION_REQUIRE &&
	    policy_is_proven(&e->decision, &e->facts))
		e->plan = (struct admission){ .end = ADMISSION_DENY,
			.reason = e->why };
	free(group);
}

static void
plan_it(struct explained *e)
{
	/* finds the service's user as a worker does */
	const int64_t uid = e->env->facts->socket_uid;
	const struct passwd *pw = uid != 0 ? getpwuid((uid_t)uid) : NULL;
	const char *user = e->about.account;
	/* the request names the person, a login the account alone */
	const struct facts asks = { .purpose = e->env->facts->purpose,
		.user = user,
		.socket_uid = uid };
	const enum reason why = admission_check_socket(
	    e->env->conf, &asks, pw != NULL ? pw->pw_name : "");
	enum account_result found = ACCOUNT_ERROR;

	if (user_name_is_valid(user))
		found = accounts_find(user, &e->account);
	e->plan = admission_account(user, found, e->account.name);
	if (why != REASON_NONE)
		e->plan =
		    (struct admission){ .end = ADMISSION_DENY, .reason = why };
	if (e->plan.end != ADMISSION_ON)
		return;
	user_account_set(e->env->conf, e->account.name, e->account.uid);
	serve_explain_decide(e);
}

static void
say_window(void *ctx, const struct store_window *w)
{
	const struct explained *e = ctx;
	const int64_t number[] = { w->used, w->limit };

	ui_item(e->env->ui, ITEM_LIMIT, &w->name, number);
}

/* Sends the limits for a code, or a push, of this login. Returns 0 or -1. */
static int
say_windows(struct explained *e, bool push)
{
	char push_as[OWNER_PUSH_MAX];
	const struct store_send_key key = { .user = e->user,
		.counted_as =
		    push ? push_as : reach_counting_receiver(&e->record),
		.source = source_for_counting(
		    e->env->facts->one_field != NULL, e->source),
		.push = push,
		.office = e->login.office };

	owner_write_push(e->user, e->env->facts->socket_uid, push_as);
	return store_send_windows(
	    e->env->store, &key, &e->env->conf->sends, e, say_window);
}

static int
say_state(struct explained *e)
{
	const struct factor_choice ways =
	    factor_choice(e->env->conf, &e->record, &e->decision, 0);
	struct forecast_result asked;

	if (forecast(&e->login, &asked) != 0)
		return -1;
	ui_item(e->env->ui, ITEM_ASK,
	    (const char *[]){ forecast_name(asked.ask),
		method_name(asked.method),
		asked.at != NULL ? asked.at->name : "",
		reason_word(asked.reason), asked.which,
		asked.passed ? forecast_name(asked.outage) : "" },
	    (int64_t[]){ asked.wait_s, asked.age_s });
	if (ways.phone && say_windows(e, false) != 0)
		return -1;
	return ways.push ? say_windows(e, true) : 0;
}

enum reason
control_explain(const struct environment *r)
{
	struct environment quiet = *r;
	struct explained e = { .env = &quiet };
	const char *user = r->facts->user;
	/* a fleet's host without an administrator may not read users' data */
	const bool shown =
	    !settings_is_fleet(r->conf) || r->facts->state_admin != NULL;
	bool failed;

	/* twofactl reads the same files, and reports their errors */
	quiet.report = NULL;
	(void)owner_read(&e.about, user); /* user_fits */
	plan_it(&e);
	if (e.user[0] != '\0')
		user = e.user;
	else if (e.account.name[0] != '\0')
		user = e.account.name;
	ui_item(r->ui, ITEM_PLAN,
	    (const char *[]){ admission_end_name(e.plan.end),
		reason_word(e.plan.reason),
		e.plan.would != NULL ? e.plan.would : "" },
	    NULL);
	control_send_state_server(r, shown);
	control_send_codes(r, user);
	failed = (e.plan.end == ADMISSION_ON && say_state(&e) != 0) ||
	    control_send_passed_providers(r) != 0 ||
	    (shown &&
		(control_send_users(r, user) != 0 ||
		    (e.named && control_send_users(r, e.account.name) != 0)));
	user_record_wipe(&e.record);
	return failed ? request_store_failure(r) : REASON_NONE;
}
