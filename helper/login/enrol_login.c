/* SPDX-License-Identifier: BSD-2-Clause */
/* A user without a record enrols at the login, after a first factor that was
 * seen, or changes the phone or app (self_login.c): types a number, or is shown
 * an app's key, and proves it by a code. The state broker decides and writes
 * (broker_enrol.c); here are the prompts. */
#include "helper/login/login.h"

#include "helper/broker/broker.h"
#include "helper/dialogue/dialogue.h"

#define NUMBERS_MAX 5 /* that are no number of a country that is allowed */

struct enrol {
	struct verify verify;
	struct challenge phone;
	struct factors factors; /* of the app alone */
	struct challenge app;
	/* what login.begun points to: no message was sent, no lock found */
	struct verify_batch none;
	char uri[TOTP_URI_MAX], key[TOTP_FOURS_MAX];
	struct login login; /* as if the device were in the user's record */
	struct environment env;
	struct user_record record;
	struct decision decision;
	const struct login *changes; /* with the present phone; or NULL */
	bool by_app;                 /* the change is of the app */
	bool invited, unsent; /* unsent: no code could be sent to the number */
};

static bool
phone_is_possible(const struct login *l)
{
	const struct settings *conf = l->env->conf;

	return settings_enrols_by(conf, SETTINGS_ENROL_PHONE) &&
	    (settings_deliverable_methods(conf) & l->decision->methods &
		METHODS_PHONE) != 0;
}

static bool
app_is_possible(const struct login *l)
{
	return settings_enrols_by(l->env->conf, SETTINGS_ENROL_APP) &&
	    (l->decision->methods & METHOD_BIT(METHOD_TOTP)) != 0;
}

bool
enrol_login_is_possible(const struct login *l)
{
	const struct facts *f = l->env->facts;

	return broker_client_has_fd() && f->purpose == PURPOSE_LOGIN &&
	    f->conversation && f->one_field == NULL &&
	    admission_may_enrol(l->env->conf, f->service,
		f->first_factor != FIRST_NONE, f->socket_uid) &&
	    (phone_is_possible(l) || app_is_possible(l));
}

/* True if this login may tell its user of twofactl self --codes. That command
 * still refuses users whom self_for leaves out and uids with several names,
 * which are not looked up here. */
static bool
offers_codes(const struct login *l)
{
	const struct settings *conf = l->env->conf;

	return l->env->has_user_socket && !settings_is_fleet(conf) &&
	    conf->account != NULL && conf->account->uid > 0 &&
	    strcmp(l->user, conf->account->name) == 0 &&
	    !settings_socket_allows(conf, conf->account->uid) &&
	    (settings_deliverable_methods(conf) & METHODS_PHONE) != 0;
}

static enum challenge_step
enrol_end(const struct enrol *e, const char *prompt, enum reason why)
{
	ending_show_prompt(&e->login, prompt);
	return login_deny(&e->login, VERDICT_MAXTRIES, why);
}

static const char *
app_alone(const struct enrol *e)
{
	return e->unsent ? words_enrol_unsent : words_enrol_app;
}

static const char *
first_prompt(const struct enrol *e)
{
	if (e->changes != NULL)
		return words_self_number;
	if (e->unsent || !phone_is_possible(&e->login))
		return app_alone(e);
	if (!app_is_possible(&e->login))
		return words_enrol_number;
	return strcmp(e->env.conf->enrol_kinds.item[0], SETTINGS_ENROL_APP) == 0
	    ? words_enrol_app_first
	    : words_enrol_either;
}

static void
enrol_refuse(const struct enrol *e)
{
	enrol_end(e,
	    e->changes != NULL ? words_self_untold : words_enrol_refused,
	    REASON_UNENROLLED);
}

/* Its secret becomes the only factor of the record. */
static void
enrol_take_app(struct enrol *e)
{
	struct secret *secret = &e->record.app[0].secret;
	char account[USER_NAME_MAX + 66];

	e->record = (struct user_record){
		.enabled = true, .channel = { METHOD_TOTP }, .channels = 1
	};
	/* before the change, which may be stopped */
	if (e->changes != NULL)
		(void)verify_alert(e->changes, EVENT_NUMBER_CHANGING);
	if (broker_client_enrol_secret(secret) != 1) {
		enrol_refuse(e);
		return;
	}
	PRINT_TO(account, "%s%s%.64s", e->login.user,
	    e->env.host != NULL ? "@" : "",
	    e->env.host != NULL ? e->env.host : "");
	if (totp_uri_write(secret, &e->record.app[0].kind, 0,
		e->env.conf->brand, account, e->uri) != 0)
		e->uri[0] = '\0';
	text_in_fours(e->key, sizeof(e->key), secret->b, ' ');
	e->none.found.lock = GUESS_OPEN; /* or the broker gave no secret */
	e->factors.login = &e->login;
	factors_init(&e->factors, &e->app);
	e->login.result->number[0] = '\0';
}

/* By what the code may come: of a change, by what the record takes, for a login
 * sends none by another. */
