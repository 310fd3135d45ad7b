/* SPDX-License-Identifier: BSD-2-Clause */
/* Common to all Telnyx APIs: Bearer, JSON bodies, error codes, the probe.
 * Meaning of replies: docs/provider-outcomes.md, "Telnyx". */
#ifndef TWOFA_TELNYX_H
#define TWOFA_TELNYX_H

#include "helper/providers/providers.h"

/* Sets the key of ctx->conf; sets failed without one. */
void telnyx_set_auth(const struct provider_ctx *, struct http_request *);

/* Returns true for anything but HTTP 200 with a body without errors; json is
 * NULL for an unreadable body. *out is then its meaning: own rows first, then
 * the common ones, FRAUD before all others; by_status if no code is known; and
 * ctx->detail is set. Otherwise both stay as they were. */
bool telnyx_read_error(struct provider_ctx *, const struct provider_row *own,
    enum outcome (*by_status)(long status), enum outcome *out);

/* The probe reads a message that does not exist. */
#define TELNYX_PROBE "GET /v2/messages/%uuid%"
enum outcome telnyx_probe_reply(struct provider_ctx *);

#endif
