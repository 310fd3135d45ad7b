/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does Authy accept our key? Vendor's document: Authy API, "User Status"; an
 * unknown user is error 60026, which comes only after the key was accepted.
 */
#include "helper/providers/providers.h"

#include <string.h>

#include "helper/providers/authy/authy.h"
#include "helper/providers/authy/authy_reply.h"

#define NO_SUCH_USER "60026"

static const struct authy_row rows[] = {
	{ "60001", OUTCOME_CONFIG },
	{ "60003", OUTCOME_THROTTLE },
	{ NO_SUCH_USER, OUTCOME_OK },
	{ NULL, OUTCOME_DENY },
};

int
authy_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct provider_ctx anybody = *ctx;

	anybody.authy_id = "1";
	authy_begin(&anybody, HTTP_GET, "/protected/json/users/1/status", req);
	return req->failed ? -1 : 0;
}

enum outcome
authy_probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct authy_reply a;

	authy_read(reply, &a);
	authy_detail(ctx, reply, &a);
	if (reply->status == 200 && a.readable && a.success)
		return OUTCOME_OK;
	return authy_outcome(rows, &a, outcome_of_http_start(reply->status));
}
