/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage Verify v1, and the probe with the account's key.
 *
 * Vendor's document: Verify API 1.2.4 (OpenAPI), operations verifyRequest,
 * verifyCheck and verifyControl, with HTTP Basic. The vendor reports its own
 * errors with HTTP 200, so the "status" text in the body decides.
 */
#include "helper/providers/vonage/vonage.h"

#define REQUEST_ID_MAX 32 /* requestResponse.request_id, maxLength */
#define STATUS_MAX 32

/* verifySearch of an unknown id is free, and status 101 if the key is
 * accepted. */
static const struct provider_row vonage_probe_rows[] = {
	{ OUTCOME_OK, "0 101" },
	{ OUTCOME_THROTTLE, "1" },
	{ OUTCOME_CONFIG, "2 4" },
	{ OUTCOME_TRANSIENT, "5" },
	{ OUTCOME_ACCOUNT, "8 9" },
	{ 0 },
};

/* "" if it is missing or of the wrong type, which no rule accepts. */
static void
vonage_read_status(struct provider_ctx *ctx, char status[STATUS_MAX])
{
	char text[512];

	(void)json_text(ctx->json, "status", status, STATUS_MAX);
	JSON_TO(text, ctx->json, "error_text");
	provider_set_detail(ctx, "status", status, text);
}

enum outcome
vonage_probe_reply(struct provider_ctx *ctx)
{
	char status[STATUS_MAX];

	vonage_read_status(ctx, status);
	if (ctx->reply->status != 200)
		return outcome_from_http_start(ctx->reply->status);
	return provider_outcome_from_code(
	    vonage_probe_rows, status, OUTCOME_TRANSIENT);
}

void
vonage_set_basic_auth(const struct provider_ctx *ctx, struct http_request *req)
{
	req->auth_user = ctx->conf->text[VONAGE_API_KEY];
	req->auth_secret = &ctx->conf->secret[VONAGE_API_SECRET];
	if (req->auth_user == NULL || req->auth_secret->len == 0)
		req->failed = true;
}

static bool
request_id_is_valid(const char *id)
{
	return text_has_only(id, TEXT_ALNUM "-") &&
	    strlen(id) <= REQUEST_ID_MAX;
}

/* Sets pin_expiry without next_event_wait: the vendor would adapt one to the
 * other. */
static void
vonage_v1_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *locale = language_to_locale(ctx->language);
	const char *sender = ctx->conf->text[VONAGE_V1_SENDER_ID];
	const long workflow =
	    vonage_workflow(ctx->conf->number[VONAGE_WORKFLOW_ID], ctx->method);

	if (!phone_is_valid(ctx->phone) || workflow == 0)
		return;
	http_request_init(req, HTTP_POST, "/verify/json");
	http_put_form(req, "number", ctx->phone + 1); /* E.164 without plus */
	http_put_form(req, "brand", ctx->brand);
	http_put_form_number(req, "code_length", ctx->conf->code_length);
	http_put_form_number(req, "pin_expiry", ctx->conf->expiry_ms / 1000);
	/* what differs between a message and a call; a workflow of several
	 * steps may use both */
	http_put_form_number(req, "workflow_id", workflow);
	if (sender != NULL && vonage_step(workflow, 0) == METHOD_SMS)
		http_put_form(req, "sender_id", sender);
	if (locale != NULL)
		http_put_form(req, "lg", locale);
}

static const char *
vonage_v1_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	return text_part_is(word, "request") &&
		request_id_is_valid(ctx->request_id)
	    ? ctx->request_id
	    : NULL;
}

/* verifyRequest, requestErrorResponse.status; 3 is NUMBER if it names the
 * number */
static const struct provider_row vonage_v1_start_rows[] = {
	{ OUTCOME_THROTTLE, "1" },
	{ OUTCOME_CONFIG, "2 3 4 20" },
	{ OUTCOME_TRANSIENT, "5" },
	{ OUTCOME_NUMBER, "6 15" },
	{ OUTCOME_FRAUD, "7" },
	{ OUTCOME_ACCOUNT, "8 9 29" },
	{ OUTCOME_INFLIGHT, "10" },
	{ 0 },
};

/* verifyCheck, checkErrorResponse.status; 6 is EXPIRED if the local clock
 * agrees; 8 and 9 are those of any call */
static const struct provider_row vonage_v1_check_rows[] = {
	{ OUTCOME_THROTTLE, "1" },
	{ OUTCOME_CONFIG, "2 3 4" },
	{ OUTCOME_TRANSIENT, "5" },
	{ OUTCOME_DENY, "6 17" },
	{ OUTCOME_ACCOUNT, "8 9" },
	{ OUTCOME_WRONG, "16" },
	{ 0 },
};

