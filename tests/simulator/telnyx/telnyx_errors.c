/* SPDX-License-Identifier: BSD-2-Clause */
/* How Telnyx words its refusals. */
#include "tests/simulator/telnyx/telnyx_errors.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"

static const struct {
	const char *code;
	const char *title;
} titles[] = {
	{ "10001", "Inactive phone number" },
	{ "10002", "Invalid phone number" },
	{ "10004", "Missing required parameter" },
	{ "10005", "Resource not found" },
	{ "10006", "Invalid ID" },
	{ "10007", "Unexpected error" },
	{ "10009", "Authentication failed" },
	{ "10010", "Authorization failed" },
	{ "10011", "Too many requests" },
	{ "10014", "Unsupported Media Type" },
	{ "10015", "Bad Request" },
	{ "10016", "Phone number must be in +E.164 format" },
	{ "10023", "Invalid JSON" },
	{ "20100", "Insufficient Funds" },
	{ "40001", "Not routable" },
	{ "40300", "Blocked due to STOP message" },
	{ "40305", "Invalid 'from' address" },
	{ "40309", "Country not allowed" },
	{ "40310", "Invalid 'to' address" },
	{ "40312", "Messaging profile is disabled" },
	{ "40322", "Blocked due to content" },
	{ "40333", "Spend limit reached" },
};

static const char *
title_of(const char *code)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i].code, code) == 0)
			return titles[i].title;
	return "Unexpected error";
}

struct cJSON *
telnyx_error(const char *code, const char *detail, const char *source)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *where;
	char url[80];

	snprintf(url, sizeof(url),
	    "https://developers.telnyx.com/docs/overview/errors/%s", code);
	cJSON_AddStringToObject(o, "code", code);
	cJSON_AddStringToObject(o, "title", title_of(code));
	cJSON_AddStringToObject(o, "detail", detail);
	if (source != NULL) {
		where = cJSON_AddObjectToObject(o, "source");
		cJSON_AddStringToObject(
		    where, source[0] == '/' ? "pointer" : "parameter", source);
	}
	cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "meta"), "url", url);
	return o;
}

void
telnyx_refuse(struct sim_reply *reply, int http, const char *code,
    const char *detail, const char *source)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "errors"),
	    telnyx_error(code, detail, source));
	snprintf(reply->result, sizeof(reply->result), "%s", code);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
telnyx_throttled(struct sim_reply *reply)
{
	telnyx_refuse(reply, 429, "10011",
	    "You have exceeded the maximum number of allowed requests.", NULL);
	sim_reply_header(reply, "x-ratelimit-limit", "1");
	sim_reply_header(reply, "x-ratelimit-remaining", "0");
	sim_reply_header(reply, "x-ratelimit-reset", "1");
}

void
telnyx_internal(struct sim_reply *reply)
{
	telnyx_refuse(
	    reply, 500, "10007", "An unexpected error occurred.", NULL);
}
