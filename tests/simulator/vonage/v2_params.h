/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members Verify v2 takes for a start, and which it refuses. */
#ifndef SIM_V2_PARAMS_H
#define SIM_V2_PARAMS_H

#include <stdbool.h>

struct sim_request;
struct v2_start;

struct v2_refusal {
	bool forbidden;  /* the account may not use it; else it is wrong */
	char name[48];   /* "brand", "workflow[0].to" */
	char reason[96]; /* "Brand is required" */
};

/* What an account may: the vendor's support and pricing decide it. */
struct v2_account {
	bool all_features; /* code, template_id, fraud_check */
	int least_timeout; /* s: 15, or 60 on the Success pricing model */
};

/* Fills *out but for the account and returns true, or fills *refusal. */
bool v2_params(const struct sim_request *, const struct v2_account *,
    struct v2_start *out, struct v2_refusal *);

#endif
