/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's challenges: what a phone was asked and what became of it. */
#include "tests/simulator/twilio/factors/twilio_challenges.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/twilio/twilio_settings.h"
#include "tests/simulator/twilio/twilio_script.h"

enum {
	CHALLENGES = 1024, /* the oldest is forgotten for a new one */
	DECIDE_MS = 1000,
	DECIDE_SLOW_MS = 5000,
};

static struct twilio_challenge table[CHALLENGES];
static int64_t due[CHALLENGES]; /* of each one's first timer */
static size_t opened;           /* since the last reset */

static void
schedule(struct twilio_challenge *c)
{
	int64_t at = c->deliver_at;

	if (c->status == TWILIO_ANSWER_PENDING && c->ends < at)
		at = c->ends;
	if (c->status == TWILIO_ANSWER_PENDING && c->decide_at < at)
		at = c->decide_at;
	due[c - table] = at;
	world_changed();
}

static const char *
member(const cJSON *o, const char *name)
{
	const char *s =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

/* "Sign in? Host: web1, Number: 42"; a value of two digits is the code. */
static void
describe(const struct twilio_challenge *c, struct inbox_message *m)
{
	const cJSON *fields =
	    cJSON_GetObjectItemCaseSensitive(c->details, "fields");
	const cJSON *field;
	const char *value;
	size_t n;

	snprintf(m->text, sizeof(m->text), "%s", member(c->details, "message"));
	cJSON_ArrayForEach(field, fields)
	{
		value = member(field, "value");
		n = strlen(m->text);
		snprintf(m->text + n, sizeof(m->text) - n, "%s%s: %s",
		    field == fields->child ? " " : ", ", member(field, "label"),
		    value);
		if (strlen(value) == 2 && strspn(value, "0123456789") == 2)
			snprintf(m->code, sizeof(m->code), "%.2s", value);
	}
}

static void
deliver(struct twilio_challenge *c)
{
	struct inbox_message m = {
		.channel = INBOX_PUSH,
		.provider = "twilio-push",
		.at = world_now(),
	};

	c->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s",
	    c->phone[0] != '\0' ? c->phone : c->identity);
	snprintf(m.request_id, sizeof(m.request_id), "%s", c->sid);
	describe(c, &m);
	inbox_deliver(&m);
}

void
twilio_challenge_notify(struct twilio_challenge *c)
{
	if (c->script == TWILIO_LATE)
		c->deliver_at = world_now() + TWILIO_LATE_MS;
	else if (c->script != TWILIO_SILENT)
		deliver(c);
	schedule(c);
}

/* What a sandbox number's owner, or a setting, does without being asked. */
static void
plan(struct twilio_challenge *c)
{
	int64_t ms = DECIDE_MS;

	c->decide_at = WORLD_NEVER;
	if (c->script == TWILIO_PUSH_DENIED) {
		c->decide = TWILIO_ANSWER_DENIED;
	} else if (c->script == TWILIO_PUSH_SLOW) {
		c->decide = TWILIO_ANSWER_APPROVED;
		ms = DECIDE_SLOW_MS;
	} else if (c->script == TWILIO_PUSH_FOREIGN ||
	    (c->script >= TWILIO_FOREIGN_ID && c->script <= TWILIO_NO_ID)) {
		c->decide = TWILIO_ANSWER_APPROVED;
	} else if (twilio_settings.push_decides != 0 &&
	    c->script != TWILIO_PUSH_SILENT && c->script != TWILIO_SILENT) {
		c->decide = twilio_settings.push_decides == 1
		    ? TWILIO_ANSWER_APPROVED
		    : TWILIO_ANSWER_DENIED;
		ms = twilio_settings.push_delay_s * 1000;
	} else {
		return;
	}
	c->decide_at = c->created + ms;
}

static void
forget(struct twilio_challenge *c)
{
	cJSON_Delete(c->details);
	cJSON_Delete(c->hidden);
	memset(c, 0, sizeof(*c));
}

int
twilio_challenge_script(
    const struct twilio_entity *e, const struct twilio_factor *f)
{
	return f->phone[0] != '\0' ? sandbox_script(f->phone)
				   : twilio_script_identity(e->identity);
}

