/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QR code in the terminal. A scanner needs dark modules on a light background
 * with a margin, so the terminal's own colours are not used.
 */
#ifndef TWOFA_QR_TEXT_H
#define TWOFA_QR_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "twofactl/terminal/qr_code.h"

struct qr_text_look {
	bool halves;    /* UTF-8: two modules in a character */
	bool colours;   /* the terminal knows escape sequences */
	size_t columns; /* of the terminal; 0: not known */
};

/* How many columns the code takes. */
size_t qr_text_columns(const struct qr_code *, const struct qr_text_look *);

/* Draw it. */
void qr_text_draw(const struct qr_code *, const struct qr_text_look *, FILE *);

/* Draw the text's code on stdout; nothing when that is no terminal, and a line
 * that says so when the code has no room there. */
void qr_text_show(const char *text);

#endif
