/* SPDX-License-Identifier: BSD-2-Clause */
/* Enrols a phone's app for pushes: gets a token for it, then waits until the
 * provider lists the app as verified. Or proves an account at a provider: shows
 * its page, then waits until an account approves there. */
#include "helper/control/control_inside.h"
#include "helper/login/login.h"

#define POLL_MS 2000
#define PART 512 /* bytes of a token in each record */

struct join {
	const struct environment *env;
	struct user_record record;
	struct provider_call x;
	struct enrolment before, now;
};

/* Returns the first provider of the record that enrols apps. */
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

static const char *
new_factor(const struct join *j)
{
	for (size_t i = 0; i < j->now.factors; i++) {
		size_t n = 0;

		while (n < j->before.factors &&
		    strcmp(j->before.factor[n], j->now.factor[i]) != 0)
			n++;
		if (n == j->before.factors)
			return j->now.factor[i];
	}
	return NULL;
}

static enum reason
wait_for_app(struct join *j)
{
	const struct environment *env = j->env;
	const char *factor = NULL;
	enum outcome o = OUTCOME_OK;

	while (frame_clock_ms() + POLL_MS < env->deadline) {
		o = call(j, CALL_FACTORS, &j->now);
		if (o != OUTCOME_OK && o != OUTCOME_TRANSIENT &&
		    o != OUTCOME_STALLED && o != OUTCOME_THROTTLE)
			return outcome_reason(o);
		factor = o == OUTCOME_OK ? new_factor(j) : NULL;
		if (factor != NULL) {
			ui_item(env->ui, ITEM_FACTOR, &factor, NULL);
			request_log(env->facts, EVENT_ENROLLED, "push",
			    env->facts->user);
			return REASON_NONE;
		}
		if (!env->pause(env->ctx, POLL_MS))
			return REASON_PEER_GONE;
	}
	return REASON_DEADLINE;
}

static enum reason
push_join(struct join *j)
{
	const struct ui *ui = j->env->ui;
	struct ui_answer a = { .typed = 0 };
	enum outcome o = call(j, CALL_FACTORS, &j->before);

	if (o == OUTCOME_OK)
		o = call(j, CALL_TOKEN, &j->before);
	if (o != OUTCOME_OK)
		return outcome_reason(o);
	say_token(j);
	return ui->ask(ui->ctx, "shown", j->env->deadline, NULL, &a) ==
		UI_ANSWER
	    ? wait_for_app(j)
	    : REASON_KEPT;
}

static enum reason
serve_enrol_aim(struct join *j)
{
	const struct provider_conf *p = find_provider(j);

	if (p == NULL) {
		log_problem("no provider in twofa.conf enrols apps: add one of "
			    "type \"twilio-push\"");
		return REASON_SETTINGS;
	}
	if (j->record.push_identity[0] == '\0' &&
	    system_random_name(j->record.push_identity) != 0) {
		log_problem("the kernel gave no random bytes");
		return REASON_NO_RANDOM;
	}
	provider_call_init(&j->x, j->env, p, &j->record, NULL);
	j->x.ctx.method = METHOD_PUSH;
	return push_join(j);
}

static enum reason
say_account(struct join *j, const struct provider_proved *proved)
{
	const char *const text[] = { proved->account, proved->name,
		proved->email };

	if (!user_subject_is_valid(proved->account)) {
		log_problem("provider %s: the account has a sub that a record "
			    "cannot hold: expected 1 to 255 bytes of "
			    "printable ASCII without blanks, quotes and "
			    "backslashes",
		    j->x.p->name);
		return REASON_USAGE;
	}
	ui_item(j->env->ui, ITEM_ACCOUNT, text, NULL);
	return REASON_NONE;
}

static enum reason
wait_for_account(struct join *j, int64_t wait_ms)
{
	const struct environment *env = j->env;
	enum outcome o = OUTCOME_LATER;

	while (o == OUTCOME_LATER || o == OUTCOME_TRANSIENT ||
	    o == OUTCOME_STALLED) {
		if (frame_clock_ms() + wait_ms >= env->deadline)
			return REASON_DEADLINE;
		if (!env->pause(env->ctx, wait_ms))
			return REASON_PEER_GONE;
		o = provider_call_run(&j->x, CALL_POLL, NULL, &(bool){ false });
		if (j->x.ctx.told.next_ms > 0)
			wait_ms = j->x.ctx.told.next_ms;
	}
	if (o == OUTCOME_OK)
		return say_account(j, j->x.ctx.proved);
	if (j->x.ctx.told.refused)
		return REASON_PUSH_DENIED;
	return j->x.ctx.told.weak ? REASON_WEAK : outcome_reason(o);
}

static enum reason
prove_account(struct join *j)
{
	const struct provider_conf *p =
	    settings_provider(j->env->conf, j->env->facts->request);
	const struct ui *ui = j->env->ui;
	const struct provider_call_facts *told = &j->x.ctx.told;
	struct ui_answer a = { .typed = 0 };
	struct provider_proved proved;
	enum outcome o;

	if (p == NULL || p->type->account == NULL) {
		log_problem("twofa.conf has no provider %s whose users have "
			    "accounts",
		    j->env->facts->request);
		return REASON_SETTINGS;
	}
	provider_call_init(&j->x, j->env, p, &j->record, NULL);
	j->x.ctx.method = METHOD_PUSH;
	j->x.ctx.proved = &proved;
	o = provider_call_run(&j->x, CALL_START, NULL, &(bool){ false });
	if (o != OUTCOME_OK)
		return outcome_reason(o);
	ui_item(ui, ITEM_PAGE,
	    (const char *const[]){ told->page, told->user_code }, NULL);
	return ui->ask(ui->ctx, "shown", j->env->deadline, NULL, &a) ==
		UI_ANSWER
	    ? wait_for_account(j, told->next_ms)
	    : REASON_KEPT;
}

void
control_push(const struct environment *env, struct login_result *result)
{
	struct join *j OWNED(secret_end) = secret_new(sizeof(*j));
	enum user_result found;
	enum reason why;

	if (j == NULL) {
		login_result_end(result, REASON_USAGE);
		return;
	}
	j->env = env;
	found = control_read_record(env, NULL, &j->record);
	if (found != USER_FOUND && found != USER_ABSENT)
		why = admission_unread_reason(env->conf, found);
	else if (env->facts->request != NULL && env->facts->request[0] != '\0')
		why = prove_account(j);
	else
		why = serve_enrol_aim(j);
	login_result_end(result, why);
}
