/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' records in a state that hosts share, under the key that they share.
 * An app's secret stands there encrypted, and says whose it is; each record has
 * a seal over its text and its user. So whoever changes the state without the
 * key can neither read a secret nor give a user another one's record.
 *
 * A sealed secret is "sealed:1:" and base64 of a nonce of 12 random bytes, the
 * secret's text under AES-256-GCM, and its tag of 16 bytes. Beside that the tag
 * covers "twofa secret 1", a NUL and the kept name (kept_name.h) of whose it
 * is. The key of AES is HMAC-SHA-256 of "twofa secret 1" under the fleet's. The
 * seal of a record is HMAC-SHA-256, under the fleet's key, of "twofa record 1",
 * a NUL, the user's name, a NUL and the text.
 */
#ifndef TWOFA_RECORD_SEAL_H
#define TWOFA_RECORD_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/values/secret.h"

#define RECORD_SEAL_KEY 32 /* bytes of the fleet's key */
#define RECORD_SEAL_LEN 32
#define RECORD_SEAL_WORD "sealed:"
#define RECORD_SEAL_TEXT_MAX 1024 /* of a sealed secret, with its NUL */

/* Does a value say that it is a sealed secret? */
bool record_seal_is(const char *text);

/* Encrypt whose's secret; each time it is another text. 0 or -1: there is no
 * randomness, or libcrypto fails. */
int record_seal_secret(const unsigned char key[RECORD_SEAL_KEY],
    const char *whose, const struct secret *, char out[RECORD_SEAL_TEXT_MAX]);

/* Decrypt it. 0, or -1 and an empty secret: it is another's, another key's or
 * changed. The caller wipes. */
int record_seal_open(const unsigned char key[RECORD_SEAL_KEY],
    const char *whose, const char *text, struct secret *);

/* The seal of a user's record. 0 or -1. */
int record_seal_make(const unsigned char key[RECORD_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[RECORD_SEAL_LEN]);
/* Is it that one's? */
bool record_seal_fits(const unsigned char key[RECORD_SEAL_KEY],
    const char *user, const char *text,
    const unsigned char seal[RECORD_SEAL_LEN]);

/* By what a state tells which key it is for: HMAC-SHA-256 of "twofa" under it.
 * 0 or -1. */
int record_seal_key(const unsigned char key[RECORD_SEAL_KEY],
    unsigned char mark[RECORD_SEAL_LEN]);

#endif
