/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Vonage Verify v1: its routes, and what each judges in which
 * order. Source: the OpenAPI document 1.2.4.
 */
#include "tests/simulator/vonage/v1.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/v1_params.h"
#include "tests/simulator/vonage/v1_replies.h"
#include "tests/simulator/vonage/v1_search.h"
#include "tests/simulator/vonage/v1_state.h"

enum { V1_SEARCH_IDS_MAX = 10 };

static struct {
	int rate;       /* requests a second and account, 0: any number */
	int search_lag; /* 1: search finds a verification 60 s after its end */
	int http_401;   /* 1: bad credentials are HTTP 401 as well */
	int check_ends; /* 1: the reply that takes a code ends its connection */
} settings;

/* Everything before the parameters: false when reply says no already. */
static bool
admit(const struct sim_request *req, struct sim_reply *reply,
    const char *credentials_text)
{
	const bool given = req->scheme == REQUEST_BASIC ||
	    req->scheme == REQUEST_QUERY_AUTH ||
	    req->scheme == REQUEST_FORM_AUTH ||
	    req->scheme == REQUEST_JSON_AUTH;

	if (!given || (req->key[0] == '\0' && !req->bad_auth)) {
		v1_refuse_missing(reply, "api_key");
		return false;
	}
	if (req->secret[0] == '\0' && !req->bad_auth) {
		v1_refuse_missing(reply, "api_secret");
		return false;
	}
	if (req->bad_auth || !creds_good("vonage", req->key, req->secret)) {
		v1_refuse(reply, 4, "%s", credentials_text);
		if (settings.http_401 != 0)
			reply->http = 401;
		return false;
	}
	if (throttle_hit(req->key, (unsigned int)settings.rate)) {
		v1_refuse(reply, 1, "Throttled");
		return false;
	}
	return true;
}

/* A text parameter of check, control and search, or NULL after refusing. */
static const char *
text_param(const struct sim_request *req, struct sim_reply *reply,
    const char *name, size_t min, size_t max)
{
	const struct request_field *f = request_field(req, name);

	if (f == NULL) {
		v1_refuse_missing(reply, name);
		return NULL;
	}
	if (f->bad || strlen(f->value) < min || strlen(f->value) > max) {
		v1_refuse(reply, 3, "Invalid value for param: %s", name);
		return NULL;
	}
	return f->value;
}

static const struct {
	int script;
	const char *text;
} start_refusals[] = {
	{ 1, "Throttled" },
	{ 2,
	    "Your request is incomplete and missing the mandatory parameter "
	    "`brand`" },
	{ 4, "Invalid credentials were provided" },
	{ 5, "Internal Error" },
	{ 6,
	    "The Vonage platform was unable to process this message for the "
	    "following reason: The request could not be routed." },
	{ 9, "Partner quota exceeded" },
	{ 15, "The destination number is not in a supported network" },
	{ 29,
	    "Your Vonage account is still in demo mode. While in demo mode "
	    "you must add target numbers to the approved list for your "
	    "account. Add funds to your account to remove this limitation." },
};

/* What a sandbox number refuses at the start: true when reply says no. */
static bool
scripted(const struct v1_start *start, struct sim_reply *reply)
{
	const int script = sandbox_script(start->number);
	const size_t n = sizeof(start_refusals) / sizeof(start_refusals[0]);

	for (size_t i = 0; i < n; i++)
		if (script == start_refusals[i].script) {
			v1_refuse(reply, script, "%s", start_refusals[i].text);
			return true;
		}
	if (script == 7) {
		v1_say_blocked(reply);
		return true;
	}
	/* Somebody else of the same account was faster. */
	if (script == 10 && v1_running(start->number) == NULL)
		v1_open(start, false);
	return false;
}

