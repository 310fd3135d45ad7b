/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A secret that no log call can take by accident: it is not a char pointer.
 */
#ifndef TWOFA_SECRET_H
#define TWOFA_SECRET_H

#include <stddef.h>

#define SECRET_MAX 255

struct secret {
	char b[SECRET_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* A private key's file, which has many lines: one of 4096 bits has 3300. */
#define PEM_MAX 4096

struct pem {
	char b[PEM_MAX + 1]; /* NUL-terminated */
	size_t len;
};

#endif
