/* SPDX-License-Identifier: BSD-2-Clause */
/* One message that a phone has received. */
#include "tests/simulator/core/inbox_message.h"

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
