/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper that listens, as root's logins reach it; the module, a guest in
 * sshd, has its own way (pam_module/dial.c). */
#ifndef TWOFA_HELPER_SOCKET_H
#define TWOFA_HELPER_SOCKET_H

#include <stdbool.h>

/* Where it listens for root's services. */
const char *helper_socket_path(void);

/* Is there a socket? It may be that nobody listens. */
bool helper_socket_exists(void);

/* A connection on which HELLO came, to be closed; or -1, *why: what is wrong
 * and the remedy, behind the path. Takes 3 s at most. */
int helper_socket_open(const char **why);

#endif
