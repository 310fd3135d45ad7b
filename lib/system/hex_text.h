/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as lower-case hexadecimal digits. */
#ifndef TWOFA_HEX_TEXT_H
#define TWOFA_HEX_TEXT_H

#include <stddef.h>

/* out has 2 * len + 1 bytes. */
void hex_text(const unsigned char *bytes, size_t len, char *out);

#endif
