/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RADIUS: the code of an app or token that a server of the organisation checks,
 * by an Access-Request with the code alone as its password (PAP). With the
 * setting begin the code answers the challenge to a first request, which has
 * that as its password. A server that asks for more denies. Attributes of an
 * Accept are not read.
 */
#include "helper/providers/radius/radius.h"

static const struct provider_row packet_codes[] = {
	{ OUTCOME_OK, "2" },
	{ OUTCOME_WRONG, "3" },
	{ OUTCOME_DENY, "11" },
	{ OUTCOME_DENY, NULL },
};

/* True before the challenge that the code answers. */
static bool
is_before_challenge(const struct provider_ctx *ctx)
{
	return ctx->conf->text[RADIUS_BEGIN] != NULL && ctx->open != NULL &&
	    ctx->open->secret[0] == '\0';
}

static void
ask_server(const struct provider_ctx *ctx, const char *user, const char *code,
    struct http_request *req)
{
	unsigned char random[RADIUS_RANDOM];
	struct radius_packet p;
	char nas[RADIUS_NAS_MAX + 1];
	const struct radius_question q = { .user = user,
		.code = code,
		.nas = nas,
		.address = ctx->address,
		.state = ctx->open != NULL ? ctx->open->secret : "" };

	PRINT_TO(nas, "%s",
	    ctx->conf->text[RADIUS_NAS] != NULL ? ctx->conf->text[RADIUS_NAS]
		: ctx->host[0] != '\0'          ? ctx->host
						: "twofa");
	req->auth_secret = radius_secret(ctx->conf);
	/* the nonce is the Request Authenticator */
	if (hex_parse(ctx->nonce, random, sizeof(random)) &&
	    radius_packet_build(&p, &q, req->auth_secret, random) == 0) {
		memcpy(req->body, p.b, p.len);
		req->body_len = p.len;
		req->failed = false;
	}
	explicit_bzero(&p, sizeof(p));
}

static void
radius_check_request(const struct provider_ctx *ctx, struct http_request *req)
{
	if (ctx->method == METHOD_TOTP && ctx->account[0] != '\0' &&
	    provider_code_is_valid(ctx->conf, ctx->typed))
		ask_server(ctx, ctx->account,
		    is_before_challenge(ctx) ? ctx->conf->text[RADIUS_BEGIN]
					     : ctx->typed,
		    req);
}

/* radius_wire.c gives the packet's code as the status, and as the body its
 * text, or the State of a challenge. */
static void
note_answer(struct provider_ctx *ctx, char code[16])
{
	snprintf(code, 16, "%ld", ctx->reply->status);
	provider_set_detail(ctx, "code", code,
	    ctx->reply->status == RADIUS_CHALLENGE
		? "the server asks for more than a code (Access-Challenge): "
		  "let it decide by one answer, or set begin"
		: ctx->reply->body);
}

static enum outcome
radius_check_reply(struct provider_ctx *ctx)
{
	const bool first = is_before_challenge(ctx);
	char code[16];

	note_answer(ctx, code);
	if (ctx->open != NULL)
		ctx->open->secret[0] = '\0';
	if (!first)
		return provider_outcome_from_code(
		    packet_codes, code, OUTCOME_DENY);
	/* nothing else is right without the code */
	ctx->told.more =
	    ctx->reply->status == RADIUS_CHALLENGE && ctx->reply->len > 0;
	if (ctx->told.more)
		PRINT_TO(ctx->open->secret, "%.*s", RADIUS_STATE_MAX,
		    ctx->reply->body);
	return OUTCOME_DENY;
}

/* An unknown user, whose code the server must reject. */
static void
radius_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char user[32], code[7];

	PRINT_TO(user, "twofa-probe-%.16s", ctx->nonce);
	for (size_t i = 0; i < sizeof(code) - 1; i++)
		code[i] = (char)('0' + (unsigned char)user[12 + i] % 10);
	code[sizeof(code) - 1] = '\0';
	ask_server(ctx, user, code, req);
}

static enum outcome
radius_probe_reply(struct provider_ctx *ctx)
{
	static const struct provider_finding anybody = {
		"radius-accepts-anybody", PROVIDER_PROBLEM,
		"the server accepts a random code of an unknown user, so it "
		"protects nothing: let it reject users without a token"
	};
	static const struct provider_finding asks = { "radius-challenge",
		PROVIDER_NOTE,
		"the server asks an unknown user for more than a code; "
		"logins are denied where it does: let it decide by one "
		"answer, or set begin" };
	char code[16];

	note_answer(ctx, code);
	if (ctx->reply->status == RADIUS_ACCEPT)
		ctx->told.finding = &anybody;
	else if (ctx->reply->status == RADIUS_CHALLENGE)
		ctx->told.finding = &asks;
	return ctx->reply->status == RADIUS_ACCEPT ? OUTCOME_DENY : OUTCOME_OK;
}

const struct provider_ops radius_ops = {
	.type = &radius_type,
	.wire = &radius_wire,
	.call = {
		[CALL_CHECK] = { radius_check_request, radius_check_reply, NULL },
		[CALL_PROBE] = { radius_probe_request, radius_probe_reply, NULL },
	},
};
