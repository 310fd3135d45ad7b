/* SPDX-License-Identifier: BSD-2-Clause */
/* How an email address is shown. Pure: no I/O, no locale. */
#ifndef TWOFA_EMAIL_H
#define TWOFA_EMAIL_H

#define EMAIL_MASK 31 /* holds any masked address and its NUL */

/* "a***@example.org": the first character, and as much of the end of the
 * domain as fits ("a***@...ong.example.org"). "" for what has no @. */
void email_mask(const char *address, char out[EMAIL_MASK]);

#endif
