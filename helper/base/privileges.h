/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module dropped this process's privileges; here it is verified.
 */
#ifndef TWOFA_PRIVILEGES_H
#define TWOFA_PRIVILEGES_H

/* NULL, or what is wrong: then do nothing at all. Also makes the process not
 * dumpable, since execve made it so again. */
const char *privileges_verify(void);

#endif
