/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates in HTTP headers. */
#include "helper/net/httpdate.h"

#include <stddef.h>
#include <time.h>

int64_t
http_date_read(const char *value)
{
	struct tm tm = { 0 };
	const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	time_t then;

	if (end == NULL || *end != '\0')
		return 0;
	then = timegm(&tm);
	return then > 0 ? (int64_t)then : 0;
}
