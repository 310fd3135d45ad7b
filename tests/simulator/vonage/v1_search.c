/* SPDX-License-Identifier: BSD-2-Clause */
/* What Verify v1's search tells of a verification. */
#include "tests/simulator/vonage/v1_search.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/world.h"
#include "tests/simulator/vonage/v1_state.h"

enum {
	V1_EVENT_PRICE = 3330000, /* in hundred millionths of the currency */
	V1_SEARCH_LAG_MS = 60 * 1000,
};

static const char *
status_word(enum v1_status status)
{
	switch (status) {
	case V1_IN_PROGRESS:
		return "IN PROGRESS";
	case V1_SUCCESS:
		return "SUCCESS";
	case V1_FAILED:
		return "FAILED";
	case V1_EXPIRED:
		return "EXPIRED";
	case V1_CANCELLED:
		return "CANCELLED";
	}
	return "FAILED";
}

void
v1_add_prices(cJSON *o, const struct v1_verification *v)
{
	const int cost = v->event_count * V1_EVENT_PRICE;
	char text[24];

	snprintf(
	    text, sizeof(text), "%d.%08d", cost / 100000000, cost % 100000000);
	/* The fee is for a verification that succeeded. */
	cJSON_AddStringToObject(
	    o, "price", v->status == V1_SUCCESS ? "0.10000000" : "0.00000000");
	cJSON_AddStringToObject(o, "currency", "EUR");
	cJSON_AddStringToObject(o, "estimated_price_messages_sent", text);
}

static void
add_date(cJSON *o, const char *name, int64_t ms)
{
	const time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char text[32] = "";

	if (gmtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	cJSON_AddStringToObject(o, name, text);
}

static void
add_checks(cJSON *o, const struct v1_verification *v)
{
	cJSON *list = cJSON_AddArrayToObject(o, "checks");
	const struct v1_check *c;
	cJSON *item;

	for (c = v->checks; c < v->checks + v->check_count; c++) {
		item = cJSON_CreateObject();
		add_date(item, "date_received", c->at);
		cJSON_AddStringToObject(item, "code", c->code);
		cJSON_AddStringToObject(
		    item, "status", c->valid ? "VALID" : "INVALID");
		cJSON_AddStringToObject(item, "ip_address", "");
		cJSON_AddItemToArray(list, item);
	}
}

static void
add_events(cJSON *o, const struct v1_verification *v)
{
	cJSON *list = cJSON_AddArrayToObject(o, "events");
	cJSON *item;

	for (int i = 0; i < v->event_count; i++) {
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "type",
		    v1_event_is_call(v->start.workflow, i) ? "tts" : "sms");
		cJSON_AddStringToObject(item, "id", v->events[i].id);
		cJSON_AddItemToArray(list, item);
	}
}

static cJSON *
not_found(void)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "request_id", "");
	cJSON_AddStringToObject(o, "status", "101");
	cJSON_AddStringToObject(o, "error_text", "No response found");
	return o;
}

cJSON *
v1_search_result(const struct v1_verification *v, bool late)
{
	cJSON *o;

	if (v == NULL ||
	    (late && v->finalized_at != 0 &&
		world_now() - v->finalized_at < V1_SEARCH_LAG_MS))
		return not_found();
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "request_id", v->id);
	cJSON_AddStringToObject(o, "account_id", v->start.account);
	cJSON_AddStringToObject(o, "status", status_word(v->status));
	cJSON_AddStringToObject(o, "number", v->start.number);
	cJSON_AddStringToObject(o, "sender_id", v->start.sender);
	v1_add_prices(o, v);
	add_date(o, "date_submitted", v->submitted_at);
	if (v->finalized_at != 0)
		add_date(o, "date_finalized", v->finalized_at);
	add_date(o, "first_event_date", v->events[0].at);
	add_date(o, "last_event_date", v->events[v->event_count - 1].at);
	add_checks(o, v);
	add_events(o, v);
	return o;
}
