/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one login: finds the user, applies the rules, asks for codes. */
#include "helper/login/login.h"

#include <stdlib.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store_fleet.h"

_Static_assert(STORE_CANDIDATES_MAX >= SETTINGS_PROVIDERS_MAX, "all fit");

/* Sets the providers that may send the first message, so that the store can
 * claim it at once. The number of recovery codes is not known yet: if the first
 * method depends on it, no provider is set, and the login claims later. */
static void
find_candidates(const struct login *l, struct login_begin *b)
{
	const enum method first = factors_first_asked(l, 0);

	/* after too many unknown names, the store holds no row for one */
	if (l->alike && l->env->decoy_person != NULL)
		return;
	if (!l->env->facts->conversation || factors_first_asked(l, 1) != first)
		return;
	if (first == METHOD_PUSH)
		push_fill_begin(l, b->push, &b->begun.ask);
	else if (first == METHOD_NONE)
		verify_fill_begin(l, &b->begun.ask);
}

int
login_begin(struct login *l, const unsigned char *binding,
    struct login_begin *b,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *))
{
	*b = (struct login_begin){ .begun.ask = { .user = l->user,
				       .source = l->source,
				       .binding = binding,
				       .remembered_as = l->remembered_as,
				       .remember_s = l->remember_s,
				       .idle_s = l->idle_s,
				       .limits = &l->env->conf->sends,
				       .guesses = &l->env->conf->guesses } };
	find_candidates(l, b);
	l->begun = &b->begun;
	return verify_batch_run(l->begun, l->store, begin);
}

/* Removes the row and the send count of login_begin() that no step has used. */
static void
give_back(const struct login *l)
{
	int64_t row, send;

	verify_batch_leftover(l->begun, &row, &send);
	if (row != 0)
		store_row_remove_unsent(l->store, row);
	if (send != 0)
		store_send_refund(l->store, send);
}

static bool
act_passed(const struct login *l, const struct provider_conf *p)
{
	bool passed = false;

	if (verify_batch_passed(l->begun, p->name, &passed))
		return passed;
	return store_provider_is_passed_over(l->store, p->name) == 1;
}

static enum store_claim
act_claim(const struct login *l, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	enum store_claim claim;

	if (verify_batch_claim(l->begun, key, methods, method, &claim, row))
		return claim;
	give_back(l);
	return store_claim(l->store, key, methods, method, start_ms, row);
}

static enum store_send
act_take(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	enum store_send sent;

	if (verify_batch_send(l->begun, key, &sent, id, wait_s, which))
		return sent;
	give_back(l);
	return store_send_take(
	    l->store, key, &l->env->conf->sends, id, wait_s, which);
}

static void
act_back(const struct login *l, const struct store_row *row)
{
	if (row->id != 0)
		store_row_remove_unsent(l->store, row->id);
	give_back(l);
}

const struct verify_steps login_table = {
	.passed = act_passed,
	.claim = act_claim,
	.end = verify_end_unjoinable,
	.take = act_take,
	.back = act_back,
	.send = verify_start,
	.push = push_send,
};

/* Logs why a decoy asks for codes. Not that sshd verified no first factor, as
 * it logs the users that it refuses by itself. */
static void
log_decoy(const struct login *l, enum reason why)
{
	const char *service = l->env->facts->service;

	if (why == REASON_UNENROLLED)
		log_notice("%s is not enrolled, and is asked for codes that "
			   "are not sent; run %s",
		    l->user, settings_enrol_command(l->env->conf, l->user));
	else if (why == REASON_OTHER_ACCOUNT)
		log_notice("the record of %s is for another uid, or its user "
			   "has left; see twofactl explain %s %s",
		    l->user, l->user, service);
	else if (!login_env_is_sshd(l->env))
		log_problem(
		    "no password was seen: put the lines that ask for it "
		    "before pam_twofa in /etc/pam.d/%s; if they prove who "
		    "it is without one (a finger, a card), set "
		    "first_factor = \"stack\" in a rule of this service",
		    service);
}

/* Logs a rule with an unknown condition: it skips no code now. */
static void
log_unknown(const struct login *l, const struct rule_facts *facts)
{
	const size_t rule = l->decision->unknown;
	const struct condition_lookup look = { l->decision->unknown_by,
		l->env->conf, &l->env->conf->rule[rule - 1], facts };
	char text[CONDITION_TEXT_MAX];

	look.c->unknown(&look, text);
	log_problem("rule %zu: %s", rule, text);
}

/* Shows a line when the last day of unenrolled = "allow" is near. It is no
 * prompt, since a program cannot answer one. */
