/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test may change of the simulated Twilio. */
#include "tests/simulator/twilio/twilio_settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tests/simulator/faults/throttle.h"
#include "tests/simulator/twilio/twilio_errors.h"

struct twilio_settings twilio_settings;

/* ERROR: zero, or a code that the vendor documents. */
enum kind {
	RANGE = 0,
	ERROR,
};

#define SETTING(member) "twilio_" #member, &twilio_settings.member

static const struct {
	const char *name;
	int *value;
	int fallback, min, max;
	enum kind kind;
} table[] = {
	{ SETTING(rate), 0, 0, THROTTLE_RATE_MAX, RANGE },
	{ SETTING(strict_services), 0, 0, 1, RANGE },
	{ SETTING(channels), 15, 0, 15, RANGE },
	{ SETTING(code_life_s), 600, 120, 86400, RANGE },
	{ SETTING(send_limit), 5, 1, 10, RANGE },
	{ SETTING(wrong_limit), 5, 1, 10, RANGE },
	{ SETTING(lock_stays), 0, 0, 1, RANGE },
	{ SETTING(check_201), 0, 0, 1, RANGE },
	{ SETTING(start_error), 0, 0, 0, ERROR },
	{ SETTING(check_error), 0, 0, 0, ERROR },
	{ SETTING(start_status), 0, 0, 5, RANGE },
	{ SETTING(check_status), 0, 0, 5, RANGE },
	{ SETTING(challenge_error), 0, 0, 0, ERROR },
	{ SETTING(poll_error), 0, 0, 0, ERROR },
	{ SETTING(totp_403), 0, 0, 1, RANGE },
	{ SETTING(totp_once), 0, 0, 1, RANGE },
	{ SETTING(unverified_h), 24, 1, 24, RANGE },
	{ SETTING(push_decides), 0, 0, 2, RANGE },
	{ SETTING(push_delay_s), 1, 0, 3600, RANGE },
	{ SETTING(package_error), 0, 0, 0, ERROR },
};

static bool
allowed(size_t i, int value)
{
	if (table[i].kind == ERROR)
		return value == 0 || twilio_error_known(value);
	return value >= table[i].min && value <= table[i].max;
}

int
twilio_set(const char *name, int value)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (!allowed(i, value))
			return -1;
		*table[i].value = value;
		return 0;
	}
	return 1;
}

void
twilio_settings_reset(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		*table[i].value = table[i].fallback;
}
