/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Phone numbers: E.164 with plus, and how they are shown.
 * Pure: no I/O, no locale.
 */
#ifndef TWOFA_PHONE_H
#define TWOFA_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#define PHONE_MAX 16  /* "+" and 15 digits */
#define PHONE_MASK 24 /* holds any masked number and its NUL */

/* ^\+[1-9][0-9]{6,14}$ (E.164, 7 to 15 digits), ASCII digits only. */
bool phone_valid(const char *number);

/* Digits of the country code of a valid number: 1 to 3 (ITU-T E.164 list). */
size_t phone_country_len(const char *number);

/* "+1 ***-***-0123": country code and last four digits. The shape is the same
 * for every length, so a decoy's number looks real. */
void phone_mask(const char *number, char out[PHONE_MASK]);

#endif