static void
allow_unenrolled(const struct login *l, unsigned today)
{
	const struct settings *conf = l->env->conf;

	log_notice("%s has no second factor and was admitted "
		   "(unenrolled = \"allow\"); run %s",
	    l->user, settings_enrol_command(conf, l->user));
	login_result_allow(l->result, LOGIN_ALLOWED, REASON_UNENROLLED);
	if (conf->unenrolled_until != 0 &&
	    day_days_left(conf->unenrolled_until, today) <= SETTINGS_SOON_DAYS)
		login_show_line(l, words_unenrolled_until(conf));
}

static void
say_exception(const struct decision *d, const struct settings *conf,
    struct login_result *r)
{
	unsigned until = r->reason == REASON_UNENROLLED ? conf->unenrolled_until
	    : r->reason == REASON_OUTAGE                ? conf->on_outage_until
							: 0;

	if (r->outcome == LOGIN_SKIPPED || r->outcome == LOGIN_OBSERVED) {
		until = d->until;
		snprintf(
		    r->why, sizeof(r->why), "%s", d->why != NULL ? d->why : "");
	}
	if (r->verdict == VERDICT_ALLOW)
		day_text(until, r->until);
}

struct session {
	struct login login; /* points into the members below */
	struct account account;
	char address[46];
	char source[SOURCE_MAX + 1];
	unsigned char binding[STORE_REMEMBERED_LEN];
	struct login_begin begin;
	struct admission_time came;
	struct rule_facts facts;
	struct decision decision;
	struct user_record record;
	struct account caller;      /* of su, if the caller is asked */
	struct person_login whose;  /* for a shared account or a caller */
	struct environment made_up; /* for a decoy person */
};

/* Denies the login before anything was sent. The reason was logged. */
static void
not_sent(const struct session *s, enum reason why)
{
	login_confine(&s->login); /* before the prompt's answer is read */
	(void)ending_deny(&s->login, END_NOT_SENT, why);
}

/* Returns false if the login is denied. Sets up a decoy if the lock must be
 * concealed; its prompts accept recovery codes. Likewise after too many unknown
 * names at an account: then a real person's verification runs hidden. */
static bool
hide_state(const struct session *s, struct factors *f, struct decoy *decoy)
{
	const struct login *l = &s->login;
	const bool lock = factors_lock_is_hidden(f);
	const struct challenge real = f->phone;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];

	if (!lock && !l->alike)
		return true;
	if (decoy_init(decoy, l, &f->phone) != 0) {
		login_deny(l, VERDICT_DENY, REASON_STATE);
		return false;
	}
	/* the prompts that the user would see if not locked */
	if (verify_order(&f->verify, order) > 0)
		decoy_set_prompts(decoy, l->record, order[0],
		    verify_methods(&f->verify, order[0]));
	decoy->twin = &f->verify;
	f->untold = lock || s->whose.decoy_person;
	if (!f->untold)
		decoy_set_hidden(decoy, &real);
	if (lock && !s->whose.decoy_person)
		l->result->reason = REASON_LOCKED;
	return true;
}

static void
ask_factors(const struct session *s, struct factors *f)
{
	struct challenge challenge;
	struct decoy decoy;

	f->login = &s->login;
	if (s->record.phone[0] != '\0')
		phone_mask(s->record.phone, s->login.result->number);
	factors_init(f, &challenge);
	if (!hide_state(s, f, &decoy))
		return;
	factors_run(f, &challenge);
}

/* On the heap: unwritten pages of the large buffers take no memory there. */
static void
run_factors(const struct session *s)
{
	struct factors *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		log_problem("out of memory: free some");
		not_sent(s, REASON_STATE);
		return;
	}
	ask_factors(s, f);
	push_end(&f->push);
	free(f);
}

/* Sets the effects of a right code. The service is set for logins only; all
 * services that do not run as root count as one, as their names are unproven.
 */
static void
prepare_end(struct session *s, bool bound)
{
	const struct facts *f = s->login.env->facts;

	if (f->purpose == PURPOSE_LOGIN)
		s->login.service =
		    f->socket_uid != 0 ? STORE_USER_SOCKET : f->service;
	s->login.binding = bound ? s->binding : NULL;
	s->login.remember_s = s->decision.remember_minutes * INT64_C(60);
	s->login.idle_s = SETTINGS_REMEMBER_IDLE_S(s->login.env->conf);
}

/* A typed name with unknown keys is not remembered: everyone with these keys
 * could use that login. */
