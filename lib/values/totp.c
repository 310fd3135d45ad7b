/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of an authenticator app. */
#include "lib/values/totp.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

/* The decoded bytes, to be wiped and freed; NULL when the text is no base32. */
static char *
decode(const struct secret *base32, size_t *len)
{
	char *raw = NULL;

	if (oath_base32_decode(base32->b, base32->len, &raw, len) != OATH_OK)
		return NULL;
	return raw;
}

static void
drop(char *raw, size_t len)
{
	explicit_bzero(raw, len);
	free(raw);
}

bool
totp_secret_valid(const struct secret *base32)
{
	size_t len = 0;
	char *raw = decode(base32, &len);

	if (raw == NULL)
		return false;
	drop(raw, len);
	return len >= TOTP_SECRET_MIN;
}

int
totp_spell(const struct secret *base32, struct secret *out)
{
	size_t len = 0, text_len = 0;
	char *raw = decode(base32, &len), *text = NULL;
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
		drop(text, text_len);
	drop(raw, len);
	return rc;
}

int
totp_match(
    const struct secret *base32, const char *code, int64_t wall, int64_t *step)
{
	size_t len = 0;
	char *raw = decode(base32, &len);
	int where = 0, rc;

	if (raw == NULL || strlen(code) != TOTP_DIGITS) {
		if (raw != NULL)
			drop(raw, len);
		return raw == NULL ? -1 : 0;
	}
	rc = oath_totp_validate2(
	    raw, len, (time_t)wall, TOTP_STEP_S, 0, TOTP_SKEW, &where, code);
	drop(raw, len);
	if (rc == OATH_INVALID_OTP)
		return 0;
	if (rc < 0)
		return -1;
	*step = wall / TOTP_STEP_S + where;
	return 1;
}
