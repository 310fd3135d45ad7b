/* SPDX-License-Identifier: BSD-2-Clause */
/* Authy's users and their tokens. */
#include "tests/simulator/authy/authy_users.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"

enum {
	AUTHY_USERS = 512,
	AUTHY_TOKEN_MS = 600 * 1000,
	AUTHY_SUSPEND_MS = 600 * 1000,
	AUTHY_LATE_MS = 45 * 1000, /* sandbox script 32 */
};

static struct authy_user table[AUTHY_USERS];
static size_t count; /* removed ones keep their place */
static struct {
	int app, lenient;
	int wrong_limit; /* 0: none */
	int token_length;
} settings;

struct authy_user *
authy_register(
    uint64_t app, const char *number, const char *country, const char *email)
{
	struct authy_user *u;

	for (u = table; u < table + count; u++)
		if (u->app == app && strcmp(u->number, number) == 0)
			return u;
	if (count == AUTHY_USERS)
		return NULL;
	u = &table[count++];
	u->app = app;
	u->id[0] = '1';
	random_digits(u->id + 1, 8);
	snprintf(u->number, sizeof(u->number), "%s", number);
	snprintf(u->country, sizeof(u->country), "%s", country);
	snprintf(u->email, sizeof(u->email), "%.127s", email);
	u->deliver_at = WORLD_NEVER;
	return u;
}

struct authy_user *
authy_user_any(const char *id)
{
	for (struct authy_user *u = table; u < table + count; u++)
		if (u->id[0] != '\0' && strcmp(u->id, id) == 0)
			return u;
	return NULL;
}

struct authy_user *
authy_user(const char *id, uint64_t app)
{
	struct authy_user *u = authy_user_any(id);

	return u != NULL && u->app == app ? u : NULL;
}

struct authy_user *
authy_user_at(const char *number)
{
	for (struct authy_user *u = table; u < table + count; u++)
		if (u->id[0] != '\0' && strcmp(u->number, number) == 0)
			return u;
	return NULL;
}

void
authy_remove(struct authy_user *u)
{
	memset(u, 0, sizeof(*u));
	u->deliver_at = WORLD_NEVER;
}

static void
deliver(struct authy_user *u)
{
	struct inbox_message m = {
		.channel = u->deliver_by,
		.provider = "authy",
		.at = world_now(),
	};
	char spelt[3 * sizeof(u->token)] = "";
	size_t n = 0;

	for (const char *p = u->token; *p != '\0'; p++)
		n += (size_t)snprintf(spelt + n, sizeof(spelt) - n, "%s%c",
		    n == 0 ? "" : ", ", *p);
	u->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", u->number);
	snprintf(m.code, sizeof(m.code), "%s", u->token);
	snprintf(m.request_id, sizeof(m.request_id), "%s", u->id);
	snprintf(m.text, sizeof(m.text), "Your Authy token is %s.",
	    u->deliver_by == INBOX_VOICE ? spelt : u->token);
	inbox_deliver(&m);
}

static bool
is_alive(const struct authy_user *u)
{
	return u->token[0] != '\0' &&
	    world_now() < u->token_at + AUTHY_TOKEN_MS;
}

void
authy_send(struct authy_user *u, enum inbox_channel channel)
{
	const int script = sandbox_script(u->number);

	if (!is_alive(u)) {
		random_digits(u->token, (size_t)settings.token_length);
		u->token_at = world_now();
	}
	u->deliver_by = channel;
	if (script == 32)
		u->deliver_at = world_now() + AUTHY_LATE_MS;
	else if (script != 31)
		deliver(u);
	world_changed();
}

bool
authy_is_suspended(const struct authy_user *u)
{
	return world_now() < u->suspended_until;
}

static enum authy_try
accept(struct authy_user *u, const char *token)
{
	snprintf(u->used, sizeof(u->used), "%.10s", token);
	u->token[0] = '\0';
	u->wrong = 0;
	u->confirmed = true;
	return AUTHY_RIGHT;
}

static enum authy_try
suspend(struct authy_user *u)
{
	u->wrong = 0;
	u->token[0] = '\0';
	u->suspended_until = world_now() + AUTHY_SUSPEND_MS;
	return AUTHY_SUSPENDED;
}

enum authy_try
authy_try(struct authy_user *u, const char *token, bool lenient)
{
	const int script = sandbox_script(u->number);

	if (authy_is_suspended(u))
		return AUTHY_SUSPENDED;
	if (script == 17)
		return suspend(u);
	if (script != 16 && is_alive(u) && strcmp(token, u->token) == 0)
		return accept(u, token);
	if (lenient && !u->confirmed && script != 16)
		return AUTHY_RIGHT;
	if (u->used[0] != '\0' && strcmp(token, u->used) == 0)
		return AUTHY_USED;
	if (++u->wrong == settings.wrong_limit)
		suspend(u); /* the next request is told */
	return AUTHY_WRONG;
}

bool
authy_has_app(void)
{
	return settings.app != 0;
}

bool
authy_is_lenient(void)
{
	return settings.lenient != 0;
}

int
authy_users_set(const char *name, int value)
{
	static const struct {
		const char *name;
		int min, max;
		int *value;
	} known[] = {
		{ "authy_app", 0, 1, &settings.app },
		{ "authy_lenient", 0, 1, &settings.lenient },
		{ "authy_wrong_limit", 0, 10, &settings.wrong_limit },
		{ "authy_token_length", 6, 8, &settings.token_length },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		if (value < known[i].min || value > known[i].max)
			return -1;
		*known[i].value = value;
		return 0;
	}
	return 1;
}

void
authy_users_reset(void)
{
	explicit_bzero(table, count * sizeof(table[0]));
	count = 0;
	settings.app = 1;
	settings.lenient = 0;
	settings.wrong_limit = 5;
	settings.token_length = 7;
}

static struct authy_user *
first_due(void)
{
	struct authy_user *first = table;

	for (struct authy_user *u = table; u < table + count; u++)
		if (u->deliver_at < first->deliver_at)
			first = u;
	return first;
}

int64_t
authy_users_due(void)
{
	return count > 0 ? first_due()->deliver_at : WORLD_NEVER;
}

void
authy_users_fire(void)
{
	deliver(first_due());
}
