/* SPDX-License-Identifier: BSD-2-Clause */
/* How an email address is shown. */
#include "helper/email.h"

#include <stdio.h>
#include <string.h>

#define STARS "***@"
#define CUT "..."

void
email_mask(const char *address, char out[EMAIL_MASK])
{
	const char *at = strrchr(address, '@'), *domain, *cut = "";
	/* the only character of a name is all of it */
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
