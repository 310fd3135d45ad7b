/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Verify v1 words its answers: the members, order and texts of the
 * OpenAPI document (1.2.4). HTTP is 200 for refusals too.
 */
#include "tests/simulator/vonage/v1_replies.h"

#include <stdarg.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/vonage/v1_search.h"

void
v1_say(struct sim_reply *reply, cJSON *o)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(o, "status");

	snprintf(reply->result, sizeof(reply->result), "%s",
	    cJSON_IsString(status) ? status->valuestring : "");
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
v1_refuse(struct sim_reply *reply, int status, const char *format, ...)
{
	cJSON *o = cJSON_CreateObject();
	char text[512], number[8];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(number, sizeof(number), "%d", status);
	cJSON_AddStringToObject(o, "status", number);
	cJSON_AddStringToObject(o, "error_text", text);
	v1_say(reply, o);
}

void
v1_refuse_missing(struct sim_reply *reply, const char *name)
{
	v1_refuse(reply, 2,
	    "Your request is incomplete and missing the mandatory parameter "
	    "`%s`",
	    name);
}

void
v1_say_concurrent(struct sim_reply *reply, const struct v1_verification *v)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "request_id", v->id);
	cJSON_AddStringToObject(o, "status", "10");
	cJSON_AddStringToObject(o, "error_text",
	    "Concurrent verifications to the same number are not allowed");
	v1_say(reply, o);
}

void
v1_say_blocked(struct sim_reply *reply)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "status", "7");
	cJSON_AddStringToObject(o, "error_text",
	    "The number you are trying to verify is blacklisted for "
	    "verification.");
	cJSON_AddStringToObject(o, "network", "23410");
	v1_say(reply, o);
}

void
v1_say_started(struct sim_reply *reply, const char *id)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "request_id", id);
	cJSON_AddStringToObject(o, "status", "0");
	v1_say(reply, o);
}

void
v1_say_checked(struct sim_reply *reply, const struct v1_verification *v)
{
	cJSON *o = cJSON_CreateObject();
	const int script = sandbox_script(v->start.number);
	char other[V1_ID_LEN + 1];

	if (script == 51) {
		random_hex(other, V1_ID_LEN);
		cJSON_AddStringToObject(o, "request_id", other);
	} else if (script != 53) {
		cJSON_AddStringToObject(o, "request_id", v->id);
	}
	cJSON_AddStringToObject(o, "status", "0");
	cJSON_AddStringToObject(
	    o, "event_id", v->events[v->event_count - 1].id);
	v1_add_prices(o, v);
	v1_say(reply, o);
}

void
v1_say_controlled(struct sim_reply *reply, const char *cmd)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "status", "0");
	cJSON_AddStringToObject(o, "command", cmd);
	v1_say(reply, o);
}

void
v1_say_control(struct sim_reply *reply, enum v1_control done, const char *id,
    const char *cmd)
{
	switch (done) {
	case V1_REFUSED_EARLY:
		v1_refuse(reply, 19,
		    "Verification request ['%s'] can't be cancelled within "
		    "the first 30 seconds.",
		    id);
		break;
	case V1_REFUSED_LATE:
		v1_refuse(reply, 19,
		    "Verification request  ['%s'] can't be cancelled now. Too "
		    "many attempts to re-deliver have already been made.",
		    id);
		break;
	case V1_REFUSED_END:
		v1_refuse(reply, 19,
		    "No more events are left to execute for the request "
		    "['%s']",
		    id);
		break;
	case V1_DONE:
		v1_say_controlled(reply, cmd);
		break;
	}
}
