/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/providers/twilio/twilio_enrol.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/twilio/twilio.h"
#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"

#define IDENTITY_MIN 8 /* NewFactor, Identity */
#define TTL_S "300"    /* CreateAccessToken, Ttl: the maximum */
#define PAGE 50        /* ListFactor, PageSize */
#define TOKEN_BYTES TWILIO_ALNUM "-_.~+/="

_Static_assert(PAGE == ENROLMENT_FACTORS_MAX, "a page fits");

static bool
identity_fits(const struct provider_ctx *ctx)
{
	const size_t len = strlen(ctx->identity);

	return len >= IDENTITY_MIN && len <= CONFIG_IDENTITY_MAX &&
	    charset_only(ctx->identity, TWILIO_ALNUM "-");
}

int
twilio_token_request(const struct provider_ctx *ctx, struct http_request *req)
{
	twilio_begin_service(ctx, HTTP_POST, "/AccessTokens", req);
	if (!identity_fits(ctx))
		req->failed = true;
	http_form(req, "Identity", ctx->identity);
	http_form(req, "FactorType", "push");
	/* the name in the app's list; nothing personal */
	if (ctx->host[0] != '\0')
		http_form(req, "FactorFriendlyName", ctx->host);
	http_form(req, "Ttl", TTL_S);
	return twilio_end(req);
}

static bool
done(const struct twilio_answer *a)
{
	return (a->http_status == 200 || a->http_status == 201) &&
	    a->code == 0 && a->service;
}

/* Is the member there with this value? */
static bool
is(const struct json *json, const char *path, const char *wanted)
{
	char text[CONFIG_IDENTITY_MAX + 1] = "";

	return json_text(json, path, text, sizeof(text)) == JSON_OK &&
	    strcmp(text, wanted) == 0;
}

static bool
token_ours(const struct provider_ctx *ctx, const struct json *json)
{
	return is(json, "factor_type", "push") &&
	    is(json, "entity_identity", ctx->identity);
}

enum outcome
twilio_token_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    struct enrolment *e)
{
	enum outcome o = OUTCOME_TRANSIENT;
	struct twilio_answer a;
	struct json *json;

	twilio_read(ctx, reply, &a);
	e->token[0] = '\0';
	if (!done(&a))
		return twilio_start_error(ctx, &a);
	json = json_parse(reply->body, reply->len);
	if (json != NULL && token_ours(ctx, json) &&
	    json_text(json, "token", e->token, sizeof(e->token)) == JSON_OK &&
	    charset_only(e->token, TOKEN_BYTES))
		o = OUTCOME_OK;
	json_free(json);
	if (o != OUTCOME_OK)
		explicit_bzero(e->token, sizeof(e->token));
	return o;
}

int
twilio_factors_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const bool fits = identity_fits(ctx);
	char tail[TWILIO_TAIL_MAX] = "";

	if (fits)
		(void)snprintf(tail, sizeof(tail),
		    "/Entities/%s/Factors?PageSize=%d", ctx->identity, PAGE);
	twilio_begin_service(ctx, HTTP_GET, tail, req);
	if (!fits)
		req->failed = true;
	return twilio_end(req);
}

/* The nth factor's member. */
static void
member(char path[32], size_t n, const char *name)
{
	(void)snprintf(path, 32, "factors.%zu.%s", n, name);
}

static bool
joined(const struct provider_ctx *ctx, const struct json *json, size_t n)
{
	const char *service = ctx->conf->text[TWILIO_SERVICE_SID];
	char status[32], type[32], identity[32], owner[32];

	member(status, n, "status");
	member(type, n, "factor_type");
	member(identity, n, "identity");
	member(owner, n, "service_sid");
	return service != NULL && is(json, status, "verified") &&
	    is(json, type, "push") && is(json, identity, ctx->identity) &&
	    is(json, owner, service);
}

/* Read to the end of the list; -1: it is not a list. */
static int
read_factors(const struct provider_ctx *ctx, const struct json *json,
    struct enrolment *e)
{
	char path[32], *sid;

	for (size_t n = 0; n <= PAGE; n++) {
		if (e->factors == ENROLMENT_FACTORS_MAX)
			return 0;
		sid = e->factor[e->factors];
		member(path, n, "sid");
		switch (json_text(json, path, sid, sizeof(e->factor[0]))) {
		case JSON_ABSENT:
			return 0;
		case JSON_BAD:
			return -1;
		case JSON_OK:
			break;
		}
		if (twilio_sid(sid, "YF") && joined(ctx, json, n))
			e->factors++;
	}
	return -1;
}

enum outcome
twilio_factors_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    struct enrolment *e)
{
	enum outcome o = OUTCOME_TRANSIENT;
	struct twilio_answer a;
	struct json *json;

	twilio_read(ctx, reply, &a);
	e->factors = 0;
	/* the identity exists once it has a factor */
	if (a.http_status == 404)
		return OUTCOME_OK;
	if (a.http_status != 200 || a.code != 0)
		return twilio_start_error(ctx, &a);
	json = json_parse(reply->body, reply->len);
	if (json != NULL && read_factors(ctx, json, e) == 0)
		o = OUTCOME_OK;
	json_free(json);
	return o;
}
