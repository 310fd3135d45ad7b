/* SPDX-License-Identifier: BSD-2-Clause */
/* Verify v2's verifications: their workflows, codes, tries and ends. */
#include "tests/simulator/vonage/v2_state.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"

enum {
	V2_TABLE = 4096, /* the oldest is forgotten for a new one */
	V2_CANCEL_FROM_MS = 30 * 1000,
	V2_SILENT_AUTH_MS = 60 * 1000, /* whatever channel_timeout says */
	V2_LATE_MS = 45 * 1000,
	V2_SCRIPT_FRAUD = 7, /* 202 all the same: only a webhook would tell */
	V2_SCRIPT_WRONG = 16,
	V2_SCRIPT_LOCKED = 17,
	V2_SCRIPT_SILENT = 31,
	V2_SCRIPT_LATE = 32,
};

static struct v2_verification table[V2_TABLE];
static int64_t due[V2_TABLE]; /* of each one's first timer */
static size_t opened;         /* since the last reset */
static int wrong_limit = 3;

void
v2_set_wrong_limit(int limit)
{
	wrong_limit = limit;
}

static const struct v2_step *
running_step(const struct v2_verification *v)
{
	return &v->start.steps[v->step];
}

/* When something will happen to v by itself. */
static void
schedule(struct v2_verification *v)
{
	int64_t at = WORLD_NEVER;

	if (v->status == V2_RUNNING)
		at = v->deliver_at < v->step_ends_at ? v->deliver_at
						     : v->step_ends_at;
	due[v - table] = at;
	world_changed();
}

static enum inbox_channel
inbox_of(enum v2_channel channel)
{
	switch (channel) {
	case V2_VOICE:
		return INBOX_VOICE;
	case V2_WHATSAPP:
		return INBOX_WHATSAPP;
	case V2_RCS:
		return INBOX_RCS;
	case V2_EMAIL:
		return INBOX_EMAIL;
	case V2_SMS:
	case V2_SILENT_AUTH:
	case V2_NO_CHANNEL:
		return INBOX_SMS;
	}
	return INBOX_SMS;
}

/* How the vendor words it; a call spells the code. */
static void
message_text(const struct v2_verification *v, char *out, size_t size)
{
	const int minutes = (v->start.channel_timeout + 59) / 60;
	char spelt[3 * sizeof(v->code)] = "";
	size_t n = 0;

	if (running_step(v)->channel != V2_VOICE) {
		snprintf(out, size, "%s code: %s. Valid for %d minute%s.",
		    v->start.brand, v->code, minutes, minutes == 1 ? "" : "s");
		return;
	}
	for (const char *p = v->code; *p != '\0'; p++)
		n += (size_t)snprintf(spelt + n, sizeof(spelt) - n, "%s%c",
		    n == 0 ? "" : ", ", *p);
	snprintf(out, size, "Your %s code is %s.", v->start.brand, spelt);
}

static void
deliver(struct v2_verification *v)
{
	const struct v2_step *step = running_step(v);
	struct inbox_message m = {
		.channel = inbox_of(step->channel),
		.provider = "vonage-verify-v2",
		.at = world_now(),
	};

	v->deliver_at = WORLD_NEVER;
	if (step->channel == V2_SILENT_AUTH)
		return;
	snprintf(m.to, sizeof(m.to), "%s%.254s",
	    step->channel == V2_EMAIL ? "" : "+", step->to);
	snprintf(m.code, sizeof(m.code), "%s", v->code);
	snprintf(m.request_id, sizeof(m.request_id), "%s", v->id);
	message_text(v, m.text, sizeof(m.text));
	inbox_deliver(&m);
}

/* A step has a code of its own, with fresh tries, unless it keeps the last. */
static void
make_code(struct v2_verification *v)
{
	if (v->start.code[0] != '\0') {
		memcpy(v->code, v->start.code, sizeof(v->code));
		return;
	}
	if (v->step > 0 && running_step(v)->reuse_code)
		return;
	random_digits(v->code, (size_t)v->start.code_length);
	v->tries = 0;
}

