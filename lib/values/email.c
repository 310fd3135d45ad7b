/* SPDX-License-Identifier: BSD-2-Clause */
/* Email addresses. */
#include "lib/values/values.h"

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
	/* a name of one character is hidden */
	int shown = at != NULL && at - address > 1 ? 1 : 0;
	size_t left = EMAIL_MASK - sizeof(STARS) - (size_t)shown, len;

	out[0] = '\0';
	if (at == NULL)
		return;
	domain = at + 1;
	len = strlen(domain);
	if (len > left) {
		cut = CUT;
		left -= sizeof(CUT) - 1;
		domain += len - left;
	}
	(void)snprintf(out, EMAIL_MASK, "%.*s" STARS "%s%.*s", shown, address,
	    cut, (int)left, domain);
}
