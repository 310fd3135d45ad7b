/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Vonage Verify v1, for the registry. */
#ifndef SIM_V1_H
#define SIM_V1_H

#include "tests/simulator/core/provider.h"

extern const struct sim_provider vonage_v1_provider;

#endif