struct twilio_challenge *
twilio_challenge_open(const struct twilio_entity *e,
    const struct twilio_factor *f, int64_t ends, struct cJSON *details,
    struct cJSON *hidden)
{
	struct twilio_challenge *c = &table[opened++ % CHALLENGES];

	forget(c);
	random_sid("YC", c->sid);
	memcpy(c->service, e->service, sizeof(c->service));
	memcpy(c->account, e->account, sizeof(c->account));
	memcpy(c->entity, e->sid, sizeof(c->entity));
	memcpy(c->identity, e->identity, sizeof(c->identity));
	memcpy(c->factor, f->sid, sizeof(c->factor));
	memcpy(c->phone, f->phone, sizeof(c->phone));
	c->push = f->push;
	c->script = twilio_challenge_script(e, f);
	c->created = c->updated = world_now();
	c->ends = ends;
	c->details = details;
	c->hidden = hidden;
	c->decide_at = c->deliver_at = WORLD_NEVER;
	if (c->push) {
		plan(c);
		twilio_challenge_notify(c);
	}
	schedule(c);
	return c;
}

static bool
belongs(const struct twilio_challenge *c, const struct twilio_entity *e)
{
	return c->sid[0] != '\0' && strcmp(c->entity, e->sid) == 0;
}

static size_t
used(void)
{
	return opened < CHALLENGES ? opened : CHALLENGES;
}

static size_t
oldest(void)
{
	return opened - used();
}

const struct twilio_challenge *
twilio_challenge_at(const struct twilio_entity *e, size_t i)
{
	const struct twilio_challenge *c;

	for (size_t n = oldest(); n < opened; n++) {
		c = &table[n % CHALLENGES];
		if (belongs(c, e) && i-- == 0)
			return c;
	}
	return NULL;
}

struct twilio_challenge *
twilio_challenge_find(const struct twilio_entity *e, const char *sid)
{
	struct twilio_challenge *c;

	for (c = table; c < table + CHALLENGES; c++)
		if (belongs(c, e) && strcmp(c->sid, sid) == 0)
			return c;
	return NULL;
}

void
twilio_challenge_answer(struct twilio_challenge *c, enum twilio_answer status)
{
	c->status = status;
	c->updated = world_now();
	if (status != TWILIO_ANSWER_EXPIRED)
		c->responded = c->updated;
	schedule(c);
}

/* A phone that was not told cannot decide, nor one whose owner is away. */
static bool
decidable(const struct twilio_challenge *c)
{
	return c->sid[0] != '\0' && c->push &&
	    c->status == TWILIO_ANSWER_PENDING &&
	    c->deliver_at == WORLD_NEVER && c->script != TWILIO_SILENT &&
	    c->script != TWILIO_PUSH_SILENT;
}

int
twilio_challenge_decide(
    const char *to, const char *identity, enum twilio_answer status)
{
	const char *plus = to != NULL && to[0] != '+' ? "+" : "";
	char phone[40] = "";
	struct twilio_challenge *c;

	if (to != NULL)
		snprintf(phone, sizeof(phone), "%s%.30s", plus, to);
	for (size_t n = opened; n > oldest(); n--) {
		c = &table[(n - 1) % CHALLENGES];
		if (!decidable(c) ||
		    (to != NULL && strcmp(c->phone, phone) != 0) ||
		    (identity != NULL && strcmp(c->identity, identity) != 0))
			continue;
		twilio_challenge_answer(c, status);
		return 0;
	}
	return -1;
}

void
twilio_challenges_reset(void)
{
	for (size_t i = 0; i < used(); i++)
		forget(&table[i]);
	opened = 0;
}

int64_t
twilio_challenges_next_due(void)
{
	return opened > 0 ? due[world_first_due(due, used())] : WORLD_NEVER;
}

static void
fire_one(struct twilio_challenge *c)
{
	const int64_t now = world_now();

	if (c->deliver_at <= now)
		deliver(c);
	if (c->status == TWILIO_ANSWER_PENDING && c->decide_at <= now)
		twilio_challenge_answer(c, c->decide);
	if (c->status == TWILIO_ANSWER_PENDING && c->ends <= now)
		twilio_challenge_answer(c, TWILIO_ANSWER_EXPIRED);
	schedule(c);
}

void
twilio_challenges_fire(void)
{
	fire_one(&table[world_first_due(due, used())]);
}
