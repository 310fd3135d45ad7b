/* SPDX-License-Identifier: BSD-2-Clause */
/* What changes between two texts, line by line, for a person to read. */
#ifndef TWOFA_LINE_DIFF_H
#define TWOFA_LINE_DIFF_H

#include <stdio.h>

/* Lines that go behind "-", that come behind "+", and the two around each place
 * behind a blank; "..." where more lines stay as they are. old NULL: no file.
 * Without memory the whole of both is printed. */
void line_diff_print(FILE *, const char *old, const char *new);

#endif
