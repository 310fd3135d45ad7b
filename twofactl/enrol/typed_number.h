/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads phone numbers as people and spreadsheets write them, into E.164. A text
 * with two possible meanings is refused, because a wrong number locks a user
 * out. Pure.
 */
#ifndef TWOFA_TYPED_NUMBER_H
#define TWOFA_TYPED_NUMBER_H

#include "lib/values/values.h"

/* "+44 (0)20 7946-0000", "0044 20...", or with country "44" also "020 ...".
 * country: a calling code without plus; NULL none. out: a valid number by
 * phone_valid. NULL, or what is wrong, to follow "the number ", and out is
 * "". */
const char *typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1]);

/* What is wrong with a number in national form, without a country. */
extern const char typed_number_no_country[];

/* Is it a calling code: 1 to 3 digits that are not the start of another one? */
int typed_number_country_check(const char *country); /* 0, or -1 */

#endif
