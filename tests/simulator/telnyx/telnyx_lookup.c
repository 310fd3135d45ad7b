/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Telnyx number lookup. Source: the OpenAPI document, tag Number
 * Lookup; valid_number is newer than that document.
 */
#include "tests/simulator/telnyx/telnyx_lookup.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/telnyx/telnyx.h"
#include "tests/simulator/telnyx/telnyx_errors.h"

/* The longest prefix comes first where one begins with another. */
static const struct {
	const char *prefix, *country, *code;
} countries[] = {
	{ "+1", "US", "310" },
	{ "+31", "NL", "204" },
	{ "+33", "FR", "208" },
	{ "+34", "ES", "214" },
	{ "+351", "PT", "268" },
	{ "+353", "IE", "272" },
	{ "+39", "IT", "222" },
	{ "+41", "CH", "228" },
	{ "+43", "AT", "232" },
	{ "+44", "GB", "234" },
	{ "+45", "DK", "238" },
	{ "+46", "SE", "240" },
	{ "+47", "NO", "242" },
	{ "+48", "PL", "260" },
	{ "+49", "DE", "262" },
	{ "+61", "AU", "505" },
	{ "+65", "SG", "525" },
	{ "+81", "JP", "440" },
	{ "+91", "IN", "404" },
	{ "", "ZZ", "001" },
};

static size_t
country_of(const char *number)
{
	size_t i = 0;

	while (strncmp(number, countries[i].prefix,
		   strlen(countries[i].prefix)) != 0)
		i++;
	return i;
}

static const char *
line_type(int script)
{
	switch (script) {
	case 7:
		return "premium rate";
	case 15:
		return "fixed line";
	case 31:
		return "unknown";
	case 32:
		return "voip";
	default:
		return "mobile";
	}
}

static void
add_carrier(cJSON *o, const char *number)
{
	const char *type = line_type(sandbox_script(number));
	cJSON *c = cJSON_AddObjectToObject(o, "carrier");

	cJSON_AddStringToObject(
	    c, "mobile_country_code", countries[country_of(number)].code);
	cJSON_AddStringToObject(c, "mobile_network_code", "0866");
	cJSON_AddStringToObject(c, "name", "Simulated Networks/4");
	cJSON_AddStringToObject(c, "type", type);
	cJSON_AddStringToObject(c, "normalized_carrier", "Simulated Networks");
	cJSON_AddNullToObject(c, "error_code");
	c = cJSON_AddObjectToObject(o, "portability");
	cJSON_AddStringToObject(c, "line_type", type);
	cJSON_AddStringToObject(c, "ported_status", "N");
	cJSON_AddStringToObject(c, "ported_date", "");
}

static void
add_caller_name(cJSON *o)
{
	cJSON *c = cJSON_AddObjectToObject(o, "caller_name");

	cJSON_AddStringToObject(c, "caller_name", "SIMULATED PERSON");
	cJSON_AddStringToObject(c, "error_code", "");
}

static void
say(struct sim_reply *reply, const char *number, const char *type)
{
	const size_t c = country_of(number);
	const int script = sandbox_script(number);
	cJSON *doc = cJSON_CreateObject();
	cJSON *o = cJSON_AddObjectToObject(doc, "data");
	char shown[17];

	snprintf(shown, sizeof(shown), "%s", number);
	if (script == 51 || script == 52)
		random_digits(shown + strlen(shown) - 4, 4);
	cJSON_AddStringToObject(o, "record_type", "number_lookup");
	if (script != 53)
		cJSON_AddStringToObject(o, "phone_number", shown);
	cJSON_AddStringToObject(o, "country_code", countries[c].country);
	cJSON_AddStringToObject(
	    o, "national_format", number + strlen(countries[c].prefix));
	cJSON_AddBoolToObject(o, "valid_number", script != 10);
	if (strcmp(type, "carrier") == 0)
		add_carrier(o, number);
	if (strcmp(type, "caller-name") == 0)
		add_caller_name(o);
	cJSON_AddNullToObject(o, "fraud");
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
}

static bool
scripted(const char *number, struct sim_reply *reply)
{
	const int script = sandbox_script(number);

	if (script == 2)
		telnyx_refuse(reply, 422, "10015",
		    "The lookup is not available.", "type");
	if (script == 6)
		telnyx_refuse(reply, 422, "10002",
		    "The phone number is invalid.", "phone_number");
	if (script == 29)
		telnyx_refuse(reply, 403, "10010",
		    "You do not have permission to look up this number.", NULL);
	if (script == 2 || script == 6 || script == 29)
		return true;
	return telnyx_scripted(number, reply);
}

static void
look_up(const struct sim_request *req, struct sim_reply *reply)
{
	const char *type = request_value(req, "type");
	const char *number;

	if (!telnyx_admit(req, reply))
		return;
	number = telnyx_path_number(req, reply);
	if (number == NULL)
		return;
	if (type != NULL && strcmp(type, "carrier") != 0 &&
	    strcmp(type, "caller-name") != 0)
		telnyx_refuse(reply, 422, "10015",
		    "The type must be carrier or caller-name.", "type");
	else if (!scripted(number, reply))
		say(reply, number, type != NULL ? type : "");
}

static const struct sim_route routes[] = {
	{ SIM_GET, "/v2/number_lookup/{}", "lookup", look_up },
	{ 0 },
};

static const char *const ids[] = { "data.phone_number", NULL };
static const struct sim_shape shape = {
	.verdict = "data.record_type",
	.good = "number_lookup",
	.ids = ids,
};

const struct sim_provider telnyx_lookup_provider = {
	.name = "telnyx-lookup",
	.vendor = "telnyx",
	.routes = routes,
	.throttled = telnyx_throttled,
	.internal = telnyx_internal,
	.shape = &shape,
};
