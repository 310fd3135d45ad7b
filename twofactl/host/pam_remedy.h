/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to a stack by which no login avoids pam_twofa, or comes to it after
 * its first factor has failed. Each is made in the model first: then nothing of
 * that may be left, and the same people must get in. Pure.
 */
#ifndef TWOFA_PAM_REMEDY_H
#define TWOFA_PAM_REMEDY_H

#include "twofactl/host/pam_walk.h"

#define PAM_REMEDY_TEXT 1024

/* The first change that helps, as a text for an admin; line: what the walk has
 * found, tried first, then those up to ours. *vouched: only together with a
 * rule that has first_factor = "stack". False: none is known. */
bool pam_remedy(const struct pam_stack *, const struct pam_walk_service *,
    const struct pam_walk *, const struct pam_stack_line *line, bool can_vouch,
    char text[PAM_REMEDY_TEXT], bool *vouched);

#endif
