/* SPDX-License-Identifier: BSD-2-Clause */
/* What the phones have received, the newest ten thousand messages. */
#include "tests/simulator/core/inbox.h"

#include <stdbool.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/screen.h"
#include "tests/simulator/core/world.h"

enum { INBOX_MAX = 10000 };

static struct inbox_message ring[INBOX_MAX];
static size_t delivered; /* since the last reset, also those forgotten */

void
inbox_deliver(const struct inbox_message *m)
{
	ring[delivered++ % INBOX_MAX] = *m;
	screen_show(m);
	world_changed();
}

static size_t
oldest(void)
{
	return delivered > INBOX_MAX ? delivered - INBOX_MAX : 0;
}

/* A number may be asked for with or without its plus. */
static bool
addressed(const struct inbox_message *m, const char *to)
{
	if (to == NULL)
		return true;
	return strcmp(m->to + (m->to[0] == '+' ? 1 : 0),
		   to + (to[0] == '+' ? 1 : 0)) == 0;
}

size_t
inbox_count(const char *to)
{
	size_t n = 0;

	if (to == NULL)
		return delivered;
	for (size_t i = oldest(); i < delivered; i++)
		n += addressed(&ring[i % INBOX_MAX], to);
	return n;
}

static cJSON *
message_json(const struct inbox_message *m)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "to", m->to);
	cJSON_AddStringToObject(o, "channel", inbox_channel_name(m->channel));
	cJSON_AddStringToObject(o, "text", m->text);
	cJSON_AddStringToObject(o, "code", m->code);
	cJSON_AddNumberToObject(o, "at", (double)m->at / 1000.0);
	cJSON_AddStringToObject(o, "provider", m->provider);
	cJSON_AddStringToObject(o, "request_id", m->request_id);
	return o;
}

struct cJSON *
inbox_list(const char *to)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = oldest(); i < delivered; i++)
		if (addressed(&ring[i % INBOX_MAX], to))
			cJSON_AddItemToArray(
			    list, message_json(&ring[i % INBOX_MAX]));
	return list;
}

void
inbox_reset(void)
{
	/* What nobody used is still clean. */
	explicit_bzero(ring,
	    (delivered < INBOX_MAX ? delivered : INBOX_MAX) * sizeof(ring[0]));
	delivered = 0;
	world_changed();
}
