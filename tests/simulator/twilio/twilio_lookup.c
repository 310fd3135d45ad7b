/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Twilio Lookup v2: what kind of line a number is, and whether
 * it is one. Source: the vendor's OpenAPI document.
 */
#include "tests/simulator/twilio/twilio_lookup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_params.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/twilio_script.h"

enum {
	SCRIPT_PACKAGE_OFF = 2,
	SCRIPT_INVALID = 6,
	SCRIPT_FRAUD = 7,
	SCRIPT_TYPES = 61, /* from here on other types of line */
};

static const char *const other_types[] = { "fixedVoip", "nonFixedVoip",
	"tollFree", "premium", "pager", "personal", "sharedCost", "uan",
	"voicemail", "unknown" };

/* In the vendor's order, which the answer keeps. */
static const char *const packages[] = { "caller_name", "sim_swap",
	"call_forwarding", "line_status", "line_type_intelligence",
	"identity_match", "reassigned_number", "sms_pumping_risk",
	"phone_number_quality_score", "pre_fill" };

/* Enough of them to try national numbers; the US is the default. */
static const struct {
	const char *country, *prefix;
} countries[] = {
	{ "US", "1" },
	{ "GB", "44" },
	{ "FR", "33" },
	{ "ES", "34" },
	{ "DK", "45" },
	{ "SE", "46" },
	{ "DE", "49" },
};

enum { COUNTRIES = sizeof(countries) / sizeof(countries[0]) };

static size_t
country_of(const char *e164)
{
	size_t i;

	for (i = 0; i < COUNTRIES; i++)
		if (strncmp(e164 + 1, countries[i].prefix,
			strlen(countries[i].prefix)) == 0)
			break;
	return i;
}

/* A parameter of the query, or NULL. */
static const char *
query_value(const struct sim_request *req, const char *name)
{
	const struct request_field *f = request_field(req, name);

	return f != NULL && !f->bad && f->source == REQUEST_FROM_QUERY
	    ? f->value
	    : NULL;
}

/* With a plus in front; a national number gets its country's prefix. */
static void
normalise(const struct sim_request *req, char out[140])
{
	const char *country = query_value(req, "CountryCode");
	const char *number = req->part[0], *prefix = countries[0].prefix;

	for (size_t i = 0; country != NULL && i < COUNTRIES; i++)
		if (strcasecmp(countries[i].country, country) == 0)
			prefix = countries[i].prefix;
	if (number[0] == '+' || strspn(number, "0123456789") != strlen(number))
		snprintf(out, 140, "%s", number);
	else
		snprintf(out, 140, "+%s%s", prefix,
		    number + (number[0] == '0' ? 1 : 0));
}

/* What is wrong with a number, or NULL. */
static const char *
validation_error(const char *number)
{
	const size_t n = strlen(number);

	if (number[0] != '+' || n == 1 ||
	    strspn(number + 1, "0123456789") != n - 1)
		return "NOT_A_NUMBER";
	if (number[1] == '0')
		return "INVALID_COUNTRY_CODE";
	if (n < 8)
		return "TOO_SHORT";
	if (n > 16 || (number[1] == '1' && n > 12))
		return "TOO_LONG";
	if (number[1] == '1' && n < 12)
		return "TOO_SHORT";
	return sandbox_script(number) == SCRIPT_INVALID ? "INVALID_BUT_POSSIBLE"
							: NULL;
}

static void
add_national(cJSON *o, const char *number, size_t country)
{
	const char *rest = number + 1 +
	    (country < COUNTRIES ? strlen(countries[country].prefix) : 0);
	char text[40];

	if (number[1] == '1')
		snprintf(text, sizeof(text), "(%.3s) %.3s-%s", rest, rest + 3,
		    rest + 6);
	else
		snprintf(text, sizeof(text), "0%.4s %s", rest, rest + 4);
	cJSON_AddStringToObject(o, "national_format", text);
}

static void
add_country(cJSON *o, const char *number, bool valid)
{
	const size_t country = valid ? country_of(number) : COUNTRIES;

	if (country < COUNTRIES) {
		cJSON_AddStringToObject(
		    o, "calling_country_code", countries[country].prefix);
		cJSON_AddStringToObject(
		    o, "country_code", countries[country].country);
	} else {
		cJSON_AddNullToObject(o, "calling_country_code");
		cJSON_AddNullToObject(o, "country_code");
	}
	cJSON_AddStringToObject(o, "phone_number", number);
	if (valid)
		add_national(o, number, country);
	else
		cJSON_AddNullToObject(o, "national_format");
}

/* "a,b" holds b: whole names only. */
static bool
listed(const char *fields, const char *name, size_t len)
{
	size_t n;

	for (; fields != NULL && *fields != '\0';
	     fields += n + (fields[n] == ',')) {
		n = strcspn(fields, ",");
		if (n == len && strncmp(fields, name, n) == 0)
			return true;
	}
	return false;
}

