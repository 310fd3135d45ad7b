/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes made by libqrencode and drawn in a terminal. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* white on black, white, black; the terminal's own colours */
#define SGR_HALVES "\033[97;40m"
#define SGR_LIGHT "\033[47m"
#define SGR_DARK "\033[40m"
#define SGR_END "\033[0m"

static const char *
whole_text(const struct qr_code *q, bool colours, size_t y, size_t x)
{
	if (!colours)
		return qr_code_is_light(q, y, x) ? "##" : "  ";
	return qr_code_is_light(q, y, x) ? SGR_LIGHT "  " : SGR_DARK "  ";
}

size_t
qr_text_columns(const struct qr_code *q, const struct qr_text_style *style)
{
	return qr_code_columns(q) * (style->halves ? 1 : 2);
}

void
qr_text_draw(
    const struct qr_code *q, const struct qr_text_style *style, FILE *out)
{
	const size_t all = qr_code_columns(q);

	for (size_t y = 0; y < all; y += style->halves ? 2 : 1) {
		if (style->halves && style->colours)
			fputs(SGR_HALVES, out);
		for (size_t x = 0; x < all; x++)
			fputs(style->halves
				? qr_code_halves(q, y, x)
				: whole_text(q, style->colours, y, x),
			    out);
		fputs(style->colours ? SGR_END "\n" : "\n", out);
	}
}

static bool
locale_is_utf8(void)
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
detect_style(struct qr_text_style *style)
{
	const char *term = getenv("TERM");
	struct winsize size;

	style->halves = locale_is_utf8();
	style->colours =
	    term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
	style->columns =
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void
show_code(const struct qr_code *q)
{
	struct qr_text_style style;
	size_t columns;

	detect_style(&style);
	columns = qr_text_columns(q, &style);
	if (style.columns != 0 && style.columns < columns)
		terminal_error(
		    "no QR code: it takes %zu columns, the terminal has %zu",
		    columns, style.columns);
	else
		qr_text_draw(q, &style, stdout);
}

void
qr_text_show(const char *text)
{
	QRcode *code;
	size_t width;

	if (isatty(STDOUT_FILENO) != 1)
		return;
	/* the lowest level of error correction gives the smallest code; a
	 * screen has no dirt */
	code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, true);
	if (code == NULL) {
		terminal_error("no QR code: %s", strerror(errno));
		return;
	}
	width = (size_t)code->width;
	show_code(&(struct qr_code){ code->data, width });
	explicit_bzero(code->data, width * width);
	QRcode_free(code);
}
