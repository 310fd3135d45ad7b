/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Telnyx Verify takes for a start, and which it refuses. */
#ifndef SIM_TELNYX_VERIFY_PARAMS_H
#define SIM_TELNYX_VERIFY_PARAMS_H

#include <stdbool.h>

struct sim_reply;
struct sim_request;
struct telnyx_start;

/*
 * Fills *out, whose channel is set, but for the account. False when the reply
 * says no.
 */
bool telnyx_verify_params(
    const struct sim_request *, struct sim_reply *, struct telnyx_start *out);

#endif
