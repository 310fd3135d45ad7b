/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of providers: which were recently out of reach, so that logins
 * ask another one first, and when each factor last let a user in. It is advice:
 * no login is denied because of it. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_PROVIDERS_H
#define TWOFA_STORE_PROVIDERS_H

#include <stdint.h>

#include "lib/values/values.h"

struct store;

#define STORE_PASSED_MS 60000 /* how long another one is asked first */

/* Pass it over for this time, STORE_PASSED_MS at most. 0 or -1. */
int store_pass_over(struct store *, const char *provider, int64_t ms);
/* Is it passed over now? 1, 0 or -1. */
int store_passed_over(struct store *, const char *provider);
/* The same, and *left_ms: for how much longer, or 0. */
int store_passed_left(struct store *, const char *provider, int64_t *left_ms);

/* Call row for each provider and method that ever let a user in, sorted; wall:
 * the last time, in seconds of the wall clock. 0 or -1. */
int store_successes(struct store *, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall));

/* The same for one service on this host: for each user and method, sorted. 0 or
 * -1. */
int store_got_in(struct store *, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall));

#endif
