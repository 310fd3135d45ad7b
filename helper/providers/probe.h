/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that cost nothing, change nothing and need valid credentials:
 * probe_request and probe_reply of struct provider_ops.
 */
#ifndef TWOFA_PROVIDERS_PROBE_H
#define TWOFA_PROVIDERS_PROBE_H

#include "helper/providers/provider.h"

/* Verify v1's search for an unused id; the account's key is valid for all its
 * APIs. */
int vonage_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome vonage_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* Reads the Verify service of the settings by its SID. */
int twilio_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* Reads a message that does not exist. */
int telnyx_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome telnyx_probe_reply(
    struct provider_ctx *, const struct http_reply *);

/* Reads a user, who need not exist. */
int authy_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome authy_probe_reply(
    struct provider_ctx *, const struct http_reply *);

#endif
