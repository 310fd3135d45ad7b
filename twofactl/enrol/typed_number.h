/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phone numbers as people and spreadsheets write them, made E.164. Where a
 * text can mean two numbers it is refused: a wrong number locks somebody out.
 * Pure.
 */
#ifndef TWOFA_TYPED_NUMBER_H
#define TWOFA_TYPED_NUMBER_H

#include "lib/values/phone.h"

/* "+44 (0)20 7946-0000", "0044 20...", or with country "44" also "020 ...".
 * country: a calling code without plus; NULL none. out: a number that
 * phone_valid takes. NULL, or what is wrong, to be put behind "the number ",
 * and out is "". */
const char *typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1]);

/* Is it a calling code: 1 to 3 digits of which no other one is the start? */
int typed_number_country_check(const char *country); /* 0, or -1 */

#endif
