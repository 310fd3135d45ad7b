/* SPDX-License-Identifier: BSD-2-Clause */
/* A page's address, or an app's secret, as a QR code in half blocks.
 * libqrencode is loaded only where one may be shown. */
#include "helper/dialogue/dialogue_inside.h"

#include <qrencode.h>

#include "lib/rules/rules.h"

#define SONAME "libqrencode.so.4"
#define HALF_BYTES 3                                  /* longest half block */
#define COLUMNS_MAX (17 + 4 * QRSPEC_VERSION_MAX + 4) /* with the margin */

#define FUNCTIONS(EACH) EACH(QRcode_encodeString) EACH(QRcode_free)

static struct {
	FUNCTIONS(LIBRARY_POINTER)
} lib;

bool
qr_is_loaded(void)
{
	return lib.QRcode_free != NULL;
}

bool
qr_has_pages(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (reach_approval(&conf->provider[i]) == METHOD_PAGE)
			return true;
	return false;
}

void
qr_load(void)
{
	(void)library_load(SONAME, FUNCTIONS(LIBRARY_NAME), &lib);
}

/* Two rows of modules in each line, so that it fits in a message of PAM. */
static void
show(const struct login *l, const struct qr_code *q)
{
	const size_t all = qr_code_columns(q);
	char line[HALF_BYTES * COLUMNS_MAX + 1];

	for (size_t y = 0; y < all; y += 2) {
		line[0] = '\0';
		for (size_t x = 0; x < all; x++)
			PRINT_APPEND(line, "%s", qr_code_halves(q, y, x));
		login_show_line(l, line);
	}
}

void
qr_show(const struct login *l, const char *text)
{
	QRcode *code =
	    lib.QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, true);

	if (code != NULL) {
		/* ssh puts "(user@host) " in front of the first line, which
		 * would shift a row of modules */
		login_show_line(l, text);
		show(l, &(struct qr_code){ code->data, (size_t)code->width });
	}
	lib.QRcode_free(code);
}
