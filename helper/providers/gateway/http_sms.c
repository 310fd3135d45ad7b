/* SPDX-License-Identifier: BSD-2-Clause */
/* Any gateway that sends a text for a POST: URL and body come from the
 * settings. Values are escaped for their place, and nothing of a reply is
 * logged, since it may repeat the text. */
#include "helper/providers/providers.h"

/* In forms and paths a colon stays: it needs no escape, and Telegram's tokens
 * have one. */
static void
put_template_value(struct http_request *req, const char *value, bool json)
{
	char c[2] = "";

	if (json)
		http_put_json(req, "%s", value);
	for (; !json && *value != '\0'; value++) {
		c[0] = *value;
		if (*value == ':')
			http_put_json(req, ":");
		else
			http_put_form_value(req, c);
	}
	explicit_bzero(c, sizeof(c));
}

static const char *
word_value(
    const struct provider_ctx *ctx, enum http_sms_word w, const char *message)
{
	if (w == HTTP_SMS_PHONE)
		return ctx->phone;
	if (w == HTTP_SMS_RECEIVER)
		return ctx->receiver;
	if (w == HTTP_SMS_SECRET)
		return ctx->conf->secret[HTTP_SMS_AUTH_SECRET].b;
	return w == HTTP_SMS_MESSAGE ? message : "";
}

/* Writes to the body of the request; the settings have checked the template. */
static void
fill_body(const struct provider_ctx *ctx, const char *template,
    const char *message, struct http_request *req)
{
	const bool json = template[0] == '{';
	size_t len;

	req->body_len = 0;
	for (; *template != '\0'; template += len) {
		len = 1;
		if (*template != '%')
			http_put_json(req, "%c", *template);
		else
			put_template_value(req,
			    word_value(
				ctx, http_sms_word_at(template, &len), message),
			    json);
	}
	if (!json)
		req->content_type = "application/x-www-form-urlencoded";
}

static void
http_sms_start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const struct provider_conf *p = ctx->conf;
	const char *path = p->text[HTTP_SMS_PATH];
	char message[TEXT_TEMPLATE_SIZE];

	if (ctx->method != METHOD_SMS ||
	    (ctx->event == EVENT_NONE &&
		!provider_code_is_valid(p, ctx->code)) ||
	    !(provider_by_receiver(p) ? ctx->receiver[0] != '\0'
				      : phone_is_valid(ctx->phone)) ||
	    text_template_fill(p->text[TELNYX_TEXT], ctx, message) != 0)
		return;
	http_request_init(req, HTTP_POST, "/");
	req->auth_header = p->text[HTTP_SMS_AUTH_HEADER];
	if (req->auth_header != NULL)
		req->auth_secret = &p->secret[HTTP_SMS_AUTH_SECRET];
	if (path != NULL) {
		fill_body(ctx, path, "", req);
		http_put_path(req, req->body);
	}
	fill_body(ctx, p->text[HTTP_SMS_BODY], message, req);
	explicit_bzero(message, sizeof(message));
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

/* Sends no secret and uses no path of the settings: an unknown gateway may act
 * on a call, or charge for it. */
static void
http_sms_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	(void)ctx;
	http_request_init(req, HTTP_GET, "/");
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
		[CALL_START] = { http_sms_start_request, http_sms_start_reply },
		[CALL_PROBE] = { http_sms_probe_request, http_sms_probe_reply },
	},
};
