/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider's answer, as one text for the log. */
#ifndef TWOFA_PROVIDERS_DETAIL_H
#define TWOFA_PROVIDERS_DETAIL_H

#include "helper/providers/provider.h"

/*
 * Fill ctx->detail: "http=429 status=1 text", cut to its size; http=200 is left
 * out. label names the vendor's code ("status"); an empty code is shown as
 * "unreadable". Four or more digits in a row in text ("123-456" too) become
 * stars, also in a code that is no error number, and so do words with an @:
 * vendors repeat phone numbers and addresses, and might repeat a code. Control
 * bytes stay here; the log escapes them.
 */
void detail_set(struct provider_ctx *ctx, long http_status, const char *label,
    const char *code, const char *text);

#endif
