/* SPDX-License-Identifier: BSD-2-Clause */
/* How the Authy API words its answers, and whom it listens to. */
#include "tests/simulator/authy/authy_replies.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/http/request.h"

uint64_t
authy_app(const struct sim_request *req)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (const char *p = req->key; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3U;
	return h;
}

/* Letters and digits, at most 64. */
static bool
well_formed(const char *key)
{
	const size_t n = strspn(key,
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n >= 1 && n <= 64 && key[n] == '\0';
}

bool
authy_admit(const struct sim_request *req, struct sim_reply *reply)
{
	const bool by_header =
	    req->scheme == REQUEST_OTHER_AUTH && req->authy_key[0] != '\0';
	const bool by_field = req->scheme == REQUEST_QUERY_AUTH ||
	    req->scheme == REQUEST_FORM_AUTH ||
	    req->scheme == REQUEST_JSON_AUTH;

	if ((by_header || by_field) && !req->bad_auth &&
	    well_formed(req->key) && creds_token_good("authy", req->key))
		return true;
	authy_refuse(reply, 401, "60001", "Invalid API key");
	return false;
}

const char *
authy_member(const struct sim_request *req, const char *group, const char *name)
{
	const char *value;
	char full[64];

	snprintf(full, sizeof(full), "%s[%s]", group, name);
	value = request_value(req, full);
	if (value != NULL)
		return value;
	snprintf(full, sizeof(full), "%s.%s", group, name);
	return request_value(req, full);
}

void
authy_say(struct sim_reply *reply, struct cJSON *o)
{
	snprintf(reply->result, sizeof(reply->result), "ok");
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
authy_refuse(
    struct sim_reply *reply, int http, const char *code, const char *message)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "message", message);
	cJSON_AddBoolToObject(o, "success", false);
	cJSON_AddStringToObject(
	    cJSON_AddObjectToObject(o, "errors"), "message", message);
	cJSON_AddStringToObject(o, "error_code", code);
	snprintf(reply->result, sizeof(reply->result), "%s", code);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
authy_throttled(struct sim_reply *reply)
{
	authy_refuse(reply, 429, "60003",
	    "The maximum number of requests per time unit is reached.");
}

void
authy_internal(struct sim_reply *reply)
{
	authy_refuse(reply, 503, "60000", "An error occurred");
}

void
authy_refuse_user(struct sim_reply *reply)
{
	authy_refuse(reply, 404, "60026", "User not found.");
}

void
authy_refuse_suspended(struct sim_reply *reply)
{
	authy_refuse(reply, 503, "60000", "User has been suspended.");
}

bool
authy_scripted(const char *number, struct sim_reply *reply)
{
	switch (sandbox_script(number)) {
	case 1:
		authy_throttled(reply);
		return true;
	case 2:
		authy_refuse(reply, 400, "60002", "Invalid request");
		return true;
	case 4:
		authy_refuse(reply, 401, "60001", "Invalid API key");
		return true;
	case 5:
		authy_internal(reply);
		return true;
	case 6:
		authy_refuse(reply, 400, "60033", "Phone number is invalid");
		return true;
	case 7:
		authy_refuse_suspended(reply);
		return true;
	case 9:
		authy_refuse(reply, 503, "60000",
		    "The application has reached its usage limit.");
		return true;
	case 29:
		authy_refuse(reply, 503, "60000",
		    "The application has no access to this call.");
		return true;
	default:
		return false;
	}
}

bool
authy_number(const char *country, const char *phone, char out[17])
{
	size_t n = 1;

	out[0] = '+';
	if (country[0] < '1' || country[0] > '9')
		return false;
	for (const char *p = country; *p != '\0'; p++) {
		if (!isdigit((unsigned char)*p) || n > 4)
			return false;
		out[n++] = *p;
	}
	for (const char *p = phone; *p != '\0'; p++) {
		if (strchr("-. ()", *p) != NULL)
			continue;
		if (!isdigit((unsigned char)*p) || n > 15)
			return false;
		out[n++] = *p;
	}
	out[n] = '\0';
	return n >= 8;
}
