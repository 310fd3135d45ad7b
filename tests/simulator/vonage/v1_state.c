/* SPDX-License-Identifier: BSD-2-Clause */
/* Verify v1's verifications: their workflows, PINs, tries and ends. */
#include "tests/simulator/vonage/v1_state.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"

enum {
	V1_TABLE = 4096, /* the oldest is forgotten for a new one */
	V1_CANCEL_FROM_MS = 30 * 1000,
	V1_LATE_MS = 45 * 1000, /* sandbox script 32 */
	V1_SCRIPT_SILENT = 31,
	V1_SCRIPT_LATE = 32,
};

/*
 * What is sent, and how long until the next event (guide "Workflows and
 * events"). Behind the last event a verification lives as long as its PIN.
 */
struct workflow {
	const char *kinds;            /* S: SMS, C: call */
	int waits[V1_EVENTS_MAX - 1]; /* s */
};

static const struct workflow workflows[] = {
	[1] = { "SCC", { 125, 180 } },
	[2] = { "SSC", { 125, 180 } },
	[3] = { "CC", { 150 } },
	[4] = { "SS", { 120 } },
	[5] = { "SC", { 125 } },
	[6] = { "S", { 0 } },
	[7] = { "C", { 0 } },
};

static struct v1_verification table[V1_TABLE];
static int64_t due[V1_TABLE]; /* of each one's first timer */
static size_t opened;         /* since the last reset */
static int wrong_limit = 3;

void
v1_set_wrong_limit(int limit)
{
	wrong_limit = limit;
}

bool
v1_event_is_call(int workflow, int event)
{
	return workflows[workflow].kinds[event] == 'C';
}

static int64_t
pin_ends_at(const struct v1_verification *v)
{
	return v->pin_at + (int64_t)v->start.pin_expiry * 1000;
}

/* When something will happen to v by itself. */
static void
schedule(struct v1_verification *v)
{
	int64_t at = WORLD_NEVER;

	if (v->status == V1_IN_PROGRESS)
		at = v->next_event_at != WORLD_NEVER ? v->next_event_at
						     : pin_ends_at(v);
	for (int i = 0; i < v->event_count; i++)
		if (v->events[i].deliver_at < at)
			at = v->events[i].deliver_at;
	due[v - table] = at;
	world_changed();
}

/* How the vendor words it; a call spells the code. */
static void
message_text(const struct v1_verification *v, bool call, char *out, size_t size)
{
	const int minutes = (v->start.pin_expiry + 59) / 60;
	char spelt[3 * sizeof(v->pin)] = "";
	size_t n = 0;

	if (!call) {
		snprintf(out, size, "%s code: %s. Valid for %d minute%s.",
		    v->start.brand, v->pin, minutes, minutes == 1 ? "" : "s");
		return;
	}
	for (const char *p = v->pin; *p != '\0'; p++)
		n += (size_t)snprintf(spelt + n, sizeof(spelt) - n, "%s%c",
		    n == 0 ? "" : ", ", *p);
	snprintf(out, size, "Your %s code is %s.", v->start.brand, spelt);
}

static void
deliver(struct v1_verification *v, int event)
{
	const bool call = v1_event_is_call(v->start.workflow, event);
	struct inbox_message m = {
		.channel = call ? INBOX_VOICE : INBOX_SMS,
		.provider = "vonage-verify",
		.at = world_now(),
	};

	v->events[event].deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "+%s", v->start.number);
	snprintf(m.code, sizeof(m.code), "%s", v->pin);
	snprintf(m.request_id, sizeof(m.request_id), "%s", v->id);
	message_text(v, call, m.text, sizeof(m.text));
	inbox_deliver(&m);
}

/* A PIN that has expired is replaced, and the new one has its own tries. */
static void
refresh_pin(struct v1_verification *v)
{
	const int64_t now = world_now();

	if (v->event_count > 0 && now < pin_ends_at(v))
		return;
	random_digits(v->pin, (size_t)v->start.code_length);
	v->pin_at = now;
	v->tries = 0;
}

