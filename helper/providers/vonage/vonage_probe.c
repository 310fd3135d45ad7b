/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does Vonage accept our key? Vendor's document: Verify API 1.2.4 (OpenAPI),
 * operation verifySearch; it is free, and an unknown id is status 101.
 */
#include "helper/providers/providers.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/vonage/vonage.h"

static const struct {
	const char *status;
	enum outcome outcome;
} rows[] = {
	{ "0", OUTCOME_OK },
	{ "101", OUTCOME_OK },
	{ "1", OUTCOME_THROTTLE },
	{ "2", OUTCOME_CONFIG },
	{ "4", OUTCOME_CONFIG },
	{ "5", OUTCOME_TRANSIENT },
	{ "8", OUTCOME_ACCOUNT },
	{ "9", OUTCOME_ACCOUNT },
};

int
vonage_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[96];

	memset(req, 0, sizeof(*req));
	req->method = HTTP_GET;
	vonage_basic(ctx, req);
	(void)snprintf(path, sizeof(path),
	    "/verify/search/json?request_id=%.32s", ctx->nonce);
	http_path(req, path);
	return req->failed ? -1 : 0;
}

enum outcome
vonage_probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	char status[16] = "", text[256] = "";

	if (json != NULL) {
		(void)json_text(json, "status", status, sizeof(status));
		(void)json_text(json, "error_text", text, sizeof(text));
	}
	json_free(json);
	detail_set(ctx, reply->status, "status", status, text);
	if (reply->status != 200)
		return outcome_of_http_start(reply->status);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].status, status) == 0)
			return rows[i].outcome;
	return OUTCOME_TRANSIENT;
}
