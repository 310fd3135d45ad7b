/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnyx's messages on their way: queued, sent, delivered or not. */
#include "tests/simulator/telnyx/telnyx_sms_state.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/telnyx/telnyx.h"

enum {
	TELNYX_MESSAGES = 2048, /* the oldest is forgotten for a new one */
	TELNYX_SENDERS = 32,
	TELNYX_RECEIPT_MS = 2000, /* until the network confirms delivery */
	TELNYX_GIVE_UP_MS = 60 * 1000,
	TELNYX_LATE_MS = 45 * 1000, /* sandbox script 32 */
};

#define TELNYX_KEPT_MS (10 * 86400 * INT64_C(1000))

struct sender {
	uint64_t account;
	char from[20];
	int64_t free_at;
};

static struct telnyx_message table[TELNYX_MESSAGES];
static size_t taken; /* since the last reset */
static struct sender senders[TELNYX_SENDERS];
static size_t sender_slot;
static int queueing;

static size_t
used(void)
{
	return taken < TELNYX_MESSAGES ? taken : TELNYX_MESSAGES;
}

/*
 * The milliseconds between two messages of a sender: long codes to places
 * outside of North America 0.1 a second, toll-free 20, short codes 1,000, an
 * account 50, which is the limit of all that remain.
 */
static int
interval(const char *from, const char *to)
{
	static const char *const toll_free[] = { "+1800", "+1833", "+1844",
		"+1855", "+1866", "+1877", "+1888", NULL };

	if (from[0] != '+')
		return isdigit((unsigned char)from[0]) ? 1 : 20;
	for (const char *const *p = toll_free; *p != NULL; p++)
		if (strncmp(from, *p, 5) == 0)
			return 50;
	return to[1] == '1' ? 20 : 10000;
}

static struct sender *
sender_of(const struct telnyx_send *send)
{
	struct sender *s;

	for (s = senders; s < senders + TELNYX_SENDERS; s++)
		if (s->account == send->account &&
		    strcmp(s->from, send->from) == 0)
			return s;
	s = &senders[sender_slot++ % TELNYX_SENDERS];
	memset(s, 0, sizeof(*s));
	s->account = send->account;
	snprintf(s->from, sizeof(s->from), "%s", send->from);
	return s;
}

/* When the sender's queue lets this message out. */
static int64_t
queue(const struct telnyx_send *send)
{
	struct sender *s = sender_of(send);
	const int64_t now = world_now();
	const int64_t at = queueing && s->free_at > now ? s->free_at : now;

	s->free_at =
	    at + (int64_t)send->parts.parts * interval(send->from, send->to);
	return at;
}

static void
deliver(struct telnyx_message *t)
{
	struct inbox_message m = {
		.channel = INBOX_SMS,
		.provider = "telnyx-sms",
		.at = world_now(),
	};

	t->phone_at = WORLD_NEVER;
	snprintf(m.to, sizeof(m.to), "%s", t->send.to);
	snprintf(m.text, sizeof(m.text), "%.1023s", t->send.text);
	inbox_find_code(t->send.text, m.code, sizeof(m.code));
	snprintf(m.request_id, sizeof(m.request_id), "%s", t->id);
	inbox_deliver(&m);
}

const struct telnyx_message *
telnyx_send(const struct telnyx_send *send)
{
	struct telnyx_message *t = &table[taken++ % TELNYX_MESSAGES];
	const int script = sandbox_script(send->to);

	memset(t, 0, sizeof(*t));
	t->send = *send;
	random_uuid(t->id);
	t->received_at = world_now();
	t->sent_at = queue(send);
	t->phone_at = t->sent_at;
	t->done_at = t->sent_at + TELNYX_RECEIPT_MS;
	if (script == 32) {
		t->phone_at += TELNYX_LATE_MS;
		t->done_at += TELNYX_LATE_MS;
	} else if (script == 15 || script == 31) {
		t->phone_at = WORLD_NEVER;
	}
	if (script == 31)
		t->done_at = t->sent_at + TELNYX_GIVE_UP_MS;
	if (t->phone_at <= t->received_at)
		deliver(t);
	world_changed();
	return t;
}

const struct telnyx_message *
telnyx_message(const char *id, uint64_t account)
{
	for (struct telnyx_message *t = table; t < table + used(); t++)
		if (strcmp(t->id, id) == 0 && t->send.account == account &&
		    world_now() - t->received_at <= TELNYX_KEPT_MS)
			return t;
	return NULL;
}

enum telnyx_delivery
telnyx_delivery(const struct telnyx_message *t)
{
	const int64_t now = world_now();

	if (now < t->sent_at || now == t->received_at)
		return TELNYX_QUEUED;
	if (now < t->done_at)
		return TELNYX_SENT;
	switch (sandbox_script(t->send.to)) {
	case 15:
		return TELNYX_FAILED;
	case 31:
		return TELNYX_UNCONFIRMED;
	default:
		return TELNYX_DELIVERED;
	}
}

void
telnyx_sms_queue(int on)
{
	queueing = on;
}

void
telnyx_sms_reset(void)
{
	explicit_bzero(table, used() * sizeof(table[0]));
	taken = 0;
	memset(senders, 0, sizeof(senders));
	sender_slot = 0;
	queueing = 1;
}

static struct telnyx_message *
first_due(void)
{
	struct telnyx_message *first = table;

	for (struct telnyx_message *t = table; t < table + used(); t++)
		if (t->phone_at < first->phone_at)
			first = t;
	return first;
}

int64_t
telnyx_sms_due(void)
{
	return taken > 0 ? first_due()->phone_at : WORLD_NEVER;
}

void
telnyx_sms_fire(void)
{
	deliver(first_due());
}
