/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enrols a phone's app for pushes: gets a token for it, then waits until the
 * provider lists the app as proven.
 */
#include "helper/service/serve_providers.h"

#include <stdlib.h>
#include <string.h>

#include "helper/providers/providers.h"
#include "helper/service/serve_record.h"
#include "lib/items/items.h"
#include "lib/provider_types/provider_types.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

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
say(const struct join *j, enum record_kind kind, const char *const *text)
{
	char line[FRAME_PROMPT_MAX + 1];

	record_write(line, kind, text, NULL);
	j->env->ui->say(j->env->ui->ctx, line);
	explicit_bzero(line, sizeof(line));
}

static void
deny(struct join *j, enum reason why)
{
	result_deny(j->result, VERDICT_DENY, why);
}

/* The provider that push_provider will choose at a login. */
static const struct provider_conf *
find_provider(const struct join *j)
{
	const struct provider_conf *p;
	size_t n;

	for (n = 0; (p = policy_provider(j->env->conf, &j->record, n)) != NULL;
	     n++)
		if (provider_ops(p->type)->token_request != NULL)
			return p;
	return NULL;
}

static enum outcome
call(struct join *j, enum provider_call_kind what, struct enrolment *e)
{
	bool maybe_sent = false;

	j->x.enrolment = e;
	return provider_call_run(&j->x, what, NULL, &maybe_sent);
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
		say(j, ADMIN_TOKEN, text);
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

/* The first one that is new; NULL: none yet. */
static const char *
new_factor(const struct join *j)
{
	for (size_t i = 0; i < j->now.factors; i++)
		if (is_new(j, j->now.factor[i]))
			return j->now.factor[i];
	return NULL;
}

static bool
worth_asking_again(enum outcome o)
{
	return o == OUTCOME_OK || o == OUTCOME_TRANSIENT ||
	    o == OUTCOME_STALLED || o == OUTCOME_THROTTLE;
}

static void
joined(struct join *j, const char *factor)
{
	const struct facts *f = j->env->facts;

	say(j, ADMIN_FACTOR, &factor);
	log_notice("twofactl: push user=%s by uid=%lld%s%s", f->user,
	    (long long)f->real_uid, f->ruser[0] != '\0' ? " ruser=" : "",
	    f->ruser);
	result_allow(j->result, LOGIN_ALLOWED, REASON_NONE);
}

static void
wait_for_app(struct join *j)
{
	const struct environment *env = j->env;
	const char *factor = NULL;
	enum outcome o = OUTCOME_OK;

	while (frame_clock_ms() + POLL_MS < env->deadline) {
		o = call(j, CALL_FACTORS, &j->now);
		if (!worth_asking_again(o)) {
			deny(j, outcome_reason(o));
			return;
		}
		factor = o == OUTCOME_OK ? new_factor(j) : NULL;
		if (factor != NULL) {
			joined(j, factor);
			return;
		}
		if (!env->pause(env->ctx, POLL_MS)) {
			deny(j, REASON_PEER_GONE);
			return;
		}
	}
	deny(j, REASON_DEADLINE);
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
		deny(j, outcome_reason(o));
		return;
	}
	say_token(j);
	if (ui->ask(ui->ctx, "shown", j->env->deadline, NULL, &a) != UI_ANSWER)
		deny(j, REASON_KEPT);
	else
		wait_for_app(j);
}

static void
aim(struct join *j)
{
	static const struct decision none = { .brand = "" };
	const struct provider_conf *p = find_provider(j);

	if (p == NULL) {
		log_mend("no provider in twofa.conf enrols apps: add one of "
			 "type \"twilio-push\"");
		deny(j, REASON_SETTINGS);
		return;
	}
	if (j->record.push_identity[0] == '\0' &&
	    random_name(j->record.push_identity) != 0) {
		log_mend("the kernel gave no random bytes");
		deny(j, REASON_NO_RANDOM);
		return;
	}
	provider_call_aim(&j->x, j->env, p, &j->record, &none);
	j->x.ctx.method = METHOD_PUSH;
	push_join(j);
}

void
serve_push(const struct environment *env, struct login_result *result)
{
	struct join *j = calloc(1, sizeof(*j));
	enum user_result found;

	if (j == NULL) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	j->env = env;
	j->result = result;
	found = serve_record(env, NULL, &j->record);
	switch (found) {
	case USER_FOUND:
	case USER_ABSENT:
		aim(j);
		break;
	case USER_OUTAGE:
	case USER_PEOPLE:
	case USER_ERROR:
		deny(j, admission_unread(env->conf, found));
		break;
	}
	user_record_wipe(&j->record);
	explicit_bzero(j, sizeof(*j));
	free(j);
}
