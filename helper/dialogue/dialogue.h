/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prompts, answers and keys over a challenge, until something ends it.
 */
#ifndef TWOFA_DIALOGUE_H
#define TWOFA_DIALOGUE_H

#include "helper/dialogue/challenge.h"
#include "helper/dialogue/login_context.h"

/* Fills the result; allows only by a challenge's RIGHT or ADMIT. */
void dialogue_run(const struct login *, const struct challenge *);

/* Did an answer come, of the person and not of sshd? false: the login is denied
 * for the reason that there is none. asked: prompts that were answered before.
 */
bool dialogue_answered(const struct login *, enum ui_result,
    const struct ui_answer *, unsigned asked);

#endif
