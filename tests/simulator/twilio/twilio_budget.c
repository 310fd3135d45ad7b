/* SPDX-License-Identifier: BSD-2-Clause */
/* How often something may happen within sliding windows of virtual time. */
#include "tests/simulator/twilio/twilio_budget.h"

#include "tests/simulator/core/world.h"

bool
twilio_budget_use(struct twilio_budget *b, const struct twilio_limit *limits)
{
	const int64_t now = world_now();
	int64_t then;

	for (const struct twilio_limit *l = limits; l->times != 0; l++) {
		if (b->count < l->times)
			continue;
		then = b->at[(b->count - l->times) % TWILIO_BUDGET_MAX];
		if (now - then < (int64_t)l->seconds * 1000)
			return false;
	}
	b->at[b->count++ % TWILIO_BUDGET_MAX] = now;
	return true;
}
