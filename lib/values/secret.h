/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A secret in a struct: a log call cannot take it by accident, as it would a
 * char pointer.
 */
#ifndef TWOFA_SECRET_H
#define TWOFA_SECRET_H

#include <stddef.h>

#define SECRET_MAX 255

struct secret {
	char b[SECRET_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* The file of a private key, which has many lines: a key of 4096 bits takes
 * 3300 bytes. */
#define PEM_MAX 4096

struct pem {
	char b[PEM_MAX + 1]; /* NUL-terminated */
	size_t len;
};

#endif
