/* SPDX-License-Identifier: BSD-2-Clause */
/* A small gzip document that unpacks to a large one, for one fault. */
#ifndef SIM_GZIP_H
#define SIM_GZIP_H

#include <stddef.h>

/*
 * Packs text followed by at least blanks blanks (RFC 1951, 1952). Returns a
 * malloc'ed buffer and its length, or NULL.
 */
char *gzip_bomb(const char *text, size_t len, size_t blanks, size_t *out_len);

#endif
