/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module dropped this process's privileges; this verifies it.
 */
#ifndef TWOFA_PRIVILEGES_H
#define TWOFA_PRIVILEGES_H

#include <stdbool.h>

/* NULL, or what is wrong: then the process must do nothing. Also makes the
 * process undumpable, because execve has reset that. */
const char *privileges_verify(void);

/*
 * Die with the parent, or by an alarm until BEGIN has come. What started this
 * process did the same before execve, but the kernel undoes it where AppArmor
 * or SELinux begins another domain there. False if the parent has
 * ended meanwhile: the module's leads this session, and twofactl holds the
 * other end of the socket.
 */
bool privileges_tie(int sock);

#endif
