/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Verify v2 words its answers: members and texts of the OpenAPI document
 * (1.0.1). Refusals are RFC 7807 problems.
 */
#include "tests/simulator/vonage/v2_replies.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/vonage/v2_params.h"
#include "tests/simulator/vonage/v2_state.h"

#define ERRORS "https://developer.vonage.com/en/api-errors"

static const struct problem {
	int http;
	const char *result; /* for the request log */
	const char *type, *title, *detail;
} problems[] = {
	[V2_INTERNAL] = { 500, "internal-error",
	    "https://developer.vonage.com/api-errors#internal-error",
	    "Internal error",
	    "There was an error processing your request in the Platform." },
	[V2_INVALID_CODE] = { 400, "invalid-code",
	    ERRORS "/verify-v2#invalid-code", "Invalid Code",
	    "The code you provided does not match the expected value." },
	[V2_UNAUTHORIZED] = { 401, "unauthorized",
	    "https://developer.vonage.com/api-errors#unauthorized",
	    "Unauthorized", "You did not provide correct credentials." },
	[V2_JWT_EXPIRED] = { 401, "jwt-expired", ERRORS "#jwt-expired",
	    "You did not provide correct credentials.",
	    "The JWT provided has expired." },
	[V2_LOW_BALANCE] = { 402, "low-balance", ERRORS "/#low-balance",
	    "Low balance",
	    "This request could not be performed due to your account balance "
	    "being low." },
	[V2_FORBIDDEN] = { 403, "forbidden", ERRORS "#forbidden", "Forbidden",
	    "Your account does not have permission to perform this action." },
	[V2_NOT_FOUND] = { 404, "request-not-found",
	    ERRORS "/verify-v2#request-not-found", "Not Found",
	    "Request '%s' was not found or it has been verified already." },
	[V2_METHOD] = { 405, "method-not-allowed", ERRORS "#method-not-allowed",
	    "Method Not Allowed", "This resource does not take this method." },
	[V2_CONCURRENT] = { 409, "concurrent", ERRORS "/verify-v2#concurrent",
	    "Conflict",
	    "Concurrent verifications to the same number are not allowed." },
	[V2_NO_CODE] = { 409, "no-code", ERRORS "/verify-v2#no-code",
	    "Conflict",
	    "The current Verify workflow step does not support a code." },
	[V2_NO_EVENTS] = { 409, "no-events", ERRORS "/verify-v2#no-events",
	    "Conflict",
	    "There are no more events left to trigger for request '%s'." },
	[V2_TOO_EARLY] = { 404, "not-cancellable",
	    ERRORS "/verify-v2#request-not-found", "Not Found",
	    "Request '%s' cannot be cancelled now." },
	[V2_LOCKED] = { 410, "expired", ERRORS "/verify-v2#expired",
	    "Invalid Code",
	    "An incorrect code has been provided too many times. Workflow "
	    "terminated." },
	[V2_NO_NETWORK] = { 412, "precondition-failed",
	    ERRORS "/verify-v2#precondition-failed", "Network not supported",
	    "Device number does not resolve to a supported Mobile Network "
	    "Operator." },
	[V2_TOO_LONG] = { 413, "too-long", ERRORS "#payload-too-large",
	    "Payload Too Large", "The request is too long." },
	[V2_MEDIA_TYPE] = { 415, "media-type", ERRORS "#unsupported-media-type",
	    "Unsupported Media Type",
	    "The request must be of type application/json." },
	[V2_THROTTLED] = { 429, "throttled", ERRORS "#throttled",
	    "Rate Limit Hit", "Please wait, then retry your request" },
};

static void
say(struct sim_reply *reply, int http, const char *result, cJSON *o)
{
	snprintf(reply->result, sizeof(reply->result), "%s", result);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	if (http >= 400 && reply->body != NULL)
		reply->type = "application/problem+json";
	cJSON_Delete(o);
}

static cJSON *
problem_json(const struct problem *p, const char *id)
{
	cJSON *o = cJSON_CreateObject();
	const char *where = strstr(p->detail, "%s");
	char detail[256], instance[37];

	if (where == NULL)
		snprintf(detail, sizeof(detail), "%s", p->detail);
	else
		snprintf(detail, sizeof(detail), "%.*s%.36s%s",
		    (int)(where - p->detail), p->detail, id, where + 2);
	random_uuid(instance);
	cJSON_AddStringToObject(o, "title", p->title);
	cJSON_AddStringToObject(o, "type", p->type);
	cJSON_AddStringToObject(o, "detail", detail);
	cJSON_AddStringToObject(o, "instance", instance);
	return o;
}

void
v2_refuse(struct sim_reply *reply, enum v2_problem problem, const char *id)
{
	const struct problem *p = &problems[problem];

	say(reply, p->http, p->result, problem_json(p, id));
}

void
v2_refuse_params(struct sim_reply *reply, const struct v2_refusal *r)
{
	static const struct problem invalid = { 422, "invalid-params",
		ERRORS "#invalid-params", "Invalid params",
		"The value of one or more parameters is invalid." };
	cJSON *o, *one;

	if (r->forbidden) {
		v2_refuse(reply, V2_FORBIDDEN, "");
		return;
	}
	o = problem_json(&invalid, "");
	one = cJSON_CreateObject();
	cJSON_AddStringToObject(one, "name", r->name);
	cJSON_AddStringToObject(one, "reason", r->reason);
	cJSON_AddItemToArray(
	    cJSON_AddArrayToObject(o, "invalid_parameters"), one);
	say(reply, invalid.http, invalid.result, o);
}

void
v2_say_concurrent(
    struct sim_reply *reply, const struct v2_verification *v, int with_id)
{
	cJSON *o = problem_json(&problems[V2_CONCURRENT], "");

	if (with_id != 0)
		cJSON_AddStringToObject(o, "request_id", v->id);
	say(reply, 409, problems[V2_CONCURRENT].result, o);
}

void
v2_say_started(struct sim_reply *reply, const char *id, int silent_auth)
{
	cJSON *o = cJSON_CreateObject();
	char url[128];

	cJSON_AddStringToObject(o, "request_id", id);
	snprintf(url, sizeof(url),
	    "https://api.nexmo.com/v2/verify/%.36s/silent-auth/redirect", id);
	if (silent_auth != 0)
		cJSON_AddStringToObject(o, "check_url", url);
	say(reply, 202, "started", o);
}

void
v2_say_completed(struct sim_reply *reply, const char *id)
{
	cJSON *o = cJSON_CreateObject();

	if (id != NULL)
		cJSON_AddStringToObject(o, "request_id", id);
	cJSON_AddStringToObject(o, "status", "completed");
	say(reply, 200, "completed", o);
}

void
v2_say_done(struct sim_reply *reply, int http)
{
	snprintf(reply->result, sizeof(reply->result), "done");
	sim_reply_empty(reply, http);
}
