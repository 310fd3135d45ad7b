/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a line such as "[success=2 default=ignore]" continues. Pure.
 */
#ifndef TWOFA_PAM_JUMP_H
#define TWOFA_PAM_JUMP_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

/* The target of a jump from pos over this many lines; *bad when there are too
 * few lines, which fails the stack. */
unsigned pam_jump(const struct pam_stack *, unsigned pos, int lines, bool *bad);

/* The first of our lines, or a line between two of them, with a jump that
 * crosses an include or leaves its own file: the content of the other file
 * decides where it ends. NULL: none. */
const struct pam_stack_line *pam_jump_crossing(const struct pam_stack *);

#endif
