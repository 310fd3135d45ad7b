/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Vonage Number Insight. */
#ifndef SIM_INSIGHT_H
#define SIM_INSIGHT_H

struct sim_provider;

extern const struct sim_provider vonage_insight_provider;

#endif
