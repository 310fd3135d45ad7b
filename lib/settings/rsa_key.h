/* SPDX-License-Identifier: BSD-2-Clause */
/* An RSA private key as PEM text (RFC 7468), PKCS #8 or PKCS #1, in a file that
 * settings name. */
#ifndef TWOFA_RSA_KEY_H
#define TWOFA_RSA_KEY_H

#include "lib/system/system.h"
#include "lib/values/values.h"

#define RSA_KEY_BITS_MIN 2048
#define RSA_KEY_BITS_MAX 4096

/* OpenSSL's EVP_PKEY */
struct evp_pkey_st;

/*
 * NULL with *cause, a constant that says what is wrong and how to fix it; never
 * asks for a passphrase. The caller frees (EVP_PKEY_free, which wipes).
 */
struct evp_pkey_st *rsa_key_read(const struct pem *, const char **cause);

/* Only the cause; NULL: it is such a key. */
const char *rsa_key_wrong(const struct pem *);

/* Copy the text of a file that passes the checks for secrets (system.h)
 * and holds such a key. 0, or -1 with cause; pem is empty then. The caller
 * wipes. */
int rsa_key_file(const char *path, uid_t owner, struct pem *pem,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

#endif
