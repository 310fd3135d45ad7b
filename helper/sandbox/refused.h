/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call that the filter refuses comes back with EPERM, as if the kernel had
 * refused it for want of rights, and is noted for the log. The quiet ones of
 * helper/sandbox/generate.c come back with EPERM alone.
 */
#ifndef TWOFA_SANDBOX_REFUSED_H
#define TWOFA_SANDBOX_REFUSED_H

#include <stddef.h>

struct sandbox_program;

/* Before this program is installed. 0, or -1 with errno. */
int refused_catch(const struct sandbox_program *);

/* "ptrace, keyctl": what was refused so far, cut where out[cap] ends. Returns
 * how many. */
size_t refused_names(char *out, size_t cap);

/* One line, "sandbox: refused ptrace, keyctl", if there is anything. */
void refused_log(void);

#endif