static void
channels_take(struct enrol *e)
{
	const struct user_record *has =
	    e->changes != NULL ? e->changes->record : NULL;
	struct user_record *r = &e->record;

	r->channels = 0;
	for (size_t i = 0; has != NULL && i < has->channels; i++)
		if (has->channel[i] == METHOD_SMS ||
		    has->channel[i] == METHOD_VOICE)
			r->channel[r->channels++] = has->channel[i];
	if (r->channels > 0)
		return;
	r->channel[0] = METHOD_SMS;
	r->channel[1] = METHOD_VOICE;
	r->channels = 2;
}

/* Returns the next prompt; NULL once the device is open at the broker, or the
 * login is denied. A text that is no number is neither kept nor shown: it may
 * be a password. */
static const char *
enrol_take(struct enrol *e, const char *line)
{
	char number[PHONE_MAX + 1];

	if (strcmp(line, "q") == 0) {
		login_show_line(&e->login, words_from_ending(END_CANCELLED));
		login_deny(&e->login, VERDICT_MAXTRIES, REASON_CANCELLED);
		return NULL;
	}
	if (strcmp(line, "a") == 0 && e->changes == NULL &&
	    app_is_possible(&e->login)) {
		enrol_take_app(e);
		return NULL;
	}
	if (e->changes == NULL && (e->unsent || !phone_is_possible(&e->login)))
		return app_alone(e);
	if (typed_number_read(line, NULL, number) != NULL)
		return words_enrol_malformed;
	if (!reach_number_allowed(e->env.conf, number))
		return words_enrol_country;
	/* before the change, so that no Ctrl-C comes in between */
	if (e->changes != NULL)
		(void)verify_alert(e->changes, EVENT_NUMBER_CHANGING);
	if (broker_client_enrol_open(number, NULL, 0) != 1) {
		enrol_refuse(e);
		return NULL;
	}
	e->record = (struct user_record){ .enabled = true };
	channels_take(e);
	PRINT_TO(e->record.phone, "%s", number);
	phone_mask(number, e->login.result->number);
	return NULL;
}

static bool
is_app(const struct enrol *e)
{
	return e->record.app[0].secret.len > 0;
}

/* twofactl draws the QR code of its line. */
static bool
enrol_show_app(struct enrol *e)
{
	enrol_take_app(e);
	if (is_app(e))
		login_show_line(&e->login, e->uri);
	return is_app(e);
}

static bool
enrol_ask(struct enrol *e)
{
	const char *prompt = first_prompt(e);
	char line[UI_ANSWER_MAX + 1];
	bool answered = true;

	e->record.phone[0] = '\0';
	for (unsigned n = 0; answered && prompt != NULL && n < NUMBERS_MAX;
	     n++) {
		answered = dialogue_ask_name(&e->login, prompt, line);
		if (answered)
			prompt = enrol_take(e, line);
		explicit_bzero(line, sizeof(line));
	}
	if (answered && prompt != NULL)
		login_deny(&e->login, VERDICT_MAXTRIES, REASON_PROMPTS);
	return e->record.phone[0] != '\0' || is_app(e);
}

static enum challenge_step
enrol_commit(struct enrol *e)
{
	char *none;
	const enum broker_enrolled done =
	    broker_client_enrol_commit(e->env.conf->account->uid, &none);

	if (done == BROKER_ENROLLED_DONE) {
		login_show_line(&e->login,
		    e->changes != NULL
			? words_self_changed(
			      e->by_app ? NULL : e->record.phone, e->invited)
			: words_enrolled(e->login.user,
			      is_app(e) ? "an app" : e->record.phone,
			      !is_app(e) && offers_codes(&e->login)));
		return STEP_RIGHT;
	}
	if (done == BROKER_ENROLLED_BEFORE)
		return enrol_end(e,
		    e->changes != NULL ? words_self_before : words_enrol_before,
		    REASON_UNENROLLED);
	if (done == BROKER_ENROLLED_NO)
		return enrol_end(e, words_enrol_refused, REASON_UNENROLLED);
	return enrol_end(
	    e, words_enrol_unsaved, login_store_failure_reason(e->login.store));
}

enum challenge_step
enrol_login_proof_step(const struct verify *v, enum challenge_step step)
{
	if (step == STEP_LOCKED) {
		ending_show_prompt(v->login, words_locked(v->wait_s, false));
		return login_deny(v->login, VERDICT_MAXTRIES, REASON_LOCKED);
	}
	return step == STEP_ADMIT || step == STEP_INSTEAD
	    ? login_deny(v->login, VERDICT_DENY, REASON_DENIED)
	    : step;
}

/* No outage admits here, and a lock leaves no other factor. */
static enum challenge_step
phone_step(struct enrol *e, enum challenge_step step)
{
	return step == STEP_RIGHT ? enrol_commit(e)
				  : enrol_login_proof_step(&e->verify, step);
}

