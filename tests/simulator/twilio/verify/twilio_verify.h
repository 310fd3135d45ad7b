/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Twilio Verify v2: codes by SMS, call, WhatsApp and e-mail. */
#ifndef SIM_TWILIO_VERIFY_H
#define SIM_TWILIO_VERIFY_H

extern const struct sim_provider twilio_verify_provider;

#endif