static void
make_event(struct v1_verification *v, bool announced)
{
	const struct workflow *w = &workflows[v->start.workflow];
	const int n = v->event_count++;
	struct v1_event *e = &v->events[n];
	const int script = sandbox_script(v->start.number);
	int wait;

	memcpy(e->id, "0A000000", 8);
	random_digits(e->id + 8, 8);
	e->at = world_now();
	e->deliver_at = WORLD_NEVER;
	v->next_event_at = WORLD_NEVER;
	if (w->kinds[n + 1] != '\0') {
		wait = v->start.next_event_wait != 0 ? v->start.next_event_wait
						     : w->waits[n];
		v->next_event_at = e->at + (int64_t)wait * 1000;
	}
	if (script == V1_SCRIPT_LATE)
		e->deliver_at = e->at + V1_LATE_MS;
	else if (announced && script != V1_SCRIPT_SILENT)
		deliver(v, n);
}

struct v1_verification *
v1_open(const struct v1_start *start, bool announced)
{
	struct v1_verification *v = &table[opened++ % V1_TABLE];

	memset(v, 0, sizeof(*v));
	v->start = *start;
	v->submitted_at = world_now();
	random_hex(v->id, V1_ID_LEN);
	refresh_pin(v);
	make_event(v, announced);
	schedule(v);
	return v;
}

static size_t
used(void)
{
	return opened < V1_TABLE ? opened : V1_TABLE;
}

struct v1_verification *
v1_find(const char *id, const char *account)
{
	struct v1_verification *v;

	for (size_t i = opened; i > opened - used(); i--) {
		v = &table[(i - 1) % V1_TABLE];
		if (strcmp(v->id, id) == 0)
			return strcmp(v->start.account, account) == 0 ? v
								      : NULL;
	}
	return NULL;
}

struct v1_verification *
v1_running(const char *number)
{
	for (size_t i = 0; i < used(); i++)
		if (due[i] != WORLD_NEVER &&
		    table[i].status == V1_IN_PROGRESS &&
		    strcmp(table[i].start.number, number) == 0)
			return &table[i];
	return NULL;
}

void
v1_end(struct v1_verification *v, enum v1_status status)
{
	v->status = status;
	v->finalized_at = world_now();
	v->next_event_at = WORLD_NEVER;
	schedule(v);
}

static void
remember_check(struct v1_verification *v, const char *code, bool valid)
{
	struct v1_check *c;

	if (v->check_count == V1_CHECKS_MAX)
		return;
	c = &v->checks[v->check_count++];
	snprintf(c->code, sizeof(c->code), "%.7s", code);
	c->at = world_now();
	c->valid = valid;
}

enum v1_try
v1_try(struct v1_verification *v, const char *code)
{
	const bool alive = world_now() < pin_ends_at(v);
	const bool right = alive && strcmp(code, v->pin) == 0;
	const int script = sandbox_script(v->start.number);

	if (script == 51 || script == 53 ||
	    (right && script != 16 && script != 17)) {
		remember_check(v, code, true);
		v1_end(v, V1_SUCCESS);
		return V1_TRY_RIGHT;
	}
	remember_check(v, code, false);
	if (++v->tries < wrong_limit && script != 17)
		return V1_TRY_WRONG;
	v1_end(v, V1_FAILED);
	return V1_TRY_LAST;
}

enum v1_control
v1_cancel(struct v1_verification *v)
{
	if (world_now() - v->submitted_at < V1_CANCEL_FROM_MS)
		return V1_REFUSED_EARLY;
	if (v->event_count > 1)
		return V1_REFUSED_LATE;
	v1_end(v, V1_CANCELLED);
	return V1_DONE;
}

enum v1_control
v1_next_event(struct v1_verification *v)
{
	if (v->next_event_at == WORLD_NEVER)
		return V1_REFUSED_END;
	refresh_pin(v);
	make_event(v, true);
	schedule(v);
	return V1_DONE;
}

void
v1_state_reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
}

int64_t
v1_next_due(void)
{
	return opened > 0 ? due[world_first_due(due, used())] : WORLD_NEVER;
}

static void
fire_one(struct v1_verification *v)
{
	const int64_t now = world_now();

	for (int i = 0; i < v->event_count; i++)
		if (v->events[i].deliver_at <= now)
			deliver(v, i);
	if (v->status != V1_IN_PROGRESS) {
		schedule(v);
	} else if (v->next_event_at <= now) {
		v1_next_event(v);
	} else {
		if (v->next_event_at == WORLD_NEVER && pin_ends_at(v) <= now)
			v1_end(v, V1_EXPIRED);
		schedule(v);
	}
}

void
v1_fire(void)
{
	fire_one(&table[world_first_due(due, used())]);
}
