/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to one vendor API request: log, fault, state, answer. */
#ifndef SIM_EXCHANGE_H
#define SIM_EXCHANGE_H

#include <stdbool.h>

struct MHD_Connection;
struct cJSON;
struct sim_reply;
struct sim_request;

/*
 * Without the world's lock. Takes headers over. True: reply is to be sent.
 * False: a fault has dealt with the connection, close it.
 */
bool exchange_run(struct MHD_Connection *, struct sim_request *,
    struct cJSON *headers, struct sim_reply *);

/* With the world's lock held: forgets the answers kept for replays. */
void exchange_reset(void);

#endif
