/* SPDX-License-Identifier: BSD-2-Clause */
/* Time-based codes of RFC 6238 and the Base32 of RFC 4648. */
#include "tests/simulator/twilio/factors/twilio_totp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/crypto.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const char *
twilio_alg_name(enum twilio_alg alg)
{
	switch (alg) {
	case TWILIO_SHA1:
		return "sha1";
	case TWILIO_SHA256:
		return "sha256";
	case TWILIO_SHA512:
		return "sha512";
	}
	return "";
}

static gnutls_mac_algorithm_t
mac(enum twilio_alg alg)
{
	switch (alg) {
	case TWILIO_SHA1:
		return GNUTLS_MAC_SHA1;
	case TWILIO_SHA256:
		return GNUTLS_MAC_SHA256;
	case TWILIO_SHA512:
		return GNUTLS_MAC_SHA512;
	}
	return GNUTLS_MAC_UNKNOWN;
}

bool
twilio_totp_secret(struct twilio_totp *t, const char *base32)
{
	unsigned int bits = 0, have = 0;
	const char *at;

	t->len = 0;
	for (; *base32 != '\0' && *base32 != '='; base32++) {
		at = strchr(letters, toupper((unsigned char)*base32));
		if (at == NULL || t->len == TWILIO_SECRET_MAX)
			return false;
		bits = (bits << 5 | (unsigned int)(at - letters)) & 0xfff;
		have += 5;
		if (have >= 8) {
			have -= 8;
			t->secret[t->len++] = (unsigned char)(bits >> have);
		}
	}
	return base32[strspn(base32, "=")] == '\0' && t->len >= 10;
}

void
twilio_totp_text(const struct twilio_totp *t, char *out, size_t size)
{
	unsigned int bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->len; i++) {
		bits = (bits << 8 | t->secret[i]) & 0xffff;
		for (have += 8; have >= 5 && n + 2 < size; have -= 5)
			out[n++] = letters[bits >> (have - 5) & 31];
	}
	if (have > 0)
		out[n++] = letters[bits << (5 - have) & 31];
	out[n] = '\0';
}

/* RFC 4226, section 5.3. */
static void
code_at(const struct twilio_totp *t, int64_t counter, char out[12])
{
	static const unsigned int powers[] = { 1, 10, 100, 1000, 10000, 100000,
		1000000, 10000000, 100000000 };
	unsigned char text[8], sum[64] = { 0 };
	const unsigned char *p;
	unsigned int n;

	for (int i = 0; i < 8; i++)
		text[i] = (unsigned char)((uint64_t)counter >> (56 - 8 * i));
	out[0] = '\0';
	if (gnutls_hmac_fast(
		mac(t->alg), t->secret, t->len, text, sizeof(text), sum) < 0)
		return;
	p = sum + (sum[gnutls_hmac_get_len(mac(t->alg)) - 1] & 15);
	n = (p[0] & 0x7fU) << 24 | (unsigned int)p[1] << 16 |
	    (unsigned int)p[2] << 8 | p[3];
	snprintf(out, 12, "%0*u", t->digits, n % powers[t->digits]);
}

bool
twilio_totp_right(
    struct twilio_totp *t, const char *code, int64_t now_ms, bool once)
{
	const int64_t now = now_ms / 1000 / t->step;
	char right[12];

	for (int64_t c = now - t->skew; c <= now + t->skew; c++) {
		code_at(t, c, right);
		if (right[0] == '\0' || strcmp(code, right) != 0 ||
		    (once && c <= t->last))
			continue;
		if (c > t->last)
			t->last = c;
		return true;
	}
	return false;
}
