/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a calling code, a newline, a phone number as somebody may have
 * typed it; the same text as a number of a record, and as an address.
 */
#include "lib/values/values.h"
#include "tests/fuzz/fuzz.h"

#define DIGITS "0123456789"

static bool
e164(const char *number)
{
	size_t n = strlen(number);

	return n >= 8 && n <= PHONE_MAX && number[0] == '+' &&
	    number[1] != '0' && strspn(number + 1, DIGITS) == n - 1;
}

static size_t
digits(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += strchr(DIGITS, *text) != NULL;
	return n;
}

/* The mask shows the calling code, and of the rest at most four digits. */
static void
mask(const char *number)
{
	char out[PHONE_MASK];
	size_t country;

	phone_mask(number, out);
	must(strlen(out) < sizeof(out), "a mask with an end");
	must(phone_is_valid(number) == e164(number), "a number is E.164");
	if (!phone_is_valid(number)) {
		must(out[0] == '\0', "no mask of what is no number");
		return;
	}
	country = phone_country_len(number);
	must(country >= 1 && country <= 3 &&
		strncmp(out, number, country + 1) == 0 &&
		digits(out) <= country + 4 &&
		digits(out) + 3 <= strlen(number) - 1,
	    "a mask hides three digits and more");
}

static void
address(const char *text)
{
	char out[EMAIL_MASK];

	email_mask(text, out);
	must(strlen(out) < sizeof(out), "a masked address with an end");
	if (!email_is_valid(text))
		return;
	must(strchr(text, '@') == strrchr(text, '@') &&
		(out[0] == text[0] || out[0] == '*') &&
		strchr(out, '@') != NULL,
	    "an address has one @");
	for (const char *p = text; *p != '\0'; p++)
		must(*p > 0x20 && *p < 0x7f, "an address is printable");
}

static void
typed(const char *text, const char *country)
{
	char out[PHONE_MAX + 1], again[PHONE_MAX + 1];

	if (country != NULL && typed_number_country_check(country) != 0)
		return;
	if (typed_number_read(text, country, out) != NULL) {
		must(out[0] == '\0', "no number beside a complaint");
		return;
	}
	must(e164(out), "what is read is E.164");
	must(typed_number_read(out, country, again) == NULL &&
		strcmp(out, again) == 0,
	    "what was read once is read the same");
	if (country == NULL)
		must(strchr(text, '+') != NULL || strstr(text, "0") != NULL,
		    "a calling code was typed");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *end = memchr(data, '\n', size);
	size_t first = end != NULL ? (size_t)(end - data) : 0;
	size_t rest = end != NULL ? size - first - 1 : size;
	char *country = fuzz_text(data, first);
	char *text = fuzz_text(data + size - rest, rest);

	mask(text);
	address(text);
	typed(text, first > 0 ? country : NULL);
	free(country);
	free(text);
	return 0;
}
