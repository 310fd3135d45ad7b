/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a state at a server well? For twofactl doctor. Part of the interface of
 * store.h.
 */
#ifndef TWOFA_STORE_HEALTH_H
#define TWOFA_STORE_HEALTH_H

#include "helper/state/store.h"

/* One finding: a problem or a note, its name (twofactl(8)), and what is wrong
 * with the remedy. */
struct store_finding {
	bool problem;
	const char *name, *text;
};

/* Look at every server that where names, as this host. wall: the clock of this
 * host, to be compared with theirs. Of a state in a file there is nothing to
 * tell. */
void store_health(const char *where, const struct store_session *, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *));

#endif
