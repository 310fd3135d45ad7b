/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that cost nothing and change nothing, and that the vendor answers only
 * with good credentials: probe_request and probe_reply of struct provider_ops.
 */
#ifndef TWOFA_PROVIDERS_PROBE_H
#define TWOFA_PROVIDERS_PROBE_H

#include "helper/providers/provider.h"

/* Verify v1's search for an id that nobody has; the account's key is good for
 * all its APIs. */
int vonage_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome vonage_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* The Verify service that is set, by its SID. */
int twilio_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* A message that nobody sent. */
int telnyx_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome telnyx_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* A user that need not be there. */
int authy_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome authy_probe_reply(
    struct provider_ctx *, const struct http_reply *);

#endif
