/* SPDX-License-Identifier: BSD-2-Clause */
/* What an explanation says of a scripted login, and that it does nothing else:
 * the state stays as it was, and no line is logged. */
#ifndef TWOFA_TESTS_EXPLAINED_H
#define TWOFA_TESTS_EXPLAINED_H

#include "tests/support/logins/scripted.h"

struct explained {
	char end[24], reason[24], would[24];
	char ask[24], method[16], provider[40], asked_reason[24], which[32],
	    outage[24];
	int64_t wait_s, age_s;
};

/* dead: true for a process that has ended; or NULL. */
void explained_run(
    const struct scripted *, bool (*dead)(int64_t number), struct explained *);

#endif
