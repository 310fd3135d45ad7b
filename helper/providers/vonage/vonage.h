/* SPDX-License-Identifier: BSD-2-Clause */
/* Common to Vonage's APIs: credentials. Meaning of replies:
 * docs/provider-outcomes.md, "Vonage". */
#ifndef TWOFA_VONAGE_H
#define TWOFA_VONAGE_H

#include "helper/providers/providers.h"

/* Sets Basic with key and secret of the account; sets failed without them. */
void vonage_set_basic_auth(const struct provider_ctx *, struct http_request *);

/* Makes a token signed with the key of the application; sets failed if that is
 * impossible. Without a nonce, no token. */
void vonage_set_bearer_token(
    const struct provider_ctx *, struct http_request *);

/* The probe: Verify v1's search for an unused id; the account's key is valid
 * for all its APIs. */
#define VONAGE_PROBE "GET /verify/search/json?request_id=%nonce%"
enum outcome vonage_probe_reply(struct provider_ctx *);

#endif
