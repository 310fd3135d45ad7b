/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated Twilio Verify factors: an app that asks its owner, and codes
 * that an app makes. One provider, for both have the same paths.
 */
#ifndef SIM_TWILIO_PUSH_H
#define SIM_TWILIO_PUSH_H

extern const struct sim_provider twilio_push_provider;

#endif
