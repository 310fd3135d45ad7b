/* SPDX-License-Identifier: BSD-2-Clause */
/* Authy's approval requests: waiting, answered or expired. */
#include "tests/simulator/authy/authy_requests.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/authy/authy_users.h"
#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"

enum {
	AUTHY_REQUESTS = 1024, /* the oldest is forgotten for a new one */
	AUTHY_LATE_MS = 45 * 1000,
	AUTHY_SLOW_MS = 5 * 1000,
};

static struct authy_request table[AUTHY_REQUESTS];
static size_t opened; /* since the last reset */

static size_t
used(void)
{
	return opened < AUTHY_REQUESTS ? opened : AUTHY_REQUESTS;
}

static void
deliver(struct authy_request *r)
{
	struct inbox_message m = {
		.channel = INBOX_PUSH,
		.provider = "authy",
		.at = world_now(),
	};

	r->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", r->number);
	snprintf(m.text, sizeof(m.text), "%s", r->text);
	snprintf(m.code, sizeof(m.code), "%s", r->compare);
	snprintf(m.request_id, sizeof(m.request_id), "%s", r->uuid);
	inbox_deliver(&m);
}

static void
answer(struct authy_request *r, enum authy_answer state)
{
	r->state = state;
	r->processed_at = world_now();
	r->answer_at = WORLD_NEVER;
	world_changed();
}

/* What a sandbox number's owner does by himself. */
static void
play(struct authy_request *r)
{
	switch (sandbox_script(r->number)) {
	case 31:
		return;
	case 32:
		r->deliver_at = r->created_at + AUTHY_LATE_MS;
		return;
	case 41:
		deliver(r);
		answer(r, AUTHY_DENIED);
		return;
	case 43:
		deliver(r);
		r->answer_at = r->created_at + AUTHY_SLOW_MS;
		return;
	case 44:
	case 51:
	case 52:
	case 53:
		deliver(r);
		answer(r, AUTHY_APPROVED);
		return;
	default:
		deliver(r);
		return;
	}
}

struct authy_request *
authy_ask(const struct authy_user *u, const char *text, const char *compare,
    struct cJSON *hidden, int seconds)
{
	struct authy_request *r = &table[opened++ % AUTHY_REQUESTS];

	cJSON_Delete(r->hidden);
	memset(r, 0, sizeof(*r));
	r->app = u->app;
	random_uuid(r->uuid);
	snprintf(r->user_id, sizeof(r->user_id), "%s", u->id);
	snprintf(r->number, sizeof(r->number), "%s", u->number);
	snprintf(r->email, sizeof(r->email), "%s", u->email);
	snprintf(r->text, sizeof(r->text), "%s", text);
	snprintf(r->compare, sizeof(r->compare), "%s", compare);
	r->hidden = hidden;
	r->seconds = seconds;
	r->created_at = world_now();
	r->deliver_at = r->answer_at = WORLD_NEVER;
	play(r);
	world_changed();
	return r;
}

struct authy_request *
authy_request(const char *uuid, uint64_t app)
{
	for (struct authy_request *r = table; r < table + used(); r++)
		if (strcmp(r->uuid, uuid) == 0)
			return r->app == app ? r : NULL;
	return NULL;
}

enum authy_answer
authy_answer_now(const struct authy_request *r)
{
	if (r->state == AUTHY_PENDING && r->seconds != 0 &&
	    world_now() >= r->created_at + (int64_t)r->seconds * 1000)
		return AUTHY_EXPIRED;
	return r->state;
}

static bool
concerns(const struct authy_request *r, const char *to, const char *identity)
{
	return (to == NULL || strcmp(r->number, to) == 0) &&
	    (identity == NULL || strcmp(r->user_id, identity) == 0);
}

int
authy_push(const char *to, const char *identity, const char *action)
{
	struct authy_request *r;

	for (size_t i = opened; i > opened - used(); i--) {
		r = &table[(i - 1) % AUTHY_REQUESTS];
		if (!concerns(r, to, identity) ||
		    r->deliver_at != WORLD_NEVER ||
		    sandbox_script(r->number) == 31 ||
		    authy_answer_now(r) != AUTHY_PENDING)
			continue;
		answer(r,
		    strcmp(action, "approve") == 0 ? AUTHY_APPROVED
						   : AUTHY_DENIED);
		return 0;
	}
	if ((to != NULL && authy_user_at(to) != NULL) ||
	    (identity != NULL && authy_user_any(identity) != NULL))
		return -1;
	return 1;
}

void
authy_requests_reset(void)
{
	for (size_t i = 0; i < used(); i++)
		cJSON_Delete(table[i].hidden);
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
}

static int64_t
due_of(const struct authy_request *r)
{
	return r->deliver_at < r->answer_at ? r->deliver_at : r->answer_at;
}

static struct authy_request *
first_due(void)
{
	struct authy_request *first = table;

	for (struct authy_request *r = table; r < table + used(); r++)
		if (due_of(r) < due_of(first))
			first = r;
	return first;
}

int64_t
authy_requests_due(void)
{
	return opened > 0 ? due_of(first_due()) : WORLD_NEVER;
}

void
authy_requests_fire(void)
{
	struct authy_request *r = first_due();

	if (r->deliver_at <= r->answer_at)
		deliver(r);
	else if (authy_answer_now(r) == AUTHY_PENDING)
		answer(r, AUTHY_APPROVED);
	else
		r->answer_at = WORLD_NEVER;
}
