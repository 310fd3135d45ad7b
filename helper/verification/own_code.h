/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes that we make and check ourselves, where the provider only carries the
 * message. Nothing but an HMAC under the host key is kept.
 */
#ifndef TWOFA_OWN_CODE_H
#define TWOFA_OWN_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/state/host_key.h"
#include "lib/identity/person_name.h"

#define OWN_CODE_VERIFIER_LEN 32

/* So many random digits, each as likely as any other; out has room for them
 * and a NUL, and the caller wipes it. 0 or -1. */
int own_code_make(unsigned digits, char *out);

#define OWN_CODE_USER_MAX                                                      \
	(PERSON_STATE_MAX + 16) /* a name, "/enrolment" behind it */

/* HMAC(key, user, id, code). user is a valid name, or that of its enrolment,
 * and id is random_name's, so neither holds the line feeds that part them. 0,
 * or -1 for a text that is too long for either. */
int own_code_verifier(const unsigned char key[HOST_KEY_LEN], const char *user,
    const char *id, const char *code, unsigned char out[OWN_CODE_VERIFIER_LEN]);

/* In constant time. */
bool own_code_equal(const unsigned char a[OWN_CODE_VERIFIER_LEN],
    const unsigned char b[OWN_CODE_VERIFIER_LEN]);

#endif
