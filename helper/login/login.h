/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login, from the facts to the verdict.
 */
#ifndef TWOFA_LOGIN_H
#define TWOFA_LOGIN_H

#include "helper/dialogue/dialogue.h"

/* Fills the result; it is a denial unless every step agrees. */
void login_run(const struct environment *, struct login_result *);

#endif
