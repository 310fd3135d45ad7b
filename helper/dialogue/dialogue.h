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

#endif
