/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a line may return when PAM asks it who somebody is. Pure.
 */
#ifndef TWOFA_PAM_RETURNS_H
#define TWOFA_PAM_RETURNS_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

/* What is true of all logins that are looked at together. */
struct pam_login {
	bool caller_is_root; /* as of sshd and login */
	unsigned passed;     /* SSH_METHOD_* */
};

bool pam_returns_possible(
    const struct pam_stack_line *, int value, const struct pam_login *);

/* Is the value a success, as modules mean it? */
bool pam_returns_success(int value);

#endif
