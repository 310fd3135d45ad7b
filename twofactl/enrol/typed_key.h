/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key as it is typed: its fingerprint, or a file that ssh-keygen has written,
 * of a key (id_ed25519.pub) or of a certificate (id_ed25519-cert.pub).
 */
#ifndef TWOFA_TYPED_KEY_H
#define TWOFA_TYPED_KEY_H

#include "lib/identity/ssh_identity.h"

/* 0; of a certificate the id and the key that signed it are set. -1 after
 * complaining of that option's value. */
int typed_key_read(
    struct ssh_identity *, const char *option, const char *typed);

#endif