/* verifyControl, controlErrorResponse.status of cancel; 6: nothing is running;
 * 19: cannot be stopped now */
static const struct provider_row vonage_v1_cancel_rows[] = {
	{ OUTCOME_OK, "6" },
	{ OUTCOME_LATER, "19" },
	{ 0 },
};

/* verifyControl, controlErrorResponse.status of trigger_next_event; 6: nothing
 * is running; 19: no step is left. A check will show which. */
static const struct provider_row vonage_v1_next_rows[] = {
	{ OUTCOME_THROTTLE, "1" },
	{ OUTCOME_CONFIG, "2 3 4" },
	{ OUTCOME_LATER, "6 19" },
	{ OUTCOME_ACCOUNT, "8 9" },
	{ 0 },
};

static enum outcome
vonage_v1_start_reply(struct provider_ctx *ctx)
{
	char status[STATUS_MAX], id[REQUEST_ID_MAX + 1], text[512];

	vonage_read_status(ctx, status);
	ctx->told.internal = strcmp(status, "5") == 0;
	if (strcmp(status, "0") == 0 && ctx->reply->status == 200) {
		JSON_TO(id, ctx->json, "request_id");
		if (!request_id_is_valid(id))
			return OUTCOME_TRANSIENT;
		PRINT_TO(ctx->request_id, "%s", id);
		return OUTCOME_OK;
	}
	JSON_TO(text, ctx->json, "error_text");
	if (strcmp(status, "3") == 0 &&
	    provider_text_has_parameter(text, "number"))
		return OUTCOME_NUMBER;
	return provider_outcome_from_code(vonage_v1_start_rows, status,
	    outcome_from_http_start(ctx->reply->status));
}

static int64_t
vonage_read_price(const struct provider_ctx *ctx, const char *name)
{
	char text[PRICE_TEXT_MAX];
	int64_t price = 0;

	JSON_TO(text, ctx->json, name);
	(void)money_parse(text, &price);
	return price;
}

static enum outcome
vonage_v1_check_reply(struct provider_ctx *ctx)
{
	char status[STATUS_MAX];

	vonage_read_status(ctx, status);
	/* the verification and its messages are charged separately
	 * (checkResponse) */
	ctx->told.price = vonage_read_price(ctx, "price") +
	    vonage_read_price(ctx, "estimated_price_messages_sent");
	if (ctx->reply->status == 200 && strcmp(status, "0") == 0 &&
	    request_id_is_valid(ctx->request_id) &&
	    json_equals(ctx->json, "request_id", ctx->request_id))
		return OUTCOME_OK;
	ctx->told.wrong_codes = strcmp(status, "17") == 0;
	/* used, cancelled or unknown id: no code was compared */
	ctx->told.unevaluated = strcmp(status, "6") == 0;
	if (ctx->told.unevaluated && ctx->past_deadline)
		return OUTCOME_EXPIRED;
	return provider_outcome_from_code(vonage_v1_check_rows, status,
	    ctx->reply->status == 200 && status[0] != '\0'
		? OUTCOME_DENY
		: outcome_from_http_check(ctx->reply->status));
}

static enum outcome
control_reply(struct provider_ctx *ctx, const struct provider_row *rows,
    enum outcome otherwise)
{
	char status[STATUS_MAX];

	vonage_read_status(ctx, status);
	return strcmp(status, "0") == 0 && ctx->reply->status == 200
	    ? OUTCOME_OK
	    : provider_outcome_from_code(rows, status, otherwise);
}

static enum outcome
vonage_v1_cancel_reply(struct provider_ctx *ctx)
{
	return control_reply(ctx, vonage_v1_cancel_rows, OUTCOME_TRANSIENT);
}

static enum outcome
vonage_v1_next_reply(struct provider_ctx *ctx)
{
	return control_reply(ctx, vonage_v1_next_rows,
	    outcome_from_http_start(ctx->reply->status));
}

const struct provider_ops vonage_v1_ops = {
	.type = &vonage_v1_type,
	.value = vonage_v1_value,
	.auth = vonage_set_basic_auth,
	.call = {
		[CALL_START] = { vonage_v1_start_request, vonage_v1_start_reply, NULL },
		[CALL_CHECK] = { NULL, vonage_v1_check_reply,
		    "POST /verify/check/json "
		    "request_id=%request%&code=%code%" },
		[CALL_CANCEL] = { NULL, vonage_v1_cancel_reply,
		    "POST /verify/control/json "
		    "request_id=%request%&cmd=cancel" },
		[CALL_NEXT] = { NULL, vonage_v1_next_reply,
		    "POST /verify/control/json "
		    "request_id=%request%&cmd=trigger_next_event" },
		[CALL_PROBE] = { NULL, vonage_probe_reply, VONAGE_PROBE },
	},
};
