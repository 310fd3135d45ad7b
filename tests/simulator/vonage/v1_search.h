/* SPDX-License-Identifier: BSD-2-Clause */
/* What Verify v1's search tells of a verification. */
#ifndef SIM_V1_SEARCH_H
#define SIM_V1_SEARCH_H

#include <stdbool.h>

struct cJSON;
struct v1_verification;

/* "0.03330000" for each event: on check and search. */
void v1_add_prices(struct cJSON *, const struct v1_verification *);

/*
 * One search result. Late: a verification that ended in the last 60 seconds
 * is not to be found yet. With NULL: not found.
 */
struct cJSON *v1_search_result(const struct v1_verification *, bool late);

#endif
