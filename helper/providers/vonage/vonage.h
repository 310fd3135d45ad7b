/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Vonage's APIs have in common: credentials. What replies mean:
 * docs/provider-outcomes.md, "Vonage".
 */
#ifndef TWOFA_VONAGE_H
#define TWOFA_VONAGE_H

#include "helper/providers/providers.h"

/* Basic with the account's key and secret; failed when there are none. */
void vonage_basic(const struct provider_ctx *, struct http_request *);

/* A token signed with the application's key; failed when there is none. */
void vonage_bearer(const struct provider_ctx *, struct http_request *);

/* The probe: Verify v1's search for an unused id; the account's key is valid
 * for all its APIs. */
int vonage_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome vonage_probe_reply(
    struct provider_ctx *, const struct http_reply *, const struct json *);

#endif
