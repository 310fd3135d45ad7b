/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Vonage Identity Insights. */
#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

struct sim_provider;

extern const struct sim_provider vonage_identity_provider;

#endif
