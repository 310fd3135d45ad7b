/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Twilio Lookup v2: what kind of line a number is. */
#ifndef SIM_TWILIO_LOOKUP_H
#define SIM_TWILIO_LOOKUP_H

extern const struct sim_provider twilio_lookup_provider;

#endif
