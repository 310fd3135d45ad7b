/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator of codes and ids. With a seed the same requests get the same
 * codes; it is for rehearsal and no source of secrets.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* From a seed, or with NULL from the kernel: 0, or -1 with errno. */
int random_init(const uint64_t *seed);

/* With the world's lock held: back to the beginning. */
void random_reset(void);

/* With the world's lock held: n characters of the kind, and a NUL. */
void random_digits(char *out, size_t n);
void random_hex(char *out, size_t n);

/* With the world's lock held: a version 4 UUID, in lower case. */
void random_uuid(char out[37]);

/* With the world's lock held: two letters and 32 hex digits. */
void random_sid(const char *prefix, char out[35]);

#endif
