/* SPDX-License-Identifier: BSD-2-Clause */
/* What is well-formed UTF-8 (RFC 3629). Pure, without the locale. */
#ifndef TWOFA_UTF8_H
#define TWOFA_UTF8_H

#include <stddef.h>

/* Bytes of the character that a NUL-terminated text begins with; 0 when it
 * begins with none, or with a control character (C0, DEL, C1). */
size_t utf8_len(const char *text);

#endif
