/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a login that acts. */
#ifndef TWOFA_LOGIN_ACTS_H
#define TWOFA_LOGIN_ACTS_H

#include "helper/verification/login_steps.h"

extern const struct login_steps login_acts;

#endif
