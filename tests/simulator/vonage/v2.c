/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Vonage Verify v2: its routes, and what each judges in which
 * order. Source: the OpenAPI document 1.0.1.
 */
#include "tests/simulator/vonage/v2.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/v2_jwt.h"
#include "tests/simulator/vonage/v2_params.h"
#include "tests/simulator/vonage/v2_replies.h"
#include "tests/simulator/vonage/v2_state.h"

static struct {
	int rate;         /* requests a second and account, 0: any number */
	int conflict_id;  /* 1: 409 tells which request is open */
	int end_404;      /* 1: next_workflow behind the last step is 404 */
	int all_features; /* 1: code, template_id, fraud_check are permitted */
	int least_timeout;
} settings;

/* Who asks, as "key:..." or "app:...": false when reply says no already. */
static bool
authenticate(
    const struct sim_request *req, struct sim_reply *reply, char account[136])
{
	enum jwt_verdict verdict = JWT_BAD;
	char app[128] = "";

	if (req->scheme == REQUEST_BASIC && !req->bad_auth &&
	    creds_good("vonage", req->key, req->secret)) {
		snprintf(account, 136, "key:%s", req->key);
		return true;
	}
	if (req->scheme == REQUEST_BEARER && !req->bad_auth)
		verdict = jwt_judge(req->secret, app, sizeof(app));
	if (verdict == JWT_GOOD) {
		snprintf(account, 136, "app:%s", app);
		return true;
	}
	v2_refuse(reply,
	    verdict == JWT_EXPIRED ? V2_JWT_EXPIRED : V2_UNAUTHORIZED, "");
	return false;
}

/* Everything before the body: false when reply says no already. */
static bool
admit(const struct sim_request *req, struct sim_reply *reply, bool body,
    char account[136])
{
	char who[128];

	if (!authenticate(req, reply, account))
		return false;
	snprintf(who, sizeof(who), "v2 %.120s", account);
	if (throttle_hit(who, (unsigned int)settings.rate)) {
		v2_refuse(reply, V2_THROTTLED, "");
		return false;
	}
	if (body && strcmp(req->content_type, "application/json") != 0) {
		v2_refuse(reply, V2_MEDIA_TYPE, "");
		return false;
	}
	return true;
}

static const struct {
	int script;
	enum v2_problem problem;
} start_refusals[] = {
	{ 1, V2_THROTTLED },
	{ 4, V2_UNAUTHORIZED },
	{ 5, V2_INTERNAL },
	{ 9, V2_LOW_BALANCE },
	{ 29, V2_FORBIDDEN },
};

/* What a sandbox number refuses at the start: true when reply says no. */
static bool
scripted(const struct v2_start *start, struct sim_reply *reply)
{
	static const struct v2_refusal config = { false, "brand",
		"Brand is invalid" };
	static const struct v2_refusal number = { false, "workflow[0].to",
		"To is invalid" };
	const int script = sandbox_script(start->steps[0].to);
	const size_t n = sizeof(start_refusals) / sizeof(start_refusals[0]);

	for (size_t i = 0; i < n; i++)
		if (script == start_refusals[i].script) {
			v2_refuse(reply, start_refusals[i].problem, "");
			return true;
		}
	if (script == 15 && start->steps[0].channel == V2_SILENT_AUTH) {
		v2_refuse(reply, V2_NO_NETWORK, "");
		return true;
	}
	if (script == 2 || script == 6 || script == 15) {
		v2_refuse_params(reply, script == 2 ? &config : &number);
		return true;
	}
	/* Somebody else of the same account was faster. */
	if (script == 10 && v2_running(start) == NULL)
		v2_open(start, false);
	return false;
}

static void
handle_start(const struct sim_request *req, struct sim_reply *reply)
{
	const struct v2_account may = { settings.all_features != 0,
		settings.least_timeout };
	const struct v2_verification *v;
	struct v2_start start;
	struct v2_refusal refusal;
	char account[136];

	if (!admit(req, reply, true, account))
		return;
	if (!v2_params(req, &may, &start, &refusal)) {
		v2_refuse_params(reply, &refusal);
		return;
	}
	snprintf(start.account, sizeof(start.account), "%s", account);
	if (scripted(&start, reply))
		return;
	v = v2_running(&start);
	if (v != NULL) {
		v2_say_concurrent(reply, v, settings.conflict_id);
		return;
	}
	v2_say_started(reply, v2_open(&start, true)->id,
	    start.steps[0].channel == V2_SILENT_AUTH);
}

static void
say_right(struct sim_reply *reply, const struct v2_verification *v)
{
	const int script = sandbox_script(v->start.steps[v->step].to);
	char other[37];

	random_uuid(other);
	if (script == 51)
		v2_say_completed(reply, other);
	else
		v2_say_completed(reply, script == 53 ? NULL : v->id);
}

