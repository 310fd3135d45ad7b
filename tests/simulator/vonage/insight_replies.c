/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Number Insight says about a number, at each of its three levels.
 * Source: the OpenAPI document 1.2.1. Its status is a number.
 */
#include "tests/simulator/vonage/insight_replies.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"

static const char *const types[] = { "mobile", "landline", "landline_premium",
	"landline_tollfree", "virtual", "unknown", "pager", NULL };

static const struct country {
	const char *prefix, *code, *iso3, *name;
} countries[] = {
	{ "1", "US", "USA", "United States of America" },
	{ "33", "FR", "FRA", "France" },
	{ "34", "ES", "ESP", "Spain" },
	{ "44", "GB", "GBR", "United Kingdom" },
	{ "45", "DK", "DNK", "Denmark" },
	{ "46", "SE", "SWE", "Sweden" },
	{ "49", "DE", "DEU", "Germany" },
	{ "65", "SG", "SGP", "Singapore" },
};

const char *
insight_type(int n)
{
	for (int i = 0; i < n; i++)
		if (types[i] == NULL)
			return NULL;
	return types[n];
}

static const struct country *
country_of(const char *number)
{
	const size_t n = sizeof(countries) / sizeof(countries[0]);

	for (size_t i = 0; i < n; i++)
		if (strncmp(number, countries[i].prefix,
			strlen(countries[i].prefix)) == 0)
			return &countries[i];
	return NULL;
}

bool
insight_country_known(const char *number)
{
	return country_of(number) != NULL;
}

const char *
insight_country(const char *number)
{
	const struct country *c = country_of(number);

	return c != NULL ? c->code : "";
}

static void
say(struct sim_reply *reply, int status, cJSON *o)
{
	snprintf(reply->result, sizeof(reply->result), "%d", status);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
insight_refuse(struct sim_reply *reply, int status, const char *text)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "status", status);
	cJSON_AddStringToObject(o, "status_message", text);
	say(reply, status, o);
}

static void
add_basic(cJSON *o, const struct insight_facts *facts, int status)
{
	const struct country *c = country_of(facts->number);
	const char *rest = facts->number + strlen(c->prefix);
	char id[37], national[32];

	random_uuid(id);
	if (strcmp(c->prefix, "1") == 0)
		snprintf(national, sizeof(national), "(%.3s) %.3s-%s", rest,
		    rest + 3, rest + 6);
	else
		snprintf(
		    national, sizeof(national), "0%.4s %s", rest, rest + 4);
	cJSON_AddNumberToObject(o, "status", status);
	cJSON_AddStringToObject(o, "status_message",
	    status == 0 ? "Success" : "Lookup not returned");
	if (!facts->without_id)
		cJSON_AddStringToObject(o, "request_id", id);
	cJSON_AddStringToObject(
	    o, "international_format_number", facts->number);
	cJSON_AddStringToObject(o, "national_format_number", national);
	cJSON_AddStringToObject(o, "country_code", c->code);
	cJSON_AddStringToObject(o, "country_code_iso3", c->iso3);
	cJSON_AddStringToObject(o, "country_name", c->name);
	cJSON_AddStringToObject(o, "country_prefix", c->prefix);
}

static void
add_carrier(cJSON *o, const char *name, const struct insight_facts *facts)
{
	cJSON *carrier = cJSON_AddObjectToObject(o, name);

	cJSON_AddStringToObject(carrier, "network_code", "23410");
	cJSON_AddStringToObject(carrier, "name", "Acme Inc");
	cJSON_AddStringToObject(
	    carrier, "country", country_of(facts->number)->code);
	cJSON_AddStringToObject(carrier, "network_type", facts->type);
}

static void
add_standard(cJSON *o, const struct insight_facts *facts)
{
	cJSON_AddStringToObject(o, "request_price", "0.00500000");
	cJSON_AddStringToObject(o, "refund_price", "0.00000000");
	cJSON_AddStringToObject(o, "remaining_balance", "1.23456789");
	add_carrier(o, "current_carrier", facts);
	add_carrier(o, "original_carrier", facts);
	cJSON_AddStringToObject(o, "ported", "not_ported");
}

static const char *
reachable(const struct insight_facts *facts)
{
	if (facts->partial || strcmp(facts->type, "mobile") != 0)
		return "unknown";
	if (facts->not_valid)
		return "bad_number";
	return facts->absent ? "absent" : "reachable";
}

static void
add_advanced(cJSON *o, const struct insight_facts *facts)
{
	cJSON *roaming;

	cJSON_AddStringToObject(o, "valid_number",
	    facts->partial         ? "unknown"
		: facts->not_valid ? "not_valid"
				   : "valid");
	cJSON_AddStringToObject(o, "reachable", reachable(facts));
	if (facts->partial) {
		cJSON_AddStringToObject(o, "roaming", "unknown");
	} else {
		roaming = cJSON_AddObjectToObject(o, "roaming");
		cJSON_AddStringToObject(roaming, "status", "not_roaming");
	}
	cJSON_AddNumberToObject(o, "lookup_outcome", facts->partial ? 1 : 0);
	cJSON_AddStringToObject(o, "lookup_outcome_message",
	    facts->partial ? "Partial success - some fields populated"
			   : "Success");
}

void
insight_say(struct sim_reply *reply, enum insight_level level,
    const struct insight_facts *facts)
{
	const int status = facts->partial && level == INSIGHT_ADVANCED ? 43 : 0;
	cJSON *o = cJSON_CreateObject();

	add_basic(o, facts, status);
	if (level != INSIGHT_BASIC)
		add_standard(o, facts);
	if (level == INSIGHT_ADVANCED)
		add_advanced(o, facts);
	say(reply, status, o);
}
