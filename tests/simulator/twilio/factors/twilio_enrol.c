/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's calls about entities, factors and access tokens. */
#include "tests/simulator/twilio/factors/twilio_enrol.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/factors/twilio_factor_json.h"
#include "tests/simulator/twilio/factors/twilio_factors.h"
#include "tests/simulator/twilio/twilio_errors.h"
#include "tests/simulator/twilio/twilio_pages.h"
#include "tests/simulator/twilio/twilio_service.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/twilio_sign.h"

enum { FACTOR_WRONG_MAX = 5 }; /* codes until a factor is verified */

struct twilio_entity *
twilio_entity_in(const struct twilio_service *service,
    const struct sim_request *req, struct sim_reply *reply)
{
	struct twilio_entity *e;

	if (!twilio_identity(req->part[1])) {
		twilio_refuse_value(reply, "Identity", req->part[1]);
		return NULL;
	}
	e = twilio_entity_find(service, req->part[1]);
	if (e == NULL)
		twilio_refuse_path(reply, req);
	return e;
}

struct twilio_entity *
twilio_entity_of(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);

	return service != NULL ? twilio_entity_in(service, req, reply) : NULL;
}

/* A new one's identity from the form, or NULL after refusing. */
static const char *
new_identity(const struct sim_request *req, struct sim_reply *reply)
{
	const char *identity = "";

	if (!twilio_text_needed(req, reply, "Identity", 1, 64, &identity))
		return NULL;
	if (twilio_identity(identity))
		return identity;
	twilio_refuse_value(reply, "Identity", identity);
	return NULL;
}

void
twilio_entity_create(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	const char *identity;

	if (service == NULL)
		return;
	identity = new_identity(req, reply);
	if (identity == NULL)
		return;
	if (twilio_entity_find(service, identity) != NULL)
		twilio_refuse_value(reply, "Identity", identity);
	else
		twilio_say(reply, 201,
		    twilio_entity_json(twilio_entity_need(service, identity)));
}

void
twilio_entity_list(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	const struct twilio_entity *e;
	cJSON *list;

	if (service == NULL)
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; (e = twilio_entity_at(service, i)) != NULL; i++)
		cJSON_AddItemToArray(list, twilio_entity_json(e));
	twilio_say_page(req, reply, "entities", list);
}

void
twilio_entity_fetch(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e = twilio_entity_of(req, reply);

	if (e != NULL)
		twilio_say(reply, 200, twilio_entity_json(e));
}

void
twilio_entity_delete(const struct sim_request *req, struct sim_reply *reply)
{
	struct twilio_entity *e = twilio_entity_of(req, reply);

	if (e == NULL)
		return;
	twilio_entity_forget(e);
	sim_reply_empty(reply, 204);
}

static bool
take_alg(const struct sim_request *req, struct sim_reply *reply,
    enum twilio_alg *out)
{
	const char *name = twilio_alg_name(*out);

	if (!twilio_text(req, reply, "Config.Alg", 1, 8, &name))
		return false;
	for (int a = TWILIO_SHA1; a <= TWILIO_SHA512; a++)
		if (strcmp(twilio_alg_name((enum twilio_alg)a), name) == 0) {
			*out = (enum twilio_alg)a;
			return true;
		}
	twilio_refuse_value(reply, "Config.Alg", name);
	return false;
}

static bool
take_config(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_totp *t)
{
	return take_alg(req, reply, &t->alg) &&
	    twilio_int(req, reply, "Config.TimeStep", 20, 60, &t->step) &&
	    twilio_int(req, reply, "Config.Skew", 0, 2, &t->skew) &&
	    twilio_int(req, reply, "Config.CodeLength", 3, 8, &t->digits);
}

/* The service's defaults, then the request's own wishes. */
static bool
take_totp(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_service *service, struct twilio_totp *t)
{
	const struct request_field *secret =
	    twilio_field(req, "Binding.Secret");
	char hex[TWILIO_SECRET_MAX];

	t->step = service->totp_step >= 0 ? service->totp_step : 30;
	t->skew = service->totp_skew >= 0 ? service->totp_skew : 1;
	t->digits = service->totp_length >= 0 ? service->totp_length : 6;
	if (!take_config(req, reply, t))
		return false;
	if (secret == NULL) {
		/* 20 bytes are what the vendor makes, too */
		t->len = 20;
		random_hex(hex, 20);
		memcpy(t->secret, hex, t->len);
		return true;
	}
	if (!secret->bad && twilio_totp_secret(t, secret->value))
		return true;
	twilio_refuse_value(reply, "Binding.Secret", "not Base32");
	return false;
}

static bool
take_device(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_factor *f)
{
	const struct {
		const char *name;
		char *out;
		size_t size, min;
	} texts[] = {
		{ "Binding.PublicKey", f->device.public_key,
		    sizeof(f->device.public_key), 1 },
		{ "Config.AppId", f->device.app_id, sizeof(f->device.app_id),
		    1 },
		{ "Config.NotificationPlatform", f->device.platform,
		    sizeof(f->device.platform), 3 },
		{ "Config.NotificationToken", f->device.token,
		    sizeof(f->device.token), 32 },
		{ "Config.SdkVersion", f->device.sdk_version,
		    sizeof(f->device.sdk_version), 1 },
	};
	const char *value = "";

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!twilio_text_needed(req, reply, texts[i].name, texts[i].min,
			texts[i].size - 4, &value))
			return false;
		snprintf(texts[i].out, texts[i].size, "%s", value);
	}
	return true;
}

