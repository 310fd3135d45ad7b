/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file latency beside the state: how long recent starts and checks really
 * took, so that a decoy takes as long. Advice alone: whatever is wrong with
 * the file, a login goes on.
 */
#ifndef TWOFA_LATENCY_H
#define TWOFA_LATENCY_H

#include <stdint.h>

#define LATENCY_RING 32
#define LATENCY_MAX_MS 60000

/* Median of the recent real times in milliseconds; a plausible default (350,
 * 250) without any. Never fails. */
void latency_read(const char *dir, int64_t *start_ms, int64_t *check_ms);
/* Remember one; 0 leaves that one out. Errors do not matter. */
void latency_add(const char *dir, int64_t start_ms, int64_t check_ms);

#endif
