/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage Verify v2. The HTTP status decides first, because the texts in the
 * bodies differ between versions.
 *
 * Vendor's document: Verify API 1.0.1 (OpenAPI), operations newRequest,
 * checkCode, cancelRequest and nextWorkflow, their responses and x-errors, with
 * HTTP Basic or a JWT.
 */
#include "helper/providers/vonage/vonage.h"

#define STEPS_MAX 3      /* VerificationRequest.workflow, maxItems */
#define TOKEN_LIFE_S 300 /* allows for a slightly wrong clock */

/* Members of a reply; "" if missing or of the wrong type, which no rule
 * accepts. */
struct vonage_answer {
	char status[32];
	char title[64];
	char error[64]; /* the fragment of "type" (RFC 7807) */
};

/* Names are "to", "workflow[0].to" or "workflow.to": the document of
 * ErrorInvalidParams does not define their form. */
static bool
names_number(const struct json *json)
{
	enum json_result r = JSON_OK;
	char path[48], name[64];

	for (unsigned i = 0; i < 8 && r != JSON_ABSENT; i++) {
		PRINT_TO(path, "invalid_parameters.%u.name", i);
		r = json_text(json, path, name, sizeof(name));
		if (r == JSON_OK && provider_text_has_parameter(name, "to"))
			return true;
	}
	return false;
}

/* True if the body is in the vendor's error format (RFC 7807). */
static bool
is_problem(const struct vonage_answer *a)
{
	return a->title[0] != '\0';
}

static void
describe_answer(struct provider_ctx *ctx, const struct vonage_answer *a)
{
	char id[UUID_LEN + 1], text[512];

	JSON_TO(id, ctx->json, "request_id");
	if (json_text(ctx->json, "detail", text, sizeof(text)) != JSON_OK ||
	    text[0] == '\0')
		PRINT_TO(text, "%s", a->title);
	if (a->error[0] != '\0')
		provider_set_detail(ctx, "error", a->error, text);
	else if (a->status[0] != '\0')
		provider_set_detail(ctx, "status", a->status, text);
	else if (id[0] != '\0')
		provider_set_detail(ctx, "request", "taken", text);
	else
		provider_set_detail(
		    ctx, "body", ctx->reply->len == 0 ? "empty" : "", text);
}

static void
vonage_v2_read_answer(struct provider_ctx *ctx, struct vonage_answer *a)
{
	char type[256];
	const char *fragment;

	memset(a, 0, sizeof(*a));
	JSON_TO(a->status, ctx->json, "status");
	JSON_TO(a->title, ctx->json, "title");
	/* only words in the vendor's letters */
	JSON_TO(type, ctx->json, "type");
	fragment = strrchr(type, '#');
	if (fragment != NULL && text_has_only(fragment + 1, TEXT_LOWER "-"))
		PRINT_TO(a->error, "%.63s", fragment + 1);
	describe_answer(ctx, a);
}

static enum outcome
vonage_v2_start_reply(struct provider_ctx *ctx)
{
	const long status = ctx->reply->status;
	struct vonage_answer a;

	vonage_v2_read_answer(ctx, &a);
	if (status == 202 &&
	    provider_read_request_id(ctx, "request_id") == OUTCOME_OK)
		return OUTCOME_OK;
	/* 412: the network of the number lacks this method */
	if (status == 412 || (status == 422 && names_number(ctx->json)))
		return OUTCOME_NUMBER;
	return status == 409 ? OUTCOME_INFLIGHT
			     : outcome_from_http_start(status);
}

static enum outcome
vonage_v2_check_reply(struct provider_ctx *ctx)
{
	const long status = ctx->reply->status;
	struct vonage_answer a;

	vonage_v2_read_answer(ctx, &a);
	if (status == 200 && strcmp(a.status, "completed") == 0 &&
	    uuid_is_valid(ctx->request_id) &&
	    json_equals(ctx->json, "request_id", ctx->request_id))
		return OUTCOME_OK;
	/* the body must agree: the vendor's front servers may also answer
	 * 400 */
	if (status == 400 &&
	    (strcmp(a.error, "invalid-code") == 0 ||
		strcmp(a.title, "Invalid Code") == 0))
		return OUTCOME_WRONG;
	if (status == 200 && a.status[0] != '\0')
		return OUTCOME_DENY;
	ctx->told.wrong_codes = status == 410;
	/* used, cancelled or unknown id: no code was compared */
	ctx->told.unevaluated = status == 404 && is_problem(&a);
	if (ctx->told.unevaluated && ctx->past_deadline)
		return OUTCOME_EXPIRED;
	/* 409: this step accepts no code; 410: too many wrong ones, DENY */
	return status == 409 || status == 422 ? OUTCOME_CONFIG
					      : outcome_from_http_check(status);
}

/* After a refusal the verification still runs. The document gives 404 also for
 * a cancel that comes too early, so 404 does not prove that nothing is
 * running. */
static enum outcome
vonage_v2_cancel_reply(struct provider_ctx *ctx)
{
	const long status = ctx->reply->status;
	struct vonage_answer a;

	vonage_v2_read_answer(ctx, &a);
	ctx->told.unevaluated = status == 404 && is_problem(&a);
	/* or it ended by itself */
	if (status == 204 || (ctx->told.unevaluated && ctx->past_deadline))
		return OUTCOME_OK;
	return status == 400 || status == 403 || status == 404 ||
		status == 409 || status == 422
	    ? OUTCOME_LATER
	    : OUTCOME_TRANSIENT;
}

