/* SPDX-License-Identifier: BSD-2-Clause */
/* Any gateway that sends a text for a POST: URL and body come from the
 * settings. Values are escaped for their place, and nothing of a reply is
 * logged, since it may repeat the text. */
#include "helper/providers/providers.h"

static const char *
http_sms_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	if (text_part_is(word, "text"))
		return ctx->text;
	if (text_part_is(word, "receiver"))
		return ctx->receiver;
	return text_part_is(word, "secret")
	    ? ctx->conf->secret[HTTP_SMS_AUTH_SECRET].b
	    : NULL;
}

static void
http_sms_start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const struct provider_conf *p = ctx->conf;
	const char *path = p->text[HTTP_SMS_PATH];

	if (ctx->method != METHOD_SMS ||
	    !(provider_by_receiver(p) ? ctx->receiver[0] != '\0'
				      : phone_is_valid(ctx->phone)))
		return;
	http_request_init(req, HTTP_POST, "/");
	req->auth_header = p->text[HTTP_SMS_AUTH_HEADER];
	if (req->auth_header != NULL)
		req->auth_secret = &p->secret[HTTP_SMS_AUTH_SECRET];
	if (path != NULL) {
		provider_put_text(ctx, path, http_sms_value, req);
		http_put_path(req, req->body);
	}
	provider_put_text(ctx, p->text[HTTP_SMS_BODY], http_sms_value, req);
}

/* The errors of a gateway are unknown: a reply below 500 without success counts
 * as not sent. */
static enum outcome
http_sms_start_reply(struct provider_ctx *ctx)
{
	const char *success = ctx->conf->text[HTTP_SMS_SUCCESS];
	const bool accepted =
	    ctx->reply->status >= 200 && ctx->reply->status < 300;
	const bool has_success =
	    success == NULL || strstr(ctx->reply->body, success) != NULL;
	const enum outcome o = outcome_from_http_start(ctx->reply->status);

	PRINT_TO(ctx->detail, "http=%ld%s", ctx->reply->status,
	    accepted && !has_success ? " without success" : "");
	if (accepted && has_success)
		return OUTCOME_OK;
	return accepted || (o == OUTCOME_TRANSIENT && ctx->reply->status < 500)
	    ? OUTCOME_CONFIG
	    : o;
}

static enum outcome
http_sms_probe_reply(struct provider_ctx *ctx)
{
	PRINT_TO(ctx->detail, "http=%ld", ctx->reply->status);
	/* 501: GET is not implemented */
	return ctx->reply->status < 500 || ctx->reply->status == 501
	    ? OUTCOME_OK
	    : OUTCOME_TRANSIENT;
}

const struct provider_ops http_sms_ops = {
	.type = &http_sms_type,
	.call = {
		[CALL_START] = { http_sms_start_request, http_sms_start_reply, NULL },
		/* Sends no secret and uses no path of the settings: an unknown
		 * gateway may act on a call, or charge for it. */
		[CALL_PROBE] = { NULL, http_sms_probe_reply, "GET /" },
	},
};
