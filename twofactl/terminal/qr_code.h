/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QR code (ISO/IEC 18004) as dark and light modules. The only file that
 * knows libqrencode.
 */
#ifndef TWOFA_QR_CODE_H
#define TWOFA_QR_CODE_H

#include <stddef.h>

#define QR_CODE_WIDTH_MAX 177 /* version 40 */

/* Too large for a stack. It contains the text: the caller wipes. */
struct qr_code {
	size_t width;
	unsigned char dark[QR_CODE_WIDTH_MAX]
			  [QR_CODE_WIDTH_MAX]; /* row, column */
};

/* The smallest one that holds the text. 0, or -1 with errno. */
int qr_code_make(const char *text, struct qr_code *);

#endif
