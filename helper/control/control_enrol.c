/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl tries at a provider before a login depends on it. */
#include "helper/control/control.h"

#include <stdlib.h>

#include "helper/login/login.h"
#include "helper/providers/providers.h"
#include "helper/control/control_inside.h"
#include "helper/store/store_fleet.h"
#include "helper/verification/verification.h"

static const struct provider_conf *
first_lookup(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (provider_has_call(conf->provider[i].type, CALL_LOOKUP))
			return &conf->provider[i];
	return NULL;
}

/* One call about this record; answer gets request_id and lookup. */
static enum outcome
number_lookup_ask(const struct environment *env, const struct provider_conf *p,
    const struct user_record *record, enum provider_call_kind what,
    struct provider_ctx *answer)
{
	/* nothing is sent, so no brand is needed */
	const struct decision decision = { .brand = "" };
	struct provider_call *x = calloc(1, sizeof(*x));
	enum outcome o;

	if (x == NULL)
		return OUTCOME_DENY;
	provider_call_init(x, env, p, record, &decision);
	x->ctx.lookup = answer->lookup;
	o = provider_call_run(x, what, NULL, &(bool){ false });
	memcpy(
	    answer->request_id, x->ctx.request_id, sizeof(answer->request_id));
	explicit_bzero(x, sizeof(*x));
	free(x);
	return o;
}

/* "Not a phone number" is an answer, too. */
bool
number_lookup_run(const struct environment *env,
    const struct user_record *record, struct number_facts *lookup)
{
	const struct provider_conf *p = first_lookup(env->conf);
	struct provider_ctx answer = { .lookup = lookup };

	memset(lookup, 0, sizeof(*lookup));
	if (p == NULL || record->phone[0] == '\0')
		return false;
	if (number_lookup_ask(env, p, record, CALL_LOOKUP, &answer) ==
		OUTCOME_OK ||
	    lookup->valid == LOOKUP_NO)
		return true;
	memset(lookup, 0, sizeof(*lookup));
	return false;
}

/* Enrols a phone's app for pushes: gets a token for it, then waits until the
 * provider lists the app as proven. */

#define POLL_MS 2000
#define PART 512 /* of a token, for each record */

struct join {
	const struct environment *env;
	struct login_result *result;
	struct user_record record;
	struct provider_call x;
	struct enrolment before, now;
};

static void
serve_enrol_deny(struct join *j, enum reason why)
{
	result_deny(j->result, VERDICT_DENY, why);
}

/* The provider that push_provider will choose at a login. */
static const struct provider_conf *
find_provider(const struct join *j)
{
	const struct provider_conf *p;
	size_t n;

	for (n = 0; (p = reach_provider(j->env->conf, &j->record, n)) != NULL;
	     n++)
		if (provider_has_call(p->type, CALL_TOKEN))
			return p;
	return NULL;
}

static enum outcome
call(struct join *j, enum provider_call_kind what, struct enrolment *e)
{
	j->x.ctx.enrolment = e;
	return provider_call_run(&j->x, what, NULL, &(bool){ false });
}

static void
say_token(const struct join *j)
{
	const char *at = j->before.token;
	char part[PART + 1];
	const char *const text[] = { j->record.push_identity, part };
	size_t len;

	for (; *at != '\0'; at += len) {
		len = strnlen(at, PART);
		memcpy(part, at, len);
		part[len] = '\0';
		ui_item(j->env->ui, ITEM_TOKEN, text, NULL);
	}
	explicit_bzero(part, sizeof(part));
}

static bool
is_new(const struct join *j, const char *factor)
{
	for (size_t i = 0; i < j->before.factors; i++)
		if (strcmp(j->before.factor[i], factor) == 0)
			return false;
	return true;
}

static const char *
new_factor(const struct join *j)
{
	for (size_t i = 0; i < j->now.factors; i++)
		if (is_new(j, j->now.factor[i]))
			return j->now.factor[i];
	return NULL;
}

static void
wait_for_app(struct join *j)
{
	const struct environment *env = j->env;
	const char *factor = NULL;
	enum outcome o = OUTCOME_OK;

	while (frame_clock_ms() + POLL_MS < env->deadline) {
		o = call(j, CALL_FACTORS, &j->now);
		if (o != OUTCOME_OK && o != OUTCOME_TRANSIENT &&
		    o != OUTCOME_STALLED && o != OUTCOME_THROTTLE) {
			serve_enrol_deny(j, outcome_reason(o));
			return;
		}
		factor = o == OUTCOME_OK ? new_factor(j) : NULL;
		if (factor != NULL) {
			ui_item(env->ui, ITEM_FACTOR, &factor, NULL);
			request_log(env->facts, EVENT_ENROLLED, "push",
			    env->facts->user);
			result_allow(j->result, LOGIN_ALLOWED, REASON_NONE);
			return;
		}
		if (!env->pause(env->ctx, POLL_MS)) {
			serve_enrol_deny(j, REASON_PEER_GONE);
			return;
		}
	}
	serve_enrol_deny(j, REASON_DEADLINE);
}

