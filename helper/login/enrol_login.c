/* SPDX-License-Identifier: BSD-2-Clause */
/* A user without a record enrols at the login, after a first factor that was
 * seen, or changes the phone (self_login.c): types a number, proves it by the
 * code that is sent there. The state broker decides and writes
 * (broker_enrol.c); here are the prompts. */
#include "helper/login/login.h"

#include <stdlib.h>

#include "helper/broker/broker.h"
#include "helper/dialogue/dialogue.h"

#define NUMBERS_MAX 5 /* that are no number of a country that is allowed */

struct enrol {
	struct verify verify; /* first: the ctx of phone, too */
	struct challenge phone;
	struct login login; /* as if the number were in the user's record */
	struct environment env;
	struct user_record record;
	struct decision decision;
	const struct login *changes; /* with the present phone; or NULL */
	bool invited;
};

bool
enrol_login_is_possible(const struct login *l)
{
	const struct facts *f = l->env->facts;
	const struct settings *conf = l->env->conf;

	return broker_client_has_fd() && f->purpose == PURPOSE_LOGIN &&
	    f->conversation && f->one_field == NULL &&
	    admission_may_enrol(conf, f->service, f->first_factor != FIRST_NONE,
		f->socket_uid) &&
	    broker_calls_cover_all_providers(conf->provider_count) &&
	    (settings_deliverable_methods(conf) & l->decision->methods &
		METHODS_PHONE) != 0;
}

/* Only with several names for the uid, self refuses where this is true. */
bool
enrol_login_offers_codes(const struct login *l)
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

/* Returns the next prompt; NULL once the number is open at the broker, or the
 * login is denied. A text that is no number is neither kept nor shown: it may
 * be a password. */
static const char *
enrol_take_number(struct enrol *e, const char *line)
{
	char number[PHONE_MAX + 1];

	if (strcmp(line, "q") == 0) {
		login_show_line(&e->login, words_from_ending(END_CANCELLED));
		login_deny(&e->login, VERDICT_MAXTRIES, REASON_CANCELLED);
		return NULL;
	}
	if (typed_number_read(line, NULL, number) != NULL)
		return words_enrol_malformed;
	if (!reach_number_allowed(e->env.conf, number))
		return words_enrol_country;
	/* before the change, so that no Ctrl-C comes in between */
	if (e->changes != NULL)
		(void)verify_alert(e->changes, EVENT_NUMBER_CHANGING);
	if (broker_client_enrol_open(number, NULL, 0) != 1) {
		(void)enrol_end(e,
		    e->changes != NULL ? words_self_untold
				       : words_enrol_refused,
		    REASON_UNENROLLED);
		return NULL;
	}
	e->record = (struct user_record){ .enabled = true,
		.channel = { METHOD_SMS, METHOD_VOICE },
		.channels = 2 };
	PRINT_TO(e->record.phone, "%s", number);
	phone_mask(number, e->login.result->number);
	return NULL;
}

static bool
enrol_ask_number(struct enrol *e)
{
	const char *prompt =
	    e->changes != NULL ? words_self_number : words_enrol_number;
	char line[UI_ANSWER_MAX + 1];
	bool answered = true;

	e->record.phone[0] = '\0';
	for (unsigned n = 0; answered && prompt != NULL && n < NUMBERS_MAX;
	     n++) {
		answered = dialogue_ask_name(&e->login, prompt, line);
		if (answered)
			prompt = enrol_take_number(e, line);
		explicit_bzero(line, sizeof(line));
	}
	if (answered && prompt != NULL)
		login_deny(&e->login, VERDICT_MAXTRIES, REASON_PROMPTS);
	return e->record.phone[0] != '\0';
}

static enum challenge_step
enrol_commit(struct enrol *e)
{
	char *none;

	switch (broker_client_enrol_commit(e->env.conf->account->uid, &none)) {
	case BROKER_ENROLLED_DONE:
		login_show_line(&e->login,
		    e->changes != NULL
			? words_self_changed(e->record.phone, e->invited)
			: words_enrolled(e->login.user, e->record.phone,
			      enrol_login_offers_codes(&e->login)));
		return STEP_RIGHT;
	case BROKER_ENROLLED_BEFORE:
		return enrol_end(e,
		    e->changes != NULL ? words_self_before : words_enrol_before,
		    REASON_UNENROLLED);
	case BROKER_ENROLLED_NO:
		return enrol_end(e, words_enrol_refused, REASON_UNENROLLED);
	case BROKER_ENROLLED_FAILED:
		break;
	}
	return enrol_end(
	    e, words_enrol_unsaved, login_store_failure_reason(e->login.store));
}

/* No outage admits here, and a lock leaves no other factor. */
static enum challenge_step
phone_step(struct enrol *e, enum challenge_step step)
{
	if (step == STEP_RIGHT)
		return enrol_commit(e);
	if (step == STEP_LOCKED)
		return enrol_end(
		    e, words_locked(e->verify.wait_s, false), REASON_LOCKED);
	return step == STEP_ADMIT || step == STEP_INSTEAD
	    ? login_deny(&e->login, VERDICT_DENY, REASON_DENIED)
	    : step;
}

static enum challenge_step
enrol_begin(void *ctx)
{
	struct enrol *e = ctx;

	if (!enrol_ask_number(e))
		return STEP_DENY;
	return phone_step(e, e->phone.begin(e->phone.ctx));
}

static enum challenge_step
enrol_check(void *ctx, const char *code)
{
	struct enrol *e = ctx;

	return phone_step(e, e->phone.check(e->phone.ctx, code));
}

/* within: in another dialogue, where this process is confined. */
static enum challenge_step
enrol_run(const struct login *of, bool within, const struct login *changes,
    bool invited)
{
	struct enrol *e = calloc(1, sizeof(*e));
	struct challenge challenge;

	if (e == NULL) {
		log_problem("out of memory: free some");
		return login_deny(of, VERDICT_DENY, REASON_STATE);
	}
	e->changes = changes;
	e->invited = invited;
	e->env = *of->env;
	if (within)
		e->env.confine = NULL;
	e->decision = *of->decision;
	e->decision.on_outage = OUTAGE_DENY;
	e->login = (struct login){ .env = &e->env,
		.user = of->user,
		.record = &e->record,
		.decision = &e->decision,
		.source = of->source,
		.office = of->office,
		.service = of->service,
		.store = of->decoy_store,
		.steps = of->steps,
		.result = of->result };
	e->verify.login = &e->login;
	verify_init(&e->verify, &e->phone);
	challenge = e->phone;
	challenge.begin = enrol_begin;
	challenge.check = enrol_check;
	dialogue_run(&e->login, &challenge);
	explicit_bzero(e, sizeof(*e));
	free(e);
	return of->result->verdict == VERDICT_ALLOW ? STEP_RIGHT : STEP_DENY;
}

bool
enrol_login_run(const struct login *of)
{
	if (broker_client_enrol_open(NULL, NULL, 0) != 1)
		return false;
	(void)enrol_run(of, false, NULL, false);
	return true;
}

void
enrol_login_change(const struct login *of, bool invited)
{
	(void)enrol_run(of, true, of, invited);
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
	return enrol_login_open(of, code) ? enrol_run(of, true, NULL, true)
					  : STEP_NO_RECOVERY;
}
