/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protects users' records in a state that hosts share, with their common key.
 * An app's secret is stored encrypted and bound to its owner; each record has a
 * seal over its text and its user. So changing the state without the key
 * neither reveals a secret nor gives a user another one's record.
 *
 * A sealed secret is "sealed:1:" and base64 of a nonce of 12 random bytes, the
 * secret's text under AES-256-GCM, and its tag of 16 bytes. The tag also covers
 * "twofa secret 1", a NUL and the owner's kept name (values.h). The key of
 * AES is HMAC-SHA-256 of "twofa secret 1" with the fleet's key. The seal of a
 * record is HMAC-SHA-256, with the fleet's key, of "twofa record 1", a NUL, the
 * user's name, a NUL and the text.
 */
#ifndef TWOFA_RECORD_SEAL_H
#define TWOFA_RECORD_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/values/values.h"

#define RECORD_SEAL_KEY 32 /* bytes of the fleet's key */
#define RECORD_SEAL_LEN 32
#define RECORD_SEAL_WORD "sealed:"
#define RECORD_SEAL_TEXT_MAX 1024 /* of a sealed secret, with its NUL */

/* Does the value begin like a sealed secret? */
bool record_seal_is(const char *text);

/* Encrypt a secret of whose; the text differs each time. 0 or -1: there is no
 * randomness, or libcrypto fails. */
int record_seal_secret(const unsigned char key[RECORD_SEAL_KEY],
    const char *whose, const struct secret *, char out[RECORD_SEAL_TEXT_MAX]);

/* Decrypt it. 0, or -1 and an empty secret: it has another owner or key, or was
 * changed. The caller wipes. */
int record_seal_open(const unsigned char key[RECORD_SEAL_KEY],
    const char *whose, const char *text, struct secret *);

/* The seal of a user's record. 0 or -1. */
int record_seal_make(const unsigned char key[RECORD_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[RECORD_SEAL_LEN]);
/* Does the seal belong to that user's record? */
bool record_seal_fits(const unsigned char key[RECORD_SEAL_KEY],
    const char *user, const char *text,
    const unsigned char seal[RECORD_SEAL_LEN]);

/* A fingerprint of the key, for a state to name it: HMAC-SHA-256 of "twofa"
 * with it. 0 or -1. */
int record_seal_key(const unsigned char key[RECORD_SEAL_KEY],
    unsigned char mark[RECORD_SEAL_LEN]);

#endif
