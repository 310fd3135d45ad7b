/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on struct login for all parts of a login: read its environment,
 * deny it, log for it. */
#include "helper/session/session.h"

#include "lib/settings/settings.h"

/* sshd may ask PAM for a service of another name (PAMServiceName), but it
 * always says from where the connection comes. */
bool
login_env_is_sshd(const struct environment *env)
{
	return strcmp(env->facts->service, "sshd") == 0 ||
	    env->facts->ssh_addr[0] != '\0';
}

bool
login_env_text_is_immediate(const struct environment *env)
{
	return !login_env_is_sshd(env) &&
	    strcmp(env->facts->service, "cockpit") != 0;
}

void
login_env_show_wait(const struct environment *env, const char *text)
{
	if (login_env_text_is_immediate(env) && env->facts->conversation &&
	    env->facts->one_field == NULL)
		env->ui->say(env->ui->ctx, text);
}

bool
login_env_imitate_call(
    const struct environment *env, enum latency_kind kind, const char *text)
{
	struct latency_span span;
	int64_t ms;

	latency_read(env->conf->state_dir, kind, &span);
	ms = latency_sample(&span);
	if (text != NULL && ms > LOGIN_SLOW_MS) {
		if (!env->pause(env->ctx, LOGIN_SLOW_MS))
			return false;
		login_env_show_wait(env, text);
		ms -= LOGIN_SLOW_MS;
	}
	return env->pause(env->ctx, ms);
}

const char *
login_display_name(const struct login *l)
{
	return l->shown != NULL ? l->shown : l->user;
}

int64_t
login_now_ms(const struct login *l)
{
	return l->env->now != NULL ? l->env->now(l->env->ctx) : clock_ms();
}

int64_t
login_env_wall_s(const struct environment *env)
{
	return env->wall != NULL ? env->wall(env->ctx) : clock_wall_s();
}

bool
login_pause(const struct login *l, int64_t ms)
{
	return l->env->pause(l->env->ctx, ms);
}

void
login_leave_state(const struct login *l)
{
	store_enter_idle(l->store);
	store_enter_idle(l->decoy_store);
}

bool
login_session_is_dead(const struct login *l, int64_t holder)
{
	return l->env->dead(l->env->ctx, holder);
}

const char *
login_counting_source(const struct login *l)
{
	return source_for_counting(l->env->facts->one_field != NULL, l->source);
}

void
login_show_line(const struct login *l, const char *text)
{
	if (l->env->facts->conversation)
		l->env->ui->say(l->env->ui->ctx, text);
}

void
login_log_limit(
    const struct login *l, const char *what, int64_t wait_s, const char *limit)
{
	const bool own =
	    reason_limit_is_user(limit) && l->env->decoy_person == NULL;

	if (strcmp(limit, ITEM_INVITED) == 0) {
		log_notice("%s gets no %s for %lld s, as an invitation is "
			   "open; see twofactl code --list %s",
		    login_display_name(l), what, (long long)wait_s,
		    login_display_name(l));
		return;
	}
	log_notice("%s may have no more %s for %lld s: %s is used up%s%s",
	    login_display_name(l), what, (long long)wait_s, limit,
	    own ? ": wait, or run twofactl unlock --sends " : "",
	    own ? login_display_name(l) : "");
}

struct store_right
login_right_code_effects(
    const struct login *l, enum method method, const char *provider)
{
	return (struct store_right){ .user = l->user,
		.source = l->source,
		.service = l->service,
		.method = method,
		.provider = provider,
		.binding = l->binding,
		.remember_s = l->remember_s,
		.idle_s = l->idle_s,
		.remembered_as = l->remembered_as };
}

enum challenge_step
login_deny(const struct login *l, enum frame_verdict verdict, enum reason why)
{
	login_result_deny(l->result, verdict, why);
	return STEP_DENY;
}

bool
login_allow_step(const struct login *l, enum challenge_step step)
{
	if (step != STEP_RIGHT && step != STEP_ADMIT)
		return false;
	login_result_allow(l->result, LOGIN_ALLOWED,
	    step == STEP_ADMIT ? REASON_OUTAGE : REASON_NONE);
	return true;
}

enum reason
login_store_failure_reason(const struct store *s)
{
	static const enum reason failed[] = {
		[STORE_FAILED_OTHERWISE] = REASON_STATE,
		[STORE_OUTAGE] = REASON_STORE_OUTAGE,
		[STORE_BUSY] = REASON_STORE_BUSY,
		[STORE_UNKNOWN] = REASON_STORE_UNKNOWN,
		[STORE_SETTINGS] = REASON_STORE_SETTINGS,
	};
	_Static_assert(COUNT_OF(failed) == STORE_SETTINGS + 1, "a reason each");

	return failed[store_failure(s)];
}

bool
login_decoy_imitate_store(const struct login *l)
{
	if (l->decoy_store == NULL || store_noop(l->decoy_store) == 0)
		return true;
	log_problem("%s", store_cause(l->decoy_store));
	return false;
}

enum challenge_step
login_deny_store_failure(const struct login *l)
{
	log_problem("%s", store_cause(l->store));
	return login_deny(
	    l, VERDICT_DENY, login_store_failure_reason(l->store));
}

void
login_confine(const struct login *l)
{
	if (l->env->confine != NULL && !l->offline)
		l->env->confine(store_is_brokered(l->store) &&
		    store_is_brokered(l->decoy_store));
}
