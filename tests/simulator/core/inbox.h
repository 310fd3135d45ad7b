/* SPDX-License-Identifier: BSD-2-Clause */
/* What the phones have received, the newest ten thousand messages. */
#ifndef SIM_INBOX_H
#define SIM_INBOX_H

#include <stddef.h>

#include "tests/simulator/core/inbox_message.h"

struct cJSON;

/* All with the world's lock held. */

/* Puts a copy into the inbox and shows it on the screen. */
void inbox_deliver(const struct inbox_message *);

/* How many came since the last reset, to one number or with NULL to all. */
size_t inbox_count(const char *to);

/* An array, oldest first, NULL on lack of memory; the caller deletes it. */
struct cJSON *inbox_list(const char *to);

void inbox_reset(void);

#endif
