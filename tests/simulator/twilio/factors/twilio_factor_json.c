/* SPDX-License-Identifier: BSD-2-Clause */
/* How Twilio words entities, factors and access tokens. */
#include "tests/simulator/twilio/factors/twilio_factor_json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/twilio/factors/twilio_factors.h"
#include "tests/simulator/twilio/twilio_service.h"

void
twilio_say(struct sim_reply *reply, int http, struct cJSON *o)
{
	const char *status =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "status"));

	snprintf(reply->result, sizeof(reply->result), "%s",
	    status != NULL ? status : "");
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

void
twilio_add_ids(cJSON *o, const char *sid, const struct twilio_entity *e)
{
	cJSON_AddStringToObject(o, "sid", sid);
	cJSON_AddStringToObject(o, "account_sid", e->account);
	cJSON_AddStringToObject(o, "service_sid", e->service);
	cJSON_AddStringToObject(o, "entity_sid", e->sid);
	cJSON_AddStringToObject(o, "identity", e->identity);
}

void
twilio_entity_url(
    const struct twilio_entity *e, const char *below, char *out, size_t size)
{
	snprintf(out, size,
	    "https://verify.twilio.com/v2/Services/%s/Entities/%s%s",
	    e->service, e->identity, below);
}

struct cJSON *
twilio_entity_json(const struct twilio_entity *e)
{
	static const char *const links[][2] = {
		{ "factors", "/Factors" },
		{ "new_factors", "/Factors" },
		{ "challenges", "/Challenges" },
		{ "new_challenges", "/Challenges" },
	};
	cJSON *o = cJSON_CreateObject();
	cJSON *list;
	char url[240];

	cJSON_AddStringToObject(o, "sid", e->sid);
	cJSON_AddStringToObject(o, "identity", e->identity);
	cJSON_AddStringToObject(o, "account_sid", e->account);
	cJSON_AddStringToObject(o, "service_sid", e->service);
	twilio_add_date(o, "date_created", e->created);
	twilio_add_date(o, "date_updated", e->created);
	twilio_entity_url(e, "", url, sizeof(url));
	cJSON_AddStringToObject(o, "url", url);
	list = cJSON_AddObjectToObject(o, "links");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		twilio_entity_url(e, links[i][1], url, sizeof(url));
		cJSON_AddStringToObject(list, links[i][0], url);
	}
	return o;
}

static void
add_config(cJSON *o, const struct twilio_factor *f)
{
	cJSON *config = cJSON_AddObjectToObject(o, "config");

	if (f->push) {
		cJSON_AddStringToObject(
		    config, "sdk_version", f->device.sdk_version);
		cJSON_AddStringToObject(config, "app_id", f->device.app_id);
		cJSON_AddStringToObject(
		    config, "notification_platform", f->device.platform);
		cJSON_AddStringToObject(
		    config, "notification_token", f->device.token);
		return;
	}
	cJSON_AddStringToObject(config, "alg", twilio_alg_name(f->totp.alg));
	cJSON_AddNumberToObject(config, "skew", f->totp.skew);
	cJSON_AddNumberToObject(config, "code_length", f->totp.digits);
	cJSON_AddNumberToObject(config, "time_step", f->totp.step);
}

/* What both forms of a factor end with. */
static void
add_rest(cJSON *o, const struct twilio_entity *e, const struct twilio_factor *f)
{
	char below[48], url[240];

	snprintf(below, sizeof(below), "/Factors/%s", f->sid);
	twilio_entity_url(e, below, url, sizeof(url));
	twilio_add_date(o, "date_created", f->created);
	twilio_add_date(o, "date_updated", f->updated);
	cJSON_AddStringToObject(o, "friendly_name", f->name);
	cJSON_AddStringToObject(
	    o, "status", f->verified ? "verified" : "unverified");
	cJSON_AddStringToObject(o, "factor_type", f->push ? "push" : "totp");
	add_config(o, f);
	cJSON_AddNullToObject(o, "metadata");
	cJSON_AddStringToObject(o, "url", url);
}

