/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in what a helper that listens tells the program that takes its place.
 * Pure. */
#ifndef TWOFA_WARM_KEPT_NUMBER_H
#define TWOFA_WARM_KEPT_NUMBER_H

#include <stdint.h>

/* The number at the text's beginning, and the mark behind it, which is passed;
 * -1: there is no such thing, or it is above most. */
int64_t kept_number(const char **text, char mark, int64_t most);

#endif
