/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least change to a stack: it ends a login whose first factor failed before
 * pam_twofa is reached, or leads a right password there. Pure.
 */
#ifndef TWOFA_PAM_REMEDY_H
#define TWOFA_PAM_REMEDY_H

#include "twofactl/host/pam_walk.h"

#define PAM_REMEDY_TEXT 1024

/* Words for an admin; failed: a line of the stack, which pam_walk_judge named.
 * Never longer than the text: a change that does not fit is told by its kind.
 */
void pam_remedy(const struct pam_stack *, const struct pam_walk_service *,
    const struct pam_stack_line *failed, const struct pam_stack_line *twofa,
    char text[PAM_REMEDY_TEXT]);

/* The same of the line by which the stack succeeds without pam_twofa, which is
 * not one of pam_twofa's. */
void pam_remedy_bypass(const struct pam_stack_line *,
    const struct pam_stack_line *twofa, char text[PAM_REMEDY_TEXT]);

#endif