static enum outcome
vonage_v2_next_reply(struct provider_ctx *ctx)
{
	const long status = ctx->reply->status;
	struct vonage_answer a;

	vonage_v2_read_answer(ctx, &a);
	if (status == 200)
		return OUTCOME_OK;
	/* 404: gone, or no further step; a check will show which */
	return status == 404 || status == 409 ? OUTCOME_LATER
					      : outcome_from_http_start(status);
}

static enum outcome
vonage_v2_probe_reply(struct provider_ctx *ctx)
{
	struct vonage_answer a;

	vonage_v2_read_answer(ctx, &a);
	if (ctx->reply->status == 204 ||
	    (ctx->reply->status == 404 && is_problem(&a)))
		return OUTCOME_OK;
	return outcome_from_http_start(ctx->reply->status);
}

/* The vendor requires these claims, with a new jti for each request. */
void
vonage_set_bearer_token(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *n = ctx->nonce;
	char claims[JWT_CLAIMS_MAX];

	if (n[0] == '\0')
		return; /* the request is only built, not sent */
	if (strlen(n) != PROVIDER_NONCE_LEN || !text_has_only(n, VONAGE_HEX)) {
		req->failed = true;
		return;
	}
	PRINT_TO(claims,
	    "{\"application_id\":\"%s\",\"iat\":%lld,\"exp\":%lld,"
	    "\"jti\":\"%.8s-%.4s-%.4s-%.4s-%.12s\"}",
	    ctx->conf->text[VONAGE_V2_APPLICATION_ID], (long long)ctx->wall,
	    (long long)ctx->wall + TOKEN_LIFE_S, n, n + 8, n + 12, n + 16,
	    n + 20);
	if (http_auth_make_jwt(
		&ctx->conf->key, NULL, claims, req->auth_token) != 0)
		req->failed = true;
}

static void
vonage_v2_set_auth(const struct provider_ctx *ctx, struct http_request *req)
{
	if (ctx->conf->text[VONAGE_V2_APPLICATION_ID] != NULL)
		vonage_set_bearer_token(ctx, req);
	else
		vonage_set_basic_auth(ctx, req);
}

/* Returns NULL without a sender that this method accepts. */
static const char *
sender_for(const struct provider_conf *conf, enum method method)
{
	if (method == METHOD_WHATSAPP)
		return vonage_v2_whatsapp(conf);
	if (method != METHOD_SMS)
		return NULL;
	return conf->text[VONAGE_V2_SENDER_ID] != NULL
	    ? conf->text[VONAGE_V2_SENDER_ID]
	    : conf->text[VONAGE_V2_FROM];
}

/* SMSChannel, VoiceChannel, WhatsAppChannel, MailChannel: each is called like
 * the method. */
static void
json_step(const struct provider_ctx *ctx, enum method method,
    struct http_request *req)
{
	const char *to = method == METHOD_EMAIL ? ctx->email : ctx->phone + 1;
	const char *sender = sender_for(ctx->conf, method);

	http_put_json(
	    req, "{\"channel\":%s,\"to\":%s", method_name(method), to);
	if (sender != NULL)
		http_put_json(req, ",\"from\":%s", sender);
	else if (method == METHOD_WHATSAPP)
		req->failed = true;
	http_put_json(req, "}");
}

static void
json_workflow(const struct provider_ctx *ctx, struct http_request *req)
{
	const long workflow =
	    vonage_workflow(ctx->conf->number[VONAGE_WORKFLOW_ID], ctx->method);
	enum method method = ctx->method;

	http_put_json(req, ",\"workflow\":[");
	json_step(ctx, method, req);
	for (unsigned n = 1; n < STEPS_MAX; n++) {
		method = vonage_step(workflow, n);
		if (method == METHOD_NONE)
			break;
		http_put_json(req, ",");
		json_step(ctx, method, req);
	}
	http_put_json(req, "]}");
}

static bool
has_address(const struct provider_ctx *ctx)
{
	if (ctx->method == METHOD_EMAIL)
		return ctx->email[0] != '\0';
	return (METHODS_PHONE & METHOD_BIT(ctx->method)) != 0 &&
	    phone_is_valid(ctx->phone);
}

static void
vonage_v2_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *locale = language_to_locale(ctx->language);

	if (!has_address(ctx))
		return;
	http_request_init(req, HTTP_POST, "/v2/verify");
	http_put_json(req, "{\"brand\":%s", ctx->brand);
	if (locale != NULL)
		http_put_json(req, ",\"locale\":%s", locale);
	http_put_json(req, ",\"channel_timeout\":%d,\"code_length\":%d",
	    (int)(ctx->conf->expiry_ms / 1000), (int)ctx->conf->code_length);
	json_workflow(ctx, req);
}

const struct provider_ops vonage_v2_ops = {
	.type = &vonage_v2_type,
	.auth = vonage_v2_set_auth,
	.call = {
		[CALL_START] = { vonage_v2_start_request, vonage_v2_start_reply, NULL },
		[CALL_CHECK] = { NULL, vonage_v2_check_reply,
		    "POST /v2/verify/%id% {\"code\":%code%}" },
		[CALL_CANCEL] = { NULL, vonage_v2_cancel_reply,
		    "DELETE /v2/verify/%id%" },
		[CALL_NEXT] = { NULL, vonage_v2_next_reply,
		    "POST /v2/verify/%id%/next_workflow" },
		/* Cancelling an unknown id is free; it is refused only after
		 * the credentials were accepted. */
		[CALL_PROBE] = { NULL, vonage_v2_probe_reply,
		    "DELETE /v2/verify/%uuid%" },
	},
};
