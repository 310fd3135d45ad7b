/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes with libqrencode, as a terminal shows them. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MARGIN 4u /* light modules around it (ISO/IEC 18004 section 6.3.8) */
/* white on black, and black; back to the terminal's colours */
#define SGR_HALVES "\033[97;40m"
#define SGR_LIGHT "\033[47m"
#define SGR_DARK "\033[40m"
#define SGR_END "\033[0m"

/* Row and column start at the margin's edge. */
static bool
light(const struct qr_code *q, size_t y, size_t x)
{
	if (y < MARGIN || x < MARGIN || y >= q->width + MARGIN ||
	    x >= q->width + MARGIN)
		return true;
	return q->dark[y - MARGIN][x - MARGIN] == 0;
}

/* The light modules are drawn, because a terminal's background is dark, or made
 * dark. Below an odd last row there is margin. */
static const char *
half(const struct qr_code *q, size_t y, size_t x)
{
	const bool upper = light(q, y, x), lower = light(q, y + 1, x);

	if (upper)
		return lower ? "\xe2\x96\x88" : "\xe2\x96\x80";
	return lower ? "\xe2\x96\x84" : " ";
}

static const char *
whole(const struct qr_code *q, bool colours, size_t y, size_t x)
{
	if (!colours)
		return light(q, y, x) ? "##" : "  ";
	return light(q, y, x) ? SGR_LIGHT "  " : SGR_DARK "  ";
}

size_t
qr_text_columns(const struct qr_code *q, const struct qr_text_look *look)
{
	return (q->width + 2 * MARGIN) * (look->halves ? 1 : 2);
}

void
qr_text_draw(
    const struct qr_code *q, const struct qr_text_look *look, FILE *out)
{
	const size_t all = q->width + 2 * MARGIN;

	for (size_t y = 0; y < all; y += look->halves ? 2 : 1) {
		if (look->halves && look->colours)
			fputs(SGR_HALVES, out);
		for (size_t x = 0; x < all; x++)
			fputs(look->halves ? half(q, y, x)
					   : whole(q, look->colours, y, x),
			    out);
		fputs(look->colours ? SGR_END "\n" : "\n", out);
	}
}

static bool
utf8(void)
{
	locale_t here = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool is;

	if (here == (locale_t)0)
		return false;
	is = strcmp(nl_langinfo_l(CODESET, here), "UTF-8") == 0;
	freelocale(here);
	return is;
}

static void
look_at_terminal(struct qr_text_look *look)
{
	const char *term = getenv("TERM");
	struct winsize size;

	look->halves = utf8();
	look->colours =
	    term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
	look->columns =
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void
qr_text_show(const char *text)
{
	static struct qr_code code;
	struct qr_text_look look;
	size_t columns;

	if (isatty(STDOUT_FILENO) != 1)
		return;
	if (qr_code_make(text, &code) != 0) {
		terminal_error("no QR code: %s", strerror(errno));
		return;
	}
	look_at_terminal(&look);
	columns = qr_text_columns(&code, &look);
	if (look.columns != 0 && look.columns < columns)
		terminal_error(
		    "no QR code: it takes %zu columns, the terminal has "
		    "%zu",
		    columns, look.columns);
	else
		qr_text_draw(&code, &look, stdout);
	explicit_bzero(&code, sizeof(code));
}

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