static bool
bind_login(struct session *s)
{
	const struct login *l = &s->login;
	const struct person_login *w = &s->whose;
	const struct facts *f = l->env->facts;

	if (w->decoy_person || (w->named && strcmp(f->service, "sshd") == 0))
		return false;
	return l->decision->remember_minutes > 0 &&
	    remembered_login_bind_if_allowed(l->env->conf, f,
		l->remembered_as != NULL ? l->remembered_as : l->user,
		s->address, l->decision->remember_key, l->record, s->binding);
}

/* Fixes in the store, before the first prompt, what a right code changes. */
static int
bind_store(const struct session *s, struct store *store, bool begins)
{
	const struct login *l = &s->login;
	const struct person_login *w = &s->whose;
	const struct store_bound bound = { .user = l->user,
		.binding = l->binding,
		.remember_s = l->remember_s,
		.remember_key = s->decision.remember_key,
		.caller = l->result->asked[0] != '\0',
		.begins = begins,
		.like = w->decoy_person ? w->like : NULL };

	return store_bind(store, &bound);
}

/* Once the first factor is verified, an invitation allows users who are not
 * enrolled: the state is read for every such name, as for enrolled ones. */
static enum reason
decoy_bind(struct session *s)
{
	struct login *l = &s->login;
	char cause[STORE_CAUSE_MAX] = "";

	if (l->user[0] == '\0')
		l->user = l->env->facts->user;
	prepare_end(s, false);
	if (l->decoy_store == NULL)
		l->decoy_store = store_open_from_settings(l->env->conf,
		    l->env->facts, l->env->store_session_id_new, cause);
	l->unenrolled =
	    l->decoy_store != NULL && bind_store(s, l->decoy_store, false) == 0;
	if (l->unenrolled)
		return REASON_NONE;
	log_problem(
	    "%s", l->decoy_store != NULL ? store_cause(l->decoy_store) : cause);
	return login_store_failure_reason(l->decoy_store);
}

static bool
is_invited(const struct login *l)
{
	struct store_recovery list[STORE_CODES_MAX];
	int i = store_recovery_list(l->decoy_store, l->user, list);

	while (--i >= 0 && list[i].use < RECOVERY_USE_BOTH)
		;
	return i >= 0;
}

/* Returns true if it was one, whatever its end; else it is a decoy's login. */
static bool
runs_enrolment(struct login *l)
{
	if (l->enrol != NULL && enrol_login_run(l))
		return true;
	log_decoy(l, REASON_UNENROLLED);
	l->result->reason = REASON_UNENROLLED;
	return false;
}

/* A name without an account may have a rule of its own, by which the state
 * broker is asked only after a first factor. */
static bool
decoy_is_proven(const struct session *s, const struct decision *stranger)
{
	struct rule_facts named = s->facts;

	if (s->login.user[0] != '\0')
		return policy_is_proven(&s->decision, &s->facts);
	named.user = s->login.env->facts->user;
	return policy_is_proven(stranger, &s->facts) &&
	    policy_most(s->login.env->conf, &named).proven;
}

/* With a first factor, the user's own rule applies. Without one, the prompts
 * must not reveal whether the account exists, or its groups. tell, unless NONE,
 * shows users without an invitation that they are not enrolled; enrols: they
 * may enrol instead. */
static void
run_decoy(struct session *s, enum reason tell, bool enrols)
{
	struct login *l = &s->login;
	const struct decision stranger =
	    policy_decide_decoy(l->env->conf, &s->facts);
	const bool known = l->user[0] != '\0';
	const bool proven = decoy_is_proven(s, &stranger);
	const struct store_fleet *fleet = store_fleet(l->env->conf);
	enum reason why = fleet != NULL ? fleet->decoy_begin(l) : REASON_NONE;

	if (known && proven && enrol_login_is_possible(l))
		l->enrol = enrol_login_invited;
	if (why == REASON_NONE && proven)
		why = decoy_bind(s);
	enrols = enrols && why == REASON_NONE && runs_enrolment(l);
	if (!enrols && tell != REASON_NONE &&
	    (why != REASON_NONE || !is_invited(l))) {
		login_confine(l);
		/* in a prompt, since sshd shows nothing else */
		ending_show_prompt(l, words_unenrolled(l->env->conf));
		login_deny(l, VERDICT_DENY, tell);
	} else if (!enrols && why == REASON_NONE)
		decoy_login(l, known && proven ? &s->decision : &stranger);
	else if (!enrols)
		not_sent(s, why);
	store_close(fleet == NULL ? l->decoy_store : NULL);
	if (fleet != NULL)
		fleet->decoy_end(l);
}

