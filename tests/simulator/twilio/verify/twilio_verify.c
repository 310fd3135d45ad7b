/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Twilio Verify v2: codes by SMS, call, WhatsApp and e-mail,
 * and the services that they belong to. Source: the vendor's OpenAPI document
 * and its error dictionary.
 */
#include "tests/simulator/twilio/verify/twilio_verify.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/verify/twilio_replies.h"
#include "tests/simulator/twilio/twilio_service.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/verify/twilio_state.h"
#include "tests/simulator/twilio/twilio_script.h"
#include "tests/simulator/twilio/verify/twilio_start.h"

/* What a sandbox number or a setting refuses; 0: nothing. */
static int
start_refusal(const struct sim_request *req, const struct twilio_start *start)
{
	const struct request_field *risk = twilio_field(req, "RiskCheck");
	const int script = sandbox_script(start->to);
	const int code = twilio_script_refusal(script);

	if (twilio_settings.start_error != 0)
		return twilio_settings.start_error;
	if (script == TWILIO_LANDLINE)
		return start->channel == TWILIO_SMS ? 60205 : 0;
	if (code == 60410 && risk != NULL &&
	    strcmp(risk->value, "disable") == 0)
		return 0;
	return code;
}

static void
handle_start(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	const char *word = NULL;
	struct twilio_verification *v;
	struct twilio_start start;
	int refusal;

	if (service == NULL || !twilio_take_start(req, reply, service, &start))
		return;
	refusal = start_refusal(req, &start);
	v = twilio_running(service, start.to);
	if (refusal == 0 && v != NULL && v->status != TWILIO_PENDING)
		refusal = 60202;
	if (refusal == 0 && v != NULL &&
	    v->send_count >= twilio_settings.send_limit)
		refusal = 60203;
	if (refusal != 0) {
		twilio_refuse(reply, refusal);
		return;
	}
	if (v == NULL) {
		v = twilio_open(service, &start);
		if (sandbox_script(start.to) == TWILIO_SHARED)
			twilio_send_code(v, &start, false);
	}
	twilio_send_code(v, &start, true);
	if (twilio_settings.start_status != 0)
		word = twilio_status_word(twilio_settings.start_status);
	twilio_say_verification(reply, 201, v, word);
}

/* The one that a check is for, or NULL when reply says no already. */
static struct twilio_verification *
checked_one(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_service *service)
{
	const struct request_field *sid = twilio_field(req, "VerificationSid");
	const struct request_field *to = twilio_field(req, "To");
	struct twilio_verification *v = NULL;

	if (sid == NULL && to == NULL) {
		twilio_refuse_missing(reply, "To");
		return NULL;
	}
	if (sid != NULL)
		v = twilio_find(service, sid->value);
	else
		v = twilio_running(service, to->value);
	if (v != NULL && to != NULL && strcmp(v->start.to, to->value) != 0)
		v = NULL;
	if (v == NULL)
		twilio_refuse_path(reply, req);
	return v;
}

static void
judge(struct twilio_verification *v, const char *code, struct sim_reply *reply)
{
	switch (twilio_try(v, code)) {
	case TWILIO_TRY_WRONG:
		twilio_say_check(reply, 200, v, NULL);
		break;
	case TWILIO_TRY_LOCKED:
		twilio_refuse(reply, 60202);
		break;
	case TWILIO_TRY_RIGHT:
		twilio_say_check(
		    reply, twilio_settings.check_201 ? 201 : 200, v, NULL);
		break;
	}
}

static void
handle_check(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	struct twilio_verification *v;
	const char *code = NULL;

	if (service == NULL ||
	    !twilio_text_needed(req, reply, "Code", 4, 10, &code))
		return;
	if (twilio_settings.check_error != 0) {
		twilio_refuse(reply, twilio_settings.check_error);
		return;
	}
	v = checked_one(req, reply, service);
	if (v == NULL)
		return;
	if (twilio_settings.check_status != 0)
		twilio_say_check(reply, 200, v,
		    twilio_status_word(twilio_settings.check_status));
	else
		judge(v, code, reply);
}

