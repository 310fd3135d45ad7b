/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all calls of the legacy Authy API share: the key, and a user's id. What
 * replies mean: docs/provider-outcomes.md, "Authy".
 */
#ifndef TWOFA_AUTHY_H
#define TWOFA_AUTHY_H

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"

/* An empty request with the key of ctx->conf; failed when the user's id has
 * other characters than digits. */
void authy_begin(const struct provider_ctx *, enum http_method,
    const char *path, struct http_request *);
/* True for digits, not longer than an id. */
bool authy_id_valid(const char *id);

#endif
