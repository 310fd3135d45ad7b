/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a person what changes between two texts, line by line. */
#ifndef TWOFA_LINE_DIFF_H
#define TWOFA_LINE_DIFF_H

#include <stdio.h>

/* Removed lines after "-", added ones after "+", and two unchanged lines around
 * each change after a blank; "..." for more unchanged lines. old NULL: no file.
 * If memory is short, both texts are printed whole. */
void line_diff_print(FILE *, const char *old, const char *new);

#endif
