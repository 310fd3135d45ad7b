/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a person something at the end of a login. It stands in a prompt that
 * Enter ends, since sshd shows no line without one.
 */
#ifndef TWOFA_TELL_H
#define TWOFA_TELL_H

#include "helper/session.h"

void tell(const struct session_env *, const char *prompt);

#endif