static enum challenge_step
enrol_begin(void *ctx)
{
	struct enrol *e = ctx;
	enum challenge_step step;

	if (!(e->by_app ? enrol_show_app(e) : enrol_ask(e)))
		return STEP_DENY;
	if (is_app(e))
		return e->app.begin(e->app.ctx);
	e->verify.offline = e->changes == NULL && app_is_possible(&e->login);
	step = e->phone.begin(e->phone.ctx);
	e->unsent =
	    e->verify.offline && (step == STEP_ADMIT || step == STEP_INSTEAD);
	e->verify.offline = false;
	if (e->unsent)
		return enrol_ask(e) ? e->app.begin(e->app.ctx) : STEP_DENY;
	return phone_step(e, step);
}

static const struct challenge *
part(const struct enrol *e)
{
	return is_app(e) ? &e->app : &e->phone;
}

static enum challenge_step
enrol_check(void *ctx, const char *code)
{
	struct enrol *e = ctx;

	return phone_step(e, part(e)->check(part(e)->ctx, code));
}

static enum challenge_step
enrol_send_another(void *ctx, enum method method)
{
	return part(ctx)->send_another(part(ctx)->ctx, method);
}

static void
enrol_quit(void *ctx)
{
	part(ctx)->quit(part(ctx)->ctx);
}

static void
enrol_view(void *ctx, struct challenge_view *v)
{
	const struct enrol *e = ctx;

	part(e)->view(part(e)->ctx, v);
	if (is_app(e)) {
		v->page = e->by_app ? "" : e->uri; /* shown already */
		v->user_code = e->key;
	}
}

/* within: in another dialogue, where this process is confined. */
static enum challenge_step
enrol_run(const struct login *of, bool within, const struct login *changes,
    bool by_app, bool invited)
{
	struct enrol *e OWNED(secret_end) = secret_new(sizeof(*e));
	const struct challenge challenge = { .ctx = e,
		.begin = enrol_begin,
		.check = enrol_check,
		.send_another = enrol_send_another,
		.quit = enrol_quit,
		.view = enrol_view };

	if (e == NULL) {
		log_problem("out of memory: free some");
		return login_deny(of, VERDICT_DENY, REASON_STATE);
	}
	e->changes = changes;
	e->by_app = by_app;
	e->invited = invited;
	e->env = *of->env;
	if (within)
		e->env.confine = NULL;
	e->decision = *of->decision;
	e->decision.on_outage = OUTAGE_DENY;
	if (by_app)
		e->decision.methods = METHOD_BIT(METHOD_TOTP);
	e->login = (struct login){ .env = &e->env,
		.user = of->user,
		.record = &e->record,
		.decision = &e->decision,
		.source = of->source,
		.office = of->office,
		.service = of->service,
		.store = of->decoy_store,
		.enrol = of->enrol,
		.begun = &e->none,
		.steps = of->steps,
		.result = of->result };
	e->verify.login = &e->login;
	verify_init(&e->verify, &e->phone);
	dialogue_run(&e->login, &challenge);
	return of->result->verdict == VERDICT_ALLOW ? STEP_RIGHT : STEP_DENY;
}

bool
enrol_login_run(const struct login *of)
{
	if (broker_client_enrol_open(NULL, NULL, 0) != 1)
		return false;
	(void)enrol_run(of, false, NULL, false, false);
	return true;
}

void
enrol_login_change(const struct login *of, bool app, bool invited)
{
	(void)enrol_run(of, true, of, app, invited);
}

bool
enrol_login_open(const struct login *of, const char *code)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(of->decoy_store, of->user, list);
	int opened = 0, i = 0;

	while (i < count &&
	    recovery_code_hash(list[i].salt, code, list[i].hash) == 0)
		i++;
	if (count > 0 && i == count)
		opened = broker_client_enrol_open(NULL, list, count);
	explicit_bzero(list, sizeof(list));
	return opened == 1;
}

enum challenge_step
enrol_login_invited(const struct login *of, const char *code)
{
	return enrol_login_open(of, code)
	    ? enrol_run(of, true, NULL, false, true)
	    : STEP_NO_RECOVERY;
}

static void
show_change(
    const struct login *l, const char *what, const char *phones, int64_t at)
{
	const int64_t age_s = login_env_wall_s(l->env) - at;

	if (at > 0 && age_s >= 0 && age_s < USER_CHANGE_SHOWN_S)
		login_show_line(l, words_self_notice(what, phones, at));
}

/* Not before the proof: a new phone is no attacker's business. */
void
enrol_login_show_changes(const struct login *l, int64_t codes_at)
{
	const struct user_record *r = l->record;

	if (l->env->decoy_person != NULL ||
	    l->env->facts->purpose != PURPOSE_LOGIN ||
	    l->result->verdict != VERDICT_ALLOW)
		return;
	show_change(l,
	    strchr(r->changed_to, ',') != NULL ? "Your phones were changed to "
					       : "Your phone was changed to ",
	    r->changed_to, r->changed_at);
	show_change(l, "An app was set up for you", "", r->app_changed_at);
	show_change(l, "New recovery codes were made for you", "", codes_at);
	if (l->result->method == METHOD_RECOVERY && offers_codes(l) &&
	    store_recovery_count_codes(l->store, l->user) == 0)
		login_show_line(l, words_self_codes_last);
}
