/* SPDX-License-Identifier: BSD-2-Clause */
/* An app's secret, written for apps and for people. Pure. */
#include "lib/values/values.h"

#include <errno.h>

int
totp_uri_write(const struct secret *base32, const struct totp_kind *kind,
    int64_t counter, const char *issuer, const char *account,
    char out[TOTP_URI_MAX])
{
	char issuer_text[TOTP_URI_MAX / 4];
	char account_text[TOTP_URI_MAX / 2];
	char more[64] = "";
	int n;

	/* each parameter makes the QR code larger, so defaults are left out */
	if (kind->hotp)
		PRINT_TO(more, "&counter=%lld", (long long)counter);
	if (totp_digits(kind) != TOTP_DIGITS)
		PRINT_APPEND(more, "&digits=%d", TOTP_DIGITS_LONG);
	if (kind->sha256)
		PRINT_APPEND(more, "&algorithm=%s", totp_hash_name(kind));
	if (totp_period_s(kind) != TOTP_STEP_S)
		PRINT_APPEND(more, "&period=%u", totp_period_s(kind));
	errno = ENAMETOOLONG;
	if (!text_percent_encode(issuer_text, sizeof(issuer_text), issuer) ||
	    !text_percent_encode(account_text, sizeof(account_text), account))
		return -1;
	n = snprintf(out, TOTP_URI_MAX,
	    "otpauth://%cotp/%s:%s?secret=%s&issuer=%s%s",
	    kind->hotp ? 'h' : 't', issuer_text, account_text, base32->b,
	    issuer_text, more);
	return n > 0 && n < TOTP_URI_MAX ? 0 : -1;
}