static void
begin_step(struct v2_verification *v, bool announced)
{
	const struct v2_step *step = running_step(v);
	const int script = sandbox_script(step->to);

	v->step_ends_at = world_now() +
	    (step->channel == V2_SILENT_AUTH
		    ? V2_SILENT_AUTH_MS
		    : (int64_t)v->start.channel_timeout * 1000);
	v->deliver_at = WORLD_NEVER;
	make_code(v);
	if (script == V2_SCRIPT_LATE)
		v->deliver_at = world_now() + V2_LATE_MS;
	else if (announced && script != V2_SCRIPT_SILENT &&
	    script != V2_SCRIPT_FRAUD)
		deliver(v);
	schedule(v);
}

struct v2_verification *
v2_open(const struct v2_start *start, bool announced)
{
	struct v2_verification *v = &table[opened++ % V2_TABLE];

	memset(v, 0, sizeof(*v));
	v->start = *start;
	v->submitted_at = world_now();
	random_uuid(v->id);
	begin_step(v, announced);
	return v;
}

static size_t
used(void)
{
	return opened < V2_TABLE ? opened : V2_TABLE;
}

/*
 * An application belongs to an account, and only the vendor knows to which:
 * a key may see what an application opened, and the other way round.
 */
static bool
may_see(const char *account, const char *owner)
{
	return strncmp(account, owner, 4) != 0 || strcmp(account, owner) == 0;
}

struct v2_verification *
v2_find(const char *id, const char *account)
{
	for (size_t i = 0; i < used(); i++)
		if (table[i].status == V2_RUNNING &&
		    strcmp(table[i].id, id) == 0)
			return may_see(account, table[i].start.account)
			    ? &table[i]
			    : NULL;
	return NULL;
}

static bool
shares_an_address(const struct v2_start *a, const struct v2_start *b)
{
	for (int i = 0; i < a->step_count; i++)
		for (int k = 0; k < b->step_count; k++)
			if (strcmp(a->steps[i].to, b->steps[k].to) == 0)
				return true;
	return false;
}

struct v2_verification *
v2_running(const struct v2_start *start)
{
	for (size_t i = 0; i < used(); i++)
		if (table[i].status == V2_RUNNING &&
		    shares_an_address(&table[i].start, start))
			return &table[i];
	return NULL;
}

static void
end(struct v2_verification *v, enum v2_status status)
{
	v->status = status;
	schedule(v);
}

enum v2_try
v2_try(struct v2_verification *v, const char *code)
{
	const int script = sandbox_script(running_step(v)->to);
	const bool right = strcmp(code, v->code) == 0;

	if (running_step(v)->channel == V2_SILENT_AUTH)
		return V2_TRY_NO_CODE;
	if (script == 51 || script == 53 ||
	    (right && script != V2_SCRIPT_WRONG &&
		script != V2_SCRIPT_LOCKED)) {
		end(v, V2_COMPLETED);
		return V2_TRY_RIGHT;
	}
	if (++v->tries < wrong_limit && script != V2_SCRIPT_LOCKED)
		return V2_TRY_WRONG;
	end(v, V2_FAILED);
	return V2_TRY_LAST;
}

bool
v2_cancel(struct v2_verification *v)
{
	if (world_now() - v->submitted_at < V2_CANCEL_FROM_MS || v->step > 0)
		return false;
	end(v, V2_CANCELLED);
	return true;
}

bool
v2_next_step(struct v2_verification *v)
{
	if (v->step + 1 == v->start.step_count)
		return false;
	v->step++;
	begin_step(v, true);
	return true;
}

void
v2_state_reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
}

int64_t
v2_next_due(void)
{
	return opened > 0 ? due[world_first_due(due, used())] : WORLD_NEVER;
}

static void
fire_one(struct v2_verification *v)
{
	if (v->deliver_at <= world_now()) {
		deliver(v);
		schedule(v);
	} else if (!v2_next_step(v)) {
		end(v, V2_EXPIRED);
	}
}

void
v2_fire(void)
{
	fire_one(&table[world_first_due(due, used())]);
}
