/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file latency in state_dir: how long recent starts and checks really
 * took, so that a decoy takes as long. Advice alone: whatever is wrong with
 * the file, a login goes on.
 */
#ifndef TWOFA_LATENCY_H
#define TWOFA_LATENCY_H

#include <stdint.h>

#define LATENCY_RING 32
#define LATENCY_MAX_MS 60000

enum latency_kind {
	LATENCY_START = 0, /* a provider's */
	LATENCY_CHECK,
	LATENCY_APP, /* our own check of an app's code, to the next ms */
	LATENCY_KINDS,
};

/* Of recent real times, in milliseconds. */
struct latency_span {
	int64_t median; /* a plausible default (350, 250, 1) without any */
	int64_t least;  /* 0: none is known */
};

/* Never fails. */
void latency_read(const char *dir, enum latency_kind, struct latency_span *);
/* A time for a decoy: about the median, as real ones vary, but never below the
 * least, which nobody has ever beaten. */
int64_t latency_like(const struct latency_span *);
/* Remember one; 0 is left out. Errors do not matter. */
void latency_add(const char *dir, enum latency_kind, int64_t ms);

#endif