static void
push_join(struct join *j)
{
	const struct ui *ui = j->env->ui;
	struct ui_answer a = { .typed = 0 };
	enum outcome o = call(j, CALL_FACTORS, &j->before);

	if (o == OUTCOME_OK)
		o = call(j, CALL_TOKEN, &j->before);
	if (o != OUTCOME_OK) {
		serve_enrol_deny(j, outcome_reason(o));
		return;
	}
	say_token(j);
	if (ui->ask(ui->ctx, "shown", j->env->deadline, NULL, &a) != UI_ANSWER)
		serve_enrol_deny(j, REASON_KEPT);
	else
		wait_for_app(j);
}

static void
serve_enrol_aim(struct join *j)
{
	static const struct decision none = { .brand = "" };
	const struct provider_conf *p = find_provider(j);

	if (p == NULL) {
		log_problem("no provider in twofa.conf enrols apps: add one of "
			    "type \"twilio-push\"");
		serve_enrol_deny(j, REASON_SETTINGS);
		return;
	}
	if (j->record.push_identity[0] == '\0' &&
	    system_random_name(j->record.push_identity) != 0) {
		log_problem("the kernel gave no random bytes");
		serve_enrol_deny(j, REASON_NO_RANDOM);
		return;
	}
	provider_call_init(&j->x, j->env, p, &j->record, &none);
	j->x.ctx.method = METHOD_PUSH;
	push_join(j);
}

void
control_push(const struct environment *env, struct login_result *result)
{
	struct join *j = calloc(1, sizeof(*j));
	enum user_result found;

	if (j == NULL) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	j->env = env;
	j->result = result;
	found = control_read_record(env, NULL, &j->record);
	if (found == USER_FOUND || found == USER_ABSENT)
		serve_enrol_aim(j);
	else
		serve_enrol_deny(j, admission_unread_reason(env->conf, found));
	user_record_wipe(&j->record);
	explicit_bzero(j, sizeof(*j));
	free(j);
}

void
control_providers_error(void *ui, const char *line)
{
	ui_item(ui, ITEM_ERROR, &line, NULL);
}

/* Passes records to the other end and answers from there. */
struct passed {
	const struct ui *peer;
	const char *name; /* answer to the first prompt; NULL: none */
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
	snprintf(a->text, sizeof(a->text), "%s", p->name);
	a->typed = strlen(p->name);
	p->name = NULL;
	return UI_ANSWER;
}

