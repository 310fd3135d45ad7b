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
		assert_int_equal(
		    provider_ops_build(provider_ops(ctx->conf->type),
			CALL_START, ctx, NULL, &req),
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
		if (ops->call[CALL_START].reply != NULL)
			assert_int_equal(provider_ops_build(
					     ops, CALL_START, ctx, NULL, &req),
			    -1);
		else
			assert_int_equal(provider_ops_build(
					     ops, CALL_LOOKUP, ctx, NULL, &req),
			    -1);
		assert_true(req.failed);
	}
}

void
refused_codes(struct provider_ctx *ctx, const char *const *codes)
{
	for (; *codes != NULL; codes++) {
		assert_int_equal(
		    provider_ops_build(provider_ops(ctx->conf->type),
			CALL_CHECK, ctx, *codes, &req),
		    -1);
		assert_true(req.failed);
	}
}

static void
refuses(enum provider_call_kind call, struct provider_ctx *ctx)
{
	assert_int_equal(provider_ops_build(provider_ops(ctx->conf->type), call,
			     ctx, NULL, &req),
	    -1);
	assert_true(req.failed);
}

void
refused_ids(struct provider_ctx *ctx, const char *code, const char *const *ids)
{
	const char *const codes[] = { code, NULL };

	for (; *ids != NULL; ids++) {
		(void)snprintf(
		    ctx->request_id, sizeof(ctx->request_id), "%s", *ids);
		refused_codes(ctx, codes);
		refuses(CALL_CANCEL, ctx);
		refuses(CALL_NEXT, ctx);
	}
}
