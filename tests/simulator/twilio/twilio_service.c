/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's Verify services. */
#include "tests/simulator/twilio/twilio_service.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_settings.h"

enum { SERVICES = 256 }; /* the oldest is forgotten for a new one */

static struct twilio_service table[SERVICES];
static size_t created;

static struct twilio_service *
add(const char *sid, const char *account)
{
	struct twilio_service *s = &table[created++ % SERVICES];

	memset(s, 0, sizeof(*s));
	snprintf(s->sid, sizeof(s->sid), "%s", sid);
	snprintf(s->account, sizeof(s->account), "%s", account);
	snprintf(s->name, sizeof(s->name), "Rehearsal");
	s->code_length = 6;
	s->totp_step = s->totp_length = s->totp_skew = -1;
	s->created = world_now();
	return s;
}

static struct twilio_service *
find(const char *sid)
{
	for (size_t i = 0; i < SERVICES && i < created; i++)
		if (strcmp(table[i].sid, sid) == 0)
			return &table[i];
	return NULL;
}

const struct twilio_service *
twilio_service_of(const struct sim_request *req, struct sim_reply *reply)
{
	struct twilio_service *s;
	char account[TWILIO_SID];

	if (!twilio_admit(req, reply))
		return NULL;
	twilio_account(req, account);
	s = twilio_sid_is_valid(req->part[0], "VA") ? find(req->part[0]) : NULL;
	if (s == NULL && twilio_sid_is_valid(req->part[0], "VA") &&
	    twilio_settings.strict_services == 0)
		s = add(req->part[0], account);
	if (s == NULL ||
	    (req->key[0] == 'A' && strcmp(s->account, account) != 0)) {
		twilio_refuse_path(reply, req);
		return NULL;
	}
	return s;
}

static void
add_text(cJSON *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		cJSON_AddStringToObject(o, name, text);
	else
		cJSON_AddNullToObject(o, name);
}

static void
add_number(cJSON *o, const char *name, int n)
{
	if (n >= 0)
		cJSON_AddNumberToObject(o, name, n);
	else
		cJSON_AddNullToObject(o, name);
}

static void
add_nulls(cJSON *o, const char *const *names)
{
	for (; *names != NULL; names++)
		cJSON_AddNullToObject(o, *names);
}

/* The parts of a service that stand in objects of their own. */
static void
add_factors(cJSON *o, const struct twilio_service *s)
{
	static const char *const credentials[] = { "apn_credential_sid",
		"fcm_credential_sid", NULL };
	static const char *const whatsapp[] = { "msg_service_sid", "from",
		NULL };
	static const char *const party[] = { "id", "name", "origins", NULL };
	static const char *const keys[] = { "authenticator_attachment",
		"discoverable_credentials", "user_verification", NULL };
	cJSON *part = cJSON_AddObjectToObject(o, "push");

	cJSON_AddBoolToObject(part, "include_date", s->push_date);
	add_nulls(part, credentials);
	part = cJSON_AddObjectToObject(o, "totp");
	add_text(part, "issuer", s->issuer);
	add_number(part, "time_step", s->totp_step);
	add_number(part, "code_length", s->totp_length);
	add_number(part, "skew", s->totp_skew);
	cJSON_AddNullToObject(o, "default_template_sid");
	add_nulls(cJSON_AddObjectToObject(o, "whatsapp"), whatsapp);
	part = cJSON_AddObjectToObject(o, "passkeys");
	add_nulls(cJSON_AddObjectToObject(part, "relying_party"), party);
	add_nulls(part, keys);
}

static void
add_links(cJSON *o, const char *url)
{
	static const char *const links[][2] = {
		{ "verification_checks", "VerificationCheck" },
		{ "verifications", "Verifications" },
		{ "rate_limits", "RateLimits" },
		{ "messaging_configurations", "MessagingConfigurations" },
		{ "entities", "Entities" },
		{ "webhooks", "Webhooks" },
		{ "access_tokens", "AccessTokens" },
	};
	cJSON *list = cJSON_AddObjectToObject(o, "links");
	char link[160];

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(link, sizeof(link), "%s/%s", url, links[i][1]);
		cJSON_AddStringToObject(list, links[i][0], link);
	}
}

