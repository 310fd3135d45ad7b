/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes for paper, and the proof that they are written down. */
#ifndef TWOFA_PAPER_CODES_H
#define TWOFA_PAPER_CODES_H

#include "twofactl/terminal/terminal.h"

/* Make ctl->count codes for ctl->kept with ctl's settings, show them at the
 * terminal and let one be typed; it is compared and stays valid. CTL_DONE; else
 * all codes are removed, CTL_NO: none was typed. */
enum ctl_exit paper_codes(const struct ctl *);

#endif
