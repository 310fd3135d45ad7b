/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/report/time_span.h"

#include <stdio.h>

void
time_span_text(int64_t seconds, char out[TIME_SPAN_MAX])
{
	long long minutes = (long long)((seconds + 59) / 60);

	if (seconds < 60)
		snprintf(out, TIME_SPAN_MAX, "%lld s", (long long)seconds);
	else if (minutes < 60)
		snprintf(out, TIME_SPAN_MAX, "%lld min", minutes);
	else if (minutes % 60 == 0)
		snprintf(out, TIME_SPAN_MAX, "%lld h", minutes / 60);
	else
		snprintf(out, TIME_SPAN_MAX, "%lld h %lld min", minutes / 60,
		    minutes % 60);
}
