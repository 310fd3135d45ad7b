/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest change to a stack that ends a login before pam_twofa when its
 * first factor failed, or that leads a right password to pam_twofa. Pure.
 */
#ifndef TWOFA_PAM_REMEDY_H
#define TWOFA_PAM_REMEDY_H

#include "twofactl/host/pam_walk.h"

#define PAM_REMEDY_TEXT 1024

/* A text for an admin; failed: a line of the stack, from pam_walk_judge. If the
 * exact change does not fit into the text, it is only described. */
void pam_remedy(const struct pam_stack *, const struct pam_walk_service *,
    const struct pam_stack_line *failed, const struct pam_stack_line *twofa,
    char text[PAM_REMEDY_TEXT]);

/* The same for the line, not pam_twofa's, by which the stack succeeds without
 * pam_twofa. */
void pam_remedy_bypass(const struct pam_stack_line *,
    const struct pam_stack_line *twofa, char text[PAM_REMEDY_TEXT]);

#endif
