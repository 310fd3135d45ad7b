/* SPDX-License-Identifier: BSD-2-Clause */
/* An RSA private key out of PEM text (RFC 7468): PKCS #8 or PKCS #1. */
#ifndef TWOFA_RSAKEY_H
#define TWOFA_RSAKEY_H

#include "lib/values/secret.h"

#define RSAKEY_BITS_MIN 2048
#define RSAKEY_BITS_MAX 4096

/* OpenSSL's EVP_PKEY */
struct evp_pkey_st;

/*
 * NULL with *cause, a constant that says what is wrong and what mends it; never
 * asks anybody for a passphrase. The caller frees (EVP_PKEY_free, which wipes).
 */
struct evp_pkey_st *rsakey_read(const struct pem *, const char **cause);

#endif
