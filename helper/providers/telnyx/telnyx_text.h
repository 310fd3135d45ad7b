/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a text message that carries our own code: one part of GSM-7
 * (3GPP TS 23.038), filled in from a template with %brand%, %host%, %code%.
 */
#ifndef TWOFA_TELNYX_TEXT_H
#define TWOFA_TELNYX_TEXT_H

#include "helper/providers/provider.h"
#include "lib/providers/telnyx_types.h"

/* Holds a filled text: some characters of a brand have two bytes. */
#define TELNYX_TEXT_SIZE (2 * TELNYX_TEXT_MAX + 1)

/* Fill in ctx->brand, ->host (cut to what fits) and ->code; what GSM-7 lacks
 * becomes "?". 0, or -1 when the template is not as checked. The caller wipes
 * out. */
int telnyx_text_fill(
    const char *text, const struct provider_ctx *, char out[TELNYX_TEXT_SIZE]);

#endif
