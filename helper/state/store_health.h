/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks a state at a server, for twofactl doctor. Part of the interface of
 * store.h.
 */
#ifndef TWOFA_STORE_HEALTH_H
#define TWOFA_STORE_HEALTH_H

#include "helper/state/store.h"

/* One finding: a problem or a note, its name (twofactl(8)), and the text with
 * the remedy. */
struct store_finding {
	bool problem;
	const char *name, *text;
};

/* Check every server that where names, as this host. wall: this host's clock,
 * for comparison. A state in a file has no findings. */
void store_health(const char *where, const struct store_session *, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *));

#endif
