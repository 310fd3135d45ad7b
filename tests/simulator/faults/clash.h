/* SPDX-License-Identifier: BSD-2-Clause */
/* Two halves that would take the same request. */
#ifndef SIM_CLASH_H
#define SIM_CLASH_H

struct sim_provider;

/* Two routes of one path and method, of which only the first would ever be
 * asked. halves: NULL ends them. 0, or -1 after a line on stderr for each. */
int clash_check(const struct sim_provider *const *halves);

#endif
