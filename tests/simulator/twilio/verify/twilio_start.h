/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Twilio Verify takes for a start. */
#ifndef SIM_TWILIO_START_H
#define SIM_TWILIO_START_H

#include <stdbool.h>

#include "tests/simulator/twilio/verify/twilio_state.h"

struct sim_reply;
struct sim_request;

/* Fills out, or is false when reply says no already. */
bool twilio_take_start(const struct sim_request *, struct sim_reply *,
    const struct twilio_service *, struct twilio_start *out);

#endif
