/* SPDX-License-Identifier: BSD-2-Clause */
/* What every part of a login may do. */
#include "helper/dialogue/login_context.h"

#include "helper/dialogue/ui.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

const char *
login_shown(const struct login *l)
{
	return l->shown != NULL ? l->shown : l->user;
}

int64_t
login_now(const struct login *l)
{
	return l->env->now(l->env->ctx);
}

int64_t
login_wall(const struct login *l)
{
	return l->env->wall(l->env->ctx);
}

bool
login_pause(const struct login *l, int64_t ms)
{
	return l->env->pause(l->env->ctx, ms);
}

bool
login_session_dead(const struct login *l, int64_t holder)
{
	return l->env->dead(l->env->ctx, holder);
}

const char *
login_counted_from(const struct login *l)
{
	return login_source_counted(
	    l->env->facts->one_field != NULL, l->source);
}

void
login_say(const struct login *l, const char *text)
{
	if (l->env->facts->conversation)
		l->env->ui->say(l->env->ui->ctx, text);
}

void
login_log_limit(
    const struct login *l, const char *what, int64_t wait_s, const char *limit)
{
	const bool own = limit_of_person(limit) && l->env->stranger == NULL;

	log_notice("%s may have no more %s for %lld s: %s is used up%s%s",
	    login_shown(l), what, (long long)wait_s, limit,
	    own ? ": wait, or run twofactl unlock --sends " : "",
	    own ? login_shown(l) : "");
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
	switch (store_failure(s)) {
	case STORE_OUTAGE:
		return REASON_STORE_OUTAGE;
	case STORE_BUSY:
		return REASON_STORE_BUSY;
	case STORE_UNKNOWN:
		return REASON_STORE_UNKNOWN;
	case STORE_SETTINGS:
		return REASON_STORE_SETTINGS;
	case STORE_FAILED_OTHERWISE:
		break;
	}
	return REASON_STATE;
}

bool
login_seem(const struct login *l)
{
	if (l->seems == NULL || store_noop(l->seems) == 0)
		return true;
	log_mend("%s", store_cause(l->seems));
	return false;
}

enum challenge_step
login_state_failed(const struct login *l)
{
	log_mend("%s", store_cause(l->store));
	return login_deny(l, VERDICT_DENY, login_state_reason(l->store));
}
