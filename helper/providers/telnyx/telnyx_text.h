/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text message with our own code: one SMS part in GSM-7 (3GPP TS 23.038),
 * made from a template with %brand%, %host%, %code%.
 */
#ifndef TWOFA_TELNYX_TEXT_H
#define TWOFA_TELNYX_TEXT_H

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"

/* Room for a filled text: some characters take two bytes. */
#define TELNYX_TEXT_SIZE (2 * TELNYX_TEXT_MAX + 1)

/* Fill in ctx->brand, ->host (cut to what fits) and ->code; characters that
 * GSM-7 lacks become "?". 0, or -1 when the template is not one that passed the
 * settings' check. The caller wipes out. */
int telnyx_text_fill(
    const char *text, const struct provider_ctx *, char out[TELNYX_TEXT_SIZE]);

#endif