/* All of a new factor but its place; false when reply says no already. */
static bool
take_factor(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_service *service, struct twilio_factor *f)
{
	const char *name = "", *type = "";

	if (!twilio_text_needed(req, reply, "FriendlyName", 1, 64, &name) ||
	    !twilio_text_needed(req, reply, "FactorType", 1, 16, &type))
		return false;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->push = strcmp(type, "push") == 0;
	if (f->push)
		return take_device(req, reply, f);
	if (strcmp(type, "totp") == 0)
		return take_totp(req, reply, service, &f->totp);
	if (strcmp(type, "passkeys") == 0)
		twilio_refuse(reply, 60204);
	else
		twilio_refuse_value(reply, "FactorType", type);
	return false;
}

void
twilio_factor_create(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	static struct twilio_factor wanted;
	const struct twilio_entity *e;
	struct twilio_factor *f;

	memset(&wanted, 0, sizeof(wanted));
	if (service == NULL || !take_factor(req, reply, service, &wanted))
		return;
	if (!twilio_identity(req->part[1])) {
		twilio_refuse_value(reply, "Identity", req->part[1]);
		return;
	}
	e = twilio_entity_need(service, req->part[1]);
	f = twilio_factor_add(e, wanted.push);
	memcpy(f->name, wanted.name, sizeof(f->name));
	f->totp = wanted.totp;
	f->device = wanted.device;
	twilio_say(reply, 201, twilio_new_factor_json(e, f, service->issuer));
	explicit_bzero(&wanted, sizeof(wanted));
}

void
twilio_factor_list(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e = twilio_entity_of(req, reply);
	const struct twilio_factor *f;
	cJSON *list;

	if (e == NULL)
		return;
	list = cJSON_CreateArray();
	for (size_t i = 0; (f = twilio_factor_at(e, i)) != NULL; i++)
		cJSON_AddItemToArray(list, twilio_factor_json(e, f));
	twilio_say_page(req, reply, "factors", list);
}

/* The factor in part 2 of the path, or NULL after refusing. */
static struct twilio_factor *
factor_of(const struct sim_request *req, struct sim_reply *reply,
    const struct twilio_entity **e)
{
	struct twilio_factor *f = NULL;

	*e = twilio_entity_of(req, reply);
	if (*e == NULL)
		return NULL;
	if (twilio_sid_is_valid(req->part[2], "YF"))
		f = twilio_factor_find(*e, req->part[2]);
	if (f == NULL)
		twilio_refuse_path(reply, req);
	return f;
}

void
twilio_factor_fetch(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e;
	const struct twilio_factor *f = factor_of(req, reply, &e);

	if (f != NULL)
		twilio_say(reply, 200, twilio_factor_json(e, f));
}

/* The first code of an app; of a phone, its SID signed with the phone's key. */
static bool
is_right(struct twilio_factor *f, const char *payload)
{
	return f->push
	    ? twilio_signed(f->device.public_key, f->sid, payload)
	    : twilio_totp_right(&f->totp, payload, world_now(), false);
}

/* False when reply says no already. */
static bool
confirm(struct twilio_factor *f, const char *code, struct sim_reply *reply)
{
	if (f->wrong >= FACTOR_WRONG_MAX) {
		twilio_refuse(reply, 60310);
		return false;
	}
	if (is_right(f, code)) {
		f->verified = true;
		return true;
	}
	f->wrong++;
	if (twilio_settings.totp_403 == 0)
		return true;
	twilio_refuse(reply, 60311);
	return false;
}

/* All that a request wants changed, or nothing. */
static bool
change_config(const struct sim_request *req, struct sim_reply *reply,
    struct twilio_totp *t)
{
	struct twilio_totp wanted = *t;
	const bool good = take_config(req, reply, &wanted);

	if (good)
		*t = wanted;
	explicit_bzero(&wanted, sizeof(wanted));
	return good;
}

void
twilio_factor_update(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e;
	struct twilio_factor *f = factor_of(req, reply, &e);
	const char *code = NULL, *name = NULL;

	if (f == NULL ||
	    !twilio_text(req, reply, "AuthPayload", 1, 5456, &code) ||
	    !twilio_text(req, reply, "FriendlyName", 1, 64, &name) ||
	    !change_config(req, reply, &f->totp))
		return;
	if (code != NULL && !f->verified && !confirm(f, code, reply))
		return;
	if (name != NULL)
		snprintf(f->name, sizeof(f->name), "%s", name);
	f->updated = world_now();
	twilio_say(reply, 200, twilio_factor_json(e, f));
}

void
twilio_factor_delete(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_entity *e;
	struct twilio_factor *f = factor_of(req, reply, &e);

	if (f == NULL)
		return;
	twilio_factor_forget(f);
	sim_reply_empty(reply, 204);
}

void
twilio_token_create(const struct sim_request *req, struct sim_reply *reply)
{
	const struct twilio_service *service = twilio_service_of(req, reply);
	const char *identity, *type = "", *name = NULL;
	int ttl = 60;

	if (service == NULL)
		return;
	identity = new_identity(req, reply);
	if (identity == NULL ||
	    !twilio_text_needed(req, reply, "FactorType", 1, 16, &type) ||
	    !twilio_text(req, reply, "FactorFriendlyName", 1, 64, &name) ||
	    !twilio_int(req, reply, "Ttl", 60, 300, &ttl))
		return;
	if (strcmp(type, "push") != 0)
		twilio_refuse_value(reply, "FactorType", type);
	else
		twilio_say(reply, 201,
		    twilio_token_json(service, identity, name, ttl));
}