static void
handle_start(const struct sim_request *req, struct sim_reply *reply)
{
	const struct v1_verification *v;
	struct v1_start start;
	const char *name;
	int problem;

	if (!admit(req, reply, "Invalid credentials were provided"))
		return;
	problem = v1_params(req, &start, &name);
	if (problem == V1_MISSING)
		v1_refuse_missing(reply, name);
	else if (problem == V1_INVALID)
		v1_refuse(reply, problem, "Invalid value for %s", name);
	else if (problem != 0)
		v1_refuse(reply, problem,
		    "This account does not support the parameter: %s.", name);
	if (problem != 0)
		return;
	snprintf(start.account, sizeof(start.account), "%s", req->key);
	if (scripted(&start, reply))
		return;
	v = v1_running(start.number);
	if (v != NULL)
		v1_say_concurrent(reply, v);
	else
		v1_say_started(reply, v1_open(&start, true)->id);
}

static void
handle_check(const struct sim_request *req, struct sim_reply *reply)
{
	struct v1_verification *v;
	const char *id, *code;

	if (!admit(req, reply, "Bad credentials"))
		return;
	id = text_param(req, reply, "request_id", 1, V1_ID_LEN);
	if (id == NULL)
		return;
	code = text_param(req, reply, "code", 4, 6);
	if (code == NULL)
		return;
	v = v1_find(id, req->key);
	if (v == NULL || v->status != V1_IN_PROGRESS) {
		v1_refuse(reply, 6,
		    "The Vonage platform was unable to process this message "
		    "for the following reason: Request '%s' was not found or "
		    "it has been verified already.",
		    id);
		return;
	}
	switch (v1_try(v, code)) {
	case V1_TRY_WRONG:
		v1_refuse(reply, 16,
		    "The code inserted does not match the expected value");
		break;
	case V1_TRY_LAST:
		v1_refuse(reply, 17,
		    "The wrong code was provided too many times. Request "
		    "terminated");
		break;
	case V1_TRY_RIGHT:
		v1_say_checked(reply, v);
		if (settings.check_ends != 0)
			sim_reply_header(reply, "Connection", "close");
		break;
	}
}

static void
handle_control(const struct sim_request *req, struct sim_reply *reply)
{
	struct v1_verification *v;
	const char *id, *cmd;
	bool cancel;

	if (!admit(req, reply, "Bad credentials"))
		return;
	id = text_param(req, reply, "request_id", 1, V1_ID_LEN);
	if (id == NULL)
		return;
	cmd = text_param(req, reply, "cmd", 1, 32);
	if (cmd == NULL)
		return;
	cancel = strcmp(cmd, "cancel") == 0;
	if (!cancel && strcmp(cmd, "trigger_next_event") != 0) {
		v1_refuse(reply, 3, "Invalid value for param: cmd");
		return;
	}
	v = v1_find(id, req->key);
	if (v == NULL || v->status != V1_IN_PROGRESS) {
		v1_refuse(reply, 6,
		    "The requestId '%s' does not exist or its no longer "
		    "active.",
		    id);
		return;
	}
	v1_say_control(
	    reply, cancel ? v1_cancel(v) : v1_next_event(v), id, cmd);
}

static cJSON *
search_one(const struct sim_request *req, const char *id)
{
	return v1_search_result(
	    v1_find(id, req->key), settings.search_lag != 0);
}

/* request_ids may be repeated, in JSON an array: one of its values. */
static bool
is_search_id(const struct request_field *f)
{
	if (f->type == REQUEST_ARRAY)
		return false;
	return strcmp(f->name, "request_ids") == 0 ||
	    strncmp(f->name, "request_ids.", 12) == 0;
}

/* Several come back as a list. */
static cJSON *
search_many(const struct sim_request *req)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "verification_requests");
	const struct request_field *f;

	for (size_t i = 0; i < req->fields; i++) {
		f = &req->field[i];
		if (is_search_id(f))
			cJSON_AddItemToArray(list, search_one(req, f->value));
	}
	return o;
}

