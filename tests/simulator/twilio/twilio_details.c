/* SPDX-License-Identifier: BSD-2-Clause */
/* What a push shows on the phone, read from a request. */
#include "tests/simulator/twilio/twilio_details.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_params.h"

enum {
	MESSAGE_MAX = 256,
	FIELDS_MAX = 20,
	LABEL_MAX = 36,
	VALUE_MAX = 128,
	LIFE_S = 300,
	LIFE_MAX_S = 3600,
};

static bool
good_member(const cJSON *o, const char *name, size_t max)
{
	const char *s =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL && s[0] != '\0' && twilio_length(s) <= max;
}

static bool
good_field(const cJSON *o)
{
	return cJSON_IsObject(o) && cJSON_GetArraySize(o) == 2 &&
	    good_member(o, "label", LABEL_MAX) &&
	    good_member(o, "value", VALUE_MAX);
}

/* Details.Fields comes once for each field, each a JSON text. */
static bool
take_fields(const struct sim_request *req, struct sim_reply *reply, cJSON *list)
{
	const struct request_field *f;
	cJSON *o;

	for (size_t i = 0; i < req->fields; i++) {
		f = &req->field[i];
		if (f->source != REQUEST_FROM_FORM ||
		    strcmp(f->name, "Details.Fields") != 0)
			continue;
		o = f->bad ? NULL : cJSON_Parse(f->value);
		if (!good_field(o) || cJSON_GetArraySize(list) == FIELDS_MAX) {
			cJSON_Delete(o);
			twilio_refuse_value(reply, f->name, f->value);
			return false;
		}
		cJSON_AddItemToArray(list, o);
	}
	return true;
}

bool
twilio_details(const struct sim_request *req, struct sim_reply *reply,
    bool date, struct cJSON **out)
{
	const char *message = "";

	if (!twilio_text_needed(
		req, reply, "Details.Message", 1, MESSAGE_MAX, &message))
		return false;
	*out = cJSON_CreateObject();
	cJSON_AddStringToObject(*out, "message", message);
	if (date)
		twilio_add_date(*out, "date", world_now());
	return take_fields(req, reply, cJSON_AddArrayToObject(*out, "fields"));
}

bool
twilio_expiration(
    const struct sim_request *req, struct sim_reply *reply, int64_t *out)
{
	const int64_t now = world_now();

	*out = now + (int64_t)LIFE_S * 1000;
	if (!twilio_date(req, reply, "ExpirationDate", out))
		return false;
	if (*out > now && *out <= now + (int64_t)LIFE_MAX_S * 1000)
		return true;
	twilio_refuse_value(reply, "ExpirationDate",
	    twilio_field(req, "ExpirationDate")->value);
	return false;
}
