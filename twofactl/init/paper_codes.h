/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes for paper, and the proof that they are on it. */
#ifndef TWOFA_PAPER_CODES_H
#define TWOFA_PAPER_CODES_H

#include "twofactl/arguments/command.h"

/* Make ctl->count of them for ctl->kept under ctl's settings, show them at the
 * terminal and have one typed back; it is compared and not used up. CTL_DONE;
 * else there are none any more, CTL_NO: nobody typed it. */
enum ctl_exit paper_codes(const struct ctl *);

#endif
