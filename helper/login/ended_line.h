/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line of a login whose service left before its end: the module can no
 * longer write it.
 */
#ifndef TWOFA_ENDED_LINE_H
#define TWOFA_ENDED_LINE_H

#include "helper/dialogue/dialogue.h"
#include "lib/wire/wire.h"

/* Write it to the log as the module would: with outcome=ended, or as denied if
 * a last prompt has told the person. */
void ended_line_write(const struct facts *, const struct login_result *);

#endif
