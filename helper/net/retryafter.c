/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a provider asks us to wait. */
#include "helper/net/retryafter.h"

#include <stdlib.h>
#include <string.h>

#include "helper/net/httpdate.h"

#define MIN_S 1
#define MAX_S 30

static long
clamp(long seconds)
{
	if (seconds < MIN_S)
		return MIN_S;
	return seconds > MAX_S ? MAX_S : seconds;
}

long
retryafter_read(const char *value, time_t now)
{
	int64_t date;

	/* strtol stops at LONG_MAX, which is long enough. */
	if (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0')
		return clamp(strtol(value, NULL, 10));
	date = http_date_read(value);
	if (date == 0)
		return RETRYAFTER_DEFAULT;
	return clamp((long)(date - now));
}
