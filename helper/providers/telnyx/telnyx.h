/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all Telnyx APIs share: Bearer, JSON bodies, the errors that every call
 * may answer with; and our own text message. What replies mean:
 * docs/provider-outcomes.md, "Telnyx".
 */
#ifndef TWOFA_TELNYX_H
#define TWOFA_TELNYX_H

#include "helper/providers/providers.h"

/* An empty request with this method and path, and the key of ctx->conf. */
void telnyx_request_init(const struct provider_ctx *, enum http_method,
    const char *path, struct http_request *);
/* Append "name":"value" with the brace or comma before it. */
void telnyx_put_member(
    struct http_request *, const char *name, const char *value);

/* True for anything but HTTP 200 with a body without errors; json may be NULL:
 * not readable. Then *out is its meaning: own rows first, then the common ones,
 * FRAUD before all others; by_status when no code is known. ctx->detail is set.
 * False: go on; ctx->detail stays as it was. */
bool telnyx_read_error(struct provider_ctx *, const struct http_reply *,
    const struct json *, const struct provider_row *own,
    enum outcome (*by_status)(long status), enum outcome *out);

/* The probe reads a message that does not exist. */
int telnyx_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome telnyx_probe_reply(
    struct provider_ctx *, const struct http_reply *, const struct json *);

#endif