static void
run_dialogue(const struct environment *env, const char *name,
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

/* The first prompt of a shared account asks which person it is. */
void
control_test(const struct environment *env, struct login_result *result)
{
	struct facts facts = *env->facts;
	struct environment login = *env;
	struct owner name;

	(void)owner_read(&name, facts.user); /* user_fits */
	facts.user = name.account;
	login.facts = &facts;
	log_notice("twofactl: test of %s by %s: nobody is let in by it",
	    facts.service, facts.request[0] != '\0' ? facts.request : "root");
	run_dialogue(&login, name.person[0] != '\0' ? name.person : NULL,
	    result, login_run);
}

void
control_lookup(const struct environment *env, struct login_result *result)
{
	struct user_record record = { .enabled = true };
	struct number_facts lookup;
	const char *country = lookup.country;

	if (!phone_is_valid(env->facts->request)) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	snprintf(record.phone, sizeof(record.phone), "%s", env->facts->request);
	if (!number_lookup_run(env, &record, &lookup)) {
		result_deny(result, VERDICT_DENY, REASON_NOTHING);
		return;
	}
	ui_item(env->ui, ITEM_LOOKUP, &country,
	    (int64_t[]){ lookup.valid, lookup.reachable, lookup.line });
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}

/* Where the record's person must be registered: at the provider that is asked
 * first, and once more for a new number, since an id is of one. NULL:
 * nowhere. */
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

static void
serve_enrol_at(const struct environment *env, const struct user_record *r,
    struct login_result *result)
{
	const struct provider_conf *p = registrar(env, r);
	struct provider_ctx answer = { .lookup = NULL };
	const char *id = answer.request_id;
	enum outcome o = OUTCOME_CONFIG;

	/* without an address another provider may do, but no old id */
	if (p == NULL ||
	    (r->email[0] == '\0' && r->authy_id[0] == '\0' &&
		reach_by_code(env->conf, r, METHODS_CODE))) {
		result_deny(result, VERDICT_DENY, REASON_NOTHING);
		return;
	}
	if (r->email[0] != '\0')
		o = number_lookup_ask(env, p, r, CALL_REGISTER, &answer);
	else
		log_problem("%s registers a number with its user's address: "
			    "add --email ADDR",
		    p->name);
	if (o != OUTCOME_OK) {
		result_deny(result, VERDICT_DENY, outcome_reason(o));
		return;
	}
	ui_item(env->ui, ITEM_FACTOR, &id, NULL);
	result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}

void
control_register(const struct environment *env, struct login_result *result)
{
	struct user_record record = { .phone = "" };

	if (env->facts->record[0] != '\0' &&
	    control_read_record(env, env->facts->record, &record) == USER_FOUND)
		serve_enrol_at(env, &record, result);
	else
		result_deny(result, VERDICT_DENY, REASON_USER_FILE);
	user_record_wipe(&record);
}

/* Sends a code for a record that is not in use yet. No rule is applied and no
 * login allowed. It shares only the verification with a login, under a separate
 * name: so neither uses the other's code, and wrong codes here lock no user. */
struct enrol {
	struct login login; /* a login under the name below */
	struct user_record record;
	struct decision decision;
	char name[OWNER_MAX + sizeof(STORE_ENROLMENT)];
	char source[SOURCE_MAX + 1];
};

_Static_assert(OWNER_MAX + sizeof(STORE_ENROLMENT) - 1 <= OWN_CODE_USER_MAX,
    "the name of an enrolment has room in an own code's digest");

static void
run_verify(const struct login *l)
{
	struct verify v = { .login = l, .leaves_none = true };
	struct challenge challenge;

	verify_init(&v, &challenge);
	/* root must not lock itself out of enrolling */
	store_guess_right(l->store, l->user, l->source);
	dialogue_run(l, &challenge);
	/* Ctrl-C, or no code at hand: else this number stays busy. When
	 * twofactl was killed, this process is killed next */
	if (l->result->verdict != VERDICT_ALLOW && v.row.id != 0 &&
	    l->result->reason != REASON_PEER_GONE)
		challenge.quit(&v);
	store_guess_right(l->store, l->user, l->source);
	explicit_bzero(&v, sizeof(v));
}

static void
run_state(struct login *l, void (*run)(const struct login *))
{
	char cause[STORE_CAUSE_MAX] = "";

	l->store = store_open_for(
	    l->env->conf, l->env->facts, l->env->store_session_id_new, cause);
	if (l->store == NULL) {
		log_problem("%s", cause);
		login_deny(l, VERDICT_DENY, REASON_STATE);
		return;
	}
	run(l);
	store_close(l->store);
	l->store = NULL;
}

static void
serve_enrol_init(
    struct enrol *e, const struct environment *env, struct login_result *result)
{
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
	source_from("", (uid_t)env->facts->real_uid, e->source);
}

/* By the record that the request has, as it will be in its file. */
static void
serve_enrol(const struct environment *env, struct login_result *result)
{
	const struct facts *f = env->facts;
	struct enrol e;

	if (f->record[0] == '\0') {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	serve_enrol_init(&e, env, result);
	PRINT_TO(e.name, "%.*s" STORE_ENROLMENT, OWNER_MAX, f->user);
	if (control_read_record(env, f->record, &e.record) == USER_FOUND)
		run_state(&e.login, run_verify);
	else
		result_deny(result, VERDICT_DENY, REASON_USER_FILE);
	user_record_wipe(&e.record);
}

static void
run_alert(const struct login *l)
{
	if (verify_alert(l, l->result->alert))
		result_allow(l->result, LOGIN_ALLOWED, REASON_NONE);
	else
		result_deny(l->result, VERDICT_DENY, REASON_NOTHING);
}

/* "EVENT", or "EVENT NUMBER": to one that is not the record's any more. */
static bool
alert_read(const char *request, enum event *event, const char **number)
{
	const size_t word = strcspn(request, " ");

	for (*event = EVENT_NONE + 1; *event < EVENT_COUNT; ++*event)
		if (strncmp(event_word(*event), request, word) == 0 &&
		    event_word(*event)[word] == '\0')
			break;
	*number = request[word] != '\0' ? request + word + 1 : NULL;
	return *event < EVENT_COUNT &&
	    (*number == NULL || phone_is_valid(*number));
}

void
control_alert(const struct environment *env, struct login_result *result)
{
	struct enrol e;
	const char *number;

	serve_enrol_init(&e, env, result);
	if (!alert_read(env->facts->request, &result->alert, &number)) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	if (control_read_record(env, NULL, &e.record) == USER_FOUND) {
		if (number != NULL)
			PRINT_TO(e.record.phone, "%s", number);
		run_state(&e.login, run_alert);
	} else
		result_deny(result, VERDICT_DENY, REASON_USER_FILE);
	user_record_wipe(&e.record);
}

void
control_prove(const struct environment *env, struct login_result *result)
{
	run_dialogue(env, NULL, result, login_run);
	if (result->outcome != LOGIN_ALLOWED || result->reason != REASON_NONE)
		result_deny(result, VERDICT_DENY, REASON_DENIED);
}

void
control_enrolment(const struct environment *env, struct login_result *result)
{
	run_dialogue(env, NULL, result, serve_enrol);
}
