/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys made for one test run. */
#ifndef TWOFA_TESTS_PEMKEY_H
#define TWOFA_TESTS_PEMKEY_H

#include <stddef.h>

#define PEMKEY_MAX 8192

enum pemkey_kind {
	PEMKEY_RSA = 0,
	PEMKEY_EC,
	PEMKEY_PKCS1,  /* "BEGIN RSA PRIVATE KEY" */
	PEMKEY_LOCKED, /* RSA, with a passphrase */
	PEMKEY_PUBLIC, /* the RSA key's public half */
};

/* PEM text of a new key; bits of an RSA key. Returns its length. */
size_t pemkey_make(enum pemkey_kind, unsigned bits, char out[PEMKEY_MAX]);

#endif
