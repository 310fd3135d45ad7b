/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in the text that a listening helper passes to the program that
 * replaces it. Pure. */
#ifndef TWOFA_WARM_KEPT_NUMBER_H
#define TWOFA_WARM_KEPT_NUMBER_H

#include <stdint.h>

/* Read the number at the start of the text and the mark behind it, and move on.
 * -1: there is no such number, or it is above most. */
int64_t kept_number(const char **text, char mark, int64_t most);

#endif
