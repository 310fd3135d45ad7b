/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries providers for twofactl: test logins, enrolments, look-ups, alerts. */
#include "helper/control/control_inside.h"

#include "helper/broker/broker.h"
#include "helper/dialogue/dialogue.h"
#include "helper/login/login.h"
#include "helper/store/store_fleet.h"

void
control_send_error(void *ui, const char *line)
{
	ui_item(ui, ITEM_ERROR, &line, NULL);
}

/* Wraps the ui of a dialogue: lines become records, prompts are passed on. */
struct passed {
	const struct ui *peer;
	const char *name; /* answer to the first prompt, or NULL */
};

static void
say_line(void *ctx, const char *text)
{
	ui_item(((const struct passed *)ctx)->peer, ITEM_SAY, &text, NULL);
}

static enum ui_result
pass_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	struct passed *p = ctx;

	if (p->name == NULL)
		return p->peer->ask(p->peer->ctx, prompt, deadline, idle, a);
	PRINT_TO(a->text, "%s", p->name);
	a->typed = strlen(p->name);
	p->name = NULL;
	return UI_ANSWER;
}

void
control_run_dialogue(const struct environment *env, const char *name,
    struct login_result *result, control_with_network *run)
{
	struct passed passed = { .peer = env->ui, .name = name };
	const struct ui ui = {
		.ctx = &passed, .say = say_line, .ask = pass_ask
	};
	struct environment inner = *env;

	inner.ui = &ui;
	run(&inner, result);
}

/* The person's name answers the first prompt of a shared account. */
void
control_test(const struct environment *env, struct login_result *result)
{
	struct facts facts = *env->facts;
	struct environment login = *env;
	struct owner name;

	(void)owner_read(&name, facts.user); /* user_fits */
	facts.user = name.account;
	login.facts = &facts;
	log_notice("twofactl: test of %s by %s: it allows nobody",
	    facts.service, facts.request[0] != '\0' ? facts.request : "root");
	control_run_dialogue(&login,
	    name.person[0] != '\0' ? name.person : NULL, result, login_run);
}

/* Makes one call about this record; fills answer's request_id and lookup. */
static enum outcome
call_provider(const struct environment *env, const struct provider_conf *p,
    const struct user_record *record, enum provider_call_kind what,
    struct provider_ctx *answer)
{
	struct provider_call *x OWNED(secret_end) = secret_new(sizeof(*x));
	enum outcome o;

	if (x == NULL)
		return OUTCOME_DENY;
	provider_call_init(x, env, p, record, NULL);
	x->ctx.lookup = answer->lookup;
	o = provider_call_run(x, what, NULL, &(bool){ false });
	memcpy(
	    answer->request_id, x->ctx.request_id, sizeof(answer->request_id));
	return o;
}

/* A reply "not a phone number" (LOOKUP_NO) counts as known, too. */
bool
control_lookup_number(const struct environment *env,
    const struct user_record *record, struct number_facts *lookup)
{
	const struct settings *conf = env->conf;
	struct provider_ctx answer = { .lookup = lookup };
	size_t i = 0;

	memset(lookup, 0, sizeof(*lookup));
	while (i < conf->provider_count &&
	    !provider_has_call(conf->provider[i].type, CALL_LOOKUP))
		i++;
	if (i == conf->provider_count || record->phone[0] == '\0')
		return false;
	if (call_provider(env, &conf->provider[i], record, CALL_LOOKUP,
		&answer) == OUTCOME_OK ||
	    lookup->valid == LOOKUP_NO)
		return true;
	memset(lookup, 0, sizeof(*lookup));
	return false;
}

void
control_lookup(const struct environment *env, struct login_result *result)
{
	struct user_record record = { .enabled = true };
	struct number_facts lookup;
	const char *country = lookup.country;
	const bool valid = phone_is_valid(env->facts->request);

	if (valid)
		PRINT_TO(record.phone, "%s", env->facts->request);
	if (!valid || !control_lookup_number(env, &record, &lookup)) {
		login_result_end(result, valid ? REASON_NOTHING : REASON_USAGE);
		return;
	}
	ui_item(env->ui, ITEM_LOOKUP, &country,
	    (int64_t[]){ lookup.valid, lookup.reachable, lookup.line });
	login_result_end(result, REASON_NONE);
}

/* Returns the provider where the user must be registered, or NULL. Without an
 * id in the record, only providers up to the first that sends codes count. A
 * new number needs a new id. */
static const struct provider_conf *
registrar(const struct environment *env, const struct user_record *r)
{
	const bool has = r->authy_id[0] != '\0';
	const struct provider_conf *p;

	if (r->phone[0] == '\0' || (has && env->facts->request[0] == '\0'))
		return NULL;
	for (size_t n = 0; (p = reach_provider(env->conf, r, n)) != NULL; n++) {
		if (provider_has_call(p->type, CALL_REGISTER))
			return p;
		if (!has && reach_methods(env->conf, r, METHODS_CODE, p) != 0)
			return NULL;
	}
	return NULL;
}

