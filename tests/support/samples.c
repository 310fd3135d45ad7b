/* SPDX-License-Identifier: BSD-2-Clause */
/* The account, user and verification that a type's recorded replies are of. */
#include "tests/support/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWILIO_ACCOUNT "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TWILIO_SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TWILIO_TOKEN "0123456789abcdef0123456789abcdef"

#define TELNYX_KEY "KEY0123456789ABCDEF_abcdefghijklmnop"
#define UUID "12ade33a-21c0-473b-b055-b3c836e1c292"

static const struct sample samples[] = {
	{ .type = "vonage-verify",
	    .id = "abcdef0123456789abcdef0123456789",
	    .method = METHOD_SMS,
	    .start_status = { 200 },
	    .check_status = { 200 },
	    .setting = { { "api_key", "abcd1234" },
		{ "api_secret_file", "S3cret" } } },
	{ .type = "vonage-verify-v2",
	    .id = "c11236f4-00bf-4b89-84ba-88b25df97315",
	    .method = METHOD_SMS,
	    .start_status = { 202 },
	    .check_status = { 200 },
	    .setting = { { "api_key", "abcd1234" },
		{ "api_secret_file", "S3cret" } } },
	{ .type = "vonage-insight",
	    .setting = { { "api_key", "abcd1234" },
		{ "api_secret_file", "S3cret" } } },
	{ .type = "twilio-verify",
	    .id = "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .method = METHOD_SMS,
	    .start_status = { 200, 201 },
	    .check_status = { 200, 201 },
	    .setting = { { "account_sid", TWILIO_ACCOUNT },
		{ "auth_token_file", TWILIO_TOKEN },
		{ "service_sid", TWILIO_SERVICE } } },
	{ .type = "twilio-push",
	    .id = "YC03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .method = METHOD_PUSH,
	    .start_status = { 200, 201 },
	    .check_status = { 200 },
	    .setting = { { "account_sid", TWILIO_ACCOUNT },
		{ "auth_token_file", TWILIO_TOKEN },
		{ "service_sid", TWILIO_SERVICE } } },
	{ .type = "twilio-totp",
	    .id = "YC03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    .method = METHOD_TOTP,
	    .check_status = { 200, 201 },
	    .setting = { { "account_sid", TWILIO_ACCOUNT },
		{ "auth_token_file", TWILIO_TOKEN },
		{ "service_sid", TWILIO_SERVICE } } },
	{ .type = "twilio-lookup",
	    .setting = { { "account_sid", TWILIO_ACCOUNT },
		{ "auth_token_file", TWILIO_TOKEN } } },
	{ .type = "telnyx-verify",
	    .id = UUID,
	    .method = METHOD_SMS,
	    .start_status = { 200 },
	    .check_status = { 200 },
	    .idless = true, /* it stands in the path */
	    .setting = { { "api_key_file", TELNYX_KEY },
		{ "verify_profile_id", UUID } } },
	{ .type = "telnyx-sms",
	    .id = "40385f64-5717-4562-b3fc-2c963f66afa6",
	    .method = METHOD_SMS,
	    .start_status = { 200 },
	    .setting = { { "api_key_file", TELNYX_KEY },
		{ "from", "+12025550100" } } },
	{ .type = "telnyx-lookup",
	    .setting = { { "api_key_file", TELNYX_KEY } } },
	{ .type = "authy",
	    .id = UUID, /* of a push; a code goes by the user's id */
	    .method = METHOD_SMS,
	    .start_status = { 200 },
	    .check_status = { 200 },
	    .idless = true, /* a code's: it stands in the path */
	    .setting = { { "api_key_file",
		"0cd08abec2e9b9641e40e9470a7fc336" } } },
};

const struct sample *
sample_nth(unsigned n)
{
	return n < sizeof(samples) / sizeof(samples[0]) ? &samples[n] : NULL;
}

