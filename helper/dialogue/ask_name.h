/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks who of several people it is.
 */
#ifndef TWOFA_ASK_NAME_H
#define TWOFA_ASK_NAME_H

#include <stdbool.h>

#include "helper/dialogue/login_context.h"
#include "helper/dialogue/ui.h"

/* The typed name, without blanks around it; never "". The caller finds out
 * whose name it is, if any, and must not show that. false: the login is denied.
 * The caller wipes, because it may be a password. */
bool ask_name(const struct login *, char name[UI_ANSWER_MAX + 1]);

#endif