static int
begin_here(struct session *s, bool bound)
{
	if (bind_store(s, s->login.store, true) != 0 ||
	    person_login_set_counting(&s->login, &s->whose) != 0 ||
	    login_begin(&s->login, bound ? s->binding : NULL, &s->begin,
		store_begin) != 0)
		return -1;
	return person_login_set_decoy_recovery(&s->login, &s->whose);
}

/* A decoy person is never allowed, whatever the result. */
static void
refuse_stranger(const struct session *s)
{
	struct login_result *result = s->login.result;

	if (!s->whose.decoy_person || result->verdict != VERDICT_ALLOW)
		return;
	log_problem("a decoy login was about to be allowed; please report "
		    "this bug");
	result->reason = REASON_PERSON_UNKNOWN;
	login_result_deny(result, VERDICT_DENY, REASON_PERSON_UNKNOWN);
}

static bool
begin_there(struct session *s, const struct store_fleet *fleet)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct login *l = &s->login;
	const bool bound = bind_login(s);

	prepare_end(s, bound);
	l->store = store_open_from_settings(
	    l->env->conf, l->env->facts, l->env->store_session_id_new, cause);
	if (l->store == NULL) {
		log_problem("%s", cause);
		return false;
	}
	if (begin_here(s, bound) != 0) {
		log_problem("%s", store_cause(l->store));
		return false;
	}
	if (store_is_brokered(l->store))
		user_record_wipe_secrets(&s->record);
	else if (fleet != NULL)
		fleet->report(l->store, l->env->conf,
		    l->env->store_session_id_new, l->env->facts->socket_uid);
	return true;
}

/* Begins with the store for outages. No login is remembered there. */
static bool
login_begin_offline(struct session *s, const struct store_fleet *fleet)
{
	struct login *l = &s->login;

	prepare_end(s, false);
	user_record_drop_hotp(&s->record); /* counters are at the servers */
	store_close(l->store);
	l->store = fleet->outage_open(l);
	if (l->store == NULL)
		return false;
	if (begin_here(s, false) == 0)
		return true;
	log_problem("%s", store_cause(l->store));
	return false;
}

/* The verdict is sent first: neither the time nor a failure of the alert
 * affects the login. */
static void
alert_user(const struct session *s)
{
	const struct environment *env = s->login.env;
	const enum event alert = s->login.result->alert;

	if (alert == EVENT_NONE || !env->conf->alert_owner ||
	    env->facts->purpose != PURPOSE_LOGIN)
		return;
	give_back(&s->login);
	if (env->begin_alert == NULL || !env->begin_alert(&s->login))
		(void)verify_alert(&s->login, alert);
}

/* away: why the record, which is then empty, could not be read; or
 * REASON_NONE. */
static void
run_enrolled(struct session *s, enum reason away)
{
	struct login *l = &s->login;
	const struct store_fleet *fleet = store_fleet(l->env->conf);
	enum reason why = away;

	if (why == REASON_NONE && !begin_there(s, fleet))
		why = login_store_failure_reason(l->store);
	if (why != REASON_NONE && fleet != NULL && fleet->outage_may(l, why) &&
	    login_begin_offline(s, fleet))
		why = REASON_NONE;
	if (why != REASON_NONE) {
		not_sent(s, why);
	} else if (s->begin.begun.found.remembered) {
		login_result_allow(l->result, LOGIN_ALLOWED, REASON_REMEMBERED);
	} else {
		run_factors(s);
		refuse_stranger(s);
		enrol_login_show_changes(l, s->begin.begun.found.codes_at);
		alert_user(s);
	}
	give_back(l);
	store_close(l->store);
	l->store = NULL;
	if (fleet != NULL)
		fleet->outage_end(l);
}

static void
login_become(struct session *s)
{
	struct person_login *w = &s->whose;
	struct login *l = &s->login;

	l->user = w->user;
	l->shown = w->shown;
	l->remembered_as = w->remembered_as;
	if (!w->decoy_person)
		return;
	s->made_up = *l->env;
	s->made_up.decoy_person = w->hex;
	l->env = &s->made_up;
}

static enum user_result
login_read_record(struct session *s)
{
	const struct environment *env = s->login.env;
	const bool acts = s->decision.action == ACTION_REQUIRE;
	const bool caller = policy_needs_caller(&s->decision, &s->facts);
	enum user_result found;

	if (!acts)
		return caller
		    ? caller_login_observe(&s->login, &s->caller, &s->record)
		    : user_record_observe(env->conf, s->login.user, NULL,
			  &s->record, env->report);
	if (caller) {
		found =
		    caller_login(&s->login, &s->caller, &s->whose, &s->record);
	} else {
		found = user_record_read(
		    env->conf, s->login.user, &s->record, env->report);
		if (found != USER_PEOPLE)
			return found;
		found = person_login(&s->login, &s->whose, &s->record);
	}
	if (found == USER_FOUND)
		login_become(s);
	return found;
}

