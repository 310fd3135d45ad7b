/* SPDX-License-Identifier: BSD-2-Clause */
/* How Twilio words verifications and their checks. */
#include "tests/simulator/twilio/verify/twilio_replies.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/twilio/verify/twilio_state.h"
#include "tests/simulator/twilio/twilio_script.h"

const char *
twilio_status_word(int index)
{
	static const char *const words[] = { "", "max_attempts_reached",
		"canceled", "deleted", "failed", "expired" };

	return index >= 0 && index < 6 ? words[index] : "";
}

static const char *
status_of(const struct twilio_verification *v)
{
	switch (v->status) {
	case TWILIO_PENDING:
		return "pending";
	case TWILIO_MAX_ATTEMPTS:
		return "max_attempts_reached";
	case TWILIO_CANCELED:
		return "canceled";
	case TWILIO_EXPIRED:
		return "expired";
	case TWILIO_APPROVED:
		return "approved";
	}
	return "failed";
}

/* The members that both have, in the vendor's order. */
static void
add_common(cJSON *o, const struct twilio_verification *v, const char *word)
{
	cJSON_AddStringToObject(o, "sid", v->sid);
	cJSON_AddStringToObject(o, "service_sid", v->service);
	cJSON_AddStringToObject(o, "account_sid", v->account);
	cJSON_AddStringToObject(o, "to", v->start.to);
	cJSON_AddStringToObject(
	    o, "channel", twilio_channel_name(v->start.channel));
	cJSON_AddStringToObject(o, "status", word);
	cJSON_AddBoolToObject(o, "valid", strcmp(word, "approved") == 0);
}

static void
say(struct sim_reply *reply, int http, const char *word, cJSON *o)
{
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
	snprintf(reply->result, sizeof(reply->result), "%s", word);
}

/* In the vendor's examples SMS is in capitals, WhatsApp is not. */
static const char *
attempt_channel(enum twilio_channel channel)
{
	switch (channel) {
	case TWILIO_SMS:
		return "SMS";
	case TWILIO_CALL:
		return "CALL";
	case TWILIO_WHATSAPP:
		return "whatsapp";
	case TWILIO_EMAIL:
		return "EMAIL";
	case TWILIO_CHANNELS:
		break;
	}
	return "";
}

static void
add_attempts(cJSON *o, const struct twilio_verification *v)
{
	cJSON *list = cJSON_AddArrayToObject(o, "send_code_attempts");
	const struct twilio_send *s;
	cJSON *item;

	for (s = v->sends; s < v->sends + v->send_count; s++) {
		item = cJSON_CreateObject();
		twilio_add_date(item, "time", s->at);
		cJSON_AddStringToObject(
		    item, "channel", attempt_channel(s->channel));
		cJSON_AddStringToObject(item, "attempt_sid", s->sid);
		cJSON_AddItemToArray(list, item);
	}
}

void
twilio_say_verification(struct sim_reply *reply, int http,
    const struct twilio_verification *v, const char *word)
{
	cJSON *o = cJSON_CreateObject();
	char url[160];

	if (word == NULL)
		word = status_of(v);
	snprintf(url, sizeof(url),
	    "https://verify.twilio.com/v2/Services/%s/Verifications/%s",
	    v->service, v->sid);
	add_common(o, v, word);
	cJSON_AddObjectToObject(o, "lookup");
	cJSON_AddNullToObject(o, "amount");
	cJSON_AddNullToObject(o, "payee");
	add_attempts(o, v);
	twilio_add_date(o, "date_created", v->created);
	twilio_add_date(o, "date_updated", v->updated);
	cJSON_AddNullToObject(o, "sna");
	cJSON_AddStringToObject(o, "url", url);
	say(reply, http, word, o);
}

/* What sandbox numbers have instead of the true id or number. */
static void
distort(cJSON *o, const char *to)
{
	const int script = sandbox_script(to);
	char other[TWILIO_SID];

	if (script == TWILIO_FOREIGN_ID) {
		random_sid("VE", other);
		cJSON_ReplaceItemInObjectCaseSensitive(
		    o, "sid", cJSON_CreateString(other));
	} else if (script == TWILIO_FOREIGN_TO) {
		cJSON_ReplaceItemInObjectCaseSensitive(
		    o, "to", cJSON_CreateString("+447700900999"));
	} else if (script == TWILIO_NO_ID) {
		cJSON_DeleteItemFromObjectCaseSensitive(o, "sid");
	}
}

void
twilio_say_check(struct sim_reply *reply, int http,
    const struct twilio_verification *v, const char *word)
{
	cJSON *o = cJSON_CreateObject();

	if (word == NULL)
		word = status_of(v);
	add_common(o, v, word);
	cJSON_AddNullToObject(o, "amount");
	cJSON_AddNullToObject(o, "payee");
	twilio_add_date(o, "date_created", v->created);
	twilio_add_date(o, "date_updated", v->updated);
	cJSON_AddArrayToObject(o, "sna_attempts_error_codes");
	distort(o, v->start.to);
	say(reply, http, word, o);
}
