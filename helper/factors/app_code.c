/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts, checks and uses up a code of an authenticator app. */
#include "helper/factors/factors_inside.h"

#include "helper/dialogue/dialogue.h"
#include "helper/store/store_fleet.h"

#define APP_MORE_MS 1 /* added to each time: 0 would be ignored */
#define USED_MAX 5    /* used codes per login; more count as wrong codes */

void
app_code_init(struct app_code *a)
{
	const struct login *l = a->login;

	(void)reach_app(l->env->conf, l->record, l->decision->methods, &a->at);
	if (a->at == NULL)
		return;
	provider_call_init(&a->x, l->env, a->at, l->record, l->decision);
	a->x.ctx.method = METHOD_TOTP;
}

unsigned
app_code_length(const struct app_code *a, unsigned *other)
{
	const struct user_app *app = a->login->record->app;
	const size_t n = user_record_apps(a->login->record);
	unsigned length = totp_digits(&app[0].kind);

	*other = 0;
	if (a->at != NULL)
		return a->at->code_length;
	for (size_t i = 1; i < n; i++)
		if (totp_digits(&app[i].kind) != length)
			*other = TOTP_DIGITS_LONG;
	return *other != 0 ? TOTP_DIGITS : length;
}

unsigned
app_code_tries_left(const struct app_code *a)
{
	unsigned limit = a->login->env->conf->wrong_codes_per_login;

	if (a->at != NULL && a->at->type->wrong_codes != 0 &&
	    a->at->type->wrong_codes < limit)
		limit = a->at->type->wrong_codes;
	return limit > a->wrong ? limit - a->wrong : 0;
}

static enum challenge_step
app_code_wrong(struct app_code *a)
{
	a->wrong++;
	return app_code_tries_left(a) > 0
	    ? STEP_WRONG
	    : ending_deny(a->login, END_SPENT, REASON_WRONG_CODES);
}

enum challenge_step
app_code_check_decoy(struct app_code *a)
{
	const int64_t before = frame_clock_ms();
	struct latency_span check = { 0 };
	int64_t ms;

	if (!login_decoy_imitate_store(a->login))
		return ending_deny(a->login, END_UNCHECKED,
		    login_store_failure_reason(a->login->decoy_store));
	/* login_decoy_imitate_store() took as long as a real check in the local
	 * file */
	if (a->login->offline)
		return app_code_wrong(a);
	latency_read(a->login->env->conf->state_dir,
	    a->at != NULL ? LATENCY_CHECK : LATENCY_APP, &check);
	ms = latency_sample(&check) - (a->at != NULL ? 0 : APP_MORE_MS);
	/* the recorded time of a check here includes the state's time */
	if (a->at == NULL && a->login->decoy_store != NULL)
		ms -= frame_clock_ms() - before;
	if (!login_pause(a->login, ms > 0 ? ms : 0))
		return login_deny(a->login, VERDICT_DENY, REASON_PEER_GONE);
	return app_code_wrong(a);
}

/* Denies, and shows that the code was not checked, as the state failed. */
static enum challenge_step
unchecked(const struct login *l)
{
	ending_show_text(l, words_from_ending(END_UNCHECKED));
	return login_deny_store_failure(l);
}

/* Maps the store's claim: 1 used up by this login, 0 used before, -1 failed. */
static enum challenge_step
app_code_claimed(struct app_code *a, int claim)
{
	if (claim == 1)
		return STEP_RIGHT;
	return claim == 0 ? app_code_wrong(a) : unchecked(a->login);
}

/* This host's clock, or the state's once the two are known to differ. */
static int64_t
app_wall(const struct app_code *a)
{
	return login_env_wall_s(a->login->env) + a->clock_s;
}

/* The longest of the user's apps: which one it was is not known here. */
static unsigned
longest_period_s(const struct login *l)
{
	unsigned s = TOTP_STEP_S;

	for (size_t n = 0; n < USER_APPS_MAX; n++)
		if (totp_period_s(&l->record->app[n].kind) > s)
			s = TOTP_LONG_S;
	return s;
}

/* Usually the user typed this code in another window, too. It may also have
 * been passed on, so the log has both sources. */
static enum challenge_step
code_used(struct app_code *a, const struct store_used_step *used)
{
	const struct login *l = a->login;
	const int64_t next_s =
	    used->step * TOTP_STEP_S + longest_period_s(l) - app_wall(a);

	a->used++;
	memset(&a->guess, 0, sizeof(a->guess));
	a->next_s = used->step != 0 && next_s > 0 ? next_s : 0;
	log_notice("reason=%s source=%s used_by=%s: if one of the two is not "
		   "%s, somebody passed the code on: change the password",
	    reason_word(REASON_CODE_USED), l->source,
	    used->source[0] != '\0' ? used->source : "unknown",
	    login_display_name(l));
	return STEP_USED;
}

