/* SPDX-License-Identifier: BSD-2-Clause */
/* Email addresses: their shape, and how they are shown. Pure: no I/O, no
 * locale. */
#ifndef TWOFA_EMAIL_H
#define TWOFA_EMAIL_H

#include <stdbool.h>

#define EMAIL_MASK 31 /* holds any masked address and its NUL */

/* Printable ASCII, one @, something on both sides of
 * it, 3 to 254 bytes. */
bool email_valid(const char *address);

/* "a***@example.org": the first character, and as much of the end of the domain
 * as fits ("a***@...ong.example.org"). "" for a text without @. */
void email_mask(const char *address, char out[EMAIL_MASK]);

#endif
