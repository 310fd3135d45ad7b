/* SPDX-License-Identifier: BSD-2-Clause */
/* What every part of a login may do: end it, ask its environment, see its
 * result. */
#include "helper/dialogue/dialogue.h"

#include "helper/dialogue/dialogue_inside.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

bool
environment_may_show_text(const struct environment *env)
{
	return strcmp(env->facts->service, "sshd") != 0;
}

static const char *const outcomes[] = {
	[LOGIN_DENIED] = "denied",
	[LOGIN_ALLOWED] = "allowed",
	[LOGIN_SKIPPED] = "skipped",
	[LOGIN_OBSERVED] = "observed",
};
_Static_assert(COUNT_OF(outcomes) == LOGIN_OBSERVED + 1, "a word each");

void
result_init(struct login_result *r)
{
	memset(r, 0, sizeof(*r));
	r->start_ms = r->check_ms = r->store_ms = -1;
}

void
result_deny(struct login_result *r, enum frame_verdict verdict, enum reason why)
{
	r->verdict = verdict == VERDICT_ALLOW ? VERDICT_DENY : verdict;
	r->outcome = LOGIN_DENIED;
	if (r->reason == REASON_NONE)
		r->reason = why;
}

void
result_allow(
    struct login_result *r, enum login_outcome outcome, enum reason why)
{
	if (outcome == LOGIN_DENIED)
		return;
	r->outcome = outcome;
	r->reason = why;
	r->verdict = VERDICT_ALLOW;
}

static void
put_known(struct frame *f, enum frame_field field, int64_t number)
{
	if (number >= 0)
		frame_put_number(f, field, number);
}

void
result_write_frame(const struct login_result *r, struct frame *f)
{
	char text[24];

	frame_put_number(f, FIELD_VERDICT, r->verdict);
	if (r->rule == 0)
		snprintf(text, sizeof(text), "default");
	else
		snprintf(text, sizeof(text), "%zu", r->rule);
	frame_put_text(f, FIELD_RULE, text);
	if (r->method != METHOD_NONE)
		frame_put_text(f, FIELD_METHOD, method_name(r->method));
	if (r->provider[0] != '\0')
		frame_put_text(f, FIELD_PROVIDER, r->provider);
	if (r->person[0] != '\0')
		frame_put_text(f, FIELD_PERSON, r->person);
	if (r->asked[0] != '\0')
		frame_put_text(f, FIELD_ASKED, r->asked);
	frame_put_text(f, FIELD_OUTCOME, outcomes[r->outcome]);
	if (r->reason != REASON_NONE)
		frame_put_text(f, FIELD_REASON, reason_word(r->reason));
	frame_put_text(f, FIELD_WOULD, r->would);
	if (r->number[0] != '\0')
		frame_put_text(f, FIELD_NUMBER, r->number);
	put_known(
	    f, FIELD_TRIES, r->method == METHOD_NONE ? -1 : (int64_t)r->tries);
	put_known(f, FIELD_START_MS, r->start_ms);
	put_known(f, FIELD_CHECK_MS, r->check_ms);
	put_known(f, FIELD_TOTAL_MS, r->total_ms);
	if (r->request[0] != '\0')
		frame_put_text(f, FIELD_REQUEST, r->request);
	if (r->store[0] != '\0')
		frame_put_text(f, FIELD_STORE, r->store);
	put_known(f, FIELD_STORE_MS, r->store_ms);
	if (r->until[0] != '\0')
		frame_put_text(f, FIELD_UNTIL, r->until);
	if (r->why[0] != '\0')
		frame_put_text(f, FIELD_WHY, r->why);
	if (r->by[0] != '\0')
		frame_put_text(f, FIELD_BY, r->by);
}

const char *
login_display_name(const struct login *l)
{
	return l->shown != NULL ? l->shown : l->user;
}

int64_t
login_now_ms(const struct login *l)
{
	return l->env->now(l->env->ctx);
}

int64_t
login_wall_s(const struct login *l)
{
	return l->env->wall(l->env->ctx);
}

