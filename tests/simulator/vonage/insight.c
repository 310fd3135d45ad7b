/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Vonage Number Insight: its routes and what it refuses.
 * Source: the OpenAPI document 1.2.1.
 */
#include "tests/simulator/vonage/insight.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/insight_replies.h"

enum {
	SCRIPT_NOT_VALID = 6,
	SCRIPT_LANDLINE = 15,
	SCRIPT_ABSENT = 31,
	SCRIPT_PARTIAL = 32,
	SCRIPT_FOREIGN_NUMBER = 52,
	SCRIPT_NO_ID = 53,
};

static int type; /* network_type of all numbers without a script */

static const struct {
	int script, status;
	const char *text;
} refusals[] = {
	{ 1, 1, "Back off" },
	{ 2, 3, "Invalid request :: Missing parameter [number]" },
	{ 4, 4, "Invalid credentials" },
	{ 5, 5, "Internal error" },
	{ 9, 9, "Partner quota exceeded" },
	{ 29, 19, "Facility not allowed" },
};

static bool
admit(const struct sim_request *req, struct sim_reply *reply)
{
	const bool given = req->scheme == REQUEST_BASIC ||
	    req->scheme == REQUEST_QUERY_AUTH ||
	    req->scheme == REQUEST_FORM_AUTH ||
	    req->scheme == REQUEST_JSON_AUTH;

	if (given && !req->bad_auth &&
	    creds_good("vonage", req->key, req->secret))
		return true;
	insight_refuse(reply, 4, "Invalid credentials");
	return false;
}

/* Digits out of "+44 (7700) 900-000"; false when that is no number. */
static bool
take_number(const char *s, char out[17])
{
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (strchr(" +-()", *s) != NULL)
			continue;
		if (!isdigit((unsigned char)*s) || n == 15)
			return false;
		out[n++] = *s;
	}
	out[n] = '\0';
	return n >= 7 && insight_country_known(out);
}

static bool
scripted(const struct insight_facts *facts, struct sim_reply *reply)
{
	const int script = sandbox_script(facts->number);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].script == script) {
			insight_refuse(
			    reply, refusals[i].status, refusals[i].text);
			return true;
		}
	return false;
}

static void
look_up(struct insight_facts *facts)
{
	const int script = sandbox_script(facts->number);
	char *last = &facts->number[strlen(facts->number) - 1];

	facts->type = insight_type(script == SCRIPT_LANDLINE ? 1 : type);
	facts->not_valid = script == SCRIPT_NOT_VALID;
	facts->absent = script == SCRIPT_ABSENT;
	facts->partial = script == SCRIPT_PARTIAL;
	facts->without_id = script == SCRIPT_NO_ID;
	if (script == SCRIPT_FOREIGN_NUMBER)
		*last = (char)('0' + (*last - '0' + 1) % 10);
}

static void
handle(const struct sim_request *req, struct sim_reply *reply,
    enum insight_level level)
{
	const struct request_field *f = request_field(req, "number");
	struct insight_facts facts = { 0 };
	char text[128];

	if (!admit(req, reply))
		return;
	if (f == NULL) {
		insight_refuse(
		    reply, 3, "Invalid request :: Missing parameter [number]");
		return;
	}
	if (f->bad || !take_number(f->value, facts.number)) {
		snprintf(text, sizeof(text),
		    "Invalid request :: Not valid number format detected [ "
		    "%.40s ]",
		    f->value);
		insight_refuse(reply, 3, text);
		return;
	}
	if (scripted(&facts, reply))
		return;
	look_up(&facts);
	insight_say(reply, level, &facts);
}

static void
handle_basic(const struct sim_request *req, struct sim_reply *reply)
{
	handle(req, reply, INSIGHT_BASIC);
}

static void
handle_standard(const struct sim_request *req, struct sim_reply *reply)
{
	handle(req, reply, INSIGHT_STANDARD);
}

static void
handle_advanced(const struct sim_request *req, struct sim_reply *reply)
{
	handle(req, reply, INSIGHT_ADVANCED);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	struct insight_facts facts = { .number = "447700800300",
		.type = "mobile" };
	const struct request_field *f = request_field(req, "number");

	if (f != NULL && !take_number(f->value, facts.number))
		snprintf(facts.number, sizeof(facts.number), "447700800300");
	insight_say(reply, INSIGHT_ADVANCED, &facts);
}

static void
throttled(struct sim_reply *reply)
{
	insight_refuse(reply, 1, "Back off");
}

static void
internal(struct sim_reply *reply)
{
	insight_refuse(reply, 5, "Internal error");
}

static int
set(const char *name, int value)
{
	if (strcmp(name, "v2_insight_type") != 0)
		return 1;
	if (value < 0 || insight_type(value) == NULL)
		return -1;
	type = value;
	return 0;
}

static void
reset(void)
{
	type = 0;
}

static const struct sim_route routes[] = {
	{ SIM_GET | SIM_POST, "/ni/basic/json", "lookup", handle_basic },
	{ SIM_GET | SIM_POST, "/ni/standard/json", "lookup", handle_standard },
	{ SIM_GET | SIM_POST, "/ni/advanced/json", "lookup", handle_advanced },
	{ 0 },
};

static const char *const ids[] = { "international_format_number", NULL };

static const struct sim_shape shape = {
	.verdict = "status",
	.good = "0",
	.ids = ids,
};

const struct sim_provider vonage_insight_provider = {
	.name = "vonage-insight",
	.vendor = "vonage",
	.routes = routes,
	.reset = reset,
	.sample = sample,
	.throttled = throttled,
	.internal = internal,
	.set = set,
	.shape = &shape,
};
