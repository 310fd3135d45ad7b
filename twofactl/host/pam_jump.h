/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a line such as "[success=2 default=ignore]" goes on. Pure.
 */
#ifndef TWOFA_PAM_JUMP_H
#define TWOFA_PAM_JUMP_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

/* The line behind so many that are jumped over from pos; *bad when there are
 * not as many, which fails the stack. */
unsigned pam_jump(const struct pam_stack *, unsigned pos, int lines, bool *bad);

/* The first line of ours, or between two of ours, with a jump that crosses an
 * include or leaves its own file: where that one ends is decided by what
 * the other file has. NULL: none. */
const struct pam_stack_line *pam_jump_crossing(const struct pam_stack *);

#endif
