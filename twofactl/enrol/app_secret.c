/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets for authenticator apps. */
#include "twofactl/enrol/app_secret.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "lib/values/values.h"

#define GROUP 4
#define BITS 5 /* in a base32 character */
#define SECRET_TEXT (APP_SECRET_SECRET_LEN * 8 / BITS)

_Static_assert(APP_SECRET_SECRET_LEN * 8 % BITS == 0, "no padding is needed");
_Static_assert(APP_SECRET_SECRET_LEN >= TOTP_SECRET_MIN, "long enough");
_Static_assert(SECRET_TEXT <= SECRET_MAX, "it fits");
_Static_assert(
    SECRET_TEXT + SECRET_TEXT / GROUP < APP_SECRET_GROUPS_MAX, "groups fit");

static void
base32(const unsigned char *raw, size_t len, char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		held = (held << 8 | raw[i]) & 0xfff;
		for (bits += 8; bits >= BITS; bits -= BITS)
			*out++ = letters[held >> (bits - BITS) & 31];
	}
	*out = '\0';
}

int
app_secret_new(struct secret *secret)
{
	unsigned char raw[APP_SECRET_SECRET_LEN];
	const bool made =
	    getrandom(raw, sizeof(raw), 0) == (ssize_t)sizeof(raw);

	if (made) {
		base32(raw, sizeof(raw), secret->b);
		secret->len = SECRET_TEXT;
	}
	explicit_bzero(raw, sizeof(raw));
	return made ? 0 : -1;
}

/* Percent-encode all but RFC 3986's unreserved characters. -1: no room. */
static int
percent(const char *text, char *out, size_t cap)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t used = 0;

	for (; *text != '\0'; text++) {
		if (used + 4 > cap)
			return -1;
		if (strchr(plain, *text) != NULL)
			out[used++] = *text;
		else
			used += (size_t)snprintf(out + used, cap - used,
			    "%%%02X", (unsigned char)*text);
	}
	out[used] = '\0';
	return 0;
}

int
app_secret_uri(const struct secret *secret, const char *issuer,
    const char *account, char out[APP_SECRET_URI_MAX])
{
	char who[APP_SECRET_URI_MAX / 4], whose[APP_SECRET_URI_MAX / 2];
	int n;

	if (percent(issuer, who, sizeof(who)) != 0 ||
	    percent(account, whose, sizeof(whose)) != 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	n = snprintf(out, APP_SECRET_URI_MAX,
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1"
	    "&digits=%d&period=%d",
	    who, whose, secret->b, who, TOTP_DIGITS, TOTP_STEP_S);
	if (n > 0 && n < APP_SECRET_URI_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

void
app_secret_groups(const struct secret *secret, char out[APP_SECRET_GROUPS_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < secret->len && used + 2 < APP_SECRET_GROUPS_MAX;
	     i++) {
		if (i > 0 && i % GROUP == 0)
			out[used++] = ' ';
		out[used++] = secret->b[i];
	}
	out[used] = '\0';
}
