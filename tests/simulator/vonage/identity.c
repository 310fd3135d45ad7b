/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Vonage Identity Insights: format and carriers of a number.
 * Sources: the vendor's guides "Format", "Original Carrier", "Current Carrier"
 * and "Using Multiple Insights", the list of status codes of its reference
 * 1.0.0, and its client library for Node.js, @vonage/identity-insights 1.3.0.
 * Guides and library differ in the case of words: identity_small.
 */
#include "tests/simulator/vonage/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/vonage/insight_replies.h"
#include "tests/simulator/vonage/v2_jwt.h"
#include "tests/simulator/vonage/v2_params.h"
#include "tests/simulator/vonage/v2_replies.h"

enum {
	SCRIPT_NOT_VALID = 6,
	SCRIPT_LANDLINE = 15,
	SCRIPT_FAILED = 32,
	SCRIPT_FOREIGN_NUMBER = 52,
	SCRIPT_NO_ID = 53,
};

static const char *const types[] = { "MOBILE", "LANDLINE", "PREMIUM",
	"TOLLFREE", "VIRTUAL" };
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static struct {
	int type;  /* of all numbers without a script */
	int small; /* 1: words in small letters, as the library has them */
} settings;

static bool
admit(const struct sim_request *req, struct sim_reply *reply)
{
	enum jwt_verdict verdict = JWT_BAD;
	char app[128] = "";

	if (req->scheme == REQUEST_BEARER && !req->bad_auth)
		verdict = jwt_judge(req->secret, app, sizeof(app));
	if (verdict != JWT_GOOD) {
		v2_refuse(reply,
		    verdict == JWT_EXPIRED ? V2_JWT_EXPIRED : V2_UNAUTHORIZED,
		    "");
		return false;
	}
	if (strcmp(req->content_type, "application/json") != 0) {
		v2_refuse(reply, V2_MEDIA_TYPE, "");
		return false;
	}
	return true;
}

/* Digits, out of a number with characters between them. */
static bool
take_number(const char *s, char out[17])
{
	size_t n = 0;

	for (; *s != '\0' && n < 16; s++)
		if (isdigit((unsigned char)*s))
			out[n++] = *s;
	out[n] = '\0';
	return n >= 7 && n <= 15 && insight_country_known(out);
}

static bool
wants(const struct sim_request *req, const char *insight)
{
	char name[64];

	snprintf(name, sizeof(name), "insights.%s", insight);
	for (size_t i = 0; i < req->fields; i++)
		if (strcmp(req->field[i].name, name) == 0)
			return true;
	return false;
}

static void
refuse_param(struct sim_reply *reply, const char *name, const char *reason)
{
	struct v2_refusal r = { .forbidden = false };

	snprintf(r.name, sizeof(r.name), "%s", name);
	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	v2_refuse_params(reply, &r);
}

static const struct {
	int script;
	enum v2_problem problem;
} refusals[] = {
	{ 1, V2_THROTTLED },
	{ 4, V2_UNAUTHORIZED },
	{ 5, V2_INTERNAL },
	{ 9, V2_LOW_BALANCE },
	{ 29, V2_FORBIDDEN },
};

static bool
scripted(int script, struct sim_reply *reply)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].script == script) {
			v2_refuse(reply, refusals[i].problem, "");
			return true;
		}
	if (script != 2)
		return false;
	refuse_param(reply, "phone_number", "is invalid");
	return true;
}

static void
add_word(cJSON *o, const char *name, const char *word)
{
	char text[48];
	size_t n = 0;

	for (; word[n] != '\0' && n < sizeof(text) - 1; n++)
		text[n] = settings.small ? (char)tolower((unsigned char)word[n])
					 : word[n];
	text[n] = '\0';
	cJSON_AddStringToObject(o, name, text);
}

static void
add_status(cJSON *o, const char *code, const char *message)
{
	cJSON *status = cJSON_AddObjectToObject(o, "status");

	add_word(status, "code", code);
	cJSON_AddStringToObject(status, "message", message);
}