const struct sample *
sample_of_type(const char *type)
{
	for (unsigned i = 0; sample_nth(i) != NULL; i++)
		if (strcmp(samples[i].type, type) == 0)
			return &samples[i];
	return NULL;
}

const struct setting_key *
sample_key(const struct provider_ops *ops, const char *name)
{
	const struct setting_key *k;

	for (k = ops->type->keys; k->key != NULL; k++)
		if (strcmp(k->key, name) == 0)
			return k;
	fail_msg("%s has no key %s", ops->type->name, name);
	return NULL;
}

static void
set(struct provider_conf *conf, const struct setting_key *k, const char *value)
{
	struct secret *secret;

	switch (k->kind) {
	case CONF_NONE:
		break;
	case CONF_TEXT:
		conf->text[k->slot] = value;
		break;
	case CONF_NUMBER:
		conf->number[k->slot] = strtol(value, NULL, 10);
		break;
	case CONF_SECRET_FILE:
		secret = &conf->secret[k->slot];
		secret->len = strlen(value);
		assert_true(secret->len <= SECRET_MAX);
		memcpy(secret->b, value, secret->len + 1);
		break;
	case CONF_KEY_FILE: /* no reply depends on it */
		break;
	}
}

void
sample_conf(const struct sample *s, struct provider_conf *conf)
{
	const struct provider_type *type = provider_type_named(s->type);

	if (type == NULL)
		fail_msg(
		    "%s is in samples.c, but not in provider_types.h", s->type);
	memset(conf, 0, sizeof(*conf));
	conf->name = "sample";
	conf->type = type;
	(void)snprintf(conf->scheme, sizeof(conf->scheme), "https");
	conf->base_url = type->base_url;
	conf->code_length = type->code_length != 0 ? type->code_length : 6;
	conf->expiry_ms = (type->expiry_s != 0 ? type->expiry_s : 300) * 1000;
	for (const struct setting_key *k = type->keys; k->key != NULL; k++)
		if (k->kind == CONF_NUMBER)
			conf->number[k->slot] = k->dflt;
	for (size_t i = 0; i < SAMPLE_SETTINGS; i++)
		if (s->setting[i].key != NULL)
			set(conf,
			    sample_key(provider_ops(type), s->setting[i].key),
			    s->setting[i].value);
}

void
sample_ctx(const struct sample *s, const struct provider_conf *conf,
    struct provider_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->conf = conf;
	ctx->brand = "ACME Co";
	ctx->language = "en";
	ctx->phone = SAMPLE_PHONE;
	ctx->email = SAMPLE_EMAIL;
	ctx->identity = SAMPLE_IDENTITY;
	ctx->factor = SAMPLE_FACTOR;
	ctx->authy_id = SAMPLE_AUTHY_ID;
	ctx->method = s->method;
	ctx->host = "web1.example.org";
	ctx->user = "alice";
	ctx->service = "sshd";
	ctx->address = "192.0.2.7";
	(void)snprintf(ctx->push_digits, sizeof(ctx->push_digits), "42");
	ctx->life_s = 90;
	ctx->wall = 1767225600; /* 2026-01-01 00:00:00 UTC */
	(void)snprintf(ctx->nonce, sizeof(ctx->nonce), "%s",
	    "0123456789abcdef0123456789abcdef");
	ctx->sends = 1;
	(void)snprintf(ctx->request_id, sizeof(ctx->request_id), "%s",
	    s->id != NULL ? s->id : "");
}

const struct provider_ops *
sample_fill(
    const char *type, struct provider_conf *conf, struct provider_ctx *ctx)
{
	const struct sample *s = sample_of_type(type);

	sample_conf(s, conf);
	sample_ctx(s, conf, ctx);
	return provider_ops(conf->type);
}

void
sample_reply(struct http_reply *reply, long status, const char *body)
{
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = status;
	reply->len = strlen(body);
	assert_true(reply->len < sizeof(reply->body));
	memcpy(reply->body, body, reply->len + 1);
}
