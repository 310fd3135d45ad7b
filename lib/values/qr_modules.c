/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules of a QR code (ISO/IEC 18004), and half blocks for them. */
#include "lib/values/values.h"

/* Light modules around it: ISO/IEC 18004 section 6.3.8 has 4, but scanners need
 * 2, with which a code of version 6 fits 80 x 24. */
#define MARGIN 2u
#define DARK 1 /* bit of a byte of libqrencode's */

size_t
qr_code_columns(const struct qr_code *q)
{
	return q->width + 2 * MARGIN;
}

bool
qr_code_is_light(const struct qr_code *q, size_t y, size_t x)
{
	if (y < MARGIN || x < MARGIN || y >= q->width + MARGIN ||
	    x >= q->width + MARGIN)
		return true;
	return (q->module[(y - MARGIN) * q->width + x - MARGIN] & DARK) == 0;
}

const char *
qr_code_halves(const struct qr_code *q, size_t y, size_t x)
{
	const bool lower = qr_code_is_light(q, y + 1, x);

	if (qr_code_is_light(q, y, x))
		return lower ? "\xe2\x96\x88" : "\xe2\x96\x80";
	return lower ? "\xe2\x96\x84" : " ";
}
