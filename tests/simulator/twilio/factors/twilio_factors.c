/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's entities and their factors. */
#include "tests/simulator/twilio/factors/twilio_factors.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/twilio/twilio_service.h"
#include "tests/simulator/twilio/twilio_settings.h"

enum { /* the oldest is forgotten for a new one */
	ENTITIES = 512,
	FACTORS = 512,
};

static struct twilio_entity entities[ENTITIES];
static struct twilio_factor factors[FACTORS];
static size_t entity_count, factor_count;

bool
twilio_identity(const char *s)
{
	const size_t n = strspn(s,
	    "0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return s[n] == '\0' && n >= 8 && n <= 64;
}

struct twilio_entity *
twilio_entity_at(const struct twilio_service *service, size_t i)
{
	struct twilio_entity *e;

	for (e = entities; e < entities + ENTITIES; e++)
		if (e->sid[0] != '\0' &&
		    strcmp(e->service, service->sid) == 0 && i-- == 0)
			return e;
	return NULL;
}

static struct twilio_entity *
entity_add(const struct twilio_service *service, const char *identity)
{
	struct twilio_entity *e = &entities[entity_count++ % ENTITIES];

	memset(e, 0, sizeof(*e));
	random_sid("YE", e->sid);
	snprintf(e->service, sizeof(e->service), "%s", service->sid);
	snprintf(e->account, sizeof(e->account), "%s", service->account);
	snprintf(e->identity, sizeof(e->identity), "%s", identity);
	e->created = world_now();
	return e;
}

/* Factors of phones that registered before their service was known. */
static bool
adopt(const struct twilio_entity *e, const char *identity)
{
	struct twilio_factor *f;
	bool any = false;

	for (f = factors; f < factors + FACTORS; f++) {
		if (f->sid[0] == '\0' || f->entity[0] != '\0' ||
		    strcmp(f->identity, identity) != 0)
			continue;
		any = true;
		if (e != NULL)
			memcpy(f->entity, e->sid, sizeof(f->entity));
	}
	return any;
}

struct twilio_entity *
twilio_entity_find(const struct twilio_service *service, const char *identity)
{
	struct twilio_entity *e;

	for (size_t i = 0; (e = twilio_entity_at(service, i)) != NULL; i++)
		if (strcmp(e->identity, identity) == 0)
			break;
	if (e == NULL && adopt(NULL, identity))
		e = entity_add(service, identity);
	if (e != NULL)
		adopt(e, identity);
	return e;
}

struct twilio_entity *
twilio_entity_need(const struct twilio_service *service, const char *identity)
{
	struct twilio_entity *e = twilio_entity_find(service, identity);

	return e != NULL ? e : entity_add(service, identity);
}

void
twilio_entity_forget(struct twilio_entity *e)
{
	struct twilio_factor *f;

	while ((f = twilio_factor_at(e, 0)) != NULL)
		twilio_factor_forget(f);
	memset(e, 0, sizeof(*e));
}

static struct twilio_factor *
factor_add(const char *entity, const char *identity, bool push)
{
	struct twilio_factor *f = &factors[factor_count++ % FACTORS];

	memset(f, 0, sizeof(*f));
	random_sid("YF", f->sid);
	snprintf(f->entity, sizeof(f->entity), "%s", entity);
	snprintf(f->identity, sizeof(f->identity), "%s", identity);
	f->push = push;
	f->totp.step = 30;
	f->totp.skew = 1;
	f->totp.digits = 6;
	f->created = f->updated = world_now();
	return f;
}

struct twilio_factor *
twilio_factor_add(const struct twilio_entity *e, bool push)
{
	return factor_add(e->sid, e->identity, push);
}

static bool
vanished(const struct twilio_factor *f)
{
	return !f->verified &&
	    world_now() - f->created >=
	    (int64_t)twilio_settings.unverified_h * 3600 * 1000;
}

struct twilio_factor *
twilio_factor_at(const struct twilio_entity *e, size_t i)
{
	struct twilio_factor *f;

	for (f = factors; f < factors + FACTORS; f++) {
		if (f->sid[0] != '\0' && vanished(f))
			twilio_factor_forget(f);
		if (f->sid[0] != '\0' && strcmp(f->entity, e->sid) == 0 &&
		    i-- == 0)
			return f;
	}
	return NULL;
}

struct twilio_factor *
twilio_factor_find(const struct twilio_entity *e, const char *sid)
{
	struct twilio_factor *f;

	for (size_t i = 0; (f = twilio_factor_at(e, i)) != NULL; i++)
		if (strcmp(f->sid, sid) == 0)
			return f;
	return NULL;
}

void
twilio_factor_forget(struct twilio_factor *f)
{
	explicit_bzero(f, sizeof(*f));
}

/* The entity that was made last for an identity, of whichever service. */
static const struct twilio_entity *
newest_entity(const char *identity)
{
	const struct twilio_entity *e, *newest = NULL;

	for (e = entities; e < entities + ENTITIES; e++)
		if (e->sid[0] != '\0' && strcmp(e->identity, identity) == 0 &&
		    (newest == NULL || e->created >= newest->created))
			newest = e;
	return newest;
}

const struct twilio_factor *
twilio_factor_register(const char *identity, const char *phone)
{
	const struct twilio_entity *e = newest_entity(identity);
	struct twilio_factor *f =
	    factor_add(e != NULL ? e->sid : "", identity, true);

	snprintf(f->name, sizeof(f->name), "Rehearsal phone");
	snprintf(
	    f->phone, sizeof(f->phone), "%.19s", phone != NULL ? phone : "");
	snprintf(f->device.app_id, sizeof(f->device.app_id),
	    "org.example.rehearsal");
	snprintf(f->device.platform, sizeof(f->device.platform), "fcm");
	snprintf(f->device.sdk_version, sizeof(f->device.sdk_version), "1.0");
	random_hex(f->device.token, 64);
	f->verified = true;
	return f;
}

static size_t
at_most(size_t count, size_t places)
{
	return count < places ? count : places;
}

void
twilio_factors_reset(void)
{
	explicit_bzero(
	    factors, at_most(factor_count, FACTORS) * sizeof(factors[0]));
	memset(
	    entities, 0, at_most(entity_count, ENTITIES) * sizeof(entities[0]));
	entity_count = factor_count = 0;
}
