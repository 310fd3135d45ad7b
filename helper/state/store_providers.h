/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of providers: which were out of reach a moment ago, so that
 * logins ask another first, and when each factor let somebody in last. Advice:
 * no login is refused because of it. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_PROVIDERS_H
#define TWOFA_STORE_PROVIDERS_H

#include <stdint.h>

#include "lib/values/method.h"

struct store;

#define STORE_PASSED_MS 60000 /* so long another one is asked first */

/* Pass it over for so long, STORE_PASSED_MS at most. 0 or -1. */
int store_pass_over(struct store *, const char *provider, int64_t ms);
/* Is it passed over now? 1, 0 or -1. */
int store_passed_over(struct store *, const char *provider);
/* The same, and *left_ms: for how long still, or 0. */
int store_passed_left(struct store *, const char *provider, int64_t *left_ms);

/* Call row for each provider and method that let somebody in, sorted; wall:
 * when it last did, in seconds of the wall clock. 0 or -1. */
int store_successes(struct store *, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall));

/* The same of one service on this host: for each user and method, sorted. 0 or
 * -1. */
int store_got_in(struct store *, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall));

#endif
