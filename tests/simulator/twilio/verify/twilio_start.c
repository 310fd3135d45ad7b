/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Twilio Verify takes for a start. */
#include "tests/simulator/twilio/verify/twilio_start.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_settings.h"

static bool
is_email(const char *s)
{
	const char *at = strchr(s, '@');

	if (at == NULL || at == s || strchr(at + 1, '.') == NULL ||
	    strchr(at + 1, '@') != NULL || strlen(s) > 254)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static bool
take_channel(const struct sim_request *req, struct sim_reply *reply,
    enum twilio_channel *out)
{
	const struct request_field *f = twilio_field(req, "Channel");
	int c = TWILIO_CHANNELS;

	if (f == NULL) {
		twilio_refuse_missing(reply, "Channel");
		return false;
	}
	while (c-- > 0)
		if (strcmp(twilio_channel_name((enum twilio_channel)c),
			f->value) == 0)
			break;
	if (c >= 0 && (twilio_settings.channels & (1 << c)) != 0) {
		*out = (enum twilio_channel)c;
		return true;
	}
	if (c >= 0 || strcmp(f->value, "sna") == 0 ||
	    strcmp(f->value, "auto") == 0)
		twilio_refuse(reply, 60223);
	else
		twilio_refuse_value(reply, "Channel", f->value);
	return false;
}

static bool
take_to(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_start *out)
{
	const struct request_field *f = twilio_field(req, "To");
	bool good;

	if (f == NULL) {
		twilio_refuse_missing(reply, "To");
		return false;
	}
	good = out->channel == TWILIO_EMAIL ? is_email(f->value)
					    : twilio_e164(f->value);
	if (f->bad || !good) {
		twilio_refuse_value(reply, "To", f->value);
		return false;
	}
	snprintf(out->to, sizeof(out->to), "%.254s", f->value);
	return true;
}

/* What steers a start without changing who gets which code. */
static bool
take_options(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_service *service)
{
	static const char *const json[] = { "RateLimits", "Tags",
		"ChannelConfiguration", "TemplateCustomSubstitutions" };
	const char *locale = "en", *risk = "enable";
	cJSON *doc;

	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
		doc = NULL;
		if (!twilio_strings(req, reply, json[i], &doc))
			return false;
		cJSON_Delete(doc);
	}
	if (!twilio_text(req, reply, "Locale", 2, 10, &locale) ||
	    !twilio_text(req, reply, "RiskCheck", 6, 7, &risk))
		return false;
	if (strcmp(risk, "enable") != 0 && strcmp(risk, "disable") != 0) {
		twilio_refuse_value(reply, "RiskCheck", risk);
		return false;
	}
	if (twilio_field(req, "CustomCode") != NULL && !service->custom_code) {
		twilio_refuse(reply, 60204);
		return false;
	}
	return true;
}

bool
twilio_take_start(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_service *service, struct twilio_start *out)
{
	const char *brand = service->name;

	memset(out, 0, sizeof(*out));
	if (!take_channel(req, reply, &out->channel) ||
	    !take_to(req, reply, out) || !take_options(req, reply, service) ||
	    !twilio_text(req, reply, "CustomFriendlyName", 1, 30, &brand))
		return false;
	snprintf(out->brand, sizeof(out->brand), "%s", brand);
	return true;
}
