/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes a text of the settings may hold: what reaches a terminal, a log
 * or a provider must not carry control codes. Pure, without the locale.
 */
#ifndef TWOFA_CONFTEXT_H
#define TWOFA_CONFTEXT_H

#include <stdbool.h>

/* All bytes from charset; NULL: printable ASCII. */
bool conftext_plain(const char *text, const char *charset);

/* Well-formed UTF-8 (RFC 3629) without control characters (C0, C1, DEL). */
bool conftext_utf8(const char *text);

#endif
