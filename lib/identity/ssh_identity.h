/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity in an ssh login: a key's fingerprint, or a certificate's id with
 * the fingerprint of the key that signed it. sshd has checked both; here they
 * are only read, as untrusted input.
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

/* All "": the line identifies no person, because it cannot be read, is of an
 * unknown kind, or has an invalid id. */
struct ssh_identity {
	char key[SSH_FINGERPRINT_LEN + 1]; /* of a plain key */
	/* of a user's certificate: both are set */
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
};

/* The next line of SSH_AUTH_INFO_0 that begins with "publickey ", such as
 * "publickey ssh-ed25519 AAAA..."; more text behind the key is ignored. *at
 * moves on; false: there are no more. */
bool ssh_identity_next(const char **at, struct ssh_identity *);

#endif
