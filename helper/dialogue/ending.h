/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a person something at the end of a login. It stands in a prompt that
 * Enter ends, since sshd shows no line without one.
 */
#ifndef TWOFA_ENDING_H
#define TWOFA_ENDING_H

#include "helper/login/login.h"

void tell(const struct environment *, const char *prompt);

#endif