/* False when a name in Fields is no package. */
static bool
known_fields(const char *fields)
{
	size_t n, i;

	for (; fields != NULL && *fields != '\0';
	     fields += n + (fields[n] == ',')) {
		n = strcspn(fields, ",");
		for (i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
			if (listed(packages[i], fields, n))
				break;
		if (i == sizeof(packages) / sizeof(packages[0]))
			return false;
	}
	return true;
}

static const char *
line_type(int script)
{
	const int n = script - SCRIPT_TYPES;

	if (script == TWILIO_LANDLINE)
		return "landline";
	if (n >= 0 && n < (int)(sizeof(other_types) / sizeof(other_types[0])))
		return other_types[n];
	return "mobile";
}

static void
add_line_type(cJSON *o, int script)
{
	cJSON_AddStringToObject(o, "mobile_country_code", "234");
	cJSON_AddStringToObject(o, "mobile_network_code", "10");
	cJSON_AddStringToObject(o, "carrier_name", "Rehearsal Mobile");
	cJSON_AddStringToObject(o, "type", line_type(script));
	cJSON_AddNullToObject(o, "error_code");
}

static void
add_risk(cJSON *o, int script)
{
	const bool fraud = script == SCRIPT_FRAUD;

	cJSON_AddStringToObject(
	    o, "carrier_risk_category", fraud ? "high" : "low");
	cJSON_AddBoolToObject(o, "number_blocked", fraud);
	cJSON_AddNullToObject(o, "number_blocked_date");
	cJSON_AddBoolToObject(o, "number_blocked_last_3_months", fraud);
	cJSON_AddNumberToObject(o, "sms_pumping_risk_score", fraud ? 97 : 3);
	cJSON_AddNullToObject(o, "error_code");
}

/* A package that was asked for: its data, or why there are none. */
static void
add_package(cJSON *o, const char *name, int script)
{
	const bool off = script == SCRIPT_PACKAGE_OFF;
	cJSON *p = cJSON_AddObjectToObject(o, name);

	if (off || twilio_settings.package_error != 0)
		cJSON_AddNumberToObject(p, "error_code",
		    off ? 60606 : twilio_settings.package_error);
	else if (strcmp(name, "line_type_intelligence") == 0)
		add_line_type(p, script);
	else if (strcmp(name, "sms_pumping_risk") == 0)
		add_risk(p, script);
	else /* these need the vendor's approval */
		cJSON_AddNumberToObject(p, "error_code", 60606);
}

static void
add_packages(cJSON *o, const char *fields, int script, bool valid)
{
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
		if (valid && listed(fields, packages[i], strlen(packages[i])))
			add_package(o, packages[i], script);
		else
			cJSON_AddNullToObject(o, packages[i]);
}

static void
say(const struct sim_request *req, struct sim_reply *reply, const char *number)
{
	const char *bad = validation_error(number);
	const int script = sandbox_script(number);
	cJSON *o = cJSON_CreateObject();
	char url[220];

	add_country(o, number, bad == NULL);
	if (script == TWILIO_FOREIGN_TO)
		cJSON_ReplaceItemInObjectCaseSensitive(
		    o, "phone_number", cJSON_CreateString("+447700900999"));
	else if (script == TWILIO_NO_ID)
		cJSON_DeleteItemFromObjectCaseSensitive(o, "phone_number");
	cJSON_AddBoolToObject(o, "valid", bad == NULL);
	if (bad != NULL)
		cJSON_AddItemToObject(
		    o, "validation_errors", cJSON_CreateStringArray(&bad, 1));
	else
		cJSON_AddNullToObject(o, "validation_errors");
	add_packages(o, query_value(req, "Fields"), script, bad == NULL);
	snprintf(url, sizeof(url),
	    "https://lookups.twilio.com/v2/PhoneNumbers/%s", number);
	cJSON_AddStringToObject(o, "url", url);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
	snprintf(reply->result, sizeof(reply->result), "%s",
	    bad != NULL ? bad : "valid");
}

static int
refusal(int script)
{
	/* A look-up sends nothing: no fraud block, no unroutable number. */
	if (script == SCRIPT_PACKAGE_OFF || script == SCRIPT_INVALID ||
	    script == SCRIPT_FRAUD)
		return 0;
	return twilio_script_refusal(script) == 21608
	    ? 60606
	    : twilio_script_refusal(script);
}

static void
handle_lookup(const struct sim_request *req, struct sim_reply *reply)
{
	const char *fields = query_value(req, "Fields");
	char number[140];
	int code;

	if (!twilio_admit(req, reply))
		return;
	normalise(req, number);
	code = refusal(sandbox_script(number));
	if (code != 0)
		twilio_refuse(reply, code);
	else if (!known_fields(fields))
		twilio_refuse_value(reply, "Fields", fields);
	else
		say(req, reply, number);
}

static const struct sim_route routes[] = {
	{ SIM_GET, "/v2/PhoneNumbers/{}", "lookup", handle_lookup },
	{ 0 },
};

static const char *const ids[] = { "phone_number", NULL };
static const struct sim_shape shape = { .ids = ids };

const struct sim_provider twilio_lookup_provider = {
	.name = "twilio-lookup",
	.vendor = "twilio",
	.routes = routes,
	.sample = handle_lookup,
	.throttled = twilio_throttled,
	.internal = twilio_internal,
	.refuse = twilio_refuse_request,
	.shape = &shape,
};
