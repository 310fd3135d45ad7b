/* SPDX-License-Identifier: BSD-2-Clause */
/* Enrols a phone's app for pushes: gets a token for it, then waits until the
 * provider lists the app as verified. Or proves an account at a provider: shows
 * its page, then waits until an account approves there. */
#include "helper/control/control.h"
#include <stdlib.h>
#include "helper/login/login.h"
#include "helper/control/control_inside.h"
#include "helper/verification/verification.h"

#define POLL_MS 2000
#define PART 512 /* bytes of a token in each record */

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
	login_result_deny(j->result, VERDICT_DENY, why);
}

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
			login_result_allow(
			    j->result, LOGIN_ALLOWED, REASON_NONE);
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

static void
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
		serve_enrol_deny(j, REASON_USAGE);
		return;
	}
	ui_item(j->env->ui, ITEM_ACCOUNT, text, NULL);
	login_result_allow(j->result, LOGIN_ALLOWED, REASON_NONE);
}

static void
wait_for_account(struct join *j, int64_t wait_ms)
{
	const struct environment *env = j->env;
	enum outcome o = OUTCOME_LATER;

	while (o == OUTCOME_LATER || o == OUTCOME_TRANSIENT ||
	    o == OUTCOME_STALLED) {
		if (frame_clock_ms() + wait_ms >= env->deadline) {
			serve_enrol_deny(j, REASON_DEADLINE);
			return;
		}
		if (!env->pause(env->ctx, wait_ms)) {
			serve_enrol_deny(j, REASON_PEER_GONE);
			return;
		}
		o = provider_call_run(&j->x, CALL_POLL, NULL, &(bool){ false });
		if (j->x.ctx.told.next_ms > 0)
			wait_ms = j->x.ctx.told.next_ms;
	}
	if (o == OUTCOME_OK)
		say_account(j, j->x.ctx.proved);
	else
		serve_enrol_deny(j,
		    j->x.ctx.told.refused    ? REASON_PUSH_DENIED
			: j->x.ctx.told.weak ? REASON_WEAK
					     : outcome_reason(o));
}

static void
prove_account(struct join *j)
{
	static const struct decision none = { .brand = "" };
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
		serve_enrol_deny(j, REASON_SETTINGS);
		return;
	}
	provider_call_init(&j->x, j->env, p, &j->record, &none);
	j->x.ctx.method = METHOD_PUSH;
	j->x.ctx.proved = &proved;
	o = provider_call_run(&j->x, CALL_START, NULL, &(bool){ false });
	if (o != OUTCOME_OK) {
		serve_enrol_deny(j, outcome_reason(o));
		return;
	}
	ui_item(ui, ITEM_PAGE,
	    (const char *const[]){ told->page, told->user_code }, NULL);
	if (ui->ask(ui->ctx, "shown", j->env->deadline, NULL, &a) != UI_ANSWER)
		serve_enrol_deny(j, REASON_KEPT);
	else
		wait_for_account(j, told->next_ms);
}

void
control_push(const struct environment *env, struct login_result *result)
{
	struct join *j = calloc(1, sizeof(*j));
	enum user_result found;

	if (j == NULL) {
		login_result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	j->env = env;
	j->result = result;
	found = control_read_record(env, NULL, &j->record);
	if (found != USER_FOUND && found != USER_ABSENT)
		serve_enrol_deny(j, admission_unread_reason(env->conf, found));
	else if (env->facts->request != NULL && env->facts->request[0] != '\0')
		prove_account(j);
	else
		serve_enrol_aim(j);
	user_record_wipe(&j->record);
	explicit_bzero(j, sizeof(*j));
	free(j);
}
