/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two small files beside the state: host.key (32 random bytes, made once)
 * and latency (recent real times of start and check), both for decoys.
 */
#ifndef TWOFA_HOSTKEY_H
#define TWOFA_HOSTKEY_H

#include <stdint.h>

#define HOSTKEY_LEN 32
#define LATENCY_RING 32

/* Read dir/host.key, or make it (O_EXCL, link: two helpers at once agree).
 * 0, or -1 with errno. The caller wipes. */
int hostkey_read(const char *dir, unsigned char key[HOSTKEY_LEN]);

/* HMAC-SHA-256 of the name under the key. */
void hostkey_hmac(const unsigned char key[HOSTKEY_LEN], const char *name,
    unsigned char out[32]);

/* Median of the recent real times in milliseconds; a plausible default (350,
 * 250) without any. Never fails. */
void latency_read(const char *dir, int64_t *start_ms, int64_t *check_ms);
/* Remember one; 0 leaves that one out. Errors do not matter. */
void latency_add(const char *dir, int64_t start_ms, int64_t check_ms);

#endif
