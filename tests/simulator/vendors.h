/* SPDX-License-Identifier: BSD-2-Clause */
/* Which vendors are simulated. */
#ifndef SIM_VENDORS_H
#define SIM_VENDORS_H

struct sim_provider;

extern const struct sim_provider *const sim_vendors[]; /* NULL ends them */

#endif
