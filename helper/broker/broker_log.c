/* SPDX-License-Identifier: BSD-2-Clause */
/* A broker's name in the log, and the lines of a provider broker, which the
 * listener writes. Such a broker parses what a provider sends: one that was
 * taken over must not be able to write lines that seem another process's. */
#include "helper/broker/broker_inside.h"

/* All providers together stay below the number of lines of a unit above which
 * journald suppresses those of its other processes, too: 10000 in 30 s. */
#define LINES_MAX 40
#define LINES_MS INT64_C(1000)

const char *
broker_log_name(const struct broker_slot *k)
{
	static char name[64];

	if (k->which == 0)
		return "state broker";
	snprintf(name, sizeof(name), "broker of provider %zu of the settings",
	    k->which);
	return name;
}

const char *
broker_log_denied(const struct broker_slot *k)
{
	return k->which == 0 ? "" : " without another method";
}

/* Makes a line no event or login for what reads the log, such as twofactl
 * report, also where that does not look at the line's beginning. */
static void
spoil_keys(char *line)
{
	static const char *const key[] = { "event=", "outcome=" };

	for (size_t i = 0; i < COUNT_OF(key); i++)
		for (char *c = line; (c = strstr(c, key[i])) != NULL;)
			c[strlen(key[i]) - 1] = '?';
}

void
broker_log_write(struct broker_slot *k, char *line, int64_t now)
{
	const int level = line[0] - BROKER_LINE;

	broker_log_tick(k, now);
	if (k->lines >= LINES_MAX) {
		k->lines_lost++;
		return;
	}
	k->lines++;
	spoil_keys(++line);
	log_relayed(level, "broker of provider %zu: %s", k->which, line);
}

void
broker_log_tick(struct broker_slot *k, int64_t now)
{
	if (now - k->lines_since < LINES_MS)
		return;
	if (k->lines_lost > 0)
		log_notice("broker of provider %zu: %u lines of one second "
			   "are left out",
		    k->which, k->lines_lost);
	k->lines_since = now;
	k->lines = k->lines_lost = 0;
}

int64_t
broker_log_next_tick(const struct broker_slot *k)
{
	return k->lines_lost > 0 ? k->lines_since + LINES_MS : INT64_MAX;
}