static enum reason
register_number(const struct environment *env, const struct user_record *r)
{
	const struct provider_conf *p = registrar(env, r);
	struct provider_ctx answer = { .lookup = NULL };
	const char *id = answer.request_id;
	enum outcome o = OUTCOME_CONFIG;

	/* without an address: not needed if another provider can send codes
	 * and the record has no old id */
	if (p == NULL ||
	    (r->email[0] == '\0' && r->authy_id[0] == '\0' &&
		reach_has_code_provider(env->conf, r, METHODS_CODE)))
		return REASON_NOTHING;
	if (r->email[0] != '\0')
		o = call_provider(env, p, r, CALL_REGISTER, &answer);
	else
		log_problem("%s registers a number with its user's address: "
			    "add --email ADDR",
		    p->name);
	if (o != OUTCOME_OK)
		return outcome_reason(o);
	ui_item(env->ui, ITEM_FACTOR, &id, NULL);
	return REASON_NONE;
}

void
control_register(const struct environment *env, struct login_result *result)
{
	struct user_record record OWNED(user_record_wipe) = { .phone = "" };

	login_result_end(result,
	    env->facts->record[0] != '\0' &&
		    control_read_record(env, env->facts->record, &record) ==
			USER_FOUND
		? register_number(env, &record)
		: REASON_USER_FILE);
}

/* Sends a code for a record that is not in use yet. No rule is applied and no
 * login is allowed. Enrolments have a separate name in the state: neither they
 * nor a login use the other's code, and wrong codes here lock no user. */
struct enrol {
	struct login login; /* a login under the name below */
	struct user_record record;
	struct decision decision;
	char name[sizeof(STORE_DESK) + OWNER_MAX + sizeof(STORE_ENROLMENT)];
	char source[SOURCE_MAX + 1];
};

_Static_assert(sizeof(STORE_DESK) + OWNER_MAX + sizeof(STORE_ENROLMENT) - 2 <=
	OWN_CODE_USER_MAX,
    "the name of an enrolment has room in an own code's digest");

/* The provider refused to cancel a code so early: tries once more when it does,
 * so that no login has to wait for that. */
static void
cancel_later(struct verify *v, const struct challenge *c)
{
	const struct login *l = v->login;

	if (!verify_may_wait(v))
		return;
	login_show_line(l, words_wait_to_cancel(verify_number_busy_left_s(v)));
	store_enter_idle(l->store);
	if (login_pause(l, v->busy_until - login_now_ms(l)))
		c->quit(v);
}

static void
run_verify(const struct login *l)
{
	struct verify v = { .login = l, .leaves_none = true };
	struct challenge challenge;

	verify_init(&v, &challenge);
	/* root must not lock itself out of enrolling */
	store_guess_reset_after_right(l->store, l->user, l->source);
	dialogue_run(l, &challenge);
	/* free the number after Ctrl-C or without a code; not if twofactl was
	 * killed, as this process is killed next */
	if (l->result->verdict != VERDICT_ALLOW && v.row.id != 0 &&
	    l->result->reason != REASON_PEER_GONE) {
		challenge.quit(&v);
		cancel_later(&v, &challenge);
	}
	store_guess_reset_after_right(l->store, l->user, l->source);
	explicit_bzero(&v, sizeof(v));
}

/* Reads the record, from text unless that is NULL, and runs with the state
 * open. */
static void
run_enrol(struct enrol *e, const char *text, void (*run)(const struct login *))
{
	const struct environment *env = e->login.env;
	const bool found =
	    control_read_record(env, text, &e->record) == USER_FOUND;
	char cause[STORE_CAUSE_MAX] = "";

	if (found)
		e->login.store = store_open_from_settings(
		    env->conf, env->facts, env->store_session_id_new, cause);
	if (!found) {
		login_deny(&e->login, VERDICT_DENY, REASON_USER_FILE);
	} else if (e->login.store == NULL) {
		log_problem("%s", cause);
		login_deny(&e->login, VERDICT_DENY, REASON_STATE);
	} else {
		run(&e->login);
		store_close(e->login.store);
	}
	user_record_wipe(&e->record);
}

static void
serve_enrol_init(
    struct enrol *e, const struct environment *env, struct login_result *result)
{
	char address[46];

	*e = (struct enrol){ .login = { .env = env,
				 .result = result,
				 .user = e->name,
				 .record = &e->record,
				 .decision = &e->decision,
				 .source = e->source,
				 .steps = &login_table },
		.decision = { .action = ACTION_REQUIRE,
		    .methods = METHODS_CODE,
		    .on_outage = OUTAGE_DENY,
		    .brand = env->conf->brand } };
	PRINT_TO(e->name, "%.*s", OWNER_MAX, env->facts->user);
	admission_address(env->facts->service, env->facts->rhost,
	    env->facts->ssh_addr, address);
	source_from_address(address, (uid_t)env->facts->real_uid, e->source);
}

