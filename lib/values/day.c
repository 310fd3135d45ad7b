/* SPDX-License-Identifier: BSD-2-Clause */
/* Times and days of UTC as text. */
#include "lib/values/values.h"

#include <time.h>

#define DAY_S 86400

void
day_time_text(int64_t wall, char out[DAY_TIME_MAX])
{
	const time_t t = (time_t)wall;
	struct tm tm;

	if (wall == 0)
		snprintf(out, DAY_TIME_MAX, "-");
	else if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, DAY_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, DAY_TIME_MAX, "%lld", (long long)wall);
}

void
day_text(unsigned day, char out[DAY_TEXT_MAX])
{
	const time_t at = (time_t)day * DAY_S;
	struct tm tm;

	out[0] = '\0';
	if (day != 0 && gmtime_r(&at, &tm) != NULL)
		(void)strftime(out, DAY_TEXT_MAX, "%Y-%m-%d", &tm);
}

/* timegm() makes February 30th a day of March, so the text is compared. */
unsigned
day_read(const char *text)
{
	struct tm tm = { .tm_mday = 0 };
	char again[DAY_TEXT_MAX];
	unsigned day;

	if (strptime(text, "%Y-%m-%d", &tm) == NULL || tm.tm_year < 71)
		return 0;
	day = (unsigned)(timegm(&tm) / DAY_S);
	day_text(day, again);
	return strcmp(again, text) == 0 && strcmp(text, DAY_LAST) <= 0 ? day
								       : 0;
}

int
day_days_left(unsigned last, unsigned today)
{
	return today != 0 ? (int)last - (int)today : -1;
}

bool
day_is_past(unsigned last, unsigned today)
{
	return last != 0 && day_days_left(last, today) < 0;
}

void
day_end_text(unsigned last, unsigned today, char out[DAY_END_MAX])
{
	char day[DAY_TEXT_MAX];

	day_text(last, day);
	if (last == 0)
		snprintf(out, DAY_END_MAX, "without an end");
	else if (today == 0)
		snprintf(out, DAY_END_MAX,
		    "over, since this host's clock is set before " TWOFA_DATE
		    ", the release of this version; see: timedatectl");
	else
		snprintf(out, DAY_END_MAX, "%s the end of %s, UTC",
		    day_is_past(last, today) ? "over since" : "good until",
		    day);
}
