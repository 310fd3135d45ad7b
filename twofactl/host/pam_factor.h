/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which modules of others prove who somebody is, and what they leave behind.
 */
#ifndef TWOFA_PAM_FACTOR_H
#define TWOFA_PAM_FACTOR_H

#include "twofactl/host/pam_stack.h"

enum pam_factor {
	PAM_FACTOR_NONE = 0, /* nobody's identity is proven; or it is ours */
	PAM_FACTOR_PASSWORD, /* PAM_AUTHTOK is set: modules not known, too */
	PAM_FACTOR_SILENT,   /* a finger, a card: no password is left */
};

enum pam_factor pam_factor(const struct pam_stack_line *);

#endif
