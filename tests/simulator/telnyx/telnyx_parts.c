/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an SMS is encoded, and into how many parts it is split. Source: 3GPP
 * TS 23.038 section 6.2.1, and TS 23.040 on joined messages.
 */
#include "tests/simulator/telnyx/telnyx_parts.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that a sequence has by its first one; broken ones count as one. */
static size_t
sequence(unsigned char c)
{
	if (c >= 0xf0)
		return 4;
	if (c >= 0xe0)
		return 3;
	return c >= 0xc0 ? 2 : 1;
}

static uint32_t
next(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	const size_t n = sequence(s[0]);
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	size_t i;

	for (i = 1; i < n && (s[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (s[i] & 0x3fU);
	*text += i;
	return c;
}

/* Septets that a character takes, 0 when GSM-7 has it not. */
static int
septets(uint32_t c)
{
	static const uint16_t basic[] = { 0xa3, 0xa5, 0xe8, 0xe9, 0xf9, 0xec,
		0xf2, 0xc7, 0xd8, 0xf8, 0xc5, 0xe5, 0x394, 0x3a6, 0x393, 0x39b,
		0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0xc6, 0xe6, 0xdf,
		0xc9, 0xa4, 0xa1, 0xc4, 0xd6, 0xd1, 0xdc, 0xa7, 0xbf, 0xe4,
		0xf6, 0xf1, 0xfc, 0xe0 };

	if (c == 0x20ac || (c < 0x80 && strchr("^{}\\[~]|", (int)c) != NULL))
		return 2;
	if (c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f && c != '`'))
		return 1;
	for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
		if (basic[i] == c)
			return 1;
	return 0;
}

static int
split(int units, int alone, int joined)
{
	return units <= alone ? 1 : (units + joined - 1) / joined;
}

struct telnyx_parts
telnyx_parts(const char *text, bool ucs2)
{
	struct telnyx_parts p = { .gsm7 = !ucs2 };
	int in_gsm7 = 0, in_ucs2 = 0, n;
	uint32_t c;

	while (*text != '\0') {
		c = next(&text);
		n = septets(c);
		p.gsm7 = p.gsm7 && n > 0;
		in_gsm7 += n;
		in_ucs2 += c > 0xffff ? 2 : 1;
		p.chars++;
	}
	p.parts = p.gsm7 ? split(in_gsm7, 160, 153) : split(in_ucs2, 70, 67);
	return p;
}
