/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call that the filter refuses returns EPERM, as if the rights were missing,
 * and is noted for the log. The QUIET calls of helper/sandbox/generate.c return
 * EPERM without a note.
 */
#ifndef TWOFA_SANDBOX_REFUSED_H
#define TWOFA_SANDBOX_REFUSED_H

#include <stddef.h>

struct sandbox_program;

/* Call it before this program is installed. 0, or -1 with errno. */
int refused_catch(const struct sandbox_program *);

/* "ptrace, keyctl": the calls refused so far, cut to fit out[cap]. Returns
 * their number. */
size_t refused_names(char *out, size_t cap);

/* One line, "sandbox: refused ptrace, keyctl", if any was refused. */
void refused_log(void);

#endif
