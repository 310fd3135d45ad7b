/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Verify v1 takes for a start, and which it refuses. */
#ifndef SIM_V1_PARAMS_H
#define SIM_V1_PARAMS_H

struct sim_request;
struct v1_start;

enum v1_problem {
	V1_MISSING = 2,
	V1_INVALID = 3,
	V1_NO_PIN_CODE = 20,
};

/*
 * Fills *out but for the account and returns 0, or returns an enum v1_problem
 * and names the parameter in *name.
 */
int v1_params(
    const struct sim_request *, struct v1_start *out, const char **name);

#endif
