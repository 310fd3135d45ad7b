/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal amounts of money, in millionths. */
#include "lib/values/values.h"

#include <inttypes.h>

#define UNIT INT64_C(1000000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits after the point: the first six count, a remainder rounds up. */
static const char *
parse_fraction(const char *p, int64_t *value)
{
	int64_t weight = UNIT / 10;
	bool rest = false;

	for (; is_digit(*p); p++) {
		*value += (*p - '0') * weight;
		rest = rest || (weight == 0 && *p != '0');
		weight /= 10;
	}
	if (rest)
		(*value)++;
	return p;
}

int
money_parse(const char *text, int64_t *millionths)
{
	const char *p = text;
	const int64_t whole = decimal_take(&p, PRICE_MAX / UNIT);
	int64_t value = whole * UNIT;

	if (whole < 0)
		return -1;
	if (*p == '.' && is_digit(p[1]))
		p = parse_fraction(p + 1, &value);
	if (*p != '\0' || value > PRICE_MAX)
		return -1;
	*millionths = value;
	return 0;
}

void
money_text(int64_t millionths, char out[PRICE_TEXT_MAX])
{
	size_t len;

	snprintf(out, PRICE_TEXT_MAX, "%" PRId64 ".%06" PRId64,
	    millionths / UNIT, millionths % UNIT);
	len = strlen(out);
	while (out[len - 1] == '0' && out[len - 3] != '.')
		out[--len] = '\0';
}
