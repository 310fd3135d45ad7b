/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shows prompts and reads answers and keys for a challenge, until it ends.
 */
#ifndef TWOFA_DIALOGUE_H
#define TWOFA_DIALOGUE_H

#include "helper/dialogue/challenge.h"
#include "helper/dialogue/login_context.h"

/* Fills the result; only a challenge's RIGHT or ADMIT allows. */
void dialogue_run(const struct login *, const struct challenge *);

/* Did the person, and not sshd, answer? false: the login is denied with the
 * reason for the missing answer. asked: prompts answered before. */
bool dialogue_answered(const struct login *, enum ui_result,
    const struct ui_answer *, unsigned asked);

#endif
