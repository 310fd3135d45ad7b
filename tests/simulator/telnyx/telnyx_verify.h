/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated Telnyx Verify: /v2/verifications and /v2/verify_profiles. */
#ifndef SIM_TELNYX_VERIFY_H
#define SIM_TELNYX_VERIFY_H

extern const struct sim_provider telnyx_verify_provider;

#endif
