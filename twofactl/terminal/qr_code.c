/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes with libqrencode. */
#include "twofactl/terminal/qr_code.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

_Static_assert(QR_CODE_WIDTH_MAX == 17 + 4 * QRSPEC_VERSION_MAX, "all fit");

#define DARK 1 /* bit of a byte of QRcode.data */

int
qr_code_make(const char *text, struct qr_code *out)
{
	/* the lowest level of error correction keeps it small; a screen has no
	 * dirt */
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	size_t width;

	memset(out, 0, sizeof(*out));
	if (code == NULL)
		return -1;
	width = (size_t)code->width;
	for (size_t y = 0; y < width; y++)
		for (size_t x = 0; x < width; x++)
			out->dark[y][x] = code->data[y * width + x] & DARK;
	out->width = width;
	explicit_bzero(code->data, width * width);
	QRcode_free(code);
	return 0;
}
