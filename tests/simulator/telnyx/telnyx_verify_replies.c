/* SPDX-License-Identifier: BSD-2-Clause */
/* How Telnyx Verify words its answers. */
#include "tests/simulator/telnyx/telnyx_verify_replies.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/telnyx/telnyx_verify_state.h"

enum { PAGE_SIZE = 25 };

/* The one profile that a list shows; fetched by id, any other looks alike. */
static const char profile_id[] = "4900017a-e7c6-4a4c-8a3b-7a4b5a7f5b1d";

static void
say(struct sim_reply *reply, cJSON *data, const char *result)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "data", data);
	snprintf(reply->result, sizeof(reply->result), "%s", result);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

/* "2020-09-14T17:03:32.965812": this API's times name no zone. */
static void
add_time(cJSON *o, const char *name, int64_t ms)
{
	const time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char text[40];
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%06d", (int)(ms % 1000) * 1000);
	cJSON_AddStringToObject(o, name, text);
}

static const char *
status_word(enum telnyx_status status)
{
	switch (status) {
	case TELNYX_PENDING:
		return "pending";
	case TELNYX_ACCEPTED:
		return "accepted";
	case TELNYX_INVALID:
		return "invalid";
	case TELNYX_EXPIRED:
		return "expired";
	}
	return "error";
}

static const char *
type_word(enum telnyx_channel channel)
{
	switch (channel) {
	case TELNYX_SMS:
		return "sms";
	case TELNYX_CALL:
		return "call";
	case TELNYX_WHATSAPP:
		return "whatsapp";
	}
	return "sms";
}

static cJSON *
verification_json(const struct telnyx_verification *v)
{
	const enum telnyx_status status = telnyx_status_now(v);
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", v->id);
	cJSON_AddStringToObject(o, "record_type", "verification");
	cJSON_AddStringToObject(o, "type", type_word(v->start.channel));
	cJSON_AddStringToObject(o, "status", status_word(status));
	cJSON_AddStringToObject(o, "phone_number", v->start.number);
	cJSON_AddNumberToObject(o, "timeout_secs", v->start.timeout);
	cJSON_AddStringToObject(o, "verify_profile_id", v->start.profile);
	/* The vendor echoes it; codes that it makes itself it never shows. */
	if (v->start.custom[0] != '\0')
		cJSON_AddStringToObject(o, "custom_code", v->start.custom);
	add_time(o, "created_at", v->created_at);
	add_time(o, "updated_at",
	    status == TELNYX_EXPIRED ? v->ends_at : v->updated_at);
	return o;
}

void
telnyx_say_one(struct sim_reply *reply, const struct telnyx_verification *v)
{
	say(reply, verification_json(v), status_word(telnyx_status_now(v)));
}

static void
add_meta(cJSON *o, int total)
{
	const int pages = (total + PAGE_SIZE - 1) / PAGE_SIZE;
	cJSON *meta = cJSON_AddObjectToObject(o, "meta");

	cJSON_AddNumberToObject(meta, "total_pages", pages);
	cJSON_AddNumberToObject(meta, "total_results", total);
	cJSON_AddNumberToObject(meta, "page_number", 1);
	cJSON_AddNumberToObject(meta, "page_size", PAGE_SIZE);
}

void
telnyx_say_list(struct sim_reply *reply, const char *number, uint64_t account)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "data");
	const struct telnyx_verification *v;
	int n = 0;

	for (; (v = telnyx_newest(number, NULL, account, (size_t)n)) != NULL;
	     n++)
		if (n < PAGE_SIZE)
			cJSON_AddItemToArray(list, verification_json(v));
	add_meta(o, n);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
telnyx_say_checked(struct sim_reply *reply, const char *number, bool accepted)
{
	const char *code = accepted ? "accepted" : "rejected";
	cJSON *data = cJSON_CreateObject();

	if (number != NULL)
		cJSON_AddStringToObject(data, "phone_number", number);
	cJSON_AddStringToObject(data, "response_code", code);
	say(reply, data, code);
}

static cJSON *
profile_json(const char *id)
{
	static const char *const channels[] = { "sms", "call", NULL };
	cJSON *o = cJSON_CreateObject();
	cJSON *c;

	cJSON_AddStringToObject(o, "id", id);
	cJSON_AddStringToObject(o, "name", "Test Profile");
	cJSON_AddStringToObject(o, "record_type", "verification_profile");
	cJSON_AddStringToObject(o, "language", "en-US");
	for (const char *const *name = channels; *name != NULL; name++) {
		c = cJSON_AddObjectToObject(o, *name);
		cJSON_AddStringToObject(c, "app_name", "Telnyx");
		cJSON_AddNumberToObject(c, "code_length", telnyx_code_length());
		cJSON_AddNumberToObject(
		    c, "default_verification_timeout_secs", 300);
	}
	cJSON_AddStringToObject(o, "created_at", "2026-01-01T00:00:00.000000");
	cJSON_AddStringToObject(o, "updated_at", "2026-01-01T00:00:00.000000");
	return o;
}

void
telnyx_say_profile(struct sim_reply *reply, const char *id)
{
	say(reply, profile_json(id), "");
}

void
telnyx_say_profiles(struct sim_reply *reply)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToArray(
	    cJSON_AddArrayToObject(o, "data"), profile_json(profile_id));
	add_meta(o, 1);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}
