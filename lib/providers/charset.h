/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a text consist of these bytes only? Checked before it goes into a
 * path. */
#ifndef TWOFA_CHARSET_H
#define TWOFA_CHARSET_H

#include <stdbool.h>

/* True for one or more bytes, all of them in set. */
bool charset_only(const char *s, const char *set);

#endif
