/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc and friends that wipe what they give back: for a library that copies
 * secrets into its own buffers and frees them as they are.
 */
#ifndef TWOFA_WIPING_MEMORY_H
#define TWOFA_WIPING_MEMORY_H

#include <stddef.h>

/* As their namesakes in stdlib.h and string.h; errors too. */
void *wipemem_malloc(size_t size);
void *wipemem_calloc(size_t count, size_t size);
void *wipemem_realloc(void *old, size_t size);
char *wipemem_strdup(const char *text);
void wipemem_free(void *old);

#endif
