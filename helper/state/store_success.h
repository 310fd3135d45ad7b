/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a second factor let somebody in last, for whoever watches a host. For
 * people to read: nothing depends on it. Part of the interface of store.h;
 * times are seconds of the wall clock.
 */
#ifndef TWOFA_STORE_SUCCESS_H
#define TWOFA_STORE_SUCCESS_H

#include <stdint.h>

#include "lib/values/method.h"

struct store;

/* provider: "" for a factor that needs none. 0 or -1. */
int store_success(
    struct store *, const char *provider, enum method, int64_t wall);

/* Call row for each, sorted by provider, then method. 0 or -1. */
int store_successes(struct store *, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall));

#endif
