/* SPDX-License-Identifier: BSD-2-Clause */
/* What a provider answered, as one text for the log. */
#ifndef TWOFA_PROVIDERS_DETAIL_H
#define TWOFA_PROVIDERS_DETAIL_H

#include "helper/providers/provider.h"

/*
 * Fill ctx->detail: "http=429 status=1 text", without http= when that is 200,
 * cut to its size. label names the vendor's code ("status"); an empty code is
 * told as "unreadable". Runs of four and more digits in text, "123-456" too,
 * become stars, in a code that is no error number as well, and words with an @:
 * vendors echo phone numbers and addresses, and might echo a code. Control
 * bytes stay, the log escapes them.
 */
void detail_set(struct provider_ctx *ctx, long http_status, const char *label,
    const char *code, const char *text);

#endif