/* True if the records are in the state, which cannot be read. All names are
 * then treated as enrolled, and a break-glass code may admit them. */
static bool
away(const struct session *s, enum reason why)
{
	return s->login.env->conf->users_state &&
	    reason_is_state_failure(why) &&
	    !policy_needs_caller(&s->decision, &s->facts);
}

static void
login_act(struct session *s)
{
	const struct environment *env = s->login.env;
	struct login_result *result = s->login.result;
	enum user_result found = USER_ERROR;
	struct admission plan;

	if (admission_needs_record(&s->decision, &s->facts))
		found = login_read_record(s);
	user_record_use_phone(&s->record,
	    reach_phone(env->conf, &s->record, s->decision.methods, 0));
	plan = admission_record(
	    env->conf, &s->facts, &s->decision, found, &s->record);
	if (plan.end != ADMISSION_ON)
		user_record_wipe_secrets(&s->record);
	switch (plan.end) {
	case ADMISSION_SKIP:
		login_result_allow(result, LOGIN_SKIPPED, REASON_NONE);
		return;
	case ADMISSION_OBSERVE:
		login_result_allow(result, LOGIN_OBSERVED, REASON_NONE);
		result->would = plan.would;
		return;
	case ADMISSION_UNENROLLED:
		allow_unenrolled(&s->login, s->facts.today);
		return;
	case ADMISSION_ON:
		run_enrolled(s, REASON_NONE);
		return;
	case ADMISSION_TELL:
		run_decoy(s, plan.reason, false);
		return;
	case ADMISSION_ENROL:
		run_decoy(s,
		    env->conf->unenrolled_text[0] != '\0' ? plan.reason
							  : REASON_NONE,
		    true);
		return;
	case ADMISSION_DECOY:
		log_decoy(&s->login, plan.reason);
		result->reason = plan.reason;
		run_decoy(s, REASON_NONE, false);
		return;
	case ADMISSION_DENY:
		if (!away(s, plan.reason))
			break;
		run_enrolled(s, plan.reason);
		return;
	}
	login_deny(&s->login, VERDICT_DENY, plan.reason);
}

static void
run_known(struct session *s)
{
	const struct environment *env = s->login.env;
	struct group_fact *group;

	admission_fill_facts(s->came, env->facts, s->login.user, s->address,
	    s->source, &s->facts);
	s->login.office =
	    settings_network_has(&env->conf->office_networks, s->address);
	group = accounts_set_group_facts(env->conf, &s->account, &s->facts);
	s->decision = policy_decide(env->conf, &s->facts);
	s->login.result->rule = s->decision.rule;
	if (s->decision.unknown > 0)
		log_unknown(&s->login, &s->facts);
	login_act(s);
	say_exception(&s->decision, env->conf, s->login.result);
	user_record_wipe(&s->record);
	free(group);
}

void
login_run(const struct environment *env, struct login_result *result)
{
	struct session s = { .login = { .env = env, .result = result },
		.came = admission_now(env->conf) };
	const char *user = env->facts->user;
	enum account_result found = ACCOUNT_ERROR;
	struct admission plan;

	if (settings_is_rehearsal(env->conf))
		log_notice("%s", SETTINGS_REHEARSAL);
	if (user_name_is_valid(user))
		found = accounts_find(user, &s.account);
	s.login.user = s.account.name;
	s.login.record = &s.record;
	s.login.decision = &s.decision;
	s.login.source = s.source;
	s.login.steps = &login_table;
	plan = admission_account(user, found, s.login.user);
	if (plan.end == ADMISSION_ON) {
		user_account_set(env->conf, s.login.user, s.account.uid);
		run_known(&s);
		return;
	}
	result->reason = plan.reason;
	if (plan.end == ADMISSION_DECOY) {
		admission_fill_facts(
		    s.came, env->facts, "", s.address, s.source, &s.facts);
		run_decoy(&s, REASON_NONE, false);
		return;
	}
	if (user_name_is_valid(user))
		log_problem(
		    "the account of the user cannot be looked up: check "
		    "the name service (nsswitch.conf)");
	login_result_deny(result, VERDICT_DENY, plan.reason);
}
