/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc and friends that wipe what they give back: for a library that copies
 * secrets into its own buffers and frees them as they are.
 */
#ifndef TWOFA_WIPING_MEMORY_H
#define TWOFA_WIPING_MEMORY_H

#include <stddef.h>

/* As their namesakes in <stdlib.h> and <string.h>; errors too. */
void *wiping_memory_malloc(size_t size);
void *wiping_memory_calloc(size_t count, size_t size);
void *wiping_memory_realloc(void *old, size_t size);
char *wiping_memory_strdup(const char *text);
void wiping_memory_free(void *old);

#endif
