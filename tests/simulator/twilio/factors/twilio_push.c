/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Twilio Verify factors: challenges that an app's owner
 * approves or denies, and those that a code answers. Source: the vendor's
 * OpenAPI document and its error dictionary.
 */
#include "tests/simulator/twilio/factors/twilio_push.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/factors/twilio_challenge_json.h"
#include "tests/simulator/twilio/factors/twilio_challenges.h"
#include "tests/simulator/twilio/factors/twilio_enrol.h"
#include "tests/simulator/twilio/factors/twilio_factor_json.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/factors/twilio_ask.h"

static const char *
endpoint_open(const struct sim_request *req)
{
	return twilio_field(req, "AuthPayload") != NULL ? "check" : "start";
}

/* A challenge that nobody opened, with what the request tells of it. */
static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	const struct request_field *factor = twilio_field(req, "FactorSid");
	struct twilio_challenge c = { 0 };

	c.created = c.updated = world_now();
	c.ends = c.created + 300 * 1000;
	c.push = twilio_field(req, "AuthPayload") == NULL;
	if (!c.push || strcmp(req->method, "GET") == 0)
		c.status = TWILIO_ANSWER_APPROVED;
	random_sid("YC", c.sid);
	random_sid("YE", c.entity);
	random_sid("YF", c.factor);
	if (req->parts > 2)
		snprintf(c.sid, sizeof(c.sid), "%.34s", req->part[2]);
	if (factor != NULL)
		snprintf(c.factor, sizeof(c.factor), "%.34s", factor->value);
	snprintf(c.service, sizeof(c.service), "%.34s", req->part[0]);
	snprintf(c.account, sizeof(c.account), "AC%.32s", req->key + 2);
	snprintf(c.identity, sizeof(c.identity), "%.64s", req->part[1]);
	twilio_say(
	    reply, req->parts > 2 ? 200 : 201, twilio_challenge_json(&c));
}

static const char *
enrol(const char *to, const char *identity)
{
	return twilio_identity(identity)
	    ? twilio_factor_register(identity, to)->sid
	    : NULL;
}

static int
push(const char *to, const char *identity, const char *action)
{
	const int rc = twilio_challenge_decide(to, identity,
	    strcmp(action, "approve") == 0 ? TWILIO_ANSWER_APPROVED
					   : TWILIO_ANSWER_DENIED);

	/* Other vendors may know who is meant. */
	return rc == 0 ? 0 : 1;
}

static void
reset(void)
{
	twilio_challenges_reset();
	twilio_factors_reset();
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/v2/Services/{}/AccessTokens", "control",
	    twilio_token_create },
	{ SIM_POST, "/v2/Services/{}/Entities", "control",
	    twilio_entity_create },
	{ SIM_GET, "/v2/Services/{}/Entities", "control", twilio_entity_list },
	{ SIM_GET, "/v2/Services/{}/Entities/{}", "control",
	    twilio_entity_fetch },
	{ SIM_DELETE, "/v2/Services/{}/Entities/{}", "control",
	    twilio_entity_delete },
	{ SIM_POST, "/v2/Services/{}/Entities/{}/Factors", "control",
	    twilio_factor_create },
	{ SIM_GET, "/v2/Services/{}/Entities/{}/Factors", "control",
	    twilio_factor_list },
	{ SIM_POST, "/v2/Services/{}/Entities/{}/Factors/{}", "control",
	    twilio_factor_update },
	{ SIM_GET, "/v2/Services/{}/Entities/{}/Factors/{}", "control",
	    twilio_factor_fetch },
	{ SIM_DELETE, "/v2/Services/{}/Entities/{}/Factors/{}", "control",
	    twilio_factor_delete },
	{ SIM_POST, "/v2/Services/{}/Entities/{}/Challenges", NULL,
	    twilio_ask_open },
	{ SIM_GET, "/v2/Services/{}/Entities/{}/Challenges", "control",
	    twilio_ask_list },
	{ SIM_POST, "/v2/Services/{}/Entities/{}/Challenges/{}", "check",
	    twilio_ask_answer },
	{ SIM_GET, "/v2/Services/{}/Entities/{}/Challenges/{}", "poll",
	    twilio_ask_fetch },
	{ SIM_POST, "/v2/Services/{}/Entities/{}/Challenges/{}/Notifications",
	    "resend", twilio_ask_notify },
	{ 0 },
};

static const char *const ids[] = { "sid", NULL };
static const char *const codes[] = { "AuthPayload", NULL };
static const char *const secrets[] = { "Binding.Secret", NULL };

static const struct sim_shape shape = {
	.verdict = "status",
	.good = "approved",
	.ids = ids,
};

const struct sim_provider twilio_push_provider = {
	.name = "twilio-push",
	.alias = "twilio-totp",
	.vendor = "twilio",
	.routes = routes,
	.endpoint = endpoint_open,
	.reset = reset,
	.next_due = twilio_challenges_next_due,
	.fire = twilio_challenges_fire,
	.sample = sample,
	.throttled = twilio_throttled,
	.internal = twilio_internal,
	.refuse = twilio_refuse_request,
	.push = push,
	.enrol = enrol,
	.shape = &shape,
	.secrets = secrets,
	.codes = codes,
};
