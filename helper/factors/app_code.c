/* SPDX-License-Identifier: BSD-2-Clause */
/* An app's code: counts it, checks it and uses it up. */
#include "helper/factors/factors.h"

#include "helper/dialogue/dialogue.h"
#include "helper/factors/factors_inside.h"
#include "helper/store/store_fleet.h"

#define APP_MORE_MS 1 /* a time of 0 would be left out */
#define USED_MAX 5    /* in one login: as many windows; more are wrong codes */

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
app_code_length(const struct app_code *a)
{
	return a->at != NULL ? a->at->code_length : TOTP_DIGITS;
}

/* The time of our own check, which is mostly the disk's. */
static void
app_code_remember(const struct app_code *a, int64_t ms)
{
	if (a->login->env->decoy_person != NULL || a->login->offline)
		return;
	latency_add(
	    a->login->env->conf->state_dir, LATENCY_APP, ms + APP_MORE_MS);
}

unsigned
app_code_seconds_left(const struct app_code *a)
{
	unsigned limit = a->login->env->conf->wrong_codes_per_login;

	if (a->at != NULL && a->at->type->wrong_codes != 0 &&
	    a->at->type->wrong_codes < limit)
		limit = a->at->type->wrong_codes;
	return limit > a->wrong ? limit - a->wrong : 0;
}

static enum challenge_step
too_many(struct app_code *a)
{
	ending_show_text(a->login, words_end(END_SPENT));
	return login_deny(a->login, VERDICT_MAXTRIES, REASON_WRONG_CODES);
}

static enum challenge_step
app_code_wrong(struct app_code *a)
{
	a->wrong++;
	return app_code_seconds_left(a) > 0 ? STEP_WRONG : too_many(a);
}

enum challenge_step
app_code_decoy(struct app_code *a)
{
	const int64_t before = frame_clock_ms();
	struct latency_span check = { 0 };
	int64_t ms;

	if (!login_decoy_step(a->login))
		return login_deny(a->login, VERDICT_DENY,
		    login_state_reason(a->login->decoy_store));
	/* this host's own file took as long as a real one */
	if (a->login->offline)
		return app_code_wrong(a);
	latency_read(a->login->env->conf->state_dir,
	    a->at != NULL ? LATENCY_CHECK : LATENCY_APP, &check);
	ms = latency_sample(&check) - (a->at != NULL ? 0 : APP_MORE_MS);
	/* the state is in the time of our own check, not in a provider's */
	if (a->at == NULL && a->login->decoy_store != NULL)
		ms -= frame_clock_ms() - before;
	if (!login_pause(a->login, ms > 0 ? ms : 0))
		return login_deny(a->login, VERDICT_DENY, REASON_PEER_GONE);
	return app_code_wrong(a);
}

/* 1: this login has used it up; 0: it was used before; -1. */
static enum challenge_step
app_code_claimed(struct app_code *a, int claim)
{
	if (claim == 1)
		return STEP_RIGHT;
	return claim == 0 ? app_code_wrong(a) : login_deny_state(a->login);
}

/* By the state's clock, once that is known to be another. */
static int64_t
app_wall(const struct app_code *a)
{
	return login_wall_s(a->login) + a->clock_s;
}

/* Mostly the owner used it in another window; but it may have been passed on,
 * which the two sources show. */
