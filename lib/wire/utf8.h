/* SPDX-License-Identifier: BSD-2-Clause */
/* What is well-formed UTF-8 (RFC 3629). Pure, without the locale. */
#ifndef TWOFA_UTF8_H
#define TWOFA_UTF8_H

#include <stddef.h>

/* The length of the character at the start of a NUL-terminated text; 0 when
 * there is none, or a control character (C0, DEL, C1). */
size_t utf8_len(const char *text);

#endif
