/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Vonage Verify v2. */
#ifndef SIM_V2_H
#define SIM_V2_H

struct sim_provider;

extern const struct sim_provider vonage_v2_provider;

#endif
