/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that a person types: of an authenticator app, and recovery codes on
 * paper. */
#include "lib/values/values.h"

#include <liboath/oath.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

/* The decoded bytes, to be wiped and freed; NULL when the text is no base32. */
static char *
codes_decode(const struct secret *base32, size_t *len)
{
	char *raw = NULL;

	if (oath_base32_decode(base32->b, base32->len, &raw, len) != OATH_OK)
		return NULL;
	return raw;
}

static void
codes_drop(char *raw, size_t len)
{
	explicit_bzero(raw, len);
	free(raw);
}

bool
totp_secret_is_valid(const struct secret *base32)
{
	size_t len = 0;
	char *raw = codes_decode(base32, &len);

	if (raw == NULL)
		return false;
	codes_drop(raw, len);
	return len >= TOTP_SECRET_MIN || len == TOTP_SECRET_OLD;
}

unsigned
totp_seconds(const struct totp_kind *kind)
{
	return kind->period == TOTP_LONG_S ? TOTP_LONG_S : TOTP_STEP_S;
}

bool
totp_kind_equals(const struct totp_kind *a, const struct totp_kind *b)
{
	return totp_seconds(a) == totp_seconds(b) && a->sha256 == b->sha256;
}

int
totp_secret_normalise(const struct secret *base32, struct secret *out)
{
	size_t len = 0, text_len = 0;
	char *raw = codes_decode(base32, &len), *text = NULL;
	int rc = -1;

	if (raw == NULL)
		return -1;
	if (oath_base32_encode(raw, len, &text, &text_len) == OATH_OK &&
	    text_len <= SECRET_MAX) {
		memcpy(out->b, text, text_len);
		out->b[text_len] = '\0';
		out->len = text_len;
		rc = 0;
	}
	if (text != NULL)
		codes_drop(text, text_len);
	codes_drop(raw, len);
	return rc;
}

int
totp_match(const struct secret *base32, const struct totp_kind *kind,
    const char *code, int64_t wall, int64_t *step)
{
	const unsigned period = totp_seconds(kind);
	size_t len = 0;
	char *raw = codes_decode(base32, &len);
	int rc = OATH_INVALID_OTP;
	uint64_t count = 0;

	if (raw == NULL)
		return -1;
	for (int64_t at = wall - TOTP_STEP_S; strlen(code) == TOTP_DIGITS &&
	     rc == OATH_INVALID_OTP && at <= wall + TOTP_STEP_S;
	     at += TOTP_STEP_S)
		rc = oath_totp_validate4(raw, len, (time_t)at, period, 0, 0,
		    NULL, &count, kind->sha256 ? OATH_TOTP_HMAC_SHA256 : 0,
		    code);
	codes_drop(raw, len);
	if (rc < 0)
		return rc == OATH_INVALID_OTP ? 0 : -1;
	*step = (int64_t)count * (period / TOTP_STEP_S);
	return 1;
}

/* Recovery codes: their shape, how one is made and hashed. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* 0: not in the alphabet. Not toupper, which depends on the locale. */
static char
base32_char(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'))
		return c;
	return '\0';
}

static bool
has_letter(const char *code)
{
	for (; *code != '\0'; code++)
		if (*code >= 'A')
			return true;
	return false;
}

/* Append c to the n characters of out. The new n, or -1: not a code. */
static int
take_char(char c, int n, char out[RECOVERY_LEN + 1])
{
	char known = base32_char(c);

	if (c == ' ' || c == '-')
		return n > 0 ? n : -1;
	if (known == '\0' || n >= RECOVERY_LEN)
		return -1;
	out[n] = known;
	return n + 1;
}

bool
recovery_code_normalise(const char *typed, char out[RECOVERY_LEN + 1])
{
	int n = 0;

	memset(out, 0, RECOVERY_LEN + 1);
	while (*typed == ' ')
		typed++;
	for (; *typed != '\0' && n >= 0; typed++)
		n = take_char(*typed, n, out);
	if (n == RECOVERY_LEN && has_letter(out))
		return true;
	explicit_bzero(out, RECOVERY_LEN + 1);
	return false;
}

int
secret_random(char *out, size_t len)
{
	unsigned char bytes[SECRET_RANDOM_MAX];

	if (getrandom(bytes, len, 0) != (ssize_t)len)
		return -1;
	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[bytes[i] % 32]; /* 256 is a multiple of it */
	out[len] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

int
recovery_code_make(char out[RECOVERY_LEN + 1])
{
	do {
		if (secret_random(out, RECOVERY_LEN) != 0)
			return -1;
	} while (!has_letter(out)); /* one without is dropped */
	return 0;
}

void
recovery_code_text(
    const char code[RECOVERY_LEN + 1], char out[RECOVERY_TEXT + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < RECOVERY_LEN; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = code[i];
	}
	out[n] = '\0';
}

int
recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH])
{
	unsigned char text[RECOVERY_SALT + RECOVERY_LEN];
	unsigned len = 0;
	int done;

	memcpy(text, salt, RECOVERY_SALT);
	memcpy(text + RECOVERY_SALT, code, RECOVERY_LEN);
	done = EVP_Digest(text, sizeof(text), out, &len, EVP_sha256(), NULL);
	explicit_bzero(text, sizeof(text));
	return done == 1 && len == RECOVERY_HASH ? 0 : -1;
}
