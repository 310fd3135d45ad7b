/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a phone number as it is typed. */
#include "lib/values/values.h"

#define TYPED_MAX 32 /* digits, more than any number has */
#define DOUBT_LEN 10 /* length from which a calling code is possible */
#define NANP_LEN 10  /* digits after +1 */

/* Countries where a number may begin with a 0 that is also dialled from abroad
 * (ITU-T E.164 national numbering plans): it is no trunk prefix. */
static const char *const zero_countries[] = { "39", "225", "229", "242", "378",
	"379" };

/* Countries whose national numbers have one length, without the trunk prefix
 * (the same plans): by it a calling code is recognised. */
static const struct {
	const char *country;
	size_t len;
} fixed_lengths[] = {
	{ "1", NANP_LEN },
	{ "7", 10 },
	{ "33", 9 },
	{ "34", 9 },
	{ "41", 9 },
	{ "45", 8 },
	{ "47", 8 },
	{ "48", 9 },
	{ "65", 8 },
	{ "91", 10 },
};

/* Returns the length of a separator, or 0: ASCII, and what phones and word
 * processors insert, such as no-break blanks, dashes and direction marks. */
static size_t
separator(const char *p)
{
	static const char *const utf8[] = { "\xc2\xa0", "\xe2\x80\x8b",
		"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\x90", "\xe2\x80\x91",
		"\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xaa",
		"\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xaf", "\xe2\x88\x92",
		"\xef\xbb\xbf" };

	if (*p != '\0' && strchr(" \t.-()/", *p) != NULL)
		return 1;
	for (size_t i = 0; i < COUNT_OF(utf8); i++)
		if (strncmp(p, utf8[i], strlen(utf8[i])) == 0)
			return strlen(utf8[i]);
	return 0;
}

struct typed {
	char digit[TYPED_MAX + 1];
	size_t len;
	bool plus;
	size_t trunk; /* digits before "(0)", or 0 */
};

static const char *
strip(const char *p, struct typed *t)
{
	*t = (struct typed){ .len = 0 };
	while (*p != '\0') {
		size_t skip = separator(p);

		if (strncmp(p, "(0)", 3) == 0 && t->len > 0 && t->trunk == 0) {
			t->trunk = t->len;
			skip = 3;
		} else if (*p == '+' && t->len == 0 && !t->plus) {
			t->plus = true;
			skip = 1;
		}
		if (skip > 0) {
			p += skip;
			continue;
		}
		if (*p < '0' || *p > '9')
			return "has characters that do not belong in a "
			       "number; leave out extensions and names";
		if (t->len == TYPED_MAX)
			return "has too many digits, allowed: 15 with the "
			       "calling code";
		t->digit[t->len++] = *p++;
	}
	return t->len == 0 ? "is empty" : NULL;
}

/* True for 4.15556E+11: the last digits are lost. */
static bool
is_rounded(const char *typed)
{
	size_t len = strspn(typed, TEXT_DIGITS ".,");

	return len > 0 && (typed[len] == 'E' || typed[len] == 'e') &&
	    typed[len + 1] == '+' &&
	    typed[len + 2 + strspn(typed + len + 2, TEXT_DIGITS)] == '\0';
}

static bool
country_keeps_zero(const char *digits, size_t country)
{
	for (size_t i = 0; i < COUNT_OF(zero_countries); i++)
		if (strlen(zero_countries[i]) == country &&
		    strncmp(zero_countries[i], digits, country) == 0)
			return true;
	return false;
}

static const char *
typed_number_format(
    const char *country, const char *national, char out[PHONE_MAX + 1])
{
	int n = snprintf(out, PHONE_MAX + 1, "+%s%s", country, national);
	bool nanp = out[1] == '1';

	if (n <= PHONE_MAX && phone_is_valid(out) &&
	    (!nanp || n == 2 + NANP_LEN))
		return NULL;
	out[0] = '\0';
	return nanp ? "is not complete, allowed: 10 digits after +1"
		    : "has too few or too many digits, allowed: 7 to 15 with "
		      "the calling code";
}

/* Formats a number with a calling code; "(0)" after it is for callers within
 * the country. */
static const char *
international(const struct typed *t, const char *digits, char out[])
{
	size_t before = t->trunk - (size_t)(digits - t->digit), country;
	char number[TYPED_MAX + 2];

	if (digits[0] == '\0' || digits[0] == '0')
		return "begins with a 0 after the plus, where a calling "
		       "code must be";
	PRINT_TO(number, "+%s", digits);
	country = phone_country_len(number);
	if (t->trunk == 0)
		return typed_number_format("", digits, out);
	if (before != country)
		return "has (0) somewhere other than after the calling code";
	PRINT_TO(number, "%.*s", (int)country, digits);
	if (!country_keeps_zero(digits, country))
		return typed_number_format(number, digits + country, out);
	return "has (0), but numbers of this country keep their 0, or have "
	       "none; write it as it is dialled from abroad";
}

/* Returns the length of the trunk prefix, if there is one: that of 1, 7 and 36
 * is not 0. */
static size_t
trunk_len(const char *digits, const char *country)
{
	size_t len = strlen(digits);

	if (strcmp(country, "1") == 0)
		return len == NANP_LEN + 1 && digits[0] == '1' ? 1 : 0;
	if (strcmp(country, "7") == 0)
		return len == 11 && digits[0] == '8' ? 1 : 0;
	if (strcmp(country, "36") == 0)
		return strncmp(digits, "06", 2) == 0 ? 2 : 0;
	if (country_keeps_zero(country, strlen(country)))
		return 0;
	return digits[0] == '0' ? 1 : 0;
}

static const char *
national(const char *digits, const char *country, char out[])
{
	size_t trunk = trunk_len(digits, country), code = strlen(country);
	size_t len = strlen(digits) - trunk, fix = 0;

	for (size_t i = 0; i < COUNT_OF(fixed_lengths) && fix == 0; i++)
		if (strcmp(fixed_lengths[i].country, country) == 0)
			fix = fixed_lengths[i].len;

	if (trunk == 0 && strncmp(digits, country, code) == 0 && len != fix) {
		if (len == fix + code)
			return typed_number_format("", digits, out);
		/* 0491 is the area code of Leer, or begins with Germany's 49 */
		if (len >= DOUBT_LEN)
			return "may have its calling code in front already; "
			       "write it with + or as it is dialled at home";
	}
	return typed_number_format(country, digits + trunk, out);
}

int
typed_number_country_check(const char *country)
{
	size_t len = strspn(country, TEXT_DIGITS);
	char number[8];

	if (len < 1 || len > 3 || country[len] != '\0' || country[0] == '0')
		return -1;
	PRINT_TO(number, "+%s00", country);
	return phone_country_len(number) == len ? 0 : -1;
}

const char typed_number_no_country[] =
    "has no calling code; write it with + in front, or add --country 1 (or "
    "44 ...)";

const char *
typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1])
{
	const char *wrong;
	struct typed t;

	out[0] = '\0';
	if (is_rounded(typed))
		return "was rounded by a spreadsheet; format the column as "
		       "text and enter the number again";
	wrong = strip(typed, &t);
	if (wrong != NULL)
		return wrong;
	if (t.plus)
		return international(&t, t.digit, out);
	if (strncmp(t.digit, "00", 2) == 0)
		return international(&t, t.digit + 2, out);
	if (t.trunk > 0)
		return "has (0) without + in front; write it with + and the "
		       "calling code";
	if (country == NULL)
		return typed_number_no_country;
	return national(t.digit, country, out);
}
