/* SPDX-License-Identifier: BSD-2-Clause */
/* How Telnyx shows a message: the schema OutboundMessagePayload. */
#ifndef SIM_TELNYX_SMS_REPLIES_H
#define SIM_TELNYX_SMS_REPLIES_H

#include <stdbool.h>

struct sim_reply;
struct telnyx_message;

/*
 * With the world's lock held. Just accepted, a message is queued whatever the
 * clock says, and its sandbox number may twist the answer.
 */
void telnyx_say_message(
    struct sim_reply *, const struct telnyx_message *, bool accepted);

#endif