static enum challenge_step
code_used(struct app_code *a, const struct store_used_step *used)
{
	const struct login *l = a->login;
	const int64_t next_s = used->step * TOTP_STEP_S +
	    totp_seconds(&l->record->totp_kind) - app_wall(a);

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

static enum challenge_step
clock_wrong(const struct app_code *a)
{
	ending_show_text(a->login, words_end(END_CLOCK));
	return login_deny(a->login, VERDICT_DENY, REASON_CLOCK);
}

/* Nothing was counted: STEP_ASK, to ask by the state's clock, which is at now.
 * Twice it cannot be so. */
static enum challenge_step
other_clock(struct app_code *a, int64_t now)
{
	const int64_t off = (now - app_wall(a) / TOTP_STEP_S) * TOTP_STEP_S;

	if (a->clock_s != 0)
		return clock_wrong(a);
	log_problem("this host's clock is about %lld s %s that of the state's "
		    "server, which codes of apps are judged by: run an NTP "
		    "client, such as chrony, on both",
	    (long long)(off < 0 ? -off : off), off < 0 ? "ahead of" : "behind");
	a->clock_s = off;
	return STEP_ASK;
}

/* For the secret, and not for the user: a new one begins with its first code.
 * Without a digest the step is used up for whichever secret. It is made for a
 * wrong code as well, of step 0: who is locked is not to learn which it was. */
static enum store_guess
use_step(struct app_code *a, int64_t step, enum challenge_step *out)
{
	unsigned char digest[STORE_CODE_DIGEST];
	const struct login *l = a->login;
	const struct store_right right = login_right(l, METHOD_TOTP, "");
	struct store_used_step used = { .newest =
					    app_wall(a) / TOTP_STEP_S + 1 };
	struct store_totp_attempt attempt = { .limits = &l->env->conf->guesses,
		.step = step,
		.right = &right,
		.used = a->used < USED_MAX ? &used : NULL,
		.token = &a->guess };
	const struct store_fleet *fleet = store_fleet(l->env->conf);
	struct secret secret = { .len = 0 };
	enum store_guess guess;
	int claim;

	if (totp_secret_normalise(&l->record->totp, &secret) == 0 &&
	    used_code_secret_key(l, &secret, digest) == 0)
		attempt.secret = digest;
	explicit_bzero(&secret, sizeof(secret));
	guess = store_totp_attempt(l->store, &attempt, &claim, &a->wait_s);
	if (claim == 1 && attempt.secret != NULL && fleet != NULL &&
	    !l->offline && !store_is_brokered(l->store))
		fleet->step_used(l->env->conf, l->env->store_session_id_new,
		    l->env->facts->socket_uid, l->user, digest, step);
	explicit_bzero(digest, sizeof(digest));
	if (guess == GUESS_OPEN && claim == 2) {
		*out = other_clock(a, used.step);
	} else if (guess == GUESS_OPEN) {
		l->result->tries++;
		*out = claim == 0 && step != 0 && used.step != 0
		    ? code_used(a, &used)
		    : app_code_claimed(a, claim);
	}
	return guess;
}

/* Is the code right by this host's clock alone? It is not known whether that or
 * the state's is wrong, so it is no wrong code. */
static bool
right_by_our_clock(const struct app_code *a, const char *code, int64_t step)
{
	const struct login *l = a->login;

	return a->clock_s != 0 && step == 0 && l->env->decoy_person == NULL &&
	    totp_match(&l->record->totp, &l->record->totp_kind, code,
		login_wall_s(l), &step) > 0;
}

/* Our own check: compared, then counted and used up in one step. */
static enum store_guess
try_here(struct app_code *a, const char *code, enum challenge_step *out)
{
	const int64_t before = frame_clock_ms();
	const struct login *l = a->login;
	enum store_guess guess = GUESS_OPEN;
	int64_t step = 0;

	do {
		if (totp_match(&l->record->totp, &l->record->totp_kind, code,
			app_wall(a), &step) < 0) {
			log_problem("the TOTP secret of %s cannot be used: run "
				    "twofactl totp %s",
			    login_display_name(l), login_display_name(l));
			*out = login_deny(l, VERDICT_DENY, REASON_TOTP_SECRET);
		} else if (right_by_our_clock(a, code, step)) {
			*out = clock_wrong(a);
		} else {
			/* of somebody who is made up no code is right */
			guess = use_step(
			    a, l->env->decoy_person != NULL ? 0 : step, out);
		}
	} while (guess == GUESS_OPEN && *out == STEP_ASK);
	if (guess == GUESS_OPEN && *out == STEP_WRONG)
		app_code_remember(a, frame_clock_ms() - before);
	return guess;
}

/* A code that the provider checks, and that let somebody in here a moment ago:
 * as our own, but for the step and the source, which are not kept. Any other
 * is what otherwise says. */
static enum challenge_step
unless_used(struct app_code *a, const char *code,
    const struct store_guess_token *token, enum challenge_step otherwise)
{
	const struct login *l = a->login;
	const struct store_counted back = { l->user, l->source, token };
	const struct store_used_step used = { .step = 0 };
	struct store_code named;
	int recent = 0;

	if (a->used < USED_MAX &&
	    used_code_key(l, a->at->type, code, &named) == 0) {
		recent = store_code_recent(l->store, &named, &back);
		explicit_bzero(&named, sizeof(named));
	}
	if (recent == 1)
		return code_used(a, &used);
	if (recent < 0)
		return login_deny_state(l);
	return otherwise == STEP_WRONG ? app_code_wrong(a) : otherwise;
}

/* It is not documented whether the vendor accepts a code twice: here it counts
 * once. */
static enum challenge_step
use_up(
    struct app_code *a, const char *code, const struct store_guess_token *token)
{
	const struct login *l = a->login;
	const struct store_right right =
	    login_right(l, METHOD_TOTP, a->at->name);
	struct store_code named;
	int used = -1;

	if (used_code_key(l, a->at->type, code, &named) == 0)
		used = store_code_claim(l->store, &named, &right);
	explicit_bzero(&named, sizeof(named));
	a->x.ctx.request_id[0] = '\0'; /* answered: the next try is another */
	if (used == 0)
		return unless_used(a, code, token, STEP_WRONG);
	return app_code_claimed(a, used);
}

static enum challenge_step
app_code_ended(struct app_code *a, enum outcome o)
{
	ending_show_text(a->login, words_end(END_DENIED));
	return login_deny(a->login, VERDICT_DENY,
	    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o));
}