struct cJSON *
twilio_factor_json(const struct twilio_entity *e, const struct twilio_factor *f)
{
	cJSON *o = cJSON_CreateObject();

	twilio_add_ids(o, f->sid, e);
	add_rest(o, e, f);
	return o;
}

/* As a part of an address: all but letters, digits and "-._~" escaped. */
static void
escape(const char *in, char *out, size_t size)
{
	size_t n = 0;

	for (; *in != '\0' && n + 4 <= size; in++)
		if (isalnum((unsigned char)*in) || strchr("-._~", *in) != NULL)
			out[n++] = *in;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X",
			    (unsigned int)(unsigned char)*in);
	out[n] = '\0';
}

static void
add_binding(cJSON *o, const struct twilio_factor *f, const char *issuer)
{
	cJSON *binding = cJSON_AddObjectToObject(o, "binding");
	char secret[112], name[800], from[400], uri[1900], alg[8];
	size_t n;

	if (f->push) {
		cJSON_AddStringToObject(binding, "alg", "ES256");
		cJSON_AddStringToObject(
		    binding, "public_key", f->device.public_key);
		return;
	}
	twilio_totp_text(&f->totp, secret, sizeof(secret));
	escape(f->name, name, sizeof(name));
	escape(issuer[0] != '\0' ? issuer : "Rehearsal", from, sizeof(from));
	snprintf(alg, sizeof(alg), "%s", twilio_alg_name(f->totp.alg));
	for (n = 0; alg[n] != '\0'; n++)
		alg[n] = (char)toupper((unsigned char)alg[n]);
	snprintf(uri, sizeof(uri),
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=%s&digits=%d"
	    "&period=%d",
	    from, name, secret, from, alg, f->totp.digits, f->totp.step);
	cJSON_AddStringToObject(binding, "secret", secret);
	cJSON_AddStringToObject(binding, "uri", uri);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(uri, sizeof(uri));
}

struct cJSON *
twilio_new_factor_json(const struct twilio_entity *e,
    const struct twilio_factor *f, const char *issuer)
{
	cJSON *o = cJSON_CreateObject();

	twilio_add_ids(o, f->sid, e);
	add_binding(o, f, issuer);
	cJSON_AddNullToObject(o, "options");
	add_rest(o, e, f);
	return o;
}

struct cJSON *
twilio_token_json(const struct twilio_service *service, const char *identity,
    const char *name, int ttl)
{
	cJSON *o = cJSON_CreateObject();
	char sid[TWILIO_SID], secret[129], token[160], url[160];

	random_sid("YK", sid);
	random_hex(secret, 128);
	/* It looks like the vendor's: five parts of which the app needs one */
	snprintf(token, sizeof(token), "rehearsal..%.24s.%s.%.22s", secret,
	    secret + 40, secret + 16);
	snprintf(url, sizeof(url),
	    "https://verify.twilio.com/v2/Services/%s/AccessTokens/%s",
	    service->sid, sid);
	cJSON_AddStringToObject(o, "sid", sid);
	cJSON_AddStringToObject(o, "account_sid", service->account);
	cJSON_AddStringToObject(o, "service_sid", service->sid);
	cJSON_AddStringToObject(o, "entity_identity", identity);
	cJSON_AddStringToObject(o, "factor_type", "push");
	if (name != NULL)
		cJSON_AddStringToObject(o, "factor_friendly_name", name);
	else
		cJSON_AddNullToObject(o, "factor_friendly_name");
	cJSON_AddStringToObject(o, "token", token);
	cJSON_AddStringToObject(o, "url", url);
	cJSON_AddNumberToObject(o, "ttl", ttl);
	twilio_add_date(o, "date_created", world_now());
	return o;
}
