/* SPDX-License-Identifier: BSD-2-Clause */
/* One message that a phone has received. */
#ifndef SIM_INBOX_MESSAGE_H
#define SIM_INBOX_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum inbox_channel {
	INBOX_SMS = 0,
	INBOX_VOICE,
	INBOX_WHATSAPP,
	INBOX_RCS,
	INBOX_EMAIL,
	INBOX_PUSH,
};

struct inbox_message {
	char to[256]; /* "+447700900100", an address, or a push's identity */
	enum inbox_channel channel;
	char text[1024]; /* as the phone shows or speaks it */
	char code[16];   /* push: the number to compare, where there is one */
	char request_id[40];  /* the vendor's id of the verification */
	const char *provider; /* a constant */
	int64_t at;           /* virtual milliseconds */
};

/* The first 4 to 10 digits that stand alone; else out stays as it was. */
void inbox_find_code(const char *text, char *out, size_t size);

/* "sms", "voice", "whatsapp", "rcs", "email", "push". */
const char *inbox_channel_name(enum inbox_channel);

#endif
