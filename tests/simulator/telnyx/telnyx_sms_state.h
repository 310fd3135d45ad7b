/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx's messages on their way: queued behind the sender's others, sent,
 * delivered or not, by the virtual clock. Source: the OpenAPI document, tag
 * Messages, and the vendor's page on rate limits.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_TELNYX_SMS_STATE_H
#define SIM_TELNYX_SMS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/telnyx/telnyx_parts.h"

/* A message whose parameters have been checked. */
struct telnyx_send {
	uint64_t account;
	char from[20]; /* number, short code or alphanumeric sender */
	char to[20];
	char profile[37]; /* or "" */
	char text[1601];
	struct telnyx_parts parts;
};

struct telnyx_message {
	char id[37];
	struct telnyx_send send;
	int64_t received_at, sent_at, done_at;
	int64_t phone_at; /* WORLD_NEVER: there, or it never will be */
};

enum telnyx_delivery {
	TELNYX_QUEUED = 0,
	TELNYX_SENT,
	TELNYX_DELIVERED,
	TELNYX_FAILED,      /* 40001 */
	TELNYX_UNCONFIRMED, /* nobody knows */
};

/* Takes a message on. */
const struct telnyx_message *telnyx_send(const struct telnyx_send *);

/* By id and account, none older than ten days, or NULL. */
const struct telnyx_message *telnyx_message(const char *id, uint64_t account);

/* What has become of it by now. */
enum telnyx_delivery telnyx_delivery(const struct telnyx_message *);

/* 1 (default): senders have the vendor's throughput; 0: any. */
void telnyx_sms_queue(int on);

void telnyx_sms_reset(void);
int64_t telnyx_sms_due(void);
void telnyx_sms_fire(void);

#endif