/* The code of a check, or NULL after refusing. */
static const char *
take_code(const struct sim_request *req, struct sim_reply *reply)
{
	const struct request_field *f = request_field(req, "code");
	struct v2_refusal r = { false, "code", "Code is required" };

	if (f != NULL && !req->bad_json) {
		snprintf(r.reason, sizeof(r.reason), "Code is invalid");
		if (!f->bad && f->type == REQUEST_TEXT &&
		    strlen(f->value) >= 4 && strlen(f->value) <= V2_CODE_MAX)
			return f->value;
	}
	v2_refuse_params(reply, &r);
	return NULL;
}

static void
handle_check(const struct sim_request *req, struct sim_reply *reply)
{
	struct v2_verification *v;
	const char *code;
	char account[136];

	if (!admit(req, reply, true, account))
		return;
	code = take_code(req, reply);
	if (code == NULL)
		return;
	v = v2_find(req->part[0], account);
	if (v == NULL) {
		v2_refuse(reply, V2_NOT_FOUND, req->part[0]);
		return;
	}
	switch (v2_try(v, code)) {
	case V2_TRY_WRONG:
		v2_refuse(reply, V2_INVALID_CODE, "");
		break;
	case V2_TRY_NO_CODE:
		v2_refuse(reply, V2_NO_CODE, "");
		break;
	case V2_TRY_LAST:
		v2_refuse(reply, V2_LOCKED, "");
		break;
	case V2_TRY_RIGHT:
		say_right(reply, v);
		break;
	}
}

static void
handle_cancel(const struct sim_request *req, struct sim_reply *reply)
{
	struct v2_verification *v;
	char account[136];

	if (!admit(req, reply, false, account))
		return;
	v = v2_find(req->part[0], account);
	if (v == NULL)
		v2_refuse(reply, V2_NOT_FOUND, req->part[0]);
	else if (!v2_cancel(v))
		v2_refuse(reply, V2_TOO_EARLY, v->id);
	else
		v2_say_done(reply, 204);
}

static void
handle_next(const struct sim_request *req, struct sim_reply *reply)
{
	struct v2_verification *v;
	char account[136];

	if (!admit(req, reply, req->len > 0, account))
		return;
	v = v2_find(req->part[0], account);
	if (v == NULL)
		v2_refuse(reply, V2_NOT_FOUND, req->part[0]);
	else if (v2_next_step(v))
		v2_say_done(reply, 200);
	else
		v2_refuse(reply,
		    settings.end_404 != 0 ? V2_NOT_FOUND : V2_NO_EVENTS, v->id);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	char other[37];

	random_uuid(other);
	if (req->parts == 0)
		v2_say_started(reply, other, false);
	else if (strcmp(req->method, "DELETE") == 0)
		v2_say_done(reply, 204);
	else if (strstr(req->path, "/next_workflow") != NULL)
		v2_say_done(reply, 200);
	else
		v2_say_completed(reply, req->part[0]);
}

static void
throttled(struct sim_reply *reply)
{
	v2_refuse(reply, V2_THROTTLED, "");
}

static void
internal(struct sim_reply *reply)
{
	v2_refuse(reply, V2_INTERNAL, "");
}

static void
refuse(const struct sim_request *req, int http, struct sim_reply *reply)
{
	(void)req;
	v2_refuse(reply, http == 413 ? V2_TOO_LONG : V2_METHOD, "");
}

static int
set(const char *name, int value)
{
	static int wrong_limit;
	const struct {
		const char *name;
		int min, max, *out;
	} known[] = {
		{ "v2_wrong_limit", 1, 10, &wrong_limit },
		{ "v2_rate", 0, THROTTLE_RATE_MAX, &settings.rate },
		{ "v2_conflict_id", 0, 1, &settings.conflict_id },
		{ "v2_end_404", 0, 1, &settings.end_404 },
		{ "v2_all_features", 0, 1, &settings.all_features },
		{ "v2_least_timeout", 15, 900, &settings.least_timeout },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		if (value < known[i].min || value > known[i].max)
			return -1;
		*known[i].out = value;
		if (known[i].out == &wrong_limit)
			v2_set_wrong_limit(value);
		return 0;
	}
	return 1;
}

static void
reset(void)
{
	v2_state_reset();
	throttle_reset();
	jwt_reset();
	v2_set_wrong_limit(3);
	memset(&settings, 0, sizeof(settings));
	settings.rate = 30;
	settings.conflict_id = 1;
	settings.least_timeout = 15;
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/v2/verify", "start", handle_start },
	{ SIM_POST, "/v2/verify/", "start", handle_start },
	{ SIM_POST, "/v2/verify/{}", "check", handle_check },
	{ SIM_DELETE, "/v2/verify/{}", "cancel", handle_cancel },
	{ SIM_POST, "/v2/verify/{}/next_workflow", "resend", handle_next },
	{ 0 },
};

static const char *const ids[] = { "request_id", NULL };

static const struct sim_shape shape = {
	.verdict = "status",
	.good = "completed",
	.ids = ids,
};

const struct sim_provider vonage_v2_provider = {
	.name = "vonage-verify-v2",
	.vendor = "vonage",
	.routes = routes,
	.reset = reset,
	.next_due = v2_next_due,
	.fire = v2_fire,
	.sample = sample,
	.throttled = throttled,
	.internal = internal,
	.refuse = refuse,
	.set = set,
	.shape = &shape,
};