/* The state's clock is at step now, and nothing was counted. Returns ASK to
 * check again by that clock, or DENY if it had been used already. */
static enum challenge_step
other_clock(struct app_code *a, int64_t now)
{
	const int64_t off = (now - app_wall(a) / TOTP_STEP_S) * TOTP_STEP_S;

	if (a->clock_s != 0)
		return ending_deny(a->login, END_CLOCK, REASON_CLOCK);
	log_problem("this host's clock is about %lld s %s that of the state's "
		    "server, which codes of apps are judged by: run an NTP "
		    "client, such as chrony, on both",
	    (long long)(off < 0 ? -off : off), off < 0 ? "ahead of" : "behind");
	a->clock_s = off;
	return STEP_ASK;
}

/* Handles a code that was counted, or that the clocks or the secret keep from
 * being judged. */
static enum challenge_step
judge_here(struct app_code *a, const struct store_app_code *code, int claim)
{
	const struct store_used_step *used = code->attempt->used;

	if (claim == STORE_APP_UNUSABLE) {
		log_problem("the TOTP secret of %s cannot be used: run "
			    "twofactl totp %s",
		    login_display_name(a->login), login_display_name(a->login));
		return login_deny(a->login, VERDICT_DENY, REASON_TOTP_SECRET);
	}
	if (claim == STORE_APP_OUR_CLOCK)
		return ending_deny(a->login, END_CLOCK, REASON_CLOCK);
	if (claim == 2)
		return other_clock(a, used != NULL ? used->step : 0);
	a->login->result->tries++;
	return claim == 0 && used != NULL && used->step != 0
	    ? code_used(a, used)
	    : app_code_claimed(a, claim);
}

/* Checks the code on this host: compares, then counts and uses up at once. */
static enum store_guess
attempt_here(struct app_code *a, const char *typed, enum challenge_step *out)
{
	const struct login *l = a->login;
	const struct store_right right =
	    login_right_code_effects(l, METHOD_TOTP, "");
	const struct store_fleet *fleet = store_fleet(l->env->conf);
	struct store_used_step used = { .step = 0 };
	struct store_totp_attempt attempt = { .limits = &l->env->conf->guesses,
		.right = &right,
		.used = a->used < USED_MAX ? &used : NULL,
		.token = &a->guess };
	struct store_app_code code = { .code = typed,
		.app = l->record->app,
		.resync = a->resync,
		.wall = login_env_wall_s(l->env),
		.clock_s = a->clock_s,
		.never = l->env->decoy_person != NULL,
		.attempt = &attempt };
	enum store_guess guess;
	int claim = -1;

	guess = store_app_attempt(
	    l->store, l->env->conf, &code, &claim, &a->wait_s);
	if (claim == 1 && attempt.secret != NULL && fleet != NULL &&
	    !l->offline && !store_is_brokered(l->store))
		fleet->step_used(l->env->conf, l->env->store_session_id_new,
		    l->env->facts->socket_uid, l->user, code.digest,
		    attempt.step);
	explicit_bzero(code.digest, sizeof(code.digest));
	if (guess == GUESS_OPEN)
		*out = judge_here(a, &code, claim);
	return guess;
}

static enum store_guess
try_here(struct app_code *a, const char *code, enum challenge_step *out)
{
	const int64_t before = frame_clock_ms();
	enum store_guess guess;

	do
		guess = attempt_here(a, code, out);
	while (guess == GUESS_OPEN && *out == STEP_ASK);
	/* for decoys */
	if (guess == GUESS_OPEN && *out == STEP_WRONG &&
	    a->login->env->decoy_person == NULL && !a->login->offline)
		latency_add(a->login->env->conf->state_dir, LATENCY_APP,
		    frame_clock_ms() - before + APP_MORE_MS);
	return guess;
}

static int
name_code(const struct app_code *a, const char *code, struct store_code *out)
{
	return provider_used_code_make(a->login->store, a->login->env->conf,
	    a->login->record, a->at, code, out);
}

/* Returns USED for a code of a provider that allowed a login here a moment ago;
 * its step and source are not kept. Else returns otherwise, with WRONG
 * counted. */
static enum challenge_step
unless_used(struct app_code *a, const char *code, enum challenge_step otherwise)
{
	const struct login *l = a->login;
	const struct store_counted back = { l->user, l->source, &a->guess };
	const struct store_used_step used = { .step = 0 };
	struct store_code named;
	int recent = 0;

	if (a->used < USED_MAX && name_code(a, code, &named) == 0) {
		recent = store_code_was_used_recently(l->store, &named, &back);
		explicit_bzero(&named, sizeof(named));
	}
	if (recent == 1)
		return code_used(a, &used);
	if (recent < 0)
		return unchecked(l);
	return otherwise == STEP_WRONG ? app_code_wrong(a) : otherwise;
}

