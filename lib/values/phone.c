/* SPDX-License-Identifier: BSD-2-Clause */
/* Phone numbers. */
#include "lib/values/values.h"

#define DIGITS_MIN 7
#define DIGITS_MAX 15
#define SHOWN 4
#define HIDDEN_MIN 3

/* Two-digit country codes, by first and second digit (ITU-T E.164 annex, list
 * of assigned country codes). 1 and 7 have one digit, all others three. */
static const char *const two_digits[10] = {
	[2] = "07",
	[3] = "0123469",
	[4] = "013456789",
	[5] = "12345678",
	[6] = "0123456",
	[8] = "1246",
	[9] = "0123458",
};

bool
phone_is_valid(const char *number)
{
	size_t n;

	if (number[0] != '+' || number[1] < '1' || number[1] > '9')
		return false;
	n = strspn(number + 1, TEXT_DIGITS);
	return n >= DIGITS_MIN && n <= DIGITS_MAX && number[1 + n] == '\0';
}

bool
phone_prefix_is_valid(const char *text)
{
	return text[0] == '+' && text[1] != '0' && strlen(text) <= PHONE_MAX &&
	    text_has_only(text + 1, TEXT_DIGITS);
}

size_t
phone_country_len(const char *number)
{
	unsigned first = (unsigned)(number[1] - '0');

	if (first == 1 || first == 7)
		return 1;
	if (first > 9 || two_digits[first] == NULL)
		return 3;
	return strchr(two_digits[first], number[2]) != NULL ? 2 : 3;
}

void
phone_mask(const char *number, char out[PHONE_MASK])
{
	size_t country, national, shown;
	char last[SHOWN + 1] = "****";

	out[0] = '\0';
	if (!phone_is_valid(number))
		return;
	country = phone_country_len(number);
	national = strlen(number) - 1 - country;
	/* Short numbers (Niue: four digits after 683) would be shown in full,
	 * so at least three digits stay hidden. */
	shown = national - HIDDEN_MIN < SHOWN ? national - HIDDEN_MIN : SHOWN;
	memcpy(last + SHOWN - shown, number + strlen(number) - shown, shown);
	snprintf(out, PHONE_MASK, "%.*s ***-***-%s", (int)(country + 1), number,
	    last);
}
