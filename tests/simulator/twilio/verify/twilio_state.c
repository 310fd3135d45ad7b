/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's verifications: their codes, sends, tries and ends. */
#include "tests/simulator/twilio/verify/twilio_state.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/twilio_script.h"

enum { VERIFICATIONS = 1024 }; /* the oldest is forgotten for a new one */

static struct twilio_verification table[VERIFICATIONS];
static int64_t due[VERIFICATIONS]; /* of each one's first timer */
static size_t opened;              /* since the last reset */

const char *
twilio_channel_name(enum twilio_channel channel)
{
	switch (channel) {
	case TWILIO_SMS:
		return "sms";
	case TWILIO_CALL:
		return "call";
	case TWILIO_WHATSAPP:
		return "whatsapp";
	case TWILIO_EMAIL:
		return "email";
	case TWILIO_CHANNELS:
		break;
	}
	return "";
}

/* A locked one is still found while the vendor would say that it is. */
static bool
alive(const struct twilio_verification *v)
{
	return v->status == TWILIO_PENDING ||
	    (v->status == TWILIO_MAX_ATTEMPTS &&
		twilio_settings.lock_stays != 0);
}

/* When something will happen to v by itself. */
static void
schedule(struct twilio_verification *v)
{
	int64_t at = alive(v) ? v->ends : WORLD_NEVER;

	for (int i = 0; i < v->send_count; i++)
		if (v->sends[i].deliver_at < at)
			at = v->sends[i].deliver_at;
	due[v - table] = at;
	world_changed();
}

static enum inbox_channel
inbox_channel(enum twilio_channel channel)
{
	switch (channel) {
	case TWILIO_SMS:
		return INBOX_SMS;
	case TWILIO_CALL:
		return INBOX_VOICE;
	case TWILIO_WHATSAPP:
		return INBOX_WHATSAPP;
	case TWILIO_EMAIL:
		return INBOX_EMAIL;
	case TWILIO_CHANNELS:
		break;
	}
	return INBOX_SMS;
}

/* A call spells the code. */
static void
message_text(const struct twilio_verification *v, enum twilio_channel channel,
    char *out, size_t size)
{
	char spelt[3 * sizeof(v->code)] = "";
	size_t n = 0;

	if (channel != TWILIO_CALL) {
		snprintf(out, size, "Your %s verification code is: %s.",
		    v->start.brand, v->code);
		return;
	}
	for (const char *p = v->code; *p != '\0'; p++)
		n += (size_t)snprintf(spelt + n, sizeof(spelt) - n, "%s%c",
		    n == 0 ? "" : ", ", *p);
	snprintf(out, size, "Your %s verification code is: %s.", v->start.brand,
	    spelt);
}

static void
deliver(struct twilio_verification *v, struct twilio_send *s)
{
	struct inbox_message m = {
		.channel = inbox_channel(s->channel),
		.provider = "twilio-verify",
		.at = world_now(),
	};

	s->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", v->start.to);
	snprintf(m.code, sizeof(m.code), "%s", v->code);
	snprintf(m.request_id, sizeof(m.request_id), "%s", v->sid);
	message_text(v, s->channel, m.text, sizeof(m.text));
	inbox_deliver(&m);
}

static size_t
used(void)
{
	return opened < VERIFICATIONS ? opened : VERIFICATIONS;
}

struct twilio_verification *
twilio_running(const struct twilio_service *service, const char *to)
{
	struct twilio_verification *v;

	for (v = table; v < table + used(); v++)
		if (alive(v) && strcmp(v->start.to, to) == 0 &&
		    strcmp(v->service, service->sid) == 0)
			return v;
	return NULL;
}

struct twilio_verification *
twilio_find(const struct twilio_service *service, const char *sid)
{
	struct twilio_verification *v;

	for (v = table; v < table + used(); v++)
		if (alive(v) && strcmp(v->sid, sid) == 0 &&
		    strcmp(v->service, service->sid) == 0)
			return v;
	return NULL;
}

struct twilio_verification *
twilio_open(
    const struct twilio_service *service, const struct twilio_start *start)
{
	struct twilio_verification *v = &table[opened++ % VERIFICATIONS];

	memset(v, 0, sizeof(*v));
	v->start = *start;
	snprintf(v->service, sizeof(v->service), "%s", service->sid);
	snprintf(v->account, sizeof(v->account), "%s", service->account);
	random_sid("VE", v->sid);
	random_digits(v->code, (size_t)service->code_length);
	v->created = v->updated = world_now();
	v->ends = v->created + (int64_t)twilio_settings.code_life_s * 1000;
	schedule(v);
	return v;
}

void
twilio_send_code(struct twilio_verification *v,
    const struct twilio_start *start, bool announced)
{
	struct twilio_send *s = &v->sends[v->send_count++];
	const int script = sandbox_script(start->to);

	v->start = *start;
	v->updated = world_now();
	random_sid("VL", s->sid);
	s->channel = start->channel;
	s->at = v->updated;
	s->deliver_at = WORLD_NEVER;
	if (announced && script == TWILIO_LATE)
		s->deliver_at = s->at + TWILIO_LATE_MS;
	else if (announced && script != TWILIO_SILENT)
		deliver(v, s);
	schedule(v);
}

enum twilio_try
twilio_try(struct twilio_verification *v, const char *code)
{
	const int script = sandbox_script(v->start.to);
	const bool yes = script == TWILIO_FOREIGN_ID ||
	    script == TWILIO_FOREIGN_TO || script == TWILIO_NO_ID;

	v->updated = world_now();
	if (v->status != TWILIO_PENDING ||
	    v->tries >= twilio_settings.wrong_limit ||
	    script == TWILIO_LOCKED) {
		twilio_end(v, TWILIO_MAX_ATTEMPTS);
		return TWILIO_TRY_LOCKED;
	}
	if (yes || (script != TWILIO_ALL_WRONG && strcmp(code, v->code) == 0)) {
		twilio_end(v, TWILIO_APPROVED);
		return TWILIO_TRY_RIGHT;
	}
	v->tries++;
	return TWILIO_TRY_WRONG;
}

void
twilio_end(struct twilio_verification *v, enum twilio_status status)
{
	v->status = status;
	v->updated = world_now();
	schedule(v);
}

void
twilio_state_reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
}

int64_t
twilio_next_due(void)
{
	return opened > 0 ? due[world_first_due(due, used())] : WORLD_NEVER;
}

static void
fire_one(struct twilio_verification *v)
{
	const int64_t now = world_now();

	for (int i = 0; i < v->send_count; i++)
		if (v->sends[i].deliver_at <= now)
			deliver(v, &v->sends[i]);
	if (alive(v) && v->ends <= now)
		v->status = TWILIO_EXPIRED;
	schedule(v);
}

void
twilio_fire(void)
{
	fire_one(&table[world_first_due(due, used())]);
}
