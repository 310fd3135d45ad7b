/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts that sandbox numbers play at Twilio. */
#include "tests/simulator/twilio/twilio_script.h"

#include <stddef.h>
#include <string.h>

#include "tests/simulator/core/sandbox.h"

static const struct {
	int script, code;
} refusals[] = {
	{ 1, 20429 },
	{ 2, 60223 },
	{ 4, 20003 },
	{ 5, 20500 },
	{ 6, 21211 },
	{ 7, 60410 },
	{ 9, 20005 },
	{ 29, 21608 },
};

int
twilio_script_identity(const char *identity)
{
	const size_t n = strlen(identity);
	size_t digits = 0;

	while (digits < n && strchr("0123456789", identity[n - digits - 1]))
		digits++;
	return digits > 0 && digits <= 15
	    ? sandbox_script(identity + n - digits)
	    : 0;
}

int
twilio_script_refusal(int script)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].script == script)
			return refusals[i].code;
	return 0;
}
