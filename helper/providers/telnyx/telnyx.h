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

/*
 * telnyx_sms.c: the text message with our own code: one SMS part in GSM-7 (3GPP
 * TS 23.038), made from a template with %brand%, %host%, %code%.
 */

/* Room for a filled text: some characters take two bytes. */
#define TELNYX_TEXT_SIZE (2 * TELNYX_TEXT_MAX + 1)

/* Fill in ctx->brand, ->host (cut to what fits) and ->code, or tell of
 * ctx->event in their place; characters that GSM-7 lacks become "?". 0, or -1
 * for an event that no owner is told of, or when the template is not one that
 * passed the settings' check. The caller wipes out. */
int telnyx_text_fill(
    const char *text, const struct provider_ctx *, char out[TELNYX_TEXT_SIZE]);

#endif
