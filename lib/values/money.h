/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Money: decimal text to millionths and back. No floats, no locale. Pure.
 */
#ifndef TWOFA_MONEY_H
#define TWOFA_MONEY_H

#include <stdint.h>

#define PRICE_TEXT_MAX 32
#define PRICE_MAX INT64_C(1000000000000) /* a million */

/* "0.0333", "12", up to a million; digits behind the sixth are rounded up. 0,
 * or -1 for any other text. */
int money_parse(const char *text, int64_t *millionths);

/* "0.0333", with at least two digits behind the point; for 0 and more. */
void money_text(int64_t millionths, char out[PRICE_TEXT_MAX]);

#endif
