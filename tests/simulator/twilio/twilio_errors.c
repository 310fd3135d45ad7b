/* SPDX-License-Identifier: BSD-2-Clause */
/* How Twilio refuses: its error codes with their HTTP status and text. */
#include "tests/simulator/twilio/twilio_errors.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/http/request.h"

static const struct {
	int code, http;
	const char *text;
} errors[] = {
	{ 10001, 403, "Account is not active" },
	{ 20003, 401, "Authenticate" },
	{ 20004, 405, "Method not allowed" },
	{ 20005, 403, "Account not active" },
	{ 20008, 403, "Resource not accessible with Test Account Credentials" },
	{ 20404, 404, "The requested resource was not found" },
	{ 20413, 413, "Request entity too large" },
	{ 20429, 429, "Too many requests" },
	{ 20500, 500, "Internal Server Error" },
	{ 20503, 503, "Service unavailable" },
	{ 21211, 400, "Invalid 'To' Phone Number" },
	{ 21408, 403,
	    "Permission to send an SMS has not been enabled for the region "
	    "indicated by the 'To' number" },
	{ 21608, 403,
	    "The phone number is unverified. Trial accounts cannot send "
	    "messages to unverified numbers" },
	{ 21610, 400, "Attempt to send to unsubscribed recipient" },
	{ 21614, 400, "'To' number is not a valid mobile number" },
	{ 30450, 403, "Message delivery blocked by fraud protection" },
	{ 60200, 400, "Invalid parameter" },
	{ 60202, 429, "Max check attempts reached" },
	{ 60203, 429, "Max send attempts reached" },
	{ 60204, 400, "Service does not support this feature" },
	{ 60205, 403, "SMS is not supported by landline phone number" },
	{ 60207, 429, "Max rate limits per service reached" },
	{ 60212, 429, "Too many concurrent requests for phone number" },
	{ 60217, 400, "Service configuration does not allow this" },
	{ 60220, 403, "Destination needs a review of the use case" },
	{ 60222, 403, "The service is not ready for this channel" },
	{ 60223, 403, "Delivery channel disabled" },
	{ 60238, 403, "Verification blocked by Twilio" },
	{ 60242, 400, "Invalid locale or template" },
	{ 60245, 429, "Too many requests for this account" },
	{ 60308, 429, "Max challenge attempts reached" },
	{ 60309, 429, "Max notifications for the challenge reached" },
	{ 60310, 429, "Max factor verification attempts reached" },
	{ 60311, 403, "Factor verification failed" },
	{ 60312, 429, "Max challenges for the factor reached" },
	{ 60318, 403, "Factor is unverified" },
	{ 60322, 403, "Challenge was already responded to" },
	{ 60323, 403, "Challenge has expired" },
	{ 60324, 403, "Challenge verification failed" },
	{ 60326, 429, "Too many factors for the entity" },
	{ 60328, 429, "Too many requests for the entity" },
	{ 60390, 403, "Factor is not usable" },
	{ 60391, 403, "Factor is not registered on the device" },
	{ 60392, 403, "Factor does not fit the request" },
	{ 60410, 403, "Verification delivery attempt blocked" },
	{ 60412, 403, "Verification blocked: fraudulent sign-up" },
	{ 60436, 400, "Phone number cannot be reached on this channel" },
	{ 60600, 404, "No coverage for the requested data" },
	{ 60601, 403, "Canadian numbers need an approval" },
	{ 60603, 403, "Account cannot use this feature" },
	{ 60605, 403,
	    "Verification delivery attempt blocked by geo permissions" },
	{ 60606, 403, "Lookup package is not enabled" },
	{ 60612, 404, "Not a mobile number" },
	{ 60616, 429, "Rate limit of the data source reached" },
	{ 60626, 429, "Rate limit of the lookup package reached" },
	{ 68008, 400, "Content template is not approved" },
	{ 70051, 401, "Authorization failed" },
	{ 575001, 403, "Insufficient funds" },
};

enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static size_t
index_of(int code)
{
	size_t i;

	for (i = 0; i < ERRORS; i++)
		if (errors[i].code == code)
			break;
	return i;
}

bool
twilio_error_known(int code)
{
	return index_of(code) < ERRORS;
}

static void
say(struct sim_reply *reply, int code, int http, const char *text)
{
	cJSON *o = cJSON_CreateObject();
	char info[64];

	snprintf(
	    info, sizeof(info), "https://www.twilio.com/docs/errors/%d", code);
	cJSON_AddNumberToObject(o, "code", code);
	cJSON_AddStringToObject(o, "message", text);
	cJSON_AddStringToObject(o, "more_info", info);
	cJSON_AddNumberToObject(o, "status", http);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
	snprintf(reply->result, sizeof(reply->result), "%d", code);
	if (code == 20003)
		sim_reply_header(
		    reply, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
	if (code == 20429)
		sim_reply_header(reply, "Retry-After", "1");
}

void
twilio_refuse(struct sim_reply *reply, int code)
{
	const size_t i = index_of(code);

	if (i == ERRORS)
		say(reply, 20500, 500, "Internal Server Error");
	else
		say(reply, code, errors[i].http, errors[i].text);
}

void
twilio_refuse_missing(struct sim_reply *reply, const char *name)
{
	char text[160];

	snprintf(text, sizeof(text),
	    "Missing required parameter %s in the post body", name);
	say(reply, 60200, 400, text);
}

void
twilio_refuse_value(
    struct sim_reply *reply, const char *name, const char *value)
{
	char text[480];

	snprintf(
	    text, sizeof(text), "Invalid parameter `%s`: %.255s", name, value);
	say(reply, 60200, 400, text);
}

void
twilio_refuse_path(struct sim_reply *reply, const struct sim_request *req)
{
	const char *path = req->path;
	char text[320];

	if (strncmp(path, "/v2/", 4) == 0)
		path += 3;
	snprintf(text, sizeof(text), "The requested resource %s was not found",
	    path);
	say(reply, 20404, 404, text);
}

void
twilio_refuse_request(
    const struct sim_request *req, int http, struct sim_reply *reply)
{
	(void)req;
	twilio_refuse(reply, http == 413 ? 20413 : 20004);
}

void
twilio_throttled(struct sim_reply *reply)
{
	twilio_refuse(reply, 20429);
}

void
twilio_internal(struct sim_reply *reply)
{
	twilio_refuse(reply, 20500);
}
