/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file latency in state_dir: how long recent starts and checks really took,
 * so that a decoy takes as long. It is only advice: a login continues, whatever
 * is wrong with the file.
 */
#ifndef TWOFA_LATENCY_H
#define TWOFA_LATENCY_H

#include <stdint.h>

#define LATENCY_RING 32
#define LATENCY_MAX_MS 60000

enum latency_kind {
	LATENCY_START = 0, /* a provider's */
	LATENCY_CHECK,
	LATENCY_APP, /* our own check of an app's code, rounded up to ms */
	LATENCY_KINDS,
};

/* Recent real times, in milliseconds. */
struct latency_span {
	int64_t median; /* a default (350, 250, 1) without any */
	int64_t least;  /* 0: none is known */
};

/* Never fails. */
void latency_read(const char *dir, enum latency_kind, struct latency_span *);
/* A time for a decoy: near the median, as real ones are, and never below the
 * least, because no real one was faster. */
int64_t latency_like(const struct latency_span *);
/* Add a time; 0 is left out. Errors are ignored. */
void latency_add(const char *dir, enum latency_kind, int64_t ms);

#endif
