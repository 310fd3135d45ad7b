/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a real login. */
#ifndef TWOFA_LOGIN_ACTS_H
#define TWOFA_LOGIN_ACTS_H

#include "helper/verification/verification.h"

/* Remove what the login's beginning inserted and counted and no step has
 * used. */
void login_give_back(const struct login *);

extern const struct login_steps login_acts;

#endif
