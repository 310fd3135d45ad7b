/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes that we make and check ourselves; the provider only carries the
 * message. Only an HMAC with the host key is stored.
 */
#ifndef TWOFA_OWN_CODE_H
#define TWOFA_OWN_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/store/store.h"
#include "lib/values/values.h"

#define OWN_CODE_VERIFIER_LEN 32

/* Random digits, all equally likely; out has room for them and a NUL, and the
 * caller wipes it. 0 or -1. */
int own_code_make(unsigned digits, char *out);

#define OWN_CODE_USER_MAX                                                      \
	(PERSON_STATE_MAX + 16) /* a name, "/enrolment" behind it */

/* HMAC(key, user, id, code). user is a valid name, or that of its enrolment,
 * and id comes from random_name, so the line feeds between them are unique. 0,
 * or -1 for a text that is too long. */
int own_code_verifier(const unsigned char key[HOST_KEY_LEN], const char *user,
    const char *id, const char *code, unsigned char out[OWN_CODE_VERIFIER_LEN]);

/* Compares in constant time. */
bool own_code_equal(const unsigned char a[OWN_CODE_VERIFIER_LEN],
    const unsigned char b[OWN_CODE_VERIFIER_LEN]);

#endif
