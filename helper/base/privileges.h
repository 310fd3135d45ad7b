/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module dropped this process's privileges; this verifies it.
 */
#ifndef TWOFA_PRIVILEGES_H
#define TWOFA_PRIVILEGES_H

/* NULL, or what is wrong: then the process must do nothing. Also makes the
 * process undumpable, because execve has reset that. */
const char *privileges_verify(void);

#endif
