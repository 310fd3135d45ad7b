/* SPDX-License-Identifier: BSD-2-Clause */
/* TOTP (RFC 6238) and HOTP (RFC 4226) with liboath. */
#include "lib/values/values.h"

#include <liboath/oath.h>

#define LOOK_AHEAD 3 /* as many codes as of an app are right */
#define LOOK_AHEAD_ALONE 10
/* Of 10^6 guesses of six digits. The 100 after which a user is locked out are
 * right in 0.12 % of all cases then. */
#define CHANCE_MAX 12
_Static_assert(
    USER_APPS_MAX *LOOK_AHEAD <= CHANCE_MAX && LOOK_AHEAD_ALONE <= CHANCE_MAX,
    "docs/guide/compliance.md has that bound");

/* Returns the decoded bytes, or NULL if the text is not base32. The caller
 * wipes and frees them. */
static char *
decode_base32(const struct secret *base32, size_t *len)
{
	char *raw = NULL;

	if (oath_base32_decode(base32->b, base32->len, &raw, len) != OATH_OK)
		return NULL;
	return raw;
}

bool
totp_secret_is_valid(const struct secret *base32)
{
	size_t len = 0;
	char *raw OWNED(secret_end) = decode_base32(base32, &len);

	return raw != NULL &&
	    (len >= TOTP_SECRET_MIN || len == TOTP_SECRET_OLD);
}

unsigned
totp_period_s(const struct totp_kind *kind)
{
	return kind->period == TOTP_LONG_S ? TOTP_LONG_S : TOTP_STEP_S;
}

unsigned
totp_digits(const struct totp_kind *kind)
{
	return kind->digits == TOTP_DIGITS_LONG ? TOTP_DIGITS_LONG
						: TOTP_DIGITS;
}

bool
totp_kind_equals(const struct totp_kind *a, const struct totp_kind *b)
{
	return totp_period_s(a) == totp_period_s(b) && a->sha256 == b->sha256 &&
	    totp_digits(a) == totp_digits(b) && a->hotp == b->hotp;
}

/* Returns 0 or -1. */
static int
encode_base32(const char *raw, size_t len, struct secret *out)
{
	char *text OWNED(secret_end) = NULL;
	size_t text_len = 0;

	if (oath_base32_encode(raw, len, &text, &text_len) != OATH_OK ||
	    text_len > SECRET_MAX)
		return -1;
	memcpy(out->b, text, text_len);
	out->b[text_len] = '\0';
	out->len = text_len;
	return 0;
}

int
totp_secret_normalise(const struct secret *base32, struct secret *out)
{
	size_t len = 0;
	char *raw OWNED(secret_end) = decode_base32(base32, &len);

	return raw == NULL ? -1 : encode_base32(raw, len, out);
}

int
totp_secret_from_hex(const char *hex, struct secret *out)
{
	char raw[SECRET_MAX / 2];
	size_t len = sizeof(raw);
	int rc = -1;

	if (oath_hex2bin(hex, raw, &len) == OATH_OK)
		rc = encode_base32(raw, len, out);
	explicit_bzero(raw, sizeof(raw));
	return rc;
}

int
totp_match(const struct secret *base32, const struct totp_kind *kind,
    const char *code, int64_t wall, int64_t *step)
{
	const unsigned period = totp_period_s(kind);
	size_t len = 0;
	char *raw OWNED(secret_end) = decode_base32(base32, &len);
	int rc = OATH_INVALID_OTP;
	uint64_t count = 0;

	if (raw == NULL)
		return -1;
	for (int64_t at = wall - TOTP_STEP_S;
	     strlen(code) == totp_digits(kind) && rc == OATH_INVALID_OTP &&
	     at <= wall + TOTP_STEP_S;
	     at += TOTP_STEP_S)
		rc = oath_totp_validate4(raw, len, (time_t)at, period, 0, 0,
		    NULL, &count, kind->sha256 ? OATH_TOTP_HMAC_SHA256 : 0,
		    code);
	if (rc < 0)
		return rc == OATH_INVALID_OTP ? 0 : -1;
	*step = (int64_t)count * (period / TOTP_STEP_S);
	return 1;
}

unsigned
hotp_look_ahead(size_t count)
{
	return count > 1 ? LOOK_AHEAD : LOOK_AHEAD_ALONE;
}

int
hotp_match(const struct secret *base32, const struct totp_kind *kind,
    const char *code, int64_t first, int64_t count, int64_t *counter)
{
	size_t len = 0;
	char *raw OWNED(secret_end) = decode_base32(base32, &len);
	int rc = OATH_INVALID_OTP;

	if (raw == NULL)
		return -1;
	if (strlen(code) == totp_digits(kind))
		rc = oath_hotp_validate(
		    raw, len, (uint64_t)first, (size_t)count - 1, code);
	if (rc < 0)
		return rc == OATH_INVALID_OTP ? 0 : -1;
	*counter = first + rc;
	return 1;
}
