/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By what an ssh login says who it is: a key's fingerprint, or a certificate's
 * id together with the fingerprint of the key that signed it.
 */
#ifndef TWOFA_SSH_IDENTITY_H
#define TWOFA_SSH_IDENTITY_H

#include <stdbool.h>

#define SSH_FINGERPRINT_LEN 50 /* "SHA256:" and 43 characters */
#define SSH_CERT_ID_MAX 255

/* As ssh-keygen -l prints it: "SHA256:" and base64 without padding. */
bool ssh_fingerprint_valid(const char *text);

/* 1 to SSH_CERT_ID_MAX bytes of printable ASCII without blanks. */
bool ssh_cert_id_valid(const char *text);

#endif
