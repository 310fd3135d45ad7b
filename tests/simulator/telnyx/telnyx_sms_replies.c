/* SPDX-License-Identifier: BSD-2-Clause */
/* How Telnyx shows a message: the schema OutboundMessagePayload. */
#include "tests/simulator/telnyx/telnyx_sms_replies.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/telnyx/telnyx_errors.h"
#include "tests/simulator/telnyx/telnyx_sms_state.h"

static const char *
status_word(enum telnyx_delivery delivery)
{
	switch (delivery) {
	case TELNYX_QUEUED:
		return "queued";
	case TELNYX_SENT:
		return "sent";
	case TELNYX_DELIVERED:
		return "delivered";
	case TELNYX_FAILED:
		return "delivery_failed";
	case TELNYX_UNCONFIRMED:
		return "delivery_unconfirmed";
	}
	return "queued";
}

static void
add_time(cJSON *o, const char *name, int64_t ms, bool known)
{
	char text[32];

	world_iso(ms, text, sizeof(text));
	if (known)
		cJSON_AddStringToObject(o, name, text);
	else
		cJSON_AddNullToObject(o, name);
}

static void
add_times(cJSON *o, const struct telnyx_message *t, enum telnyx_delivery d)
{
	const bool out = d != TELNYX_QUEUED;

	add_time(o, "received_at", t->received_at, true);
	add_time(o, "sent_at", t->sent_at, out);
	add_time(o, "completed_at", t->done_at, out && d != TELNYX_SENT);
	add_time(o, "valid_until", t->received_at + 3600 * 1000, !out);
}

static void
add_party(cJSON *o, const char *address, const char *line)
{
	if (address != NULL)
		cJSON_AddStringToObject(o, "phone_number", address);
	cJSON_AddStringToObject(o, "carrier", "Simulated Networks");
	cJSON_AddStringToObject(o, "line_type", line);
}

static void
add_to(cJSON *o, const struct telnyx_message *t, enum telnyx_delivery d,
    int script)
{
	cJSON *to = cJSON_CreateObject();
	char address[sizeof(t->send.to)];

	snprintf(address, sizeof(address), "%s", t->send.to);
	if (script == 52)
		random_digits(address + strlen(address) - 4, 4);
	add_party(to, address, script == 15 ? "Wireline" : "Wireless");
	cJSON_AddStringToObject(to, "status", status_word(d));
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "to"), to);
	cJSON_AddArrayToObject(o, "cc");
}

static void
add_cost(cJSON *o, int parts)
{
	cJSON *cost = cJSON_AddObjectToObject(o, "cost");
	char amount[16];

	snprintf(amount, sizeof(amount), "0.%04d", 51 * parts);
	cJSON_AddStringToObject(cost, "amount", amount);
	cJSON_AddStringToObject(cost, "currency", "USD");
}

/* Errors of delivery come late, and only here. */
static void
add_errors(cJSON *o, enum telnyx_delivery d)
{
	cJSON *list = cJSON_AddArrayToObject(o, "errors");

	if (d == TELNYX_FAILED)
		cJSON_AddItemToArray(list,
		    telnyx_error("40001",
			"The destination number is either a landline or a "
			"non-routable wireless number.",
			NULL));
}

static void
add_text(cJSON *o, const struct telnyx_send *send)
{
	cJSON_AddStringToObject(o, "type", "SMS");
	cJSON_AddStringToObject(o, "text", send->text);
	cJSON_AddStringToObject(
	    o, "encoding", send->parts.gsm7 ? "GSM-7" : "UCS-2");
	cJSON_AddNumberToObject(o, "num_chars", send->parts.chars);
	cJSON_AddNumberToObject(o, "parts", send->parts.parts);
	cJSON_AddNullToObject(o, "subject");
	cJSON_AddArrayToObject(o, "media");
	cJSON_AddArrayToObject(o, "tags");
}

void
telnyx_say_message(
    struct sim_reply *reply, const struct telnyx_message *t, bool accepted)
{
	const enum telnyx_delivery d =
	    accepted ? TELNYX_QUEUED : telnyx_delivery(t);
	const int script = accepted ? sandbox_script(t->send.to) : 0;
	cJSON *doc = cJSON_CreateObject();
	cJSON *o = cJSON_AddObjectToObject(doc, "data");

	cJSON_AddStringToObject(o, "record_type", "message");
	cJSON_AddStringToObject(o, "direction", "outbound");
	if (script != 53)
		cJSON_AddStringToObject(o, "id", t->id);
	if (t->send.profile[0] != '\0')
		cJSON_AddStringToObject(
		    o, "messaging_profile_id", t->send.profile);
	add_party(cJSON_AddObjectToObject(o, "from"), t->send.from, "VoIP");
	add_to(o, t, d, script);
	add_text(o, &t->send);
	add_cost(o, t->send.parts.parts);
	cJSON_AddNumberToObject(
	    o, "wait_seconds", (double)(t->sent_at - t->received_at) / 1000);
	add_times(o, t, d);
	add_errors(o, d);
	snprintf(reply->result, sizeof(reply->result), "%s", status_word(d));
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
}
