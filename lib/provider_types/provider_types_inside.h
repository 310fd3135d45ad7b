/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of lib/provider_types. */
#ifndef TWOFA_PROVIDER_TYPES_INSIDE_H
#define TWOFA_PROVIDER_TYPES_INSIDE_H

#include <stddef.h>

/* telnyx_types.c: the words of templates. */

/* The index of the word that starts with this "%", or 0, which is "%" itself;
 * and its length in bytes. */
unsigned telnyx_word_find(
    const char *const *words, unsigned count, const char *p, size_t *len);

#endif
