/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies to a twofactl request: records and log lines. */
#include "helper/session/session.h"

#include "helper/store/store_fleet.h"

enum reason
request_error(const struct environment *env, const char *line)
{
	log_problem("%s", line);
	ui_item(env->ui, ITEM_ERROR, &line, NULL);
	return REASON_STATE;
}

const char *
request_caller_text(const struct facts *f, char out[REQUEST_BY_MAX])
{
	snprintf(out, REQUEST_BY_MAX, "uid=%lld%s%.64s", (long long)f->real_uid,
	    f->ruser[0] != '\0' ? " ruser=" : "", f->ruser);
	return out;
}

void
request_log(
    const struct facts *f, enum event event, const char *what, const char *user)
{
	char by[REQUEST_BY_MAX];

	log_notice("%stwofactl: %s user=%s by %s",
	    logline_event_prefix(event, user), what, user,
	    request_caller_text(f, by));
}

enum reason
request_store_failure(const struct environment *env)
{
	request_error(env, store_cause(env->store));
	if (store_wait_times()->ms >= 0 && env->facts->state_admin == NULL &&
	    strstr(store_cause(env->store), " 42501 ") != NULL)
		request_error(env,
		    "a host may not do that: run it on the administrator's "
		    "machine, which has the file state-admin");
	return REASON_STATE;
}
