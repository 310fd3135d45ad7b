/* SPDX-License-Identifier: BSD-2-Clause */
/* How often something may happen within sliding windows of virtual time. */
#ifndef SIM_TWILIO_BUDGET_H
#define SIM_TWILIO_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TWILIO_BUDGET_MAX = 250 };

struct twilio_limit {
	size_t times; /* at most TWILIO_BUDGET_MAX; 0 ends a list */
	int seconds;
};

struct twilio_budget {
	int64_t at[TWILIO_BUDGET_MAX]; /* of the newest uses, a ring */
	size_t count;
};

/* Counts a use and says true, or false when one of the limits is reached. */
bool twilio_budget_use(struct twilio_budget *, const struct twilio_limit *);

#endif