/* The provider surely did not compare it, so it does not count. */
static enum challenge_step
app_code_unevaluated(
    struct app_code *a, enum outcome o, const struct store_guess_token *token)
{
	const struct login *l = a->login;

	store_guess_refund(
	    l->store, &(struct store_counted){ l->user, l->source, token });
	return app_code_ended(a, o);
}

/* No other provider is asked, whatever this one answers. */
static enum challenge_step
judge_there(struct app_code *a, enum outcome o, const char *code,
    const struct store_guess_token *token, bool maybe_sent)
{
	switch (o) {
	case OUTCOME_OK:
		return use_up(a, code, token);
	case OUTCOME_WRONG: /* some vendors answer this for a used code */
		return unless_used(a, code, token, STEP_WRONG);
	case OUTCOME_DENY:
		if (a->x.ctx.told.wrong_codes)
			return too_many(a);
		if (a->x.ctx.told.unevaluated)
			return app_code_unevaluated(a, o, token);
		break;
	case OUTCOME_EXPIRED:
	case OUTCOME_THROTTLE:
	case OUTCOME_CONFIG:
	case OUTCOME_ACCOUNT:
		return app_code_unevaluated(a, o, token);
	case OUTCOME_TRANSIENT:
	case OUTCOME_STALLED:
		if (!maybe_sent)
			return app_code_unevaluated(a, o, token);
		break;
	case OUTCOME_INFLIGHT:
	case OUTCOME_NUMBER:
	case OUTCOME_FRAUD:
	case OUTCOME_LATER:
	case OUTCOME_COUNT:
		break;
	}
	return app_code_ended(a, o);
}

static enum challenge_step
ask_there(
    struct app_code *a, const char *code, const struct store_guess_token *token)
{
	struct login_result *result = a->login->result;
	const bool again = a->x.ctx.request_id[0] != '\0';
	int64_t before = frame_clock_ms();
	bool maybe_sent = false;
	enum outcome o;

	snprintf(result->provider, sizeof(result->provider), "%s", a->at->name);
	result->request[0] = '\0';
	o = provider_call_run(&a->x, CALL_CHECK, code, &maybe_sent);
	/* it ended there since the last try, so this code was not checked */
	if (o == OUTCOME_EXPIRED && again && a->x.ctx.request_id[0] == '\0')
		o = provider_call_run(&a->x, CALL_CHECK, code, &maybe_sent);
	if (a->x.reply.fate == HTTP_REPLIED && a->x.reply.status < 500)
		a->answered = true;
	result->check_ms = frame_clock_ms() - before;
	memcpy(
	    result->request, a->x.ctx.request_id, sizeof(a->x.ctx.request_id));
	return judge_there(a, o, code, token, maybe_sent);
}

/* The provider's check: the guess is counted first, and used codes are not
 * sent. */
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
		*out = unless_used(a, code, &a->guess, STEP_ASK);
		if (*out == STEP_ASK)
			*out = ask_there(a, code, &a->guess);
	}
	return guess;
}

enum challenge_step
app_code_check(struct app_code *a, const char *code)
{
	enum challenge_step step = STEP_DENY;

	a->login->result->method = METHOD_TOTP;
	a->wait_s = 0;
	switch (a->at != NULL ? try_there(a, code, &step)
			      : try_here(a, code, &step)) {
	case GUESS_OPEN:
		return step;
	case GUESS_LOCKED:
		return STEP_LOCKED;
	case GUESS_LOCKED_OUT:
		a->wait_s = 0;
		return STEP_LOCKED;
	case GUESS_ERROR:
		break;
	}
	return login_deny_state(a->login);
}

/* Locked by the guess elsewhere: another one changes nothing. */
bool
app_code_recount(struct app_code *a)
{
	const struct login *l = a->login;
	int64_t wait_s;

	if (store_guess_take(l->store, l->user, l->source,
		&l->env->conf->guesses, &a->guess, &wait_s) != GUESS_ERROR)
		return true;
	login_deny_state(l);
	return false;
}
