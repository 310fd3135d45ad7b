/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc and friends that wipe memory when it is freed: for a library that
 * copies secrets into its own buffers.
 */
#ifndef TWOFA_WIPING_MEMORY_H
#define TWOFA_WIPING_MEMORY_H

#include <stddef.h>

/* Like the functions of <stdlib.h> and <string.h>, with the same errors. */
void *wiping_memory_malloc(size_t size);
void *wiping_memory_calloc(size_t count, size_t size);
void *wiping_memory_realloc(void *old, size_t size);
char *wiping_memory_strdup(const char *text);
void wiping_memory_free(void *old);

#endif
