/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening helper, reached as root's logins reach it; the module, which
 * runs within sshd, has its own way (pam_module/helper_talk.c). */
#ifndef TWOFA_HELPER_SOCKET_H
#define TWOFA_HELPER_SOCKET_H

#include <stdbool.h>

/* Its socket for root's services. */
const char *helper_socket_path(void);

/* True when there is a socket, even without a listener. */
bool helper_socket_exists(void);

/* A connection with HELLO received, to be closed; or -1 and *why: what is wrong
 * and the remedy, to follow the path. Takes 3 s at most. */
int helper_socket_open(const char **why);

#endif
