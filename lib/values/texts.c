/* SPDX-License-Identifier: BSD-2-Clause */
/* Values that are one short text: what their shape is, and how much of them is
 * shown. */
#include "lib/values/values.h"

#include <inttypes.h>
#include <time.h>

/* Phone numbers. */
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
	n = strspn(number + 1, "0123456789");
	return n >= DIGITS_MIN && n <= DIGITS_MAX && number[1 + n] == '\0';
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
	/* The shortest numbers (Niue has four digits behind 683) would be shown
	 * in full: at least three digits stay hidden. */
	shown = national - HIDDEN_MIN < SHOWN ? national - HIDDEN_MIN : SHOWN;
	memcpy(last + SHOWN - shown, number + strlen(number) - shown, shown);
	snprintf(out, PHONE_MASK, "%.*s ***-***-%s", (int)(country + 1), number,
	    last);
}

/* Email addresses. */

#define STARS "***@"
#define CUT "..."
#define ADDRESS_MAX 254 /* RFC 5321 section 4.5.3.1.3, less <> */

bool
email_is_valid(const char *address)
{
	const char *at = strchr(address, '@');

	for (const char *p = address; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("\"<>,;", *p) != NULL)
			return false;
	return at != NULL && at != address && at[1] != '\0' &&
	    strchr(at + 1, '@') == NULL && strlen(address) <= ADDRESS_MAX;
}

void
email_mask(const char *address, char out[EMAIL_MASK])
{
	const char *at = strrchr(address, '@'), *domain, *cut = "";
	/* a name of one character is hidden completely */
	int shown = at != NULL && at - address > 1 ? 1 : 0;
	size_t room = EMAIL_MASK - sizeof(STARS) - (size_t)shown, len;

	out[0] = '\0';
	if (at == NULL)
		return;
	domain = at + 1;
	len = strlen(domain);
	if (len > room) {
		cut = CUT;
		room -= sizeof(CUT) - 1;
		domain += len - room;
	}
	(void)snprintf(out, EMAIL_MASK, "%.*s" STARS "%s%.*s", shown, address,
	    cut, (int)room, domain);
}

/* Methods. */
static const char *const texts_names[] = {
	[METHOD_NONE] = "",
	[METHOD_SMS] = "sms",
	[METHOD_VOICE] = "voice",
	[METHOD_WHATSAPP] = "whatsapp",
	[METHOD_EMAIL] = "email",
	[METHOD_PUSH] = "push",
	[METHOD_TOTP] = "totp",
	[METHOD_RECOVERY] = "recovery",
	[METHOD_BYPASS] = "bypass",
};
_Static_assert(COUNT_OF(texts_names) == METHOD_COUNT, "names");

const char *
method_name(enum method m)
{
	return texts_names[m];
}

enum method
method_from_name(const char *name)
{
	for (unsigned i = METHOD_SMS; i < METHOD_COUNT; i++)
		if (strcmp(texts_names[i], name) == 0)
			return (enum method)i;
	return METHOD_NONE;
}

/* Decimal money. */

#define UNIT INT64_C(1000000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The part behind the point: six digits count, a remainder rounds up. */
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
	int64_t value = 0;

	if (!is_digit(*p))
		return -1;
	for (; is_digit(*p); p++) {
		value = value * 10 + (*p - '0') * UNIT;
		if (value > PRICE_MAX)
			return -1;
	}
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

/* Times and days. */

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

#define DAY_S 86400

void
day_text(unsigned day, char out[DAY_TEXT_MAX])
{
	const time_t at = (time_t)day * DAY_S;
	struct tm tm;

	out[0] = '\0';
	if (day != 0 && gmtime_r(&at, &tm) != NULL)
		(void)strftime(out, DAY_TEXT_MAX, "%Y-%m-%d", &tm);
}

/* February has no 30th: as a day of March it is another text. */
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
		    "over, since this host's clock stands before " TWOFA_DATE
		    ", the release of this version; see: timedatectl");
	else
		snprintf(out, DAY_END_MAX, "%s the end of %s, UTC",
		    day_is_past(last, today) ? "over since" : "good until",
		    day);
}

/* Bytes and UUIDs. */
bool
uuid_is_valid(const char *text)
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (text[i] == '\0' || strchr(UUID_BYTES, text[i]) == NULL ||
		    (text[i] == '-') != dash)
			return false;
	}
	return text[UUID_LEN] == '\0';
}

void
uuid_random(const char *digits, char out[UUID_LEN + 1])
{
	(void)snprintf(out, UUID_LEN + 1, "%.8s-%.4s-4%.3s-8%.3s-%.12s", digits,
	    digits + 8, digits + 13, digits + 17, digits + 20);
}

bool
text_has_only(const char *s, const char *set)
{
	return s[0] != '\0' && s[strspn(s, set)] == '\0';
}

void
hex_text(const unsigned char *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

bool
hex_parse(const char *text, unsigned char *out, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(text) != 2 * len || text[strspn(text, digits)] != '\0')
		return false;
	for (size_t i = 0; i < len; i++, text += 2)
		out[i] =
		    (unsigned char)((strchr(digits, text[0]) - digits) << 4 |
			(strchr(digits, text[1]) - digits));
	return true;
}
