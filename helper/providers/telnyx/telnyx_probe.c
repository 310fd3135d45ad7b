/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does Telnyx accept our key? Vendor's document: Telnyx API v2 (OpenAPI),
 * operation getMessage: an unused id is 404, which comes only after the key was
 * accepted.
 */
#include "helper/providers/providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/providers/telnyx/telnyx.h"

#define NOT_FOUND "10005"

int
telnyx_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[64], id[UUID_LEN + 1];

	uuid_random(ctx->nonce, id);
	(void)snprintf(path, sizeof(path), "/v2/messages/%s", id);
	telnyx_begin(ctx, HTTP_GET, path, req);
	return req->failed ? -1 : 0;
}

enum outcome
telnyx_probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o = OUTCOME_OK;
	char code[16] = "";

	if (telnyx_refused(ctx, reply, json, NULL, outcome_of_http_start, &o) &&
	    reply->status == 404 && json != NULL &&
	    json_text(json, "errors.0.code", code, sizeof(code)) == JSON_OK &&
	    strcmp(code, NOT_FOUND) == 0)
		o = OUTCOME_OK;
	json_free(json);
	return o;
}