bool
login_pause(const struct login *l, int64_t ms)
{
	return l->env->pause(l->env->ctx, ms);
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

	log_notice("%s may have no more %s for %lld s: %s is used up%s%s",
	    login_display_name(l), what, (long long)wait_s, limit,
	    own ? ": wait, or run twofactl unlock --sends " : "",
	    own ? login_display_name(l) : "");
}

struct store_right
login_right(const struct login *l, enum method method, const char *provider)
{
	return (struct store_right){ .user = l->user,
		.source = l->source,
		.service = l->service,
		.method = method,
		.provider = provider,
		.binding = l->binding,
		.remember_s = l->remember_s,
		.remembered_as = l->remembered_as };
}

enum challenge_step
login_deny(const struct login *l, enum frame_verdict verdict, enum reason why)
{
	result_deny(l->result, verdict, why);
	return STEP_DENY;
}

enum reason
login_state_reason(const struct store *s)
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
login_decoy_step(const struct login *l)
{
	if (l->decoy_store == NULL || store_noop(l->decoy_store) == 0)
		return true;
	log_problem("%s", store_cause(l->decoy_store));
	return false;
}

enum challenge_step
login_deny_state(const struct login *l)
{
	log_problem("%s", store_cause(l->store));
	return login_deny(l, VERDICT_DENY, login_state_reason(l->store));
}

void
login_confine(const struct login *l)
{
	if (l->env->confine != NULL && !l->offline)
		l->env->confine(store_is_brokered(l->store) &&
		    store_is_brokered(l->decoy_store));
}

#define ENDING_READ_MS 5000

static const enum reason context_reasons[] = {
	[END_NOT_SENT] = REASON_TRANSIENT,
	[END_NUMBER] = REASON_NUMBER,
	[END_BUSY] = REASON_NUMBER_BUSY,
	[END_SPENT] = REASON_SPENT,
	[END_LIMIT] = REASON_LIMIT,
	[END_CANCELLED] = REASON_CANCELLED,
	[END_TIMEOUT] = REASON_EXPIRED,
	[END_DENIED] = REASON_ENDED,
	[END_OFFLINE] = REASON_STORE_OUTAGE,
	[END_CLOCK] = REASON_CLOCK,
};
_Static_assert(COUNT_OF(context_reasons) == END_CLOCK + 1, "a reason each");

enum reason
ending_reason(enum ending why)
{
	return context_reasons[why];
}

void
ending_show_text(const struct login *login, const char *text)
{
	char prompt[WORDS_PROMPT_MAX];
	size_t len = strlen(text);

	if (login->quiet)
		return;
	/* without the time to read a prompt it is a line */
	if (environment_may_show_text(login->env) ||
	    login->env->deadline - frame_clock_ms() <= ENDING_READ_MS) {
		login_show_line(login, text);
		return;
	}
	if (len > 0 && text[len - 1] == '.')
		len--;
	snprintf(prompt, sizeof(prompt), "%.*s (Enter ends): ", (int)len, text);
	ending_show(login, prompt);
}

void
ending_show(const struct login *login, const char *prompt)
{
	const struct environment *env = login->env;
	struct ui_answer answer = { .typed = 0 };
	char line[FRAME_PROMPT_MAX + 1];

	if (!env->facts->conversation || login->quiet)
		return;
	login->result->told = true;
	words_rehearsal(line, sizeof(line), prompt,
	    env->conf != NULL && settings_is_rehearsal(env->conf));
	(void)env->ui->ask(env->ui->ctx, line, env->deadline, NULL, &answer);
	explicit_bzero(&answer, sizeof(answer));
}

void
ending_deny_settings(const struct environment *env, struct login_result *result)
{
	const struct login login = { .env = env, .result = result };

	/* sshd shows text only with a prompt, and a prompt asks for a code */
	if (environment_may_show_text(env))
		login_show_line(&login, words_settings);
	login_deny(&login,
	    env->facts->one_field != NULL ? VERDICT_DENY : VERDICT_MAXTRIES,
	    REASON_SETTINGS);
}
