/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnyx Verify's verifications: their codes, tries and ends. */
#include "tests/simulator/telnyx/telnyx_verify_state.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"

enum {
	TELNYX_TABLE = 4096, /* the oldest is forgotten for a new one */
	TELNYX_TIMEOUT = 300,
	TELNYX_LATE_MS = 45 * 1000, /* sandbox script 32 */
};

static struct telnyx_verification table[TELNYX_TABLE];
static size_t opened; /* since the last reset */
static struct {
	int code_length;
	int wrong_limit; /* 0: none */
} settings;

static size_t
used(void)
{
	return opened < TELNYX_TABLE ? opened : TELNYX_TABLE;
}

/* A call spells the code. */
static void
message_text(const struct telnyx_verification *v, char *out, size_t size)
{
	char spelt[3 * sizeof(v->code)] = "";
	size_t n = 0;

	for (const char *p = v->code; *p != '\0'; p++)
		n += (size_t)snprintf(spelt + n, sizeof(spelt) - n, "%s%c",
		    n == 0 ? "" : ", ", *p);
	switch (v->start.channel) {
	case TELNYX_SMS:
		snprintf(out, size, "Your Telnyx verification code is: %s.",
		    v->code);
		break;
	case TELNYX_CALL:
		snprintf(
		    out, size, "Your Telnyx verification code is: %s.", spelt);
		break;
	case TELNYX_WHATSAPP:
		snprintf(out, size, "%s is your verification code.", v->code);
		break;
	}
}

static void
deliver(struct telnyx_verification *v)
{
	static const enum inbox_channel channels[] = {
		[TELNYX_SMS] = INBOX_SMS,
		[TELNYX_CALL] = INBOX_VOICE,
		[TELNYX_WHATSAPP] = INBOX_WHATSAPP,
	};
	struct inbox_message m = {
		.channel = channels[v->start.channel],
		.provider = "telnyx-verify",
		.at = world_now(),
	};

	v->deliver_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", v->start.number);
	snprintf(m.code, sizeof(m.code), "%s", v->code);
	snprintf(m.request_id, sizeof(m.request_id), "%s", v->id);
	message_text(v, m.text, sizeof(m.text));
	inbox_deliver(&m);
}

struct telnyx_verification *
telnyx_open(const struct telnyx_start *start)
{
	struct telnyx_verification *v = &table[opened++ % TELNYX_TABLE];
	const int script = sandbox_script(start->number);
	const int timeout =
	    start->timeout != 0 ? start->timeout : TELNYX_TIMEOUT;

	memset(v, 0, sizeof(*v));
	v->start = *start;
	v->start.timeout = timeout;
	random_uuid(v->id);
	if (start->custom[0] != '\0')
		snprintf(v->code, sizeof(v->code), "%s", start->custom);
	else
		random_digits(v->code, (size_t)settings.code_length);
	v->created_at = v->updated_at = world_now();
	v->ends_at = v->created_at + (int64_t)timeout * 1000;
	v->deliver_at = WORLD_NEVER;
	if (script == 32)
		v->deliver_at = v->created_at + TELNYX_LATE_MS;
	else if (script != 31)
		deliver(v);
	world_changed();
	return v;
}

struct telnyx_verification *
telnyx_find(const char *id, uint64_t account)
{
	for (struct telnyx_verification *v = table; v < table + used(); v++)
		if (strcmp(v->id, id) == 0)
			return v->start.account == account ? v : NULL;
	return NULL;
}

struct telnyx_verification *
telnyx_newest(
    const char *number, const char *profile, uint64_t account, size_t n)
{
	struct telnyx_verification *v;

	for (size_t i = opened; i > opened - used(); i--) {
		v = &table[(i - 1) % TELNYX_TABLE];
		if (v->start.account == account &&
		    strcmp(v->start.number, number) == 0 &&
		    (profile == NULL ||
			strcmp(v->start.profile, profile) == 0) &&
		    n-- == 0)
			return v;
	}
	return NULL;
}

enum telnyx_status
telnyx_status_now(const struct telnyx_verification *v)
{
	if (v->state == TELNYX_PENDING && world_now() >= v->ends_at)
		return TELNYX_EXPIRED;
	return v->state;
}

void
telnyx_end(struct telnyx_verification *v, enum telnyx_status status)
{
	v->state = status;
	v->updated_at = world_now();
}

bool
telnyx_try(struct telnyx_verification *v, const char *code)
{
	const int script = sandbox_script(v->start.number);
	const bool any = script == 51 || script == 52 || script == 53;
	const bool none = script == 16 || script == 17;

	if (telnyx_status_now(v) != TELNYX_PENDING)
		return false;
	if (any || (!none && strcmp(code, v->code) == 0)) {
		telnyx_end(v, TELNYX_ACCEPTED);
		return true;
	}
	v->wrong++;
	if (v->wrong == settings.wrong_limit || script == 17)
		telnyx_end(v, TELNYX_INVALID);
	return false;
}

int
telnyx_verify_set(const char *name, int value)
{
	if (strcmp(name, "telnyx_code_length") == 0) {
		if (value < 4 || value > TELNYX_CODE_MAX)
			return -1;
		settings.code_length = value;
		return 0;
	}
	if (strcmp(name, "telnyx_wrong_limit") != 0)
		return 1;
	if (value < 0 || value > 10)
		return -1;
	settings.wrong_limit = value;
	return 0;
}

int
telnyx_code_length(void)
{
	return settings.code_length;
}

void
telnyx_verify_reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	opened = 0;
	settings.code_length = 5;
	settings.wrong_limit = 0;
}

static struct telnyx_verification *
first_due(void)
{
	struct telnyx_verification *first = table;

	for (struct telnyx_verification *v = table; v < table + used(); v++)
		if (v->deliver_at < first->deliver_at)
			first = v;
	return first;
}

int64_t
telnyx_verify_due(void)
{
	return opened > 0 ? first_due()->deliver_at : WORLD_NEVER;
}

void
telnyx_verify_fire(void)
{
	deliver(first_due());
}