static void
add_format(cJSON *insights, const char *number, bool valid)
{
	cJSON *o = cJSON_AddObjectToObject(insights, "format");
	char international[18];

	cJSON_AddBoolToObject(o, "is_format_valid", valid);
	if (!valid) {
		add_status(o, "INVALID_NUMBER_FORMAT",
		    "The phone number format is not valid.");
		return;
	}
	snprintf(international, sizeof(international), "+%.16s", number);
	cJSON_AddStringToObject(o, "country_code", insight_country(number));
	cJSON_AddStringToObject(o, "number_international", international);
	cJSON_AddStringToObject(o, "number_national", number);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "time_zones"),
	    cJSON_CreateString("Europe/London"));
	add_status(o, "OK", "Success");
}

static void
add_carrier(cJSON *insights, const char *name, const char *number,
    const char *type, const char *failed)
{
	cJSON *o = cJSON_AddObjectToObject(insights, name);

	if (failed != NULL) {
		add_status(o, failed, "No information is available.");
		return;
	}
	cJSON_AddStringToObject(o, "name", "Acme Inc");
	add_word(o, "network_type", type);
	cJSON_AddStringToObject(o, "country_code", insight_country(number));
	cJSON_AddStringToObject(o, "network_code", "23410");
	add_status(o, "OK", "Success");
}

/* The present carrier is known of mobile numbers alone. */
static void
say(const struct sim_request *req, struct sim_reply *reply, char number[17],
    bool known)
{
	const int script = sandbox_script(number);
	const char *type = types[script == SCRIPT_LANDLINE ? 1 : settings.type];
	const bool valid = known && script != SCRIPT_NOT_VALID;
	const char *failed = !valid   ? "INVALID_NUMBER_FORMAT"
	    : script == SCRIPT_FAILED ? "SUPPLIER_ERROR"
				      : NULL;
	cJSON *o = cJSON_CreateObject(), *insights;
	char id[37];

	random_uuid(id);
	if (script == SCRIPT_FOREIGN_NUMBER)
		number[strlen(number) - 1] ^= 1;
	if (script != SCRIPT_NO_ID)
		cJSON_AddStringToObject(o, "request_id", id);
	insights = cJSON_AddObjectToObject(o, "insights");
	if (wants(req, "format"))
		add_format(insights, number, valid);
	if (wants(req, "original_carrier"))
		add_carrier(insights, "original_carrier", number, type, failed);
	if (wants(req, "current_carrier"))
		add_carrier(insights, "current_carrier", number, type,
		    failed != NULL || strcmp(type, "MOBILE") == 0
			? failed
			: "UNSUPPORTED_NETWORK_TYPE");
	snprintf(reply->result, sizeof(reply->result), "%s",
	    failed != NULL ? failed : "OK");
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

static void
handle(const struct sim_request *req, struct sim_reply *reply)
{
	const char *typed = request_value(req, "phone_number");
	char number[17] = "";
	bool known;

	if (!admit(req, reply))
		return;
	if (typed == NULL) {
		refuse_param(reply, "phone_number", "is required");
		return;
	}
	if (!wants(req, "format") && !wants(req, "original_carrier") &&
	    !wants(req, "current_carrier")) {
		refuse_param(reply, "insights", "at least one is required");
		return;
	}
	known = take_number(typed, number);
	if (!scripted(sandbox_script(number), reply))
		say(req, reply, number, known);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	char number[17] = "447700800300";

	say(req, reply, number, true);
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

static int
set(const char *name, int value)
{
	int *out = strcmp(name, "identity_type") == 0 ? &settings.type
	    : strcmp(name, "identity_small") == 0     ? &settings.small
						      : NULL;

	if (out == NULL)
		return 1;
	if (value < 0 || value > (out == &settings.small ? 1 : TYPES - 1))
		return -1;
	*out = value;
	return 0;
}

static void
reset(void)
{
	memset(&settings, 0, sizeof(settings));
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/identity-insights/v1/requests", "lookup", handle },
	{ 0 },
};

static const char *const ids[] = { "insights.format.number_international",
	NULL };

static const struct sim_shape shape = {
	.verdict = "insights.format.is_format_valid",
	.good = "true",
	.ids = ids,
};

const struct sim_provider vonage_identity_provider = {
	.name = "vonage-identity",
	.vendor = "vonage",
	.routes = routes,
	.reset = reset,
	.sample = sample,
	.throttled = throttled,
	.internal = internal,
	.set = set,
	.shape = &shape,
};
