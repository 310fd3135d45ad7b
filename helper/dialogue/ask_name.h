/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking who of several people it is.
 */
#ifndef TWOFA_ASK_NAME_H
#define TWOFA_ASK_NAME_H

#include <stdbool.h>

#include "helper/dialogue/login_context.h"
#include "helper/dialogue/ui.h"

/* What was typed, without blanks around it; never "". Whose name it is, and
 * whether it is anybody's, is the caller's to find, and not to show. false: the
 * login is denied. The caller wipes: it may be a password. */
bool ask_name(const struct login *, char name[UI_ANSWER_MAX + 1]);

#endif