/* Uses up a code that the provider accepted: vendors do not document whether
 * they accept a code twice. */
static enum challenge_step
use_up(struct app_code *a, const char *code)
{
	const struct login *l = a->login;
	const struct store_right right =
	    login_right_code_effects(l, METHOD_TOTP, a->at->name);
	struct store_code named;
	int used = -1;

	if (name_code(a, code, &named) == 0)
		used = store_code_claim(l->store, &named, &right);
	explicit_bzero(&named, sizeof(named));
	a->x.ctx.request_id[0] =
	    '\0'; /* answered: the next try is a new request */
	if (used == 0)
		return unless_used(a, code, STEP_WRONG);
	return app_code_claimed(a, used);
}

/* Decides by the provider's outcome; no other provider is asked. The guess is
 * taken back if the provider is known not to have compared the code. */
static enum challenge_step
judge_there(
    struct app_code *a, enum outcome o, const char *code, bool maybe_sent)
{
	const struct login *l = a->login;
	const struct store_counted back = { l->user, l->source, &a->guess };

	if (o == OUTCOME_OK)
		return use_up(a, code);
	if (o == OUTCOME_WRONG) /* some vendors reply this for a used code */
		return unless_used(a, code, STEP_WRONG);
	if (o == OUTCOME_DENY && a->x.ctx.told.wrong_codes)
		return ending_deny(l, END_SPENT, REASON_WRONG_CODES);
	if ((o == OUTCOME_DENY && a->x.ctx.told.unevaluated) ||
	    outcome_is_unevaluated(o, maybe_sent)) {
		store_guess_refund(l->store, &back);
		a->guess = (struct store_guess_token){ 0 };
	}
	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD)
		return ending_deny(l, END_DENIED,
		    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o));
	a->unheard = outcome_reason(o);
	return ending_deny(l, END_UNANSWERED, a->unheard);
}

static enum challenge_step
ask_there(struct app_code *a, const char *code)
{
	struct login_result *result = a->login->result;
	const bool again = a->x.ctx.request_id[0] != '\0';
	int64_t before = frame_clock_ms();
	bool maybe_sent = false;
	enum outcome o;

	snprintf(result->provider, sizeof(result->provider), "%s", a->at->name);
	result->request[0] = '\0';
	o = provider_call_run(&a->x, CALL_CHECK, code, &maybe_sent);
	/* the request expired after the last try: the code was not checked */
	if (o == OUTCOME_EXPIRED && again && a->x.ctx.request_id[0] == '\0')
		o = provider_call_run(&a->x, CALL_CHECK, code, &maybe_sent);
	if (a->x.reply.fate == HTTP_REPLIED && a->x.reply.status < 500)
		a->answered = true;
	result->check_ms = frame_clock_ms() - before;
	memcpy(
	    result->request, a->x.ctx.request_id, sizeof(a->x.ctx.request_id));
	return judge_there(a, o, code, maybe_sent);
}

/* Lets the provider check the code. The guess is counted first, and used codes
 * are not sent. */
static enum store_guess
try_there(struct app_code *a, const char *code, enum challenge_step *out)
{
	const struct store_guess_token own = a->guess;
	const struct login *l = a->login;
	enum store_guess guess;

	do
		guess = store_guess_take(l->store, l->user, l->source,
		    &l->env->conf->guesses, &a->guess, &a->wait_s);
	while (guess != GUESS_OPEN &&
	    verify_wait_for_unlock(l, &own, guess, a->wait_s, 0));
	if (guess == GUESS_OPEN) {
		l->result->tries++;
		*out = unless_used(a, code, STEP_ASK);
		if (*out == STEP_ASK)
			*out = ask_there(a, code);
	}
	return guess;
}

enum challenge_step
app_code_check(struct app_code *a, const char *code)
{
	enum challenge_step step = STEP_DENY;
	enum store_guess guess;

	a->login->result->method = METHOD_TOTP;
	a->wait_s = 0;
	guess = a->at != NULL ? try_there(a, code, &step)
			      : try_here(a, code, &step);
	if (guess == GUESS_LOCKED_OUT)
		a->wait_s = 0;
	if (guess == GUESS_OPEN)
		return step;
	return guess == GUESS_ERROR ? unchecked(a->login) : STEP_LOCKED;
}

/* A lock is no failure here: it came from the later check's guess. */
bool
app_code_recount(struct app_code *a)
{
	const struct login *l = a->login;
	int64_t wait_s;

	if (store_guess_take(l->store, l->user, l->source,
		&l->env->conf->guesses, &a->guess, &wait_s) != GUESS_ERROR)
		return true;
	login_deny_store_failure(l);
	return false;
}
