/* SPDX-License-Identifier: BSD-2-Clause */
/* One message that a phone has received. */
#include "tests/simulator/core/inbox_message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *
inbox_channel_name(enum inbox_channel channel)
{
	switch (channel) {
	case INBOX_SMS:
		return "sms";
	case INBOX_VOICE:
		return "voice";
	case INBOX_WHATSAPP:
		return "whatsapp";
	case INBOX_RCS:
		return "rcs";
	case INBOX_EMAIL:
		return "email";
	case INBOX_PUSH:
		return "push";
	}
	return "sms";
}

void
inbox_find_code(const char *text, char *out, size_t size)
{
	size_t n;

	for (const char *p = text; *p != '\0'; p += n > 0 ? n : 1) {
		n = strspn(p, "0123456789");
		if (n < 4 || n > 10 || n >= size ||
		    (p > text && strchr("+-._", p[-1]) != NULL) ||
		    (p > text && isalnum((unsigned char)p[-1])) ||
		    isalnum((unsigned char)p[n]))
			continue;
		snprintf(out, size, "%.*s", (int)n, p);
		return;
	}
}
