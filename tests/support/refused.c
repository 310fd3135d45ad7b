/* SPDX-License-Identifier: BSD-2-Clause */
/* What a provider must put into no request. */
#include "tests/support/refused.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

/* Too large for a stack under a sanitizer. */
static struct http_request req;

void
refused_methods(struct provider_ctx *ctx)
{
	const unsigned methods = provider_methods(ctx->conf);
	bool known;

	for (enum method m = METHOD_NONE; m < METHOD_COUNT; m++) {
		ctx->method = m;
		known = (methods & METHOD_BIT(m)) != 0;
		assert_int_equal(provider_ops(ctx->conf->type)
				     ->call[CALL_START]
				     .request(ctx, &req),
		    known ? 0 : -1);
		assert_int_equal(req.failed, !known);
	}
}

void
refused_phones(struct provider_ctx *ctx, const char *const *phones)
{
	const struct provider_ops *ops = provider_ops(ctx->conf->type);

	for (; *phones != NULL; phones++) {
		ctx->phone = *phones;
		if (ops->call[CALL_START].request != NULL)
			assert_int_equal(
			    ops->call[CALL_START].request(ctx, &req), -1);
		else
			assert_int_equal(
			    ops->call[CALL_LOOKUP].request(ctx, &req), -1);
		assert_true(req.failed);
	}
}

void
refused_codes(const struct provider_ctx *ctx, const char *const *codes)
{
	for (; *codes != NULL; codes++) {
		assert_int_equal(provider_ops(ctx->conf->type)
				     ->check_request(ctx, *codes, &req),
		    -1);
		assert_true(req.failed);
	}
}

static void
refuses(int (*request)(const struct provider_ctx *, struct http_request *),
    const struct provider_ctx *ctx)
{
	if (request == NULL)
		return;
	assert_int_equal(request(ctx, &req), -1);
	assert_true(req.failed);
}

void
refused_ids(struct provider_ctx *ctx, const char *code, const char *const *ids)
{
	const struct provider_ops *ops = provider_ops(ctx->conf->type);
	const char *const codes[] = { code, NULL };

	for (; *ids != NULL; ids++) {
		(void)snprintf(
		    ctx->request_id, sizeof(ctx->request_id), "%s", *ids);
		refused_codes(ctx, codes);
		refuses(ops->call[CALL_CANCEL].request, ctx);
		refuses(ops->call[CALL_NEXT].request, ctx);
	}
}
