/* SPDX-License-Identifier: BSD-2-Clause */
/* What the phones have received, the newest ten thousand messages. */
#ifndef SIM_INBOX_H
#define SIM_INBOX_H

#include <stddef.h>
#include <stdint.h>

struct cJSON;

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

/* "sms", "voice", "whatsapp", "rcs", "email", "push". */
const char *inbox_channel_name(enum inbox_channel);

/* All with the world's lock held. */

/* Puts a copy into the inbox and shows it on the screen. */
void inbox_deliver(const struct inbox_message *);

/* How many came since the last reset, to one number or with NULL to all. */
size_t inbox_count(const char *to);

/* An array, oldest first, NULL on lack of memory; the caller deletes it. */
struct cJSON *inbox_list(const char *to);

void inbox_reset(void);

#endif
