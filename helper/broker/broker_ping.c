/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener asks a broker whether it lives, and kills a silent one. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <signal.h>

#define PING_MS INT64_C(5000)    /* interval of pings */
#define SILENT_MS INT64_C(20000) /* a silent broker is killed */
#define PROMPT_MS INT64_C(3500)  /* or one that replies at once */

static int64_t
ping_ms(const struct broker_slot *k)
{
	return k->prompt ? PING_MS / 5 : PING_MS; /* logins hear within 5 s */
}

static int64_t
silent_ms(const struct broker_slot *k)
{
	return k->prompt ? PROMPT_MS : SILENT_MS;
}

void
broker_ping_ask(struct broker_slot *k, int64_t now)
{
	const struct broker_control_message ping = { .kind = BROKER_PING };

	/* this process was stopped as well, or had no worker */
	if (k->unanswered_at != 0 && k->pinged_at != 0 &&
	    now - k->pinged_at > 2 * ping_ms(k))
		k->unanswered_at = now;
	if (k->unanswered_at != 0 && now - k->unanswered_at >= silent_ms(k)) {
		log_problem("the %s (process %d) has not replied for %d s and "
			    "is killed; its logins%s are denied; see what "
			    "stopped it, and whether the disk is slow",
		    broker_log_name(k), (int)k->now.pid,
		    (int)(silent_ms(k) / 1000), broker_log_denied(k));
		(void)kill(k->now.pid, SIGKILL);
		k->unanswered_at = now;
	}
	if (now - k->pinged_at < ping_ms(k))
		return;
	k->pinged_at = now;
	if (k->unanswered_at == 0)
		k->unanswered_at = now;
	(void)broker_control_send(k->now.control, &ping, NULL);
}

int64_t
broker_ping_next(const struct broker_slot *k)
{
	const int64_t next = k->pinged_at + ping_ms(k);

	return k->unanswered_at == 0
	    ? next
	    : broker_earlier_time(next, k->unanswered_at + silent_ms(k));
}