static void
handle_search(const struct sim_request *req, struct sim_reply *reply)
{
	const struct request_field *f;
	const char *id;
	size_t ids = 0;
	bool bad = false;

	if (!admit(req, reply, "Bad credentials"))
		return;
	for (size_t i = 0; i < req->fields; i++) {
		f = &req->field[i];
		if (!is_search_id(f))
			continue;
		ids++;
		bad = bad || f->bad || f->value[0] == '\0' ||
		    strlen(f->value) > V1_ID_LEN;
	}
	if (ids == 0) {
		id = text_param(req, reply, "request_id", 1, V1_ID_LEN);
		if (id != NULL)
			v1_say(reply, search_one(req, id));
	} else if (bad || ids > V1_SEARCH_IDS_MAX) {
		v1_refuse(reply, 3, "Invalid value for param: request_ids");
	} else {
		v1_say(reply, search_many(req));
	}
}

static const char *
endpoint_control(const struct sim_request *req)
{
	const struct request_field *cmd = request_field(req, "cmd");

	if (cmd != NULL && strcmp(cmd->value, "cancel") == 0)
		return "cancel";
	if (cmd != NULL && strcmp(cmd->value, "trigger_next_event") == 0)
		return "resend";
	return "control";
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	const struct request_field *id = request_field(req, "request_id");
	const struct request_field *cmd = request_field(req, "cmd");
	char other[V1_ID_LEN + 1];

	random_hex(other, V1_ID_LEN);
	if (cmd != NULL)
		v1_say_controlled(reply, cmd->value);
	else
		v1_say_started(reply, id != NULL ? id->value : other);
}

static void
throttled(struct sim_reply *reply)
{
	v1_refuse(reply, 1, "Throttled");
}

static void
internal(struct sim_reply *reply)
{
	v1_refuse(reply, 5, "Internal Error");
}

static int
set(const char *name, int value)
{
	if (strcmp(name, "v1_wrong_limit") == 0) {
		if (value < 1 || value > 10)
			return -1;
		v1_set_wrong_limit(value);
		return 0;
	}
	if (strcmp(name, "v1_rate") == 0) {
		if (value < 0 || value > THROTTLE_RATE_MAX)
			return -1;
		settings.rate = value;
		return 0;
	}
	if (strcmp(name, "v1_search_lag") != 0 &&
	    strcmp(name, "v1_http_401") != 0 &&
	    strcmp(name, "v1_check_ends") != 0)
		return 1;
	if (value < 0 || value > 1)
		return -1;
	if (strcmp(name, "v1_search_lag") == 0)
		settings.search_lag = value;
	else if (strcmp(name, "v1_http_401") == 0)
		settings.http_401 = value;
	else
		settings.check_ends = value;
	return 0;
}

static void
reset(void)
{
	v1_state_reset();
	throttle_reset();
	v1_set_wrong_limit(3);
	settings.rate = 30;
	settings.search_lag = 0;
	settings.http_401 = 0;
	settings.check_ends = 0;
}

static const struct sim_route routes[] = {
	{ SIM_GET | SIM_POST, "/verify/json", "start", handle_start },
	{ SIM_GET | SIM_POST, "/verify/check/json", "check", handle_check },
	{ SIM_GET | SIM_POST, "/verify/control/json", NULL, handle_control },
	{ SIM_GET | SIM_POST, "/verify/search/json", "poll", handle_search },
	{ 0 },
};

static const char *const ids[] = { "request_id", NULL };

static const struct sim_shape shape = {
	.verdict = "status",
	.good = "0",
	.ids = ids,
};

const struct sim_provider vonage_v1_provider = {
	.name = "vonage-verify",
	.vendor = "vonage",
	.routes = routes,
	.endpoint = endpoint_control,
	.reset = reset,
	.next_due = v1_next_due,
	.fire = v1_fire,
	.sample = sample,
	.throttled = throttled,
	.internal = internal,
	.set = set,
	.shape = &shape,
};