static void
say(struct sim_reply *reply, int http, const struct twilio_service *s)
{
	cJSON *o = cJSON_CreateObject();
	char url[96];

	snprintf(url, sizeof(url), "https://verify.twilio.com/v2/Services/%s",
	    s->sid);
	cJSON_AddStringToObject(o, "sid", s->sid);
	cJSON_AddStringToObject(o, "account_sid", s->account);
	cJSON_AddStringToObject(o, "friendly_name", s->name);
	cJSON_AddNumberToObject(o, "code_length", s->code_length);
	cJSON_AddBoolToObject(o, "lookup_enabled", s->lookup);
	cJSON_AddBoolToObject(o, "psd2_enabled", s->psd2);
	cJSON_AddBoolToObject(o, "skip_sms_to_landlines", s->skip_landlines);
	cJSON_AddBoolToObject(o, "dtmf_input_required", s->dtmf);
	add_text(o, "tts_name", s->tts_name);
	cJSON_AddBoolToObject(o, "do_not_share_warning_enabled", s->warning);
	cJSON_AddBoolToObject(o, "custom_code_enabled", s->custom_code);
	add_factors(o, s);
	cJSON_AddBoolToObject(
	    o, "verify_event_subscription_enabled", s->events);
	twilio_add_date(o, "date_created", s->created);
	twilio_add_date(o, "date_updated", s->created);
	cJSON_AddStringToObject(o, "url", url);
	add_links(o, url);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

static bool
take_texts(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_service *s)
{
	const char *name = "", *tts = "", *issuer = "";

	if (!twilio_text_needed(req, reply, "FriendlyName", 1, 30, &name) ||
	    !twilio_text(req, reply, "TtsName", 1, 30, &tts) ||
	    !twilio_text(req, reply, "Totp.Issuer", 1, 30, &issuer))
		return false;
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->tts_name, sizeof(s->tts_name), "%s", tts);
	snprintf(s->issuer, sizeof(s->issuer), "%s", issuer);
	return true;
}

static bool
take_switches(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_service *s)
{
	const struct {
		const char *name;
		bool *value;
	} switches[] = {
		{ "LookupEnabled", &s->lookup },
		{ "Psd2Enabled", &s->psd2 },
		{ "SkipSmsToLandlines", &s->skip_landlines },
		{ "DtmfInputRequired", &s->dtmf },
		{ "DoNotShareWarningEnabled", &s->warning },
		{ "CustomCodeEnabled", &s->custom_code },
		{ "VerifyEventSubscriptionEnabled", &s->events },
		{ "Push.IncludeDate", &s->push_date },
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (!twilio_bool(
			req, reply, switches[i].name, switches[i].value))
			return false;
	return true;
}

void
twilio_service_create(const struct sim_request *req, struct sim_reply *reply)
{
	struct twilio_service *s, made;
	char sid[TWILIO_SID], account[TWILIO_SID];

	if (!twilio_admit(req, reply))
		return;
	memset(&made, 0, sizeof(made));
	made.code_length = 6;
	made.totp_step = made.totp_length = made.totp_skew = -1;
	if (!take_texts(req, reply, &made) ||
	    !take_switches(req, reply, &made) ||
	    !twilio_int(req, reply, "CodeLength", 4, 10, &made.code_length) ||
	    !twilio_int(req, reply, "Totp.TimeStep", 20, 60, &made.totp_step) ||
	    !twilio_int(
		req, reply, "Totp.CodeLength", 3, 8, &made.totp_length) ||
	    !twilio_int(req, reply, "Totp.Skew", 0, 2, &made.totp_skew))
		return;
	random_sid("VA", sid);
	twilio_account(req, account);
	s = add(sid, account);
	memcpy(made.sid, s->sid, sizeof(made.sid));
	memcpy(made.account, s->account, sizeof(made.account));
	made.created = s->created;
	*s = made;
	say(reply, 201, s);
}

void
twilio_service_fetch(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *s = twilio_service_of(req, reply);

	if (s != NULL)
		say(reply, 200, s);
}

void
twilio_service_reset(void)
{
	memset(table, 0, sizeof(table));
	created = 0;
}
