/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/providers/authy/authy.h"

#include <string.h>

#define DIGITS "0123456789"

bool
authy_id_valid(const char *id)
{
	const size_t len = strlen(id);

	return len > 0 && len <= CONFIG_AUTHY_ID_MAX &&
	    strspn(id, DIGITS) == len;
}

void
authy_begin(const struct provider_ctx *ctx, enum http_method method,
    const char *path, struct http_request *req)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	req->auth_header = "X-Authy-API-Key"; /* not in the visible query */
	req->auth_secret = &ctx->conf->secret[AUTHY_API_KEY];
	if (req->auth_secret->len == 0 || !authy_id_valid(ctx->authy_id))
		req->failed = true;
	http_path(req, path);
}
