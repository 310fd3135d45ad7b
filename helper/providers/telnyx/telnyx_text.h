/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a text message that carries our own code: one part of GSM-7
 * (3GPP TS 23.038), filled in from a template with %brand%, %host%, %code%.
 */
#ifndef TWOFA_TELNYX_TEXT_H
#define TWOFA_TELNYX_TEXT_H

#include "helper/providers/provider.h"

#define TELNYX_TEXT_MAX 160 /* characters of a message of one part */
/* Holds a filled text: some characters of a brand have two bytes. */
#define TELNYX_TEXT_SIZE (2 * TELNYX_TEXT_MAX + 1)
#define TELNYX_BRAND_MAX 18
#define TELNYX_HOST_MIN 16 /* what always fits of the host's name */

/* ASCII that GSM-7 has in its first table, where each counts once. */
#define TELNYX_TEXT_BYTES                                                      \
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_"        \
	"abcdefghijklmnopqrstuvwxyz"

/* NULL when the template can be filled with the longest brand, a code of this
 * length and the beginning of a host's name; else what is allowed. */
const char *telnyx_text_check(const char *text, unsigned code_length);

/* Fill in ctx->brand, ->host (cut to what fits) and ->code; what GSM-7 lacks
 * becomes "?". 0, or -1 when the template is not as checked. The caller wipes
 * out. */
int telnyx_text_fill(
    const char *text, const struct provider_ctx *, char out[TELNYX_TEXT_SIZE]);

#endif
