/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A typed key: its fingerprint, or a file from ssh-keygen with a key
 * (id_ed25519.pub) or a certificate (id_ed25519-cert.pub).
 */
#ifndef TWOFA_TYPED_KEY_H
#define TWOFA_TYPED_KEY_H

#include "lib/values/values.h"

/* 0; for a certificate, its id and the key that signed it are set. -1 after
 * complaining about that option's value. */
int typed_key_read(
    struct ssh_identity *, const char *option, const char *typed);

#endif
