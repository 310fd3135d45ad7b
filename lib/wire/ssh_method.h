/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sshd's methods that leave no password: when= names them in PAM files,
 * SSH_AUTH_INFO_0 names them in a login.
 */
#ifndef TWOFA_SSH_METHOD_H
#define TWOFA_SSH_METHOD_H

#include <stdbool.h>
#include <stddef.h>

#define SSH_METHOD_PUBLICKEY 1u
#define SSH_METHOD_HOSTBASED 2u
#define SSH_METHOD_GSSAPI 4u /* gssapi-with-mic */
#define SSH_METHOD_ALL 7u

/* The method of this name of len bytes, which need not end with NUL; 0: another
 * name. */
unsigned ssh_method(const char *name, size_t len);

/* True when one of these methods was passed. SSH_AUTH_INFO_0 has a line for
 * each that was: "publickey ssh-ed25519 AAAA..."; "" none. */
bool ssh_method_passed(unsigned methods, const char *auth_info);

#endif
