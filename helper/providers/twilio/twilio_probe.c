/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does Twilio accept our credentials, and is the service ours? Vendor's
 * document: twilio_verify_v2 (OpenAPI), operation FetchService.
 */
#include "helper/providers/providers.h"

#include <string.h>

#include "helper/providers/twilio/twilio.h"

int
twilio_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	twilio_begin_service(ctx, HTTP_GET, "", req);
	return twilio_end(req);
}

enum outcome
twilio_probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct twilio_answer a;

	twilio_read(ctx, reply, &a);
	if (reply->status != 200 || a.code != 0)
		return twilio_start_error(ctx, &a);
	return strcmp(a.sid, ctx->conf->text[TWILIO_SERVICE_SID]) == 0
	    ? OUTCOME_OK
	    : OUTCOME_TRANSIENT;
}