/* The verification in part 1 of the path, or NULL after refusing. */
static struct twilio_verification *
one_of_path(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	struct twilio_verification *v = NULL;

	if (service == NULL)
		return NULL;
	if (twilio_sid_is_valid(req->part[1], "VE"))
		v = twilio_find(service, req->part[1]);
	if (v == NULL)
		twilio_refuse_path(reply, req);
	return v;
}

static void
handle_update(const struct sim_request *req, struct sim_reply *reply)
{
	struct twilio_verification *v = one_of_path(req, reply);
	const char *status = "";

	if (v == NULL ||
	    !twilio_text_needed(req, reply, "Status", 1, 20, &status))
		return;
	if (strcmp(status, "canceled") == 0) {
		twilio_end(v, TWILIO_CANCELED);
		twilio_say_verification(reply, 200, v, NULL);
	} else if (strcmp(status, "approved") == 0) {
		twilio_refuse(reply, 60204); /* for customers' own codes */
	} else {
		twilio_refuse_value(reply, "Status", status);
	}
}

static void
handle_fetch(const struct sim_request *req, struct sim_reply *reply)
{
	static const struct twilio_limit limits[] = { { 60, 60 }, { 180, 3600 },
		{ 250, 86400 }, { 0 } };
	struct twilio_verification *v = one_of_path(req, reply);

	if (v == NULL)
		return;
	if (!twilio_budget_use(&v->fetches, limits))
		twilio_refuse(reply, 20429);
	else
		twilio_say_verification(reply, 200, v, NULL);
}

static const char *
endpoint_update(const struct sim_request *req)
{
	const struct request_field *status = twilio_field(req, "Status");

	return status != NULL && strcmp(status->value, "canceled") == 0
	    ? "cancel"
	    : "control";
}

/* One that nobody opened, with what the request tells of it. */
static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	const struct request_field *sid = twilio_field(req, "VerificationSid");
	const struct request_field *code = twilio_field(req, "Code");
	const struct request_field *to = twilio_field(req, "To");
	static struct twilio_verification v;

	memset(&v, 0, sizeof(v));
	v.created = v.updated = world_now();
	snprintf(v.service, sizeof(v.service), "%.34s", req->part[0]);
	snprintf(v.account, sizeof(v.account), "AC%.32s", req->key + 2);
	random_sid("VE", v.sid);
	if (sid != NULL || req->parts > 1)
		snprintf(v.sid, sizeof(v.sid), "%.34s",
		    sid != NULL ? sid->value : req->part[1]);
	snprintf(v.start.to, sizeof(v.start.to), "%.254s",
	    to != NULL ? to->value : "+447700900000");
	if (code != NULL)
		twilio_say_check(reply, 200, &v, "approved");
	else if (strcmp(endpoint_update(req), "cancel") == 0)
		twilio_say_verification(reply, 200, &v, "canceled");
	else
		twilio_say_verification(
		    reply, req->parts > 1 ? 200 : 201, &v, NULL);
}

static void
reset(void)
{
	twilio_state_reset();
	twilio_service_reset();
	twilio_settings_reset();
	throttle_reset();
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/v2/Services", "control", twilio_service_create },
	{ SIM_GET, "/v2/Services/{}", "control", twilio_service_fetch },
	{ SIM_POST, "/v2/Services/{}/Verifications", "start", handle_start },
	{ SIM_POST, "/v2/Services/{}/VerificationCheck", "check",
	    handle_check },
	{ SIM_POST, "/v2/Services/{}/Verifications/{}", NULL, handle_update },
	{ SIM_GET, "/v2/Services/{}/Verifications/{}", "poll", handle_fetch },
	{ 0 },
};

static const char *const ids[] = { "sid", NULL };
static const char *const codes[] = { "Code", "CustomCode", NULL };

static const struct sim_shape shape = {
	.verdict = "status",
	.good = "approved",
	.ids = ids,
};

const struct sim_provider twilio_verify_provider = {
	.name = "twilio-verify",
	.vendor = "twilio",
	.routes = routes,
	.endpoint = endpoint_update,
	.reset = reset,
	.next_due = twilio_next_due,
	.fire = twilio_fire,
	.sample = sample,
	.throttled = twilio_throttled,
	.internal = twilio_internal,
	.refuse = twilio_refuse_request,
	.set = twilio_set,
	.shape = &shape,
	.codes = codes,
};