/* Leaves one phone, the first or the request's, so that no other is proven. */
static void
run_enrolment(const struct login *l)
{
	l->record->phone_count = 0;
	if (l->env->facts->request[0] != '\0') {
		PRINT_TO(l->record->phone, "%s", l->env->facts->request);
		l->record->phones[0].voice = false;
	}
	run_verify(l);
}

/* Enrols by facts.record, the new content of the user's file. */
void
control_enrolment(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;
	struct enrol e;

	if (f->record[0] == '\0') {
		login_result_end(result, REASON_USAGE);
		return;
	}
	serve_enrol_init(&e, env, result);
	PRINT_TO(
	    e.name, STORE_ADMIN "%.*s" STORE_ENROLMENT, OWNER_MAX, f->user);
	run_enrol(&e, f->record, run_enrolment);
}

/* A phone that was reported lost proves nothing about who has it, nor does the
 * app on it. Returns true, after denying, if one may be. */
static bool
desk_denies_lost(const struct login *l)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int count =
	    store_recovery_list(l->store, l->env->facts->user, list);
	int i = count;

	while (i > 0 && list[i - 1].use < RECOVERY_USE_ENROL)
		i--;
	explicit_bzero(list, sizeof(list));
	if (count < 0)
		ending_deny(l, END_UNCHECKED, REASON_STATE);
	else if (i > 0)
		ending_deny(l, END_INVITED, REASON_LIMIT);
	return count < 0 || i > 0;
}

static void
desk_phone(const struct login *l)
{
	user_record_use_phone(l->record,
	    reach_phone(l->env->conf, l->record, l->decision->methods, 0));
	phone_mask(l->record->phone, l->result->number);
	run_verify(l);
}

/* Counts as a login's code: a guess of the user, used up. */
static void
desk_app(const struct login *of)
{
	struct factors *f OWNED(secret_end) = secret_new(sizeof(*f));
	struct login l = *of;
	struct login_begin begin;
	struct challenge challenge;

	l.user = l.env->facts->user;
	if (f == NULL || login_begin(&l, NULL, &begin, store_begin) != 0) {
		login_deny_store_failure(&l);
	} else {
		f->login = &l;
		factors_init(f, &challenge);
		factors_run(f, &challenge);
	}
}

static void
run_desk(const struct login *l)
{
	if (!desk_denies_lost(l))
		((l->decision->methods & METHODS_DESK) != 0 ? desk_phone
							    : desk_app)(l);
}

/* The event counts for the user, whatever the end, once a code was asked for.
 */
void
control_desk(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;
	const bool app = strcmp(f->request, PURPOSE_DESK_APP) == 0;
	struct enrol e;
	char what[80];

	serve_enrol_init(&e, env, result);
	PRINT_TO(e.name, STORE_DESK "%.*s" STORE_ENROLMENT, OWNER_MAX, f->user);
	e.decision.methods = app ? METHOD_BIT(METHOD_TOTP)
				 : METHOD_BIT(METHOD_SMS) | METHODS_DESK;
	run_enrol(&e, NULL, run_desk);
	PRINT_TO(what, "helpdesk verify: %s %s", app ? "app" : result->number,
	    result->verdict == VERDICT_ALLOW ? "verified" : "not verified");
	if (result->method != METHOD_NONE)
		request_log(f, EVENT_DESK_CHECKED, what, f->user);
}

/* Reads "EVENT", or "EVENT NUMBER" with a number that the record had before,
 * "" without one. Returns EVENT_NONE if it is neither. */
static enum event
alert_read(const char *request, const char **number)
{
	const size_t word = strcspn(request, " ");
	enum event event = EVENT_NONE + 1;

	while (event < EVENT_COUNT &&
	    (strncmp(logline_event_word(event), request, word) != 0 ||
		logline_event_word(event)[word] != '\0'))
		event++;
	*number = request + word + (request[word] != '\0');
	return event < EVENT_COUNT &&
		(request[word] == '\0' || phone_is_valid(*number))
	    ? event
	    : EVENT_NONE;
}

static void
run_alert(const struct login *l)
{
	const char *number;
	const enum event event = alert_read(l->env->facts->request, &number);

	if (event == EVENT_NONE) {
		login_result_end(l->result, REASON_USAGE);
		return;
	}
	if (number[0] != '\0') {
		PRINT_TO(l->record->phone, "%s", number);
		l->record->phone_count = l->record->phone_at = 0;
	}
	login_result_end(
	    l->result, verify_alert(l, event) ? REASON_NONE : REASON_NOTHING);
}

void
control_alert(const struct environment *env, struct login_result *result)
{
	struct enrol e;

	serve_enrol_init(&e, env, result);
	run_enrol(&e, NULL, run_alert);
}
