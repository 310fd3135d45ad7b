/* SPDX-License-Identifier: BSD-2-Clause */
/* How Twilio words challenges and notifications. */
#include "tests/simulator/twilio/factors/twilio_challenge_json.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/twilio/factors/twilio_factor_json.h"
#include "tests/simulator/twilio/twilio_script.h"

const char *
twilio_answer_name(enum twilio_answer status)
{
	switch (status) {
	case TWILIO_ANSWER_PENDING:
		return "pending";
	case TWILIO_ANSWER_EXPIRED:
		return "expired";
	case TWILIO_ANSWER_DENIED:
		return "denied";
	case TWILIO_ANSWER_APPROVED:
		return "approved";
	}
	return "expired";
}

static void
replace_sid(cJSON *o, const char *name, const char *kind)
{
	char other[TWILIO_SID];

	random_sid(kind, other);
	cJSON_ReplaceItemInObjectCaseSensitive(
	    o, name, cJSON_CreateString(other));
}

/* What sandbox numbers have instead of the true ids, once approved. */
static void
distort(cJSON *o, const struct twilio_challenge *c)
{
	if (c->status != TWILIO_ANSWER_APPROVED)
		return;
	if (c->script == TWILIO_PUSH_FOREIGN)
		replace_sid(o, "factor_sid", "YF");
	else if (c->script == TWILIO_FOREIGN_ID)
		replace_sid(o, "sid", "YC");
	else if (c->script == TWILIO_FOREIGN_TO)
		cJSON_ReplaceItemInObjectCaseSensitive(
		    o, "identity", cJSON_CreateString("somebody-else"));
	else if (c->script == TWILIO_NO_ID)
		cJSON_DeleteItemFromObjectCaseSensitive(o, "sid");
}

static void
add_document(cJSON *o, const char *name, const cJSON *doc)
{
	if (doc != NULL)
		cJSON_AddItemToObject(o, name, cJSON_Duplicate(doc, true));
	else
		cJSON_AddNullToObject(o, name);
}

struct cJSON *
twilio_challenge_json(const struct twilio_challenge *c)
{
	cJSON *o = cJSON_CreateObject();
	char url[240], link[256];
	cJSON *links;

	snprintf(url, sizeof(url),
	    "https://verify.twilio.com/v2/Services/%s/Entities/%s/"
	    "Challenges/%s",
	    c->service, c->identity, c->sid);
	snprintf(link, sizeof(link), "%s/Notifications", url);
	cJSON_AddStringToObject(o, "sid", c->sid);
	cJSON_AddStringToObject(o, "account_sid", c->account);
	cJSON_AddStringToObject(o, "service_sid", c->service);
	cJSON_AddStringToObject(o, "entity_sid", c->entity);
	cJSON_AddStringToObject(o, "identity", c->identity);
	cJSON_AddStringToObject(o, "factor_sid", c->factor);
	twilio_add_date(o, "date_created", c->created);
	twilio_add_date(o, "date_updated", c->updated);
	twilio_add_date(o, "date_responded", c->responded);
	twilio_add_date(o, "expiration_date", c->ends);
	cJSON_AddStringToObject(o, "status", twilio_answer_name(c->status));
	cJSON_AddStringToObject(o, "responded_reason", "none");
	add_document(o, "details", c->details);
	add_document(o, "hidden_details", c->hidden);
	cJSON_AddNullToObject(o, "metadata");
	cJSON_AddStringToObject(o, "factor_type", c->push ? "push" : "totp");
	cJSON_AddStringToObject(o, "url", url);
	links = cJSON_AddObjectToObject(o, "links");
	cJSON_AddStringToObject(links, "notifications", link);
	distort(o, c);
	return o;
}

struct cJSON *
twilio_notification_json(
    const struct twilio_entity *e, const char *challenge, int ttl)
{
	cJSON *o = cJSON_CreateObject();
	char sid[TWILIO_SID];

	random_sid("NT", sid);
	twilio_add_ids(o, sid, e);
	cJSON_AddStringToObject(o, "challenge_sid", challenge);
	cJSON_AddStringToObject(o, "priority", "high");
	cJSON_AddNumberToObject(o, "ttl", ttl);
	twilio_add_date(o, "date_created", world_now());
	return o;
}
