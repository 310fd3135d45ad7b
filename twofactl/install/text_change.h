/* SPDX-License-Identifier: BSD-2-Clause */
/* What changes between two texts of a file, for a person. */
#ifndef TWOFA_TEXT_CHANGE_H
#define TWOFA_TEXT_CHANGE_H

#include <stdio.h>

/* "PATH:", then the lines that go ("-") and come ("+") in their place, with the
 * line before and the one behind. One place: what stands between the first and
 * the last line that differ. NULL texts are no file. */
void text_change_print(
    FILE *, const char *path, const char *before, const char *after);

#endif
