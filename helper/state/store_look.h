/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login would get from the store, without a change. Part of the
 * interface of store.h; each function runs the same step as a login and takes
 * it back.
 */
#ifndef TWOFA_STORE_LOOK_H
#define TWOFA_STORE_LOOK_H

#include "helper/state/store.h"

/* store_claim for a session that does not exist yet. */
enum store_claim store_claim_look(struct store *, const struct store_key *,
    unsigned methods, int64_t start_ms, struct store_row *);

/* store_send_take. */
enum store_send store_send_look(struct store *, const struct store_send_key *,
    const struct store_send_limits *, int64_t *wait_s, const char **which);

/* One limit for a message. */
struct store_window {
	const char *name; /* the key in twofa.conf */
	unsigned limit;   /* 1 or more */
	unsigned used;
};

/* Call row for each limit in messages that is set and applies to such a key. 0
 * or -1. */
int store_send_windows(struct store *, const struct store_send_key *,
    const struct store_send_limits *, void *ctx,
    void (*row)(void *ctx, const struct store_window *));

#endif
