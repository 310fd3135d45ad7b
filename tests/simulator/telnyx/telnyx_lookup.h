/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Telnyx number lookup: /v2/number_lookup. */
#ifndef SIM_TELNYX_LOOKUP_H
#define SIM_TELNYX_LOOKUP_H

extern const struct sim_provider telnyx_lookup_provider;

#endif
