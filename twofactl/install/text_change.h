/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a person what changes between two texts of a file. */
#ifndef TWOFA_TEXT_CHANGE_H
#define TWOFA_TEXT_CHANGE_H

#include <stdio.h>

/* "PATH:", then the removed ("-") and added ("+") lines, with one common line
 * before and after: everything between the first and the last difference. A
 * NULL text means no file. */
void text_change_print(
    FILE *, const char *path, const char *before, const char *after);

#endif
