/* SPDX-License-Identifier: BSD-2-Clause */
/* How many requests an account may make in a second: a sliding window. */
#include "tests/simulator/faults/throttle.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/world.h"

enum { THROTTLE_ACCOUNTS = 64 };

struct window {
	char account[128];
	int64_t at[THROTTLE_RATE_MAX]; /* of the newest requests, a ring */
	size_t count;
};

static struct window windows[THROTTLE_ACCOUNTS];
static size_t next_slot;

static struct window *
window_of(const char *account)
{
	struct window *w;

	for (w = windows; w < windows + THROTTLE_ACCOUNTS; w++)
		if (strcmp(w->account, account) == 0)
			return w;
	w = &windows[next_slot++ % THROTTLE_ACCOUNTS];
	memset(w, 0, sizeof(*w));
	snprintf(w->account, sizeof(w->account), "%s", account);
	return w;
}

bool
throttle_hit(const char *account, unsigned int rate)
{
	struct window *w = window_of(account);
	const int64_t now = world_now();

	if (rate == 0)
		return false;
	if (w->count >= rate &&
	    now - w->at[(w->count - rate) % THROTTLE_RATE_MAX] < 1000)
		return true;
	w->at[w->count++ % THROTTLE_RATE_MAX] = now;
	return false;
}

void
throttle_reset(void)
{
	memset(windows, 0, sizeof(windows));
	next_slot = 0;
}
