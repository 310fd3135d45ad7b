/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a text made of these bytes alone? Asked before it goes into a path. */
#ifndef TWOFA_CHARSET_H
#define TWOFA_CHARSET_H

#include <stdbool.h>

/* One or more bytes, each out of set. */
bool charset_only(const char *s, const char *set);

#endif
